import { axis, base, pattern } from "./common";
import { money, percent, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

// ours, competitors, made by the customer; what follows them is unknown
const KNOWN = 3;

/** Wallets as bars: who gets what a customer spends, and what nobody has named, hatched. */
export function wallet(data, theme, { width, narrow }) {
	const { rows, parts, currency } = data;
	const longest = Math.max(...rows.map((row) => row.name.length)) * 6.5;
	const room = narrow ? 110 : Math.min(Math.max(longest, 160), width / 3);
	const top = narrow ? 64 : 36; // the legend takes more lines there
	const describe = (row) => [
		row.name,
		[
			[__("Wallet"), money(row.wallet, currency)],
			...parts.map(({ field, label }) => [label, money(row[field], currency)]),
			[__("Share of Wallet"), percent(row.share)],
		],
	];
	const style = (place) =>
		place < KNOWN
			? { color: theme.colors[place], decal: pattern(place) }
			: { color: fade(theme.muted, 0.18), borderColor: theme.muted, borderType: "dashed", borderWidth: 1 };
	return {
		height: Math.max(180, rows.length * 30 + 48 + top),
		description: __("Bars of {0} wallets, each divided into ours, competitors, own make and unknown.", [
			rows.length,
		]),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: narrow ? 56 : 80, top, bottom: 28 },
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
				data: rows.map((row) => shortened(row.name, 60)),
				axisLabel: { width: room, overflow: "truncate", color: theme.text },
				splitLine: { show: false },
			}),
			series: [
				...parts.map(({ field, label }, place) => ({
					name: label,
					type: "bar",
					stack: "wallet",
					data: rows.map((row) => Math.max(0, row[field] || 0)),
					barMaxWidth: 18,
					itemStyle: style(place),
					cursor: "pointer",
				})),
				{
					// nothing but the share, written behind the bar
					name: "",
					type: "bar",
					stack: "wallet",
					data: rows.map(() => 0),
					silent: true,
					label: {
						show: true,
						position: "right",
						color: theme.text,
						formatter: ({ dataIndex }) => percent(rows[dataIndex].share),
					},
				},
			],
			legend: { ...base(theme).legend, data: parts.map(({ label }) => label) },
		},
	};
}
