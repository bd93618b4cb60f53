// the parts of the overview of a call cycle; everything returned is HTML
import { badge, day, escape, percent, UNKNOWN } from "../account/format";
import { figure } from "../account/figure";
import { bar } from "../plan/format";

export const STATUS_COLOURS = {
	Draft: "gray",
	"In Review": "orange",
	Rejected: "red",
	Approved: "green",
	Closed: "gray",
	Cancelled: "red",
};

const FULL = 100;
const MANY_SPANS = 26;

const number = (value, digits = 0) => format_number(value, null, digits);

/** Hours without decimals where they do not matter. */
export const hours = (value) => number(value, value && Math.abs(value) < 100 ? 1 : 0);

export function figures(page, doc) {
	const { totals } = page;
	const unknown = totals.load === null || totals.load === undefined;
	const tone = page.fits ? "" : "alert";
	const list = [
		{
			label: __("Load"),
			value: unknown ? UNKNOWN : percent(totals.load, 0),
			note:
				bar(unknown ? null : totals.load, {
					label: __("Load of the cycle in percent of what is possible"),
					tone: page.fits ? (totals.load > 90 ? "warning" : "done") : "alert",
				}) +
				(unknown
					? escape(__("no time for calls"))
					: page.fits
					? escape(__("✓ fits"))
					: escape(__("▲ more than possible"))),
			tone,
			help: __(
				"The larger one of calls and hours required, in percent of what is possible with working days, calls a day, travel and office."
			),
		},
		{
			label: __("Calls"),
			value: number(totals.calls),
			note: escape(
				totals.missing_calls
					? __("of {0} possible, {1} too many", [number(totals.capacity_calls), number(totals.missing_calls)])
					: __("of {0} possible", [number(totals.capacity_calls)])
			),
			tone: totals.missing_calls ? "alert" : "",
		},
		{
			label: __("Hours", null, "KAM"),
			value: hours(totals.required_hours),
			note: escape(
				totals.missing_hours >= 0.05
					? __("of {0} for calls, {1} too many", [hours(totals.capacity_hours), hours(totals.missing_hours)])
					: __("of {0} for calls", [hours(totals.capacity_hours)])
			),
			tone: totals.missing_hours >= 0.05 ? "alert" : "",
		},
		{
			label: __("Customers"),
			value: number(totals.customers),
			note: page.lines.Overridden
				? `<button type="button" class="btn-link" data-do="show" data-what="Overridden">${escape(
						page.lines.Overridden === 1
							? __("1 line changed by hand")
							: __("{0} lines changed by hand", [number(page.lines.Overridden)])
				  )}</button>`
				: escape(__("with at least one call")),
		},
		{
			label: __("Working Days"),
			value: number(totals.working_days),
			note: escape(__("{0} a day at most", [cint(doc.calls_per_day)])),
			help: __("Without days off, holidays, absences and what fills whole days of the calendar already."),
		},
	];
	return `<div class="kam-figures">${list.map(figure).join("")}</div>`;
}

/** What has become of the calls of a running cycle. */
export function running(page) {
	const { calls } = page;
	if (!calls) return "";
	const total = calls.planned + calls.made + calls.missed;
	const part = (key, label, value) =>
		value
			? `<button type="button" class="btn-link" data-do="calls" data-what="${key}">${escape(label)}: <b>${number(
					value
			  )}</b></button>`
			: `<span class="text-muted">${escape(label)}: <b>0</b></span>`;
	const unplaced = page.lines["Not Planned"];
	return `<div class="kam-cycle-running">
		<div class="kam-cycle-progress">${bar(total ? (FULL * calls.made) / total : null, {
			label: __("Calls made in percent"),
			tone: "done",
			mark: page.elapsed,
		})}</div>
		<div class="kam-cycle-counts">
			${part("Made", __("Made"), calls.made)}
			${part("Planned", __("Still planned"), calls.planned)}
			${part("Missed", __("Missed"), calls.missed)}
			${
				unplaced
					? `<button type="button" class="btn-link kam-late" data-do="show" data-what="Not Planned">${escape(
							unplaced === 1 ? __("Not planned: 1 line") : __("Not planned: {0} lines", [number(unplaced)])
					  )}</button>`
					: ""
			}
		</div>
	</div>`;
}

