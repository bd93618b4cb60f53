import { ReportChart } from "./report_chart";

const PERFORMANCE = "Key Account Performance";
const PROFIT = "Account Profitability";

/** The ways to cut the roll-up, the chosen one first. */
const cuts = (first = "Key Account") => {
	const all = [
		["Key Account", __("Accounts", null, "KAM")],
		["Territory", __("Territories")],
		["Sales Person", __("Sales People")],
		["Market Segment", __("Segments")],
		["Item Group", __("Item Groups")],
	].map(([by, label]) => ({ label, filters: { by } }));
	return [...all.filter(({ filters }) => filters.by === first), ...all.filter(({ filters }) => filters.by !== first)];
};

/** Charts of the workspaces, by the name in their block. */
export const blocks = {
	"KAM Roll-up": () => ({
		title: __("From Last Year to the Forecast"),
		help: __("What each part adds to last year's sales or takes from them, up to the forecast of this fiscal year."),
		report: PERFORMANCE,
		filters: { chart: "Waterfall", baseline: 1 },
		views: cuts("Territory"),
	}),
	"KAM Targets": () => ({
		title: __("Against Target"),
		help: __("Actual and forecast of this fiscal year against target, and what of it is due by today."),
		report: PERFORMANCE,
		filters: { chart: "Target Bullets", baseline: 1 },
		views: cuts(),
	}),
	"KAM Trend": () => ({
		title: __("Month by Month"),
		help: __("Actual, forecast and last year by month, with the target as a line."),
		report: PERFORMANCE,
		filters: { chart: "Trend", baseline: 1 },
		views: [
			{ label: __("Months"), filters: { every: "Monthly" } },
			{ label: __("Quarters"), filters: { every: "Quarterly" } },
		],
	}),
	"KAM Profit": () => ({
		title: __("Profit"),
		help: __("From gross sales to the margin after all costs, and which accounts make it."),
		report: PROFIT,
		views: [
			{ label: __("Who Makes It"), filters: { chart: "Whale Curve", by: "Customer" } },
			{ label: __("From Sales to Margin"), filters: { chart: "Waterfall" } },
		],
	}),
	"KAM Scorecard": () => ({
		title: __("Account Scorecard"),
		help: __("Scores of the accounts by perspective, and their health."),
		report: "Account Scorecard",
	}),
	"KAM Portfolio": () => ({
		title: __("Portfolio"),
		help: __("How attractive the accounts are, how strong we are there, and how much they could improve."),
		views: [
			{ label: __("Matrix"), report: "Portfolio Matrix", filters: {} },
			{ label: __("Improvement Potential"), report: "Improvement Potential", filters: {} },
			{ label: __("Pareto"), report: "Customer Pareto and ABC", filters: {} },
		],
	}),
	"KAM Pipeline": () => ({
		title: __("Pipeline"),
		help: __("Open deals by gate, weighted by probability."),
		report: "Key Account Pipeline",
	}),
};

/** Charts on the page of an account. */
export const of_account = (key_account, company) => ({
	title: __("Performance", null, "KAM"),
	help: __("The figures of this account and the accounts below it, as the reports show them."),
	views: [
		[__("Month by Month"), PERFORMANCE, { chart: "Trend", baseline: 1 }],
		[__("From Last Year to the Forecast"), PERFORMANCE, { chart: "Waterfall", by: "Item Group", baseline: 1 }],
		[__("Against Target"), PERFORMANCE, { chart: "Target Bullets", by: "Key Account", baseline: 1 }],
		[__("Profit"), PROFIT, { chart: "Waterfall" }],
		[__("Share of Wallet"), "Share of Wallet", {}],
		[__("Calls"), "Call Compliance", {}],
	].map(([label, report, filters]) => ({ label, report, filters: { ...filters, key_account, company } })),
});

/** Called by the blocks of the workspaces: draws outside their shadow, where the styles of the desk hold. */
export function show_block(root, name) {
	const { host } = root;
	host.hidden = true;
	const element = document.createElement("div");
	host.after(element);
	return new ReportChart(element, blocks[name]());
}
