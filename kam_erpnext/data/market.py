"""Markets as the engine reads them: estimates of their size, and what was sold in them according to the ledger."""

from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe.utils import cint, flt, getdate

from kam_erpnext.data import sales
from kam_erpnext.data.facts import customers as read_customers
from kam_erpnext.data.permissions import every, fences
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine import market as engine
from kam_erpnext.engine.market import UNITS, VALUE, Estimate, Share, Size, Trees
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.wallet import Pair

ESTIMATE = "Market Estimate"
FIELDS = (
	"name",
	"territory",
	"item_group",
	"from_date",
	"to_date",
	"market_value",
	"market_units",
	"reliability",
)


@dataclass
class Markets:
	"""Markets and sales of one company and period, read for one reader."""

	filters: SalesFilters
	period: Period
	trees: Trees
	parents: dict[str, str | None]
	sizes: dict[str, list[Size]]  # by unit
	estimates: dict[str, Estimate]
	own: dict[str, dict[str, dict[Pair, float]]]  # unit -> customer -> (territory, item group) -> sold
	home: dict[str, str]  # customer -> territory

	def share(self, unit: str, territories: frozenset[str], groups: frozenset[str]) -> Share:
		"""Share in everything known within some territories and item groups."""
		return engine.share(self.sizes[unit], self.trees, territories, groups, self.sold(unit))

	def share_of(self, unit: str, customers: frozenset[str], groups: frozenset[str]) -> Share:
		"""Share of an account in its nearest market."""
		return engine.share_of_account(
			self.sizes[unit],
			self.trees,
			self.parents,
			groups,
			self.sold(unit, customers),
			sorted({self.home[customer] for customer in customers if self.home.get(customer)}),
		)

	def sold(self, unit: str, customers: frozenset[str] | None = None) -> dict[Pair, float]:
		"""What was sold, by territory of the customer and item group."""
		result: dict[Pair, float] = {}
		for customer, pairs in self.own[unit].items():
			if customers is None or customer in customers:
				for pair, amount in pairs.items():
					result[pair] = result.get(pair, 0.0) + amount
		return result


def read(filters: SalesFilters, period: Period) -> Markets:
	"""Markets and sales of a period in a fixed number of queries; filters on territory and item group are left to the
	caller, as estimates of wider markets may count."""
	wide = SalesFilters(filters.company, filters.source, user=filters.user)
	known = read_customers(wide)
	home = {
		customer: territory
		for customer, territory in zip(known["customer"], known["territory"], strict=True)
		if territory
	}
	territories, parents = nodes("Territory")
	groups, _parents = nodes("Item Group")
	estimates = read_estimates(filters.company, period, filters.user)
	own: dict[str, dict] = {VALUE: {}, UNITS: {}}
	frame = sales.net_sales(wide, period, by=("customer", "territory", "item_group"))
	for row in frame.itertuples(index=False):
		pair = (row.territory or "", row.item_group)
		own[VALUE].setdefault(row.customer, {})[pair] = flt(row.net_sales, 6)
		own[UNITS].setdefault(row.customer, {})[pair] = flt(row.qty, 6)
	return Markets(
		filters=filters,
		period=period,
		trees=Trees(territories, groups),
		parents=parents,
		sizes={unit: engine.sizes(estimates, period, unit) for unit in (VALUE, UNITS)},
		estimates={one.name: one for one in estimates},
		own=own,
		home=home,
	)


def read_estimates(
	company: str, period: Period, user: str | None = None, fenced: bool = True
) -> list[Estimate]:
	"""Estimates that have days in common with a period; with `fenced`, those the reader may see."""
	table = frappe.qb.DocType(ESTIMATE)
	conditions = [
		table.company == company,
		table.from_date < period.end,
		table.to_date >= period.start,
	]
	if fenced:
		conditions.append(fences(ESTIMATE, table, user))
	rows = (
		frappe.qb.from_(table)
		.select(*[table[name] for name in FIELDS])
		.where(every(conditions))
		.orderby(table.name)
		.run(as_dict=True)
	)
	rivals = _competitors([row.name for row in rows])
	return [
		Estimate(
			name=row.name,
			territory=row.territory,
			item_group=row.item_group or None,
			start=getdate(row.from_date),
			end=getdate(row.to_date) + timedelta(days=1),
			value=flt(row.market_value) or None,
			units=flt(row.market_units) or None,
			competitors=tuple(rivals.get(row.name, ())),
			reliability=row.reliability or None,
		)
		for row in rows
	]


def _competitors(names: list[str]) -> dict[str, list[tuple]]:
	if not names:
		return {}
	result: dict[str, list[tuple]] = {}
	for row in frappe.get_all(
		"Market Estimate Competitor",
		{"parent": ("in", names), "parenttype": ESTIMATE},
		["parent", "competitor", "market_value", "market_units"],
		order_by="parent, idx",
	):
		result.setdefault(row.parent, []).append(
			(row.competitor, flt(row.market_value) or None, flt(row.market_units) or None)
		)
	return result


def years_with_estimates(company: str) -> list[int]:
	"""Years in which some estimate the reader may see begins or ends, the newest first."""
	table = frappe.qb.DocType(ESTIMATE)
	rows = (
		frappe.qb.from_(table)
		.select(table.from_date, table.to_date)
		.where(every([table.company == company, fences(ESTIMATE, table)]))
		.orderby(table.from_date)
		.run()
	)
	return sorted({cint(getdate(day).year) for row in rows for day in row}, reverse=True)
