// the report of a call: large targets for a thumb, and nothing that was typed is lost
import { money } from "../account/format";
import * as drafts from "./draft";
import { add_days, add_month, escape, icon, INTERESTS, KINDS, OUTCOMES, short_day } from "./words";

const TEXTS = ["summary", "needs_heard", "commitment"];
const FEW = 8;
const SAVE = "kam_erpnext.api.calls.report";

/** What the server knows of the call, as the form edits it. */
function state_of({ call }) {
	const made = call.status === "Made";
	return {
		outcome: call.outcome || "",
		...Object.fromEntries(TEXTS.map((field) => [field, call[field] || ""])),
		made_at: made ? "" : usual_moment(call),
		met: Object.fromEntries(call.contacts.map((row) => [row.contact, row.met])),
		more_people: [],
		products: call.products.map((row) => ({ ...row })),
		remarks: call.remarks.map((row) => ({ ...row })),
		follow_ups: call.follow_ups.map((row) => ({ ...row })),
	};
}

/** A call of a day before was most likely made on that day. Empty is now. */
const usual_moment = (call) => (call.planned_on < call.today ? call.planned_on : "");

/** Sends a report; the draft goes only when the server has it. */
export async function send(call, draft) {
	drafts.write(call, { ...draft, pending: true });
	const { message } = await frappe.call({
		method: SAVE,
		type: "POST",
		args: { call, values: JSON.stringify(values_of(draft)) },
	});
	drafts.remove(call);
	return message;
}

function values_of({ state, modified }) {
	const people = Object.entries(state.met).map(([contact, met]) => ({ contact, met: met ? 1 : 0 }));
	return {
		outcome: state.outcome,
		...Object.fromEntries(TEXTS.map((field) => [field, state[field]])),
		made_at: state.made_at || null,
		contacts: people,
		products: state.products,
		remarks: state.remarks
			.filter((row) => row.remark.trim() || row.name)
			.map(({ name, remark, competitor, kind }) => ({ name, remark, competitor, kind })),
		follow_ups: state.follow_ups
			.filter((row) => row.subject.trim() || row.name)
			.map(({ name, subject, due, responsible }) => ({ name, subject, due, responsible })),
		modified,
	};
}

export class Report {
	/** `saved(message, state)` is called once the server has the report, `changed()` when a draft begins. */
	constructor(wrapper, sheet, { saved, changed }) {
		Object.assign(this, { wrapper, sheet, saved, changed, call: sheet.call });
		const draft = drafts.read(this.call.name);
		this.state = { ...state_of(sheet), ...draft?.state };
		this.modified = draft?.modified || this.call.modified;
		this.is_draft = Boolean(draft);
		this.open = new Set(TEXTS.filter((field) => this.state[field]));
		this.draw();
		wrapper.oninput = (event) => this.input(event);
		wrapper.onchange = (event) => this.change(event);
		wrapper.onclick = (event) => this.click(event);
		if (draft?.pending) this.tell_unsent();
	}

	destroy() {
		for (const name of ["oninput", "onchange", "onclick"]) this.wrapper[name] = null;
	}

	keep() {
		const first = !this.is_draft;
		this.is_draft = true;
		drafts.write(this.call.name, { state: this.state, modified: this.modified, pending: false });
		this.show_draft();
		if (first) this.changed?.();
	}

	// ------------------------------------------------------------ drawing

	draw() {
		this.wrapper.innerHTML = `
			<form class="kam-report" novalidate aria-label="${escape(__("Report of the call"))}">
				<div class="kam-report-notes" aria-live="polite"></div>
				${this.outcomes()}
				<fieldset data-area="people"></fieldset>
				${this.text("summary", __("What was talked about"), __("A few sentences"))}
				<fieldset data-area="follow_ups"></fieldset>
				<fieldset data-area="products"></fieldset>
				<fieldset data-area="remarks"></fieldset>
				${this.text("needs_heard", __("Needs heard"), __("What the customer needs"))}
				${this.text("commitment", __("Agreed"), __("What the customer agreed to"))}
				${this.moment()}
			</form>`;
		for (const area of ["people", "products", "remarks", "follow_ups"]) this.draw_area(area);
		this.show_draft();
		for (const field of this.wrapper.querySelectorAll("textarea")) fit(field);
	}

