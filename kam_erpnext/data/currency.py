"""Exchange rates as ERPNext knows them, and what is said when it knows none."""

from datetime import date

import frappe
from erpnext.setup.utils import get_exchange_rate
from frappe import _
from frappe.utils import cstr, formatdate, getdate


def exchange_rate(from_currency: str, to_currency: str, day: date | str) -> float | None:
	"""Rate of ERPNext's Currency Exchange records or service on a day; None when there is none.

	Asked once per request: a service that does not answer would otherwise be waited for again and again.
	"""
	if not (from_currency and to_currency):
		return None
	if from_currency == to_currency:
		return 1.0
	known = _rates()
	key = (from_currency, to_currency, cstr(getdate(day)))
	if key not in known:
		muted = frappe.flags.mute_messages
		frappe.flags.mute_messages = True  # the page says itself what is missing
		try:
			known[key] = get_exchange_rate(from_currency, to_currency, key[2]) or None
		finally:
			frappe.flags.mute_messages = muted
	return known[key]


def missing_rate(from_currency: str, to_currency: str, day: date | str) -> str:
	"""Sentence about a rate that is missing and what to do about it."""
	return _(
		"There is no exchange rate from {0} to {1} on {2}. Please enter one under Currency Exchange."
	).format(from_currency, to_currency, formatdate(day))


def _rates() -> dict:
	if not frappe.flags.kam_exchange_rates:
		frappe.flags.kam_exchange_rates = {}
	return frappe.flags.kam_exchange_rates
