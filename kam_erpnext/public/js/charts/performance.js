import { axis, base, pattern } from "./common";
import { money, percent, plain, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const amount = (value, currency) =>
	value == null
		? "–"
		: currency
		? money(value, currency)
		: format_number(value, null, Math.abs(value) < 100 ? 2 : 0);
/** Rows with names as people write them. */
const named = ({ rows }) => rows.map((row) => ({ ...row, name: plain(row.name) }));
const signed = (value, currency) => `${value > 0 ? "+" : ""}${amount(value, currency)}`;
const short_signed = (value) => `${value > 0 ? "+" : ""}${short_number(value)}`;

/** Colours and patterns of what a forecast is made of. */
const style_of_parts = (theme) => ({
	actual: { color: theme.colors[0], decal: pattern(0) },
	orders: { color: theme.colors[5], decal: pattern(1) },
	pipeline: { color: theme.colors[3], decal: pattern(4) },
	baseline: { color: theme.dark ? "#5b6570" : "#c3cad2", decal: pattern(3) },
});

/** From last year to the forecast: what each line of the first level adds or takes away; the target as a line. */
export function waterfall(data, theme, { width, narrow }) {
	const { currency, target } = data;
	const rows = named(data);
	const [up, down] = [theme.colors[2], theme.colors[1]];
	const past = theme.dark ? "#98a2ae" : "#6b7785";
	const bars = steps(rows);
	const last = rows[rows.length - 1];
	const describe = (row) => [
		row.name,
		row.kind === "total"
			? [
					[row.name, amount(row.value, currency)],
					...(row.parts || []).map(({ name, value }) => [name, amount(value, currency)]),
					row === last && target != null && [__("Target", null, "KAM"), amount(target, currency)],
			  ]
			: [[__("Change from Last Year"), signed(row.value, currency)]],
	];
	const part_styles = style_of_parts(theme);
	const room = (width - 90) / rows.length;
	const turned = narrow || room < 74;
	const points = rows.map((row, place) => ({
		seriesIndex: row.kind === "total" ? 1 : row.value < 0 ? 3 : 2,
		dataIndex: place,
		text: spoken(...describe(row)),
		mark: row,
	}));
	const bar = (name, values, itemStyle, more = {}) => ({
		name,
		type: "bar",
		stack: "steps",
		barMaxWidth: 56,
		barCategoryGap: "28%",
		data: values,
		itemStyle,
		...more,
	});
	const label = (text) => ({
		show: true,
		position: "top",
		color: theme.text,
		fontSize: 11,
		formatter: ({ dataIndex }) => text(rows[dataIndex]),
	});
	const total = (row) => row.kind === "total";
	// where bars are narrower than their numbers, the numbers stand upright
	const upright = room < 52 ? { rotate: 90, align: "left", verticalAlign: "middle" } : {};
	const below = { position: "bottom", ...(room < 52 ? { align: "right" } : {}) };
	return {
		height: narrow ? 380 : 360,
		description: __("Waterfall from {0} last year to a forecast of {1}.", [
			amount(rows[0].value, currency),
			amount(last.value, currency),
		]),
		points,
		option: {
			...base(theme),
			legend: {
				...base(theme).legend,
				data: [__("Increase"), __("Decrease"), ...(last.parts || []).map(({ name }) => name)],
			},
			grid: { left: 62, right: target == null || narrow ? 16 : 78, top: narrow ? 76 : 52, bottom: turned ? 96 : 52 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "category",
				data: rows.map((row) => shortened(row.name, turned ? 20 : 34)),
				axisLabel: turned
					? { interval: 0, rotate: 38, color: theme.text, width: 110, overflow: "truncate" }
					: { interval: 0, color: theme.text, width: room - 6, overflow: "break", lineHeight: 14 },
				splitLine: { show: false },
			}),
			yAxis: axis(theme, "", {
				type: "value",
				axisLabel: { formatter: short_number },
				max: ({ max }) => (target > max ? rounded_up(target) : null),
			}),
			series: [
				bar("", bars.map(({ base }) => base), { color: "transparent" }, {
					silent: true,
					tooltip: { show: false },
					markLine:
						target == null
							? undefined
							: {
									silent: true,
									symbol: "none",
									lineStyle: { color: theme.text, type: "dashed", width: 1.5 },
									label: {
										position: narrow ? "insideStartTop" : "end",
										color: theme.text,
										lineHeight: 15,
										formatter: `${__("Target", null, "KAM")}${narrow ? " " : "\n"}${short_number(target)}`,
									},
									data: [{ yAxis: target }],
							  },
				}),
				bar(
					__("Last Year", null, "KAM"),
					rows.map((row) => (total(row) && !row.parts?.length ? row.value : "-")),
					{ color: past },
					{ label: label((row) => short_number(row.value)) }
				),
				bar(
					__("Increase"),
					rows.map((row, place) => (!total(row) && row.value >= 0 ? bars[place].size : "-")),
					{ color: up, decal: pattern(5) },
					{ label: { ...label((row) => short_signed(row.value)), ...upright } }
				),
				bar(
					__("Decrease"),
					rows.map((row, place) => (!total(row) && row.value < 0 ? bars[place].size : "-")),
					{ color: down, decal: pattern(2) },
					{ label: { ...label((row) => short_signed(row.value)), ...upright, ...below } }
				),
				...(last.parts || []).map(({ name, key, value }, place) =>
					bar(name, rows.map((row) => (row === last ? value : "-")), part_styles[key], {
						label:
							place === last.parts.length - 1 ? label((row) => short_number(row.value)) : { show: false },
					})
				),
			],
		},
	};
}

