// what to know before a call: one screen, each part as far as the reader may read it
import { badge, day, link, money, moment_of, UNKNOWN } from "../account/format";
import { list, not_shown, under } from "../account/panels";
import { ago, escape, icon, minutes, near_day, OPEN, phone_link, route_link, short_day, status_pill } from "./words";

/** Name, time and place of the call, and the ways to the customer. */
export function head(sheet, { back = "" } = {}) {
	const { call, customer, account } = sheet;
	const facts = [
		near_day(call.planned_on, call.today) + (call.time ? `, ${call.time}` : ""),
		__(call.method),
		call.duration ? minutes(call.duration) : "",
		call.user === frappe.session.user ? "" : call.user_name,
		call.accompanied_by_name ? __("with {0}", [call.accompanied_by_name]) : "",
	].filter(Boolean);
	const more = [
		customer.address?.line || "",
		call.abc_class ? __("Class {0}", [call.abc_class]) : "",
		call.due_on && call.due_on !== call.planned_on ? __("due {0}", [short_day(call.due_on, call.today)]) : "",
		call.moves ? (call.moves === 1 ? __("moved once") : __("moved {0} times", [call.moves])) : "",
	].filter(Boolean);
	return `
		<header class="kam-sheet-head">
			${back}
			<div class="kam-sheet-title">
				<h2 tabindex="-1">${customer.readable ? link("Customer", customer.name, customer.customer_name) : escape(customer.customer_name)}</h2>
				<p>${icon(call.method)} ${escape(facts.join(" · "))} ${call.status === "Planned" ? "" : status_pill(call.status)}</p>
				${more.length ? `<p class="text-muted">${escape(more.join(" · "))}</p>` : ""}
				${
					account
						? `<p class="text-muted">${under(
								link("Key Account", account.name, account.account_name),
								account.level ? escape(__(account.level)) : ""
						  )}</p>`
						: ""
				}
				${call.reason && !OPEN.includes(call.status) ? `<p>${escape(call.reason)}</p>` : ""}
			</div>
			${contact_ways(sheet)}
		</header>`;
}

function contact_ways({ customer }) {
	const ways = [];
	if (customer.phone) {
		ways.push(
			`<a class="btn btn-default" href="${escape(phone_link(customer.phone))}">${icon("Phone")} ${escape(
				customer.phone
			)}</a>`
		);
	}
	if (customer.address) {
		ways.push(
			`<a class="btn btn-default" target="_blank" rel="noopener noreferrer" href="${escape(
				route_link(customer.address.whole)
			)}" title="${escape(customer.address.line)}">${icon("route")} ${escape(__("Show the Way"))}</a>`
		);
	}
	return ways.length ? `<div class="kam-sheet-ways">${ways.join("")}</div>` : "";
}

/** The parts, those that matter for every talk first. `gaps` is null as long as it is being read. */
export function parts(sheet, gaps) {
	return `
		<div class="kam-sheet-parts">
			${last(sheet)}
			${actions(sheet)}
			${receivables(sheet)}
			${orders(sheet)}
			${deals(sheet)}
			${whitespace(gaps)}
			${bought(sheet)}
			${market(sheet)}
			${people(sheet)}
			${messages(sheet)}
		</div>
		${not_shown(sheet)}`;
}

/** A part; one that is empty is a line, so that the screen holds what matters. */
function part(title, { count = null, side = "", body = "", empty = "", name = "" }) {
	if (!body) {
		return `<p class="kam-sheet-empty"><span>${escape(title)}</span> ${escape(empty)}</p>`;
	}
	return `
		<details class="kam-sheet-part" open ${name ? `data-part="${name}"` : ""}>
			<summary><h3>${escape(title)}</h3>${count === null ? "" : `<span class="kam-count">${count}</span>`}<span
				class="kam-sheet-side">${side}</span></summary>
			${body}
		</details>`;
}

const row = (main, side = "", below = "") => `
	<li><div class="kam-line"><span class="kam-line-main">${main}</span><span class="kam-line-side">${side}</span></div>
		${below ? `<div class="kam-line-under">${below}</div>` : ""}</li>`;

const more_of = (found, rows) =>
	found.count > rows ? `<p class="text-muted small">${escape(__("and {0} more", [found.count - rows]))}</p>` : "";

const quote = (label, text) =>
	text ? `<div class="kam-sheet-said"><span class="text-muted">${escape(label)}</span> ${escape(text)}</div>` : "";

