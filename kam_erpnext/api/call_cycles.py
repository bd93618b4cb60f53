"""What the form of a call cycle asks the server for: overview, load by week, lines page by page, proposal, overrides."""

import frappe
from frappe import _
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Count, Min, Sum
from frappe.utils import cint, getdate, nowdate
from pypika.enums import Order

from kam_erpnext.api.answers import CycleLines
from kam_erpnext.compat import contains
from kam_erpnext.data.call_time import today_of
from kam_erpnext.data.calls import CALL, OPEN
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED
from kam_erpnext.kam_erpnext.doctype.call_cycle import approval, proposal
from kam_erpnext.kam_erpnext.doctype.call_cycle import lines as cycle_lines
from kam_erpnext.kam_erpnext.doctype.call_cycle import workload as cycle_workload

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
COLUMNS = (
	"name", "customer", "customer_name", "key_account", "contact", "method", "proposed_calls", "calls",
	"override_reason", "duration", "status", "from_date", "unplaced_calls", "unplaced_reason", "rule", "interval_days",
	"last_call", "abc_class", "level", "segment", "potential", "potential_known", "territory", "area",
	"preferred_days", "paused_from", "paused_to", "handed_to",
)  # fmt: skip
SORTED_BY = ("customer_name", "abc_class", "method", "calls", "area", "last_call", "interval_days", "status")
OVERRIDDEN, UNPLACED = "Overridden", "Not Planned"
SHOWN = (*("Active", "Paused", "Handed Over", "Removed"), OVERRIDDEN, UNPLACED)
MOST_LINES = 200


@frappe.whitelist(methods=["GET"])
def overview(cycle: str) -> dict:
	"""Figures and messages of a cycle, what stands in the calendar, and what the reader may do.

	Returns `status, person, totals, fits, shortfall, currency, lines, calls, elapsed`, and the rights `may_propose, may_change,
	may_approve`.
	"""
	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("read")
	found = cycle_workload.totals(doc)
	shown = {status: 0 for status in SHOWN}
	shown.update(_counts(doc))
	return {
		"status": doc.status,
		"person": frappe.utils.get_fullname(doc.user),
		"totals": {
			**cycle_workload.figures_of(found),
			"load": found.load.percent,
			"missing_calls": found.load.missing_calls,
			"missing_hours": found.load.missing_minutes / 60,
		},
		"fits": found.fits,
		"shortfall": [row["text"] for row in cycle_workload.shortfall(doc, found)],
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"lines": shown,
		"calls": _calls(doc) if doc.docstatus else None,
		"elapsed": _elapsed(doc),
		"may_propose": doc.docstatus == 0 and doc.status in approval.OPEN and doc.has_permission("write"),
		"may_change": doc.status in (*approval.OPEN, approval.APPROVED) and doc.has_permission("write"),
		"may_approve": doc.status == approval.IN_REVIEW
		and frappe.session.user not in approval.authors_of(doc)
		and doc.has_permission("submit"),
	}


@frappe.whitelist(methods=["GET"])
def load(cycle: str) -> dict:
	"""Workload of a cycle week by week: `totals, fits, unit, weeks, working_days, unplaced, messages`."""
	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("read")
	return cycle_workload.workload(doc)


@frappe.whitelist(methods=["GET"])
def lines(
	cycle: str,
	search: str | None = None,
	shown: str | None = None,
	method: str | None = None,
	order: str = "customer_name",
	descending: bool = False,
	start: int = 0,
	page_length: int = 50,
) -> CycleLines:
	"""One page of the lines of a cycle that the reader may see: `rows, total, calls`.

	`shown` is a status, Overridden or Not Planned; empty for all that are not removed.
	"""
	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("read")
	line = frappe.qb.DocType(LINE)
	condition = every([_visible(line, doc), *_filters(line, search, shown, method)])
	total, calls = frappe.qb.from_(line).select(Count(line.name), Sum(line.calls)).where(condition).run()[0]
	order = order if order in SORTED_BY else "customer_name"
	direction = Order.desc if descending else Order.asc
	query = frappe.qb.from_(line).select(*(line[field] for field in COLUMNS)).where(condition)
	rows = (
		query.orderby(line[order], order=direction)
		.orderby(line.customer_name)
		.orderby(line.customer)
		.orderby(line.method)
		.limit(min(max(cint(page_length), 1), MOST_LINES))
		.offset(max(cint(start), 0))
		.run(as_dict=True)
	)
	_add_calls(doc, rows)
	for row in rows:
		row.handed_name = frappe.utils.get_fullname(row.handed_to) if row.handed_to else None
	return {"rows": rows, "total": cint(total), "calls": cint(calls)}


@frappe.whitelist(methods=["POST"])
def propose(cycle: str) -> dict:
	"""Make and refresh the lines of a draft from the frequency rules: `added, updated, removed, customers, messages`."""
	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("write")
	return proposal.propose(doc)


@frappe.whitelist(methods=["POST"])
def override(line: str, calls: int, reason: str | None = None, duration: int | None = None) -> dict:
	"""Another number of calls than proposed, with the reason: `message`. In a running cycle the calls are planned anew."""
	doc = frappe.get_doc(LINE, line)
	doc.check_permission("write")
	cycle = frappe.get_doc(CYCLE, doc.cycle)
	cycle.check_permission("write")
	if cycle.docstatus == 1:
		from kam_erpnext.kam_erpnext.doctype.call_cycle import changes

		return changes.override(doc.name, cint(calls), reason, cint(duration) or None)
	doc.calls = cint(calls)
	doc.override_reason = (reason or "").strip() or None
	doc.duration = cint(duration) or doc.duration
	doc.save()
	return {
		"message": _("{0}: {1} calls by {2}.").format(
			doc.customer_name or doc.customer, doc.calls, _(doc.method)
		)
	}


