import { Grid } from "./grid";
import { escape, money, percent, short, STATES, UNKNOWN, VIEWS, weight_of } from "./looks";
import { Model } from "./model";
import { Panel } from "./panel";

const LOWEST = "0";
const LINKS = {
	key_account: ["Key Account", __("Accounts of this one and below it.")],
	item_group: ["Item Group", __("This item group and those below it.")],
	territory: ["Territory", __("Customers of this territory and those below it.")],
	customer_group: ["Customer Group", __("Customers of this group and those below it.")],
	market_segment: ["Market Segment", __("Customers of this market segment.")],
};
const FILTERS = ["company", "period", "as_of", "from_date", "to_date", "rows", "level", "all_customers", ...Object.keys(LINKS)];

/** The page Whitespace: filters above, figures, the matrix, and a panel for what was chosen. */
export class WhitespacePage {
	constructor(page) {
		this.page = page;
		this.order = { rows: "sales", columns: "tree", search: "" };
		this.only = new Set();
		this.make_filters();
		this.make_body();
		page.set_secondary_action(__("Refresh"), () => this.load(), "refresh");
		page.add_menu_item(__("Export to Excel"), () => this.export());
		page.add_menu_item(__("Settings"), () => frappe.set_route("Form", "KAM Settings"));
	}

	/** Takes filters from whoever opened the page. */
	show() {
		const given = { ...Object.fromEntries(new URLSearchParams(location.search)), ...(frappe.route_options || {}) };
		frappe.route_options = null;
		const named = FILTERS.filter((name) => given[name] != null && given[name] !== "");
		if (named.length || !this.model) {
			this.silent = true;
			const values = named.map((name) => this.fields[name]?.set_value(given[name]));
			return Promise.all(values).then(() => {
				this.silent = false;
				this.toggle_more(this.open_more);
				return this.load();
			});
		}
		return undefined;
	}

	// ------------------------------------------------------------ filters

	make_filters() {
		const { page } = this;
		this.fields = {};
		const add = (df) => {
			const field = page.add_field({ ...df, change: () => this.changed(df.fieldname) });
			field.$input?.attr("aria-label", df.label);
			this.fields[df.fieldname] = field;
			return field;
		};
		const search = (fieldname, options, description) =>
			add(
				options === "Key Account"
					? { fieldname, label: __(options), fieldtype: "Link", options, description }
					: kam.reports.search_filter(fieldname, options, description)
			);
		add({
			fieldname: "rows",
			label: __("Rows"),
			fieldtype: "Select",
			default: "Account",
			options: [
				{ value: "Account", label: __("By Account") },
				{ value: "Division", label: __("By Division") },
				{ value: "Buying Centre", label: __("By Buying Centre") },
				{ value: "Territory", label: __("By Territory") },
			],
		});
		add({
			fieldname: "level",
			label: __("Item Groups"),
			fieldtype: "Select",
			default: LOWEST,
			options: [{ value: LOWEST, label: __("Lowest Item Groups") }],
		});
		add({
			fieldname: "period",
			label: __("Period", null, "KAM"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Usual Period") },
				{ value: "Rolling 12 Months", label: __("Rolling 12 Months") },
				{ value: "Fiscal Year to Date", label: __("Fiscal Year to Date") },
				{ value: "Last Fiscal Year", label: __("Last Fiscal Year") },
				{ value: "Custom", label: __("Custom", null, "KAM") },
			],
		});
		add({ fieldname: "as_of", label: __("As Of"), fieldtype: "Date" });
		add({ fieldname: "from_date", label: __("From"), fieldtype: "Date" });
		add({ fieldname: "to_date", label: __("To", null, "KAM"), fieldtype: "Date" });
		search("company", "Company", __("Company whose sales are counted."));
		for (const [name, [doctype, description]] of Object.entries(LINKS)) search(name, doctype, description);
		add({ fieldname: "all_customers", label: __("Customers without Account too"), fieldtype: "Check" });
		this.more = $(
			`<button type="button" class="btn btn-default btn-xs kam-ws-more" aria-expanded="false">${escape(
				__("More Filters")
			)}</button>`
		).appendTo(page.page_form);
		this.more.on("click", () => this.toggle_more());
		page.page_form.addClass("kam-ws-filters");
		this.toggle_more(false);
	}

	toggle_more(open = !this.open_more) {
		this.open_more = open;
		this.more.attr("aria-expanded", open).text(open ? __("Fewer Filters") : __("More Filters"));
		const custom = this.fields.period.get_value() === "Custom";
		for (const [name, field] of Object.entries(this.fields)) {
			const basic = ["rows", "level", "period", "key_account", "territory"].includes(name);
			const dated = ["from_date", "to_date"].includes(name);
			const visible = dated ? custom : name === "as_of" ? open && !custom : basic || open || field.get_value();
			$(field.wrapper).toggle(Boolean(visible));
		}
	}

	get filters() {
		const values = {};
		for (const name of FILTERS) {
			const value = this.fields[name].get_value();
			if (value) values[name] = value;
		}
		return values;
	}

