import { day_view } from "./day";
import * as dialogs from "./dialogs";
import * as drafts from "./draft";
import { fit, Report, send } from "./report";
import * as sheets from "./sheet";
import { escape, icon, is_day, OPEN, page_link } from "./words";

const api = (method, args) => frappe.call({ method: `kam_erpnext.api.call_sheet.${method}`, type: "GET", args });

/**
 * The page My Calls. Its address says what is shown: my-calls/<day>, my-calls/<call> or my-calls/<call>/report. A wide
 * screen shows the day beside the call, a phone one of them.
 */
export class CallsPage {
	constructor(page) {
		this.page = page;
		this.known = new Map();
		this.root = $(`<div class="kam-calls">
			<section class="kam-calls-day" aria-label="${escape(__("Calls of the day"))}"></section>
			<section class="kam-calls-one" aria-label="${escape(__("Call", null, "KAM"))}"></section>
		</div>`)
			.appendTo(page.body || page.main)
			.get(0);
		this.list = this.root.querySelector(".kam-calls-day");
		this.one = this.root.querySelector(".kam-calls-one");
		this.root.addEventListener("click", (event) => this.click(event));
		this.list.addEventListener("change", (event) => {
			if (event.target.dataset.do === "date" && is_day(event.target.value)) {
				frappe.set_route("my-calls", event.target.value);
			}
		});
		this.one.addEventListener("input", ({ target }) => {
			if (target.dataset.objective === undefined) return;
			drafts.keep_text(this.chosen, target.value);
			fit(target);
		});
		this.one.addEventListener("change", ({ target }) => {
			if (target.dataset.objective !== undefined) this.save_objective(this.chosen, target.value);
		});
		page.set_secondary_action(__("Refresh"), () => this.refresh(), "refresh");
		page.add_menu_item(__("Print the Day"), () => this.print());
		page.add_menu_item(__("Calls of a Colleague"), () => this.ask_person());
		page.add_menu_item(__("All Calls"), () => frappe.set_route("List", "Customer Call", "List"));
		page.add_menu_item(__("Calendar"), () => frappe.set_route("List", "Customer Call", "Calendar"));
		window.addEventListener("online", () => this.send_waiting(true));
	}

	/** Reads the address. */
	show() {
		const [, what, mode] = frappe.get_route();
		if (frappe.route_options?.user) this.user = frappe.route_options.user;
		frappe.route_options = null;
		this.leave_report();
		const call = what && !is_day(what) ? what : null;
		if (is_day(what)) this.day = what;
		else if (!what) this.day = null;
		this.root.classList.toggle("has-call", Boolean(call));
		this.page.wrapper.toggleClass("kam-calls-open", Boolean(call));
		const day = !this.shown || !call ? this.load_day() : Promise.resolve(this.mark(call));
		if (call) this.open(call, mode === "report");
		else this.nothing_chosen();
		this.chosen = call;
		return day;
	}

	refresh() {
		this.known.clear();
		this.load_day();
		if (this.chosen && !this.report) this.open(this.chosen, false);
	}

	// ------------------------------------------------------------ the day

	async load_day() {
		if (!this.shown) this.list.innerHTML = waiting(__("Reading the calls …"));
		const asked = `${this.day || ""}|${this.user || ""}`;
		this.asked = asked;
		try {
			const { message } = await api("day", { day: this.day || undefined, user: this.user || undefined });
			if (this.asked !== asked) return;
			this.shown = message;
			this.draw_day();
			this.send_waiting();
		} catch {
			if (this.asked !== asked) return;
			if (this.shown) frappe.show_alert({ message: __("No connection: the list may be old."), indicator: "orange" });
			else this.list.innerHTML = failed("reload-day");
		}
	}

	print() {
		// paper cannot be unfolded
		for (const folded of this.list.querySelectorAll("details")) folded.open = true;
		window.print();
	}

	draw_day() {
		const { shown } = this;
		if (!shown) return;
		const open = this.list.querySelector(".kam-calls-overdue")?.open;
		this.list.innerHTML = day_view({
			day: shown,
			week: shown.week,
			today: shown.today,
			chosen: this.chosen,
			drafts: drafts.all(),
			person: shown.user === frappe.session.user ? "" : shown.full_name,
			can_plan: shown.can_plan,
		});
		const overdue = this.list.querySelector(".kam-calls-overdue");
		if (overdue && open !== undefined) overdue.open = open;
	}

