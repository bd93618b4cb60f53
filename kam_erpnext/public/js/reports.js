// what the reports of the app share: filters, links in cells, and the chart above the table
import "./alarms";

frappe.provide("kam.reports");

const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
/** What people read. Frappe keeps `<` in names as an entity: it is taken back before everything is escaped once. */
const shown = (text) => escape(frappe.utils.unescape_html(String(text ?? "")));
kam.reports.shown = shown;

/** Filter that searches masters the roles of key account management hold no right on. */
function search_filter(fieldname, options, description, more = {}) {
	return {
		fieldname,
		label: __(options),
		fieldtype: "Link",
		options,
		description,
		only_select: true,
		ignore_link_validation: true,
		get_query: () => ({ query: "kam_erpnext.api.report_filters.search" }),
		...more,
	};
}

kam.reports.search_filter = search_filter;

/** Filter for an account the reader may see. */
kam.reports.account_filter = (description) => ({
	fieldname: "key_account",
	label: __("Key Account"),
	fieldtype: "Link",
	options: "Key Account",
	description,
});

/** First and last day: the running fiscal year, unless other days are chosen. */
kam.reports.day_filters = (when) => {
	const year = frappe.datetime.get_today().slice(0, 4);
	const [, first, last] = frappe.boot.current_fiscal_year || [null, `${year}-01-01`, `${year}-12-31`];
	return [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: first,
			description: __("First day. Plans that are in force between the two days are shown."),
			depends_on: when,
		},
		{
			fieldname: "to_date",
			label: __("To", null, "KAM"),
			fieldtype: "Date",
			default: last,
			description: __("Last day."),
			depends_on: when,
		},
	];
};

/** Filters of the reports that add up sales. */
kam.reports.sales_filters = function ({ period_depends_on, after_period = [] } = {}) {
	const when = (expression) =>
		period_depends_on ? `eval:(${period_depends_on}) && (${expression})` : `eval:${expression}`;
	return [
		search_filter("company", "Company", __("Company whose sales are counted, in its own currency.")),
		{
			fieldname: "period",
			label: __("Period", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "Fiscal Year to Date", label: __("Fiscal Year to Date") },
				{ value: "Last Fiscal Year", label: __("Last Fiscal Year") },
				{ value: "Rolling 12 Months", label: __("Rolling 12 Months") },
				{ value: "Custom", label: __("Custom", null, "KAM") },
			],
			description: __("Days that are counted. Custom lets you enter the dates."),
			depends_on: period_depends_on && `eval:${period_depends_on}`,
		},
		{
			fieldname: "as_of",
			label: __("As Of"),
			fieldtype: "Date",
			description: __("Day from which the period is counted back. Leave empty for today."),
			depends_on: when("doc.period != 'Custom'"),
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			description: __("First day counted."),
			depends_on: when("doc.period == 'Custom'"),
		},
		{
			fieldname: "to_date",
			label: __("To", null, "KAM"),
			fieldtype: "Date",
			description: __("Last day counted."),
			depends_on: when("doc.period == 'Custom'"),
		},
		...after_period,
		{
			fieldname: "per",
			label: __("Show Per"),
			fieldtype: "Select",
			options: [
				{ value: "Customer", label: __("Customer") },
				{ value: "Key Account", label: __("Key Account") },
			],
			default: "Customer",
			description: __(
				"Key Account adds up all customers of an account and of the accounts below it; customers without an account stand alone."
			),
		},
		search_filter(
			"customer_group",
			"Customer Group",
			__("Customers of this group and the groups below it.")
		),
		search_filter(
			"territory",
			"Territory",
			__("Customers of this territory and the territories below it.")
		),
		search_filter("market_segment", "Market Segment", __("Customers of this market segment.")),
		search_filter("item_group", "Item Group", __("Sales of this item group and the groups below it.")),
		search_filter(
			"sales_person",
			"Sales Person",
			__("Documents with this sales person, or one below, in their sales team.")
		),
	];
};

kam.reports.fiscal_year_filter = (fieldname, label, description) => ({
	...search_filter(fieldname, "Fiscal Year", description),
	label,
	depends_on: "eval:doc.compare == 'Two Fiscal Years'",
	mandatory_depends_on: "eval:doc.compare == 'Two Fiscal Years'",
});

kam.reports.selection_filter = (fieldname, label, description) => ({
	fieldname,
	label,
	fieldtype: "Link",
	options: "Key Account Selection",
	description,
	only_select: true,
	get_query: () => ({ filters: { workflow_state: ["in", ["To Validate", "Approved", "Rejected"]] } }),
});

