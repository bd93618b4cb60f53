import { export_items } from "./export";
import { icon } from "./icons";
import { close_menu, open_menu } from "./menu";
import { LINKS, ROLES, user_name } from "./vocabulary";

const escape = frappe.utils.escape_html;

/** The row of tools above the drawing. */
export class Toolbar {
	constructor(drawing) {
		this.drawing = drawing;
		this.element = drawing.root.querySelector(".kam-pm-toolbar");
		this.make();
	}

	make() {
		const button = (name, sign, title, text = "") =>
			`<button type="button" class="kam-pm-tool" data-tool="${name}" title="${escape(
				title
			)}" aria-label="${escape(title)}">
				${icon(sign)}${text ? `<span>${escape(text)}</span>` : ""}</button>`;
		this.element.innerHTML = `
			<div class="kam-pm-tools" data-writes>
				${button("add", "add", __("Add a person (N)"), __("Add"))}
				${button("propose", "contacts", __("Propose people from the contacts of the account"))}
				${button("connect", "connect", __("Draw a line between two people"), __("Connect"))}
				${button("arrange", "arrange", __("Arrange automatically: forget places chosen by hand"), __("Arrange"))}
			</div>
			<div class="kam-pm-tools" data-writes>
				${button("undo", "undo", __("Undo (Ctrl+Z)"))}${button("redo", "redo", __("Redo (Ctrl+Shift+Z)"))}
			</div>
			<div class="kam-pm-tools">
				${button("out", "minus", __("Zoom out (−)"))}
				<button type="button" class="kam-pm-tool kam-pm-scale" data-tool="scale" title="${escape(
					__("Actual size")
				)}">100%</button>
				${button("in", "plus", __("Zoom in (+)"))}${button("fit", "fit", __("Show everything (0)"))}
				${button("full", "full", __("Full screen"))}
			</div>
			<div class="kam-pm-tools kam-pm-tools-end">
				<label class="kam-pm-find">${icon("find", 14)}<input type="search" placeholder="${escape(
			__("Find a person")
		)}"
					aria-label="${escape(__("Find a person"))}" autocomplete="off"></label>
				${button("filter", "filter", __("Highlight people"))}
				${button("export", "export", __("Export the picture"))}
				${button("help", "help", __("Keyboard and mouse (?)"))}
			</div>`;
		this.find = this.element.querySelector("input");
		this.told = this.drawing.root.querySelector(".kam-pm-told");
		this.told.innerHTML = `<span></span><button type="button" class="kam-pm-tool">${escape(
			__("Cancel")
		)}</button>`;
		this.told.querySelector("button").addEventListener("click", () => this.stop());
		this.element.addEventListener("click", (event) => {
			const tool = event.target.closest("[data-tool]");
			if (tool && !tool.disabled) this.use(tool.dataset.tool, tool);
		});
		this.find.addEventListener("input", () => this.search());
		this.find.addEventListener("keydown", (event) => this.find_key(event));
	}

	tool(name) {
		return this.element.querySelector(`[data-tool="${name}"]`);
	}

	refresh() {
		const { drawing } = this;
		const { model } = drawing;
		this.element.querySelectorAll("[data-writes]").forEach((group) => (group.hidden = !model.can_write));
		this.tool("undo").disabled = !model.past.length;
		this.tool("redo").disabled = !model.future.length;
		this.tool("connect").disabled = model.count() < 2;
		this.tool("arrange").disabled = !Object.values(model.state.people).some(({ place }) => place);
		this.tool("connect").classList.toggle("kam-pm-on", Boolean(drawing.gestures?.connecting));
		this.tool("filter").classList.toggle("kam-pm-on", Boolean(drawing.filter));
		this.tool("filter").setAttribute("aria-pressed", Boolean(drawing.filter));
		this.tool("full").innerHTML = icon(drawing.is_full ? "small" : "full");
		this.tool("full").setAttribute("aria-pressed", Boolean(drawing.is_full));
		this.find.closest("label").hidden = !model.count();
		if (!drawing.gestures?.connecting) this.say(drawing.filter && this.filter_text());
	}

	filter_text() {
		const { filter, people } = this.drawing;
		const count = [...people.values()].filter(filter.matches).length;
		return __("{0}: {1} of {2}", [filter.label, count, people.size]);
	}

	show_scale(scale) {
		this.tool("scale").textContent = `${Math.round(scale * 100)}%`;
	}

	/** A line of text above the drawing with a button that ends what it tells of. */
	say(text) {
		this.told.hidden = !text;
		this.told.querySelector("span").textContent = text || "";
	}

	stop() {
		const { drawing } = this;
		if (drawing.gestures.connecting) return drawing.gestures.stop_connecting();
		this.find.value = "";
		drawing.set_filter(null);
		return undefined;
	}

	use(name, button) {
		const { drawing } = this;
		const { model } = drawing;
		const tools = {
			add: () => drawing.add_person(drawing.selected ? { reports_to: drawing.selected } : {}),
			propose: () => drawing.context.propose(),
			connect: () => this.connect_menu(button),
			arrange: () => this.arrange(),
			undo: () => model.undo(),
			redo: () => model.redo(),
			out: () => drawing.zoom_by(0.75),
			in: () => drawing.zoom_by(1.33),
			scale: () => drawing.zoom_by(1 / drawing.transform.k),
			fit: () => drawing.fit(true),
			full: () => drawing.full_screen(),
			filter: () => this.filter_menu(button),
			export: () => this.menu_below(button, export_items(drawing)),
			help: () => this.help(),
		};
		tools[name]();
	}

	arrange() {
		const { drawing } = this;
		drawing.model.arrange();
		drawing.fit(true);
	}

