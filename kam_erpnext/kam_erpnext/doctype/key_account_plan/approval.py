"""Who approves a plan, what he approves, and who is told.

Nothing here depends on names of workflow states: a site may rename them, add steps or do without a workflow.
"""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.desk.form import assign_to
from frappe.model.workflow import get_transitions
from frappe.utils import cint, escape_html, flt, getdate, now_datetime
from frappe.utils.user import get_users_with_role

from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.data.locks import lock
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_plan.completeness import missing_for_review
from kam_erpnext.kam_erpnext.doctype.key_account_plan.lines import missing_targets
from kam_erpnext.kam_erpnext.doctype.key_account_plan.period import PERPETUAL, overlapping
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import APPROVED, IN_REVIEW, REJECTED, workflow_of
from kam_erpnext.kam_erpnext.doctype.key_account_plan.team import account_of
from kam_erpnext.setup.roles import DIRECTOR, SPONSOR

PLAN = "Key Account Plan"
ACCOUNT_FIELD = {DIRECTOR: "key_account_director", SPONSOR: "executive_sponsor"}
SHOWN_MISSING = 12
MOST_ASSIGNED = 10


# ---------------------------------------------------------------- who


def approver_role_of(plan) -> str:
	"""Executive Sponsor above the amount of the settings, else as the level of the account says."""
	limit = flt(get_settings().sponsor_amount)
	if limit > 0 and amount_in_settings_currency(plan) > limit:
		return SPONSOR
	account = account_of(plan)
	level = account and account.level
	return (level and frappe.db.get_value("Key Account Level", level, "plan_approver")) or DIRECTOR


def amount_in_settings_currency(plan) -> float:
	"""The amount of the settings is in the currency of its company. Without a rate the amount counts as large."""
	company = get_settings().company
	currency = company and frappe.get_cached_value("Company", company, "default_currency")
	amount = flt(plan.total_target)
	if not currency or currency == plan.currency:
		return amount
	rate = exchange_rate(plan.currency, currency, getdate())
	return amount * rate if rate else float("inf")


def authors_of(plan) -> set[str]:
	return {user for user in (plan.owner, plan.prepared_by, plan.sent_by) if user}


def approvers_of(plan) -> list[str]:
	"""The person named at the account, else everybody with the role who may see the plan; never its authors."""
	account = account_of(plan)
	named = account and account.get(ACCOUNT_FIELD.get(plan.approver_role, ""))
	candidates = set(get_users_with_role(plan.approver_role)) - authors_of(plan) - {"Administrator"}
	able = sorted(user for user in candidates if may_approve(plan, user))
	return [named] if named in able else able


def may_approve(plan, user: str) -> bool:
	return frappe.has_permission(PLAN, "submit", doc=plan, user=user)


# ---------------------------------------------------------------- what


def validate_ready(plan):
	"""What must be there before others read the plan."""
	if problems := missing_targets(plan):
		frappe.throw(problems, title=_("Targets Missing"), as_list=True)
	if not cint(get_settings().require_complete):
		return
	missing = missing_for_review(plan)
	if missing:
		more = len(missing) - SHOWN_MISSING
		shown = missing[:SHOWN_MISSING] + ([_("and {0} more").format(more)] if more > 0 else [])
		frappe.throw(
			[_("Please fill what is still missing, then send the plan to review:"), *map(escape_html, shown)],
			title=_("Plan Is Not Complete"),
			as_list=True,
		)


def validate_step(plan):
	"""Checks of a step between two statuses of a draft."""
	before = plan.get_doc_before_save()
	if not before or before.status == plan.status:
		return
	if plan.status == IN_REVIEW:
		validate_ready(plan)
		plan.sent_by, plan.sent_on = frappe.session.user, now_datetime()
		plan.rejection_reason = None
	elif before.status == IN_REVIEW:
		validate_as_opened(plan, before)
		if plan.status == REJECTED and not (plan.rejection_reason or "").strip():
			frappe.throw(
				_("Please enter the Reason for Rejection, so that the author knows what to change."),
				title=_("Reason Missing"),
			)


def validate_approval(plan):
	"""Before the plan is submitted, whichever way that happens."""
	before = plan.get_doc_before_save()
	validate_not_author(plan)
	validate_role(plan)
	validate_workflow_allows(plan, before)
	if before:
		validate_as_opened(plan, before)
	if not before or before.status != IN_REVIEW:
		validate_ready(plan)
	validate_one_in_force(plan)


def validate_not_author(plan):
	if frappe.session.user in authors_of(plan):
		frappe.throw(
			_(
				"A plan is approved by someone other than its author. {0} prepared it and {1} sent it to review. Please ask a colleague with the role {2}."
			).format(
				_full_name(plan.prepared_by or plan.owner),
				_full_name(plan.sent_by or plan.owner),
				_(plan.approver_role),
			),
			frappe.PermissionError,
			title=_("Own Plan"),
		)


def validate_role(plan):
	"""Level, amount and settings may have changed since the plan was sent to review."""
	now = approver_role_of(plan)
	if plan.approver_role != now:
		frappe.throw(
			_(
				"This plan was sent to {0}; by the level of the account or the amount in KAM Settings it now needs {1}. Please reject it, so that it can be sent again."
			).format(_(plan.approver_role), _(now)),
			title=_("Another Approver Is Needed"),
		)
	if plan.approver_role not in frappe.get_roles():
		frappe.throw(
			_(
				"This plan is approved by the role {0}, which you do not have (any more). Please ask a colleague who has it."
			).format(_(plan.approver_role)),
			frappe.PermissionError,
			title=_("Role Missing"),
		)


