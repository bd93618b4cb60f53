frappe.listview_settings["Key Account"] = {
	add_fields: ["status", "level", "key_account_manager"],
	filters: [["status", "!=", "Retired"]],
	get_indicator(doc) {
		const colours = { Candidate: "blue", Active: "green", "On Watch": "orange", Retired: "gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
