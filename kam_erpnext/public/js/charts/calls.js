import { axis, base, pattern } from "./common";
import { money, percent, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

// accounts whose names stand beside their points
const NAMED = 14;

/** Colours of calls on time, late, missed and open. */
const part_style = (theme, place) =>
	place === 3
		? { color: fade(theme.muted, 0.18), borderColor: theme.muted, borderType: "dashed", borderWidth: 1 }
		: { color: theme.colors[[0, 5, 1][place]], decal: pattern(place) };

/** Call compliance: a bar per line, divided into what was made on time, made late, missed, and is still open. */
export function compliance(data, theme, { width, narrow }) {
	const { rows, parts } = data;
	const longest = Math.max(...rows.map((row) => row.name.length)) * 6.5;
	const room = narrow ? 110 : Math.min(Math.max(longest, 110), width / 4);
	const top = narrow ? 64 : 36;
	const describe = (row) => [
		row.name,
		[
			[__("Planned"), row.planned],
			...parts.map((label, place) => [label, row.values[place]]),
			[__("Made %"), percent(row.rate)],
		],
	];
	const note = data.not_drawn ? __("{0} more lines stand in the table.", [data.not_drawn]) : "";
	return {
		height: Math.max(150, rows.length * 28 + top + (note ? 62 : 40)),
		description: __("Bars of {0} lines, each divided into calls on time, late, missed and open.", [
			rows.length,
		]).concat(" ", note),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: 72, top, bottom: note ? 48 : 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, note, {
				type: "value",
				minInterval: 1,
				nameGap: 28,
				axisLabel: { hideOverlap: true },
			}),
			yAxis: [
				axis(theme, "", {
					type: "category",
					inverse: true,
					data: rows.map((row) => shortened(row.name, 60)),
					axisLabel: { width: room, overflow: "truncate", color: theme.text, interval: 0 },
					splitLine: { show: false },
				}),
				// the rates stand in a column of their own
				axis(theme, "", {
					type: "category",
					inverse: true,
					position: "right",
					data: rows.map((row) => percent(row.rate, 0)),
					axisLabel: { color: theme.text, interval: 0 },
					axisLine: { show: false },
					axisTick: { show: false },
					splitLine: { show: false },
				}),
			],
			series: parts.map((label, place) => ({
				name: label,
				type: "bar",
				stack: "calls",
				barMaxWidth: 16,
				cursor: "pointer",
				itemStyle: part_style(theme, place),
				data: rows.map((row) => row.values[place]),
			})),
		},
	};
}

/** Weeks or months of calls: made and not made as bars, hours with customers as a line. */
export function call_weeks(data, theme, { narrow }) {
	const { rows, parts } = data;
	const number = (value) => format_number(value, null, 1);
	const describe = (row) => [
		row.name,
		[
			[__("Planned"), row.planned],
			...parts.map((label, place) => [label, row.values[place]]),
			[__("Made %"), percent(row.rate)],
			[__("Hours with Customers"), number(row.hours)],
		],
	];
	return {
		height: 290,
		description: __("Bars of calls of {0} spans of time and a line of the hours with customers.", [
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
			grid: { left: 46, right: 50, top: narrow ? 84 : 44, bottom: 30 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "category",
				data: rows.map((row) => row.short),
				axisLabel: { color: theme.text, hideOverlap: true },
				splitLine: { show: false },
			}),
			yAxis: [
				axis(theme, __("Calls"), { type: "value", minInterval: 1, nameGap: 32 }),
				axis(theme, __("Hours", null, "KAM"), { type: "value", nameGap: 34, splitLine: { show: false } }),
			],
			series: [
				...parts.map((label, place) => ({
					name: label,
					type: "bar",
					stack: "calls",
					barMaxWidth: 30,
					cursor: "pointer",
					itemStyle: part_style(theme, place),
					data: rows.map((row) => row.values[place]),
				})),
				{
					name: __("Hours with Customers"),
					type: "line",
					yAxisIndex: 1,
					data: rows.map((row) => row.hours),
					symbol: "diamond",
					symbolSize: 8,
					lineStyle: { width: 2, type: "dashed" },
					color: theme.text,
					z: 5,
				},
			],
		},
	};
}

const LARGEST = 46;
const SMALLEST = 8;

