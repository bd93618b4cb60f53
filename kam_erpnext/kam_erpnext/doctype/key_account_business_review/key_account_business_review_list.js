frappe.listview_settings["Key Account Business Review"] = {
	add_fields: ["docstatus", "review_date", "satisfaction", "account_name"],
	hide_name_column: true,
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (doc.docstatus === 1) return [__("Held"), "green", "docstatus,=,1"];
		if (doc.docstatus === 2) return [__("Cancelled"), "red", "docstatus,=,2"];
		const today = frappe.datetime.get_today();
		if (doc.review_date >= today) {
			return [__("Planned"), "blue", `docstatus,=,0|review_date,>=,${today}`];
		}
		return [__("To Submit"), "orange", `docstatus,=,0|review_date,<,${today}`];
	},
};
