"""Workflows shipped with the app. A site may change them in the desk; migrate never overwrites a workflow."""

import frappe

from kam_erpnext.setup import once
from kam_erpnext.setup.roles import ADMINISTRATOR, COORDINATOR, DIRECTOR, MANAGER, SPONSOR

RUN_ROLES = (ADMINISTRATOR, DIRECTOR)
PLAN_AUTHORS = (MANAGER, COORDINATOR, DIRECTOR, ADMINISTRATOR)
APPROVERS = (DIRECTOR, SPONSOR)
# a plan names the role that approves it, see KeyAccountPlan
BY_APPROVER = {role: f'doc.approver_role == "{role}"' for role in APPROVERS}
BY_SENDER = {role: "doc.sent_by == frappe.session.user" for role in PLAN_AUTHORS}

STYLES = {
	"Draft": "",
	"Running": "Info",
	"To Validate": "Warning",
	"Approved": "Success",
	"Rejected": "Danger",
	"Nominated": "Warning",
	"Confirmed": "Success",
	"In Review": "Warning",
	"In Execution": "Primary",
	"Closed": "Inverse",
	"Superseded": "",
	"Cancelled": "Danger",
}


def state(name, docstatus, *edit_roles, **update):
	"""`edit_roles` may edit; `update` is one field that takes the given value with the state."""
	return {"state": name, "docstatus": docstatus, "edit_roles": edit_roles, "update": update}


def step(before, action, after, roles=RUN_ROLES, own=True, conditions=None):
	"""Transition; without `own` nobody may do it to his own document. `conditions` holds one per role."""
	return {
		"before": before,
		"action": action,
		"after": after,
		"roles": roles,
		"own": own,
		"conditions": conditions or {},
	}


# who prepares a call cycle, and who approves it
CYCLE_AUTHORS = (MANAGER, COORDINATOR, DIRECTOR, ADMINISTRATOR)
CYCLE_APPROVERS = (DIRECTOR, ADMINISTRATOR)

WORKFLOWS = (
	{
		"document_type": "Key Account Selection",
		"states": (
			state("Draft", 0, ADMINISTRATOR, DIRECTOR),
			state("Running", 0, ADMINISTRATOR),
			state("To Validate", 0, ADMINISTRATOR, DIRECTOR),
			state("Approved", 1, ADMINISTRATOR),
			state("Rejected", 0, ADMINISTRATOR, DIRECTOR),
		),
		"transitions": (
			step("Draft", "Run", "Running"),
			step("Running", "Stop", "Draft"),
			step("To Validate", "Approve", "Approved", own=False),
			step("To Validate", "Reject", "Rejected"),
			step("To Validate", "Run Again", "Running"),
			step("Rejected", "Revise", "Draft"),
		),
	},
	{
		"document_type": "Key Account Nomination",
		"states": (
			state("Nominated", 0, "All"),
			state("Confirmed", 0, ADMINISTRATOR),
			state("Rejected", 0, ADMINISTRATOR),
		),
		"transitions": (
			step("Nominated", "Confirm", "Confirmed", own=False),
			step("Nominated", "Reject", "Rejected", own=False),
		),
	},
	{
		"document_type": "Key Account Plan",
		"states": (
			state("Draft", 0, *PLAN_AUTHORS, status="Draft"),
			state("In Review", 0, *APPROVERS, status="In Review"),
			state("Rejected", 0, *PLAN_AUTHORS, status="Rejected"),
			state("Approved", 1, *PLAN_AUTHORS, status="Approved"),
			state("In Execution", 1, *PLAN_AUTHORS, status="In Execution"),
			state("Closed", 1, ADMINISTRATOR, status="Closed"),
			state("Superseded", 2, ADMINISTRATOR, status="Superseded"),
			state("Cancelled", 2, ADMINISTRATOR, status="Cancelled"),
		),
		"transitions": (
			step("Draft", "Send to Review", "In Review", PLAN_AUTHORS),
			step("In Review", "Approve", "Approved", APPROVERS, own=False, conditions=BY_APPROVER),
			step("In Review", "Reject", "Rejected", APPROVERS, own=False, conditions=BY_APPROVER),
			step("In Review", "Recall", "Draft", PLAN_AUTHORS, conditions=BY_SENDER),
			step("Rejected", "Revise", "Draft", PLAN_AUTHORS),
			step("Approved", "Start", "In Execution", PLAN_AUTHORS),
			step("In Execution", "Close", "Closed", PLAN_AUTHORS),
			step("Closed", "Reopen", "In Execution", RUN_ROLES),
			step("Approved", "Cancel Plan", "Cancelled", RUN_ROLES),
			step("In Execution", "Cancel Plan", "Cancelled", RUN_ROLES),
		),
	},
	{
		"document_type": "Call Cycle",
		"states": (
			state("Draft", 0, *CYCLE_AUTHORS, status="Draft"),
			state("In Review", 0, *CYCLE_APPROVERS, status="In Review"),
			state("Rejected", 0, *CYCLE_AUTHORS, status="Rejected"),
			state("Approved", 1, *CYCLE_AUTHORS, status="Approved"),
			state("Closed", 1, ADMINISTRATOR, status="Closed"),
			state("Cancelled", 2, ADMINISTRATOR, status="Cancelled"),
		),
		"transitions": (
			step("Draft", "Send to Review", "In Review", CYCLE_AUTHORS),
			step("In Review", "Approve", "Approved", CYCLE_APPROVERS, own=False),
			step("In Review", "Reject", "Rejected", CYCLE_APPROVERS, own=False),
			step("In Review", "Recall", "Draft", CYCLE_AUTHORS, conditions=BY_SENDER),
			step("Rejected", "Revise", "Draft", CYCLE_AUTHORS),
			step("Approved", "Close", "Closed", CYCLE_AUTHORS),
			step("Closed", "Reopen", "Approved", CYCLE_APPROVERS),
			step("Approved", "Cancel Cycle", "Cancelled", CYCLE_APPROVERS),
		),
	},
)


