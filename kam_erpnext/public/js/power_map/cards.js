import { CARD } from "./layout";
import {
	COVERAGE,
	initials_of,
	is_body,
	KINDS,
	label_of,
	ROLES,
	sentence,
	sign_of,
	POWER,
	RELATIONSHIP,
	SUPPORT,
	user_name,
} from "./vocabulary";

// One card of the drawing. Everything is SVG text and shapes; texts are cut to their room by measuring them.

const LEFT = 16;
const RIGHT = CARD.width - 10;

const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

function width_of(text, font) {
	const key = font + text;
	if (!widths.has(key)) {
		if (widths.size > 5000) widths.clear();
		ruler.font = font;
		widths.set(key, ruler.measureText(text).width);
	}
	return widths.get(key);
}

/** The text as far as it fits into `room`. */
export function cut(text, room, font) {
	if (width_of(text, font) <= room) return text;
	let [low, high] = [0, text.length];
	while (low < high) {
		const half = Math.ceil((low + high) / 2);
		if (width_of(`${text.slice(0, half).trimEnd()}…`, font) <= room) low = half;
		else high = half - 1;
	}
	return `${text.slice(0, low).trimEnd()}…`;
}

/** A name in at most two lines. */
function two_lines(text, room, second, font) {
	if (width_of(text, font) <= room) return [text];
	const words = text.split(" ");
	let first = words.shift();
	while (words.length > 1 && width_of(`${first} ${words[0]}`, font) <= room) first += ` ${words.shift()}`;
	return words.length
		? [cut(first, room, font), cut(words.join(" "), second, font)]
		: [cut(first, room, font)];
}

const SHAPES = {
	"Outside Body": rectangle(2),
	"Outside Person": rectangle(26),
	Competitor: `M12,0 H${CARD.width - 12} L${CARD.width},12 V${CARD.height - 12} L${CARD.width - 12},${
		CARD.height
	}
		H12 L0,${CARD.height - 12} V12 Z`,
};

function rectangle(r) {
	const [w, h] = [CARD.width, CARD.height];
	return `M${r},0 H${w - r} A${r},${r} 0 0 1 ${w},${r} V${h - r} A${r},${r} 0 0 1 ${w - r},${h}
		H${r} A${r},${r} 0 0 1 0,${h - r} V${r} A${r},${r} 0 0 1 ${r},0 Z`;
}

export const shape_of = (kind) => SHAPES[kind] || rectangle(9);

/** What decides how a card looks; a card is drawn again when it changes. */
export const looks_of = (person, facts) => {
	const { x, y, placed, reports_to, ...looks } = person;
	return JSON.stringify([looks, facts]);
};

/** Draws `person` into the group `card` (a selection of d3). `facts`: `{last_contact, overdue, font, writes, hatch}`. */
export function draw_card(card, person, facts, model) {
	card.selectAll("*").remove();
	const { kind, judgement } = person;
	const tone = judgement && !is_body(kind) ? judgement.relationship || "Unknown" : "None";
	card.attr("data-kind", kind)
		.attr("data-relationship", tone)
		.attr("data-power", judgement ? judgement.power || "Unknown" : null)
		.attr("aria-label", sentence(model, person));
	card.append("title").text(tooltip(model, person, facts));
	card.append("path").attr("class", "kam-pm-halo").attr("d", shape_of(kind));
	card.append("path").attr("class", "kam-pm-body").attr("d", shape_of(kind));
	if (kind === "Outside Body") {
		card.append("rect")
			.attr("class", "kam-pm-inner")
			.attr("x", 3.5)
			.attr("y", 3.5)
			.attr("width", CARD.width - 7)
			.attr("height", CARD.height - 7);
	}
	if (tone !== "None") draw_edge(card, kind, tone === "Unknown" ? facts.hatch : null);
	const judged = judgement && !is_body(kind);
	draw_texts(card, person, facts, judged);
	if (judged) draw_power(card, judgement.power, `translate(${RIGHT - 11},18)`);
	else if (kind === "Competitor") draw_mark(card, "⚑");
	draw_far(card, person, facts, judged);
	const foot = card
		.append("g")
		.attr("class", "kam-pm-near")
		.attr("transform", `translate(0,${CARD.height - 17})`);
	const used = judged ? draw_judgement(foot, judgement) : LEFT;
	const room = draw_owners(foot, person);
	draw_contact(foot, facts, used, room);
	if (facts.writes) draw_handle(card, person);
}

function draw_edge(card, kind, hatch) {
	const inset = kind === "Outside Person" ? 22 : 9;
	card.append("rect")
		.attr("class", "kam-pm-edge")
		.style("fill", hatch)
		.attr("x", 0)
		.attr("y", inset)
		.attr("width", 5)
		.attr("height", CARD.height - 2 * inset)
		.attr("rx", 2.5);
}

function draw_texts(card, person, facts, judged) {
	const group = card.append("g").attr("class", "kam-pm-near");
	const roles = judged ? person.judgement.roles.map((role) => label_of(ROLES, role)).join(" · ") : "";
	const room = RIGHT - LEFT;
	const where = [person.department, person.organisation].filter(Boolean).join(" · ");
	const titles = [person.designation, roles && person.department].filter(Boolean).join(" · ");
	const kind = person.kind === "Person at the Customer" ? "" : label_of(KINDS, person.kind);
	const line = (text, y, name, font, reach = room) =>
		text &&
		group.append("text").attr("class", name).attr("x", LEFT).attr("y", y).text(cut(text, reach, font));
	line(
		person.person_name || __("No name"),
		22,
		"kam-pm-name",
		`600 13px ${facts.font}`,
		judged ? room - 28 : room
	);
	line(titles || kind || where, 39, "kam-pm-title", `12px ${facts.font}`);
	if (roles) line(roles, 56, "kam-pm-roles", `600 11px ${facts.font}`);
	else
		line(titles ? where || kind : titles || !kind ? "" : where, 55, "kam-pm-where", `11px ${facts.font}`);
}

