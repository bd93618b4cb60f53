// names, signs and order of everything a map can say about people; signs accompany every colour

/** What the sides of a judgement are called. Each list is `[value, label, sign]`. */
export const ROLES = () => [
	["Decider", __("Decider")],
	["Buyer", __("Buyer")],
	["Influencer", __("Influencer")],
	["User", __("User", null, "Buying role")],
	["Gatekeeper", __("Gatekeeper")],
	["Initiator", __("Initiator")],
	["Sponsor", __("Sponsor")],
	["Champion", __("Champion")],
];

export const POWER = () => [
	["High", __("High"), __("H", null, "Power: high")],
	["Medium", __("Medium"), __("M", null, "Power: medium")],
	["Low", __("Low"), __("L", null, "Power: low")],
];

export const RELATIONSHIP = () => [
	["Positive", __("Positive"), "+"],
	["Neutral", __("Neutral"), "="],
	["Poor", __("Poor"), "−"],
];

export const SUPPORT = () => [
	[2, __("Mentor"), "+2"],
	[1, __("Supporter"), "+1"],
	[0, __("Neutral"), "0"],
	[-1, __("Sceptic"), "−1"],
	[-2, __("Opponent"), "−2"],
];

export const COVERAGE = () => [
	["No Contact", __("No Contact")],
	["Brief", __("Brief")],
	["Multiple", __("Multiple")],
	["In Depth", __("In Depth")],
];

export const KINDS = () => [
	["Person at the Customer", __("Person at the Customer")],
	["Placeholder", __("Placeholder")],
	["Outside Person", __("Outside Person")],
	["Outside Body", __("Outside Body")],
	["Competitor", __("Competitor")],
];

export const LINKS = () => [
	["Influence", __("Influence")],
	["Conflict", __("Conflict")],
	["Competitor Contact", __("Competitor Contact")],
];

export const STRENGTHS_OF_LINKS = () => [
	["Weak", __("Weak")],
	["Medium", __("Medium")],
	["Strong", __("Strong")],
];

/** Label of a value of one of the lists above. */
export const label_of = (list, value) => list().find(([one]) => one === value)?.[1] || "";

export const sign_of = (list, value) => list().find(([one]) => one === value)?.[2] || "";

/** Kinds that are no human being. */
export const is_body = (kind) => ["Outside Body", "Competitor"].includes(kind);

export const initials_of = (user) =>
	frappe.get_abbr(frappe.user_info(user)?.fullname || user, 2).toUpperCase();

export const user_name = (user) => frappe.user_info(user)?.fullname || user;

/** One sentence a screen reader says about a person. */
export function sentence(model, person) {
	const { judgement } = person;
	const parts = [
		person.person_name || __("No name"),
		label_of(KINDS, person.kind),
		person.designation,
		person.department,
		person.reports_to && __("reports to {0}", [model.name_of(person.reports_to)]),
		person.relationship_owner && __("owner {0}", [user_name(person.relationship_owner)]),
	];
	if (judgement && !is_body(person.kind)) {
		parts.push(
			judgement.roles.map((role) => label_of(ROLES, role)).join(" "),
			__("power {0}", [label_of(POWER, judgement.power) || __("unknown")]),
			__("relationship {0}", [label_of(RELATIONSHIP, judgement.relationship) || __("unknown")]),
			__("support {0}", [label_of(SUPPORT, judgement.support) || __("unknown")])
		);
	}
	return parts.filter(Boolean).join(", ");
}