kam.reports.territory_filter = () =>
	search_filter("territory", "Territory", __("Lines of this territory and the territories below it."));

/**
 * Settings of a report: `filters`, `cells` (fieldname -> function of value, row, default HTML) and `open` (what a click on
 * a mark of the chart does), `drop` (what dragging a mark does: mark and new values, resolves to whether it stays), `ready`
 * (called with the report when its page is made). With `standard_chart` Frappe draws the chart; `tree` holds what Frappe needs for a tree,
 * `collapsed` says whether it begins with its first level only.
 */
kam.reports.define = function ({
	filters,
	cells = {},
	open,
	drop,
	ready,
	standard_chart = false,
	tree = {},
	collapsed,
}) {
	return {
		filters,
		...tree,
		onload(report) {
			show_help(report);
			ready?.(report);
			return set_defaults(report);
		},
		// the chart of the server is for dashboards; most reports draw their own after the table
		...(standard_chart ? {} : { get_chart_data: () => undefined }),
		after_datatable_render(datatable) {
			if (collapsed?.()) datatable?.rowmanager?.collapseAllNodes();
			if (standard_chart) return;
			const report = frappe.query_report;
			const chart = report.raw_data.chart;
			report.chart_options = chart || null;
			draw(report, chart?.kam, open, drop);
		},
		formatter(value, row, column, data, default_formatter) {
			const html = () => default_formatter(value, row, column, data);
			// Frappe writes texts of cells as HTML: names must stay text
			const is_text = typeof value === "string" && ["Data", "Link"].includes(column.fieldtype);
			// the total row, or a table drawn on while the reader has gone to another report
			if (!data) return column.fieldname === "share" ? percent(value) : is_text ? shown(value) : html();
			const cell = cells[column.fieldname] || standard_cells[column.fieldname];
			if (cell) return cell(value, data, html);
			if (column.fieldtype === "Link") return kam.reports.link_if_readable(column.options, value);
			return is_text ? shown(value) : html();
		},
	};
};

/** The descriptions of the filters, which a report page leaves out, join their tooltips. */
function show_help(report) {
	for (const { df, $wrapper } of report.filters || []) {
		if (df?.description) $wrapper.attr("data-original-title", `${__(df.label)}: ${df.description}`);
	}
}

/** Fill what the user has not chosen, without running the report once more. */
async function set_defaults(report) {
	if (!report.get_filter_value) return; // filter dialog of a dashboard
	const { message } = await frappe.call({
		method: "kam_erpnext.api.report_filters.defaults",
		type: "GET",
	});
	report._no_refresh = true;
	for (const fieldname of ["company", "period", "selection"]) {
		const filter = (report.filters || []).find((field) => field.fieldname === fieldname);
		if (filter && !filter.df.kam_no_default && message[fieldname] && !filter.get_value()) await filter.set_value(message[fieldname]);
	}
	if (report.$page) report.refresh_filters_dependency();
	report._no_refresh = false;
}

// ---------------------------------------------------------------- cells

function form_link(doctype, name, label) {
	return `<a href="${frappe.utils.get_form_link(doctype, name)}" data-doctype="${escape(
		doctype
	)}" data-name="${escape(name)}">${shown(label ?? name)}</a>`;
}

kam.reports.link_if_readable = (doctype, name, label) =>
	name && frappe.model.can_read(doctype) ? form_link(doctype, name, label) : shown(label ?? name);

/** A figure whose click opens the documents it is made of. */
kam.reports.documents_link = function (html, data, field = "net_sales") {
	const drill = drill_down();
	const countable = data.customer || data.key_account;
	if (!data[field] || !countable || !drill || !frappe.model.can_read(drill.source)) return html;
	return `<a class="kam-figure-link" role="button" tabindex="0" data-kam-documents="${escape(field)}"
		data-kam-row="${escape(JSON.stringify([data.customer, data.key_account]))}"
		title="${escape(__("Show the documents behind this figure"))}">${html}</a>`;
};

const PLAN_COLOURS = {
	Draft: "gray",
	"In Review": "orange",
	Rejected: "red",
	Approved: "blue",
	"In Execution": "green",
	Closed: "gray",
	Superseded: "gray",
	Cancelled: "red",
};

kam.reports.plan_pill = (text, status) => (text ? pill(text, PLAN_COLOURS[status] || "orange") : "");

