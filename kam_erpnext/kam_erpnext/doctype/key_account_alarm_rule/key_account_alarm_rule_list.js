frappe.listview_settings["Key Account Alarm Rule"] = {
	hide_name_column: true,
	add_fields: ["enabled"],

	get_indicator: (doc) =>
		doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Switched Off"), "gray", "enabled,=,0"],

	formatters: {
		severity: (value) => kam.alarms.severity(value),
	},
};
