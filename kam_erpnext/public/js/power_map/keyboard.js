import { CARD } from "./layout";
import { close_menu } from "./menu";

const STEP = 20;

/** Working in the drawing without a mouse. */
export class Keyboard {
	constructor(drawing) {
		this.drawing = drawing;
		drawing.root.addEventListener("keydown", (event) => this.key(event));
		// undo also right after a tool, or with nothing in focus; the desk's own undo knows nothing of the drawing
		this.undo = (event) => this.undo_key(event);
		document.addEventListener("keydown", this.undo, true);
		drawing.layers.cards.node().addEventListener("focusin", (event) => {
			const key = event.target.closest("[data-person]")?.dataset.person;
			if (!key) return;
			drawing.first = key;
			drawing.cards.attr("tabindex", ({ person }) => (person === key ? 0 : -1));
			if (event.target.matches(":focus-visible")) drawing.reveal(key);
		});
	}

	key(event) {
		if (event.defaultPrevented || !this.handle(event)) return;
		event.preventDefault();
		event.stopPropagation();
	}

	undo_key(event) {
		const { model, root } = this.drawing;
		const { target } = event;
		const key = event.key.toLowerCase();
		if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
		if (!root.offsetParent && !this.drawing.is_full) return;
		if (!root.contains(target) && target !== document.body) return;
		if (target.closest("input, textarea, select, [contenteditable]")) return;
		event.preventDefault();
		event.stopPropagation();
		if (key === "y" || event.shiftKey) model.redo();
		else model.undo();
	}

	destroy() {
		document.removeEventListener("keydown", this.undo, true);
	}

	/** True if the key meant something. */
	handle(event) {
		const { drawing } = this;
		const { key } = event;
		const command = event.ctrlKey || event.metaKey;
		if (
			event.target.closest(
				"input, textarea, select, [contenteditable], .kam-pm-panel, .kam-pm-toolbar, .kam-pm-menu"
			)
		) {
			if (key !== "Escape" || event.target.closest(".awesomplete")) return false;
			if (event.target.closest(".kam-pm-panel")) {
				const { selected } = drawing;
				drawing.panel.close();
				if (selected) drawing.focus(selected);
				return true;
			}
			return false;
		}
		if (command || event.altKey) return false;
		const person = event.target.closest("[data-person]")?.dataset.person;
		if (key.startsWith("Arrow")) return this.arrow(event, person);
		const simple = {
			"+": () => drawing.zoom_by(1.25),
			"=": () => drawing.zoom_by(1.25),
			"-": () => drawing.zoom_by(0.8),
			0: () => drawing.fit(true),
			"?": () => drawing.toolbar.help(),
			f: () => drawing.toolbar.focus_find(),
			Escape: () => this.escape(),
		}[key];
		if (simple) return this.does(simple);
		if (!drawing.model.can_write && key !== "Enter" && key !== " ") return false;
		if (key === "n") return this.does(() => drawing.add_person(person ? { reports_to: person } : {}));
		if (!person) return false;
		const about_person = {
			Enter: () => this.enter(person),
			" ": () => this.enter(person),
			Delete: () => drawing.remove(person),
			Backspace: () => drawing.remove(person),
			r: () => drawing.gestures.start_connecting("Reports To", person),
			i: () => drawing.model.can_judge && drawing.gestures.start_connecting("Influence", person),
		}[key];
		return about_person ? this.does(about_person) : false;
	}

	does(action) {
		action();
		return true;
	}

	enter(person) {
		const { drawing } = this;
		if (drawing.gestures.connecting) return drawing.gestures.pick(person);
		drawing.select(person);
		drawing.panel.open({ focus: true });
		return undefined;
	}

	escape() {
		const { drawing } = this;
		close_menu();
		if (drawing.gestures.connecting) drawing.gestures.stop_connecting();
		else if (drawing.panel.is_open) drawing.select(null);
		else if (drawing.filter) drawing.set_filter(null);
		else if (drawing.is_full) drawing.full_screen(false);
	}

	/** Arrows go to the neighbour; with Shift they move the person. */
	arrow(event, person) {
		const { drawing } = this;
		const direction = {
			ArrowLeft: [-1, 0],
			ArrowRight: [1, 0],
			ArrowUp: [0, -1],
			ArrowDown: [0, 1],
		}[event.key];
		if (!person) {
			if (drawing.first) drawing.focus(drawing.first);
			return true;
		}
		if (event.shiftKey) {
			const { x, y } = drawing.model.positions().get(person);
			drawing.model.move(person, x + direction[0] * STEP, y + direction[1] * STEP);
			return true;
		}
		const next = this.relative(person, event.key) || this.neighbour(person, direction);
		if (next) {
			drawing.focus(next);
			drawing.reveal(next);
		}
		return true;
	}

	/** Up is the superior, down the first who reports. */
	relative(person, key) {
		const { model } = this.drawing;
		if (key === "ArrowUp")
			return model.has(model.state.people[person].reports_to) && model.state.people[person].reports_to;
		if (key === "ArrowDown") return model.reports(person)[0];
		return null;
	}

	/** The nearest card in a direction. */
	neighbour(person, [right, down]) {
		const places = this.drawing.at;
		const from = places.get(person);
		let [best, least] = [null, Infinity];
		for (const [key, place] of places) {
			if (key === person) continue;
			const [dx, dy] = [place.x - from.x, place.y - from.y];
			const along = dx * right + dy * down;
			const aside = Math.abs(right ? dy * (CARD.width / CARD.height) : dx);
			if (along <= 4 || aside > along * 2.5) continue;
			const distance = along + aside * 2;
			if (distance < least) [best, least] = [key, distance];
		}
		return best;
	}
}
