import { escape } from "../account/format";
import { relation_popover, close_popover } from "./popover";
import { user_name } from "./vocabulary";
import { count, dialog_of, in_map_order, initials, is_known, STAKEHOLDERS, STRENGTHS } from "./words";

const WORKING = 2; // from here on a relationship is active
const POWER = { High: 3, Medium: 2, Low: 1 };

/** Tab "Who Knows Whom": stakeholders in rows, colleagues in columns, strength today and wanted in the cells. */
export function render_matrix(wrapper, context) {
	wrapper.kam_matrix ??= new Matrix(wrapper);
	wrapper.kam_matrix.show(context);
}

class Matrix {
	constructor(wrapper) {
		Object.assign(this, { wrapper, order: "map", search: "", gaps_only: false, added: new Set() });
		wrapper.addEventListener("click", (event) => this.click(event));
		wrapper.addEventListener("keydown", (event) => this.key(event));
		wrapper.addEventListener("input", (event) => this.filter(event));
		wrapper.addEventListener("change", (event) => this.filter(event));
		// drawn when somebody looks at it; changes of a hidden tab wait
		new ResizeObserver(() => this.stale && this.draw()).observe(wrapper);
	}

	show({ frm, model, state }) {
		close_popover();
		if (this.shown !== frm.doc.name) {
			Object.assign(this, { shown: frm.doc.name, search: "", gaps_only: false, added: new Set() });
		}
		Object.assign(this, { frm, state });
		if (this.model !== model) {
			this.model = model;
			model.on("change", (details) => this.model === model && this.changed(details));
		}
		this.wait();
	}

	/** A relation changes its cell; anything else, and what changes who is shown where, the whole table. */
	changed({ changes } = {}) {
		const only_cells = changes?.every(({ table }) => table === "relations");
		const drawn = !this.stale && this.wrapper.querySelector(".kam-matrix");
		if (!only_cells || !drawn || this.order === "gap" || this.gaps_only) return this.wait();
		this.read();
		for (const { key } of changes) this.redraw_cell(key);
		this.wrapper.querySelector(".kam-matrix-summary").outerHTML = this.summary();
	}

	redraw_cell(key) {
		const old = this.wrapper.querySelector(`[data-cell="${CSS.escape(key)}"]`);
		if (!old) return this.wait(); // a colleague without a column
		const { person, user } = old.dataset;
		const row = this.people.find((one) => one.person === person);
		const { tabIndex } = old;
		const had_focus = old === document.activeElement;
		const cell = old.parentElement;
		const table_row = cell.parentElement;
		const place = cell.cellIndex;
		cell.outerHTML = this.cell(
			row,
			this.users.find((one) => one.user === user)
		);
		const fresh = table_row.cells[place].firstElementChild;
		fresh.tabIndex = tabIndex;
		if (had_focus) fresh.focus({ preventScroll: true });
		table_row.lastElementChild.textContent = this.active(row);
	}

	/** Several changes in a row are drawn once. */
	wait() {
		this.stale = true;
		if (this.waiting) return;
		this.waiting = requestAnimationFrame(() => {
			this.waiting = null;
			if (this.stale) this.draw();
		});
	}

	// ------------------------------------------------------------ what is shown

	read() {
		const { model, state } = this;
		this.can_judge = model.judged && model.can_judge;
		this.relations = new Map(
			(model.judged ? model.relations() : []).map((row) => [`${row.person} ${row.user}`, row])
		);
		const people = in_map_order(model.people()).filter((row) => STAKEHOLDERS.includes(row.kind));
		const names = new Map((state.team || []).map((row) => [row.user, row]));
		const users = new Set(names.keys());
		for (const { user } of this.relations.values()) users.add(user);
		for (const person of people) {
			for (const user of [person.relationship_owner, person.second_owner]) if (user) users.add(user);
		}
		for (const user of this.added) users.add(user);
		this.users = [...users].map(
			(user) => names.get(user) || { user, full_name: frappe.utils.get_link_title("User", user) || user_name(user) }
		);
		this.people = people;
	}

	relation(person, user) {
		return this.relations.get(`${person} ${user}`) || null;
	}

	/** Steps that are missing to what is wanted of a person. */
	gap(person) {
		let steps = 0;
		for (const { user } of this.users) {
			const { strength, wanted } = this.relation(person.person, user) || {};
			if (is_known(wanted)) steps += Math.max(0, wanted - (strength || 0));
		}
		return steps;
	}

	active(person) {
		return this.users.filter(({ user }) => this.relation(person.person, user)?.strength >= WORKING).length;
	}

