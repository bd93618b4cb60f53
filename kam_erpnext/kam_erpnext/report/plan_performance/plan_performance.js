frappe.query_reports["Plan Performance"] = kam.reports.define({
	filters: [
		{
			fieldname: "plan",
			label: __("Plan", null, "KAM"),
			fieldtype: "Link",
			options: "Key Account Plan",
			description: __("One plan, also one that is not approved yet. Empty: all plans in force in the period."),
			on_change: (report) => {
				report.set_filter_value("whole_plan", report.get_filter_value("plan") ? 1 : 0);
			},
		},
		{
			fieldname: "whole_plan",
			label: __("Whole Plan"),
			fieldtype: "Check",
			default: 1,
			description: __("Shows all months of the plan, whatever the days entered."),
			depends_on: "eval:doc.plan",
		},
		{
			...kam.reports.account_filter(__("Only plans of this account.")),
			depends_on: "eval:!doc.plan",
		},
		{
			fieldname: "with_below",
			label: __("With Accounts Below"),
			fieldtype: "Check",
			default: 1,
			description: __("Adds the plans and actions of the accounts below."),
			depends_on: "eval:!doc.plan && doc.key_account",
		},
		...kam.reports.day_filters("eval:!doc.plan || !doc.whole_plan"),
		kam.reports.search_filter(
			"company",
			"Company",
			__("Plans of this company, in its currency. Clear it for all companies in one currency."),
			{ kam_no_default: 1, depends_on: "eval:!doc.plan" }
		),
	],
	standard_chart: true,
	cells: {
		month: (value, data) =>
			data.running
				? `<b>${frappe.utils.escape_html(value)}</b>`
				: frappe.utils.escape_html(value),
		attainment: (value) => kam.reports.meter(value),
		attainment_cumulative: (value) => kam.reports.meter(value),
		...kam.reports.money_cells(["target", "actual", "target_cumulative", "actual_cumulative", "before"]),
		actions_overdue: (value) => kam.reports.warning_count(value),
		objectives_missed: (value) => kam.reports.warning_count(value),
		...kam.reports.count_cells([
			"actions_due",
			"actions_on_time",
			"actions_late",
			"objectives_due",
			"objectives_achieved",
		]),
	},
});