/** A percentage with a bar behind it; the colour says below, near or at what was planned, the number says it too. */
kam.reports.meter = function (value, { near = 90, neutral = false } = {}) {
	if (is_empty(value)) return unknown();
	const tone = neutral ? "same" : value >= 100 ? "up" : value >= near ? "near" : "down";
	const width = Math.max(0, Math.min(100, value));
	return `<div class="kam-meter kam-meter-${tone}" style="--kam-share: ${width}%">${format_number(
		value,
		null,
		1
	)} %</div>`;
};

/** Money cells that show a dash for what is not known. */
kam.reports.money_cells = (fieldnames) =>
	Object.fromEntries(
		fieldnames.map((fieldname) => [
			fieldname,
			(value, data, html) => (is_empty(value) ? (data.is_group ? "" : unknown()) : html()),
		])
	);

kam.reports.count_cells = (fieldnames) =>
	Object.fromEntries(
		fieldnames.map((fieldname) => [
			fieldname,
			(value) => (value ? right(cint(value)) : `<div class="text-right text-muted">0</div>`),
		])
	);

/** A figure that may be unknown. */
kam.reports.figure = (value, digits = 0, unit = "") =>
	is_empty(value) ? unknown() : right(`${format_number(value, null, digits)}${unit && ` ${unit}`}`);

/** Hours with one digit; none is a pale zero. */
kam.reports.hours = (value) =>
	value ? kam.reports.figure(value, 1) : `<div class="text-right text-muted">0</div>`;

kam.reports.warning_count = (value) =>
	value
		? `<div class="text-right kam-overdue">${cint(value)}</div>`
		: `<div class="text-right text-muted">0</div>`;

const DEAL_COLOURS = { Open: "blue", "On Hold": "orange", Won: "green", Lost: "red", Dropped: "gray" };

kam.reports.deal_pill = (text, status) => (text ? pill(text, DEAL_COLOURS[status]) : "");

const PRIORITY_COLOURS = { High: "red", Medium: "blue", Low: "gray" };

kam.reports.priority = (text, priority) => pill(text, PRIORITY_COLOURS[priority]);

const unknown = () => `<div class="text-right text-muted">–</div>`;

const is_empty = (value) => value === null || value === undefined || value === "";
const right = (text) => `<div style="text-align: right">${text}</div>`;
const percent = (value) => (is_empty(value) ? "" : right(`${format_number(value, null, 2)} %`));
const number = (digits) => (value) => is_empty(value) ? "" : right(format_number(value, null, digits));

const class_cell = (value) =>
	value
		? `<span class="kam-class kam-class-${escape(value)}" title="${escape(
				__("Class {0}", [value])
		  )}">${escape(value)}</span>`
		: "";

const MOVEMENTS = {
	Up: ["▲", "up"],
	Down: ["▼", "down"],
	Same: ["=", "same"],
	New: ["★", "new"],
	Lost: ["✕", "lost"],
};

/** An arrow and the words, so that colour is not the only sign. */
kam.reports.movement = function (text, status) {
	const [arrow, tone] = MOVEMENTS[status] || ["", "same"];
	return `<span class="kam-movement kam-movement-${tone}"><span aria-hidden="true">${arrow}</span> ${escape(
		text
	)}</span>`;
};

const PROPOSAL_COLOURS = { Add: "green", Keep: "blue", Promote: "green", Demote: "orange", Retire: "red" };
const DECISION_COLOURS = { Accept: "green", Override: "purple", Reject: "red", Undecided: "orange" };

const pill = (text, colour = "gray") =>
	`<span class="indicator-pill no-indicator-dot ${colour}">${escape(text)}</span>`;

kam.reports.proposal_pill = (text, proposal) => pill(text, PROPOSAL_COLOURS[proposal]);
kam.reports.decision_pill = (text, decision) => pill(text, DECISION_COLOURS[decision]);

/** Long texts are cut off in the cell and shown in full on hover. */
kam.reports.with_title = (text) => (text ? `<span title="${shown(text)}">${shown(text)}</span>` : "");

const standard_cells = {
	rank: number(0),
	rank_before: number(0),
	share: percent,
	cumulative_share: percent,
	gross_margin: percent,
	change_percent: percent,
	share_of_sales: percent,
	sales_growth: percent,
	answered_share: percent,
	score: number(1),
	attractiveness: number(1),
	strength: number(1),
	attractiveness_before: number(1),
	strength_before: number(1),
	sales_class: class_cell,
	margin_class: class_cell,
	customer: (value) => kam.reports.link_if_readable("Customer", value),
	customer_name: (value, data) =>
		data.key_account && !data.customer
			? kam.reports.link_if_readable("Key Account", data.key_account, value)
			: kam.reports.link_if_readable("Customer", data.customer, value),
	account_name: (value, data) =>
		value ? kam.reports.link_if_readable("Key Account", data.key_account, value) : "",
	key_account: (value) => kam.reports.link_if_readable("Key Account", value),
	assessment: (value) => kam.reports.link_if_readable("Key Account Assessment", value),
};

