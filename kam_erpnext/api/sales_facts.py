"""Compare monthly facts of sales with the documents, or make them anew, from the desk."""

import frappe
from frappe import _
from frappe.utils.background_jobs import is_job_enqueued

from kam_erpnext.data import sales_facts_upkeep as upkeep
from kam_erpnext.setup.roles import ADMINISTRATOR

ALLOWED = ("System Manager", ADMINISTRATOR)


@frappe.whitelist(methods=["POST"])
def compare() -> str:
	"""Compares every row of all months in the background. Returns a sentence for the user."""
	frappe.only_for(ALLOWED, message=True)
	return _start(
		"check", _("All months are compared with the documents in the background."), everything=True
	)


@frappe.whitelist(methods=["POST"])
def rebuild() -> str:
	"""Makes all months anew in the background. Returns a sentence for the user."""
	frappe.only_for(ALLOWED, message=True)
	return _start("rebuild", _("All months are made anew in the background."))


def _start(task: str, sentence: str, **arguments) -> str:
	if not upkeep.enabled():
		frappe.throw(
			_(
				"This site keeps no monthly facts. Please set the check mark Keep Monthly Facts in KAM Settings first."
			)
		)
	job = f"{upkeep.JOB}:{task}"
	if is_job_enqueued(job):
		frappe.throw(_("This is being done already. Please wait for it."))
	frappe.enqueue(
		f"kam_erpnext.data.sales_facts_upkeep.{task}",
		queue=upkeep.QUEUE,
		timeout=upkeep.TIMEOUT,
		job_id=job,
		enqueue_after_commit=True,
		**arguments,
	)
	return sentence
