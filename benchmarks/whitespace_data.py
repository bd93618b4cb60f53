"""A large company for benchmarks/whitespace.py, written straight into the tables of a test site.

Accounts, item groups and opportunities go through their documents, as trees and computed fields need them; customers,
items, invoices, delivery notes, orders and wallets are rows. Nothing is removed again: use a site that is thrown away.
"""

import random
from datetime import date, timedelta

import frappe
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet import key_of
from tests.site import builders as b

COMPANY = "Whitespace Benchmark"
PREFIX = "WB"
GOODS_OF_ALL = "Benchmark Goods"
PASSWORD = "Whitespace-2026!"
DIRECTOR, MANAGER = "whitespace.director@example.com", "whitespace.manager@example.com"
MONTHS = 36
CUSTOMERS_EACH, ITEMS_EACH = 4, 5
STAMP = {
	"creation": "2020-01-01",
	"modified": "2020-01-01",
	"owner": "Administrator",
	"modified_by": "Administrator",
}
FILLED = (
	"Customer", "Item", "Sales Order", "Sales Order Item", "Delivery Note", "Delivery Note Item", "Sales Invoice",
	"Sales Invoice Item", "Key Account Wallet", "Key Account Wallet Share",
)  # fmt: skip
FIRST = "North South East West Royal United General Modern Prime Global".split()
SECOND = "Foods Power Chemicals Clinics Mills Works Systems Plants Laboratories Energy".split()
GOODS = "Pumps Valves Filters Seals Drives Motors Sensors Cables Panels Gauges".split()


def exists() -> bool:
	"""Whether the company was made before."""
	return bool(frappe.db.exists("Company", COMPANY))


def make(accounts: int, groups: int, lines: int) -> None:
	"""Makes the company with `lines` invoice lines at least, and commits."""
	random.seed(20250630)
	b.ensure_company(COMPANY, abbr="WB")
	items = _items(groups)
	customers = _accounts(accounts)
	_invoices(customers, items, lines)
	_wallets(customers, list(items))
	_opportunities(customers, list(items), accounts)
	_orders(customers, items, accounts)
	frappe.db.commit()
	frappe.db.sql("analyze table {}".format(", ".join(f"`tab{name}`" for name in FILLED)))
	frappe.db.commit()


def _rows(doctype: str, rows: list[dict]) -> None:
	"""Many rows at once."""
	if rows:
		names = list(rows[0])
		frappe.db.bulk_insert(doctype, names, [tuple(row[name] for name in names) for row in rows])


def _items(count: int) -> dict[str, list[str]]:
	"""Item group -> its items; ten item groups below each range."""
	result, rows = {}, []
	top = b.ensure_item_group(GOODS_OF_ALL, is_group=True)
	for number in range(count):
		above = b.ensure_item_group(f"Benchmark Range {number // 10 + 1}", top, is_group=True)
		group = b.ensure_item_group(f"{GOODS[number % 10]} {number // 10 + 1}", above)
		result[group] = [f"{PREFIX}-{number:03d}-{place}" for place in range(ITEMS_EACH)]
		rows += [
			{
				"name": code, **STAMP, "item_code": code, "item_name": code, "item_group": group,
				"stock_uom": "Nos", "is_sales_item": 1, "is_stock_item": 1,
			}
			for code in result[group]
		]  # fmt: skip
	_rows("Item", rows)
	return result


def _accounts(count: int) -> dict[str, list[str]]:
	"""Key account -> its customers; every third account is one of the manager."""
	b.ensure_user(DIRECTOR, ["Key Account Director"], password=PASSWORD)
	b.ensure_user(MANAGER, ["Key Account Manager"], password=PASSWORD)
	segments = [
		frappe.get_doc({"doctype": "Market Segment", "market_segment": f"Benchmark {name}"}).insert().name
		for name in ("Health", "Energy", "Food", "Chemistry", "Transport")
	]
	territories = [b.ensure_territory(f"Benchmark Region {number + 1}") for number in range(20)]
	group = b.ensure_customer_group("Benchmark Customers")
	result, rows = {}, []
	for number in range(count):
		name = f"{FIRST[number % 10]} {SECOND[number // 10 % 10]} {number + 1}"
		plants = [f"{name}, Plant {place + 1}" for place in range(CUSTOMERS_EACH)]
		rows += [
			{
				"name": plant, **STAMP, "customer_name": plant, "customer_type": "Company",
				"customer_group": group, "territory": random.choice(territories),
				"market_segment": segments[number % len(segments)],
			}
			for plant in plants
		]  # fmt: skip
		result[name] = plants
	_rows("Customer", rows)
	named = {}
	for number, (name, plants) in enumerate(result.items()):
		account = frappe.get_doc(
			{
				"doctype": "Key Account",
				"account_name": name,
				"level": "National",
				"status": "Active",
				"customers": [{"customer": plant} for plant in plants],
				"team": [{"user": MANAGER}] if number % 3 == 0 else [],
			}
		).insert()
		named[account.name] = plants
	return named


