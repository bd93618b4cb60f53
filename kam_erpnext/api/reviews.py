"""What the form of a Key Account Business Review asks the server for."""

import frappe
from frappe import _


@frappe.whitelist(methods=["POST"])
def refresh_figures(review: str) -> dict:
	"""Reads the figures of a draft again. Returns when they were read: `figures_on`."""
	doc = frappe.get_doc("Key Account Business Review", review)
	doc.check_permission("write")
	_must_be_draft(doc)
	doc.save()
	return {"figures_on": str(doc.figures_on)}


@frappe.whitelist(methods=["POST"])
def add_open_actions(review: str) -> int:
	"""Adds the open actions of the account to a draft. Returns how many were added."""
	doc = frappe.get_doc("Key Account Business Review", review)
	doc.check_permission("write")
	_must_be_draft(doc)
	added = doc.add_open_actions()
	if added:
		doc.save()
	return added


def _must_be_draft(doc):
	if doc.docstatus != 0:
		frappe.throw(_("The figures of this review are frozen. Please amend it, or make a new review."))
