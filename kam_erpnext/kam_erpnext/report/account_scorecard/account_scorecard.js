{
	const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
	const points = (value) => kam.reports.points(value, limits());
	const plain_points = (value) => kam.reports.points(value, { neutral: true });
	const MOVEMENTS = { Up: ["▲", "up"], Down: ["▼", "down"], Same: ["=", "same"] };
	const SEVERITIES = { High: "red", Medium: "orange", Low: "gray" };

	/** Bounds of the bands, as the settings have them. */
	function limits() {
		const [low, high] = (frappe.query_report?.raw_data?.chart?.kam?.bands || []).map((band) => band.upper ?? band);
		return { low, high };
	}

	/** One account in place of the list. A link filter has its value later than it says so. */
	async function show(key_account) {
		const report = frappe.query_report;
		const filter = report.get_filter("key_account");
		report._no_refresh = true;
		await filter.set_value(key_account);
		for (let tries = 0; filter.get_value() !== key_account && tries < 50; tries++) await frappe.timeout(0.05);
		report.refresh_filters_dependency();
		report._no_refresh = false;
		report.previous_filters = report.get_filter_values();
		report.refresh(true);
	}

	$(document)
		.off(".kam_scorecard")
		.on("click.kam_scorecard keydown.kam_scorecard", "[data-kam-scorecard]", function (event) {
			if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			show(this.dataset.kamScorecard);
		});

	const settings = kam.reports.define({
		filters: [
			kam.reports.search_filter("company", "Company", __("Company whose documents are read, in its own currency.")),
			{
				...kam.reports.account_filter(
					__("One account, line by line with every point. Leave empty to compare all accounts.")
				),
			},
			{
				fieldname: "as_of",
				label: __("As Of"),
				fieldtype: "Date",
				description: __(
					"Day at whose end the accounts are looked at. Leave empty for today. Of days that are over only what documents tell by their own dates is known."
				),
			},
			{
				fieldname: "level",
				label: __("Level"),
				fieldtype: "Link",
				options: "Key Account Level",
				description: __("Only accounts of this level."),
				depends_on: "eval:!doc.key_account",
			},
			{
				fieldname: "band",
				label: __("Band"),
				fieldtype: "Select",
				options: ["", "At Risk", "Watch", "Healthy"].map((value) => ({ value, label: __(value) })),
				description: __("Only accounts whose health lies in this band."),
				depends_on: "eval:!doc.key_account",
			},
			{
				...kam.reports.search_filter(
					"territory",
					"Territory",
					__("Only accounts with a customer in this territory or below it.")
				),
				depends_on: "eval:!doc.key_account",
			},
			{
				fieldname: "segment",
				label: __("Segment"),
				fieldtype: "Link",
				options: "Key Account Segment",
				description: __("Only accounts in this segment."),
				depends_on: "eval:!doc.key_account",
			},
			{
				fieldname: "manager",
				label: __("Manager", null, "KAM"),
				fieldtype: "Link",
				options: "User",
				ignore_link_validation: true,
				description: __("Only accounts of this key account manager."),
				depends_on: "eval:!doc.key_account",
			},
			{
				fieldname: "falling",
				label: __("Falling Health"),
				fieldtype: "Check",
				description: __("Only accounts whose health fell against the snapshot three months before."),
				depends_on: "eval:!doc.key_account",
			},
			{
				fieldname: "mine",
				label: __("My Accounts"),
				fieldtype: "Check",
				description: __("Only accounts you have a part on, and those below them."),
				depends_on: "eval:!doc.key_account",
			},
		],
		tree: { tree: true, name_field: "key", parent_field: "parent", initial_depth: 1 },
		cells: {
			// ------------------------------------------------------------ all accounts
			account_name: (value, data) =>
				`<a class="kam-figure-link" role="button" tabindex="0" data-kam-scorecard="${escape(
					data.key_account
				)}" title="${escape(__("Show every point of this account"))}">${escape(value)}</a>`,
			health: points,
			band: (value, data) =>
				`<span title="${escape(data.deductions)}">${kam.reports.health_band(value, data.band_key)}</span>`,
			trend: (value, data) => {
				if (value === null || value === undefined) return kam.reports.figure(null);
				const [arrow, tone] = MOVEMENTS[data.movement];
				const since = __("Health on {0}: {1}", [
					frappe.datetime.str_to_user(data.trend_since),
					data.health - value,
				]);
				return `<div class="text-right kam-movement kam-movement-${tone}" title="${escape(
					since
				)}"><span aria-hidden="true">${arrow}</span> ${value > 0 ? "+" : ""}${cint(value)}</div>`;
			},
			alarms: (value, data) => {
				const muted = data.muted ? ` <span class="text-muted">(+${cint(data.muted)})</span>` : "";
				if (!value) return `<div class="text-right text-muted">0${muted}</div>`;
				return `<div class="text-right" title="${escape(data.alarm_texts)}"><a class="kam-figure-link" role="button"
					tabindex="0" data-kam-list="${escape(
						JSON.stringify(["Key Account Alarm", { key_account: data.key_account, status: "Open" }])
					)}"><span class="indicator-pill no-indicator-dot ${SEVERITIES[data.severity]}">${cint(value)} ${escape(
					__(data.severity)
				)}</span></a>${muted}</div>`;
			},
			financial: points,
			customer: points,
			process: points,
			relationship: points,
			score: points,
			answered: (value) => kam.reports.figure(value, 0, "%"),
			freshness: plain_points,
			completeness: plain_points,

			// ------------------------------------------------------------ one account
			label: (value, data) =>
				data.is_group
					? `<b>${escape(value)}</b>`
					: kam.reports.may_follow(data.route)
					? `${kam.reports.route_link(value, data.route)} <span class="text-muted" aria-hidden="true">›</span>`
					: escape(value),
			value: (value, data) => {
				if (data.severity)
					return `<div class="text-right"><span class="indicator-pill no-indicator-dot ${
						SEVERITIES[data.severity]
					}">${escape(value)}</span></div>`;
				return `<div class="text-right ${data.is_unknown ? "text-muted" : ""}">${escape(value)}</div>`;
			},
			points: (value, data) => {
				if (value === null || value === undefined)
					return data.is_unknown || data.is_group ? kam.reports.figure(null) : "";
				const neutral = ["freshness", "completeness"].includes(data.parent || data.key);
				const meter = neutral ? plain_points(value) : points(value);
				return data.is_group ? `<b>${meter}</b>` : meter;
			},
			weight: (value) => (value === null || value === undefined ? "" : kam.reports.figure(value, 1)),
			share: (value, data) => {
				if (value === null || value === undefined) return "";
				const figure = kam.reports.figure(value, 1);
				return data.is_deduction ? `<span class="kam-overdue">${figure}</span>` : figure;
			},
			range: (value) => `<span class="text-muted">${escape(value)}</span>`,
			text: (value, data) =>
				`<span class="${data.is_unknown ? "text-muted" : ""}" title="${escape(value)}">${escape(value)}</span>`,
		},
		open: (mark) => mark?.key_account && show(mark.key_account),
	});

	frappe.query_reports["Account Scorecard"] = {
		...settings,
		after_datatable_render(datatable) {
			// an account that came with the address hides the filters of the list, too
			const report = frappe.query_report;
			report._no_refresh = true;
			report.refresh_filters_dependency();
			report._no_refresh = false;
			settings.after_datatable_render(datatable);
		},
	};
}
