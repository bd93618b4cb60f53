"""One made from the other without typing twice: documents of ERPNext from an opportunity, and the other way round."""

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt, getdate, nowdate

from kam_erpnext.data import deal_documents
from kam_erpnext.integration.opportunity_documents import party_of
from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import documents, status, volumes

DOCTYPE, FIELD = documents.DOCTYPE, documents.FIELD


# ---------------------------------------------------------------- documents of ERPNext


def opportunity_of(doc):
	"""A new ERPNext Opportunity, not saved."""
	_check_open(doc)
	if doc.opportunity:
		_already(doc, "Opportunity", doc.opportunity)
	items = _items(doc)
	return frappe.get_doc(
		{
			"doctype": "Opportunity",
			"opportunity_from": "Customer",
			"party_name": _customer(doc),
			"title": doc.title,
			"company": doc.company,
			"currency": doc.currency,
			"conversion_rate": 1,
			"opportunity_amount": flt(doc.amount),
			"probability": flt(doc.probability),
			"expected_closing": doc.expected_close,
			"opportunity_owner": doc.responsible,
			"contact_person": doc.contacts[0].contact if doc.contacts else None,
			"competitors": [{"competitor": row.competitor} for row in doc.competitors],
			"items": [
				{
					**row,
					"uom": frappe.get_cached_value("Item", row["item_code"], "stock_uom"),
					"base_rate": row["rate"],
					"amount": flt(row["qty"] * row["rate"], 2),
					"base_amount": flt(row["qty"] * row["rate"], 2),
				}
				for row in items
			],
			FIELD: doc.name,
		}
	)


def quotation_of(doc):
	"""A new Quotation, not saved: from the ERPNext Opportunity when there is one."""
	_check_open(doc)
	if doc.opportunity:
		from erpnext.crm.doctype.opportunity.opportunity import make_quotation

		quotation = make_quotation(doc.opportunity)
	else:
		quotation = _selling_document("Quotation", doc)
		quotation.update({"quotation_to": "Customer", "party_name": _customer(doc)})
		quotation.run_method("set_missing_values")
	quotation.set(FIELD, doc.name)
	if not any(row.get("item_code") for row in quotation.items) and _items(doc):
		quotation.set("items", [])
		_add_items(quotation, doc)
	return quotation


def order_of(doc, quotation: str | None = None):
	"""A new Sales Order, not saved: of the open quotation, or of the volumes when nothing was quoted."""
	_check_open(doc, also=(status.WON,))
	offers = open_quotations(doc)
	if quotation and quotation not in offers:
		frappe.throw(
			_("{0} is no open quotation of this opportunity. Please choose another one.").format(quotation)
		)
	if not quotation and len(offers) > 1:
		frappe.throw(
			_(
				"There are several open quotations: {0}. Please open the one that is ordered, and make the order there."
			).format(", ".join(offers))
		)
	if quotation or offers:
		from erpnext.selling.doctype.quotation.quotation import make_sales_order

		order = make_sales_order(quotation or offers[0])
	else:
		order = _selling_document("Sales Order", doc)
		order.customer = _customer(doc)
		order.delivery_date = doc.expected_close if _is_future(doc.expected_close) else None
		order.run_method("set_missing_values")
		_add_items(order, doc)
	order.set(FIELD, doc.name)
	return order


def project_of(doc):
	"""A new Project, not saved."""
	if doc.status in (status.LOST, status.DROPPED):
		_check_open(doc)
	if doc.project:
		_already(doc, "Project", doc.project)
	name = doc.title
	if frappe.db.exists("Project", {"project_name": name}):
		name = f"{doc.title} ({doc.name})"
	begin = getdate(doc.closed_on) if doc.status == status.WON else getdate()
	planned = [getdate(row.planned_on) for row in doc.gates if row.planned_on]
	return frappe.get_doc(
		{
			"doctype": "Project",
			"project_name": name,
			"customer": doc.customer,
			"company": doc.company,
			"project_type": "External" if frappe.db.exists("Project Type", "External") else None,
			"sales_order": documents.find(doc, "Sales Order"),
			"expected_start_date": begin,
			"expected_end_date": max([day for day in planned if day >= begin], default=None),
			"estimated_costing": flt(doc.budget),
			"notes": frappe.utils.escape_html(doc.description or "").replace("\n", "<br>"),
			FIELD: doc.name,
		}
	)


