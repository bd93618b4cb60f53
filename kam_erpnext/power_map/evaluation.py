"""Reads power maps for the engine: people with what is judged of them, contacts with them, and the rules of the site.

Everything is read for many maps at once; the number of queries does not grow with maps or people.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import cint, flt, get_datetime, getdate, now_datetime

from kam_erpnext.data import relationships
from kam_erpnext.data.permissions import OWNER_FIELDS
from kam_erpnext.engine.relationships import Options, Person, Relation, Rule, Scores, Touch, evaluate
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.power_map import POWER_MAP, judgements

ROW_FIELDS = (
	"person",
	"person_name",
	"kind",
	"contact",
	"relationship_owner",
	"second_owner",
	"contact_rhythm",
)
MAP_FIELDS = (
	"name",
	"key_account",
	"opportunity",
	"is_current",
	"version_date",
	"version_of",
	"modified",
	"judgements",
)


def people_of(doc, revealed: dict | None) -> tuple[list[Person], list[Relation]]:
	"""People and relations of a map as the engine reads them; `revealed` are the judgements in plain, None for none."""
	revealed = revealed or judgements.empty()
	judged = revealed["people"]
	people = []
	for row in doc.people:
		of_person = judged.get(row.person) or {}
		people.append(
			Person(
				key=row.person,
				kind=row.kind,
				contact=row.contact or None,
				power=of_person.get("power") or "",
				relationship=of_person.get("relationship") or "",
				support=of_person.get("support"),
				coverage=of_person.get("coverage") or "",
				coverage_wanted=of_person.get("coverage_wanted") or "",
				roles=frozenset(of_person.get("roles") or ()),
				owner=row.relationship_owner or None,
				second_owner=row.second_owner or None,
				rhythm=cint(row.contact_rhythm) or None,
			)
		)
	relations = [
		Relation(entry["person"], entry["user"], entry.get("strength"), entry.get("wanted"))
		for entry in revealed["relations"]
	]
	return people, relations


# ---------------------------------------------------------------- rules and settings


def read_rules() -> list[frappe._dict]:
	"""Enabled rules in their order."""
	return frappe.get_all(
		"Power Map Rule",
		filters={"enabled": 1},
		fields=["*"],
		order_by="rule_order asc, name asc",
	)


def rules_for(doc, rules: Iterable[frappe._dict]) -> list[Rule]:
	"""Those that count for a map, which is of an account or of an opportunity."""
	other = "Account Maps" if doc.opportunity else "Opportunity Maps"
	return [
		Rule(
			name=rule.name,
			condition=rule.condition,
			weight=flt(rule.weight),
			role=rule.role or "",
			power=rule.power or "High",
			coverage=rule.coverage or "Multiple",
			minimum=cint(rule.minimum) or 1,
			next_step=rule.next_step or "",
		)
		for rule in rules
		if rule.counts_for != other
	]


def options() -> Options:
	settings = get_settings()
	return Options(
		active_days=cint(settings.active_days),
		rhythm={
			"High": cint(settings.rhythm_high),
			"Medium": cint(settings.rhythm_medium),
			"Low": cint(settings.rhythm_low),
		},
	)


def teams_of(accounts: Sequence[str]) -> dict[str, list[str]]:
	"""Account -> users of its team, those on its head first."""
	accounts = [*dict.fromkeys(accounts)]
	if not accounts:
		return {}
	heads = frappe.get_all("Key Account", {"name": ["in", accounts]}, ["name", *OWNER_FIELDS])
	teams = {row.name: [row[field] for field in OWNER_FIELDS if row[field]] for row in heads}
	members = frappe.get_all(
		"Key Account Team Member",
		filters={"parenttype": "Key Account", "parent": ["in", accounts]},
		fields=["parent", "user", "until"],
		order_by="idx asc",
	)
	today = getdate()
	for row in members:
		if row.user and (not row.until or row.until >= today) and row.parent in teams:
			teams[row.parent].append(row.user)
	return {account: [*dict.fromkeys(users)] for account, users in teams.items()}


# ---------------------------------------------------------------- contacts


class Contacts:
	"""Last contacts and recent touches with the people of some maps, as one reader may see them."""

	def __init__(
		self, docs: Iterable, active_days: int, user: str | None = None, until: datetime | None = None
	):
		contacts = {row.contact for doc in docs for row in doc.people if row.contact}
		contacts = sorted(contacts)
		until = until or now_datetime()
		self.last = relationships.last_contacts(contacts, user=user, until=until)
		since = until.date() - timedelta(days=active_days)
		self.touches: dict[str, list[Touch]] = {}
		for touch in relationships.touches(contacts, since, user=user, until=until):
			self.touches.setdefault(touch.contact, []).append(touch)

	def touches_with(self, doc) -> list[Touch]:
		contacts = dict.fromkeys(row.contact for row in doc.people if row.contact)
		return [touch for contact in contacts for touch in self.touches.get(contact, ())]

	def last_of(self, doc) -> dict[str, date]:
		return {
			row.contact: getdate(self.last[row.contact]) for row in doc.people if row.contact in self.last
		}


def moment_of(doc) -> datetime:
	"""Moment a map shows: now, or the end of the day of an earlier version."""
	if cint(doc.is_current) or not doc.version_date:
		return now_datetime()
	return get_datetime(datetime.combine(getdate(doc.version_date), time.max))


def evaluated(
	doc, revealed: dict, contacts: Contacts, rules: Iterable, team: Sequence[str], as_of: date
) -> Scores:
	"""Scores of one map from what was read before."""
	people, relations = people_of(doc, revealed)
	return evaluate(
		people,
		relations,
		contacts.touches_with(doc),
		rules_for(doc, rules),
		as_of,
		options(),
		contacts.last_of(doc),
		team,
	)


# ---------------------------------------------------------------- many maps


def read_maps(names: Sequence[str]) -> list[frappe._dict]:
	"""Maps with their people, in two queries and past permissions: the caller has asked for maps he may read.

	`judged` are the judgements in plain, None when they cannot be decrypted. They are for adding up: hand nothing about a
	single person on.
	"""
	if not names:
		return []
	maps = frappe.get_all(POWER_MAP, {"name": ["in", [*names]]}, [*MAP_FIELDS], order_by="key_account asc")
	rows = frappe.get_all(
		"Power Map Person",
		filters={"parenttype": POWER_MAP, "parent": ["in", [*names]]},
		fields=["parent", *ROW_FIELDS],
		order_by="idx asc",
	)
	people: dict[str, list] = {}
	for row in rows:
		people.setdefault(row.parent, []).append(row)
	for doc in maps:
		doc.people = people.get(doc.name, [])
		try:
			doc.judged = judgements.decrypted(doc.pop("judgements"))
		except judgements.Unreadable:
			doc.judged = None
	return maps


def evaluate_maps(maps: Sequence[frappe._dict], contacts: Contacts | None = None) -> dict[str, Scores]:
	"""Map -> scores as of today; without those whose judgements cannot be read."""
	readable = [doc for doc in maps if doc.judged is not None]
	contacts = contacts or Contacts(readable, options().active_days)
	rules, teams = read_rules(), teams_of([doc.key_account for doc in readable])
	today = getdate()
	return {
		doc.name: evaluated(doc, doc.judged, contacts, rules, teams.get(doc.key_account, ()), today)
		for doc in readable
	}
