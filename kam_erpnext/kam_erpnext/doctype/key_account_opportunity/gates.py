"""Gates of an opportunity: taken from a template, passed in their order, with evidence and documents that must be there."""

import frappe
from frappe import _
from frappe.utils import add_days, cint, escape_html, flt, formatdate, getdate

from kam_erpnext.kam_erpnext.doctype.key_account_opportunity.people import name_of

TEMPLATE = "Key Account Gate Template"
ACQUISITION, ORDER = "Acquisition", "Order"
PASS, REWORK, STOP = "Pass", "Rework", "Stop"
# of a line, copied from the template or written by the steps below
KEPT = (
	"gate",
	"phase",
	"outcome",
	"decided_on",
	"decided_by",
	"evidence_required",
	"document",
	"probability",
	"reworks",
)


def validate(doc):
	before = doc.get_doc_before_save()
	if doc.flags.kam_written:
		return
	if not before:
		doc.gate_template = doc.gate_template or default_template(ACQUISITION)
		doc.set("gates", [])
		if doc.gate_template:
			fill(doc, doc.gate_template)
		return
	keep_lines(doc, before)
	if (before.gate_template or None) != (doc.gate_template or None):
		change_template(doc)
	elif (doc.current_gate or "") != (before.current_gate or "") and doc.current_gate:
		move_to(doc, before)  # a card was dragged on the Kanban board


def keep_lines(doc, before):
	"""A person plans the day and enters the evidence; everything else is done with the buttons."""
	sent = {row.name: row for row in doc.gates}
	lines = []
	for old in before.gates:
		row = sent.get(old.name)
		if row is None:
			row = doc.append("gates", old.as_dict())
		if old.outcome in (PASS, STOP) and (row.evidence or "").strip() != (old.evidence or "").strip():
			frappe.throw(
				_(
					"Gates, line {0}: {1} was decided on {2}; its evidence stays as it was. Please add what is new to the next gate."
				).format(old.idx, escape_html(old.gate), formatdate(old.decided_on))
			)
		for field in KEPT:
			row.set(field, old.get(field))
		row.idx = old.idx
		lines.append(row)
	doc.gates = lines


def default_template(phase: str) -> str | None:
	"""The template new opportunities start with, or the one the order phase begins with."""
	for name in frappe.get_all(TEMPLATE, {"is_default": 1, "disabled": 0}, pluck="name", order_by="name"):
		if phase_of(name) == phase:
			return name
	return None


def phase_of(template: str) -> str | None:
	"""Phase a template begins with."""
	return frappe.db.get_value("Key Account Template Gate", {"parent": template, "idx": 1}, "phase")


def fill(doc, template: str, start=None):
	"""Append the gates of a template; days are counted from `start` (today)."""
	source = frappe.get_doc(TEMPLATE, template)
	if source.disabled:
		frappe.throw(
			_("Gates From: {0} is disabled. Please choose another template.").format(escape_html(template))
		)
	day = getdate(start)
	for row in source.gates:
		day = add_days(day, cint(row.days_after))
		doc.append(
			"gates",
			{
				"gate": row.gate,
				"phase": row.phase,
				"planned_on": day,
				"evidence_required": row.evidence_required,
				"document": row.document,
				"probability": row.probability,
			},
		)


def change_template(doc):
	if any(row.outcome for row in doc.gates):
		frappe.throw(_("Gates From: gates were decided already, so that the series cannot change any more."))
	doc.set("gates", [])
	if doc.gate_template:
		fill(doc, doc.gate_template)


# ---------------------------------------------------------------- where it stands


def lines_of(doc, phase: str) -> list:
	return [row for row in doc.gates if row.phase == phase]


def next_line(doc):
	"""The gate that is open now in the phase of the opportunity; None when all are passed."""
	return next((row for row in lines_of(doc, doc.phase or ACQUISITION) if row.outcome != PASS), None)


def all_passed(doc, phase: str) -> bool:
	lines = lines_of(doc, phase)
	return bool(lines) and all(row.outcome == PASS for row in lines)


def probability(doc) -> float:
	"""Probability of the last gate passed; 0 before the first one."""
	passed = [flt(row.probability) for row in lines_of(doc, ACQUISITION) if row.outcome == PASS]
	return passed[-1] if passed else 0.0


def set_current(doc):
	row = next_line(doc)
	doc.current_gate = row.gate if row else None
	doc.current_gate_number = sum(row.outcome == PASS for row in doc.gates)


# ---------------------------------------------------------------- steps


def pass_gate(doc, gate: str | None = None, evidence: str | None = None, on=None, by: str | None = None):
	"""Passes the gate that is open; the caller saves. `by` is a user."""
	row = open_line(doc, gate)
	evidence = (evidence or "").strip() or (row.evidence or "").strip()
	if row.evidence_required and not evidence:
		frappe.throw(
			_("Gate {0}, Evidence: please enter what was shown. Required: {1}").format(
				frappe.bold(escape_html(_(row.gate))), escape_html(_(row.evidence_required))
			),
			title=_("Evidence Missing"),
		)
	check_document(doc, row)
	decide(doc, row, PASS, on, by)
	row.evidence = evidence or None


