{
	const RATINGS = ["strategic_us", "strategic_customer", "effort", "risk"];
	const LABELS = {
		strategic_us: __("Strategic Value for Us"),
		strategic_customer: __("Strategic Value for the Customer"),
		effort: __("Effort"),
		risk: __("Risk"),
	};

	/** Rates an opportunity; what it was before can be brought back with one click. */
	async function rate(deal, ratings, undoing = false) {
		const before = Object.fromEntries(Object.keys(ratings).map((field) => [field, deal[field] ?? null]));
		const { message } = await frappe.call({
			method: "kam_erpnext.api.opportunity_matrix.rate",
			args: { opportunity: deal.deal, ratings, before },
			freeze: true,
		});
		if (!message) return;
		await frappe.query_report.refresh();
		const title = frappe.utils.escape_html(deal.title);
		if (undoing) {
			frappe.show_alert({ message: __("{0} is rated as before.", [title]), indicator: "blue" });
			return;
		}
		const alert = frappe.show_alert(
			{
				message: `${__("{0} is rated anew.", [title])} <a role="button" tabindex="0" data-kam-undo>${__(
					"Undo"
				)}</a>`,
				indicator: "green",
			},
			15
		);
		$(alert)
			.find("[data-kam-undo]")
			.on("click", () => {
				$(alert).remove();
				rate({ ...deal, ...message }, before, true);
			});
	}

	const words = (deal, ratings) =>
		Object.entries(ratings)
			.map(([field, value]) =>
				__("{0}: {1} instead of {2}", [LABELS[field], value || __("not rated"), deal[field] || __("not rated")])
			)
			.join("<br>");

	/** Asks before a bubble that was dragged stays where it is. */
	function dropped(deal, ratings) {
		return new Promise((resolve) => {
			const dialog = frappe.confirm(
				`<b>${frappe.utils.escape_html(deal.title)}</b><br>${words(deal, ratings)}`,
				() => rate(deal, ratings).then(() => resolve(true), () => resolve(false)),
				() => resolve(false)
			);
			dialog.set_title?.(__("Rate Anew"));
		});
	}

	/** The same without dragging: for the keyboard, for a phone, and for what is not rated yet. */
	function ask(deal) {
		const writable = frappe.model.can_write("Key Account Opportunity");
		const dialog = new frappe.ui.Dialog({
			title: deal.title,
			fields: [
				...RATINGS.map((field) => ({
					fieldname: field,
					label: LABELS[field],
					fieldtype: "Select",
					options: ["", "1", "2", "3", "4", "5"],
					default: String(deal[field] ?? ""),
					read_only: writable ? 0 : 1,
					description: ["effort", "risk"].includes(field)
						? __("1 little to 5 much.")
						: __("1 low to 5 high."),
				})),
			],
			primary_action_label: writable ? __("Rate", null, "KAM") : __("Open"),
			primary_action(values) {
				dialog.hide();
				if (!writable) return open();
				const changed = Object.fromEntries(
					RATINGS.filter((field) => cint(values[field]) !== cint(deal[field])).map((field) => [
						field,
						cint(values[field]) || null,
					])
				);
				if (Object.keys(changed).length) rate(deal, changed);
			},
			secondary_action_label: __("Open Opportunity"),
			secondary_action() {
				dialog.hide();
				open();
			},
		});
		const open = () => frappe.set_route("Form", "Key Account Opportunity", deal.deal);
		dialog.show();
	}

	$(document).on("click keydown", "[data-kam-rate]", function (event) {
		if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
		event.preventDefault();
		const deal = (frappe.query_report?.data || []).find((row) => row.deal === this.dataset.kamRate);
		if (deal) ask(deal);
	});

	const rating = (value, data) =>
		value
			? `<div class="text-right">${cint(value)}</div>`
			: frappe.model.can_write("Key Account Opportunity")
			? `<div class="text-right"><a role="button" tabindex="0" data-kam-rate="${frappe.utils.escape_html(
					data.deal
			  )}">${__("Rate", null, "KAM")}</a></div>`
			: kam.reports.figure(null);

	frappe.query_reports["Opportunity Matrix"] = kam.reports.define({
		filters: [
			kam.reports.search_filter(
				"company",
				"Company",
				__("Company whose opportunities are shown, in its own currency.")
			),
			{
				fieldname: "value",
				label: __("Value"),
				fieldtype: "Select",
				options: [
					{ value: "For Us", label: __("For Us") },
					{ value: "For the Customer", label: __("For the Customer") },
				],
				default: "For Us",
				description: __("Strategic value that is drawn upwards."),
			},
			{
				fieldname: "cost",
				label: __("Against", null, "KAM"),
				fieldtype: "Select",
				options: [
					{ value: "Effort", label: __("Effort") },
					{ value: "Risk", label: __("Risk") },
				],
				default: "Effort",
				description: __("What is drawn to the right."),
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
				fieldname: "kind",
				label: __("Kind"),
				fieldtype: "Select",
				options: ["", "Idea", "Key Project"].map((value) => ({ value, label: __(value) })),
				description: __("Ideas or key projects only."),
			},
			kam.reports.search_filter(
				"item_group",
				"Item Group",
				__("Opportunities in this item group and the groups below it.")
			),
			{
				fieldname: "on_hold",
				label: __("With Those on Hold"),
				fieldtype: "Check",
				description: __("Shows opportunities on hold as well."),
			},
		],
		cells: {
			title: (value, data) => kam.reports.link_if_readable("Key Account Opportunity", data.deal, value),
			...Object.fromEntries(RATINGS.map((field) => [field, rating])),
			probability: (value) => kam.reports.figure(value, 0, "%"),
			priority: (value) => kam.reports.figure(value, 1),
			quick: (value, data) =>
				data.quick_win ? `<span class="indicator-pill no-indicator-dot green">${__("Quick win")}</span>` : "",
			...kam.reports.money_cells(["amount", "profit"]),
		},
		open: ask,
		drop: dropped,
	});
}
