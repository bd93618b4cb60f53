"""What the form of a Key Account Opportunity, its list and the forms of ERPNext ask the server for."""

import frappe
from frappe import _
from frappe.utils import cint, cstr, date_diff, escape_html, flt, getdate

from kam_erpnext.api.answers import OpportunityState
from kam_erpnext.api.arguments import read_names
from kam_erpnext.data import accounts
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import (
	conversion,
	documents,
	gates,
	rating,
	status,
)

DOCTYPE = "Key Account Opportunity"


@frappe.whitelist(methods=["GET"])
def state(opportunity: str) -> dict:
	"""Everything the page of an opportunity shows, with the rights of the reader. Unknown is None.

	Returns `status, phase, currency, amount, probability, priority, profit, profit_known, total_amount, amounts, gates, age, old,
	overdue, documents, open_quotations, power_map`; `age` in days at the present gate.
	"""
	doc = frappe.get_doc(DOCTYPE, opportunity)
	doc.check_permission("read")
	settings = get_settings()
	priority = rating.priority_of(doc, rating.reference_amount(doc.company), settings)
	answers = rating.answers_of(doc)
	open_deal = doc.status in status.LIVING
	amounts = documents.amounts(doc)  # a quotation may have expired since they were stored
	return {
		"status": doc.status,
		"phase": doc.phase,
		"currency": doc.currency,
		"amount": flt(doc.amount) or None,
		"probability": answers.probability,
		"priority": {
			"score": priority.score if open_deal else flt(doc.priority_score) if doc.priority_known else None,
			"known": priority.known if open_deal else flt(doc.priority_known),
			"quick_win": bool(doc.quick_win),
			"text": doc.priority_text,
			"parts": [
				{"label": label, "weight": part.weight, "score": part.score, "points": part.points}
				for label, part in zip(_labels(priority), priority.parts, strict=True)
			],
		},
		"profit": flt(doc.profit_potential) if flt(doc.profit_known) else None,
		"profit_known": flt(doc.profit_known),
		"total_amount": flt(doc.total_amount) or None,
		"amounts": {part: flt(amounts.get(part)) for part in documents.AMOUNTS},
		"gates": _gates(doc),
		"age": _age(doc) if open_deal else None,
		"old": bool(open_deal and cint(settings.ageing_days) and _age(doc) > cint(settings.ageing_days)),
		"overdue": bool(open_deal and doc.expected_close and getdate(doc.expected_close) < getdate()),
		"documents": documents.listing(doc),
		"open_quotations": conversion.open_quotations(doc)
		if frappe.has_permission("Quotation", "read")
		else [],
		"power_map": _power_map(doc),
	}


def _labels(priority) -> list[str]:
	names = rating.labels()
	return [names[part.key] for part in priority.parts]


def _gates(doc) -> list[dict]:
	here = gates.next_line(doc)
	rows = []
	for row in doc.gates:
		is_here = row is here and doc.status not in (status.LOST, status.DROPPED)
		rows.append(
			{
				"gate": row.gate,
				"phase": row.phase,
				"planned_on": cstr(row.planned_on) or None,
				"outcome": row.outcome or None,
				"decided_on": cstr(row.decided_on) or None,
				"decided_by": row.decided_by,
				"evidence_required": row.evidence_required and _(row.evidence_required),
				"evidence": row.evidence,
				"document": row.document or None,
				"document_name": documents.find(doc, row.document) if is_here and row.document else None,
				"reworks": cint(row.reworks),
				"here": is_here,
				"late": bool(is_here and row.planned_on and getdate(row.planned_on) < getdate()),
			}
		)
	return rows


def _age(doc) -> int:
	"""Days at the present gate."""
	decided = [getdate(row.decided_on) for row in doc.gates if row.outcome == gates.PASS and row.decided_on]
	return date_diff(getdate(), max(decided, default=getdate(doc.creation)))


def _power_map(doc) -> dict | None:
	"""The current power map of the opportunity, else of its ERPNext opportunity, else of the account."""
	if not frappe.has_permission("Power Map", "read"):
		return None
	from kam_erpnext.kam_erpnext.doctype.power_map.power_map import current_map

	for opportunity in filter(None, (doc.name, doc.opportunity)):
		if name := current_map(doc.key_account, opportunity):
			return _map_row(name, of="Opportunity")
	name = current_map(doc.key_account)
	return _map_row(name, of="Key Account") if name else None


