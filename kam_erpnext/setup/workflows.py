"""Workflows shipped with the app. A site may change them in the desk; migrate never overwrites a workflow."""

import frappe

from kam_erpnext.setup.roles import ADMINISTRATOR, DIRECTOR

RUN_ROLES = (ADMINISTRATOR, DIRECTOR)

STATES = {
	"Draft": "",
	"Running": "Info",
	"To Validate": "Warning",
	"Approved": "Success",
	"Rejected": "Danger",
	"Nominated": "Warning",
	"Confirmed": "Success",
}

WORKFLOWS = (
	{
		"workflow_name": "Key Account Selection",
		"document_type": "Key Account Selection",
		"states": (
			# state, docstatus, who may edit
			("Draft", 0, ADMINISTRATOR),
			("Draft", 0, DIRECTOR),
			("Running", 0, ADMINISTRATOR),
			("To Validate", 0, ADMINISTRATOR),
			("To Validate", 0, DIRECTOR),
			("Approved", 1, ADMINISTRATOR),
			("Rejected", 0, ADMINISTRATOR),
			("Rejected", 0, DIRECTOR),
		),
		"transitions": (
			# from, action, to, author may do it himself
			("Draft", "Run", "Running", 1),
			("Running", "Stop", "Draft", 1),
			("To Validate", "Approve", "Approved", 0),
			("To Validate", "Reject", "Rejected", 1),
			("To Validate", "Run Again", "Running", 1),
			("Rejected", "Revise", "Draft", 1),
		),
	},
	{
		"workflow_name": "Key Account Nomination",
		"document_type": "Key Account Nomination",
		"states": (
			("Nominated", 0, "All"),
			("Confirmed", 0, ADMINISTRATOR),
			("Rejected", 0, ADMINISTRATOR),
		),
		"transitions": (
			("Nominated", "Confirm", "Confirmed", 0),
			("Nominated", "Reject", "Rejected", 0),
		),
	},
)


# states and actions that install created; uninstall removes these and leaves what was there before
CREATED = "kam_created_workflow_records"


def apply():
	created = []
	for spec in WORKFLOWS:
		if frappe.db.exists("Workflow", spec["workflow_name"]):
			continue
		for state in dict.fromkeys(row[0] for row in spec["states"]):
			created += _ensure("Workflow State", "workflow_state_name", state, style=STATES[state])
		for action in dict.fromkeys(row[1] for row in spec["transitions"]):
			created += _ensure("Workflow Action Master", "workflow_action_name", action)
		_make_workflow(spec)
	if created:
		frappe.db.set_global(CREATED, "\n".join([*_created(), *created]))


def _created() -> list[str]:
	# from the table: during install Frappe does not refresh the cache that get_global reads
	return (
		frappe.db.get_value("DefaultValue", {"parent": "__global", "defkey": CREATED}, "defvalue") or ""
	).splitlines()


def _make_workflow(spec):
	workflow = frappe.new_doc("Workflow")
	workflow.update(
		{
			"workflow_name": spec["workflow_name"],
			"document_type": spec["document_type"],
			"workflow_state_field": "workflow_state",
			"is_active": 1,
			"send_email_alert": 0,
		}
	)
	for state, docstatus, role in spec["states"]:
		workflow.append("states", {"state": state, "doc_status": docstatus, "allow_edit": role})
	for state, action, next_state, self_approval in spec["transitions"]:
		for role in RUN_ROLES:
			workflow.append(
				"transitions",
				{
					"state": state,
					"action": action,
					"next_state": next_state,
					"allowed": role,
					"allow_self_approval": self_approval,
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
	for line in _created():
		doctype, value = line.split(":", 1)
		if not _used_elsewhere(doctype, value):
			frappe.delete_doc(doctype, value, force=True)
	frappe.db.delete("DefaultValue", {"defkey": CREATED})


def _used_elsewhere(doctype, value):
	if doctype == "Workflow State":
		return frappe.db.exists("Workflow Document State", {"state": value})
	return frappe.db.exists("Workflow Transition", {"action": value})
