"""The current maps of many accounts side by side, for the report and the number cards. Nothing here names a person."""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe

from kam_erpnext.engine import relationships as engine
from kam_erpnext.engine.relationships import CHAMPION, Scores
from kam_erpnext.power_map import POWER_MAP, judgements
from kam_erpnext.power_map.evaluation import Contacts, evaluate_maps, options, read_maps

SINGLE_THREADED, NO_CHAMPION, OVERDUE, NO_MAP = (
	"Single-Threaded",
	"No Champion",
	"Overdue for Contact",
	"No Map",
)
WARNINGS = (SINGLE_THREADED, NO_CHAMPION, OVERDUE, NO_MAP)


@dataclass(frozen=True)
class Overview:
	"""What an account's map says; without a map `doc` is None, without the right to see judgements `scores` is."""

	key_account: str
	doc: frappe._dict | None = None
	scores: Scores | None = None
	last_contact: str | None = None

	@property
	def stakeholders(self) -> list:
		return [row for row in self.doc.people if row.kind in engine.STAKEHOLDERS] if self.doc else []

	@property
	def placeholders(self) -> int:
		return sum(row.kind == engine.PLACEHOLDER for row in self.doc.people) if self.doc else 0

	@property
	def overdue(self) -> int | None:
		"""People overdue for contact; None while of nobody a contact is known."""
		if not self.scores:
			return None
		known = [fresh.overdue for fresh in self.scores.freshness if fresh.overdue is not None]
		return sum(known) if known else None

	@property
	def warnings(self) -> list[str]:
		if not self.doc:
			return [NO_MAP]
		if not self.scores:
			return []
		found = {
			SINGLE_THREADED: self.scores.threads.single,
			NO_CHAMPION: self.scores.has(CHAMPION) is False,
			OVERDUE: bool(self.scores.key_people_overdue),
		}
		return [warning for warning, holds in found.items() if holds]


def may_judge(user: str | None = None) -> bool:
	"""Whether a user's roles include the judgements of the maps he sees."""
	levels = frappe.get_meta(POWER_MAP).get_permlevel_access("read", user=user or frappe.session.user)
	return judgements.LEVEL in levels


def overviews(accounts: Iterable[str]) -> dict[str, Overview]:
	"""Account -> its current map as the reader may see it; accounts of which he sees no map are included."""
	accounts = [*accounts]
	names = frappe.get_list(
		POWER_MAP,
		filters={"is_current": 1, "opportunity": ["is", "not set"], "key_account": ["in", accounts or [""]]},
		pluck="name",
		limit_page_length=0,
		order_by="name asc",
	)
	maps = read_maps(names)
	contacts = Contacts(maps, options().active_days)
	found = evaluate_maps(maps, contacts) if may_judge() else {}
	by_account = {doc.key_account: doc for doc in maps}
	return {account: _overview(account, by_account.get(account), found, contacts) for account in accounts}


def _overview(account: str, doc, found: dict[str, Scores], contacts: Contacts) -> Overview:
	if not doc:
		return Overview(account)
	last = [
		contacts.last[row.contact]
		for row in doc.people
		if row.kind in engine.STAKEHOLDERS and row.contact in contacts.last
	]
	return Overview(account, doc, found.get(doc.name), max(last, default=None))


def count(accounts: Iterable[str], warning: str) -> int:
	"""Accounts with a warning."""
	return sum(warning in overview.warnings for overview in overviews(accounts).values())
