// pieces of options that all charts share

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
