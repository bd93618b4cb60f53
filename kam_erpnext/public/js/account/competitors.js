import { badge, day, escape, link, money } from "./format";
import { line, list, panel, under } from "./panels";

const POSITIONS = { Ahead: "red", Even: "orange", Behind: "green" };
const WORDS = {
	offer: (text) => __("Offers: {0}", [text]),
	incentives: (text) => __("Incentives: {0}", [text]),
	strengths: (text) => __("Strengths: {0}", [text]),
	weaknesses: (text) => __("Weaknesses: {0}", [text]),
	response: (text) => __("Response: {0}", [text]),
};
const SHOWN = 5;

/** Who else sells to the account: share of its wallet, contracts, open deals, and what is known about them. */
export function competitors(page) {
	const part = page.competitors;
	if (!part.count) return "";
	const total = page.wallet?.wallet;
	return panel({
		title: __("Competitors"),
		help: part.about,
		count: part.count,
		body: list(
			part.rows.slice(0, SHOWN).map((row) =>
				line(
					link("Competitor", row.competitor),
					row.amount === null ? "" : money(row.amount, page.wallet?.currency || page.currency),
					under(
						row.amount !== null && total > 0
							? escape(__("{0} % of the wallet", [format_number((100 * row.amount) / total, null, 0)]))
							: "",
						escape(row.item_groups.join(", ")),
						row.contract_end ? badge(__("contract until {0}", [day(row.contract_end)]), "blue") : "",
						...row.deals.map(
							(deal) =>
								link("Key Account Opportunity", deal.name, deal.title) +
								(deal.position
									? ` ${badge(__(deal.position), POSITIONS[deal.position] || "gray")}`
									: "")
						),
						row.note ? link("Market Intelligence", row.note.name, row.note.title) : ""
					) +
						Object.keys(WORDS)
							.filter((field) => row.words[field])
							.map((field) => `<div>${escape(WORDS[field](row.words[field]))}</div>`)
							.join("")
				)
			)
		),
		foot:
			part.count > SHOWN ? `<span class="text-muted">${escape(__("and {0} more", [part.count - SHOWN]))}</span>` : "",
	});
}
