"""Scorecards then and now, from the snapshots a reader may see."""

from collections.abc import Iterable
from datetime import date, timedelta

import frappe
from frappe.utils import add_months, getdate

from kam_erpnext.alarms import ALARM, MUTED, OPEN, SEVERITIES
from kam_erpnext.data.permissions import visible_alarms
from kam_erpnext.snapshots import read

# the trend of a list compares with the snapshot of so many months before, or the newest one up to so many days older
MONTHS, TOLERANCE = 3, 31
# a change by fewer points is none that matters
STEADY = 3.0
FALLING, RISING, LEVEL = "Down", "Up", "Same"
# weeks of which the trend of one account has a point each; before them it has one for each month
WEEKS = 13


def earlier(accounts: Iterable[str], company: str, on: date, months: int = MONTHS) -> dict[str, frappe._dict]:
	"""Account -> its snapshot some months before a day; only where the health was known."""
	day = getdate(add_months(on, -months))
	found = read.latest(accounts, day + timedelta(days=1), company)
	oldest = day - timedelta(days=TOLERANCE)
	return {
		account: row
		for account, row in found.items()
		if row.health is not None and row.snapshot_date >= oldest
	}


def history(account: str, company: str, on: date, months: int = 24) -> list[frappe._dict]:
	"""Month ends of an account up to a day, in order, and the weeks of the last three months; unknown figures are None."""
	months_back = read.trend(account, months=months, company=company, until=on)
	lately = read.trend(account, days=WEEKS * 7, company=company, until=on)
	weekly = {row.snapshot_date.isocalendar()[:2]: row for row in lately}
	rows = {row.snapshot_date: row for row in (*months_back, *weekly.values())}
	return [rows[day] for day in sorted(rows)]


def movement(now: float | None, before: float | None) -> str | None:
	"""Whether a figure fell, rose or stayed; None without one of the two."""
	if now is None or before is None:
		return None
	if abs(now - before) < STEADY:
		return LEVEL
	return RISING if now > before else FALLING


def open_alarms(accounts: Iterable[str], company: str | None = None) -> dict[str, list[frappe._dict]]:
	"""Account -> its open and muted alarms that the reader may see, the urgent ones first."""
	accounts = [*accounts]
	filters = {"key_account": ["in", accounts or [""]], "status": ["in", [OPEN, MUTED]]}
	if company:
		filters["company"] = company
	rows = frappe.get_all(
		ALARM,
		filters,
		[
			"name", "key_account", "company", "kind", "rule", "severity", "status", "since", "last_seen", "text",
			"facts", "muted_until", "mute_reason", "silenced_by",
		],
	)  # fmt: skip
	seen = visible_alarms([row.name for row in rows])
	found: dict[str, list] = {}
	for row in sorted(rows, key=_urgency):
		if row.name in seen:
			found.setdefault(row.key_account, []).append(row)
	return found


def _urgency(row) -> tuple:
	return (row.status != OPEN, -SEVERITIES.index(row.severity), row.since, row.name)
