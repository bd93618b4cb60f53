import { axis, base, pattern } from "./common";
import { money, percent, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const TARGET = 100;

/** What each person is paid, or what each measure reached, in percent; lines mark the target and the threshold. */
export function incentives(data, theme, { width, narrow }) {
	const { rows, names } = data;
	const longest = Math.max(...rows.map((row) => row.name.length)) * 6.8;
	const room = narrow ? 104 : Math.min(Math.max(longest, 110), width / 4);
	const describe = (row) => [
		row.name,
		[
			[names.value, percent(row.value)],
			row.threshold && [names.threshold, percent(row.threshold)],
			...row.lines,
		],
	];
	const top = Math.max(TARGET, ...rows.map((row) => row.value || 0));
	const note = data.not_drawn ? __("{0} more lines stand in the table.", [data.not_drawn]) : "";
	return {
		height: Math.max(150, rows.length * 34 + (note ? 104 : 88)),
		description: __("Bars of {0} lines in percent, with a line at 100 %.", [rows.length]),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			legend: { show: false },
			title: {
				text: data.title,
				left: 0,
				top: 0,
				textStyle: { color: theme.muted, fontSize: 12, fontWeight: "normal" },
			},
			grid: { left: room + 12, right: 66, top: 48, bottom: note ? 48 : 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: (marks) => tooltip(...describe(rows[marks[0].dataIndex])),
			},
			xAxis: axis(theme, note, {
				type: "value",
				min: 0,
				max: Math.ceil((top * 1.08) / 20) * 20,
				nameGap: 28,
				axisLabel: { formatter: (value) => `${value} %`, hideOverlap: true },
			}),
			yAxis: axis(theme, "", {
				type: "category",
				inverse: true,
				data: rows.map((row) => shortened(row.name, 60)),
				axisLabel: { width: room, overflow: "truncate", color: theme.text, interval: 0 },
				splitLine: { show: false },
			}),
			series: [
				{
					name: names.value,
					type: "bar",
					barMaxWidth: 18,
					cursor: "pointer",
					data: rows.map((row) => ({
						value: row.value ?? 0,
						itemStyle: {
							color:
								row.value === null
									? fade(theme.muted, 0.25)
									: theme.colors[row.value >= TARGET ? 2 : row.value > 0 ? 0 : 1],
						},
					})),
					label: {
						show: true,
						position: "right",
						color: theme.text,
						fontSize: 11,
						formatter: ({ dataIndex }) => percent(rows[dataIndex].value, 0),
					},
					markLine: {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.text, type: "dashed", width: 1.5 },
						label: { position: "start", color: theme.text, formatter: names.target },
						data: [{ xAxis: TARGET }],
					},
				},
				{
					name: names.threshold,
					type: "scatter",
					silent: true,
					symbol: "rect",
					symbolSize: [2, 22],
					itemStyle: { color: theme.text, opacity: 1 },
					z: 4,
					data: rows.flatMap((row, place) => (row.threshold ? [[row.threshold, place]] : [])),
				},
			],
		},
	};
}

/** What the customers of people, or of territories, brought; each bar divided into its largest parts. */
export function contributions(data, theme, { width, narrow }) {
	const { rows, parts, currency, names } = data;
	const longest = Math.max(...rows.map((row) => row.name.length)) * 6.8;
	const room = narrow ? 104 : Math.min(Math.max(longest, 110), width / 4);
	const describe = (row) => [
		row.name,
		[
			[names.total, money(row.total, currency)],
			...parts.map((name, place) => (row.values[place] ? [name, money(row.values[place], currency)] : null)),
			[names.margin, money(row.margin, currency)],
			[names.last_year, money(row.last_year, currency)],
		],
	];
	return {
		height: Math.max(170, rows.length * 34 + (narrow ? 130 : 82)),
		description: __("Bars of {0} lines, each divided into its largest parts.", [rows.length]),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: 30, top: narrow ? 96 : 44, bottom: 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: (marks) => tooltip(...describe(rows[marks[0].dataIndex])),
			},
			xAxis: axis(theme, "", { type: "value", axisLabel: { formatter: short_number, hideOverlap: true } }),
			yAxis: axis(theme, "", {
				type: "category",
				inverse: true,
				data: rows.map((row) => shortened(row.name, 60)),
				axisLabel: { width: room, overflow: "truncate", color: theme.text, interval: 0 },
				splitLine: { show: false },
			}),
			series: [
				...parts.map((name, place) => ({
					name: shortened(name, 30),
					type: "bar",
					stack: "sales",
					barMaxWidth: 18,
					cursor: "pointer",
					itemStyle: {
						...(name === __("Others")
							? { color: fade(theme.muted, 0.4) }
							: { color: theme.colors[place], decal: pattern(place) }),
						borderColor: theme.background,
						borderWidth: 1,
					},
					data: rows.map((row) => row.values[place]),
				})),
				{
					name: names.last_year,
					type: "scatter",
					silent: true,
					symbol: "rect",
					symbolSize: [3, 24],
					itemStyle: { color: theme.text, opacity: 1 },
					z: 4,
					data: rows.map((row, place) => [row.last_year, place]),
				},
			],
		},
	};
}
