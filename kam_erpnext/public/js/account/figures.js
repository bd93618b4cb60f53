import { sparkline } from "./charts";
import { figure as card } from "./figure";
import { badge, change, day, escape, link, list_link, money, percent, pipeline_link, UNKNOWN } from "./format";

const count_of = (number, one, many) => (number === 1 ? one : many.replace("{0}", number));

/** The figures an account manager looks at first. */
export function cards(page) {
	const { sales, orders, receivables, pipeline, actions, currency } = page;
	const result = [];
	if (sales.net_sales !== undefined) {
		result.push(
			card({
				label: __("Net Sales"),
				value: list_link(
					{ doctype: sales.source, filters: true },
					"sales",
					money(sales.net_sales, currency)
				),
				note: `${change(sales.growth)} ${escape(__("on the same days a year before"))}`,
				help: sales_help(sales),
			}),
			card({
				label: __("Gross Profit"),
				value: money(sales.gross_profit, currency),
				note: escape(__("margin {0}", [percent(sales.gross_margin)])),
				help: __(
					"Net sales less the cost of the goods at the valuation with which they left stock; services at their last purchase rate. {0}",
					[sales_help(sales)]
				),
			}),
			wallet_card(page)
		);
	}
	if (orders.readable) {
		const late = orders.late
			? ` · ${escape(count_of(orders.late, __("1 late"), __("{0} late")))}`
			: "";
		result.push(
			card({
				label: __("Open Orders", null, "KAM"),
				value: list_link(orders, "orders", money(orders.value, currency)),
				note: orders.count
					? escape(count_of(orders.count, __("1 order"), __("{0} orders"))) +
					  (orders.next_delivery ? `, ${escape(__("next delivery"))} ${day(orders.next_delivery)}` : "") +
					  late
					: escape(__("no open order")),
				help: orders.about,
				tone: orders.late ? "warning" : "",
			})
		);
	}
	if (receivables.readable) {
		result.push(
			card({
				label: __("Overdue Receivables"),
				value: list_link(receivables, "receivables", money(receivables.value, currency)),
				note: receivables.count
					? escape(count_of(receivables.count, __("1 invoice"), __("{0} invoices"))) +
					  `, ${escape(__("oldest {0} days", [receivables.oldest_days]))}`
					: escape(__("nothing overdue")),
				help: receivables.about,
				tone: receivables.count ? "alert" : "",
			})
		);
	}
	if (pipeline.readable) {
		result.push(
			card({
				label: __("Open Pipeline"),
				value: pipeline_link(page.pipeline, money(pipeline.open, currency)),
				note: escape(
					pipeline.count && pipeline.weighted !== null
						? __("weighted {0}", [format_currency(pipeline.weighted, currency, 0)])
						: pipeline.count
						? __("probability not known")
						: __("none open")
				),
				help: pipeline.about,
			})
		);
	}
	if (actions.readable) {
		result.push(
			card({
				label: __("Open Actions"),
				value: list_link(actions, "actions", actions.count),
				note: actions.late
					? escape(__("{0} overdue", [actions.late]))
					: escape(actions.count ? __("none overdue") : __("nothing to do")),
				help: actions.about,
				tone: actions.late ? "alert" : "",
			})
		);
	}
	return `<div class="kam-figures">${result.join("")}</div>`;
}

function sales_help(sales) {
	return __(
		"{0} of {1}, {2} to {3}, returns deducted, in {4}, read from {5} documents. Own customers and those of the accounts below: {6}.",
		[
			__(sales.source),
			sales.company,
			frappe.datetime.str_to_user(sales.from_date),
			frappe.datetime.str_to_user(sales.to_date),
			sales.currency,
			sales.documents,
			sales.customers,
		]
	);
}

/** Share over known wallets; of the yearly spend on the profile as long as there is no wallet. */
function wallet_card({ wallet, sales, currency }) {
	if (!wallet) return "";
	if (wallet.share !== undefined) {
		const share = percent(wallet.share, 0);
		return card({
			label: __("Share of Wallet"),
			value: wallet.report ? `<button type="button" class="btn-link kam-open-wallet">${share}</button>` : share,
			note: escape(
				__("of {0} · {1} of {2} cells known", [
					format_currency(wallet.wallet, wallet.currency, 0),
					wallet.known_cells,
					wallet.addressable_cells,
				])
			),
			help: __(
				"Net sales of {0} to {1} within the known wallets of {2}, as a share of them. Cells are buying centres × item groups; what we sell where no wallet is known ({3}) is in no share.",
				[
					frappe.datetime.str_to_user(wallet.from_date),
					frappe.datetime.str_to_user(wallet.to_date),
					wallet.year,
					format_currency(wallet.own_elsewhere, wallet.currency, 0),
				]
			),
		});
	}
	const comparable = wallet.currency === currency;
	return card({
		label: __("Share of Wallet"),
		value: comparable ? percent((100 * sales.net_sales) / wallet.yearly_spend, 0) : UNKNOWN,
		note: escape(__("of {0} a year", [format_currency(wallet.yearly_spend, wallet.currency, 0)])),
		help: comparable
			? __("Net sales of the period as a share of what the customer spends a year in our field{0}.", [
					wallet.source ? ` (${wallet.source})` : "",
			  ])
			: __("The spend is given in {0}, the sales in {1}: they cannot be compared.", [
					wallet.currency,
					currency,
			  ]),
	});
}

