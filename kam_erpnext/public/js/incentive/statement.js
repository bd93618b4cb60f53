// a statement as its form shows it; everything returned is HTML
import { badge, escape, percent, UNKNOWN } from "../account/format";
import { figure } from "../account/figure";
import { bar } from "../plan/format";
import { curve } from "./curve";

const COLOURS = { Draft: "orange", Final: "green", Withdrawn: "red" };
const FULL = 100;

const money = (value, currency) => escape(format_currency(value, currency));

/** The whole page: messages, what is paid, each measure with its sentence, and the curve. */
export function statement(doc, seen) {
	return `<div class="kam-incentive">
		${messages(doc, seen)}
		${figures(doc)}
		<div class="kam-incentive-columns">
			<div>${lines(doc, seen)}</div>
			<div>
				<h5>${escape(__("Pay-out Curve"))}</h5>
				${curve(
					seen.curve,
					seen.lines.map((line, place) => ({ ...line, number: place + 1 }))
				)}
				<p class="text-muted small">${escape(
					__("The numbers are the measures of the list: where the person stands on the curve.")
				)}</p>
				${doc.note ? `<h5>${escape(__("Rules of the Scheme"))}</h5><p class="kam-incentive-note">${escape(doc.note)}</p>` : ""}
			</div>
		</div>
	</div>`;
}

const messages = (doc, seen) => `<div class="kam-incentive-messages">
	${badge(__(doc.status), COLOURS[doc.status])}
	${seen.messages.map((text) => `<span>${escape(text)}</span>`).join(" ")}
	<span class="text-muted">${escape(seen.scope)}.</span>
</div>`;

function figures(doc) {
	const paid = doc.at_target ? (FULL * doc.amount) / doc.at_target : null;
	const list = [
		{
			label: __("Amount"),
			value: money(doc.amount, doc.currency),
			note: escape(state_of(doc)),
		},
		{
			label: __("Amount at Target"),
			value: money(doc.at_target, doc.currency),
			note: escape(__("when everything is reached")),
		},
		{
			label: __("Paid"),
			value: percent(paid),
			note:
				bar(paid, { label: __("Share of the amount at target that is paid"), tone: paid >= FULL ? "done" : "" }) +
				escape(doc.cap ? __("at most {0} %", [format_number(doc.cap, null, 0)]) : __("no limit")),
		},
		{
			label: __("Known"),
			value: percent(doc.known_share, 0),
			note: escape(__("of the weight of all measures")),
			tone: doc.known_share < FULL ? "warning" : "",
			help: __("What is not known pays nothing yet. The reason stands at the measure."),
		},
	];
	return `<div class="kam-figures">${list.map(figure).join("")}</div>`;
}

const state_of = (doc) =>
	doc.status === "Final"
		? __("final")
		: doc.as_of < doc.to_date
		? __("at the pace of today")
		: __("as documents say today");

function lines(doc, seen) {
	const before = doc.before_cap > doc.amount;
	return `<h5>${escape(__("What Is Paid"))}</h5>
	<table class="kam-incentive-lines"><thead><tr>
		<th>${escape(__("Measure"))}</th><th class="text-right">${escape(__("Weight"))}</th>
		<th class="text-right">${escape(__("Due by Now"))}</th><th class="text-right">${escape(__("Actual", null, "KAM"))}</th>
		<th>${escape(__("Attainment"))}</th><th class="text-right">${escape(__("Pay-out"))}</th>
		<th class="text-right">${escape(__("Amount"))}</th>
	</tr></thead><tbody>
	${seen.lines.map((line, place) => row(doc, line, place)).join("")}
	${
		before
			? `<tr class="kam-incentive-sum"><td colspan="6">${escape(__("Sum of all lines"))}</td><td class="text-right">${money(
					doc.before_cap,
					doc.currency
			  )}</td></tr>`
			: ""
	}
	<tr class="kam-incentive-sum kam-incentive-total"><td colspan="6">${escape(
		before ? __("Amount after the cap") : __("Amount")
	)}</td><td class="text-right">${money(doc.amount, doc.currency)}</td></tr>
	</tbody></table>`;
}

function row(doc, line, place) {
	const threshold = doc.lines[place]?.threshold || null;
	const tone = !line.known ? "" : line.attainment >= FULL ? "done" : line.payout ? "warning" : "alert";
	const cell = (label, html, css = "text-right") => `<td class="${css}" data-label="${escape(label)}">${html}</td>`;
	return `<tr>
		<td class="kam-incentive-measure"><span class="kam-incentive-number">${place + 1}</span> <b>${escape(line.label)}</b></td>
		${cell(__("Weight"), percent(line.weight))}
		${cell(__("Due by Now"), escape(line.due ?? UNKNOWN))}
		${cell(__("Actual", null, "KAM"), escape(line.actual ?? UNKNOWN))}
		${cell(
			__("Attainment"),
			`<div class="kam-incentive-bar">${bar(line.attainment, { label: line.label, tone, mark: threshold })}<span>${percent(
				line.attainment
			)}</span></div>`,
			""
		)}
		${cell(__("Pay-out"), percent(line.payout))}
		${cell(__("Amount"), `<b>${money(line.amount, doc.currency)}</b>`)}
	</tr>
	<tr class="kam-incentive-how"><td colspan="7">
		<div>${escape(line.paid)}</div>
		<div class="text-muted">${escape(line.explanation)} ${line.routes
		.map(
			(route, number) =>
				`<button type="button" class="btn-link" data-line="${place}" data-route="${number}">${escape(
					route.report ? __("Report {0}", [route.label]) : __("Documents: {0}", [route.label])
				)}</button>`
		)
		.join(" · ")}</div>
	</td></tr>`;
}
