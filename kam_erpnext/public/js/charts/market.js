import { axis, base, pattern } from "./common";
import { money, percent, shortened, spoken, tooltip } from "./format";

const share = (value) => (value == null ? "–" : percent(value));
const number = (value) => (value == null ? __("not known") : format_number(value, null, 0));

/** Market shares as bars, in value and in units as far as they are known, with a line where the share was a year before. */
export function market(data, theme, { width, narrow }) {
	const { rows, currency } = data;
	const room = narrow ? 110 : Math.min(240, width / 4);
	const measures = [
		{ field: "share", label: __("Market Share in Value"), color: theme.colors[0] },
		{ field: "share_units", label: __("Market Share in Units"), color: theme.colors[2] },
	].filter(({ field }) => rows.some((row) => row[field] != null));
	const earlier = rows.some((row) => row.share_before != null);
	const top = narrow ? 90 : 36; // the legend takes more lines there
	const describe = (row) => [
		row.name,
		[
			[__("Market"), money(row.market, currency)],
			[row.is_theirs ? __("Sales", null, "KAM") : __("Ours"), money(row.own, currency)],
			[__("Market Share in Value"), percent(row.share)],
			earlier && [__("Value, Year Before"), percent(row.share_before)],
			row.market_units != null && [__("Market Units"), number(row.market_units)],
			row.share_units != null && [__("Market Share in Units"), percent(row.share_units)],
		],
	];
	const per_row = measures.length > 1 ? 38 : 30;
	return {
		height: Math.max(180, rows.length * per_row + 48 + top),
		description: __("Bars of the market share in {0} markets.", [rows.length]),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: 72, top, bottom: 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "value",
				axisLabel: { formatter: "{value} %", hideOverlap: true },
			}),
			yAxis: [
				axis(theme, "", {
					type: "category",
					inverse: true,
					data: rows.map((row) => shortened(row.name, 60)),
					axisLabel: { width: room, overflow: "truncate", color: theme.text },
					splitLine: { show: false },
				}),
				// the figures stand in a column of their own, clear of the lines of the year before
				axis(theme, "", {
					type: "category",
					inverse: true,
					position: "right",
					data: rows.map((row) => measures.map(({ field }) => share(row[field])).join("\n")),
					axisLabel: { color: theme.text, lineHeight: 14, interval: 0 },
					axisLine: { show: false },
					axisTick: { show: false },
					splitLine: { show: false },
				}),
			],
			series: [
				...measures.map(({ field, label, color }, place) => ({
					name: label,
					type: "bar",
					data: rows.map((row) => row[field] ?? "-"),
					barMaxWidth: measures.length > 1 ? 12 : 16,
					barGap: "15%",
					itemStyle: { color, decal: pattern(place) },
					cursor: data.opens ? "pointer" : "default",
				})),
				...(earlier
					? [
							{
								name: __("Value, Year Before"),
								type: "scatter",
								data: rows.map((row, place) => [row.share_before ?? "-", place]),
								symbol: "rect",
								symbolSize: [3, measures.length > 1 ? 28 : 22],
								itemStyle: { color: theme.text, opacity: 0.75 },
								silent: true,
								z: 4,
							},
					  ]
					: []),
			],
			legend: base(theme).legend,
		},
	};
}