/** The next step of the axis, so that a line above all bars is inside the drawing and no mark of the axis lies on another. */
function rounded_up(value) {
	const unit = 10 ** Math.floor(Math.log10(value)) / 2;
	return Math.ceil((value * 1.02) / unit) * unit;
}

/** Where each bar begins and how long it is; steps that cross zero are drawn from the lower end. */
function steps(rows) {
	let level = 0;
	return rows.map((row) => {
		if (row.kind === "total") {
			level = row.value;
			return { base: 0, size: row.value };
		}
		const from = level;
		level += row.value;
		const low = Math.min(from, level);
		return { base: Math.max(low, 0), size: Math.abs(row.value) };
	});
}

/** Each line against its target: actual as a thick bar, the forecast behind it, marks for target and target to date. */
export function bullets(data, theme, { width, narrow }) {
	const { currency, names } = data;
	const rows = named(data);
	const room = narrow ? 96 : Math.min(220, width / 5);
	const describe = (row) => [
		row.name,
		[
			[names.forecast, amount(row.forecast, currency)],
			[names.actual, amount(row.actual, currency)],
			[names.target, amount(row.target, currency)],
			row.target_to_date != null && [names.target_to_date, amount(row.target_to_date, currency)],
			[names.last_year, amount(row.last_year, currency)],
			row.attainment != null && [names.attainment, percent(row.attainment)],
			row.pace != null && [names.pace, percent(row.pace)],
		],
	];
	// bars of one axis stand beside each other: each of the two has an axis of its own, so both are centred
	const bar = (name, field, size, color, z) => ({
		name,
		type: "bar",
		yAxisIndex: z - 2,
		data: rows.map((row) => row[field] ?? "-"),
		barWidth: size,
		itemStyle: { color },
		z,
	});
	const mark = (name, field, size, color, z, symbol = "rect") => ({
		name,
		type: "scatter",
		data: rows.map((row, place) => [row[field] ?? "-", place]),
		symbol,
		symbolSize: size,
		itemStyle: { color, opacity: 1 },
		silent: true,
		z,
	});
	return {
		height: Math.max(190, rows.length * 38 + 76),
		description: __("Bullets of {0} lines: actual and forecast against target.", [rows.length]),
		points: rows.map((row, place) => ({
			seriesIndex: 0,
			dataIndex: place,
			text: spoken(...describe(row)),
			mark: row,
		})),
		option: {
			...base(theme),
			grid: { left: room + 12, right: narrow ? 58 : 130, top: narrow ? 76 : 40, bottom: 28 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: (marks) => tooltip(...describe(rows[marks[0].dataIndex])),
			},
			xAxis: axis(theme, "", { type: "value", axisLabel: { formatter: short_number, hideOverlap: true } }),
			yAxis: [
				axis(theme, "", {
					type: "category",
					inverse: true,
					data: rows.map((row) => shortened(row.name, 60)),
					axisLabel: { width: room, overflow: "truncate", color: theme.text },
					splitLine: { show: false },
				}),
				axis(theme, "", {
					type: "category",
					inverse: true,
					position: "right",
					data: rows.map((row) =>
						row.attainment == null
							? __("no target")
							: narrow
							? percent(row.attainment, 0)
							: __("{0} of target", [percent(row.attainment, 0)])
					),
					axisLabel: { color: theme.text, interval: 0 },
					axisLine: { show: false },
					axisTick: { show: false },
					splitLine: { show: false },
				}),
			],
			series: [
				bar(names.forecast, "forecast", 22, fade(theme.colors[5], 0.45), 2),
				bar(names.actual, "actual", 10, theme.colors[0], 3),
				mark(names.target, "target", [4, 28], theme.text, 5),
				mark(names.target_to_date, "target_to_date", [2, 18], theme.colors[1], 4),
				mark(names.last_year, "last_year", [11, 11], theme.colors[4], 4, "diamond"),
			],
			legend: { ...base(theme).legend, itemWidth: 16 },
		},
	};
}

