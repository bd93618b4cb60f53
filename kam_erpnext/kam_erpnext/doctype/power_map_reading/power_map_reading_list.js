frappe.listview_settings["Power Map Reading"] = {
	add_fields: ["way"],
	hide_name_column: true,

	// where the judgements were read
	get_indicator(doc) {
		return [__(doc.way), "blue", `way,=,${doc.way}`];
	},
};
