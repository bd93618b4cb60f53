"""Documents that use the budget of a plan: Purchase Order, Purchase Invoice, Timesheet and, with HRMS, Expense Claim.

A document names a plan and one of its budget lines. An invoice made from an order inherits both, because ERPNext
copies fields of the same name.
"""

import frappe
from frappe import _

PLAN = "Key Account Plan"
FIELDS = ("kam_plan", "kam_budget_line")
# a plan that ended keeps its documents, and late invoices still belong to it
WITH_BUDGET = ("Approved", "In Execution", "Closed")


def validate(doc, method=None):
	"""Plan and line are checked when one of them is chosen; what was right once is not held against a document."""
	if not doc.get("kam_plan"):
		doc.kam_budget_line = None
		return
	doc.kam_budget_line = (doc.kam_budget_line or "").strip() or None
	if not _changed(doc):
		return
	plan = frappe.db.get_value(PLAN, doc.kam_plan, ["company", "docstatus", "status"], as_dict=True)
	if not plan:
		return  # Frappe says that the plan does not exist
	_validate_access(doc)
	if doc.get("company") and plan.company != doc.company:
		frappe.throw(
			_(
				"Key Account Plan {0} belongs to company {1}, this document to {2}. Please choose a plan of {2}, or none."
			).format(doc.kam_plan, frappe.bold(plan.company), frappe.bold(doc.company))
		)
	if plan.docstatus != 1 or plan.status not in WITH_BUDGET:
		frappe.throw(
			_(
				"Key Account Plan {0} is {1}. A document can only use the budget of a plan that is approved."
			).format(doc.kam_plan, _(plan.status))
		)
	_validate_line(doc)


def _changed(doc) -> bool:
	before = doc.get_doc_before_save()
	return not before or any(
		(before.get(field) or None) != (doc.get(field) or None) for field in (*FIELDS, "company")
	)


def _validate_access(doc):
	"""Whoever writes the document may name plans he sees, and keep what an order already named."""
	if doc.flags.ignore_permissions or frappe.has_permission(PLAN, "read", doc.kam_plan):
		return
	for order in {row.get("purchase_order") for row in doc.get("items") or []} - {None, ""}:
		if frappe.db.get_value("Purchase Order", order, "kam_plan") == doc.kam_plan:
			return
	if doc.get("return_against"):
		if frappe.db.get_value(doc.doctype, doc.return_against, "kam_plan") == doc.kam_plan:
			return
	frappe.throw(
		_("You may not see Key Account Plan {0}. Please choose another plan, or none.").format(doc.kam_plan),
		frappe.PermissionError,
	)


def _validate_line(doc):
	lines = lines_of(doc.kam_plan)
	if doc.kam_budget_line in {line.code for line in lines}:
		return
	offered = ", ".join(f"{line.code} ({line.purpose})" for line in lines)
	if not lines:
		frappe.throw(
			_(
				"Key Account Plan {0} has no budget. Please add a budget line there, or choose no plan."
			).format(doc.kam_plan)
		)
	if not doc.kam_budget_line:
		frappe.throw(
			_("Please choose the Budget Line of {0} this document uses: {1}.").format(doc.kam_plan, offered)
		)
	frappe.throw(
		_("Budget Line {0} is not in Key Account Plan {1}. Its lines are: {2}.").format(
			frappe.bold(frappe.utils.escape_html(doc.kam_budget_line)), doc.kam_plan, offered
		)
	)


def lines_of(plan: str) -> list[dict]:
	"""Budget lines of a plan: `code, purpose, planned`."""
	return frappe.get_all(
		"Key Account Budget Line",
		{"parent": plan, "parenttype": PLAN},
		["code", "purpose", "planned"],
		order_by="idx",
	)


def after_mapping(doc, method=None, source=None):
	"""What is made from a document names the version in force; a plan that was cancelled, or a line it lost, is
	not taken over, because it would keep people from saving."""
	if not doc.get("kam_plan"):
		return
	plan = frappe.db.get_value(PLAN, doc.kam_plan, ["docstatus", "first_version"], as_dict=True)
	if plan and plan.docstatus != 1:
		doc.kam_plan = frappe.db.get_value(PLAN, {"first_version": plan.first_version, "docstatus": 1})
	known = {line.code for line in lines_of(doc.kam_plan)} if plan and doc.kam_plan else set()
	if doc.kam_budget_line not in known:
		doc.kam_plan = doc.kam_budget_line = None
