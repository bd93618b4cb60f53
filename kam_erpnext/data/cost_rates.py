"""Rates of the drivers of cost to serve, as sales operations entered them, and the days for which each of them holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import frappe
import pandas as pd
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import flt, getdate

from kam_erpnext import extending
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine.customer_value import DRIVERS, EACH, INTEREST
from kam_erpnext.engine.periods import Period

RATE = "KAM Cost Rate"
# word in the doctype -> key of the engine
DRIVER_KEYS = {
	"Sales Order": "orders",
	"Order Line": "order_lines",
	"Delivery": "deliveries",
	"Weight Delivered": "weight",
	"Return": "returns",
	"Call": "calls",
	"Issue": "issues",
	"Timesheet": "timesheets",
	"Shipment": "freight",
	"Money Owed Until Due": "credit",
	"Money Overdue": "delay",
}


def keys() -> dict[str, str]:
	"""Word in the doctype -> key of a driver, those of other apps last."""
	return DRIVER_KEYS | {driver.label: key for key, driver in extending.cost_drivers().items()}


def kinds() -> dict[str, str]:
	"""Key of a driver -> how its rate is told, those of other apps last."""
	return DRIVERS | {key: driver.told_as for key, driver in extending.cost_drivers().items()}


@dataclass(frozen=True)
class Rate:
	"""One rate: of a driver, from a day on, for customers of a group (None: all), of a company (None: every one)."""

	driver: str
	from_date: date
	rate: float
	company: str | None = None
	customer_group: str | None = None


@dataclass(frozen=True)
class Rates:
	"""Rates of a company. `above` names the group above each customer group."""

	rates: tuple[Rate, ...]
	above: Mapping[str, str | None] = field(default_factory=dict)
	# words of drivers that have a rate but that no installed app offers any more
	not_offered: tuple[str, ...] = ()

	def segments(self, period: Period) -> list[Period]:
		"""The period cut where a rate begins within it."""
		cuts = sorted({rate.from_date for rate in self.rates if period.start < rate.from_date < period.end})
		edges = [period.start, *cuts, period.end]
		return [Period(start, end) for start, end in pairwise(edges)]

	def used(self, day: date) -> list[str]:
		"""Drivers that have a rate above 0 for somebody on a day, in the order of the engine."""
		used = set()
		for driver in kinds():
			groups = {rate.customer_group for rate in self.rates if rate.driver == driver}
			if any((self.rate(driver, group, day) or 0) > 0 for group in groups):
				used.add(driver)
		return [driver for driver in kinds() if driver in used]

	def rate(self, driver: str, customer_group: str | None, day: date) -> float | None:
		"""Rate of the nearest customer group, then of the company, then the newest; None when there is none."""
		distance = {None: len(self.above) + 1}
		group, steps = customer_group, 0
		while group and group not in distance:
			distance[group] = steps
			group, steps = self.above.get(group), steps + 1
		found = [
			rate
			for rate in self.rates
			if rate.driver == driver and rate.from_date <= day and rate.customer_group in distance
		]
		if not found:
			return None
		best = min(
			found,
			key=lambda rate: (
				distance[rate.customer_group],
				rate.company is None,
				-rate.from_date.toordinal(),
			),
		)
		return best.rate

	def of(self, driver: str, groups: pd.Series, day: date) -> pd.Series:
		"""Rate by customer, index as in `groups` (customer -> customer group); 0 where there is none."""
		by_group = {
			group: self.rate(driver, group if isinstance(group, str) else None, day) or 0.0
			for group in groups.unique()
		}
		return groups.map(by_group).astype(float)


def read_rates(company: str) -> Rates:
	"""Rates that hold for a company; rates are rules of the programme, the same for every reader."""
	table = frappe.qb.DocType(RATE)
	rows = (
		frappe.qb.from_(table)
		.select(table.driver, table.from_date, table.rate, table.for_company, table.customer_group)
		.where(Coalesce(table.for_company, "").isin(["", company]))
		.run(as_dict=True)
	)
	known = keys()
	return Rates(
		tuple(
			Rate(
				known[row.driver],
				getdate(row.from_date),
				flt(row.rate),
				row.for_company or None,
				row.customer_group or None,
			)
			for row in rows
			if row.driver in known
		),
		nodes("Customer Group")[1],
		tuple(sorted({row.driver for row in rows if row.driver not in known and flt(row.rate)})),
	)


def remarks(rates: Rates) -> list[str]:
	"""Rates that cannot be counted, a sentence each."""
	return [
		_("No installed app counts {0} any more, so its rate is left out.").format(word)
		for word in rates.not_offered
	]


def label_of(driver: str) -> str:
	"""Word for a driver."""
	if driver not in DRIVERS:
		return _(extending.cost_drivers()[driver].label)
	return {
		"orders": _("Sales Orders"),
		"order_lines": _("Order Lines"),
		"deliveries": _("Deliveries"),
		"weight": _("Weight Delivered"),
		"returns": _("Handling of Returns"),
		"calls": _("Calls"),
		"issues": _("Issues"),
		"timesheets": _("Timesheets"),
		"freight": _("Freight"),
		"credit": _("Money Owed Until Due"),
		"delay": _("Payment Delay"),
	}[driver]


def unit_of(word: str, company: str | None) -> str:
	"""What the rate of a driver is told in."""
	key = keys()[word]
	kind = kinds()[key]
	if kind == INTEREST:
		return _("% interest a year")
	if kind != EACH:
		return _("% of the booked cost")
	currency = frappe.get_cached_value("Company", company, "default_currency") if company else None
	piece = (
		_(extending.cost_drivers()[key].per)
		if key not in DRIVERS
		else {
			"orders": _("per order"),
			"order_lines": _("per line"),
			"deliveries": _("per delivery"),
			"weight": _("per unit of weight"),
			"returns": _("per return"),
			"calls": _("per call"),
			"issues": _("per issue"),
		}[key]
	)
	return f"{currency or _('Currency of the company')} {piece}"
