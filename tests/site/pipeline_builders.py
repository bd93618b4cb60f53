"""Documents of a pipeline for tests, from the idea to the invoice, each made of the one before as ERPNext makes it."""

import frappe
from erpnext.crm.doctype.opportunity.opportunity import make_quotation as quotation_of_opportunity
from erpnext.selling.doctype.quotation.quotation import make_sales_order as order_of_quotation
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice as invoice_of_order
from frappe.utils import add_days, nowdate

from kam_erpnext.data.pipeline import PipelineFilters, chain
from tests.site import builders as b

WIRES, PUMPS = "Pipeline Wires", "Pipeline Pumps"
WIRE, PUMP = "Pipeline Wire", "Pipeline Pump"


@b.as_administrator
def ensure_items():
	"""Two services in two item groups: WIRE in WIRES, PUMP in PUMPS."""
	b.ensure_company()
	for group, item in ((WIRES, WIRE), (PUMPS, PUMP)):
		b.ensure_item(item, b.ensure_item_group(group), stock=False)


@b.as_administrator
def make_idea(key_account, amount=0, customer=None, volumes=(), **fields):
	"""A Key Account Opportunity. `volumes` are (item group, amount) of this year."""
	return frappe.get_doc(
		{
			"doctype": "Key Account Opportunity",
			"title": "Test idea",
			"key_account": key_account,
			"customer": customer,
			"company": b.COMPANY,
			"responsible": "Administrator",
			"amount": amount,
			"volumes": [
				{"year": int(nowdate()[:4]), "item_group": group, "amount": value} for group, value in volumes
			],
			**fields,
		}
	).insert()


@b.as_administrator
def make_opportunity(customer, amount, items=(), idea=None, party_type="Customer", **fields):
	"""An ERPNext Opportunity. `items` are (item code, quantity, rate)."""
	return frappe.get_doc(
		{
			"doctype": "Opportunity",
			"opportunity_from": party_type,
			"party_name": customer,
			"company": b.COMPANY,
			"currency": b.CURRENCY,
			"conversion_rate": 1,
			"opportunity_amount": amount,
			"transaction_date": nowdate(),
			"kam_opportunity": idea,
			"items": [
				{"item_code": code, "qty": qty, "rate": rate, "amount": qty * rate}
				for code, qty, rate in items
			],
			**fields,
		}
	).insert()


@b.as_administrator
def make_quotation(customer, items, idea=None, days=30, submit=True, **fields):
	"""A quotation that is valid for `days` more days. `items` are (item code, quantity, rate) or dicts of a line."""
	quotation = frappe.get_doc(
		{
			"doctype": "Quotation",
			"quotation_to": "Customer",
			"party_name": customer,
			"company": b.COMPANY,
			"transaction_date": fields.pop("transaction_date", nowdate()),
			"valid_till": add_days(nowdate(), days),
			"currency": b.CURRENCY,
			"conversion_rate": 1,
			"selling_price_list": "Standard Selling",
			"price_list_currency": b.CURRENCY,
			"plc_conversion_rate": 1,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"kam_opportunity": idea,
			"items": [
				row
				if isinstance(row, dict)
				else {"item_code": row[0], "qty": row[1], "rate": row[2], "price_list_rate": row[2]}
				for row in items
			],
			**fields,
		}
	)
	quotation.insert()
	if submit:
		quotation.submit()
	return quotation


@b.as_administrator
def quote(opportunity, submit=True, **fields):
	"""The quotation ERPNext makes of an opportunity."""
	quotation = quotation_of_opportunity(opportunity.name)
	quotation.update({"valid_till": add_days(nowdate(), 30), "disable_rounded_total": 1, **fields})
	return _finish(quotation, submit)


@b.as_administrator
def order(quotation, quantities=None, submit=True, selected=(), **fields):
	"""The order ERPNext makes of a quotation, of all of it or of `quantities` {item code: pieces}.

	`selected` are the lines that ERPNext's dialog chose out of alternative ones.
	"""
	frappe.flags.args = {"selected_items": [{"name": name} for name in selected]}
	document = order_of_quotation(quotation.name)
	frappe.flags.args = {}
	document.update({"delivery_date": add_days(nowdate(), 20), "disable_rounded_total": 1, **fields})
	_take(document, quantities)
	for row in document.items:
		row.delivery_date = document.delivery_date
		row.warehouse = b.warehouse()
	return _finish(document, submit)


@b.as_administrator
def invoice(sales_order, quantities=None, submit=True, **fields):
	"""The invoice ERPNext makes of an order, of all of it or of `quantities` {item code: pieces}."""
	document = invoice_of_order(sales_order.name)
	document.update({"disable_rounded_total": 1, **fields})
	_take(document, quantities)
	return _finish(document, submit)


def _take(document, quantities):
	if quantities is None:
		return
	document.items = [row for row in document.items if quantities.get(row.item_code)]
	for row in document.items:
		row.qty = quantities[row.item_code]
		row.stock_qty = row.qty


def _finish(document, submit):
	document.insert()
	if submit:
		document.submit()
	return document


def deals(account, user=None, **filters):
	"""The deals of an account by name."""
	found = chain(PipelineFilters(b.COMPANY, (account,), user=user, **filters))
	return found.deals.set_index("deal", drop=False)


def parts_of(account, deal=None, user=None):
	"""(part, item group) -> amount of an account or one deal."""
	frame = chain(PipelineFilters(b.COMPANY, (account,), user=user)).parts
	if deal:
		frame = frame[frame["deal"] == deal]
	return {
		key: round(value, 2)
		for key, value in frame.groupby(["part", "item_group"], dropna=False)["amount"].sum().items()
	}


def split(row):
	"""(idea, quoted, ordered, invoiced) of a deal."""
	return tuple(round(row[part], 2) for part in ("idea", "quoted", "ordered", "invoiced"))
