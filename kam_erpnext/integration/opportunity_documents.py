"""Opportunity, Quotation, Sales Order and Project of ERPNext: to which opportunity of a key account they belong.

The field `kam_opportunity` travels from document to document, because ERPNext copies fields of the same name; a
document that names the one before it in another way inherits it when it is made. What happens to the documents makes the
opportunity won or lost and moves its amounts.
"""

import frappe
from frappe import _
from frappe.utils import escape_html

from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import documents

DOCTYPE, FIELD = documents.DOCTYPE, documents.FIELD


def validate(doc, method=None):
	"""Checked when it is chosen; what was right once is not held against a document, nor against those made from it."""
	if doc.is_new() and not doc.get(FIELD):
		doc.set(FIELD, inherited(doc))
	if not doc.get(FIELD) or not _changed(doc):
		return
	target = frappe.db.get_value(
		DOCTYPE, doc.get(FIELD), ["title", "company", "key_account", "account_name"], as_dict=True
	)
	if not target:
		return  # Frappe says that it does not exist
	_validate_access(doc)
	if doc.get("company") and doc.company != target.company:
		frappe.throw(
			_(
				"Key Account Opportunity: {0} belongs to company {1}, this document to {2}. Please choose an opportunity of {2}, or none."
			).format(escape_html(target.title), frappe.bold(target.company), frappe.bold(doc.company))
		)
	party = party_of(doc)
	if party and doc.get(FIELD) != inherited(doc) and party not in parties_of(target.key_account):
		frappe.throw(
			_(
				"Key Account Opportunity: {0} belongs to {1}, and {2} is none of its customers. Please choose another opportunity, or none."
			).format(
				escape_html(target.title),
				escape_html(target.account_name),
				frappe.bold(escape_html(party[1])),
			)
		)


def inherited(doc) -> str | None:
	"""Opportunity of the document this one is made from."""
	sources = []
	if doc.doctype == "Quotation":
		sources.append(("Opportunity", doc.get("opportunity")))
		sources += [
			("Opportunity", row.get("prevdoc_docname"))
			for row in doc.get("items") or []
			if row.get("prevdoc_doctype") == "Opportunity"
		]
	elif doc.doctype == "Sales Order":
		sources += [("Quotation", row.get("prevdoc_docname")) for row in doc.get("items") or []]
	elif doc.doctype == "Project":
		sources.append(("Sales Order", doc.get("sales_order")))
	for doctype, name in sources:
		if name and (found := frappe.db.get_value(doctype, name, FIELD)):
			return found
	return None


def _changed(doc) -> bool:
	before = doc.get_doc_before_save()
	return not before or any(
		(before.get(field) or None) != (doc.get(field) or None)
		for field in (FIELD, "company", "customer", "party_name")
	)


def _validate_access(doc):
	"""Whoever writes the document may name opportunities he sees, and keep what the document before names."""
	if doc.flags.ignore_permissions or frappe.has_permission(DOCTYPE, "read", doc.get(FIELD)):
		return
	before = doc.get_doc_before_save()
	if (before and before.get(FIELD) == doc.get(FIELD)) or inherited(doc) == doc.get(FIELD):
		return
	frappe.throw(
		_("Key Account Opportunity: you may not see {0}. Please choose another one, or none.").format(
			doc.get(FIELD)
		),
		frappe.PermissionError,
	)


def party_of(doc) -> tuple[str, str] | None:
	if doc.doctype in ("Sales Order", "Project"):
		return ("Customer", doc.customer) if doc.get("customer") else None
	kind = doc.get("opportunity_from") if doc.doctype == "Opportunity" else doc.get("quotation_to")
	return (kind, doc.party_name) if kind and doc.get("party_name") else None


def parties_of(key_account: str) -> set[tuple[str, str]]:
	"""Customers of an account and of those below it, and the leads and prospects they and the accounts came from."""
	from kam_erpnext.kam_erpnext.doctype.key_account_opportunity.people import customers_of

	customers = customers_of(key_account)
	parties = {("Customer", name) for name in customers}
	above = frappe.db.get_value("Key Account", key_account, ["lft", "rgt"], as_dict=True)
	accounts = frappe.get_all(
		"Key Account",
		{"lft": (">=", above.lft), "rgt": ("<=", above.rgt), "party": ("is", "set")},
		["party_type", "party"],
		order_by="lft",
	)
	parties |= {(row.party_type, row.party) for row in accounts}
	if customers:
		for row in frappe.get_all(
			"Customer", {"name": ("in", customers)}, ["lead_name", "prospect_name"], order_by="name"
		):
			parties |= {("Lead", row.lead_name), ("Prospect", row.prospect_name)}
	return {(kind, name) for kind, name in parties if name}


# ---------------------------------------------------------------- what follows


def on_change(doc, method=None):
	"""Saved, submitted, cancelled, closed, declared lost."""
	if doc.flags.in_delete:
		return  # it is still there; see `after_delete`
	before = doc.get_doc_before_save()
	names = {doc.get(FIELD), before.get(FIELD) if before else None} - {None, ""}
	for name in sorted(names):
		documents.refresh(name)


def after_delete(doc, method=None):
	if doc.get(FIELD):
		documents.refresh(doc.get(FIELD))


def invoice_changed(doc, method=None):
	if doc.docstatus == 0 or doc.flags.in_delete:
		return
	for name in sorted(documents.opportunities_of_invoice(doc)):
		documents.refresh(name)


def on_trash(doc, method=None):
	"""The link back must not keep Frappe from deleting the document."""
	field = {"Opportunity": "opportunity", "Project": "project"}.get(doc.doctype)
	if field:
		frappe.db.set_value(DOCTYPE, {field: doc.name}, field, None, update_modified=False)


def after_mapping(doc, method=None, source=None):
	"""A document made for somebody else, or by a copy of the company, does not carry the name along."""
	name = doc.get(FIELD)
	if not name:
		return
	target = frappe.db.get_value(DOCTYPE, name, ["company", "key_account"], as_dict=True)
	party = party_of(doc)
	if not target or (doc.get("company") and doc.company != target.company):
		doc.set(FIELD, None)
	elif party and party not in parties_of(target.key_account):
		doc.set(FIELD, None)