function last({ calls, call }) {
	const one = (made) => `
		<li>
			<div class="kam-line"><span class="kam-line-main">${link(
				"Customer Call",
				made.name,
				short_day(made.made_on, call.today)
			)} <span class="text-muted">${escape(ago(made.made_on, call.today))} · ${escape(__(made.method))} · ${escape(
		made.user_name
	)}</span></span>
				<span class="kam-line-side">${made.outcome ? escape(__(made.outcome)) : ""}</span></div>
			${made.summary ? `<div class="kam-sheet-said">${escape(made.summary)}</div>` : ""}
			${quote(__("Needs"), made.needs_heard)}
			${quote(__("Agreed"), made.commitment)}
		</li>`;
	const [newest, ...older] = calls;
	return part(__("Last Calls"), {
		name: "calls",
		side: newest ? escape(ago(newest.made_on, call.today)) : "",
		empty: __("none yet"),
		body: newest
			? list([one(newest)]) +
			  (older.length
					? `<details class="kam-sheet-older"><summary>${escape(__("Earlier ones"))} (${older.length})</summary>${list(
							older.map(one)
					  )}</details>`
					: "")
			: "",
	});
}

function actions({ actions: found, call }) {
	if (!found.readable) return "";
	const doctype = found.doctype;
	return part(__("Open Actions"), {
		name: "actions",
		count: found.count,
		side: found.late ? badge(__("{0} overdue", [found.late]), "red") : "",
		empty: __("none"),
		body: found.count
			? list(
					found.rows.map((action) =>
						row(
							link(doctype, action.name, action.subject),
							action.end_date ? escape(short_day(action.end_date, call.today)) : UNKNOWN,
							under(
								escape(action.responsible_name || action.responsible || ""),
								action.late ? badge(__("overdue"), "red") : ""
							)
						)
					)
			  ) + more_of(found, found.rows.length)
			: "",
	});
}

function receivables({ receivables: found, currency }) {
	if (!found.readable) return "";
	return part(__("Overdue Invoices"), {
		name: "receivables",
		count: found.count,
		side: found.count ? `<b class="kam-sheet-alert">${money(found.value, currency)}</b>` : "",
		empty: __("none"),
		body: found.count
			? list(
					found.rows.map((invoice) =>
						row(
							link("Sales Invoice", invoice.name),
							money(invoice.value, currency),
							escape(__("{0} days overdue", [invoice.days]))
						)
					)
			  ) + more_of(found, found.rows.length)
			: "",
	});
}

function orders({ orders: found, currency, call }) {
	if (!found.readable) return "";
	return part(__("Open Orders", null, "KAM"), {
		name: "orders",
		count: found.count,
		side: found.count ? money(found.value, currency) : "",
		empty: __("none"),
		body: found.count
			? list(
					found.rows.map((order) =>
						row(
							link("Sales Order", order.name),
							money(order.value, currency),
							order.per_delivered >= 100
								? escape(__("delivered, to be billed"))
								: under(
										escape(
											__("delivery {0}", [
												order.delivery_date ? short_day(order.delivery_date, call.today) : UNKNOWN,
											])
										),
										order.delivery_date && order.delivery_date < call.today ? badge(__("late"), "red") : ""
								  )
						)
					)
			  ) + more_of(found, found.rows.length)
			: "",
	});
}

function deals({ deals: found, opportunities, quotations, currency }) {
	if (found) {
		if (!found.readable) return "";
		return part(__("Opportunities"), {
			name: "deals",
			count: found.count,
			side: found.count ? money(found.open, currency) : "",
			empty: __("none open"),
			body: found.count
				? list(
						found.rows.map((deal) =>
							row(
								link(deal.source, deal.deal, deal.title),
								money(deal.value, currency),
								under(
									escape(__(deal.stage || deal.status || "")),
									deal.expected_close ? escape(__("close {0}", [frappe.datetime.str_to_user(deal.expected_close)])) : "",
									deal.late ? badge(__("overdue"), "red") : ""
								)
							)
						)
				  ) + more_of(found, found.rows.length)
				: "",
		});
	}
	const both = [
		...(opportunities?.rows || []).map((deal) =>
			row(link("Opportunity", deal.name, deal.title || deal.name), money(deal.value, currency), escape(__(deal.status)))
		),
		...(quotations?.rows || []).map((deal) =>
			row(
				link("Quotation", deal.name),
				money(deal.value, currency),
				under(
					escape(__("Quotation")),
					deal.valid_till ? escape(__("valid until {0}", [frappe.datetime.str_to_user(deal.valid_till)])) : "",
					deal.expired ? badge(__("expired"), "orange") : ""
				)
			)
		),
	];
	if (!opportunities?.readable && !quotations?.readable) return "";
	return part(__("Opportunities and Quotations"), {
		name: "deals",
		count: (opportunities?.count || 0) + (quotations?.count || 0),
		empty: __("none open"),
		body: both.length ? list(both) : "",
	});
}

