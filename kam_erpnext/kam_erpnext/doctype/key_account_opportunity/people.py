"""Contacts at the customer, competitors and the person responsible."""

import frappe
from frappe import _
from frappe.utils import escape_html

MOST_COMPETITORS = 3


def validate(doc):
	_validate_responsible(doc)
	_validate_contacts(doc)
	_validate_competitors(doc)
	_validate_reasons(doc)


def customers_of(key_account: str) -> list[str]:
	"""Customers of an account and of the accounts below it."""
	above = frappe.qb.DocType("Key Account").as_("above")
	below = frappe.qb.DocType("Key Account").as_("below")
	member = frappe.qb.DocType("Key Account Customer")
	return (
		frappe.qb.from_(member)
		.inner_join(below)
		.on((below.name == member.parent) & (member.parenttype == "Key Account"))
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.select(member.customer)
		.where(above.name == key_account)
		.orderby(member.customer)
		.run(pluck=True)
	)


def _validate_responsible(doc):
	if not doc.responsible or not (doc.is_new() or doc.has_value_changed("responsible")):
		return
	person = frappe.db.get_value("User", doc.responsible, ["full_name", "enabled"], as_dict=True)
	if person and not person.enabled:
		frappe.throw(
			_("Responsible: {0} is disabled. Please choose somebody else.").format(
				escape_html(person.full_name or doc.responsible)
			)
		)


def _validate_contacts(doc):
	_refuse_doubles(doc, "contacts", "contact")
	for row in doc.contacts:
		if not row.contact:
			continue
		contact = frappe.db.get_value("Contact", row.contact, ["first_name", "last_name"], as_dict=True)
		if contact:
			row.contact_name = " ".join(filter(None, (contact.first_name, contact.last_name))) or row.contact


def _validate_competitors(doc):
	_refuse_doubles(doc, "competitors", "competitor")
	if len(doc.competitors) > MOST_COMPETITORS:
		frappe.throw(
			_("Competitors, line {0}: only the three strongest are kept. Please remove a line.").format(
				doc.competitors[MOST_COMPETITORS].idx
			)
		)


def _validate_reasons(doc):
	_refuse_doubles(doc, "reasons", "reason")
	if doc.status not in ("Won", "Lost"):
		return
	for row in doc.reasons:
		counts_for = frappe.db.get_value("Key Account Win Loss Reason", row.reason, "counts_for")
		if counts_for and doc.status not in counts_for:
			frappe.throw(
				_(
					"Reasons: {0} is a reason for {1}, but the opportunity is {2}. Please choose another reason."
				).format(escape_html(row.reason), _(counts_for), _(doc.status, context=doc.doctype))
			)


def _refuse_doubles(doc, table: str, field: str):
	seen = {}
	for row in doc.get(table):
		value = row.get(field)
		if value and value in seen:
			frappe.throw(
				_("{0}, line {1}: {2} is in line {3} already. Please remove one of them.").format(
					_(doc.meta.get_label(table)), row.idx, escape_html(value), seen[value]
				)
			)
		seen[value] = row.idx


def name_of(user: str | None) -> str | None:
	return (frappe.db.get_value("User", user, "full_name") or user) if user else None
