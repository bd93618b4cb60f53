import { estimate_form } from "./estimate";
import { penetration_text } from "./grid";
import { day, escape, money, percent, short, state_label, UNKNOWN, weight_of } from "./looks";
import { make_opportunity } from "./opportunity";

/** The panel at the side: everything about a cell, or the best chances of a row or column. */
export class Panel {
	constructor(page, element) {
		this.page = page;
		this.element = element;
		element.addEventListener("click", (event) => this.clicked(event));
		element.addEventListener("keydown", (event) => {
			if (event.key !== "Escape" || event.target.closest(".awesomplete")) return;
			// Frappe takes the focus away from whatever has it when Escape comes to the page
			event.stopPropagation();
			this.close();
			page.grid.scroller.focus();
		});
	}

	get is_open() {
		return !this.element.hidden;
	}

	get model() {
		return this.page.model;
	}

	close() {
		this.element.hidden = true;
		this.element.replaceChildren();
	}

	async open(row, column, { focus = false } = {}) {
		this.place = { row, column };
		const was_open = this.is_open;
		this.element.hidden = false;
		// on a narrow screen it lies over the table, whose top may be out of sight
		if (!was_open && window.innerWidth < 992) this.element.scrollIntoView({ block: "nearest" });
		if (row == null || column == null) return this.show_head();
		const turn = (this.turn = (this.turn || 0) + 1);
		const { model } = this;
		this.draw_top(model.cell(row, column));
		this.body.innerHTML = `<p class="text-muted">${escape(__("Loading …"))}</p>`;
		clearTimeout(this.waiting);
		// arrows move quickly from cell to cell: ask when they rest
		await new Promise((resolve) => (this.waiting = setTimeout(resolve, 120)));
		if (turn !== this.turn || !this.is_open) return undefined;
		let about;
		try {
			const answer = await frappe.call({
				method: "kam_erpnext.api.whitespace.cell",
				type: "GET",
				args: {
					row: model.rows[row].key,
					column: model.columns[column].key,
					filters: JSON.stringify(this.page.filters),
				},
			});
			about = answer.message;
		} catch {
			if (turn === this.turn) this.close();
			return undefined;
		}
		if (turn !== this.turn || !this.is_open) return undefined;
		this.about = about;
		this.draw_cell();
		if (focus) this.element.querySelector("button, select, input")?.focus();
		return undefined;
	}

	/** Again, after something was changed; the matrix follows. */
	async changed() {
		await this.page.load({ quiet: true });
		const { row, column } = this.page.grid.chosen;
		if (row != null && column != null && this.is_open) await this.open(row, column);
	}

	get row() {
		return this.model.rows[this.place.row];
	}

	get column() {
		return this.model.columns[this.place.column];
	}

	top(title, under, chip = "") {
		this.element.innerHTML = `<header><div><h4>${title}</h4><p>${under}</p></div>${chip}<button type="button"
			class="btn btn-default btn-xs kam-ws-close" data-do="close" aria-label="${escape(
				__("Close")
			)}">✕</button></header><div class="kam-ws-panel-body"></div>`;
		this.body = this.element.querySelector(".kam-ws-panel-body");
	}

	draw_top(cell) {
		const state = cell?.state || "Unknown";
		const look = state === "Won" ? "kam-ws-won-4" : `kam-ws-${state.toLowerCase()}`;
		this.top(
			escape(this.column.label),
			this.row_link(),
			`<span class="kam-ws-chip"><i class="kam-ws-swatch ${look}"></i>${escape(state_label(state))}</span>`
		);
	}

	row_link() {
		const { row } = this;
		return row.key_account && frappe.model.can_read("Key Account")
			? `<a href="${frappe.utils.get_form_link("Key Account", row.key_account)}">${escape(row.label)}</a>`
			: escape(row.label);
	}

	// ------------------------------------------------------------ a cell