	mark(call) {
		this.chosen = call;
		this.draw_day();
	}

	async ask_person() {
		frappe.prompt(
			{
				fieldname: "user",
				fieldtype: "Link",
				options: "User",
				label: __("Colleague"),
				description: __("You see those of the calls that your rights let you see."),
				reqd: 1,
			},
			({ user }) => this.set_person(user),
			__("Calls of a Colleague"),
			__("Show")
		);
	}

	set_person(user) {
		this.user = user === frappe.session.user ? null : user;
		this.load_day();
	}

	// ------------------------------------------------------------ one call

	nothing_chosen() {
		this.one.innerHTML = `<p class="kam-calls-hint">${escape(__("Choose a call to prepare or report it."))}</p>`;
	}

	async open(call, to_report) {
		const old = this.known.get(call);
		if (old) this.draw_call(old, to_report);
		else this.one.innerHTML = waiting(__("Reading what is known of the customer …"));
		// what is being typed is not drawn again under the hand
		if (old && to_report) return;
		try {
			const { message } = await api("sheet", { call });
			message.gaps = old?.gaps ?? null;
			this.known.set(call, message);
			if (this.chosen !== call) return;
			// nothing is taken from under a hand that writes
			if (!old || !this.one.querySelector(".kam-calls-body")?.contains(document.activeElement)) {
				this.draw_call(message, to_report);
			}
			if (!old && is_narrow()) this.one.querySelector("h2")?.focus({ preventScroll: true });
		} catch (error) {
			if (this.chosen !== call) return;
			if (old) frappe.show_alert({ message: __("No connection: the sheet may be old."), indicator: "orange" });
			else this.one.innerHTML = error?.status === 404 || error?.status === 403 ? gone() : failed("reload-call");
			return;
		}
		this.read_gaps(call);
	}

	/** Comparing with other customers takes a moment, so it comes after the rest. */
	async read_gaps(call) {
		const sheet = this.known.get(call);
		if (sheet.gaps?.readable) return;
		try {
			sheet.gaps = (await api("gaps", { call })).message;
		} catch {
			sheet.gaps = { readable: false, rows: [] };
		}
		if (this.chosen !== call) return;
		const place = this.one.querySelector("[data-part=gaps]");
		if (place) place.outerHTML = sheets.whitespace(sheet.gaps);
		else if (this.report) this.report.draw_area("products");
	}

	draw_call(sheet, to_report) {
		this.leave_report();
		const { call } = sheet;
		const mine = call.can_write;
		this.one.innerHTML = `
			${sheets.head(sheet, { back: this.back() })}
			${mine && call.status !== "Cancelled" ? this.tabs(call, to_report) : ""}
			<div class="kam-calls-body"></div>
			${mine ? this.foot(sheet, to_report) : ""}`;
		const body = this.one.querySelector(".kam-calls-body");
		if (to_report && mine && call.status !== "Cancelled") {
			this.report = new Report(body, sheet, {
				saved: (message) => this.saved(call.name, message),
				changed: () => this.draw_day(),
			});
			this.report.on_busy = (busy) => {
				const button = this.one.querySelector("[data-do=save]");
				if (button) button.disabled = busy;
			};
			return;
		}
		body.innerHTML = `${this.objective(sheet)}${this.told(sheet)}${sheets.parts(sheet, sheet.gaps)}${this.others(sheet)}`;
		const field = body.querySelector("[data-objective]");
		if (field) fit(field);
	}

	back() {
		return `<a class="kam-calls-arrow kam-calls-back" href="${page_link(...(this.day ? [this.day] : []))}" aria-label="${escape(
			__("Back to the day")
		)}">${icon("back")}</a>`;
	}

	tabs(call, to_report) {
		const tab = (label, route, here) =>
			`<a href="${page_link(...route)}" ${here ? 'aria-current="page"' : ""}>${escape(label)}</a>`;
		return `<nav class="kam-calls-tabs" aria-label="${escape(__("Parts of the call"))}">${tab(
			__("Prepare"),
			[call.name],
			!to_report
		)}${tab(__("Report"), [call.name, "report"], to_report)}</nav>`;
	}

