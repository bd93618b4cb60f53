// the parts of the page of an opportunity; everything returned is HTML
import { about, badge, day, escape, link, money, percent, UNKNOWN } from "../account/format";
import { figure } from "../account/figure";
import { bar } from "../plan/format";

export const STATUS_COLOURS = {
	Open: "blue",
	"On Hold": "orange",
	Won: "green",
	Lost: "red",
	Dropped: "gray",
};

/** Gates of the phase as steps, the open one marked; those of the other phase are folded away. */
export function steps(page) {
	const phases = [...new Set(page.gates.map((row) => row.phase))];
	return phases
		.map((phase) => {
			const rows = page.gates.filter((row) => row.phase === phase);
			const list = `<ol class="kam-steps kam-gates" aria-label="${escape(
				__("Gates: {0}", [__(phase)])
			)}">${rows.map(step).join("")}</ol>`;
			if (phase === page.phase) return list;
			const passed = rows.filter((row) => row.outcome === "Pass").length;
			return `<details class="kam-other-phase"><summary>${escape(
				__("{0}: {1} of {2} gates passed", [__(phase), passed, rows.length])
			)}</summary>${list}</details>`;
		})
		.join("");
}

function step(row) {
	const stopped = row.outcome === "Stop";
	const tone = row.outcome === "Pass" ? "past" : row.here || stopped ? "here" : "";
	const when =
		row.outcome === "Pass" || stopped
			? day(row.decided_on)
			: row.planned_on
			? `${escape(__("by {0}", [frappe.datetime.str_to_user(row.planned_on)]))}`
			: "";
	const again = row.outcome === "Rework" ? ` · ${escape(__("rework"))}` : "";
	return `<li class="kam-step ${tone ? `kam-step-${tone}` : ""} ${stopped ? "kam-step-stopped" : ""} ${
		row.late ? "kam-step-late" : ""
	}" ${row.here ? 'aria-current="step"' : ""} title="${escape(
		[row.evidence && __("Evidence: {0}", [row.evidence]), row.decided_by].filter(Boolean).join(" · ")
	)}"><span class="kam-gate-name">${escape(__(row.gate))}</span><span class="kam-gate-day">${when}${again}</span></li>`;
}

/** The open gate: what it asks for, what is there, and the buttons. */
export function open_gate(page, { writable }) {
	const row = page.gates.find((gate) => gate.here);
	if (!row) return ended(page);
	const needs = [];
	if (row.document) {
		needs.push(
			need(
				Boolean(row.document_name),
				row.document_name
					? `${escape(__(row.document))} ${link(row.document, row.document_name)}`
					: escape(__("{0}: none yet", [__(row.document)]))
			)
		);
	}
	if (row.evidence_required) {
		needs.push(
			need(
				Boolean(row.evidence),
				row.evidence
					? `${escape(row.evidence)} <span class="text-muted">(${escape(row.evidence_required)})</span>`
					: escape(row.evidence_required)
			)
		);
	}
	if (!needs.length) needs.push(`<li>${escape(__("This gate asks for nothing in particular."))}</li>`);
	const notes = [
		row.planned_on &&
			(row.late
				? badge(__("due {0}", [frappe.datetime.str_to_user(row.planned_on)]), "orange")
				: escape(__("by {0}", [frappe.datetime.str_to_user(row.planned_on)]))),
		row.reworks && escape(row.reworks === 1 ? __("worked over once") : __("worked over {0} times", [row.reworks])),
	].filter(Boolean);
	const hold = page.status === "On Hold";
	const buttons =
		writable && !hold
			? `<div class="kam-gate-buttons">
			<button type="button" class="btn btn-sm btn-primary" data-do="pass">${escape(
				__("Pass “{0}” …", [__(row.gate)])
			)}</button>
			<button type="button" class="btn btn-sm btn-default" data-do="rework">${escape(__("Rework …"))}</button>
			${
				page.phase === "Acquisition"
					? `<button type="button" class="btn btn-sm btn-default" data-do="stop">${escape(
							__("Stop …")
					  )}</button>`
					: ""
			}
		</div>`
			: "";
	const waits = hold
		? `<p class="kam-nothing">${escape(__("On hold: gates wait until it is pursued again."))}</p>`
		: "";
	return panel(
		__("Next Gate: {0}", [__(row.gate)]),
		`<ul class="kam-needs">${needs.join("")}</ul>${waits}${buttons}`,
		{ summary: notes.join(" · ") }
	);
}