/** How far a worker is with the calls of a cycle. */
export const progress = (state) =>
	`<div class="kam-cycle-job ${state.failed ? "kam-late" : ""}">${escape(state.message || "")}${
		state.failed ? "" : bar(state.percent, { label: __("Calls put on days, in percent") })
	}</div>`;

/** What does not fit and what should be known; those of the total are there at once, the others with the weeks. */
export function messages(page, rows, doc) {
	const list = [...(rows || page.shortfall.map((text) => ({ text, level: "warning" })))];
	if (!page.fits && doc.overload_reason) {
		list.push({ text: __("Why more than possible: {0}", [doc.overload_reason]), level: "info" });
	}
	if (!list.length) return "";
	return `<ul class="kam-cycle-messages">${list
		.map(
			({ text, level }) =>
				`<li class="kam-cycle-${level === "info" ? "info" : "warning"}"><span aria-hidden="true">${
					level === "info" ? "i" : "!"
				}</span><span class="sr-only">${escape(level === "info" ? __("Note:") : __("Warning:"))}</span> <span>${escape(
					text
				)}</span></li>`
		)
		.join("")}</ul>`;
}

const STATES = {
	over: { sign: "▲", text: () => __("Over-load") },
	under: { sign: "▽", text: () => __("Time left") },
	fits: { sign: "", text: () => __("Fits") },
	free: { sign: "–", text: () => __("No working day") },
};

/** Load of every week (day, month) as columns; the line is what is possible. */
export function weeks(load, doc) {
	const titles = { Day: __("Load by Day"), Week: __("Load by Week"), Month: __("Load by Month") };
	const rows = load.weeks;
	const head = `<header><h5>${escape(titles[load.unit] || titles.Week)}</h5><span class="kam-cycle-note">${escape(
		doc.docstatus === 1
			? __("calls as they stand in the calendar")
			: __("calls as they would be spread")
	)}</span></header>`;
	if (!rows.length) return `${head}<p class="kam-nothing">${escape(__("No days to show yet."))}</p>`;
	const top = Math.max(FULL * 1.15, ...rows.map((row) => row.percent || 0));
	const many = rows.length > MANY_SPANS;
	const every = Math.ceil(rows.length / MANY_SPANS);
	const columns = rows
		.map((row, index) => {
			const { sign, text } = STATES[row.state];
			const height = row.percent === null ? FULL : row.percent;
			const words = describe(row, text());
			return `<li class="kam-week kam-week-${row.state}" tabindex="0" title="${escape(words)}" aria-label="${escape(words)}">
				<span class="kam-week-value" aria-hidden="true">${many && row.state !== "over" ? "" : sign}${
				many || row.percent === null ? "" : ` ${number(row.percent)}`
			}</span>
				<span class="kam-week-bar" aria-hidden="true" style="height: calc((100% - 22px) * ${(height / top).toFixed(4)})"></span>
				<span class="kam-week-name" aria-hidden="true">${index % every ? "" : escape(short_day(row.first, load.unit))}</span>
			</li>`;
		})
		.join("");
	const legend = Object.entries(STATES)
		.filter(([state]) => rows.some((row) => row.state === state))
		.map(
			([state, { sign, text }]) =>
				`<span><i class="kam-week-key kam-week-${state}"></i>${sign ? `${sign} ` : ""}${escape(text())} (${
					rows.filter((row) => row.state === state).length
				})</span>`
		)
		.join("");
	return `${head}
		<div class="kam-weeks-scroll"><ol class="kam-weeks ${many ? "kam-weeks-many" : ""}" style="--kam-limit: ${(
		FULL / top
	).toFixed(4)}; --kam-count: ${rows.length}">${columns}</ol></div>
		<div class="kam-legend">${legend}<span><i class="kam-week-key kam-week-limit"></i>${escape(
		__("what is possible")
	)}</span></div>`;
}

const describe = (row, state) =>
	[
		row.first === row.last
			? frappe.datetime.str_to_user(row.first)
			: __("{0} to {1}", [frappe.datetime.str_to_user(row.first), frappe.datetime.str_to_user(row.last)]),
		__("{0} of {1} calls", [row.required, row.possible]),
		__("{0} of {1} hours", [hours(row.required_hours), hours(row.possible_hours)]),
		row.percent === null ? "" : `${number(row.percent)} %`,
		state,
	]
		.filter(Boolean)
		.join(" · ");

