import { escape, money } from "./format";

const SPARK = { width: 84, height: 26, gap: 1.5 };

/** Bars of the last twelve months; the description tells the first, the highest and the last one. */
export function sparkline(values, months, currency) {
	const top = Math.max(0, ...values);
	const bottom = Math.min(0, ...values);
	const range = top - bottom || 1;
	const step = SPARK.width / values.length;
	const zero = (top / range) * (SPARK.height - 2) + 1;
	const bars = values.map((value, index) => {
		const height = Math.max((Math.abs(value) / range) * (SPARK.height - 2), value ? 1 : 0.5);
		const y = value >= 0 ? zero - height : zero;
		const tone = value < 0 ? "kam-spark-negative" : value ? "" : "kam-spark-empty";
		const title = `${moment(months[index]).format("MMM YY")}: ${money(value, currency)}`;
		return `<rect class="${tone}" x="${(index * step).toFixed(1)}" y="${y.toFixed(1)}" width="${(
			step - SPARK.gap
		).toFixed(1)}" height="${height.toFixed(1)}"><title>${title}</title></rect>`;
	});
	const spoken = __("Net sales by month, last 12 months: highest {0}, last {1}", [
		money(top, currency),
		money(values[values.length - 1], currency),
	]);
	return `<svg class="kam-spark" role="img" aria-label="${escape(spoken)}" width="${SPARK.width}" height="${
		SPARK.height
	}" viewBox="0 0 ${SPARK.width} ${SPARK.height}">${bars.join("")}</svg>`;
}

const axis = { xAxisMode: "tick", xIsSeries: 0, shortenYAxisNumbers: 1 };

export function draw_years(element, years, currency) {
	return new frappe.Chart(element, {
		type: "bar",
		height: 200,
		colors: ["blue", "green"],
		axisOptions: axis,
		showLegend: 0,
		barOptions: { spaceRatio: 0.35 },
		tooltipOptions: { formatTooltipY: (value) => format_currency(value, currency, 0) },
		data: {
			labels: years.map((row) => row.year + (row.to_today ? "*" : "")),
			datasets: [
				{ name: __("Net Sales"), values: years.map((row) => row.net_sales) },
				{ name: __("Gross Profit"), values: years.map((row) => row.gross_profit) },
			],
		},
	});
}

export function draw_months(element, months, currency) {
	return new frappe.Chart(element, {
		type: "bar",
		height: 200,
		colors: ["blue"],
		axisOptions: { ...axis, xIsSeries: 1 },
		barOptions: { spaceRatio: 0.3 },
		tooltipOptions: { formatTooltipY: (value) => format_currency(value, currency, 0) },
		data: {
			labels: months.map((row) => moment(row.month).format("MMM YY")),
			datasets: [{ name: __("Net Sales"), values: months.map((row) => row.net_sales) }],
		},
	});
}