/** What was decided, by whom and why, and the buttons to decide. */
export function decision(page, doc, { writable }) {
	if (!doc.decision && doc.closed_on) return "";
	const words = { Pursue: __("We pursue it"), Hold: __("On hold"), Drop: __("Dropped") };
	const who = [doc.decided_by, doc.decided_on && frappe.datetime.str_to_user(doc.decided_on)].filter(Boolean);
	const text = doc.decision
		? `<p><b>${escape(words[doc.decision])}</b>${doc.decision_reason ? `: ${escape(doc.decision_reason)}` : ""}
			<span class="text-muted">${escape(who.join(" · "))}</span></p>`
		: `<p class="kam-nothing">${escape(__("Not decided yet: do we pursue it, put it on hold or drop it?"))}</p>`;
	const choices = { Open: doc.decision ? ["Hold", "Drop"] : ["Pursue", "Hold", "Drop"], "On Hold": ["Pursue", "Drop"] };
	const labels = { Pursue: __("Pursue"), Hold: __("Put on Hold …"), Drop: __("Drop …") };
	const buttons = writable
		? (choices[page.status] || [])
				.map(
					(choice) =>
						`<button type="button" class="btn btn-xs btn-default" data-do="decide" data-what="${choice}">${escape(
							labels[choice]
						)}</button>`
				)
				.join("")
		: "";
	return panel(__("Decision"), `${text}${buttons ? `<div class="kam-gate-buttons">${buttons}</div>` : ""}`);
}

const need = (met, html) =>
	`<li class="${met ? "kam-met" : "kam-unmet"}"><span aria-hidden="true">${met ? "✓" : "○"}</span><span class="sr-only">${escape(
		met ? __("there:") : __("missing:")
	)}</span> <span>${html}</span></li>`;

function ended(page) {
	if (!page.gates.length) {
		return panel(
			__("Gates"),
			`<p class="kam-nothing">${escape(__("No gates. Choose a template under Gates and save."))}</p>`
		);
	}
	const texts = {
		Won: __("All gates are passed."),
		Lost: __("Lost. The reasons stand under Outcome."),
		Dropped: __("Dropped. The reason stands under Value and Rating."),
	};
	return panel(__("Gates"), `<p class="kam-nothing">${escape(texts[page.status] || __("All gates are passed."))}</p>`);
}

// ------------------------------------------------------------ figures

