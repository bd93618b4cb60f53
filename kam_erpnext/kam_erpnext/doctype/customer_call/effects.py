"""What a reported call brings about: follow-ups become actions or to-dos, remarks become market notes.

Everything happens once and in the transaction of the report: a row carries a mark when something was made of it, and the
mark stays when that was deleted later. Corrections of a row are taken over as long as nobody has changed what was made of it.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.desk.form.assign_to import notify_assignment
from frappe.utils import cint, escape_html, getdate

from kam_erpnext.data import call_time
from kam_erpnext.data.permissions import may_see_account
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN, make_action

CALL, ACTION, NOTE, TODO = "Customer Call", "Key Account Action", "Market Intelligence", "ToDo"
# a follow-up without a day
DAYS_TO_FOLLOW_UP = 7
TITLE = 140
# what stands in a row about what was made of it: written here only
MARKS = {"follow_ups": ("action", "todo", "taken_up"), "remarks": ("note", "taken_up")}


def keep_links(call, before):
	"""Marks are those stored; what a client sends for them is ignored."""
	for table, fields in MARKS.items():
		known = {row.name: row for row in before.get(table)} if before else {}
		for row in call.get(table):
			for field in fields:
				stored = known[row.name].get(field) if row.name in known else None
				row.set(field, cint(stored) if field == "taken_up" else stored)
	for row in call.follow_ups:
		row.subject = " ".join((row.subject or "").split())
		if row.due:
			row.due = getdate(row.due)


def carry_out(call):
	"""Makes what is still to be made of a report, and takes corrections over."""
	before = call.get_doc_before_save()
	old = {row.name: row for table in MARKS for row in (before.get(table) if before else []) if row.taken_up}
	for row in call.follow_ups:
		if not row.taken_up:
			follow_up(call, row)
		elif row.name in old:
			correct_follow_up(call, row, old[row.name])
	for row in call.remarks:
		if not row.taken_up:
			take_note(call, row)
		elif row.name in old:
			correct_note(call, row, old[row.name])


def _mark(row, **values):
	row.update({**values, "taken_up": 1})
	frappe.db.set_value(row.doctype, row.name, {**values, "taken_up": 1}, update_modified=False)


def _tell(text: str):
	frappe.msgprint(text, indicator="orange", alert=True)


# ---------------------------------------------------------------- follow-ups


def follow_up(call, row):
	"""An action of the account; a to-do that refers to the call where the customer belongs to no account."""
	row.responsible = row.responsible or call.user or frappe.session.user
	row.due = row.due or max(call_time.today_of(call.user), getdate(call.made_on)) + timedelta(
		days=DAYS_TO_FOLLOW_UP
	)
	given = {"responsible": row.responsible, "due": row.due}
	if call.key_account and frappe.has_permission(ACTION, "create"):
		action = make_action(
			call.key_account,
			row.subject,
			row.responsible,
			row.due,
			# whoever calls on a customer may leave work for its account without being in the team
			ignore_permissions=not may_see_account(call.key_account),
			origin="Call",
			origin_doctype=CALL,
			origin_name=call.name,
			origin_text=call.title,
		)
		_mark(row, action=action.name, **given)
	else:
		_mark(row, todo=make_todo(call, row), **given)


def make_todo(call, row) -> str:
	enabled = frappe.get_cached_value("User", row.responsible, "enabled")
	if not cint(enabled):
		frappe.throw(
			_("Follow-ups, line {0}: {1} is disabled. Please choose somebody else.").format(
				row.idx, escape_html(row.responsible)
			)
		)
	todo = frappe.get_doc(
		{
			"doctype": TODO,
			"allocated_to": row.responsible,
			"assigned_by": frappe.session.user,
			"description": _todo_text(call, row.subject),
			"date": row.due,
			"reference_type": CALL,
			"reference_name": call.name,
		}
	)
	# whoever reports a call may give work away
	todo.insert(ignore_permissions=True)
	notify_assignment(
		todo.assigned_by, todo.allocated_to, todo.reference_type, todo.reference_name, description=row.subject
	)
	return todo.name


def _todo_text(call, subject: str) -> str:
	return escape_html(f"{subject} ({call.customer_name or call.customer})")


def correct_follow_up(call, row, old):
	"""Another text, day or person of a follow-up changes its action or to-do while that is open."""
	changed = {
		field: row.get(field)
		for field in ("subject", "due", "responsible")
		if row.get(field) and str(row.get(field)) != str(old.get(field) or "")
	}
	if not changed:
		return
	if row.action:
		action = frappe.get_doc(ACTION, row.action, for_update=True)
		if action.status not in OPEN:
			return
		if "subject" in changed and action.subject == _cut(old.subject):
			action.subject = _cut(row.subject)
		if "due" in changed and action.end_date == getdate(old.due):
			action.end_date = row.due
			action.start_date = min(getdate(action.start_date or row.due), getdate(row.due))
		if "responsible" in changed and action.responsible == old.responsible:
			action.responsible = row.responsible
		# the report is corrected by somebody who may change it; see follow_up
		action.save(ignore_permissions=not may_see_account(action.key_account))
	elif row.todo:
		todo = frappe.get_doc(TODO, row.todo, for_update=True)
		if todo.status != "Open":
			return
		todo.description = _todo_text(call, row.subject)
		todo.date, todo.allocated_to = row.due, row.responsible or todo.allocated_to
		# see make_todo
		todo.save(ignore_permissions=True)


def _cut(text: str, length: int = TITLE) -> str:
	text = " ".join((text or "").split())
	return text if len(text) <= length else f"{text[: length - 1]}…"


# ---------------------------------------------------------------- remarks


def take_note(call, row):
	"""A market note about the account; without one about the territory of the customer, which it does not name."""
	if not frappe.has_permission(NOTE, "create"):
		_tell(_("The remarks stay on the call: you may not create market notes."))
		return
	note = frappe.get_doc(
		{
			"doctype": NOTE,
			**_words(row),
			"noted_on": min(getdate(call.made_on), getdate()),
			"direction": "Neutral",
			"key_account": call.key_account,
			"territory": None if call.key_account else call.territory,
			"source": call.title if call.key_account else _("Call on a customer"),
			"origin_doctype": CALL,
			"origin_name": call.name,
		}
	)
	# whoever calls on a customer may note something for its account without being in the team
	note.flags.ignore_permissions = bool(call.key_account) and not may_see_account(call.key_account)
	note.insert()
	_mark(row, note=note.name)


def _words(row) -> dict:
	return {
		"title": _cut(row.remark),
		"what": escape_html((row.remark or "").strip()).replace("\n", "<br>"),
		"kind": row.kind or "Competitor Move",
		"competitor": row.competitor or None,
	}


def correct_note(call, row, old):
	"""A corrected remark is written over the note while that still says what the remark said."""
	now, then = _words(row), _words(old)
	if now == then or not row.note:
		return
	note = frappe.get_doc(NOTE, row.note, for_update=True)
	if note.title != then["title"]:
		return
	note.update({field: value for field, value in now.items() if value != then[field]})
	# the remark is corrected by somebody who may change the report
	note.save(ignore_permissions=True)


# ---------------------------------------------------------------- needs


def need_to_profile(call) -> bool:
	"""Puts what the customer needs on the profile of its account, once. Whether it was not there before."""
	need = (call.needs_heard or "").strip()
	if not need:
		frappe.throw(_("Needs Heard is empty. Please enter first what the customer needs."))
	if not call.key_account:
		frappe.throw(
			_("The customer belongs to no key account, so there is no profile. The need stays on the call.")
		)
	account = frappe.get_doc("Key Account", call.key_account, for_update=True)
	account.check_permission("write")
	if any((row.need or "").strip().casefold() == need.casefold() for row in account.needs):
		return False
	from kam_erpnext.kam_erpnext.doctype.customer_call.customer_call import contacts_of_customer

	met = [row.contact for row in call.contacts if row.met and row.contact]
	ours = contacts_of_customer(call.customer, met)
	account.append(
		"needs",
		{
			"need": need,
			"confirmed_on": min(getdate(call.made_on), getdate()) if call.made_on else None,
			"contact": next((name for name in met if name in ours), None) if call.made_on else None,
		},
	)
	account.save()
	return True


# ---------------------------------------------------------------- when something is deleted


def forget_call(call):
	"""A call that is deleted leaves what was made of it. Market notes: see hooks, `forget_origin`."""
	frappe.db.set_value(
		ACTION,
		{"origin_doctype": CALL, "origin_name": call.name},
		{"origin_doctype": None, "origin_name": None},
		update_modified=False,
	)
	frappe.db.set_value(
		TODO,
		{"reference_type": CALL, "reference_name": call.name},
		{"reference_type": None, "reference_name": None},
		update_modified=False,
	)