	draw_cell() {
		const { about, model } = this;
		const cell = about.figures;
		this.draw_top(cell || undefined);
		const parts = [this.actions(), this.figures(cell), this.comparison()];
		this.body.innerHTML = parts.filter(Boolean).join("");
		if (this.can_estimate) {
			const wrapper = this.section(__("What We Know"));
			estimate_form(this, wrapper);
		} else this.estimates(this.section(__("What We Know")));
		this.deals();
		const months = this.months();
		if (months) this.section(__("Net Sales by Month")).innerHTML = months;
		this.customers();
		this.documents();
		this.notes(model);
	}

	get can_estimate() {
		return this.model.can_estimate && this.about.account && this.about.item_group;
	}

	section(title) {
		const section = document.createElement("section");
		section.innerHTML = `<h5>${escape(title)}</h5><div></div>`;
		this.body.append(section);
		return section.lastElementChild;
	}

	actions() {
		const can = this.model.can_make_opportunity && this.about.account && this.about.item_group;
		return can
			? `<button type="button" class="btn btn-primary btn-sm kam-ws-make" data-do="opportunity">${escape(
					__("Make an Opportunity of This Cell")
			  )}</button>`
			: "";
	}

	figures(cell) {
		const { currency } = this.model;
		const { sales, margin } = this.about;
		const share = cell?.wallet > 0 ? (100 * cell.net_sales) / cell.wallet : null;
		const known = cell?.basis === "Wallet";
		const lines = [
			[__("Net Sales"), money(cell?.net_sales ?? 0, currency)],
			[__("Same Days a Year Earlier"), money(sales ? sales.before : 0, currency)],
			[
				__("Open"),
				money(cell?.open ?? 0, currency),
				cell && weight_of(cell, (value) => money(value, currency)),
			],
			[__("Wallet"), money(cell?.wallet, currency)],
			[__("Share of Wallet"), percent(share, 1)],
			known
				? [__("Gap"), money(cell.gap, currency), __("to the share we want")]
				: [
						__("Gap"),
						cell?.basis === "Peers" ? `~${money(cell.peer_gap, currency)}` : UNKNOWN,
						cell?.basis === "Peers" ? __("by comparison") : __("no wallet is known"),
				  ],
			[__("Gross Margin", null, "KAM"), percent(margin, 1), margin == null ? __("cost not known") : __("of the item group")],
			[
				__("Priority"),
				money(cell?.priority, currency),
				cell?.priority != null &&
					__("gap × margin × {0} chance × time {1}", [
						percent(cell.chance),
						format_number(cell.time, null, 2),
					]),
			],
			cell?.free_on && [__("Contract Ends"), day(cell.free_on)],
		];
		return `<dl class="kam-ws-facts">${lines
			.filter(Boolean)
			.map(
				([label, value, under]) =>
					`<div><dt>${escape(label)}</dt><dd>${escape(value)}${
						under ? `<small>${escape(under)}</small>` : ""
					}</dd></div>`
			)
			.join("")}</dl>`;
	}

