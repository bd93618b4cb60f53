"""Charts that Frappe keeps for everybody: what it reads for one reader of a Dashboard Chart is shown to the next one."""

import frappe
from frappe import _

from kam_erpnext.data.incentive_access import SECRET

KEPT = ("Count", "Sum", "Average", "Group By")


def validate(doc, method=None):
	"""Incentives are in no such chart."""
	if doc.chart_type in KEPT and {doc.document_type, doc.get("parent_document_type")} & SECRET:
		frappe.throw(
			_(
				"Incentives cannot be drawn by a Dashboard Chart of type {0}: Frappe keeps its figures and shows them to everybody. Please use the report Incentive Performance."
			).format(_(doc.chart_type))
		)
