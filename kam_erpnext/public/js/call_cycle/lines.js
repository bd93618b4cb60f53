import { escape } from "../account/format";
import { COLUMNS, row_html } from "./parts";
import * as dialogs from "./dialogs";

const PAGE_LENGTH = 50;
const WAIT = 300;

/** The lines of a cycle, searched, sorted and shown page by page; what is selected stays selected over pages. */
export class Lines {
	constructor(page) {
		this.owner = page;
		this.forget();
	}

	forget() {
		Object.assign(this, {
			search: "",
			shown: "",
			method: "",
			order: "customer_name",
			descending: false,
			start: 0,
			selected: new Map(),
			rows: [],
			element: null,
		});
	}

	mount(element) {
		this.element = element;
		const methods = ["Visit", "Phone", "Video", "E-mail", "Joint Visit"];
		const option = (value, label) => `<option value="${escape(value)}">${escape(label)}</option>`;
		element.innerHTML = `
			<header><h5>${escape(__("Customers and Calls"))}</h5><span class="kam-cycle-note" data-lines="total"></span></header>
			<div class="kam-lines-tools">
				<input type="search" class="form-control input-sm" data-lines="search" placeholder="${escape(
					__("Search customer, area or level")
				)}" aria-label="${escape(__("Search customer, area or level"))}">
				<select class="form-control input-sm" data-lines="shown" aria-label="${escape(__("Which lines"))}"></select>
				<select class="form-control input-sm" data-lines="method" aria-label="${escape(__("Method"))}">${option(
			"",
			__("All methods")
		)}${methods.map((name) => option(name, __(name))).join("")}</select>
				<span class="kam-lines-actions" data-lines="actions"></span>
			</div>
			<div class="kam-scroll" data-lines="table"></div>
			<div class="kam-lines-pages" data-lines="pages"></div>`;
		const wait = frappe.utils.debounce(() => this.filter("search", this.part("search").value), WAIT);
		this.part("search").addEventListener("input", wait);
		for (const name of ["shown", "method"]) {
			this.part(name).addEventListener("change", () => this.filter(name, this.part(name).value));
		}
		element.addEventListener("click", (event) => this.click(event));
		element.addEventListener("change", (event) => this.changed(event));
		// Enter in a number is the end of typing, not of the form
		element.addEventListener("keydown", (event) => {
			if (event.key === "Enter" && event.target.matches(".kam-calls")) event.target.blur();
		});
	}

	part(name) {
		return this.element.querySelector(`[data-lines="${name}"]`);
	}

	/** Counts and rights have been read again. */
	set_page(page) {
		this.page = page;
		const words = {
			Active: __("Active"),
			Paused: __("Paused"),
			"Handed Over": __("Handed over"),
			Removed: __("Removed"),
			Overridden: __("Changed by hand"),
			"Not Planned": __("Not planned"),
		};
		const all = page.lines.Active + page.lines.Paused + page.lines["Handed Over"];
		const options = [`<option value="">${escape(__("All lines ({0})", [all]))}</option>`];
		for (const [value, label] of Object.entries(words)) {
			if (!page.lines[value] && this.shown !== value) continue;
			options.push(
				`<option value="${value}" ${this.shown === value ? "selected" : ""}>${escape(label)} (${page.lines[value]})</option>`
			);
		}
		this.part("shown").innerHTML = options.join("");
		this.show_actions();
	}

	get editable() {
		return Boolean(this.page?.may_change);
	}

	filter(name, value) {
		if (this[name] === value) return;
		this[name] = value;
		this.start = 0;
		this.selected.clear();
		this.load();
	}

	show_only(shown) {
		this.search = "";
		this.part("search").value = "";
		this.filter("shown", shown);
		this.set_page(this.page);
		this.element.scrollIntoView({ behavior: "smooth", block: "start" });
	}

	async load() {
		const asked = (this.asked = {});
		let message;
		try {
			({ message } = await this.owner.read("lines", {
				search: this.search,
				shown: this.shown,
				method: this.method,
				order: this.order,
				descending: this.descending ? 1 : 0,
				start: this.start,
				page_length: PAGE_LENGTH,
			}));
		} catch {
			// Frappe has said why; the rows shown stay
			return;
		}
		// an answer to an earlier question comes too late
		if (this.asked !== asked || !this.element) return;
		if (this.start && !message.rows.length) {
			this.start = Math.max(0, Math.floor((message.total - 1) / PAGE_LENGTH) * PAGE_LENGTH);
			return this.load();
		}
		Object.assign(this, message);
		this.show();
	}