/** Company, documents and periods the figures of the report on screen come from. */
const drill_down = () => frappe.query_report?.raw_data?.chart?.kam;

$(document).on("click keydown", "[data-kam-documents]", function (event) {
	if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
	event.preventDefault();
	const [customer, account] = JSON.parse(this.dataset.kamRow);
	kam.reports.open_documents(customer, account, this.dataset.kamDocuments);
});

/** A text whose click sets filters of the report on screen. */
kam.reports.filter_link = (text, filters) =>
	`<a class="kam-figure-link" role="button" tabindex="0" data-kam-filters="${escape(
		JSON.stringify(filters)
	)}" title="${escape(__("Show what is behind this line"))}">${shown(text)}</a>`;

$(document).on("click keydown", "[data-kam-filters]", function (event) {
	if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
	event.preventDefault();
	frappe.query_report.set_filter_value(JSON.parse(this.dataset.kamFilters));
});

// ---------------------------------------------------------------- ways to what is behind a figure

/** Whether the reader's roles include what a route leads to: {doctype, filters}, {doctype, name} or {report, filters}. */
kam.reports.may_follow = (route) =>
	Boolean(route && (route.report ? route.report in frappe.boot.user.all_reports : frappe.model.can_read(route.doctype)));

kam.reports.follow = function ({ doctype, name, report, filters }) {
	if (report) frappe.set_route("query-report", report, filters);
	else if (name) frappe.set_route("Form", doctype, name);
	else frappe.set_route("List", doctype, "List", filters);
};

/** A text whose click opens what is behind it; plain text for those who may not. */
kam.reports.route_link = (text, route) =>
	kam.reports.may_follow(route)
		? `<a class="kam-figure-link" role="button" tabindex="0" data-kam-route="${escape(
				JSON.stringify(route)
		  )}" title="${escape(__("Show what is behind this line"))}">${escape(text)}</a>`
		: escape(text);

$(document).on("click keydown", "[data-kam-route]", function (event) {
	if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
	event.preventDefault();
	kam.reports.follow(JSON.parse(this.dataset.kamRoute));
});

const BANDS = { "At Risk": ["▲", "red"], Watch: ["●", "orange"], Healthy: ["✓", "green"] };

/** A band of the health: the word, a sign and a colour. */
kam.reports.health_band = function (text, band) {
	const [sign, colour] = BANDS[band] || ["", "gray"];
	return `<span class="indicator-pill no-indicator-dot ${colour}"><span aria-hidden="true">${sign}</span> ${escape(
		text
	)}</span>`;
};

/** Points 0 to 100 with a bar in the tone of their band. */
kam.reports.points = function (value, { low = 34, high = 67, neutral = false } = {}) {
	if (is_empty(value)) return unknown();
	const tone = neutral ? "same" : value > high ? "up" : value > low ? "near" : "down";
	return `<div class="kam-meter kam-meter-${tone}" style="--kam-share: ${Math.max(
		0,
		Math.min(100, value)
	)}%">${format_number(value, null, 0)}</div>`;
};

// ---------------------------------------------------------------- calls on customers

const CALL_METHODS = ["Visit", "Phone", "Video", "E-mail", "Joint Visit"];

/** Filters of the reports about calls. `more` replaces descriptions and adds what a report needs besides. */
kam.reports.call_filters = function ({ days, without = [], person } = {}) {
	const today = frappe.datetime.get_today();
	const day = (fieldname, label, value, description) => ({
		fieldname,
		label,
		fieldtype: "Date",
		default: value,
		description,
	});
	return [
		day(
			"from_date",
			__("From"),
			frappe.datetime.add_days(today, -90),
			days?.[0] || __("First day. The thirteen weeks up to today unless you choose others.")
		),
		day("to_date", __("To", null, "KAM"), today, days?.[1] || __("Last day.")),
		{
			fieldname: "user",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			ignore_link_validation: true,
			description: person || __("Only calls of this person."),
		},
		kam.reports.account_filter(__("Calls on customers of this account and the accounts below it.")),
		{
			fieldname: "customer",
			label: __("Customer"),
			fieldtype: "Link",
			options: "Customer",
			ignore_link_validation: true,
			description: __("Only calls on this customer."),
		},
		search_filter(
			"territory",
			"Territory",
			__("Calls on customers of this territory and the territories below it.")
		),
		{
			fieldname: "method",
			label: __("Method"),
			fieldtype: "Select",
			options: ["", ...CALL_METHODS].map((value) => ({ value, label: __(value) })),
			description: __("Only calls of this kind."),
		},
		{
			fieldname: "abc_class",
			label: __("Class"),
			fieldtype: "Select",
			options: ["", "A", "B", "C"],
			description: __("Only customers of this class, as it was when the calls were planned."),
		},
		{
			fieldname: "cycle",
			label: __("Call Cycle"),
			fieldtype: "Link",
			options: "Call Cycle",
			description: __("Only calls of this cycle."),
		},
	].filter(({ fieldname }) => !without.includes(fieldname));
};

