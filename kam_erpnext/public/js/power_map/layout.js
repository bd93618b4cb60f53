import { layout as dagre_layout, Graph } from "@dagrejs/dagre";

// The automatic layout: layers by reporting line from dagre; leaves hang in blocks, wide teams break into rows, and
// separate trees are packed side by side, so that 150 people stay readable. Places are top left corners.

export const CARD = { width: 208, height: 92 };

const GAP = { x: 36, y: 72, leaf: 14, indent: 26, tree: 84 };
const STEP = { x: CARD.width + GAP.indent, y: CARD.height + GAP.leaf };
const BUS = 24; // of a horizontal line above the cards it leads to
const LARGE = 40; // from here on room counts more than symmetry
const FEW = 3; // so many leaves stand side by side
const SHAPE = 1.6; // width to height the whole drawing aims at
const BREADTHS = [9, 4, 2.8, 2, 1.5, 1.1, 0.8]; // of the drawing, tried in turn, measured in a square of all cards
const OUTSIDE = ["Outside Person", "Outside Body", "Competitor"];

/**
 * Place of everybody: `Map key → {x, y, route}` for people `{person, reports_to, kind, place}`.
 *
 * `route` tells how the reporting line runs: `{kind: "side", gutter, bus}` for leaves in a block, `{kind: "row", margin,
 * bus, row}` for teams in rows; without it the line goes straight down.
 */
export function arrange(people) {
	const family = new Family(people);
	const square = Math.sqrt(people.length * STEP.x * (CARD.height + GAP.y));
	let best = null;
	for (const breadth of BREADTHS) {
		family.rows = false;
		const box = together(family, Math.max(5.5 * STEP.x, square * breadth));
		box.rows = family.rows;
		// how large it can be shown
		box.scale = Math.min(SHAPE / box.width, 1 / box.height);
		// teams in rows are harder to read than one row: only for a picture that is clearly larger
		if (!best || box.scale > best.scale * (box.rows && !best.rows ? 1.2 : 1.02)) best = box;
	}
	return people.some(({ place }) => place) ? with_hands(people, family, best.places) : best.places;
}

/** All trees and those without any line, in a drawing about as wide as `limit`. */
function together(family, limit) {
	const trees = family.roots
		.filter((key) => family.children(key).length)
		.map((key) => tree(family, key, limit));
	const alone = family.roots.filter((key) => !family.children(key).length);
	const outside = alone.filter((key) => OUTSIDE.includes(family.kind(key)));
	const inside = alone.filter((key) => !OUTSIDE.includes(family.kind(key)));
	const singles = [inside, outside].filter((keys) => keys.length).map((keys) => grid(keys, GAP.x, GAP.x));
	return pack([...trees, ...singles], limit, GAP.tree);
}

/** Superiors and reports, without circles and without superiors that are not on the map. */
class Family {
	constructor(people) {
		this.people = new Map(people.map((person) => [person.person, person]));
		this.below = new Map();
		this.boxes = new Map(); // trees in layers, by root
		this.roots = [];
		for (const { person } of people) {
			const superior = this.superior(person);
			if (!superior) this.roots.push(person);
			else this.below.set(superior, [...(this.below.get(superior) || []), person]);
		}
	}

	superior(key) {
		const { reports_to } = this.people.get(key);
		if (!this.people.has(reports_to)) return null;
		const seen = new Set([key]);
		for (let above = reports_to; above; above = this.people.get(above)?.reports_to) {
			if (seen.has(above)) return above === key ? null : reports_to;
			seen.add(above);
		}
		return reports_to;
	}

	children(key) {
		return this.below.get(key) || [];
	}

	kind(key) {
		return this.people.get(key).kind;
	}
}

// ---------------------------------------------------------------- boxes: {width, height, places}

const columns_of = (count, wide) => {
	if (wide) return Math.round(Math.sqrt((count * SHAPE * STEP.y) / STEP.x));
	return count <= 5 ? 1 : Math.min(6, Math.round(Math.sqrt(count / 2)));
};

