frappe.query_reports["Selection Results"] = kam.reports.define({
	filters: [
		kam.reports.selection_filter(
			"selection",
			__("Selection"),
			__("Run whose lines are shown. Leave empty for the latest one.")
		),
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "All Lines", label: __("All Lines") },
				{ value: "Proposed Changes", label: __("Proposed Changes") },
				{ value: "Open Cases", label: __("Open Cases") },
				{ value: "Key Accounts", label: __("Key Accounts") },
			],
			default: "All Lines",
			description: __("Open cases miss an answer; key accounts are those that existed before the run."),
		},
		{
			fieldname: "proposal",
			label: __("Proposal"),
			fieldtype: "Select",
			options: [
				"",
				{ value: "Add", label: __("Add") },
				{ value: "Keep", label: __("Keep") },
				{ value: "Promote", label: __("Promote") },
				{ value: "Demote", label: __("Demote") },
				{ value: "Retire", label: __("Retire") },
				{ value: "None", label: __("No Change") },
			],
			description: __("Only lines with this proposal."),
		},
		{
			fieldname: "decision",
			label: __("Decision"),
			fieldtype: "Select",
			options: [
				"",
				{ value: "Accept", label: __("Accepted", null, "KAM") },
				{ value: "Override", label: __("Overridden") },
				{ value: "Reject", label: __("Rejected") },
				{ value: "Undecided", label: __("Undecided") },
				{ value: "Not Needed", label: __("Not Needed") },
			],
			description: __("Only lines with this decision."),
		},
		kam.reports.territory_filter(),
	],
	cells: {
		proposal: (value, data) => kam.reports.proposal_pill(value, data.proposal_key),
		decision: (value, data) => kam.reports.decision_pill(value, data.decision_key),
		reason: (value) => kam.reports.with_title(value),
		decision_reason: (value) => kam.reports.with_title(value),
	},
	open: ({ key }) => frappe.query_report.set_filter_value("proposal", key),
});
