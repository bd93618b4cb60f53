import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { draw_card, looks_of } from "./cards";
import { Gestures } from "./gestures";
import { Keyboard } from "./keyboard";
import { CARD } from "./layout";
import { Legend } from "./legend";
import { curve, reporting, zigzag } from "./lines";
import { open_menu } from "./menu";
import { Panel } from "./panel";
import { add_person_dialog } from "./person_dialog";
import { StageWords } from "./stage_words";
import { Toolbar } from "./toolbar";
import { label_of, LINKS } from "./vocabulary";

const FAR = 0.5; // below this scale cards show names only
const SCALES = [0.08, 2.5];
const GLIDE = 260; // milliseconds
const NARROW = 700;
const WIDTHS = { Weak: 1.5, Medium: 2.5, Strong: 4 };

/** The map as a picture people work in. */
export class PowerMapDrawing {
	constructor(element, context) {
		Object.assign(this, {
			element,
			context,
			model: context.model,
			filter: null,
			at: new Map(),
			drawn: new Map(),
		});
		this.id = `kam-pm-${Math.random().toString(36).slice(2, 7)}`;
		this.make();
		this.words = new StageWords(this);
		this.toolbar = new Toolbar(this);
		this.legend = new Legend(this);
		this.panel = new Panel(this);
		this.gestures = new Gestures(this);
		this.keyboard = new Keyboard(this);
		this.follow();
	}

	// ------------------------------------------------------------ parts

	make() {
		this.root = document.createElement("div");
		this.root.className = "kam-pm";
		this.root.innerHTML = `<div class="kam-pm-toolbar" role="toolbar" aria-label="${__(
			"Power map"
		)}"></div>
			<div class="kam-pm-stage"><svg class="kam-pm-canvas"></svg>
				<div class="kam-pm-told" role="status" hidden></div><div class="kam-pm-notice" hidden></div><div class="kam-pm-empty" hidden></div>
				<div class="kam-pm-legend"></div><aside class="kam-pm-panel" hidden></aside></div>
			<div class="sr-only" aria-live="polite"></div>`;
		this.element.replaceChildren(this.root);
		const part = (name) => this.root.querySelector(`.kam-pm-${name}`);
		this.stage = part("stage");
		this.spoken = this.root.querySelector("[aria-live]");
		this.svg = select(part("canvas")).attr("role", "group").attr("tabindex", -1);
		this.svg.node().innerHTML = this.definitions();
		this.view = this.svg.append("g").attr("class", "kam-pm-view");
		this.layers = Object.fromEntries(
			["reporting", "links", "cards", "sketch"].map((name) => [
				name,
				this.view.append("g").attr("class", `kam-pm-${name}`),
			])
		);
		this.zoom = zoom()
			.scaleExtent(SCALES)
			.filter((event) => this.may_zoom(event))
			.on("zoom", ({ transform }) => this.zoomed(transform));
		this.svg.call(this.zoom).on("dblclick.zoom", null);
		this.svg.on("click", (event) => event.target === this.svg.node() && this.select(null));
	}

	definitions() {
		const arrow = (name) =>
			`<marker id="${this.id}-${name}" viewBox="0 0 10 10" refX="8.5" refY="5" markerWidth="11" markerHeight="11"
				markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="kam-pm-tip-${name}" d="M0,0.8 L9.5,5 L0,9.2 Z"/></marker>`;
		return `<defs>${arrow("influence")}${arrow("competitor")}
			<pattern id="${
				this.id
			}-unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
				<rect class="kam-pm-hatch-ground" width="6" height="6"/><rect class="kam-pm-hatch" width="2.5" height="6"/></pattern></defs>`;
	}

	/** Plain wheel scrolls the page until somebody works in the drawing. */
	may_zoom(event) {
		if (event.type === "wheel")
			return event.ctrlKey || event.metaKey || this.is_full || this.svg.node().matches(":focus-within");
		if (event.type === "mousedown") return !event.button;
		return true;
	}

