"""What the Key Account Plan form asks the server for."""

import frappe
from frappe import _
from frappe.model.workflow import get_transitions
from frappe.utils import cint, flt, getdate

from kam_erpnext.api.arguments import shown
from kam_erpnext.data import budget, objectives, plan_figures
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import counts, open_actions
from kam_erpnext.kam_erpnext.doctype.key_account_plan import (
	approval,
	frozen,
	status,
	team,
	template,
)
from kam_erpnext.kam_erpnext.doctype.key_account_plan import (
	difference as differences,
)

NEXT_ACTIONS = 6
PLAN, TEMPLATE = "Key Account Plan", "Key Account Plan Template"


@frappe.whitelist(methods=["GET"])
def figures(plan: str) -> dict:
	"""Everything the section Now of the form shows, with the rights of the reader.

	A plan that is closed answers with the figures kept at its closing, a superseded or cancelled one with those of its
	approval; all others are read live. Unknown is None. Returns `status, kept, kept_on, targets, objectives, progress, answered, budget,
	actions, next_actions, completeness, approval, versions`.
	"""
	doc = frappe.get_doc(PLAN, plan)
	doc.check_permission("read")
	kept = kept_figures(doc)
	rows = kept["objectives"] if kept else objectives.live(doc)
	progress, answered = objectives.progress_of_plan([frappe._dict(row) for row in rows])
	return {
		"status": doc.status,
		"kept": kept["part"] if kept else None,
		"kept_on": kept["taken_on"] if kept else None,
		"targets": kept["figures"] if kept else plan_figures.target_figures(doc),
		"objectives": rows,
		"progress": progress,
		"answered": answered,
		"budget": _budget(doc, live=not kept),
		"actions": counts(doc.name),
		"next_actions": open_actions(plan=doc.name)[:NEXT_ACTIONS],
		"completeness": {
			"percent": flt(doc.completeness),
			"blocks": [
				{
					"block": row.block,
					"required": cint(row.required),
					"filled": flt(row.filled),
					"missing": (row.missing or "").splitlines(),
				}
				for row in doc.blocks
			],
		},
		"approval": _approval(doc),
		"versions": versions_of(doc),
	}


def kept_figures(doc) -> dict | None:
	part = None
	if doc.status == status.CLOSED:
		part = "closed"
	elif doc.docstatus == 2:
		part = "approved"
	found = part and frozen.frozen_part(doc, part)
	return {**found, "part": part} if found else None


def _budget(doc, live: bool) -> dict:
	sums = (
		budget.spent(doc) if live else {row.code: (flt(row.committed), flt(row.spent)) for row in doc.budget}
	)
	codes = {row.code for row in doc.budget}
	rows = [
		{
			"code": row.code,
			"purpose": row.purpose,
			"planned": flt(row.planned),
			"committed": sums.get(row.code, (0, 0))[0],
			"spent": sums.get(row.code, (0, 0))[1],
		}
		for row in doc.budget
	]
	return {
		"lines": rows,
		"planned": flt(sum(row["planned"] for row in rows), 2),
		"committed": flt(sum(committed for committed, _spent in sums.values()), 2),
		"spent": flt(sum(spent for _committed, spent in sums.values()), 2),
		# documents that name the plan and no line of it
		"elsewhere": flt(sum(both[1] for code, both in sums.items() if code not in codes), 2),
	}


def _approval(doc) -> dict:
	people = approval.approvers_of(doc) if doc.docstatus == 0 and doc.approver_role else []
	return {
		"role": doc.approver_role,
		"people": [_name(user) for user in people[:5]],
		"more": max(len(people) - 5, 0),
		"sent_by": _name(doc.sent_by) if doc.sent_by else None,
		"sent_on": doc.sent_on,
		"is_author": frappe.session.user in approval.authors_of(doc),
		"may_approve": frappe.session.user in people,
	}


def _name(user: str) -> str:
	return frappe.db.get_value("User", user, "full_name") or user


def versions_of(doc) -> list[dict]:
	"""Versions of a plan, the newest first."""
	return frappe.get_list(
		PLAN,
		filters={"first_version": doc.first_version or doc.name},
		fields=[
			"name",
			"version",
			"status",
			"docstatus",
			"total_target",
			"currency",
			"approved_on",
			"approved_by_name",
			"from_date",
			"to_date",
		],
		order_by="version desc",
		limit_page_length=0,
	)


@frappe.whitelist(methods=["POST"])
def prefill(plan: str) -> dict:
	"""Fill what is still empty from account and documents: baselines, last year beside the targets, SWOT and team.

	Returns how much was filled: `swot, baselines, targets`, and the people of the `team`.
	"""
	doc = frappe.get_doc(PLAN, plan)
	doc.check_permission("write")
	if doc.docstatus != 0 or doc.status == status.IN_REVIEW:
		frappe.throw(
			_("Only a draft can be filled. This plan is {0}.").format(_(doc.status, context=doc.doctype))
		)
	statements = team.copy_swot(doc)
	baselines = template.fill_baselines(doc, template.changes_of(doc))
	targets = template.propose_targets(doc)
	doc.save()
	return {"swot": statements, "baselines": baselines, "targets": targets, "team": len(doc.team)}


