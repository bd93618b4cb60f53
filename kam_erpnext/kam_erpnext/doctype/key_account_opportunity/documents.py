"""Documents of ERPNext that belong to an opportunity: Opportunity, Quotation, Sales Order, Project and their invoices.

They name the opportunity in their field `kam_opportunity`. What they are worth comes from the one definition of the
pipeline (`kam_erpnext.data.pipeline`); what happens to them decides whether the opportunity is won or lost.
"""

import frappe
from frappe.utils import cstr, flt, getdate

from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import gates, rating, status

DOCTYPE, FIELD = "Key Account Opportunity", "kam_opportunity"
DOCTYPES = ("Opportunity", "Quotation", "Sales Order", "Project")
SUBMITTED = ("Quotation", "Sales Order")
AMOUNTS = ("quoted", "ordered", "invoiced")
OPEN_QUOTATIONS = ("Open", "Replied", "Partially Ordered")
SHOWN = {
	"Opportunity": ("transaction_date as day", "status", "opportunity_amount as value", "currency"),
	"Quotation": ("transaction_date as day", "status", "base_net_total as value", "valid_till"),
	"Sales Order": (
		"transaction_date as day",
		"status",
		"base_net_total as value",
		"per_billed",
		"per_delivered",
	),
	"Project": ("expected_start_date as day", "status", "estimated_costing as value", "percent_complete"),
	"Sales Invoice": ("posting_date as day", "status", "base_net_total as value", "is_return"),
}


def exist(doc) -> bool:
	return any(frappe.db.exists(doctype, {FIELD: doc.name, "docstatus": ("<", 2)}) for doctype in DOCTYPES)


def find(doc, doctype: str) -> str | None:
	"""A document of a type that a gate may ask for: quotations and orders must be submitted."""
	filters = {FIELD: doc.name, "docstatus": 1 if doctype in SUBMITTED else ("<", 2)}
	return frappe.db.get_value(doctype, filters, "name", order_by="creation desc")


def listing(doc) -> list[dict]:
	"""Documents the reader may see, in the order in which they follow each other; cancelled ones are left out."""
	rows = []
	for doctype, fields in SHOWN.items():
		if not frappe.has_permission(doctype, "read"):
			continue
		filters = {"docstatus": ("<", 2)}
		if doctype == "Sales Invoice":
			names = invoices_of(doc.name)
			if not names:
				continue
			filters["name"] = ("in", names)
		else:
			filters[FIELD] = doc.name
		for row in frappe.get_list(
			doctype,
			filters=filters,
			fields=["name", "docstatus", *fields],
			order_by="creation asc",
			limit_page_length=0,
		):
			row.update({"doctype": doctype, "currency": row.get("currency") or doc.currency})
			row["value"] = flt(row["value"]) or (None if doctype in ("Opportunity", "Project") else 0.0)
			row["day"] = cstr(row["day"]) or None
			if doctype == "Quotation":
				row["valid_till"] = cstr(row.get("valid_till")) or None
				row["expired"] = bool(row["valid_till"]) and getdate(row["valid_till"]) < getdate()
			rows.append(row)
	return rows


def invoices_of(name: str) -> list[str]:
	"""Invoices, drafts too, and credit notes of the orders of an opportunity."""
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Invoice Item")
	return (
		frappe.qb.from_(line)
		.inner_join(order)
		.on(order.name == line.sales_order)
		.select(line.parent)
		.distinct()
		.where((order[FIELD] == name) & (order.docstatus == 1) & (line.docstatus < 2))
		.run(pluck=True)
	)


def opportunities_of_invoice(invoice) -> set[str]:
	orders = {row.get("sales_order") for row in invoice.get("items") or []} - {None, ""}
	if not orders:
		return set()
	return set(
		frappe.get_all(
			"Sales Order", {"name": ("in", list(orders)), FIELD: ("is", "set")}, pluck=FIELD, order_by=None
		)
	)


# ---------------------------------------------------------------- what follows from them


def refresh(name: str):
	"""Links, amounts, status and gates follow the documents. Who writes a document need not see the opportunity."""
	if not frappe.db.exists(DOCTYPE, name):
		return
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	was = doc.as_dict(no_default_fields=True)
	link(doc)
	doc.set_amounts(amounts(doc))
	follow(doc)
	save(doc, was)