/** Calls against the development of sales, one bubble per account; its area stands for net sales. */
export function calls_and_results(data, theme, { narrow }) {
	const rows = [...data.rows].sort((a, b) => b.net_sales - a.net_sales);
	const largest = Math.max(1, ...rows.map((row) => row.net_sales));
	const size = (row) =>
		Math.max(SMALLEST, Math.sqrt(Math.max(0, row.net_sales) / largest) * LARGEST * (narrow ? 0.7 : 1));
	const in_percent = data.measure === "percent";
	const change = (value) => (in_percent ? percent(value) : money(value, data.currency));
	const describe = (row) => [
		row.name,
		[
			[__("Calls"), row.calls],
			[__("Net Sales"), money(row.net_sales, data.currency)],
			[__("Year Before"), money(row.before, data.currency)],
			[__("Change", null, "KAM"), change(row.change)],
		],
	];
	// a few accounts that start from little would press all others to one line
	const { low, high } = data.range;
	const inside = (value) => Math.min(high, Math.max(low, value));
	const most = Math.max(...rows.map((row) => row.calls));
	// names of all would lie on each other; the others are told where the mouse or the keyboard points
	const named = new Set([...rows].sort((a, b) => size(b) - size(a)).slice(0, narrow ? 5 : NAMED));
	return {
		height: narrow ? 400 : 470,
		description: __("Calls to the right, change of net sales upwards, for {0} accounts. {1}", [
			rows.length,
			data.caution,
		]),
		points: rows.map((row, dataIndex) => ({
			seriesIndex: 0,
			dataIndex,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			legend: { show: false },
			grid: { left: in_percent ? 62 : 70, right: 24, top: 40, bottom: 62 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex }) => (rows[dataIndex] ? tooltip(...describe(rows[dataIndex])) : ""),
			},
			xAxis: axis(theme, `${data.labels.x}\n${data.caution}`, {
				type: "value",
				minInterval: 1,
				nameGap: 30,
				nameTextStyle: { color: theme.text, lineHeight: 18 },
				splitLine: { show: false },
			}),
			yAxis: axis(theme, data.labels.y, {
				type: "value",
				min: low,
				max: high,
				nameGap: in_percent ? 46 : 54,
				axisLabel: {
					formatter: (value) => (in_percent ? `${value} %` : short_number(value)),
					hideOverlap: true,
				},
				axisLine: { onZero: false },
			}),
			series: [
				{
					type: "scatter",
					data: rows.map((row) => ({
						value: [row.calls, inside(row.change)],
						symbolSize: size(row),
						label: { show: named.has(row), position: row.calls > 0.8 * most ? "left" : "right" },
						// what lies beyond the axis is drawn at its end, as an arrow
						symbol: row.change > high || row.change < low ? "triangle" : "circle",
						symbolRotate: row.change < low ? 180 : 0,
						itemStyle: {
							color: fade(theme.colors[row.change < 0 ? 1 : 0], 0.55),
							borderColor: theme.colors[row.change < 0 ? 1 : 0],
							borderWidth: 1,
						},
					})),
					cursor: "pointer",
					emphasis: { scale: 1.15, itemStyle: { borderColor: theme.text, borderWidth: 2 } },
					label: {
						show: true,
						position: "right",
						color: theme.text,
						fontSize: narrow ? 10 : 11,
						formatter: ({ dataIndex }) => shortened(rows[dataIndex].name, narrow ? 12 : 24),
					},
					labelLayout: { hideOverlap: true },
					markLine: {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.muted, type: "dashed" },
						label: {
							show: true,
							position: "insideEndTop",
							color: theme.muted,
							formatter: __("No change"),
						},
						data: [{ yAxis: 0 }],
					},
				},
			],
		},
	};
}

const ROW = 26;

/**
 * Workload: one row per person, one column per week. Blue is little, orange too much; besides the colour a sign says over
 * (▲, bold) or under load (▼), and every cell has its figure. Weeks without capacity show the number of calls on a plain
 * ground.
 */
