import { axis, base, pattern } from "./common";
import { spoken, tooltip } from "./format";

/** Lines of a selection by proposal, split by decision. */
export function selection(data, theme, { narrow }) {
	const total = (place) => data.decisions.reduce((sum, decision) => sum + decision.values[place], 0);
	const describe = (place) => [
		`${data.proposals[place].label}: ${total(place)}`,
		data.decisions
			.filter((decision) => decision.values[place])
			.map((decision) => [decision.label, decision.values[place]]),
	];
	const note = data.not_drawn ? __("{0} lines without change are not drawn.", [data.not_drawn]) : "";
	const styles = new Map(
		data.decisions.map((decision, place) => [decision, { color: theme.colors[place], decal: pattern(place) }])
	);
	const decisions = data.decisions.filter((decision) => decision.values.some(Boolean));
	return {
		height: 280,
		description: __("Lines of the selection by proposal: {0}.", [
			data.proposals.map((proposal, place) => `${proposal.label} ${total(place)}`).join(", "),
		]).concat(" ", note),
		points: data.proposals.map((proposal, dataIndex) => ({
			seriesIndex: 0,
			dataIndex,
			text: spoken(...describe(dataIndex)),
			mark: proposal,
		})),
		option: {
			...base(theme),
			grid: { left: 44, right: 16, top: narrow ? 60 : 40, bottom: note ? 48 : 32 },
			tooltip: {
				...base(theme).tooltip,
				trigger: "axis",
				axisPointer: { type: "shadow" },
				formatter: ([mark]) => tooltip(...describe(mark.dataIndex)),
			},
			xAxis: axis(theme, note, {
				nameGap: 28,
				type: "category",
				data: data.proposals.map((proposal) => proposal.label),
				axisLabel: { color: theme.text, interval: 0 },
				splitLine: { show: false },
			}),
			yAxis: axis(theme, __("Accounts", null, "KAM"), { type: "value", minInterval: 1, nameGap: 30 }),
			series: decisions.map((decision) => ({
				name: decision.label,
				type: "bar",
				stack: "decisions",
				barMaxWidth: 56,
				cursor: "pointer",
				itemStyle: styles.get(decision),
				data: decision.values,
			})),
		},
	};
}
