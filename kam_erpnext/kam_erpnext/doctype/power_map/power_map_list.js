frappe.listview_settings["Power Map"] = {
	add_fields: ["is_current", "version"],
	hide_name_column: true,
	filters: [["is_current", "=", 1]],

	get_indicator(doc) {
		return doc.is_current
			? [__("Current", null, "KAM"), "green", "is_current,=,1"]
			: [__("Version {0}", [doc.version]), "gray", "is_current,=,0"];
	},

	onload(listview) {
		const filter = (label, filters) =>
			listview.page.add_inner_button(
				label,
				() => listview.filter_area.clear().then(() => listview.filter_area.add(filters)),
				__("Show")
			);
		filter(__("Current Maps"), [["Power Map", "is_current", "=", 1]]);
		filter(__("Earlier Versions"), [["Power Map", "is_current", "=", 0]]);
	},
};
