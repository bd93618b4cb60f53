// numbers and texts in charts

/** Tooltips are HTML: everything that comes from records goes through here. */
export const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/** A name for drawing, where nothing is HTML: Frappe keeps `<` in names as an entity. */
export const plain = (text) => frappe.utils.unescape_html(String(text ?? ""));

export const money = (value, currency) =>
	value == null ? __("not known") : format_currency(value, currency);

export const percent = (value, digits = 1) =>
	value == null ? __("not known") : `${format_number(value, null, digits)} %`;

/** A short number for an axis, for example 1.2 M. */
export const short_number = (value) => frappe.utils.shorten_number(value, frappe.sys_defaults?.country, 4, 1);

export const shortened = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** A tooltip: a heading and lines of label and value, all escaped. */
export function tooltip(heading, lines) {
	const rows = lines
		.filter(Boolean)
		.map(([label, value]) => `<tr><td>${escape(label)}</td><td>${escape(value)}</td></tr>`)
		.join("");
	return `<div class="kam-tooltip"><b>${escape(heading)}</b><table>${rows}</table></div>`;
}

/** The same as a sentence, for screen readers. */
export const spoken = (heading, lines) =>
	[heading, ...lines.filter(Boolean).map(([label, value]) => `${label} ${value}`)].join(", ");
