import { about, badge, day, escape, money, moment_of, percent, UNKNOWN } from "../account/format";
import { figure } from "../account/figure";
import { bar, in_unit, STATE_COLOURS } from "./format";
import { versions_table } from "./versions";

const STEPS = ["Draft", "In Review", "Approved", "In Execution", "Closed"];

/** The section Now of a plan: where it stands, read live, as the reader may see it. */
export class PlanPage {
	constructor(frm, wrapper, versions_wrapper) {
		Object.assign(this, { frm, wrapper, versions_wrapper });
		for (const element of [wrapper, versions_wrapper]) {
			element.addEventListener("click", (event) => this.click(event));
		}
	}

	async load() {
		const name = this.frm.doc.name;
		if (this.shown !== name) {
			this.wrapper.innerHTML = `<div class="kam-page text-muted" aria-busy="true">${escape(
				__("Reading the figures …")
			)}</div>`;
		}
		try {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.plan.figures",
				type: "GET",
				args: { plan: name },
			});
			if (this.frm.doc.name !== name) return;
			this.show(message);
		} catch {
			if (this.shown === name) return;
			this.wrapper.innerHTML = `<div class="kam-page"><p>${escape(
				__("The figures could not be read.")
			)} <button type="button" class="btn btn-xs btn-default" data-do="reload">${escape(
				__("Try Again")
			)}</button></p></div>`;
		}
	}

	show(page) {
		this.page = page;
		this.shown = this.frm.doc.name;
		const draft = this.frm.doc.docstatus === 0;
		const panels = [
			this.months(),
			this.objectives(),
			...(draft ? [this.completeness(), this.item_groups()] : [this.item_groups()]),
			this.actions(),
			this.budget(),
			...(draft ? [] : [this.completeness()]),
		];
		this.wrapper.innerHTML = `
			<div class="kam-page kam-plan">
				${this.steps()}
				${this.kept()}
				${this.cards()}
				<div class="kam-panels">${panels.join("")}</div>
			</div>`;
		this.draw_months();
		this.versions_wrapper.innerHTML = versions_table(page.versions, this.frm.doc.name);
	}

	// ------------------------------------------------------------ where the plan stands

	steps() {
		const { status } = this.page;
		const aside = { Rejected: "In Review", Superseded: "Closed", Cancelled: "Closed" };
		const here = STEPS.indexOf(aside[status] || status);
		const items = STEPS.map((step, index) => {
			const label = index === here ? status : step;
			const tone = index < here ? "past" : index === here ? "here" : "";
			const stopped = index === here && aside[status] ? "kam-step-stopped" : "";
			return `<li class="kam-step ${tone ? `kam-step-${tone}` : ""} ${stopped}" ${
				index === here ? 'aria-current="step"' : ""
			}>${escape(__(label))}</li>`;
		});
		return `<ol class="kam-steps" aria-label="${escape(__("Steps of the plan"))}">${items.join("")}</ol>`;
	}

	kept() {
		const { kept, kept_on } = this.page;
		if (!kept) return "";
		const text =
			kept === "closed"
				? __("Figures as they were when the plan was closed on {0}.", [moment_of(kept_on)])
				: __("Figures as they were at the approval on {0}.", [moment_of(kept_on)]);
		return `<p class="kam-nothing">${text}</p>`;
	}

	cards() {
		const { targets, progress, answered, actions, budget, completeness } = this.page;
		const { currency } = targets;
		const behind = targets.pace !== null && targets.pace < 90;
		const cards = [
			{
				label: __("Target", null, "KAM"),
				value: money(targets.target, currency),
				note: escape(
					targets.target_to_date
						? __("{0} due by today", [format_currency(targets.target_to_date, currency, 0)])
						: targets.target
						? __("nothing is due yet")
						: __("enter it under Targets and Budget")
				),
				help: targets.target
					? __("Sum of the target lines, spread over the months by their distribution.")
					: "",
			},
			{
				label: __("Actual", null, "KAM"),
				value: money(targets.actual, currency),
				note:
					targets.attainment === null
						? escape(__("year before: {0}", [format_plain(targets.before, currency)]))
						: `${percent(targets.attainment)} ${escape(__("of the target"))}`,
				help: targets.explanation,
				tone: behind ? "warning" : "",
			},
			{
				label: __("Pace"),
				value: percent(targets.pace, 0),
				note: targets.required_run_rate
					? escape(
							__("{0} a day still needed", [
								format_currency(targets.required_run_rate, currency, 0),
							])
					  )
					: escape(__("of what is due by today")),
				help: __("Actual in percent of the part of the target that is due by today."),
				tone: behind ? "warning" : "",
			},
			{
				label: __("Objectives"),
				value: percent(progress, 0),
				note: escape(
					this.page.objectives.length
						? __("{0} objectives, {1} % of their weight is known", [
								this.page.objectives.length,
								Math.round(100 * answered),
						  ])
						: __("none yet")
				),
				help: __("Mean progress of the objectives by weight. What is not known does not count."),
			},
			{
				label: __("Actions", null, "KAM"),
				value: actions.open,
				note: actions.overdue
					? escape(__("{0} overdue", [actions.overdue]))
					: escape(__("open, {0} done", [actions.done])),
				tone: actions.overdue ? "alert" : "",
			},
			{
				label: __("Completeness"),
				value: percent(completeness.percent, 0),
				note: escape(__("of the required blocks")),
				help: __("How carefully the plan was filled. It does not say how well the account does."),
			},
		];
		if (budget.planned || budget.spent) {
			cards.splice(5, 0, {
				label: __("Budget Spent"),
				value: money(budget.spent, currency),
				note: escape(__("of {0} planned", [format_plain(budget.planned, currency)])),
				tone: budget.planned && budget.spent > budget.planned ? "alert" : "",
			});
		}
		return `<div class="kam-figures">${cards.map(figure).join("")}</div>`;
	}

	// ------------------------------------------------------------ parts

	months() {
		const { targets } = this.page;
		if (!targets.months.some((row) => row.target || row.actual || row.before)) return "";
		return panel(
			__("Month by Month"),
			`<div class="kam-legend" aria-hidden="true">
				<span><i class="kam-plan-target"></i>${escape(__("Target", null, "KAM"))}</span>
				<span><i class="kam-plan-actual"></i>${escape(__("Actual", null, "KAM"))}</span>
				<span><i class="kam-plan-before"></i>${escape(__("Year Before"))}</span>
			</div><div class="kam-plan-months"></div>`,
			{ wide: true, help: targets.explanation }
		);
	}

	draw_months() {
		const element = this.wrapper.querySelector(".kam-plan-months");
		if (!element) return;
		const { months, currency } = this.page.targets;
		const values = (field) => months.map((row) => row[field] ?? 0);
		new frappe.Chart(element, {
			type: "axis-mixed",
			height: 210,
			colors: ["#b9c3d0", "#2f7ed8", "#d98e04"],
			axisOptions: { xAxisMode: "tick", xIsSeries: 1, shortenYAxisNumbers: 1 },
			barOptions: { spaceRatio: 0.35 },
			lineOptions: { dotSize: 3, hideLine: 0 },
			showLegend: 0,
			tooltipOptions: { formatTooltipY: (value) => format_currency(value, currency, 0) },
			data: {
				labels: months.map((row) => moment(row.month).format("MMM YY")),
				datasets: [
					{ name: __("Target", null, "KAM"), chartType: "bar", values: values("target") },
					{ name: __("Actual", null, "KAM"), chartType: "bar", values: values("actual") },
					{ name: __("Year Before"), chartType: "line", values: values("before") },
				],
			},
		});
	}

	objectives() {
		const { objectives, targets } = this.page;
		if (!objectives.length) {
			return panel(
				__("Objectives"),
				`<p class="kam-nothing">${escape(
					__("No objectives yet. Add what shall be different at the end of the plan.")
				)}</p>`
			);
		}
		const rows = objectives.map((row) => {
			const tone = { Missed: "alert", "At Risk": "warning", Achieved: "done" }[row.state] || "";
			// a word such as "days" is said once
			const sign = ["currency", "percent"].includes(row.unit) ? row.unit : "";
			const way =
				row.target === null
					? ""
					: __("{0} of {1}", [
							in_unit(row.value, sign, targets.currency),
							in_unit(row.target, row.unit, targets.currency),
					  ]);
			const from =
				way && !row.accumulates && row.baseline !== null
					? ` · ${__("before {0}", [in_unit(row.baseline, sign, targets.currency)])}`
					: "";
			const owner = [row.responsible_name || row.responsible, row.due && day(row.due)].filter(Boolean);
			return `
				<li>
					<div class="kam-objective-head">
						<span><b>${escape(row.code)}</b> ${escape(row.objective)}</span>
						${badge(__(row.state), STATE_COLOURS[row.state])}
					</div>
					${bar(row.progress, { label: row.objective, tone })}
					<div class="kam-objective-foot">
						<span>${way || escape(__("judged by people"))}${from}</span>
						<span>${row.progress === null ? "" : percent(row.progress, 0)}</span>
						${about([row.measure, row.explanation].filter(Boolean).join(": "))}
					</div>
					<div class="text-muted small">${
						owner.length ? owner.map((text) => escape(text)).join(" · ") : escape(__("no owner, no date"))
					}${
				row.route
					? ` · <button type="button" class="btn-link" data-do="route" data-code="${escape(
							row.code
					  )}">${escape(__("documents"))}</button>`
					: ""
			}</div>
				</li>`;
		});
		return panel(__("Objectives"), `<ul class="kam-objectives">${rows.join("")}</ul>`);
	}

	item_groups() {
		const { item_groups, currency } = this.page.targets;
		if (!item_groups.length) return "";
		const rows = item_groups.map(
			(row) => `<tr>
				<td>${escape(row.label)}${bar(row.attainment, {
				label: row.label,
				mark: row.target ? (100 * row.target_to_date) / row.target : null,
			})}</td>
				<td class="text-right">${money(row.target, currency)}</td>
				<td class="text-right">${money(row.actual, currency)}</td>
				<td class="text-right">${percent(row.attainment, 0)}</td>
			</tr>`
		);
		return panel(
			__("Targets by Item Group"),
			table([__("Item Group"), __("Target", null, "KAM"), __("Actual", null, "KAM"), __("Reached")], rows)
		);
	}

	budget() {
		const { budget, targets } = this.page;
		if (!budget.lines.length && !budget.spent && !budget.committed) return "";
		const rows = budget.lines.map(
			(row) => `<tr>
				<td>${escape(row.code)} ${escape(row.purpose)}${bar(
				row.planned ? (100 * row.spent) / row.planned : null,
				{ label: row.purpose, tone: row.planned && row.spent > row.planned ? "alert" : "" }
			)}</td>
				<td class="text-right">${money(row.planned, targets.currency)}</td>
				<td class="text-right">${money(row.committed, targets.currency)}</td>
				<td class="text-right">${money(row.spent, targets.currency)}</td>
			</tr>`
		);
		const elsewhere = budget.elsewhere
			? `<p class="kam-nothing">${escape(
					__("{0} more was spent on documents that name the plan but no line.", [
						format_plain(budget.elsewhere, targets.currency),
					])
			  )}</p>`
			: "";
		return panel(
			__("Budget"),
			table([__("Line", null, "KAM"), __("Planned"), __("Committed", null, "KAM"), __("Spent")], rows) + elsewhere,
			{
				help: __(
					"Purchase orders, purchase invoices, timesheets and expense claims that name this plan and a line."
				),
			}
		);
	}

	actions() {
		const { next_actions, actions } = this.page;
		const today = frappe.datetime.get_today();
		const rows = next_actions.map(
			(row) => `<li>
				<a href="${frappe.utils.get_form_link("Key Account Action", row.name)}">${escape(row.subject)}</a>
				<span class="text-muted small">${escape(row.responsible_name || row.responsible)} ·
				<span class="${row.end_date < today ? "kam-late" : ""}">${day(row.end_date)}${
				row.end_date < today ? ` ${escape(__("overdue"))}` : ""
			}</span></span>
			</li>`
		);
		const more = actions.open - next_actions.length;
		const open = ["Draft", "Rejected", "Approved", "In Execution"].includes(this.page.status);
		return panel(
			__("Actions", null, "KAM"),
			`${
				rows.length
					? `<ul class="kam-next">${rows.join("")}</ul>`
					: `<p class="kam-nothing">${escape(__("Nothing is open."))}</p>`
			}${more > 0 ? `<p class="kam-nothing">${escape(__("and {0} more", [more]))}</p>` : ""}
			<footer>
				${
					open && frappe.model.can_create("Key Account Action")
						? `<button type="button" class="btn btn-xs btn-default" data-do="new_action">${escape(
								__("New Action")
						  )}</button>`
						: ""
				}
				<button type="button" class="btn-link" data-do="list">${escape(__("List"))}</button> ·
				<button type="button" class="btn-link" data-do="gantt">${escape(__("Gantt"))}</button>
			</footer>`
		);
	}

	completeness() {
		const { completeness, approval } = this.page;
		const rows = completeness.blocks.map((row) => {
			const missing = row.missing.length
				? `<details><summary>${escape(
						__("missing: {0}", [row.missing.length > 1 ? row.missing.length : row.missing[0]])
				  )}</summary><ul>${row.missing.map((text) => `<li>${escape(text)}</li>`).join("")}</ul></details>`
				: "";
			return `<li>
				<div class="kam-objective-head"><span>${escape(__(row.block))}${
				row.required ? "" : ` <span class="text-muted small">${escape(__("optional"))}</span>`
			}</span><span>${percent(row.filled, 0)}</span></div>
				${bar(row.filled, { label: row.block, tone: row.filled >= 100 ? "done" : "" })}
				${missing}
			</li>`;
		});
		const list = `<ul class="kam-objectives">${rows.join("")}</ul>`;
		const body =
			this.frm.doc.docstatus === 0
				? list
				: `<details><summary>${escape(__("Block by block"))}</summary>${list}</details>`;
		return panel(
			__("Completeness"),
			body + this.approver(approval),
			{ summary: percent(completeness.percent, 0) }
		);
	}

	approver({ role, people, more }) {
		if (this.frm.doc.docstatus !== 0 || !role) return "";
		const who = people.length
			? people.map(escape).join(", ") + (more ? ` ${escape(__("and {0} more", [more]))}` : "")
			: escape(__("nobody found who can see this plan"));
		return `<p class="kam-nothing">${escape(__("Approved by {0}:", [__(role)]))} ${who}</p>`;
	}

	// ------------------------------------------------------------ clicks

	click(event) {
		const button = event.target.closest("[data-do]");
		if (!button) return;
		const plan = this.frm.doc.name;
		const doing = {
			reload: () => this.load(),
			new_action: () => this.frm.events.new_action(this.frm),
			list: () => frappe.set_route("List", "Key Account Action", "List", { plan }),
			gantt: () => frappe.set_route("List", "Key Account Action", "Gantt", { plan }),
			route: () => this.open_documents(button.dataset.code),
			compare: () => kam.plan.show_difference(button.dataset.plan, button.dataset.other),
		};
		doing[button.dataset.do]?.();
	}

	open_documents(code) {
		const { route } = this.page.objectives.find((row) => row.code === code);
		if (route.report) {
			frappe.set_route("query-report", route.report, route.filters);
		} else if (route.name) {
			frappe.set_route("Form", route.doctype, route.name);
		} else {
			frappe.set_route("List", route.doctype, "List", route.filters);
		}
	}
}

const format_plain = (value, currency) =>
	value === null || value === undefined ? UNKNOWN : format_currency(value, currency, 0);

function panel(title, body, { wide = false, summary = "", help = "" } = {}) {
	return `
		<section class="kam-panel ${wide ? "kam-panel-wide" : ""}">
			<header><h5>${escape(title)}</h5>${about(help)}<span class="kam-panel-summary">${summary}</span></header>
			${body}
		</section>`;
}

function table(heads, rows) {
	const [first, ...others] = heads;
	return `<div class="kam-table-scroll"><table class="kam-plan-table"><thead><tr><th>${escape(first)}</th>${others
		.map((head) => `<th class="text-right">${escape(head)}</th>`)
		.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}
