"""What a person should know before a call, in one screen: read for one reader in a number of queries that does not grow.

Every part is read only if the reader may read its doctype, with the conditions of his lists. What people are judged to
be on a power map is never in it, only who is on the map. What is not known is None.
"""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import flt, getdate, now_datetime

from kam_erpnext.data import accounts, call_places, call_time, calls, intelligence, sales, whitespace
from kam_erpnext.data.account_page.documents import (
	open_opportunities,
	open_orders,
	open_quotations,
	overdue_receivables,
	parties_of,
)
from kam_erpnext.data.account_page.market import market_notes, notes_of
from kam_erpnext.data.account_page.panel import hidden, listed, may_read, part, plain
from kam_erpnext.data.account_page.people import calls_and_meetings
from kam_erpnext.data.account_page.pipeline import open_deals
from kam_erpnext.data.account_page.planning import open_actions
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.permissions import OWNER_FIELDS, account_condition, every
from kam_erpnext.data.relationships import last_contacts
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.whitespace import WhitespaceFilters
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, resolve_window
from kam_erpnext.engine.relationships import PLACEHOLDER, STAKEHOLDERS
from kam_erpnext.engine.whitespace import NOT_ADDRESSABLE
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.power_map import POWER_MAP

CALL = "Customer Call"
LAST_CALLS, GROUPS, GAPS, PEOPLE, COLLEAGUES = 5, 10, 6, 60, 40
FOLLOW_UP = ("name", "subject", "due", "responsible", "action", "todo")
TOLD = ("outcome", "summary", "needs_heard", "commitment")


def read_sheet(call) -> dict:
	"""All parts of the sheet of a call. Whoever calls has checked that the reader may read the call."""
	customers = call_places.visible([call.customer])
	scope = scope_of(call, customers)
	notes = notes_of(scope)
	people = people_of(call, scope)
	with_account = bool(scope.accounts)
	parties = set() if with_account else parties_of(scope)
	return {
		"call": head(call),
		"as_of": str(scope.now),
		"company": scope.company,
		"currency": scope.currency,
		"customer": _customer(call, customers, people["rows"]),
		"account": _account(scope),
		"people": people,
		"calls": last_calls(call),
		"messages": _messages(scope, people["rows"]),
		"actions": open_actions(scope) if with_account else _to_dos(call),
		"orders": open_orders(scope),
		"receivables": overdue_receivables(scope),
		"deals": open_deals(scope) if with_account else None,
		"opportunities": None if with_account else open_opportunities(scope, parties),
		"quotations": None if with_account else open_quotations(scope, parties),
		"market": market_notes(scope, notes),
		"bought": bought(scope),
		"competitors": _competitors(scope),
		"colleagues": _colleagues(call, scope),
	}


def scope_of(call, customers: dict) -> Scope:
	"""The customer of the call alone, and its account as far as the reader may see them."""
	company = call.company or default_company()
	return Scope(
		key_account=call.key_account,
		accounts=(call.key_account,) if _sees_account(call.key_account) else (),
		customers=tuple(customers),
		company=company,
		companies=(company,) if company else (),
		currency=frappe.get_cached_value("Company", company, "default_currency") if company else None,
		now=now_datetime().replace(microsecond=0),
	)


def _sees_account(name: str | None) -> bool:
	if not name:
		return False
	account = frappe.qb.DocType("Key Account")
	query = frappe.qb.from_(account).select(account.name)
	return bool(query.where(every([account.name == name, account_condition(account)])).run())


