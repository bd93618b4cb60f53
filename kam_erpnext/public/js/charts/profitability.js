import { axis, base } from "./common";
import { money, percent, plain, short_number, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

/** From gross sales to the last margin: sums stand on the ground, what is taken away hangs between them. */
export function profit(data, theme, { width, narrow }) {
	let level = 0;
	const steps = data.steps.map((step) => {
		if (step.kind === "total") level = step.amount;
		else level -= step.amount;
		const from = step.kind === "total" ? 0 : level + step.amount;
		return { ...step, low: Math.min(from, level), high: Math.max(from, level), level };
	});
	const net = data.net_sales;
	const describe = (step) => [
		step.label,
		[
			[step.kind === "total" ? __("Amount") : __("Takes away"), money(step.amount, data.currency)],
			net > 0 && [__("Of net sales"), percent((100 * step.amount) / net)],
		],
	];
	// bars are drawn as an invisible part below and a visible one; below zero both hang downwards
	const below = steps.map(({ low, high }) => (low >= 0 ? low : high <= 0 ? high : 0));
	const parts = (sign) =>
		steps.map(({ low, high }) =>
			sign > 0 ? Math.max(0, high) - Math.max(0, low) : Math.min(0, low) - Math.min(0, high)
		);
	const colour = (step) =>
		step.kind === "total"
			? step.amount < 0
				? theme.colors[1]
				: theme.colors[0]
			: fade(theme.colors[step.amount < 0 ? 2 : 1], 0.75);
	const bar = (values, more = {}) => ({
		type: "bar",
		stack: "steps",
		barMaxWidth: 54,
		data: values.map((value, place) => ({ value, itemStyle: { color: colour(steps[place]) } })),
		...more,
	});
	const label = ({ dataIndex }) => {
		const step = steps[dataIndex];
		return `${step.kind === "total" ? "" : "− "}${short_number(step.amount)}`;
	};
	return {
		height: narrow ? 320 : 360,
		description: __("Waterfall from {0} of {1} to {2} of {3}.", [
			steps[0].label,
			money(steps[0].amount, data.currency),
			steps[steps.length - 1].label,
			money(steps[steps.length - 1].amount, data.currency),
		]),
		points: steps.map((step, dataIndex) => ({
			seriesIndex: 1,
			dataIndex,
			text: spoken(...describe(step)),
		})),
		option: {
			...base(theme),
			legend: { show: false },
			grid: { left: narrow ? 50 : 64, right: 16, top: 28, bottom: narrow ? 96 : 64 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(steps[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "category",
				data: steps.map((step) => step.label),
				axisLabel: {
					interval: 0,
					color: theme.text,
					...(narrow
						? { rotate: 60 }
						: {
								width: Math.max(50, (width - 90) / data.steps.length - 8),
								overflow: "break",
								lineHeight: 14,
						  }),
				},
				splitLine: { show: false },
			}),
			yAxis: axis(theme, "", { type: "value", axisLabel: { formatter: short_number } }),
			series: [
				bar(below, {
					data: below,
					itemStyle: { color: "transparent" },
					emphasis: { disabled: true },
					silent: true,
				}),
				bar(parts(1), {
					label: {
						show: !narrow,
						position: "top",
						color: theme.text,
						formatter: (mark) => (parts(1)[mark.dataIndex] > 0 ? label(mark) : ""),
					},
				}),
				bar(parts(-1), {
					label: {
						show: !narrow,
						position: "bottom",
						color: theme.text,
						formatter: (mark) => (parts(1)[mark.dataIndex] > 0 ? "" : label(mark)),
					},
				}),
			],
		},
	};
}

/** Whale curve: cumulative margin of the customers, the most profitable first; above 100 % the rest costs margin. */
export function whale(data, theme, { narrow }) {
	const points = data.points;
	const in_percent = data.total > 0;
	const value = (point) => (in_percent ? point.share : point.cumulative);
	const peak = points.reduce(
		(best, point) => (point.cumulative > best.cumulative ? point : best),
		points[0]
	);
	const describe = (point) => [
		`${point.place}. ${plain(point.name)}`,
		[
			[data.margin, money(point.margin, data.currency)],
			[__("All up to here"), money(point.cumulative, data.currency)],
			in_percent && [__("Of the total"), percent(point.share)],
		],
	];
	const share = (point) => (100 * point.place) / data.count;
	return {
		height: narrow ? 320 : 380,
		description: __("Whale curve of {0} customers: {1} of them lose {2} together.", [
			data.count,
			data.losing,
			money(-data.lost, data.currency),
		]),
		points: points.map((point, place) => ({
			seriesIndex: 0,
			dataIndex: place + 1,
			text: spoken(...describe(point)),
			mark: point,
		})),
		option: {
			...base(theme),
			legend: { show: false },
			grid: { left: narrow ? 52 : 68, right: 24, top: 40, bottom: 48 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "line", snap: true, lineStyle: { color: theme.muted } },
				formatter: ([mark]) =>
					mark.dataIndex ? tooltip(...describe(points[mark.dataIndex - 1])) : "",
			},
			xAxis: axis(theme, __("Customers, the most profitable first (%)"), {
				type: "value",
				min: 0,
				max: 100,
				nameGap: 28,
				splitLine: { show: false },
			}),
			yAxis: axis(theme, "", {
				type: "value",
				axisLabel: { formatter: in_percent ? "{value} %" : short_number },
			}),
			series: [
				{
					name: data.margin,
					type: "line",
					data: [[0, 0], ...points.map((point) => [share(point), value(point)])],
					symbol: "circle",
					symbolSize: 7,
					showSymbol: points.length <= 40,
					lineStyle: { width: 2.5 },
					itemStyle: { color: theme.colors[0] },
					areaStyle: { color: fade(theme.colors[0], 0.1) },
					cursor: "pointer",
					markLine: in_percent && {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.muted, type: "dashed" },
						label: { color: theme.muted, position: "insideEndBottom", formatter: __("Total") },
						data: [{ yAxis: 100 }],
					},
				},
				{
					type: "scatter",
					data: [[share(peak), value(peak)]],
					symbolSize: data.losing ? 11 : 0,
					itemStyle: { color: theme.colors[1] },
					silent: true,
					z: 5,
					label: {
						show: data.losing > 0,
						color: theme.text,
						position: "top",
						align: share(peak) < 30 ? "left" : share(peak) > 70 ? "right" : "center",
						distance: 8,
						formatter: narrow
							? in_percent
								? percent(peak.share, 0)
								: short_number(peak.cumulative)
							: __("{0} customers make {1}; {2} others lose {3}", [
									peak.place,
									money(peak.cumulative, data.currency),
									data.losing,
									money(-data.lost, data.currency),
							  ]),
					},
				},
			],
		},
	};
}

