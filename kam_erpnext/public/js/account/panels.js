import { about, badge, day, escape, link, list_link, moment_of, money, percent, pipeline_link, UNKNOWN } from "./format";

export function panel({ title, help = "", count = null, summary = "", body, foot = "", wide = false }) {
	return `
		<section class="kam-panel ${wide ? "kam-panel-wide" : ""}">
			<header>
				<h5>${escape(title)}</h5>
				${count === null ? "" : `<span class="kam-count">${count}</span>`}
				${about(help)}
				${summary ? `<span class="kam-panel-summary">${summary}</span>` : ""}
			</header>
			${body}
			${foot ? `<footer>${foot}</footer>` : ""}
		</section>`;
}

export const line = (main, side, under = "") => `
	<li>
		<div class="kam-line"><span class="kam-line-main">${main}</span><span class="kam-line-side">${side}</span></div>
		${under ? `<div class="kam-line-under">${under}</div>` : ""}
	</li>`;

export const list = (rows) => `<ul class="kam-list">${rows.join("")}</ul>`;
const nothing = (text, button = "") => `<div class="kam-nothing">${escape(text)}${button}</div>`;

/** Says which parts are missing and why. */
export function not_shown(page) {
	const hidden = Object.values(page)
		.filter((part) => part?.doctype && part.readable === false)
		.map((part) => __(part.doctype));
	return hidden.length
		? `<p class="text-muted small">${escape(
				__("Not shown, as your roles do not include reading: {0}.", [[...new Set(hidden)].join(", ")])
		  )}</p>`
		: "";
}

export const create_button = (doctype, label) =>
	frappe.model.can_create(doctype)
		? `<button type="button" class="btn btn-xs btn-default kam-create" data-doctype="${doctype}">${escape(
				label
		  )}</button>`
		: "";

/** A panel of documents: empty, or a list with the way to all of them. What may not be read has no panel. */
export function documents(page, key, { title, row, empty, create = "", summary = "" }) {
	const part = page[key];
	if (!part.readable) return "";
	return panel({
		title,
		help: part.about,
		count: part.count,
		summary: part.count ? summary : "",
		body: part.count ? list(part.rows.map(row)) : nothing(empty, create),
		foot:
			part.count > part.rows.length
				? list_link(part, key, escape(__("Show all {0}", [part.count])))
				: part.count
				? create
				: "",
	});
}

const several = (page) => page.customer_names.length > 1;
/** The customer of a line, unless the account has only one. */
const of_customer = (page, row) =>
	several(page) ? escape(row.customer_name || row.customer || row.party_name) : "";
export const under = (...parts) => parts.filter(Boolean).join(" · ");

export const orders = (page) =>
	documents(page, "orders", {
		title: __("Open Orders", null, "KAM"),
		summary: money(page.orders.value, page.currency),
		empty: __("No order waits for delivery or invoice."),
		create: create_button("Sales Order", __("New Sales Order")),
		row: (row) =>
			line(
				link("Sales Order", row.name),
				money(row.value, page.currency),
				under(
					of_customer(page, row),
					row.per_delivered >= 100
						? escape(__("delivered, to be billed"))
						: escape(__("delivery {0}", [frappe.datetime.str_to_user(row.delivery_date) || UNKNOWN]))
				)
			),
	});

export const receivables = (page) =>
	documents(page, "receivables", {
		title: __("Overdue Receivables"),
		summary: money(page.receivables.value, page.currency),
		empty: page.receivables.outstanding
			? __("Nothing is overdue; {0} is not yet due.", [
					format_currency(page.receivables.outstanding, page.currency, 0),
			  ])
			: __("Nothing is outstanding."),
		row: (row) =>
			line(
				link("Sales Invoice", row.name),
				money(row.value, page.currency),
				under(
					of_customer(page, row),
					badge(__("{0} days overdue", [row.days]), row.days > 30 ? "red" : "orange")
				)
			),
	});

export const issues = (page) =>
	documents(page, "issues", {
		title: __("Open Issues"),
		empty: __("No issue is open."),
		create: create_button("Issue", __("New Issue")),
		row: (row) =>
			line(
				link("Issue", row.name, row.subject),
				row.priority ? badge(__(row.priority), row.priority === "High" ? "red" : "gray") : "",
				under(
					of_customer(page, row),
					escape(__(row.status)),
					row.days === null ? "" : escape(__("open for {0} days", [row.days]))
				)
			),
	});

export const projects = (page) =>
	documents(page, "projects", {
		title: __("Open Projects", null, "KAM"),
		empty: __("No project is running."),
		create: create_button("Project", __("New Project")),
		row: (row) =>
			line(
				link("Project", row.name, row.project_name),
				percent(row.percent_complete, 0),
				under(
					of_customer(page, row),
					row.expected_end_date ? escape(__("until {0}", [frappe.datetime.str_to_user(row.expected_end_date)])) : "",
					row.late ? badge(__("late"), "red") : ""
				)
			),
	});

