import { arrange } from "./layout";
import {
	apply,
	changes,
	circle,
	copy,
	judgements_of,
	relation_key,
	same,
	state_of,
	STRUCTURE,
	without_orphans,
} from "./state";

const STEPS_KEPT = 200;
const UNKNOWN = {
	roles: [],
	power: "",
	relationship: "",
	support: null,
	coverage: "",
	coverage_wanted: "",
	competitor: "",
	note: "",
};

const new_key = (prefix, taken) => {
	for (;;) {
		const key = prefix + Math.random().toString(36).slice(2, 8);
		if (!taken[key]) return key;
	}
};

/** Thrown when a change cannot be; its message is for the user. */
export class NotPossible extends Error {}

/**
 * The only state of the form: people, judgements, links and relations, with undo. Every change goes into the document of
 * the form at once; the form's own Save stores it.
 */
export class PowerMapModel {
	constructor(frm) {
		this.frm = frm;
		this.listeners = new Map();
		this.load(frm);
	}

	// ------------------------------------------------------------ events

	/** Calls `fn` at every event; returns what ends that. */
	on(event, fn) {
		if (!this.listeners.has(event)) this.listeners.set(event, new Set());
		this.listeners.get(event).add(fn);
		return () => this.listeners.get(event).delete(fn);
	}

	emit(event, details) {
		for (const fn of [...(this.listeners.get(event) || [])]) fn(details);
	}

	// ------------------------------------------------------------ document

	load(frm) {
		const { doc } = frm;
		const known = doc.__onload?.judgements;
		this.name = doc.name;
		this.judged = Boolean(known);
		// a map begins with its account; drawing comes after the first save
		this.can_write =
			!frm.is_new() &&
			Boolean(frm.perm[0]?.write) &&
			!frm.read_only &&
			!doc.version_of &&
			Boolean(cint(doc.is_current));
		this.can_judge = this.can_write && this.judged && Boolean(frm.perm[1]?.write);
		this.state = state_of(this.named_rows(doc), known || null);
		this.base = copy(this.state);
		this.modified = doc.modified;
		this.past = [];
		this.future = [];
		this.placing = null;
	}

	/** Rows of the table, each with the key it is known by. */
	named_rows(doc) {
		const rows = doc.people || [];
		const taken = Object.fromEntries(rows.map((row) => [row.person, true]));
		for (const row of rows) {
			if (row.person) continue;
			row.person = new_key("p", taken);
			taken[row.person] = true;
		}
		return rows.filter((row) => row.person_name);
	}

	/** Takes over what a save or reload brought; what can be undone stays if nobody else changed anything. */
	refresh_from(frm) {
		this.frm = frm;
		const [old, past, future] = [this.state, this.past, this.future];
		const same_map = this.name === frm.doc.name;
		this.load(frm);
		if (same_map && !this.differs(old, this.state)) Object.assign(this, { past, future });
		this.emit("change", { loaded: true });
	}

	differs(one, other) {
		return changes(one, other).some(
			({ field }) => !["judged_on", "judged_by", "email_id"].includes(field)
		);
	}

	/** Takes over what somebody typed into the table of people. */
	pull() {
		if (!this.can_write) return;
		const rows = this.named_rows(this.frm.doc);
		const read = state_of(rows, null).people;
		this.transaction(() => {
			for (const key of Object.keys(this.state.people)) if (!read[key]) this.drop(key);
			Object.assign(this.state.people, read);
			without_orphans(this.state);
		});
	}

	/** Puts the state into the document of the form; rows keep their names. */
	write() {
		const { frm } = this;
		const { doc } = frm;
		const places = this.positions();
		const rows = Object.fromEntries((doc.people || []).map((row) => [row.person, row]));
		const kept = Object.entries(this.state.people).map(([key, person]) => {
			const row = rows[key] || frappe.model.add_child(doc, "Power Map Person", "people");
			const { x, y } = places.get(key);
			for (const field of STRUCTURE) row[field] = person[field];
			Object.assign(row, { person: key, x, y, placed: person.place ? 1 : 0 });
			row.reports_to_name = this.state.people[person.reports_to]?.person_name || "";
			return row;
		});
		// somebody may be typing a new row of the table
		const unnamed = (doc.people || []).filter((row) => !row.person_name && !kept.includes(row));
		for (const row of doc.people || []) {
			if (!kept.includes(row) && !unnamed.includes(row)) delete locals[row.doctype]?.[row.name];
		}
		doc.people = [...kept, ...unnamed];
		doc.people.forEach((row, index) => (row.idx = index + 1));
		if (this.can_judge) doc.judgements = JSON.stringify(judgements_of(this.state));
		frm.dirty();
	}

