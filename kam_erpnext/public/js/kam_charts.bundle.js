// the charting library: loaded only by reports and pages that draw a chart
import { call_weeks, calls_and_results, compliance, workload } from "./charts/calls";
import { KamChart } from "./charts/chart";
import { heat } from "./charts/heat";
import { contributions, incentives } from "./charts/incentives";
import { market } from "./charts/market";
import { opportunities } from "./charts/opportunities";
import { pareto } from "./charts/pareto";
import { bullets, performance, waterfall } from "./charts/performance";
import { portfolio } from "./charts/portfolio";
import { lifetime, potential, profit, whale } from "./charts/profitability";
import { ranking } from "./charts/ranking";
import { scorecard, scorecards } from "./charts/scorecard";
import { selection } from "./charts/selection";
import { trend } from "./charts/trend";
import { wallet } from "./charts/wallet";

frappe.provide("kam.charts");

kam.charts.kinds = {
	bullets,
	call_weeks,
	calls_and_results,
	compliance,
	contributions,
	heat,
	incentives,
	lifetime,
	market,
	opportunities,
	pareto,
	performance,
	portfolio,
	potential,
	profit,
	ranking,
	scorecard,
	scorecards,
	selection,
	trend,
	wallet,
	waterfall,
	whale,
	workload,
};

/**
 * Draws a chart into an element and keeps it right: sizes, dark mode, keyboard; it destroys itself with the element.
 *
 * `data.kind` names one of `kam.charts.kinds`. Options: `title`, `note` (for print), `open(mark)` for clicks, `drop(mark, values)` for marks that can be dragged.
 */
kam.charts.draw = (element, data, options = {}) =>
	new KamChart(element, kam.charts.kinds[data.kind], data, options);
