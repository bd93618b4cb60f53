"""Status of a call cycle, who approves it, and who is told.

Nothing here depends on names of workflow states: a site may rename them, add steps or do without a workflow.
"""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.desk.form import assign_to
from frappe.model.workflow import get_transitions
from frappe.utils import cint, escape_html, get_fullname, now_datetime
from frappe.utils.user import get_users_with_role

from kam_erpnext.kam_erpnext.doctype.key_account_plan import status
from kam_erpnext.kam_erpnext.doctype.key_account_plan.approval import close_assignments
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import workflow_of
from kam_erpnext.setup.roles import ADMINISTRATOR, DIRECTOR

CYCLE = "Call Cycle"
DRAFT, IN_REVIEW, REJECTED = "Draft", "In Review", "Rejected"
APPROVED, CLOSED, CANCELLED = "Approved", "Closed", "Cancelled"
BY_DOCSTATUS = {0: (DRAFT, IN_REVIEW, REJECTED), 1: (APPROVED, CLOSED), 2: (CANCELLED,)}
# lines may be proposed and changed by hand
OPEN = (DRAFT, REJECTED)
APPROVERS = (DIRECTOR, ADMINISTRATOR)
MOST_ASSIGNED = 10


def status_of(cycle) -> str:
	"""See `key_account_plan.status.status_of`."""
	return status.status_of(cycle, BY_DOCSTATUS)


def set_cancelled_state(cycle):
	"""Frappe leaves the workflow state alone when code cancels a document."""
	cycle.status = CANCELLED
	workflow = workflow_of(cycle)
	rows = [row for row in workflow.states if cint(row.doc_status) == 2] if workflow else []
	if rows:
		cycle.set(workflow.workflow_state_field, rows[0].state)


# ---------------------------------------------------------------- who


def authors_of(cycle) -> set[str]:
	"""Who made the cycle, who sent it to review, and whose calls they are: none of them approves it."""
	return {user for user in (cycle.owner, cycle.sent_by, cycle.user) if user}


def approvers_of(cycle) -> list[str]:
	"""Directors who may see the cycle and have no part in it; without one, administrators of the programme."""
	for role in APPROVERS:
		candidates = set(get_users_with_role(role)) - authors_of(cycle) - {"Administrator"}
		able = sorted(
			user for user in candidates if frappe.has_permission(CYCLE, "submit", doc=cycle, user=user)
		)
		if able:
			return able
	return []


# ---------------------------------------------------------------- steps


def validate_step(cycle):
	"""Checks of a step between two statuses of a draft."""
	before = cycle.get_doc_before_save()
	if not before or before.status == cycle.status:
		return
	if cycle.status == IN_REVIEW:
		validate_ready(cycle)
		cycle.sent_by, cycle.sent_on = frappe.session.user, now_datetime()
		cycle.rejection_reason = None
	elif cycle.status == REJECTED:
		if not (cycle.rejection_reason or "").strip():
			frappe.throw(
				_("Please enter the Reason for Rejection, so that the author knows what to change."),
				title=_("Reason Missing"),
			)


def validate_approval(cycle):
	"""Before the cycle is submitted, whichever way that happens."""
	before = cycle.get_doc_before_save()
	if frappe.session.user in authors_of(cycle):
		frappe.throw(
			_(
				"A call cycle is approved by someone other than its author and the person who makes the calls. {0} prepared it, the calls are those of {1}. Please ask a colleague with the role {2}."
			).format(get_fullname(cycle.sent_by or cycle.owner), get_fullname(cycle.user), _(DIRECTOR)),
			frappe.PermissionError,
			title=_("Own Call Cycle"),
		)
	validate_workflow_allows(cycle, before)
	validate_ready(cycle, lock=True)


def validate_workflow_allows(cycle, before):
	"""Frappe lets a document be submitted past its workflow; a cycle is submitted by a step of it only."""
	workflow = workflow_of(cycle)
	if not workflow or not before:
		return
	submitted = {row.state for row in workflow.states if cint(row.doc_status) == 1}
	steps = get_transitions(before, workflow) if before.get(workflow.workflow_state_field) else []
	if not any(step.next_state in submitted for step in steps):
		frappe.throw(
			_("This call cycle is {0}. It is approved from In Review, with the button under Actions.").format(
				_(before.status)
			),
			title=_("Not in Review"),
		)


def validate_ready(cycle, lock: bool = False):
	"""There are calls, they fit or somebody said why not, and no other cycle of the person holds the same ones."""
	from kam_erpnext.kam_erpnext.doctype.call_cycle import lines, workload

	if not lines.sums(cycle.name).calls:
		frappe.throw(
			_("This cycle holds no calls. Please press Propose, or add customers to it."), title=_("No Calls")
		)
	lines.validate_no_overlap(cycle, lock)
	figures = workload.totals(cycle)
	if not figures.fits and not (cycle.overload_reason or "").strip():
		frappe.throw(
			[
				*(message["text"] for message in workload.shortfall(cycle, figures)),
				_(
					"If it is to stay like this, please enter why under Why More Than Possible (tab Workload)."
				),
			],
			title=_("More Calls Than Time"),
			as_list=True,
		)


def follow_step(cycle):
	"""Assign, close assignments and tell the author, after a step was saved."""
	before = cycle.get_doc_before_save()
	old = before.status if before else None
	if old == cycle.status:
		return
	if cycle.status == IN_REVIEW:
		assign(cycle)
	elif old == IN_REVIEW:
		close_assignments(cycle)
	if cycle.status == REJECTED:
		cycle.add_comment("Comment", _("Rejected: {0}").format(escape_html(cycle.rejection_reason or "")))
		tell(cycle, _("{0} rejected the call cycle {1}: {2}"), escape_html(cycle.rejection_reason or ""))
	elif old == IN_REVIEW and cycle.status == APPROVED:
		tell(cycle, _("{0} approved the call cycle {1}"))


def assign(cycle):
	users = approvers_of(cycle)[:MOST_ASSIGNED]
	if not users:
		frappe.msgprint(
			_(
				"Nobody with the role {0} besides the author and the person who makes the calls can see this cycle. Please ask a KAM Administrator."
			).format(_(DIRECTOR)),
			title=_("No Approver Found"),
			indicator="orange",
		)
		return
	assign_to.add(
		{
			"assign_to": users,
			"doctype": CYCLE,
			"name": cycle.name,
			"description": _("Please read and approve or reject: {0}").format(cycle.title),
		},
		ignore_permissions=True,  # who may send the cycle to review may ask for the approval
	)


def tell(cycle, text: str, *more):
	"""`text` takes the name of who acted, the title, and what else is given."""
	users = sorted(authors_of(cycle) - {frappe.session.user, "Administrator"})
	emails = [
		row.email
		for row in frappe.get_all("User", {"name": ("in", users or [""]), "enabled": 1}, ["email"])
		if row.email
	]
	if not emails:
		return
	enqueue_create_notification(
		emails,
		{
			"type": "Alert",
			"document_type": CYCLE,
			"document_name": cycle.name,
			"subject": text.format(
				frappe.bold(escape_html(get_fullname(frappe.session.user))),
				frappe.bold(escape_html(cycle.title)),
				*more,
			),
			"from_user": frappe.session.user,
		},
	)
