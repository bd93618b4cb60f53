"""Charts of a dashboard, which Frappe draws without regard to the rights on single documents, or keeps for the next reader."""

import frappe
from frappe import _

from kam_erpnext.data.incentive_access import SECRET


def validate(doc, method=None):
	"""Incentives are in no such chart; one of type Report reads a report with the rights of its reader."""
	if doc.chart_type != "Report" and {doc.document_type, doc.get("parent_document_type")} & SECRET:
		frappe.throw(
			_(
				"Incentives cannot be drawn by a Dashboard Chart of type {0}: its figures would be shown to people who must not see them. Please use the report Incentive Performance."
			).format(_(doc.chart_type))
		)
