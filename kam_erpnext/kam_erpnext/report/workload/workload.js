frappe.query_reports["Workload"] = kam.reports.define({
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(monday(), -28),
			description: __(
				"First day. From four weeks ago to thirteen weeks ahead unless you choose others."
			),
		},
		{
			fieldname: "to_date",
			label: __("To", null, "KAM"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(monday(), 90),
			description: __("Last day."),
		},
		{
			fieldname: "by",
			label: __("Show Per"),
			fieldtype: "Select",
			options: ["Week", "Month"].map((value) => ({ value, label: __(value) })),
			default: "Week",
			description: __("Weeks from Monday to Sunday, or months."),
		},
		{
			fieldname: "user",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			ignore_link_validation: true,
			description: __("Only this person."),
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Everybody") },
				{ value: "Over", label: __("Over Load") },
				{ value: "Under", label: __("Under Load") },
			],
			description: __("Only people with too much, or with room, in a week from now on."),
		},
	],
	tree: { tree: true, name_field: "key", parent_field: "parent" },
	collapsed: () => frappe.query_report.raw_data.chart?.kam.rows?.length > 1,
	cells: {
		label: (value, data) => {
			const text = frappe.utils.escape_html(value);
			if (!data.parent) return `<b>${text}</b>`;
			return data.is_now ? `<b>${text}</b> <span class="text-muted">${__("now")}</span>` : text;
		},
		working_days: (value) => kam.reports.figure(value),
		planned: (value, data) =>
			kam.reports.calls_link(value, line(data), { status: ["in", ["Planned", "Prepared"]] }),
		made: (value, data) => kam.reports.calls_link(value, line(data, "made_on"), { status: "Made" }),
		missed: (value, data) =>
			kam.reports.calls_link(value, line(data), { status: "Missed" }, value ? "kam-overdue" : ""),
		possible: (value) => kam.reports.figure(value),
		hours: (value) => kam.reports.hours(value),
		possible_hours: (value) => kam.reports.figure(value, 1),
		percent: (value, data) =>
			value === null || value === undefined
				? kam.reports.figure(null)
				: kam.reports.load_meter(value, data.state_key),
		state: (value, data) => kam.reports.load_state(value, data.state_key),
	},
	open: ({ user, column }) =>
		frappe.set_route("List", "Customer Call", "List", { user, planned_on: ["between", column.days] }),
});

function monday() {
	return moment(frappe.datetime.get_today()).startOf("isoWeek").format("YYYY-MM-DD");
}

/** Filters of the list for a line: the person, and the days of the week. */
function line(data, field = "planned_on") {
	const { list } = frappe.query_report.raw_data.chart.kam;
	const days = data.days ? ["between", data.days] : list.planned_on;
	const more = field === "planned_on" ? { planned_on: days } : { planned_on: undefined, [field]: days };
	return { ...data, list: { user: data.user, ...more } };
}
