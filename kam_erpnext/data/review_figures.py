"""Figures of a business review: what the account did in a period, the year before and what was planned.

Every figure is taken from where it has its one definition: measures of objectives, targets of plans, and the open
documents of the account page. They are read with the rights of the user; None stands for what is not known.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import add_months, flt, getdate, now_datetime

from kam_erpnext.data import accounts, objectives, plan_figures, sales
from kam_erpnext.data.account_page import documents
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.targets import months_of

PERCENT, COUNT, DAYS = "%", "count", "days"
# a snapshot this much older than the day asked for no longer says how an account stood on it
SNAPSHOT_DAYS = 31
# key, unit (empty: money), margin
MEASURES = (
	("net_sales", "", False),
	("gross_profit", "", True),
	("gross_margin", PERCENT, True),
	("orders", COUNT, False),
	("item_groups", COUNT, False),
	("payment_delay", DAYS, False),
	("open_issues", COUNT, False),
)
LABELS = {
	"net_sales": lambda: _("Net Sales"),
	"gross_profit": lambda: _("Gross Profit"),
	"gross_margin": lambda: _("Gross Margin", context="KAM"),
	"orders": lambda: _("Sales Orders Received"),
	"item_groups": lambda: _("Item Groups Bought"),
	"payment_delay": lambda: _("Payment Delay"),
	"open_issues": lambda: _("Open Issues"),
	"planned_sales": lambda: _("Net Sales of What Was Planned"),
	"open_orders": lambda: _("Open Orders", context="KAM"),
	"overdue": lambda: _("Overdue Receivables"),
	"health": lambda: _("Health"),
}


@dataclass
class Figure:
	"""One line of the table: `value` of the period, `before` of the same days a year earlier, `target` for the period."""

	key: str
	label: str
	unit: str = ""
	value: float | None = None
	before: float | None = None
	target: float | None = None
	is_margin: bool = False

	def row(self) -> dict:
		"""Row of the table; columns of numbers cannot be empty, so that what is unknown is named."""
		names = ("value", "before", "target")
		return {
			"key": self.key,
			"figure": self.label,
			"unit": self.unit,
			"is_margin": int(self.is_margin),
			**{name: flt(getattr(self, name), 6) for name in names},
			"unknown": ",".join(name for name in names if getattr(self, name) is None),
		}


def measured_period(review) -> Period | None:
	"""Days of the review that are over, today included; None when it begins in the future."""
	start, last = getdate(review.from_date), min(getdate(review.to_date), getdate())
	return Period(start, last + timedelta(days=1)) if start <= last else None


def figures(review, plan) -> list[Figure]:
	"""All figures of a review; `plan` is a document or None."""
	period = measured_period(review)
	customers = customers_of(review, plan)
	lines = [_measure(review, key, unit, margin, customers, period) for key, unit, margin in MEASURES]
	planned = _planned(review, plan, period)
	sold = lines[0]
	if planned.get("everything"):
		sold.target = planned["target"]
	elif planned.get("target") is not None:
		lines.insert(
			1,
			Figure(
				"planned_sales",
				LABELS["planned_sales"](),
				"",
				planned["actual"],
				planned["before"],
				planned["target"],
			),
		)
	return [
		*lines,
		*_open_documents(review, customers),
		*_health(review, period),
		*planned.get("lines", []),
	]


def customers_of(review, plan) -> tuple[str, ...]:
	if plan:
		return plan_figures.customers_of(plan)
	return tuple(accounts.visible_customers(review.key_account))


def _measure(review, key, unit, margin, customers, period) -> Figure:
	figure = Figure(key, LABELS[key](), unit, is_margin=margin)
	if not customers or not period:
		return figure
	subject_of = frappe._dict(company=review.company, key_account=review.key_account, scope=None)
	read = objectives.READERS[key]
	figure.value = read(objectives.Subject(subject_of, period, customers)).value
	figure.before = read(objectives.Subject(subject_of, period.previous_year(), customers)).value
	return figure


def _health(review, period: Period | None) -> list[Figure]:
	"""Health of the account at the end of the period and a year before, from its snapshots; no line without one."""
	from kam_erpnext.snapshots import read as snapshots

	def on(day: date) -> float | None:
		row = snapshots.latest([review.key_account], day + timedelta(days=1), review.company).get(
			review.key_account
		)
		return row.health if row and row.snapshot_date >= day - timedelta(days=SNAPSHOT_DAYS) else None

	if not period:
		return []
	year_before = Period(period.last_day, period.end).previous_year().start
	value, before = on(period.last_day), on(year_before)
	if value is None and before is None:
		return []
	return [Figure("health", LABELS["health"](), PERCENT, value, before, is_margin=True)]


# ---------------------------------------------------------------- targets


def _planned(review, plan, period: Period | None) -> dict:
	"""Target of the period, and what was sold of what is planned.

	`everything` tells whether the plan has a line that takes all sales, so that its target stands for net sales.
	"""
	if not plan or not period or not plan.targets:
		return {}
	until = plan_figures.target_figures(plan, period.last_day)
	if until["target"] is None:
		return {}
	everything = any(not row.item_group for row in plan.targets)
	whole = getdate(until["from_date"]) == period.start
	if whole:
		return {
			"everything": everything,
			"target": until["target_to_date"],
			"actual": until["actual"],
			"before": until["before"],
			"lines": _line_figures(until) if len(until["item_groups"]) > 1 else [],
		}
	if plan.period_type == plan_figures.PERPETUAL or period.start < getdate(until["from_date"]):
		return {}  # days before the plan have no target
	earlier = plan_figures.target_figures(plan, period.start - timedelta(days=1))
	return {
		"everything": everything,
		"target": flt(until["target_to_date"] - earlier["target_to_date"], 2),
		"actual": _difference(until["actual"], earlier["actual"]),
		"before": _difference(until["before"], earlier["before"]),
	}


def _difference(now: float | None, earlier: float | None) -> float | None:
	return None if now is None else flt(now - flt(earlier), 6)


def _line_figures(figures: dict) -> list[Figure]:
	return [
		Figure(
			f"line:{row['item_group'] or ''}",
			row["label"],
			"",
			row["actual"],
			row["before"],
			row["target_to_date"] if row["target"] is not None else None,
		)
		for row in figures["item_groups"]
	]


# ---------------------------------------------------------------- documents open today


def _open_documents(review, customers: tuple[str, ...]) -> list[Figure]:
	"""Orders and receivables as they are when the figures are read; nobody knows what was open a year ago."""
	scope = Scope(
		key_account=review.key_account,
		accounts=(review.key_account,),
		customers=customers,
		company=review.company,
		companies=(review.company,),
		currency=review.currency,
		now=now_datetime().replace(microsecond=0),
	)
	read = {"open_orders": documents.open_orders, "overdue": documents.overdue_receivables}
	return [
		Figure(key, LABELS[key](), "", read[key](scope).get("value") if customers else None) for key in read
	]


# ---------------------------------------------------------------- months


def months(review, plan) -> list[dict]:
	"""Net sales by month of the period: `month, target, actual, before`."""
	period = measured_period(review)
	if not period:
		return []
	first = months_of(period)[0]
	if plan and plan.targets:
		rows = plan_figures.target_figures(plan, period.last_day)["months"]
		if rows and getdate(rows[0]["month"]) <= first:
			return [
				{**row, "month": str(row["month"])}
				for row in rows
				if first <= getdate(row["month"]) <= period.last_day
			]
	customers = customers_of(review, plan)
	if not customers:
		return []
	filters = sales.SalesFilters(
		review.company, plan_figures.get_settings().sales_source, customers=customers
	)
	last_month = getdate(add_months(months_of(period)[-1], 1))
	now = _by_month(sales.net_sales(filters, period, by=("period",)))
	before = _by_month(
		sales.net_sales(
			filters,
			Period(getdate(add_months(first, -12)), getdate(add_months(last_month, -12))),
			by=("period",),
		)
	)
	return [
		{
			"month": str(month),
			"target": None,
			"actual": now.get(month, 0.0),
			"before": before.get(getdate(add_months(month, -12)), 0.0),
		}
		for month in months_of(period)
	]


def _by_month(frame) -> dict[date, float]:
	return {
		getdate(month): float(amount)
		for month, amount in zip(frame["period"], frame["net_sales"], strict=True)
	}
