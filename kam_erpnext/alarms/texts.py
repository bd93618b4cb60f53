"""Sentences of alarms, made from their facts in the language of who reads them, and the way to the documents behind them."""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, fmt_money, formatdate, getdate

from kam_erpnext import alarms, extending
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN as OPEN_ACTIONS

NOT_MADE = ("Planned", "Prepared", "Missed")


def text_of(kind: str, facts: dict) -> str:
	"""What was found, as plain text; the kind itself when the app that watches for it is gone."""
	if kind in TEXTS:
		return TEXTS[kind](frappe._dict(facts))
	return extending.alarm_text(kind, facts) or _(kind)


def explained(alarm) -> str:
	"""The sentence of a stored alarm in the language of the reader."""
	facts = facts_of(alarm)
	if not facts:
		return alarm.text
	if alarm.kind in TEXTS:
		return text_of(alarm.kind, facts)
	# the app that raised it may be gone, or fail
	return extending.alarm_text(alarm.kind, facts) or alarm.text


def facts_of(alarm) -> dict:
	try:
		return json.loads(alarm.facts or "{}")
	except ValueError:
		return {}


def _sales_drop(facts) -> str:
	return _(
		"Net sales of the {0} days up to {1} are {2} below the same days a year before: {3} after {4}."
	).format(
		facts.days,
		formatdate(facts.to),
		percent(facts.fall),
		amount(facts.now, facts.currency),
		amount(facts.before, facts.currency),
	)


def _order_gap(facts) -> str:
	return _(
		"No order for {0} days. Usually one comes every {1} days; up to {2} days would not stand out."
	).format(cint(facts.since), number(facts.usual), number(facts.limit))


def _single_thread(facts) -> str:
	if not facts.contacts:
		return _("We are in contact with nobody of the {0} people on the power map.").format(facts.people)
	if facts.contacts == 1:
		return _("We are in contact with only one of the {0} people on the power map.").format(facts.people)
	return _("We are in contact with only {0} of the {1} people on the power map.").format(
		facts.contacts, facts.people
	)


def _overdue_actions(facts) -> str:
	if facts.count == 1:
		return _("One action is overdue since {0}.").format(formatdate(facts.oldest))
	return _("{0} actions are overdue, the oldest since {1}.").format(facts.count, formatdate(facts.oldest))


def _overdue_calls(facts) -> str:
	if facts.count == 1:
		return _("One call was not made; it was planned for {0}.").format(formatdate(facts.oldest))
	return _("{0} calls were not made, the oldest was planned for {1}.").format(
		facts.count, formatdate(facts.oldest)
	)


def _contract_ends(facts) -> str:
	if facts.count == 1:
		return _("Contract {0} ends on {1}.").format(facts.contract, formatdate(facts.ends))
	return _("{0} contracts end soon, the first, {1}, on {2}.").format(
		facts.count, facts.contract, formatdate(facts.ends)
	)


def _health_falls(facts) -> str:
	return _("Health fell by {0} points since {1}: from {2} to {3}.").format(
		number(facts.before - facts.now),
		formatdate(facts.since),
		number(facts.before),
		number(facts.now),
	)


def _plan_behind(facts) -> str:
	if facts.target is None:
		return _("Net sales are {0} below the part of the target that is due by {1}.").format(
			percent(facts.behind), formatdate(facts.to)
		)
	return _("Net sales are {0} below the part of the target that is due by {1}: {2} of {3}.").format(
		percent(facts.behind),
		formatdate(facts.to),
		amount(facts.now, facts.currency),
		amount(facts.target, facts.currency),
	)


def _overdue_receivables(facts) -> str:
	return _("{0} of what is outstanding is overdue for more than {1} days: {2} of {3}.").format(
		percent(facts.share),
		facts.days,
		amount(facts.overdue, facts.currency),
		amount(facts.outstanding, facts.currency),
	)


TEXTS: dict[str, Callable[[frappe._dict], str]] = {
	alarms.SALES_DROP: _sales_drop,
	alarms.ORDER_GAP: _order_gap,
	alarms.SINGLE_THREAD: _single_thread,
	alarms.OVERDUE_ACTIONS: _overdue_actions,
	alarms.OVERDUE_CALLS: _overdue_calls,
	alarms.CONTRACT_ENDS: _contract_ends,
	alarms.HEALTH_FALLS: _health_falls,
	alarms.PLAN_BEHIND: _plan_behind,
	alarms.OVERDUE_RECEIVABLES: _overdue_receivables,
}


def percent(value) -> str:
	return _("{0} %").format(fmt_money(flt(value, 1), precision=1))


def number(value) -> str:
	"""Without digits that say nothing."""
	return fmt_money(flt(value, 1), precision=0 if flt(value, 1) == round(flt(value)) else 1)


def amount(value, currency: str | None) -> str:
	return fmt_money(flt(value), precision=0, currency=currency)


# ---------------------------------------------------------------- documents behind it


def drill(alarm, customers: tuple[str, ...] = ()) -> dict | None:
	"""Where the reader finds the documents: `label`, `doctype` or `report`, `filters`; None when his roles do not include it.

	`customers` are those of the account that the reader may see, where the caller has read them.
	"""
	facts = frappe._dict(facts_of(alarm))
	account = alarm.key_account
	of_customers = {"customer": ["in", customers]} if customers else None
	found = {
		alarms.SALES_DROP: lambda: report("Key Account Performance", account, alarm.company),
		alarms.PLAN_BEHIND: lambda: report("Key Account Performance", account, alarm.company),
		alarms.HEALTH_FALLS: lambda: report("Account Scorecard", account, alarm.company),
		alarms.SINGLE_THREAD: lambda: report("Relationship Coverage", account),
		alarms.ORDER_GAP: lambda: (
			of_customers and documents(facts.source or "Sales Order", {**of_customers, "docstatus": 1})
		),
		alarms.OVERDUE_ACTIONS: lambda: documents(
			"Key Account Action",
			{
				"key_account": account,
				"status": ["in", [*OPEN_ACTIONS]],
				"end_date": ["<", str(add_days(getdate(), -cint(facts.days)))],
			},
		),
		alarms.OVERDUE_CALLS: lambda: documents(
			"Customer Call",
			{
				"key_account": account,
				"status": ["in", [*NOT_MADE]],
				"planned_on": ["between", [facts.since, str(add_days(getdate(), -1 - cint(facts.days)))]],
			},
		),
		alarms.CONTRACT_ENDS: lambda: documents("Contract", {"name": ["in", facts.contracts or []]}),
		alarms.OVERDUE_RECEIVABLES: lambda: (
			of_customers
			and documents(
				"Sales Invoice",
				{
					**of_customers,
					"company": alarm.company,
					"docstatus": 1,
					"outstanding_amount": [">", 0],
					"due_date": ["<", str(add_days(getdate(), -cint(facts.days)))],
				},
			)
		),
	}.get(alarm.kind)
	if found:
		return found() or None
	behind = extending.alarm_list(alarm.kind, facts, customers)
	return behind and documents(*behind)


def report(name: str, account: str, company: str | None = None) -> dict:
	filters = {"key_account": account, **({"company": company} if company else {})}
	return {"label": _(name), "report": name, "filters": filters}


def documents(doctype: str, filters: dict) -> dict | None:
	if not frappe.has_permission(doctype, "read"):
		return None
	return {"label": _(doctype), "doctype": doctype, "filters": filters}
