"""The statements of a scheme: made when it is submitted, calculated again while it runs, final when it is closed.

Whoever calculates holds a lock on the scheme, so that two people who press at once follow each other and nothing is made or
paid twice. Calculating again changes nothing but what documents have changed.
"""

import json
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt, formatdate, getdate, now_datetime

from kam_erpnext.data import incentive_access as access
from kam_erpnext.data import incentives
from kam_erpnext.engine import incentive as engine

SCHEME, STATEMENT = access.SCHEME, access.STATEMENT
DRAFT, FINAL, WITHDRAWN = "Draft", "Final", "Withdrawn"
RUNNING, CLOSED = "Running", "Closed"
# more people are calculated by a worker
AT_ONCE = 10
QUEUE, TIMEOUT = "long", 3600
# digits of amounts
CENTS = 2


# ---------------------------------------------------------------- life


def start(scheme) -> None:
	"""A scheme was submitted: each participant gets a draft."""
	for participant in scheme.participants:
		statement = frappe.new_doc(STATEMENT)
		statement.update(_head(scheme, participant))
		if len(scheme.participants) <= AT_ONCE:
			_calculate(statement, scheme, participant)
		_write(statement)
	if len(scheme.participants) > AT_ONCE:
		_enqueue(scheme.name)


def recalculate(scheme: str) -> int:
	"""Calculates the drafts of a running scheme again; how many there are."""
	doc = _locked(scheme)
	if doc.docstatus != 1 or doc.status != RUNNING:
		return 0
	return len(_recalculated(doc))


def recalculate_one(name: str) -> bool:
	"""Calculates one draft again; False when it is final."""
	scheme = _locked(frappe.db.get_value(STATEMENT, name, "scheme"))
	statement = frappe.get_doc(STATEMENT, name, for_update=True)
	if statement.status != DRAFT or scheme.status != RUNNING:
		return False
	participant = next(row for row in scheme.participants if row.name == statement.statement_key)
	_calculate(statement, scheme, participant)
	_write(statement)
	return True


def close(scheme: str, accept_unknown: bool = False) -> dict:
	"""Makes the statements of a scheme final: `closed`, `unknown` (person, measures that are not known), `message`.

	What is not known pays nothing; it is asked for before, unless that is accepted. A second call changes nothing.
	"""
	doc = _locked(scheme)
	title = escape_html(doc.title)
	if doc.docstatus == 1 and doc.status == CLOSED:
		return {"closed": True, "unknown": [], "message": _("{0} was closed already.").format(title)}
	if doc.docstatus != 1 or doc.status != RUNNING:
		frappe.throw(
			_("{0} is {1}. Only a running scheme can be closed.").format(
				title, _(doc.status, context=doc.doctype)
			)
		)
	if getdate() <= getdate(doc.to_date):
		frappe.throw(
			_(
				"{0} runs until {1}. It can be closed from the day after; to end it earlier, cancel it and amend it with other days."
			).format(title, formatdate(doc.to_date))
		)
	found = _recalculated(doc)
	unknown = [
		{
			"person": row.user_name or row.user,
			"measures": [line.measure for line in row.lines if not line.known],
		}
		for row in found
		if any(not line.known for line in row.lines)
	]
	if unknown and not accept_unknown:
		return {
			"closed": False,
			"unknown": unknown,
			"message": _("Some measures are not known; they would pay nothing."),
		}
	now, user = now_datetime(), frappe.session.user
	for statement in found:
		statement.update({"status": FINAL, "finalised_on": now, "finalised_by": user})
		_write(statement)
	doc.db_set({"status": CLOSED, "closed_on": now, "closed_by": user})
	doc.notify_update()
	return {
		"closed": True,
		"unknown": unknown,
		"message": _("{0} is closed; {1} statements are final.").format(title, len(found)),
	}


def withdraw(scheme) -> None:
	"""A scheme was cancelled: drafts go, final statements stay and say that they do not hold any more."""
	_lock(scheme.name)
	for name, status in _names(scheme.name):
		statement = frappe.get_doc(STATEMENT, name, for_update=True)
		if status == FINAL:
			statement.status = WITHDRAWN
			_write(statement)
		elif status == DRAFT:
			statement.flags.by_scheme = True
			# whoever may cancel the scheme ends its drafts; nobody else can delete a statement
			statement.delete(ignore_permissions=True, delete_permanently=True)


def recalculate_all() -> None:
	"""Daily: the drafts of every running scheme. What fails for one is logged and leaves the others."""
	for name in frappe.get_all(SCHEME, {"docstatus": 1, "status": RUNNING}, pluck="name", order_by="name"):
		execute(name)