	follow() {
		this.endings = [
			this.model.on("change", (details) => this.changed(details)),
			() => this.sizes.disconnect(),
		];
		this.sizes = new ResizeObserver(() => this.resized());
		this.sizes.observe(this.stage);
	}

	destroy() {
		this.full_screen(false);
		this.endings.forEach((end) => end());
		this.keyboard.destroy();
		this.panel.close();
		this.root.remove();
	}

	get narrow() {
		return this.root.clientWidth < NARROW;
	}

	get state() {
		return this.context.state || {};
	}

	// ------------------------------------------------------------ drawing

	changed({ loaded } = {}) {
		if (this.selected && !this.model.has(this.selected)) this.select(null);
		if (this.selected_link && !this.model.link(this.selected_link)) this.select_link(null);
		this.draw({ glide: !loaded });
	}

	resized() {
		const { clientWidth: width, clientHeight: height } = this.stage;
		if (!width || !height) return;
		this.root.classList.toggle("kam-pm-narrow", this.narrow);
		if (this.fitted === this.model.name) return;
		this.draw();
		this.fit();
		this.fitted = this.model.name;
	}

	/** Everything as the model has it now. */
	draw({ glide = false } = {}) {
		this.font = getComputedStyle(this.root).fontFamily;
		const people = this.model.people();
		this.people = new Map(people.map((person) => [person.person, person]));
		this.root.dataset.judged = this.model.judged;
		this.svg.attr("aria-label", __("Power map with {0} people", [people.length]));
		this.draw_cards(people);
		this.draw_reporting(people);
		this.draw_links();
		this.glide_to(this.model.positions(), glide);
		this.mark();
		this.words.refresh();
		this.toolbar.refresh();
		this.legend.refresh();
		this.panel.refresh();
	}

	facts(person) {
		return {
			last_contact: this.state.contacts?.[person.person]?.last_contact,
			overdue: this.overdue().has(person.person),
			font: this.font,
			writes: this.model.can_write,
			hatch: `url(#${this.id}-unknown)`,
		};
	}

	overdue() {
		return new Set((this.state.scores?.contact?.overdue || []).map(({ person }) => person));
	}

	draw_cards(people) {
		const { drawn, model } = this;
		const cards = this.layers.cards
			.selectAll("g.kam-pm-person")
			.data(people, (person) => person.person)
			.join((enter) =>
				enter
					.append("g")
					.attr("class", "kam-pm-person")
					.attr("data-person", (person) => person.person)
					.attr("role", "button")
					.attr("tabindex", -1)
					.on("click", (event, person) => this.clicked(event, person.person))
			);
		const self = this;
		cards.each(function (person) {
			const facts = self.facts(person);
			const looks = looks_of(person, facts) + model.name_of(person.reports_to);
			if (drawn.get(this) === looks) return;
			drawn.set(this, looks);
			draw_card(select(this), person, facts, model);
		});
		cards
			.attr("data-superior", (person) => person.reports_to || null)
			.attr("data-placed", (person) => person.placed);
		this.cards = cards;
		this.gestures.attach(cards);
	}

	draw_reporting(people) {
		this.reporting = this.layers.reporting
			.selectAll("path")
			.data(
				people.filter(({ reports_to }) => this.people.has(reports_to)),
				(person) => person.person
			)
			.join("path")
			.attr("data-line", (person) => person.person)
			.attr("data-superior", (person) => person.reports_to);
	}

