frappe.query_reports["Relationship Coverage"] = kam.reports.define({
	filters: [
		{
			fieldname: "warning",
			label: __("Warning"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All Accounts", null, "KAM") },
				{ value: "Any Warning", label: __("Any Warning") },
				{ value: "Single-Threaded", label: __("Single-Threaded") },
				{ value: "No Champion", label: __("No Champion") },
				{ value: "Overdue for Contact", label: __("Overdue for Contact") },
				{ value: "No Map", label: __("No Map") },
			],
			description: __("Only accounts with this warning."),
		},
		kam.reports.account_filter(__("This account and the accounts below it.")),
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				{ value: "Active and On Watch", label: __("Active and On Watch") },
				{ value: "All", label: __("All") },
			],
			default: "Active and On Watch",
			description: __("Accounts in the programme, or candidates and retired ones as well."),
		},
		{
			fieldname: "level",
			label: __("Level"),
			fieldtype: "Link",
			options: "Key Account Level",
			description: __("Only accounts of this level."),
		},
		{
			fieldname: "segment",
			label: __("Segment"),
			fieldtype: "Link",
			options: "Key Account Segment",
			description: __("Only accounts of this segment."),
		},
		kam.reports.territory_filter(),
		{
			fieldname: "manager",
			label: __("Manager", null, "KAM"),
			fieldtype: "Link",
			options: "User",
			description: __("Only accounts of this key account manager."),
			ignore_link_validation: true,
		},
	],
	cells: {
		warnings: (value) => (value ? `<span class="kam-overdue">${kam.reports.with_title(value)}</span>` : ""),
		coverage: (value, data) => kam.reports.meter(value, { neutral: true }),
		roles: (value) => kam.reports.meter(value, { neutral: true }),
		missing_roles: (value) => kam.reports.with_title(value),
		power_map: (value) => kam.reports.link_if_readable("Power Map", value),
		...Object.fromEntries(
			["people", "placeholders", "without_owner", "without_contact", "our_people", "status"].map(
				(fieldname) => [fieldname, (value) => kam.reports.figure(value, 0)]
			)
		),
		answered: (value) => kam.reports.figure(value, 0, "%"),
		support: (value) => kam.reports.figure(value, 2),
		rule_score: (value) => kam.reports.figure(value, 1),
		in_contact: (value) => kam.reports.figure(value, 0),
		overdue: (value) => (value ? kam.reports.warning_count(value) : kam.reports.figure(value, 0)),
	},
	open: ({ power_map }) => power_map && frappe.set_route("Form", "Power Map", power_map),
});
