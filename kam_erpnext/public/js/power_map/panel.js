import { actions as privacy_actions } from "./privacy";
import { choice, several } from "./choices";
import { icon } from "./icons";
import { draw_lines, draw_relations } from "./panel_lines";
import { show_link } from "./panel_link";
import { contact_values, superiors } from "./person_dialog";
import {
	COVERAGE,
	is_body,
	KINDS,
	label_of,
	POWER,
	RELATIONSHIP,
	ROLES,
	SUPPORT,
	user_name,
} from "./vocabulary";

const escape = frappe.utils.escape_html;

/** The panel at the side: everything about the chosen person or line. */
export class Panel {
	constructor(drawing) {
		this.drawing = drawing;
		this.element = drawing.root.querySelector(".kam-pm-panel");
		this.element.addEventListener("click", (event) => {
			if (event.target.closest("[data-close]")) return drawing.select(null);
			if (event.target.closest(".kam-pm-panel-head")) this.unpeek();
			return undefined;
		});
	}

	get model() {
		return this.drawing.model;
	}

	get is_open() {
		return !this.element.hidden;
	}

	open({ focus = false, peek = false } = {}) {
		const was_open = this.is_open;
		this.element.hidden = false;
		this.element.classList.toggle("kam-pm-peek", peek);
		this.refresh();
		const { selected } = this.drawing;
		if (!was_open && selected) this.drawing.reveal(selected);
		if (focus) this.body?.querySelector("button, input, select, summary")?.focus();
	}

	unpeek() {
		this.element.classList.remove("kam-pm-peek");
	}

	close() {
		this.element.hidden = true;
		this.showing = null;
		this.element.replaceChildren();
	}

	/** Draws the panel anew for somebody else, else brings only what changed up to date. */
	refresh() {
		if (!this.is_open) return;
		const { selected, selected_link } = this.drawing;
		if (selected) this.show_person(selected);
		else if (selected_link) show_link(this, selected_link);
		else this.close();
	}

	head(title, under, sign) {
		return `<header class="kam-pm-panel-head"><span class="kam-pm-avatar" aria-hidden="true">${sign}</span>
			<div><h4>${escape(title)}</h4><p>${escape(under)}</p></div>
			<button type="button" class="kam-pm-tool" data-close aria-label="${escape(__("Close"))}">${icon(
			"close"
		)}</button></header>`;
	}

	section(name, title, open = true) {
		const details = document.createElement("details");
		details.open = this.folded?.[name] === undefined ? open : !this.folded[name];
		details.dataset.part = name;
		details.innerHTML = `<summary>${escape(title)}${icon("down", 14)}</summary><div></div>`;
		details.addEventListener("toggle", () => ((this.folded ??= {})[name] = !details.open));
		this.body.append(details);
		return details.lastElementChild;
	}

	begin(key, head) {
		const fresh = this.showing !== key;
		if (fresh) {
			this.showing = key;
			this.element.innerHTML = `${head}<div class="kam-pm-panel-body"></div>`;
			this.body = this.element.querySelector(".kam-pm-panel-body");
			this.body.scrollTop = 0;
		} else this.element.querySelector(".kam-pm-panel-head").outerHTML = head;
		return fresh;
	}

	// ------------------------------------------------------------ person

	show_person(key) {
		const person = this.model.person(key);
		const under = [person.designation || label_of(KINDS, person.kind), person.department]
			.filter(Boolean)
			.join(" · ");
		const sign = escape(frappe.get_abbr(person.person_name || "?", 2).toUpperCase());
		const look = `person ${key} ${person.kind} ${this.model.can_write} ${this.model.can_judge} ${this.model.judged}`;
		const fresh = this.begin(look, this.head(person.person_name || __("No name"), under, sign));
		this.element.setAttribute("aria-label", person.person_name);
		if (fresh) {
			this.parts = {};
			if (this.model.judged && !is_body(person.kind))
				this.parts.judgement = this.section("judgement", __("How We See This Person"));
			this.structure_fields(key, this.section("person", __("Person")));
			this.parts.lines = this.section("lines", __("Lines"));
			if (this.model.judged && !is_body(person.kind))
				this.parts.relations = this.section("relations", __("Who of Us Knows This Person"), false);
			this.footer(key);
		} else this.update_fields(person);
		if (this.parts.judgement) this.judgement(person, this.parts.judgement);
		draw_lines(this, person, this.parts.lines);
		if (this.parts.relations) draw_relations(this, person, this.parts.relations);
	}

