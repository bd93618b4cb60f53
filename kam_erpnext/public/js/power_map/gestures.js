import { drag } from "d3-drag";
import { select } from "d3-selection";
import { CARD } from "./layout";
import { curve } from "./lines";

const SLACK = 5; // pixels a hand may tremble before a click is a drag

/** Dragging cards and drawing lines, with mouse, pen and fingers. */
export class Gestures {
	constructor(drawing) {
		this.drawing = drawing;
		this.connecting = null;
		const self = this;
		this.cards = drag()
			.clickDistance(SLACK)
			.filter((event) => this.may_drag(event))
			.container(() => drawing.view.node())
			.on("start", function (event, person) {
				self.begin(event, person, this);
			})
			.on("drag", (event) => this.move(event))
			.on("end", (event) => this.end(event));
		this.handles = drag()
			.filter((event) => drawing.model.can_write && !event.button && !(event.touches?.length > 1))
			.container(() => drawing.view.node())
			.on("start", (event, person) => this.begin_line(event, person))
			.on("drag", (event) => this.draw_line(event))
			.on("end", (event) => this.end_line(event));
	}

	get model() {
		return this.drawing.model;
	}

	attach(cards) {
		cards.call(this.cards);
		cards.selectAll(".kam-pm-handle").call(this.handles);
	}

	/** A finger moves the whole map until it chose a card; a mouse needs no choice first. */
	may_drag(event) {
		if (!this.model.can_write || event.button || event.ctrlKey || this.connecting) return false;
		if (!event.touches) return true;
		const key = event.target.closest("[data-person]")?.dataset.person;
		return event.touches.length === 1 && key === this.drawing.selected;
	}

	// ------------------------------------------------------------ moving a person

	begin(event, person, element) {
		const { drawing } = this;
		// a gesture of d3 reports the place of the group; ours are drawn by places
		const [x, y] = drawing.point(event.sourceEvent);
		const below = this.model.below(person.person);
		const carried = [...below].filter((key) => !this.model.state.people[key].place);
		this.held = {
			key: person.person,
			below,
			carried,
			from: [x, y],
			start: new Map(),
			element,
			moved: false,
		};
		for (const key of [person.person, ...carried]) this.held.start.set(key, { ...drawing.at.get(key) });
	}

	move(event) {
		const { held, drawing } = this;
		if (!held) return;
		const at = drawing.point(event.sourceEvent);
		const [dx, dy] = [at[0] - held.from[0], at[1] - held.from[1]];
		if (!held.moved) {
			if (Math.hypot(dx, dy) * drawing.transform.k < SLACK) return;
			this.lift();
		}
		const places = new Map(drawing.at);
		for (const [key, start] of held.start) places.set(key, this.shifted(key, start, dx, dy));
		drawing.put(places);
		this.aim(at);
	}

	/** Lines inside what is carried keep their way, the line to the superior becomes a plain one. */
	shifted(key, start, dx, dy) {
		const moved = { x: start.x + dx, y: start.y + dy };
		if (start.route && key !== this.held.key) {
			moved.route = { ...start.route };
			for (const field of ["gutter", "margin"]) if (field in moved.route) moved.route[field] += dx;
			for (const field of ["bus", "row"]) if (field in moved.route) moved.route[field] += dy;
		}
		return moved;
	}

	lift() {
		const { held, drawing } = this;
		held.moved = true;
		cancelAnimationFrame(drawing.gliding);
		drawing.root.classList.add("kam-pm-dragging");
		for (const key of held.start.keys()) {
			const card = drawing.card(key);
			card.classList.add("kam-pm-held");
			card.parentNode.append(card);
		}
		held.element.parentNode.append(held.element);
	}

	/** The person under the pointer becomes the superior if dropped there. */
	aim(at) {
		const { held, drawing } = this;
		const target = drawing.person_at(at, new Set([held.key, ...held.below]));
		const { reports_to } = this.model.state.people[held.key];
		held.target = target;
		this.show_target(
			target,
			target === reports_to ? __("Reports here already") : __("Report to this person")
		);
	}

	end() {
		const { held, drawing } = this;
		this.held = null;
		if (!held?.moved) return;
		drawing.root.classList.remove("kam-pm-dragging");
		drawing.cards.classed("kam-pm-held", false);
		this.show_target(null);
		const { key, target } = held;
		const { name_of } = this.model;
		if (target && target !== this.model.state.people[key].reports_to) {
			this.model.set_superior(key, target);
			drawing.say(
				__("{0} reports to {1}", [name_of.call(this.model, key), name_of.call(this.model, target)])
			);
		} else if (!target) {
			const { x, y } = drawing.at.get(key);
			this.model.move(key, x, y);
		}
		drawing.draw({ glide: true });
		drawing.focus(key);
	}

