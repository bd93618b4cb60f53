"""Statements a reader may see, and what the customers of their people brought, for reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
import pandas as pd
from frappe.query_builder import Criterion
from frappe.utils import getdate

from kam_erpnext.data import incentive_access as access
from kam_erpnext.data import incentives, sales
from kam_erpnext.data.permissions import every
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

LINE = "Key Account Incentive Line"
FIELDS = (
	"name", "user", "user_name", "scheme_title", "sales_person", "territory", "company", "currency", "from_date",
	"to_date", "as_of", "status", "at_target", "before_cap", "amount", "cap", "curve", "known_share", "customers",
	"finalised_on",
)  # fmt: skip
LINE_FIELDS = (
	"parent", "measure", "unit", "weight", "target", "target_known", "due", "actual", "actual_known", "known",
	"attainment", "payout", "amount", "threshold", "cap", "lower_is_better", "documents", "explanation",
)  # fmt: skip
FIGURES = ("net_sales", "last_year", "margin")


@dataclass(frozen=True)
class StatementFilters:
	"""Which statements: those whose period has days in common with the two days, both included."""

	company: str | None = None
	from_date: date | None = None
	to_date: date | None = None
	user: str | None = None
	status: str | None = None


def statements(filters: StatementFilters) -> list[frappe._dict]:
	"""Statements the reader may see, by period and person, each with its `lines`; two queries."""
	table = frappe.qb.DocType(access.STATEMENT)
	conditions: list[Criterion] = [access.visible(access.STATEMENT, table)]
	for field in ("company", "user", "status"):
		if getattr(filters, field):
			conditions.append(table[field] == getattr(filters, field))
	if not filters.status:
		conditions.append(table.status != "Withdrawn")
	if filters.from_date:
		conditions.append(table.to_date >= filters.from_date)
	if filters.to_date:
		conditions.append(table.from_date <= filters.to_date)
	rows = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in FIELDS))
		.where(every([table.name.isnotnull(), *conditions]))
		.orderby(table.from_date)
		.orderby(table.user_name)
		.orderby(table.name)
		.run(as_dict=True)
	)
	by_name = {row.name: row for row in rows}
	for row in rows:
		row.lines = []
	if rows:
		line = frappe.qb.DocType(LINE)
		query = (
			frappe.qb.from_(line)
			.select(*(line[field] for field in LINE_FIELDS))
			.where((line.parenttype == access.STATEMENT) & line.parent.isin([*by_name]))
			.orderby(line.parent)
			.orderby(line.idx)
		)
		for found in query.run(as_dict=True):
			by_name[found.parent].lines.append(found)
	return rows


# ---------------------------------------------------------------- what the customers brought


def period_of(statement) -> Period | None:
	"""Days of a statement that were measured."""
	start = getdate(statement.from_date)
	end = min(getdate(statement.as_of), getdate(statement.to_date)) + timedelta(days=1)
	return Period(start, end) if statement.as_of and end > start else None


def contributions(found: Iterable[frappe._dict]) -> pd.DataFrame:
	"""`statement, user, territory, customers` and FIGURES: what the customers of each person brought in the days measured.

	Only customers that both the person and the reader may see. Sales of the year before are those of as many days. What two
	people look after together counts for each of them.
	"""
	parts = [part for days, rows in _by_days(found).items() for part in _of_days(days, rows)]
	columns = ["statement", "user", "territory", "customer", *FIGURES]
	if not parts:
		return pd.DataFrame(columns=[*columns[:3], "customers", *FIGURES])
	frame = pd.concat(parts, ignore_index=True)[columns]
	grouped = frame.groupby(["statement", "user", "territory"], sort=False, dropna=False)
	result = grouped[list(FIGURES)].sum()
	result["customers"] = grouped["customer"].nunique()
	return result.reset_index()


def shared_customers(found: Iterable[frappe._dict]) -> int:
	"""Customers that count for more than one person; with sales people they are shared out instead."""
	seen: dict[str, set[str]] = {}
	for row in found:
		scope = incentives.scope_of(row)
		if not scope.sales_person:
			for customer in scope.customers(frappe.session.user):
				seen.setdefault(customer, set()).add(row.user)
	return sum(len(users) > 1 for users in seen.values())


def _by_days(found: Iterable[frappe._dict]) -> dict[tuple[str, Period], list[frappe._dict]]:
	groups: dict[tuple[str, Period], list[frappe._dict]] = {}
	for row in found:
		if period := period_of(row):
			groups.setdefault((row.company, period), []).append(row)
	return groups


def _of_days(days: tuple[str, Period], rows: list[frappe._dict]) -> list[pd.DataFrame]:
	"""Sales are read once for all people with the same days."""
	company, period = days
	filters = SalesFilters(company=company, source=get_settings().sales_source)
	by = ("customer", "sales_person") if any(row.sales_person for row in rows) else ("customer",)
	sold = sales.net_sales(filters, period, by, with_cost=True, with_qty=False)
	sold["margin"] = sold["net_sales"].astype(float) - sold["cost"].astype(float).fillna(0.0)
	before = sales.net_sales(filters, period.previous_year(), by, with_qty=False)
	before = before.rename(columns={"net_sales": "last_year"})
	frame = pd.concat([sold, before], ignore_index=True).reindex(
		columns=["customer", "sales_person", *FIGURES]
	)
	frame[list(FIGURES)] = frame[list(FIGURES)].astype(float).fillna(0.0)
	frame["territory"] = frame["customer"].map(_territories(frame["customer"].unique()))
	people = nodes("Sales Person")[0] if "sales_person" in by else {}
	return [_of_person(row, frame, people) for row in rows]


def _of_person(row, frame: pd.DataFrame, people: dict[str, frozenset[str]]) -> pd.DataFrame:
	scope = incentives.scope_of(row)
	if scope.sales_person:
		frame = frame[frame["sales_person"].isin(people.get(scope.sales_person, frozenset()))]
		# by documents' sales teams, of customers both may see
		scope = incentives.Scope(scope.company, scope.user, territory=scope.territory, everybody=True)
	own = frame[frame["customer"].isin(scope.customers(frappe.session.user))]
	return own.assign(statement=row.name, user=row.user)


def _territories(customers: Iterable[str]) -> dict[str, str]:
	customer = frappe.qb.DocType("Customer")
	query = frappe.qb.from_(customer).select(customer.name, customer.territory)
	return dict(query.where(customer.name.isin([*customers] or [""])).run())


def regions() -> dict[str, str]:
	"""Territory -> the territory below the root it lies in."""
	parents = nodes("Territory")[1]
	result = {}
	for name in parents:
		top = name
		while parents.get(top) and parents.get(parents[top]):
			top = parents[top]
		result[name] = top
	return result
