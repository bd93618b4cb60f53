"""People at the customers, and the calls, meetings and messages with them."""

import frappe
from frappe import _
from frappe.query_builder import Criterion, Order

from kam_erpnext.data import calls
from kam_erpnext.data.account_page.panel import ROWS, hidden, may_read, part
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.permissions import every
from kam_erpnext.data.relationships import event_conditions, last_contacts, message_conditions

PEOPLE = 12  # lines the page shows


CONTACT_FIELDS = [
	"name",
	"first_name",
	"last_name",
	"designation",
	"department",
	"email_id",
	"phone",
	"mobile_no",
	"is_primary_contact",
]


def contacts_of(scope: Scope) -> dict:
	"""Contacts of the customers; those that are primary first."""
	doctype = "Contact"
	if not may_read(doctype):
		return hidden(doctype)
	about = _("Contacts that are linked to one of the customers.")
	filters = [["Dynamic Link", "link_doctype", "=", "Customer"]]
	filters.append(["Dynamic Link", "link_name", "in", scope.customers])
	rows = []
	if scope.customers:
		rows = frappe.get_list(
			doctype,
			filters=filters,
			fields=CONTACT_FIELDS,
			order_by="is_primary_contact desc, first_name asc, name asc",
			distinct=True,
			limit_page_length=0,
		)
	for row in rows:
		row["full_name"] = (
			" ".join(filter(None, (row.pop("first_name"), row.pop("last_name")))) or row["name"]
		)
	link = {"Dynamic Link.link_doctype": "Customer", "Dynamic Link.link_name": ["in", scope.customers]}
	return {**part(doctype, rows, link, about), "rows": rows}


def with_last_contact(contacts: dict, last_by_contact: dict[str, str]) -> dict:
	"""The people seen or spoken to last come first; only as many lines as the page shows."""
	for row in contacts["rows"]:
		row["last_contact"] = last_by_contact.get(row["name"])
	rows = sorted(contacts["rows"], key=lambda row: row["last_contact"] or "", reverse=True)
	return {**contacts, "rows": rows[:PEOPLE]}


def calls_and_meetings(scope: Scope, contacts: list[str]) -> dict:
	"""Last and next calls, meetings and messages, and the date of the last one of every contact.

	They refer to the accounts, the customers or their contacts: events by their participants, messages by what they are
	about or linked to, calls by their customer.
	"""
	subjects = {
		"Key Account": scope.accounts,
		"Customer": scope.customers,
		"Contact": tuple(contacts),
	}
	subjects = {doctype: names for doctype, names in subjects.items() if names}
	events, messages, visits = _events(scope, subjects), _messages(scope, subjects), _calls(scope)
	last = sorted(
		events["last"] + messages["last"] + visits["last"], key=lambda row: row["on"], reverse=True
	)[:ROWS]
	return {
		"doctype": "Event",
		"readable": events["readable"] or messages["readable"] or visits["readable"],
		"events_readable": events["readable"],
		"messages_readable": messages["readable"],
		"calls_readable": visits["readable"],
		"last": last,
		"next": sorted(events["next"] + visits["next"], key=lambda row: row["on"])[:ROWS],
		"about": _(
			"Calls on the customers, events with the account, a customer or a contact among their participants, and the messages in their timelines. Private events of others are not shown."
		),
		"last_by_contact": last_contacts(contacts, until=scope.now),
	}


def _among(doctype_field, name_field, subjects: dict[str, tuple[str, ...]]) -> Criterion:
	return Criterion.any(
		[(doctype_field == doctype) & name_field.isin(names) for doctype, names in subjects.items()]
	)


