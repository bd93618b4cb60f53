"""Puts calls on working days: evenly spread, within the capacity of each day, customers of one area together.

A greedy rule in a fixed order with exchange paths: a call that finds no free day pushes another one to a day it may
have as well, if that frees one. With calls of equal length this places as many as can be placed (augmenting paths of a
bipartite matching, Kuhn); with different lengths it is a close rule. Nothing depends on the order of the input.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

# why a call is on no day
NO_DAY, FULL = "No Working Day", "No Capacity"

# what an inconvenience is worth in working days of distance from the even spread
WRONG_WEEKDAY = 4.0
OTHER_AREA = 2.5
FULL_DAY = 3.0


@dataclass(frozen=True)
class Demand:
	"""Calls on one customer by one method: `calls` of `minutes` each between `first` and `last`.

	`made` are days of calls that were made or agreed on and never move; they count among `calls`. `standing` are days of
	calls that are planned and stay where they are if they may. `weekdays` are preferred, Monday = 0, empty for any.
	"""

	key: str
	calls: int
	minutes: int
	first: date
	last: date
	area: str = ""
	weekdays: frozenset[int] = frozenset()
	made: tuple[date, ...] = ()
	standing: tuple[date, ...] = ()


@dataclass(frozen=True)
class Day:
	"""A working day with what is left of it after everything else in the calendar."""

	day: date
	calls: int
	minutes: float


@dataclass(frozen=True)
class Unplaced:
	"""`calls` of a demand that are on no day, and why: NO_DAY or FULL."""

	key: str
	calls: int
	reason: str


@dataclass
class Plan:
	"""`days` of every demand in order, made ones included; `moved` counts standing calls that got another day."""

	days: dict[str, list[date]] = field(default_factory=dict)
	unplaced: list[Unplaced] = field(default_factory=list)
	moved: int = 0


@dataclass
class _Call:
	key: str
	minutes: int
	area: str
	target: float
	allowed: tuple[int, ...]
	weekdays: frozenset[int]
	standing: bool = False
	at: int | None = None


def schedule(demands: Iterable[Demand], days: Iterable[Day]) -> Plan:
	"""A plan for all demands on the working days given.

	The k-th of n calls stands in the k-th n-th part of the days of its demand, as near to its middle as preferred
	weekdays, area and load of the days allow; two calls of a demand never share a day. Standing calls keep their day as
	long as it is a working day within the demand and has room.
	"""
	return _Schedule(sorted(days, key=lambda row: row.day)).plan(
		sorted(demands, key=lambda demand: (demand.area, demand.key))
	)


class _Schedule:
	def __init__(self, days: Sequence[Day]):
		self.days = [row.day for row in days]
		self.calls_left = [row.calls for row in days]
		self.minutes_left = [float(row.minutes) for row in days]
		self.calls_of_day = [max(row.calls, 1) for row in days]
		self.weekday = [day.weekday() for day in self.days]
		self.on_day: list[list[_Call]] = [[] for _day in self.days]
		self.areas: list[Mapping[str, int]] = [defaultdict(int) for _day in self.days]
		self.taken: dict[str, set[int]] = defaultdict(set)

	def plan(self, demands: Sequence[Demand]) -> Plan:
		result = Plan()
		waiting: list[_Call] = []
		kept: list[_Call] = []
		without_day: dict[str, int] = defaultdict(int)
		for demand in demands:
			inside = self._inside(demand)
			made = sorted(demand.made)
			for day in made:
				place = bisect_left(self.days, day)
				if place < len(self.days) and self.days[place] == day:
					self.taken[demand.key].add(place)
					self.areas[place][demand.area] += 1
			missing = max(0, demand.calls - len(made))
			if not inside:
				without_day[demand.key] += missing
				continue
			standing = self._standing(demand, inside)[:missing]
			calls = self._calls(demand, inside, made, standing, missing)
			kept += calls[: len(standing)]
			waiting += calls[len(standing) :]
		for call in kept:
			place = round(call.target)
			if place not in self.taken[call.key] and self._has_room(place, call):
				self._put(call, place)
			else:
				waiting.append(call)
		waiting.sort(key=lambda call: (not call.standing, call.area, call.target, call.key))
		missed = [call for call in waiting if not self._place(call)]
		missed = [call for call in missed if not self._exchange(call)]
		return self._result(result, demands, kept, waiting, missed, without_day)

	# ------------------------------------------------------------ what is wanted

	def _inside(self, demand: Demand) -> range:
		"""Places of the working days of a demand."""
		return range(bisect_left(self.days, demand.first), _after(self.days, demand.last))

	def _standing(self, demand: Demand, inside: range) -> list[int]:
		places = set()
		for day in demand.standing:
			place = bisect_left(self.days, day)
			if place in inside and self.days[place] == day and place not in self.taken[demand.key]:
				places.add(place)
		return sorted(places)

	def _calls(
		self, demand: Demand, inside: range, made: list[date], standing: list[int], missing: int
	) -> list[_Call]:
		"""Standing calls first, then those still to be placed, each with the part of the days it may stand in."""
		everywhere = tuple(inside)

		def call(target: float, allowed: tuple[int, ...], stays: bool = False) -> _Call:
			return _Call(
				demand.key, demand.minutes, demand.area, target, allowed, demand.weekdays, standing=stays
			)

		result = [call(place, everywhere, stays=True) for place in standing]
		number = missing - len(standing)
		if not number:
			return result
		# the parts of the days that hold no call yet; those with one are taken by the nearest call
		total = max(demand.calls, 1)
		length = len(inside) / total
		middles = [inside.start + (part + 0.5) * length - 0.5 for part in range(total)]
		fixed = [*standing, *(bisect_left(self.days, day) for day in made)]
		for place in sorted(fixed):
			nearest = min(middles, key=lambda middle: (abs(middle - place), middle))
			middles.remove(nearest)
		for middle in middles[:number]:
			low = round(middle + 0.5 - length / 2)
			high = max(low + 1, round(middle + 0.5 + length / 2))
			part = tuple(place for place in everywhere if low <= place < high) or everywhere
			result.append(call(middle, part))
		return result

	# ------------------------------------------------------------ places

	def _has_room(self, place: int, call: _Call) -> bool:
		return self.calls_left[place] >= 1 and self.minutes_left[place] >= call.minutes

	def _put(self, call: _Call, place: int) -> None:
		call.at = place
		self.calls_left[place] -= 1
		self.minutes_left[place] -= call.minutes
		self.on_day[place].append(call)
		self.areas[place][call.area] += 1
		self.taken[call.key].add(place)

	def _take(self, call: _Call) -> None:
		place = call.at
		self.calls_left[place] += 1
		self.minutes_left[place] += call.minutes
		self.on_day[place].remove(call)
		self.areas[place][call.area] -= 1
		self.taken[call.key].discard(place)
		call.at = None

	def _cost(self, call: _Call, place: int) -> float:
		cost = abs(place - call.target)
		if call.standing:
			return cost  # as near as possible to where it was
		if call.weekdays and self.weekday[place] not in call.weekdays:
			cost += WRONG_WEEKDAY
		if call.area and not self.areas[place].get(call.area):
			cost += OTHER_AREA
		used = 1 - self.calls_left[place] / self.calls_of_day[place]
		return cost + FULL_DAY * used

	def _place(self, call: _Call) -> bool:
		free = [
			place
			for place in call.allowed
			if place not in self.taken[call.key] and self._has_room(place, call)
		]
		if not free:
			return False
		self._put(call, min(free, key=lambda place: (self._cost(call, place), place)))
		return True

	def _exchange(self, call: _Call) -> bool:
		"""Frees a day by pushing other calls along days they may have as well; standing calls stay where they are."""
		came_from: dict[int, tuple[int, _Call] | None] = {}
		waiting = deque()
		for place in call.allowed:
			if place not in self.taken[call.key]:
				came_from[place] = None
				waiting.append(place)
		while waiting:
			place = waiting.popleft()
			for other in sorted(self.on_day[place], key=lambda row: (row.minutes, row.key)):
				if other.standing or not self._fits_after(place, call, other, came_from):
					continue
				for goal in other.allowed:
					if goal in came_from or goal in self.taken[other.key]:
						continue
					came_from[goal] = (place, other)
					if self._has_room(goal, other):
						return self._push(call, goal, came_from)
					waiting.append(goal)
		return False

	def _fits_after(self, place: int, call: _Call, other: _Call, came_from: dict) -> bool:
		"""Whether what comes to a day fits once `other` has left it."""
		step = came_from[place]
		coming = call if step is None else step[1]
		return self.minutes_left[place] + other.minutes >= coming.minutes and self.calls_left[place] + 1 >= 1

	def _push(self, call: _Call, goal: int, came_from: dict) -> bool:
		step = came_from[goal]
		while step is not None:
			place, other = step
			self._take(other)
			self._put(other, goal)
			goal, step = place, came_from[place]
		self._put(call, goal)
		return True

	# ------------------------------------------------------------ the answer

	def _result(self, result, demands, kept, waiting, missed, without_day) -> Plan:
		placed: dict[str, list[int]] = defaultdict(list)
		for call in {id(row): row for row in (*kept, *waiting)}.values():
			if call.at is not None:
				placed[call.key].append(call.at)
		for demand in demands:
			days = [*demand.made, *(self.days[place] for place in placed[demand.key])]
			result.days[demand.key] = sorted(days)
		result.moved = sum(1 for call in kept if call.at is None or call.at != round(call.target))
		full: dict[str, int] = defaultdict(int)
		for call in missed:
			full[call.key] += 1
		result.unplaced = [Unplaced(key, number, NO_DAY) for key, number in without_day.items() if number]
		result.unplaced += [Unplaced(key, number, FULL) for key, number in full.items()]
		result.unplaced.sort(key=lambda row: (row.key, row.reason))
		return result


def _after(days: Sequence[date], last: date) -> int:
	place = bisect_left(days, last)
	return place + 1 if place < len(days) and days[place] == last else place
