frappe.listview_settings["Key Account Incentive"] = {
	add_fields: ["status", "currency"],
	hide_name_column: true,
	get_indicator: ({ status }) => [
		__(status),
		{ Draft: "orange", Final: "green", Withdrawn: "red" }[status],
		`status,=,${status}`,
	],
};
