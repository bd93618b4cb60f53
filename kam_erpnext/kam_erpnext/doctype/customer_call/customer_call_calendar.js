frappe.views.calendar["Customer Call"] = {
	field_map: {
		start: "begins",
		end: "ends",
		id: "name",
		title: "caption",
		allDay: "all_day",
		// no such column: times come on the clock of the reader already, days stay days
		convertToUserTz: "convert_to_user_tz",
	},
	options: {
		selectable: false,
		// a call that is dragged to another day asks why, as everywhere
		eventDrop(event, delta, revert) {
			const day = event.start.format("YYYY-MM-DD");
			const time = event.start.hasTime() ? event.start.format("HH:mm:ss") : null;
			revert();
			if (!["Planned", "Prepared", "Missed"].includes(event.status)) {
				frappe.show_alert({ message: __("This call is {0}: it cannot be moved.", [__(event.status)]), indicator: "orange" });
				return;
			}
			frappe.require("kam_calls.bundle.js", async () => {
				await kam.calls.dialogs.move({ name: event.name, today: frappe.datetime.get_today(), day, new_time: time });
				cur_list?.calendar?.refresh();
			});
		},
		eventResize(event, delta, revert) {
			revert();
		},
	},
	order_by: "planned_on",
	get_css_class(data) {
		if (data.status === "Made") return "success";
		if (data.status === "Cancelled") return "default";
		if (data.status === "Missed") return "danger";
		return data.day < frappe.datetime.get_today() ? "danger" : data.status === "Prepared" ? "warning" : "default";
	},
	get_events_method: "kam_erpnext.api.call_sheet.calendar",
};
