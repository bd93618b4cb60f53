frappe.query_reports["Actions Due"] = kam.reports.define({
	filters: [
		{
			fieldname: "due",
			label: __("Due"),
			fieldtype: "Select",
			options: ["All Open", "Overdue", "Next 7 Days", "Next 30 Days", "Next 90 Days"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Next 30 Days",
			description: __("Actions due in these days; overdue ones are always included."),
		},
		{
			fieldname: "mine",
			label: __("Mine"),
			fieldtype: "Check",
			description: __("Only actions in which you have a part."),
		},
		{
			fieldname: "person",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			description: __("Person responsible for the action or helping with it."),
			ignore_link_validation: true,
			depends_on: "eval:!doc.mine",
		},
		kam.reports.account_filter(__("Actions of this account and the accounts below it.")),
		{
			fieldname: "plan",
			label: __("Plan", null, "KAM"),
			fieldtype: "Link",
			options: "Key Account Plan",
			description: __("Actions of this plan, whichever version they were made for."),
		},
		{
			fieldname: "priority",
			label: __("Priority"),
			fieldtype: "Select",
			options: ["", "High", "Medium", "Low"].map((value) => ({ value, label: __(value) })),
			description: __("Only actions of this priority."),
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["", "Person", "Key Account", "Plan"].map((value) => ({ value, label: __(value) })),
			description: __("Puts the actions of each person, account or plan together."),
		},
	],
	tree: { tree: true, name_field: "name", parent_field: "parent", initial_depth: 2 },
	standard_chart: true,
	cells: {
		subject: (value, data) =>
			data.is_group
				? `<b>${frappe.utils.escape_html(value)}</b>`
				: kam.reports.link_if_readable("Key Account Action", data.action, value),
		due_text: (value, data) => {
			const overdue = data.is_group ? data.overdue : data.days < 0;
			const text = frappe.utils.escape_html(value);
			return overdue ? `<span class="kam-overdue">${text}</span>` : text;
		},
		days_overdue: (value) => (value ? `<div class="text-right">${cint(value)}</div>` : ""),
		progress: (value, data) => (data.is_group ? "" : `<div class="text-right">${cint(value)} %</div>`),
		plan: (value) => kam.reports.link_if_readable("Key Account Plan", value),
		priority: (value, data) => (data.is_group ? "" : kam.reports.priority(value, data.priority_key)),
		objective: (value) => kam.reports.with_title(value),
	},
});
