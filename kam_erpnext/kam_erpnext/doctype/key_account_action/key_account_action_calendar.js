frappe.views.calendar["Key Account Action"] = {
	field_map: {
		start: "start_date",
		end: "end_date",
		id: "name",
		title: "caption",
		allDay: "all_day",
		progress: "progress",
		// no such column: days stay days, whatever the time zone of the reader
		convertToUserTz: "convert_to_user_tz",
	},
	fields: ["name", "subject", "start_date", "end_date", "status", "is_milestone", "account_name"],
	options: { displayEventTime: false },
	gantt: true,
	order_by: "start_date",
	get_css_class(data) {
		if (data.status === "Done") return "success";
		if (data.status === "Dropped") return "default";
		const last = (data.end_date || "").slice(0, 10);
		const today = frappe.datetime.get_today();
		if (last < today) return "danger";
		return last <= frappe.datetime.add_days(today, 7) ? "warning" : "default";
	},
	get_events_method: "kam_erpnext.api.actions.calendar",
};
