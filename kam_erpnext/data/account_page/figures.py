"""Sales of the account: the period of the settings, fiscal years, item groups and months."""

from datetime import date, timedelta

import frappe
from erpnext.accounts.utils import FiscalYearError
from frappe.utils import add_months, flt, get_first_day, getdate
from pandas import DataFrame, isna

from kam_erpnext.data import sales
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import fiscal_years, period_of
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

MONTHS, TREND_MONTHS, YEARS = 24, 12, 5


def sales_figures(scope: Scope) -> dict:
	"""Net sales and gross profit of the period of the settings, by fiscal year, item group and month."""
	settings = get_settings()
	result = {
		"customers": len(scope.customers),
		"company": scope.company,
		"source": settings.sales_source,
		"as_of": str(scope.now),
	}
	if not scope.customers or not scope.company:
		return result
	try:
		period = period_of(settings.sales_window, scope.company, scope.today)
		years = fiscal_years(scope.today, scope.company, YEARS)
	except (frappe.ValidationError, FiscalYearError) as error:
		frappe.clear_last_message()
		return {**result, "problem": str(error)}
	filters = SalesFilters(scope.company, settings.sales_source, customers=scope.customers)
	before = period.previous_year()
	groups = _item_groups(filters, period, before)
	net, cost, net_before = (flt(groups[name].sum(), 2) for name in ("net_sales", "cost", "before"))
	monthly = _by_group_and_month(filters, scope.today)
	return {
		**result,
		"currency": scope.currency,
		"window": settings.sales_window,
		"from_date": str(period.start),
		"to_date": str(period.last_day),
		"previous": str(before),
		"before_from": str(before.start),
		"before_to": str(before.last_day),
		"net_sales": net,
		"net_sales_before": net_before,
		"growth": growth(net, net_before),
		"gross_profit": flt(net - cost, 2),
		"gross_margin": margin(net, cost),
		"documents": sales.document_count(filters, period),
		"customer_names": list(scope.customers),
		"years": _years(filters, years, scope.today),
		"item_groups": _group_rows(groups, monthly),
		"months": _months(monthly),
	}


def growth(now: float, before: float) -> float | None:
	return 100 * (now - before) / before if before > 0 else None


def margin(net: float, cost: float) -> float | None:
	return 100 * (net - cost) / net if net > 0 else None


def _total(filters: SalesFilters, period: Period, with_cost: bool = True) -> tuple[float, float]:
	"""Net sales and cost; the sum over no lines at all is empty: nothing was sold."""
	row = sales.net_sales(filters, period, by=(), with_cost=with_cost).iloc[0]
	return tuple(0.0 if isna(row.get(name)) else flt(row[name], 2) for name in ("net_sales", "cost"))


def _years(filters: SalesFilters, years: list[tuple[str, Period]], today: date) -> list[dict]:
	"""The running fiscal year up to today and the whole ones before, the oldest first.

	The running year is compared with the same days a year before, a whole year with the whole year before it.
	"""
	rows = []
	for name, period in reversed(years):
		current = period.contains(today)
		measured = Period(period.start, today + timedelta(days=1)) if current else period
		net, cost = _total(filters, measured)
		if current:
			before = _total(filters, measured.previous_year(), with_cost=False)[0]
		else:
			same_length = rows and abs(rows[-1]["days"] - measured.days) <= 1
			before = rows[-1]["net_sales"] if same_length else None
		rows.append(
			{
				"year": name,
				"from_date": str(measured.start),
				"to_date": str(measured.last_day),
				"days": measured.days,
				"to_today": current and measured != period,
				"net_sales": net,
				"gross_profit": flt(net - cost, 2),
				"gross_margin": margin(net, cost),
				"before": before,
				"growth": None if before is None else growth(net, before),
				"documents": sales.document_count(filters, measured),
			}
		)
	return rows


def _item_groups(filters: SalesFilters, period: Period, before: Period) -> DataFrame:
	"""Per item group: `qty, net_sales, cost, before`; groups sold in one of the two periods."""
	now = sales.net_sales(filters, period, by=("item_group",), with_cost=True).set_index("item_group")
	earlier = sales.net_sales(filters, before, by=("item_group",)).set_index("item_group")["net_sales"]
	return now.join(earlier.rename("before"), how="outer").fillna(0.0)


def _by_group_and_month(filters: SalesFilters, today: date) -> DataFrame:
	"""Net sales of the last 24 calendar months: a row per month, a column per item group."""
	first = getdate(add_months(get_first_day(today), 1 - MONTHS))
	period = Period(first, getdate(add_months(get_first_day(today), 1)))
	frame = sales.net_sales(filters, period, by=("item_group", "period"))
	months = [getdate(add_months(first, number)) for number in range(MONTHS)]
	if frame.empty:
		return DataFrame(index=months)
	frame["period"] = frame["period"].map(getdate)
	table = frame.pivot_table(index="period", columns="item_group", values="net_sales", aggfunc="sum")
	return table.reindex(months).fillna(0.0)


def _months(monthly: DataFrame) -> list[dict]:
	return [{"month": str(month), "net_sales": flt(value, 2)} for month, value in monthly.sum(axis=1).items()]


def _group_rows(groups: DataFrame, monthly: DataFrame) -> list[dict]:
	"""Item groups by net sales, the largest first, each with its last 12 months."""
	trend = monthly.tail(TREND_MONTHS)
	ordered = groups.sort_values(["net_sales", "before"], ascending=False, kind="stable")
	return [
		{
			"item_group": row.Index,
			"qty": flt(row.qty),
			"net_sales": flt(row.net_sales, 2),
			"before": flt(row.before, 2),
			"growth": growth(row.net_sales, row.before),
			"gross_profit": flt(row.net_sales - row.cost, 2),
			"gross_margin": margin(row.net_sales, row.cost),
			"trend": [flt(value, 2) for value in trend[row.Index]]
			if row.Index in trend.columns
			else [0.0] * len(trend),
		}
		for row in ordered.itertuples()
	]
