"""Create and delete the demonstration company from the desk."""

import frappe
from frappe import _
from frappe.utils.background_jobs import is_job_enqueued

from kam_erpnext import demo
from kam_erpnext.demo.register import Register
from kam_erpnext.setup.roles import ADMINISTRATOR

ALLOWED = ("System Manager", ADMINISTRATOR)
JOBS = {"create": "kam-demonstration-create", "delete": "kam-demonstration-delete"}
TIMEOUT = 3600


@frappe.whitelist(methods=["POST"])
def create(password: str | None = None) -> str:
	"""Create the demonstration company in the background; returns the job's id.

	`password` is what the demonstration users log in with. Progress goes to the caller as the event `progress`, the
	result (`kam_erpnext.demo.create`) as `kam_demonstration`.
	"""
	frappe.only_for(ALLOWED, message=True)
	if password is not None and len(password) < 8:
		frappe.throw(_("Please choose a password of at least 8 characters, or leave it empty."))
	return _enqueue("create", password=password)


@frappe.whitelist(methods=["POST"])
def delete() -> str:
	"""Delete the demonstration company in the background; returns the job's id."""
	frappe.only_for(ALLOWED, message=True)
	return _enqueue("delete")


@frappe.whitelist(methods=["GET"])
def status() -> dict:
	"""`present` (the demonstration is complete), `incomplete` (a creation was interrupted), `running` (a job's name)."""
	frappe.only_for(ALLOWED, message=True)
	register = Register.load()
	return {
		"present": bool(register and register.is_complete),
		"incomplete": bool(register and not register.is_complete),
		"running": next((task for task, job in JOBS.items() if is_job_enqueued(job)), None),
	}


def _enqueue(task: str, **arguments) -> str:
	for job in JOBS.values():
		if is_job_enqueued(job):
			frappe.throw(
				_("The demonstration company is being created or deleted already. Please wait for it.")
			)
	frappe.enqueue(
		run,
		queue="long",
		timeout=TIMEOUT,
		job_id=JOBS[task],
		task=task,
		user=frappe.session.user,
		arguments=arguments,
	)
	return JOBS[task]


def run(task: str, user: str, arguments: dict):
	"""Background job: does the task and tells `user` how it goes."""

	def progress(percent: int, text: str):
		titles = {"create": _("Creating the demonstration"), "delete": _("Deleting the demonstration")}
		frappe.publish_realtime(
			"progress", {"percent": percent, "title": titles[task], "description": text}, user=user
		)

	try:
		result = getattr(demo, task)(progress=progress, **arguments)
	except Exception as error:
		frappe.publish_realtime("kam_demonstration", {"task": task, "error": str(error)}, user=user)
		raise
	frappe.publish_realtime("kam_demonstration", {"task": task, **result}, user=user)
