"""What *Key Account Performance* asks the server for: the documents behind a figure, and targets from a file."""

import frappe
from frappe import _

from kam_erpnext.api.arguments import parsed
from kam_erpnext.data import performance_documents


@frappe.whitelist(methods=["GET"])
def documents(figure: str, place: str, filters: str) -> dict:
	"""Doctype and list filters of the documents behind a figure of a line: `doctype, filters`, or `message`.

	`place` tells the line by its dimensions, `filters` are those of the report.
	"""
	frappe.has_permission("Key Account", "report", throw=True)
	told = _("The line of the report must be given as a JSON object.")
	return performance_documents.behind(
		figure, parsed(place, dict, told), frappe._dict(parsed(filters, dict, told))
	)