	menu_below(button, items) {
		const [root, box] = [this.drawing.root, button].map((element) => element.getBoundingClientRect());
		const right = box.left - root.left > root.width / 2;
		open_menu(
			this.drawing.root,
			{ x: right ? box.right - root.left : box.left - root.left, y: box.bottom - root.top + 4, right },
			items,
			button
		);
	}

	connect_menu(button) {
		const { drawing } = this;
		const kinds = [["Reports To", __("Reporting line")]];
		if (drawing.model.can_judge) kinds.push(...LINKS());
		this.menu_below(
			button,
			kinds.map(([kind, label]) => ({
				label,
				action: () => drawing.gestures.start_connecting(kind, drawing.selected || null),
			}))
		);
	}

	// ------------------------------------------------------------ filter

	filter_menu(button) {
		const { drawing } = this;
		const people = [...drawing.people.values()];
		const overdue = drawing.overdue();
		const filters = [
			[__("Overdue for contact"), ({ person }) => overdue.has(person)],
			[
				__("Without an owner"),
				({ relationship_owner, kind }) => !relationship_owner && kind !== "Competitor",
			],
			[__("Placeholders"), ({ kind }) => kind === "Placeholder"],
		];
		if (drawing.model.judged) {
			filters.push(
				[__("High power"), ({ judgement }) => judgement.power === "High"],
				[__("Poor relationship"), ({ judgement }) => judgement.relationship === "Poor"],
				[
					__("Not yet judged"),
					({ judgement, kind }) =>
						!["Outside Body", "Competitor"].includes(kind) &&
						!judgement.power &&
						!judgement.relationship,
				]
			);
		}
		const items = [{ heading: __("Highlight") }, ...this.filter_items(filters, people)];
		if (drawing.model.judged) {
			const roles = ROLES().map(([role, label]) => [
				label,
				({ judgement }) => judgement.roles.includes(role),
			]);
			items.push({ heading: __("Buying role") }, ...this.filter_items(roles, people, true));
		}
		const owners = [
			...new Set(people.flatMap((person) => [person.relationship_owner, person.second_owner])),
		]
			.filter(Boolean)
			.map((user) => [
				user_name(user),
				(person) => [person.relationship_owner, person.second_owner].includes(user),
			]);
		if (owners.length) items.push({ heading: __("Owner", null, "KAM") }, ...this.filter_items(owners, people));
		if (drawing.filter)
			items.push(null, { label: __("Show all"), action: () => drawing.set_filter(null) });
		this.menu_below(button, items);
	}

	filter_items(filters, people, only_used = false) {
		const { drawing } = this;
		return filters
			.map(([label, matches]) => ({
				name: label,
				label: `${label} (${people.filter(matches).length})`,
				checked: drawing.filter?.label === label,
				action: () => drawing.set_filter({ label, matches }),
				used: people.some(matches),
			}))
			.filter(({ used }) => used || !only_used);
	}

	// ------------------------------------------------------------ find

	focus_find() {
		this.find.focus();
		this.find.select();
	}

	found() {
		const words = this.find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
		if (!words.length) return [];
		return [...this.drawing.people.values()].filter((person) => {
			const text = [person.person_name, person.designation, person.department, person.organisation]
				.join(" ")
				.toLowerCase();
			return words.every((word) => text.includes(word));
		});
	}

	search() {
		const { drawing } = this;
		const keys = new Set(this.found().map(({ person }) => person));
		this.turn = 0;
		const text = this.find.value.trim();
		drawing.set_filter(text ? { label: __("Found"), matches: ({ person }) => keys.has(person) } : null);
		if (keys.size) drawing.reveal([...keys][0], { closer: true });
	}

	/** Enter goes from one to the next, Escape ends the search. */
	find_key(event) {
		const { drawing } = this;
		if (event.key === "Enter") {
			const found = this.found();
			if (!found.length) return;
			const { person } = found[this.turn++ % found.length];
			drawing.select(person);
			drawing.panel.open({ peek: drawing.narrow });
			drawing.reveal(person, { closer: true });
			this.find.focus();
		} else if (event.key === "Escape") {
			this.find.value = "";
			this.search();
			drawing.svg.node().focus({ preventScroll: true });
		} else return;
		event.preventDefault();
		event.stopPropagation();
	}

	// ------------------------------------------------------------ help

	help() {
		close_menu();
		const { can_write } = this.drawing.model;
		const lines = [
			[__("Drag the background"), __("move the map")],
			[__("Wheel or two fingers"), __("zoom; click into the map first, or hold Ctrl")],
			[__("Click or Enter"), __("open a person")],
			[__("Arrow keys"), __("go to superior, report and neighbours")],
			["+   −   0", __("zoom in, zoom out, show everything")],
			["F", __("find a person")],
			["Esc", __("close, cancel, leave full screen")],
		];
		if (can_write) {
			lines.unshift(
				[__("Drag a card onto another"), __("make that person the superior")],
				[__("Drag a card elsewhere"), __("move it; the place is remembered")],
				[__("Drag the round handle"), __("draw a line to another person, or a new one")]
			);
			lines.push(
				[__("Shift + arrow keys"), __("move the person")],
				["N   R   I", __("new person below, reports to …, influences …")],
				["Delete", __("remove the person")],
				["Ctrl+Z   Ctrl+Shift+Z", __("undo, redo")],
				[__("On a touch screen"), __("tap a card to choose it, then drag it")]
			);
		}
		frappe.msgprint({
			title: __("Working in the map"),
			message: `<table class="table table-sm kam-pm-help"><tbody>${lines
				.map(
					([keys, text]) => `<tr><th scope="row">${escape(keys)}</th><td>${escape(text)}</td></tr>`
				)
				.join("")}</tbody></table>`,
			wide: false,
		});
	}
}