export function cards(page, doc) {
	const { currency } = page;
	const parts = page.amounts;
	const real = parts.quoted + parts.ordered + parts.invoiced;
	const gate = page.gates.find((row) => row.here);
	const list = [
		{
			label: __("Order Value", null, "KAM"),
			value: money(page.amount, currency),
			note: page.total_amount
				? escape(__("{0} over all years", [format_currency(page.total_amount, currency, 0)]))
				: escape(page.amount ? "" : __("not known yet")),
		},
		{
			label: __("Priority"),
			value: page.priority.score === null ? UNKNOWN : format_number(page.priority.score, null, 0),
			note: page.priority.quick_win
				? badge(__("Quick Win"), "green")
				: escape(
						page.priority.known < 100
							? __("{0} % of the rating known", [Math.round(page.priority.known)])
							: __("of 100")
				  ),
			help: page.priority.text,
		},
		{
			label: __("Probability"),
			value: percent(page.probability, 0),
			note: escape(
				page.probability === null
					? __("no gate passed yet")
					: doc.probability_by_hand
					? __("entered by hand")
					: __("follows the gates")
			),
		},
		{
			label: __("Profit Potential"),
			value: money(page.profit, currency),
			note: escape(
				page.profit === null
					? __("margins not known")
					: page.profit_known < 100
					? __("known for {0} % of the volume", [Math.round(page.profit_known)])
					: __("over all years")
			),
		},
		doc.closed_on
			? {
					label: { Won: __("Won On"), Lost: __("Lost On"), Dropped: __("Dropped On") }[page.status],
					value: day(doc.closed_on),
					note: doc.expected_close
						? escape(__("expected {0}", [frappe.datetime.str_to_user(doc.expected_close)]))
						: "",
			  }
			: {
					label: __("Expected Order"),
					value: day(doc.expected_close),
					note: escape(page.overdue ? __("this day has passed") : ""),
					tone: page.overdue ? "alert" : "",
			  },
	];
	if (gate && page.age !== null) {
		list.push({
			label: __("Days at This Gate"),
			value: page.age,
			note: escape(page.old ? __("longer than usual") : __(gate.gate)),
			tone: page.old ? "warning" : "",
		});
	}
	if (real) {
		list.push({
			label: __("In Documents"),
			value: money(real, currency),
			note: ["quoted", "ordered", "invoiced"]
				.filter((part) => parts[part])
				.map((part) => `${escape(WORDS[part]())} ${money(parts[part], currency)}`)
				.join(", "),
			help: __(
				"Each amount stands in one place only: what is invoiced is no longer ordered, what is ordered is no longer quoted. Of several open quotations the highest counts."
			),
		});
	}
	return `<div class="kam-figures">${list.map(figure).join("")}</div>`;
}

const WORDS = { quoted: () => __("quoted"), ordered: () => __("ordered"), invoiced: () => __("invoiced") };

/** Why it was won, lost or dropped, and what we learn from it. */
export function outcome(page, doc) {
	const facts = [
		doc.lost_to && [__("Lost to"), escape(doc.lost_to)],
		doc.reasons?.length && [__("Reasons"), doc.reasons.map((row) => escape(__(row.reason))).join(", ")],
		page.status === "Dropped" && doc.decision_reason && [__("Reason"), escape(doc.decision_reason)],
		doc.customer_view && [__("The customer says"), escape(doc.customer_view).replace(/\n/g, "<br>")],
	].filter(Boolean);
	const list = facts.map(([label, html]) => `<dt>${escape(label)}</dt><dd>${html}</dd>`).join("");
	const missing =
		page.status !== "Dropped" && !doc.reasons?.length
			? `<p class="kam-nothing">${escape(
					page.status === "Won"
						? __("Why was it won? Choose the reasons under Outcome while everybody remembers.")
						: __("Why was it lost? Choose the reasons under Outcome while everybody remembers.")
			  )}</p>`
			: "";
	const lessons = doc.lessons ? "" : `<p class="kam-nothing">${escape(__("No lessons written down yet."))}</p>`;
	return panel(__("Outcome"), `${list ? `<dl class="kam-outcome">${list}</dl>` : ""}${missing}${lessons}`);
}

/** Every part of the priority with its weight and what it adds. */
export function priority(page) {
	const { priority: rating } = page;
	const rows = rating.parts.map(
		(part) => `<tr>
			<td>${escape(__(part.label))}${bar(part.score, { label: __(part.label) })}</td>
			<td class="text-right">${escape(part.weight)}</td>
			<td class="text-right">${part.score === null ? UNKNOWN : format_number(part.score, null, 0)}</td>
			<td class="text-right">${part.points === null ? UNKNOWN : format_number(part.points, null, 1)}</td>
		</tr>`
	);
	const score = rating.score === null ? UNKNOWN : format_number(rating.score, null, 1);
	if (!rows.length) {
		return panel(
			__("How the Priority Comes About"),
			`<p class="kam-nothing">${escape(
				__("No part of the priority has a weight. Sales operations enter the weights in KAM Settings, Opportunities.")
			)}</p>`
		);
	}
	return panel(
		__("How the Priority Comes About"),
		`<div class="kam-table-scroll"><table class="kam-plan-table"><thead><tr><th>${escape(
			__("Part")
		)}</th><th class="text-right">${escape(__("Weight"))}</th><th class="text-right">${escape(
			__("Score", null, "KAM")
		)}</th><th class="text-right">${escape(__("Points"))}</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`,
		{ summary: escape(__("{0} of 100", [score])), help: rating.text }
	);
}

