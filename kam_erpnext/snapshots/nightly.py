"""The nightly job: snapshots of all accounts at the end of the day that is over, and the alarms that follow from them.

The accounts are split into batches, each a background job of its own under a stable name, so that a night started twice does
not run twice. A batch is one transaction: a worker that dies leaves nothing half done, and the hourly look takes up what is
missing. A snapshot that is there stays as it is.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import frappe
from frappe.utils import add_days, cint, getdate
from frappe.utils.background_jobs import is_job_enqueued

from kam_erpnext.compat import month_start
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.snapshots import SNAPSHOT, taking

QUEUE, TIMEOUT = "long", 3600
# accounts of one job and transaction
BATCH = 40
# accounts without a snapshot after so many jobs of a day are left to the next night
TRIES = 3
DELETED_AT_ONCE = 500
# day of the last night that was started, and how often its rest was taken up
NIGHT, TRIED = "kam_snapshot_night", "kam_snapshot_tries"
RETIRED = "Retired"


def take(on: date | str | None = None) -> int:
	"""Daily: queues the snapshots of a day, the one that has just ended unless told otherwise. Returns the number of jobs."""
	day = getdate(on) if on else getdate() - timedelta(days=1)
	frappe.db.set_global(NIGHT, str(day))
	frappe.db.set_global(TRIED, "0")
	clean_up(day)
	return _enqueue(accounts(), day)


def take_up() -> int:
	"""Hourly: queues what the last night has not done, because a worker died or was stopped. Returns the number of jobs."""
	last = getdate() - timedelta(days=1)
	started = frappe.db.get_global(NIGHT)
	if not started or getdate(started) < last:
		return take()  # the night itself did not come to its end
	day, company = getdate(started), default_company()
	tries = cint(frappe.db.get_global(TRIED))
	if not company or tries >= TRIES or day > last:
		return 0
	names = taking.missing(accounts(), company, day)
	if not names:
		return 0
	started = _enqueue(names, day)
	if started:
		frappe.db.set_global(TRIED, str(tries + 1))
	return started


def take_accounts(names: Sequence[str], on: date | str) -> int:
	"""One batch: snapshots and alarms in one transaction. Returns how many snapshots were made."""
	made = taking.take([*names], getdate(on))
	frappe.db.commit()
	return made


def accounts() -> list[str]:
	"""Accounts of the programme in the order of the tree; of those that have left it nothing is kept any more."""
	return frappe.get_all("Key Account", {"status": ["!=", RETIRED]}, pluck="name", order_by="lft asc")


def batches(names: Sequence[str]) -> list[list[str]]:
	return [[*names[start : start + BATCH]] for start in range(0, len(names), BATCH)]


def forget():
	"""When the app is removed."""
	frappe.db.delete("DefaultValue", {"defkey": ("in", (NIGHT, TRIED))})


def _enqueue(names: Sequence[str], day: date) -> int:
	started = 0
	for batch in batches(names):
		job = f"kam-snapshots-{day}-{batch[0]}"
		if is_job_enqueued(job):
			continue
		frappe.enqueue(
			take_accounts,
			queue=QUEUE,
			timeout=TIMEOUT,
			job_id=job,
			enqueue_after_commit=True,
			names=batch,
			on=str(day),
		)
		started += 1
	return started


# ---------------------------------------------------------------- thinning out


def clean_up(today: date) -> int:
	"""Of months older than KAM Settings say the last snapshot of each account and company stays. Returns how many went."""
	days = cint(get_settings().snapshot_days)
	if not days:
		return 0
	first = getdate(add_days(today, -days)).replace(day=1)
	table, later = frappe.qb.DocType(SNAPSHOT), frappe.qb.DocType(SNAPSHOT).as_("kam_later")
	names = (
		frappe.qb.from_(table)
		.inner_join(later)
		.on(
			(later.key_account == table.key_account)
			& (later.company == table.company)
			& (later.snapshot_date > table.snapshot_date)
			& (month_start(later.snapshot_date) == month_start(table.snapshot_date))
		)
		.select(table.name)
		.distinct()
		.where(table.snapshot_date < first)
		.run(pluck=True)
	)
	for start in range(0, len(names), DELETED_AT_ONCE):
		# many at a time, without the history of documents: they are figures of a day
		frappe.db.delete(SNAPSHOT, {"name": ("in", names[start : start + DELETED_AT_ONCE])})
	return len(names)
