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
		people: Object.fromEntries(Object.entries(state.judgements).filter(([person]) => state.people[person])),
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
				found.push({ table, key, field, before: copy(old_record[field]), after: copy(new_record[field]) });
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

/**
 * Brings together what two people made of `base`.
 *
 * Returns the merged state and the conflicts `{table, key, field, base, mine, theirs}`: places both changed to different
 * values. The merged state holds their value there; `settle` puts mine.
 */
export function merge(base, mine, theirs) {
	const merged = copy(theirs);
	const conflicts = [];
	for (const change of changes(base, mine)) {
		const { table, key, field } = change;
		const [base_record, their_record] = [base[table][key], theirs[table][key]];
		if (!field) merge_record(change, base_record, their_record, merged, conflicts);
		else if (!their_record) {
			// they removed what I changed: one conflict for the whole record
			const known = conflicts.some((conflict) => conflict.table === table && conflict.key === key);
			if (!known) conflicts.push({ table, key, base: base_record, mine: mine[table][key], theirs: undefined });
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
	return { merged: without_orphans(merged), conflicts };
}

function merge_record({ table, key, after }, base_record, their_record, merged, conflicts) {
	if (after === undefined) {
		// I removed it: fine unless they changed it meanwhile
		if (!their_record) return;
		const theirs_changed = Object.keys({ ...base_record, ...their_record }).some(
			(field) => !STAMPS.includes(field) && !same(base_record[field], their_record[field])
		);
		if (theirs_changed) conflicts.push({ table, key, base: base_record, mine: undefined, theirs: their_record });
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
			// a person who stays keeps judgements, links and relations
			if (table === "people") restore_of(state, key, mine);
		}
	}
	return without_orphans(state);
}

function restore_of(state, person, mine) {
	if (mine.judgements[person]) state.judgements[person] ??= copy(mine.judgements[person]);
	for (const [id, link] of Object.entries(mine.links)) {
		if ([link.source, link.target].includes(person)) state.links[id] ??= copy(link);
	}
	for (const [id, row] of Object.entries(mine.relations)) {
		if (row.person === person) state.relations[id] ??= copy(row);
	}
}

/** Nothing refers to a person who is not on the map; a circle two editors made together is opened. */
export function without_orphans(state) {
	const { people } = state;
	for (const [key, person] of Object.entries(people)) {
		if (person.reports_to && !people[person.reports_to]) person.reports_to = "";
		if (person.reports_to && circle(people, key)) person.reports_to = "";
	}
	for (const key of Object.keys(state.judgements)) if (!people[key]) delete state.judgements[key];
	for (const [id, { source, target }] of Object.entries(state.links)) {
		if (!people[source] || !people[target]) delete state.links[id];
	}
	for (const [id, { person }] of Object.entries(state.relations)) if (!people[person]) delete state.relations[id];
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
