"""Charts of a dashboard, which Frappe draws without regard to the rights on single documents, or keeps for the next reader."""

import frappe
from frappe import _

from kam_erpnext.data.incentive_access import SECRET


def validate(doc, method=None):
	"""Incentives are in no such chart; one of type Report reads a report with the rights of its reader."""
	if doc.chart_type != "Report" and _of_incentives(doc):
		frappe.throw(
			_(
				"Incentives cannot be drawn by a Dashboard Chart of type {0}: its figures would be shown to people who must not see them. Please use the report Incentive Performance."
			).format(_(doc.chart_type))
		)


def draws_incentives(name: str | None, chart: dict | str | None) -> bool:
	"""Whether a stored chart, or one that a client describes, is one of incentives."""
	if name:
		return _of_incentives(frappe.get_cached_doc("Dashboard Chart", name))
	return _of_incentives(frappe.parse_json(chart) or {})


def _of_incentives(chart) -> bool:
	return bool({chart.get("document_type"), chart.get("parent_document_type")} & SECRET)
