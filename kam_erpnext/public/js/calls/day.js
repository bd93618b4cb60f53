// the calls of a day: the week above, what is overdue, then one card per call
import {
	add_days,
	days_between,
	escape,
	icon,
	long_day,
	minutes,
	near_day,
	OPEN,
	page_link,
	phone_link,
	route_link,
	short_day,
	status_pill,
	weekday,
} from "./words";

export function day_view({ day, week, today, chosen, drafts, person, can_plan }) {
	const { calls, overdue } = day;
	const is_today = day.day === today;
	return `
		${person ? person_line(person) : ""}
		${day_bar(day.day, today)}
		${week ? strip(week, day.day, today) : `<div class="kam-calls-strip" aria-hidden="true"></div>`}
		${drafts.length ? drafts_line(drafts) : ""}
		${overdue.length ? overdue_part(day, { today, chosen, drafts }) : ""}
		<h2 class="kam-calls-head">${escape(summary(calls, day.day, today))}</h2>
		${
			calls.length
				? `<ol class="kam-calls-list">${calls.map((call) => card(call, { today, chosen, drafts })).join("")}</ol>`
				: nothing(is_today, overdue.length, person)
		}
		${
			can_plan
				? `<div class="kam-calls-foot"><button type="button" class="btn btn-default kam-calls-wide" data-do="plan">${icon(
						"plus"
				  )} ${escape(__("Plan a Call"))}</button></div>`
				: ""
		}`;
}

const person_line = (person) => `
	<p class="kam-calls-person">${escape(__("Calls of {0}", [person]))}
		<button type="button" class="btn btn-default btn-sm" data-do="mine">${escape(__("Show Mine"))}</button></p>`;

function day_bar(day, today) {
	const arrow = (target, name, sign) =>
		`<a class="kam-calls-arrow" href="${page_link(target)}" aria-label="${escape(name)}">${icon(sign)}</a>`;
	const other = day === today ? "" : `<a class="btn btn-default btn-sm" href="${page_link()}">${escape(__("Today"))}</a>`;
	return `
		<nav class="kam-calls-bar" aria-label="${escape(__("Day"))}">
			${arrow(add_days(day, -1), __("The day before"), "back")}
			<label class="kam-calls-date"><strong>${escape(
				Math.abs(days_between(today, day)) < 2 ? `${near_day(day, today)}, ${short_day(day, today)}` : long_day(day)
			)}</strong><input type="date" value="${escape(day)}" data-do="date" aria-label="${escape(
		__("Choose a day")
	)}"></label>
			${other}
			${arrow(add_days(day, 1), __("The day after"), "next")}
		</nav>`;
}

/** Monday to Sunday: how many calls, how much of what fits, what was made. */
function strip(week, day, today) {
	const cells = week.map((one) => {
		const open = one.calls - one.made - one.missed;
		const full = one.most ? Math.min(100, Math.round((100 * one.calls) / one.most)) : one.calls ? 100 : 0;
		const over = one.most && one.calls > one.most;
		const words = [
			long_day(one.day),
			one.calls === 1 ? __("1 call") : __("{0} calls", [one.calls]),
			one.made ? __("{0} made", [one.made]) : "",
			one.missed ? __("{0} missed", [one.missed]) : "",
			over ? __("more than the {0} that fit into a day", [one.most]) : "",
		].filter(Boolean);
		return `<a class="kam-calls-cell ${one.day === day ? "is-here" : ""} ${one.day === today ? "is-today" : ""} ${
			over ? "is-over" : ""
		}" href="${page_link(one.day)}" ${one.day === day ? 'aria-current="date"' : ""} aria-label="${escape(
			words.join(", ")
		)}">
			<span>${escape(weekday(one.day))}</span>
			<b>${Number(one.day.slice(8))}</b>
			<i class="kam-calls-load"><i style="width: ${full}%"></i></i>
			<small>${one.calls ? (open ? `${one.calls}${over ? "!" : ""}` : "✓") : "·"}</small>
		</a>`;
	});
	return `<nav class="kam-calls-strip" aria-label="${escape(__("Week"))}">${cells.join("")}</nav>`;
}

const drafts_line = (drafts) => `
	<p class="kam-calls-note is-warning" role="status">${icon("draft")} <span>${escape(
	drafts.length === 1
		? __("A report on this device is not saved yet.")
		: __("{0} reports on this device are not saved yet.", [drafts.length])
)} ${drafts
	.slice(0, 3)
	.map((call, place) => `<a href="${page_link(call, "report")}">${escape(drafts.length === 1 ? __("Open it") : __("Open {0}", [place + 1]))}</a>`)
	.join(" ")}</span></p>`;

