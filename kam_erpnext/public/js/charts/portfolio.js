import { axis, base } from "./common";
import { money, shortened, spoken, tooltip } from "./format";
import { fade } from "./theme";

const LARGEST = 64;
const SMALLEST = 9;
// room around the scale of 0 to 100, so that bubbles at its ends are not cut
const ROOM = 7;
// strength is high on the left; names of the upper quadrants stand above the area, where no bubble hides them
const CORNERS = {
	Strategic: { left: true, upper: true, label: { position: [0, -36], align: "left" } },
	Star: { left: false, upper: true, label: { position: ["100%", -36], align: "right" } },
	Status: { left: true, upper: false, label: { position: "insideBottomLeft" } },
	Streamline: { left: false, upper: false, label: { position: "insideBottomRight" } },
};

const ARROW = "path://M0 8h18V4l8 6-8 6v-4H0z";

const SCALE = {
	type: "value",
	min: -ROOM,
	max: 100 + ROOM,
	interval: 20,
	axisLabel: { customValues: [0, 20, 40, 60, 80, 100] },
	axisTick: { customValues: [0, 20, 40, 60, 80, 100] },
	splitLine: { show: false },
	axisLine: { show: true, onZero: false },
};

/**
 * Portfolio matrix: attractiveness upwards, our relative strength to the left. The area of a bubble is net sales, the
 * area of the dashed ring the potential; an arrow comes from the position in an earlier selection.
 */
export function portfolio(data, theme, { narrow }) {
	const accounts = [...data.accounts].sort((a, b) => (b.net_sales || 0) - (a.net_sales || 0));
	const size = scale(accounts, narrow ? LARGEST * 0.65 : LARGEST);
	const quadrant = (name) => data.quadrants[name]?.label || __("not known");
	const describe = (account) => [
		account.name,
		[
			[__("Quadrant"), quadrant(account.quadrant)],
			[__("Attractiveness"), format_number(account.attractiveness, null, 1)],
			[__("Relative Strength"), format_number(account.strength, null, 1)],
			[__("Net Sales"), money(account.net_sales, data.currency)],
			account.potential != null && [__("Potential"), money(account.potential, data.currency)],
			moved(account) && [
				__("Before", null, "KAM"),
				`${format_number(account.attractiveness_before, null, 1)} / ${format_number(
					account.strength_before,
					null,
					1
				)}`,
			],
		],
	];
	const place = (account) => [account.strength, account.attractiveness];
	return {
		height: narrow ? 420 : 540,
		description: description(data, accounts),
		points: accounts.map((account, dataIndex) => ({
			seriesIndex: 1,
			dataIndex,
			text: spoken(...describe(account)),
			mark: account,
		})),
		option: {
			...base(theme),
			grid: { left: 56, right: 16, top: narrow ? 80 : 84, bottom: 52 },
			legend: {
				...base(theme).legend,
				data: [
					{ name: __("Net Sales") },
					{ name: __("Potential") },
					...(data.compared ? [{ name: __("Since the Earlier Selection"), icon: ARROW }] : []),
				],
			},
			tooltip: {
				...base(theme).tooltip,
				trigger: "item",
				formatter: ({ dataIndex, seriesType }) =>
					seriesType === "scatter" ? tooltip(...describe(accounts[dataIndex])) : "",
			},
			xAxis: axis(theme, __("Relative strength (high on the left)"), {
				...SCALE,
				inverse: true,
				nameGap: 30,
			}),
			yAxis: axis(theme, __("Attractiveness"), {
				...SCALE,
				position: "left",
				nameGap: 36,
			}),
			series: [
				{
					name: __("Potential"),
					type: "scatter",
					data: accounts.map((account) => ({
						value: place(account),
						symbolSize: account.potential > 0 ? size(account.potential) : 0,
					})),
					itemStyle: {
						color: "transparent",
						borderColor: theme.colors[1],
						borderWidth: 1.5,
						borderType: "dashed",
					},
					silent: true,
					clip: false,
					...corners(data, theme, narrow),
				},
				{
					name: __("Net Sales"),
					type: "scatter",
					data: accounts.map((account) => ({
						value: place(account),
						symbolSize: size(account.net_sales),
						label: { position: account.strength < 25 ? "left" : "right" },
					})),
					itemStyle: {
						color: fade(theme.colors[0], 0.65),
						borderColor: theme.colors[0],
						borderWidth: 1,
					},
					emphasis: { scale: 1.1, itemStyle: { borderColor: theme.text, borderWidth: 2 } },
					cursor: "pointer",
					clip: false,
					label: {
						show: true,
						color: theme.text,
						fontSize: narrow ? 10 : 11,
						formatter: ({ dataIndex }) => shortened(accounts[dataIndex].name, narrow ? 14 : 26),
					},
					labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
				},
				{
					name: __("Since the Earlier Selection"),
					type: "lines",
					coordinateSystem: "cartesian2d",
					data: accounts.filter(moved).map((account) => ({
						coords: [[account.strength_before, account.attractiveness_before], place(account)],
					})),
					symbol: ["none", "arrow"],
					symbolSize: 9,
					lineStyle: { color: theme.muted, width: 1.5, opacity: 0.9 },
					itemStyle: { color: theme.muted },
					silent: true,
					z: 5,
				},
			].filter((series) => data.compared || series.type !== "lines"),
		},
	};
}

function moved(account) {
	return (
		account.attractiveness_before != null &&
		account.strength_before != null &&
		(account.attractiveness_before !== account.attractiveness ||
			account.strength_before !== account.strength)
	);
}

/** Diameter of a bubble, so that its area stands for the amount. */
function scale(accounts, largest) {
	const top = Math.max(
		1,
		...accounts.flatMap((account) => [account.net_sales || 0, account.potential || 0])
	);
	return (amount) => (amount > 0 ? Math.max(SMALLEST, Math.sqrt(amount / top) * largest) : SMALLEST);
}

/** The four quadrants with their names, and the cut lines between them. */
function corners({ cuts, quadrants }, theme, narrow) {
	return {
		markArea: {
			silent: true,
			data: Object.entries(CORNERS).map(([name, corner]) => {
				const x = corner.left ? [100 + ROOM, cuts.strength] : [cuts.strength, -ROOM];
				const y = corner.upper ? [100 + ROOM, cuts.attractiveness] : [cuts.attractiveness, -ROOM];
				const advice = quadrants[name].advice;
				return [
					{
						coord: [x[0], y[0]],
						name: narrow
							? quadrants[name].label
							: `{name|${quadrants[name].label}}\n{advice|${advice}}`,
						itemStyle: {
							color: name === "Strategic" ? fade(theme.colors[2], 0.1) : "transparent",
						},
						label: {
							...corner.label,
							color: theme.muted,
							lineHeight: 16,
							rich: {
								name: { fontWeight: "bold", fontSize: 13, color: theme.text },
								advice: { fontSize: 11, color: theme.muted },
							},
						},
					},
					{ coord: [x[1], y[1]] },
				];
			}),
		},
		markLine: {
			silent: true,
			symbol: "none",
			lineStyle: { color: theme.muted, type: "dashed" },
			label: { show: false },
			data: [{ xAxis: cuts.strength }, { yAxis: cuts.attractiveness }],
		},
	};
}

function description(data, accounts) {
	const counts = Object.entries(data.quadrants)
		.map(
			([name, { label }]) =>
				`${label} ${accounts.filter((account) => account.quadrant === name).length}`
		)
		.join(", ");
	return __("Portfolio matrix of {0} accounts: {1}.", [accounts.length, counts]);
}
