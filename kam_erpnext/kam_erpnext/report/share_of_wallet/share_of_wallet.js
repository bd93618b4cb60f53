frappe.query_reports["Share of Wallet"] = kam.reports.define({
	filters: [
		kam.reports.search_filter(
			"company",
			"Company",
			__("Company whose sales and wallets are compared, in its own currency.")
		),
		{
			fieldname: "year",
			label: __("Year"),
			fieldtype: "Int",
			description: __("Calendar year of the wallets. Empty: the last year with a known wallet."),
		},
		{
			fieldname: "by",
			label: __("By", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "Key Account", label: __("Key Account") },
				{ value: "Buying Centre", label: __("Buying Centre") },
				{ value: "Item Group", label: __("Item Group") },
				{ value: "Wallet", label: __("Wallet") },
				{ value: "Year", label: __("Year") },
			],
			default: "Key Account",
			description: __(
				"What a row is. Wallet shows every entry with its source; Year shows how the share developed."
			),
		},
		kam.reports.account_filter(__("Only this account and the accounts below it.")),
		{
			...kam.reports.search_filter("customer", "Customer", __("Only wallets of this buying centre.")),
			label: __("Buying Centre"),
			get_query: () => ({
				query: "kam_erpnext.api.wallet.buying_centres",
				filters: { key_account: frappe.query_report.get_filter_value("key_account") || "" },
			}),
		},
		kam.reports.search_filter(
			"item_group",
			"Item Group",
			__("Wallets of this item group and the groups below it.")
		),
		kam.reports.search_filter(
			"territory",
			"Territory",
			__("Customers of this territory and the territories below it.")
		),
		kam.reports.search_filter("market_segment", "Market Segment", __("Customers of this market segment.")),
	],
	tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 2 },
	cells: {
		label: (value, data) =>
			data.key_account
				? kam.reports.link_if_readable("Key Account", data.key_account, value)
				: data.customer
				? kam.reports.link_if_readable("Customer", data.customer, value)
				: frappe.utils.escape_html(value),
		share: (value) => kam.reports.meter(value, { neutral: true }),
		share_before: (value) => kam.reports.figure(value, 1, "%"),
		target_share: (value) => kam.reports.figure(value, 0, "%"),
		estimated_share: (value) => (value == null ? "" : `<i>${kam.reports.figure(value, 1, "%")}</i>`),
		estimated_wallet: (value, data, html) => (value == null ? "" : `<i>${html()}</i>`),
		coverage: (value, data) =>
			`<span title="${frappe.utils.escape_html(
				__("{0} of {1} cells of buying centre and item group", [
					data.known_cells,
					data.addressable_cells,
				])
			)}">${kam.reports.meter(value, { neutral: true })}</span>`,
		state: (value) => frappe.utils.escape_html(__(value)),
		reliability: (value) => (value ? frappe.utils.escape_html(__(value)) : ""),
		source: kam.reports.with_title,
		competitor_names: kam.reports.with_title,
		counts: (value, data) =>
			`<span class="${data.counted ? "" : "text-muted"}">${frappe.utils.escape_html(value)}</span>`,
		...kam.reports.money_cells([
			"wallet",
			"own",
			"gap",
			"competitors",
			"internal",
			"unknown",
			"addressable",
			"own_elsewhere",
		]),
	},
	open: ({ key_account, wallet_name, customer }) =>
		wallet_name
			? frappe.set_route("Form", "Key Account Wallet", wallet_name)
			: key_account
			? frappe.set_route("Form", "Key Account", key_account)
			: customer && frappe.set_route("Form", "Customer", customer),
});