/** Lifetime value: what each year of the forecast adds, and the sum so far. */
export function lifetime(data, theme, { narrow }) {
	const { years } = data;
	const describe = (row) => [
		__("Year {0}", [row.year]),
		[
			[__("Adds, at today's value"), money(row.added, data.currency)],
			[__("Lifetime value so far"), money(row.sum, data.currency)],
			[__("CM2 of a year now"), money(data.margin, data.currency)],
		],
	];
	return {
		height: narrow ? 300 : 320,
		description: __("Lifetime value of {0} over {1} years.", [
			money(years[years.length - 1].sum, data.currency),
			years.length,
		]),
		points: years.map((row, dataIndex) => ({
			seriesIndex: 0,
			dataIndex,
			text: spoken(...describe(row)),
		})),
		option: {
			...base(theme),
			grid: { left: narrow ? 52 : 68, right: 24, top: narrow ? 60 : 40, bottom: 36 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(years[mark.dataIndex])),
			},
			xAxis: axis(theme, "", {
				type: "category",
				data: years.map((row) => __("Year {0}", [row.year])),
				axisLabel: { color: theme.text },
				splitLine: { show: false },
			}),
			yAxis: axis(theme, "", { type: "value", axisLabel: { formatter: short_number } }),
			series: [
				{
					name: __("Added by the Year"),
					type: "bar",
					barMaxWidth: 60,
					data: years.map((row) => row.added),
					itemStyle: { color: theme.colors[0] },
					label: {
						show: true,
						position: "top",
						color: theme.text,
						formatter: ({ dataIndex }) => short_number(years[dataIndex].added),
					},
				},
				{
					name: __("Lifetime Value so Far"),
					type: "line",
					data: years.map((row) => row.sum),
					symbol: "diamond",
					symbolSize: 9,
					lineStyle: { width: 2, type: "dashed" },
					itemStyle: { color: theme.colors[1] },
					label: {
						show: years.length <= 6,
						position: "top",
						color: theme.text,
						formatter: ({ dataIndex }) => (dataIndex ? short_number(years[dataIndex].sum) : ""),
					},
				},
			],
		},
	};
}

