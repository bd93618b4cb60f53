// everybody has one calendar: the button opens it, and makes it the first time
const open_mine = async () => {
	const { message } = await frappe.call({ method: "kam_erpnext.api.call_calendar.mine", type: "POST" });
	frappe.set_route("Form", "Call Calendar", message);
};

frappe.listview_settings["Call Calendar"] = {
	add_fields: ["feed_active", "sync_events"],
	get_indicator(doc) {
		if (doc.feed_active) return [__("Address Valid"), "green", "feed_active,=,1"];
		return [__("No Address"), "gray", "feed_active,=,0"];
	},

	refresh(list) {
		if (list.can_create) list.page.set_primary_action(__("My Calendar"), open_mine);
	},

	primary_action: open_mine,
};
