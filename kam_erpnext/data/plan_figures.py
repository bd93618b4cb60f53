"""Targets of a plan against the ledger: what was planned, what is due by today, what was sold, and the year before.

Everything is read live, with the rights of the reader, in a number of queries that does not depend on the number of
documents. Net sales have their one definition in `kam_erpnext.data.sales`; percentages are given from 0 to 100 and
more, and None stands for what is not known.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import frappe
import pandas as pd
from frappe import _
from frappe.utils import add_months, add_years, flt, formatdate, getdate

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.permissions import customer_condition, every
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import fiscal_year
from kam_erpnext.engine import targets
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.engine.rollup import WHOLE_ACCOUNT
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

PERPETUAL = "Perpetual"
MONTH_NAMES = (
	"January",
	"February",
	"March",
	"April",
	"May",
	"June",
	"July",
	"August",
	"September",
	"October",
	"November",
	"December",
)
AMOUNT_DIGITS, QTY_DIGITS = 2, 3


class LastYear(NamedTuple):
	"""What was sold in the same days one year earlier; None when there is nobody to look at."""

	net_sales: float | None
	qty: float | None


# ---------------------------------------------------------------- whom and when


def customers_of(plan_doc, user: str | None = None) -> tuple[str, ...]:
	"""Customers the plan is measured on, as they are today: those the reader may see of the account itself, or of
	everything below it too when the scope is Whole Account."""
	if plan_doc.scope == WHOLE_ACCOUNT:
		return tuple(accounts.visible_customers(plan_doc.key_account, user))
	member = frappe.qb.DocType("Key Account Customer")
	customer = frappe.qb.DocType("Customer")
	return tuple(
		frappe.qb.from_(member)
		.inner_join(customer)
		.on(customer.name == member.customer)
		.select(customer.name)
		.where(
			every(
				[
					(member.parenttype == "Key Account") & (member.parent == plan_doc.key_account),
					customer_condition(customer, user),
				]
			)
		)
		.orderby(customer.name)
		.run(pluck=True)
	)


def period_of_plan(plan_doc, as_of=None) -> Period:
	"""The whole period of a plan; for a perpetual one the twelve months that end today, today included."""
	if plan_doc.period_type == PERPETUAL:
		return resolve_window(ROLLING_12_MONTHS, getdate(as_of))
	start = getdate(plan_doc.from_date)
	last = getdate(plan_doc.to_date) if plan_doc.to_date else _last_day(plan_doc, start)
	return Period(start, last + timedelta(days=1))


def _last_day(plan_doc, start: date) -> date:
	"""Last day of a plan that has not been saved yet."""
	if plan_doc.period_type == "Fiscal Year":
		return fiscal_year(start, plan_doc.company)[1]
	if plan_doc.period_type == "6 Months":
		return getdate(add_months(start, 6)) - timedelta(days=1)
	if plan_doc.period_type == "Calendar Year":
		return date(start.year, 12, 31)
	return getdate(add_years(start, 1)) - timedelta(days=1)


def measured(plan_doc, as_of=None) -> Period | None:
	"""Days of the plan that are over, `as_of` (or today) included; None before the plan starts."""
	day = getdate(as_of)
	if day < getdate(plan_doc.from_date):
		return None
	period = period_of_plan(plan_doc, day)
	return Period(period.start, min(period.end, day + timedelta(days=1)))


def sales_filters(
	plan_doc, customers: Iterable[str], item_group: str | None = None, source: str | None = None
) -> SalesFilters:
	"""What counts as a sale of the plan. `customers` must not be empty: an empty filter would mean everybody."""
	customers = tuple(customers)
	if not customers:
		raise ValueError("no customers")
	return SalesFilters(
		company=plan_doc.company,
		source=source or get_settings().sales_source,
		item_group=item_group or None,
		customers=customers,
	)


# ---------------------------------------------------------------- figures


def target_figures(plan_doc, as_of=None) -> dict:
	"""What the targets of a plan are and how far they are reached.

	Returns `currency, target, target_to_date, actual, attainment, pace, required_run_rate` (amount per day that is
	left), `before` (same days one year earlier), `net_sales` (of all the customers bought, planned or not),
	`documents, months, item_groups, explanation, as_of, from_date, to_date`. Without any target `actual` is all that was
	sold. Attainment = actual / target, pace = actual / target to date, both in percent.
	"""
	day = getdate(as_of)
	whole, so_far = period_of_plan(plan_doc, day), measured(plan_doc, day)
	lines = _Lines(plan_doc, whole)
	customers = customers_of(plan_doc)
	now = before = year_before = _nothing()
	documents = None
	if customers:
		filters = sales_filters(plan_doc, customers)
		year_before = sales.net_sales(filters, whole.previous_year(), by=("item_group", "period"))
		if so_far:
			now = sales.net_sales(filters, so_far, by=("item_group", "period"))
			before = sales.net_sales(filters, so_far.previous_year(), by=("item_group",))
			documents = sales.document_count(filters, so_far)
	read = bool(customers and so_far)
	rows = lines.figures(now, before, so_far, read)
	planned = [row for row in rows if row["target"] is not None]
	target = _total(row["target"] for row in planned)
	target_to_date = _total(row["target_to_date"] for row in planned)
	actual = previous = None
	if read:
		actual = _total(row["actual"] for row in planned) if planned else _amount(now)
		previous = _total(row["before"] for row in planned) if planned else _amount(before)
	rate = targets.required_run_rate(target, actual, whole, so_far.last_day) if so_far else None
	return {
		"currency": plan_doc.currency
		or frappe.get_cached_value("Company", plan_doc.company, "default_currency"),
		"target": target,
		"target_to_date": target_to_date,
		"actual": actual,
		"attainment": percent(actual, target),
		"pace": percent(actual, target_to_date),
		"required_run_rate": None if plan_doc.period_type == PERPETUAL else rate,
		"before": previous,
		"net_sales": _amount(now) if read else None,
		"documents": documents,
		"months": lines.months(now, year_before, so_far, bool(customers)),
		"item_groups": rows,
		"explanation": _explanation(plan_doc, customers, so_far, whole, documents, lines),
		"as_of": so_far.last_day if so_far else day,
		"from_date": whole.start,
		"to_date": whole.last_day,
	}


def months_rows(plan_doc) -> list[dict]:
	"""Rows for the table `months` of a plan: every target line spread over the months of its period."""
	whole = period_of_plan(plan_doc)
	rows = []
	for line in plan_doc.get("targets") or []:
		parts = [_spread(line, value, whole, digits) for value, digits in _values(line)]
		if not flt(line.amount) and not flt(line.qty):
			continue
		for month in targets.months_of(whole):
			amount, qty = (float(part[month]) for part in parts)
			rows.append({"month": month, "item_group": line.item_group or "", "amount": amount, "qty": qty})
	currency = plan_doc.currency or frappe.get_cached_value("Company", plan_doc.company, "default_currency")
	return [{**row, "currency": currency} for row in rows]


def last_year(plan_doc, item_group: str | None = None) -> LastYear:
	"""Net sales and stock units of the days of the whole plan one year earlier, of `item_group` and those below it."""
	customers = customers_of(plan_doc)
	if not customers:
		return LastYear(None, None)
	filters = sales_filters(plan_doc, customers, item_group)
	frame = sales.net_sales(filters, period_of_plan(plan_doc).previous_year(), by=("item_group",))
	return LastYear(_amount(frame), _amount(frame, "qty", QTY_DIGITS))


def before_of_lines(plan_doc) -> list[LastYear]:
	"""The same for every target line, in their order: the most specific line takes a sale, as in `target_figures`."""
	whole = period_of_plan(plan_doc)
	lines, customers = _Lines(plan_doc, whole), customers_of(plan_doc)
	if not customers:
		return [LastYear(None, None)] * len(lines.rows)
	frame = lines.assign(
		sales.net_sales(sales_filters(plan_doc, customers), whole.previous_year(), by=("item_group",))
	)
	return [
		LastYear(_amount(part), _amount(part, "qty", QTY_DIGITS))
		for part in (frame[frame["line"] == index] for index in range(len(lines.rows)))
	]


def percent(part: float | None, whole: float | None) -> float | None:
	"""Percent; None when something is not known or the whole is not above zero."""
	if part is None or not whole or whole <= 0:
		return None
	return 100.0 * part / whole


# ---------------------------------------------------------------- target lines


class _Lines:
	"""Target lines of a plan: which of them takes a sale, and what is due of each by a day."""

	def __init__(self, plan_doc, whole: Period):
		self.rows = list(plan_doc.get("targets") or [])
		self.whole = whole
		self.notes: list[str] = []
		self.by_group: dict[str, int] = {}
		for index, row in enumerate(self.rows):
			self.by_group.setdefault(row.item_group or "", index)
		self.parents = {}
		if any(self.by_group):
			self.parents = dict(
				frappe.get_all("Item Group", fields=["name", "parent_item_group"], as_list=True)
			)
		self.spread = [self._spread(plan_doc, row) for row in self.rows]

	def line_of(self, item_group: str | None) -> int | None:
		"""Index of the most specific line above the item group; the line without a group takes the rest."""
		seen = set()
		while item_group and item_group not in seen:
			if item_group in self.by_group:
				return self.by_group[item_group]
			seen.add(item_group)
			item_group = self.parents.get(item_group)
		return self.by_group.get("")

	def assign(self, sold: pd.DataFrame) -> pd.DataFrame:
		"""Sales with a column `line`; -1 for what no line takes."""
		indexes = [self.line_of(group) for group in sold["item_group"]]
		return sold.assign(line=[-1 if index is None else index for index in indexes])

	def figures(
		self, now: pd.DataFrame, before: pd.DataFrame, so_far: Period | None, read: bool
	) -> list[dict]:
		now, before = self.assign(now), self.assign(before)
		result = []
		for index, row in enumerate(self.rows):
			amounts, quantities = self.spread[index]
			sold, sold_before = now[now["line"] == index], before[before["line"] == index]
			target = flt(row.amount, AMOUNT_DIGITS) or None
			actual = _amount(sold) if read else None
			due = self._due(amounts, so_far)
			result.append(
				{
					"item_group": row.item_group or None,
					"label": self.label(row),
					"target": target,
					"target_to_date": due if target is not None else None,
					"actual": actual,
					"attainment": percent(actual, target),
					"pace": percent(actual, due) if target is not None else None,
					"before": _amount(sold_before) if read else None,
					"qty_target": flt(row.qty, QTY_DIGITS) or None,
					"qty_to_date": self._due(quantities, so_far) if flt(row.qty) else None,
					"qty_actual": _amount(sold, "qty", QTY_DIGITS) if read else None,
				}
			)
		return result

	def months(
		self, now: pd.DataFrame, year_before: pd.DataFrame, so_far: Period | None, has_customers: bool
	) -> list[dict]:
		"""Per month: target, actual up to today and the whole month one year earlier, of what is planned."""
		planned = {index for index, row in enumerate(self.rows) if flt(row.amount)}
		now, year_before = self.assign(now), self.assign(year_before)
		if planned:
			now = now[now["line"].isin(planned)]
			year_before = year_before[year_before["line"].isin(planned)]
		months = targets.months_of(self.whole)
		sold = _by_month(now, months)
		sold_before = _by_month(year_before, months, years=1)
		result = []
		for month in months:
			begun = so_far is not None and month < so_far.end
			goals = [self.spread[index][0][month] for index in planned]
			result.append(
				{
					"month": month,
					"target": float(sum(goals)) if planned else None,
					"actual": sold.get(month, 0.0) if has_customers and begun else None,
					"before": sold_before.get(month, 0.0) if has_customers else None,
				}
			)
		return result

	def label(self, row) -> str:
		return row.item_group or (_("Everything else") if len(self.by_group) > 1 else _("All sales"))

	def _due(self, monthly: dict[date, Decimal], so_far: Period | None) -> float:
		return float(targets.to_date(monthly, self.whole, so_far.last_day)) if so_far else 0.0

	def _spread(self, plan_doc, row) -> list[dict[date, Decimal]]:
		return months_of_line(plan_doc, row, self.whole, self.notes)


def months_of_line(plan_doc, row, whole: Period, notes: list[str]) -> list[dict[date, Decimal]]:
	"""Amounts and quantities of a target line by month: those frozen when the plan was submitted, else calculated.

	Adds a sentence to `notes` when a distribution cannot be used.
	"""
	frozen = _frozen(plan_doc, row, whole)
	if frozen:
		return frozen
	try:
		return [_spread(row, value, whole, digits) for value, digits in _values(row)]
	except frappe.ValidationError as error:
		frappe.clear_last_message()
		notes.append(_("{0} It is spread evenly for now.").format(error))
		return [targets.spread(max(value, 0), whole, None, digits) for value, digits in _values(row)]


def _frozen(plan_doc, row, whole: Period) -> list[dict[date, Decimal]] | None:
	"""The stored months of a submitted plan, as long as they still agree with its line."""
	if not plan_doc.get("docstatus") or plan_doc.period_type == PERPETUAL:
		return None
	stored = [
		month for month in plan_doc.get("months") or [] if (month.item_group or "") == (row.item_group or "")
	]
	if [getdate(month.month) for month in stored] != targets.months_of(whole):
		return None
	result = []
	for field, digits in (("amount", AMOUNT_DIGITS), ("qty", QTY_DIGITS)):
		values = {getdate(month.month): _decimal(month.get(field), digits) for month in stored}
		if sum(values.values()) != _decimal(row.get(field), digits):
			return None
		result.append(values)
	return result


def _values(line) -> tuple[tuple[float, int], tuple[float, int]]:
	return (flt(line.amount), AMOUNT_DIGITS), (flt(line.qty), QTY_DIGITS)


def _spread(line, value: float, whole: Period, digits: int) -> dict[date, Decimal]:
	"""One target over the months; a distribution that cannot be used is named with its line."""
	name = line.get("distribution")
	try:
		return targets.spread(value, whole, distribution(name) if name else None, digits)
	except ValueError:
		if value < 0:
			frappe.throw(
				_("Targets, row {0}: a target cannot be negative. Please enter 0 or more.").format(line.idx)
			)
		frappe.throw(
			_(
				"Targets, row {0}: the Monthly Distribution {1} holds nothing for the months from {2} to {3}. "
				"Please choose another one, or leave it empty."
			).format(line.idx, name, formatdate(whole.start), formatdate(whole.last_day))
		)


def distribution(name: str) -> dict[int, float]:
	"""Month (1 to 12) -> percentage of a Monthly Distribution; empty when it was deleted."""
	row = frappe.qb.DocType("Monthly Distribution Percentage")
	rows = (
		frappe.qb.from_(row)
		.select(row.month, row.percentage_allocation)
		.where((row.parenttype == "Monthly Distribution") & (row.parent == name))
		.run()
	)
	return {MONTH_NAMES.index(month) + 1: flt(share) for month, share in rows if month in MONTH_NAMES}


# ---------------------------------------------------------------- small helpers


def _nothing() -> pd.DataFrame:
	return pd.DataFrame({"item_group": [], "period": [], "qty": [], "net_sales": []}, dtype=object).astype(
		{"qty": float, "net_sales": float}
	)


def _amount(frame: pd.DataFrame, column: str = "net_sales", digits: int = 6) -> float:
	return flt(float(frame[column].sum()), digits)


def _total(numbers: Iterable[float | None]) -> float | None:
	known = [number for number in numbers if number is not None]
	return flt(sum(known), 6) if known else None


def _decimal(number, digits: int) -> Decimal:
	return Decimal(str(flt(number, digits)))


def _by_month(frame: pd.DataFrame, months: list[date], years: int = 0) -> dict[date, float]:
	"""Net sales by month, `years` later; days beyond either end (leap years) go to the first or last month."""
	sums: dict[date, float] = {}
	for month, amount in zip(frame["period"], frame["net_sales"], strict=True):
		month = getdate(month)
		month = min(max(month.replace(year=month.year + years), months[0]), months[-1])
		sums[month] = flt(sums.get(month, 0.0) + amount, 6)
	return sums


def _explanation(plan_doc, customers, so_far, whole, documents, lines) -> str:
	"""What the figures mean, as plain text."""
	if not customers:
		return _("The account has no customers that you may see, so nothing can be measured.")
	if not so_far:
		return _("The plan starts on {0}. Until then there is nothing to measure.").format(
			formatdate(plan_doc.from_date)
		)
	sentences = [
		_(
			"Net sales of {0} customers of the account in the books of {1}, from submitted documents of type {2} dated {3} to {4}."
		).format(
			len(customers),
			plan_doc.company,
			_(get_settings().sales_source),
			formatdate(so_far.start),
			formatdate(so_far.last_day),
		),
		_("Returns are included; internal customers and opening entries are left out."),
		_("The year before: {0} to {1}.").format(
			formatdate(so_far.previous_year().start), formatdate(so_far.previous_year().last_day)
		),
		_("Documents: {0}.").format(documents),
		*lines.notes,
	]
	return " ".join(sentences)
