"""Reads from a site everything the engine needs to measure customers, in a fixed number of queries."""

from datetime import date

import frappe
import pandas as pd
from frappe.query_builder.functions import Coalesce, Sum

from kam_erpnext.compat import days_between
from kam_erpnext.data import sales
from kam_erpnext.data.permissions import customer_condition, every, fences
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import customer_filter
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine.market import UNITS, VALUE, Trees, outermost, sizes
from kam_erpnext.engine.measures import Facts
from kam_erpnext.engine.periods import Period

PROFITABLE_YEARS_BACK = 10


def read_facts(
	filters: SalesFilters,
	period: Period,
	as_of: date,
	measures: set[str],
	customer_fields: tuple[str, ...] = (),
) -> Facts:
	"""Facts of the whole company; only what `measures` (keys) need is read.

	Filters on customers are not applied here: shares need the total of the company. Use `customers_in_scope`.
	"""
	company_wide = SalesFilters(company=filters.company, source=filters.source, user=filters.user)
	facts = Facts.empty(period, as_of)
	facts.sales = sales.net_sales(company_wide, period, by=("customer", "item_group"), with_cost=True)
	facts.customers = customers(company_wide, customer_fields)
	facts.activity = sales.activity(company_wide, period)
	if "sales_growth" in measures:
		facts.prior = sales.net_sales(company_wide, period.previous_year())[["customer", "net_sales"]]
	if "payment_delay" in measures:
		facts.payments = payments(company_wide, period)
	if "profitable_years" in measures:
		facts.yearly = yearly_profit(company_wide, period)
	if measures & {"market_share_value", "market_share_units"}:
		facts.customers = facts.customers.merge(
			markets(filters.company, period, facts.customers), on="territory", how="left"
		)
	return facts


def customers(filters: SalesFilters, fields: tuple[str, ...] = ()) -> pd.DataFrame:
	"""Visible customers: name, group, territory, potential, influence reach and any further numeric fields.

	A potential or reach of 0 means that nobody has entered one: it is unknown.
	"""
	customer = frappe.qb.DocType("Customer")
	columns = [
		"customer_name",
		"customer_group",
		"territory",
		"market_segment",
		"disabled",
		"is_internal_customer",
	]
	rows = (
		frappe.qb.from_(customer)
		.select(
			customer.name.as_("customer"),
			*[customer[name] for name in columns],
			customer.kam_potential.as_("potential"),
			customer.kam_influence_reach.as_("influence_reach"),
			*[customer[name] for name in fields if name not in columns],
		)
		.where(customer_condition(customer, filters.user))
		.where(customer_filter(customer, filters))
		.run()
	)
	names = [
		"customer",
		*columns,
		"potential",
		"influence_reach",
		*[name for name in fields if name not in columns],
	]
	frame = pd.DataFrame.from_records(rows, columns=names)
	for name in ("potential", "influence_reach"):
		numbers = frame[name].astype(float)
		frame[name] = numbers.where(numbers != 0)
	return frame


def customers_in_scope(filters: SalesFilters) -> set[str]:
	"""Customers a selection looks at: enabled, external, within the filters."""
	frame = customers(filters)
	frame = frame[(frame["disabled"].fillna(0) == 0) & (frame["is_internal_customer"].fillna(0) == 0)]
	return set(frame["customer"])


def payments(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer: amounts paid on invoices in the period and amount times days after the due date.

	Reads ERPNext's payment ledger; an early payment counts as negative days.
	"""
	entry = frappe.qb.DocType("Payment Ledger Entry")
	invoice = frappe.qb.DocType("Sales Invoice")
	customer = frappe.qb.DocType("Customer")
	paid = -entry.amount
	rows = (
		frappe.qb.from_(entry)
		.inner_join(invoice)
		.on(invoice.name == entry.against_voucher_no)
		.inner_join(customer)
		.on(customer.name == invoice.customer)
		.select(
			invoice.customer,
			Sum(paid).as_("paid"),
			Sum(paid * days_between(entry.posting_date, invoice.due_date)).as_("paid_days"),
		)
		.where(entry.against_voucher_type == "Sales Invoice")
		.where(entry.voucher_type.isin(["Payment Entry", "Journal Entry"]))
		.where((entry.delinked == 0) & (entry.amount < 0) & (entry.company == filters.company))
		.where((entry.posting_date >= period.start) & (entry.posting_date < period.end))
		.where((invoice.docstatus == 1) & (Coalesce(invoice.is_internal_customer, 0) == 0))
		.where(
			every(
				[
					fences("Sales Invoice", invoice, filters.user),
					customer_condition(customer, filters.user),
					customer_filter(customer, filters),
				]
			)
		)
		.groupby(invoice.customer)
		.run(as_dict=True)
	)
	return pd.DataFrame.from_records(rows, columns=["customer", "paid", "paid_days"]).astype(
		{"paid": float, "paid_days": float}
	)


def yearly_profit(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Gross profit per customer of the twelve months that end with the period (0) and of those before (1, 2 …)."""
	frames = []
	end = period.end
	for years_ago in range(PROFITABLE_YEARS_BACK):
		start = _one_year_before(end)
		frame = sales.net_sales(filters, Period(start, end), with_cost=True)
		if years_ago and frame.empty:
			break
		frame["gross_profit"] = frame["net_sales"] - frame["cost"]
		frame["years_ago"] = years_ago
		frames.append(frame[["customer", "years_ago", "gross_profit"]])
		end = start
	return pd.concat(frames, ignore_index=True)


def _one_year_before(day: date) -> date:
	last_february_day = day.month == 2 and day.day == 29
	return day.replace(year=day.year - 1, day=28 if last_february_day else day.day)


def markets(company: str, period: Period, customer_frame: pd.DataFrame) -> pd.DataFrame:
	"""Market value and units per territory for the period.

	The estimate of the territory itself or of the nearest territory above it counts. Estimates without an item group
	win over the sum of those by item group, of which those that lie in a wider one are left out. An estimate longer than
	the period counts in proportion to the days in common; one that covers only a part of it stands for the whole period
	with its amount per day.
	"""
	from kam_erpnext.data.market import read_estimates  # reads customers itself

	trees = Trees(*(nodes(doctype)[0] for doctype in ("Territory", "Item Group")))
	parents = nodes("Territory")[1]
	estimates = read_estimates(company, period, fenced=False)
	by_unit = []
	for unit in (VALUE, UNITS):
		by_territory: dict[str, list] = {}
		for size in sizes(estimates, period, unit):
			by_territory.setdefault(size.territory, []).append(size)
		by_unit.append(
			{
				territory: sum(size.amount for size in outermost(found, trees))
				for territory, found in by_territory.items()
			}
		)
	estimated = set().union(*by_unit)
	result = []
	for territory in customer_frame["territory"].dropna().unique():
		node, seen = territory, set()
		while node and node not in seen and node not in estimated:
			seen.add(node)
			node = parents.get(node)
		result.append((territory, *(amounts.get(node) for amounts in by_unit)))
	return pd.DataFrame(result, columns=["territory", "market_value", "market_units"]).astype(
		{"market_value": float, "market_units": float}
	)
