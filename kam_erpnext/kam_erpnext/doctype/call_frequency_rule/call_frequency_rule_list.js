// in the order in which they count
frappe.listview_settings["Call Frequency Rule"] = {
	hide_name_column: true,
	add_fields: ["enabled", "abc_class", "calls", "per"],

	get_indicator: (doc) =>
		doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Switched Off"), "gray", "enabled,=,0"],

	formatters: {
		calls: (value, _df, doc) =>
			cint(value)
				? kam.lists.cell(__("{0} per {1}", [cint(value), __(doc.per)]))
				: `<span class="text-muted">${__("none")}</span>`,
	},
};
