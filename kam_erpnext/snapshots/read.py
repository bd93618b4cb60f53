"""Snapshots as a reader sees them: those of accounts of which he sees every customer; what was not known is None."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe.query_builder import Criterion, Table
from frappe.query_builder.functions import Max
from frappe.utils import add_months, getdate

from kam_erpnext.compat import month_start
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.snapshots import FIGURES, SNAPSHOT

FIELDS = (
	"name",
	"key_account",
	"account_name",
	"company",
	"currency",
	"snapshot_date",
	"is_backfilled",
	"answered",
	"health_band",
	*FIGURES,
)


def visible(table: Table, user: str | None = None) -> Criterion:
	"""Snapshots a reader may see, for queries."""
	user = user or frappe.session.user
	if not frappe.has_permission(SNAPSHOT, "read", user=user):
		return table.name.isnull()
	return every(
		[table.name.isnotnull(), SUBJECT_CONDITIONS[SNAPSHOT](table, user), fences(SNAPSHOT, table, user)]
	)


def figures_of(row: frappe._dict) -> frappe._dict:
	"""A stored row with None where a figure was not known; `unknown` becomes the set of their names."""
	unknown = {name.strip() for name in (row.get("unknown") or "").split(",") if name.strip()}
	return frappe._dict(
		{**row, **{name: None for name in FIGURES if name in unknown}, "unknown": unknown},
		snapshot_date=getdate(row.snapshot_date),
	)


def latest(
	accounts: Iterable[str], before: date, company: str | None = None, user: str | None = None
) -> dict[str, frappe._dict]:
	"""Account -> its last snapshot before a day, with FIELDS and `points`."""
	names = [*accounts]
	company = company or default_company()
	if not names or not company:
		return {}
	table, newest = frappe.qb.DocType(SNAPSHOT), frappe.qb.DocType(SNAPSHOT).as_("kam_newest")
	last = (
		frappe.qb.from_(newest)
		.select(newest.key_account, Max(newest.snapshot_date).as_("day"))
		.where(newest.key_account.isin(names) & (newest.company == company))
		.where(newest.snapshot_date < getdate(before))
		.groupby(newest.key_account)
		.as_("kam_last")
	)
	rows = (
		frappe.qb.from_(table)
		.inner_join(last)
		.on((last.key_account == table.key_account) & (last.day == table.snapshot_date))
		.select(*[table[name] for name in (*FIELDS, "unknown", "points")])
		.where(every([table.company == company, visible(table, user)]))
		.run(as_dict=True)
	)
	return {row.key_account: _with_points(figures_of(row)) for row in rows}


def _with_points(row: frappe._dict) -> frappe._dict:
	row.points = json.loads(row.points) if row.points else {}
	return row


def trend(
	account: str,
	days: int | None = None,
	months: int | None = None,
	company: str | None = None,
	user: str | None = None,
	until: date | None = None,
) -> list[frappe._dict]:
	"""Snapshots of an account in the order of time, with FIELDS: all of the last `days`, or the last of each of `months`."""
	return trends([account], days, months, company, user, until).get(account, [])


def trends(
	accounts: Sequence[str],
	days: int | None = None,
	months: int | None = None,
	company: str | None = None,
	user: str | None = None,
	until: date | None = None,
) -> dict[str, list[frappe._dict]]:
	"""`trend` of several accounts at once, in two queries."""
	company, until = company or default_company(), getdate(until)
	if not accounts or not company:
		return {}
	table = frappe.qb.DocType(SNAPSHOT)
	conditions = [
		table.key_account.isin([*accounts]),
		table.company == company,
		table.snapshot_date <= until,
		visible(table, user),
	]
	if days:
		conditions.append(table.snapshot_date > until - timedelta(days=days))
	if months:
		first = getdate(add_months(until.replace(day=1), 1 - months))
		newest = frappe.qb.DocType(SNAPSHOT).as_("kam_newest")
		last = (
			frappe.qb.from_(newest)
			.select(newest.key_account, Max(newest.snapshot_date).as_("day"))
			.where(newest.key_account.isin([*accounts]) & (newest.company == company))
			.where((newest.snapshot_date >= first) & (newest.snapshot_date <= until))
			.groupby(newest.key_account, month_start(newest.snapshot_date))
			.as_("kam_last")
		)
	query = frappe.qb.from_(table)
	if months:
		query = query.inner_join(last).on(
			(last.key_account == table.key_account) & (last.day == table.snapshot_date)
		)
	rows = (
		query.select(*[table[name] for name in (*FIELDS, "unknown")])
		.where(every(conditions))
		.orderby(table.snapshot_date)
		.run(as_dict=True)
	)
	found: dict[str, list[frappe._dict]] = {}
	for row in rows:
		found.setdefault(row.key_account, []).append(figures_of(row))
	return found


# ---------------------------------------------------------------- forecasts of the past


@dataclass(frozen=True)
class PastForecast:
	"""What was expected of a month before it began; amounts in the currency of the company. `made_on` the day of the snapshot."""

	account: str
	month: date
	made_on: date
	invoiced: float
	orders: float
	pipeline: float
	baseline: float

	def total(self, with_baseline: bool = False) -> float:
		"""The parts that count, as `engine.forecast.Forecast.total` does."""
		return self.invoiced + self.orders + self.pipeline + (self.baseline if with_baseline else 0.0)


def forecasts(
	accounts: Sequence[str],
	company: str,
	months: Sequence[date],
	lead: int = 1,
	user: str | None = None,
) -> list[PastForecast]:
	"""Forecasts of whole months (their first days), made in the last snapshot before the month that lies `lead` - 1 months
	earlier began, at most a month before that. Those whose parts nobody knew are left out."""
	if not accounts or not months:
		return []
	table = frappe.qb.DocType(SNAPSHOT)
	wanted = {getdate(add_months(month, 1 - lead)): getdate(month) for month in months}
	first = getdate(add_months(min(wanted), -1))
	last_days = (
		frappe.qb.from_(table)
		.select(table.key_account, Max(table.snapshot_date).as_("day"))
		.where(table.key_account.isin([*accounts]) & (table.company == company))
		.where((table.snapshot_date >= first) & (table.snapshot_date < max(wanted)))
		.groupby(table.key_account, month_start(table.snapshot_date))
		.as_("kam_last")
	)
	rows = (
		frappe.qb.from_(table)
		.inner_join(last_days)
		.on((last_days.key_account == table.key_account) & (last_days.day == table.snapshot_date))
		.select(table.key_account, table.snapshot_date, table.forecasts)
		.where(every([table.company == company, visible(table, user)]))
		.orderby(table.snapshot_date)
		.orderby(table.key_account)
		.run(as_dict=True)
	)
	found = []
	for row in rows:
		made_on = getdate(row.snapshot_date)
		following = getdate(add_months(made_on.replace(day=1), 1))
		month = wanted.get(following)
		told = {part["month"]: part for part in json.loads(row.forecasts or "[]")}
		if month and str(month) in told:
			parts = told[str(month)]
			found.append(
				PastForecast(
					row.key_account,
					month,
					made_on,
					*(float(parts.get(name) or 0) for name in ("invoiced", "orders", "pipeline", "baseline")),
				)
			)
	return found