	show_target(key, text) {
		const { drawing } = this;
		drawing.cards.classed("kam-pm-target", ({ person }) => person === key);
		const sign = drawing.layers.sketch
			.selectAll("g.kam-pm-sign-drop")
			.data(key ? [key] : [])
			.join((enter) => {
				const group = enter.append("g").attr("class", "kam-pm-sign-drop");
				group.append("rect").attr("y", -13).attr("height", 24).attr("rx", 12);
				group.append("text").attr("dy", "0.25em");
				return group;
			});
		if (!key) return;
		const place = drawing.at.get(key);
		sign.attr("transform", `translate(${place.x + CARD.width / 2},${place.y - 16})`);
		const label = sign.select("text").text(text).node().getComputedTextLength() + 24;
		sign.select("rect")
			.attr("x", -label / 2)
			.attr("width", label);
	}

	// ------------------------------------------------------------ drawing a line

	begin_line(event, person) {
		event.sourceEvent.stopPropagation();
		this.line = { source: person.person };
		this.drawing.root.classList.add("kam-pm-linking");
	}

	draw_line({ sourceEvent }) {
		const { drawing, line } = this;
		const at = drawing.point(sourceEvent);
		line.moved = true;
		line.at = at;
		line.target = drawing.person_at(at, new Set([line.source]));
		this.sketch(line.source, line.target, at);
		this.show_target(line.target, __("Connect"));
	}

	sketch(source, target, at) {
		const { drawing } = this;
		const from = drawing.at.get(source);
		const to = target ? drawing.at.get(target) : null;
		const start = [from.x + CARD.width, from.y + CARD.height / 2];
		const path = to ? curve(from, to).path : `M${start} L${at}`;
		drawing.layers.sketch.selectAll("path").data([1]).join("path").attr("d", path);
	}

	clear_sketch() {
		this.drawing.root.classList.remove("kam-pm-linking");
		this.drawing.layers.sketch.selectAll("path").remove();
		this.show_target(null);
	}

	end_line({ sourceEvent }) {
		const { drawing, line } = this;
		this.line = null;
		this.clear_sketch();
		if (!line?.moved) return;
		const touch = sourceEvent.changedTouches?.[0] || sourceEvent;
		const box = drawing.stage.getBoundingClientRect();
		const spot = { x: touch.clientX - box.left + 6, y: touch.clientY - box.top + 6 };
		if (line.target) drawing.ask_kind(line.source, line.target, spot);
		else {
			const from = drawing.at.get(line.source);
			const far =
				Math.hypot(line.at[0] - from.x - CARD.width, line.at[1] - from.y - CARD.height / 2) > 40;
			if (far) drawing.add_person({ reports_to: line.source });
		}
	}

	// ------------------------------------------------------------ choosing two people

	/** Begins to connect: the next two people chosen by click or Enter are joined. */
	start_connecting(kind, source = null) {
		this.connecting = { kind, source };
		this.drawing.root.classList.add("kam-pm-linking");
		this.drawing.toolbar.refresh();
		this.tell();
	}

	stop_connecting() {
		if (!this.connecting) return;
		this.connecting = null;
		this.drawing.cards.classed("kam-pm-source", false);
		this.clear_sketch();
		this.drawing.toolbar.refresh();
	}

	tell() {
		const { kind, source } = this.connecting;
		const texts = {
			"Reports To": [__("Choose the person who reports."), __("Now choose the superior.")],
			Influence: [__("Choose who influences."), __("Now choose who is influenced.")],
			Conflict: [__("Choose the first of the two."), __("Now choose the other.")],
			"Competitor Contact": [__("Choose the person."), __("Now choose the competitor.")],
		};
		const text = texts[kind][source ? 1 : 0];
		this.drawing.toolbar.say(text);
		this.drawing.say(text);
	}

	pick(key) {
		const { drawing } = this;
		const { kind, source } = this.connecting;
		if (!source) {
			this.connecting.source = key;
			select(drawing.card(key)).classed("kam-pm-source", true);
			return this.tell();
		}
		if (key === source) return this.stop_connecting();
		this.stop_connecting();
		drawing.connect(kind, source, key);
		return undefined;
	}
}