	// ------------------------------------------------------------ reading

	people() {
		return Object.keys(this.state.people).map((key) => this.person(key));
	}

	person(key) {
		const person = this.state.people[key];
		if (!person) return null;
		const { place, ...structure } = person;
		const at = this.positions().get(key);
		return {
			person: key,
			...structure,
			judgement: this.judgement(key),
			x: at.x,
			y: at.y,
			placed: Boolean(place),
		};
	}

	/** Everything judged about a person, unknown values included; null for who may not see it. */
	judgement(key) {
		return this.judged ? { ...UNKNOWN, ...copy(this.state.judgements[key]) } : null;
	}

	has(key) {
		return Boolean(this.state.people[key]);
	}

	name_of(key) {
		return this.state.people[key]?.person_name || "";
	}

	count() {
		return Object.keys(this.state.people).length;
	}

	links() {
		return Object.values(copy(this.state.links));
	}

	link(id) {
		return copy(this.state.links[id]) || null;
	}

	links_of(key) {
		return this.links().filter(({ source, target }) => source === key || target === key);
	}

	relations() {
		return Object.values(copy(this.state.relations));
	}

	reports(key) {
		return Object.keys(this.state.people).filter((other) => this.state.people[other].reports_to === key);
	}

	/** Everybody below a person, at any depth. */
	below(key) {
		const found = new Set();
		const queue = [key];
		while (queue.length) {
			for (const report of this.reports(queue.pop())) {
				if (report === key || found.has(report)) continue;
				found.add(report);
				queue.push(report);
			}
		}
		return found;
	}

	/** Place of everybody: `Map key → {x, y, route}`, from the automatic layout and from hands. */
	positions() {
		if (!this.placing) {
			const people = Object.entries(this.state.people).map(([person, { reports_to, kind, place }]) => ({
				person,
				reports_to,
				kind,
				place,
			}));
			// most changes move nobody
			const look = JSON.stringify(people);
			if (this.placed_look !== look)
				Object.assign(this, { placed_look: look, placed: arrange(people) });
			this.placing = this.placed;
		}
		return this.placing;
	}

	// ------------------------------------------------------------ changing

	/** Several changes as one step of undo. What goes wrong inside undoes all of them and is told. */
	transaction(fn) {
		if (this.before) return fn();
		if (!this.can_write) return undefined;
		this.before = copy(this.state);
		let result;
		try {
			result = fn();
		} catch (error) {
			this.state = this.before;
			this.placing = null;
			if (!(error instanceof NotPossible)) throw error;
			frappe.show_alert({ message: error.message, indicator: "orange" }, 7);
			return undefined;
		} finally {
			const { before } = this;
			this.before = null;
			this.record(before);
		}
		return result;
	}

	record(before) {
		const made = changes(before, this.state);
		if (!made.length) return;
		this.past.push(made);
		if (this.past.length > STEPS_KEPT) this.past.shift();
		this.future = [];
		this.changed({ changes: made });
	}

	changed(details) {
		this.placing = null;
		this.write();
		this.emit("change", details);
	}

	undo() {
		this.step(this.past, this.future, "before");
	}

	redo() {
		this.step(this.future, this.past, "after");
	}

	step(from, to, which) {
		const made = this.can_write && from.pop();
		if (!made) return;
		to.push(made);
		apply(this.state, which === "before" ? [...made].reverse() : made, which);
		without_orphans(this.state);
		this.changed({ changes: made, undo: true });
	}

	/** Puts a merged state in place of this one; `base` is what is stored. */
	adopt(state, base, modified) {
		Object.assign(this, { state, base: copy(base), modified, past: [], future: [] });
		this.changed({ merged: true });
	}

	add_person(values = {}) {
		return this.transaction(() => {
			const key = new_key("p", this.state.people);
			this.state.people[key] = state_of([{ person: key, kind: "Person at the Customer" }], null).people[
				key
			];
			const { judgement, x, y, ...structure } = values;
			this.update_person(key, structure);
			if (x !== undefined) this.move(key, x, y);
			if (judgement) this.judge(key, judgement);
			return key;
		});
	}

