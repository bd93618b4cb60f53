"""Help for the form of a measure."""

import frappe

from kam_erpnext.data import report_measure
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import sample_values


@frappe.whitelist(methods=["GET"])
def report_columns(report: str, filters: str = "{}") -> dict:
	"""Columns a report has when it runs with the filters of a measure and sample values: `columns, problem`."""
	frappe.has_permission("KAM Measure", "create", throw=True)
	try:
		problem = report_measure.report_problem(report)
		if problem:
			return {"columns": [], "problem": problem}
		filled = report_measure.fill(report_measure.parse_filters(filters), sample_values())
		columns = report_measure.run(report, filled)[0]
	except Exception as error:  # reports are written by anybody: whatever they raise is told
		frappe.clear_messages()
		return {"columns": [], "problem": report_measure.plain(error)}
	numbers = ("Currency", "Float", "Int", "Percent", "Duration")
	columns = sorted(columns, key=lambda column: column.get("fieldtype") not in numbers)
	return {
		"columns": [
			{"fieldname": column.get("fieldname"), "label": column.get("label")} for column in columns
		],
		"problem": None,
	}
