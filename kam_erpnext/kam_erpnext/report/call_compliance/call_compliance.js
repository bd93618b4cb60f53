frappe.query_reports["Call Compliance"] = kam.reports.define({
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Customer", "Key Account", "Class", "Person", "Territory", "Method"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Customer",
			description: __(
				"One line for each of them. Accounts and territories hold everything below them."
			),
		},
		...kam.reports.call_filters({
			days: [
				__("First day calls were due. The thirteen weeks up to today unless you choose others."),
				__("Last day calls are due. Calls due after today are not counted as planned yet."),
			],
		}),
	],
	tree: { tree: true, name_field: "key", parent_field: "parent", initial_depth: 3 },
	cells: {
		label: (value, data) => {
			const { group_by } = frappe.query_report.get_filter_values();
			if (!data.key) return `<span class="text-muted">${frappe.utils.escape_html(value)}</span>`;
			if (!group_by || group_by === "Customer")
				return kam.reports.link_if_readable("Customer", data.key, value);
			const { field } = frappe.query_report.raw_data.chart.kam;
			return kam.reports.filter_link(value, { [field]: data.key, group_by: "Customer" });
		},
		made: (value, data) => kam.reports.calls_link(value, data, { status: "Made" }),
		missed: (value, data) =>
			kam.reports.calls_link(value, data, { status: "Missed" }, value ? "kam-overdue" : ""),
		open: (value, data) =>
			kam.reports.calls_link(value, data, {
				status: ["in", ["Planned", "Prepared"]],
				due_on: until_today(),
			}),
		moved: (value, data) =>
			kam.reports.calls_link(value, data, { moves: [">", 0], status: ["!=", "Cancelled"] }),
		rate: (value) => kam.reports.meter(value, { near: 80 }),
		on_time_rate: (value) => kam.reports.meter(value, { near: 80 }),
		overdue: (value, data) =>
			data.frequencies ? kam.reports.warning_count(value) : kam.reports.figure(null),
		overdue_index: (value, data) => {
			if (!data.frequencies || value === null) return kam.reports.figure(null);
			const text = format_number(value, null, 2);
			return value > 1
				? `<div class="text-right kam-overdue" title="${__("Overdue")}">▲ ${text}</div>`
				: `<div class="text-right">${text}</div>`;
		},
		next_due: (value, data, html) =>
			value ? (data.late_due ? `<span class="kam-overdue">${html()}</span>` : html()) : "–",
		next_planned: (value, data, html) => (value ? html() : "–"),
		last_call: (value, data, html) =>
			value ? html() : data.never ? `<span class="text-muted">${__("never")}</span>` : "–",
	},
	open: ({ key }, report) => {
		if (!key) return;
		const { field } = report.raw_data.chart.kam;
		if (field === "customer") frappe.set_route("Form", "Customer", key);
		else report.set_filter_value({ [field]: key, group_by: "Customer" });
	},
});

function until_today() {
	const { list, today } = frappe.query_report.raw_data.chart.kam;
	const [from, to] = list.due_on[1];
	return ["between", [from, to < today ? to : today]];
}