	update_person(key, values) {
		return this.transaction(() => {
			const person = this.existing(key);
			const { reports_to, ...others } = values;
			this.refuse_double(key, others.contact);
			for (const field of STRUCTURE) {
				if (field in others) person[field] = others[field] ?? (field === "contact_rhythm" ? 0 : "");
			}
			if (reports_to !== undefined) this.set_superior(key, reports_to);
		});
	}

	refuse_double(key, contact) {
		if (!contact) return;
		const [other] = Object.entries(this.state.people).find(
			([one, person]) => one !== key && person.contact === contact
		) || [null];
		if (other)
			throw new NotPossible(__("This contact is on the map already, as {0}.", [this.name_of(other)]));
	}

	judge(key, values) {
		if (!this.can_judge) return undefined;
		return this.transaction(() => {
			this.existing(key);
			const judgement = (this.state.judgements[key] ??= copy(UNKNOWN));
			for (const field of Object.keys(UNKNOWN)) {
				if (field in values && !same(judgement[field], values[field]))
					judgement[field] = copy(values[field]);
			}
		});
	}

	/** Says that what is judged of a person still holds; the server notes the day. */
	confirm(key) {
		if (!this.can_judge || !this.state.judgements[key]) return undefined;
		return this.transaction(() => {
			this.state.judgements[key].confirmed = true;
		});
	}

	remove_person(key) {
		return this.transaction(() => {
			const { reports_to } = this.existing(key);
			// those below move up to the next superior
			for (const report of this.reports(key)) this.state.people[report].reports_to = reports_to;
			this.drop(key);
		});
	}

	drop(key) {
		delete this.state.people[key];
		without_orphans(this.state);
	}

	set_superior(key, superior) {
		return this.transaction(() => {
			const person = this.existing(key);
			superior = superior || "";
			if (person.reports_to === superior) return;
			if (superior === key)
				throw new NotPossible(__("{0} cannot report to themselves.", [person.person_name]));
			if (superior) this.existing(superior);
			const path = superior && circle(this.state.people, key, superior);
			if (path) {
				throw new NotPossible(
					__("{0} cannot report to {1}: the reporting lines would form a circle ({2}).", [
						person.person_name,
						this.name_of(superior),
						[key, ...path.slice(1), key].map((one) => this.name_of(one)).join(" → "),
					])
				);
			}
			person.reports_to = superior;
			// the layout finds the place under the new superior
			person.place = null;
		});
	}

	add_link(values) {
		if (!this.can_judge) return undefined;
		return this.transaction(() => {
			const { source, target, kind } = values;
			this.existing(source);
			this.existing(target);
			if (source === target) throw new NotPossible(__("A line needs two different people."));
			const twin = this.links().find(
				(link) =>
					link.kind === kind &&
					((link.source === source && link.target === target) ||
						((link.both_ways || kind !== "Influence") &&
							link.source === target &&
							link.target === source))
			);
			if (twin) throw new NotPossible(__("This line is on the map already."));
			const id = new_key("l", this.state.links);
			this.state.links[id] = {
				id,
				source,
				target,
				kind,
				both_ways: Boolean(values.both_ways),
				strength: values.strength || "Medium",
				note: values.note || "",
			};
			return id;
		});
	}

	update_link(id, values) {
		if (!this.can_judge) return undefined;
		return this.transaction(() => Object.assign(this.state.links[id], copy(values)));
	}

	remove_link(id) {
		if (!this.can_judge) return undefined;
		return this.transaction(() => delete this.state.links[id]);
	}

	/** Strength today and wanted of one of us with a person; without both the relation is forgotten. */
	set_relation(person, user, values) {
		if (!this.can_judge) return undefined;
		return this.transaction(() => {
			this.existing(person);
			const key = relation_key(person, user);
			const relation = {
				person,
				user,
				strength: null,
				wanted: null,
				...this.state.relations[key],
				...values,
			};
			if (relation.strength === null && relation.wanted === null) delete this.state.relations[key];
			else this.state.relations[key] = relation;
		});
	}

	move(key, x, y) {
		return this.transaction(() => {
			this.existing(key).place = [Math.round(x), Math.round(y)];
		});
	}

	/** Forgets every place chosen by hand. */
	arrange() {
		return this.transaction(() => {
			for (const person of Object.values(this.state.people)) person.place = null;
		});
	}

	existing(key) {
		const person = this.state.people[key];
		if (!person) throw new NotPossible(__("This person is not on the map any more."));
		return person;
	}
}