/** Part by part: what is sold and what is expected as stacked bars, target and last year as lines. */
export function performance(data, theme, { narrow }) {
	const { currency, names } = data;
	const rows = named(data);
	const parts = ["actual", "orders", "pipeline", "baseline"].filter((key) => rows.some((row) => row[key]));
	const styles = style_of_parts(theme);
	const lines = [
		{ key: "target", type: "solid", color: theme.text, symbol: "rect" },
		{ key: "last_year", type: "dashed", color: theme.colors[4], symbol: "circle" },
	].filter(({ key }) => rows.some((row) => row[key] != null));
	const describe = (row) => [
		row.name,
		[
			...parts.map((key) => [names[key], amount(row[key], currency)]),
			parts.length > 1 && [names.forecast, amount(row.forecast, currency)],
			...lines.map(({ key }) => [names[key], amount(row[key], currency)]),
		],
	];
	return {
		height: narrow ? 340 : 360,
		description: __("Bars of {0} parts of the period, with lines of target and last year.", [rows.length]),
		points: rows.map((row, place) => ({ seriesIndex: 0, dataIndex: place, text: spoken(...describe(row)) })),
		option: {
			...base(theme),
			grid: { left: 62, right: 20, top: narrow ? 84 : 46, bottom: 36 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(rows[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "category",
				data: rows.map(({ name }) => name),
				axisLabel: { hideOverlap: true, color: theme.text },
				splitLine: { show: false },
			}),
			yAxis: axis(theme, "", { type: "value", axisLabel: { formatter: short_number } }),
			series: [
				...parts.map((key) => ({
					name: names[key],
					type: "bar",
					stack: "forecast",
					barMaxWidth: 42,
					data: rows.map((row) => row[key] || "-"),
					itemStyle: styles[key],
				})),
				...lines.map(({ key, type, color, symbol }) => ({
					name: names[key],
					type: "line",
					data: rows.map((row) => row[key] ?? null),
					connectNulls: false,
					symbol,
					symbolSize: 6,
					showSymbol: rows.length <= 60,
					lineStyle: { width: 2, type, color },
					itemStyle: { color },
					z: 5,
				})),
			],
		},
	};
}