/** Deals of all kinds, the largest first; the report shows them all. */
export function pipeline(page) {
	const part = page.pipeline;
	if (!part.readable) return "";
	const sums = [
		part.weighted === null ? "" : escape(__("weighted {0}", [format_currency(part.weighted, page.currency, 0)])),
		part.ordered ? escape(__("ordered {0}", [format_currency(part.ordered, page.currency, 0)])) : "",
	].filter(Boolean);
	const create = create_button("Key Account Opportunity", __("New Opportunity"));
	const row = (deal) =>
		line(
			link(deal.source, deal.deal, deal.title),
			money(deal.value, page.currency),
			under(
				escape(__(deal.stage)),
				deal.gate ? escape(__(deal.gate)) : "",
				deal.probability === null ? "" : escape(`${format_number(deal.probability, null, 0)} %`),
				deal.expected_close
					? deal.late
						? badge(__("was expected {0}", [frappe.datetime.str_to_user(deal.expected_close)]), "red")
						: escape(__("closing {0}", [frappe.datetime.str_to_user(deal.expected_close)]))
					: "",
				deal.status === "On Hold" ? badge(__("On Hold", null, "KAM"), "orange") : ""
			)
		);
	return panel({
		title: __("Pipeline"),
		help: part.about,
		count: part.count,
		summary: part.count ? money(part.open, page.currency) : "",
		body: part.count
			? `${sums.length ? `<p class="text-muted small">${sums.join(" · ")}</p>` : ""}${list(part.rows.map(row))}`
			: nothing(__("No deal is open. Enter the first idea."), create),
		foot: part.count
			? `${part.report ? pipeline_link(part, escape(__("Show all {0}", [part.count]))) : ""} ${create}`
			: "",
	});
}

export const opportunities = (page) =>
	documents(page, "opportunities", {
		title: __("Open Opportunities"),
		summary: money(page.opportunities.value, page.currency),
		empty: __("No opportunity is open."),
		create: create_button("Opportunity", __("New ERPNext Opportunity")),
		row: (row) =>
			line(
				link("Opportunity", row.name, row.title || row.name),
				money(row.value, page.currency),
				under(
					row.opportunity_from === "Customer" ? of_customer(page, row) : escape(__(row.opportunity_from)),
					escape(__(row.sales_stage || row.status)),
					row.expected_closing ? escape(__("closing {0}", [frappe.datetime.str_to_user(row.expected_closing)])) : ""
				)
			),
	});

export const quotations = (page) =>
	documents(page, "quotations", {
		title: __("Open Quotations", null, "KAM"),
		summary: money(page.quotations.value, page.currency),
		empty: __("No quotation is open."),
		create: create_button("Quotation", __("New Quotation")),
		row: (row) =>
			line(
				link("Quotation", row.name),
				money(row.value, page.currency),
				under(
					of_customer(page, row),
					row.expired
						? badge(__("expired {0}", [frappe.datetime.str_to_user(row.valid_till)]), "orange")
						: escape(__("valid until {0}", [frappe.datetime.str_to_user(row.valid_till) || UNKNOWN]))
				)
			),
	});

// ---------------------------------------------------------------- people and calls

export const contacts = (page) =>
	documents(page, "contacts", {
		title: __("Contacts"),
		empty: __("Nobody is known at these customers. Add the people you talk to."),
		create: create_button("Contact", __("New Contact")),
		row: (row) =>
			line(
				link("Contact", row.name, row.full_name) +
					(row.is_primary_contact ? ` ${badge(__("primary"), "blue")}` : ""),
				row.last_contact
					? `<span title="${escape(__("Last contact"))}">${moment_of(row.last_contact)}</span>`
					: `<span title="${escape(__("No contact recorded"))}">${UNKNOWN}</span>`,
				under(
					escape([row.designation, row.department].filter(Boolean).join(", ")),
					row.email_id ? `<a href="mailto:${encodeURIComponent(row.email_id)}">${escape(row.email_id)}</a>` : "",
					phone(row.mobile_no || row.phone)
				)
			),
	});

const phone = (number) =>
	number ? `<a href="tel:${escape(number.replace(/[^0-9+]/g, ""))}">${escape(number)}</a>` : "";

export function calls(page) {
	const { readable, next, last, about: help } = page.calls;
	const title = __("Calls and Meetings");
	if (!readable) return "";
	const row = (call) =>
		line(
			link(call.doctype, call.name, call.subject || __(call.kind)),
			moment_of(call.on, ["Event", "Customer Call"].includes(call.doctype)),
			under(
				escape(__(call.kind)),
				call.direction ? escape(__(call.direction)) : "",
				call.outcome ? escape(__(call.outcome)) : ""
			)
		);
	const plan = [
		create_button("Customer Call", __("Plan a Call")),
		create_button("Event", __("Plan a Meeting")),
	].join(" ");
	return panel({
		title,
		help,
		body: `
			<h6>${escape(__("Next"))}</h6>
			${next.length ? list(next.map(row)) : nothing(__("No call or meeting is planned."), plan)}
			<h6>${escape(__("Last"))}</h6>
			${last.length ? list(last.map(row)) : nothing(__("Nothing has been recorded yet."))}`,
		foot: next.length ? plan : "",
	});
}

