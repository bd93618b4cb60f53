// words and small helpers the tabs of a power map share

/** How well one of us knows a stakeholder; the place in the list is the value. */
export const STRENGTHS = () => [__("Not Known"), __("Acquainted"), __("Working Relationship"), __("Trusted")];

/** Kinds of map entries that stand for people we want a relationship with. */
export const STAKEHOLDERS = ["Person at the Customer", "Outside Person", "Placeholder"];

export const is_known = (value) => value !== null && value !== undefined && value !== "";

/** Initials as the drawing shows them. */
export const initials = (name) =>
	String(name || "?")
		.trim()
		.split(/[\s.@_-]+/)
		.filter(Boolean)
		.slice(0, 2)
		.map((word) => word[0].toUpperCase())
		.join("");

/** One word for one, another for many; `{0}` is the number. */
export const count = (number, one, many) => (number === 1 ? one : many).replace("{0}", number);

/** People in the order of the map: every superior before those who report to him. */
export function in_map_order(people) {
	const keys = new Set(people.map((person) => person.person));
	const below = new Map();
	for (const person of people) {
		const superior = keys.has(person.reports_to) ? person.reports_to : "";
		below.set(superior, [...(below.get(superior) || []), person]);
	}
	const ordered = [];
	const seen = new Set();
	const visit = (person, depth) => {
		if (seen.has(person.person)) return;
		seen.add(person.person);
		ordered.push({ ...person, depth });
		for (const next of below.get(person.person) || []) visit(next, depth + 1);
	};
	for (const person of below.get("") || []) visit(person, 0);
	// what a circle holds has no top
	for (const person of people) visit(person, 0);
	return ordered;
}

/** Calls the server; what goes wrong is shown by the desk and ends in `null`. */
export async function ask(method, args, options = {}) {
	try {
		const { message } = await frappe.call({
			method: `kam_erpnext.api.power_map.${method}`,
			type: "GET",
			args,
			...options,
		});
		return message;
	} catch {
		return null;
	}
}

/** A dialog that leaves the page when it is closed; the desk would keep it there, hidden. */
export function dialog_of(options) {
	const dialog = new frappe.ui.Dialog(options);
	dialog.$wrapper.on("hidden.bs.modal", () => dialog.$wrapper.remove());
	return dialog;
}