	/** What the call shall reach; kept when the field is left. */
	objective({ call }) {
		if (!call.can_write || !OPEN.includes(call.status)) {
			return call.objective
				? `<div class="kam-calls-objective"><h3>${escape(__("Objective", null, "KAM"))}</h3><p>${escape(call.objective)}</p></div>`
				: "";
		}
		return `
			<label class="kam-calls-objective"><h3>${escape(__("Objective", null, "KAM"))}</h3>
				<textarea class="form-control" rows="2" data-objective placeholder="${escape(
					__("What shall this call reach?")
				)}">${escape(drafts.kept_text(call.name) ?? call.objective ?? "")}</textarea></label>`;
	}

	/** The report of a call that was made, to read. */
	told({ call, people }) {
		if (call.status !== "Made") return "";
		const names = new Map(people.rows.map((row) => [row.contact, row.full_name]));
		const lines = [
			[__("Outcome"), call.outcome && __(call.outcome)],
			[__("Met", null, "KAM"), call.contacts.filter((row) => row.met).map((row) => names.get(row.contact) || row.contact).join(", ")],
			[__("Talked about"), call.summary],
			[__("Needs"), call.needs_heard],
			[__("Agreed"), call.commitment],
			[__("Products"), call.products.map((row) => row.item || row.item_group || row.note).join(", ")],
			[__("Market"), call.remarks.map((row) => row.remark).join("; ")],
			[__("Next"), call.follow_ups.map((row) => row.subject).join("; ")],
		].filter(([, text]) => text);
		return `<section class="kam-calls-told" aria-label="${escape(__("Report"))}"><dl>${lines
			.map(([label, text]) => `<dt>${escape(label)}</dt><dd>${escape(text)}</dd>`)
			.join("")}</dl></section>`;
	}

	others({ call }) {
		const button = (what, label) =>
			`<button type="button" class="btn btn-default" data-do="${what}">${escape(label)}</button>`;
		const buttons = [];
		if (call.can_write) {
			if (OPEN.includes(call.status) || call.status === "Missed") buttons.push(button("move", __("Move …")));
			if (OPEN.includes(call.status) && call.planned_on <= call.today) buttons.push(button("missed", __("Missed …")));
			if (OPEN.includes(call.status)) buttons.push(button("cancel", __("Cancel the Call …")));
			if (!OPEN.includes(call.status)) buttons.push(button("reopen", __("Reopen")));
		}
		if (call.can_write && call.needs_heard && call.key_account && call.status === "Made") {
			buttons.push(button("need", __("Put Needs on the Profile")));
		}
		buttons.push(
			`<a class="btn btn-default" href="${frappe.utils.get_form_link("Customer Call", call.name)}">${escape(
				__("Open the Document")
			)}</a>`
		);
		return `<div class="kam-calls-others">${buttons.join("")}</div>`;
	}

	foot({ call }, to_report) {
		if (to_report && call.status !== "Cancelled") {
			return `<div class="kam-calls-foot"><button type="button" class="btn btn-primary kam-calls-wide" data-do="save">${icon(
				"check"
			)} ${escape(call.status === "Made" ? __("Save the Correction") : __("Save the Report"))}</button></div>`;
		}
		if (OPEN.includes(call.status)) {
			return `<div class="kam-calls-foot">
				<button type="button" class="btn btn-default" data-do="prepared">${escape(
					call.status === "Prepared" ? __("Prepared") : __("Mark as Prepared")
				)}</button>
				<a class="btn btn-primary" href="${page_link(call.name, "report")}">${escape(__("Report"))}</a></div>`;
		}
		if (["Made", "Missed"].includes(call.status)) {
			return `<div class="kam-calls-foot"><a class="btn btn-primary kam-calls-wide" href="${page_link(
				call.name,
				"report"
			)}">${escape(call.status === "Made" ? __("Correct the Report") : __("Report"))}</a></div>`;
		}
		return "";
	}

	leave_report() {
		this.report?.destroy();
		this.report = null;
	}

	// ------------------------------------------------------------ what a hand does

	click(event) {
		const button = event.target.closest("button[data-do]");
		if (!button || this.report?.wrapper.contains(button)) return;
		const call = this.known.get(this.chosen)?.call;
		const does = {
			plan: () => this.plan(),
			mine: () => this.set_person(frappe.session.user),
			"reload-day": () => this.load_day(),
			"reload-call": () => this.open(this.chosen, frappe.get_route()[2] === "report"),
			save: () => this.report?.save(),
			prepared: () => this.prepared(call),
			move: () => dialogs.move(call).then(() => this.changed(call.name)),
			missed: () => dialogs.missed(call).then(() => this.changed(call.name)),
			cancel: () => dialogs.cancel(call).then(() => this.changed(call.name)),
			reopen: () => dialogs.reopen(call).then(() => this.changed(call.name)),
			need: () => this.need_to_profile(call),
		};
		does[button.dataset.do]?.();
	}

