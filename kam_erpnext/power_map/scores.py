"""Scores of a power map in words: what is met, what is not, what is not known, and who is concerned."""

import frappe
from frappe import _
from frappe.utils import flt, now_datetime

from kam_erpnext.engine import relationships as engine
from kam_erpnext.engine.relationships import Answer, Rule, Scores
from kam_erpnext.power_map import judgements
from kam_erpnext.power_map.evaluation import (
	Contacts,
	evaluated,
	moment_of,
	options,
	people_of,
	read_rules,
	teams_of,
)

__all__ = ["people_of", "scores", "structure"]

NAMES_SHOWN = 4


def scores(doc, user: str | None = None, way: str = "Form") -> dict | None:
	"""Everything the scores of a map say to a reader; None when he may not see its judgements. `way` is where he reads.

	A share (`answered`, `share`) goes from 0 to 1, None is not known, `people` are keys of people on the map.
	"""
	revealed = _revealed(doc, user, way)
	if revealed is None:
		return None
	moment = moment_of(doc)
	contacts = Contacts([doc], options().active_days, user, moment)
	team = teams_of([doc.key_account]).get(doc.key_account, ())
	found = evaluated(doc, revealed, contacts, read_rules(), team, moment.date())
	return _Words(doc, revealed, found).answer(min(moment, now_datetime()))


def _revealed(doc, user: str | None, way: str) -> dict | None:
	if not user or user == frappe.session.user:
		return judgements.reveal(doc, way)
	if not judgements.may_read(doc, user):
		return None
	return None if judgements.is_unreadable(doc) else judgements.plain(doc)


def structure(doc, user: str | None = None) -> dict:
	"""What everybody who may read a map can know of it: nothing judges anybody. Lists hold keys of people."""
	contacts = Contacts([doc], 0, user, moment_of(doc))
	people = [row for row in doc.people if row.kind in engine.STAKEHOLDERS]
	return {
		"people": [row.person for row in people],
		"placeholders": [row.person for row in doc.people if row.kind == engine.PLACEHOLDER],
		"others": [row.person for row in doc.people if row.kind in (engine.OUTSIDE_BODY, engine.COMPETITOR)],
		"without_owner": [row.person for row in people if not row.relationship_owner],
		"without_contact": [row.person for row in people if not row.contact],
		"last_contact": {
			row.person: contacts.last[row.contact] for row in people if row.contact in contacts.last
		},
	}


def rounded(value: float | None, digits: int) -> float | None:
	return None if value is None else flt(value, digits)