def _map_row(name: str, of: str) -> dict:
	title, people = frappe.db.get_value("Power Map", name, ["title", "people_count"])
	return {"name": name, "title": title, "people": cint(people), "of": of}


@frappe.whitelist(methods=["GET"])
def customers(key_account: str) -> list[str]:
	"""Customers of an account and of those below it that the reader may see: who can buy."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	return accounts.visible_customers(key_account)


# ---------------------------------------------------------------- gates


def _open(opportunity: str, modified: str | None = None):
	doc = frappe.get_doc(DOCTYPE, opportunity, for_update=True)
	doc.check_permission("write")
	if modified and cstr(doc.modified) != modified:
		frappe.throw(
			_("{0} was changed by {1} after you opened it. Please reload it.").format(
				escape_html(doc.title), escape_html(doc.modified_by)
			),
			frappe.TimestampMismatchError,
			title=_("Opportunity Has Changed"),
		)
	return doc


def _save(doc) -> OpportunityState:
	doc.flags.kam_written = True
	doc.save()
	return {"status": doc.status, "gate": doc.current_gate, "probability": flt(doc.probability)}


@frappe.whitelist(methods=["POST"])
def pass_gate(
	opportunity: str,
	gate: str | None = None,
	evidence: str | None = None,
	on: str | None = None,
	modified: str | None = None,
) -> OpportunityState:
	"""Pass the gate that is open; its evidence and document must be there. Returns `status, gate, probability`."""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	gates.pass_gate(doc, gate, evidence, on)
	return _save(doc)


@frappe.whitelist(methods=["POST"])
def rework_gate(
	opportunity: str,
	reason: str,
	gate: str | None = None,
	planned_on: str | None = None,
	modified: str | None = None,
) -> OpportunityState:
	"""Send the gate that is open back to be worked over; the reason becomes a comment. Returns `status, gate, probability`."""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	gate = gate or doc.current_gate
	gates.rework(doc, gate, reason, planned_on)
	answer = _save(doc)
	doc.add_comment("Comment", _("{0}: rework. {1}").format(escape_html(gate), escape_html(reason)))
	return answer


@frappe.whitelist(methods=["POST"])
def undo_gate(opportunity: str, reason: str, modified: str | None = None) -> OpportunityState:
	"""Take back the last gate that was passed; the reason becomes a comment. Returns `status, gate, probability`."""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	if not reason.strip():
		frappe.throw(_("Reason: please say why the gate is taken back."))
	row = gates.undo(doc)
	answer = _save(doc)
	doc.add_comment("Comment", _("{0}: taken back. {1}").format(escape_html(row.gate), escape_html(reason)))
	return answer


@frappe.whitelist(methods=["POST"])
def stop(
	opportunity: str,
	outcome: str,
	reason: str | None = None,
	reasons: list | str | None = None,
	lost_to: str | None = None,
	modified: str | None = None,
) -> OpportunityState:
	"""End the opportunity at the gate that is open: Lost to somebody else, or Dropped by us. Both need a reason.

	Returns `status, gate, probability`.
	"""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	if outcome not in (status.LOST, status.DROPPED):
		frappe.throw(_("Outcome: please choose Lost or Dropped."))
	if doc.status in status.CLOSED:
		frappe.throw(_("The opportunity is {0} already.").format(_(doc.status, context=doc.doctype)))
	reason = (reason or "").strip()
	reasons = read_names(reasons or [], "reasons")
	if outcome == status.DROPPED:
		if not reason:
			frappe.throw(_("Reason: please say why the opportunity is dropped."))
		doc.decision, doc.decision_reason = "Drop", reason
	else:
		if not reason and not reasons:
			frappe.throw(_("Reasons: please choose or write at least one reason why it is lost."))
		doc.lost_to = lost_to or doc.lost_to
		doc.customer_view = reason or doc.customer_view
		known = {row.reason for row in doc.reasons}
		for name in reasons:
			if name not in known:
				doc.append("reasons", {"reason": name})
	if doc.status == status.OPEN and gates.next_line(doc):
		gates.stop(doc)
	status.close(doc, outcome)
	return _save(doc)


@frappe.whitelist(methods=["POST"])
def reopen(opportunity: str, reason: str, modified: str | None = None) -> OpportunityState:
	"""Open a lost or dropped opportunity again; the reason becomes a comment. Returns `status, gate, probability`."""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	if not reason.strip():
		frappe.throw(_("Reason: please say why the opportunity is opened again."))
	was = [
		_(doc.status, context=doc.doctype),
		*(row.reason for row in doc.reasons),
		doc.lost_to if doc.status == status.LOST else None,
	]
	status.reopen(doc)
	answer = _save(doc)
	text = _("Reopened, was {0}. {1}").format(", ".join(filter(None, was)), reason)
	doc.add_comment("Comment", escape_html(text))
	return answer


@frappe.whitelist(methods=["POST"])
def win(opportunity: str, on: str | None = None, modified: str | None = None) -> OpportunityState:
	"""Won without an order in this system, for example by a framework contract. Returns `status, gate, probability`."""
	doc = _open(opportunity, modified)
	doc.check_permission("write")
	if doc.status in status.CLOSED:
		frappe.throw(_("The opportunity is {0} already.").format(_(doc.status, context=doc.doctype)))
	status.win(doc, getdate(on) if on else None)
	return _save(doc)


# ---------------------------------------------------------------- documents of ERPNext


@frappe.whitelist(methods=["POST"])
def make_opportunity(opportunity: str) -> str:
	"""Make the ERPNext Opportunity, once. Returns its name."""
	doc = _open(opportunity)
	doc.check_permission("write")
	frappe.has_permission("Opportunity", "create", throw=True)
	return conversion.opportunity_of(doc).insert().name


@frappe.whitelist(methods=["POST"])
def make_project(opportunity: str) -> str:
	"""Make the Project that carries it out, once. Returns its name."""
	doc = _open(opportunity)
	doc.check_permission("write")
	frappe.has_permission("Project", "create", throw=True)
	return conversion.project_of(doc).insert().name


@frappe.whitelist(methods=["POST"])
def make_quotation(source_name: str, target_doc: str | None = None) -> dict:
	"""A new Quotation for the form, not saved."""
	doc = frappe.get_doc(DOCTYPE, source_name)
	doc.check_permission("read")
	frappe.has_permission("Quotation", "create", throw=True)
	return conversion.quotation_of(doc)


@frappe.whitelist(methods=["POST"])
def make_sales_order(source_name: str, target_doc: str | None = None, quotation: str | None = None) -> dict:
	"""A new Sales Order for the form, not saved: from the open quotation, if there is one."""
	doc = frappe.get_doc(DOCTYPE, source_name)
	doc.check_permission("read")
	frappe.has_permission("Sales Order", "create", throw=True)
	return conversion.order_of(doc, quotation or (frappe.flags.args or {}).get("quotation"))


@frappe.whitelist(methods=["POST"])
def from_document(doctype: str, name: str, key_account: str | None = None) -> str:
	"""Make an opportunity of a document of ERPNext, which with its relatives then belongs to it. Returns its name."""
	if doctype not in documents.DOCTYPES:
		frappe.throw(_("An opportunity cannot be made of a {0}.").format(_(doctype)))
	source = frappe.get_doc(doctype, name, for_update=True)
	source.check_permission("write")
	frappe.has_permission(DOCTYPE, "create", throw=True)
	if key_account:
		frappe.get_doc("Key Account", key_account).check_permission("read")
	doc = conversion.from_document(source, key_account).insert()
	conversion.attach(doc, source)
	return doc.name


@frappe.whitelist(methods=["GET"])
def account_of_document(doctype: str, name: str) -> dict | None:
	"""The key account of the customer of a document, for the button on its form; None without one.

	Returns `name, account_name`.
	"""
	if doctype not in documents.DOCTYPES:
		frappe.throw(_("An opportunity cannot be made of a {0}.").format(_(doctype)))
	source = frappe.get_doc(doctype, name)
	source.check_permission("read")
	party = conversion.party_of(source)
	account = conversion.account_of(*party) if party else None
	if not account or not frappe.has_permission("Key Account", "read", doc=account):
		return None
	return {"name": account, "account_name": frappe.db.get_value("Key Account", account, "account_name")}
