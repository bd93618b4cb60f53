import { axis, base } from "./common";
import { percent, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const BAR = 26;
// the third colour of the palette is green, the second orange to red, the fourth yellow
const tones = (theme) => [theme.colors[1], theme.colors[3], theme.colors[2]];
const number = (value) => (value == null ? __("not known") : format_number(value, null, 0));

const tone_of = (value, [at_risk, watch], theme) =>
	tones(theme)[value <= at_risk ? 0 : value <= watch ? 1 : 2];

/** Light grounds of the three bands of the health. */
function grounds(bands, theme, axis_name, labelled) {
	let lower = 0;
	return {
		silent: true,
		data: bands.map(({ name, upper }, place) => {
			const from = lower;
			lower = upper;
			return [
				{
					name: labelled ? name : "",
					[axis_name]: from,
					itemStyle: { color: fade(tones(theme)[place], 0.1) },
					label: { color: theme.muted, position: axis_name === "yAxis" ? "insideTopLeft" : "insideTop", fontSize: 11 },
				},
				{ [axis_name]: upper },
			];
		}),
	};
}

/**
 * Accounts, the weakest first: a bar of the health in the colour of its band, a ring where it stood three months before, and
 * a line between the two, so that one sees at a glance who falls.
 */
export function scorecards(data, theme, { width, narrow }) {
	const { rows, bands } = data;
	const longest = Math.max(...rows.map((row) => row.name.length)) * 6.5;
	const left = narrow ? 110 : Math.min(Math.max(longest, 110), width / 4);
	const right = narrow ? 62 : 150;
	const change = (row) => (row.before == null ? null : row.health - row.before);
	const moved = (row) => {
		const by = change(row);
		if (by == null) return "";
		return `${by > 0 ? "▲" : by < 0 ? "▼" : "="} ${Math.abs(by)}`;
	};
	const describe = (row) => [
		row.name,
		[
			[__("Health"), `${number(row.health)} (${row.band})`],
			row.before != null && [
				__("On {0}", [frappe.datetime.str_to_user(row.since)]),
				`${number(row.before)} (${moved(row)})`,
			],
			...data.labels.perspectives.map((label, place) => [label, number(row.scores[place])]),
			[__("Freshness"), number(row.freshness)],
			[__("Completeness"), number(row.completeness)],
			row.alarms && [__("Open Alarms"), row.alarms],
		],
	];
	const compared = rows.some((row) => row.before != null);
	const note = data.not_drawn ? __("{0} more accounts stand in the table.", [data.not_drawn]) : "";
	const top = 38;
	return {
		height: Math.max(150, rows.length * BAR + top + (note ? 62 : 40)),
		description: __("Bars of the health of {0} accounts, the weakest first, with a ring for three months before. {1}", [
			rows.length,
			note,
		]),
		points: rows.map((row, dataIndex) => ({
			seriesIndex: 0,
			dataIndex,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			legend: {
				...base(theme).legend,
				show: compared,
				data: [
					{ name: __("Health"), itemStyle: { color: theme.muted } },
					{ name: __("Three months before") },
				],
			},
			grid: { left: left + 12, right, top, bottom: note ? 48 : 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, note, { type: "value", min: 0, max: 100, nameGap: 28 }),
			yAxis: [
				axis(theme, "", {
					type: "category",
					inverse: true,
					data: rows.map((row) => shortened(row.name, 60)),
					axisLabel: { width: left, overflow: "truncate", color: theme.text, interval: 0 },
					splitLine: { show: false },
				}),
				// health, band and movement stand in a column of their own
				axis(theme, "", {
					type: "category",
					inverse: true,
					position: "right",
					data: rows.map((row) =>
						[number(row.health), narrow ? "" : row.band, moved(row)].filter(Boolean).join("  ")
					),
					axisLabel: { color: theme.text, interval: 0 },
					axisLine: { show: false },
					axisTick: { show: false },
					splitLine: { show: false },
				}),
			],
			series: [
				{
					name: __("Health"),
					type: "bar",
					barMaxWidth: 14,
					cursor: "pointer",
					data: rows.map((row) => ({
						value: row.health,
						itemStyle: { color: tone_of(row.health, bands, theme), borderRadius: [0, 3, 3, 0] },
					})),
					markLine: {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.muted, type: "dashed", opacity: 0.7 },
						label: { show: false },
						data: bands.map((value) => ({ xAxis: value })),
					},
				},
				{
					name: __("Three months before"),
					type: "scatter",
					symbol: "circle",
					symbolSize: 11,
					color: theme.text,
					itemStyle: { color: theme.background, borderColor: theme.text, borderWidth: 2 },
					data: rows.map((row, place) => [row.before ?? "-", place]),
					tooltip: { show: false },
					silent: true,
					z: 5,
				},
			],
		},
	};
}

/** One account: the four perspectives as bars, and health and score over time on the grounds of the bands. */
export function scorecard(data, theme, { width, narrow }) {
	const { bars, trend, bands } = data;
	const limits = bands.slice(0, 2).map(({ upper }) => upper);
	const both = trend.length > 1;
	const stacked = narrow || width < 820;
	const tall = 4 * 42;
	const first = { top: 44, left: 118, height: tall };
	const second = { top: stacked ? tall + 120 : 44, height: stacked ? 200 : tall, right: 24 };
	const of_bar = (bar) => [
		bar.label,
		[
			[__("Points"), number(bar.value)],
			[__("Known"), percent(bar.answered, 0)],
		],
	];
	const of_day = (shot) => [
		shot.label,
		[
			[__("Health"), number(shot.health)],
			[__("Score", null, "KAM"), number(shot.score)],
		],
	];
	const time = (field) => trend.map((shot) => [shot.day, shot[field] ?? "-"]);
	const line = (name, field, more) => ({
		name,
		type: "line",
		xAxisIndex: 1,
		yAxisIndex: 1,
		data: time(field),
		connectNulls: false,
		symbolSize: 7,
		cursor: "default",
		...more,
	});
	return {
		height: both ? second.top + second.height + 44 : first.top + tall + 40,
		description: __("Bars of the four perspectives of {0}{1}", [
			data.account,
			both ? __(", and lines of health and score on {0} days.", [trend.length]) : ".",
		]),
		points: [
			...bars.map((bar, dataIndex) => ({ seriesIndex: 0, dataIndex, text: spoken(...of_bar(bar)), mark: null })),
			...(both
				? trend.map((shot, dataIndex) => ({
						seriesIndex: 1,
						dataIndex,
						text: spoken(...of_day(shot)),
						mark: null,
				  }))
				: []),
		],
		option: {
			...base(theme),
			legend: {
				...base(theme).legend,
				show: both,
				data: [__("Health"), __("Score", null, "KAM")],
				left: stacked ? 0 : "52%",
				top: stacked ? tall + 84 : 0,
			},
			grid: both
				? [
						{ ...first, ...(stacked ? { right: 56 } : { width: width * 0.5 - 118 - 80 }) },
						{ ...second, left: stacked ? 40 : "52%" },
				  ]
				: [{ ...first, right: 60 }],
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ seriesIndex, dataIndex }) =>
					tooltip(...(seriesIndex ? of_day(trend[dataIndex]) : of_bar(bars[dataIndex]))),
			},
			xAxis: [
				axis(theme, "", { type: "value", min: 0, max: 100 }),
				...(both
					? [
							axis(theme, "", {
								gridIndex: 1,
								type: "time",
								axisLabel: { color: theme.text, hideOverlap: true },
								splitLine: { show: false },
							}),
					  ]
					: []),
			],
			yAxis: [
				axis(theme, "", {
					type: "category",
					inverse: true,
					data: bars.map(({ label }) => label),
					axisLabel: { color: theme.text, interval: 0 },
					splitLine: { show: false },
				}),
				...(both ? [axis(theme, "", { gridIndex: 1, type: "value", min: 0, max: 100 })] : []),
			],
			series: [
				{
					name: __("Points"),
					type: "bar",
					barMaxWidth: 20,
					data: bars.map((bar) => ({
						value: bar.value ?? 0,
						itemStyle: {
							color: bar.value == null ? fade(theme.muted, 0.2) : tone_of(bar.value, limits, theme),
							borderRadius: [0, 3, 3, 0],
						},
						label: {
							show: true,
							position: "right",
							color: theme.text,
							formatter: bar.value == null ? __("not known") : number(bar.value),
						},
					})),
					markLine: {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.muted, type: "dashed", opacity: 0.7 },
						label: { show: false },
						data: limits.map((value) => ({ xAxis: value })),
					},
				},
				...(both
					? [
							line(__("Health"), "health", {
								color: theme.text,
								lineStyle: { width: 3 },
								markArea: grounds(bands, theme, "yAxis", true),
								endLabel: { show: true, color: theme.text, formatter: ({ value }) => number(value[1]) },
							}),
							line(__("Score", null, "KAM"), "score", {
								color: theme.colors[0],
								symbol: "diamond",
								lineStyle: { width: 2, type: "dashed" },
							}),
					  ]
					: []),
			],
		},
	};
}
