"""What a measure says: a value with the sentence that explains it and the way to its documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.utils import fmt_money, formatdate

from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.score_measures import CATALOGUE


@dataclass(frozen=True)
class Value:
	"""`value` None is not known, and `text` says why; `unit` is one of `engine.score_measures.UNITS`.

	`route` is for the page: {"doctype", "filters"} of a list, {"doctype", "name"} of a document, or {"report", "filters"}.
	"""

	key: str
	value: float | None
	unit: str
	text: str
	route: dict | None = None


def known(key: str, value: float | None, text: str, route: dict | None = None) -> Value:
	"""A value that was measured."""
	return Value(key, None if value is None else round(float(value), 6), CATALOGUE[key].unit, text, route)


def unknown(key: str, why: str, route: dict | None = None) -> Value:
	"""A value nobody knows."""
	return Value(key, None, CATALOGUE[key].unit, why, route)


def days_of(period: Period) -> str:
	return _("{0} to {1}").format(formatdate(period.start), formatdate(period.last_day))


def money(amount: float | None, currency: str) -> str:
	return "–" if amount is None else fmt_money(amount, 0, currency)


def listed(doctype: str, **filters) -> dict:
	"""Route to a list."""
	return {"doctype": doctype, "filters": filters}


def among(names: Iterable[str]) -> list:
	return ["in", sorted(names)]


def not_then(day: date) -> str:
	"""Why something is not known of a day that is over."""
	return _("Nobody can say later what this was on {0}: it is known from the snapshots on.").format(
		formatdate(day)
	)


def currency_of(company: str) -> str:
	return frappe.get_cached_value("Company", company, "default_currency")