@frappe.whitelist(methods=["POST"])
def new_version(plan: str) -> str:
	"""Draft of the next version; the present one stays in force until the draft is approved.

	Returns its name.
	"""
	doc = frappe.get_doc(PLAN, plan)
	doc.check_permission("read")
	frappe.has_permission(PLAN, "create", throw=True)
	draft = frappe.copy_doc(doc, ignore_no_copy=False)
	draft.amended_from = doc.name
	for document in (draft, *draft.get_all_children()):
		document.docstatus = 0
	for new, old in zip(draft.swot, doc.swot, strict=True):
		new.action = old.action
	draft.insert()
	return draft.name


@frappe.whitelist(methods=["GET"])
def difference(plan: str, other: str | None = None) -> dict:
	"""Readable changes from another version (the one before, if none is named) to this plan: `from, to, changes`."""
	new = frappe.get_doc(PLAN, plan)
	new.check_permission("read")
	name = other or new.amended_from
	if not name or not frappe.db.exists(PLAN, name):
		return {"from": None, "to": new.name, "changes": []}
	old = frappe.get_doc(PLAN, name)
	old.check_permission("read")
	if (old.first_version or old.name) != (new.first_version or new.name):
		frappe.throw(_("{0} is not a version of {1}.").format(old.name, new.name))
	levels = {0, *new.get_permlevel_access("read")}
	return {
		"from": {"name": old.name, "version": old.version},
		"to": {"name": new.name, "version": new.version},
		"changes": differences.difference(new, old, levels),
	}


@frappe.whitelist(methods=["POST"])
def refresh(plan: str) -> dict:
	"""Store what the objectives and the budget say now; lists and prints show the stored values.

	Returns `progress` in percent.
	"""
	doc = frappe.get_doc(PLAN, plan)
	doc.check_permission("write")
	if doc.docstatus != 1 or doc.status == status.CLOSED:
		frappe.throw(
			_("Only a plan in force is measured. This plan is {0}.").format(
				_(doc.status, context=doc.doctype)
			)
		)
	frozen.refresh_plan(doc.name)
	return {"progress": frappe.db.get_value(PLAN, plan, "progress")}


@frappe.whitelist(methods=["GET"])
def templates() -> list[dict]:
	"""Templates offered for a new plan: `name, period_type, review_every, description`."""
	frappe.has_permission(TEMPLATE, "read", throw=True)
	found = frappe.get_list(
		TEMPLATE,
		filters={"disabled": 0},
		fields=["name", "period_type", "review_every", "description"],
		order_by="name",
		limit_page_length=0,
	)
	for offered in found:
		offered.description = offered.description and _(offered.description)
	return found


@frappe.whitelist(methods=["GET"])
def check_step(plan: str, action: str, modified: str | None = None) -> bool:
	"""Before a button of the workflow is pressed: say clearly why it cannot be, where Frappe would only refuse.

	Returns true when it can be.
	"""
	doc = frappe.get_doc(PLAN, plan)
	doc.check_permission("read")
	if modified and str(doc.modified) != modified:
		frappe.throw(
			_("{0} was changed by {1} after you opened it and is {2} now. Please reload it.").format(
				doc.title, _name(doc.modified_by), _(doc.status, context=doc.doctype)
			),
			title=_("Plan Has Changed"),
		)
	workflow = status.workflow_of(doc)
	if workflow and action not in {step.action for step in workflow.transitions}:
		frappe.throw(_("Action: {0} is no step of {1}.").format(shown(action), workflow.name))
	if workflow and not any(step.action == action for step in get_transitions(doc, workflow)):
		_say_why_not(doc, action)
	return True


def _say_why_not(doc, action: str):
	if doc.status != status.IN_REVIEW:
		frappe.throw(
			_("This plan is {0}; {1} is not possible now.").format(
				_(doc.status, context=doc.doctype), _(action)
			)
		)
	if doc.approver_role not in frappe.get_roles():
		frappe.throw(
			_("This plan is decided by the role {0}, which you do not have (any more).").format(
				_(doc.approver_role)
			),
			frappe.PermissionError,
			title=_("Role Missing"),
		)
	frappe.throw(_("You may not do this: {0}.").format(_(action)), frappe.PermissionError)


@frappe.whitelist(methods=["GET"])
def in_force(key_account: str, on: str | None = None) -> str | None:
	"""Name of the plan of an account that covers a day (today), if the reader may see it."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force

	name = plan_in_force(key_account, getdate(on))
	return name if name and frappe.has_permission(PLAN, "read", doc=name) else None
