"""Status and phase: they follow the decision, the gates and the documents."""

import frappe
from frappe import _
from frappe.utils import flt, nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import decision, gates

OPEN, ON_HOLD, WON, LOST, DROPPED = "Open", "On Hold", "Won", "Lost", "Dropped"
LIVING = (OPEN, ON_HOLD)
CLOSED = (WON, LOST, DROPPED)
OF_DECISION = {decision.PURSUE: OPEN, decision.HOLD: ON_HOLD, decision.DROP: DROPPED}


def validate(doc):
	follow_decision(doc)
	if doc.status in LIVING and gates.all_passed(doc, gates.ACQUISITION):
		win(doc)
	settle(doc)


def settle(doc):
	"""What follows from the status: phase, gates, day of closing and probability."""
	doc.phase = gates.ORDER if doc.status == WON else gates.ACQUISITION
	if doc.status == WON:
		gates.start_order_phase(doc)
	gates.set_current(doc)
	if doc.status in CLOSED:
		doc.closed_on = doc.closed_on or nowdate()
	else:
		doc.closed_on = None
	if not doc.probability_by_hand:
		doc.probability = 100 if doc.status == WON else gates.probability(doc)


def follow_decision(doc):
	before = doc.get_doc_before_save()
	old = before.decision if before else None
	if (doc.decision or None) == (old or None) or doc.status in (WON, LOST):
		return
	was = doc.status
	doc.status = OF_DECISION.get(doc.decision, OPEN)
	if was == DROPPED and doc.status != DROPPED:
		gates.take_back(doc)


def win(doc, on=None):
	forget_loss(doc)
	doc.status = WON
	doc.closed_on = on or nowdate()
	if doc.decision in (decision.HOLD, decision.DROP):
		doc.decision = decision.PURSUE
		decision.sign(doc)


def forget_loss(doc):
	"""Reasons of a loss do not explain what comes after it."""
	if doc.status == LOST:
		doc.set("reasons", [])
		doc.lost_to = None


def close(doc, outcome: str, on=None):
	"""Lost or dropped; whoever calls has the reason."""
	doc.status = outcome
	doc.closed_on = on or nowdate()


def reopen(doc):
	if doc.status not in CLOSED:
		frappe.throw(
			_("The opportunity is {0} and need not be reopened.").format(_(doc.status, context=doc.doctype))
		)
	if doc.status == WON and (flt(doc.ordered) or flt(doc.invoiced)):
		frappe.throw(_("The opportunity is won by orders. It opens again when these are cancelled."))
	forget_loss(doc)
	doc.status = OPEN
	doc.closed_on = None
	if doc.decision in (decision.DROP, decision.HOLD):
		doc.decision = decision.PURSUE
		doc.decision_reason = None
	gates.take_back(doc)