# states and actions that install created; uninstall removes these and leaves what was there before
CREATED = "kam_created_workflow_records"


def apply():
	created = []
	for spec in WORKFLOWS:
		if frappe.db.exists("Workflow", spec["document_type"]):
			continue
		for row in spec["states"]:
			created += _ensure(
				"Workflow State", "workflow_state_name", row["state"], style=STYLES[row["state"]]
			)
		for row in spec["transitions"]:
			created += _ensure("Workflow Action Master", "workflow_action_name", row["action"])
		_make_workflow(spec)
	if created:
		once.remember(CREATED, [*once.created(CREATED), *created])


def _make_workflow(spec):
	workflow = frappe.new_doc("Workflow")
	workflow.update(
		{
			"workflow_name": spec["document_type"],
			"document_type": spec["document_type"],
			"workflow_state_field": "workflow_state",
			"is_active": 1,
			"send_email_alert": 0,
		}
	)
	for row in spec["states"]:
		for role in row["edit_roles"]:
			values = {"state": row["state"], "doc_status": row["docstatus"], "allow_edit": role}
			for field, value in row["update"].items():
				values.update(update_field=field, update_value=value)
			workflow.append("states", values)
	for row in spec["transitions"]:
		for role in row["roles"]:
			workflow.append(
				"transitions",
				{
					"state": row["before"],
					"action": row["action"],
					"next_state": row["after"],
					"allowed": role,
					"allow_self_approval": int(row["own"]),
					"condition": row["conditions"].get(role),
				},
			)
	workflow.insert(ignore_permissions=True)  # runs during install


def _ensure(doctype, fieldname, value, **values) -> list[str]:
	"""Make the record if it is missing; returns what was made."""
	if frappe.db.exists(doctype, value):
		return []
	frappe.get_doc({"doctype": doctype, fieldname: value, **values}).insert(
		ignore_permissions=True  # runs during install
	)
	return [f"{doctype}:{value}"]


def remove():
	for spec in WORKFLOWS:
		for name in frappe.get_all("Workflow", {"document_type": spec["document_type"]}, pluck="name"):
			frappe.delete_doc("Workflow", name, force=True)
		frappe.db.delete("Workflow Action", {"reference_doctype": spec["document_type"]})
	for line in once.created(CREATED):
		doctype, value = line.split(":", 1)
		if not _used_elsewhere(doctype, value):
			frappe.delete_doc(doctype, value, force=True)
	once.forget(CREATED)


def _used_elsewhere(doctype, value):
	if doctype == "Workflow State":
		return frappe.db.exists("Workflow Document State", {"state": value})
	return frappe.db.exists("Workflow Transition", {"action": value})