def open_quotations(doc) -> list[str]:
	"""Submitted quotations of the opportunity that can be ordered and that the reader may see."""
	return frappe.get_list(
		"Quotation",
		filters={FIELD: doc.name, "docstatus": 1, "status": ("in", documents.OPEN_QUOTATIONS)},
		pluck="name",
		order_by="creation asc",
		limit_page_length=0,
	)


def _selling_document(doctype: str, doc):
	document = frappe.new_doc(doctype)
	document.update(
		{
			"company": doc.company,
			"currency": doc.currency,
			"conversion_rate": 1,
			"transaction_date": nowdate(),
		}
	)
	if doc.contacts:
		document.contact_person = doc.contacts[0].contact
	return document


def _add_items(document, doc):
	for row in _items(doc):
		document.append("items", {**row, "delivery_date": document.get("delivery_date")})
	if document.items:
		document.run_method("set_missing_values")
		for line, row in zip(document.items, _items(doc), strict=True):
			if row["rate"]:
				line.rate = line.price_list_rate = row["rate"]
				line.discount_percentage = line.margin_rate_or_amount = 0
		document.run_method("calculate_taxes_and_totals")


def _items(doc) -> list[dict]:
	"""Volumes of the first year that name an item: quantity and the price that follows from the amount."""
	years = [cint(row.year) for row in doc.volumes if row.item]
	return [
		{
			"item_code": row.item,
			"qty": flt(row.qty) or 1,
			"rate": flt(flt(row.amount) / (flt(row.qty) or 1), 2),
		}
		for row in doc.volumes
		if row.item and cint(row.year) == min(years)
	]


def _customer(doc) -> str:
	if not doc.customer:
		frappe.throw(
			_("Customer: please enter the customer of {0} who would buy, and save.").format(
				escape_html(doc.account_name)
			)
		)
	return doc.customer


def _check_open(doc, also: tuple[str, ...] = ()):
	if doc.status in (status.OPEN, *also):
		return
	if doc.status == status.ON_HOLD:
		frappe.throw(_("The opportunity is on hold. Please decide to pursue it first."))
	if doc.status == status.WON:
		frappe.throw(_("The opportunity is won. Please make a new one for further business."))
	frappe.throw(
		_("The opportunity is {0}. Please reopen it first.").format(_(doc.status, context=doc.doctype))
	)


def _already(doc, doctype: str, name: str):
	frappe.throw(
		_("There is one already: {0}.").format(frappe.utils.get_link_to_form(doctype, name)),
		title=_("Exists Already"),
	)


def _is_future(day) -> bool:
	return bool(day) and getdate(day) >= getdate()


# ---------------------------------------------------------------- from documents of ERPNext


def from_document(source, key_account: str | None = None):
	"""A new opportunity of an account with what its document says, not saved."""
	if source.get(FIELD):
		_already(source, DOCTYPE, source.get(FIELD))
	if source.docstatus == 2:
		frappe.throw(_("{0} is cancelled. Please choose a valid document.").format(source.name))
	party = party_of(source)
	if not party:
		frappe.throw(_("Customer: {0} names no customer. Please enter it first.").format(source.name))
	key_account = key_account or account_of(*party)
	if not key_account:
		frappe.throw(
			_("{0} belongs to no key account. Please add the customer to an account, or nominate it.").format(
				frappe.bold(escape_html(party[1]))
			)
		)
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"title": _title(source),
			"key_account": key_account,
			"customer": party[1] if party[0] == "Customer" else None,
			"company": source.company,
			"kind": "Key Project",
			"responsible": _responsible(source),
			"expected_close": source.get("expected_closing")
			or source.get("valid_till")
			or source.get("delivery_date"),
			"amount": _amount(source),
			"origin": "Other",
		}
	)
	stated = (
		deal_documents.stated_probability(source.probability) if source.doctype == "Opportunity" else None
	)
	if stated:
		doc.update({"probability": stated, "probability_by_hand": 1})
	_copy_volumes(doc, source)
	if source.get("contact_person"):
		doc.append("contacts", {"contact": source.contact_person})
	for row in (source.get("competitors") or [])[:3]:
		doc.append("competitors", {"competitor": row.competitor})
	return doc