class _Words:
	"""Says the scores of one map."""

	def __init__(self, doc, revealed: dict, found: Scores):
		self.doc, self.found = doc, found
		self.judged = revealed["people"]
		self.names = {row.person: row.person_name for row in doc.people}

	def answer(self, moment) -> dict:
		found = self.found
		return {
			"as_of": str(moment),
			"coverage": self.coverage(),
			"support": self.support(),
			"roles": self.roles(),
			"rules": self.rules(),
			"status": self.status(),
			"threads": self.threads(),
			"our_people": self.our_people(),
			"contact": {
				"overdue": [
					{
						"person": fresh.person,
						"days": fresh.days,
						"rhythm": fresh.rhythm,
						"index": rounded(fresh.index, 2),
					}
					for fresh in sorted(found.freshness, key=lambda fresh: -(fresh.index or 0))
					if fresh.overdue
				],
				"unknown": [fresh.person for fresh in found.freshness if fresh.last is None],
			},
			"below_wanted": [*found.below_wanted],
			"warnings": self.warnings(),
		}

	# ------------------------------------------------------------ means

	def coverage(self) -> dict:
		score = self.found.coverage
		return {
			"value": rounded(score.value, 1),
			"answered": score.answered,
			"unknown": [*score.unknown],
			"explanation": _(
				"Mean over the people of how well we cover them, weighted by their decision power (low or not known 1, medium 2, high 3): No Contact 0, Brief 33, Multiple 67, In Depth 100 %."
			)
			+ self.basis(score),
		}

	def support(self) -> dict:
		score = self.found.support
		return {
			"value": rounded(score.value, 2),
			"answered": score.answered,
			"unknown": [*score.unknown],
			"explanation": _(
				"Mean of the support of the people from -2 (works against us) to +2 (works for us), weighted by their decision power (low or not known 1, medium 2, high 3)."
			)
			+ self.basis(score),
		}

	def basis(self, score) -> str:
		text = " " + _("Known of {0} of {1} people; the others are left out of the mean.").format(
			len(score.known), len(score.known) + len(score.unknown)
		)
		if self.found.placeholders:
			text += " " + _("Placeholders are people still missing; they count as not known.")
		return text

	# ------------------------------------------------------------ roles and rules

	def roles(self) -> dict:
		roles = self.found.roles
		return {
			"value": rounded(roles.value, 1),
			"filled": [{"role": role, "people": [*people]} for role, people in roles.filled.items()],
			"missing": [*roles.missing],
			"unknown": [*roles.unknown],
			"explanation": _(
				"Share of the buying roles required by the rules that somebody on the map is known to play. A placeholder does not fill a role."
			)
			+ " "
			+ (
				self.roles_not_known()
				if roles.value is not None
				else _("Not known, because no buying role is entered on the map or no rule requires one.")
			),
		}

	def roles_not_known(self) -> str:
		count = len(self.found.roles.unknown)
		if not count:
			return _("The roles of everybody are known.")
		return _("The roles of {0} of {1} people are not known.").format(count, len(self.found.stakeholders))

	def rules(self) -> dict:
		rules = self.found.rules
		return {
			"score": rounded(rules.score, 2),
			"answered": rules.answered,
			"rules": [
				{
					"rule": rule.name,
					"condition": rule.condition,
					"met": found.met,
					"why": self.why(rule, found),
					"people": [*found.people],
					"unknown": [*found.unknown],
					"next_step": self.next_step(rule, found),
					"weight": rule.weight,
				}
				for rule, found in rules.answers
			],
			"explanation": _(
				"5 times the weight of the rules that are met, divided by the weight of those met or not met. Rules that cannot be told do not count."
			),
		}

	def next_step(self, rule: Rule, found: Answer) -> str:
		"""What to do about a rule that is not met, or not known to be."""
		if found.met:
			return ""
		return _(rule.next_step).replace("{0}", self.list_of(found.people) or _("the right person"))

	def why(self, rule: Rule, found: Answer) -> str:
		if not self.found.stakeholders:
			return _("There is nobody on the map yet whom we know.")
		if rule.condition == engine.ROLE_FILLED:
			return self.why_role_filled(rule, found)
		if rule.condition == engine.ROLE_SUPPORTS:
			return self.why_role_supports(rule, found)
		if rule.condition == engine.PEOPLE_IN_CONTACT:
			return self.why_in_contact(rule, found)
		if rule.condition == engine.OUR_PEOPLE:
			return _("Colleagues with an active relationship: {0}; at least {1} are wanted.").format(
				found.count, rule.minimum
			) + (
				" " + _("Of others in the team it is not known.")
				if any(one.active is None for one in self.found.our_people.colleagues)
				else ""
			)
		return self.why_powerful(rule, found)

	def why_role_filled(self, rule: Rule, found: Answer) -> str:
		role = _(rule.role, context="Buying role")
		if found.met is None:
			return _("No buying role is entered on the map yet.")
		if found.met:
			return f"{role}: {self.list_of(found.meeting)}."
		text = (
			_("{0}: only {1} of at least {2}, {3}.").format(
				role, found.count, rule.minimum, self.list_of(found.meeting)
			)
			if found.count
			else _("Nobody on the map is known to play the role {0}.").format(role)
		)
		placeholders = [key for key in self.found.placeholders if rule.role in self.roles_of(key)]
		if placeholders:
			text += " " + _("Still to be found: {0}.").format(self.list_of(placeholders))
		if self.found.roles.unknown:
			text += " " + self.roles_not_known()
		return text

	def why_role_supports(self, rule: Rule, found: Answer) -> str:
		role = _(rule.role, context="Buying role")
		if found.met:
			return _("{0} with support of +{1} or more: {2}.").format(
				role, rule.minimum, self.list_of(found.meeting)
			)
		if found.unknown:
			return _("Support of {0} is not known ({1}).").format(self.list_of(found.unknown), role)
		if found.failing:
			return _("Support below +{0}: {1} ({2}).").format(rule.minimum, self.list_of(found.failing), role)
		return _("Cannot be told: nobody on the map is known to play the role {0}.").format(role)

	def why_in_contact(self, rule: Rule, found: Answer) -> str:
		text = _("In contact with {0} of {1} people; at least {2} are wanted.").format(
			found.count, len(self.found.stakeholders), rule.minimum
		)
		if found.meeting:
			text += " " + _("In contact: {0}.").format(self.list_of(found.meeting))
		if found.unknown:
			text += " " + _("Nothing is known of {0}.").format(self.list_of(found.unknown))
		return text

	def why_powerful(self, rule: Rule, found: Answer) -> str:
		met, failing, unknown = _sentences(rule)
		if not (found.meeting or found.failing or found.unknown):
			return _("Nobody on the map is known to have this decision power ({0}).").format(_power(rule))
		if found.met:
			return met.format(self.list_of(found.meeting))
		parts = []
		if found.failing:
			parts.append(failing.format(self.list_of(found.failing)))
		if found.unknown:
			parts.append(unknown.format(self.list_of(found.unknown)))
		return " ".join(parts)

	# ------------------------------------------------------------ status, contact, our people

	def status(self) -> dict:
		status = self.found.status
		labels = (
			_("In contact with somebody who has power"),
			_("A decider or somebody with high power is met several times and not against us"),
			_("A decider is known in depth and a champion supports us"),
		)
		return {
			"value": status.value,
			"steps": [
				{"step": label, "met": step.met, "why": self.why_step(step), "people": [*step.meeting]}
				for label, step in zip(labels, status.steps, strict=True)
			],
			"explanation": _(
				"Steps reached one after the other, 0 to 3. A decider counts as somebody who has power."
			),
		}

	def why_step(self, step: Answer) -> str:
		if step.met:
			return f"{self.list_of(step.meeting)}."
		parts = []
		if step.meeting:
			parts.append(_("Part of it: {0}.").format(self.list_of(step.meeting)))
		if step.unknown:
			parts.append(_("Not known enough of {0}.").format(self.list_of(step.unknown)))
		if not parts:
			parts.append(_("True of nobody on the map."))
		return " ".join(parts)

	def threads(self) -> dict:
		threads = self.found.threads
		text = _(
			"In contact means a message, call or meeting within {0} days, or a coverage of Multiple or more. We are in contact with {1} of {2} people."
		).format(options().active_days, threads.count, threads.people)
		if threads.unknown:
			text += " " + _("Nothing is known of {0}.").format(self.list_of(threads.unknown))
		if threads.single:
			text += " " + _("So the account hangs on one thread: {0}.").format(
				self.list_of(threads.in_contact) or _("nobody")
			)
		return {
			"count": threads.count,
			"people": threads.people,
			"single": threads.single,
			"in_contact": [*threads.in_contact],
			"unknown": [*threads.unknown],
			"explanation": text,
		}

	def our_people(self) -> dict:
		ours = self.found.our_people
		names = full_names(one.user for one in ours.colleagues)
		return {
			"bus_factor": ours.bus_factor,
			"users": [
				{
					"user": one.user,
					"full_name": names.get(one.user) or one.user,
					"active": one.active,
					"people": [*one.people],
					"touches": one.touches,
					"share": rounded(one.share, 4),
				}
				for one in ours.colleagues
				if one.active
			],
			"hhi": rounded(ours.hhi, 0),
			"explanation": _(
				"Colleagues who know somebody on the map well enough to work with (2 or 3 of 3), or who were in contact within {0} days. The share is their part of these contacts."
			).format(options().active_days),
		}

	# ------------------------------------------------------------ warnings

	def warnings(self) -> list[dict]:
		"""What to look at first."""
		found = self.found
		result = []

		def warn(key: str, text: str, people=()):
			result.append({"key": key, "text": text, "people": [*people]})

		threads = found.threads
		if threads.single:
			text = (
				_("Single-threaded: of {0} people we are in contact with one only.")
				if threads.count
				else _("Not in contact with any of {0} people.")
			).format(threads.people)
			if threads.unknown:
				text += " " + _("Nothing is known of {0} of them.").format(len(threads.unknown))
			warn("single", text, threads.in_contact)
		for role, key, text in (
			(engine.DECIDER, "no_decider", _("No decider: nobody on the map is known to be one.")),
			(engine.CHAMPION, "no_champion", _("No champion: nobody on the map is known to be one.")),
		):
			if found.has(role) is False:
				warn(key, text)
		against = [key for key in found.key_people if (self.judgement(key, "support") or 0) < 0]
		if against:
			warn("opponents", _("People with power work against us."), against)
		tied = [key for key in found.key_people if self.judgement(key, "competitor")]
		if tied:
			warn("competitor", _("People with power have ties to a competitor."), tied)
		if found.key_people_overdue:
			warn("overdue", _("People with power are overdue for contact."), found.key_people_overdue)
		factor = found.our_people.bus_factor
		if factor == 1:
			warn(
				"one_of_us",
				_("Only one of us has an active relationship; nobody could step in for him or her."),
			)
		elif factor == 0:
			warn("none_of_us", _("None of us has an active relationship."))
		return result

	def judgement(self, key: str, field: str):
		return (self.judged.get(key) or {}).get(field)

	# ------------------------------------------------------------ names

	def roles_of(self, key: str) -> set[str]:
		return {*(self.judgement(key, "roles") or ())}

	def list_of(self, keys) -> str:
		names = [self.names.get(key) or key for key in keys]
		if len(names) > NAMES_SHOWN + 1:
			return _("{0} and {1} more").format(", ".join(names[:NAMES_SHOWN]), len(names) - NAMES_SHOWN)
		return ", ".join(names)


