"""Key accounts as the engine reads them: who belongs to which account, and the tree."""

import frappe
import pandas as pd

from kam_erpnext.data.permissions import account_condition, customer_condition, every
from kam_erpnext.data.sales_ledger import subtree


def accounts(user: str | None = None) -> pd.DataFrame:
	"""Visible key accounts: `key_account, account_name, status, level, parent_key_account, lft, rgt`."""
	account = frappe.qb.DocType("Key Account")
	fields = ["account_name", "status", "level", "parent_key_account", "lft", "rgt"]
	rows = (
		frappe.qb.from_(account)
		.select(account.name.as_("key_account"), *[account[field] for field in fields])
		.where(account_condition(account, user))
		.orderby(account.lft)
		.run(as_dict=True)
	)
	return pd.DataFrame.from_records(rows, columns=["key_account", *fields])


def own_members() -> pd.DataFrame:
	"""Customers attached to an account itself: `customer, key_account`, in the order of the account's table."""
	member = frappe.qb.DocType("Key Account Customer")
	rows = (
		frappe.qb.from_(member)
		.select(member.customer, member.parent.as_("key_account"))
		.where(member.parenttype == "Key Account")
		.orderby(member.parent)
		.orderby(member.idx)
		.run(as_dict=True)
	)
	return pd.DataFrame.from_records(rows, columns=["customer", "key_account"])


def consolidated_members() -> pd.DataFrame:
	"""Customers of every account including those of the accounts below it.

	Columns `customer, key_account, root`; `root` is True on the topmost account of the customer, so that a ranking of
	roots counts each customer once.
	"""
	above = frappe.qb.DocType("Key Account").as_("above")
	below = frappe.qb.DocType("Key Account").as_("below")
	member = frappe.qb.DocType("Key Account Customer")
	rows = (
		frappe.qb.from_(member)
		.inner_join(below)
		.on(below.name == member.parent)
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.select(member.customer, above.name.as_("key_account"), above.parent_key_account)
		.where(member.parenttype == "Key Account")
		.run(as_dict=True)
	)
	frame = pd.DataFrame.from_records(rows, columns=["customer", "key_account", "parent_key_account"])
	frame["root"] = frame["parent_key_account"].fillna("") == ""
	return frame.drop(columns="parent_key_account")


def visible_customers(key_account: str, user: str | None = None) -> list[str]:
	"""Customers of an account and of the accounts below it that the reader may see, in alphabetical order."""
	above = frappe.qb.DocType("Key Account").as_("above")
	below = frappe.qb.DocType("Key Account").as_("below")
	member = frappe.qb.DocType("Key Account Customer")
	customer = frappe.qb.DocType("Customer")
	return (
		frappe.qb.from_(member)
		.inner_join(below)
		.on((below.name == member.parent) & (member.parenttype == "Key Account"))
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.inner_join(customer)
		.on(customer.name == member.customer)
		.select(customer.name)
		.where(every([above.name == key_account, customer_condition(customer, user)]))
		.orderby(customer.name)
		.run(pluck=True)
	)


def level_ranks() -> dict[str, int]:
	"""Level -> rank, 1 is the highest."""
	return dict(frappe.get_all("Key Account Level", fields=["name", "rank"], as_list=True))


def in_territory(territory: str) -> set[str]:
	"""Accounts that have, themselves or below them, a customer the reader may see in a territory or below it."""
	customer = frappe.qb.DocType("Customer")
	found = (
		frappe.qb.from_(customer)
		.select(customer.name)
		.where(
			every([customer.territory.isin(subtree("Territory", territory)), customer_condition(customer)])
		)
		.run(pluck=True)
	)
	members = consolidated_members()
	return set(members.loc[members["customer"].isin(found), "key_account"])


def in_segment(segment: str) -> set[str]:
	entry = frappe.qb.DocType("Key Account Segment Entry")
	query = frappe.qb.from_(entry).select(entry.parent)
	return set(query.where((entry.parenttype == "Key Account") & (entry.segment == segment)).run(pluck=True))


def of_manager(manager: str) -> set[str]:
	return set(frappe.get_all("Key Account", {"key_account_manager": manager}, pluck="name"))