def head(call) -> dict:
	"""The call itself, as the page shows and reports it."""
	fields = (
		*calls.FIELDS,
		*TOLD,
		"objective",
		"reason",
		"company",
		"modified",
	)
	names = _full_names({call.user, call.accompanied_by, call.modified_by})
	return {
		**{field: plain(call.get(field)) for field in fields},
		"user_name": names.get(call.user) or call.get("user_name") or call.user,
		"time": call_time.to_user_time(call.starts_at, call.user).strftime("%H:%M")
		if call.starts_at
		else None,
		"made_time": call_time.to_user_time(call.made_at, call.user).strftime("%H:%M")
		if call.made_at
		else None,
		"today": str(call_time.today_of(call.user)),
		"zone": str(call_time.zone_of(call.user)),
		"accompanied_by_name": names.get(call.accompanied_by),
		"modified_by_name": names.get(call.modified_by, call.modified_by),
		"contacts": [{"contact": row.contact, "met": bool(row.met)} for row in call.contacts],
		"products": [
			{field: row.get(field) for field in ("name", "item_group", "item", "interest", "note")}
			for row in call.products
		],
		"remarks": [
			{field: row.get(field) for field in ("name", "remark", "competitor", "kind", "note")}
			for row in call.remarks
		],
		"follow_ups": [{field: plain(row.get(field)) for field in FOLLOW_UP} for row in call.follow_ups],
		"can_write": bool(call.has_permission("write")),
	}


def _full_names(users: set) -> dict[str, str]:
	users = sorted(filter(None, users))
	rows = frappe.get_all("User", {"name": ("in", users)}, ["name", "full_name"]) if users else []
	return {row.name: row.full_name or row.name for row in rows}


def _customer(call, customers: dict, people: list[dict]) -> dict:
	"""Where to go and whom to ring."""
	shown = customers.get(call.customer)
	place = call_places.addresses(customers).get(call.customer)
	own = [row for row in people if row["of_customer"]]
	number = next((row["mobile_no"] or row["phone"] for row in own if row["mobile_no"] or row["phone"]), None)
	return {
		"name": call.customer,
		"customer_name": call.customer_name or call.customer,
		"readable": bool(shown) and may_read("Customer"),
		"customer_group": shown.customer_group if shown else None,
		"address": place,
		"phone": number or (place and place["phone"]),
	}


def _account(scope: Scope) -> dict | None:
	if not scope.accounts:
		return None
	return dict(
		frappe.db.get_value(
			"Key Account",
			scope.key_account,
			["name", "account_name", "level", "status", "key_account_manager"],
			as_dict=True,
		)
	)


# ---------------------------------------------------------------- people


def people_of(call, scope: Scope) -> dict:
	"""Contacts of the customer and of its account with the last contact; those of the call first, then of the map."""
	on_call = {row.contact: row for row in call.contacts}
	members = accounts.visible_customers(scope.key_account) if scope.accounts else []
	rows = call_places.contacts({*scope.customers, *members})
	mapped, unmapped = _on_map(scope)
	known = {row["name"] for row in rows}
	for contact, row in on_call.items():
		if contact and contact not in known:
			rows.append(_nobody(contact, row.contact_name))
	for contact, row in mapped.items():
		if contact not in known and contact not in on_call:
			rows.append({**_nobody(contact, row["person_name"]), "designation": row["designation"]})
	last = last_contacts([row["name"] for row in rows], until=scope.now)
	for row in rows:
		on = last.get(row["name"])
		found = mapped.get(row["name"])
		row["contact"] = row.pop("name")
		row["of_customer"] = call.customer in row.pop("customers")
		row["on_call"] = row["contact"] in on_call
		row["last_contact"] = on[:10] if on else None
		row["on_map"] = bool(found)
		row["owner"] = found and found["owner"]
		row["overdue"] = bool(found) and _overdue(on, found["rhythm"], scope.today)
	rows.sort(key=lambda row: row["last_contact"] or "", reverse=True)
	rows.sort(key=lambda row: (not row["on_call"], not row["of_customer"], not row["on_map"]))
	return {
		"doctype": "Contact",
		"readable": may_read("Contact"),
		"count": len(rows),
		"rows": rows[:PEOPLE],
		"without_contact": unmapped,
	}


