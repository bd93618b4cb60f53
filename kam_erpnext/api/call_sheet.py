"""What the page My Calls reads before a call; what it writes goes through `api.calls`."""

import frappe
from frappe.utils import getdate

from kam_erpnext.api import calls
from kam_erpnext.api.arguments import read_filters
from kam_erpnext.data import call_places, call_sheet, call_week
from kam_erpnext.data.calls import OPEN

CALL = "Customer Call"


@frappe.whitelist(methods=["GET"])
def sheet(call: str) -> dict:
	"""Everything to know before a call, each part as far as the reader may read it.

	Returns `call, as_of, company, currency, customer, account, people, calls, messages, actions, orders, receivables, deals,
	opportunities, quotations, market, bought, competitors, colleagues`; what does not apply is None.
	"""
	document = frappe.get_doc(CALL, call)
	document.check_permission("read")
	return call_sheet.read_sheet(document)


@frappe.whitelist(methods=["GET"])
def gaps(call: str) -> dict:
	"""Item groups the customer of a call could buy more of, the most promising first: `readable, rows`."""
	document = frappe.get_doc(CALL, call)
	document.check_permission("read")
	return call_sheet.gaps(document)


@frappe.whitelist(methods=["GET"])
def day(day: str | None = None, user: str | None = None) -> dict:
	"""A day of a person as `api.calls.day` tells it, in the order of the way, with addresses, numbers and the week around it.

	Calls a person comes along on stand among them; `with` names the colleague who makes them.
	"""
	frappe.has_permission(CALL, "read", throw=True)
	found = calls.day(day, user)
	on, person = getdate(found["day"]), found["user"]
	found["calls"] += call_week.accompanied(on, person)
	call_places.with_places([*found["calls"], *found["overdue"]])
	found["calls"].sort(key=_on_the_way)
	return {
		**found,
		"week": call_week.week(on, person),
		"can_plan": bool(frappe.has_permission(CALL, "create")),
	}


@frappe.whitelist(methods=["POST"])
def set_objective(call: str, objective: str) -> str:
	"""Writes down what a call shall reach, whatever else is saved at the same time. Returns the state it has then."""
	document = frappe.get_doc(CALL, call, for_update=True)
	document.check_permission("write")
	document.objective = objective.strip() or None
	document.save()
	return str(document.modified)


@frappe.whitelist(methods=["GET"])
def calendar(start: str, end: str, filters: str | list | None = None) -> list[dict]:
	"""Calls between two days for the calendar: `caption`, `begins` and `ends` on the clock of the reader."""
	frappe.has_permission(CALL, "read", throw=True)
	return call_week.calendar(getdate(start), getdate(end), read_filters(filters, CALL))


def _on_the_way(row: dict) -> tuple:
	"""Appointments by their time, then what has none, customers of one area together."""
	address = row["address"] or {}
	area = (row["territory"] or "", address.get("pincode") or "", row["customer_name"] or "")
	return (not row["time"], row["time"] or "", row["status"] not in OPEN, *area, row["name"])
