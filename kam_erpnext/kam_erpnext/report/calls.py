"""What the reports about calls share: which calls a reader asks for, groups of them, columns, and what the figures mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import cint, cstr, formatdate

from kam_erpnext.data import accounts, calls
from kam_erpnext.data.call_time import today_of
from kam_erpnext.data.calls import CallFilters
from kam_erpnext.data.permissions import sees_all_accounts
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.report import common, plans

# days of the reports unless others are chosen: thirteen weeks up to today
DAYS = 91
CUSTOMER, ACCOUNT, CLASS, PERSON, TERRITORY, METHOD = (
	"Customer",
	"Key Account",
	"Class",
	"Person",
	"Territory",
	"Method",
)
# what calls are put together by -> the field that says it
GROUPS = {
	CUSTOMER: "customer",
	ACCOUNT: "key_account",
	CLASS: "abc_class",
	PERSON: "user",
	TERRITORY: "territory",
	METHOD: "method",
}
TREES = (ACCOUNT, TERRITORY)


@dataclass(frozen=True)
class Question:
	"""What a reader asks for: calls within filters and a period, as they stand today."""

	period: Period
	today: date
	grace: int
	filters: CallFilters

	def by(self, day: str) -> CallFilters:
		"""The filters with the days of the period, as the day the call was due, planned or made."""
		return replace(self.filters, from_date=self.period.start, to_date=self.period.last_day, day=day)


def question_of(filters: frappe._dict) -> Question:
	"""Filters of the page; the thirteen weeks up to today without days."""
	today = today_of_reader()
	if filters.from_date or filters.to_date:
		period = custom_period(filters.from_date, filters.to_date)
	else:
		period = Period(today - timedelta(days=DAYS - 1), today + timedelta(days=1))
	if filters.key_account:
		plans.subtree_of(accounts.accounts(), filters.key_account)  # says so when it may not be seen
	return Question(
		period=period,
		today=today,
		grace=cint(get_settings().call_missed_after),
		filters=CallFilters(
			users=tuple(filter(None, [filters.user])),
			customers=tuple(filter(None, [filters.customer])),
			key_account=filters.key_account or None,
			territory=filters.territory or None,
			methods=tuple(filter(None, [filters.method])),
			abc_class=filters.abc_class or None,
			cycle=filters.cycle or None,
		),
	)


def today_of_reader() -> date:
	"""The day it is for the reader, in his time zone."""
	return today_of(frappe.session.user)


def due_of(call: dict) -> date:
	"""Day a call is due: where the schedule put it first."""
	return call["due_on"] or call["planned_on"]


# ---------------------------------------------------------------- groups


@dataclass
class Group:
	"""Calls and frequencies under one heading; in a tree those of everything below it, too."""

	key: str | None
	label: str
	indent: int = 0
	parent: str | None = None
	calls: list[dict] = field(default_factory=list)
	frequencies: list[dict] = field(default_factory=list)


def grouped(found: Iterable[dict], frequencies: Iterable[dict], by: str) -> list[Group]:
	"""Groups with anything in them; those of a tree in its order, others by name."""
	found, frequencies = [*found], [*frequencies]
	name = GROUPS[by]
	keys = {row[name] or None for row in (*found, *frequencies)}
	if by in TREES:
		groups, above = tree_groups(keys, by)
	else:
		labels = labels_of(keys, by, (*found, *frequencies))
		groups = {key: Group(key, labels[key]) for key in keys}
		above = {key: (key,) for key in keys}
	for rows, target in ((found, "calls"), (frequencies, "frequencies")):
		for row in rows:
			for key in above[row[name] or None]:
				getattr(groups[key], target).append(row)
	kept = [group for group in groups.values() if group.calls or group.frequencies]
	return kept if by in TREES else sorted(kept, key=lambda group: (group.key is None, group.label))


def tree_groups(keys: set, by: str) -> tuple[dict, dict]:
	"""Nodes of a tree with something below them, and the nodes above every key, itself included.

	What lies nowhere in the tree, and accounts the reader may not see, stand under one heading at the end.
	"""
	nodes = account_nodes() if by == ACCOUNT else territory_nodes()
	groups: dict[str | None, Group] = {}
	lines: dict[str, tuple] = {}
	for name, label, parent in nodes:
		line = (*lines.get(parent, ()), name)
		lines[name] = line
		groups[name] = Group(name, label, len(line) - 1, line[-2] if len(line) > 1 else None)
	nowhere = _("Without a key account you may see") if by == ACCOUNT else _("Without Territory")
	groups[None] = Group(None, nowhere)
	return groups, {key: lines.get(key, (None,)) for key in keys}


def account_nodes() -> list[tuple]:
	tree = accounts.accounts()
	return [(row.key_account, row.account_name, row.parent_key_account) for row in tree.itertuples()]


def territory_nodes() -> list[tuple]:
	"""Names of all territories: they say nothing about customers."""
	return frappe.get_all(
		"Territory", fields=["name", "name as label", "parent_territory"], order_by="lft", as_list=True
	)


def labels_of(keys: set, by: str, rows: Iterable[dict]) -> dict:
	if by == CUSTOMER:
		return {row["customer"]: row["customer_name"] or row["customer"] for row in rows}
	if by == PERSON:
		names = names_of(keys)
		return {key: names.get(key) or key or _("Nobody") for key in keys}
	if by == CLASS:
		return {key: _("Class {0}").format(key) if key else _("Without a class") for key in keys}
	return {key: _(key) if key else _("None") for key in keys}


def names_of(users: Iterable[str | None]) -> dict[str, str]:
	"""Users and their names."""
	wanted = [*filter(None, users)]
	rows = frappe.get_all("User", {"name": ("in", wanted or [""])}, ["name", "full_name"], as_list=True)
	return {user: name or user for user, name in rows}


# ---------------------------------------------------------------- columns and texts


def number(fieldname: str, label: str, width: int = 90) -> dict:
	"""A count; without a total, as calls stand in more than one line of a tree."""
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": "Int",
		"width": width,
		"disable_total": 1,
	}


def day_column(fieldname: str, label: str, width: int = 118) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Date", "width": width}


def list_filters(question: Question, day: str) -> dict:
	"""Filters of the list of calls behind a figure, as the desk takes them; rows add their own."""
	filters = question.filters
	result = {day: ["between", [cstr(question.period.start), cstr(question.period.last_day)]]}
	for name, values in (
		("user", filters.users),
		("customer", filters.customers),
		("method", filters.methods),
	):
		if values:
			result[name] = values[0]
	for name in ("abc_class", "cycle"):
		if getattr(filters, name):
			result[name] = getattr(filters, name)
	for name in ("key_account", "territory"):
		if getattr(filters, name):
			result[name] = ["descendants of (inclusive)", getattr(filters, name)]
	return result


def explain(question: Question, *sentences: str) -> str:
	"""The message above a report about calls."""
	filters = question.filters
	parts = [
		part
		for value, part in (
			(filters.users, lambda: names_of(filters.users).get(filters.users[0]) or filters.users[0]),
			(filters.customers, lambda: filters.customers[0]),
			(
				filters.key_account,
				lambda: _("account {0} and below").format(account_name(filters.key_account)),
			),
			(filters.territory, lambda: _("territory {0} and below").format(filters.territory)),
			(filters.methods, lambda: _(filters.methods[0])),
			(filters.abc_class, lambda: _("class {0}").format(filters.abc_class)),
			(filters.cycle, lambda: filters.cycle),
		)
		if value
	]
	text = [*sentences]
	if parts:
		text.append(_("Only {0}.").format(", ".join(common.bold(part()) for part in parts)))
	text.append(_("Read on {0}.").format(common.now_text()))
	if common.is_restricted(to_accounts=True):
		text.append(
			_("Only calls you may see are counted.")
			if sees_all_accounts()
			else _("Only calls you may see are counted: your own and those to the accounts of your teams.")
		)
	return f'<div class="kam-explained">{" ".join(text)}</div>'


def account_name(name: str) -> str:
	return frappe.db.get_value("Key Account", name, "account_name") or name


def nothing_hint(what: str) -> str:
	"""Why there is nothing, and what to do."""
	sentences = [what]
	if frappe.has_permission(calls.CALL, "create"):
		sentences.append(
			_("Choose other days or fewer filters, plan calls in a {0}, or enter a {1}.").format(
				common.list_link("Call Cycle"), common.list_link(calls.CALL)
			)
		)
	else:
		sentences.append(_("Please choose other days or fewer filters."))
	return common.hint(*sentences)


def spans(period: Period, span: Callable[[date], date]) -> list[tuple[date, Period]]:
	"""Weeks or months a period touches, in order: the first day of each, and its days within the period."""
	days: dict[date, list[date]] = {}
	for number in range(period.days):
		day = period.start + timedelta(days=number)
		days.setdefault(span(day), []).append(day)
	return [(first, Period(inside[0], inside[-1] + timedelta(days=1))) for first, inside in days.items()]


def week_text(monday: date) -> str:
	"""Number of the ISO week and its Monday."""
	return _("Week {0}, from {1}").format(monday.isocalendar()[1], formatdate(monday))
