"""The onboarding: two Module Onboardings with their steps, and a tour of each form they lead to."""

import frappe

PROGRAMME, ACCOUNT_WORK = "KAM Programme", "KAM Account Work"


def remove():
	"""Frappe deletes what names its module; steps do not."""
	for onboarding in (PROGRAMME, ACCOUNT_WORK):
		if not frappe.db.exists("Module Onboarding", onboarding):
			continue
		steps = frappe.get_doc("Module Onboarding", onboarding).steps
		frappe.delete_doc("Module Onboarding", onboarding, force=True)
		for row in steps:
			frappe.delete_doc("Onboarding Step", row.step, force=True, ignore_missing=True)


def hide_where_it_is_known():
	"""Nobody who runs a programme already is told how to start one."""
	for onboarding, doctype in ((PROGRAMME, "Key Account Selection"), (ACCOUNT_WORK, "Key Account Plan")):
		if frappe.db.exists(doctype, {"docstatus": 1}):
			frappe.db.set_value("Module Onboarding", onboarding, "is_complete", 1)
