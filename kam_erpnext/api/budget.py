"""Budget lines of a plan for the documents that use them."""

import frappe

from kam_erpnext.data import budget
from kam_erpnext.integration import budget_documents


@frappe.whitelist(methods=["GET"])
def lines(plan: str) -> list[dict]:
	"""Budget lines a document can name: `code, purpose, planned`; none for a reader who may not see the plan.

	Whoever books an invoice that inherited a plan from its order need not be told that he may not see it.
	"""
	if not frappe.has_permission("Key Account Plan", "read", plan):
		return []
	return budget_documents.lines_of(plan)


@frappe.whitelist(methods=["GET"])
def documents(plan: str, code: str | None = None) -> list[dict]:
	"""Documents behind the budget of a plan, of one line or of all: `doctype, name, date, code, kind, amount`."""
	document = frappe.get_doc("Key Account Plan", plan)
	document.check_permission("read")
	return budget.documents_of(document, code or None)