def _invoices(customers: dict, items: dict, lines: int) -> None:
	"""Invoices of orders over MONTHS months; half of them bill delivery notes, the cost of the others is their own."""
	last = getdate(nowdate())
	first = last - timedelta(days=round(MONTHS * 30.4))
	groups = list(items)
	buyers = []
	for plants in customers.values():
		size = random.lognormvariate(0, 0.8)
		bought = [group for group in groups if random.random() < 0.45] or groups[:1]
		buyers += [(plant, size, bought) for plant in plants]
	invoices, rows, notes, note_rows, orders, order_rows = [], [], [], [], [], []
	number = 0
	while len(rows) < lines:
		customer, size, bought = buyers[number % len(buyers)]
		number += 1
		day = first + timedelta(days=random.randrange((last - first).days))
		name, by_note = f"{PREFIX}-SI-{number:06d}", number % 2
		total = 0.0
		for place in range(random.randint(2, 6)):
			group = random.choice(bought)
			amount = round(size * random.lognormvariate(7, 0.8), 2)
			quantity = random.randint(1, 20)
			total += amount
			cost = round(amount / quantity * random.uniform(0.5, 0.85), 4)
			line = {
				**STAMP, "docstatus": 1, "idx": place + 1, "item_code": random.choice(items[group]),
				"item_group": group, "qty": quantity, "stock_qty": quantity, "net_amount": amount,
				"base_net_amount": amount,
			}  # fmt: skip
			key = f"{name}-{place}"
			order_rows.append(_order_line(f"{key}-O", f"{name}-O", line, billed=amount))
			line.update(conversion_factor=1, so_detail=f"{key}-O")
			if by_note:
				note_rows.append(
					{
						"name": f"{key}-N", **line, "parent": f"{name}-N", "parenttype": "Delivery Note",
						"parentfield": "items", "incoming_rate": cost, "against_sales_order": f"{name}-O",
					}
				)  # fmt: skip
			rows.append(
				{
					"name": key, **line, "parent": name, "parenttype": "Sales Invoice", "parentfield": "items",
					"incoming_rate": 0 if by_note else cost, "dn_detail": f"{key}-N" if by_note else None,
					"delivery_note": f"{name}-N" if by_note else None, "sales_order": f"{name}-O",
				}
			)  # fmt: skip
		head = {
			**STAMP, "docstatus": 1, "company": COMPANY, "customer": customer, "customer_name": customer,
			"posting_date": day, "is_return": 0, "is_internal_customer": 0, "base_net_total": total,
			"base_grand_total": total, "currency": b.CURRENCY,
		}  # fmt: skip
		invoices.append({"name": name, **head, "is_opening": "No", "update_stock": int(not by_note)})
		if by_note:
			notes.append({"name": f"{name}-N", **head})
		orders.append(_order(f"{name}-O", customer, day, total, per_billed=100))
	_rows("Sales Invoice", invoices)
	_rows("Sales Invoice Item", rows)
	_rows("Delivery Note", notes)
	_rows("Delivery Note Item", note_rows)
	_rows("Sales Order", orders)
	_rows("Sales Order Item", order_rows)


def _order(name: str, customer: str, day, total: float, per_billed: int) -> dict:
	return {
		"name": name, **STAMP, "docstatus": 1, "company": COMPANY, "customer": customer, "customer_name": customer,
		"transaction_date": day, "delivery_date": day, "order_type": "Sales", "currency": b.CURRENCY,
		"conversion_rate": 1, "base_net_total": total, "net_total": total, "base_grand_total": total,
		"grand_total": total, "per_billed": per_billed, "per_delivered": per_billed,
		"status": "Completed" if per_billed else "To Deliver and Bill",
	}  # fmt: skip


def _order_line(name: str, order: str, line: dict, billed: float) -> dict:
	amount = line["base_net_amount"]
	rate = round(amount / line["qty"], 4)
	return {
		**line, "name": name, "parent": order, "parenttype": "Sales Order", "parentfield": "items",
		"conversion_factor": 1, "rate": rate, "base_rate": rate, "net_rate": rate, "base_net_rate": rate,
		"amount": amount, "base_amount": amount, "billed_amt": billed,
	}  # fmt: skip


