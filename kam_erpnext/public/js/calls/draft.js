// what was typed into a report stays on the telephone until the server has it

const PREFIX = "kam-call-report";
const key = (call) => `${PREFIX}:${frappe.session.user}:${call}`;

/** Whether the browser kept the last text; false when it has no room or keeps nothing in private mode. */
let kept = true;
export const is_kept = () => kept;

/** `draft` is `{ state, modified, pending }`; `pending` was sent and not answered. */
export function write(call, draft) {
	try {
		localStorage.setItem(key(call), JSON.stringify({ ...draft, on: Date.now() }));
		kept = true;
	} catch {
		kept = false;
	}
	return kept;
}

export function read(call) {
	try {
		const draft = JSON.parse(localStorage.getItem(key(call)) || "null");
		return draft && typeof draft.state === "object" ? draft : null;
	} catch {
		return null;
	}
}

export function remove(call) {
	try {
		localStorage.removeItem(key(call));
	} catch {
		// nothing is kept, so nothing is left
	}
}

/** Calls of this person with a draft on this device. */
export function all() {
	const start = `${PREFIX}:${frappe.session.user}:`;
	try {
		return Object.keys(localStorage)
			.filter((name) => name.startsWith(start))
			.map((name) => name.slice(start.length));
	} catch {
		return [];
	}
}

// ---------------------------------------------------------------- one text, such as the objective

const text_key = (call) => `kam-call-text:${frappe.session.user}:${call}`;

export function keep_text(call, text) {
	try {
		if (text === null) localStorage.removeItem(text_key(call));
		else localStorage.setItem(text_key(call), text);
	} catch {
		kept = false;
	}
}

export function kept_text(call) {
	try {
		return localStorage.getItem(text_key(call));
	} catch {
		return null;
	}
}