function summary(calls, day, today) {
	if (!calls.length) return day === today ? __("Today") : short_day(day, today);
	const made = calls.filter((call) => call.status === "Made").length;
	const left = calls.filter((call) => OPEN.includes(call.status));
	const time = left.reduce((sum, call) => sum + (call.duration || 0), 0);
	const words = [__("{0} of {1} made", [made, calls.filter((call) => call.status !== "Cancelled").length])];
	if (left.length && time) words.push(__("{0} of talks ahead", [minutes(time)]));
	return words.join(" · ");
}

/** What is overdue; folded up when there is something to do today anyway. */
function overdue_part({ calls, overdue, overdue_count }, { today, chosen, drafts }) {
	const open = overdue.length === 1 || !calls.some((call) => OPEN.includes(call.status));
	const cards = overdue.map((call) => card(call, { today, chosen, drafts, late: true }));
	return `
		<details class="kam-calls-overdue" ${open ? "open" : ""}>
			<summary>${escape(overdue_count === 1 ? __("1 call is overdue") : __("{0} calls are overdue", [overdue_count]))}</summary>
			<ol class="kam-calls-list">${cards.join("")}</ol>
			${
				overdue_count > overdue.length
					? `<p class="text-muted">${escape(__("and {0} more in the list of calls", [overdue_count - overdue.length]))}</p>`
					: ""
			}
		</details>`;
}

const nothing = (is_today, overdue, person) => `
	<div class="kam-calls-nothing">
		<p>${escape(
			person
				? __("No call is planned for this day.")
				: is_today
				? overdue
					? __("No call is planned for today. You could make one that is overdue.")
					: __("No call is planned for today.")
				: __("No call is planned for this day.")
		)}</p>
	</div>`;

/** One call. The whole card opens it; the telephone and the way there have buttons of their own. */
export function card(call, { today, chosen, drafts, late = false }) {
	const place = call.address?.town || call.area || call.territory;
	const time = late ? "" : call.time || "";
	const under = [
		late ? __("planned for {0}", [short_day(call.planned_on, today)]) : "",
		call.with ? __("{0} with {1}", [__(call.method), call.with]) : __(call.method),
		call.duration ? minutes(call.duration) : "",
		place || "",
		call.abc_class ? __("Class {0}", [call.abc_class]) : "",
	].filter(Boolean);
	// paper has no buttons
	const people = (call.contacts || []).map((row) => row.contact_name || row.contact);
	const paper = [call.address?.line, call.phone, people.join(", ")].filter(Boolean);
	const done = ["Made", "Cancelled"].includes(call.status);
	const signs = [
		drafts.includes(call.name) ? `<span class="indicator-pill no-indicator-dot orange">${escape(__("Not saved"))}</span>` : "",
		call.status === "Planned" ? "" : status_pill(call.status),
		call.moves ? `<span class="text-muted">${escape(call.moves === 1 ? __("moved once") : __("moved {0} times", [call.moves]))}</span>` : "",
	].filter(Boolean);
	return `
		<li class="kam-call ${done ? "is-done" : ""} ${call.name === chosen ? "is-chosen" : ""} ${late ? "is-late" : ""}">
			<a class="kam-call-open" href="${page_link(call.name)}" ${call.name === chosen ? 'aria-current="true"' : ""}>
				<span class="kam-call-time">${icon(call.method)}${time ? `<b>${escape(time)}</b>` : ""}</span>
				<span class="kam-call-text">
					<strong>${escape(call.customer_name || call.customer)}</strong>
					<span class="kam-call-under">${escape(under.join(" · "))}</span>
					${paper.length ? `<span class="kam-call-print">${escape(paper.join(" · "))}</span>` : ""}
					${call.objective ? `<span class="kam-call-objective">${escape(call.objective)}</span>` : ""}
					${signs.length ? `<span class="kam-call-signs">${signs.join(" ")}</span>` : ""}
				</span>
			</a>
			${done ? "" : ways(call)}
		</li>`;
}

function ways(call) {
	const name = call.customer_name || call.customer;
	const buttons = [];
	if (call.phone) {
		buttons.push(
			`<a class="kam-call-way" href="${escape(phone_link(call.phone))}" aria-label="${escape(
				__("Ring {0}: {1}", [name, call.phone])
			)}" title="${escape(call.phone)}">${icon("Phone")}</a>`
		);
	}
	if (call.address && ["Visit", "Joint Visit"].includes(call.method)) {
		buttons.push(
			`<a class="kam-call-way" target="_blank" rel="noopener noreferrer" href="${escape(
				route_link(call.address.whole)
			)}" aria-label="${escape(__("Way to {0}: {1}", [name, call.address.line]))}" title="${escape(
				call.address.line
			)}">${icon("route")}</a>`
		);
	}
	return buttons.length ? `<span class="kam-call-ways">${buttons.join("")}</span>` : "";
}
