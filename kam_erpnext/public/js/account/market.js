import { badge, day, escape, link } from "./format";
import { create_button, documents, line, under } from "./panels";

const IMPACTS = { High: "red", Medium: "orange", Low: "gray" };
// sign and word: the colour is not the only sign
const DIRECTIONS = {
	Opportunity: ["▲", "kam-change-up", __("Opportunity")],
	Threat: ["▼", "kam-change-down", __("Threat")],
};

/** Panel of the market notes whose scope matches the account or one below it. */
export const market = (page) =>
	documents(page, "market", {
		title: __("Market Intelligence"),
		summary: page.market?.high ? badge(__("{0} of high impact", [page.market.high]), "red") : "",
		empty: __("Nothing is known that matters for this account."),
		create: create_button("Market Intelligence", __("New Note")),
		row: (row) =>
			line(
				direction(row.direction) + link("Market Intelligence", row.name, row.title),
				day(row.noted_on),
				under(
					escape(__(row.kind)),
					row.impact ? badge(__("impact: {0}", [__(row.impact)]), IMPACTS[row.impact]) : "",
					row.confidentiality === "Everybody" ? "" : badge(__(row.confidentiality), "blue"),
					escape(row.reason),
					row.below === 1 ? escape(row.below_name) : "",
					row.below > 1 ? escape(__("{0} accounts below", [row.below])) : ""
				) + (row.response ? `<div>${escape(__("Response: {0}", [row.response]))}</div>` : "")
			),
	});

function direction(value) {
	if (!DIRECTIONS[value]) return "";
	const [sign, tone, word] = DIRECTIONS[value];
	return `<span class="kam-change ${tone}" title="${escape(word)}"><span aria-hidden="true">${sign}</span><span
		class="sr-only">${escape(word)}:</span></span> `;
}