export function workload(data, theme, { width, narrow }) {
	const { rows, columns, over, under } = data;
	const left = narrow ? 92 : 180;
	const wide = (width - left - 12) / columns.length;
	const too_much = (cell) => (cell.percent == null ? cell.free && cell.calls : cell.percent > over);
	const sign = (value) => (value > over ? "▲" : value < under ? "▼" : "");
	const figure = (cell) => {
		if (cell.percent != null) return `${sign(cell.percent)}${Math.round(cell.percent)}`;
		if (!cell.calls) return cell.free ? "–" : "";
		return cell.free ? `▲(${cell.calls})` : `(${cell.calls})`;
	};
	const describe = (row, column) => {
		const cell = rows[row].cells[column];
		return [
			`${rows[row].name}, ${columns[column].long}`,
			[
				cell.percent != null && [__("Load"), percent(cell.percent, 0)],
				[__("Calls"), cell.calls],
				cell.possible != null && [__("Possible Calls"), cell.possible],
				[__("Hours", null, "KAM"), format_number(cell.hours, null, 1)],
				cell.possible_hours != null && [
					__("Possible Hours"),
					format_number(cell.possible_hours, null, 1),
				],
				[__("State", null, "KAM"), cell.state],
			],
		];
	};
	const cells = rows.flatMap((row, y) => row.cells.map((cell, x) => ({ x, y, cell, text: figure(cell) })));
	const known = cells.filter(({ cell }) => cell.percent != null);
	const unknown = cells.filter(({ cell }) => cell.percent == null);
	const [blue, orange] = theme.dark ? [theme.colors[0], theme.colors[1]] : theme.colors;
	const series = (found, seriesIndex) => ({
		type: "heatmap",
		name: seriesIndex ? __("Not Known") : __("Known"),
		data: found.map(({ x, y, cell, text }) => ({
			value: [x, y, seriesIndex ? 0 : shade(cell.percent, over)],
			name: wide < 26 && text.length > 3 ? text.slice(0, 1) : text,
			label: { color: theme.text, fontWeight: too_much(cell) ? "bold" : "normal" },
			// calls on days nobody works
			...(seriesIndex && too_much(cell)
				? { itemStyle: { color: fade_over(orange, theme, 0.65) } }
				: {}),
		})),
		label: { show: true, formatter: ({ name }) => name, fontSize: wide < 40 ? 9 : 11 },
		itemStyle: { borderColor: theme.background, borderWidth: 2, borderRadius: 3 },
		emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 2 } },
		cursor: "pointer",
	});
	const point =
		(seriesIndex) =>
		({ x, y }, dataIndex) => ({
			seriesIndex,
			dataIndex,
			order: y * columns.length + x,
			text: spoken(...describe(y, x)),
			mark: { ...rows[y], column: columns[x] },
		});
	return {
		height: 92 + ROW * rows.length,
		description: __("Heat map of the load of {0} people in {1} spans of time.", [
			rows.length,
			columns.length,
		]),
		points: [...known.map(point(0)), ...unknown.map(point(1))].sort((a, b) => a.order - b.order),
		option: {
			...base(theme),
			legend: { show: false },
			grid: { left, right: 12, top: 84, bottom: 8 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex, seriesIndex }) => {
					const { x, y } = (seriesIndex ? unknown : known)[dataIndex];
					return tooltip(...describe(y, x));
				},
			},
			visualMap: [
				{
					type: "continuous",
					seriesIndex: 0,
					min: 0,
					max: 100,
					calculable: false,
					hoverLink: false,
					orient: "horizontal",
					left: 0,
					top: 0,
					itemWidth: 12,
					itemHeight: Math.min(140, width / 3),
					text: [data.labels.over, data.labels.under],
					textStyle: { color: theme.text },
					inRange: {
						color: [
							fade_over(blue, theme, 0.55),
							fade_over(blue, theme, 0.28),
							fade_over(blue, theme, 0.06),
							fade_over(orange, theme, 0.4),
							fade_over(orange, theme, 0.65),
						],
					},
				},
				{
					type: "continuous",
					seriesIndex: 1,
					show: false,
					min: 0,
					max: 1,
					inRange: { color: [fade(theme.text, 0.05)] },
				},
			],
			xAxis: {
				type: "category",
				position: "top",
				data: columns.map(({ name }) => name),
				axisLabel: {
					color: theme.text,
					fontSize: narrow ? 9 : 11,
					interval: wide < 44 ? Math.ceil(44 / wide) - 1 : 0,
					lineHeight: 13,
				},
				axisLine: { show: false },
				axisTick: { show: false },
			},
			yAxis: {
				type: "category",
				inverse: true,
				data: rows.map(({ name }) => name),
				axisLabel: {
					color: theme.text,
					interval: 0,
					formatter: (label) => shortened(label, narrow ? 13 : 26),
				},
				axisLine: { show: false },
				axisTick: { show: false },
			},
			series: [series(known, 0), series(unknown, 1)],
		},
	};
}

/** Place of a load on the scale of colours: up to what is possible its lower half, beyond it a leap to the upper one. */
const shade = (percent, over) =>
	percent <= over ? (50 * percent) / over : 65 + 35 * Math.min(1, (percent - over) / over);

/** A colour laid thinly over the background, as an opaque one. */
function fade_over(colour, theme, share) {
	const parts = (text) =>
		text
			.match(/^#(..)(..)(..)$/)
			?.slice(1)
			.map((hex) => parseInt(hex, 16)) ??
		(text.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
	const [over, under] = [parts(colour), parts(theme.background)];
	return `rgb(${over
		.map((value, place) => Math.round(value * share + under[place] * (1 - share)))
		.join(", ")})`;
}