function grid(keys, gap_x, gap_y) {
	const columns = Math.ceil(Math.sqrt((keys.length * SHAPE * CARD.height) / CARD.width)) || 1;
	const places = new Map(
		keys.map((key, index) => [
			key,
			{
				x: (index % columns) * (CARD.width + gap_x),
				y: Math.floor(index / columns) * (CARD.height + gap_y),
			},
		])
	);
	return sized(places);
}

/** Leaves below each other, with a gutter for the line at the left of every column. */
function leaf_block(keys, wide = false) {
	const columns = columns_of(keys.length, wide);
	const rows = Math.ceil(keys.length / columns);
	const places = new Map(
		keys.map((key, index) => {
			const x = GAP.indent + Math.floor(index / rows) * STEP.x;
			return [
				key,
				{
					x,
					y: (index % rows) * STEP.y,
					route: { kind: "side", gutter: x - GAP.indent / 2, bus: -BUS },
				},
			];
		})
	);
	return sized(places);
}

function sized(places) {
	const all = [...places.values()];
	return {
		width: Math.max(...all.map(({ x }) => x)) + CARD.width,
		height: Math.max(...all.map(({ y }) => y)) + CARD.height,
		places,
	};
}

function shifted({ x, y, route }, dx, dy) {
	const moved = { x: x + dx, y: y + dy };
	if (route) {
		moved.route = { ...route };
		for (const field of ["gutter", "margin"]) if (field in route) moved.route[field] += dx;
		for (const field of ["bus", "row"]) if (field in route) moved.route[field] += dy;
	}
	return moved;
}

const put = (places, box, dx, dy) => {
	for (const [key, place] of box.places) places.set(key, shifted(place, dx, dy));
};

/** A person and everybody below: by dagre if that fits, else with the teams below in rows. */
function tree(family, root, limit) {
	const box = layered(family, root);
	if (box.width <= limit || family.children(root).length < 2) return box;
	const teams = family.children(root).filter((key) => family.children(key).length);
	const leaves = family.children(root).filter((key) => !family.children(key).length);
	const below = teams.map((key) => ({ key, box: tree(family, key, limit) }));
	if (leaves.length) below.push({ key: null, box: leaf_block(leaves) });
	if (below.length < 2) return box;

	family.rows = true;
	const margin = 0;
	const rows = pack(
		below.map((team) => team.box),
		limit,
		GAP.y
	);
	const places = new Map();
	const top = CARD.height + GAP.y;
	for (const { dx, dy, box: team, index } of rows.spots) {
		put(places, team, dx + GAP.indent, dy + top);
		const heads = below[index].key ? [below[index].key] : leaves;
		for (const head of heads) {
			const place = places.get(head);
			const row = dy + top - BUS;
			// the first row hangs from the line below the root itself
			if (dy > 0 && !below[index].key)
				place.route = { ...place.route, kind: "row-side", margin, row: top - BUS };
			else if (dy > 0) place.route = { kind: "row", margin, bus: top - BUS, row };
		}
	}
	places.set(root, { x: (rows.width + GAP.indent - CARD.width) / 2, y: 0 });
	return sized(places);
}

/** A tree in layers. */
function layered(family, root) {
	if (!family.boxes.has(root)) family.boxes.set(root, in_layers(family, root));
	return family.boxes.get(root);
}

function in_layers(family, root) {
	const graph = new Graph();
	graph.setGraph({ rankdir: "TB", nodesep: GAP.x, ranksep: GAP.y });
	graph.setDefaultEdgeLabel(() => ({}));
	const blocks = new Map();
	const depth = new Map();
	const add = (key, level) => {
		graph.setNode(key, { ...CARD });
		depth.set(key, level);
		const children = family.children(key);
		const leaves = children.filter((child) => !family.children(child).length);
		const mixed = family.people.size > LARGE && leaves.length > 1 && leaves.length < children.length;
		const hanging = leaves.length > FEW || mixed ? leaves : [];
		for (const child of children) {
			if (hanging.includes(child)) continue;
			add(child, level + 1);
			graph.setEdge(key, child);
		}
		if (!hanging.length) return;
		const name = `block ${key}`;
		const block = leaf_block(hanging, key === root && hanging.length === children.length);
		blocks.set(name, block);
		depth.set(name, level + 1);
		graph.setNode(name, { width: block.width, height: block.height });
		graph.setEdge(key, name);
	};
	add(root, 0);
	dagre_layout(graph);

	// tops of a layer in one line
	const tops = [];
	for (const name of graph.nodes()) {
		const { y, height } = graph.node(name);
		const level = depth.get(name);
		tops[level] = Math.min(tops[level] ?? Infinity, y - height / 2);
	}
	const places = new Map();
	for (const name of graph.nodes()) {
		const { x, width } = graph.node(name);
		const [left, top] = [x - width / 2, tops[depth.get(name)]];
		const block = blocks.get(name);
		if (block) put(places, block, left, top);
		else places.set(name, { x: left, y: top });
	}
	return at_origin(places);
}