// ---------------------------------------------------------------- years and months

/** Fiscal years from the first one with a document on, two at least. */
export function traded_years({ years }) {
	const first = years.findIndex((row) => row.documents);
	return years.slice(Math.min(first < 0 ? years.length : first, years.length - 2));
}

export const legend = () => `
	<div class="kam-legend" aria-hidden="true">
		<span><i class="kam-legend-sales"></i>${escape(__("Net Sales"))}</span>
		<span><i class="kam-legend-profit"></i>${escape(__("Gross Profit"))}</span>
	</div>`;

export function years_table(currency, years) {
	const rows = years
		.slice()
		.reverse()
		.map(
			(row) => `
			<tr>
				<th scope="row">${escape(row.year)}${row.to_today ? " *" : ""}</th>
				<td class="num"><button type="button" class="btn-link kam-open-year" data-year="${escape(row.year)}"
					title="${escape(__("Show the {0} documents", [row.documents]))}">${money(row.net_sales, currency)}</button></td>
				<td class="num">${change(row.growth)}</td>
				<td class="num">${money(row.gross_profit, currency)}</td>
				<td class="num kam-wide">${percent(row.gross_margin)}</td>
				<td class="num kam-wide">${row.documents}</td>
			</tr>`
		);
	return `
		<div class="kam-scroll" tabindex="0" role="region" aria-label="${escape(__("Sales by fiscal year"))}"><table class="kam-table">
			<thead><tr>
				<th scope="col">${escape(__("Fiscal Year"))}</th>
				<th scope="col" class="num">${escape(__("Net Sales"))}</th>
				<th scope="col" class="num">${escape(__("Change", null, "KAM"))}</th>
				<th scope="col" class="num">${escape(__("Gross Profit"))}</th>
				<th scope="col" class="num kam-wide">${escape(__("Margin"))}</th>
				<th scope="col" class="num kam-wide">${escape(__("Documents", null, "KAM"))}</th>
			</tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>`;
}

// ---------------------------------------------------------------- item groups

const SHOWN_GROUPS = 8;

export function item_groups({ item_groups, months, currency, previous }) {
	if (!item_groups.length) {
		return `<p class="text-muted">${escape(
			__("Nothing was sold to these customers in the period or in the year before.")
		)}</p>`;
	}
	const trend_months = months.slice(-12).map((row) => row.month);
	const rows = item_groups.map(
		(row, index) => `
			<tr ${index >= SHOWN_GROUPS ? 'class="kam-more" hidden' : ""}>
				<th scope="row">${link("Item Group", row.item_group)}</th>
				<td class="num">${money(row.net_sales, currency)}</td>
				<td class="num kam-widest">${money(row.before, currency)}</td>
				<td class="num">${
					row.before === 0 && row.net_sales > 0 ? badge(__("new", null, "KAM"), "blue") : change(row.growth)
				}</td>
				<td class="num kam-wide">${percent(row.gross_margin)}</td>
				<td>${sparkline(row.trend, trend_months, currency)}</td>
			</tr>`
	);
	const more = item_groups.length - SHOWN_GROUPS;
	return `
		<div class="kam-scroll" tabindex="0" role="region" aria-label="${escape(__("Sales by item group"))}"><table class="kam-table">
			<thead><tr>
				<th scope="col">${escape(__("Item Group"))}</th>
				<th scope="col" class="num">${escape(__("Net Sales"))}</th>
				<th scope="col" class="num kam-widest" title="${escape(previous)}">${escape(__("A Year Before"))}</th>
				<th scope="col" class="num">${escape(__("Change", null, "KAM"))}</th>
				<th scope="col" class="num kam-wide">${escape(__("Margin"))}</th>
				<th scope="col">${escape(__("12 Months"))}</th>
			</tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>
		${
			more > 0
				? `<button type="button" class="btn btn-xs btn-default kam-show-more">${escape(
						__("Show {0} more", [more])
				  )}</button>`
				: ""
		}`;
}
