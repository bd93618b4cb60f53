"""Opportunities, quotations, orders and invoices of deals, as `data.pipeline` puts them together.

Every query reads the documents of one company, added up by item group where that is enough. Documents of an opportunity
of a key account are read even if the reader may not see them, with `visible` = 0: they take their euros out of the idea
of the deal, but stand in no figure that is shown.
"""

from collections.abc import Iterable
from datetime import date

import frappe
import pandas as pd
from frappe.query_builder import Case, Table
from frappe.query_builder.functions import Coalesce, Max, Min, NullIf, Sum
from frappe.utils import flt
from pypika.terms import EmptyCriterion, ValueWrapper

from kam_erpnext.data import sales, sales_ledger
from kam_erpnext.data.permissions import (
	SUBJECT_CONDITIONS,
	account_condition,
	customer_condition,
	every,
	fences,
	visible_customers_query,
)
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import EARLIEST
from kam_erpnext.engine.periods import Period

OWN, OPPORTUNITY, QUOTATION, ORDER, CRM_DEAL = (
	"Key Account Opportunity",
	"Opportunity",
	"Quotation",
	"Sales Order",
	"CRM Deal",
)
# ERPNext's words for what is still running
RUNNING_OPPORTUNITIES = ("Open", "Replied", "Quotation")
RUNNING_QUOTATIONS = ("Open", "Replied", "Partially Ordered")
PARTIES = ("Customer", "Lead", "Prospect")
ALL_DAYS = Period(EARLIEST, date(9999, 1, 1))

Party = tuple[str, str]
Member = tuple[str, str | None]  # account, customer


def parties(user: str) -> dict[Party, Member]:
	"""Customers of visible accounts, and the leads, prospects and deals of Frappe CRM they came from."""
	account = frappe.qb.DocType("Key Account")
	result: dict[Party, Member] = {}
	for name, doctype, party in (
		frappe.qb.from_(account)
		.select(account.name, account.party_type, account.party)
		.where(
			every([account.party_type != "Customer", account.party != "", account_condition(account, user)])
		)
		.orderby(account.lft)
		.run()
	):
		result[(doctype, party)] = (name, None)
	member, customer = frappe.qb.DocType("Key Account Customer"), frappe.qb.DocType("Customer")
	deal = customer.crm_deal if frappe.get_meta("Customer").has_field("crm_deal") else ValueWrapper(None)
	rows = (
		frappe.qb.from_(member)
		.inner_join(account)
		.on((account.name == member.parent) & (member.parenttype == "Key Account"))
		.inner_join(customer)
		.on(customer.name == member.customer)
		.select(account.name, customer.name, customer.lead_name, customer.prospect_name, deal.as_("deal"))
		.where(every([account_condition(account, user), customer_condition(customer, user)]))
		.orderby(account.lft)
		.orderby(member.idx)
		.run()
	)
	for key_account, name, lead, prospect, crm_deal in rows:
		origins = (("Customer", name), ("Lead", lead), ("Prospect", prospect), (CRM_DEAL, crm_deal))
		result.update({origin: (key_account, name) for origin in origins if origin[1]})
	return result


def visible_opportunities(table: Table, company: str, user: str):
	"""Key Account Opportunities of a company that a reader may see together with their customer."""
	return every(
		[
			table.company == company,
			SUBJECT_CONDITIONS[OWN](table, user),
			fences(OWN, table, user),
			(Coalesce(table.customer, "") == "") | table.customer.isin(visible_customers_query(user)),
		]
	)


def own_opportunities(company: str, user: str) -> dict[str, frappe._dict]:
	"""Key Account Opportunities by name, open and closed."""
	table = frappe.qb.DocType(OWN)
	fields = ["name", "title", "kind", "key_account", "customer", "responsible", "status", "expected_close"]
	fields += ["probability", "probability_by_hand", "current_gate", "current_gate_number", "amount"]
	fields += ["opportunity", "closed_on", "creation"]
	rows = (
		frappe.qb.from_(table)
		.select(*[table[field] for field in fields])
		.where(visible_opportunities(table, company, user))
		.orderby(table.name)
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def last_gates(names: Iterable[str]) -> dict[str, date]:
	"""Day on which the last gate was passed."""
	names = sorted(names)
	if not names:
		return {}
	gate = frappe.qb.DocType("Key Account Opportunity Gate")
	return dict(
		frappe.qb.from_(gate)
		.select(gate.parent, Max(gate.decided_on))
		.where((gate.parenttype == OWN) & (gate.outcome == "Pass") & gate.parent.isin(names))
		.where(gate.decided_on.isnotnull())
		.groupby(gate.parent)
		.run()
	)


def hidden_opportunities(names: Iterable[str], company: str) -> set[str]:
	"""Those of Key Account Opportunities that exist in the company."""
	names = sorted(set(names))
	if not names:
		return set()
	table = frappe.qb.DocType(OWN)
	return set(
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.company == company) & table.name.isin(names))
		.run(pluck=True)
	)


