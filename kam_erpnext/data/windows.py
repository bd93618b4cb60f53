"""Periods of a site: windows follow the fiscal years of the company, which need not start in January."""

from datetime import date, timedelta

import frappe
from erpnext.accounts.utils import FiscalYearError, get_fiscal_year
from frappe import _
from frappe.utils import getdate

from kam_erpnext.engine.periods import (
	FISCAL_YEAR_TO_DATE,
	LAST_FISCAL_YEAR,
	ROLLING_12_MONTHS,
	Period,
	resolve_window,
)

CUSTOM = "Custom"


def period_of(
	window: str, company: str, as_of: date | str | None = None, from_date=None, to_date=None
) -> Period:
	"""Half-open period of a window; `Custom` takes the two inclusive dates."""
	if window == CUSTOM:
		return custom_period(from_date, to_date)
	day = getdate(as_of)
	if window == ROLLING_12_MONTHS:
		return resolve_window(window, day)
	start, end = fiscal_year(day, company)
	if window == FISCAL_YEAR_TO_DATE:
		return Period(start, day + timedelta(days=1))
	if window == LAST_FISCAL_YEAR:
		start, end = fiscal_year(start - timedelta(days=1), company)
		return Period(start, end + timedelta(days=1))
	frappe.throw(_("Unknown period {0}. Choose one of the listed periods.").format(window))


def custom_period(from_date, to_date) -> Period:
	if not from_date or not to_date:
		frappe.throw(_("Please enter both From and To for a custom period."))
	start, last = getdate(from_date), getdate(to_date)
	if last < start:
		frappe.throw(
			_("To ({0}) lies before From ({1}). Please correct one of the dates.").format(last, start)
		)
	return Period(start, last + timedelta(days=1))


def fiscal_year(day: date, company: str) -> tuple[date, date]:
	"""First and last day of the fiscal year of `company` that holds `day`."""
	try:
		_name, start, end = _fiscal_year_record(day, company)
	except FiscalYearError:
		_throw_no_fiscal_year(day, company)
	return start, end


def fiscal_years(day: date, company: str, count: int) -> list[tuple[str, Period]]:
	"""Name and period of the fiscal year of `day` and of those before it, the newest first.

	Years before the first one that was set up are taken to begin on the same day of the year.
	"""
	try:
		name, start, end = _fiscal_year_record(day, company)
	except FiscalYearError:
		_throw_no_fiscal_year(day, company)
	years = [(name, Period(start, end + timedelta(days=1)))]
	while len(years) < count:
		begin = years[-1][1].start
		try:
			name, start, _end = _fiscal_year_record(begin - timedelta(days=1), company)
			period = Period(start, begin)
		except FiscalYearError:
			period = Period(Period(begin, begin + timedelta(days=1)).previous_year().start, begin)
			name = _year_name(period)
		years.append((name, period))
	return years


def _fiscal_year_record(day: date, company: str) -> tuple[str, date, date]:
	name, start, end = get_fiscal_year(day, company=company, verbose=0)[:3]
	return name, getdate(start), getdate(end)


def _throw_no_fiscal_year(day: date, company: str):
	frappe.throw(
		_(
			"There is no Fiscal Year for {0} in company {1}. Please create it, or choose another period."
		).format(day, company)
	)


def _year_name(period: Period) -> str:
	first, last = period.start.year, period.last_day.year
	return str(first) if first == last else f"{first}-{last}"
