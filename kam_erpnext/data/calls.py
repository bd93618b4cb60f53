"""Calls on customers as reports, cards and messages read them: one place for who sees which, and what they are.

A day is the day of the person who makes the call, in his time zone; `starts_at` and `made_at` are moments, stored in the
time zone of the site as Frappe does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import frappe
from frappe.query_builder import Criterion, Table
from frappe.query_builder.functions import Coalesce, Max
from frappe.utils import add_days
from pypika.analytics import RowNumber
from pypika.enums import Order
from pypika.terms import EmptyCriterion

from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED, PLANNED, PREPARED

CALL, ACTION = "Customer Call", "Key Account Action"
OPEN = (PLANNED, PREPARED)
STATES = (PLANNED, PREPARED, MADE, MISSED, CANCELLED)
METHODS = ("Visit", "Phone", "Video", "E-mail", "Joint Visit")
FIELDS = (
	"name", "title", "customer", "customer_name", "key_account", "user", "accompanied_by", "method", "status", "outcome",
	"planned_on", "starts_at", "duration", "due_on", "made_on", "made_at", "moves", "moved_from", "territory", "abc_class",
	"interval_days", "cycle", "cycle_line",
)  # fmt: skip


@dataclass(frozen=True)
class CallFilters:
	"""Which calls. `from_date` and `to_date` are both included; trees count with everything below the node.

	`day` says which day lies between them: "planned_on", "due_on" (which no moving changes) or "made_on".
	"""

	from_date: date | None = None
	to_date: date | None = None
	users: tuple[str, ...] = ()
	customers: tuple[str, ...] = ()
	key_account: str | None = None
	territory: str | None = None
	methods: tuple[str, ...] = ()
	states: tuple[str, ...] = ()
	abc_class: str | None = None
	cycle: str | None = None
	day: str = "planned_on"


def visible(call: Table, reader: str | None = None) -> Criterion:
	"""Calls the reader may see, for queries; `call` is a table or alias of tabCustomer Call."""
	reader = reader or frappe.session.user
	return every([SUBJECT_CONDITIONS[CALL](call, reader), fences(CALL, call, reader)])


def condition(call: Table, filters: CallFilters) -> Criterion:
	"""Conditions of the filters alone, without those of a reader."""
	found: list[Criterion] = []
	day = Coalesce(call.due_on, call.planned_on) if filters.day == "due_on" else call[filters.day]
	if filters.from_date:
		found.append(day >= filters.from_date)
	if filters.to_date:
		found.append(day <= filters.to_date)
	for field, values in (
		("user", filters.users),
		("customer", filters.customers),
		("method", filters.methods),
		("status", filters.states),
	):
		if values:
			found.append(call[field].isin(values))
	for field in ("abc_class", "cycle"):
		if getattr(filters, field):
			found.append(call[field] == getattr(filters, field))
	for field, doctype in (("key_account", "Key Account"), ("territory", "Territory")):
		if getattr(filters, field):
			found.append(call[field].isin(below(doctype, getattr(filters, field))))
	return every(found) if found else EmptyCriterion()


def below(doctype: str, name: str) -> list[str]:
	"""A node of a tree and everything below it; the name alone when there is no such node."""
	from frappe.utils.nestedset import get_descendants_of

	if not frappe.db.exists(doctype, name):
		return [name]
	# names of a tree alone; the calls below them are fenced by `visible`
	return [name, *get_descendants_of(doctype, name, ignore_permissions=True)]


def calls(filters: CallFilters, reader: str | None = None, fields: Iterable[str] = FIELDS) -> list[dict]:
	"""Calls with `fields` that the reader may see, by day, time and name."""
	call = frappe.qb.DocType(CALL)
	return (
		frappe.qb.from_(call)
		.select(*(call[field] for field in fields))
		.where(every([visible(call, reader), condition(call, filters)]))
		.orderby(call.planned_on)
		.orderby(call.starts_at)
		.orderby(call.name)
		.run(as_dict=True)
	)


def last_made(
	customers: Iterable[str], until: date | None = None, reader: str | None = None, everybody: bool = False
) -> dict[tuple[str, str], date]:
	"""(customer, method) -> day of the last call made, by anybody, as far as the reader may see it.

	`everybody`: without regard to a reader, for planning only, which must not plan what a colleague has done.
	"""
	names = tuple(dict.fromkeys(customers))
	if not names:
		return {}
	call = frappe.qb.DocType(CALL)
	query = (
		frappe.qb.from_(call)
		.select(call.customer, call.method, Max(call.made_on))
		.where((call.status == MADE) & call.customer.isin(names))
		.groupby(call.customer, call.method)
	)
	if until:
		query = query.where(call.made_on <= until)
	if not everybody:
		query = query.where(visible(call, reader))
	return {(customer, method): day for customer, method, day in query.run()}


# a frequency of which nothing was planned for so many days holds no more
STALE = 550
FREQUENCY_FIELDS = (
	"customer", "customer_name", "key_account", "user", "method", "territory", "abc_class", "interval_days",
)  # fmt: skip


def frequencies(filters: CallFilters, today: date, reader: str | None = None) -> list[dict]:
	"""Frequencies that hold: FREQUENCY_FIELDS of the newest call of every customer and method that has an interval.

	A frequency ends when its newest call is cancelled (the customer was taken out or is paused), or after STALE days
	without any. The filters hold for the newest call, so that a customer who was handed over is with the colleague; their
	days do not count. As far as the reader may see the calls.
	"""
	call = frappe.qb.DocType(CALL)
	names = tuple(dict.fromkeys((*FREQUENCY_FIELDS, "status", "planned_on", "cycle")))
	ranked = (
		frappe.qb.from_(call)
		.select(
			*(call[name] for name in names),
			RowNumber()
			.over(call.customer, call.method)
			.orderby(call.planned_on, order=Order.desc)
			.orderby(call.name, order=Order.desc)
			.as_("age"),
		)
		.where(
			every(
				[
					(call.interval_days > 0) & (call.planned_on >= add_days(today, -STALE)),
					visible(call, reader),
				]
			)
		)
		.as_("kam_ranked")
	)
	newest = [(ranked.age == 1) & (ranked.status != CANCELLED)]
	return (
		frappe.qb.from_(ranked)
		.select(*(ranked[name] for name in FREQUENCY_FIELDS))
		.where(every([*newest, condition(ranked, replace(filters, from_date=None, to_date=None, states=()))]))
		.orderby(ranked.customer)
		.orderby(ranked.method)
		.run(as_dict=True)
	)


def follow_ups(filters: CallFilters, reader: str | None = None) -> list[dict]:
	"""What was agreed in calls the reader may see: `call, user, made_on, due, is_done, done_on`.

	What became of it stands in the action or to-do made of it, as far as the reader may see that; `is_done` is None
	otherwise. `done_on` is not known of a to-do, and an action that was dropped is left out.
	"""
	call, row = frappe.qb.DocType(CALL), frappe.qb.DocType("Customer Call Follow Up")
	action = frappe.qb.DocType(ACTION).as_("kam_action")
	readable = every(
		[SUBJECT_CONDITIONS[ACTION](action, reader or frappe.session.user), fences(ACTION, action, reader)]
	)
	rows = (
		frappe.qb.from_(row)
		.inner_join(call)
		.on((row.parent == call.name) & (row.parenttype == CALL))
		.left_join(action)
		.on(every([action.name == row.action, readable]))
		.select(
			call.name.as_("call"),
			call.user,
			call.made_on,
			Coalesce(row.due, action.end_date).as_("due"),
			row.todo,
			action.status,
			action.done_on,
		)
		.where(every([visible(call, reader), condition(call, filters)]))
		.run(as_dict=True)
	)
	todos = _states_of_todos({row.todo for row in rows if row.todo})
	for row in rows:
		state = row.pop("status") or todos.get(row.pop("todo"))
		row.is_done = None if not state else state in ("Done", "Closed")
		row.is_dropped = state in ("Dropped", "Cancelled")
	return [row for row in rows if not row.is_dropped]


def _states_of_todos(names: set[str]) -> dict[str, str]:
	"""To-dos the session's user may see and their states."""
	if not names or not frappe.has_permission("ToDo", "read"):
		return {}
	return dict(
		frappe.get_list(
			"ToDo", {"name": ("in", [*names])}, ["name", "status"], as_list=True, limit_page_length=0
		)
	)