	/** Net sales of the months as bars. */
	months() {
		const { sales } = this.about;
		if (!sales || !Object.keys(sales.months).length) return "";
		const { from, to } = this.model.period;
		const names = [];
		for (let at = moment(from).startOf("month"); !at.isAfter(to); at = at.clone().add(1, "month"))
			names.push(at.format("YYYY-MM-DD"));
		if (names.length > 36) return "";
		const values = names.map((name) => sales.months[name] || 0);
		const top = Math.max(...values, 0) || 1;
		return `<div class="kam-ws-months" role="img" aria-label="${escape(__("Net sales by month"))}">${values
			.map(
				(value, at) =>
					`<i title="${escape(`${moment(names[at]).format("MMM YYYY")}: ${money(value, this.model.currency)}`)}" style="height:${
						value > 0 ? Math.max(4, (100 * value) / top) : 2
					}%" class="${value > 0 ? "" : "kam-ws-none"}"></i>`
			)
			.join("")}</div><div class="kam-ws-months-ends"><span>${escape(moment(names[0]).format("MMM YY"))}</span><span>${escape(
			moment(names[names.length - 1]).format("MMM YY")
		)}</span></div>`;
	}

	comparison() {
		const { peers } = this.about;
		return peers
			? `<p class="kam-ws-reason"><b>${escape(__("Comparison"))}</b> ${escape(peers.reason)}</p>`
			: "";
	}

	/** Estimates as text, for those who may not change them. */
	estimates(wrapper) {
		const { estimates, account } = this.about;
		if (!estimates.length) {
			wrapper.innerHTML = `<p class="text-muted">${escape(
				account || this.model.kind !== "Territory"
					? __("Nobody has entered an estimate.")
					: __("Estimates belong to accounts: choose rows by account to enter one.")
			)}</p>`;
			return;
		}
		wrapper.innerHTML = estimates.map((row) => this.estimate_line(row)).join("");
	}

	estimate_line(row) {
		const facts = [
			row.key_account !== this.about.account && row.account_name,
			row.customer,
			row.item_group !== this.column.label && row.item_group,
			row.year,
			row.competitor,
			row.contract_end && __("contract until {0}", [day(row.contract_end)]),
			row.source,
			row.reliability && __("reliability {0}", [__(row.reliability)]),
			!row.counts && __("not counted: part of a larger estimate"),
		].filter(Boolean);
		const name = frappe.model.can_read("Key Account Wallet")
			? `<a href="${frappe.utils.get_form_link("Key Account Wallet", row.name)}">${escape(state_label(row.state))}</a>`
			: escape(state_label(row.state));
		return `<div class="kam-ws-line"><div>${name}<small>${escape(facts.join(" · "))}</small></div><span>${escape(
			money(row.wallet, this.model.currency)
		)}</span></div>`;
	}

	deals() {
		const { deals } = this.about;
		if (!deals.length) return;
		const { currency } = this.model;
		this.section(__("Open Deals")).innerHTML = deals
			.map((deal) => {
				const title = frappe.model.can_read(deal.doctype)
					? `<a href="${frappe.utils.get_form_link(deal.doctype, deal.name)}">${escape(deal.title || deal.name)}</a>`
					: escape(deal.title || deal.name);
				const facts = [
					__(deal.doctype),
					__(deal.stage),
					deal.probability == null ? __("probability not known") : percent(deal.probability),
					deal.expected_close && __("expected {0}", [day(deal.expected_close)]),
				];
				return `<div class="kam-ws-line"><div>${title}<small>${escape(
					facts.filter(Boolean).join(" · ")
				)}</small></div><span>${escape(money(deal.amount, currency))}</span></div>`;
			})
			.join("");
	}

	customers() {
		const { customers, sales } = this.about;
		if (customers.length < 2 || !sales) return;
		const { currency } = this.model;
		const rows = customers
			.map(({ name, label }) => ({ name, label, amount: sales.customers[name] }))
			.sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1));
		const wrapper = this.section(__("Buying Centres"));
		wrapper.innerHTML = rows
			.slice(0, 12)
			.map(
				({ name, label, amount }) =>
					`<div class="kam-ws-line"><div>${
						frappe.model.can_read("Customer")
							? `<a href="${frappe.utils.get_form_link("Customer", name)}">${escape(label)}</a>`
							: escape(label)
					}</div><span>${escape(amount == null ? __("nothing") : money(amount, currency))}</span></div>`
			)
			.join("");
		if (rows.length > 12)
			wrapper.innerHTML += `<p class="text-muted">${escape(__("and {0} more", [rows.length - 12]))}</p>`;
	}

	documents() {
		const { sales } = this.about;
		if (!sales?.documents.length) return;
		const { currency } = this.model;
		const wrapper = this.section(__("Documents ({0})", [format_number(sales.count, null, 0)]));
		wrapper.innerHTML = sales.documents
			.map((row) => {
				const name = frappe.model.can_read(sales.source)
					? `<a href="${frappe.utils.get_form_link(sales.source, row.name)}">${escape(row.name)}</a>`
					: escape(row.name);
				return `<div class="kam-ws-line"><div>${name}<small>${escape(day(row.date))} · ${escape(
					row.customer_name
				)}</small></div><span>${escape(money(row.net_sales, currency))}</span></div>`;
			})
			.join("");
		if (sales.count > sales.documents.length && frappe.model.can_read(sales.source))
			wrapper.insertAdjacentHTML(
				"beforeend",
				`<button type="button" class="btn btn-default btn-xs" data-do="list">${escape(__("Show All"))}</button>`
			);
	}

	notes(model) {
		if (this.about.account || model.kind === "Territory") return;
		this.body.insertAdjacentHTML(
			"beforeend",
			`<p class="text-muted kam-ws-hint">${escape(
				__("This customer belongs to no key account: estimates and opportunities can be entered for accounts only.")
			)}</p>`
		);
	}

	// ------------------------------------------------------------ a row or a column

	show_head() {
		const { model, place } = this;
		const about = place.row == null ? this.column : this.row;
		if (!about) return this.close();
		this.top(
			place.row == null ? escape(about.label) : this.row_link(),
			escape(place.row == null ? about.parent : about.sub || "")
		);
		const { currency } = model;
		const lines = [
			[__("Net Sales"), money(about.net_sales, currency)],
			[__("Open"), money(about.open, currency), weight_of(about, (value) => money(value, currency))],
			[
				__("Wallet"),
				money(about.wallet, currency),
				__("known of {0} of {1} cells", [about.known, about.addressable]),
			],
			[__("Gap"), money(about.gap, currency)],
			[__("Gap by Comparison"), about.peer_gap == null ? UNKNOWN : `~${money(about.peer_gap, currency)}`],
			[place.row == null ? __("Penetration") : __("Cross-Selling"), penetration_text(about)],
			place.row == null && [__("Gross Margin", null, "KAM"), percent(about.margin, 1)],
		].filter(Boolean);
		const best = model.best(place);
		this.body.innerHTML = `<dl class="kam-ws-facts">${lines
			.map(
				([label, value, under]) =>
					`<div><dt>${escape(label)}</dt><dd>${escape(value)}${under ? `<small>${escape(under)}</small>` : ""}</dd></div>`
			)
			.join("")}</dl>`;
		const wrapper = this.section(__("Best Chances"));
		wrapper.innerHTML = best.length
			? best
					.map(
						({ row, column, cell }) =>
							`<button type="button" class="kam-ws-line kam-ws-go" data-do="go" data-row="${row}" data-column="${column}"><div>${escape(
								place.row == null ? model.rows[row].label : model.columns[column].label
							)}<small>${escape(
								[
									state_label(cell.state),
									cell.competitor,
									cell.priority == null ? __("priority not known") : __("priority {0}", [short(cell.priority)]),
								]
									.filter(Boolean)
									.join(" · ")
							)}</small></div><span>${cell.basis === "P" ? "~" : ""}${escape(
								money(model.gap_of(cell), currency)
							)}</span></button>`
					)
					.join("")
			: `<p class="text-muted">${escape(
					__("No gap is known here. Enter wallets in the cells, or wait until there are comparable accounts.")
			  )}</p>`;
		return undefined;
	}

	// ------------------------------------------------------------ what the reader does

	clicked(event) {
		const found = event.target.closest("[data-do]");
		if (!found) return;
		const { row, column } = found.dataset;
		const acts = {
			close: () => this.close(),
			opportunity: () => make_opportunity(this),
			list: () => this.open_list(),
			go: () => {
				this.page.grid.go_to(Number(row), Number(column));
				this.open(Number(row), Number(column));
			},
		};
		acts[found.dataset.do]();
	}

	open_list() {
		const { sales, customers, groups } = this.about;
		const { from, to } = this.model.period;
		const on = sales.source === "Sales Order" ? "transaction_date" : "posting_date";
		frappe.route_options = {
			company: this.model.company,
			docstatus: 1,
			customer: ["in", customers.map(({ name }) => name)],
			[on]: ["between", [from, to]],
			[`${sales.source} Item.item_group`]: ["in", groups],
		};
		frappe.set_route("List", sales.source);
	}
}
