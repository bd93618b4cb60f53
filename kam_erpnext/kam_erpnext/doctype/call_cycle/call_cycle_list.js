frappe.listview_settings["Call Cycle"] = {
	add_fields: ["status", "load", "load_known", "calls", "overload_reason"],
	hide_name_column: true,
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			"In Review": "orange",
			Rejected: "red",
			Approved: "green",
			Closed: "gray",
			Cancelled: "red",
		};
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},

	onload(listview) {
		const filter = (label, filters) =>
			listview.page.add_inner_button(
				label,
				() => listview.filter_area.clear().then(() => listview.filter_area.add(filters)),
				__("Show")
			);
		const name = "Call Cycle";
		const today = frappe.datetime.get_today();
		filter(__("Running", null, "KAM"), [
			[name, "status", "=", "Approved"],
			[name, "to_date", ">=", today],
		]);
		filter(__("Mine"), [[name, "user", "=", frappe.session.user]]);
		filter(__("To Approve"), [[name, "status", "=", "In Review"]]);
	},

	formatters: {
		load(value, _df, doc) {
			if (!doc.load_known) return kam.lists.cell("–");
			const text = `${format_number(value, null, 0)} %`;
			return value > 100 ? `<b class="text-danger">▲ ${text}</b>` : kam.lists.cell(text);
		},
	},
};
