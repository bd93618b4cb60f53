"""The AdventureWorks data on the site is what the CSV files say, to the cent."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal

import frappe
import pytest


@pytest.fixture
def expected(adventureworks):
	"""Computed from the files alone: {order: (date, reseller, net sales, cost)} of the loaded resellers."""
	keys = set(frappe.get_all("Customer", {"tax_id": ("like", "AW-%")}, pluck="tax_id"))
	cost = {row["ProductKey"]: Decimal(row["StandardCost"]) for row in adventureworks.read("products.csv")}
	with open(adventureworks.folder() / "reseller_sales.csv", encoding="utf-8-sig", newline="") as file:
		lines = [
			row
			for row in csv.DictReader(file)
			if f"AW-{row['ResellerKey']}" in keys and row["OrderDate"][:4] in ("2018", "2019")
		]
	orders = {}
	for line in lines:
		date, reseller, net, spent = orders.get(
			line["SalesOrderNumber"], (line["OrderDate"], line["ResellerKey"], Decimal(0), Decimal(0))
		)
		net += Decimal(line["SalesAmount"])
		spent += cost[line["ProductKey"]] * int(line["OrderQuantity"])
		orders[line["SalesOrderNumber"]] = (date, reseller, net, spent)
	return orders


@pytest.fixture
def invoices(adventureworks):
	"""Submitted invoices on the site by order number."""
	rows = frappe.get_all(
		"Sales Invoice",
		{"company": adventureworks.COMPANY, "docstatus": 1},
		["name", "po_no", "posting_date", "customer", "base_net_total", "territory"],
	)
	return {row.po_no: row for row in rows}


def reseller_keys():
	return {
		row.name: row.tax_id.removeprefix("AW-")
		for row in frappe.get_all("Customer", {"tax_id": ("like", "AW-%")}, ["name", "tax_id"])
	}


def test_every_order_is_one_submitted_invoice(expected, invoices):
	assert len(invoices) >= 300
	assert set(invoices) == set(expected)
	keys = reseller_keys()
	for order, (date, reseller, _net, _cost) in expected.items():
		assert str(invoices[order].posting_date) == date
		assert keys[invoices[order].customer] == reseller


def test_net_sales_per_customer_and_year_equal_the_file(expected, invoices, adventureworks):
	keys = reseller_keys()
	want, found = defaultdict(Decimal), defaultdict(Decimal)
	for date, reseller, net, _cost in expected.values():
		want[reseller, date[:4]] += net
	for row in frappe.db.sql(
		"""select si.customer, year(si.posting_date) as posted, sum(item.base_net_amount) as net
		from `tabSales Invoice Item` item join `tabSales Invoice` si on si.name = item.parent
		where si.docstatus = 1 and si.company = %s group by si.customer, year(si.posting_date)""",
		adventureworks.COMPANY,
		as_dict=True,
	):
		found[keys[row.customer], str(row.posted)] = Decimal(str(row.net)).quantize(Decimal("0.01"))
	assert found == want
	assert sum(want.values()) > 1_000_000


def test_cost_of_goods_sold_is_quantity_times_standard_cost(expected, adventureworks):
	booked = frappe.db.sql(
		"""select sum(gl.debit - gl.credit) from `tabGL Entry` gl join `tabAccount` account on account.name = gl.account
		where gl.company = %s and gl.is_cancelled = 0 and account.account_type = 'Cost of Goods Sold'
		and gl.voucher_type = 'Sales Invoice'""",
		adventureworks.COMPANY,
	)[0][0]
	assert Decimal(str(booked)).quantize(Decimal("0.01")) == sum(cost for *_, cost in expected.values())


def test_resellers_of_one_name_are_separate_customers(adventureworks):
	names = Counter(frappe.get_all("Customer", {"tax_id": ("like", "AW-%")}, pluck="customer_name"))
	twins = {name for name, number in names.items() if number > 1}
	assert twins == {"Sports Products Store", "Friendly Bike Shop"}
	assert frappe.db.exists("Customer", "Friendly Bike Shop - 1")


def test_trees_have_three_levels(adventureworks):
	def path(doctype, parent_field, name):
		found = [name]
		while name := frappe.db.get_value(doctype, name, parent_field):
			found.append(name)
		return found

	assert path("Territory", "parent_territory", "Northwest") == [
		"Northwest",
		"US",
		"North America",
		"All Territories",
	]
	assert path("Item Group", "parent_item_group", "Road Bikes") == ["Road Bikes", "Bikes", "All Item Groups"]
	assert frappe.db.count("Item Group", {"parent_item_group": "Components"}) == 14


def test_each_invoice_names_the_sales_person_of_the_file(adventureworks, invoices):
	people = {
		row["EmployeeKey"]: f"{row['FirstName']} {row['LastName']}"
		for row in adventureworks.read("employees.csv")
	}
	want = {
		line["SalesOrderNumber"]: people[line["EmployeeKey"]]
		for line in adventureworks.read("reseller_sales.csv")
		if line["SalesOrderNumber"] in invoices
	}
	team = frappe.get_all(
		"Sales Team",
		{"parenttype": "Sales Invoice", "parent": ("in", [row.name for row in invoices.values()])},
		["parent", "sales_person", "allocated_percentage"],
	)
	by_name = {row.name: order for order, row in invoices.items()}
	assert {by_name[row.parent]: row.sales_person for row in team} == want
	assert {row.allocated_percentage for row in team} == {100}
