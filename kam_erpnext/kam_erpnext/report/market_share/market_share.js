frappe.query_reports["Market Share"] = kam.reports.define({
	filters: [
		{
			fieldname: "by",
			label: __("By", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "Territory", label: __("Territory") },
				{ value: "Item Group", label: __("Item Group") },
				{ value: "Key Account", label: __("Key Account") },
				{ value: "Competitor", label: __("Competitor") },
			],
			default: "Territory",
			description: __("What a row is. Territories, item groups and accounts add up through their trees."),
		},
		...kam.reports
			.sales_filters()
			.filter(({ fieldname }) =>
				[
					"company",
					"period",
					"as_of",
					"from_date",
					"to_date",
					"territory",
					"item_group",
				].includes(fieldname)
			),
		{
			...kam.reports.account_filter(__("Only this account and the accounts below it.")),
			depends_on: "eval:doc.by == 'Key Account'",
		},
	],
	tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 2 },
	open: ({ key_account, territory, item_group }) => {
		if (key_account) return frappe.set_route("Form", "Key Account", key_account);
		for (const [field, value] of Object.entries({ territory, item_group })) {
			if (value) frappe.query_report.set_filter_value(field, value);
		}
	},
	cells: {
		label: (value, data) => {
			if (data.key_account) return kam.reports.link_if_readable("Key Account", data.key_account, value);
			const text = frappe.utils.escape_html(value);
			return data.is_us ? `<b>${text}</b>` : text;
		},
		share: (value) => kam.reports.figure(value, 2, "%"),
		share_before: (value) => kam.reports.figure(value, 2, "%"),
		share_units: (value) => kam.reports.figure(value, 2, "%"),
		market_units: (value) => kam.reports.figure(value, 0),
		own_units: (value) => kam.reports.figure(value, 0),
		covered: (value) => kam.reports.figure(value, 0, "%"),
		change: (value) =>
			value === null || value === undefined
				? kam.reports.figure(value)
				: `<div class="text-right">${kam.reports.movement(
						`${value > 0 ? "+" : ""}${format_number(value, null, 2)}`,
						value > 0 ? "Up" : value < 0 ? "Down" : "Same"
				  )}</div>`,
		reliability: (value) => (value ? frappe.utils.escape_html(__(value)) : ""),
		...kam.reports.money_cells(["market", "own", "competitors", "others", "own_elsewhere"]),
	},
});