def opportunities(company: str, user: str, condition) -> dict[str, frappe._dict]:
	"""ERPNext Opportunities by name; `condition` takes the table."""
	table = frappe.qb.DocType(OPPORTUNITY)
	fields = ["name", "title", "customer_name", "opportunity_from", "party_name", "status", "probability"]
	fields += ["expected_closing", "transaction_date", "opportunity_owner", "opportunity_amount"]
	fields += ["conversion_rate", "kam_opportunity"]
	seen = _visible(OPPORTUNITY, table, user, table.opportunity_from, table.party_name)
	rows = (
		frappe.qb.from_(table)
		.select(*[table[field] for field in fields], seen)
		.where((table.company == company) & condition(table))
		.orderby(table.name)
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def stated_probability(value) -> float | None:
	"""Percent somebody entered in an ERPNext Opportunity. Its default (100 as ERPNext ships it) says nothing, nor does a
	field somebody cleared, which the database keeps as 0."""
	default = frappe.get_meta(OPPORTUNITY).get_field("probability").default
	return None if flt(value) in (0, flt(default)) else flt(value)


def quotations(company: str, user: str, names: Iterable[str]) -> dict[str, frappe._dict]:
	"""Submitted quotations by name; `opportunity` is that of the head, or the first one the lines were made of."""
	names = sorted(names)
	if not names:
		return {}
	table = frappe.qb.DocType(QUOTATION)
	fields = ["name", "quotation_to", "party_name", "customer_name", "transaction_date", "valid_till"]
	fields += ["status", "opportunity", "kam_opportunity", "owner"]
	if frappe.get_meta(QUOTATION).has_field("crm_deal"):
		fields.append("crm_deal")
	rows = (
		frappe.qb.from_(table)
		.select(
			*[table[field] for field in fields],
			_visible(QUOTATION, table, user, table.quotation_to, table.party_name),
		)
		.where((table.docstatus == 1) & (table.company == company) & table.name.isin(names))
		.orderby(table.name)
		.run(as_dict=True)
	)
	origins = _origins_of_lines([row.name for row in rows])
	for row in rows:
		row.opportunity = row.opportunity or origins.get(row.name)
	return {row.name: row for row in rows}


def _origins_of_lines(names: list[str]) -> dict[str, str]:
	"""First ERPNext Opportunity the lines of quotations were made of."""
	line = frappe.qb.DocType("Quotation Item")
	return dict(
		frappe.qb.from_(line)
		.select(line.parent, Min(line.prevdoc_docname))
		.where((line.prevdoc_doctype == OPPORTUNITY) & (Coalesce(line.prevdoc_docname, "") != ""))
		.where(line.parent.isin(names or [""]))
		.groupby(line.parent)
		.run()
	)


def quoted_rest(company: str, as_of: date, condition) -> pd.DataFrame:
	"""What of submitted, valid quotations is not ordered: `quotation, item_group, rest, in_orders` (pieces ordered);
	`condition` takes the table.

	As in ERPNext, the first of alternative lines counts, and once something is ordered only the chosen one.
	"""
	table, line = frappe.qb.DocType(QUOTATION), frappe.qb.DocType("Quotation Item")
	ordered = _ordered_quantities(company).as_("kam_ordered")
	quantity = Coalesce(ordered.qty, 0)
	choice = (line.is_alternative == 1) | (line.has_alternative_item == 1)
	counts = (
		Case()
		.when((table.status == "Partially Ordered") & choice & (quantity == 0), 0)
		.when((table.status != "Partially Ordered") & (line.is_alternative == 1), 0)
		.when(quantity >= line.stock_qty, 0)
		.else_(1 - quantity / NullIf(line.stock_qty, 0))
	)
	rows = (
		frappe.qb.from_(table)
		.inner_join(line)
		.on(line.parent == table.name)
		.left_join(ordered)
		.on(ordered.quotation_item == line.name)
		.select(
			table.name.as_("quotation"),
			line.item_group,
			Sum(line.base_net_amount * counts).as_("rest"),
			Sum(quantity).as_("in_orders"),
		)
		.where((table.docstatus == 1) & (table.company == company))
		.where(table.status.isin(RUNNING_QUOTATIONS))
		.where(table.valid_till.isnull() | (table.valid_till >= as_of))
		.where(condition(table))
		.groupby(table.name, line.item_group)
		.run(as_dict=True)
	)
	frame = pd.DataFrame.from_records(rows, columns=["quotation", "item_group", "rest", "in_orders"])
	return frame.astype({"rest": float, "in_orders": float}).fillna({"rest": 0.0})


def _ordered_quantities(company: str):
	"""Pieces in orders by line of quotation; ERPNext calls a quotation with an order and a rest Partially Ordered."""
	line = frappe.qb.DocType("Sales Order Item").as_("kam_order_line")
	quotation = frappe.qb.DocType(QUOTATION).as_("kam_ordered_quotation")
	return (
		frappe.qb.from_(quotation)
		.inner_join(line)
		.on(line.prevdoc_docname == quotation.name)
		.select(line.quotation_item, Sum(line.stock_qty).as_("qty"))
		.where((quotation.status == "Partially Ordered") & (quotation.company == company))
		.where((line.docstatus == 1) & (Coalesce(line.quotation_item, "") != ""))
		.groupby(line.quotation_item)
	)


def quotations_of(company: str, own: Iterable[str], origins: Iterable[str]) -> set[str]:
	"""Submitted quotations that name one of `own`, or were made of one of the ERPNext Opportunities `origins`."""
	table, line = frappe.qb.DocType(QUOTATION), frappe.qb.DocType("Quotation Item")
	submitted = (
		frappe.qb.from_(table).select(table.name).where((table.docstatus == 1) & (table.company == company))
	)
	own, origins = sorted(own), sorted(origins)
	result: set[str] = set()
	if own:
		result.update(submitted.where(table.kam_opportunity.isin(own)).run(pluck=True))
	if origins:
		result.update(submitted.where(table.opportunity.isin(origins)).run(pluck=True))
		by_lines = submitted.inner_join(line).on(line.parent == table.name)
		of_origin = (line.prevdoc_doctype == OPPORTUNITY) & line.prevdoc_docname.isin(origins)
		result.update(by_lines.where(of_origin).run(pluck=True))
	return result


def order_lines(company: str, user: str, condition) -> dict[str, frappe._dict]:
	"""Lines of submitted orders by name, with `rest`: their net value that is not invoiced, 0 in a closed order."""
	order, line = frappe.qb.DocType(ORDER), frappe.qb.DocType("Sales Order Item")
	billed = sales_ledger.billed_share(line)
	rows = (
		frappe.qb.from_(order)
		.inner_join(line)
		.on(line.parent == order.name)
		.select(
			line.name,
			line.parent.as_("order"),
			line.prevdoc_docname.as_("quotation"),
			line.item_group,
			Case().when(order.status == "Closed", 0).else_(line.base_net_amount * (1 - billed)).as_("rest"),
			order.customer,
			order.customer_name,
			order.transaction_date,
			Coalesce(line.delivery_date, order.delivery_date).as_("delivery_date"),
			order.kam_opportunity,
			order.owner,
			_visible(ORDER, order, user, ValueWrapper("Customer"), order.customer),
		)
		.where((order.docstatus == 1) & (order.company == company))
		.where(Coalesce(order.is_internal_customer, 0) == 0)
		.where(condition(order, line))
		.orderby(line.parent)
		.orderby(line.idx)
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def invoiced(company: str, orders: Iterable[str], user: str) -> dict[str, float]:
	"""Net sales of order lines, returns taken off."""
	orders = tuple(sorted(set(orders)))
	if not orders:
		return {}
	filters = SalesFilters(company, source="Sales Invoice", orders=orders, user=user)
	frame = sales.net_sales(filters, ALL_DAYS, by=("order_line",))
	return dict(zip(frame["order_line"], frame["net_sales"], strict=True))


def volumes(names: Iterable[str]) -> dict[str, dict[str, float]]:
	"""Expected sales of the first year of Key Account Opportunities by item group."""
	names = sorted(names)
	if not names:
		return {}
	table = frappe.qb.DocType("Key Account Opportunity Volume")
	first = (
		frappe.qb.from_(table)
		.select(table.parent, Min(table.year).as_("year"))
		.where((table.parenttype == OWN) & table.parent.isin(names))
		.groupby(table.parent)
	).as_("kam_first")
	return _by_group(
		frappe.qb.from_(table)
		.inner_join(first)
		.on((first.parent == table.parent) & (first.year == table.year))
		.select(table.parent, table.item_group, Sum(table.amount))
		.where(table.parenttype == OWN)
		.groupby(table.parent, table.item_group)
		.run()
	)


def opportunity_items(names: Iterable[str]) -> dict[str, dict[str, float]]:
	"""Amounts of the lines of ERPNext Opportunities by item group."""
	names = sorted(names)
	if not names:
		return {}
	table = frappe.qb.DocType("Opportunity Item")
	return _by_group(
		frappe.qb.from_(table)
		.select(table.parent, table.item_group, Sum(table.amount))
		.where(table.parent.isin(names))
		.groupby(table.parent, table.item_group)
		.run()
	)


def _by_group(rows) -> dict[str, dict[str, float]]:
	result: dict[str, dict[str, float]] = {}
	for parent, group, amount in rows:
		result.setdefault(parent, {})[group or None] = float(amount or 0)
	return result


def _visible(doctype: str, table: Table, user: str, party_type, party):
	"""1 where the reader may see a document and its customer, else 0."""
	customer_seen = (party_type != "Customer") | party.isin(visible_customers_query(user))
	condition = every([fences(doctype, table, user), customer_seen])
	flag = ValueWrapper(1) if isinstance(condition, EmptyCriterion) else Case().when(condition, 1).else_(0)
	return flag.as_("visible")