	draw_links() {
		const known = this.model
			.links()
			.filter(({ source, target }) => this.people.has(source) && this.people.has(target));
		const turns = new Map();
		for (const link of known) {
			const pair = [link.source, link.target].sort().join();
			const count = turns.get(pair) || 0;
			turns.set(pair, count + 1);
			link.turn = count ? Math.ceil(count / 2) * (count % 2 ? 1 : -1) : 0;
		}
		this.links = this.layers.links
			.selectAll("g.kam-pm-link")
			.data(known, (link) => link.id)
			.join((enter) => {
				const group = enter
					.append("g")
					.attr("class", "kam-pm-link")
					.attr("role", "button")
					.attr("tabindex", -1);
				group.append("path").attr("class", "kam-pm-link-reach");
				group.append("path").attr("class", "kam-pm-link-line");
				group.append("g").attr("class", "kam-pm-link-mark").append("circle").attr("r", 9);
				group.select(".kam-pm-link-mark").append("text").attr("dy", "0.36em");
				group.append("title");
				group.on("click", (event, link) => this.select_link(link.id));
				return group;
			});
		this.links
			.attr("data-link", (link) => link.id)
			.attr("data-link-kind", (link) => link.kind)
			.attr("data-source", (link) => link.source)
			.attr("data-target", (link) => link.target)
			.attr("data-strength", (link) => link.strength)
			.attr("aria-label", (link) => this.line_sentence(link));
		this.links.select("title").text((link) => this.line_sentence(link));
		const tip = (link) => {
			if (link.kind === "Influence") return `url(#${this.id}-influence)`;
			return link.kind === "Competitor Contact" ? `url(#${this.id}-competitor)` : null;
		};
		this.links
			.select(".kam-pm-link-line")
			.attr("stroke-width", (link) => WIDTHS[link.strength] || WIDTHS.Medium)
			.attr("marker-end", tip)
			.attr("marker-start", (link) => (link.both_ways ? tip(link) : null));
		this.links
			.select(".kam-pm-link-mark text")
			.text((link) => ({ Conflict: "⚡", "Competitor Contact": "⚑" }[link.kind] || ""));
	}

	line_sentence(link) {
		const sign = link.both_ways ? "↔" : "→";
		const names = `${this.model.name_of(link.source)} ${sign} ${this.model.name_of(link.target)}`;
		return [label_of(LINKS, link.kind), names, link.note].filter(Boolean).join(": ");
	}

	// ------------------------------------------------------------ places

	/** Brings every card to its place, in a short movement if somebody is looking. */
	glide_to(places, glide) {
		cancelAnimationFrame(this.gliding);
		const still = matchMedia("(prefers-reduced-motion: reduce)").matches || !this.stage.offsetParent;
		const from = this.at;
		const moves = [...places].some(
			([key, { x, y }]) => from.get(key) && (from.get(key).x !== x || from.get(key).y !== y)
		);
		if (!glide || still || !moves) return this.put(places);
		const begin = performance.now();
		const frame = (now) => {
			const part = Math.min(1, (now - begin) / GLIDE);
			if (part === 1) return this.put(places);
			const soft = 1 - (1 - part) ** 3;
			const between = new Map();
			for (const [key, to] of places) {
				const start = from.get(key) || to;
				between.set(key, {
					x: start.x + (to.x - start.x) * soft,
					y: start.y + (to.y - start.y) * soft,
				});
			}
			this.put(between);
			this.gliding = requestAnimationFrame(frame);
		};
		this.gliding = requestAnimationFrame(frame);
	}

	put(places) {
		this.at = places;
		this.cards
			.attr("transform", ({ person }) => `translate(${places.get(person).x},${places.get(person).y})`)
			.attr("data-x", ({ person }) => Math.round(places.get(person).x))
			.attr("data-y", ({ person }) => Math.round(places.get(person).y));
		this.reporting.attr("d", (person) =>
			reporting(places.get(person.reports_to), places.get(person.person))
		);
		this.links.each(function (link) {
			const line = curve(places.get(link.source), places.get(link.target), link.turn);
			const group = select(this);
			group.select(".kam-pm-link-reach").attr("d", line.path);
			group.select(".kam-pm-link-line").attr("d", link.kind === "Conflict" ? zigzag(line) : line.path);
			group.select(".kam-pm-link-mark").attr("transform", `translate(${line.middle.join()})`);
		});
	}

	bounds(keys = [...this.at.keys()]) {
		const all = keys.map((key) => this.at.get(key)).filter(Boolean);
		if (!all.length) return null;
		const [left, top] = ["x", "y"].map((axis) => Math.min(...all.map((place) => place[axis])));
		return {
			left,
			top,
			width: Math.max(...all.map(({ x }) => x)) + CARD.width - left,
			height: Math.max(...all.map(({ y }) => y)) + CARD.height - top,
		};
	}

