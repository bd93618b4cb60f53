frappe.listview_settings["Market Intelligence"] = {
	add_fields: ["impact", "direction", "noted_on", "valid_until", "confidentiality", "kind"],
	hide_name_column: true,

	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.valid_until && doc.valid_until < today) {
			return [__("Expired"), "gray", `valid_until,<,${today}`];
		}
		const colours = { High: "red", Medium: "orange", Low: "blue" };
		const labels = { High: __("High Impact"), Medium: __("Medium Impact"), Low: __("Low Impact") };
		return [labels[doc.impact] || __("Noted"), colours[doc.impact] || "blue", `impact,=,${doc.impact || ""}`];
	},
};