/** A number of calls whose click lists them: those of the line, with `more` filters of the list. */
kam.reports.calls_link = function (value, data, more, tone = "") {
	if (is_empty(value)) return unknown();
	if (!value) return `<div class="text-right text-muted">0</div>`;
	const text = `<span class="${tone}">${cint(value)}</span>`;
	const chart = drill_down();
	const filters = chart?.list && calls_of_line(chart, data);
	if (!filters || !frappe.model.can_read("Customer Call")) return right(text);
	return right(
		`<a class="kam-figure-link" role="button" tabindex="0" data-kam-list="${escape(
			JSON.stringify(["Customer Call", { ...filters, ...more }])
		)}" title="${escape(__("Show the calls behind this figure"))}">${text}</a>`
	);
};

const LOADS = { Over: ["▲", "kam-overdue"], Under: ["▼", "kam-load-under"], Fits: ["", ""] };

/** Load in percent with a bar; over and under load have a sign besides the colour. */
kam.reports.load_meter = function (value, state) {
	const tone = { Over: "down", Under: "same" }[state] || "up";
	const [sign] = LOADS[state] || [""];
	const width = Math.max(0, Math.min(100, value));
	return `<div class="kam-meter kam-meter-${tone}" style="--kam-share: ${width}%">${sign} ${format_number(
		value,
		null,
		0
	)} %</div>`;
};

/** Whether it is too much or there is room, in words with a sign. */
kam.reports.load_state = function (text, state) {
	const [sign, tone] = LOADS[state] || ["", "text-muted"];
	return `<span class="${tone}">${sign} ${escape(text)}</span>`;
};

/** Filters of the list for the calls of a line; null where a list cannot tell them. */
function calls_of_line({ list, field, tree }, data) {
	if (data.list) return { ...list, ...data.list };
	if (!field) return list;
	if (!data.key) return tree ? null : { ...list, [field]: ["is", "not set"] };
	return { ...list, [field]: tree ? ["descendants of (inclusive)", data.key] : data.key };
}

$(document).on("click keydown", "[data-kam-list]", function (event) {
	if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
	event.preventDefault();
	const [doctype, filters] = JSON.parse(this.dataset.kamList);
	frappe.set_route("List", doctype, "List", filters);
});

/** Opens the list of the documents behind a figure, filtered as the report is. */
kam.reports.open_documents = async function (customer, account, field) {
	const { source, company, dates } = drill_down();
	const filters = frappe.query_report.get_filter_values();
	const period = dates[field === "net_sales_before" ? "before" : "now"];
	const options = {
		company,
		docstatus: 1,
		[source === "Sales Order" ? "transaction_date" : "posting_date"]: ["between", period],
	};
	options.customer = customer || ["in", await customers_of(account)];
	options.is_internal_customer = 0;
	if (source === "Sales Invoice") options.is_opening = "No";
	if (filters.item_group) {
		options[`${source} Item.item_group`] = ["descendants of (inclusive)", filters.item_group];
	}
	frappe.set_route("List", source, "List", options);
};

async function customers_of(account) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.report_filters.customers_of",
		type: "GET",
		args: { key_account: account },
	});
	return message;
}

// ---------------------------------------------------------------- chart

/** Draws the chart of a report into its chart area; the library is loaded when it is needed first. */
async function draw(report, chart, open, drop) {
	if (!chart?.kind) {
		report.$chart.empty().hide();
		return;
	}
	await frappe.require("kam_charts.bundle.js");
	if (report !== frappe.query_report || report.raw_data.chart?.kam !== chart) return;
	report.$chart.empty().show();
	kam.charts.draw(report.$chart[0], chart, {
		title: __(report.report_name),
		note: report.$status.text(),
		open: open && ((mark) => open(mark, report)),
		drop,
	});
}
