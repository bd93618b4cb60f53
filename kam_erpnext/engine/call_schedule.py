"""Puts calls on working days: evenly spread, within the capacity of each day, customers of one area together.

A greedy rule in a fixed order, then exchange paths: a call that finds no free day pushes others along days they may have
as well (augmenting paths of a bipartite matching, Kuhn). With calls of equal length that places as many as can be placed at
all; with different lengths it is a close rule. Nothing depends on the order of the input.

Why no solver: what is wished for (customers of one area on one day, days of equal load, methods of one customer apart)
makes the worth of a day depend on the other calls, so it is no assignment problem. The assignment alone, without these
wishes and without minutes (scipy's linear_sum_assignment, calls * free calls of the days), took 3.9 s and 0.5 GB for the
5,000 calls of 2,000 customers in a quarter; this rule took 0.2 s, and places as many. Integer programming (OR-Tools) gives
an answer that depends on its time limit and release, so that planning twice would move calls.
"""

import heapq
import itertools
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

# why a call is on no day: no working day at all, more calls than days, or every day is full
NO_DAY, FEW_DAYS, FULL = "No Working Day", "Too Few Days", "No Capacity"

# what an inconvenience is worth in working days of distance from the even spread
WRONG_WEEKDAY = 4.0
OTHER_AREA = 2.5
FULL_DAY = 3.0
# the same customer by another method on the same day, or on the day before or after
SAME_DAY = 6.0
NEXT_DAY = 2.0
# another call of the same kind, less than half an interval away
TOO_CLOSE = 6.0


