"""What the form of a Key Account Action asks the server for."""

import frappe
from frappe import _
from frappe.desk.calendar import get_events

from kam_erpnext.api.arguments import label_of, parsed, read_fields, read_filters
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import ENDED, IN_PROGRESS

ACTION = "Key Account Action"


@frappe.whitelist(methods=["POST"])
def create_task(action: str, project: str | None = None) -> str:
	"""Makes the ERPNext Task that carries out an action, once. Returns its name."""
	doc = frappe.get_doc("Key Account Action", action, for_update=True)
	doc.check_permission("write")
	frappe.has_permission("Task", "create", throw=True)
	if doc.task:
		frappe.throw(_("The action already has the task {0}.").format(doc.task))
	if doc.status in ENDED:
		frappe.throw(
			_("The action is {0}: reopen it before you make a task of it.").format(
				_(doc.status, context=doc.doctype)
			)
		)
	task = frappe.get_doc(
		{
			"doctype": "Task",
			"subject": doc.subject,
			"project": project or doc.project,
			"company": doc.company,
			"priority": doc.priority,
			"status": "Working" if doc.status == IN_PROGRESS else "Open",
			"progress": doc.progress,
			"exp_start_date": doc.start_date,
			"exp_end_date": doc.end_date,
			"is_milestone": doc.is_milestone,
			"description": doc.description or doc.subject,
		}
	).insert()
	doc.task, doc.project = task.name, task.project
	doc.save()
	return task.name


@frappe.whitelist(methods=["GET"])
def calendar(
	doctype: str,
	start: str,
	end: str,
	field_map: dict | str,
	filters: dict | list | str | None = None,
	fields: list | str | None = None,
) -> list[dict]:
	"""Actions of a time for the calendar, with the account in their caption: the same work is done at many accounts.

	Rows hold the fields that were asked for, and `caption`.
	"""
	frappe.has_permission("Key Account Action", "read", throw=True)
	# Frappe writes these names into its question as they are
	named = parsed(field_map, dict, _("Field Map must be an object of fields."))
	named = {key: value for key, value in named.items() if key in ("start", "end") and value}
	read_fields(list(named.values()), ACTION, label_of("field_map"))
	named = {"start": "start_date", "end": "end_date", "title": "subject", **named}
	shown = read_fields(fields, ACTION, label_of("fields"))
	asked = frappe.as_json(read_filters(filters, ACTION))
	events = get_events(ACTION, start, end, frappe.as_json(named), asked, frappe.as_json(shown))
	for event in events:
		event["caption"] = " · ".join(filter(None, (event.get("subject"), event.get("account_name"))))
	return events
