"""What each kind of rule looks for. Documents count for an account and everything below it, work (actions, calls, the power
map) for the account itself, so that it is its own people who are told.

Every kind asks the database a number of times that does not grow with the accounts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import frappe
from frappe.query_builder.functions import Count, Min
from frappe.utils import getdate
from pypika.terms import ExistsCriterion

from kam_erpnext import alarms, extending
from kam_erpnext.alarms.rules import Rule
from kam_erpnext.data import receivables, rhythm, sales
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine import scorecard as engine
from kam_erpnext.engine.periods import Period
from kam_erpnext.extending import Finding
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN as OPEN_ACTIONS
from kam_erpnext.power_map import overview
from kam_erpnext.snapshots import read

# the watch sees everything; whoever is told sees his part
EVERYTHING = "Administrator"
# days after which a call that was not made is history
CALLS_BACK = 91
OPEN_CALLS, MISSED, MADE = ("Planned", "Prepared"), "Missed", "Made"


@dataclass(frozen=True)
class Watched:
	"""Accounts of one company on a day, with their scores."""

	accounts: tuple[str, ...]
	company: str
	on: date
	scores: Mapping

	@cached_property
	def currency(self) -> str:
		return frappe.get_cached_value("Company", self.company, "default_currency")

	@cached_property
	def customers(self) -> dict[str, frozenset[str]]:
		"""Account -> its customers and those of the accounts below it."""
		above, below = (frappe.qb.DocType("Key Account").as_(name) for name in ("above", "below"))
		member = frappe.qb.DocType("Key Account Customer")
		rows = (
			frappe.qb.from_(member)
			.inner_join(below)
			.on((below.name == member.parent) & (member.parenttype == "Key Account"))
			.inner_join(above)
			.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
			.select(above.name, member.customer)
			.where(above.name.isin(self.accounts))
			.run()
		)
		found: dict[str, set[str]] = {}
		for account, customer in rows:
			found.setdefault(account, set()).add(customer)
		return {account: frozenset(found.get(account, ())) for account in self.accounts}

	@cached_property
	def every_customer(self) -> tuple[str, ...]:
		return tuple(sorted(set().union(*self.customers.values())))

	@property
	def sales(self) -> SalesFilters:
		return SalesFilters(
			self.company, get_settings().sales_source, customers=self.every_customer, user=EVERYTHING
		)

	def days_back(self, days: int) -> Period:
		"""So many days, the day of the watch the last of them."""
		return Period(self.on - timedelta(days=days - 1), self.on + timedelta(days=1))

	def added_up(self, by_customer: Mapping[str, float]) -> dict[str, float]:
		return {
			account: sum(by_customer.get(customer, 0.0) for customer in customers)
			for account, customers in self.customers.items()
		}

	def net_sales(self, period: Period) -> dict[str, float]:
		if not self.every_customer:
			return dict.fromkeys(self.accounts, 0.0)
		frame = sales.net_sales(self.sales, period, by=("customer",), with_qty=False)
		return self.added_up(dict(zip(frame["customer"], frame["net_sales"].fillna(0), strict=True)))


Found = dict[str, Finding]


def find(rule: Rule, accounts: Iterable[str], watched: Watched) -> Found:
	"""Account -> what the rule found there, of the accounts it is meant for."""
	chosen = {*accounts}
	look = KINDS.get(rule.kind) or extending.find_alarms
	return {name: finding for name, finding in look(rule, watched).items() if name in chosen}


def sales_drop(rule: Rule, watched: Watched) -> Found:
	period = watched.days_back(rule.days)
	now, before = watched.net_sales(period), watched.net_sales(period.previous_year())
	found = {}
	for account in watched.accounts:
		fall = engine.sales_drop(now[account], before[account], rule.threshold)
		if fall is not None:
			found[account] = Finding(
				fall,
				{
					"days": rule.days,
					"to": str(watched.on),
					"fall": fall,
					"now": now[account],
					"before": before[account],
					"currency": watched.currency,
				},
			)
	return found


def order_gap(rule: Rule, watched: Watched) -> Found:
	if not watched.every_customer:
		return {}
	days = rhythm.order_days(watched.sales, watched.days_back(rule.days))
	found = {}
	for account, customers in watched.customers.items():
		own = set().union(*(days.get(customer, ()) for customer in customers))
		gap = engine.order_gap(own, watched.on, rule.threshold)
		if gap:
			found[account] = Finding(
				gap.days,
				{"since": gap.days, "usual": gap.usual, "limit": gap.limit, "source": "Sales Order"},
			)
	return found


def single_thread(rule: Rule, watched: Watched) -> Found:
	"""At most so many people in contact, of two or more on the map; nothing while no contact with anybody is known."""
	found = {}
	for account, seen in overview.overviews(watched.accounts).items():
		threads = seen.scores.threads if seen.scores else None
		if not threads or threads.single is None or threads.people < 2:
			continue
		if threads.count <= rule.threshold and threads.count < threads.people:
			found[account] = Finding(threads.count, {"contacts": threads.count, "people": threads.people})
	return found


def overdue_actions(rule: Rule, watched: Watched) -> Found:
	action = frappe.qb.DocType("Key Account Action")
	rows = (
		frappe.qb.from_(action)
		.select(action.key_account, Count(action.name).as_("number"), Min(action.end_date).as_("oldest"))
		.where(action.key_account.isin(watched.accounts))
		.where(action.status.isin(OPEN_ACTIONS))
		.where(action.end_date < watched.on - timedelta(days=rule.days))
		.groupby(action.key_account)
		.run(as_dict=True)
	)
	return _counted(rows, rule)


def overdue_calls(rule: Rule, watched: Watched) -> Found:
	"""Calls still open after their day, and missed ones after which the customer was not called on the same way."""
	call, later = frappe.qb.DocType("Customer Call"), frappe.qb.DocType("Customer Call").as_("later")
	first = watched.on - timedelta(days=CALLS_BACK)
	made_up = ExistsCriterion(
		frappe.qb.from_(later)
		.select(later.name)
		.where((later.customer == call.customer) & (later.method == call.method))
		.where((later.status == MADE) & (later.made_on >= call.planned_on))
	)
	rows = (
		frappe.qb.from_(call)
		.select(call.key_account, Count(call.name).as_("number"), Min(call.planned_on).as_("oldest"))
		.where(call.key_account.isin(watched.accounts))
		.where((call.planned_on >= first) & (call.planned_on < watched.on - timedelta(days=rule.days)))
		.where(call.status.isin(OPEN_CALLS) | ((call.status == MISSED) & made_up.negate()))
		.groupby(call.key_account)
		.run(as_dict=True)
	)
	return _counted(rows, rule, since=str(first))


def _counted(rows: list[dict], rule: Rule, **facts) -> Found:
	return {
		row.key_account: Finding(
			row.number,
			{"count": row.number, "oldest": str(getdate(row.oldest)), "days": rule.days, **facts},
		)
		for row in rows
		if row.number >= rule.threshold
	}


def contract_ends(rule: Rule, watched: Watched) -> Found:
	"""Submitted contracts with the customers that end within the days and are not followed by another one."""
	if not watched.every_customer:
		return {}
	contract = frappe.qb.DocType("Contract")
	rows = (
		frappe.qb.from_(contract)
		.select(contract.name, contract.party_name, contract.end_date)
		.where((contract.docstatus == 1) & (contract.party_type == "Customer"))
		.where(contract.party_name.isin(watched.every_customer) & (contract.end_date >= watched.on))
		.orderby(contract.end_date)
		.orderby(contract.name)
		.run(as_dict=True)
	)
	open_ended = _customers_with_open_contract(contract, watched)
	found = {}
	for account, customers in watched.customers.items():
		own = [row for row in rows if row.party_name in customers]
		last = {row.party_name: row for row in own}
		ending = [
			row
			for row in own
			if last[row.party_name] is row
			and row.party_name not in open_ended
			and engine.ends_soon(row.end_date, watched.on, rule.days)
		]
		if ending:
			first = ending[0]
			found[account] = Finding(
				(first.end_date - watched.on).days,
				{
					"count": len(ending),
					"contract": first.name,
					"ends": str(first.end_date),
					"contracts": [row.name for row in ending],
				},
			)
	return found


def _customers_with_open_contract(contract, watched: Watched) -> set[str]:
	"""Customers with a contract without an end: nothing runs out there."""
	rows = (
		frappe.qb.from_(contract)
		.select(contract.party_name)
		.where((contract.docstatus == 1) & (contract.party_type == "Customer"))
		.where(contract.party_name.isin(watched.every_customer) & contract.end_date.isnull())
		.where(contract.status != "Inactive")
		.run(pluck=True)
	)
	return set(rows)


def health_falls(rule: Rule, watched: Watched) -> Found:
	"""Against the last snapshot that is as old as the days or older, up to twice as old; a month suffices for month ends."""
	day = watched.on - timedelta(days=rule.days)
	earlier = healths(watched.accounts, watched.company, day, max(rule.days, 31))
	found = {}
	for account in watched.accounts:
		now, before = watched.scores[account].health, earlier.get(account)
		if now is None or before is None or before.health - now < rule.threshold:
			continue
		found[account] = Finding(
			before.health - now,
			{"now": now, "before": before.health, "since": str(before.snapshot_date)},
		)
	return found


def healths(accounts: Iterable[str], company: str, day: date, oldest: int) -> dict[str, frappe._dict]:
	"""Account -> its last snapshot up to `day` that is at most `oldest` days older and knew the health."""
	found = read.latest(accounts, day + timedelta(days=1), company, EVERYTHING)
	first = day - timedelta(days=oldest)
	return {
		account: row
		for account, row in found.items()
		if row.health is not None and row.snapshot_date >= first
	}


def plan_behind(rule: Rule, watched: Watched) -> Found:
	found = {}
	for account in watched.accounts:
		score = watched.scores[account]
		pace = score.values.get("sales_against_target")
		if pace is None or pace.value is None or 100 - pace.value < rule.threshold:
			continue
		behind = 100 - pace.value
		found[account] = Finding(
			behind,
			{
				"behind": behind,
				"to": str(watched.on),
				"now": score.figures.get("net_sales"),
				"target": score.figures.get("target_to_date"),
				"currency": watched.currency,
			},
		)
	return found


def overdue_receivables(rule: Rule, watched: Watched) -> Found:
	owed = receivables.by_customer(watched.company, watched.every_customer, watched.on, rule.days, EVERYTHING)
	outstanding = watched.added_up({name: float(row.outstanding) for name, row in owed.items()})
	overdue = watched.added_up({name: float(row.overdue) for name, row in owed.items()})
	found = {}
	for account in watched.accounts:
		if outstanding[account] <= 0 or overdue[account] <= 0:
			continue
		share = 100 * overdue[account] / outstanding[account]
		if share >= rule.threshold:
			found[account] = Finding(
				share,
				{
					"share": share,
					"days": rule.days,
					"overdue": overdue[account],
					"outstanding": outstanding[account],
					"currency": watched.currency,
				},
			)
	return found


KINDS: dict[str, Callable[[Rule, Watched], Found]] = {
	alarms.SALES_DROP: sales_drop,
	alarms.ORDER_GAP: order_gap,
	alarms.SINGLE_THREAD: single_thread,
	alarms.OVERDUE_ACTIONS: overdue_actions,
	alarms.OVERDUE_CALLS: overdue_calls,
	alarms.CONTRACT_ENDS: contract_ends,
	alarms.HEALTH_FALLS: health_falls,
	alarms.PLAN_BEHIND: plan_behind,
	alarms.OVERDUE_RECEIVABLES: overdue_receivables,
}