def link(doc):
	"""The first living ERPNext Opportunity and Project that name it."""
	for field, doctype in (("opportunity", "Opportunity"), ("project", "Project")):
		names = frappe.get_all(
			doctype, {FIELD: doc.name, "docstatus": ("<", 2)}, pluck="name", order_by="creation asc"
		)
		if doc.get(field) not in names:
			doc.set(field, names[0] if names else None)


def amounts(doc) -> dict:
	"""What is quoted, ordered and invoiced, each euro once; zero as long as there are no such documents."""
	from kam_erpnext.data import pipeline

	if not any(frappe.db.exists(doctype, {FIELD: doc.name, "docstatus": 1}) for doctype in SUBMITTED):
		return {}
	filters = pipeline.PipelineFilters(company=doc.company, accounts=(doc.key_account,), user="Administrator")
	deals = pipeline.chain(filters).deals
	mine = deals[(deals["deal"] == doc.name) & (deals["source"] == DOCTYPE)]
	if mine.empty:
		return {}
	return {part: flt(mine.iloc[0][part], 2) for part in AMOUNTS}


def read_amounts(doc):
	"""Stores the amounts anew after it was saved; nothing else changes."""
	found = amounts(doc)
	changed = {
		part: flt(found.get(part)) for part in AMOUNTS if flt(doc.get(part), 2) != flt(found.get(part), 2)
	}
	if changed:
		doc.db_set(changed, update_modified=False)


def follow(doc):
	order = frappe.db.get_value(
		"Sales Order",
		{FIELD: doc.name, "docstatus": 1},
		["name", "transaction_date"],
		as_dict=True,
		order_by="transaction_date asc, creation asc",
	)
	if order:
		if doc.status != status.WON:
			gates.pass_with_order(doc, order.name, order.transaction_date)
			status.win(doc, order.transaction_date)
	elif doc.status == status.WON:
		gates.take_back_order(doc)
		if not gates.all_passed(doc, gates.ACQUISITION):
			doc.status, doc.closed_on = status.OPEN, None
			gates.leave_order_phase(doc)
	elif doc.status in (*status.LIVING, status.LOST):
		if lost := lost_document(doc):
			if doc.status != status.LOST:
				status.close(doc, status.LOST)
			take_reasons(doc, lost)


def lost_document(doc):
	"""The document that says it is lost: the ERPNext Opportunity, or the last quotation when every one is lost."""
	if doc.opportunity and frappe.db.get_value("Opportunity", doc.opportunity, "status") == "Lost":
		return frappe.get_doc("Opportunity", doc.opportunity)
	quotations = frappe.get_all(
		"Quotation", {FIELD: doc.name, "docstatus": ("<", 2)}, ["name", "status"], order_by="creation desc"
	)
	if quotations and all(row.status == "Lost" for row in quotations):
		return frappe.get_doc("Quotation", quotations[0].name)
	return None


def take_reasons(doc, lost):
	"""Reasons and competitor entered in ERPNext, as far as nothing is entered here."""
	if not doc.reasons:
		for row in lost.get("lost_reasons") or []:
			known = frappe.db.get_value(
				"Key Account Win Loss Reason", {"name": row.lost_reason, "counts_for": ("!=", "Won")}
			)
			if known:
				doc.append("reasons", {"reason": known})
	said = [row.lost_reason for row in lost.get("lost_reasons") or []]
	said += [lost.order_lost_reason] if lost.get("order_lost_reason") else []
	doc.customer_view = doc.customer_view or "\n".join(said) or None
	competitors = {row.competitor for row in lost.get("competitors") or []}
	if not doc.lost_to and len(competitors) == 1:
		doc.lost_to = competitors.pop()


def save(doc, was):
	"""What a document of ERPNext causes is never held up by something else on the opportunity."""
	doc.flags.kam_written = doc.flags.ignore_validate = True
	doc.flags.ignore_mandatory = doc.flags.ignore_links = True
	status.settle(doc)
	rating.rate(doc)
	if doc.as_dict(no_default_fields=True) != was:
		# the writer of the document need not have any right on the opportunity
		doc.save(ignore_permissions=True)


def forget(doc):
	"""Before it is deleted: cancelled documents lose the name; living ones keep Frappe from deleting it."""
	for doctype in DOCTYPES:
		frappe.db.set_value(doctype, {FIELD: doc.name, "docstatus": 2}, FIELD, None, update_modified=False)
