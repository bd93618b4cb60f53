frappe.query_reports["Customer Ranking"] = kam.reports.define({
	filters: [
		{
			fieldname: "compare",
			label: __("Compare"),
			fieldtype: "Select",
			options: [
				{ value: "Same Days One Year Earlier", label: __("Same Days One Year Earlier") },
				{ value: "Two Fiscal Years", label: __("Two Fiscal Years") },
			],
			default: "Same Days One Year Earlier",
			description: __(
				"Same days: the period against as many days one year earlier. Fiscal years: two whole years of your choice."
			),
		},
		kam.reports.fiscal_year_filter("fiscal_year", __("Fiscal Year"), __("Year that is ranked.")),
		kam.reports.fiscal_year_filter(
			"against_year",
			__("Against", null, "KAM"),
			__("Earlier year it is compared with.")
		),
		...kam.reports.sales_filters({ period_depends_on: "doc.compare != 'Two Fiscal Years'" }),
		{
			fieldname: "top",
			label: __("Show the Largest"),
			fieldtype: "Int",
			description: __(
				"Number of customers shown, of those largest in either period. Leave empty for all."
			),
		},
	],
	cells: {
		movement: (value, data) => kam.reports.movement(value, data.status),
		net_sales: (value, data, html) => kam.reports.documents_link(html(), data),
		net_sales_before: (value, data, html) => kam.reports.documents_link(html(), data, "net_sales_before"),
	},
	open: (row) => kam.reports.open_documents(row.customer, row.key_account, "net_sales"),
});
