import { day, escape, percent, UNKNOWN } from "../account/format";
import { is_known } from "./words";

/** Chart of the scores over time, and the same as a table; `rows` are `state.trend`, the oldest first. */
export async function render_trend(wrapper, rows) {
	const sorted = rows
		.map(with_gaps)
		.sort((one, other) => String(one.taken_on).localeCompare(String(other.taken_on)));
	if (sorted.length < 2) {
		wrapper.innerHTML = `<p class="kam-nothing">${escape(
			sorted.length
				? __("The scores were kept once so far, on {0}. The trend starts with the second time.", [
						frappe.datetime.str_to_user(sorted[0].taken_on),
				  ])
				: __("Nothing has been kept yet. The scores are kept every night.")
		)}</p>${sorted.length ? table(sorted) : ""}`;
		return;
	}
	wrapper.innerHTML = `<div class="kam-trend-chart"></div>${table(sorted)}`;
	await frappe.require("kam_charts.bundle.js");
	const element = wrapper.querySelector(".kam-trend-chart");
	if (element) {
		kam.charts.draw(
			element,
			{ kind: "trend", rows: sorted },
			{ title: __("Scores of the Power Map"), note: __("Coverage and buying roles in percent, rule score 0 to 5.") }
		);
	}
}

/** A snapshot stores 0 for what was not known and names it. */
function with_gaps(row) {
	const unknown = (row.unknown || "").split(/[\s,]+/).filter(Boolean);
	return { ...row, ...Object.fromEntries(unknown.map((field) => [field, null])) };
}

const number = (value, digits) => (is_known(value) ? format_number(value, null, digits) : UNKNOWN);

function table(rows) {
	const heads = [
		__("Day"),
		__("Coverage"),
		__("Roles"),
		__("Rule Score"),
		__("Support", null, "KAM"),
		__("Status"),
		__("In Contact"),
		__("People"),
		__("Our People"),
	];
	const lines = [...rows]
		.reverse()
		.slice(0, 60)
		.map(
			(row) => `<tr><th scope="row">${day(row.taken_on)}</th>${[
				percent(row.coverage, 0),
				percent(row.role_completeness, 0),
				number(row.rule_score, 1),
				number(row.support_index, 2),
				number(row.status_ladder, 0),
				number(row.threads, 0),
				number(row.people, 0),
				number(row.our_people, 0),
			]
				.map((text) => `<td class="num">${text}</td>`)
				.join("")}</tr>`
		);
	const [first, ...others] = heads.map(escape);
	return `<details class="kam-trend-table"><summary>${escape(
		__("As a table")
	)}</summary><div class="kam-scroll"><table class="kam-table"><thead><tr><th scope="col">${first}</th>${others
		.map((head) => `<th scope="col" class="num">${head}</th>`)
		.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table></div></details>`;
}
