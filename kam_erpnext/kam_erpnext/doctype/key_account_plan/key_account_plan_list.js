frappe.listview_settings["Key Account Plan"] = {
	add_fields: ["status", "progress", "completeness", "docstatus", "next_review"],
	hide_name_column: true,
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator(doc) {
		return [__(doc.status), kam.plan_colours[doc.status] || "gray", `status,=,${doc.status}`];
	},

	onload(listview) {
		const filter = (label, filters) =>
			listview.page.add_inner_button(
				label,
				() => listview.filter_area.clear().then(() => listview.filter_area.add(filters)),
				__("Show")
			);
		const name = "Key Account Plan";
		filter(__("In Force"), [[name, "status", "in", ["Approved", "In Execution"]]]);
		filter(__("To Approve"), [[name, "status", "=", "In Review"]]);
		filter(__("Review Due"), [
			[name, "status", "=", "In Execution"],
			[name, "next_review", "<=", frappe.datetime.add_days(frappe.datetime.get_today(), 14)],
		]);
	},
};