def _nobody(contact: str, name: str | None) -> dict:
	"""Somebody the reader knows by name only."""
	empty = dict.fromkeys(("designation", "department", "email_id", "phone", "mobile_no"))
	return {
		"name": contact,
		"full_name": name or contact,
		"customers": [],
		"is_primary_contact": 0,
		**empty,
	}


def _on_map(scope: Scope) -> tuple[dict[str, dict], list[dict]]:
	"""People of the current map by contact, and those on it who have none. No judgement is read here."""
	if not scope.accounts or not may_read(POWER_MAP):
		return {}, []
	filters = {"key_account": scope.key_account, "is_current": 1, "opportunity": ["is", "not set"]}
	maps = listed(POWER_MAP, filters, ["name"], "modified desc, name asc")
	if not maps:
		return {}, []
	rows = frappe.get_all(
		"Power Map Person",
		{"parent": maps[0]["name"], "parenttype": POWER_MAP, "kind": ("in", (*STAKEHOLDERS, PLACEHOLDER))},
		["kind", "person_name", "designation", "contact", "relationship_owner", "contact_rhythm"],
		order_by="idx",
	)
	names = _full_names({row.relationship_owner for row in rows})
	found, without = {}, []
	for row in rows:
		person = {
			"person_name": row.person_name,
			"designation": row.designation,
			"owner": names.get(row.relationship_owner),
			"rhythm": row.contact_rhythm,
			"placeholder": row.kind == PLACEHOLDER,
		}
		if row.contact:
			found[row.contact] = person
		else:
			without.append(person)
	return found, without


def _overdue(last: str | None, rhythm: int | None, today: date) -> bool:
	"""True when the rhythm of contacts wanted on the map has passed."""
	if not rhythm:
		return False
	return last is None or getdate(last) + timedelta(days=rhythm) < today


def _messages(scope: Scope, people: list[dict]) -> list[dict]:
	"""The last events and messages that are no calls: those have a part of their own."""
	found = calls_and_meetings(scope, [row["contact"] for row in people])
	return [row for row in found["last"] if row["doctype"] != CALL][:3]


def _colleagues(call, scope: Scope) -> list[dict]:
	"""Who may be given a follow-up: the team of the account, besides the person and the reader."""
	users = [call.user, call.accompanied_by, frappe.session.user]
	if scope.accounts:
		users += frappe.get_all(
			"Key Account Team Member",
			{"parenttype": "Key Account", "parent": scope.key_account, "user": ("is", "set")},
			pluck="user",
			order_by="idx",
		)
		users += frappe.db.get_value("Key Account", scope.key_account, list(OWNER_FIELDS)) or ()
	users = list(dict.fromkeys(user for user in users if user and user != "Administrator"))[:COLLEAGUES]
	names = dict(
		frappe.get_all(
			"User",
			{"name": ("in", users or [""]), "enabled": 1},
			["name", "full_name"],
			as_list=True,
		)
	)
	return [{"user": user, "full_name": names[user] or user} for user in users if user in names]


# ---------------------------------------------------------------- what was and what is open


def last_calls(call) -> list[dict]:
	"""The last calls made on the customer, by anybody, that the reader may see."""
	table = frappe.qb.DocType(CALL)
	fields = ("name", "made_on", "method", "user", *TOLD)
	rows = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in fields))
		.where(
			every(
				[
					table.customer == call.customer,
					table.status == calls.MADE,
					table.name != call.name,
					calls.visible(table),
				]
			)
		)
		.orderby(table.made_on, order=Order.desc)
		.orderby(table.name, order=Order.desc)
		.limit(LAST_CALLS)
		.run(as_dict=True)
	)
	names = _full_names({row.user for row in rows})
	return [
		{**{field: plain(row[field]) for field in fields}, "user_name": names.get(row.user, row.user)}
		for row in rows
	]


