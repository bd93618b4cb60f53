import { icon } from "./icons";

const escape = frappe.utils.escape_html;

let closing = null;

export function close_menu() {
	closing?.();
}

/**
 * A small menu at a point of `container` (pixels from its top left corner).
 *
 * Items: `{label, action, icon?, checked?, danger?}`, `{heading}` or null for a line.
 */
export function open_menu(container, { x, y, right }, items, opener = document.activeElement) {
	close_menu();
	const menu = document.createElement("div");
	menu.className = "kam-pm-menu";
	menu.setAttribute("role", "menu");
	for (const item of items) menu.append(part(item));
	container.append(menu);
	place(container, menu, x, y, right);

	const outside = (event) => menu.contains(event.target) || close_menu();
	closing = () => {
		closing = null;
		document.removeEventListener("pointerdown", outside, true);
		const focused = menu.contains(document.activeElement);
		menu.remove();
		if (focused) opener?.focus?.({ preventScroll: true });
	};
	document.addEventListener("pointerdown", outside, true);
	menu.addEventListener("click", (event) => {
		const button = event.target.closest("button");
		if (!button) return;
		close_menu();
		items[button.dataset.index].action();
	});
	menu.addEventListener("keydown", (event) => keys(event, menu));
	menu.querySelectorAll("button").forEach((button) => {
		button.dataset.index = items.findIndex((item) => item?.label === button.dataset.label);
	});
	menu.querySelector("button")?.focus({ preventScroll: true });
	return menu;
}

function part(item) {
	if (!item) return document.createElement("hr");
	if (item.heading) {
		const heading = document.createElement("div");
		heading.className = "kam-pm-menu-heading";
		heading.textContent = item.heading;
		return heading;
	}
	const button = document.createElement("button");
	button.type = "button";
	button.setAttribute("role", item.checked === undefined ? "menuitem" : "menuitemradio");
	if (item.checked !== undefined) button.setAttribute("aria-checked", String(item.checked));
	button.className = item.danger ? "kam-pm-danger" : "";
	button.dataset.label = item.label;
	button.innerHTML = `${item.sign || (item.icon ? icon(item.icon) : "")}<span>${escape(item.label)}</span>${
		item.checked ? '<b aria-hidden="true">✓</b>' : ""
	}`;
	return button;
}

function place(container, menu, x, y, right) {
	const room = container.getBoundingClientRect();
	const { width, height } = menu.getBoundingClientRect();
	const left = right ? x - width : x;
	menu.style.left = `${Math.max(6, Math.min(left, room.width - width - 6))}px`;
	menu.style.top = `${Math.max(6, Math.min(y, room.height - height - 6))}px`;
}

function keys(event, menu) {
	const buttons = [...menu.querySelectorAll("button")];
	const at = buttons.indexOf(document.activeElement);
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (step) buttons[(at + step + buttons.length) % buttons.length].focus();
	else if (event.key === "Escape" || event.key === "Tab") close_menu();
	else return;
	event.preventDefault();
	event.stopPropagation();
}
