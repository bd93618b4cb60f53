"""The watch: raises alarms that rules find, keeps those that last up to date, and ends those that are over.

An account has at most one lasting alarm of a rule in a company. It is told once, when it is raised, and again when it
sounds after it was muted. Watching a day twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from kam_erpnext.alarms import ALARM, CLOSED, MUTED, OPEN, findings, messages
from kam_erpnext.alarms.findings import EVERYTHING, Finding, Watched
from kam_erpnext.alarms.rules import Rule, enabled_rules
from kam_erpnext.alarms.silence import key_of
from kam_erpnext.alarms.texts import text_of
from kam_erpnext.engine.selection import COUNTED_STATUSES

SAVEPOINT = "kam_alarm_rule"
# an alarm that comes back within these days is the one that was there before: nobody is told again
SAME_AGAIN = 7
# an alarm somebody closed sounds again if it lasts longer than this
CLOSED_DAYS = 90

PLACE = ("key_account", "company", "rule")


def watch(scores: Mapping, earlier: Mapping, on: date) -> None:
	"""Raises, refreshes and closes alarms of the accounts in `scores` (account -> AccountScore) as they stand on a day.

	Part of the caller's transaction. `earlier` are the snapshots before; rules look up the one of their own day.
	"""
	on = getdate(on)
	rules = enabled_rules()
	by_company: dict[str, dict] = {}
	for account, score in scores.items():
		by_company.setdefault(score.company, {})[account] = score
	reader = frappe.session.user
	if reader != EVERYTHING:
		frappe.set_user(EVERYTHING)  # a figure of an account is the same for everybody who may see all of it
	try:
		for company, own in sorted(by_company.items()):
			_Night(rules, company, own, on).run()
	finally:
		if reader != EVERYTHING:
			frappe.set_user(reader)  # who it was before


@dataclass
class _Night:
	rules: list[Rule]
	company: str
	scores: Mapping
	on: date
	found: dict[tuple[str, str], Finding] = field(default_factory=dict)
	failed: set[str] = field(default_factory=set)
	told: list[str] = field(default_factory=list)

	def run(self) -> None:
		accounts = self.lock_accounts()
		self.look(accounts)
		self.go_through(accounts)
		messages.tell(self.told, self.rules)

	def lock_accounts(self) -> dict[str, frappe._dict]:
		"""Two nights at once watch an account one after the other."""
		account = frappe.qb.DocType("Key Account")
		rows = (
			frappe.qb.from_(account)
			.select(account.name, account.account_name, account.status, account.level)
			.where(account.name.isin([*self.scores]))
			.orderby(account.name)
			.for_update()
			.run(as_dict=True)
		)
		return {row.name: row for row in rows}

	def look(self, accounts: Mapping[str, frappe._dict]) -> None:
		"""What the rules find at accounts in the programme; a rule that fails leaves its alarms as they are."""
		living = {name: row for name, row in accounts.items() if row.status in COUNTED_STATUSES}
		watched = Watched(tuple(sorted(living)), self.company, self.on, self.scores)
		for rule in self.rules:
			chosen = [name for name, row in living.items() if not rule.level or row.level == rule.level]
			if not chosen:
				continue
			frappe.db.savepoint(SAVEPOINT)
			try:
				found = findings.find(rule, chosen, watched)
			except Exception:
				frappe.db.rollback(save_point=SAVEPOINT)
				frappe.log_error(title=_("Alarm rule {0} failed").format(rule.name))
				self.failed.add(rule.name)
				continue
			self.found.update({(name, rule.name): finding for name, finding in found.items()})

	def go_through(self, accounts: Mapping[str, frappe._dict]) -> None:
		by_name = {rule.name: rule for rule in self.rules}
		seen = set()
		for alarm in self.lasting(accounts):
			place = (alarm.key_account, alarm.rule)
			seen.add(place)
			if alarm.rule in self.failed or getdate(alarm.last_seen) > self.on:
				continue
			finding = self.found.get(place)
			if finding:
				self.refresh(alarm, finding, by_name[alarm.rule], accounts[alarm.key_account])
			else:
				self.end(alarm, rule_is_gone=alarm.rule not in by_name)
		for place in sorted(self.found):
			if place not in seen:
				account, rule = place
				self.begin(accounts[account], by_name[rule], self.found[place])

	def lasting(self, accounts: Mapping[str, frappe._dict]) -> list[frappe._dict]:
		"""Alarms that are open, muted, or closed by somebody while it still lasts; as they stand now, not as they stood
		when this transaction began."""
		alarm = frappe.qb.DocType(ALARM)
		return (
			frappe.qb.from_(alarm)
			.select(alarm.name, alarm.key_account, alarm.rule, alarm.status, alarm.last_seen)
			.select(alarm.muted_until, alarm.closed_on)
			.where(alarm.key_account.isin([*accounts] or [""]) & (alarm.company == self.company))
			.where(alarm.alarm_key.isnotnull())
			.orderby(alarm.name)
			.for_update()
			.run(as_dict=True)
		)

	# ------------------------------------------------------------ one alarm

	def values(self, finding: Finding, rule: Rule, account: frappe._dict) -> dict:
		return {
			"account_name": account.account_name,
			"severity": rule.severity,
			"value": finding.value,
			"text": text_of(rule.kind, finding.facts),
			"facts": frappe.as_json(finding.facts, indent=None),
			"last_seen": self.on,
		}

	def refresh(self, alarm, finding: Finding, rule: Rule, account: frappe._dict) -> None:
		values = self.values(finding, rule, account)
		sounds = self.sounds_again(alarm)
		if sounds:
			values.update(status=OPEN, muted_until=None, mute_reason=None, silenced_by=None, closed_on=None)
			self.told.append(alarm.name)
		frappe.db.set_value(ALARM, alarm.name, values, update_modified=sounds)

	def sounds_again(self, alarm) -> bool:
		if alarm.status == MUTED:
			return not alarm.muted_until or getdate(alarm.muted_until) <= self.on
		if alarm.status == CLOSED:
			return not alarm.closed_on or getdate(alarm.closed_on) + timedelta(days=CLOSED_DAYS) <= self.on
		return False

	def end(self, alarm, rule_is_gone: bool) -> None:
		if alarm.status == MUTED and not rule_is_gone and not self.sounds_again(alarm):
			return  # it may come back before its day, and must then be silent
		values = {"alarm_key": None}
		if alarm.status != CLOSED:
			values.update(status=CLOSED, closed_on=self.on, muted_until=None)
		frappe.db.set_value(ALARM, alarm.name, values)

	def begin(self, account: frappe._dict, rule: Rule, finding: Finding) -> None:
		values = self.values(finding, rule, account)
		place = {"key_account": account.name, "company": self.company, "rule": rule.name}
		key = key_of(account.name, self.company, rule.name)
		newer = frappe.get_all(ALARM, {**place, "last_seen": [">", self.on]}, limit=1)
		if newer:
			return  # a night that was made up for: what came later is known
		before = frappe.get_all(
			ALARM,
			{
				**place,
				"status": CLOSED,
				"silenced_by": ["is", "not set"],
				"last_seen": [">=", self.on - timedelta(days=SAME_AGAIN)],
			},
			pluck="name",
			order_by="last_seen desc",
			limit=1,
		)
		if before:
			frappe.db.set_value(
				ALARM, before[0], {**values, "status": OPEN, "closed_on": None, "alarm_key": key}
			)
			return
		doc = frappe.get_doc(
			{
				"doctype": ALARM,
				**place,
				"kind": rule.kind,
				"status": OPEN,
				"since": self.on,
				"alarm_key": key,
				**values,
			}
		)
		doc.flags.kam_watch = True
		doc.insert(ignore_permissions=True)  # alarms are raised by their rules alone
		self.told.append(doc.name)
