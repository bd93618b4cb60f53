"""Contacts with people at customers: when the last one was, and who of us had it.

Read from Events (their participants), Communications (what they are linked to or about) and Customer Calls that were
made (the people who were met). A reader counts the events and calls of his own lists, so private ones of others are left
out, and messages as the timeline of a contact shows them to everybody who may open it. An event that stands for a call
never counts: the call does. The number of queries does not grow with the number of people.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from email.utils import getaddresses

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.query_builder import Criterion, Table
from frappe.query_builder.functions import Coalesce, Max
from frappe.utils import get_datetime, getdate, now_datetime

from kam_erpnext.data import calls
from kam_erpnext.data.permissions import every
from kam_erpnext.engine.call_figures import MADE
from kam_erpnext.engine.relationships import Touch

NOT_OF_US = ("Administrator", "Guest")
# media in which both sides speak
TWO_WAY_MEDIA = ("Phone", "Meeting", "Visit", "Chat", "Event")
# a call in which one side speaks
MAIL = "E-mail"


class ListCondition(Criterion):
	"""Frappe's own conditions of a reader's list: User Permissions, sharing, and the hooks of every app."""

	def __init__(self, doctype: str, user: str | None = None):
		super().__init__()
		self.condition = build_match_conditions(doctype, user=user) or "1=1"

	def get_sql(self, **kwargs) -> str:
		return f"({self.condition})"


def event_conditions(event: Table, user: str | None = None) -> Criterion:
	"""Events a reader may list that were not cancelled and stand for no call on a customer."""
	return every([ListCondition("Event", user), event.status != "Cancelled", stands_for_no_call(event)])


def stands_for_no_call(event: Table) -> Criterion:
	return Coalesce(event.kam_customer_call, "") == ""


def message_conditions(message: Table, until: datetime) -> Criterion:
	"""Messages and calls up to a moment. Those an event writes into timelines are left out, the event itself counts."""
	return every(
		[
			message.communication_type == "Communication",
			message.reference_doctype.isnull() | (message.reference_doctype != "Event"),
			Coalesce(message.email_status, "").notin(("Spam", "Trash")),
			message.communication_date <= until,
		]
	)


# ---------------------------------------------------------------- the last contact


def last_contacts(
	contacts: Sequence[str], user: str | None = None, until: datetime | None = None
) -> dict[str, str]:
	"""Contact -> time of the last event, message or call with it, as text. `user` is the reader, else that of the session."""
	contacts = tuple(dict.fromkeys(filter(None, contacts)))
	until = until or now_datetime()
	return latest(
		last_events(contacts, user, until),
		last_messages(contacts, user, until),
		last_calls(contacts, user, until),
	)


def latest(*found: dict[str, str]) -> dict[str, str]:
	"""The later time of every contact."""
	result: dict[str, str] = {}
	for times in found:
		for contact, on in times.items():
			result[contact] = max(on, result.get(contact, ""))
	return result


def last_events(contacts: tuple[str, ...], user: str | None, until: datetime) -> dict[str, str]:
	if not contacts or not frappe.has_permission("Event", "read", user=user):
		return {}
	event, participant = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	found = (
		frappe.qb.from_(event)
		.inner_join(participant)
		.on(participant.parent == event.name)
		.select(participant.reference_docname, Max(event.starts_on))
		.where(event_conditions(event, user) & (event.starts_on <= until))
		.where((participant.reference_doctype == "Contact") & participant.reference_docname.isin(contacts))
		.groupby(participant.reference_docname)
		.run()
	)
	return {contact: str(on) for contact, on in found}


def last_messages(contacts: tuple[str, ...], user: str | None, until: datetime) -> dict[str, str]:
	if not contacts or not frappe.has_permission("Contact", "read", user=user):
		return {}
	message, link = frappe.qb.DocType("Communication"), frappe.qb.DocType("Communication Link")
	conditions = message_conditions(message, until)
	linked = (
		frappe.qb.from_(message)
		.inner_join(link)
		.on((link.parent == message.name) & (link.parenttype == "Communication"))
		.select(link.link_name, Max(message.communication_date))
		.where(conditions & (link.link_doctype == "Contact") & link.link_name.isin(contacts))
		.groupby(link.link_name)
		.run()
	)
	about = (
		frappe.qb.from_(message)
		.select(message.reference_name, Max(message.communication_date))
		.where(conditions & (message.reference_doctype == "Contact"))
		.where(message.reference_name.isin(contacts))
		.groupby(message.reference_name)
		.run()
	)
	return latest({contact: str(on) for contact, on in linked}, {contact: str(on) for contact, on in about})


def last_calls(contacts: tuple[str, ...], user: str | None, until: datetime) -> dict[str, str]:
	"""Calls that were made, with the people who were met in them."""
	if not contacts or not frappe.has_permission(calls.CALL, "read", user=user):
		return {}
	call, person = frappe.qb.DocType(calls.CALL), frappe.qb.DocType("Customer Call Contact")
	found = (
		frappe.qb.from_(call)
		.inner_join(person)
		.on((person.parent == call.name) & (person.parenttype == calls.CALL))
		.select(person.contact, Max(call.made_at))
		.where(every([met(call, person, contacts), call.made_at <= until, calls.visible(call, user)]))
		.groupby(person.contact)
		.run()
	)
	return {contact: str(on) for contact, on in found}


def met(call: Table, person: Table, contacts: tuple[str, ...]) -> Criterion:
	return (call.status == MADE) & (person.met == 1) & person.contact.isin(contacts)


# ---------------------------------------------------------------- who of us had it


def touches(
	contacts: Sequence[str],
	since: date,
	user: str | None = None,
	until: datetime | None = None,
) -> list[Touch]:
	"""Every event, message and call with one of the contacts from the day `since` on, once for each colleague in it.

	Without a colleague that can be told, `user` of the touch is None: a message counts for the last contact all the same.
	"""
	contacts = tuple(dict.fromkeys(filter(None, contacts)))
	if not contacts:
		return []
	start, until = get_datetime(getdate(since)), until or now_datetime()
	found = {
		*_event_touches(contacts, user, start, until),
		*_message_touches(contacts, user, start, until),
		*_call_touches(contacts, user, start, until),
	}
	return sorted(
		(touch for _document, touch in found),
		key=lambda touch: (touch.on, touch.contact, touch.user or "", touch.kind, touch.two_way),
	)


def _event_touches(
	contacts: tuple[str, ...], user: str | None, start: datetime, until: datetime
) -> Iterable[tuple[str, Touch]]:
	"""Of an event are its owner and the users and employees among its participants."""
	if not frappe.has_permission("Event", "read", user=user):
		return []
	event = frappe.qb.DocType("Event")
	with_contact = frappe.qb.DocType("Event Participants").as_("kam_with_contact")
	other = frappe.qb.DocType("Event Participants").as_("kam_other")
	rows = (
		frappe.qb.from_(event)
		.inner_join(with_contact)
		.on((with_contact.parent == event.name) & (with_contact.reference_doctype == "Contact"))
		.left_join(other)
		.on((other.parent == event.name) & other.reference_doctype.isin(("User", "Employee")))
		.select(event.name, event.starts_on, event.owner, event.event_category)
		.select(with_contact.reference_docname.as_("contact"))
		.select(other.reference_doctype.as_("who"), other.reference_docname.as_("participant"))
		.where(event_conditions(event, user))
		.where((event.starts_on >= start) & (event.starts_on <= until))
		.where(with_contact.reference_docname.isin(contacts))
		.run(as_dict=True)
	)
	employees = {row.participant for row in rows if row.who == "Employee"}
	users = _users_of_employees(employees)
	found = []
	for row in rows:
		participant = users.get(row.participant) if row.who == "Employee" else row.participant
		for colleague in {_one_of_us(row.owner), _one_of_us(participant)} - {None} or {None}:
			kind = row.event_category or "Event"
			found.append((row.name, Touch(row.contact, colleague, getdate(row.starts_on), kind, True)))
	known = {(name, touch.contact) for name, touch in found if touch.user}
	return [(name, touch) for name, touch in found if touch.user or (name, touch.contact) not in known]


def _call_touches(
	contacts: tuple[str, ...], user: str | None, start: datetime, until: datetime
) -> Iterable[tuple[str, Touch]]:
	"""Of a call are the person who made it and the colleague who came along."""
	if not frappe.has_permission(calls.CALL, "read", user=user):
		return []
	call, person = frappe.qb.DocType(calls.CALL), frappe.qb.DocType("Customer Call Contact")
	rows = (
		frappe.qb.from_(call)
		.inner_join(person)
		.on((person.parent == call.name) & (person.parenttype == calls.CALL))
		.select(call.name, call.user, call.accompanied_by, call.method, call.made_on, person.contact)
		.where(
			every(
				[
					met(call, person, contacts),
					call.made_on >= start.date(),
					call.made_at <= until,
					calls.visible(call, user),
				]
			)
		)
		.run(as_dict=True)
	)
	found = []
	for row in rows:
		for colleague in {_one_of_us(row.user), _one_of_us(row.accompanied_by)} - {None} or {None}:
			found.append(
				(row.name, Touch(row.contact, colleague, row.made_on, row.method, row.method != MAIL))
			)
	return found


def _users_of_employees(employees: set[str]) -> dict[str, str]:
	if not employees:
		return {}
	rows = frappe.get_all("Employee", {"name": ["in", list(employees)]}, ["name", "user_id"])
	return {row.name: row.user_id for row in rows if row.user_id}


def _message_touches(
	contacts: tuple[str, ...], user: str | None, start: datetime, until: datetime
) -> Iterable[tuple[str, Touch]]:
	"""Sent: whoever sent it. Received: the colleagues it is addressed to, else who wrote before in the thread, else
	its owner."""
	if not frappe.has_permission("Contact", "read", user=user):
		return []
	message, link = frappe.qb.DocType("Communication"), frappe.qb.DocType("Communication Link")
	before = frappe.qb.DocType("Communication").as_("kam_before")
	query = (
		frappe.qb.from_(message)
		.left_join(before)
		.on(before.name == message.in_reply_to)
		.select(message.name, message.communication_date, message.communication_medium)
		.select(message.sent_or_received, message.sender, message.recipients, message.cc, message.owner)
		.select(message.user, before.sender.as_("sender_before"))
		.where(message_conditions(message, until) & (message.communication_date >= start))
	)
	linked = (
		query.inner_join(link)
		.on((link.parent == message.name) & (link.parenttype == "Communication"))
		.select(link.link_name.as_("contact"))
		.where((link.link_doctype == "Contact") & link.link_name.isin(contacts))
		.run(as_dict=True)
	)
	about = (
		query.select(message.reference_name.as_("contact"))
		.where((message.reference_doctype == "Contact") & message.reference_name.isin(contacts))
		.run(as_dict=True)
	)
	rows = [*linked, *about]
	addresses = {address for row in rows for address in _addresses(row)}
	users = _users_of_addresses(addresses)
	found = []
	for row in rows:
		received = row.sent_or_received == "Received"
		two_way = received or row.communication_medium in TWO_WAY_MEDIA
		for colleague in _colleagues(row, received, users) or {None}:
			touch = Touch(
				row.contact,
				colleague,
				getdate(row.communication_date),
				row.communication_medium or "Other",
				two_way,
			)
			found.append((row.name, touch))
	return found


def _colleagues(row: dict, received: bool, users: dict[str, str]) -> set[str]:
	def among(*texts) -> set[str]:
		return {users[address] for address in _parsed(*texts) if address in users}

	owners = {_one_of_us(row.user), _one_of_us(row.owner)} - {None}
	if received:
		return among(row.recipients, row.cc) or among(row.sender_before) or owners
	return among(row.sender) or owners


def _addresses(row: dict) -> set[str]:
	return _parsed(row.sender, row.recipients, row.cc, row.sender_before)


def _parsed(*texts: str | None) -> set[str]:
	pairs = getaddresses([text for text in texts if text])
	return {address.strip().lower() for _name, address in pairs if "@" in address}


def _users_of_addresses(addresses: set[str]) -> dict[str, str]:
	"""Address -> user of the desk; customers with access to the portal are none of us."""
	if not addresses:
		return {}
	rows = frappe.get_all(
		"User", {"email": ["in", sorted(addresses)], "user_type": "System User"}, ["name", "email"]
	)
	return {row.email.strip().lower(): row.name for row in rows if row.name not in NOT_OF_US}


def _one_of_us(user: str | None) -> str | None:
	return user if user and user not in NOT_OF_US else None