	draw_area(area, focus = null) {
		const place = this.wrapper.querySelector(`[data-area=${area}]`);
		place.innerHTML = this[area]();
		for (const field of place.querySelectorAll("textarea")) fit(field);
		if (focus) place.querySelector(focus)?.focus();
	}

	outcomes() {
		const one = ([value, sign]) => `
			<label class="kam-report-outcome" data-outcome="${value}">
				<input type="radio" name="outcome" value="${value}" ${this.state.outcome === value ? "checked" : ""}>
				<span>${icon(sign)}${escape(__(value))}</span>
			</label>`;
		return `
			<fieldset class="kam-report-outcomes">
				<legend>${escape(__("What came out of it?"))}</legend>
				<div>${OUTCOMES.map(one).join("")}</div>
				<p class="kam-report-missing" role="alert" hidden>${escape(__("Please tap what came out of the call."))}</p>
			</fieldset>`;
	}

	people() {
		const known = this.sheet.people.rows;
		const rows = [
			...known,
			...this.state.more_people.filter((row) => !known.some((one) => one.contact === row.contact)),
		];
		const chosen = (row) => row.on_call || row.contact in this.state.met;
		const of_customer = rows.filter((row) => chosen(row) || row.of_customer);
		const others = rows.filter((row) => !of_customer.includes(row));
		const shown = this.open.has("people") ? rows : of_customer.slice(0, Math.max(FEW, of_customer.filter(chosen).length));
		const hidden = rows.length - shown.length;
		const one = (row) => `
			<label class="kam-report-chip">
				<input type="checkbox" data-person="${escape(row.contact)}" ${this.state.met[row.contact] ? "checked" : ""}>
				<span>${icon("check")}<b>${escape(row.full_name)}</b>${
			row.designation ? `<small>${escape(row.designation)}</small>` : ""
		}</span>
			</label>`;
		return `
			<legend>${escape(__("Whom did you meet?"))}</legend>
			<div class="kam-report-chips">
				${shown.map(one).join("")}
				${
					hidden
						? `<button type="button" class="btn btn-default" data-do="all-people">${escape(
								others.length === hidden
									? __("{0} more of the account", [hidden])
									: __("{0} more", [hidden])
						  )}</button>`
						: ""
				}
				${adder("person", __("Somebody else"))}
			</div>
			<div class="kam-report-search" data-search="person" hidden></div>`;
	}