function draw_power(card, power, transform) {
	const badge = card
		.append("g")
		.attr("class", `kam-pm-power kam-pm-power-${(power || "unknown").toLowerCase()}`)
		.attr("transform", transform);
	badge.append("rect").attr("x", -11).attr("y", -11).attr("width", 22).attr("height", 22).attr("rx", 6);
	badge
		.append("text")
		.attr("dy", "0.36em")
		.text(sign_of(POWER, power) || "?");
}

function draw_mark(card, sign) {
	card.append("text")
		.attr("class", "kam-pm-flag")
		.attr("x", RIGHT - 8)
		.attr("y", 24)
		.text(sign);
}

/** What stands on the card when the whole map is looked at from afar. */
function draw_far(card, person, facts, judged) {
	const far = card.append("g").attr("class", "kam-pm-far");
	const room = CARD.width - LEFT - 12;
	const lines = two_lines(
		person.person_name || __("No name"),
		judged ? room - 32 : room,
		room,
		`600 27px ${facts.font}`
	);
	lines.forEach((text, index) => {
		far.append("text")
			.attr("x", LEFT)
			.attr("y", CARD.height / 2 + 9 + (index - (lines.length - 1) / 2) * 33)
			.text(text);
	});
	if (judged) draw_power(far, person.judgement.power, `translate(${RIGHT - 16},24) scale(1.6)`);
}

/** Signs of relationship, support and coverage; returns where the next thing may begin. */
function draw_judgement(foot, { relationship, support, coverage }) {
	const sign = foot
		.append("g")
		.attr("class", "kam-pm-sign")
		.attr("transform", `translate(${LEFT + 8},0)`);
	sign.append("circle").attr("r", 8.5);
	sign.append("text")
		.attr("dy", "0.36em")
		.text(sign_of(RELATIONSHIP, relationship) || "?");
	let x = LEFT + 23;
	if (support !== null && support !== undefined) {
		const mark = foot
			.append("g")
			.attr(
				"class",
				`kam-pm-support kam-pm-support-${support > 0 ? "for" : support < 0 ? "against" : "even"}`
			)
			.attr("transform", `translate(${x},0)`);
		mark.append("rect").attr("x", 0).attr("y", -8).attr("width", 24).attr("height", 16).attr("rx", 8);
		mark.append("text").attr("x", 12).attr("dy", "0.36em").text(sign_of(SUPPORT, support));
		x += 30;
	}
	if (coverage) {
		const level = COVERAGE().findIndex(([value]) => value === coverage);
		const bars = foot
			.append("g")
			.attr("class", "kam-pm-coverage")
			.attr("transform", `translate(${x + 1},6)`);
		[0, 1, 2].forEach((bar) => {
			bars.append("rect")
				.attr("class", bar < level ? "kam-pm-on" : null)
				.attr("x", bar * 5)
				.attr("y", -(4 + bar * 4))
				.attr("width", 3.5)
				.attr("height", 4 + bar * 4)
				.attr("rx", 1);
		});
		x += 22;
	}
	return x;
}

/** Initials of our owners; returns where they begin. */
function draw_owners(foot, person) {
	let x = RIGHT - 10;
	for (const user of [person.second_owner, person.relationship_owner].filter(Boolean)) {
		const owner = foot.append("g").attr("class", "kam-pm-owner").attr("transform", `translate(${x},0)`);
		owner.append("circle").attr("r", 10.5);
		owner.append("text").attr("dy", "0.36em").text(initials_of(user));
		x -= 19;
	}
	return x + 8;
}

function draw_contact(foot, { last_contact, overdue, font }, left, right) {
	if (!last_contact && !overdue) return;
	const days =
		last_contact && frappe.datetime.get_day_diff(frappe.datetime.get_today(), last_contact.slice(0, 10));
	const short = !last_contact
		? ""
		: days < 60
		? __("{0} d", [Math.max(0, days)])
		: __("{0} mo", [Math.round(days / 30)]);
	const text = overdue ? `! ${short}` : short;
	foot.append("text")
		.attr("class", overdue ? "kam-pm-contact kam-pm-overdue" : "kam-pm-contact")
		.attr("x", right - 6)
		.attr("dy", "0.36em")
		.text(right - left > 30 ? cut(text.trim(), right - left - 8, `11px ${font}`) : "");
}

function draw_handle(card, person) {
	const handle = card
		.append("g")
		.attr("class", "kam-pm-handle")
		.attr("data-handle", person.person)
		.attr("transform", `translate(${CARD.width},${CARD.height / 2})`);
	handle.append("circle").attr("class", "kam-pm-handle-reach").attr("r", 14);
	handle.append("circle").attr("r", 7.5);
	handle.append("path").attr("d", "M-3.5,0 H3.5 M0.5,-3 L3.5,0 L0.5,3");
	handle.append("title").text(__("Drag to another person to connect"));
}

/** What the pointer shows: everything in words. */
function tooltip(model, person, { last_contact, overdue }) {
	const lines = [sentence(model, person)];
	if (person.second_owner) lines.push(__("Second owner {0}", [user_name(person.second_owner)]));
	if (last_contact)
		lines.push(__("Last contact {0}", [frappe.datetime.str_to_user(last_contact.slice(0, 10))]));
	if (overdue) lines.push(__("Overdue for contact"));
	return lines.join("\n");
}