	rows() {
		const search = this.search.trim().toLowerCase();
		const rows = this.people.filter(
			(row) =>
				(!search ||
					[row.person_name, row.designation, row.department, row.organisation].some((text) =>
						String(text || "").toLowerCase().includes(search)
					)) &&
				(!this.gaps_only || this.gap(row))
		);
		const by = {
			power: (row) => POWER[this.power(row)] || 0,
			gap: (row) => this.gap(row),
		}[this.order];
		return by ? rows.sort((one, other) => by(other) - by(one)) : rows;
	}

	power(person) {
		return this.model.judged ? this.model.judgement(person.person)?.power : "";
	}

	// ------------------------------------------------------------ drawing

	draw() {
		if (!this.model || !this.wrapper.offsetParent) return;
		this.stale = false;
		this.read();
		const kept = this.position();
		this.wrapper.innerHTML = this.people.length
			? `<div class="kam-matrix">${this.summary()}${this.toolbar()}<div class="kam-matrix-scroll" role="region"
				tabindex="-1" aria-label="${escape(__("Who knows whom"))}">${this.table()}</div>${this.legend()}</div>`
			: `<p class="kam-nothing">${escape(
					__("Nobody is on the map yet. Add people in the tab Map; here you then say who of us knows them.")
			  )}</p>`;
		this.restore(kept);
	}

	position() {
		const scroll = this.wrapper.querySelector(".kam-matrix-scroll");
		const focused = this.wrapper.contains(document.activeElement) ? document.activeElement : null;
		return {
			left: scroll?.scrollLeft || 0,
			top: scroll?.scrollTop || 0,
			cell: focused?.dataset.cell,
			field: focused?.dataset.field,
			caret: focused?.selectionStart,
		};
	}

	restore({ left, top, cell, field, caret }) {
		const scroll = this.wrapper.querySelector(".kam-matrix-scroll");
		if (!scroll) return;
		Object.assign(scroll, { scrollLeft: left, scrollTop: top });
		const first = this.wrapper.querySelector("[data-cell]");
		const active = (cell && this.wrapper.querySelector(`[data-cell="${CSS.escape(cell)}"]`)) || first;
		if (active) active.tabIndex = 0;
		if (cell && active) active.focus({ preventScroll: true });
		const input = field && this.wrapper.querySelector(`[data-field="${field}"]`);
		if (input) {
			input.focus({ preventScroll: true });
			if (input.type === "search") input.setSelectionRange(caret, caret);
		}
	}

	summary() {
		if (!this.model.judged) {
			return `<p class="kam-nothing">${escape(
				__(
					"You see who owns which relationship. How strong the relationships are is a judgement about people, which your roles do not include."
				)
			)}</p>`;
		}
		const covered = this.people.filter((person) => this.active(person)).length;
		const gaps = this.people.reduce((sum, person) => sum + (this.gap(person) ? 1 : 0), 0);
		const text = __("{0} of {1} people have a working relationship with at least one of us.", [
			covered,
			this.people.length,
		]);
		const missing = gaps
			? count(
					gaps,
					__("With 1 person a relationship is weaker than wanted."),
					__("With {0} people a relationship is weaker than wanted.")
			  )
			: "";
		return `<p class="kam-matrix-summary">${escape(text)} ${escape(missing)}</p>`;
	}

	toolbar() {
		const option = (value, text) =>
			`<option value="${value}" ${this.order === value ? "selected" : ""}>${escape(text)}</option>`;
		const judged = this.model.judged
			? `<label class="kam-matrix-check"><input type="checkbox" data-field="gaps" ${
					this.gaps_only ? "checked" : ""
			  }> ${escape(__("Only gaps"))}</label>
			<select class="form-control input-xs" data-field="order" aria-label="${escape(__("Order of the people"))}">
				${option("map", __("Order of the map"))}${option("power", __("Decision power first"))}${option(
					"gap",
					__("Largest gap first")
			  )}
			</select>`
			: "";
		return `<div class="kam-matrix-toolbar">
			<input type="search" class="form-control input-xs" data-field="search" value="${escape(this.search)}"
				placeholder="${escape(__("Find a person"))}" aria-label="${escape(__("Find a person"))}">
			${judged}
			${
				this.can_judge
					? `<button type="button" class="btn btn-xs btn-default" data-do="add">${escape(
							__("Add a Colleague")
					  )}</button>`
					: ""
			}
		</div>`;
	}