def account_of(kind: str, name: str) -> str | None:
	"""The key account of a customer, or the one that is a lead or prospect."""
	if kind == "Customer":
		from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of as of_customer

		return of_customer(name)
	return frappe.db.get_value("Key Account", {"party_type": kind, "party": name})


def _title(source) -> str:
	who = source.get("customer_name") or source.get("party_name") or source.get("customer")
	titles = {
		"Opportunity": source.get("title"),
		"Project": source.get("project_name"),
	}
	title = titles.get(source.doctype)
	if title and title != who:
		return title[:140]
	groups = list(dict.fromkeys(row.item_group for row in source.get("items") or [] if row.get("item_group")))
	return (", ".join(groups[:3]) or f"{_(source.doctype)} {source.name}")[:140]


def _responsible(source) -> str:
	user = source.get("opportunity_owner")
	return user if user and frappe.db.get_value("User", user, "enabled") else frappe.session.user


def _amount(source) -> float:
	if source.doctype == "Opportunity":
		return flt(flt(source.opportunity_amount) * (flt(source.conversion_rate) or 1), 2)
	return flt(source.get("base_net_total") or source.get("total_sales_amount"), 2)


def _copy_volumes(doc, source):
	day = doc.expected_close or source.get("transaction_date") or nowdate()
	year = max(getdate(day).year, volumes.FIRST_YEAR)
	rows = {}
	for line in source.get("items") or []:
		if not line.get("item_group") or flt(line.get("qty")) <= 0:
			continue
		row = rows.setdefault((line.item_group, line.get("item_code")), {"qty": 0.0, "amount": 0.0})
		row["qty"] += flt(line.get("stock_qty") or line.qty)
		row["amount"] += flt(line.get("base_net_amount") or line.get("base_amount") or line.get("amount"))
	for (group, item), row in rows.items():
		doc.append("volumes", {"year": year, "item_group": group, "item": item, **row})


def attach(doc, source):
	"""The document, and those made from it, belong to the opportunity."""
	for doctype, name in family(source):
		if not frappe.db.get_value(doctype, name, FIELD):
			frappe.db.set_value(doctype, name, FIELD, doc.name)
	documents.refresh(doc.name)


def family(source) -> list[tuple[str, str]]:
	"""A document with the quotations, orders and projects that were made from it, and those it was made from."""
	found = [(source.doctype, source.name)]
	for doctype, name in found:  # grows while it is walked
		for relative in _relatives(doctype, name):
			if relative not in found:
				found.append(relative)
	return found


def _relatives(doctype: str, name: str) -> list[tuple[str, str]]:
	living = {"docstatus": ("<", 2)}
	related = []

	def add(kind, names):
		related.extend((kind, each) for each in names if each)

	if doctype == "Opportunity":
		add("Quotation", frappe.get_all("Quotation", {"opportunity": name, **living}, pluck="name"))
		lines = {"prevdoc_doctype": "Opportunity", "prevdoc_docname": name, **living}
		add("Quotation", frappe.get_all("Quotation Item", lines, pluck="parent"))
	if doctype == "Quotation":
		add(
			"Sales Order",
			frappe.get_all("Sales Order Item", {"prevdoc_docname": name, **living}, pluck="parent"),
		)
		add("Opportunity", [frappe.db.get_value("Quotation", name, "opportunity")])
		lines = {"parent": name, "prevdoc_doctype": "Opportunity"}
		add("Opportunity", frappe.get_all("Quotation Item", lines, pluck="prevdoc_docname"))
	if doctype == "Sales Order":
		add("Project", frappe.get_all("Project", {"sales_order": name}, pluck="name"))
		add("Quotation", frappe.get_all("Sales Order Item", {"parent": name}, pluck="prevdoc_docname"))
	if doctype == "Project":
		add("Sales Order", [frappe.db.get_value("Project", name, "sales_order")])
	return list(dict.fromkeys(related))