def full_names(users) -> dict[str, str]:
	users = [*users]
	if not users:
		return {}
	return dict(frappe.get_all("User", {"name": ["in", users]}, ["name", "full_name"], as_list=True))


def _power(rule: Rule) -> str:
	return {"High": _("high"), "Medium": _("medium or high")}.get(rule.power, _("any"))


def _sentences(rule: Rule) -> tuple[str, str, str]:
	"""Met, failing and not known in words; {0} stands for the people."""
	return {
		engine.POWERFUL_COVERED: (
			_("Covered as wanted: {0}."),
			_("Not covered as wanted: {0}."),
			_("Coverage not known: {0}."),
		),
		engine.NO_POOR: (
			_("Neutral or positive: {0}."),
			_("Poor relationship: {0}."),
			_("Relationship not known: {0}."),
		),
		engine.NO_OPPONENT: (
			_("Not against us: {0}."),
			_("Against us: {0}."),
			_("Support not known: {0}."),
		),
		engine.IN_TIME: (
			_("In contact in time: {0}."),
			_("Overdue for contact: {0}."),
			_("No contact is recorded with {0}."),
		),
		engine.OWNER_NAMED: (
			_("With an owner: {0}."),
			_("Without an owner: {0}."),
			_("Owner not known: {0}."),
		),
	}[rule.condition]
