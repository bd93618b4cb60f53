"""Period of a plan: first and last day, title and the rhythm of its reviews."""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import add_months, formatdate, getdate

from kam_erpnext.data.windows import fiscal_year

CALENDAR_YEAR, FISCAL_YEAR, SIX_MONTHS = "Calendar Year", "Fiscal Year", "6 Months"
ROLLING, PERPETUAL = "Rolling 12 Months", "Perpetual"
MONTHS = {SIX_MONTHS: 6, ROLLING: 12}
REVIEW_MONTHS = {"Month": 1, "Quarter": 3, "Half Year": 6, "Year": 12}


def months_later(day: date, months: int) -> date:
	"""The same day `months` later; a day the month does not have becomes the first of the next month."""
	year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
	try:
		return date(year, month + 1, day.day)
	except ValueError:
		return months_later(date(year, month + 1, 1), 1)


def set_period(plan):
	"""From and to by the kind of period; years start on their first day whatever day was entered."""
	day = getdate(plan.from_date)
	if plan.period_type == CALENDAR_YEAR:
		plan.from_date, plan.to_date = date(day.year, 1, 1), date(day.year, 12, 31)
	elif plan.period_type == FISCAL_YEAR:
		plan.from_date, plan.to_date = fiscal_year(day, plan.company)
	elif plan.period_type in MONTHS:
		plan.from_date = day
		plan.to_date = months_later(day, MONTHS[plan.period_type]) - timedelta(days=1)
	elif plan.period_type == PERPETUAL:
		plan.from_date, plan.to_date = day, None


def period_label(plan) -> str:
	"""For example "2026", "2026-2027", "Mar 2026 to Feb 2027" or "from Mar 2026"."""
	start, last = getdate(plan.from_date), getdate(plan.to_date) if plan.to_date else None
	if plan.period_type == CALENDAR_YEAR:
		return str(start.year)
	if plan.period_type == FISCAL_YEAR:
		return str(start.year) if start.year == last.year else f"{start.year}-{last.year}"
	if not last:
		return _("from {0}").format(formatdate(start, "MMM yyyy"))
	return f"{formatdate(start, 'MMM yyyy')} – {formatdate(last, 'MMM yyyy')}"


def automatic_title(plan) -> str:
	return f"{plan.account_name} {period_label(plan)}"[:140]


def set_title(plan):
	"""Account and period, unless somebody gave the plan a title of its own."""
	before = plan.get_doc_before_save()
	if not plan.title or (before and plan.title == before.title == automatic_title(before)):
		plan.title = automatic_title(plan)


def first_review(plan):
	return getdate(add_months(plan.from_date, REVIEW_MONTHS.get(plan.review_every, 3)))


def set_next_review(plan):
	"""After the first interval, unless somebody chose a day."""
	before = plan.get_doc_before_save()
	chosen = getdate(plan.next_review) if plan.next_review else None
	automatic = before and before.next_review and chosen == before.next_review == first_review(before)
	if not chosen or (automatic and plan.docstatus == 0):
		plan.next_review = first_review(plan)


def validate_next_review(plan):
	if plan.next_review and getdate(plan.next_review) < getdate(plan.from_date):
		frappe.throw(
			_("Next Review ({0}) lies before the plan begins ({1}). Please choose a later day.").format(
				formatdate(plan.next_review), formatdate(plan.from_date)
			)
		)


def overlapping(plan, other) -> bool:
	"""Whether two plans have a day in common; an empty last day means without an end."""
	far = date.max
	return getdate(plan.from_date) <= (getdate(other.to_date) if other.to_date else far) and getdate(
		other.from_date
	) <= (getdate(plan.to_date) if plan.to_date else far)
