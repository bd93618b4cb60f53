"""Loads a part of the AdventureWorks reseller sales into ERPNext through its own documents.

Which part: every invoice of 2018 and 2019, with all its lines, of a fixed choice of resellers:
- the 2 with the largest sales of 2019,
- every 4th of the others in the order of their 2019 sales, so that all ABC classes are there, but only of those whose
  invoices have at most 9 lines on average: time to load goes with the number of lines,
- every 6th of those that bought in 2018 and not in 2019 (customers lost), under the same limit,
- all resellers whose name is not unique.

How: one Customer per reseller (its key in `tax_id`: AW-546), one Sales Invoice per sales order (its number in `po_no`),
posted in order of date, stock delivered with the invoice. The stock comes from one receipt on the last day of 2017 at the
product's StandardCost, so each line's cost is quantity x StandardCost and gross profit is real.
The company is its own, "Adventure Works Cycles" in USD, so documents of the tests never mix with these.
"""

import csv
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

COMPANY, ABBR = "Adventure Works Cycles", "AWC"
YEARS = (2018, 2019)
STOCK_DATE = "2017-12-31"
LARGEST, EVERY, LOST_EVERY, LINES = 2, 4, 6, 9
GROUPS = {"North American": "North America", "European": "Europe", "Pacific": "Pacific"}


# ---- the files, without Frappe ---------------------------------------------------------------------------------


def folder():
	"""Folder of the CSV files, or None: KAM_ADVENTUREWORKS, else ../shared/data/adventureworks beside the clone."""
	beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
	found = Path(os.environ.get("KAM_ADVENTUREWORKS") or beside)
	return found if (found / "reseller_sales.csv").exists() else None


def read(name):
	"""Rows of one file as dicts; some files open with a byte-order mark."""
	with open(folder() / name, encoding="utf-8-sig", newline="") as file:
		return list(csv.DictReader(file))


def chosen_resellers(sales, resellers):
	"""Keys of the resellers to load, largest first, lost ones last."""
	totals = {year: defaultdict(Decimal) for year in YEARS}
	lines, orders = defaultdict(int), defaultdict(set)
	for line in sales:
		year, key = int(line["OrderDate"][:4]), line["ResellerKey"]
		if year in totals:
			totals[year][key] += Decimal(line["SalesAmount"])
			lines[key] += 1
			orders[key].add(line["SalesOrderNumber"])
	before, now = totals[2018], totals[2019]

	def by_size(amounts):
		return sorted(amounts, key=lambda key: (-amounts[key], int(key)))

	def quick(keys):
		return [key for key in keys if lines[key] <= LINES * len(orders[key])]

	ranked = by_size(now)
	lost = by_size({key: amount for key, amount in before.items() if key not in now})
	names = defaultdict(list)
	for reseller in resellers:
		names[reseller["ResellerName"]].append(reseller["ResellerKey"])
	same_name = [key for keys in names.values() if len(keys) > 1 for key in keys]
	wanted = ranked[:LARGEST] + quick(ranked[LARGEST:])[::EVERY] + quick(lost)[::LOST_EVERY]
	return list(dict.fromkeys(wanted + sorted(same_name, key=int)))


def chosen_orders(sales, keys):
	"""{order number: its lines} of the chosen resellers in the chosen years, in order of date and number."""
	orders, keys = defaultdict(list), set(keys)
	for line in sales:
		if line["ResellerKey"] in keys and int(line["OrderDate"][:4]) in YEARS:
			orders[line["SalesOrderNumber"]].append(line)
	return dict(sorted(orders.items(), key=lambda order: (order[1][0]["OrderDate"], order[0])))


# ---- the documents ---------------------------------------------------------------------------------------------


