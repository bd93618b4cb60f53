// how figures, dates and links are written on the page of an account; everything returned is HTML

export const UNKNOWN = "–";

export const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

const is_unknown = (value) => value === null || value === undefined || value === "";

export const money = (value, currency) =>
	is_unknown(value) ? UNKNOWN : escape(format_currency(value, currency, 0));

export const percent = (value, digits = 1) =>
	is_unknown(value) ? UNKNOWN : `${format_number(value, null, digits)} %`;

export const day = (value) => (is_unknown(value) ? UNKNOWN : escape(frappe.datetime.str_to_user(value)));

/** Day of a moment, with the time only where it matters. */
export const moment_of = (value, with_time = false) => {
	if (is_unknown(value)) return UNKNOWN;
	const stored = String(value);
	// a moment is stored in the time zone of the site
	const shown = stored.includes(" ") ? frappe.datetime.convert_to_user_tz(stored) : stored;
	const [date, time] = shown.split(" ");
	return with_time && time ? `${day(date)} ${escape(time.slice(0, 5))}` : day(date);
};

/** An arrow, the sign and a word for screen readers, so that colour is not the only sign. */
export function change(value) {
	if (is_unknown(value)) return `<span class="kam-change">${UNKNOWN}</span>`;
	const tone = value > 0 ? "up" : value < 0 ? "down" : "same";
	const arrow = { up: "▲", down: "▼", same: "=" }[tone];
	const word = { up: __("up"), down: __("down"), same: __("unchanged") }[tone];
	const amount = format_number(Math.abs(value), null, Math.abs(value) < 1000 ? 1 : 0);
	return `<span class="kam-change kam-change-${tone}"><span aria-hidden="true">${arrow}</span><span
		class="sr-only">${escape(word)}</span> ${amount} %</span>`;
}

/** A link for those who may open the document, plain text for the others. */
export const link = (doctype, name, label) =>
	name && frappe.model.can_read(doctype)
		? `<a href="${frappe.utils.get_form_link(doctype, name)}">${escape(label || name)}</a>`
		: escape(label || name);

export const badge = (text, colour = "gray") =>
	`<span class="indicator-pill no-indicator-dot ${colour}">${escape(text)}</span>`;

/** The sign that opens the explanation of a figure. */
export const about = (text) =>
	text
		? `<details class="kam-about"><summary aria-label="${escape(
				__("What this shows")
		  )}"><span aria-hidden="true">i</span></summary><div>${escape(text)}</div></details>`
		: "";

/** Text of a button that opens the list of the documents behind a part; plain text without the right to read them. */
export const list_link = (part, key, label) =>
	part && part.filters && frappe.model.can_read(part.doctype)
		? `<button type="button" class="btn-link kam-open-list" data-part="${key}">${label}</button>`
		: label;

/** Text of a button that opens the report of the pipeline; plain text without the right to it. */
export const pipeline_link = (part, label) =>
	part.report ? `<button type="button" class="btn-link kam-open-pipeline">${label}</button>` : label;
