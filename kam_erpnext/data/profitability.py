"""Profit and loss of customers: gross sales, discounts, returns, net sales, CM1, cost to serve, CM2, key account work, CM3.

Net sales and cost of goods are those of `data/sales.py`, cost to serve is quantity times rate of every driver that has a
rate (`data/cost_drivers.py`, KAM Cost Rate), key account work is what documents that name a plan cost in these days
(`data/budget.py`). Everything in the currency of the company.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
import pandas as pd
from frappe.query_builder.functions import Count, Sum
from pypika.terms import ValueWrapper

from kam_erpnext.data import cost_drivers, cost_rates
from kam_erpnext.data.budget import SPENT, available
from kam_erpnext.data.cost_drivers import Asked
from kam_erpnext.data.cost_rates import Rates
from kam_erpnext.data.facts import customers as read_customers
from kam_erpnext.data.gross_sales import from_list_price
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.customer_value import cost_of_driver, margins
from kam_erpnext.engine.periods import Period

PLAN = "Key Account Plan"
SALES_COLUMNS = ("gross_sales", "discounts", "returned", "net_sales", "cost", "documents")
DESCRIPTION = ("customer_name", "customer_group", "territory", "market_segment")


@dataclass
class Profit:
	"""Profit and loss by customer, before key account work.

	`frame` is indexed by customer: name, group, territory, segment, SALES_COLUMNS, `serving` (NaN when only some items or
	sales people are asked for: nobody can say what serving costs for those), `cm1, cm2` and for every used driver its
	quantity (`quantity_<driver>`) and cost (`cost_<driver>`). `used` are the drivers with a rate, `unused` the others.
	"""

	frame: pd.DataFrame
	used: list[str]
	rates: Rates
	period: Period
	partial: bool = False
	# what of other apps could not be read
	remarks: tuple[str, ...] = ()

	@property
	def unused(self) -> list[str]:
		return [driver for driver in cost_rates.kinds() if driver not in self.used]


def read_profit(filters: SalesFilters, period: Period) -> Profit:
	"""Profit and loss of every customer with sales or cost to serve in the period."""
	rates = cost_rates.read_rates(filters.company)
	# what serving costs is not known by item or sales person
	partial = bool(filters.item_group or filters.item_groups or filters.sales_person or filters.orders)
	sold = from_list_price(filters, period).set_index("customer")
	costs: dict[str, pd.Series] = {}
	amounts: dict[str, pd.Series] = {}
	known = read_customers(filters).drop_duplicates("customer").set_index("customer")
	used, kinds, remarks = set(), cost_rates.kinds(), dict.fromkeys(cost_rates.remarks(rates))
	for segment in rates.segments(period):
		for driver in () if partial else rates.used(segment.start):
			used.add(driver)
			quantity, remark = cost_drivers.quantities(driver, Asked(filters, segment))
			remarks |= {remark: None} if remark else {}
			quantity = quantity[quantity.index.isin(known.index)]
			rate = rates.of(driver, known["customer_group"].reindex(quantity.index), segment.start)
			cost = cost_of_driver(kinds[driver], quantity, rate)
			amounts[driver] = quantity.add(amounts.get(driver, pd.Series(dtype=float)), fill_value=0.0)
			costs[driver] = cost.add(costs.get(driver, pd.Series(dtype=float)), fill_value=0.0)
	names = sold.index
	for series in amounts.values():
		names = names.union(series[series != 0].index)
	frame = known[list(DESCRIPTION)].reindex(names)
	for name in SALES_COLUMNS:
		frame[name] = sold[name].reindex(names).astype(float).fillna(0.0)
	frame["documents"] = frame["documents"].astype(int)
	in_order = [driver for driver in kinds if driver in used]
	for driver in in_order:
		frame[f"quantity_{driver}"] = amounts[driver].reindex(names).fillna(0.0)
		frame[f"cost_{driver}"] = costs[driver].reindex(names).fillna(0.0)
	frame["serving"] = (
		float("nan")
		if partial
		else frame[[f"cost_{driver}" for driver in in_order]].sum(axis=1).astype(float)
	)
	frame["work"] = 0.0
	frame = margins(frame).drop(columns=["work", "cm3"])
	frame.index.name = "customer"
	return Profit(frame, in_order, rates, period, partial, tuple(remarks))


# ---------------------------------------------------------------- key account work


@dataclass
class Work:
	"""What key account work cost in a period: `frame` indexed by account: `spent` (documents that name a plan of the
	account), `hours` (of timesheets among them), `documents`, `planned` (budgets of its plans, by days in common)."""

	frame: pd.DataFrame = field(default_factory=pd.DataFrame)

	def cost_of(self, accounts: Iterable[str]) -> float:
		return float(self.frame["spent"].reindex(list(accounts)).fillna(0.0).sum())


def read_work(company: str, period: Period, user: str | None = None) -> Work:
	"""Key account work by account, of plans the reader may see, within his fences on the documents."""
	plan = frappe.qb.DocType(PLAN)
	visible = [SUBJECT_CONDITIONS[PLAN](plan, user or frappe.session.user), fences(PLAN, plan, user)]
	rows: dict[str, dict[str, float]] = {}
	for source in available():
		if source.kind != SPENT:
			continue
		table = frappe.qb.DocType(source.doctype)
		found = (
			frappe.qb.from_(table)
			.inner_join(plan)
			.on(plan.name == table.kam_plan)
			.select(
				plan.key_account,
				Sum(source.value(table)),
				Count(table.name),
				Sum(table.total_hours) if source.doctype == "Timesheet" else ValueWrapper(0),
			)
			.where(
				every(
					[
						source.counts(table),
						table.company == company,
						table[source.date_field] >= period.start,
						table[source.date_field] < period.end,
						fences(source.doctype, table, user),
						*visible,
					]
				)
			)
			.groupby(plan.key_account)
			.run()
		)
		for account, amount, count, hours in found:
			row = rows.setdefault(account, {"spent": 0.0, "hours": 0.0, "documents": 0})
			row["spent"] += float(amount or 0)
			row["documents"] += count
			row["hours"] += float(hours or 0)
	planned = _planned(company, period, plan, visible)
	index = pd.Index(sorted({*rows, *planned}), name="key_account", dtype=object)
	frame = pd.DataFrame(
		[
			{
				"spent": 0.0,
				"hours": 0.0,
				"documents": 0,
				**rows.get(account, {}),
				"planned": planned.get(account, float("nan")),
			}
			for account in index
		],
		index=index,
		columns=["spent", "hours", "documents", "planned"],
	)
	return Work(frame)


def _planned(company: str, period: Period, plan, visible: list) -> dict[str, float]:
	"""Account -> budgets of its plans in force, each in proportion to its days within the period."""
	line = frappe.qb.DocType("Key Account Budget Line")
	rows = (
		frappe.qb.from_(plan)
		.inner_join(line)
		.on((line.parent == plan.name) & (line.parenttype == PLAN))
		.select(plan.name, plan.key_account, plan.from_date, plan.to_date, Sum(line.planned).as_("planned"))
		.where(
			every(
				[
					plan.docstatus == 1,
					plan.status.isin(["Approved", "In Execution", "Closed"]),
					plan.company == company,
					plan.from_date < period.end,
					plan.to_date.isnull() | (plan.to_date >= period.start),
					*visible,
				]
			)
		)
		.groupby(plan.name, plan.key_account, plan.from_date, plan.to_date)
		.run(as_dict=True)
	)
	result: dict[str, float] = {}
	for row in rows:
		if not row.planned:
			continue
		share = _share_of_days(row.from_date, row.to_date, period)
		result[row.key_account] = result.get(row.key_account, 0.0) + float(row.planned) * share
	return result


def _share_of_days(first, last, period: Period) -> float:
	"""Part of a plan that lies in the period; a plan without end is taken to last twelve months from its start."""
	end = frappe.utils.add_days(last, 1) if last else frappe.utils.add_months(first, 12)
	start, end = frappe.utils.getdate(first), frappe.utils.getdate(end)
	days = (min(end, period.end) - max(start, period.start)).days
	return max(0, days) / max(1, (end - start).days)