	/** What a reader sees instead of fields. */
	facts(person, wrapper) {
		const owners = [person.relationship_owner, person.second_owner]
			.filter(Boolean)
			.map(user_name)
			.join(", ");
		const facts = [
			[__("Kind"), label_of(KINDS, person.kind)],
			[__("Title", null, "KAM"), person.designation],
			[__("Department"), person.department],
			[__("Organisation"), person.organisation],
			[__("Competitor"), person.kind === "Competitor" && person.competitor],
			[__("E-Mail"), person.email_id],
			[__("Relationship Owner"), owners],
			[__("Contact Every (Days)"), person.contact_rhythm],
		].filter(([, value]) => value);
		wrapper.innerHTML = `<dl>${facts
			.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(String(value))}</dd>`)
			.join("")}</dl>`;
	}

	structure_fields(key, wrapper) {
		const person = this.model.person(key);
		this.fields = null;
		if (!this.model.can_write) return this.facts(person, wrapper);
		const own = (df) => ({
			...df,
			change: () => this.take(key, df.fieldname),
		});
		const user = {
			fieldtype: "Link",
			options: "User",
			get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
		};
		const people = this.model.people();
		const human = !is_body(person.kind);
		this.fields = new frappe.ui.FieldGroup({
			body: wrapper,
			fields: [
				human && {
					fieldname: "contact",
					fieldtype: "Link",
					options: "Contact",
					label: __("Contact"),
				},
				person.kind === "Competitor" && {
					fieldname: "competitor",
					fieldtype: "Link",
					options: "Competitor",
					label: __("Competitor"),
				},
				{ fieldname: "person_name", fieldtype: "Data", label: __("Name"), reqd: 1 },
				{ fieldname: "designation", fieldtype: "Data", label: __("Title", null, "KAM") },
				{ fieldname: "department", fieldtype: "Data", label: __("Department") },
				{ fieldname: "organisation", fieldtype: "Data", label: __("Organisation") },
				{
					fieldname: "kind",
					fieldtype: "Select",
					label: __("Kind"),
					options: KINDS().map(([value, label]) => ({ value, label })),
				},
				{
					fieldname: "reports_to",
					fieldtype: "Select",
					label: __("Reports To"),
					options: superiors(people, new Set([key, ...this.model.below(key)])),
				},
				{ ...user, fieldname: "relationship_owner", label: __("Relationship Owner") },
				{ ...user, fieldname: "second_owner", label: __("Second Owner") },
				human && {
					fieldname: "contact_rhythm",
					fieldtype: "Int",
					label: __("Contact Every (Days)"),
					description: __("0 uses KAM Settings."),
				},
			]
				.filter(Boolean)
				.map(own),
		});
		this.fields.make();
		this.update_fields(person);
		return undefined;
	}

	/** Shows what the model has; the fields' own change events find nothing new then. */
	update_fields(person) {
		if (!this.fields) return;
		const { fields_dict } = this.fields;
		const { reports_to } = fields_dict;
		if (reports_to) {
			reports_to.df.options = superiors(
				this.model.people(),
				new Set([person.person, ...this.model.below(person.person)])
			);
			reports_to.refresh();
		}
		for (const [name, field] of Object.entries(fields_dict)) {
			if (!(name in person)) continue;
			if (String(field.get_value() ?? "") !== String(person[name] ?? "")) field.set_value(person[name]);
		}
	}

	async take(key, name) {
		if (this.drawing.selected !== key || !this.model.has(key)) return;
		const value = this.fields.get_value(name) ?? "";
		const person = this.model.person(key);
		if (String(value || "") === String(person[name] || "")) return;
		if (name === "person_name" && !String(value).trim()) return;
		if (name === "reports_to") this.model.set_superior(key, value);
		else if (name === "contact" && value)
			this.model.update_person(key, await this.from_contact(person, value));
		else this.model.update_person(key, { [name]: value });
		// what could not be is shown as it was
		if (this.drawing.selected === key && this.model.has(key)) this.update_fields(this.model.person(key));
	}

	/** A placeholder with a contact is known. */
	async from_contact(person, contact) {
		const values = await contact_values(contact);
		return person.kind === "Placeholder" ? { ...values, kind: "Person at the Customer" } : values;
	}

	judgement({ person, judgement }, wrapper) {
		const { model } = this;
		const writes = model.can_judge;
		const focused = document.activeElement?.closest?.("[data-judge]")?.dataset.judge;
		const value = document.activeElement?.dataset?.value;
		const set = (field) => (chosen) =>
			model.judge(person, { [field]: field === "support" ? chosen : chosen ?? "" });
		const row = (name, label, list, field = name) =>
			choice({ label, list: list(), value: judgement[field], writes, name, choose: set(field) });
		const rows = [
			several({
				label: __("Buying roles"),
				list: ROLES(),
				values: judgement.roles,
				writes,
				name: "roles",
				choose: (roles) => model.judge(person, { roles }),
			}),
			row("power", __("Decision power"), POWER),
			row("relationship", __("Relationship with us"), RELATIONSHIP),
			row("support", __("Support for us"), SUPPORT),
			row("coverage", __("Coverage today"), COVERAGE),
			row("coverage_wanted", __("Coverage wanted"), COVERAGE),
		];
		const more = wrapper.querySelector(".kam-pm-more");
		wrapper.querySelectorAll(".kam-pm-judge").forEach((element) => element.remove());
		wrapper.prepend(...rows);
		if (more) this.update_note(judgement);
		else this.note(person, judgement, wrapper, writes);
		wrapper.querySelector(".kam-pm-judged").textContent = judgement.judged_on
			? __("Judged on {0} by {1}", [
					frappe.datetime.str_to_user(judgement.judged_on),
					user_name(judgement.judged_by),
			  ])
			: "";
		const confirm = wrapper.querySelector("[data-confirm]");
		confirm.hidden =
			!writes || !judgement.judged_on || judgement.judged_on === frappe.datetime.get_today();
		confirm.disabled = Boolean(judgement.confirmed);
		if (focused)
			wrapper
				.querySelector(`[data-judge="${focused}"] [data-value="${CSS.escape(value || "")}"]`)
				?.focus();
	}

	note(person, judgement, wrapper, writes) {
		const more = document.createElement("div");
		more.className = "kam-pm-more";
		wrapper.append(more);
		const take = (name) => ({
			change: () => {
				if (this.drawing.selected === person && this.model.has(person)) {
					this.model.judge(person, { [name]: this.notes.get_value(name) || "" });
				}
			},
			read_only: writes ? 0 : 1,
		});
		this.notes = new frappe.ui.FieldGroup({
			body: more,
			fields: [
				{
					fieldname: "competitor",
					fieldtype: "Link",
					options: "Competitor",
					label: __("Close to Competitor"),
					...take("competitor"),
				},
				{ fieldname: "note", fieldtype: "Small Text", label: __("Note"), ...take("note") },
			],
		});
		this.notes.make();
		this.update_note(judgement);
		more.insertAdjacentHTML(
			"beforeend",
			`<p><span class="kam-pm-judged"></span> <button type="button" class="btn btn-xs btn-default" data-confirm>${escape(
				__("Still True Today")
			)}</button></p><p class="kam-pm-secret">${icon("lock", 13)} ${escape(
				__(
					"Only people who may see judgements see this part. Write what you could say to the person's face."
				)
			)}</p>`
		);
		more.querySelector("[data-confirm]").addEventListener("click", () => this.model.confirm(person));
	}

	update_note(judgement) {
		for (const name of ["competitor", "note"]) {
			const field = this.notes.fields_dict[name];
			if (String(field.get_value() ?? "") !== String(judgement[name] ?? ""))
				field.set_value(judgement[name]);
		}
	}

	footer(key) {
		const { model, drawing } = this;
		const offers =
			(model.has(key) && !drawing.context.frm.is_new() && privacy_actions(key, drawing.context)) || [];
		const footer = document.createElement("footer");
		const add = (label, action, danger) => {
			const button = document.createElement("button");
			button.type = "button";
			button.className = `btn btn-xs btn-default${danger ? " kam-pm-danger" : ""}`;
			button.textContent = label;
			button.addEventListener("click", action);
			footer.append(button);
		};
		const { contact } = model.person(key);
		if (contact && frappe.model.can_read("Contact")) {
			add(__("Open Contact"), () => frappe.set_route("Form", "Contact", contact));
		}
		for (const { label, action, danger } of offers) add(label, action, danger);
		if (model.can_write) add(__("Remove from Map"), () => drawing.remove(key), true);
		if (footer.childElementCount) this.body.append(footer);
	}
}
