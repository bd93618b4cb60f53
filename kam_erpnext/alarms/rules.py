"""Rules of alarms as the watch reads them, and what their numbers stand for."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext import alarms, extending
from kam_erpnext.extending import Bounds


@dataclass(frozen=True)
class Kind:
	"""What the numbers of a rule may be; None is a number the rule does not use."""

	threshold: Bounds | None
	days: Bounds | None


DAYS_OF_YEARS = 10 * 366
KINDS = {
	alarms.SALES_DROP: Kind(Bounds(1, 100), Bounds(7, 366)),
	alarms.ORDER_GAP: Kind(Bounds(0, 10), Bounds(90, DAYS_OF_YEARS)),
	alarms.SINGLE_THREAD: Kind(Bounds(0, 100), None),
	alarms.OVERDUE_ACTIONS: Kind(Bounds(1), Bounds(0, 366)),
	alarms.OVERDUE_CALLS: Kind(Bounds(1), Bounds(0, 366)),
	alarms.CONTRACT_ENDS: Kind(None, Bounds(1, DAYS_OF_YEARS)),
	alarms.HEALTH_FALLS: Kind(Bounds(1, 100), Bounds(1, DAYS_OF_YEARS)),
	alarms.PLAN_BEHIND: Kind(Bounds(1, 100), None),
	alarms.OVERDUE_RECEIVABLES: Kind(Bounds(1, 100), Bounds(0, DAYS_OF_YEARS)),
}


@dataclass(frozen=True)
class Rule:
	"""An enabled rule. `tell` holds the fields of the account whose people are told."""

	name: str
	kind: str
	threshold: float
	days: int
	severity: str
	level: str | None
	tell: tuple[str, ...]


TELL = {
	"tell_manager": "key_account_manager",
	"tell_coordinator": "key_account_coordinator",
	"tell_director": "key_account_director",
}


def enabled_rules() -> list[Rule]:
	"""Rules are masters that every role of the programme reads."""
	fields = ["name", "kind", "threshold", "days", "severity", "level", *TELL]
	return [
		Rule(
			row.name,
			row.kind,
			flt(row.threshold),
			cint(row.days),
			row.severity,
			row.level or None,
			tuple(person for field, person in TELL.items() if row[field]),
		)
		for row in frappe.get_all(alarms.RULE, {"enabled": 1}, fields, order_by="name")
	]


def refuse_bad_numbers(rule) -> None:
	"""Tells which number of a rule is wrong and what it may be; what the rule does not use becomes 0."""
	kind = KINDS.get(rule.kind) or extending.alarm_rules().get(rule.kind)
	if not kind and not cint(rule.enabled):
		return  # its app is gone, and somebody switches it off
	if not kind:
		frappe.throw(extending.no_such_alarm(rule.kind))
	for field, bounds in (("threshold", kind.threshold), ("days", kind.days)):
		if bounds is None:
			rule.set(field, 0)
			continue
		value, label = flt(rule.get(field)), _(rule.meta.get_label(field))
		if bounds.most is None:
			if value < bounds.least:
				frappe.throw(
					_("{0} must be {1} or more for {2}.").format(label, bounds.least, _(rule.kind)),
				)
		elif not bounds.least <= value <= bounds.most:
			frappe.throw(
				_("{0} must lie between {1} and {2} for {3}.").format(
					label, bounds.least, bounds.most, _(rule.kind)
				)
			)
