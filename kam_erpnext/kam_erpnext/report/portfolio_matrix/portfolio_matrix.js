frappe.query_reports["Portfolio Matrix"] = kam.reports.define({
	filters: [
		kam.reports.selection_filter(
			"selection",
			__("Selection"),
			__("Run whose frozen positions are shown. Leave empty for the latest one.")
		),
		kam.reports.selection_filter(
			"compare_with",
			__("Compare With"),
			__("Earlier run: arrows show where each account came from.")
		),
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Key Accounts and Proposals", label: __("Key Accounts and Proposals") },
				{ value: "All Lines", label: __("All Lines") },
			],
			default: "Key Accounts and Proposals",
			description: __(
				"Key accounts with the customers proposed to become one, or everybody who was measured."
			),
		},
		kam.reports.territory_filter(),
	],
	cells: {
		quadrant: (value) => (value ? frappe.utils.escape_html(__(value)) : ""),
		quadrant_before: (value) => (value ? frappe.utils.escape_html(__(value)) : ""),
	},
	open: ({ key_account, assessment }) =>
		key_account
			? frappe.set_route("Form", "Key Account", key_account)
			: assessment && frappe.set_route("Form", "Key Account Assessment", assessment),
});
