frappe.query_reports["Calls and Results"] = kam.reports.define({
	filters: [
		...kam.reports
			.sales_filters({
				after_period: [
					{
						fieldname: "measure",
						label: __("Change In"),
						fieldtype: "Select",
						options: ["Percent", "Amount"].map((value) => ({ value, label: __(value) })),
						default: "Percent",
						description: __(
							"What is drawn and compared with the calls: the change of net sales in percent or as an amount."
						),
					},
				],
			})
			.map((filter) => (filter.fieldname === "per" ? { ...filter, default: "Key Account" } : filter)),
		{
			fieldname: "user",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			ignore_link_validation: true,
			description: __("Only calls of this person; sales stay those of the whole account."),
		},
		{
			fieldname: "method",
			label: __("Method"),
			fieldtype: "Select",
			options: ["", "Visit", "Phone", "Video", "E-mail", "Joint Visit"].map((value) => ({
				value,
				label: __(value),
			})),
			description: __("Only calls of this kind."),
		},
		{
			fieldname: "only_called",
			label: __("Only Called On"),
			fieldtype: "Check",
			description: __("Leaves out those without a call in the period."),
		},
		{
			fieldname: "sales_cost",
			label: __("Selling May Cost %"),
			fieldtype: "Float",
			precision: 1,
			default: 10,
			description: __(
				"Part of net sales that visits may cost, for the sales from which they pay. Shown when the cost of a visit is entered in KAM Settings."
			),
		},
	],
	cells: {
		calls: (value, data) => kam.reports.calls_link(value, data),
		visits: (value, data) =>
			kam.reports.calls_link(value, data, { method: ["in", ["Visit", "Joint Visit"]] }),
		calls_before: (value, data) =>
			kam.reports.calls_link(value, data, {
				made_on: ["between", frappe.query_report.raw_data.chart.kam.before],
			}),
		hours: (value) => kam.reports.hours(value),
		net_sales: (value, data, html) => kam.reports.documents_link(html(), data),
		net_sales_before: (value, data, html) => kam.reports.documents_link(html(), data, "net_sales_before"),
		change_percent: (value) => kam.reports.figure(value, 1, "%"),
		break_even: (value, data, html) => (value === null ? kam.reports.figure(null) : html()),
		covered: (value, data) =>
			value
				? data.is_covered
					? `✓ ${frappe.utils.escape_html(value)}`
					: `<span class="kam-overdue">▼ ${frappe.utils.escape_html(value)}</span>`
				: "–",
	},
	open: ({ customer, key_account }) =>
		customer
			? frappe.set_route("Form", "Customer", customer)
			: frappe.set_route("Form", "Key Account", key_account),
});
