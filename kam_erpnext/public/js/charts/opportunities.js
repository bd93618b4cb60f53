import { axis, base } from "./common";
import { money, percent, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const LARGEST = 56;
const SMALLEST = 12;
const LOW = 1;
const HIGH = 5;
const MIDDLE = 3;
const ROOM = 0.6;
// bubbles of one cell stand around its middle, so that each of them can be seen
const SPREAD = 0.4;
const GOLDEN_ANGLE = 2.399963;
// an opportunity, a quick win
const SYMBOLS = ["circle", "diamond"];
// so many pixels are a click with an unsteady hand
const UNSTEADY = 6;

const SCALE = {
	type: "value",
	min: LOW - ROOM,
	max: HIGH + ROOM,
	interval: 1,
	axisLabel: { customValues: [1, 2, 3, 4, 5] },
	axisTick: { customValues: [1, 2, 3, 4, 5] },
	splitLine: { show: false },
	axisLine: { show: true, onZero: false },
};

/**
 * Opportunity matrix: strategic value upwards, effort or risk to the right. The area of a bubble is the order value; quick
 * wins are green diamonds, dashed ones are on hold. A bubble that is dragged to another rating asks before it stays there.
 */
export function opportunities(data, theme, { narrow }) {
	const { value, cost } = data.axes;
	const deals = [...data.deals].sort((a, b) => (b.amount || 0) - (a.amount || 0));
	const size = scale(deals, narrow ? LARGEST * 0.65 : LARGEST);
	const { places, leads } = positions(deals, value.field, cost.field);
	const describe = (deal) => [
		deal.title,
		[
			[__("Key Account"), deal.account_name],
			[value.label, deal[value.field]],
			[cost.label, deal[cost.field]],
			[__("Order Value", null, "KAM"), money(deal.amount, data.currency)],
			[__("Profit Potential"), money(deal.profit, data.currency)],
			[__("Probability"), percent(deal.probability, 0)],
			[__("Priority"), deal.priority == null ? __("not known") : format_number(deal.priority, null, 1)],
			deal.quick_win && [__("Quick Win"), __("Yes")],
			deal.decision && [__("Decision"), deal.decision],
		],
	];
	const style = (deal) => {
		const colour = theme.colors[deal.quick_win ? 2 : 0];
		return {
			color: deal.amount ? fade(colour, 0.6) : "transparent",
			borderColor: colour,
			borderWidth: deal.amount ? 1 : 2,
			borderType: deal.status_key === "On Hold" ? "dashed" : "solid",
		};
	};
	const item = (deal, index) => ({
		value: places[index],
		symbolSize: size(deal.amount),
		symbol: SYMBOLS[deal.quick_win ? 1 : 0],
		itemStyle: style(deal),
		// of bubbles around one rating the largest tells its name, the others when they are pointed at
		label: { show: leads[index], position: deal[cost.field] >= HIGH ? "left" : "right" },
	});
	const names = [
		{ name: __("Opportunity"), icon: SYMBOLS[0], itemStyle: { color: fade(theme.colors[0], 0.6) } },
		{ name: __("Quick Win"), icon: SYMBOLS[1], itemStyle: { color: fade(theme.colors[2], 0.6) } },
	];
	return {
		height: narrow ? 420 : 540,
		description: __("Matrix of {0} opportunities: {1} upwards, {2} to the right.", [
			deals.length,
			value.label,
			cost.label,
		]),
		points: deals.map((deal, dataIndex) => ({
			seriesIndex: 0,
			dataIndex,
			text: spoken(...describe(deal)),
			mark: deal,
		})),
		grab: data.editable ? (view, chart) => grab(view, chart, { deals, places, data, item }) : null,
		option: {
			...base(theme),
			grid: { left: 56, right: 20, top: narrow ? 64 : 60, bottom: 52 },
			legend: { ...base(theme).legend, data: names, itemGap: 24, selectedMode: false },
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex, seriesIndex }) =>
					seriesIndex === 0 && deals[dataIndex] ? tooltip(...describe(deals[dataIndex])) : "",
			},
			xAxis: axis(theme, `${cost.label} (${__("1 little to 5 much")})`, { ...SCALE, nameGap: 30 }),
			yAxis: axis(theme, value.label, { ...SCALE, nameGap: 36 }),
			series: [
				{
					type: "scatter",
					name: names[0].name,
					data: deals.map(item),
					cursor: data.editable ? "grab" : "pointer",
					clip: false,
					emphasis: { scale: 1.1, itemStyle: { borderColor: theme.text, borderWidth: 2 } },
					label: {
						show: true,
						color: theme.text,
						fontSize: narrow ? 10 : 11,
						formatter: ({ dataIndex }) => shortened(deals[dataIndex].title, narrow ? 14 : 28),
					},
					labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
					...corners(data.corners, theme, narrow),
				},
				// stands for a colour in the legend
				{ type: "scatter", name: names[1].name, data: [], symbol: SYMBOLS[1], itemStyle: names[1].itemStyle },
			],
		},
	};
}