	async plan() {
		const { shown } = this;
		const day = shown.day < shown.today ? shown.today : shown.day;
		const name = await dialogs.plan({ day, user: shown.user });
		await this.load_day();
		frappe.set_route("my-calls", name);
	}

	async prepared(call) {
		const field = this.one.querySelector("[data-objective]");
		await this.writing;
		await dialogs.prepared(call, field ? field.value : null);
		drafts.keep_text(call.name, null);
		frappe.show_alert({ message: __("Prepared."), indicator: "green" });
		this.changed(call.name);
	}

	/** One after the other: the button below is tapped while the field is still being saved. */
	save_objective(name, text) {
		const known = this.known.get(name)?.call;
		this.writing = Promise.resolve(this.writing)
			.then(() =>
				frappe.call({
					method: "kam_erpnext.api.call_sheet.set_objective",
					type: "POST",
					args: { call: name, objective: text },
				})
			)
			.then(({ message }) => {
				if (drafts.kept_text(name) === text) drafts.keep_text(name, null);
				if (known) Object.assign(known, { objective: text, modified: message });
			})
			.catch(() =>
				frappe.show_alert({
					message: __("The objective is not saved yet; it is kept on this device."),
					indicator: "orange",
				})
			);
	}

	async need_to_profile(call) {
		const { message } = await frappe.call({
			method: "kam_erpnext.api.calls.need_to_profile",
			type: "POST",
			args: { call: call.name },
		});
		frappe.show_alert(
			message
				? { message: __("The needs stand on the profile of the key account."), indicator: "green" }
				: { message: __("The needs stand there already."), indicator: "blue" }
		);
	}

	changed(name) {
		this.known.delete(name);
		this.load_day();
		if (this.chosen === name) this.open(name, false);
	}

	saved(name, message) {
		const made = (message.actions?.length || 0) + (message.todos?.length || 0);
		const notes = message.notes?.length || 0;
		const words = [__("Saved.")];
		if (made) words.push(made === 1 ? __("1 follow-up is planned.") : __("{0} follow-ups are planned.", [made]));
		if (notes) words.push(notes === 1 ? __("1 market note was made.") : __("{0} market notes were made.", [notes]));
		frappe.show_alert({ message: words.join(" "), indicator: "green" });
		this.known.delete(name);
		this.leave_report();
		// back to the list, where the next call waits; a wide screen shows it beside
		if (is_narrow()) frappe.set_route("my-calls", ...(this.day ? [this.day] : []));
		else {
			this.load_day();
			frappe.set_route("my-calls", name);
		}
	}

	/** Reports that were saved without a connection are sent when it is back; a mistake in one is shown when it is opened. */
	async send_waiting(back_online = false) {
		for (const call of drafts.all()) {
			const draft = drafts.read(call);
			const opened = this.report && this.chosen === call;
			if (!draft?.pending || this.report?.saving || this.sending) continue;
			// one that failed a moment ago is not tried again for every look at the list
			if (!back_online && (opened || Date.now() - draft.on < 30000)) continue;
			this.sending = true;
			try {
				const message = await send(call, draft);
				if (opened && this.report && this.chosen === call) this.saved(call, message);
				else {
					this.known.delete(call);
					frappe.show_alert({ message: __("A report that waited on this device was saved."), indicator: "green" });
					this.load_day();
				}
			} catch (error) {
				if (error?.status >= 400 && error.status < 500) drafts.write(call, { ...draft, pending: false });
			} finally {
				this.sending = false;
			}
		}
	}
}

const is_narrow = () => window.matchMedia("(max-width: 991px)").matches;

const waiting = (text) => `<p class="kam-calls-hint" aria-busy="true">${escape(text)}</p>`;

const failed = (what) =>
	`<p class="kam-calls-hint">${escape(
		__("This could not be read. Is there a connection?")
	)} <button type="button" class="btn btn-default" data-do="${what}">${escape(__("Try Again"))}</button></p>`;

const gone = () =>
	`<p class="kam-calls-hint">${escape(__("This call is not there any more, or you may not see it."))} <a class="btn btn-default" href="${page_link()}">${escape(
		__("My Calls")
	)}</a></p>`;