// ------------------------------------------------------------ documents

export function documents(page, { may_make }) {
	const rows = page.documents.map(
		(row) => `<tr>
			<td>${escape(__(row.doctype))}</td>
			<td>${link(row.doctype, row.name)}</td>
			<td>${day(row.day)}</td>
			<td>${row.docstatus === 0 && ["Quotation", "Sales Order", "Sales Invoice"].includes(row.doctype) ? badge(__("Draft"), "red") : badge(__(row.status || ""), colour(row))}${
			row.expired && row.status !== "Ordered" ? ` ${badge(__("validity passed"), "orange")}` : ""
		}</td>
			<td class="text-right">${money(row.value, row.currency)}</td>
		</tr>`
	);
	const table = rows.length
		? `<div class="kam-table-scroll"><table class="kam-plan-table"><thead><tr>${[
				__("Document"),
				__("Number"),
				__("Day"),
				__("Status"),
		  ]
				.map((head) => `<th>${escape(head)}</th>`)
				.join("")}<th class="text-right">${escape(__("Net Value"))}</th></tr></thead><tbody>${rows.join(
				""
		  )}</tbody></table></div>`
		: `<p class="kam-nothing">${escape(
				__("No documents yet. What you make here carries title, customer, items and prices along; a document that exists already can name this opportunity in its field Key Account Opportunity.")
		  )}</p>`;
	const buttons = may_make
		.map(
			([what, label]) =>
				`<button type="button" class="btn btn-xs btn-default" data-do="make" data-what="${what}">${escape(
					label
				)}</button>`
		)
		.join(" ");
	return panel(__("From the Idea to the Invoice"), `${table}${buttons ? `<footer>${buttons}</footer>` : ""}`, {
		wide: true,
	});
}

const colour = (row) =>
	({
		Lost: "red",
		Cancelled: "gray",
		Closed: "gray",
		Ordered: "green",
		Converted: "green",
		Completed: "green",
		Paid: "green",
		Overdue: "red",
		Unpaid: "orange",
	}[row.status] || "blue");

export function power_map(page, { may_start }) {
	const map = page.power_map;
	const own = map?.of === "Opportunity";
	const start =
		may_start && !own
			? `<footer><button type="button" class="btn btn-xs btn-default" data-do="map">${escape(
					__("Start a Map for This Opportunity")
			  )}</button></footer>`
			: "";
	if (!map) {
		return start
			? panel(
					__("Power Map"),
					`<p class="kam-nothing">${escape(__("No power map yet: who decides, who influences, whom do we know?"))}</p>${start}`
			  )
			: "";
	}
	const text = own
		? __("The map of this opportunity shows {0} people.", [map.people])
		: __("The map of the account shows {0} people.", [map.people]);
	return panel(
		__("Power Map"),
		`<p>${escape(text)} ${link("Power Map", map.name, __("Open the map"))}</p>${start}`
	);
}

export function panel(title, body, { wide = false, summary = "", help = "" } = {}) {
	return `
		<section class="kam-panel ${wide ? "kam-panel-wide" : ""}">
			<header><h5>${escape(title)}</h5>${about(help)}<span class="kam-panel-summary">${summary}</span></header>
			${body}
		</section>`;
}
