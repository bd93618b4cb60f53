"""The customers a person calls on, with what the frequency rules look at, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import frappe
import pandas as pd
from frappe.query_builder import Criterion, Table
from frappe.query_builder.functions import Max
from frappe.utils import cint, flt, getdate, nowdate

from kam_erpnext.data import calls, wallet
from kam_erpnext.data.permissions import customer_condition, every, visible_accounts_query
from kam_erpnext.data.sales import SalesFilters, net_sales
from kam_erpnext.data.sales_ledger import subtree
from kam_erpnext.data.wallet import WalletFilters
from kam_erpnext.engine.pareto import pareto
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, resolve_window
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

# names of one query: databases limit the length of a list
CHUNK = 1000
RETIRED = "Retired"


def customers_of(cycle, names: Iterable[str] | None = None) -> list[dict]:
	"""Customers of the person of a cycle, by area and name; with `names` those customers, whether they are his or not.

	His customers are those of the territory and of the sales person of the cycle, both when both are given; with neither
	those of his key accounts and those whose account manager he is. Only customers he may see, none that are disabled
	and no companies of our own. `potential` is None when nobody knows it. `last_calls` are calls made and `next_calls`
	calls planned before the cycle begins, by method.
	"""
	customer = frappe.qb.DocType("Customer")
	conditions = [
		customer_condition(customer, cycle.user),
		customer.disabled == 0,
		customer.is_internal_customer == 0,
	]
	if names is None:
		conditions.append(_own(customer, cycle))
		rows = _read(customer, conditions)
	else:
		rows = [
			row
			for part in _chunks(sorted(set(names)))
			for row in _read(customer, [*conditions, customer.name.isin(part)])
		]
	_add_accounts(rows, cycle.user)
	_add_classes(rows, cycle)
	_add_places(rows)
	_add_calls(rows, getdate(cycle.from_date))
	rows.sort(key=lambda row: (not row.area, row.area, row.customer_name or "", row.customer))
	return rows


def may_call_on(cycle, customer: str) -> bool:
	"""Whether the person of a cycle may see a customer, who is neither disabled nor one of our own companies."""
	table = frappe.qb.DocType("Customer")
	allowed = every(
		[
			table.name == customer,
			customer_condition(table, cycle.user),
			table.disabled == 0,
			table.is_internal_customer == 0,
		]
	)
	return bool(frappe.qb.from_(table).select(table.name).where(allowed).run())


def seen_by_reader(names: Iterable[str]) -> set[str]:
	"""Those of the customers that whoever is at work may see: messages about a cycle name no others."""
	wanted = sorted(set(names))
	table = frappe.qb.DocType("Customer")
	return {
		name
		for part in _chunks(wanted)
		for name in frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.name.isin(part), customer_condition(table)]))
		.run(pluck=True)
	}


def _read(customer: Table, conditions: list[Criterion]) -> list[frappe._dict]:
	return (
		frappe.qb.from_(customer)
		.select(
			customer.name.as_("customer"),
			customer.customer_name,
			customer.customer_group,
			customer.territory,
			customer.customer_primary_address,
			customer.kam_potential,
		)
		.where(every(conditions))
		.run(as_dict=True)
	)


# ---------------------------------------------------------------- whose customers


def _own(customer: Table, cycle) -> Criterion:
	conditions: list[Criterion] = []
	if cycle.territory:
		conditions.append(customer.territory.isin(subtree("Territory", cycle.territory)))
	if cycle.sales_person:
		conditions.append(_of_sales_person(customer, cycle.sales_person))
	return every(conditions) if conditions else _of_user(customer, cycle.user)


def _of_sales_person(customer: Table, sales_person: str) -> Criterion:
	"""In the sales team of the customer, or in a territory that the sales person manages; with everybody below him."""
	team = frappe.qb.DocType("Sales Team").as_("kam_sales_team")
	named = (
		frappe.qb.from_(team)
		.select(team.parent)
		.where(
			(team.parenttype == "Customer") & team.sales_person.isin(subtree("Sales Person", sales_person))
		)
	)
	managed = frappe.qb.DocType("Territory").as_("kam_managed")
	below = frappe.qb.DocType("Territory").as_("kam_managed_below")
	territories = (
		frappe.qb.from_(managed)
		.inner_join(below)
		.on((below.lft >= managed.lft) & (below.rgt <= managed.rgt))
		.select(below.name)
		.where(managed.territory_manager.isin(subtree("Sales Person", sales_person)))
	)
	return customer.name.isin(named) | customer.territory.isin(territories)


def _of_user(customer: Table, user: str) -> Criterion:
	"""Customers of the accounts (and those below) somebody works for, and those whose account manager he is.

	Directors and sponsors of an account do not call on its customers in turn.
	"""
	above = frappe.qb.DocType("Key Account").as_("kam_worked")
	below = frappe.qb.DocType("Key Account").as_("kam_worked_below")
	team = frappe.qb.DocType("Key Account Team Member").as_("kam_worked_team")
	member = frappe.qb.DocType("Key Account Customer").as_("kam_worked_customer")
	in_team = (
		frappe.qb.from_(team)
		.select(team.parent)
		.where((team.parenttype == "Key Account") & (team.user == user))
		.where(team.until.isnull() | (team.until >= nowdate()))
	)
	works = (
		(above.key_account_manager == user)
		| (above.key_account_coordinator == user)
		| above.name.isin(in_team)
	)
	worked = (
		frappe.qb.from_(above)
		.inner_join(below)
		.on((below.lft >= above.lft) & (below.rgt <= above.rgt))
		.inner_join(member)
		.on((member.parent == below.name) & (member.parenttype == "Key Account"))
		.select(member.customer)
		.where(works & (below.status != RETIRED))
	)
	return (customer.account_manager == user) | customer.name.isin(worked)


# ---------------------------------------------------------------- key account, class, potential


def _add_accounts(rows: list[frappe._dict], user: str):
	"""Account, level and segments. The account is named if the person may see it; its level counts in any case."""
	member = frappe.qb.DocType("Key Account Customer")
	account = frappe.qb.DocType("Key Account")
	found = {}
	for row in (
		frappe.qb.from_(member)
		.inner_join(account)
		.on(account.name == member.parent)
		.select(member.customer, account.name, account.level)
		.where((member.parenttype == "Key Account") & (account.status != RETIRED))
		.orderby(account.lft)
		.run(as_dict=True)
	):
		found.setdefault(row.customer, row)
	segments = defaultdict(list)
	entry = frappe.qb.DocType("Key Account Segment Entry")
	for parent, segment in (
		frappe.qb.from_(entry)
		.select(entry.parent, entry.segment)
		.where(entry.parenttype == "Key Account")
		.orderby(entry.parent)
		.orderby(entry.idx)
		.run()
	):
		segments[parent].append(segment)
	visible = set(visible_accounts_query(user).run(pluck=True))
	for row in rows:
		own = found.get(row.customer)
		row.is_key_account = bool(own)
		row.key_account = own.name if own and own.name in visible else None
		row.level = own.level if own else None
		row.segments = segments.get(own.name, []) if own else []


def _add_classes(rows: list[frappe._dict], cycle):
	classes = abc_classes(cycle.company)
	known = _wallets(cycle, {row.customer for row in rows})
	for row in rows:
		row.abc_class = classes.get(row.customer)
		by_hand = flt(row.pop("kam_potential"))
		row.potential = known.get(row.customer) or (by_hand if by_hand > 0 else None)


def abc_classes(company: str, day: date | None = None) -> dict[str, str]:
	"""Class of every customer by net sales of the last twelve months, with the cut lines of the settings.

	The total of the whole company decides, whoever plans: a class must not change with what a planner may see.
	"""
	settings = get_settings()
	period = resolve_window(ROLLING_12_MONTHS, day or getdate())
	sales = net_sales(SalesFilters(company, settings.sales_source, user="Administrator"), period)
	values = pd.Series(sales["net_sales"].astype(float).to_numpy(), index=sales["customer"].to_numpy())
	order = pareto(values, flt(settings.abc_cut_a), flt(settings.abc_cut_b))
	return {customer: name for customer, name in order["abc_class"].items() if name}


def _wallets(cycle, customers: set[str]) -> dict[str, float]:
	"""What customers spend a year, by the newest wallets that the person may see."""
	filters = WalletFilters(company=cycle.company, user=cycle.user)
	year = wallet.latest_year(filters)
	if not year or not customers:
		return {}
	wallets = wallet.read(filters, year)
	found = {}
	for centre in customers & wallets.centres:
		amount = wallets.totals((centre,))[0].wallet
		if amount:
			found[centre] = flt(amount, 2)
	return found


# ---------------------------------------------------------------- places


def _add_places(rows: list[frappe._dict]):
	"""Postal code of the primary address, else of the one for deliveries, else of the first one; and the area."""
	main = {row.customer: row.pop("customer_primary_address", None) for row in rows}
	codes = _postal_codes(main)
	for row in rows:
		row.postal_code = codes.get(row.customer)
		row.area = area_of(row.territory, row.postal_code)


def area_of(territory: str | None, postal_code: str | None) -> str:
	"""Territory and the first digits of the postal code; empty when one of the two that are needed is missing."""
	digits = cint(get_settings().area_digits)
	if not territory:
		return ""
	if digits <= 0:
		return territory
	code = "".join((postal_code or "").split())[:digits].upper()
	return f"{territory} {code}" if code else ""


def _postal_codes(main: dict[str, str | None]) -> dict[str, str]:
	link, address = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Address")
	best: dict[str, tuple] = {}
	for part in _chunks(sorted(main)):
		for row in (
			frappe.qb.from_(link)
			.inner_join(address)
			.on(address.name == link.parent)
			.select(
				link.link_name,
				address.name,
				address.pincode,
				address.is_primary_address,
				address.is_shipping_address,
			)
			.where((link.parenttype == "Address") & (link.link_doctype == "Customer"))
			.where(link.link_name.isin(part) & (address.disabled == 0))
			.run(as_dict=True)
		):
			first = row.name == main[row.link_name]
			rank = (
				not row.pincode,
				not first,
				not row.is_primary_address,
				not row.is_shipping_address,
				row.name,
			)
			if row.link_name not in best or rank < best[row.link_name][0]:
				best[row.link_name] = (rank, row.pincode)
	return {customer: code for customer, (_rank, code) in best.items() if code}


# ---------------------------------------------------------------- calls so far


def _add_calls(rows: list[frappe._dict], start: date):
	names = [row.customer for row in rows]
	made, planned = defaultdict(dict), defaultdict(dict)
	for part in _chunks(names):
		# a colleague's call counts as well: the customer has been called on
		for (customer, method), day in calls.last_made(part, everybody=True).items():
			made[customer][method] = getdate(day)
		for customer, method, day in _last_planned(part, start):
			planned[customer][method] = getdate(day)
	for row in rows:
		row.last_calls = made.get(row.customer, {})
		row.next_calls = planned.get(row.customer, {})


def _last_planned(customers: list[str], start: date):
	"""Calls that are still to be made before the cycle begins; it goes on from them."""
	call = frappe.qb.DocType(calls.CALL)
	return (
		frappe.qb.from_(call)
		.select(call.customer, call.method, Max(call.planned_on))
		.where(call.customer.isin(customers) & call.status.isin(calls.OPEN))
		.where((call.planned_on >= nowdate()) & (call.planned_on < start))
		.groupby(call.customer, call.method)
		.run()
	)


def _chunks(names: list[str]):
	for start in range(0, len(names), CHUNK):
		yield names[start : start + CHUNK]
