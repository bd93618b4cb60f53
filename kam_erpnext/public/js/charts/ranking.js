import { axis, base } from "./common";
import { money, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const ARROWS = { Up: "▲", Down: "▼", Same: "=", New: "★", Lost: "✕" };

/** The largest customers of the period, each with its sales before and its movement in the ranking. */
export function ranking(data, theme, { width, narrow }) {
	const rows = data.rows;
	const [now, before] = data.periods;
	const room = narrow ? 110 : Math.min(220, width / 4);
	const describe = (row) => [
		`${row.rank}. ${row.name}`,
		[
			[__("Net Sales"), money(row.now, data.currency)],
			[__("Before", null, "KAM"), money(row.before, data.currency)],
			[__("Movement"), row.movement],
			row.rank_before && [__("Rank before"), row.rank_before],
		],
	];
	const bars = (name, key, colour, more) => ({
		name,
		type: "bar",
		data: rows.map((row) => row[key]),
		barMaxWidth: 11,
		barGap: "15%",
		itemStyle: { color: colour, borderRadius: [0, 2, 2, 0] },
		cursor: "pointer",
		...more,
	});
	return {
		height: Math.max(200, rows.length * 30 + 80),
		description: __("Bars of the {0} largest customers: net sales from {1}, compared with {2}.", [
			rows.length,
			now,
			before,
		]),
		points: rows.map((row, place) => ({
			seriesIndex: 1,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: narrow ? 48 : 90, top: 36, bottom: 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "value",
				axisLabel: { formatter: short_number, hideOverlap: true },
			}),
			yAxis: axis(theme, "", {
				type: "category",
				inverse: true,
				data: rows.map((row) => `${row.rank}. ${shortened(row.name, 60)}`),
				axisLabel: { width: room, overflow: "truncate", color: theme.text },
				splitLine: { show: false },
			}),
			series: [
				bars(__("Net Sales Before"), "before", fade(theme.colors[1], 0.55), {
					itemStyle: {
						color: fade(theme.colors[1], 0.45),
						borderColor: theme.colors[1],
						borderType: "dashed",
					},
				}),
				bars(__("Net Sales"), "now", theme.colors[0], {
					label: {
						show: true,
						position: "right",
						color: theme.text,
						formatter: ({ dataIndex }) => {
							const row = rows[dataIndex];
							return narrow
								? ARROWS[row.status] || ""
								: `${ARROWS[row.status] || ""} ${row.movement}`;
						},
					},
				}),
			],
		},
	};
}
