import { escape, money, UNKNOWN } from "../account/format";

export const STATE_COLOURS = {
	Open: "gray",
	"On Track": "green",
	"At Risk": "orange",
	Achieved: "green",
	Missed: "red",
	Dropped: "gray",
};

/** A figure with its unit; unknown is a dash, never zero. */
export function in_unit(value, unit, currency) {
	if (value === null || value === undefined) return UNKNOWN;
	if (unit === "currency") return money(value, currency);
	const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 100 ? 1 : 0;
	const number = format_number(value, null, digits);
	if (unit === "percent") return `${number} %`;
	const word = { count: "", number: "", days: __("days"), years: __("years") }[unit] ?? unit ?? "";
	return `${number}${word ? ` ${escape(word)}` : ""}`;
}

/** A bar from 0 to 100; `mark` is a second position on it, in percent. */
export function bar(percent, { label, tone = "", mark = null } = {}) {
	if (percent === null || percent === undefined) {
		return `<div class="kam-bar kam-bar-unknown" role="img" aria-label="${escape(
			__("{0}: not known", [label])
		)}"></div>`;
	}
	const width = Math.min(Math.max(percent, 0), 100);
	const line =
		mark === null || mark <= 0 || mark >= 100
			? ""
			: `<i style="left: ${mark}%" title="${escape(__("Due by today"))}"></i>`;
	return `<div class="kam-bar ${tone ? `kam-bar-${tone}` : ""}" role="progressbar" aria-label="${escape(label)}"
		aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.round(width)}"><span
		style="width: ${width}%"></span>${line}</div>`;
}
