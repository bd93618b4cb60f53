"""How often customers are called on: rules by class, level, segment and potential, and the workload they add up to.

After Talley's workload method: calls a year = Σ customers of a class * calls a year of the class.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kam_erpnext.engine.periods import Period

DAYS_OF_YEAR = 365.25
PERIODS = {"Week": 7.0, "Month": DAYS_OF_YEAR / 12, "Quarter": DAYS_OF_YEAR / 4, "Year": DAYS_OF_YEAR}


@dataclass(frozen=True)
class Profile:
	"""What the rules look at of one customer. `potential` a year is None when nobody knows it."""

	key: str
	abc_class: str | None = None
	level: str | None = None
	segments: frozenset[str] = frozenset()
	territory: str | None = None
	customer_group: str | None = None
	potential: float | None = None
	is_key_account: bool = False


@dataclass(frozen=True)
class Rule:
	"""`calls` per period by one method, for customers of whom every condition given holds.

	`territories` and `customer_groups` hold the names that count (a node with everything below it), None for all;
	`potential_from` is included, `potential_below` is not; `weekdays` are the preferred days, Monday = 0, empty for any.
	"""

	name: str
	method: str
	calls: int
	per: str = "Year"
	duration: int = 60
	order: int = 0
	abc_class: str | None = None
	level: str | None = None
	segment: str | None = None
	territories: frozenset[str] | None = None
	customer_groups: frozenset[str] | None = None
	potential_from: float | None = None
	potential_below: float | None = None
	only_key_accounts: bool = False
	weekdays: frozenset[int] = frozenset()

	@property
	def interval(self) -> float:
		"""Days from call to call: days of the period ÷ calls; infinite without calls."""
		return PERIODS[self.per] / self.calls if self.calls > 0 else math.inf

	@property
	def calls_a_year(self) -> float:
		"""Calls * periods of a year."""
		return self.calls * DAYS_OF_YEAR / PERIODS[self.per]


def fits(rule: Rule, profile: Profile) -> bool:
	"""True if every condition of the rule holds; what is not known of a customer fits no condition on it."""
	if rule.only_key_accounts and not profile.is_key_account:
		return False
	if rule.abc_class and rule.abc_class != profile.abc_class:
		return False
	if rule.level and rule.level != profile.level:
		return False
	if rule.segment and rule.segment not in profile.segments:
		return False
	if rule.territories is not None and profile.territory not in rule.territories:
		return False
	if rule.customer_groups is not None and profile.customer_group not in rule.customer_groups:
		return False
	if rule.potential_from is not None or rule.potential_below is not None:
		if profile.potential is None:
			return False
		if rule.potential_from is not None and profile.potential < rule.potential_from:
			return False
		if rule.potential_below is not None and profile.potential >= rule.potential_below:
			return False
	return True


def rules_for(profile: Profile, rules: Iterable[Rule]) -> list[Rule]:
	"""The rules a customer is called on by: of each method the first that fits, lowest order (then name) first.

	A rule of 0 calls ends the search of its method: these customers are not called on that way.
	"""
	chosen: dict[str, Rule] = {}
	for rule in sorted(rules, key=lambda rule: (rule.order, rule.name)):
		if rule.method not in chosen and fits(rule, profile):
			chosen[rule.method] = rule
	return [rule for rule in chosen.values() if rule.calls > 0]


def calls_of_cycle(rule: Rule, cycle: Period, last_call: date | None = None) -> int:
	"""Calls that fall due within a cycle.

	After a call the next is due one interval later. What is overdue when the cycle begins is due on its first day, once;
	calls missed long ago are not made up for. A customer who was never called is due half an interval before the cycle,
	which over all customers gives calls per period * length of the cycle, rounded half up.
	"""
	interval = rule.interval
	if math.isinf(interval):
		return 0
	since = interval / 2
	if last_call is not None:
		since = min(max((cycle.start - last_call).days, 0), interval)
	ahead = max((last_call - cycle.start).days, 0) if last_call else 0
	# half a day of play: months and years are not whole numbers of days
	return max(0, math.floor((cycle.days - ahead + since + 0.5) / interval))


def calls_a_year(customers: Mapping[str, int], frequencies: Mapping[str, float]) -> float:
	"""Σ customers of a class * calls a year of the class (Talley). A class without a frequency is not called on."""
	return sum(number * frequencies.get(name, 0.0) for name, number in customers.items())


def people_needed(calls: float, calls_a_day: float, selling_days: float) -> float | None:
	"""Calls a year ÷ (calls a day * selling days); None when no call can be made at all."""
	possible = calls_a_day * selling_days
	return calls / possible if possible > 0 else None


def calls_per_cycle(customers: Sequence[tuple[int, float]], cycle: float) -> float:
	"""Calls in each cycle: Σ customers * cycle ÷ interval of their class, cycle and intervals in the same unit."""
	return sum(number * cycle / interval for number, interval in customers)