const LARGEST = 54;
const SMALLEST = 10;

/** Improvement potential of accounts against the resources spent on them; the area of a bubble is net sales. */
export function potential(data, theme, { narrow }) {
	const rows = [...data.rows].sort((a, b) => (b.net_sales || 0) - (a.net_sales || 0));
	const top = Math.max(1, ...rows.map((row) => row.net_sales || 0));
	const size = (row) =>
		Math.max(SMALLEST, Math.sqrt(Math.max(0, row.net_sales || 0) / top) * LARGEST * (narrow ? 0.65 : 1));
	const describe = (row) => [
		plain(row.name),
		[
			[__("Improvement potential"), format_number(row.index, null, 1)],
			row.main && [__("Most of it in"), row.main],
			[
				data.resource,
				data.is_money ? money(row.resource, data.currency) : format_number(row.resource, null, 1),
			],
			[__("Share of all"), percent(row.share)],
			[__("Net Sales"), money(row.net_sales, data.currency)],
		],
	];
	const highest = Math.max(1, ...rows.map((row) => row.share || 0));
	const limit = Math.min(100, Math.ceil((highest * 1.15) / 5) * 5);
	return {
		height: narrow ? 380 : 440,
		description: __("Improvement potential of {0} accounts against the share of {1} they take.", [
			rows.length,
			data.resource,
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
			grid: { left: 60, right: 24, top: 28, bottom: 52 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex, seriesType }) =>
					seriesType === "scatter" ? tooltip(...describe(rows[dataIndex])) : "",
			},
			xAxis: axis(theme, __("Improvement potential (0 = nothing to improve, 100 = everything)"), {
				type: "value",
				min: 0,
				max: 100,
				nameGap: 30,
			}),
			yAxis: axis(theme, __("Share of {0} (%)", [data.resource]), {
				type: "value",
				min: 0,
				max: limit,
				nameGap: 40,
			}),
			series: [
				{
					type: "scatter",
					data: rows.map((row) => ({
						value: [row.index, row.share || 0],
						symbolSize: size(row),
						label: { position: row.index > 75 ? "left" : "right" },
					})),
					itemStyle: {
						color: fade(theme.colors[0], 0.65),
						borderColor: theme.colors[0],
						borderWidth: 1,
					},
					cursor: "pointer",
					clip: false,
					label: {
						show: true,
						color: theme.text,
						fontSize: narrow ? 10 : 11,
						formatter: ({ dataIndex }) => shortened(plain(rows[dataIndex].name), narrow ? 14 : 26),
					},
					labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
					markLine: {
						silent: true,
						symbol: "none",
						lineStyle: { color: theme.muted, type: "dashed" },
						label: { show: false },
						data: [
							...(data.average == null ? [] : [{ xAxis: data.average }]),
							...(data.fair == null ? [] : [{ yAxis: Math.min(data.fair, limit) }]),
						],
					},
					markArea: corners(data, limit, theme, narrow),
				},
			],
		},
	};
}

/** Where resources could come from, and where they could go. */
function corners({ average, fair }, limit, theme, narrow) {
	if (average == null || fair == null || narrow) return undefined;
	const area = (name, x, y, position) => [
		{
			coord: [x[0], y[0]],
			name,
			itemStyle: { color: "transparent" },
			label: { color: theme.muted, position, fontSize: 11 },
		},
		{ coord: [x[1], y[1]] },
	];
	return {
		silent: true,
		data: [
			area(
				__("Much spent, little to improve"),
				[0, average],
				[Math.min(fair, limit), limit],
				"insideTopLeft"
			),
			area(
				__("Little spent, much to improve: move resources here"),
				[average, 100],
				[0, Math.min(fair, limit)],
				"insideBottomRight"
			),
		],
	};
}
