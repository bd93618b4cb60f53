"""ERPNext Tasks that carry out key account actions: what happens to the task is taken over, never the other way round."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import (
	DONE,
	DROPPED,
	ENDED,
	IN_PROGRESS,
	PLANNED,
)

# states of a task that say something about its action; Overdue and Template say nothing
STATUS = {
	"Open": PLANNED,
	"Working": IN_PROGRESS,
	"Pending Review": IN_PROGRESS,
	"Completed": DONE,
	"Cancelled": DROPPED,
}


def on_update(task, method=None):
	"""Status and progress of the action follow those of its task, when they have changed."""
	if not (task.has_value_changed("status") or task.has_value_changed("progress")):
		return
	for name in frappe.get_all("Key Account Action", {"task": task.name}, pluck="name"):
		take_over(frappe.get_doc("Key Account Action", name, for_update=True), task)


def take_over(action, task):
	before = (action.status, flt(action.progress))
	if task.has_value_changed("status") and task.status in STATUS:
		action.status = STATUS[task.status]
	if action.status not in ENDED:
		action.progress = flt(task.progress)
	if action.status in ENDED:
		action.result = action.result or (
			_("Task {0} was completed.") if action.status == DONE else _("Task {0} was cancelled.")
		).format(task.name)
		if task.get("completed_on") and getdate(task.completed_on) <= getdate():
			action.done_on = task.completed_on
	if before == (action.status, flt(action.progress)):
		return
	# a user or plan that was deleted meanwhile does not hold up the task
	action.flags.ignore_links = True
	# who works on the task need not see the account
	action.save(ignore_permissions=True)


def on_trash(task, method=None):
	"""The action stays and says what it was linked to."""
	for name in frappe.get_all("Key Account Action", {"task": task.name}, pluck="name"):
		frappe.db.set_value("Key Account Action", name, "task", None)
		frappe.get_doc("Key Account Action", name).add_comment(
			"Info", _("Task {0} was deleted.").format(task.name)
		)
