"""The documents behind a figure of *Key Account Performance*, as filters of a list."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce

from kam_erpnext.data.performance import ACCOUNT, CUSTOMER, ITEM_GROUP, SALES_PERSON, SEGMENT, TERRITORY
from kam_erpnext.data.permissions import account_condition, customer_condition, every
from kam_erpnext.data.sales_ledger import NOTHING_OPEN, SOURCES, SalesSource
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

# a list with more names in its address would not open
MAXIMUM = 200
SOLD, BEFORE, ORDERS = ("actual",), ("last_year", "last_year_to_date"), ("orders",)


def behind(figure: str, place: dict, filters: frappe._dict) -> dict:
	"""`doctype, filters` of the documents of a line, or a `message` why no list can show them.

	`place` is that of `data.performance_rows.place_of`; the lists apply the rights of the reader once more.
	"""
	from kam_erpnext.kam_erpnext.report.key_account_performance.key_account_performance import question_of

	question = question_of(filters)
	if not question or figure not in (*SOLD, *BEFORE, *ORDERS):
		frappe.throw(_("There is no list of documents behind this figure."))
	source = SOURCES["Sales Order" if figure in ORDERS else get_settings().sales_source]
	wanted: dict = {"docstatus": 1, "company": ["in", list(question.companies)]}
	period = None
	if figure in ORDERS:
		wanted.update(_open_orders(question))
	else:
		period = _days(figure, question)
		if not period:
			return {"message": _("The period has not begun.")}
		wanted[source.date_field] = ["between", [str(period.start), str(period.last_day)]]
	if source.has_internal_flag:
		wanted["is_internal_customer"] = 0
	if source.has_opening_flag:
		wanted["is_opening"] = "No"
	names = _customers(place, question, source, period)
	if names is not None:
		if len(names) > MAXIMUM:
			return {
				"message": _(
					"More than {0} customers are behind this line. Please open a line further down."
				).format(MAXIMUM)
			}
		wanted["customer"] = ["in", names or [""]]
	if groups := _below("Item Group", ITEM_GROUP, place, question.item_group):
		wanted[f"{source.item_doctype}.item_group"] = ["in", groups]
	if people := _below("Sales Person", SALES_PERSON, place, question.sales_person):
		wanted["Sales Team.sales_person"] = ["in", people]
	return {"doctype": source.doctype, "filters": wanted}


def _open_orders(question) -> dict:
	delivered = get_settings().sales_source == "Delivery Note"
	wanted = {"status": ["not in", NOTHING_OPEN], "per_delivered" if delivered else "per_billed": ["<", 100]}
	last = str(question.period.last_day)
	if question.runs or not question.rest:
		wanted["Sales Order Item.delivery_date"] = ["<=", last]
	else:
		wanted["Sales Order Item.delivery_date"] = ["between", [str(question.rest.start), last]]
	return wanted


def _days(figure: str, question) -> Period | None:
	year_before = question.period.previous_year()
	if figure == "last_year":
		return year_before
	if not question.so_far:
		return None
	if figure == "actual":
		return question.so_far
	return Period(year_before.start, year_before.start + timedelta(days=question.so_far.days))


def _below(doctype: str, dimension: str, place: dict, chosen: str | None) -> list[str]:
	"""Names a list is restricted to, of a tree; none for a line without one, which no list can ask for."""
	node = place.get(dimension) or chosen
	if not node:
		return []
	if dimension in place.get("own", ()):
		return [node]
	return sorted(nodes(doctype)[0].get(node, {node}))


def _customers(place: dict, question, source: SalesSource, period: Period | None) -> list[str] | None:
	"""Customers of a line with documents that the reader may see; None when the line says nothing about customers."""
	own = place.get("own", ())
	table = frappe.qb.DocType("Customer")
	conditions = []
	if CUSTOMER in place:  # an empty one names nobody: what stands there has no sales
		conditions.append(table.name == place[CUSTOMER])
	for doctype, field, node in (
		("Territory", "territory", place.get(TERRITORY)),
		("Territory", "territory", question.territory),
		("Customer Group", "customer_group", question.customer_group),
	):
		if node:
			exact = TERRITORY in own and node == place.get(TERRITORY)
			names = [node] if exact else sorted(nodes(doctype)[0].get(node, {node}))
			conditions.append(table[field].isin(names))
	if place.get(TERRITORY) == "":
		conditions.append(Coalesce(table.territory, "") == "")
	if SEGMENT in place:
		conditions.append(Coalesce(table.market_segment, "") == place[SEGMENT])
	if question.market_segment:
		conditions.append(table.market_segment == question.market_segment)
	conditions += _of_accounts(table, place, question, own)
	if not conditions:
		return None
	document = frappe.qb.DocType(source.doctype)
	there = (
		frappe.qb.from_(document)
		.select(document.customer)
		.where((document.docstatus == 1) & document.company.isin(question.companies))
	)
	if period:
		date = document[source.date_field]
		there = there.where((date >= period.start) & (date < period.end))
	conditions.append(table.name.isin(there))
	return (
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([*conditions, customer_condition(table, question.reader)]))
		.orderby(table.name)
		.limit(MAXIMUM + 1)
		.run(pluck=True)
	)


def _of_accounts(table, place: dict, question, own) -> list:
	account, member = frappe.qb.DocType("Key Account"), frappe.qb.DocType("Key Account Customer")
	above = frappe.qb.DocType("Key Account").as_("kam_above")
	attached = (
		frappe.qb.from_(member)
		.inner_join(account)
		.on((account.name == member.parent) & (member.parenttype == "Key Account"))
	)
	found = []
	visible = attached.where(account_condition(account, question.reader)).select(member.customer)
	if place.get(ACCOUNT) == "":
		found.append(table.name.notin(visible))
	elif question.only_accounts:
		found.append(table.name.isin(visible))
	for name in {place.get(ACCOUNT), question.key_account} - {None, ""}:
		if ACCOUNT in own and name == place.get(ACCOUNT):
			found.append(table.name.isin(attached.select(member.customer).where(account.name == name)))
			continue
		below = (
			attached.inner_join(above)
			.on((account.lft >= above.lft) & (account.rgt <= above.rgt))
			.select(member.customer)
			.where(above.name == name)
		)
		found.append(table.name.isin(below))
	return found