const STATES = {
	Won: __("bought already"),
	Open: __("deal open"),
	Potential: __("potential"),
	Competitor: __("with a competitor"),
	Unknown: __("not known yet"),
};

export function whitespace(gaps) {
	if (gaps === null) {
		return `<p class="kam-sheet-empty" data-part="gaps" aria-busy="true"><span>${escape(__("Could Buy More"))}</span> ${escape(
			__("reading …")
		)}</p>`;
	}
	if (!gaps.readable) return "";
	return part(__("Could Buy More"), {
		name: "gaps",
		empty: __("no gap known"),
		body: gaps.rows.length
			? list(
					gaps.rows.map((cell) =>
						row(
							escape(cell.item_group),
							money(cell.gap, gaps.currency),
							under(
								escape(STATES[cell.state] || __(cell.state)),
								cell.basis === "Peers" ? escape(__("as others like it buy")) : escape(__("gap to the share aimed at"))
							)
						)
					)
			  )
			: "",
	});
}

function bought({ bought: found, currency }) {
	if (!found) return "";
	const lost = found.filter((group) => group.net_sales <= 0 && group.before > 0).length;
	return part(__("Buys"), {
		name: "bought",
		side: lost ? badge(__("{0} no more", [lost]), "orange") : "",
		empty: __("nothing in two years"),
		body: found.length
			? list(
					found.slice(0, 5).map((group) =>
						row(
							escape(group.item_group),
							money(group.net_sales, currency),
							escape(
								group.net_sales <= 0
									? __("no more; {0} the year before", [format_currency(group.before, currency, 0)])
									: group.before > 0
									? __("{0} the year before", [format_currency(group.before, currency, 0)])
									: __("new", null, "KAM")
							)
						)
					)
			  )
			: "",
	});
}

function market({ market: found }) {
	if (!found.readable) return "";
	return part(__("Market Notes"), {
		name: "market",
		count: found.count,
		empty: __("none"),
		body: found.count
			? list(
					found.rows.map((note) =>
						row(
							link("Market Intelligence", note.name, note.title),
							note.impact === "High" ? badge(__("High"), "red") : "",
							under(day(note.noted_on), escape(__(note.kind)), escape(note.reason))
						)
					)
			  ) + more_of(found, found.rows.length)
			: "",
	});
}

const SHOWN = 6;

function people({ people: found, call }) {
	const line = (person) => {
		const number = person.mobile_no || person.phone;
		return row(
			link(person.known === false ? "" : "Contact", person.contact, person.full_name),
			number
				? `<a class="kam-sheet-number" href="${escape(phone_link(number))}" aria-label="${escape(
						__("Ring {0}: {1}", [person.full_name, number])
				  )}">${icon("Phone")}</a>`
				: "",
			under(
				escape([person.designation, person.department].filter(Boolean).join(", ")),
				person.last_contact
					? escape(__("last contact {0}", [ago(person.last_contact, call.today)]))
					: escape(__("no contact yet")),
				person.on_call ? badge(__("on this call"), "blue") : "",
				person.on_map ? badge(__("on the map"), "gray") : "",
				person.overdue ? badge(__("contact due"), "orange") : "",
				person.owner ? escape(__("looked after by {0}", [person.owner])) : ""
			)
		);
	};
	const rows = found.rows.map(line);
	const looked_for = found.without_contact.map((person) =>
		row(
			escape(person.person_name),
			badge(person.placeholder ? __("not known yet") : __("no contact data"), "gray"),
			escape(person.designation || "")
		)
	);
	const all = [...rows, ...looked_for];
	return part(__("People"), {
		name: "people",
		count: all.length,
		empty: found.readable ? __("no contact yet") : __("not shown to your roles"),
		body: all.length
			? list(all.slice(0, SHOWN)) +
			  (all.length > SHOWN
					? `<details class="kam-sheet-older"><summary>${escape(__("Show all {0}", [all.length]))}</summary>${list(
							all.slice(SHOWN)
					  )}</details>`
					: "")
			: "",
	});
}

function messages({ messages: found }) {
	return part(__("Meetings and Messages"), {
		name: "messages",
		empty: __("none"),
		body: found.length
			? list(
					found.map((message) =>
						row(link(message.doctype, message.name, message.subject || message.name), moment_of(message.on), escape(__(message.kind)))
					)
			  )
			: "",
	});
}
