import { CARD } from "./layout";

// How lines run between cards. Everything takes places `{x, y}` and returns the text of an SVG path and a middle point.

const ROUND = 9;

const middle = ({ x }) => x + CARD.width / 2;
const bottom = ({ y }) => y + CARD.height;
const height = ({ y }) => y + CARD.height / 2;

/** A line through points with rounded corners. */
export function rounded(points) {
	const clean = points.filter(
		([x, y], index) =>
			!index || Math.abs(x - points[index - 1][0]) > 0.5 || Math.abs(y - points[index - 1][1]) > 0.5
	);
	let path = `M${clean[0].join(",")}`;
	for (let index = 1; index < clean.length - 1; index++) {
		const [before, corner, after] = [clean[index - 1], clean[index], clean[index + 1]];
		const into = toward(corner, before);
		const out = toward(corner, after);
		path += ` L${into.join(",")} Q${corner.join(",")} ${out.join(",")}`;
	}
	return `${path} L${clean[clean.length - 1].join(",")}`;
}

/** The point on the way from `corner` to `other`, as far as the rounding reaches. */
function toward(corner, other) {
	const [dx, dy] = [other[0] - corner[0], other[1] - corner[1]];
	const length = Math.hypot(dx, dy) || 1;
	const reach = Math.min(ROUND, length / 2);
	return [round(corner[0] + (dx / length) * reach), round(corner[1] + (dy / length) * reach)];
}

const round = (value) => Math.round(value * 10) / 10;

/** Reporting line from the superior's card to the report's. */
export function reporting(superior, report) {
	const from = [middle(superior), bottom(superior)];
	const { route } = report;
	if (route?.kind === "side") {
		const { gutter, bus } = route;
		return rounded([
			from,
			[from[0], bus],
			[gutter, bus],
			[gutter, height(report)],
			[report.x, height(report)],
		]);
	}
	if (route?.kind === "row") {
		const { margin, bus, row } = route;
		return rounded([
			from,
			[from[0], bus],
			[margin, bus],
			[margin, row],
			[middle(report), row],
			[middle(report), report.y],
		]);
	}
	if (route?.kind === "row-side") {
		const { margin, bus, row, gutter } = route;
		return rounded([
			from,
			[from[0], row],
			[margin, row],
			[margin, bus],
			[gutter, bus],
			[gutter, height(report)],
			[report.x, height(report)],
		]);
	}
	if (report.y > bottom(superior) + 20) {
		const bus = report.y - 24;
		return rounded([from, [from[0], bus], [middle(report), bus], [middle(report), report.y]]);
	}
	return curve(superior, report).path;
}

/** A soft line between two cards wherever they are; `turn` moves several between the same cards apart. */
export function curve(source, target, turn = 0) {
	const [dx, dy] = [middle(target) - middle(source), target.y - source.y];
	const offset = turn * 16;
	if (Math.abs(dy) < CARD.height * 0.7) return beside(source, target, dx, offset);
	const down = dy > 0;
	// beside the reporting line, which uses the middle
	const lean = Math.sign(dx || 1) * Math.min(52, 26 + Math.abs(dx) / 8) + offset;
	const start = [middle(source) + lean, down ? bottom(source) : source.y];
	const end = [
		middle(target) - (Math.abs(dx) < CARD.width / 2 ? -lean : lean),
		down ? target.y : bottom(target),
	];
	const bend = Math.max(30, Math.min(140, Math.abs(end[1] - start[1]) * 0.5)) * (down ? 1 : -1);
	return cubic(start, [start[0], start[1] + bend], [end[0], end[1] - bend], end);
}

/** Neighbours are joined straight, others by an arc above the row. */
function beside(source, target, dx, offset) {
	const right = dx > 0;
	const gap = Math.abs(dx) - CARD.width;
	if (gap > 0 && gap < CARD.width * 0.6) {
		const start = [right ? source.x + CARD.width : source.x, height(source) + offset];
		const end = [right ? target.x : target.x + CARD.width, height(target) + offset];
		const reach = (end[0] - start[0]) / 2;
		return cubic(start, [start[0] + reach, start[1]], [end[0] - reach, end[1]], end);
	}
	const lean = (right ? 1 : -1) * 50;
	const start = [middle(source) + lean, source.y];
	const end = [middle(target) - lean, target.y];
	const rise = 62 + offset;
	return cubic(start, [start[0] + lean, start[1] - rise], [end[0] - lean, end[1] - rise], end);
}

function cubic(start, first, second, end) {
	const at = (t) =>
		[0, 1].map((axis) => {
			const u = 1 - t;
			return (
				u ** 3 * start[axis] +
				3 * u * u * t * first[axis] +
				3 * u * t * t * second[axis] +
				t ** 3 * end[axis]
			);
		});
	const text = [first, second, end].map((point) => point.map(round).join(",")).join(" ");
	return { path: `M${start.map(round).join(",")} C${text}`, middle: at(0.5), at };
}

/** The same way as a zigzag. */
export function zigzag({ at }) {
	const [start, end] = [at(0), at(1)];
	const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
	const teeth = Math.max(4, Math.round(length / 9));
	const points = [start];
	for (let tooth = 1; tooth < teeth; tooth++) {
		const [here, next] = [at(tooth / teeth), at((tooth + 0.5) / teeth)];
		const size = Math.hypot(next[0] - here[0], next[1] - here[1]) || 1;
		const side = (tooth % 2 ? 4.5 : -4.5) / size;
		points.push([here[0] - (next[1] - here[1]) * side, here[1] + (next[0] - here[0]) * side]);
	}
	points.push(end);
	return `M${points.map((point) => point.map(round).join(",")).join(" L")}`;
}
