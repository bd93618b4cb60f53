frappe.query_reports["Customer Pareto and ABC"] = kam.reports.define({
	filters: [
		...kam.reports.sales_filters(),
		{
			fieldname: "basis",
			label: __("Rank By"),
			fieldtype: "Select",
			options: [
				{ value: "Net Sales", label: __("Net Sales") },
				{ value: "Gross Profit", label: __("Gross Profit") },
			],
			default: "Net Sales",
			description: __("Figure that rank, shares and concentration are computed from."),
		},
		{
			fieldname: "hide_without_sales",
			label: __("Hide Customers Without Sales"),
			fieldtype: "Check",
			description: __("Leaves out customers that have no document in the period."),
		},
	],
	cells: {
		net_sales: (value, data, html) => kam.reports.documents_link(html(), data),
		documents: (value, data, html) => kam.reports.documents_link(html(), data, "documents"),
	},
});
