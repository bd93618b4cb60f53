{
	const MONEY = [
		"forecast",
		"actual",
		"orders",
		"pipeline",
		"baseline",
		"target",
		"target_to_date",
		"variance",
		"run_rate",
		"last_year",
		"last_year_to_date",
	];
	const WITH_DOCUMENTS = ["actual", "orders", "last_year", "last_year_to_date"];
	const DIMENSIONS = [
		["Key Account", __("Key Account")],
		["Territory", __("Territory")],
		["Sales Person", __("Sales Person")],
		["Market Segment", __("Market Segment")],
		["Item Group", __("Item Group")],
	].map(([value, label]) => ({ value, label }));
	const FILTER_OF = {
		key_account: "key_account",
		territory: "territory",
		sales_person: "sales_person",
		segment: "market_segment",
		item_group: "item_group",
	};
	const is_empty = (value) => value === null || value === undefined || value === "";

	/** A figure whose click opens its documents. */
	const with_documents = (field) => (value, data, html) => {
		if (is_empty(value)) return kam.reports.figure(null);
		const source = field === "orders" ? "Sales Order" : frappe.query_report?.raw_data?.chart?.kam?.source;
		if (!value || !source || data.others || !frappe.model.can_read(source)) return html();
		return `<a class="kam-figure-link" role="button" tabindex="0" data-kam-performance="${field}"
			data-kam-place="${frappe.utils.escape_html(data.place)}"
			title="${frappe.utils.escape_html(__("Show the documents behind this figure"))}">${html()}</a>`;
	};

	/** A difference: its sign and an arrow say what its colour says. */
	const difference = (value, data, html) => {
		if (is_empty(value)) return kam.reports.figure(null);
		const tone = value > 0 ? "up" : value < 0 ? "down" : "same";
		return `<div class="kam-movement kam-movement-${tone}">${html()}</div>`;
	};

	const growth = (value) =>
		is_empty(value)
			? kam.reports.figure(null)
			: `<div class="text-right">${kam.reports.movement(
					`${value > 0 ? "+" : ""}${format_number(value, null, 1)} %`,
					value > 0 ? "Up" : value < 0 ? "Down" : "Same"
			  )}</div>`;

	/** Filters that look at a place of the trees, with every line in it. */
	const filters_of = (place) => ({
		...Object.fromEntries(
			Object.entries(JSON.parse(place))
				.filter(([dimension, name]) => FILTER_OF[dimension] && name)
				.map(([dimension, name]) => [FILTER_OF[dimension], name])
		),
		every_line: 1,
	});

	const label = (value, data) => {
		const text = kam.reports.shown(value);
		if (data.others) return kam.reports.filter_link(value, filters_of(data.place));
		if (!data.dimension) return `<b>${text}</b>`;
		if (!data.leaf) return `<span class="text-muted">${text}</span>`;
		if (data.dimension === "key_account") {
			return kam.reports.link_if_readable("Key Account", data.leaf, value);
		}
		if (data.dimension === "customer") return kam.reports.link_if_readable("Customer", data.leaf, value);
		return kam.reports.filter_link(value, { [FILTER_OF[data.dimension]]: data.leaf });
	};

	const open_documents = async function (figure, place) {
		const { message } = await frappe.call({
			method: "kam_erpnext.api.performance.documents",
			type: "GET",
			args: { figure, place, filters: JSON.stringify(frappe.query_report.get_filter_values()) },
		});
		if (message.message) return frappe.show_alert({ message: message.message, indicator: "orange" });
		frappe.set_route("List", message.doctype, "List", message.filters);
	};

	$(document)
		.off("click.kam_performance keydown.kam_performance")
		.on("click.kam_performance keydown.kam_performance", "[data-kam-performance]", function (event) {
			if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			open_documents(this.dataset.kamPerformance, this.dataset.kamPlace);
		});

	const slices = Object.fromEntries(
		Array.from({ length: 110 }, (_, number) => [
			`slice_${number}`,
			(value, data, html) => (is_empty(value) ? kam.reports.figure(null) : html()),
		])
	);

	const settings = kam.reports.define({
		filters: [
			{
				fieldname: "by",
				label: __("By", null, "KAM"),
				fieldtype: "Select",
				options: DIMENSIONS,
				default: "Key Account",
				description: __("First level of lines. Trees add up from their lowest level."),
			},
			{
				fieldname: "then_by",
				label: __("Then By"),
				fieldtype: "Select",
				options: [{ value: "", label: "" }, ...DIMENSIONS],
				description: __("Second level, within each line of the first."),
			},
			{
				fieldname: "customers",
				label: __("Show Customers"),
				fieldtype: "Check",
				description: __("Adds the customers below the last level."),
			},
			{
				fieldname: "every_line",
				label: __("Every Line"),
				fieldtype: "Check",
				description: __(
					"Shows all lines, however many. Without it the smallest stand together when there are more than 3,000."
				),
			},
			kam.reports.search_filter(
				"company",
				"Company",
				__("Company whose sales are counted, in its own currency. Clear it for all companies in one currency.")
			),
			{
				fieldname: "currency",
				label: __("Currency"),
				fieldtype: "Link",
				options: "Currency",
				only_select: true,
				ignore_link_validation: true,
				description: __(
					"Currency in which all companies are added up, at the rates of the day measured. Empty: that of the company in KAM Settings."
				),
				depends_on: "eval:!doc.company",
				get_query: () => ({ query: "kam_erpnext.api.report_filters.search" }),
			},
			...kam.reports.day_filters().map((filter) => ({
				...filter,
				description:
					filter.fieldname === "from_date"
						? __("First day. Both days empty: the running fiscal year.")
						: filter.description,
			})),
			{
				fieldname: "as_of",
				label: __("Measured Up To"),
				fieldtype: "Date",
				description: __("Day up to which sales are actual; what lies behind it is forecast. Empty: today."),
			},
			{
				fieldname: "every",
				label: __("Cut Into"),
				fieldtype: "Select",
				options: [
					{ value: "Weekly", label: __("Weeks") },
					{ value: "Monthly", label: __("Months") },
					{ value: "Quarterly", label: __("Quarters") },
					{ value: "Yearly", label: __("Years") },
				],
				default: "Monthly",
				description: __("Parts of the period in the trend and in the views by period."),
			},
			{
				fieldname: "measure",
				label: __("Figures In"),
				fieldtype: "Select",
				options: [
					{ value: "Amount", label: __("Amount") },
					{ value: "Quantity", label: __("Quantity") },
					{ value: "Margin", label: __("Margin") },
				],
				default: "Amount",
				description: __("Net sales, stock units, or net sales less cost of goods."),
			},
			{
				fieldname: "view",
				label: __("Columns"),
				fieldtype: "Select",
				options: [
					{ value: "", label: __("All Figures") },
					{ value: "Forecast by Period", label: __("Forecast by Period") },
					{ value: "Actual by Period", label: __("Actual by Period") },
					{ value: "Target by Period", label: __("Target by Period") },
					{ value: "Last Year by Period", label: __("Last Year by Period") },
					{ value: "Variance by Period", label: __("Variance by Period") },
				],
				description: __("All figures of the whole period, or one figure in each of its parts."),
			},
			{
				fieldname: "targets_from",
				label: __("Targets From"),
				fieldtype: "Select",
				options: [
					{ value: "Plans", label: __("Key Account Plans") },
					{ value: "ERPNext", label: __("Sales People and Territories") },
				],
				default: "Plans",
				description: __(
					"Plans that are Approved, In Execution or Closed, or the targets in the forms of sales people and territories."
				),
			},
			{
				fieldname: "baseline",
				label: __("With Baseline"),
				fieldtype: "Check",
				description: __(
					"Adds to the forecast what each customer bought in the days left a year ago, less its open orders and deals."
				),
			},
			{
				fieldname: "chart",
				label: __("Chart"),
				fieldtype: "Select",
				options: [
					{ value: "Waterfall", label: __("Waterfall") },
					{ value: "Target Bullets", label: __("Target Bullets") },
					{ value: "Trend", label: __("Trend") },
				],
				default: "Waterfall",
				description: __("From last year to the forecast, each line against its target, or part by part."),
			},
			{
				fieldname: "sold_to",
				label: __("Sold To"),
				fieldtype: "Select",
				options: [
					{ value: "Key Accounts", label: __("Key Accounts") },
					{ value: "All Customers", label: __("All Customers") },
				],
				default: "Key Accounts",
				description: __(
					"Key Accounts compares with the targets of their plans like with like; all customers fits the targets of sales people and territories."
				),
			},
			kam.reports.account_filter(__("Only this account and the accounts below it.")),
			kam.reports.search_filter(
				"territory",
				"Territory",
				__("Customers of this territory and the territories below it.")
			),
			kam.reports.search_filter(
				"sales_person",
				"Sales Person",
				__("Documents with this sales person, or one below, in their sales team.")
			),
			kam.reports.search_filter("market_segment", "Market Segment", __("Customers of this market segment.")),
			kam.reports.search_filter(
				"item_group",
				"Item Group",
				__("Sales of this item group and the groups below it.")
			),
			kam.reports.search_filter(
				"customer_group",
				"Customer Group",
				__("Customers of this group and the groups below it.")
			),
		],
		tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 2 },
		open({ dimension, leaf }) {
			if (!dimension) return;
			if (dimension === "key_account") return frappe.set_route("Form", "Key Account", leaf);
			if (dimension === "customer") return frappe.set_route("Form", "Customer", leaf);
			frappe.query_report.set_filter_value(FILTER_OF[dimension], leaf);
		},
		cells: {
			...slices,
			...kam.reports.money_cells(MONEY),
			...Object.fromEntries(WITH_DOCUMENTS.map((field) => [field, with_documents(field)])),
			label,
			variance: difference,
			attainment: (value) => kam.reports.meter(value, { neutral: true }),
			forecast_attainment: (value) => kam.reports.meter(value),
			pace: (value) => kam.reports.meter(value),
			growth,
		},
	});

	const { onload } = settings;
	settings.onload = function (report) {
		kam.target_import?.add_button(report);
		return onload(report);
	};

	frappe.query_reports["Key Account Performance"] = settings;
}
