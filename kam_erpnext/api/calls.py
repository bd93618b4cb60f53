"""Calls on customers: planning, preparing, reporting and moving them, and the day of a person.

Times are sent as the clock of the person who makes the call shows them, or with their offset (2026-03-31T14:30:00+09:00).
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, cstr, getdate

from kam_erpnext.api.answers import CallDay, CallState, CallWeekday, MovedCall, ReportedCall
from kam_erpnext.api.arguments import parsed
from kam_erpnext.data import call_time, calls
from kam_erpnext.data.calls import CALL, OPEN, CallFilters
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED, PLANNED, PREPARED
from kam_erpnext.kam_erpnext.doctype.customer_call import effects, reporting

# how far back a day sheet looks for open calls
OVERDUE_ROWS = 100


def _locked(call: str):
	"""The call for changing it: whoever comes second waits and then finds what the first one has written."""
	return frappe.get_doc(CALL, call, for_update=True)


def _answer(doc, **values) -> dict:
	return {
		"name": doc.name,
		"status": doc.status,
		"planned_on": str(doc.planned_on),
		"modified": str(doc.modified),
		**values,
	}


@frappe.whitelist(methods=["POST"])
def plan(
	customer: str,
	method: str,
	planned_on: str | None = None,
	starts_at: str | None = None,
	duration: int | str | None = None,
	contacts: str | list | None = None,
	objective: str | None = None,
	user: str | None = None,
) -> str:
	"""Plans a call by `user`, by default the caller. Returns its name. A time decides about the day."""
	frappe.has_permission(CALL, "create", throw=True)
	doc = frappe.new_doc(CALL)
	doc.update({"customer": customer, "method": method, "user": user or frappe.session.user})
	doc.objective = (objective or "").strip() or None
	if duration not in (None, ""):
		doc.duration = cint(duration)
	_set_day(doc, planned_on, starts_at)
	for contact in _contacts(contacts):
		doc.append("contacts", {"contact": contact, "met": 1})
	doc.insert()
	return doc.name


def _set_day(doc, planned_on: str | None, starts_at: str | None):
	if planned_on:
		call_time.from_user_time(planned_on, doc.user, _("Planned On"))  # a clear message for what is no day
		doc.planned_on = getdate(planned_on)
	doc.starts_at = call_time.from_user_time(starts_at, doc.user, _("Starts At")) if starts_at else None
	if not doc.planned_on and not doc.starts_at:
		frappe.throw(_("Please say on which day the call shall be made."))


def _contacts(contacts: str | list | None) -> list[str]:
	if not contacts:
		return []
	names = parsed(contacts, list, _("Contacts: people must be sent as a list of contacts."))
	names = [name.get("contact") if isinstance(name, dict) else name for name in names]
	return list(dict.fromkeys(cstr(name) for name in names if name))


@frappe.whitelist(methods=["POST"])
def prepared(call: str, objective: str | None = None, contacts: str | list | None = None) -> CallState:
	"""The call is prepared: what it shall reach, and who is asked for. `contacts` replaces the people, None keeps them.

	Returns `name, status, planned_on, modified`, as all that changes a call.
	"""
	doc = _locked(call)
	doc.check_permission("write")
	if doc.status not in OPEN:
		frappe.throw(
			_("The call is {0}: it can no longer be prepared.").format(_(doc.status, context=doc.doctype))
		)
	if objective is not None:
		doc.objective = objective.strip() or None
	if contacts is not None:
		names = _contacts(contacts)
		known = {row.contact: row for row in doc.contacts}
		doc.set("contacts", [])
		for name in names:
			doc.append("contacts", known.get(name) or {"contact": name, "met": 1})
	doc.status = PREPARED
	doc.save()
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
def report(call: str, values: str | dict) -> ReportedCall:
	"""Reports a call, or corrects its report. Safe to send twice.

	`values`: outcome, summary, needs_heard, commitment, made_at (a time, a day, or none for now), contacts
	[{contact, met}], products [{item_group, item, interest, note}], remarks [{remark, competitor, kind}], follow_ups
	[{subject, due, responsible}]; rows may carry the `name` they got. `modified` is the state of the call the sender
	has seen. Returns `name, status, planned_on, modified`, and the actions, notes and to-dos that were made of the call:
	`actions, notes, todos`.
	"""
	doc = _locked(call)
	doc.check_permission("write")
	reporting.put(
		doc, parsed(values, dict, _("Values: the report must be sent as its fields and their values."))
	)
	doc.save()
	return _answer(
		doc,
		actions=[row.action for row in doc.follow_ups if row.action],
		todos=[row.todo for row in doc.follow_ups if row.todo],
		notes=[row.note for row in doc.remarks if row.note],
	)


@frappe.whitelist(methods=["POST"])
def move(
	call: str, planned_on: str | None = None, starts_at: str | None = None, reason: str = ""
) -> MovedCall:
	"""Moves a planned or missed call to another day. The day it is due stays. Without a time it has none any more.

	Returns `name, status, planned_on, modified, moves, due_on`.
	"""
	doc = _locked(call)
	doc.check_permission("write")
	if doc.status not in (*OPEN, MISSED):
		frappe.throw(_("The call is {0}: it cannot be moved.").format(_(doc.status, context=doc.doctype)))
	doc.reason = _reason(reason, _("Reason: please say why the call is moved."))
	_set_day(doc, None if starts_at else planned_on, starts_at)
	doc.flags.same_reason = True
	if doc.status == MISSED:
		doc.status = PLANNED
	doc.save()
	return _answer(doc, moves=doc.moves, due_on=cstr(doc.due_on) or None)


def _reason(reason: str | None, message: str) -> str:
	reason = (reason or "").strip()
	if not reason:
		frappe.throw(message)
	return reason


@frappe.whitelist(methods=["POST"])
def missed(call: str, reason: str) -> CallState:
	"""The call was not made. It can still be reported or moved. `name, status, planned_on, modified`."""
	doc = _locked(call)
	doc.check_permission("write")
	return _end(doc, MISSED, reason)


@frappe.whitelist(methods=["POST"])
def cancel(call: str, reason: str) -> CallState:
	"""The call will not be made and is not wanted any more. `name, status, planned_on, modified`."""
	doc = _locked(call)
	doc.check_permission("write")
	return _end(doc, CANCELLED, reason)


def _end(doc, status: str, reason: str) -> CallState:
	if doc.status != status:
		doc.status, doc.reason = status, (reason or "").strip()
		doc.save()
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
def reopen(call: str) -> CallState:
	"""A missed, cancelled or wrongly reported call is planned again. What a report brought about stays.

	Returns `name, status, planned_on, modified`.
	"""
	doc = _locked(call)
	doc.check_permission("write")
	if doc.status not in OPEN:
		doc.status, doc.reason = PLANNED, None
		doc.save()
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
def need_to_profile(call: str) -> bool:
	"""Puts the needs heard in a call on the profile of the key account. False when they stand there already."""
	doc = frappe.get_doc(CALL, call)
	doc.check_permission("read")
	return effects.need_to_profile(doc)


# ---------------------------------------------------------------- the day of a person


@frappe.whitelist(methods=["GET"])
def day(day: str | None = None, user: str | None = None) -> CallDay:
	"""Calls of a day of a person, in order, and those of days before that are still open, as the reader may see them.

	`time` is the clock of the person, whose time zone is `zone`; `utc` is the instant. `done` counts those made.
	"""
	frappe.has_permission(CALL, "read", throw=True)
	user = user or frappe.session.user
	today = call_time.today_of(user)
	on = _day(day, user)
	rows = [
		row
		for row in calls.calls(CallFilters(from_date=on, to_date=on, users=(user,)))
		if row.status != CANCELLED
	]
	late = calls.calls(CallFilters(to_date=min(on, today) - timedelta(days=1), users=(user,), states=OPEN))
	_complete([*rows, *late[:OVERDUE_ROWS]], user)
	return {
		"day": str(on),
		"today": str(today),
		"user": user,
		"full_name": frappe.get_cached_value("User", user, "full_name") or user,
		"zone": str(call_time.zone_of(user)),
		"calls": rows,
		"overdue": late[:OVERDUE_ROWS],
		"overdue_count": len(late),
		"done": sum(row.status == MADE for row in rows),
	}


@frappe.whitelist(methods=["GET"])
def week(day: str | None = None, user: str | None = None) -> list[CallWeekday]:
	"""Calls of the seven days from Monday around a day: `day, calls, made, open, minutes`, cancelled ones left out."""
	frappe.has_permission(CALL, "read", throw=True)
	user = user or frappe.session.user
	on = _day(day, user)
	monday = on - timedelta(days=on.weekday())
	days = {monday + timedelta(days=number): [] for number in range(7)}
	for row in calls.calls(CallFilters(monday, monday + timedelta(days=6), (user,))):
		if row.status != CANCELLED:
			days[row.planned_on].append(row)
	return [
		{
			"day": str(one),
			"calls": len(rows),
			"made": sum(row.status == MADE for row in rows),
			"open": sum(row.status in OPEN for row in rows),
			"minutes": sum(cint(row.duration) for row in rows),
		}
		for one, rows in days.items()
	]


def _day(day: str | None, user: str):
	if not day:
		return call_time.today_of(user)
	call_time.from_user_time(day, user, _("Day"))
	return getdate(day)


def _complete(rows: list[dict], user: str):
	"""Times in the zone of the person, people and what the call shall reach."""
	names = [row.name for row in rows]
	people, texts = {}, {}
	if names:
		for person in frappe.get_all(
			"Customer Call Contact",
			{"parenttype": CALL, "parent": ("in", names)},
			["parent", "contact", "contact_name", "met"],
			order_by="parent, idx",
			limit_page_length=0,
		):
			people.setdefault(person.pop("parent"), []).append(person)
		texts = {
			row.name: row
			for row in frappe.get_all(
				CALL, {"name": ("in", names)}, ["name", "objective", "reason"], limit_page_length=0
			)
		}
	for row in rows:
		local = call_time.to_user_time(row.starts_at, user) if row.starts_at else None
		row.update(
			{
				"time": local.strftime("%H:%M") if local else None,
				"utc": call_time.as_utc(row.starts_at).isoformat() if local else None,
				"contacts": people.get(row.name, []),
				"objective": texts[row.name].objective if row.name in texts else None,
				"reason": texts[row.name].reason if row.name in texts else None,
			}
		)
		for field in ("planned_on", "starts_at", "due_on", "made_on", "made_at", "moved_from"):
			row[field] = str(row[field]) if row[field] else None
