frappe.query_reports["Win and Loss"] = kam.reports.define({
	filters: [
		kam.reports.search_filter(
			"company",
			"Company",
			__("Company whose opportunities are counted, in its own currency.")
		),
		...kam.reports.day_filters().map((filter) => ({
			...filter,
			description:
				filter.fieldname === "from_date"
					? __("First day. Opportunities decided between the two days are counted.")
					: __("Last day."),
		})),
		{
			fieldname: "by",
			label: __("By", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "Reason", label: __("Reason") },
				{ value: "Competitor", label: __("Competitor") },
				{ value: "Key Account", label: __("Key Account") },
				{ value: "Person", label: __("Person") },
				{ value: "None", label: __("Single Opportunities") },
			],
			default: "Reason",
			description: __("What the lines stand for. A click on a line lists its opportunities."),
		},
		kam.reports.account_filter(__("Opportunities of this account and the accounts below it.")),
		{
			fieldname: "responsible",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			ignore_link_validation: true,
			description: __("Opportunities this person is responsible for."),
		},
		{
			fieldname: "reason",
			label: __("Reason"),
			fieldtype: "Link",
			options: "Key Account Win Loss Reason",
			description: __("Opportunities won or lost for this reason."),
		},
		kam.reports.search_filter(
			"competitor",
			"Competitor",
			__("Opportunities in which this competitor took part or won.")
		),
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: ["", "Idea", "Key Project"].map((value) => ({ value, label: __(value) })),
			description: __("Ideas or key projects only."),
		},
	],
	standard_chart: true,
	cells: {
		label: (value, data) =>
			data.key
				? kam.reports.filter_link(value, { by: "None", [data.field]: data.key })
				: `<span class="text-muted">${frappe.utils.escape_html(value)}</span>`,
		title: (value, data) => kam.reports.link_if_readable(data.source, data.deal, value),
		status: (value, data) => kam.reports.deal_pill(value, data.status_key),
		rate: (value) => kam.reports.meter(value, { neutral: true }),
		rate_by_value: (value) => kam.reports.meter(value, { neutral: true }),
		days: (value) => kam.reports.figure(value),
		reasons: (value) => kam.reports.with_title(value),
		customer_view: (value) => kam.reports.with_title(value),
		...kam.reports.count_cells(["won", "lost", "dropped"]),
		...kam.reports.money_cells(["value"]),
	},
});
