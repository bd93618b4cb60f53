"""Purchases, orders, deliveries, invoices, returns and payments: submitted in the order of their dates."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice
from frappe.query_builder.functions import CombineDatetime
from frappe.utils import flt

from kam_erpnext.demo import world
from kam_erpnext.demo.history import History, Purchase, Sale
from kam_erpnext.demo.masters import Masters

BATCH = 40
# of the open orders, so many are delivered and wait for their invoice
DELIVERED_NOT_BILLED = 4
# what comes first on a day, and when the day's work begins (minutes)
PURCHASE, ORDER, DELIVERY, INVOICE, RETURN, PAYMENT = range(6)
OPENING = 8 * 60 + 30


class Trade:
	def __init__(self, masters: Masters, history: History):
		self.masters = masters
		self.history = history
		# id of the planned sale or purchase -> document
		self.order: dict[int, str] = {}
		self.note: dict[int, str] = {}
		self.invoice: dict[int, str] = {}
		self.bought: dict[int, str] = {}
		self.day, self.minute = None, OPENING
		company = frappe.get_cached_doc("Company", world.COMPANY)
		self.receivable, self.payable = company.default_receivable_account, company.default_payable_account

	def run(self, report: Callable[[int, int], None]) -> None:
		"""Submit everything; `report(done, of)` after every batch, which is also committed."""
		events = self.events()
		for number, (day, _order, _index, work, argument) in enumerate(events, 1):
			self.next_minute(day)
			work(argument)
			if number % BATCH == 0:
				frappe.db.commit()
				frappe.local.message_log = []
				report(number, len(events))
		self.date_records()
		frappe.db.commit()

	def events(self) -> list[tuple]:
		events = [(p.day, PURCHASE, self.buy, p) for p in self.history.purchases]
		events += [(p.paid_on, PAYMENT, self.pay_supplier, p) for p in self.history.purchases if p.paid_on]
		runs: dict[tuple[int, date], list[Sale]] = defaultdict(list)
		delivered = 0
		for sale in self.history.sales:
			if sale.kind == "invoice":
				events.append((sale.day, INVOICE, self.sell, sale))
			elif sale.kind == "chain":
				day = max(self.history.first, sale.day - timedelta(days=9))
				events.append((day, ORDER, self.take_order, sale))
				events.append((sale.day, DELIVERY, self.deliver, sale))
				events.append((sale.day, INVOICE, self.bill, sale))
			else:
				events.append((sale.day, ORDER, self.take_order, sale))
				if delivered < DELIVERED_NOT_BILLED:
					events.append((self.history.end, DELIVERY, self.deliver, sale))
					delivered += 1
			if sale.returned_on:
				events.append((sale.returned_on, RETURN, self.give_back, sale))
			if sale.paid_on:
				runs[sale.customer.number, sale.paid_on].append(sale)
		events += [(day, PAYMENT, self.pay, sales) for (_customer, day), sales in runs.items()]
		numbered = [(day, order, index, work, what) for index, (day, order, work, what) in enumerate(events)]
		return sorted(numbered, key=lambda event: event[:3])

	def next_minute(self, day: date) -> None:
		"""Documents of a day follow each other, so that stock is never posted into the past."""
		opening = OPENING + day.toordinal() * 37 % 400
		self.minute = self.minute + 3 if day == self.day else opening
		self.day = day

	def posting(self) -> dict:
		hour, minute = divmod(self.minute, 60)
		return {
			"posting_date": self.day,
			"posting_time": f"{min(hour, 23):02d}:{minute:02d}:00",
			"set_posting_time": 1,
		}

	# ------------------------------------------------------------ buying

	def buy(self, purchase: Purchase) -> None:
		"""Goods arrive with their invoice; services are only invoiced."""
		stocked = [self.is_stocked(code) for code, _qty, _cost in purchase.lines]
		invoice = frappe.get_doc(
			{
				"doctype": "Purchase Invoice",
				"naming_series": f"{world.SERIES}PINV-.####",
				"supplier": self.masters.supplier[purchase.supplier],
				"company": world.COMPANY,
				**self.posting(),
				"due_date": self.day + timedelta(days=30),
				"bill_no": f"{purchase.supplier[:3].upper()}-{self.day:%y%m}",
				"bill_date": self.day,
				"buying_price_list": self.masters.buying,
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
				"update_stock": int(any(stocked)),
				"items": [
					{
						"item_code": self.masters.item[code],
						"qty": qty,
						"rate": cost,
						"price_list_rate": cost,
						"warehouse": self.masters.warehouse if stock else None,
					}
					for (code, qty, cost), stock in zip(purchase.lines, stocked, strict=True)
				],
			}
		)
		insert_and_submit(invoice)
		self.bought[id(purchase)] = invoice.name

	def is_stocked(self, code: str) -> bool:
		return bool(frappe.get_cached_value("Item", self.masters.item[code], "is_stock_item"))

	# ------------------------------------------------------------ selling

	def sell(self, sale: Sale) -> None:
		"""An invoice that takes its goods out of stock.

		Submitted while it is inserted, with every check of a submission; a second round as a draft would find the same.
		"""
		items = self.items(sale)
		invoice = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"naming_series": f"{world.SERIES}SINV-.#####",
				"customer": self.masters.customer[sale.customer.number],
				"company": world.COMPANY,
				**self.posting(),
				"due_date": self.day + timedelta(days=30),
				"selling_price_list": self.masters.selling,
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
				"update_stock": int(any(row["warehouse"] for row in items)),
				"items": items,
				"sales_team": self.sales_team(sale),
			}
		)
		invoice.submit()
		self.invoice[id(sale)] = invoice.name

	def items(self, sale: Sale) -> list[dict]:
		return [
			{
				"item_code": self.masters.item[line.item],
				"qty": line.qty,
				"price_list_rate": line.list_price,
				"rate": line.rate,
				"warehouse": self.masters.warehouse if self.is_stocked(line.item) else None,
			}
			for line in sale.lines
		]

	def sales_team(self, sale: Sale) -> list[dict]:
		person = self.masters.sales_person[world.sales_person_of(sale.customer.territory)]
		return [{"sales_person": person, "allocated_percentage": 100}]

	def take_order(self, sale: Sale) -> None:
		delivery = (
			sale.day
			if sale.kind == "chain"
			else sale.due_on or self.history.end + timedelta(days=8 + sale.customer.number % 21)
		)
		order = frappe.get_doc(
			{
				"doctype": "Sales Order",
				"naming_series": f"{world.SERIES}SORD-.####",
				"customer": self.masters.customer[sale.customer.number],
				"company": world.COMPANY,
				"transaction_date": self.day,
				"delivery_date": delivery,
				"selling_price_list": self.masters.selling,
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
				"items": [{**row, "delivery_date": delivery} for row in self.items(sale)],
				"sales_team": self.sales_team(sale),
			}
		)
		insert_and_submit(order)
		self.order[id(sale)] = order.name

	def deliver(self, sale: Sale) -> None:
		note = make_delivery_note(self.order[id(sale)])
		note.update(
			{"naming_series": f"{world.SERIES}DN-.####", **self.posting(), "disable_rounded_total": 1}
		)
		insert_and_submit(note)
		self.note[id(sale)] = note.name

	def bill(self, sale: Sale) -> None:
		invoice = make_sales_invoice(self.note[id(sale)])
		invoice.update(
			{
				"naming_series": f"{world.SERIES}SINV-.#####",
				**self.posting(),
				"due_date": self.day + timedelta(days=30),
				"payment_schedule": [],
				"disable_rounded_total": 1,
			}
		)
		insert_and_submit(invoice)
		self.invoice[id(sale)] = invoice.name

	def give_back(self, sale: Sale) -> None:
		"""A part of the line with most pieces comes back; the credit is set off, or stays open if all is paid."""
		credit = make_sales_return(self.invoice[id(sale)])
		row = max(credit.items, key=lambda item: abs(item.qty))
		row.qty = -max(1, abs(int(row.qty)) // 3)
		row.stock_qty = row.qty * (row.conversion_factor or 1)
		credit.items = [row]
		outstanding = frappe.db.get_value("Sales Invoice", self.invoice[id(sale)], "outstanding_amount")
		credit.update(
			{
				"naming_series": f"{world.SERIES}SRET-.####",
				**self.posting(),
				"due_date": self.day,
				"payment_schedule": [],
				"update_outstanding_for_self": int(outstanding < abs(row.qty) * row.rate),
				"disable_rounded_total": 1,
			}
		)
		insert_and_submit(credit)

	def pay(self, sales: list[Sale]) -> None:
		"""One transfer for everything a customer pays on a day."""
		self.transfer("Receive", "Customer", "Sales Invoice", [self.invoice[id(sale)] for sale in sales])

	def pay_supplier(self, purchase: Purchase) -> None:
		self.transfer("Pay", "Supplier", "Purchase Invoice", [self.bought[id(purchase)]])

	def transfer(self, payment_type: str, party_type: str, doctype: str, names: list[str]) -> None:
		"""Pays what is outstanding on invoices of one party."""
		party_field = frappe.scrub(party_type)
		open_invoices = frappe.get_all(
			doctype,
			{"name": ("in", names), "outstanding_amount": (">", 0)},
			["name", party_field, "outstanding_amount"],
			order_by="posting_date, name",
		)
		if not open_invoices:
			return
		received = payment_type == "Receive"
		total = flt(sum(row.outstanding_amount for row in open_invoices), 2)
		frappe.get_doc(
			{
				"doctype": "Payment Entry",
				"naming_series": f"{world.SERIES}PAY-.####",
				"payment_type": payment_type,
				"company": world.COMPANY,
				"posting_date": self.day,
				"party_type": party_type,
				"party": open_invoices[0][party_field],
				"paid_from": self.receivable if received else self.masters.bank,
				"paid_to": self.masters.bank if received else self.payable,
				"paid_amount": total,
				"received_amount": total,
				"source_exchange_rate": 1,
				"target_exchange_rate": 1,
				"reference_no": f"TRF {self.day:%y%m%d}",
				"reference_date": self.day,
				"references": [
					{
						"reference_doctype": doctype,
						"reference_name": row.name,
						"allocated_amount": row.outstanding_amount,
					}
					for row in open_invoices
				],
			}
		).submit()

	# ------------------------------------------------------------ look

	def date_records(self) -> None:
		"""Lists show when a record was made: the day of the document rather than the minute of this run."""
		for doctype in ("Sales Invoice", "Purchase Invoice", "Delivery Note"):
			table = frappe.qb.DocType(doctype)
			made = CombineDatetime(table.posting_date, table.posting_time)
			query = frappe.qb.update(table).set(table.creation, made).set(table.modified, made)
			query.where(table.company == world.COMPANY).run()
		for doctype, day in (("Sales Order", "transaction_date"), ("Payment Entry", "posting_date")):
			table = frappe.qb.DocType(doctype)
			query = frappe.qb.update(table).set(table.creation, table[day]).set(table.modified, table[day])
			query.where(table.company == world.COMPANY).run()
		customer = frappe.qb.DocType("Customer")
		for planned in self.history.customers:
			begin = (
				planned.begin if planned.begin and planned.begin > self.history.start else self.history.first
			)
			made = begin - timedelta(days=1 + planned.number % 9)
			frappe.qb.update(customer).set(customer.creation, made).set(customer.modified, made).where(
				customer.name == self.masters.customer[planned.number]
			).run()


def insert_and_submit(doc) -> None:
	doc.insert()
	doc.submit()
