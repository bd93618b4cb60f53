"""Snapshots of past month ends, made later from the documents of these days.

They hold what documents tell by their dates: sales, margin, receivables, contacts, calls, and the health that stands on
them. What nobody can say later (targets as they were, pipeline, orders still open then, freshness, completeness and scores
that need these) is named in `unknown`. Accounts and their customers are taken as they are today.

    bench --site <site> execute kam_erpnext.snapshots.backfill.month_ends --kwargs '{"from_date": "2024-01-01"}'
"""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import add_months, get_last_day, getdate

from kam_erpnext.snapshots import nightly, taking


def month_ends(from_date: str | date, to_date: str | date | None = None) -> int:
	"""Snapshots of the last days of all months that lie within the days and are over; those that are there stay.

	Written batch by batch, so that it can be stopped and run again. Raises no alarms. Returns how many were made.
	"""
	made = 0
	names = nightly.accounts()
	for day in days(getdate(from_date), getdate(to_date) if to_date else getdate()):
		for batch in nightly.batches(names):
			made += taking.take(batch, day, with_alarms=False)
			frappe.db.commit()
	return made


def days(first: date, last: date) -> list[date]:
	"""Last days of months from one day to another, today not included."""
	if last < first:
		frappe.throw(_("The last day ({0}) lies before the first ({1}).").format(last, first))
	last = min(last, getdate() - timedelta(days=1))
	found, day = [], getdate(get_last_day(first))
	while day <= last:
		found.append(day)
		day = getdate(get_last_day(add_months(day.replace(day=1), 1)))
	return found