def _to_dos(call) -> dict:
	"""Open follow-ups of the calls on a customer that belongs to no account."""
	doctype = "ToDo"
	if not may_read(doctype):
		return hidden(doctype)
	table = frappe.qb.DocType(CALL)
	of_customer = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.customer == call.customer, calls.visible(table)]))
		.orderby(table.planned_on, order=Order.desc)
		.limit(200)
		.run(pluck=True)
	)
	filters = {"reference_type": CALL, "reference_name": ["in", of_customer], "status": "Open"}
	fields = ["name", "description", "allocated_to", "date", "priority"]
	rows = listed(doctype, filters, fields, "date asc, name asc")
	names = _full_names({row["allocated_to"] for row in rows})
	today = getdate()
	found = [
		{
			"name": row["name"],
			"subject": frappe.utils.strip_html_tags(row["description"] or ""),
			"responsible": row["allocated_to"],
			"responsible_name": names.get(row["allocated_to"]),
			"end_date": row["date"],
			"priority": row["priority"],
			"late": bool(row["date"]) and getdate(row["date"]) < today,
		}
		for row in rows
	]
	return part(
		doctype,
		found,
		filters,
		_("Open follow-ups of the calls on this customer."),
		late=sum(row["late"] for row in found),
	)


def bought(scope: Scope) -> list[dict] | None:
	"""What the customer bought in the last twelve months by item group and in the twelve before, the largest first."""
	if not scope.customers or not scope.company:
		return None
	filters = SalesFilters(scope.company, get_settings().sales_source, customers=scope.customers)
	period = resolve_window(ROLLING_12_MONTHS, scope.today)
	now, before = (
		dict(sales.net_sales(filters, span, by=("item_group",))[["item_group", "net_sales"]].values.tolist())
		for span in (period, period.previous_year())
	)
	rows = [
		{"item_group": group, "net_sales": flt(now.get(group), 2), "before": flt(before.get(group), 2)}
		for group in {*now, *before}
		if group
	]
	rows.sort(key=lambda row: (-max(row["net_sales"], row["before"]), row["item_group"]))
	return rows[:GROUPS]


def _competitors(scope: Scope) -> list[str]:
	"""Competitors named for the account, to pick from."""
	if not scope.accounts:
		return []
	(found,) = intelligence.profiles(scope.accounts, {"competitor"})
	return sorted(found.known("competitor"))


# ---------------------------------------------------------------- whitespace


def gaps(call) -> dict:
	"""Item groups the customer could buy more of, the most promising first; read after the sheet, as it compares with others."""
	customers = call_places.visible([call.customer])
	scope = scope_of(call, customers)
	if not customers or not scope.company or not may_read("Key Account"):
		return {"readable": False, "rows": []}
	filters = WhitespaceFilters(
		company=scope.company,
		period=resolve_window(ROLLING_12_MONTHS, scope.today),
		rows=whitespace.BUYING_CENTRE,
		key_account=scope.key_account if scope.accounts else None,
		all_customers=not scope.accounts,
	)
	row = f"customer:{call.customer}"
	matrix = whitespace.read_matrix(filters, only_row=row)
	cells = matrix.cells[(matrix.cells["row"] == row) & ~matrix.cells["state"].isin(NOT_ADDRESSABLE)]
	rows = []
	for cell in cells.to_dict("records"):
		gap = max((_known(cell["gap"]) or 0, _known(cell["peer_gap"]) or 0))
		if gap <= 0 or not cell["column"]:
			continue
		rows.append(
			{
				"item_group": cell["column"],
				"state": cell["state"],
				"net_sales": flt(cell["net_sales"], 2),
				"open": flt(cell["open"], 2),
				"gap": flt(gap, 2),
				"basis": cell["basis"] or None,
				"priority": _known(cell["priority"]),
			}
		)
	rows.sort(key=lambda found: (-(found["priority"] or 0), -found["gap"], found["item_group"]))
	return {"readable": True, "currency": matrix.currency, "rows": rows[:GAPS]}


def _known(value) -> float | None:
	return None if value is None or value != value else float(value)