def validate_workflow_allows(plan, before):
	"""Frappe lets a document be submitted past its workflow; a plan is submitted by a step of it only."""
	workflow = workflow_of(plan)
	if not workflow or not before:
		return
	submitted = {row.state for row in workflow.states if cint(row.doc_status) == 1}
	steps = get_transitions(before, workflow) if before.get(workflow.workflow_state_field) else []
	if not any(step.next_state in submitted for step in steps):
		frappe.throw(
			_("This plan is {0}. It is approved from In Review, with the button under Actions.").format(
				_(before.status)
			),
			title=_("Not in Review"),
		)


def validate_as_opened(plan, before):
	"""The plan that is approved is the one the approver has on his screen; Frappe loads it again."""
	sent = frappe.parse_json(frappe.form_dict.get("doc") or "{}")
	if not isinstance(sent, dict) or sent.get("name") != plan.name or not sent.get("modified"):
		return
	if str(sent["modified"]) != str(before.modified):
		frappe.throw(
			_("{0} was changed by {1} after you opened it. Please reload it and read it again.").format(
				plan.title or plan.name, _full_name(before.modified_by)
			),
			frappe.TimestampMismatchError,
			title=_("Plan Has Changed"),
		)


def validate_one_in_force(plan):
	"""An account has one plan per company for any day, so that no target counts twice.

	The lock on the account makes two approvals at the same time wait for each other.
	"""
	lock("Key Account", plan.key_account)
	# a perpetual plan has a last day only while it is closed
	last = None if plan.period_type == PERPETUAL else plan.to_date
	days = frappe._dict(from_date=plan.from_date, to_date=last)
	table = frappe.qb.DocType(PLAN)
	others = (
		frappe.qb.from_(table)
		.select(table.name, table.title, table.status, table.from_date, table.to_date)
		.where(
			(table.key_account == plan.key_account)
			& (table.company == plan.company)
			& (table.docstatus == 1)
			& (table.name != plan.name)
			& (table.name != (plan.amended_from or ""))
		)
		.for_update()
		.run(as_dict=True)
	)
	for other in others:
		if overlapping(days, other):
			frappe.throw(
				_(
					"{0} ({1}) is {2} and covers days of this plan. A key account has one plan at a time in a company, so that nothing counts twice. Choose another period, cancel that plan, or make a new version of it instead."
				).format(frappe.bold(escape_html(other.title)), other.name, _(other.status)),
				title=_("Plans Overlap"),
			)


# ---------------------------------------------------------------- approved


def set_approved(plan):
	plan.approved_by = frappe.session.user
	plan.approved_by_name = _full_name(plan.approved_by)
	plan.approved_on = now_datetime()
	plan.rejection_reason = None


# ---------------------------------------------------------------- assignment and messages


def follow_step(plan):
	"""Assign, close assignments and tell the author, after a step was saved."""
	before = plan.get_doc_before_save()
	old = before.status if before else None
	if old == plan.status:
		return
	if plan.status == IN_REVIEW:
		assign(plan)
	elif old == IN_REVIEW:
		close_assignments(plan)
	if plan.status == REJECTED:
		plan.add_comment("Comment", _("Rejected: {0}").format(escape_html(plan.rejection_reason or "")))
		tell_authors(plan, _("{0} rejected the plan {1}: {2}"), escape_html(plan.rejection_reason or ""))
	elif plan.status == APPROVED and plan.docstatus == 1:
		tell_authors(plan, _("{0} approved the plan {1}"))


def assign(plan):
	users = approvers_of(plan)[:MOST_ASSIGNED]
	if not users:
		frappe.msgprint(
			_(
				"Nobody with the role {0} besides the author can see this plan. Please ask a KAM Administrator to name an approver at the key account."
			).format(_(plan.approver_role)),
			title=_("No Approver Found"),
			indicator="orange",
		)
		return
	assign_to.add(
		{
			"assign_to": users,
			"doctype": PLAN,
			"name": plan.name,
			"description": _("Please read and approve or reject: {0}").format(plan.title),
		},
		ignore_permissions=True,  # who may send the plan to review may ask for the approval
	)


def close_assignments(plan):
	"""Whoever was asked to approve a document (a plan, a call cycle) need not do so any more."""
	for todo in frappe.get_all(
		"ToDo",
		{"reference_type": plan.doctype, "reference_name": plan.name, "status": "Open"},
		["name", "allocated_to"],
	):
		if not frappe.db.exists("User", todo.allocated_to):
			frappe.db.set_value("ToDo", todo.name, "status", "Closed")
			continue
		assign_to.set_status(
			plan.doctype,
			plan.name,
			todo.name,
			todo.allocated_to,
			status="Closed",
			ignore_permissions=True,  # whoever decides
		)


def tell_authors(plan, text: str, *more):
	"""`text` takes the name of who acted, the title, and what else is given."""
	users = [
		user
		for user in authors_of(plan) - {frappe.session.user}
		if frappe.db.get_value("User", user, "enabled")
	]
	if not users:
		return
	emails = [frappe.db.get_value("User", user, "email") for user in users]
	enqueue_create_notification(
		emails,
		{
			"type": "Alert",
			"document_type": PLAN,
			"document_name": plan.name,
			"subject": text.format(
				frappe.bold(escape_html(_full_name(frappe.session.user))),
				frappe.bold(escape_html(plan.title)),
				*more,
			),
			"from_user": frappe.session.user,
		},
	)


def _full_name(user) -> str:
	return (user and frappe.db.get_value("User", user, "full_name")) or user or ""
