"""Days on which customers order, for the rhythm of an account."""

from dataclasses import replace
from datetime import date

from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import SalesQuery
from kam_erpnext.engine.periods import Period


def order_days(filters: SalesFilters, period: Period) -> dict[str, set[date]]:
	"""Customer -> the days of the period with a Sales Order; who has none has the days of the sales source's documents.

	Returns are no orders. Customers with neither are left out.
	"""
	orders = _days(replace(filters, source="Sales Order"), period)
	if filters.source == "Sales Order":
		return orders
	return {**_days(filters, period), **orders}


def _days(filters: SalesFilters, period: Period) -> dict[str, set[date]]:
	query = SalesQuery(filters, period)
	statement = query.statement(items=False).select(query.parent.customer, query.date).distinct()
	if filters.source != "Sales Order":
		statement = statement.where(query.parent.is_return == 0)
	found: dict[str, set[date]] = {}
	for customer, day in statement.run():
		found.setdefault(customer, set()).add(day)
	return found
