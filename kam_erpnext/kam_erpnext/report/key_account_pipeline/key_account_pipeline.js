frappe.query_reports["Key Account Pipeline"] = kam.reports.define({
	filters: [
		kam.reports.search_filter(
			"company",
			"Company",
			__("Company whose deals are counted, in its own currency.")
		),
		{
			fieldname: "view",
			label: __("View"),
			fieldtype: "Select",
			options: ["Deals", "Coverage of Targets", "Ageing", "Gate Conversion"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Deals",
			description: __(
				"The deals themselves, what they cover of the targets of the plans, how old they are, or how many pass each gate."
			),
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: ["Open and Ordered", "Open", "On Hold", "All"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Open and Ordered",
			description: __(
				"Open: neither won nor lost. Ordered: not invoiced yet. All adds what is closed."
			),
			depends_on: "eval:['Deals', 'Ageing'].includes(doc.view)",
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["", "Key Account", "Stage", "Person"].map((value) => ({ value, label: __(value) })),
			description: __("Puts the deals of each account, stage or person together, with their sums."),
			depends_on: "eval:doc.view == 'Deals'",
		},
		kam.reports.account_filter(__("Deals of this account and the accounts below it.")),
		{
			fieldname: "responsible",
			label: __("Person"),
			fieldtype: "Link",
			options: "User",
			ignore_link_validation: true,
			description: __("Deals this person is responsible for."),
		},
		kam.reports.search_filter(
			"item_group",
			"Item Group",
			__("Only the amounts of this item group and the groups below it.")
		),
		{
			fieldname: "source",
			label: __("Counted From"),
			fieldtype: "Select",
			options: [
				"",
				"Key Account Opportunity",
				"Opportunity",
				"Quotation",
				"Sales Order",
				"CRM Deal",
				...(frappe.boot.kam_pipeline_sources || []),
			].map((value) => ({ value, label: __(value) })),
			description: __(
				"Document that stands for the deal: documents of a Key Account Opportunity are counted with it, others stand for themselves."
			),
		},
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: ["", "Idea", "Key Project"].map((value) => ({ value, label: __(value) })),
			description: __("Ideas or key projects only."),
		},
	],
	tree: { tree: true, name_field: "deal", parent_field: "parent_deal", initial_depth: 2 },
	standard_chart: true,
	cells: {
		title: (value, data) =>
			data.is_group
				? `<b>${frappe.utils.escape_html(value)}</b>`
				: kam.reports.link_if_readable(data.source, data.deal, value),
		account_name: (value, data) =>
			value ? kam.reports.link_if_readable("Key Account", data.key_account, value) : "",
		plan: (value) => kam.reports.link_if_readable("Key Account Plan", value),
		status: (value, data) =>
			data.is_group
				? `<span class="text-muted">${frappe.utils.escape_html(value)}</span>`
				: kam.reports.deal_pill(value, data.status_key),
		probability: (value, data) => (data.is_group ? "" : kam.reports.figure(value, 0, "%")),
		age: (value, data) => (data.is_group ? "" : kam.reports.figure(value)),
		stands: (value, data) =>
			data.is_group
				? ""
				: `<div class="text-right ${data.old ? "kam-overdue" : ""}">${value ?? "–"}</div>`,
		expected_close: (value, data, html) =>
			data.late ? `<span class="kam-overdue">${html()}</span>` : value ? html() : "",
		coverage: (value, data) => coverage(value, data, 2.5),
		weighted_coverage: (value, data) => coverage(value, data, 1),
		conversion: (value) => kam.reports.meter(value, { neutral: true }),
		days: (value) => kam.reports.figure(value),
		share: (value) => kam.reports.meter(value, { neutral: true }),
		...kam.reports.money_cells(["target", "remaining", "actual"]),
		...quiet_zero(["idea", "quoted", "open", "weighted", "ordered", "invoiced"]),
	},
});

/** Money that is often zero: a pale zero keeps the eye on the others; what is not known is a dash. */
function quiet_zero(fieldnames) {
	const cell = (value, data, html) => {
		if (value === null || value === undefined) return data.is_group ? "" : kam.reports.figure(null);
		return flt(value) ? html() : `<div class="text-right text-muted">0</div>`;
	};
	return Object.fromEntries(fieldnames.map((fieldname) => [fieldname, cell]));
}

function coverage(value, data, enough) {
	if (data.reached) return `<div class="text-right">${__("reached")}</div>`;
	if (value === null || value === undefined) return kam.reports.figure(null);
	const tone = value >= enough ? "" : "kam-overdue";
	return `<div class="text-right ${tone}">${format_number(value, null, value < 1 ? 2 : 1)} ×</div>`;
}