// ---------------------------------------------------------------- plan, review and actions

const PLAN_COLOURS = {
	Draft: "gray",
	"In Review": "orange",
	Rejected: "red",
	Approved: "blue",
	"In Execution": "green",
};
const STATES = ["Achieved", "On Track", "At Risk", "Missed", "Open"];

export function plan(page) {
	const { readable, in_force, in_making = [], planned_below, about: help } = page.plan;
	if (!readable) return "";
	const create = create_button("Key Account Plan", __("New Plan"));
	const parts = [];
	if (in_force) parts.push(plan_in_force(in_force));
	else parts.push(nothing(__("No plan is in force."), in_making.length ? "" : create));
	if (in_making.length) {
		parts.push(`<h6>${escape(__("In preparation"))}</h6>`);
		parts.push(
			list(
				in_making.map((row) =>
					line(
						link("Key Account Plan", row.name, row.title || row.name),
						badge(__(row.status), PLAN_COLOURS[row.status]),
						escape(__("{0} % complete", [format_number(row.completeness || 0, null, 0)]))
					)
				)
			)
		);
	}
	if (planned_below) {
		parts.push(
			`<p class="text-muted small">${escape(
				planned_below === 1
					? __("1 account below has a plan in force.")
					: __("{0} accounts below have a plan in force.", [planned_below])
			)}</p>`
		);
	}
	parts.push(review(page));
	return panel({ title: __("Plan and Review"), help, body: parts.join("") });
}

function plan_in_force(row) {
	const period = row.to_date
		? `${day(row.from_date)} – ${day(row.to_date)}`
		: escape(__("from {0}, without end", [frappe.datetime.str_to_user(row.from_date)]));
	const states = STATES.filter((state) => row.states[state]).map(
		(state) => `${row.states[state]} ${escape(__(state))}`
	);
	return (
		list([
			line(
				link("Key Account Plan", row.name, row.title || row.name),
				badge(__(row.status), PLAN_COLOURS[row.status]),
				under(period, row.total_target ? escape(__("target {0}", [format_currency(row.total_target, row.currency, 0)])) : "")
			),
		]) +
		progress(__("Objectives reached"), row.progress) +
		`<div class="kam-line-under">${
			row.objectives
				? under(
						escape(__("{0} of {1} objectives measured", [row.measured, row.objectives])),
						states.join(", ")
				  )
				: escape(__("The plan has no objectives."))
		}</div>`
	);
}

function progress(label, value) {
	const known = value !== null && value !== undefined;
	const width = known ? Math.max(0, Math.min(100, value)) : 0;
	return `
		<div class="kam-progress-row">
			<span>${escape(label)}</span>
			<div class="kam-progress" role="progressbar" aria-label="${escape(label)}" aria-valuemin="0" aria-valuemax="100"
				${known ? `aria-valuenow="${Math.round(width)}"` : ""}><div style="width: ${width}%"></div></div>
			<span class="num">${known ? percent(value, 0) : UNKNOWN}</span>
		</div>`;
}

function review(page) {
	if (!page.review.readable) return "";
	const { last, coming } = page.review;
	const planned = coming?.review_date || page.plan.in_force?.next_review || last?.next_review;
	const late = planned && planned < frappe.datetime.get_today();
	const create = create_button("Key Account Business Review", __("New Business Review"));
	const rows = [];
	rows.push(
		line(
			coming
				? link("Key Account Business Review", coming.name, __("Next review"))
				: escape(__("Next review")),
			planned ? `${day(planned)} ${late ? badge(__("overdue"), "red") : ""}` : UNKNOWN
		)
	);
	rows.push(
		line(
			last ? link("Key Account Business Review", last.name, __("Last review")) : escape(__("Last review")),
			last ? day(last.review_date) : escape(__("none yet")),
			last?.satisfaction ? escape(__("Satisfaction: {0}", [__(last.satisfaction)])) : ""
		)
	);
	return list(rows) + (coming ? "" : `<div class="kam-panel-button">${create}</div>`);
}

export const actions = (page) =>
	documents(page, "actions", {
		title: __("Open Actions"),
		summary: page.actions.late ? badge(__("{0} overdue", [page.actions.late]), "red") : "",
		empty: __("No action is open. Decide on the next step with this customer."),
		create: create_button("Key Account Action", __("New Action")),
		row: (row) =>
			line(
				(row.is_milestone ? `<span title="${escape(__("Milestone", null, "KAM"))}" aria-hidden="true">◆</span> ` : "") +
					link("Key Account Action", row.name, row.subject),
				`${day(row.end_date)} ${row.late ? badge(__("overdue"), "red") : ""}`,
				under(
					escape(row.responsible_name || row.responsible),
					row.key_account === page.key_account ? "" : escape(row.account_name),
					row.priority === "High" ? badge(__("High"), "orange") : ""
				)
			),
	});
