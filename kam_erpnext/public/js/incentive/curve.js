// the pay-out curve as a drawing; everything returned is SVG
import { escape } from "../account/format";

const WIDTH = 420;
const HEIGHT = 220;
const [LEFT, RIGHT, TOP, BOTTOM] = [54, 18, 32, 44];
// attainments beyond are drawn at the edge
const FURTHEST = 220;
const MARK = 9;

const number = (value, digits = 1) => format_number(value, null, Number.isInteger(value) ? 0 : digits);

/** `knots` are [attainment, pay-out] in percent, `points` are {number, label, attainment, payout} of known measures. */
export function curve(knots, points = []) {
	const known = points.filter((point) => point.attainment !== null);
	if (!knots.length) return `<p class="text-muted">${escape(__("No curve yet."))}</p>`;
	const [first, last] = [knots[0], knots[knots.length - 1]];
	const reached = known.map((point) => Math.min(point.attainment, FURTHEST));
	const right = Math.max(last[0] * 1.12, 110, ...reached.map((value) => value * 1.05));
	const left = Math.max(0, Math.min(first[0] * 0.75, ...reached.map((value) => value * 0.95)));
	const high = nice(Math.max(last[1], 100, ...known.map((point) => point.payout)));
	const x = (value) =>
		LEFT + ((WIDTH - LEFT - RIGHT) * (Math.min(Math.max(value, left), right) - left)) / (right - left || 1);
	const y = (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / high;
	const way = [[left, 0], [first[0], 0], ...knots, [right, last[1]]];
	const words = knots.map(([at, pays]) => __("{0} % from {1} %", [number(pays), number(at)])).join(", ");
	return `<svg class="kam-curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(
		__("Pay-out curve: {0}.", [words])
	)}">
		${grid(high, x, y, right)}
		${along(knots, x)}
		<text x="${LEFT - 50}" y="13" class="kam-curve-name">${escape(__("Pay-out"))}</text>
		<text x="${WIDTH - RIGHT}" y="${HEIGHT - 3}" text-anchor="end" class="kam-curve-name">${escape(
		__("Attainment")
	)}</text>
		<polyline class="kam-curve-line" points="${way.map(([at, pays]) => `${x(at)},${y(pays)}`).join(" ")}"/>
		${placed(known, x, y).map(mark).join("")}
	</svg>`;
}

function grid(high, x, y, right) {
	const step = high > 200 ? 100 : high > 100 ? 50 : 25;
	const lines = [];
	for (let tick = 0; tick <= high; tick += step) {
		lines.push(`<line class="kam-curve-grid" x1="${LEFT}" x2="${x(right)}" y1="${y(tick)}" y2="${y(tick)}"/>
			<text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick} %</text>`);
	}
	return lines.join("");
}

/** Attainments of the knots, as many as there is room for. */
function along(knots, x) {
	let written = -Infinity;
	return knots
		.filter(([at]) => {
			const room = x(at) - written > 50;
			if (room) written = x(at);
			return room;
		})
		.map(
			([at]) =>
				`<text x="${x(at)}" y="${HEIGHT - 24}" text-anchor="middle">${number(at)} %</text>`
		)
		.join("");
}

/** Marks that would lie on each other stand beside each other. */
function placed(points, x, y) {
	const taken = [];
	for (const point of points) {
		const place = { ...point, x: x(Math.min(point.attainment, FURTHEST)), y: y(point.payout) };
		const hits = () =>
			taken.some((other) => Math.abs(other.x - place.x) < 2 * MARK && Math.abs(other.y - place.y) < 2 * MARK);
		for (let tries = 0; tries < 12 && hits(); tries++) place.y -= place.y > 3 * MARK ? 2 * MARK : -9 * MARK;
		taken.push(place);
	}
	return taken;
}

const mark = (point) => `<g class="kam-curve-mark"><title>${escape(
	__("{0}: {1} % attained pays {2} %", [point.label, number(point.attainment), number(point.payout)])
)}</title><circle cx="${point.x}" cy="${point.y}" r="${MARK}"/><text x="${point.x}" y="${
	point.y + 4
}" text-anchor="middle">${point.number}</text></g>`;

const nice = (value) => Math.ceil(value / 50) * 50;
