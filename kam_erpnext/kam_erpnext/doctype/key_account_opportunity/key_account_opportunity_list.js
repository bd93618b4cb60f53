frappe.listview_settings["Key Account Opportunity"] = {
	// those of the Kanban cards included
	add_fields: [
		"status",
		"current_gate",
		"quick_win",
		"expected_close",
		"amount",
		"currency",
		"priority_score",
		"priority_known",
		"probability",
		"probability_by_hand",
		"responsible",
		"account_name",
	],
	// a reader looks for what is open first
	filters: [["status", "in", ["Open", "On Hold"]]],
	hide_name_column: true,

	onload(list) {
		list.page.add_inner_button(__("Mine"), () => this.show(list, { mine: true }));
		list.page.add_inner_button(__("Quick Wins"), () => this.show(list, { quick: true }));
		list.page.add_inner_button(__("To Decide"), () => this.show(list, { decide: true }));
		list.page.add_inner_button(__("All Open"), () => this.show(list, {}));
		if (!list.board) {
			list.page.add_menu_item(__("Board by Gate"), () =>
				frappe.set_route("List", "Key Account Opportunity", "Kanban", "Key Account Opportunities by Gate")
			);
		}
	},

	async show(list, { mine, quick, decide }) {
		const doctype = "Key Account Opportunity";
		const filters = [[doctype, "status", "in", ["Open", "On Hold"]]];
		if (mine) filters.push([doctype, "responsible", "=", frappe.session.user]);
		if (quick) filters.push([doctype, "quick_win", "=", 1]);
		if (decide) filters.push([doctype, "decision", "is", "not set"]);
		await list.filter_area.clear(false);
		await list.filter_area.add(filters);
	},

	get_indicator(doc) {
		const colours = { Open: "blue", "On Hold": "orange", Won: "green", Lost: "red", Dropped: "gray" };
		const today = frappe.datetime.get_today();
		if (doc.status === "Open" && doc.expected_close && doc.expected_close < today) {
			return [__("Overdue"), "red", `status,=,Open|expected_close,<,${today}`];
		}
		const gate = doc.status === "Open" && doc.current_gate;
		return [gate ? __(doc.current_gate) : __(doc.status, null, "Key Account Opportunity"), colours[doc.status], `status,=,${doc.status}`];
	},

	formatters: {
		title(value, df, doc) {
			return doc.quick_win ? `★ ${value}` : value;
		},
		// number columns are never empty: what nobody said is no zero
		amount(value, df, doc) {
			return kam.lists.cell(flt(value) ? format_currency(value, doc.currency, 0) : "–");
		},
		priority_score(value, df, doc) {
			return kam.lists.cell(flt(doc.priority_known) ? format_number(flt(value), null, 0) : "–");
		},
		probability(value, df, doc) {
			const known = flt(value) || doc.probability_by_hand;
			return kam.lists.cell(known ? `${format_number(flt(value), null, 0)} %` : "–");
		},
	},
};

// a board does not call `onload`
show_on_cards();

/** Cards of a board format a value without its document: no zero for what is not known, no percent for a score. */
function show_on_cards() {
	const number = (value) => format_number(flt(value), null, 0);
	const company = new Set(Object.values(locals[":Company"] || {}).map((row) => row.default_currency));
	const currency = company.size === 1 ? [...company][0] : null;
	const cards = {
		amount: (value) => (currency ? format_currency(value, currency, 0) : number(value)),
		priority_score: number,
	};
	for (const [field, card] of Object.entries(cards)) {
		const df = frappe.meta.get_docfield("Key Account Opportunity", field);
		if (!df || df.formatter) continue;
		const { formatter: _none, ...plain } = df;
		df.formatter = (value, _df, options, doc) =>
			doc || options ? frappe.format(value, plain, options, doc) : flt(value) ? card(value) : "–";
	}
}
