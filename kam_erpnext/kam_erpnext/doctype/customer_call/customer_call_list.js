frappe.listview_settings["Customer Call"] = {
	add_fields: ["status", "planned_on", "starts_at", "method", "user", "customer_name", "outcome", "moves"],
	hide_name_column: true,
	// what is still to be done comes first
	filters: [["status", "in", ["Planned", "Prepared"]]],

	onload(list) {
		kam.lists.columns(list, 7);
		const today = frappe.datetime.get_today();
		const doctype = "Customer Call";
		const open = [doctype, "status", "in", ["Planned", "Prepared"]];
		const mine = [doctype, "user", "=", frappe.session.user];
		const show = async (filters) => {
			await list.filter_area.clear(false);
			await list.filter_area.add(filters);
		};
		list.page.add_inner_button(__("My Calls"), () => frappe.set_route("my-calls"));
		list.page.add_inner_button(__("Mine Today"), () => show([mine, [doctype, "planned_on", "=", today]]));
		list.page.add_inner_button(__("Overdue"), () => show([open, [doctype, "planned_on", "<", today]]));
		list.page.add_inner_button(__("All Open"), () => show([open]));
	},

	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		const open = "status,in,Planned,Prepared";
		if (["Planned", "Prepared"].includes(doc.status) && doc.planned_on < today) {
			return [__("Overdue"), "red", `${open}|planned_on,<,${today}`];
		}
		const colours = { Planned: "gray", Prepared: "blue", Made: "green", Missed: "orange", Cancelled: "light-gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},

	formatters: {
		// a phone shows the first column alone; the list escapes it
		title: (value, df, doc) => kam.lists.subject(value, frappe.datetime.str_to_user(doc.planned_on)),
		user: (value) => kam.lists.cell(value ? frappe.utils.escape_html(frappe.user.full_name(value)) : ""),
		// the day stands beside it
		starts_at: (value) => kam.lists.cell(value ? frappe.datetime.convert_to_user_tz(value).slice(11, 16) : ""),
	},
};