@dataclass(frozen=True)
class Demand:
	"""Calls on one customer by one method: `calls` of `minutes` each between `first` and `last`.

	`made` are days of calls that were made or agreed on and never move; they count among `calls`, and whoever calls this
	takes them off the days. `standing` are days of calls that are planned and stay where they are if they may. `weekdays`
	are preferred, Monday = 0, empty for any. `party` is the customer: demands of one party keep off each other's days.
	No call is put into the spans `without` (first and last day). `before` is the last call before `first`; the next one
	comes an interval later. Where there is not time for all, a lower `rank` goes first.
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
	party: str = ""
	without: tuple[tuple[date, date], ...] = ()
	before: date | None = None
	rank: int = 0


@dataclass(frozen=True)
class Day:
	"""A working day with what is left of it after everything else in the calendar."""

	day: date
	calls: int
	minutes: float


@dataclass(frozen=True)
class Unplaced:
	"""`calls` of a demand that are on no day, and why: NO_DAY, FEW_DAYS or FULL."""

	key: str
	calls: int
	reason: str


@dataclass
class Plan:
	"""`days` of every demand in order, made ones included; `moved` counts standing calls that got another day."""

	days: dict[str, list[date]] = field(default_factory=dict)
	unplaced: list[Unplaced] = field(default_factory=list)
	moved: int = 0


@dataclass(eq=False)
class _Call:
	key: str
	party: str
	minutes: int
	area: str
	target: float
	part: tuple[int, ...]
	window: tuple[int, ...]
	interval: float
	weekdays: frozenset[int]
	rank: tuple[int, int] = (0, 0)
	standing: bool = False
	at: int | None = None


def schedule(demands: Iterable[Demand], days: Iterable[Day]) -> Plan:
	"""A plan for all demands on the working days given.

	The k-th of n calls stands in the k-th n-th part of the days of its demand, at the same point of every part, as near to
	it as preferred weekdays, area and load of the days allow. The point differs from area to area, so that every day gets
	its share of the calls. Two calls of a demand never share a day. Where a part is full, a call goes to the nearest day
	outside it. Where all days are full, demands of the highest rank lose calls, those with most calls first.

	Standing calls keep their day as long as it is a working day within the demand and has room. They give way only to a
	call that otherwise finds no day at all, as few of them as possible.
	"""
	rows = sorted(demands, key=lambda demand: (not demand.area, demand.area, demand.key))
	room = sorted(days, key=lambda row: row.day)
	plan = _Schedule(room).plan(rows)
	while any(row.reason == FULL for row in plan.unplaced):
		# what was pushed about may have made room; stops where planning again would change nothing
		settled = [
			replace(row, standing=tuple(day for day in plan.days[row.key] if day not in row.made))
			for row in rows
		]
		again = _Schedule(room).plan(settled)
		if again.days == plan.days:
			break
		plan = again
	plan.moved = sum(_moved(row, plan.days[row.key]) for row in rows)
	return plan


def _moved(demand: Demand, days: Sequence[date]) -> int:
	known = {*demand.standing, *demand.made}
	left = sum(1 for day in demand.standing if day not in days)
	return min(left, sum(1 for day in days if day not in known))


class _Schedule:
	def __init__(self, days: Sequence[Day]):
		self.days = [row.day for row in days]
		self.calls_left = [row.calls for row in days]
		self.minutes_left = [float(row.minutes) for row in days]
		self.calls_of_day = [max(row.calls, 1) for row in days]
		self.weekday = [day.weekday() for day in self.days]
		self.on_day: list[list[_Call]] = [[] for _day in self.days]
		self.areas: list[dict[str, int]] = [defaultdict(int) for _day in self.days]
		# places that hold a call, by demand, and by customer the demands they are of
		self.taken: dict[str, set[int]] = defaultdict(set)
		self.parties: dict[str, set[str]] = defaultdict(set)

	def plan(self, demands: Sequence[Demand]) -> Plan:
		waiting: list[_Call] = []
		kept: list[_Call] = []
		unplaced: dict[tuple[str, str], int] = defaultdict(int)
		points = _points(demands)
		for demand in demands:
			for day in demand.made:
				place = self._place_of(day)
				if place is not None:
					self.taken[demand.key].add(place)
					self.areas[place][demand.area] += 1
			if demand.party:
				self.parties[demand.party].add(demand.key)
		for demand in demands:
			inside = self._inside(demand)
			free = sum(1 for place in inside if place not in self.taken[demand.key])
			missing = max(0, demand.calls - len(demand.made))
			if missing > free:
				unplaced[demand.key, FEW_DAYS if inside else NO_DAY] += missing - free
				missing = free
			if missing:
				standing, new = self._calls(demand, inside, missing, points[demand.area or demand.key])
				kept += standing
				waiting += new
		# on a day that got too short the shorter calls stay, which are more
		for call in sorted(kept, key=lambda call: (call.minutes, call.area, call.key, call.target)):
			place = round(call.target)
			if self._has_room(place, call):
				self._put(call, place)
			else:
				waiting.append(call)
		waiting.sort(key=lambda call: (not call.standing, not call.area, call.area, call.target, call.key))
		missed = [call for call in waiting if not self._place(call, call.part)]
		for rule in (_Within.part, _Within.window):
			missed = self._try(missed, rule)
		if missed:
			shortest = min(call.minutes for call in (*kept, *waiting))
			missed = [call for call in missed if not self._make_room(call, shortest)]
		missed = self._prefer(self._try(missed, _Within.anything))
		for call in missed:
			unplaced[call.key, FULL] += 1
		return self._result(demands, {*kept, *waiting}, unplaced)

	# ------------------------------------------------------------ what is wanted

	def _place_of(self, day: date) -> int | None:
		place = bisect_left(self.days, day)
		return place if place < len(self.days) and self.days[place] == day else None

	def _inside(self, demand: Demand) -> tuple[int, ...]:
		"""Places of the working days of a demand."""
		return tuple(
			place
			for place in range(bisect_left(self.days, demand.first), _after(self.days, demand.last))
			if not any(first <= self.days[place] <= last for first, last in demand.without)
		)

	def _calls(
		self, demand: Demand, inside: tuple[int, ...], missing: int, point: float
	) -> tuple[list[_Call], list[_Call]]:
		"""Standing calls, and those still to be placed, each with the part of the days it shall stand in."""
		order = {place: number for number, place in enumerate(inside)}
		made = sorted(order[place] for place in self.taken[demand.key] if place in order)
		standing = sorted({self._place_of(day) for day in demand.standing} - {None} - self.taken[demand.key])
		standing = [order[place] for place in standing if place in order]
		total = missing + len(made)
		interval = len(inside) / total
		# where in its part a call stands; not sooner after the last one than an interval
		start = max(point * interval, interval - self._since(demand, inside))
		targets = [min(start + number * interval, len(inside)) - 0.5 for number in range(total)]
		for number in reversed(_match(made, targets)):
			del targets[number]
		if len(standing) > missing:
			standing = [standing[number] for number in _match(targets, standing)]
		for number in reversed(_match(standing, targets)):
			del targets[number]

		def call(place: float, part: tuple[int, ...], stays: bool, rank: tuple[int, int] = (0, 0)) -> _Call:
			return _Call(
				demand.key,
				demand.party,
				demand.minutes,
				demand.area,
				place,
				part,
				inside,
				interval,
				demand.weekdays,
				rank,
				standing=stays,
			)

		new = []
		known = len(demand.made) + len(standing)
		for order_of_call, target in enumerate(targets, known):
			number = min(int((target + 0.5) / interval), total - 1)
			low, high = round(number * interval), round((number + 1) * interval)
			part = inside[low : max(high, low + 1)]
			whole = max(0, min(int(target), len(inside) - 1))
			rank = (demand.rank, order_of_call)
			new.append(call(inside[whole] + target - whole, part, False, rank))
		return [call(inside[number], inside, True) for number in standing], new

	def _since(self, demand: Demand, inside: tuple[int, ...]) -> float:
		"""Working days from the last call before the window, estimated from the share of days worked within it."""
		start = self.days[inside[0]]
		earlier = [day for day in (*demand.made, demand.before) if day and day < start]
		if not earlier:
			return float("inf")
		return (start - max(earlier)).days * len(inside) / ((self.days[inside[-1]] - start).days + 1)

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

	def _cost(self, call: _Call, place: int, others: Sequence[set[int]], close: bool) -> float:
		"""How inconvenient a day is. `others` are the days of the customer's calls by other methods."""
		cost = abs(place - call.target)
		if call.weekdays and self.weekday[place] not in call.weekdays:
			cost += WRONG_WEEKDAY
		if call.area and not self.areas[place].get(call.area):
			cost += OTHER_AREA
		for taken in others:
			if place in taken:
				cost += SAME_DAY
			elif place - 1 in taken or place + 1 in taken:
				cost += NEXT_DAY
		if close:
			nearest = min((abs(place - other) for other in self.taken[call.key]), default=call.interval)
			cost += TOO_CLOSE * max(0.0, 1 - nearest / (call.interval / 2))
		return cost + FULL_DAY * (1 - self.calls_left[place] / self.calls_of_day[place])

	def _place(self, call: _Call, allowed: tuple[int, ...]) -> bool:
		taken = self.taken[call.key]
		free = [place for place in allowed if place not in taken and self._has_room(place, call)]
		if not free:
			return False
		keys = self.parties[call.party] if call.party else ()
		others = [self.taken[key] for key in keys if key != call.key and self.taken[key]]
		close = allowed is call.window
		self._put(call, min(free, key=lambda place: (self._cost(call, place, others, close), place)))
		return True

	# ------------------------------------------------------------ exchange

	def _try(self, missed: Sequence[_Call], rule) -> list[_Call]:
		"""Those of the calls that find no day even when others make room within the days `rule` allows."""
		# places no search has left, with the shortest call that came there
		dead: dict[int, float] = {}
		left = []
		for call in sorted(missed, key=lambda call: (call.minutes, call.area, call.key, call.target)):
			if not (self._place(call, rule(call) or call.window) or self._exchange(call, rule, dead)):
				left.append(call)
		return left

	def _exchange(self, call: _Call, rule, dead: dict[int, float]) -> bool:
		"""Frees a day by pushing other calls along days they may have as well, as few as possible."""
		came_from: dict[int, tuple[int, _Call] | None] = {}
		waiting = deque()
		for place in rule(call) or call.window:
			if place not in self.taken[call.key] and dead.get(place, float("inf")) > call.minutes:
				came_from[place] = None
				waiting.append(place)
		while waiting:
			place = waiting.popleft()
			step = came_from[place]
			coming = call if step is None else step[1]
			for other in sorted(self.on_day[place], key=lambda row: (row.minutes, row.key, row.target)):
				if self.minutes_left[place] + other.minutes < coming.minutes:
					continue
				for goal in rule(other) or ():
					if (
						goal in came_from
						or goal in self.taken[other.key]
						or dead.get(goal, float("inf")) <= other.minutes
					):
						continue
					came_from[goal] = (place, other)
					if self._has_room(goal, other):
						return self._push(call, goal, came_from)
					waiting.append(goal)
		for place, step in came_from.items():
			dead[place] = min(dead.get(place, float("inf")), (call if step is None else step[1]).minutes)
		return False

	def _push(self, call: _Call, goal: int, came_from: dict) -> bool:
		step = came_from[goal]
		while step is not None:
			place, other = step
			self._take(other)
			self._put(other, goal)
			goal, step = place, came_from[place]
		self._put(call, goal)
		return True

	def _make_room(self, call: _Call, shortest: int) -> bool:
		"""Puts a long call in the place of several shorter ones, if all of these find another day."""
		if call.minutes <= shortest or not any(
			left >= 1 and minutes >= shortest
			for left, minutes in zip(self.calls_left, self.minutes_left, strict=True)
		):
			return False  # nothing shorter, or nowhere to go with it
		for place in call.window:
			if place in self.taken[call.key]:
				continue
			leaving, minutes = [], self.minutes_left[place]
			for other in sorted(self.on_day[place], key=lambda row: (-row.minutes, row.key)):
				if minutes >= call.minutes:
					break
				if not other.standing and other.minutes < call.minutes:
					leaving.append(other)
					minutes += other.minutes
			if minutes < call.minutes or (not leaving and self.calls_left[place] < 1):
				continue
			if not all(self._free_elsewhere(other, place) for other in leaving):
				continue
			for other in leaving:
				self._take(other)
			self._put(call, place)
			found = [other for other in leaving if self._place(other, other.window)]
			if len(found) == len(leaving):
				return True
			for other in found:
				self._take(other)
			self._take(call)
			for other in leaving:
				self._put(other, place)
		return False

	def _prefer(self, missed: Sequence[_Call]) -> list[_Call]:
		"""Gives days of less important calls to more important ones that found none. Standing calls keep theirs."""

		def least(place: int) -> tuple[int, int]:
			return max((call.rank for call in self.on_day[place] if not call.standing), default=(-1, 0))

		if not missed:
			return []
		lowest = [least(place) for place in range(len(self.days))]
		left, number = [], itertools.count()
		queue = [
			(call.rank, next(number), call)
			for call in sorted(missed, key=lambda call: (call.rank, call.area, call.key, call.target))
		]
		while queue:
			rank, _number, call = heapq.heappop(queue)
			places = [
				place for place in call.window if lowest[place] > rank and place not in self.taken[call.key]
			]
			places.sort(key=lambda place: (_negative(lowest[place]), abs(place - call.target), place))
			for place in places:
				others = [
					other
					for other in self.on_day[place]
					if not other.standing
					and other.rank > rank
					and self.minutes_left[place] + other.minutes >= call.minutes
				]
				if others:
					other = max(others, key=lambda row: (row.rank, -row.minutes, row.key))
					self._take(other)
					self._put(call, place)
					lowest[place] = least(place)
					heapq.heappush(queue, (other.rank, next(number), other))
					break
			else:
				left.append(call)
		return left

	def _free_elsewhere(self, call: _Call, place: int) -> bool:
		taken = self.taken[call.key]
		return any(
			self._has_room(other, call) for other in call.window if other != place and other not in taken
		)

	# ------------------------------------------------------------ the answer

	def _result(self, demands: Sequence[Demand], calls: set[_Call], unplaced: dict) -> Plan:
		placed: dict[str, list[int]] = defaultdict(list)
		for call in calls:
			if call.at is not None:
				placed[call.key].append(call.at)
		result = Plan()
		for demand in demands:
			days = [*demand.made, *(self.days[place] for place in placed[demand.key])]
			result.days[demand.key] = sorted(days)
		result.unplaced = [Unplaced(key, number, reason) for (key, reason), number in unplaced.items()]
		result.unplaced.sort(key=lambda row: (row.key, row.reason))
		return result


