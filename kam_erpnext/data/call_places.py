"""Where customers are and whom one rings there: addresses and contacts of many customers at once, as the reader may see them."""

from collections import defaultdict
from collections.abc import Iterable

import frappe

from kam_erpnext.data.account_page.panel import may_read
from kam_erpnext.data.account_page.people import CONTACT_FIELDS
from kam_erpnext.data.permissions import customer_condition, every

ADDRESS_FIELDS = (
	"name",
	"address_type",
	"address_line1",
	"address_line2",
	"pincode",
	"city",
	"country",
	"phone",
	"is_primary_address",
	"is_shipping_address",
)
CHUNK = 1000


def visible(customers: Iterable[str]) -> dict[str, frappe._dict]:
	"""Customer -> its name, group, class of address and main phone, for those the reader may see."""
	names = sorted(set(filter(None, customers)))
	if not names:
		return {}
	customer = frappe.qb.DocType("Customer")
	rows = (
		frappe.qb.from_(customer)
		.select(customer.name, customer.customer_name, customer.customer_group, customer.territory)
		.select(customer.customer_primary_address, customer.customer_primary_contact)
		.where(every([customer.name.isin(names), customer_condition(customer)]))
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def linked(doctype: str, customers: Iterable[str]) -> dict[str, list[str]]:
	"""Address or Contact -> the customers among `customers` it belongs to."""
	names, result = sorted(set(customers)), defaultdict(list)
	for start in range(0, len(names), CHUNK):
		for parent, customer in frappe.get_all(
			"Dynamic Link",
			{
				"parenttype": doctype,
				"link_doctype": "Customer",
				"link_name": ("in", names[start : start + CHUNK]),
			},
			["parent", "link_name"],
			order_by="parent, idx",
			as_list=True,
			limit_page_length=0,
		):
			result[parent].append(customer)
	return result


def addresses(customers: dict[str, frappe._dict]) -> dict[str, dict]:
	"""Customer -> the address one goes to: the shipping address, else the primary one, else the first."""
	if not customers or not may_read("Address"):
		return {}
	owners = linked("Address", customers)
	if not owners:
		return {}
	rows = frappe.get_list(
		"Address",
		filters={"name": ("in", sorted(owners)), "disabled": 0},
		fields=list(ADDRESS_FIELDS),
		order_by="creation asc, name asc",
		limit_page_length=0,
	)
	best: dict[str, tuple] = {}
	for place, row in enumerate(rows):
		for customer in owners[row["name"]]:
			main = row["name"] == customers[customer].customer_primary_address or row["is_primary_address"]
			rank = (not row["is_shipping_address"], not main, place)
			if customer not in best or rank < best[customer][0]:
				best[customer] = (rank, row)
	return {customer: _place(row) for customer, (_rank, row) in best.items()}


def _place(row: dict) -> dict:
	town = " ".join(filter(None, (row["pincode"], row["city"])))
	lines = [line for line in (row["address_line1"], row["address_line2"], town, row["country"]) if line]
	return {
		"name": row["name"],
		"town": town or None,
		"pincode": row["pincode"] or None,
		"line": ", ".join(lines[:-1] if row["country"] and len(lines) > 1 else lines),
		"whole": ", ".join(lines),
		"phone": row["phone"] or None,
	}


def contacts(customers: Iterable[str]) -> list[dict]:
	"""Contacts of the customers as the reader may list them, with `full_name` and `customers`; primary ones first."""
	if not may_read("Contact"):
		return []
	owners = linked("Contact", customers)
	if not owners:
		return []
	rows = frappe.get_list(
		"Contact",
		filters={"name": ("in", sorted(owners))},
		fields=CONTACT_FIELDS,
		order_by="is_primary_contact desc, first_name asc, name asc",
		limit_page_length=0,
	)
	for row in rows:
		names = (row.pop("first_name"), row.pop("last_name"))
		row["full_name"] = " ".join(filter(None, names)) or row["name"]
		row["customers"] = owners[row["name"]]
	return rows


def phones(customers: dict[str, frappe._dict], people: list[dict]) -> dict[str, str]:
	"""Customer -> number of its primary contact, else of the first contact that has one."""
	result: dict[str, str] = {}
	for primary in (True, False):
		for row in people:
			number = row["mobile_no"] or row["phone"]
			for customer in row["customers"] if number else ():
				if primary and row["name"] != customers[customer].customer_primary_contact:
					continue
				result.setdefault(customer, number)
	return result


def with_places(rows: list[dict]) -> list[dict]:
	"""Lines of a day with the address and the number of their customers, as far as the reader may see them."""
	customers = visible(row["customer"] for row in rows)
	places = addresses(customers)
	numbers = phones(customers, contacts(customers))
	for row in rows:
		row["address"] = places.get(row["customer"])
		row["phone"] = numbers.get(row["customer"]) or (row["address"] and row["address"]["phone"])
	return rows
