{
	const unknown = (value) => value === null || value === undefined;
	/** Figures of an account: a dash for what is not known, nothing on lines of a criterion. */
	const figure =
		(digits = 0, unit = "") =>
		(value, data) =>
			unknown(value) && !data.key_account ? "" : kam.reports.figure(value, digits, unit);
	/** Figures of a criterion, which an account as a whole does not have. */
	const part =
		(unit = "") =>
		(value) =>
			unknown(value) ? "" : kam.reports.figure(value, 1, unit);
	const advice = { More: ["▲", "new"], Less: ["▼", "lost"] };

	frappe.query_reports["Improvement Potential"] = kam.reports.define({
		filters: [
			...kam.reports
				.sales_filters()
				.filter(({ fieldname }) =>
					["company", "period", "as_of", "from_date", "to_date"].includes(fieldname)
				),
			{
				fieldname: "by",
				label: __("By", null, "KAM"),
				fieldtype: "Select",
				options: [
					{ value: "Key Account", label: __("Key Account") },
					{ value: "Criterion", label: __("Criterion") },
				],
				default: "Key Account",
				description: __(
					"Accounts ranked by their potential with the criteria behind, or criteria with the accounts that have most to improve."
				),
			},
			{
				fieldname: "resource",
				label: __("Resources"),
				fieldtype: "Select",
				options: [
					{ value: "Spent on Plans", label: __("Spent on Plans") },
					{ value: "Hours", label: __("Hours", null, "KAM") },
					{ value: "Calls", label: __("Calls") },
				],
				default: "Spent on Plans",
				description: __("What the potential is compared with, in the chart and in the share."),
			},
			kam.reports.account_filter(__("Only this account and the accounts below it.")),
			{
				fieldname: "level",
				label: __("Level"),
				fieldtype: "Link",
				options: "Key Account Level",
				description: __("Only accounts of this level."),
			},
			kam.reports.search_filter(
				"territory",
				"Territory",
				__("Only accounts with a customer in this territory or below it.")
			),
			{
				fieldname: "segment",
				label: __("Segment"),
				fieldtype: "Link",
				options: "Key Account Segment",
				description: __("Only accounts in this segment."),
			},
			{
				fieldname: "manager",
				label: __("Manager", null, "KAM"),
				fieldtype: "Link",
				options: "User",
				ignore_link_validation: true,
				description: __("Only accounts of this key account manager."),
			},
		],
		tree: { tree: true, name_field: "node", parent_field: "parent_node", initial_depth: 0 },
		cells: {
			label: (value, data) =>
				data.key_account
					? kam.reports.link_if_readable("Key Account", data.key_account, value)
					: data.is_group
					? `<b>${kam.reports.shown(value)}</b>`
					: kam.reports.shown(value),
			improvement: (value, data) =>
				data.key_account ? kam.reports.meter(value, { neutral: true }).replace(" %", "") : "",
			gap: part(),
			gain: part(),
			points: part(),
			weight: part("%"),
			hours: figure(1),
			calls: figure(1),
			time: figure(0, "%"),
			share: figure(1, "%"),
			answered: figure(0, "%"),
			accounts: (value) => (unknown(value) ? "" : kam.reports.figure(value)),
			advice: (value, data) => {
				if (!value) return "";
				const [arrow, tone] = advice[data.advice_key];
				return `<span class="kam-movement kam-movement-${tone}"><span aria-hidden="true">${arrow}</span> ${frappe.utils.escape_html(
					value
				)}</span>`;
			},
			...Object.fromEntries(
				["spent", "net_sales"].map((field) => [
					field,
					(value, data, html) => (data.key_account ? html() : ""),
				])
			),
		},
		open: ({ key_account }) => frappe.set_route("Form", "Key Account", key_account),
	});
}
