// The content of a map as plain data, and how two contents differ and are brought together. No desk, no drawing.
//
// A state has four tables, each an object of records: `people` (structure and place), `judgements` (by person),
// `links` and `relations` (by person and user). An absent value means unknown.

export const TABLES = ["people", "judgements", "links", "relations"];

export const STRUCTURE = [
	"kind",
	"person_name",
	"designation",
	"department",
	"organisation",
	"contact",
	"competitor",
	"email_id",
	"relationship_owner",
	"second_owner",
	"contact_rhythm",
	"reports_to",
];

// written by the server; two editors never quarrel about them
const STAMPS = ["judged_on", "judged_by", "email_id"];

export const relation_key = (person, user) => `${person} ${user}`;

export const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

const is_empty = (value) =>
	value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

/** Equal for the user: no value, null, "" and an empty list are all the same. */
export const same = (one, other) =>
	(is_empty(one) && is_empty(other)) || JSON.stringify(one) === JSON.stringify(other);

const by_key = (rows, key) => Object.fromEntries(rows.map((row) => [key(row), copy(row)]));

/** State of the rows of a map and its judgements (`null`: not known to this reader). */
export function state_of(rows, judgements) {
	const people = {};
	for (const row of rows) {
		people[row.person] = {
			...Object.fromEntries(STRUCTURE.map((field) => [field, row[field] || ""])),
			contact_rhythm: row.contact_rhythm || 0,
			place: row.placed ? [Math.round(row.x || 0), Math.round(row.y || 0)] : null,
		};
	}
	const { people: judged = {}, links = [], relations = [] } = judgements || {};
	return {
		people,
		judgements: copy(judged),
		links: by_key(links, (link) => link.id),
		relations: by_key(relations, (row) => relation_key(row.person, row.user)),
	};
}

/** The judgements of a state as the server stores them. */
export function judgements_of(state) {
	const links = Object.values(state.links).filter(
		({ source, target }) => state.people[source] && state.people[target]
	);
	return {
		people: Object.fromEntries(
			Object.entries(state.judgements).filter(([person]) => state.people[person])
		),
		links,
		relations: Object.values(state.relations).filter(({ person }) => state.people[person]),
	};
}

/** What changed from one state to the other: `[{table, key, field, before, after}]`; without field the whole record. */
export function changes(before, after) {
	const found = [];
	for (const table of TABLES) {
		for (const key of new Set([...Object.keys(before[table]), ...Object.keys(after[table])])) {
			const [old_record, new_record] = [before[table][key], after[table][key]];
			if (!old_record || !new_record) {
				found.push({ table, key, before: copy(old_record), after: copy(new_record) });
				continue;
			}
			for (const field of new Set([...Object.keys(old_record), ...Object.keys(new_record)])) {
				if (same(old_record[field], new_record[field])) continue;
				found.push({
					table,
					key,
					field,
					before: copy(old_record[field]),
					after: copy(new_record[field]),
				});
			}
		}
	}
	return found;
}

/** Brings one value of a change into a state: `which` is "before" or "after". */
export function apply(state, list, which = "after") {
	for (const change of list) {
		const records = state[change.table];
		const value = copy(change[which]);
		if (change.field) {
			if (records[change.key]) records[change.key][change.field] = value;
		} else if (value === undefined) delete records[change.key];
		else records[change.key] = value;
	}
	return state;
}

/** Keys of the people a change is about. */
function people_of({ table, key, before, after }, ...states) {
	if (table === "people" || table === "judgements") return [key];
	const record = states.map((state) => state[table][key]).find(Boolean) || before || after;
	return table === "links" ? [record.source, record.target] : [record.person];
}

/** People one side removed while the other changed something about them: one conflict for each. */
function disputed_people(base, mine, theirs) {
	const conflicts = [];
	const look = (removed_by, kept_by) => {
		const touched = new Set(
			changes(base, kept_by)
				.filter(({ field }) => !STAMPS.includes(field))
				.flatMap((change) => people_of(change, kept_by, base))
		);
		for (const key of Object.keys(base.people)) {
			if (removed_by.people[key] || !kept_by.people[key] || !touched.has(key)) continue;
			conflicts.push({
				table: "people",
				key,
				base: base.people[key],
				mine: mine.people[key],
				theirs: theirs.people[key],
			});
		}
	};
	look(mine, theirs);
	look(theirs, mine);
	return conflicts;
}

