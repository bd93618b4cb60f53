import { escape } from "../account/format";
import { STRENGTHS } from "./words";

const UNKNOWN = "unknown";

let closed = () => {};

/** Closes the popover that is open, if any. */
export const close_popover = () => closed();

/**
 * Asks beside a cell how strong a relationship is and how strong it should be.
 *
 * `find()` gives the cell, which may be drawn anew with every choice. `relation` is `{strength, wanted}` or null;
 * `choose(values)` gets the same, with null for what is not known. The choice takes effect at once; the popover stays
 * until the user leaves it.
 */
export function relation_popover(find, { title, relation, choose }) {
	closed();
	const box = document.body.appendChild(document.createElement("div"));
	box.className = "kam-relation-popover";
	box.setAttribute("role", "dialog");
	box.setAttribute("aria-label", title);
	box.innerHTML = `<div class="kam-relation-title">${escape(title)}</div>
		${scale("strength", __("Today"), relation?.strength, __("Not judged"))}
		${scale("wanted", __("Wanted"), relation?.wanted, __("No aim"))}
		<div class="kam-relation-foot"><button type="button" class="btn btn-xs btn-primary">${escape(
			__("Done", null, "KAM")
		)}</button></div>`;
	place(box, find());
	const read = (name) => {
		const { value } = box.querySelector(`input[name="kam-${name}"]:checked`);
		return value === UNKNOWN ? null : Number(value);
	};
	const outside = (event) => box.contains(event.target) || closed();
	const leaving = ["pointerdown", "wheel", "touchmove"];
	closed = () => {
		const had_focus = box.contains(document.activeElement);
		box.remove();
		for (const name of leaving) document.removeEventListener(name, outside, true);
		closed = () => {};
		if (had_focus) find()?.focus();
	};
	for (const name of leaving) document.addEventListener(name, outside, { capture: true, passive: true });
	box.addEventListener("change", () => choose({ strength: read("strength"), wanted: read("wanted") }));
	box.querySelector(".btn").addEventListener("click", () => closed());
	box.addEventListener("keydown", (event) => {
		event.stopPropagation();
		if (event.key === "Escape" || event.key === "Enter") {
			event.preventDefault();
			closed();
		}
		if (event.key === "Tab") keep_inside(box, event);
	});
	box.querySelector("input:checked").focus({ preventScroll: true });
	return box;
}

function scale(name, label, value, none) {
	const option = (key, text) => `<label><input type="radio" name="kam-${name}" value="${key}" ${
		String(value ?? UNKNOWN) === String(key) ? "checked" : ""
	}> ${escape(text)}</label>`;
	return `<fieldset><legend>${escape(label)}</legend>${option(UNKNOWN, none)}${STRENGTHS()
		.map((text, step) => option(step, `${step} · ${text}`))
		.join("")}</fieldset>`;
}

/** Below the cell, or above it where there is no room. */
function place(box, cell) {
	const at = cell.getBoundingClientRect();
	const { width, height } = box.getBoundingClientRect();
	const left = Math.max(8, Math.min(at.left, window.innerWidth - width - 8));
	const below = at.bottom + 4;
	const top = below + height < window.innerHeight ? below : Math.max(8, at.top - height - 4);
	box.style.left = `${left}px`;
	box.style.top = `${top}px`;
}

function keep_inside(box, event) {
	const stops = [...box.querySelectorAll("input:checked, button")];
	const here = stops.indexOf(document.activeElement);
	event.preventDefault();
	stops[(here + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
}
