"""What a plan takes over from its account."""

import frappe
from frappe import _

ROLES = (
	("key_account_manager", "Key Account Manager"),
	("key_account_coordinator", "Key Account Coordinator"),
	("key_account_director", "Key Account Director"),
	("executive_sponsor", "Executive Sponsor"),
)


def account_of(plan):
	"""The key account, or None when it was deleted by force."""
	if plan.key_account and frappe.db.exists("Key Account", plan.key_account):
		return frappe.get_cached_doc("Key Account", plan.key_account)
	return None


def set_team(plan):
	"""The account's team as it is today; it freezes with the approval."""
	account = account_of(plan)
	if not account:
		return
	people = {}
	for field, function in ROLES:
		if user := account.get(field):
			people.setdefault(user, {"functions": [], "share": 0})["functions"].append(_(function))
	for row in account.team:
		person = people.setdefault(row.user, {"functions": [], "share": 0})
		if row.function:
			person["functions"].append(row.function)
		person["share"] = row.share_of_time
	put_rows(
		plan,
		"team",
		[
			{
				"user": user,
				"full_name": frappe.db.get_value("User", user, "full_name") or user,
				"function": ", ".join(dict.fromkeys(person["functions"]))[:140],
				"share_of_time": person["share"],
			}
			for user, person in people.items()
		],
	)


def put_rows(plan, table: str, rows: list[dict]):
	"""Calculated lines, in the rows that are there already: the history of the plan then shows only what changed."""
	kept = plan.get(table)[: len(rows)]
	for row, values in zip(kept, rows, strict=False):
		row.update(values)
	plan.set(table, kept)
	plan.extend(table, rows[len(kept) :])


def copy_swot(plan):
	"""SWOT of the account as it is today, unless the plan already has one. Returns how many rows were taken over."""
	account = account_of(plan)
	if not account or plan.swot:
		return 0
	for row in account.swot:
		plan.append(
			"swot", {field: row.get(field) for field in ("kind", "statement", "importance", "consequence")}
		)
	return len(plan.swot)


def set_roll_up_fields(plan):
	"""Territory and sales person of the first customer, when they are empty."""
	account = account_of(plan)
	customer = account.customers[0].customer if account and account.customers else None
	if not customer:
		return
	plan.territory = plan.territory or frappe.db.get_value("Customer", customer, "territory")
	plan.sales_person = plan.sales_person or frappe.db.get_value(
		"Sales Team", {"parent": customer, "parenttype": "Customer"}, "sales_person", order_by="idx"
	)