@frappe.whitelist(methods=["GET"])
def proposed(cycle: str, customer: str) -> list[dict]:
	"""What the rules propose for one customer who is added by hand: `method, calls, duration, rule`."""
	from kam_erpnext.data import call_customers

	doc = frappe.get_doc(CYCLE, cycle)
	doc.check_permission("read")
	frappe.has_permission("Customer", "read", doc=customer, throw=True)
	found = call_customers.customers_of(doc, [customer])
	if not found:
		return []
	return [
		{
			"method": method,
			"calls": values["proposed_calls"],
			"duration": values["duration"],
			"rule": values["rule"],
		}
		for method, values in proposal.proposal_for(doc, found[0]).items()
	]


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def holiday_lists(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | list | str | None
) -> list:
	"""Lists of holidays to choose from, the newest first; they hold public days off only.

	Rows of name, first and last day.
	"""
	frappe.has_permission(CYCLE, "create", throw=True)
	table = frappe.qb.DocType("Holiday List")
	query = frappe.qb.from_(table).select(table.name, table.from_date, table.to_date)
	if txt:
		query = query.where(contains(table.name, txt))
	return (
		query.orderby(table.to_date, order=Order.desc).orderby(table.name).limit(page_len).offset(start).run()
	)


# ---------------------------------------------------------------- lines


def _visible(line, doc) -> Criterion:
	user = frappe.session.user
	return every([line.cycle == doc.name, SUBJECT_CONDITIONS[LINE](line, user), fences(LINE, line, user)])


def _filters(line, search: str | None, shown: str | None, method: str | None) -> list[Criterion]:
	found = []
	if (search or "").strip():
		text = search.strip()
		found.append(
			Criterion.any(
				[
					contains(line[field], text)
					for field in ("customer_name", "customer", "area", "territory", "level")
				]
			)
		)
	if shown == OVERRIDDEN:
		found.append(line.calls != line.proposed_calls)
	elif shown == UNPLACED:
		found.append(line.unplaced_calls > 0)
	elif shown in SHOWN:
		found.append(line.status == shown)
	if shown != cycle_lines.REMOVED:
		found.append(line.status != cycle_lines.REMOVED)
	if method:
		found.append(line.method == method)
	return found


def _counts(doc) -> dict[str, int]:
	"""Lines of each status, and those overridden or with calls that found no day."""
	line = frappe.qb.DocType(LINE)
	rows = (
		frappe.qb.from_(line)
		.select(
			line.status,
			Count(line.name).as_("number"),
			Sum(Case().when(line.calls != line.proposed_calls, 1).else_(0)).as_("overridden"),
			Sum(Case().when(line.unplaced_calls > 0, 1).else_(0)).as_("unplaced"),
		)
		.where(_visible(line, doc))
		.groupby(line.status)
		.run(as_dict=True)
	)
	result = {row.status: cint(row.number) for row in rows}
	kept = [row for row in rows if row.status != cycle_lines.REMOVED]
	result[OVERRIDDEN] = sum(cint(row.overridden) for row in kept)
	result[UNPLACED] = sum(cint(row.unplaced) for row in kept)
	return result


# ---------------------------------------------------------------- calls of a running cycle


def _elapsed(doc) -> float:
	"""Share of the days of a cycle that are over, in percent."""
	days = (getdate(doc.to_date) - getdate(doc.from_date)).days + 1
	return 100.0 * min(max((today_of(doc.user) - getdate(doc.from_date)).days, 0), days) / days


def _calls(doc) -> dict[str, int]:
	"""Calls of the cycle by status, those of colleagues that were handed lines included."""
	call = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(call)
		.select(call.status, Count(call.name))
		.where((call.cycle == doc.name) & _seen_calls(call))
		.groupby(call.status)
		.run()
	)
	found = {status: cint(number) for status, number in rows}
	return {
		"planned": sum(found.get(status, 0) for status in OPEN),
		"made": found.get(MADE, 0),
		"missed": found.get(MISSED, 0),
		"cancelled": found.get(CANCELLED, 0),
	}


def _seen_calls(call) -> Criterion:
	user = frappe.session.user
	return every([SUBJECT_CONDITIONS[CALL](call, user), fences(CALL, call, user)])


def _add_calls(doc, rows: list[dict]):
	"""Calls made, still open and missed of each line, and the day of the next one."""
	names = [row.name for row in rows]
	if not doc.docstatus or not names:
		return
	call = frappe.qb.DocType(CALL)
	is_open = call.status.isin(OPEN)
	found = {
		row.cycle_line: row
		for row in frappe.qb.from_(call)
		.select(
			call.cycle_line,
			Sum(Case().when(call.status == MADE, 1).else_(0)).as_("made"),
			Sum(Case().when(is_open, 1).else_(0)).as_("planned"),
			Sum(Case().when(call.status == MISSED, 1).else_(0)).as_("missed"),
			Min(Case().when(is_open & (call.planned_on >= nowdate()), call.planned_on)).as_("next_call"),
		)
		.where(call.cycle_line.isin(names) & _seen_calls(call))
		.groupby(call.cycle_line)
		.run(as_dict=True)
	}
	for row in rows:
		counted = found.get(row.name, {})
		for field in ("made", "planned", "missed"):
			row[field] = cint(counted.get(field))
		row.next_call = counted.get("next_call")
