import { about, escape } from "./format";

/** One figure with its label; `value` and `note` are HTML, `help` is explained behind a sign. */
export function figure({ label, value, note = "", help = "", tone = "" }) {
	return `
		<div class="kam-figure ${tone ? `kam-figure-${tone}` : ""}">
			<div class="kam-figure-label">${escape(label)}${about(help)}</div>
			<div class="kam-figure-value">${value}</div>
			<div class="kam-figure-note">${note}</div>
		</div>`;
}