	changed(name) {
		if (this.silent) return;
		if (name === "period") this.toggle_more(this.open_more);
		const { period, from_date, to_date } = this.filters;
		if (period === "Custom" && !(from_date && to_date)) return;
		if (JSON.stringify(this.filters) === this.asked) return;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.load(), 150);
	}

	// ------------------------------------------------------------ body

	make_body() {
		const body = document.createElement("div");
		body.className = "kam-ws";
		body.innerHTML = `<div class="kam-ws-figures" role="group" aria-label="${escape(__("Totals"))}"></div>
			<div class="kam-ws-bar">
				<div class="kam-ws-views btn-group" role="group" aria-label="${escape(__("Colour By"))}">${Object.entries(VIEWS)
			.map(
				([name, view]) =>
					`<button type="button" class="btn btn-default btn-xs" data-view="${name}">${escape(view.label())}</button>`
			)
			.join("")}</div>
				<div class="kam-ws-legend" role="group" aria-label="${escape(__("Legend: click to single out"))}"></div>
				<div class="kam-ws-tools">
					<input type="search" class="form-control input-xs" placeholder="${escape(__("Find a row"))}" aria-label="${escape(
			__("Find a row")
		)}">
					<select class="form-control input-xs" data-sort="rows" aria-label="${escape(__("Order of Rows"))}"></select>
					<select class="form-control input-xs" data-sort="columns" aria-label="${escape(__("Order of Columns"))}"></select>
				</div>
			</div>
			<p class="kam-ws-warnings" hidden></p>
			<div class="kam-ws-stage"><div class="kam-ws-grid"></div><aside class="kam-ws-panel" hidden></aside></div>
			<details class="kam-ws-notes"><summary>${escape(__("What this shows"))}</summary><ul></ul></details>`;
		this.page.main.append(body);
		this.body = body;
		this.find = (selector) => body.querySelector(selector);
		this.grid = new Grid(this.find(".kam-ws-grid"), {
			open: (row, column, how) => this.panel.open(row, column, how),
			move: (row, column) => this.panel.is_open && this.panel.open(row, column),
			close: () => this.panel.close(),
			is_open: () => this.panel.is_open,
		});
		this.panel = new Panel(this, this.find(".kam-ws-panel"));
		const orders = {
			rows: {
				sales: __("Rows by Sales"),
				gap: __("Rows by Gap"),
				priority: __("Rows by Priority"),
				penetration: __("Rows by Penetration"),
				name: __("Rows by Name"),
				tree: __("Rows as in the Tree"),
			},
			columns: {
				tree: __("Columns as in the Tree"),
				sales: __("Columns by Sales"),
				gap: __("Columns by Gap"),
				priority: __("Columns by Priority"),
				penetration: __("Columns by Penetration"),
				name: __("Columns by Name"),
			},
		};
		for (const select of body.querySelectorAll("[data-sort]")) {
			select.innerHTML = Object.entries(orders[select.dataset.sort])
				.map(([value, label]) => `<option value="${value}">${escape(label)}</option>`)
				.join("");
			select.value = this.order[select.dataset.sort];
			select.addEventListener("change", () => {
				this.order[select.dataset.sort] = select.value;
				this.arrange();
			});
		}
		this.find("input[type=search]").addEventListener("input", (event) => {
			this.order.search = event.target.value;
			this.arrange();
		});
		this.find(".kam-ws-views").addEventListener("click", (event) => {
			const { view } = event.target.dataset;
			if (view) this.set_view(view);
		});
		this.find(".kam-ws-legend").addEventListener("click", (event) => {
			const state = event.target.closest("[data-state]")?.dataset.state;
			if (!state) return;
			if (!this.only.delete(state)) this.only.add(state);
			this.grid.only = this.only;
			this.draw_legend();
			this.grid.draw(true);
		});
		this.set_view("state");
	}

	set_view(view) {
		this.grid.view = view;
		for (const button of this.body.querySelectorAll("[data-view]")) {
			button.classList.toggle("active", button.dataset.view === view);
			button.setAttribute("aria-pressed", button.dataset.view === view);
		}
		this.grid.draw(true);
		if (this.model) this.draw_legend();
	}

	// ------------------------------------------------------------ loading

	/** Reads the matrix. `quiet` keeps what is shown until the answer is there. */
	async load({ quiet = false } = {}) {
		const { filters } = this;
		this.asked = JSON.stringify(filters);
		const turn = (this.turn = (this.turn || 0) + 1);
		if (!quiet) this.body.classList.add("kam-ws-loading");
		try {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.whitespace.matrix",
				type: "GET",
				args: { filters: this.asked },
			});
			if (turn === this.turn) this.take(message, quiet);
		} catch {
			// Frappe has told what is wrong
			if (turn === this.turn && !this.model) this.empty(__("The matrix could not be made with these filters."));
		} finally {
			if (turn === this.turn) this.body.classList.remove("kam-ws-loading");
		}
		// a link that came with the address takes its value only after it was checked
		if (turn === this.turn && !this.silent) this.changed();
	}

	take(data, quiet) {
		const { row, column } = this.grid.chosen;
		const keys = [this.model?.rows[row]?.key, this.model?.columns[column]?.key];
		this.model = new Model(data);
		this.fill_levels(data.levels);
		this.grid.chosen = {
			row: keys[0] == null ? null : this.index(this.model.row_of(keys[0])),
			column: keys[1] == null ? null : this.index(this.model.column_of(keys[1])),
		};
		if (!quiet) {
			this.panel.close();
			this.grid.scroller.scrollTo(0, 0);
		}
		this.model.arrange(this.order);
		this.draw_figures();
		this.draw_legend();
		this.find(".kam-ws-notes ul").innerHTML = data.notes.map((note) => `<li>${escape(note)}</li>`).join("");
		const warnings = this.find(".kam-ws-warnings");
		warnings.textContent = data.warnings.join(" ");
		warnings.hidden = !data.warnings.length;
		if (!data.rows.length || !data.columns.length) this.empty(this.nothing());
		else {
			this.find(".kam-ws-empty")?.remove();
			this.find(".kam-ws-stage").hidden = false;
			this.grid.set(this.model);
		}
	}

	index = (place) => (place < 0 ? null : place);

	nothing() {
		if (!this.model.columns.length)
			return __("There is no item group with something to sell. Enter Items, or choose another item group.");
		if (Object.keys(LINKS).some((name) => this.filters[name]))
			return __("No account you may see fits these filters. Please choose fewer.");
		return __("There is no key account you may see yet. Accounts of your teams appear here.");
	}

	empty(text) {
		this.find(".kam-ws-empty")?.remove();
		this.find(".kam-ws-stage").hidden = true;
		const hint = document.createElement("p");
		hint.className = "kam-ws-empty";
		hint.textContent = text;
		this.find(".kam-ws-stage").before(hint);
	}

	fill_levels(count) {
		const field = this.fields.level;
		if (this.levels === count) return;
		this.levels = count;
		const value = field.get_value();
		field.df.options = [
			{ value: LOWEST, label: __("Lowest Item Groups") },
			...Array.from({ length: count }, (_none, place) => ({
				value: String(place + 1),
				label: __("Item Groups, Level {0}", [place + 1]),
			})),
		];
		field.refresh();
		field.set_input(value || LOWEST);
	}

	arrange() {
		this.model.arrange(this.order);
		this.grid.scroller.scrollTop = 0;
		this.grid.draw(true);
	}

	draw_figures() {
		const { total, currency } = this.model;
		const cells = total.addressable;
		const tiles = [
			[__("Net Sales"), short(total.net_sales), money(total.net_sales, currency)],
			[__("Open"), short(total.open), weight_of(total, short) || __("no deal is open")],
			[
				__("Gap of Known Wallets"),
				short(total.gap),
				total.known
					? __("wallet of {0} cells known", [format_number(total.known, null, 0)])
					: __("no wallet is known"),
			],
			[
				__("Gap by Comparison"),
				total.peer_gap == null ? UNKNOWN : `~${short(total.peer_gap)}`,
				total.peer_gap != null
					? __("where no wallet is known")
					: this.model.kind === "Territory"
					? __("accounts only")
					: __("too few comparable accounts"),
			],
			[
				__("Penetration"),
				percent(total.penetration),
				__("{0} of {1} cells", [
					format_number(total.counts.Won, null, 0),
					format_number(cells, null, 0),
				]),
				total.penetration,
			],
			[__("Cross-Selling"), percent(total.cross_sell), __("of the item groups, on average"), total.cross_sell],
		];
		this.find(".kam-ws-figures").innerHTML = tiles
			.map(
				([label, value, under, share]) =>
					`<div class="kam-ws-figure" title="${escape(`${label}: ${under}`)}"><span>${escape(label)}</span><strong>${escape(value)}</strong><small>${escape(
						under
					)}</small>${
						share === undefined ? "" : `<i class="kam-ws-meter"><b style="width:${share ?? 0}%"></b></i>`
					}</div>`
			)
			.join("");
	}

	draw_legend() {
		const { counts } = this.model.total;
		this.find(".kam-ws-legend").innerHTML = Object.keys(STATES)
			.map((state) => {
				const [label, about] = STATES[state]();
				const look = state === "Won" ? "kam-ws-won-4" : `kam-ws-${state.toLowerCase()}`;
				return `<button type="button" class="kam-ws-key" data-state="${state}" aria-pressed="${this.only.has(
					state
				)}" title="${escape(about)}"><i class="kam-ws-swatch ${look}"></i>${escape(label)}<b>${format_number(
					counts[state],
					null,
					0
				)}</b></button>`;
			})
			.join("");
	}

	export() {
		const query = new URLSearchParams({ filters: JSON.stringify(this.filters) });
		window.open(`/api/method/kam_erpnext.api.whitespace.export?${query}`);
	}
}

