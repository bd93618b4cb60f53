import { base } from "./common";
import { shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const ROW = 24;

/**
 * Heat map: one row per account, one column per score. Colour goes from orange (low) to blue (high), which colour-blind
 * readers can tell apart, and every cell has its figure; what is not known has a dash and no colour.
 */
export function heat(data, theme, { width, narrow }) {
	const { rows, columns } = data;
	const left = narrow ? 96 : 210;
	const describe = (row, column) => [
		rows[row].label,
		[
			...columns.map((label, place) => [
				place === column ? `▸ ${label}` : label,
				rows[row].cells[place].share == null ? __("not known") : figure(rows[row].cells[place]),
			]),
			rows[row].warnings && [__("Warnings"), rows[row].warnings],
		],
	];
	const cells = rows.flatMap((row, y) =>
		row.cells.map((cell, x) => ({ x, y, share: cell.share, text: figure(cell), row: y, column: x }))
	);
	// series 0 draws what is known, series 1 what is not
	const known = cells.filter(({ share }) => share != null);
	const unknown = cells.filter(({ share }) => share == null);
	const series = (found, seriesIndex) => ({
		type: "heatmap",
		data: found.map(({ x, y, share, text }) => ({
			value: [x, y, seriesIndex ? 0 : share],
			label: { color: seriesIndex ? theme.muted : text_colour(share, theme) },
			name: text,
		})),
		label: { show: true, formatter: ({ name }) => name, fontSize: narrow ? 10 : 11 },
		itemStyle: { borderColor: theme.background, borderWidth: 2, borderRadius: 3 },
		emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 2 } },
		cursor: "pointer",
	});
	const point = (seriesIndex) => (cell, dataIndex) => ({
		seriesIndex,
		dataIndex,
		order: cell.row * columns.length + cell.column,
		text: spoken(...describe(cell.row, cell.column)),
		mark: rows[cell.row],
	});
	const points = [...known.map(point(0)), ...unknown.map(point(1))].sort((a, b) => a.order - b.order);
	return {
		height: 70 + ROW * rows.length,
		description: __("Heat map of {0} accounts by {1}.", [rows.length, columns.join(", ")]),
		points,
		option: {
			...base(theme),
			legend: { show: false },
			grid: { left, right: 12, top: 62, bottom: 8 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex, seriesIndex }) => {
					const { row, column } = (seriesIndex ? unknown : known)[dataIndex];
					return tooltip(...describe(row, column));
				},
			},
			visualMap: [
				{
					type: "continuous",
					seriesIndex: 0,
					min: 0,
					max: 1,
					calculable: false,
					hoverLink: false,
					orient: "horizontal",
					left: 0,
					top: 0,
					itemWidth: 12,
					itemHeight: Math.min(140, width / 3),
					text: [__("high"), __("low")],
					textStyle: { color: theme.text },
					inRange: { color: scale(theme) },
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
				data: columns,
				axisLabel: { color: theme.text, interval: 0, fontSize: narrow ? 10 : 12 },
				axisLine: { show: false },
				axisTick: { show: false },
			},
			yAxis: {
				type: "category",
				inverse: true,
				data: rows.map(({ label }) => label),
				axisLabel: {
					color: theme.text,
					interval: 0,
					formatter: (label) => shortened(label, narrow ? 14 : 30),
				},
				axisLine: { show: false },
				axisTick: { show: false },
			},
			series: [
				{ ...series(known, 0), name: __("Known") },
				{ ...series(unknown, 1), name: __("Not Known") },
			],
		},
	};
}

/** What a cell says. */
function figure({ share, value, text, digits = 0, unit = "" }) {
	if (share == null) return "–";
	return text ?? `${format_number(value, null, digits)}${unit && ` ${unit}`}`;
}

/** From orange over the background to blue. */
const scale = (theme) => {
	const [blue, orange] = theme.dark ? [theme.colors[0], theme.colors[1]] : theme.colors;
	return [orange, fade_over(orange, theme), fade_over(blue, theme), blue];
};

/** Red, green and blue of a colour. */
const parts_of = (text) =>
	text.match(/^#(..)(..)(..)$/)?.slice(1).map((hex) => parseInt(hex, 16)) ??
	(text.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);

/** A light tone of a colour as an opaque one: the colour laid thinly over the background. */
function fade_over(colour, theme) {
	const [over, under] = [parts_of(colour), parts_of(theme.background)];
	return `rgb(${over.map((value, place) => Math.round(value * 0.25 + under[place] * 0.75)).join(", ")})`;
}

/** Light or dark text, whichever is easier to read on the colour of a cell. */
function text_colour(share, theme) {
	const stops = scale(theme).map(parts_of);
	const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
	const before = Math.min(Math.floor(place), stops.length - 2);
	const cell = stops[before].map((value, part) => value + (stops[before + 1][part] - value) * (place - before));
	// at this luminance both have the same contrast (WCAG 2.1, 1.4.3)
	return luminance(cell) > 0.2 ? "#171717" : "#ffffff";
}

/** Relative luminance of red, green and blue (WCAG 2.1). */
function luminance(parts) {
	const [red, green, blue] = parts
		.map((value) => value / 255)
		.map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
