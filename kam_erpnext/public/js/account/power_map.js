import { badge, day, escape, link, percent, UNKNOWN } from "./format";
import { panel } from "./panels";

const known = (value) => value !== null && value !== undefined;
const count_of = (number, one, many) => (number === 1 ? one : many.replace("{0}", number));

/** Panel of the power map: how many people, how well we know them, and what is missing. */
export function power_map(page) {
	const part = page.relationships;
	if (!part?.readable) return "";
	const { map, scores, below } = part;
	const body = map ? own_map(map, scores) : no_map();
	const more = below
		? `<p class="text-muted small">${escape(
				count_of(below, __("1 account below has a map."), __("{0} accounts below have a map."))
		  )}</p>`
		: "";
	return panel({
		title: __("Power Map"),
		help: part.about,
		count: map ? map.people : null,
		body: body + more,
		foot: map ? link("Power Map", map.name, __("Open the map")) : "",
	});
}

function no_map() {
	const button = frappe.model.can_create("Power Map")
		? `<button type="button" class="btn btn-xs btn-default kam-open-map">${escape(__("Start a Power Map"))}</button>`
		: "";
	return `<div class="kam-nothing">${escape(
		__("No power map yet. It shows who decides at the customer, who influences, and who of us knows them.")
	)}${button}</div>`;
}

function own_map(map, scores) {
	const facts = [
		[__("People"), map.people, map.placeholders ? __("{0} not yet known by name", [map.placeholders]) : ""],
		[
			__("Last contact"),
			map.last_contact ? day(String(map.last_contact).split(" ")[0]) : UNKNOWN,
			"",
		],
		[__("Without a relationship owner"), map.without_owner, ""],
	];
	const lines = facts.map(([label, value, note]) => fact(label, escape(value), note));
	if (!scores) return `<ul class="kam-list">${lines.join("")}</ul>`;
	lines.splice(
		1,
		0,
		fact(
			__("In contact"),
			known(scores.in_contact) ? escape(__("{0} of {1}", [scores.in_contact, map.people])) : UNKNOWN,
			known(scores.our_people)
				? count_of(scores.our_people, __("through 1 of us"), __("through {0} of us"))
				: ""
		),
		fact(__("Coverage"), percent(scores.coverage, 0), ""),
		fact(
			__("Rule score"),
			known(scores.rule_score) ? `${format_number(scores.rule_score, null, 1)} / 5` : UNKNOWN,
			scores.rules ? __("{0} of {1} rules met", [scores.rules_met, scores.rules]) : ""
		),
		fact(__("Status"), known(scores.status) ? `${escape(scores.status)} / 3` : UNKNOWN, "")
	);
	return `${warnings(scores)}<ul class="kam-list">${lines.join("")}</ul>`;
}

function warnings({ single_threaded, missing_roles = [], overdue, our_people }) {
	const found = [
		single_threaded && badge(__("depends on a single contact"), "red"),
		missing_roles.length &&
			badge(__("missing: {0}", [missing_roles.map((role) => __(role, null, "Buying role")).join(", ")]), "orange"),
		overdue && badge(count_of(overdue, __("1 person overdue"), __("{0} people overdue")), "orange"),
		our_people === 1 && badge(__("only one of us has contact"), "orange"),
	].filter(Boolean);
	return found.length ? `<p class="kam-map-warnings">${found.join(" ")}</p>` : "";
}

const fact = (label, value, note) =>
	`<li><div class="kam-line"><span class="kam-line-main">${escape(
		label
	)}</span><span class="kam-line-side">${value}</span></div>${
		note ? `<div class="kam-line-under">${escape(note)}</div>` : ""
	}</li>`;
