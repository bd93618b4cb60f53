frappe.views.calendar["Key Account Business Review"] = {
	field_map: {
		start: "review_date",
		end: "review_date",
		id: "name",
		title: "title",
		allDay: "all_day",
		// no such column: days stay days, whatever the time zone of the reader
		convertToUserTz: "convert_to_user_tz",
	},
	fields: ["name", "title", "review_date", "docstatus", "account_name"],
	options: { displayEventTime: false },
	get_css_class(data) {
		if (data.docstatus === 1) return "success";
		const past = (data.review_date || "").slice(0, 10) < frappe.datetime.get_today();
		return past ? "warning" : "default";
	},
	get_events_method: "frappe.desk.calendar.get_events",
};
