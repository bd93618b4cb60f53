import { copy, merge, settle, state_of } from "./state";
import {
	COVERAGE,
	KINDS,
	label_of,
	LINKS,
	POWER,
	RELATIONSHIP,
	ROLES,
	SUPPORT,
	user_name,
} from "./vocabulary";
import { STRENGTHS } from "./words";

// Two people changed the map at the same time: what both made is brought together, and only where both changed the same
// thing to different values somebody is asked.

const escape = frappe.utils.escape_html;

const FIELDS = () => ({
	kind: __("Kind"),
	person_name: __("Name"),
	designation: __("Title", null, "KAM"),
	department: __("Department"),
	organisation: __("Organisation"),
	contact: __("Contact"),
	competitor: __("Competitor"),
	relationship_owner: __("Relationship Owner"),
	second_owner: __("Second Owner"),
	contact_rhythm: __("Contact Every (Days)"),
	reports_to: __("Reports To"),
	place: __("Place in the drawing"),
	roles: __("Buying roles"),
	power: __("Decision power"),
	relationship: __("Relationship with us"),
	support: __("Support for us"),
	coverage: __("Coverage today"),
	coverage_wanted: __("Coverage wanted"),
	note: __("Note"),
	strength: __("Strength"),
	wanted: __("Strength wanted"),
	both_ways: __("Both ways"),
	source: __("From"),
	target: __("To", null, "KAM"),
});

/** The map as it is stored now. */
export async function stored_map(name) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.power_map.read",
		type: "GET",
		args: { power_map: name },
	});
	return message;
}

/**
 * Brings what is stored into the form. Returns true if the form can be saved.
 *
 * `ask: false` gives up at conflicts instead of asking (the next save asks).
 */
export async function bring_together(frm, model, { ask = true } = {}) {
	const stored = await stored_map(frm.doc.name);
	if (!stored) return false;
	if (stored.modified === frm.doc.modified) return true;
	const theirs = state_of(stored.people, model.judged ? stored.judgements : null);
	const mine = copy(model.state);
	const { merged, conflicts, opened } = merge(model.base, mine, theirs);
	let state = merged;
	if (conflicts.length) {
		if (!ask) return false;
		const chosen = await ask_which(conflicts, { mine, theirs }, stored);
		if (!chosen) return false;
		state = settle(merged, chosen, mine);
	}
	take_rows(frm, stored);
	frm.doc.modified = stored.modified;
	delete frm.doc.__needs_refresh;
	frm.dashboard.clear_headline();
	model.adopt(state, theirs, stored.modified);
	if (opened.length) {
		frappe.msgprint(
			__(
				"Both changes together made the reporting lines a circle. Please choose the superior again of: {0}",
				[opened.map((key) => escape(model.name_of(key))).join(", ")]
			)
		);
	}
	frappe.show_alert({
		message: __("{0} changed this map too. Both changes are on it now.", [
			escape(user_name(stored.modified_by)),
		]),
		indicator: "blue",
	});
	return true;
}

/** Puts the stored rows into the document, so that rows keep their names. */
function take_rows(frm, stored) {
	const { doc } = frm;
	const old = Object.fromEntries((doc.people || []).map((row) => [row.name, row]));
	for (const row of doc.people || []) delete locals["Power Map Person"]?.[row.name];
	doc.people = stored.people.map((values) => {
		const row = Object.assign(old[values.name] || {}, values, {
			doctype: "Power Map Person",
			parent: doc.name,
			parenttype: doc.doctype,
			parentfield: "people",
		});
		delete row.__islocal;
		(locals["Power Map Person"] ??= {})[row.name] = row;
		return row;
	});
}

/** Asks for every conflict; resolves with those decided for mine, or null. */
function ask_which(conflicts, states, stored) {
	const other = user_name(stored.modified_by);
	return new Promise((resolve) => {
		let answer = null;
		const dialog = new frappe.ui.Dialog({
			title: __("Both of You Changed the Same"),
			size: "large",
			fields: [{ fieldname: "table", fieldtype: "HTML" }],
			primary_action_label: __("Save the Map"),
			primary_action() {
				answer = conflicts.filter((_conflict, index) =>
					dialog.$wrapper.find(`input[name="conflict-${index}"][value="mine"]`).prop("checked")
				);
				dialog.hide();
			},
			secondary_action_label: __("Go Back"),
			secondary_action: () => dialog.hide(),
		});
		dialog.onhide = () => resolve(answer);
		dialog.get_field("table").$wrapper.html(conflict_table(conflicts, states, other));
		dialog.$wrapper.addClass("kam-pm-conflicts");
		frappe.dom.unfreeze();
		dialog.show();
	});
}

function conflict_table(conflicts, states, other) {
	const rows = conflicts.map((conflict, index) => {
		const option = (side, checked) =>
			`<td><label><input type="radio" name="conflict-${index}" value="${side}"${
				checked ? " checked" : ""
			}><span>${escape(words(conflict, states, side))}</span></label></td>`;
		return `<tr><th scope="row">${escape(subject(conflict, states))}</th>${option("mine", true)}${option(
			"theirs",
			false
		)}</tr>`;
	});
	return `<p>${escape(
		__(
			"{0} saved this map while you were working. Everything else is brought together; please choose here.",
			[other]
		)
	)}</p><table class="table table-sm"><thead><tr><th></th><th scope="col">${escape(
		__("Yours")
	)}</th><th scope="col">${escape(__("From {0}", [other]))}</th></tr></thead><tbody>${rows.join(
		""
	)}</tbody></table>`;
}

const name_in = ({ mine, theirs }, key) =>
	mine.people[key]?.person_name || theirs.people[key]?.person_name || key;

/** What a conflict is about, in words. */
function subject({ table, key, field, mine, theirs }, states) {
	const about = field ? FIELDS()[field] || field : "";
	const record = states.mine[table][key] || states.theirs[table][key] || mine || theirs;
	const who = {
		people: () => name_in(states, key),
		judgements: () => name_in(states, key),
		links: () =>
			`${label_of(LINKS, record.kind)} ${name_in(states, record.source)} → ${name_in(
				states,
				record.target
			)}`,
		relations: () => `${user_name(record.user)} – ${name_in(states, record.person)}`,
	}[table]();
	return about ? `${who}: ${about}` : who;
}

function words({ table, field, ...sides }, states, side) {
	const value = sides[side];
	if (!field) return value === undefined ? __("Removed") : __("Kept and changed");
	if (field === "reports_to") return value ? name_in(states, value) : __("Nobody");
	if (field === "place")
		return value ? __("Moved there by hand ({0}, {1})", value) : __("Arranged automatically");
	if (["source", "target"].includes(field)) return name_in(states, value);
	if (field === "both_ways") return value ? __("Yes") : __("No");
	if (field.endsWith("_owner")) return value ? user_name(value) : __("Nobody");
	if (field === "roles")
		return (value || []).map((role) => label_of(ROLES, role)).join(", ") || __("unknown");
	const lists = {
		power: POWER,
		relationship: RELATIONSHIP,
		support: SUPPORT,
		coverage: COVERAGE,
		coverage_wanted: COVERAGE,
	};
	if (lists[field]) return label_of(lists[field], value) || __("unknown");
	if (field === "kind") return label_of(table === "links" ? LINKS : KINDS, value);
	if (table === "relations") return STRENGTHS()[value] ?? __("unknown");
	return String(value ?? "") || __("empty", null, "KAM");
}
