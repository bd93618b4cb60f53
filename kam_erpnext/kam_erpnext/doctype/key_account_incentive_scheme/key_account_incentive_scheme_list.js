frappe.listview_settings["Key Account Incentive Scheme"] = {
	add_fields: ["status"],
	has_indicator_for_draft: true,
	get_indicator: ({ status }) => [
		__(status, null, "Key Account Incentive Scheme"),
		{ Draft: "gray", Running: "blue", Closed: "green", Cancelled: "red" }[status],
		`status,=,${status}`,
	],
};
