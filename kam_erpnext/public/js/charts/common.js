// pieces of options that all charts share

// hatched one way, the other, level, dotted, upright
const PATTERNS = [
	null,
	{ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
	{ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [4, 3], rotation: Math.PI / 4 },
	{ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 9] },
	{ symbol: "circle", dashArrayX: [6, 6], dashArrayY: [6, 6], symbolSize: 0.6 },
	{ symbol: "rect", dashArrayX: [1, 5], dashArrayY: [1, 0] },
];

/** A pattern besides the colour, so that series of bars can be told apart without it; the first has none. */
export const pattern = (place) =>
	PATTERNS[place] ? { color: "rgba(0, 0, 0, 0.35)", ...PATTERNS[place] } : { symbol: "none" };

/** Base of every option: fonts, tooltip and legend in the colours of the desk. */
export function base(theme) {
	return {
		animationDuration: 300,
		backgroundColor: "transparent",
		color: theme.colors,
		textStyle: { color: theme.text, fontFamily: theme.font },
		tooltip: {
			confine: true,
			backgroundColor: theme.background,
			borderColor: theme.line,
			textStyle: { color: theme.text, fontSize: 12 },
		},
		legend: { top: 0, left: 0, textStyle: { color: theme.text }, itemWidth: 28, type: "plain" },
	};
}

export function axis(theme, name, more = {}) {
	return {
		name,
		nameLocation: "middle",
		nameTextStyle: { color: theme.muted },
		axisLabel: { color: theme.muted, ...more.axisLabel },
		axisLine: { show: true, lineStyle: { color: theme.line }, ...more.axisLine },
		axisTick: { lineStyle: { color: theme.line }, ...more.axisTick },
		splitLine: { show: true, lineStyle: { color: theme.line, opacity: 0.6 } },
		...Object.fromEntries(
			Object.entries(more).filter(([key]) => !["axisLabel", "axisLine", "axisTick"].includes(key))
		),
	};
}
