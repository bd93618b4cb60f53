"""Scores of a power map: how well we know, reach and win the people who decide at a customer.

What is not known is never counted as nothing. A truth here is True, False or None (not known); conditions over several
people follow Kleene's logic: "all" is False as soon as one person fails and not known while nobody fails but somebody is
not known. Ordered False < None < True, every condition grows with every step of a relationship for the better, and so
does every score: improving a relationship never lowers one.

Stakeholders are people at the customer and outside persons. Placeholders stand for people still missing; outside bodies
and competitors take no part.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

PERSON, PLACEHOLDER, OUTSIDE_PERSON = "Person at the Customer", "Placeholder", "Outside Person"
OUTSIDE_BODY, COMPETITOR = "Outside Body", "Competitor"
STAKEHOLDERS = (PERSON, OUTSIDE_PERSON)

POWERS = {"Low": 1, "Medium": 2, "High": 3}
COVERAGES = {"No Contact": 0.0, "Brief": 0.33, "Multiple": 0.67, "In Depth": 1.0}
RELATIONSHIPS = ("Poor", "Neutral", "Positive")
DECIDER, CHAMPION = "Decider", "Champion"

# a colleague's relation from this strength on is active: 0 None, 1 Acquainted, 2 Working, 3 Trusted
ACTIVE_STRENGTH = 2
RULE_POINTS = 5

ROLE_FILLED, PEOPLE_IN_CONTACT, POWERFUL_COVERED = (
	"Role Filled",
	"People in Contact",
	"Powerful People Covered",
)
NO_POOR, NO_OPPONENT, ROLE_SUPPORTS = "No Poor Relationship", "No Opponent", "Role Supports"
IN_TIME, OWNER_NAMED, OUR_PEOPLE = "Contact in Time", "Owner Named", "Our People Involved"
CONDITIONS = (
	ROLE_FILLED,
	PEOPLE_IN_CONTACT,
	POWERFUL_COVERED,
	NO_POOR,
	NO_OPPONENT,
	ROLE_SUPPORTS,
	IN_TIME,
	OWNER_NAMED,
	OUR_PEOPLE,
)

Truth = bool | None


# ---------------------------------------------------------------- what is read


@dataclass(frozen=True)
class Person:
	"""Somebody on the map. Empty texts and None mean not known; `rhythm` in days, None for that of the power."""

	key: str
	kind: str = PERSON
	contact: str | None = None
	power: str = ""
	relationship: str = ""
	support: int | None = None
	coverage: str = ""
	coverage_wanted: str = ""
	roles: frozenset[str] = frozenset()
	owner: str | None = None
	second_owner: str | None = None
	rhythm: int | None = None

	@property
	def weight(self) -> int:
		"""Power as a weight; who is not judged weighs like one with low power."""
		return POWERS.get(self.power, 1)


@dataclass(frozen=True)
class Relation:
	"""How well a colleague knows a person; strength 0 to 3, None is not known."""

	person: str
	user: str
	strength: int | None = None
	wanted: int | None = None


@dataclass(frozen=True)
class Touch:
	"""A message, call or meeting with a contact; `user` is the colleague, None when that cannot be told."""

	contact: str
	user: str | None
	on: date
	kind: str = ""
	two_way: bool = False


@dataclass(frozen=True)
class Rule:
	"""Something that should be true of a good map."""

	name: str
	condition: str
	weight: float = 1.0
	role: str = ""
	power: str = "High"
	coverage: str = "Multiple"
	minimum: int = 1
	next_step: str = ""


@dataclass(frozen=True)
class Options:
	"""Days within which a contact is active, and days that may pass without one by power; 0 is no rhythm."""

	active_days: int = 90
	rhythm: Mapping[str, int] = field(default_factory=lambda: {"High": 30, "Medium": 60, "Low": 120})


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True)
class Score:
	"""A mean over the stakeholders of whom it is known; `answered` is their share of the weight, 0 to 1."""

	value: float | None
	answered: float
	known: tuple[str, ...]
	unknown: tuple[str, ...]


@dataclass(frozen=True)
class Roles:
	"""Required roles somebody is known to play, and those nobody is."""

	value: float | None
	filled: Mapping[str, tuple[str, ...]]
	missing: tuple[str, ...]
	unknown: tuple[str, ...]  # people whose roles are not known


@dataclass(frozen=True)
class Answer:
	"""Whether a condition holds and who is concerned: those who meet it, those who do not, those not known of.

	`count` is the number found where the condition asks for one.
	"""

	met: Truth
	meeting: tuple[str, ...] = ()
	failing: tuple[str, ...] = ()
	unknown: tuple[str, ...] = ()
	count: int | None = None

	@property
	def people(self) -> tuple[str, ...]:
		"""The people that matter: who stands in the way, is not known of, or has met it."""
		if self.met:
			return self.meeting
		return self.failing or self.unknown


@dataclass(frozen=True)
class RuleScore:
	"""Weight of the rules met among those that can be told, 0 to 5; `answered` is their share of the weight, 0 to 1."""

	score: float | None
	answered: float
	answers: tuple[tuple[Rule, Answer], ...]


@dataclass(frozen=True)
class Status:
	"""Steps 1 to 3 reached one after the other; None when not even the first can be told."""

	value: int | None
	steps: tuple[Answer, ...]


@dataclass(frozen=True)
class Threads:
	"""People we are in contact with. `single`: at most one, though two or more are on the map."""

	count: int
	people: int
	single: Truth
	in_contact: tuple[str, ...]
	not_in_contact: tuple[str, ...]
	unknown: tuple[str, ...]


@dataclass(frozen=True)
class Colleague:
	"""One of us: people he is active with, touches within the active days, and his share of all touches."""

	user: str
	active: Truth
	people: tuple[str, ...]
	touches: int
	share: float | None


@dataclass(frozen=True)
class OurPeople:
	"""`bus_factor`: colleagues with an active relationship; `hhi`: concentration of touches on them, 0 to 10,000."""

	bus_factor: int | None
	colleagues: tuple[Colleague, ...]
	hhi: float | None


@dataclass(frozen=True)
class Freshness:
	"""Days since the last contact against the rhythm wanted; index above 1 is overdue."""

	person: str
	last: date | None
	days: int | None
	rhythm: int | None
	index: float | None

	@property
	def overdue(self) -> Truth:
		"""None when no contact is known of, or none is wanted regularly."""
		return None if self.index is None else self.index > 1


@dataclass(frozen=True)
class Scores:
	"""Everything that is told of a map."""

	coverage: Score
	support: Score
	roles: Roles
	rules: RuleScore
	status: Status
	threads: Threads
	our_people: OurPeople
	freshness: tuple[Freshness, ...]
	stakeholders: tuple[str, ...]
	placeholders: tuple[str, ...]
	below_wanted: tuple[str, ...]  # coverage below the one wanted
	played: Mapping[str, tuple[str, ...]] | None  # buying role -> who plays it; None while no role is known
	key_people: tuple[str, ...]  # those with high power, deciders and champions

	def has(self, role: str) -> Truth:
		"""Whether somebody is known to play a role."""
		return None if self.played is None else role in self.played

	@property
	def key_people_overdue(self) -> tuple[str, ...]:
		"""Those of the key people with whom the last contact is longer ago than the rhythm wanted."""
		return tuple(
			fresh.person for fresh in self.freshness if fresh.overdue and fresh.person in self.key_people
		)


# ---------------------------------------------------------------- truths


def all_of(values: Iterable[Truth]) -> Truth:
	"""False if one is False, else not known if one is not known."""
	values = list(values)
	if False in values:
		return False
	return None if None in values else True


def any_of(values: Iterable[Truth]) -> Truth:
	"""True if one is True, else not known if one is not known."""
	values = list(values)
	if True in values:
		return True
	return None if None in values else False


def at_least(number: int, values: Iterable[Truth]) -> Truth:
	"""Whether as many hold; not known while those not known of could make up the number."""
	values = list(values)
	true, unknown = values.count(True), values.count(None)
	if true >= number:
		return True
	return None if true + unknown >= number else False


def _answer(met: Truth, truths: Mapping[str, Truth], count: bool = False) -> Answer:
	parts = {True: [], False: [], None: []}
	for key, truth in truths.items():
		parts[truth].append(key)
	return Answer(
		met=met,
		meeting=tuple(parts[True]),
		failing=tuple(parts[False]),
		unknown=tuple(parts[None]),
		count=len(parts[True]) if count else None,
	)


# ---------------------------------------------------------------- evaluation


def evaluate(
	people: Sequence[Person],
	relations: Sequence[Relation] = (),
	touches: Sequence[Touch] = (),
	rules: Sequence[Rule] = (),
	as_of: date | None = None,
	options: Options | None = None,
	last_contacts: Mapping[str, date] | None = None,
	colleagues: Sequence[str] = (),
) -> Scores:
	"""All scores of a map on the day `as_of`.

	`touches` reach back at least the active days, `last_contacts` (by contact) as far as anything is known.
	`colleagues` are the account team.
	"""
	facts = _Facts(
		people,
		relations,
		touches,
		as_of or date.today(),
		options or Options(),
		last_contacts or {},
		colleagues,
	)
	return Scores(
		coverage=facts.mean(lambda person: COVERAGES.get(person.coverage), scale=100.0),
		support=facts.mean(lambda person: person.support),
		roles=facts.roles(rules),
		rules=facts.rule_score(rules),
		status=facts.status(),
		threads=facts.threads(),
		our_people=facts.our_people(),
		freshness=tuple(facts.freshness.values()),
		stakeholders=tuple(facts.stakeholders),
		placeholders=tuple(person.key for person in people if person.kind == PLACEHOLDER),
		below_wanted=tuple(
			key
			for key, person in facts.stakeholders.items()
			if person.coverage in COVERAGES
			and person.coverage_wanted in COVERAGES
			and COVERAGES[person.coverage] < COVERAGES[person.coverage_wanted]
		),
		played=facts.played(),
		key_people=tuple(
			key
			for key, person in facts.stakeholders.items()
			if person.power == "High" or person.roles & {DECIDER, CHAMPION}
		),
	)


class _Facts:
	"""What is known of a map, and the questions asked of it."""

	def __init__(self, people, relations, touches, as_of, options, last_contacts, colleagues):
		self.options, self.as_of = options, as_of
		self.placeholders = [person for person in people if person.kind == PLACEHOLDER]
		self.stakeholders = {person.key: person for person in people if person.kind in STAKEHOLDERS}
		self.relations = [relation for relation in relations if relation.person in self.stakeholders]
		by_contact: dict[str, list[str]] = {}
		for person in self.stakeholders.values():
			if person.contact:
				by_contact.setdefault(person.contact, []).append(person.key)
		self.people_of_contact = by_contact
		past = [touch for touch in touches if touch.contact in by_contact and touch.on <= as_of]
		self.recent = [touch for touch in past if self._is_active(touch.on)]
		self.last = self._last_contacts(past, last_contacts)
		self.freshness = {key: self._freshness_of(person) for key, person in self.stakeholders.items()}
		self.in_contact = {key: self._in_contact(person) for key, person in self.stakeholders.items()}
		self.any_roles = any(person.roles for person in (*self.stakeholders.values(), *self.placeholders))
		self.colleagues = self._colleagues(colleagues)

	# -- contacts

	def _is_active(self, on: date) -> bool:
		return (self.as_of - on).days <= self.options.active_days

	def _last_contacts(self, touches, last_contacts) -> dict[str, date]:
		last: dict[str, date] = {}
		dated = [(touch.contact, touch.on) for touch in touches]
		dated += [(contact, on) for contact, on in last_contacts.items() if on and on <= self.as_of]
		for contact, on in dated:
			for key in self.people_of_contact.get(contact, ()):
				last[key] = max(on, last.get(key, on))
		return last

	def _freshness_of(self, person: Person) -> Freshness:
		last = self.last.get(person.key)
		days = (self.as_of - last).days if last else None
		rhythm = person.rhythm or self.options.rhythm.get(person.power or "Low") or None
		index = days / rhythm if days is not None and rhythm else None
		return Freshness(person.key, last, days, rhythm, index)

	def _in_contact(self, person: Person) -> Truth:
		"""A recent touch, or a coverage of Multiple or more; not known when neither touch nor coverage is known."""
		last = self.last.get(person.key)
		if last is not None and self._is_active(last):
			return True
		covered = self.covered(person, "Multiple")
		return False if covered is None and last is not None else covered

	# -- people

	def covered(self, person: Person, coverage: str) -> Truth:
		if person.coverage not in COVERAGES:
			return None
		return COVERAGES[person.coverage] >= COVERAGES[coverage]

	def has_power(self, person: Person, power: str) -> Truth:
		return POWERS[person.power] >= POWERS[power] if person.power in POWERS else None

	def plays(self, person: Person, role: str) -> Truth:
		"""Roles are known as soon as one is entered anywhere on the map."""
		return role in person.roles if self.any_roles else None

	def holders(self, role: str) -> dict[str, Person]:
		return {key: person for key, person in self.stakeholders.items() if role in person.roles}

	def played(self) -> dict[str, tuple[str, ...]] | None:
		if not self.any_roles:
			return None
		roles = sorted({role for person in self.stakeholders.values() for role in person.roles})
		return {role: tuple(self.holders(role)) for role in roles}

	# -- scores

	def mean(self, value_of, scale: float = 1.0) -> Score:
		values = {key: value_of(person) for key, person in self.stakeholders.items()}
		known = tuple(key for key, value in values.items() if value is not None)
		weight = sum(self.stakeholders[key].weight for key in known)
		total = sum(person.weight for person in (*self.stakeholders.values(), *self.placeholders))
		if not weight:
			return Score(None, 0.0, (), tuple(values))
		value = math.fsum(self.stakeholders[key].weight * scale * values[key] for key in known) / weight
		return Score(value, weight / total, known, tuple(key for key in values if key not in known))

	def roles(self, rules: Sequence[Rule]) -> Roles:
		required = dict.fromkeys(rule.role for rule in rules if rule.condition == ROLE_FILLED and rule.role)
		filled = {role: tuple(self.holders(role)) for role in required}
		filled = {role: holders for role, holders in filled.items() if holders}
		known = bool(required) and self.any_roles
		return Roles(
			value=100.0 * len(filled) / len(required) if known else None,
			filled=filled,
			missing=tuple(role for role in required if role not in filled) if known else (),
			unknown=tuple(key for key, person in self.stakeholders.items() if not person.roles),
		)

	def rule_score(self, rules: Sequence[Rule]) -> RuleScore:
		answers = tuple((rule, self.answer(rule)) for rule in rules)
		total = math.fsum(rule.weight for rule, _found in answers)
		known = math.fsum(rule.weight for rule, found in answers if found.met is not None)
		met = math.fsum(rule.weight for rule, found in answers if found.met)
		if not known:
			return RuleScore(None, 0.0, answers)
		return RuleScore(RULE_POINTS * (met / known), known / total, answers)

	def answer(self, rule: Rule) -> Answer:
		if rule.condition not in CONDITIONS:
			raise ValueError(f"Unknown condition {rule.condition!r}. Choose one of: {', '.join(CONDITIONS)}.")
		if not self.stakeholders:
			return Answer(None)
		if rule.condition == OUR_PEOPLE:
			truths = {one.user: one.active for one in self.colleagues}
			met = at_least(max(rule.minimum, 1), truths.values())
			return Answer(met=met, count=[*truths.values()].count(True))
		if rule.condition == PEOPLE_IN_CONTACT:
			met = at_least(max(rule.minimum, 1), self.in_contact.values())
			return _answer(met, self.in_contact, count=True)
		if rule.condition == ROLE_FILLED:
			holders = self.holders(rule.role)
			met = len(holders) >= max(rule.minimum, 1) if self.any_roles else None
			return Answer(met, meeting=tuple(holders), count=len(holders))
		if rule.condition == ROLE_SUPPORTS:
			return self.role_supports(rule.role, min(max(rule.minimum, 1), 2))
		return self.all_powerful(rule)

	def role_supports(self, role: str, support: int) -> Answer:
		"""Not known while nobody is known to play the role: that is what the condition on the role itself is about."""
		truths = {
			key: None if person.support is None else person.support >= support
			for key, person in self.holders(role).items()
		}
		return _answer(any_of(truths.values()) if truths else None, truths)

	def all_powerful(self, rule: Rule) -> Answer:
		"""Conditions on everybody known to have the power; not known when nobody is."""
		checks = {
			POWERFUL_COVERED: lambda person: self.covered(person, rule.coverage or "Multiple"),
			NO_POOR: lambda person: person.relationship != "Poor" if person.relationship else None,
			NO_OPPONENT: lambda person: person.support >= 0 if person.support is not None else None,
			IN_TIME: self._in_time,
			OWNER_NAMED: lambda person: bool(person.owner),
		}
		check = checks[rule.condition]
		truths = {
			key: check(person)
			for key, person in self.stakeholders.items()
			if person.weight >= POWERS.get(rule.power, 3)
		}
		return _answer(all_of(truths.values()) if truths else None, truths)

	def _in_time(self, person: Person) -> Truth:
		fresh = self.freshness[person.key]
		if fresh.rhythm is None:
			return True
		return None if fresh.overdue is None else not fresh.overdue

	def status(self) -> Status:
		"""1: in contact with a decider or somebody of medium or high power; 2: with a decider or somebody of high power
		several times, who is not against us; 3: a decider known in depth and a champion who supports us."""
		people = self.stakeholders.values()
		first = {
			person.key: all_of(
				[
					any_of([self.plays(person, DECIDER), self.has_power(person, "Medium")]),
					self.in_contact[person.key],
				]
			)
			for person in people
		}
		second = {
			person.key: all_of(
				[
					any_of([self.plays(person, DECIDER), self.has_power(person, "High")]),
					self.covered(person, "Multiple"),
					person.relationship != "Poor" if person.relationship else None,
				]
			)
			for person in people
		}
		deep = {
			person.key: all_of([self.plays(person, DECIDER), self.covered(person, "In Depth")])
			for person in people
		}
		champion = {
			person.key: all_of(
				[
					self.plays(person, CHAMPION),
					None if person.support is None else person.support >= 1,
				]
			)
			for person in people
		}
		steps = (
			_answer(any_of(first.values()) if first else None, first),
			_answer(any_of(second.values()) if second else None, second),
			_both(deep, champion),
		)
		reached = 0
		for step in steps:
			if not step.met:
				break
			reached += 1
		return Status(None if not reached and steps[0].met is None else reached, steps)

	def threads(self) -> Threads:
		found = _answer(None, self.in_contact)
		count, people = len(found.meeting), len(self.stakeholders)
		single = count <= 1 and people >= 2
		if people and len(found.unknown) == people:
			single = None
		return Threads(count, people, single, found.meeting, found.failing, found.unknown)

	# -- our side

	def _colleagues(self, team: Sequence[str]) -> list[Colleague]:
		"""Everybody of us who is named: the team, owners of relationships, who is in a relation or in a touch."""
		users = dict.fromkeys(user for user in team if user)
		for person in self.stakeholders.values():
			users.update(dict.fromkeys(user for user in (person.owner, person.second_owner) if user))
		users.update(dict.fromkeys(relation.user for relation in self.relations))
		users.update(dict.fromkeys(touch.user for touch in self.recent if touch.user))
		touches: dict[str, int] = dict.fromkeys(users, 0)
		active: dict[str, set[str]] = {user: set() for user in users}
		judged: dict[str, bool] = dict.fromkeys(users, False)
		for touch in self.recent:
			if touch.user:
				touches[touch.user] += 1
				active[touch.user].update(self.people_of_contact[touch.contact])
		for relation in self.relations:
			if relation.strength is not None:
				judged[relation.user] = True
				if relation.strength >= ACTIVE_STRENGTH:
					active[relation.user].add(relation.person)
		total = sum(touches.values())
		return [
			Colleague(
				user=user,
				active=True if active[user] else False if judged[user] else None,
				people=tuple(key for key in self.stakeholders if key in active[user]),
				touches=touches[user],
				share=touches[user] / total if total else None,
			)
			for user in users
		]

	def our_people(self) -> OurPeople:
		known = [one for one in self.colleagues if one.active is not None]
		shares = [one.share for one in self.colleagues if one.share is not None]
		return OurPeople(
			bus_factor=sum(one.active for one in known) if known else None,
			colleagues=tuple(
				sorted(self.colleagues, key=lambda one: (-len(one.people), -one.touches, one.user))
			),
			hhi=math.fsum((100 * share) ** 2 for share in shares) if shares else None,
		)


def _both(one: Mapping[str, Truth], other: Mapping[str, Truth]) -> Answer:
	"""Somebody meets the one and somebody, perhaps the same, the other; concerned is who meets or may meet either."""
	met = all_of([any_of(one.values()), any_of(other.values())]) if one else None
	truths = {key: any_of([one[key], other[key]]) for key in one}
	return _answer(met, truths)