def execute(scheme: str) -> None:
	"""The background job, safe to run twice."""
	try:
		frappe.db.commit()  # begins a new snapshot
		recalculate(scheme)
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Key Account Incentive Scheme {scheme}")
		frappe.db.commit()


def _enqueue(scheme: str) -> None:
	frappe.enqueue(
		execute,
		queue=QUEUE,
		timeout=TIMEOUT,
		job_id=f"kam-incentives-{scheme}",
		deduplicate=True,
		enqueue_after_commit=True,
		scheme=scheme,
	)


# ---------------------------------------------------------------- one statement


def _lock(scheme: str) -> None:
	frappe.db.get_value(SCHEME, scheme, "name", for_update=True)


def _locked(scheme: str):
	"""The scheme as it is once nobody else writes its statements."""
	return frappe.get_doc(SCHEME, scheme, for_update=True)


def _names(scheme: str) -> list[tuple[str, str]]:
	"""Statements of a scheme and their states, as they are now, whatever this transaction has read before."""
	table = frappe.qb.DocType(STATEMENT)
	query = frappe.qb.from_(table).select(table.name, table.status).where(table.scheme == scheme)
	return query.orderby(table.name).for_update().run()


def _recalculated(scheme) -> list:
	participants = {row.name: row for row in scheme.participants}
	found = []
	for name, status in _names(scheme.name):
		if status != DRAFT:
			continue
		statement = frappe.get_doc(STATEMENT, name, for_update=True)
		_calculate(statement, scheme, participants[statement.statement_key])
		_write(statement)
		found.append(statement)
	return found


def _write(statement) -> None:
	"""Nobody has the right to write a statement: what it says comes from documents alone."""
	statement.flags.by_scheme = True
	statement.flags.ignore_permissions = True  # see above; who may start it is checked by the caller
	statement.flags.ignore_links = True  # a person may have been deleted since
	statement.save()


def _head(scheme, participant) -> dict:
	"""What a statement says of its scheme, so that its reader need not see the scheme."""
	return {
		"scheme": scheme.name,
		"scheme_title": scheme.title,
		"statement_key": participant.name,
		"user": participant.user,
		"user_name": frappe.db.get_value("User", participant.user, "full_name") or participant.user,
		"sales_person": participant.sales_person,
		"territory": participant.territory,
		"company": scheme.company,
		"currency": scheme.currency,
		"from_date": scheme.from_date,
		"to_date": scheme.to_date,
		"at_target": participant.amount,
		"cap": scheme.cap,
		"curve": json.dumps([[flt(row.attainment), flt(row.payout)] for row in scheme.curve]),
		"note": scheme.note,
		"status": DRAFT,
	}


def _calculate(statement, scheme, participant, on: date | None = None) -> None:
	"""Reads the figures and works out what is paid; in memory."""
	until = min(getdate(on), getdate(scheme.to_date))
	found = incentives.values(scheme, participant, until)
	lines = []
	for row in scheme.measures:
		value = found[row.measure]
		lines.append(
			engine.Line(
				row.measure,
				flt(row.weight),
				value.due,
				value.actual,
				flt(row.threshold),
				flt(row.cap) or None,
				bool(row.lower_is_better),
			)
		)
	curve = [engine.Knot(flt(row.attainment), flt(row.payout)) for row in scheme.curve]
	paid = engine.statement(lines, flt(participant.amount), curve).lines
	statement.set("lines", [])
	for row, result in zip(scheme.measures, paid, strict=True):
		value = found[row.measure]
		statement.append("lines", _line(row, value, result, scheme.currency))
	# every line in whole cents, so that they add up to what is paid
	before = flt(sum(line.amount for line in statement.lines), CENTS)
	most = flt(flt(participant.amount) * flt(scheme.cap) / 100.0, CENTS) if flt(scheme.cap) else before
	statement.update(
		{
			"as_of": until,
			"calculated_on": now_datetime(),
			"before_cap": before,
			"amount": min(before, most),
			"known_share": flt(sum(flt(line.weight) for line in statement.lines if line.known), 4),
			"customers": len(incentives.scope_of(statement).customers()),
		}
	)


def _line(row, value: incentives.Value, result: engine.Paid, currency: str) -> dict:
	return {
		"measure": row.measure,
		"unit": value.unit,
		"weight": row.weight,
		"target": value.target or 0,
		"target_known": cint(value.target is not None),
		"due": value.due or 0,
		"actual": value.actual or 0,
		"actual_known": cint(value.actual is not None),
		"known": cint(result.attainment is not None),
		"attainment": result.attainment or 0,
		"payout": result.payout or 0,
		"amount": flt(result.amount, CENTS),
		"threshold": row.threshold,
		"cap": row.cap,
		"lower_is_better": row.lower_is_better,
		"documents": value.documents,
		"explanation": value.explanation,
		"currency": currency,
	}
