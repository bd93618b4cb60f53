"""What is decided about an opportunity: pursue, hold or drop, with the reason, who and when."""

import frappe
from frappe import _
from frappe.utils import nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_opportunity.people import name_of

PURSUE, HOLD, DROP = "Pursue", "Hold", "Drop"
FIELDS = ("decided_by", "decided_on")


def validate(doc):
	before = doc.get_doc_before_save()
	doc.decision_reason = (doc.decision_reason or "").strip() or None
	for field in FIELDS:
		doc.set(field, before.get(field) if before else None)
	old = before.decision if before else None
	if (doc.decision or None) == (old or None):
		return
	if doc.status in ("Won", "Lost") and not doc.flags.kam_written:
		frappe.throw(
			_("Decision: the opportunity is {0}, there is nothing left to decide. Reopen it first.").format(
				_(doc.status, context=doc.doctype)
			)
		)
	if doc.decision in (HOLD, DROP) and not doc.decision_reason:
		frappe.throw(
			_("Reason: please say why the opportunity is put on hold.")
			if doc.decision == HOLD
			else _("Reason: please say why the opportunity is dropped.")
		)
	sign(doc)


def sign(doc):
	"""Who decided, and when."""
	doc.decided_by = name_of(frappe.session.user) if doc.decision else None
	doc.decided_on = nowdate() if doc.decision else None