	show() {
		this.part("total").textContent = __("{0} lines, {1} calls", [
			format_number(this.total, null, 0),
			format_number(this.calls, null, 0),
		]);
		const filtered = this.search || this.shown || this.method;
		if (!this.rows.length) {
			this.part("table").innerHTML = `<p class="kam-nothing">${escape(
				filtered
					? __("No line fits search and filters.")
					: this.page.may_propose
					? __("No lines yet. Propose makes them from the frequency rules; single customers can be added by hand.")
					: __("This cycle has no lines.")
			)}</p>${
				!filtered && this.page.may_propose
					? `<button type="button" class="btn btn-sm btn-primary" data-do="propose">${escape(__("Propose"))}</button>`
					: ""
			}`;
			this.part("pages").innerHTML = "";
			return this.show_actions();
		}
		const editable = this.editable;
		const head = COLUMNS()
			.map(({ field, label, num, wide }) => {
				const sorted = this.order === field;
				const arrow = sorted ? (this.descending ? " ▼" : " ▲") : "";
				return `<th class="${num ? "num" : ""} ${wide ? "kam-wide" : ""}" aria-sort="${
					sorted ? (this.descending ? "descending" : "ascending") : "none"
				}"><button type="button" class="btn-link" data-sort="${field}">${escape(label)}${arrow}</button></th>`;
			})
			.join("");
		const whole = this.rows.every((row) => this.selected.has(row.name));
		this.part("table").innerHTML = `<table class="kam-table kam-lines">
			<thead><tr><th class="kam-check">${
				editable
					? `<input type="checkbox" data-lines="all" ${whole ? "checked" : ""} aria-label="${escape(
							__("Select all lines of this page")
					  )}">`
					: ""
			}</th>${head}</tr></thead>
			<tbody>${this.rows
				.map((row) =>
					row_html(row, {
						editable,
						selected: this.selected.has(row.name),
						running: { calls: this.page.calls, currency: this.page.currency },
					})
				)
				.join("")}</tbody></table>`;
		this.show_pages();
		this.show_actions();
	}

	show_pages() {
		const last = Math.min(this.start + PAGE_LENGTH, this.total);
		this.part("pages").innerHTML =
			this.total <= PAGE_LENGTH
				? ""
				: `<button type="button" class="btn btn-xs btn-default" data-page="-1" ${this.start ? "" : "disabled"}>${escape(
						__("Previous", null, "KAM")
				  )}</button>
			<span>${escape(__("{0} to {1} of {2}", [this.start + 1, last, format_number(this.total, null, 0)]))}</span>
			<button type="button" class="btn btn-xs btn-default" data-page="1" ${last < this.total ? "" : "disabled"}>${escape(
						__("Next")
				  )}</button>`;
	}

	/** Buttons for the selected lines. */
	show_actions() {
		const chosen = [...this.selected.values()];
		if (!this.editable || !chosen.length) {
			this.part("actions").innerHTML = this.editable
				? `<button type="button" class="btn btn-xs btn-default" data-act="add">${escape(__("Add Customer …"))}</button>`
				: "";
			return;
		}
		const has = (...states) => chosen.some((row) => states.includes(row.status));
		const button = (act, label) =>
			`<button type="button" class="btn btn-xs btn-default" data-act="${act}">${escape(label)}</button>`;
		this.part("actions").innerHTML = `<span class="text-muted">${escape(__("{0} selected", [chosen.length]))}</span>
			${has("Active") ? button("pause", __("Pause …")) : ""}
			${has("Paused", "Removed") ? button("resume", __("Resume")) : ""}
			${has("Active", "Paused") ? button("hand_over", __("Hand Over …")) : ""}
			${has("Active", "Paused") ? button("remove", __("Remove …")) : ""}
			${button("clear", __("Clear", null, "KAM"))}`;
	}

	click(event) {
		const sort = event.target.closest("[data-sort]")?.dataset.sort;
		if (sort) {
			this.descending = this.order === sort && !this.descending;
			this.order = sort;
			this.start = 0;
			return this.load();
		}
		const step = event.target.closest("[data-page]")?.dataset.page;
		if (step) {
			this.start = Math.max(0, this.start + Number(step) * PAGE_LENGTH);
			return this.load();
		}
		const act = event.target.closest("[data-act]")?.dataset.act;
		if (act === "clear") {
			this.selected.clear();
			return this.show();
		}
		if (act) this.act(act);
	}

	async act(act) {
		const done = async () => {
			this.selected.clear();
			await this.owner.refresh();
		};
		dialogs[act](this.owner, [...this.selected.values()], done);
	}

	changed(event) {
		const { target } = event;
		if (target.matches('[data-lines="all"]')) {
			for (const row of this.rows) {
				if (target.checked) this.selected.set(row.name, row);
				else this.selected.delete(row.name);
			}
			return this.show();
		}
		const row = this.rows.find((line) => line.name === target.dataset?.line);
		if (!row) return;
		if (target.matches('input[type="checkbox"]')) {
			if (target.checked) this.selected.set(row.name, row);
			else this.selected.delete(row.name);
			return this.show_actions();
		}
		if (target.matches(".kam-calls")) this.override(row, target);
	}

	override(row, input) {
		const calls = cint(input.value);
		if (calls === cint(row.calls) && input.value !== "") return;
		dialogs.override(this.owner, row, calls, {
			done: () => this.owner.refresh(),
			cancelled: () => (input.value = cint(row.calls)),
		});
	}
}
