frappe.query_reports["Plan Roll-up"] = kam.reports.define({
	filters: [
		{
			fieldname: "by",
			label: __("By", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "Key Account", label: __("Key Account") },
				{ value: "Territory", label: __("Territory") },
				{ value: "Sales Person", label: __("Sales Person") },
			],
			default: "Key Account",
			description: __("Tree through which the plans are added up."),
		},
		...kam.reports.day_filters(),
		kam.reports.search_filter(
			"company",
			"Company",
			__("Plans of this company, in its currency. Clear it for all companies in one currency."),
			{ kam_no_default: 1 }
		),
		{
			fieldname: "currency",
			label: __("Currency"),
			fieldtype: "Link",
			options: "Currency",
			only_select: true,
			ignore_link_validation: true,
			description: __(
				"Currency in which plans of all companies are added up. Empty: that of the company in KAM Settings."
			),
			depends_on: "eval:!doc.company",
			get_query: () => ({ query: "kam_erpnext.api.report_filters.search" }),
		},
		kam.reports.account_filter(__("Only this account and the accounts below it.")),
		{
			fieldname: "without_plan",
			label: __("Show Accounts Without a Plan"),
			fieldtype: "Check",
			description: __("Lists active accounts for which no plan is in force in these days."),
			depends_on: "eval:doc.by == 'Key Account'",
		},
	],
	tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 6 },
	standard_chart: true,
	cells: {
		label: (value, data) => {
			const text = data.key_account
				? kam.reports.link_if_readable("Key Account", data.key_account, value)
				: `<b>${frappe.utils.escape_html(value)}</b>`;
			return data.plan_count > 1 ? `${text} <span class="text-muted">(${data.plan_count})</span>` : text;
		},
		plan: (value) => kam.reports.link_if_readable("Key Account Plan", value),
		status: (value, data) => kam.reports.plan_pill(value, data.status_key),
		attainment: (value) => kam.reports.meter(value, { neutral: true }),
		pace: (value) => kam.reports.meter(value),
		progress: (value, data) => (data.plan ? kam.reports.meter(value, { neutral: true }) : ""),
		...kam.reports.money_cells([
			"target",
			"to_date",
			"actual",
			"budget_planned",
			"budget_spent",
			"planned_below",
			"not_distributed",
		]),
	},
});