/**
 * Brings together what two people made of `base`.
 *
 * Returns the merged state and the conflicts `{table, key, field, base, mine, theirs}`: places both changed to different
 * values; without field one side removed what the other changed. The merged state holds their value there; `settle` puts
 * mine. `opened` are people whose superior was dropped because both changes together made a circle.
 */
export function merge(base, mine, theirs) {
	const merged = copy(theirs);
	const conflicts = disputed_people(base, mine, theirs);
	const disputed = new Set(conflicts.map(({ key }) => key));
	for (const change of changes(base, mine)) {
		const { table, key, field } = change;
		if (people_of(change, mine, base).some((person) => disputed.has(person))) continue;
		const their_record = theirs[table][key];
		if (!field) merge_record(change, base[table][key], their_record, merged, conflicts);
		else if (!their_record) {
			// they removed a line or relation that I changed: one conflict for the whole record
			const known = conflicts.some((conflict) => conflict.table === table && conflict.key === key);
			if (!known)
				conflicts.push({
					table,
					key,
					base: base[table][key],
					mine: mine[table][key],
					theirs: undefined,
				});
		} else if (same(their_record[field], change.before) || STAMPS.includes(field)) {
			merged[table][key][field] = copy(change.after);
		} else if (!same(their_record[field], change.after)) {
			conflicts.push({
				table,
				key,
				field,
				base: change.before,
				mine: change.after,
				theirs: copy(their_record[field]),
			});
		}
	}
	const opened = [];
	return { merged: without_orphans(merged, (key) => opened.push(key)), conflicts, opened };
}

function merge_record({ table, key, after }, base_record, their_record, merged, conflicts) {
	if (after === undefined) {
		// I removed it: fine unless they changed it meanwhile
		if (!their_record) return;
		const theirs_changed = Object.keys({ ...base_record, ...their_record }).some(
			(field) => !STAMPS.includes(field) && !same(base_record[field], their_record[field])
		);
		if (theirs_changed)
			conflicts.push({ table, key, base: base_record, mine: undefined, theirs: their_record });
		else delete merged[table][key];
	} else if (!their_record) merged[table][key] = copy(after);
	else {
		// both began the same record, for example the first judgement of a person
		for (const field of Object.keys(after)) {
			if (is_empty(after[field]) || same(after[field], their_record[field])) continue;
			if (is_empty(their_record[field])) merged[table][key][field] = copy(after[field]);
			else if (!STAMPS.includes(field)) {
				conflicts.push({ table, key, field, mine: after[field], theirs: their_record[field] });
			}
		}
	}
}

/** Puts my value where a conflict was decided for it. */
export function settle(state, conflicts, mine) {
	for (const { table, key, field, mine: value } of conflicts) {
		if (field) state[table][key][field] = copy(value);
		else if (value === undefined) delete state[table][key];
		else {
			state[table][key] = copy(value);
			if (table === "people") restore_of(state, key, mine);
		}
	}
	return without_orphans(state);
}

/** A person who stays keeps judgements, lines and relations as I left them. */
function restore_of(state, person, mine) {
	const restore = (table, belongs) => {
		for (const [key, record] of Object.entries(mine[table])) {
			if (belongs(record, key)) state[table][key] = copy(record);
		}
	};
	restore("judgements", (_record, key) => key === person);
	restore("links", ({ source, target }) => [source, target].includes(person));
	restore("relations", (record) => record.person === person);
	for (const [key, { reports_to }] of Object.entries(mine.people)) {
		if (reports_to === person && state.people[key]) state.people[key].reports_to = person;
	}
}

/** Nothing refers to a person who is not on the map; a circle two editors made together is opened and `told`. */
export function without_orphans(state, told = () => {}) {
	const { people } = state;
	for (const [key, person] of Object.entries(people)) {
		if (person.reports_to && !people[person.reports_to]) person.reports_to = "";
		if (person.reports_to && circle(people, key)) {
			person.reports_to = "";
			told(key);
		}
	}
	for (const key of Object.keys(state.judgements)) if (!people[key]) delete state.judgements[key];
	for (const [id, { source, target }] of Object.entries(state.links)) {
		if (!people[source] || !people[target]) delete state.links[id];
	}
	for (const [id, { person }] of Object.entries(state.relations))
		if (!people[person]) delete state.relations[id];
	return state;
}

/** The keys from `start` upwards back to `start`, or null. */
export function circle(people, start, superior = people[start]?.reports_to) {
	const path = [start];
	for (let key = superior; key && people[key]; key = people[key].reports_to) {
		if (key === start) return path;
		if (path.includes(key)) return null;
		path.push(key);
	}
	return null;
}
