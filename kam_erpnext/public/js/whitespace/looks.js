// words and signs of the matrix; whatever is returned as HTML is escaped here

export const UNKNOWN = "–";
export const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/** States in the order of the server, with what they mean. */
export const STATES = {
	Won: () => [__("Won"), __("Something was sold in the period.")],
	Open: () => [__("Open"), __("Nothing sold yet, but an idea, quotation or order is open.")],
	Potential: () => [__("Potential"), __("Somebody has estimated what the account spends here.")],
	Competitor: () => [__("Competitor"), __("A competitor supplies.")],
	Internal: () => [__("Internal"), __("The customer makes it itself.")],
	Blocked: () => [__("Blocked", null, "KAM"), __("The customer cannot or must not buy.")],
	Unknown: () => [__("Unknown"), __("Nobody has found out anything. It is not zero.")],
};
export const state_label = (state) => STATES[state]()[0];

const compact = {};

/** A short number for a cell: 1.2K, 3.4M. */
export function short(value) {
	if (value == null) return UNKNOWN;
	const language = frappe.boot.lang || "en";
	const digits = Math.abs(value) < 1000 ? 0 : 1;
	const format = (compact[`${language} ${digits}`] ??= new Intl.NumberFormat(language, {
		notation: "compact",
		maximumFractionDigits: digits,
	}));
	return format.format(value);
}

export const money = (value, currency) => (value == null ? UNKNOWN : format_currency(value, currency, 0));
export const percent = (value, digits = 0) =>
	value == null ? UNKNOWN : `${format_number(value, null, digits)} %`;
export const day = (value) => (value ? frappe.datetime.str_to_user(value) : UNKNOWN);

/** What stands beside an open amount: its weight, as far as probabilities are known. */
export function weight_of({ open, weighted, unweighted }, write) {
	if (!(open > 0)) return "";
	if (!(unweighted > 0)) return __("weighted {0}", [write(weighted)]);
	return unweighted >= open
		? __("probability not known")
		: __("weighted {0}, {1} without probability", [write(weighted), write(unweighted)]);
}

/** A thin bar under a figure; nothing when the share is not known. */
export const meter = (share) =>
	share == null
		? '<i class="kam-ws-meter kam-ws-meter-unknown"></i>'
		: `<i class="kam-ws-meter"><b style="width:${Math.max(0, Math.min(100, share))}%"></b></i>`;

/** What views show in a cell: a value to colour by and a word for the legend. */
export const VIEWS = {
	state: { label: () => __("State and Sales"), value: (cell) => (cell.state === "Won" ? cell.net_sales : null) },
	gap: {
		label: () => __("Gap"),
		value: (cell) => (cell.basis === "W" ? cell.gap : cell.basis === "P" ? cell.peer_gap : null),
	},
	priority: { label: () => __("Priority"), value: (cell) => cell.priority },
};

/** Class and text of a cell in the view. */
export function cell_look(cell, view, model) {
	if (!cell) return ["kam-ws-unknown", ""];
	const mark = cell.state !== "Won" || view !== "state" ? "" : cell.open > 0 ? '<u class="kam-ws-deal"></u>' : "";
	if (view !== "state") return shaded(cell, view, model);
	switch (cell.state) {
		case "Won": {
			const share = cell.wallet > 0 ? (100 * cell.net_sales) / cell.wallet : null;
			const bar = share == null ? "" : `<i class="kam-ws-share"><b style="width:${Math.min(100, share)}%"></b></i>`;
			return [`kam-ws-won-${model.step(cell, view)}`, `${short(cell.net_sales)}${mark}${bar}`];
		}
		case "Open":
			return ["kam-ws-open", short(cell.open)];
		case "Potential":
			return ["kam-ws-potential", cell.gap == null ? escape(state_label("Potential")) : `+${short(cell.gap)}`];
		case "Competitor":
			return [
				`kam-ws-competitor ${cell.free_on ? "kam-ws-locked" : ""}`,
				`<span>${escape(cell.competitor || state_label("Competitor"))}</span>`,
			];
		case "Internal":
			return ["kam-ws-internal", `<span>${escape(state_label("Internal"))}</span>`];
		case "Blocked":
			return ["kam-ws-blocked", `<span>${escape(state_label("Blocked"))}</span>`];
		default:
			return cell.basis === "P" && cell.peer_gap > 0
				? ["kam-ws-unknown kam-ws-peers", `~${short(cell.peer_gap)}`]
				: ["kam-ws-unknown", ""];
	}
}

function shaded(cell, view, model) {
	const value = VIEWS[view].value(cell);
	if (value == null) return [cell.state === "Unknown" ? "kam-ws-unknown" : "kam-ws-plain", cell.state === "Unknown" ? "" : UNKNOWN];
	if (value <= 0) return ["kam-ws-plain", "0"];
	const guess = cell.basis === "P";
	return [`kam-ws-${view}-${model.step(cell, view)} ${guess ? "kam-ws-guess" : ""}`, `${guess ? "~" : ""}${short(value)}`];
}

/** The lines of a tooltip, and of what a screen reader says. */
export function lines_of(cell, currency) {
	if (!cell) return [[__("State", null, "KAM"), state_label("Unknown")]];
	return [
		[__("State", null, "KAM"), state_label(cell.state) + (cell.competitor ? `: ${cell.competitor}` : "")],
		[__("Net Sales"), money(cell.net_sales, currency)],
		cell.open > 0 && [__("Open"), `${money(cell.open, currency)} (${weight_of(cell, (value) => money(value, currency))})`],
		[__("Wallet"), money(cell.wallet, currency)],
		cell.wallet > 0 && [__("Share of Wallet"), percent((100 * cell.net_sales) / cell.wallet, 1)],
		cell.basis === "W" && [__("Gap"), money(cell.gap, currency)],
		cell.expected != null && [__("Expected by Comparison"), money(cell.expected, currency)],
		cell.basis === "P" && [__("Gap by Comparison"), money(cell.peer_gap, currency)],
		[__("Priority"), money(cell.priority, currency)],
		cell.free_on && [__("Contract Ends"), day(cell.free_on)],
	].filter(Boolean);
}
