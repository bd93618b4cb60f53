frappe.query_reports["Call Performance"] = kam.reports.define({
	filters: [
		{
			fieldname: "by",
			label: __("Show Per"),
			fieldtype: "Select",
			options: ["Person", "Week", "Month"].map((value) => ({ value, label: __(value) })),
			default: "Person",
			description: __(
				"One line per person for management, or how one person did week by week; without a person all together."
			),
		},
		...kam.reports.call_filters({
			days: [
				__(
					"First day calls were due or made. The thirteen weeks up to today unless you choose others."
				),
				__("Last day calls were due or made."),
			],
			person: __("Only this person. Show Per Week tells how the weeks went."),
		}),
	],
	cells: {
		label: (value, data) => {
			const { by } = frappe.query_report.raw_data.chart.kam;
			const text = frappe.utils.escape_html(value);
			if (by !== "Person" || !data.key) return text;
			return kam.reports.filter_link(value, { user: data.key, by: "Week" });
		},
		made: (value, data) => kam.reports.calls_link(value, data, { status: "Made" }),
		missed: (value, data) => {
			const { list } = frappe.query_report.raw_data.chart.kam;
			const due = data.due || list.made_on[1];
			return kam.reports.calls_link(
				value,
				data,
				{ status: "Missed", due_on: ["between", due], made_on: undefined },
				value ? "kam-overdue" : ""
			);
		},
		rate: (value) => kam.reports.meter(value, { near: 80 }),
		on_time_rate: (value) => kam.reports.meter(value, { near: 80 }),
		hours: (value) => kam.reports.hours(value),
		reached_rate: (value) => kam.reports.meter(value, { neutral: true }),
		in_time_rate: (value) => kam.reports.meter(value, { near: 80 }),
		done: (value) => kam.reports.figure(value),
		reached: (value, data) =>
			kam.reports.calls_link(value, data, { status: "Made", outcome: "Objective Reached" }),
		progress: (value, data) =>
			kam.reports.calls_link(value, data, { status: "Made", outcome: "Progress" }),
		no_progress: (value, data) =>
			kam.reports.calls_link(value, data, { status: "Made", outcome: "No Progress" }),
		not_met: (value, data) => kam.reports.calls_link(value, data, { status: "Made", outcome: "Not Met" }),
		...kam.reports.count_cells(["customers", "joint", "joined", "follow_ups"]),
	},
	open: ({ key }, report) => {
		const { by } = report.raw_data.chart.kam;
		if (by === "Person" && key) report.set_filter_value({ user: key, by: "Week" });
	},
});