	// ------------------------------------------------------------ view

	get transform() {
		return this.svg.node().__zoom;
	}

	zoomed(transform) {
		this.view.attr("transform", transform);
		this.root.classList.toggle("kam-pm-from-afar", transform.k < FAR);
		this.toolbar?.show_scale(transform.k);
	}

	go_to(transform, glide = false) {
		this.svg.interrupt();
		const target =
			glide && !matchMedia("(prefers-reduced-motion: reduce)").matches
				? this.svg.transition().duration(GLIDE)
				: this.svg;
		target.call(this.zoom.transform, transform);
	}

	/** Room for the drawing beside the panel. */
	room() {
		const { clientWidth: width, clientHeight: height } = this.stage;
		const panel = this.panel?.is_open && !this.narrow ? this.panel.element.offsetWidth : 0;
		return { width: width - panel, height };
	}

	fit(glide = false) {
		const bounds = this.bounds();
		const room = this.room();
		if (!room.width || !room.height) return;
		if (!bounds) return this.go_to(zoomIdentity);
		const edge = this.narrow ? 16 : 36;
		const scale = Math.min(
			1.1,
			(room.width - 2 * edge) / bounds.width,
			(room.height - 2 * edge) / bounds.height
		);
		const k = Math.max(SCALES[0], scale);
		const x = (room.width - bounds.width * k) / 2 - bounds.left * k;
		const y = Math.max(edge, (room.height - bounds.height * k) / 2.4) - bounds.top * k;
		this.go_to(zoomIdentity.translate(x, y).scale(k), glide);
	}

	zoom_by(factor) {
		const { width, height } = this.room();
		this.svg.interrupt();
		this.svg
			.transition()
			.duration(160)
			.call(this.zoom.scaleBy, factor, [width / 2, height / 2]);
	}

	/** Moves the view so that a person can be seen and read. */
	reveal(key, { closer = false } = {}) {
		const place = this.model.positions().get(key);
		const room = this.room();
		if (!place || !room.width) return;
		const { x, y, k } = this.transform;
		const scale = closer ? Math.max(k, 0.8) : k;
		const [left, top] = [place.x * k + x, place.y * k + y];
		const seen =
			left > 0 && top > 0 && left + CARD.width * k < room.width && top + CARD.height * k < room.height;
		if (seen && scale === k) return;
		const [center_x, center_y] = [place.x + CARD.width / 2, place.y + CARD.height / 2];
		this.go_to(
			zoomIdentity
				.translate(room.width / 2 - center_x * scale, room.height / 2 - center_y * scale)
				.scale(scale),
			true
		);
	}

	full_screen(on = !this.is_full) {
		this.is_full = on;
		this.root.classList.toggle("kam-pm-full", on);
		document.body.classList.toggle("kam-pm-covered", on);
		this.toolbar?.refresh();
		requestAnimationFrame(() => this.fit());
	}

	/** Place in the drawing of a point on the screen. */
	point(event) {
		const touch = event.touches?.[0] || event.changedTouches?.[0] || event;
		const box = this.svg.node().getBoundingClientRect();
		return this.transform.invert([touch.clientX - box.left, touch.clientY - box.top]);
	}

	person_at([x, y], except = new Set()) {
		for (const [key, place] of this.at) {
			if (except.has(key)) continue;
			if (x > place.x && x < place.x + CARD.width && y > place.y && y < place.y + CARD.height)
				return key;
		}
		return null;
	}

	// ------------------------------------------------------------ choosing

	clicked(event, key) {
		if (event.defaultPrevented) return;
		if (this.gestures.connecting) return this.gestures.pick(key);
		const again = this.selected === key;
		this.select(key);
		this.panel.open({ peek: this.narrow && !again });
	}

	select(key, { focus = false } = {}) {
		this.selected = key;
		this.selected_link = null;
		this.mark();
		if (!key) this.panel.close();
		else this.panel.refresh();
		if (focus) this.focus(key);
	}

	select_link(id) {
		this.selected = null;
		this.selected_link = id;
		this.mark();
		if (id) this.panel.open();
		else this.panel.close();
	}