	text(field, label, hint) {
		const open = field === "summary" || this.open.has(field);
		return `
			<div class="kam-report-text" data-text="${field}">
				${
					open
						? `<label><span>${escape(label)}</span><textarea class="form-control" rows="${
								field === "summary" ? 3 : 2
						  }" data-field="${field}" placeholder="${escape(hint)}">${escape(this.state[field])}</textarea></label>`
						: `<button type="button" class="btn btn-default kam-calls-wide" data-do="text" data-field="${field}">${icon(
								"plus"
						  )} ${escape(label)}</button>`
				}
			</div>`;
	}

	products() {
		const chosen = new Set(this.state.products.map((row) => row.item_group).filter(Boolean));
		const gaps = this.sheet.gaps?.rows || [];
		const picks = [
			...(this.sheet.bought || []).map((row) => ({ group: row.item_group, why: __("buys") })),
			...gaps.map((row) => ({ group: row.item_group, why: __("could buy {0}", [money_text(row.gap, this.sheet.gaps.currency)]) })),
		];
		const seen = new Set();
		const chips = picks
			.filter(({ group }) => group && !chosen.has(group) && !seen.has(group) && seen.add(group))
			.slice(0, this.open.has("products") ? 99 : FEW)
			.map(
				({ group, why }) =>
					`<button type="button" class="btn btn-default" data-do="product" data-group="${escape(group)}">${icon(
						"plus"
					)}<span>${escape(group)}<small>${escape(why)}</small></span></button>`
			);
		return `
			<legend>${escape(__("Products talked about"))}</legend>
			<div class="kam-report-rows">${this.state.products.map((row, place) => this.product(row, place)).join("")}</div>
			<div class="kam-report-chips">${chips.join("")}${adder("product", __("Another one"))}</div>
			<div class="kam-report-search" data-search="product" hidden></div>`;
	}

	product(row, place) {
		const name = row.item || row.item_group || row.note;
		const one = (interest) => `
			<label><input type="radio" name="interest-${place}" value="${interest}" data-product="${place}" ${
			row.interest === interest ? "checked" : ""
		}><span>${escape(__(interest))}</span></label>`;
		return `
			<div class="kam-report-row" role="group" aria-label="${escape(name)}">
				<div class="kam-report-row-head"><b>${escape(name)}</b>${remover("products", place, name)}</div>
				<div class="kam-report-switch" role="radiogroup" aria-label="${escape(__("Interest", null, "KAM"))}"><span>${escape(
			__("Interest", null, "KAM")
		)}</span>${INTERESTS.map(one).join("")}</div>
				<input class="form-control" type="text" maxlength="140" data-list="products" data-place="${place}" data-field="note" value="${escape(
			row.note || ""
		)}" placeholder="${escape(__("Note"))}" aria-label="${escape(__("Note on {0}", [name]))}">
			</div>`;
	}

	remarks() {
		const rows = this.state.remarks.map((row, place) => {
			const choice = (name) => `
				<button type="button" class="btn btn-default btn-sm" data-do="competitor" data-place="${place}" data-name="${escape(
				name
			)}" aria-pressed="${row.competitor === name}">${escape(name)}</button>`;
			const names = [...new Set([...(row.competitor ? [row.competitor] : []), ...this.sheet.competitors])];
			return `
				<div class="kam-report-row" role="group" aria-label="${escape(__("Remark {0}", [place + 1]))}">
					<div class="kam-report-row-head"><b>${escape(__("Heard about competitors or the market"))}</b>${
				row.note ? "" : remover("remarks", place, __("Remark {0}", [place + 1]))
			}</div>
					<textarea class="form-control" rows="2" data-list="remarks" data-place="${place}" data-field="remark"
						aria-label="${escape(__("Remark"))}" placeholder="${escape(__("What was said"))}">${escape(row.remark)}</textarea>
					<div class="kam-report-chips">${names.slice(0, FEW).map(choice).join("")}
						<button type="button" class="btn btn-default btn-sm" data-do="search" data-kind="competitor" data-place="${place}">${icon(
				"plus"
			)} ${escape(__("Competitor"))}</button></div>
					<div class="kam-report-search" data-search="competitor-${place}" hidden></div>
					<label class="kam-report-kind"><span>${escape(__("About", null, "KAM"))}</span><select class="form-control" data-list="remarks" data-place="${place}" data-field="kind">
						${KINDS.map((kind) => `<option value="${kind}" ${row.kind === kind ? "selected" : ""}>${escape(__(kind))}</option>`).join("")}
					</select></label>
				</div>`;
		});
		return `
			<legend class="sr-only">${escape(__("Competitors and market"))}</legend>
			<div class="kam-report-rows">${rows.join("")}</div>
			<button type="button" class="btn btn-default kam-calls-wide" data-do="remark">${icon("plus")} ${escape(
			this.state.remarks.length ? __("Another remark on the market") : __("Remark on a competitor")
		)}</button>`;
	}

	follow_ups() {
		const { today } = this.call;
		const people = this.sheet.colleagues;
		const rows = this.state.follow_ups.map((row, place) => {
			const days = [
				[__("Tomorrow"), add_days(today, 1)],
				[__("In a Week"), add_days(today, 7)],
				[__("In a Month"), add_month(today)],
			];
			const chip = ([label, day]) => `
				<button type="button" class="btn btn-default btn-sm" data-do="due" data-place="${place}" data-day="${day}" aria-pressed="${
				row.due === day
			}">${escape(label)}</button>`;
			const other = row.due && !days.some(([, day]) => day === row.due);
			return `
				<div class="kam-report-row" role="group" aria-label="${escape(__("Follow-up {0}", [place + 1]))}">
					<div class="kam-report-row-head"><b>${escape(__("Follow-up"))}</b>${
				row.action || row.todo
					? `<span class="text-muted">${escape(__("is an action already"))}</span>`
					: remover("follow_ups", place, __("Follow-up {0}", [place + 1]))
			}</div>
					<input class="form-control" type="text" maxlength="140" data-list="follow_ups" data-place="${place}" data-field="subject"
						value="${escape(row.subject)}" placeholder="${escape(__("What is to be done"))}" aria-label="${escape(
				__("What is to be done")
			)}">
					<div class="kam-report-chips">${days.map(chip).join("")}
						<label class="kam-report-day ${other ? "is-chosen" : ""}"><span>${escape(
				other ? short_day(row.due, today) : __("Other Day")
			)}</span><input type="date" min="${today}" value="${escape(row.due || "")}" data-list="follow_ups" data-place="${place}" data-field="due" aria-label="${escape(
				__("Day of the follow-up")
			)}"></label>
					</div>
					${
						people.length > 1
							? `<label class="kam-report-kind"><span>${escape(__("Who"))}</span><select class="form-control" data-list="follow_ups" data-place="${place}" data-field="responsible">
								${responsible_options(people, row.responsible || this.call.user)}</select></label>`
							: ""
					}
				</div>`;
		});
		return `
			<legend class="${rows.length ? "" : "sr-only"}">${escape(__("What happens next?"))}</legend>
			<div class="kam-report-rows">${rows.join("")}</div>
			<button type="button" class="btn btn-default kam-calls-wide" data-do="follow-up">${icon("plus")} ${escape(
			rows.length ? __("Another Follow-up") : __("Follow-up")
		)}</button>`;
	}

	moment() {
		const { call } = this;
		const known = call.status === "Made";
		const days = [
			[__("Today"), ""],
			...(call.planned_on < call.today ? [[short_day(call.planned_on, call.today), call.planned_on]] : []),
		];
		const yesterday = add_days(call.today, -1);
		if (call.planned_on !== yesterday) days.push([__("Yesterday"), yesterday]);
		const other = this.state.made_at && !days.some(([, day]) => day === this.state.made_at);
		const chip = ([label, day]) => `
			<button type="button" class="btn btn-default btn-sm" data-do="made" data-day="${day}" aria-pressed="${
			!known && this.state.made_at === day
		}">${escape(label)}</button>`;
		return `
			<fieldset data-area="moment">
				<legend>${escape(
					known && !this.state.made_at
						? __("Made on {0}", [`${short_day(call.made_on, call.today)}${call.made_time ? `, ${call.made_time}` : ""}`])
						: __("When was it?")
				)}</legend>
				<div class="kam-report-chips">${known ? "" : days.map(chip).join("")}
					<label class="kam-report-day ${other ? "is-chosen" : ""}"><span>${escape(
			other ? short_day(this.state.made_at, call.today) : __("Other Day")
		)}</span><input type="date" max="${call.today}" value="${escape(this.state.made_at)}" data-field="made_at" aria-label="${escape(
			__("Day on which the call was made")
		)}"></label>
				</div>
			</fieldset>`;
	}

	draw_moment() {
		this.wrapper.querySelector("[data-area=moment]").outerHTML = this.moment();
	}

	show_draft() {
		const place = this.wrapper.querySelector(".kam-report-notes");
		if (!this.is_draft) {
			place.innerHTML = "";
			return;
		}
		const older = this.modified && this.modified !== this.call.modified;
		if (place.dataset.shown === `${older}${drafts.is_kept()}` && place.innerHTML) return;
		place.dataset.shown = `${older}${drafts.is_kept()}`;
		const text = !drafts.is_kept()
			? __("This device keeps no drafts: please save before you leave the page.")
			: older
			? __("{0} has changed the call since you began. What you typed is kept here.", [this.call.modified_by_name])
			: __("Not saved yet. What you type is kept on this device.");
		place.innerHTML = `<p class="kam-calls-note ${older || !drafts.is_kept() ? "is-warning" : ""}">${icon("draft")} <span>${escape(
			text
		)} <button type="button" class="btn-link" data-do="discard">${escape(__("Discard"))}</button></span></p>`;
	}

	/** Says that the server does not have the report, and that nothing is lost. */
	tell_unsent(text = "") {
		const place = this.wrapper.querySelector(".kam-report-notes");
		place.dataset.shown = "";
		place.innerHTML = `<p class="kam-calls-note is-alert" role="alert">${icon("absent")} <span>${escape(
			text || __("The report could not be sent. Everything you typed is kept on this device; it is sent once there is a connection again.")
		)} <button type="button" class="btn-link" data-do="send">${escape(__("Try Again"))}</button></span></p>`;
		place.scrollIntoView({ block: "nearest" });
	}

	// ------------------------------------------------------------ what a hand does

	input({ target }) {
		const { field, list, place } = target.dataset;
		if (!field || target.matches("select, [type=date]")) return;
		if (list) this.state[list][place][field] = target.value;
		else this.state[field] = target.value;
		if (target.matches("textarea")) fit(target);
		this.keep();
	}

	change({ target }) {
		const { field, list, place, person, product } = target.dataset;
		if (target.name === "outcome") this.choose_outcome(target.value);
		else if (person) this.state.met[person] = target.checked;
		else if (product) this.state.products[product].interest = target.value;
		else if (field === "made_at") {
			this.state.made_at = target.value === this.call.today ? "" : target.value;
			this.draw_moment();
		} else if (list && field) {
			this.state[list][place][field] = target.value || null;
			if (field === "due") this.draw_area("follow_ups");
		} else return;
		this.keep();
	}

	/** Nobody was met: nobody is ticked any more. */
	choose_outcome(value) {
		this.state.outcome = value;
		this.wrapper.querySelector(".kam-report-missing").hidden = true;
		if (value !== "Not Met") {
			if (this.before_absence) {
				this.state.met = this.before_absence;
				this.before_absence = null;
				this.draw_area("people");
			}
			return;
		}
		this.before_absence = { ...this.state.met };
		for (const contact of Object.keys(this.state.met)) this.state.met[contact] = false;
		this.draw_area("people");
	}

	click(event) {
		const button = event.target.closest("button[data-do]");
		if (!button || !this.wrapper.contains(button)) return;
		const { dataset } = button;
		const place = Number(dataset.place);
		const does = {
			"all-people": () => {
				this.open.add("people");
				this.draw_area("people");
			},
			text: () => {
				this.open.add(dataset.field);
				const box = button.closest("[data-text]");
				box.outerHTML = this.text(dataset.field, button.textContent.trim(), "");
				this.wrapper.querySelector(`textarea[data-field=${dataset.field}]`).focus();
			},
			product: () => this.add_product({ item_group: dataset.group }),
			remark: () => {
				this.state.remarks.push({ remark: "", competitor: null, kind: KINDS[0] });
				this.draw_area("remarks", `[data-place="${this.state.remarks.length - 1}"][data-field=remark]`);
			},
			"follow-up": () => {
				this.state.follow_ups.push({ subject: "", due: add_days(this.call.today, 7), responsible: null });
				this.draw_area("follow_ups", `[data-place="${this.state.follow_ups.length - 1}"][data-field=subject]`);
			},
			due: () => {
				this.state.follow_ups[place].due = dataset.day;
				this.draw_area("follow_ups", `[data-do=due][data-place="${place}"][data-day="${dataset.day}"]`);
				this.keep();
			},
			made: () => {
				this.state.made_at = dataset.day;
				this.draw_moment();
				this.wrapper.querySelector(`[data-do=made][data-day="${dataset.day}"]`)?.focus();
				this.keep();
			},
			competitor: () => {
				const row = this.state.remarks[place];
				row.competitor = row.competitor === dataset.name ? null : dataset.name;
				this.draw_area("remarks", `[data-do=competitor][data-place="${place}"][aria-pressed=true]`);
				this.keep();
			},
			remove: () => {
				this.state[dataset.list].splice(place, 1);
				this.draw_area(dataset.list, "button");
				this.keep();
			},
			search: () => this.search(dataset.kind, dataset.place),
			discard: () => this.discard(),
			send: () => this.save(),
		};
		does[dataset.do]?.();
	}

	add_product(row) {
		this.state.products.push({ item_group: null, item: null, interest: "", note: "", ...row });
		this.draw_area("products", `[data-product="${this.state.products.length - 1}"]`);
		this.keep();
	}

	/** A field that finds other people, products and competitors. */
	search(kind, place) {
		const key = place === undefined ? kind : `${kind}-${place}`;
		const box = this.wrapper.querySelector(`[data-search="${key}"]`);
		if (!box.hidden) {
			box.hidden = true;
			return;
		}
		const what = {
			person: ["Contact", __("Name of the person"), (name) => this.add_person(name)],
			product: ["Item Group", __("Item group"), (name) => this.add_product({ item_group: name })],
			competitor: ["Competitor", __("Name of the competitor"), (name) => this.add_competitor(place, name)],
		};
		const [options, label, take] = what[kind];
		box.hidden = false;
		box.innerHTML = "";
		const control = frappe.ui.form.make_control({
			parent: box,
			df: {
				fieldtype: "Link",
				options,
				fieldname: `search_${kind}`,
				placeholder: label,
				// a name made here would be a document nobody has looked at
				only_select: 1,
				change: () => {
					const name = control.get_value();
					if (name) take(name);
				},
			},
			only_input: true,
			render_input: true,
		});
		control.$input.attr("aria-label", label).trigger("focus");
	}

	async add_person(contact) {
		if (!this.sheet.people.rows.some((row) => row.contact === contact)) {
			const { message } = await frappe.db.get_value("Contact", contact, ["first_name", "last_name", "designation"]);
			this.state.more_people.push({
				contact,
				full_name: [message?.first_name, message?.last_name].filter(Boolean).join(" ") || contact,
				designation: message?.designation,
			});
		}
		this.state.met[contact] = true;
		this.draw_area("people");
		this.keep();
	}

	add_competitor(place, name) {
		this.state.remarks[place].competitor = name;
		this.draw_area("remarks", `[data-do=competitor][data-place="${place}"][aria-pressed=true]`);
		this.keep();
	}

	discard() {
		frappe.confirm(__("Discard what you typed? The call stays as it was."), () => {
			drafts.remove(this.call.name);
			this.state = state_of(this.sheet);
			this.modified = this.call.modified;
			this.is_draft = false;
			this.open = new Set(TEXTS.filter((field) => this.state[field]));
			this.draw();
			this.changed?.();
		});
	}

	// ------------------------------------------------------------ saving

	async save() {
		if (this.saving) return;
		if (!this.state.outcome) {
			const place = this.wrapper.querySelector(".kam-report-outcomes");
			place.querySelector(".kam-report-missing").hidden = false;
			place.scrollIntoView({ block: "center" });
			place.querySelector("input").focus();
			return;
		}
		this.saving = true;
		this.set_busy(true);
		try {
			const message = await send(this.call.name, { state: this.state, modified: this.modified });
			this.is_draft = false;
			this.saved(message, this.state);
		} catch (error) {
			this.is_draft = true;
			const refused = error?.status >= 400 && error.status < 500;
			if (refused) {
				// not a matter of the connection: sending it again would not help
				drafts.write(this.call.name, { state: this.state, modified: this.modified, pending: false });
				this.tell_unsent(__("The report was not saved. Everything you typed is kept on this device."));
			} else this.tell_unsent();
			this.changed?.();
		} finally {
			this.saving = false;
			this.set_busy(false);
		}
	}

	set_busy(busy) {
		this.wrapper.firstElementChild?.setAttribute("aria-busy", busy);
		this.on_busy?.(busy);
	}
}

const money_text = (value, currency) => $("<span>").html(money(value, currency)).text();

const adder = (kind, label) =>
	`<button type="button" class="btn btn-default" data-do="search" data-kind="${kind}">${icon("plus")} ${escape(label)}</button>`;

const remover = (list, place, name) =>
	`<button type="button" class="btn btn-default kam-report-remove" data-do="remove" data-list="${list}" data-place="${place}" aria-label="${escape(
		__("Remove {0}", [name])
	)}">${icon("cross")}</button>`;

function responsible_options(people, chosen) {
	const known = people.some((row) => row.user === chosen);
	return [...(known ? [] : [{ user: chosen, full_name: chosen }]), ...people]
		.map(
			(row) =>
				`<option value="${escape(row.user)}" ${row.user === chosen ? "selected" : ""}>${escape(
					row.user === frappe.session.user ? __("{0} (I)", [row.full_name]) : row.full_name
				)}</option>`
		)
		.join("");
}

/** A text field grows with its text. */
export function fit(field) {
	field.style.height = "auto";
	if (field.scrollHeight) field.style.height = `${field.scrollHeight + 2}px`;
}
