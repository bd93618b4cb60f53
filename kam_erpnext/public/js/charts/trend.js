import { axis, base } from "./common";
import { percent, spoken, tooltip } from "./format";

const SYMBOLS = ["circle", "diamond", "rect"];

/** Scores of a power map over time: shares on the left axis, the rule score on the right one. */
export function trend(data, theme, { narrow }) {
	const rows = data.rows;
	const points = (value) => (value == null ? __("not known") : format_number(value, null, 1));
	const lines = [
		{ key: "coverage", name: __("Coverage"), words: (value) => percent(value, 0) },
		{ key: "role_completeness", name: __("Buying Roles Filled"), words: (value) => percent(value, 0) },
		{ key: "rule_score", name: __("Rule Score"), words: points, right: true },
	];
	const day = (row) => frappe.datetime.str_to_user(row.taken_on);
	const describe = (row) => [day(row), lines.map((line) => [line.name, line.words(row[line.key])])];
	return {
		height: narrow ? 250 : 270,
		description: __("Lines of coverage, buying roles filled and rule score at {0} days, from {1} to {2}.", [
			rows.length,
			day(rows[0]),
			day(rows[rows.length - 1]),
		]),
		points: rows.map((row, place) => ({ seriesIndex: 0, dataIndex: place, text: spoken(...describe(row)) })),
		option: {
			...base(theme),
			grid: { left: 44, right: 36, top: narrow ? 62 : 42, bottom: 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "time",
				axisLabel: {
					hideOverlap: true,
					formatter: (value) => moment(value).format(narrow ? "MMM" : "MMM YY"),
				},
				minInterval: 28 * 24 * 3600 * 1000,
				splitLine: { show: false },
			}),
			yAxis: [
				axis(theme, "", { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } }),
				axis(theme, "", { type: "value", min: 0, max: 5, splitLine: { show: false } }),
			],
			series: lines.map((line, place) => ({
				name: line.name,
				type: "line",
				yAxisIndex: line.right ? 1 : 0,
				// a day without a value is a gap, not a zero
				connectNulls: false,
				data: rows.map((row) => [row.taken_on, row[line.key] ?? null]),
				symbol: SYMBOLS[place],
				symbolSize: 8,
				lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][place] },
				color: theme.colors[place],
			})),
		},
	};
}