function short_day(value, unit) {
	const moment = frappe.datetime.str_to_obj(value);
	const language = frappe.boot.lang?.replace("_", "-") || "en";
	const shape = unit === "Month" ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" };
	try {
		return moment.toLocaleDateString(language, shape);
	} catch {
		return frappe.datetime.str_to_user(value);
	}
}

// ------------------------------------------------------------ lines

export const COLUMNS = () => [
	{ field: "customer_name", label: __("Customer") },
	{ field: "abc_class", label: __("Class"), wide: true },
	{ field: "method", label: __("Method") },
	{ field: "calls", label: __("Calls"), num: true },
	{ field: "last_call", label: __("Last Call"), wide: true },
	{ field: "area", label: __("Area"), wide: true },
	{ field: "status", label: __("State", null, "KAM") },
];

export function row_html(row, { editable, selected, running }) {
	const name = row.customer_name || row.customer;
	const changed = cint(row.calls) !== cint(row.proposed_calls);
	const link = frappe.model.can_read("Customer")
		? `<a href="${frappe.utils.get_form_link("Customer", row.customer)}">${escape(name)}</a>`
		: escape(name);
	const basis = [
		row.level && __(row.level),
		row.potential_known ? __("potential {0}", [format_currency(row.potential, running.currency, 0)]) : "",
		row.contact,
	].filter(Boolean);
	const calls =
		editable && ["Active", "Paused"].includes(row.status)
			? `<input type="number" class="form-control input-xs kam-calls" min="0" max="1000" value="${cint(
					row.calls
			  )}" data-line="${escape(row.name)}" aria-label="${escape(__("Calls on {0} by {1}", [name, __(row.method)]))}">`
			: `<b>${cint(row.calls)}</b>`;
	const proposed = changed
		? `<span class="kam-changed" title="${escape(row.override_reason || "")}">${escape(
				__("proposed {0}", [cint(row.proposed_calls)])
		  )}</span>`
		: "";
	return `<tr data-line="${escape(row.name)}" class="${row.status === "Removed" ? "kam-removed" : ""}">
		<td class="kam-check">${
			editable
				? `<input type="checkbox" data-line="${escape(row.name)}" ${selected ? "checked" : ""} aria-label="${escape(
						__("Select {0}, {1}", [name, __(row.method)])
				  )}">`
				: ""
		}</td>
		<td class="kam-name">${link}${basis.length ? `<div class="text-muted small">${escape(basis.join(" · "))}</div>` : ""}</td>
		<td class="kam-wide">${escape(row.abc_class || UNKNOWN)}</td>
		<td title="${escape(row.rule || __("added by hand"))}">${escape(__(row.method))}<div class="text-muted small">${escape(
		__("{0} min", [cint(row.duration)])
	)}</div></td>
		<td class="num">${calls}${proposed}${
		changed && row.override_reason ? `<div class="small kam-reason">${escape(row.override_reason)}</div>` : ""
	}</td>
		<td class="kam-wide">${row.last_call ? day(row.last_call) : UNKNOWN}</td>
		<td class="kam-wide">${escape(row.area || row.territory || UNKNOWN)}</td>
		<td>${state(row, running)}</td>
	</tr>`;
}

function state(row, { calls }) {
	const colours = { Active: "green", Paused: "orange", "Handed Over": "blue", Removed: "gray" };
	const notes = [];
	if (row.status === "Paused" && row.paused_from) {
		notes.push(
			row.paused_to
				? __("{0} to {1}", [frappe.datetime.str_to_user(row.paused_from), frappe.datetime.str_to_user(row.paused_to)])
				: __("from {0}", [frappe.datetime.str_to_user(row.paused_from)])
		);
	}
	if (row.handed_to) notes.push(__("to {0}", [row.handed_name || row.handed_to]));
	if (calls) {
		notes.push(__("{0} made, {1} planned", [cint(row.made), cint(row.planned)]));
		if (row.next_call) notes.push(__("next {0}", [frappe.datetime.str_to_user(row.next_call)]));
	}
	const pill = row.status === "Active" && calls ? "" : badge(__(row.status), colours[row.status]);
	const missing = row.unplaced_calls
		? `<div class="kam-late small" title="${escape(row.unplaced_reason || "")}">! ${escape(
				__("{0} not planned: {1}", [cint(row.unplaced_calls), __(row.unplaced_reason || "")])
		  )}</div>`
		: "";
	return `${pill}${notes.length ? `<div class="text-muted small">${escape(notes.join(" · "))}</div>` : ""}${missing}`;
}
