{
	const MEASURES = "Measures";
	const COLOURS = { Draft: "orange", Final: "green", Withdrawn: "red" };
	const is_empty = (value) => value === null || value === undefined || value === "";
	const percent = (value) => kam.reports.figure(value, 1, "%");

	const label = (value, data) => {
		if (data.statement && (!data.parent || data.place === undefined)) {
			const route = { doctype: "Key Account Incentive", name: data.statement };
			const text = kam.reports.route_link(value, route);
			return data.parent ? text : `<b>${text}</b>`;
		}
		const text = frappe.utils.escape_html(value);
		return data.parent ? text : `<b>${text}</b>`;
	};

	frappe.query_reports["Incentive Performance"] = kam.reports.define({
		filters: [
			{
				fieldname: "show",
				label: __("Show"),
				fieldtype: "Select",
				options: [
					{ value: MEASURES, label: __("Measures") },
					{ value: "Contribution by Person", label: __("Contribution by Person") },
					{ value: "Contribution by Territory", label: __("Contribution by Territory") },
					{ value: "Contribution by Region", label: __("Contribution by Region") },
				],
				default: MEASURES,
				description: __(
					"Measures: attainment, pay-out and amount of each person. Contribution: what the customers of each person brought. Regions are the territories below the root."
				),
			},
			kam.reports.search_filter("company", "Company", __("Company whose schemes are shown.")),
			...kam.reports.day_filters().map((filter) => ({
				...filter,
				description: __("Statements whose period has days in common with these days are shown."),
			})),
			{
				fieldname: "user",
				label: __("Person"),
				fieldtype: "Link",
				options: "User",
				ignore_link_validation: true,
				description: __("Only the statements of this person."),
			},
			{
				fieldname: "status",
				label: __("Status"),
				fieldtype: "Select",
				options: [
					{ value: "", label: __("Drafts and final ones") },
					{ value: "Draft", label: __("Draft") },
					{ value: "Final", label: __("Final") },
					{ value: "Withdrawn", label: __("Withdrawn") },
				],
				description: __("Drafts follow the documents, final statements stay as they are."),
			},
		],
		tree: { tree: true, name_field: "key", parent_field: "parent" },
		collapsed: () => frappe.query_report.raw_data.result.filter((row) => !row.parent).length > 6,
		cells: {
			label,
			weight: (value) => (is_empty(value) ? "" : percent(value)),
			due: (value, data) => (data.parent ? text_right(value) : ""),
			actual: (value, data) => (data.parent ? text_right(value) : ""),
			attainment: (value) => kam.reports.meter(value),
			payout: percent,
			known: percent,
			share: percent,
			margin_percent: percent,
			growth: (value) =>
				is_empty(value)
					? kam.reports.figure(null)
					: `<div class="text-right">${kam.reports.movement(
							`${value > 0 ? "+" : ""}${format_number(value, null, 1)} %`,
							value > 0 ? "Up" : value < 0 ? "Down" : "Same"
					  )}</div>`,
			customers: (value) => kam.reports.figure(value),
			amount: (value, data, html) => (is_empty(value) ? "" : data.parent ? html() : `<b>${html()}</b>`),
			status: (value, data) =>
				value
					? `<span class="indicator-pill no-indicator-dot ${COLOURS[data.state]}">${frappe.utils.escape_html(
							value
					  )}</span>`
					: "",
			how: (value) => kam.reports.with_title(value),
		},
		open: ({ route }) => route && kam.reports.follow(route),
	});

	function text_right(value) {
		return is_empty(value)
			? kam.reports.figure(null)
			: `<div class="text-right">${frappe.utils.escape_html(value)}</div>`;
	}
}