def load():
	"""Loads everything and commits. Returns {what: how many}. Refuses to load twice."""
	import frappe

	from tests.site import builders

	if frappe.db.exists("Company", COMPANY):
		raise RuntimeError(f"{COMPANY} is on this site already")
	frappe.flags.mute_emails = True
	_remember_formatted_columns()
	sales, resellers, products = read("reseller_sales.csv"), read("resellers.csv"), read("products.csv")
	keys = chosen_resellers(sales, resellers)
	orders = chosen_orders(sales, keys)
	lines = [line for order in orders.values() for line in order]

	builders.ensure_company(COMPANY, "USD", "United States", ABBR)
	territories = _territories(builders)
	people = _sales_people(builders)
	items = _items(
		builders, [p for p in products if p["ProductKey"] in {line["ProductKey"] for line in lines}]
	)
	customers = _customers(builders, resellers, keys, sales, territories)
	frappe.db.commit()
	_stock(builders, items, products, lines)
	frappe.db.commit()
	for number, (order, order_lines) in enumerate(orders.items(), 1):
		_invoice(builders, order, order_lines, customers, items, people, territories)
		if number % 20 == 0:
			frappe.db.commit()
			frappe.local.message_log = []
	frappe.db.commit()
	return {
		"territories": len(territories),
		"item groups": len({p["Subcategory"] for p in products}) + 4,
		"items": len(items),
		"customers": len(customers),
		"sales people": len(people),
		"invoices": len(orders),
		"invoice lines": len(lines),
	}


def _remember_formatted_columns():
	"""Frappe formats every column name of every query anew, a sixth of the loading time; the result never differs."""
	import functools

	import sqlparse

	sqlparse.format = functools.lru_cache(maxsize=4096)(sqlparse.format)


def _territories(builders):
	"""Group > Country > Name. The country level has the file's code (FR), as two levels cannot share a name."""
	found = {}
	for row in read("territories.csv"):
		group = builders.ensure_territory(row["Group"], is_group=True)
		country = builders.ensure_territory(row["Country"], parent=group, is_group=True)
		found[row["SalesTerritoryKey"]] = builders.ensure_territory(row["Name"], parent=country)
	return found


def _sales_people(builders):
	"""One team per territory group with its manager and representatives."""
	found = {}
	for row in read("employees.csv"):
		region = row["TerritoryGroup"] or next(
			name for adjective, name in GROUPS.items() if row["JobTitle"].startswith(adjective)
		)
		team = builders.ensure_sales_person(f"{region} Team", is_group=True)
		found[row["EmployeeKey"]] = builders.ensure_sales_person(
			f"{row['FirstName']} {row['LastName']}", team
		)
	return found


def _items(builders, products):
	"""Item groups category > subcategory, and the products that were sold. Returns {product key: item code}."""
	for row in read("products.csv"):
		category = builders.ensure_item_group(row["EnglishProductCategoryName"], is_group=True)
		builders.ensure_item_group(row["Subcategory"], parent=category)
	return {
		row["ProductKey"]: builders.ensure_item(
			f"AW-{row['ProductKey']}", row["Subcategory"], stock=True, item_name=row["Product"]
		)
		for row in products
	}


def _customers(builders, resellers, keys, sales, territories):
	"""Returns {reseller key: Customer}. Two resellers of one name become two customers."""
	where = {line["ResellerKey"]: territories[line["SalesTerritoryKey"]] for line in sales}
	by_key = {row["ResellerKey"]: row for row in resellers}
	found = {}
	for key in sorted(keys, key=int):
		row = by_key[key]
		group = {"Ware House": "Warehouse"}.get(row["BusinessType"], row["BusinessType"])
		found[key] = builders.make_customer(
			row["ResellerName"],
			territory=where[key],
			customer_group=builders.ensure_customer_group(group),
			tax_id=f"AW-{key}",
		).name
	return found


def _stock(builders, items, products, lines):
	"""Receives what will be sold, at StandardCost, 100 products a receipt."""
	cost = {row["ProductKey"]: float(row["StandardCost"]) for row in products}
	sold = defaultdict(int)
	for line in lines:
		sold[line["ProductKey"]] += int(line["OrderQuantity"])
	received = [(items[key], sold[key], cost[key]) for key in sorted(sold, key=int)]
	for start in range(0, len(received), 100):
		builders.new_receipt(received[start : start + 100], STOCK_DATE, COMPANY).submit()


def _invoice(builders, order, lines, customers, items, people, territories):
	"""One sales order of the file as a Sales Invoice that delivers its stock."""
	first = lines[0]
	builders.new_invoice(
		customers[first["ResellerKey"]],
		[(items[line["ProductKey"]], int(line["OrderQuantity"]), float(line["UnitPrice"])) for line in lines],
		posting_date=first["OrderDate"],
		company=COMPANY,
		sales_team=[(people[first["EmployeeKey"]], 100)],
		territory=territories[first["SalesTerritoryKey"]],
		po_no=order,
		po_date=first["OrderDate"],
	).submit()  # saved and submitted in one step, which validates once instead of twice