def _negative(rank: tuple[int, int]) -> tuple[int, int]:
	return (-rank[0], -rank[1])


class _Within:
	"""Days a call may be pushed to in an exchange; None for one that stays where it is."""

	@staticmethod
	def part(call: _Call) -> tuple[int, ...] | None:
		return None if call.standing else call.part

	@staticmethod
	def window(call: _Call) -> tuple[int, ...] | None:
		return None if call.standing else call.window

	@staticmethod
	def anything(call: _Call) -> tuple[int, ...]:
		return call.window


def _points(demands: Sequence[Demand]) -> dict[str, float]:
	"""By area (or demand without one) the point of each part its calls stand at, from 0 to 1, in proportion to minutes."""
	minutes: dict[str, float] = {}
	for demand in demands:
		key = demand.area or demand.key
		minutes[key] = minutes.get(key, 0.0) + max(demand.calls * demand.minutes, 1)
	total, before, points = sum(minutes.values()), 0.0, {}
	for key, number in minutes.items():
		points[key] = (before + number / 2) / total
		before += number
	return points


def _match(few: Sequence[float], many: Sequence[float]) -> list[int]:
	"""Positions in `many` that the values of `few` belong to, in order, with the least distance; both are sorted.

	If there are more in `few`, the surplus ones at the end are left out.
	"""
	few = few[: len(many)]
	if len(few) == len(many):
		return [*range(len(many))]
	# best[j]: least distance of the first i values with the first j of many
	best = [0.0] * (len(many) + 1)
	taken: list[list[bool]] = []
	for number, value in enumerate(few):
		row, choice = [float("inf")] * (len(many) + 1), [False] * (len(many) + 1)
		for place in range(number + 1, len(many) + 1):
			here = best[place - 1] + abs(value - many[place - 1])
			choice[place] = here < row[place - 1]
			row[place] = here if choice[place] else row[place - 1]
		best = row
		taken.append(choice)
	result, place = [], len(many)
	for choice in reversed(taken):
		while not choice[place]:
			place -= 1
		place -= 1
		result.append(place)
	return result[::-1]


def _after(days: Sequence[date], last: date) -> int:
	place = bisect_left(days, last)
	return place + 1 if place < len(days) and days[place] == last else place