def _events(scope: Scope, subjects: dict) -> dict:
	if not may_read("Event"):
		return {"readable": False, "last": [], "next": []}
	event, participant = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	taking_part = (
		frappe.qb.from_(participant)
		.select(participant.parent)
		.where(_among(participant.reference_doctype, participant.reference_docname, subjects))
	)
	conditions = event_conditions(event)
	columns = (event.name, event.subject, event.event_category, event.starts_on, event.status)
	found = (
		frappe.qb.from_(event).select(*columns).where(conditions & event.name.isin(taking_part)).limit(ROWS)
	)
	past, future = event.starts_on <= scope.now, event.starts_on > scope.now
	last = found.where(past).orderby(event.starts_on, order=Order.desc).run(as_dict=True)
	following = found.where(future & (event.status == "Open")).orderby(event.starts_on).run(as_dict=True)
	return {
		"readable": True,
		"last": [_event_row(row) for row in last],
		"next": [_event_row(row) for row in following],
	}


def _event_row(row: dict) -> dict:
	return {
		"doctype": "Event",
		"name": row["name"],
		"kind": row["event_category"] or "Event",
		"subject": row["subject"],
		"on": str(row["starts_on"]),
	}


def _calls(scope: Scope) -> dict:
	"""Calls made on the customers, and those planned from today on."""
	if not may_read(calls.CALL):
		return {"readable": False, "last": [], "next": []}
	if not scope.customers:
		return {"readable": True, "last": [], "next": []}
	call = frappe.qb.DocType(calls.CALL)
	found = (
		frappe.qb.from_(call)
		.select(call.name, call.customer_name, call.method, call.outcome)
		.select(call.planned_on, call.starts_at, call.made_at)
		.where(every([call.customer.isin(scope.customers), calls.visible(call)]))
		.limit(ROWS)
	)
	last = found.where((call.status == calls.MADE) & (call.made_at <= scope.now))
	following = found.where(call.status.isin(calls.OPEN) & (call.planned_on >= scope.today))
	return {
		"readable": True,
		"last": [
			_call_row(row, row["made_at"])
			for row in last.orderby(call.made_at, order=Order.desc).run(as_dict=True)
		],
		"next": [
			_call_row(row, row["starts_at"] or row["planned_on"])
			for row in following.orderby(call.planned_on).orderby(call.starts_at).run(as_dict=True)
		],
	}


def _call_row(row: dict, on) -> dict:
	return {
		"doctype": calls.CALL,
		"name": row["name"],
		"kind": row["method"],
		"subject": row["customer_name"],
		"outcome": row["outcome"] or None,
		"on": str(on),
	}


def _messages(scope: Scope, subjects: dict) -> dict:
	"""Communications as the timelines of these documents show them to everybody who may open the document."""
	subjects = {doctype: names for doctype, names in subjects.items() if may_read(doctype)}
	if not subjects:
		return {"readable": False, "last": []}
	message, link = frappe.qb.DocType("Communication"), frappe.qb.DocType("Communication Link")
	linked = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "Communication") & _among(link.link_doctype, link.link_name, subjects))
	)
	conditions = message_conditions(message, scope.now)
	last = (
		frappe.qb.from_(message)
		.select(message.name, message.subject, message.communication_medium)
		.select(message.sent_or_received, message.communication_date)
		.select(message.reference_doctype, message.reference_name)
		.where(conditions)
		.where(
			message.name.isin(linked) | _among(message.reference_doctype, message.reference_name, subjects)
		)
		.orderby(message.communication_date, order=Order.desc)
		.limit(ROWS)
		.run(as_dict=True)
	)
	return {
		"readable": True,
		"last": [_message_row(row, subjects) for row in last],
	}


def _message_row(row: dict, subjects: dict) -> dict:
	"""With the document whose timeline shows it, if that is one of the account's."""
	about = row["reference_name"] in subjects.get(row["reference_doctype"], ())
	return {
		"doctype": row["reference_doctype"] if about else "Communication",
		"name": row["reference_name"] if about else row["name"],
		"kind": row["communication_medium"] or "Other",
		"direction": row["sent_or_received"],
		"subject": row["subject"],
		"on": str(row["communication_date"]),
	}
