"""What the page My Calls reads before a call; what it writes goes through `api.calls`."""

import frappe
from frappe import _
from frappe.utils import getdate

from kam_erpnext.data import call_sheet, call_week

CALL = "Customer Call"


@frappe.whitelist(methods=["GET"])
def sheet(call: str) -> dict:
	"""Everything to know before a call, each part as far as the reader may read it."""
	document = frappe.get_doc(CALL, call)
	document.check_permission("read")
	return call_sheet.read_sheet(document)


@frappe.whitelist(methods=["GET"])
def gaps(call: str) -> dict:
	"""Item groups the customer of a call could buy more of."""
	document = frappe.get_doc(CALL, call)
	document.check_permission("read")
	return call_sheet.gaps(document)


@frappe.whitelist(methods=["GET"])
def week(day: str, user: str | None = None) -> list[dict]:
	"""How full the days of the week around a day are."""
	frappe.has_permission(CALL, "read", throw=True)
	try:
		asked = getdate(day)
	except ValueError:
		frappe.throw(_("{0} is no date. Please choose a day of the calendar.").format(day))
	return call_week.week(asked, user or frappe.session.user)