	table() {
		const rows = this.rows();
		const heads = this.users.map((row) => this.column_head(row));
		const body = rows.map(
			(person) =>
				`<tr>${this.row_head(person)}${this.users.map((row) => this.cell(person, row)).join("")}${
					this.model.judged ? `<td class="kam-matrix-total">${this.active(person)}</td>` : ""
				}</tr>`
		);
		const nobody = `<tr><td class="kam-nothing" colspan="${this.users.length + 2}">${escape(
			__("Nobody matches.")
		)}</td></tr>`;
		const columns = this.users.length
			? ""
			: `<p class="kam-nothing">${escape(
					__("The account has no team yet. Add colleagues to see who knows whom.")
			  )}</p>`;
		return `<table role="grid" aria-rowcount="${rows.length + 1}">
			<thead><tr><th scope="col" class="kam-matrix-corner">${escape(__("Stakeholder"))}</th>${heads.join("")}${
			this.model.judged
				? `<th scope="col" class="kam-matrix-total" title="${escape(
						__("Colleagues with a working relationship or better")
				  )}">${escape(__("Active"))}</th>`
				: ""
		}</tr></thead><tbody>${body.join("") || nobody}</tbody></table>${columns}`;
	}

	column_head({ user, full_name, initials: short, function: role }) {
		const label = [full_name, role && __(role, null, "Buying role")].filter(Boolean).join(", ");
		return `<th scope="col" title="${escape(label)}"><span class="kam-matrix-initials" aria-hidden="true">${escape(
			short || initials(full_name)
		)}</span><span class="kam-matrix-name">${escape(full_name || user)}</span></th>`;
	}

	row_head(person) {
		const power = this.power(person);
		const mark = power
			? `<span class="kam-matrix-power" title="${escape(__("Decision power: {0}", [__(power)]))}">${escape(
					__(power)[0]
			  )}</span>`
			: "";
		const indent = this.order === "map" && !this.search ? Math.min(person.depth, 5) * 12 : 0;
		return `<th scope="row" style="--indent: ${indent}px" class="${
			person.kind === "Placeholder" ? "kam-matrix-placeholder" : ""
		}"><div class="kam-matrix-person"><span>${escape(person.person_name)}</span>${mark}</div>
			<div class="kam-matrix-title">${escape(
				[
					person.kind === "Placeholder" ? __("not yet known") : "",
					person.designation === person.person_name ? person.department : person.designation || person.department,
				]
					.filter(Boolean)
					.join(", ")
			)}</div></th>`;
	}

	cell(person, column) {
		const relation = this.relation(person.person, column.user);
		const owner =
			person.relationship_owner === column.user ? __("owner") : person.second_owner === column.user ? __("second") : "";
		const words = this.cell_words(relation, owner);
		const gap = relation && is_known(relation.wanted) && relation.wanted > (relation.strength || 0);
		const inside = `${this.model.judged ? dots(relation) : ""}${
			owner ? `<span class="kam-matrix-owner">${escape(owner)}</span>` : ""
		}`;
		const label = `${person.person_name} × ${column.full_name || column.user}: ${words}`;
		const shade = relation && is_known(relation.strength) ? `kam-matrix-${relation.strength}` : "";
		const classes = `kam-matrix-cell ${shade} ${gap ? "kam-matrix-gap" : ""}`;
		if (!this.can_judge) {
			return `<td class="${classes}" title="${escape(words)}"><div>${inside}<span class="sr-only">${escape(
				words
			)}</span></div></td>`;
		}
		return `<td class="${classes}"><button type="button" tabindex="-1" aria-haspopup="dialog" data-person="${escape(
			person.person
		)}" data-user="${escape(column.user)}" data-cell="${escape(
			`${person.person} ${column.user}`
		)}" title="${escape(words)}" aria-label="${escape(label)}">${inside}</button></td>`;
	}

	cell_words(relation, owner) {
		const words = [];
		if (this.model.judged) {
			const names = STRENGTHS();
			words.push(
				is_known(relation?.strength) ? __("today {0}", [names[relation.strength]]) : __("today not judged")
			);
			if (is_known(relation?.wanted)) words.push(__("wanted {0}", [names[relation.wanted]]));
		}
		if (owner) words.push(owner);
		return words.join(", ") || __("no owner");
	}

	legend() {
		if (!this.model.judged) return "";
		const steps = STRENGTHS().map(
			(text, strength) => `<span>${dots({ strength, wanted: null })} ${strength} ${escape(text)}</span>`
		);
		return `<div class="kam-matrix-legend">
			<span>${dots(null)} ${escape(__("not judged"))}</span>${steps.join("")}
			<span><i class="kam-matrix-gap-sample" aria-hidden="true">${dots({ strength: 1, wanted: 2 })}</i> ${escape(
			__("ring: wanted, not yet reached")
		)}</span>
			${
				this.can_judge
					? `<span>${escape(
							__("Click a cell to judge. Keyboard: arrows move, 0 to 3 set today, Shift and 0 to 3 set wanted, Delete clears.")
					  )}</span>`
					: ""
			}
		</div>`;
	}

	// ------------------------------------------------------------ doing

	filter({ target }) {
		const { field } = target.dataset;
		if (!field) return;
		if (field === "search") {
			if (this.search === target.value) return;
			this.search = target.value;
		}
		if (field === "gaps") this.gaps_only = target.checked;
		if (field === "order") this.order = target.value;
		this.wait();
	}

	click({ target }) {
		const button = target.closest("button");
		if (button?.dataset.do === "add") this.add_colleague();
		if (button?.dataset.cell) this.open(button);
	}

	open(button) {
		const { person, user } = button.dataset;
		const column = this.users.find((row) => row.user === user);
		const name = this.people.find((row) => row.person === person).person_name;
		this.activate(button);
		const { cell } = button.dataset;
		relation_popover(() => this.wrapper.querySelector(`[data-cell="${CSS.escape(cell)}"]`), {
			title: `${name} × ${column.full_name || user}`,
			relation: this.relation(person, user),
			choose: (values) => this.set(person, user, values),
		});
	}

	set(person, user, values) {
		this.model.set_relation(person, user, values);
	}

	key(event) {
		const button = event.target.closest("[data-cell]");
		if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
		const { person, user } = button.dataset;
		const now = this.relation(person, user) || { strength: null, wanted: null };
		const digit = event.code.match(/^(?:Digit|Numpad)([0-3])$/)?.[1];
		if (digit) {
			const field = event.shiftKey ? "wanted" : "strength";
			this.set(person, user, { strength: now.strength, wanted: now.wanted, [field]: Number(digit) });
		} else if (event.key === "Delete" || event.key === "Backspace") {
			this.set(person, user, { strength: null, wanted: null });
		} else if (!this.step(button, event.key)) {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	}

	step(button, key) {
		const cell = button.parentElement;
		const row = cell.parentElement;
		const place = cell.cellIndex;
		const ends = [...row.querySelectorAll("[data-cell]")];
		const next = {
			ArrowRight: () => cell.nextElementSibling,
			ArrowLeft: () => cell.previousElementSibling,
			ArrowDown: () => row.nextElementSibling?.cells[place],
			ArrowUp: () => row.previousElementSibling?.cells[place],
			Home: () => ends[0].parentElement,
			End: () => ends[ends.length - 1].parentElement,
		}[key];
		if (!next) return false;
		const target = next()?.querySelector("[data-cell]");
		if (target) {
			this.activate(target);
			target.focus();
			target.scrollIntoView({ block: "nearest", inline: "nearest" });
		}
		return true;
	}

	/** The tab key reaches one cell of the table: the one used last. */
	activate(button) {
		for (const cell of this.wrapper.querySelectorAll('[data-cell][tabindex="0"]')) cell.tabIndex = -1;
		button.tabIndex = 0;
	}

	add_colleague() {
		const dialog = dialog_of({
			title: __("Add a Colleague"),
			fields: [
				{
					fieldname: "user",
					fieldtype: "Link",
					options: "User",
					label: __("Colleague"),
					reqd: 1,
					description: __("Gets a column here. It is kept as soon as one relationship is judged."),
					get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
				},
			],
			primary_action_label: __("Add"),
			primary_action: ({ user }) => {
				dialog.hide();
				this.added.add(user);
				this.wait();
			},
		});
		dialog.show();
	}
}

/** Three dots: full for what there is, a ring for what is wanted beyond; a dash where nothing was judged. */
function dots(relation) {
	const strength = relation?.strength;
	const wanted = relation?.wanted;
	if (!is_known(strength) && !is_known(wanted)) {
		return `<span class="kam-dots kam-dots-unknown" aria-hidden="true">–</span>`;
	}
	const signs = [1, 2, 3].map((step) => {
		const tone = step <= (strength || 0) ? "full" : step <= (wanted || 0) ? "wanted" : "";
		return `<i class="${tone ? `kam-dot-${tone}` : ""}"></i>`;
	});
	return `<span class="kam-dots" aria-hidden="true">${is_known(strength) ? "" : "?"}${signs.join("")}</span>`;
}
