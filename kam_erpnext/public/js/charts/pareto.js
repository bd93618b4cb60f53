import { axis, base } from "./common";
import { money, percent, spoken, tooltip } from "./format";
import { fade } from "./theme";

const LINES = ["solid", "dashed"];
const SYMBOLS = ["circle", "triangle"];

/** Pareto curve: percent of customers against cumulative percent of sales and of gross profit, with the class lines. */
export function pareto(data, theme, { narrow }) {
	const [cut_a, cut_b] = data.cuts;
	const main = data.curves.findIndex((curve) => curve.key === data.basis);
	const series = data.curves.map((curve, index) => ({
		name: curve.name,
		type: "line",
		data: [[0, 0], ...curve.points.map(([customers, cumulative]) => [customers, cumulative])],
		symbol: SYMBOLS[index],
		symbolSize: 7,
		showSymbol: curve.points.length <= 40,
		lineStyle: { width: 2.5, type: LINES[index] },
		itemStyle: { color: theme.colors[index] },
		z: index === main ? 4 : 3,
		...(index === Math.max(main, 0) ? class_lines(data.curves[index], cut_a, cut_b, theme, narrow) : {}),
	}));
	series.push({
		name: __("All Equally Large"),
		type: "line",
		data: [
			[0, 0],
			[100, 100],
		],
		symbol: "none",
		silent: true,
		lineStyle: { width: 1, type: "dotted", color: theme.muted },
		itemStyle: { color: theme.muted },
		tooltip: { show: false },
	});
	const describe = (curve, place) => {
		const [customers, cumulative, name, value, rank] = curve.points[place];
		return [
			__("{0}: {1}. {2}", [curve.name, rank, name]),
			[
				[curve.name, money(value, data.currency)],
				[__("Customers up to here"), `${rank} (${percent(customers)})`],
				[__("They make"), percent(cumulative)],
			],
		];
	};
	return {
		height: narrow ? 320 : 380,
		description: description(data, main),
		points: data.curves.flatMap((curve, seriesIndex) =>
			curve.points.map((point, place) => ({
				seriesIndex,
				dataIndex: place + 1,
				text: spoken(...describe(curve, place)),
			}))
		),
		option: {
			...base(theme),
			grid: { left: 52, right: 24, top: narrow ? 68 : 48, bottom: 48 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "line", snap: true, lineStyle: { color: theme.muted } },
				formatter: (marks) =>
					marks
						.filter((mark) => data.curves[mark.seriesIndex] && mark.dataIndex > 0)
						.map((mark) =>
							tooltip(...describe(data.curves[mark.seriesIndex], mark.dataIndex - 1))
						)
						.join(""),
			},
			xAxis: axis(theme, __("Customers, largest first (%)"), {
				type: "value",
				min: 0,
				max: 100,
				nameGap: 28,
				splitLine: { show: false },
			}),
			yAxis: axis(theme, __("Cumulative share (%)"), { type: "value", min: 0, max: 100, nameGap: 34 }),
			series,
		},
	};
}

/** Where the classes end on the curve. */
function class_lines(curve, cut_a, cut_b, theme, narrow) {
	const end_a = (100 * curve.classes.A) / curve.count;
	const end_b = (100 * (curve.classes.A + curve.classes.B)) / curve.count;
	const areas = [
		["A", 0, end_a, 0.1],
		["B", end_a, end_b, 0.05],
		["C", end_b, 100, 0],
	].filter(([, from, to]) => to > from);
	return {
		markArea: {
			silent: true,
			label: { color: theme.text, position: "insideBottom", distance: 8, fontWeight: "bold" },
			data: areas.map(([name, from, to, alpha]) => [
				{
					xAxis: from,
					// the class in words where there is room
					name:
						to - from > (narrow ? 30 : 14)
							? __("Class {0}: {1}", [name, curve.classes[name]])
							: name,
					itemStyle: { color: fade(theme.colors[0], alpha) },
				},
				{ xAxis: to },
			]),
		},
		markLine: {
			silent: true,
			symbol: "none",
			lineStyle: { color: theme.muted, type: "dashed" },
			label: { color: theme.muted, position: "insideEndTop" },
			data: [
				{ yAxis: cut_a, label: { formatter: __("A up to {0} %", [cut_a]) } },
				{
					yAxis: cut_b,
					label: { formatter: __("B up to {0} %", [cut_b]), position: "insideEndBottom" },
				},
				...(end_a < 100 ? [{ xAxis: end_a, label: { show: false } }] : []),
				...(end_b < 100 ? [{ xAxis: end_b, label: { show: false } }] : []),
			],
		},
	};
}

function description(data, main) {
	const curve = data.curves[Math.max(main, 0)];
	const { A, B, C } = curve.classes;
	return __("Pareto curve of {0}. Of {1} customers, {2} are class A, {3} class B and {4} class C.", [
		curve.name,
		curve.count,
		A,
		B,
		C,
	]);
}