function at_origin(places) {
	const [left, top] = ["x", "y"].map((axis) =>
		Math.min(...[...places.values()].map((place) => place[axis]))
	);
	const moved = new Map();
	put(moved, { places }, -left, -top);
	return sized(moved);
}

/** Boxes side by side in rows not wider than `limit`; each row is as high as its highest box. */
function pack(boxes, limit, gap) {
	const places = new Map();
	const spots = [];
	let [x, y, height, width] = [0, 0, 0, 0];
	boxes.forEach((box, index) => {
		if (x && x + box.width > limit) [x, y, height] = [0, y + height + gap, 0];
		put(places, box, x, y);
		spots.push({ dx: x, dy: y, box, index });
		width = Math.max(width, x + box.width);
		x += box.width + gap;
		height = Math.max(height, box.height);
	});
	return { places, spots, width, height: y + height };
}

// ---------------------------------------------------------------- places chosen by hand

/** Puts people where somebody moved them; those below come along, and nobody covers anybody. */
function with_hands(people, family, automatic) {
	const places = new Map();
	const shift = new Map();
	const order = [];
	const walk = (key) => {
		order.push(key);
		family.children(key).forEach(walk);
	};
	family.roots.forEach(walk);
	for (const key of order) {
		const own = automatic.get(key);
		const { place } = family.people.get(key);
		const superior = family.superior(key);
		const [dx, dy] = place ? [place[0] - own.x, place[1] - own.y] : shift.get(superior) || [0, 0];
		shift.set(key, [dx, dy]);
		const moved = shifted(own, dx, dy);
		const [above_x, above_y] = shift.get(superior) || [dx, dy];
		if (above_x !== dx || above_y !== dy) delete moved.route;
		places.set(key, moved);
	}
	make_room(places, (key) => shift.get(key).some(Boolean) || Boolean(family.people.get(key).place));
	return places;
}

/** Cards that nobody moved give way to those that somebody moved: each goes to the nearest free place. */
function make_room(places, moved) {
	const taken = [...places].filter(([key]) => moved(key)).map(([, place]) => place);
	const free = (x, y) =>
		!taken.some((one) => Math.abs(x - one.x) < CARD.width + 6 && Math.abs(y - one.y) < CARD.height + 6);
	for (const [key, at] of places) {
		if (moved(key)) continue;
		if (!free(at.x, at.y)) {
			Object.assign(at, nearest(at, taken, free));
			delete at.route;
		}
		taken.push(at);
	}
}

/** The free place with the shortest way, among those beside cards that stand near. */
function nearest(at, taken, free) {
	const [wide, high] = [CARD.width + GAP.x, CARD.height + GAP.leaf * 2];
	const near = taken.filter(({ x, y }) => Math.abs(x - at.x) < 4 * wide && Math.abs(y - at.y) < 4 * high);
	const columns = [at.x, ...near.flatMap(({ x }) => [x - wide, x + wide])];
	const lines = [at.y, ...near.flatMap(({ y }) => [y - high, y + high])];
	let [best, least] = [{ x: Math.max(...taken.map(({ x }) => x)) + wide, y: at.y }, Infinity];
	for (const x of columns) {
		for (const y of lines) {
			// rather aside than into another layer
			const way = Math.abs(x - at.x) + 3 * Math.abs(y - at.y);
			if (way < least && free(x, y)) [best, least] = [{ x, y }, way];
		}
	}
	return best;
}