def rework(doc, gate: str | None = None, reason: str | None = None, planned_on=None):
	"""Sends the open gate back, with a reason and maybe another day."""
	row = open_line(doc, gate)
	if not (reason or "").strip():
		frappe.throw(_("Reason: please say what has to be worked over."))
	decide(doc, row, REWORK)
	row.reworks = cint(row.reworks) + 1
	if planned_on:
		row.planned_on = getdate(planned_on)


def stop(doc, gate: str | None = None, on=None, by: str | None = None):
	"""Stops at the open gate."""
	decide(doc, open_line(doc, gate), STOP, on, by)


def undo(doc):
	"""Takes back the last gate that was passed."""
	_check_living(doc)
	passed = [row for row in lines_of(doc, doc.phase) if row.outcome == PASS]
	if not passed:
		frappe.throw(_("No gate of this phase was passed, so that there is nothing to take back."))
	row = passed[-1]
	_clear(row)
	return row


def decide(doc, row, outcome: str, on=None, by: str | None = None):
	day = getdate(on)
	if day > getdate():
		frappe.throw(
			_("Day: {0} lies in the future. Please enter today or an earlier day.").format(formatdate(day))
		)
	earlier = [getdate(other.decided_on) for other in doc.gates if other.outcome == PASS and other.decided_on]
	if earlier and day < max(earlier):
		frappe.throw(
			_("Day: {0} lies before {1}, when the gate before was passed. Please enter a later day.").format(
				formatdate(day), formatdate(max(earlier))
			)
		)
	row.outcome = outcome
	row.decided_on = day
	row.decided_by = name_of(by or frappe.session.user)


def open_line(doc, gate: str | None = None):
	_check_living(doc)
	row = next_line(doc)
	if not row:
		frappe.throw(
			_("All gates are passed.")
			if doc.gates
			else _("There are no gates. Please choose a template in the field Gates From.")
		)
	if gate and gate != row.gate:
		frappe.throw(
			_("Gate {0} cannot be decided now: {1} comes first.").format(
				frappe.bold(escape_html(gate)), frappe.bold(escape_html(row.gate))
			)
		)
	return row


def _check_living(doc):
	if doc.status == "On Hold":
		frappe.throw(_("The opportunity is on hold. Please decide to pursue it before you decide a gate."))
	if doc.status in ("Lost", "Dropped"):
		frappe.throw(
			_("The opportunity is {0}. Please reopen it before you decide a gate.").format(
				_(doc.status, context=doc.doctype)
			)
		)


def check_document(doc, row):
	from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import documents

	if row.document and not documents.find(doc, row.document):
		frappe.throw(
			_(
				"Gate {0} needs a document: {1}. Please make it with the button Create, or name this opportunity in the field Key Account Opportunity of an existing one."
			).format(frappe.bold(escape_html(row.gate)), frappe.bold(_needed(row.document))),
			title=_("Document Missing"),
		)


def _needed(document: str) -> str:
	submitted = {"Quotation": _("a submitted Quotation"), "Sales Order": _("a submitted Sales Order")}
	return submitted.get(document) or _(document)


def move_to(doc, before):
	"""Dragged to the next column means that the gate before it is passed."""
	target = doc.current_gate
	lines = lines_of(doc, doc.phase)
	names = [row.gate for row in lines]
	row = next_line(doc)
	if not row or target not in names:
		frappe.throw(
			_("{0} is not a gate of this opportunity. Its gates are: {1}.").format(
				frappe.bold(escape_html(target)), ", ".join(map(escape_html, names)) or _("none")
			)
		)
	if names.index(target) != names.index(row.gate) + 1:
		frappe.throw(
			_(
				"Gates are passed one after the other: {0} is open. To take a gate back, open the form."
			).format(frappe.bold(escape_html(row.gate)))
		)
	pass_gate(doc, row.gate)


# ---------------------------------------------------------------- after the order, and back


def start_order_phase(doc):
	"""The order is won: the gates of the order phase begin."""
	if lines_of(doc, ORDER):
		return
	if template := default_template(ORDER):
		fill(doc, template, start=doc.closed_on)


def leave_order_phase(doc):
	doc.gates = [row for row in doc.gates if row.phase != ORDER or row.outcome]
	for number, row in enumerate(doc.gates, start=1):
		row.idx = number


def take_back(doc):
	"""Reopened: the gate at which it was stopped is open again."""
	for row in doc.gates:
		if row.outcome == STOP:
			_clear(row)
	if all_passed(doc, ACQUISITION):
		_clear(lines_of(doc, ACQUISITION)[-1])
	leave_order_phase(doc)


def pass_with_order(doc, order: str, on=None):
	"""An order passes the open gate that asks for nothing but an order."""
	doc.phase = ACQUISITION
	row = next_line(doc)
	if row and row.document == "Sales Order" and row.outcome != STOP:
		row.evidence = row.evidence or _("Sales Order {0}").format(order)
		row.outcome, row.decided_on, row.decided_by = PASS, getdate(on), name_of(frappe.session.user)


def take_back_order(doc):
	"""The order is gone: the gate that asks for one is open again."""
	for row in lines_of(doc, ACQUISITION):
		if row.document == "Sales Order" and row.outcome == PASS:
			_clear(row)


def _clear(row):
	row.outcome = row.decided_on = row.decided_by = None
