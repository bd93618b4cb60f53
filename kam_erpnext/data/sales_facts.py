"""Monthly facts: what the documents say about sales, added up once and kept, so that reading does not grow with their number.

A *Key Account Sales Month* holds the sales of a company in a month by customer, item group, sales person and day (see
`engine.sales_facts`). Every change of a document leaves a *Key Account Sales Change* in the same transaction: the customer and
the month. Until the month is brought up to date, this customer's sales in it are read from the documents, so facts are never
older than the documents, however long the queue is. A month that is not there, or was not compared with the documents for
TRUSTED days, is read from the documents as well.

`data.sales_facts_upkeep` keeps them up.

The cost of goods changes without the invoice: a delivery note that comes later, a valuation that is posted anew. Such a change
counts for questions about cost only. Services cost what was paid for them last before the end of the period asked about, so the
facts hold their quantity and the rate is read with the question.

Only questions that the facts can answer exactly come here: User Permissions on anything but company and customer, and filters
by sales person go to the documents.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import frappe
import pandas as pd
from frappe.utils import add_days, cint, getdate, now_datetime
from pypika.terms import EmptyCriterion

from kam_erpnext.data.permissions import customer_condition, every, fenced_fields
from kam_erpnext.data.sales_ledger import SalesFilters, bought_rates, customer_filter, subtree
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.sales_facts import FIGURES, FORMAT, HEADS, Month, Only, Store, Sum, Unreadable
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

MONTH, CHANGE = "Key Account Sales Month", "Key Account Sales Change"
# days after which a month that nothing compared with the documents is not believed any more
TRUSTED = 3
# changed customers of a question above which the months are read from the documents as a whole
MANY_CHANGED = 300
# gaps in the months above which the documents answer everything
MANY_GAPS = 6
# memory for months of one site in one process, in MB, unless `kam_sales_facts_memory` in the site's configuration says otherwise
MEMORY = 256
# customer of a change that concerns all of them
EVERYBODY = ""
_stores: dict[str, Store] = {}


# ---------------------------------------------------------------- reading


@dataclass
class Reading:
	"""Facts for one question. `missing` are (filters, days) that the documents have to answer."""

	sums: Sum
	attributes: dict[str, dict[str, str | None]]
	missing: list[tuple[SalesFilters, Period]]
	rate_of: Callable[[str | None], float] | None = None

	def sales(self, by: tuple[str, ...], figures: list[str], starts=()) -> pd.DataFrame:
		"""Columns of `by` and `figures`, as `data.sales.net_sales` has them."""
		return self.sums.sales(by, figures, starts, self.attributes, self.rate_of)

	def heads(self, by: tuple[str, ...]) -> pd.DataFrame:
		"""Columns of `by` and the figures of HEADS."""
		return self.sums.heads(by, FIGURES[HEADS])

	def activity(self, period: Period) -> pd.DataFrame:
		"""`customer, documents, last_date`: documents of a period that are no returns, and the last one ever."""
		frame = self.sums.heads(("customer",), ())
		last = self.sums.last_day().set_index("customer")["last_date"]
		sold = self.sums.within(period).heads(("customer",), ("sold",)).set_index("customer")["sold"]
		return frame.assign(
			documents=frame["customer"].map(sold).fillna(0.0).astype(float),
			last_date=frame["customer"].map(last),
		)


def enabled() -> bool:
	"""Whether this site keeps facts."""
	return bool(cint(get_settings().keep_sales_facts))


def reading(
	filters: SalesFilters, period: Period, by: tuple[str, ...] = (), with_cost: bool = False
) -> Reading | None:
	"""Facts for a question, None when the documents have to answer it."""
	if filters.sales_person or filters.orders or not enabled():
		return None
	fenced = fenced_fields(filters.source, filters.user)
	if set(fenced) - {"customer", "company"}:
		return None
	if filters.company not in fenced.get("company", [filters.company]):
		return None
	# before the months: what is brought up to date in between counts once
	changed = _changed(filters, period, with_cost)
	whole = {first for first, names in changed.items() if EVERYBODY in names}
	months = [month for month in _months(filters, period) if month.first not in whole]
	if not months:
		return None
	there = {month.first for month in months}
	changed = {first: names for first, names in changed.items() if first in there}
	names = frozenset().union(*changed.values())
	if len(names) > MANY_CHANGED:
		months = [month for month in months if month.first not in changed]
		changed = {}
	gaps = _gaps(period, [month.first for month in months])
	if not months or len(gaps) > MANY_GAPS:
		return None
	missing = [(filters, gap) for gap in gaps]
	without = {}
	if changed:  # one question for all of them over all of these months, instead of one for each month
		affected = [month for month in months if min(changed) <= month.first <= max(changed)]
		without = {month.key: names for month in affected}
		names = names & {*filters.customers} if filters.customers else names
		if names:
			chosen = replace(filters, customers=tuple(sorted(names)))
			missing += [(chosen, run) for run in _runs(affected, period)]
	customers, attributes = _customers(filters, fenced.get("customer"), by)
	only = Only(customers, _item_groups(filters), without)
	rate_of = bought_rates(period.end) if with_cost and filters.source == "Sales Invoice" else None
	return Reading(Sum(store(), months, period, only), attributes, missing, rate_of)


def store() -> Store:
	"""Months in the memory of this process."""
	site = frappe.local.site
	if site not in _stores:
		_stores[site] = Store(cint(frappe.conf.get("kam_sales_facts_memory") or MEMORY) * 1024 * 1024)
	return _stores[site]


def first_of(day: date) -> date:
	return day.replace(day=1)


def next_month(first: date) -> date:
	return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _changed(filters: SalesFilters, period: Period, with_cost: bool) -> dict[date, frozenset[str]]:
	"""First day of a month -> customers whose documents in it have changed since, EVERYBODY for all of them."""
	table = frappe.qb.DocType(CHANGE)
	query = (
		frappe.qb.from_(table)
		.select(table.month, table.customer)
		.where((table.company == filters.company) & (table.source == filters.source))
		.where((table.month >= first_of(period.start)) & (table.month < period.end))
	)
	rows = query.run() if with_cost else query.where(table.cost_only == 0).run()
	found = defaultdict(set)
	for month, customer in rows:
		found[getdate(month)].add(customer)
	return {month: frozenset(names) for month, names in found.items()}


def _months(filters: SalesFilters, period: Period) -> list[Month]:
	"""The months of a period that can be believed, in memory."""
	table = frappe.qb.DocType(MONTH)
	mine = (
		(table.company == filters.company)
		& (table.source == filters.source)
		& (table.month >= first_of(period.start))
		& (table.month < period.end)
		& table.version.like(f"{FORMAT}:%")
		& (table.checked_on >= add_days(now_datetime(), -TRUSTED))
	)
	kept, found, absent = store(), [], []
	for name, version in frappe.qb.from_(table).select(table.name, table.version).where(mine).run():
		month = kept.get(name, version)
		if month:
			found.append(month)
		else:
			absent.append(name)
	if absent:
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.version, table.month, table.facts)
			.where(table.name.isin(absent) & (table.version != ""))
			.run()
		)
		for name, version, first, text in rows:
			try:
				found.append(kept.put(name, version, getdate(first), text))
			except Unreadable:
				continue  # the documents answer; the next comparison makes it anew
	return sorted(found, key=lambda month: month.first)


def _gaps(period: Period, firsts: list[date]) -> list[Period]:
	"""Days of a period outside the months that are there."""
	found, day = [], period.start
	for first in firsts:
		if first > day:
			found.append(Period(day, first))
		day = next_month(first)
	if day < period.end:
		found.append(Period(day, period.end))
	return found


def _runs(months: list[Month], period: Period) -> list[Period]:
	"""Months that follow each other, as days of a period."""
	found: list[Period] = []
	for month in months:
		days = Period(max(month.first, period.start), min(next_month(month.first), period.end))
		if found and found[-1].end == days.start:
			found[-1] = Period(found[-1].start, days.end)
		else:
			found.append(days)
	return found


def _customers(
	filters: SalesFilters, allowed: list[str] | None, by: tuple[str, ...]
) -> tuple[frozenset[str] | None, dict[str, dict[str, str | None]]]:
	"""Customers that count (None: all), and what is asked of them."""
	table = frappe.qb.DocType("Customer")
	conditions = [
		customer_condition(table, filters.user),
		customer_filter(table, replace(filters, customers=())),
	]
	if allowed is not None:
		conditions.append(table.name.isin(allowed))
	wanted = [name for name in ("territory", "market_segment") if name in by]
	restricted = any(not isinstance(condition, EmptyCriterion) for condition in conditions)
	if not restricted and not wanted:
		return frozenset(filters.customers) or None, {}  # the question itself says who counts
	if filters.customers:
		conditions.append(table.name.isin(filters.customers))
		restricted = True
	rows = (
		frappe.qb.from_(table)
		.select(table.name, *[table[name] for name in wanted])
		.where(every([table.name.isnotnull(), *conditions]))
		.run()
	)
	names = [row[0] for row in rows]
	attributes = {
		name: dict(zip(names, (row[place] for row in rows), strict=True))
		for place, name in enumerate(wanted, 1)
	}
	return (frozenset(names) if restricted else None), attributes


def _item_groups(filters: SalesFilters) -> frozenset[str] | None:
	"""Item groups that count; None for all."""
	chosen = []
	if filters.item_group:
		chosen.append(frozenset(subtree("Item Group", filters.item_group).run(pluck=True)))
	if filters.item_groups:
		chosen.append(frozenset(filters.item_groups))
	return frozenset.intersection(*chosen) if chosen else None