	focus(key) {
		this.card(key)?.focus({ preventScroll: true });
	}

	card(key) {
		return this.layers.cards.node().querySelector(`[data-person="${CSS.escape(key)}"]`);
	}

	/** Shows what is chosen, what belongs to it and what the filter lets through. */
	mark() {
		const { selected, selected_link, filter } = this;
		const link = selected_link && this.model.link(selected_link);
		const near = new Set(selected ? [selected] : link ? [link.source, link.target] : []);
		if (selected) {
			for (const { source, target } of this.model.links_of(selected)) near.add(source).add(target);
		}
		// lines pass behind cards, so that names can be read; those of the chosen one come before
		const behind = near.size ? this.layers.sketch : this.layers.cards;
		this.view.node().insertBefore(this.layers.links.node(), behind.node());
		const first = selected || this.first;
		this.first = this.people.has(first) ? first : [...this.people.keys()][0];
		this.cards
			.classed("kam-pm-selected", ({ person }) => person === selected)
			.classed("kam-pm-near-selected", ({ person }) => near.has(person) && person !== selected)
			.classed("kam-pm-dim", (person) => Boolean(filter) && !filter.matches(person))
			.classed("kam-pm-hit", (person) => Boolean(filter) && filter.matches(person))
			.attr("tabindex", ({ person }) => (person === this.first ? 0 : -1));
		this.reporting.classed(
			"kam-pm-selected",
			(person) => person.person === selected || person.reports_to === selected
		);
		this.links
			.classed(
				"kam-pm-selected",
				({ id, source, target }) => id === selected_link || source === selected || target === selected
			)
			.classed(
				"kam-pm-quiet",
				({ source, target }) => Boolean(selected) && source !== selected && target !== selected
			);
	}

	set_filter(filter) {
		this.filter = filter;
		this.mark();
		this.toolbar.refresh();
		if (filter) {
			const count = [...this.people.values()].filter(filter.matches).length;
			this.say(__("{0}: {1} people", [filter.label, count]));
		}
	}

	// ------------------------------------------------------------ doing

	add_person(values = {}) {
		add_person_dialog(this, values);
	}

	async remove(key = this.selected) {
		if (!key || !this.model.can_write) return;
		const name = this.model.name_of(key);
		const reports = this.model.reports(key).length;
		const text = reports
			? __(
					"Remove {0} from the map? Those who report to this person move up to the next superior. Lines and judgements go.",
					[frappe.utils.escape_html(name).bold()]
			  )
			: __("Remove {0} from the map, with lines and judgements?", [
					frappe.utils.escape_html(name).bold(),
			  ]);
		frappe.confirm(text, () => {
			this.model.remove_person(key);
			this.say(__("{0} removed. Undo brings the person back.", [name]));
			this.svg.node().focus({ preventScroll: true });
		});
	}

	say(text) {
		this.spoken.textContent = text;
	}

	/** Asks at a point what a new line means, then draws it. */
	ask_kind(source, target, { x, y }) {
		const [from, to] = [source, target].map((key) => this.model.name_of(key));
		const kinds = [{ label: __("{0} reports to {1}", [from, to]), kind: "Reports To" }];
		if (this.model.can_judge) {
			kinds.push(
				{ label: __("{0} influences {1}", [from, to]), kind: "Influence" },
				{ label: __("{0} and {1} are in conflict", [from, to]), kind: "Conflict" }
			);
			if ([source, target].some((key) => this.people.get(key).kind === "Competitor")) {
				kinds.push({
					label: __("{0} is in contact with {1}", [from, to]),
					kind: "Competitor Contact",
				});
			}
		}
		open_menu(
			this.stage,
			{ x, y },
			kinds.map(({ label, kind }) => ({ label, action: () => this.connect(kind, source, target) })),
			this.card(source)
		);
	}

	connect(kind, source, target) {
		if (kind === "Reports To") {
			this.model.set_superior(source, target);
			this.reveal(source);
			return;
		}
		const id = this.model.add_link({ kind, source, target });
		if (id) this.say(this.line_sentence(this.model.link(id)));
	}
}
