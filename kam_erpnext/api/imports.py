"""Lists for Data Import: the columns that are read, and a line for everything still missing."""

import frappe
from frappe import _
from frappe.utils import cint
from frappe.utils.csvutils import build_csv_response

from kam_erpnext.data import import_lists
from kam_erpnext.integration.data_import import MARK


@frappe.whitelist(methods=["GET"])
def template(doctype: str, year: int) -> None:
	"""Sends the list of a year as CSV; lines that are left empty are not imported."""
	if doctype not in import_lists.LISTS:
		frappe.throw(_("Doctype: there is no list for {0}.").format(_(doctype)))
	frappe.has_permission(doctype, "create", throw=True)
	build_csv_response(import_lists.LISTS[doctype](cint(year)), f"{_(doctype)} {cint(year)}")
	frappe.response["result"] = MARK + frappe.response["result"]  # spreadsheet programs take it for UTF-8