/** Where bubbles stand: their rating, with those of one cell spread around its middle; `leads` are the largest, in it. */
function positions(deals, value, cost) {
	const counts = {};
	const leads = [];
	const places = deals.map((deal) => {
		const cell = `${deal[cost]}/${deal[value]}`;
		const number = (counts[cell] = (counts[cell] ?? -1) + 1);
		const radius = number ? SPREAD * Math.min(1, Math.sqrt(number / 8) + 0.3) : 0;
		const angle = number * GOLDEN_ANGLE;
		leads.push(!number);
		return [deal[cost] + radius * Math.cos(angle), deal[value] + radius * Math.sin(angle)];
	});
	return { places, leads };
}

/** Diameter of a bubble, so that its area stands for the amount. */
function scale(deals, largest) {
	const top = Math.max(1, ...deals.map((deal) => deal.amount || 0));
	return (amount) => (amount > 0 ? Math.max(SMALLEST, Math.sqrt(amount / top) * largest) : SMALLEST);
}

/** The four corners with what they advise. */
function corners(labels, theme, narrow) {
	const cut = MIDDLE - 0.5;
	const right = MIDDLE + 0.5;
	const low = LOW - ROOM;
	const high = HIGH + ROOM;
	const area = (name, from, to, position, opacity) => [
		{
			name,
			coord: from,
			itemStyle: { color: theme.text, opacity },
			label: {
				show: true,
				position,
				color: theme.muted,
				fontSize: narrow ? 11 : 13,
				fontWeight: 600,
			},
		},
		{ coord: to },
	];
	return {
		markArea: {
			silent: true,
			data: [
				area(labels.first, [low, cut], [right, high], "insideTopLeft", 0.05),
				area(labels.plan, [right, cut], [high, high], "insideTopRight", 0.025),
				area(labels.side, [low, low], [right, cut], "insideBottomLeft", 0.025),
				area(labels.drop, [right, low], [high, cut], "insideBottomRight", 0),
			],
		},
	};
}

/** Lets bubbles be dragged from rating to rating. Returns how to stop listening. */
function grab(view, chart, { deals, places, data, item }) {
	const { value, cost } = data.axes;
	const canvas = view.getZr();
	let held = null;

	const show = (index, place, lifted) => {
		const items = deals.map(item);
		items[index] = {
			...items[index],
			value: place,
			itemStyle: { ...items[index].itemStyle, ...(lifted ? { shadowBlur: 12, shadowColor: "rgba(0,0,0,.35)" } : {}) },
		};
		view.setOption({ series: [{ data: items }] });
	};
	const rated = (event) => {
		const [x, y] = view.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
		const whole = (number) => Math.min(HIGH, Math.max(LOW, Math.round(number)));
		return { x, y, [cost.field]: whole(x), [value.field]: whole(y) };
	};
	const down = (event) => {
		if (event.seriesIndex !== 0) return;
		held = { index: event.dataIndex, from: [event.event.offsetX, event.event.offsetY], moved: false };
		chart.dragged = false;
	};
	const move = (event) => {
		if (!held) return;
		const distance = Math.hypot(event.offsetX - held.from[0], event.offsetY - held.from[1]);
		if (!held.moved && distance < UNSTEADY) return;
		if (!held.moved) view.dispatchAction({ type: "hideTip" });
		held.moved = true;
		chart.dragged = true;
		canvas.setCursorStyle("grabbing");
		const place = rated(event);
		show(held.index, [place.x, place.y], true);
	};
	const up = async (event) => {
		if (!held) return;
		const { index, moved } = held;
		held = null;
		if (!moved) return;
		// the click that ends the dragging opens nothing
		setTimeout(() => (chart.dragged = false));
		const deal = deals[index];
		const place = rated(event);
		const changed = Object.fromEntries(
			[value.field, cost.field]
				.filter((field) => place[field] !== deal[field])
				.map((field) => [field, place[field]])
		);
		const stays =
			Object.keys(changed).length &&
			(show(index, [place[cost.field], place[value.field]]), await chart.options.drop?.(deal, changed));
		if (!stays && chart.view === view) show(index, places[index]);
	};
	const leave = () => {
		if (!held) return;
		const { index } = held;
		held = null;
		chart.dragged = false;
		show(index, places[index]);
	};
	view.on("mousedown", down);
	canvas.on("mousemove", move);
	canvas.on("mouseup", up);
	canvas.on("globalout", leave);
	return () => {
		view.off("mousedown", down);
		canvas.off("mousemove", move);
		canvas.off("mouseup", up);
		canvas.off("globalout", leave);
	};
}
