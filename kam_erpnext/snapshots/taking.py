"""Takes the snapshots of some accounts for one day. What is there already is neither read again nor changed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import scorecard
from kam_erpnext.data.sales_ledger import SOURCES
from kam_erpnext.data.scorecard import AccountScore
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.snapshots import AMOUNTS, FIGURES, SNAPSHOT, key_of

SAVEPOINT = "kam_account_snapshot"
# a company counts for an account that bought something from it within so many days
SOLD_WITHIN = 730
DIGITS = 2
# a snapshot holds everything; its readers are those who see all of it
EVERYTHING = "Administrator"


def take(names: Sequence[str], on: date, with_alarms: bool = True) -> int:
	"""Snapshots of these accounts at the end of a day, in the caller's transaction. Returns how many were made."""
	on, made = getdate(on), 0
	for company, accounts in sorted(companies_of(names, on).items()):
		wanted = missing(accounts, company, on)
		if not wanted:
			continue
		scores = _read(wanted, company, on)
		kept = {account: found for account, found in scores.items() if keep(found)}
		made += len(kept)
		if kept and with_alarms:
			_watch(kept, on)
	return made


def _read(names: Sequence[str], company: str, on: date) -> dict[str, AccountScore]:
	"""Scorecards with everything in them, whoever runs the job. An account that cannot be read does not keep the others
	from it."""
	try:
		return scorecard.read(names, company, on, EVERYTHING)
	except Exception:
		if len(names) > 1:
			return {account: score for name in names for account, score in _read([name], company, on).items()}
		frappe.clear_messages()
		frappe.log_error(title=_("Snapshot of key account {0}").format(names[0]))
		return {}


def missing(accounts: Iterable[str], company: str, on: date) -> list[str]:
	"""Accounts without a snapshot of the company and day."""
	names = [*accounts]
	there = set(
		frappe.get_all(
			SNAPSHOT,
			{"key_account": ["in", names or [""]], "company": company, "snapshot_date": on},
			pluck="key_account",
		)
	)
	return [name for name in names if name not in there]


def companies_of(names: Sequence[str], on: date) -> dict[str, list[str]]:
	"""Company -> accounts of which it gets a snapshot: all for the company of the settings, else those it sold to."""
	found: dict[str, dict[str, None]] = defaultdict(dict)
	default = default_company()
	if default:
		found[default] = dict.fromkeys(names)
	source = SOURCES[get_settings().sales_source]
	document, member = frappe.qb.DocType(source.doctype), frappe.qb.DocType("Key Account Customer")
	below, above = (frappe.qb.DocType("Key Account").as_(alias) for alias in ("kam_below", "kam_above"))
	rows = (
		frappe.qb.from_(document)
		.inner_join(member)
		.on((member.customer == document.customer) & (member.parenttype == "Key Account"))
		.inner_join(below)
		.on(below.name == member.parent)
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.select(document.company, above.name)
		.distinct()
		.where(above.name.isin([*names] or [""]) & (document.docstatus == 1))
		.where(document[source.date_field] > on - timedelta(days=SOLD_WITHIN))
		.where(document[source.date_field] <= on)
		.run()
	)
	for company, account in rows:
		found[company][account] = None
	return {company: [name for name in names if name in accounts] for company, accounts in found.items()}


def keep(found: AccountScore) -> bool:
	"""Writes one snapshot; False when another run was faster, or it cannot be kept."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		frappe.get_doc(values_of(found)).insert(ignore_permissions=True)  # nobody may write them by hand
	except frappe.UniqueValidationError:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_last_message()
		return False
	except frappe.ValidationError:
		# one account that cannot be kept does not keep the others from it
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.log_error(title=_("Snapshot of key account {0}").format(found.account))
		return False
	return True


def values_of(found: AccountScore) -> dict:
	"""A snapshot as a document; a number that is not known is 0 and named in `unknown`."""
	figures = {
		**{name: found.figures.get(name) for name in AMOUNTS},
		"score": found.score.value,
		**{f"{name.lower()}_score": score.value for name, score in found.perspectives.items()},
		"health": found.health,
		"freshness": found.freshness,
		"completeness": found.completeness,
	}
	figures = {name: _rounded(value) for name, value in figures.items()}
	return {
		"doctype": SNAPSHOT,
		"key_account": found.account,
		"account_name": found.account_name,
		"company": found.company,
		"currency": found.currency,
		"snapshot_date": found.on,
		"snapshot_key": key_of(found.account, found.company, found.on),
		"is_backfilled": int(found.on < getdate() - timedelta(days=1)),
		"unknown": ",".join(name for name in FIGURES if figures[name] is None),
		**{name: value or 0 for name, value in figures.items()},
		"answered": _rounded(found.score.answered),
		"health_band": found.health_band,
		"forecasts": json.dumps(found.months),
		"points": json.dumps(points_of(found), ensure_ascii=False),
	}


def points_of(found: AccountScore) -> dict:
	"""Everything the scores were made of, so that every point can be traced later on."""
	return {
		"lines": [
			{
				"line": line.key,
				"measure": line.measure,
				"perspective": line.perspective,
				"in_health": line.in_health,
				"value": _rounded(line.value.value),
				"worst": line.worst,
				"best": line.best,
				"points": _rounded(line.points),
				"weight": _rounded(line.weight),
				"share": _rounded(line.share),
			}
			for line in found.lines
		],
		"health": {
			"before_deductions": _rounded(found.health_score.value),
			"answered": _rounded(found.health_score.answered),
			"deductions": [{"key": row.key, "points": row.points} for row in found.deductions],
		},
		"freshness": {part.key: _rounded(part.value) for part in found.freshness_parts},
		"completeness": {part.key: _rounded(part.value) for part in found.completeness_parts},
	}


def _rounded(value: float | None) -> float | None:
	return None if value is None else flt(value, DIGITS)


def _watch(scores: Mapping[str, AccountScore], on: date):
	"""Alarms of the accounts; an error there loses no snapshot."""
	from kam_erpnext.alarms.watch import watch
	from kam_erpnext.snapshots.read import latest

	company = next(iter(scores.values())).company
	frappe.db.savepoint(SAVEPOINT)
	try:
		watch(scores, latest([*scores], on, company, EVERYTHING), on)
	except Exception:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.log_error(title=_("Alarms of key accounts on {0}").format(on))
