frappe.listview_settings["Call Calendar"] = {
	add_fields: ["feed_active", "sync_events"],
	get_indicator(doc) {
		if (doc.feed_active) return [__("Address Valid"), "green", "feed_active,=,1"];
		return [__("No Address"), "gray", "feed_active,=,0"];
	},

	// everybody has one calendar: the button opens it
	primary_action() {
		return frappe
			.call({ method: "kam_erpnext.api.call_calendar.mine", type: "POST" })
			.then(({ message }) => frappe.set_route("Form", "Call Calendar", message));
	},
};