def _wallets(customers: dict, groups: list[str]) -> None:
	"""Wallets of every fourth cell of this year, some with a competitor and a contract."""
	year = date.today().year
	rivals = [
		frappe.get_doc({"doctype": "Competitor", "competitor_name": f"Benchmark {name}"}).insert().name
		for name in ("Arvenit", "Nordlicht", "Kestrel")
	]
	names = dict(frappe.get_all("Key Account", fields=["name", "account_name"], order_by="lft", as_list=True))
	rows, shares = [], []
	for account in customers:
		for group in groups:
			if random.random() > 0.25:
				continue
			state = random.choices(["Potential", "Competitor", "Internal", "Blocked"], [5, 3, 1, 1])[0]
			known = state in ("Potential", "Competitor")
			cell = frappe._dict(
				key_account=account, customer=None, item_group=group, year=year, company=COMPANY
			)
			name = f"{PREFIX}-W-{len(rows):06d}"
			rows.append(
				{
					"name": name, **STAMP, **cell, "account_name": names[account], "state": state,
					"currency": b.CURRENCY, "wallet": round(random.lognormvariate(10, 1)) if known else 0,
					"wallet_known": int(known), "cell_key": key_of(cell),
					"blocked_reason": "Not allowed" if state == "Blocked" else None,
				}
			)  # fmt: skip
			if state == "Competitor":
				shares.append(
					{
						"name": f"{name}-S", **STAMP, "parent": name, "parenttype": "Key Account Wallet",
						"parentfield": "shares", "idx": 1, "supplier_kind": "Competitor",
						"competitor": random.choice(rivals),
						"contract_end": random.choice([None, date(year + 1, 6, 30)]),
					}
				)  # fmt: skip
	_rows("Key Account Wallet", rows)
	_rows("Key Account Wallet Share", shares)


def _opportunities(customers: dict, groups: list[str], count: int) -> None:
	accounts = list(customers)
	for number in range(count):
		account = accounts[number % len(accounts)]
		frappe.get_doc(
			{
				"doctype": "Key Account Opportunity",
				"title": f"Benchmark idea {number + 1}",
				"key_account": account,
				"customer": random.choice(customers[account]),
				"company": COMPANY,
				"responsible": DIRECTOR,
				"expected_close": add_days(nowdate(), random.randint(10, 300)),
				"probability": random.choice([0, 25, 50, 75]),
				"volumes": [
					{
						"year": date.today().year,
						"item_group": random.choice(groups),
						"amount": random.randint(1, 80) * 1000,
					}
				],
			}
		).insert()


def _orders(customers: dict, items: dict, count: int) -> None:
	"""Sales Orders not invoiced yet, two lines each."""
	buyers = [plant for plants in customers.values() for plant in plants]
	heads, rows = [], []
	for number in range(count):
		name, customer = f"{PREFIX}-SO-{number:06d}", random.choice(buyers)
		total = 0
		for place in range(2):
			group = random.choice(list(items))
			amount = random.randint(1, 30) * 500
			total += amount
			line = {
				**STAMP, "docstatus": 1, "idx": place + 1, "item_code": items[group][0], "item_group": group,
				"qty": 10, "stock_qty": 10, "net_amount": amount, "base_net_amount": amount,
			}  # fmt: skip
			rows.append(_order_line(f"{name}-{place}", name, line, billed=0))
		heads.append(_order(name, customer, add_days(nowdate(), -random.randint(1, 60)), total, per_billed=0))
	_rows("Sales Order", heads)
	_rows("Sales Order Item", rows)


def described() -> str:
	"""What is there, as sentences."""
	count = lambda doctype, **filters: f"{frappe.db.count(doctype, filters):,}"  # noqa: E731
	lines = frappe.db.sql(
		"select count(*) from `tabSales Invoice Item` i join `tabSales Invoice` p on p.name = i.parent where p.company = %s",
		COMPANY,
	)[0][0]
	return (
		f"{frappe.db.count('Key Account'):,} key accounts with {CUSTOMERS_EACH} customers each,"
		f" {count('Item', name=('like', f'{PREFIX}-%'))} items in"
		f" {len(set(frappe.get_all('Item', {'name': ('like', f'{PREFIX}-%')}, pluck='item_group', order_by='name')))} lowest item groups,"
		f" {count('Sales Invoice', company=COMPANY)} invoices with {lines:,} lines over {MONTHS} months (half of them bill"
		f" {count('Delivery Note', company=COMPANY)} delivery notes, which carry the cost),"
		f" {count('Key Account Wallet', company=COMPANY)} wallets,"
		f" {count('Key Account Opportunity', company=COMPANY)} open opportunities and"
		f" {count('Sales Order', company=COMPANY)} orders, {count('Sales Order', company=COMPANY, per_billed=0)} of them"
		" not invoiced."
	)
