{
	const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
	const is_empty = (value) => value === null || value === undefined || value === "";
	const ROW_FIELDS = ["customer", "key_account", "territory", "customer_group", "market_segment"];

	/** A figure whose click shows what it is made of; a dash for what is not known. */
	const figure = (value, data, html) => {
		if (is_empty(value)) return kam.reports.figure(null);
		const row = Object.fromEntries(
			ROW_FIELDS.filter((field) => data[field]).map((field) => [field, data[field]])
		);
		if (!Object.keys(row).length || !value) return html();
		return `<a class="kam-figure-link" role="button" tabindex="0" data-kam-profit="${escape(
			JSON.stringify({ ...row, label: data.label })
		)}" title="${escape(__("Show what this figure is made of"))}">${html()}</a>`;
	};

	/** Percent of a budget that is spent: more than all of it is marked. */
	const spent = (value) => {
		if (is_empty(value)) return kam.reports.figure(null);
		const over = value > 100;
		return `<div class="kam-meter kam-meter-${over ? "down" : "same"}" style="--kam-share: ${Math.max(
			0,
			Math.min(100, value)
		)}%">${over ? "▲ " : ""}${format_number(value, null, 1)} %</div>`;
	};

	/** A percentage with its sign. */
	const signed = (value) => {
		if (is_empty(value)) return kam.reports.figure(null);
		const [arrow, tone] = value < 0 ? ["▼", "down"] : ["▲", "up"];
		return `<div class="text-right"><span class="kam-movement kam-movement-${tone}"><span aria-hidden="true">${arrow}</span> ${format_number(
			value,
			null,
			1
		)} %</span></div>`;
	};

	$(document)
		.off(".kam_profit")
		.on("click.kam_profit keydown.kam_profit", "[data-kam-profit]", async function (event) {
			if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			const { label, ...row } = JSON.parse(this.dataset.kamProfit);
			await frappe.require("kam_profitability.bundle.js");
			kam.profitability.show_lines(label, row);
		});

	frappe.query_reports["Account Profitability"] = kam.reports.define({
		filters: [
			...kam.reports.sales_filters().filter(({ fieldname }) => fieldname !== "per"),
			{
				fieldname: "by",
				label: __("By", null, "KAM"),
				fieldtype: "Select",
				options: [
					{ value: "Key Account", label: __("Key Account") },
					{ value: "Customer", label: __("Customer") },
					{ value: "Territory", label: __("Territory") },
					{ value: "Customer Group", label: __("Customer Group") },
					{ value: "Market Segment", label: __("Market Segment") },
				],
				default: "Key Account",
				description: __(
					"What the lines stand for; accounts, territories and groups include everything below them."
				),
			},
			{
				...kam.reports.account_filter(
					__("Only the customers of this account and of the accounts below it.")
				),
			},
			{
				fieldname: "show_customers",
				label: __("Show Customers"),
				fieldtype: "Check",
				description: __("Lists the customers below each account."),
				depends_on: "eval:doc.by == 'Key Account'",
			},
			{
				fieldname: "all_steps",
				label: __("Show All Steps"),
				fieldtype: "Check",
				description: __("Columns from gross sales on, and one for every cost driver that has a rate."),
			},
			{
				fieldname: "chart",
				label: __("Chart"),
				fieldtype: "Select",
				options: [
					{ value: "Waterfall", label: __("Waterfall") },
					{ value: "Waterfall from CM1", label: __("Waterfall from CM1") },
					{ value: "Whale Curve", label: __("Whale Curve") },
					{ value: "Lifetime Value", label: __("Lifetime Value") },
				],
				default: "Waterfall",
				description: __(
					"Waterfall: from gross sales to the last margin. Whale curve: which customers make the margin, and which cost some. Lifetime value: what each forecast year adds."
				),
			},
			{
				fieldname: "baseline",
				label: __("Return Against", null, "KAM"),
				fieldtype: "Select",
				options: [
					{ value: "Prior Year", label: __("Prior Year") },
					{ value: "Growth of Others", label: __("Growth of Others") },
				],
				default: "Prior Year",
				description: __(
					"What the margin gained is measured against: the same days a year before, or these grown as comparable customers without key account did."
				),
			},
			{
				fieldname: "years",
				label: __("Forecast Years (3)"),
				fieldtype: "Int",
				description: __("Lifetime value: years of the forecast, 1 to 20; 3 when empty."),
			},
			{
				fieldname: "retention",
				label: __("Retention % (90)"),
				fieldtype: "Data",
				description: __(
					"Lifetime value: percent of the customers that stay each year; 90 when empty."
				),
			},
			{
				fieldname: "growth",
				label: __("Margin Growth % (0)"),
				fieldtype: "Data",
				description: __("Lifetime value: growth of the margin each year in percent; 0 when empty."),
			},
			{
				fieldname: "discount",
				label: __("Discount Rate % (10)"),
				fieldtype: "Data",
				description: __(
					"Lifetime value: interest with which later years are brought to today's value; 10 when empty."
				),
			},
		],
		tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 3 },
		cells: {
			label: (value, data) => {
				if (data.key_account)
					return kam.reports.link_if_readable("Key Account", data.key_account, value);
				if (data.customer) return kam.reports.link_if_readable("Customer", data.customer, value);
				return `<b>${kam.reports.shown(value)}</b>`;
			},
			account_name: (value, data) =>
				value ? kam.reports.link_if_readable("Key Account", data.of_account, value) : "",
			...Object.fromEntries(
				[
					"gross_sales",
					"discounts",
					"returned",
					"net_sales",
					"cost",
					"cm1",
					"serving",
					"cm2",
					"work",
				].map((field) => [field, (value, data, html) => figure(value, data, html)])
			),
			...kam.reports.money_cells(["cm3", "planned", "gained", "lifetime"]),
			...Object.fromEntries(
				["cm1_percent", "serving_percent", "cm2_percent", "cm3_percent"].map((field) => [
					field,
					(value) => kam.reports.figure(value, 1, "%"),
				])
			),
			budget_percent: (value) => spent(value),
			roi: (value) => signed(value),
			payback: (value) => kam.reports.figure(value, 1),
		},
		open: ({ customer }) => customer && frappe.set_route("Form", "Customer", customer),
	});
}
