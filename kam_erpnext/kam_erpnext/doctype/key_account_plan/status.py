"""Status of a plan. It follows the site's workflow, which may be changed, renamed or switched off in the desk."""

import frappe
from frappe import _
from frappe.utils import cint

DRAFT, IN_REVIEW, REJECTED = "Draft", "In Review", "Rejected"
APPROVED, IN_EXECUTION, CLOSED = "Approved", "In Execution", "Closed"
SUPERSEDED, CANCELLED = "Superseded", "Cancelled"

BY_DOCSTATUS = {
	0: (DRAFT, IN_REVIEW, REJECTED),
	1: (APPROVED, IN_EXECUTION, CLOSED),
	2: (CANCELLED, SUPERSEDED),
}
IN_FORCE = (APPROVED, IN_EXECUTION)


def workflow_of(plan):
	"""The workflow that is active for plans, or None."""
	name = plan.meta.get_workflow()
	return frappe.get_cached_doc("Workflow", name) if name else None


def state_row(plan, workflow):
	"""Row of the plan's workflow state; the first of its docstatus when the workflow does not know the state."""
	rows = [row for row in workflow.states if cint(row.doc_status) == cint(plan.docstatus)]
	state = plan.get(workflow.workflow_state_field)
	return next((row for row in rows if row.state == state), rows[0] if rows else None)


def status_of(plan, by_docstatus: dict[int, tuple[str, ...]] = BY_DOCSTATUS) -> str:
	"""What the workflow state says; else what was stored, as far as it fits submitted, cancelled or neither.

	`by_docstatus` are the statuses of another document with a workflow of this kind, the first of each is the usual one.
	"""
	possible = by_docstatus[cint(plan.docstatus)]
	workflow = workflow_of(plan)
	if workflow:
		row = state_row(plan, workflow)
		if row and row.update_field == "status" and row.update_value in possible:
			return row.update_value
	elif plan.docstatus == 0:
		return possible[0]
	before = plan.get_doc_before_save()
	return before.status if before and before.status in possible else possible[0]


def validate_state_fits(plan):
	"""A client may send any state; one that belongs to submitted documents must not stand on a draft."""
	workflow = workflow_of(plan)
	if not workflow:
		return
	field = workflow.workflow_state_field
	state, before = plan.get(field), plan.get_doc_before_save()
	if before and before.get(field) == state:
		return
	rows = [row for row in workflow.states if row.state == state]
	if rows and all(cint(row.doc_status) != cint(plan.docstatus) for row in rows):
		frappe.throw(
			_("{0} cannot be reached by saving. Please use the button of that step under Actions.").format(
				_(state)
			)
		)


def set_cancelled_state(plan, status: str):
	"""Frappe leaves the workflow state alone when code cancels a document."""
	plan.status = status
	workflow = workflow_of(plan)
	if not workflow:
		return
	rows = [row for row in workflow.states if cint(row.doc_status) == 2]
	row = next((row for row in rows if row.update_value == status), rows[0] if rows else None)
	if row:
		plan.set(workflow.workflow_state_field, row.state)
