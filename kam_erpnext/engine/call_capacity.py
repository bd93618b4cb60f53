"""Time there is for calls: working days without holidays and absences, hours without travel and office, and the load."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kam_erpnext.engine.periods import Period

MONDAY_TO_FRIDAY = frozenset(range(5))


def working_days(
	period: Period,
	weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
	holidays: Iterable[date] = (),
	absences: Iterable[tuple[date, date]] = (),
) -> list[date]:
	"""Days of a period that are worked. `weekdays` Monday = 0; an absence holds its first and its last day."""
	worked, free = frozenset(weekdays), set(holidays)
	away = [*absences]
	days = (period.start + timedelta(days=number) for number in range(period.days))
	return [
		day
		for day in days
		if day.weekday() in worked
		and day not in free
		and not any(first <= day <= last for first, last in away)
	]


def minutes_for_calls(hours: float, travel: float, office: float) -> float:
	"""Minutes of a day left for customers: hours * (1 - travel - office), the shares in percent.

	Raises ValueError when nothing is left or a share is negative.
	"""
	if hours <= 0 or travel < 0 or office < 0:
		raise ValueError("Hours must be above 0, and shares of travel and office not below 0.")
	left = 100.0 - travel - office
	if left <= 0:
		raise ValueError(f"Travel ({travel:g} %) and office ({office:g} %) leave no time for calls.")
	return hours * 60.0 * left / 100.0


@dataclass(frozen=True)
class Load:
	"""Calls and minutes required against what is possible. `percent` is the larger of both ratios, None without any
	capacity; `missing_calls` and `missing_minutes` are what does not fit."""

	calls: int
	minutes: float
	possible_calls: int
	possible_minutes: float

	@property
	def percent(self) -> float | None:
		"""The larger one of calls and minutes in percent of what is possible; None when nothing is possible."""
		if self.possible_calls <= 0 or self.possible_minutes <= 0:
			return None if self.calls else 0.0
		return 100.0 * max(self.calls / self.possible_calls, self.minutes / self.possible_minutes)

	@property
	def missing_calls(self) -> int:
		"""Calls above what is possible."""
		return max(0, self.calls - self.possible_calls)

	@property
	def missing_minutes(self) -> float:
		"""Minutes above what is possible."""
		return max(0.0, self.minutes - self.possible_minutes)

	@property
	def fits(self) -> bool:
		"""True if calls and minutes are both within what is possible."""
		return not self.missing_calls and self.missing_minutes < 0.5


def load(calls: Iterable[tuple[int, int]], days: int, calls_a_day: int, minutes_a_day: float) -> Load:
	"""Load of a number of days; `calls` are (number, minutes each)."""
	rows = [*calls]
	return Load(
		calls=sum(number for number, _minutes in rows),
		minutes=float(sum(number * minutes for number, minutes in rows)),
		possible_calls=days * calls_a_day,
		possible_minutes=days * minutes_a_day,
	)


def week_of(day: date) -> date:
	"""The Monday of its week, which belongs to one year only even where the calendar year changes."""
	return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
	"""The first day of its month."""
	return day.replace(day=1)


def load_by(
	planned: Iterable[tuple[date, int]],
	capacity: Mapping[date, tuple[int, float]],
	span: Callable[[date], date] = week_of,
) -> dict[date, Load]:
	"""Load of every week (or another span of days) with working days or calls, in order.

	`planned` are (day, minutes) of single calls, `capacity` is working day -> (calls, minutes) possible on it.
	"""
	spans: dict[date, list] = {}
	for day, (calls, minutes) in capacity.items():
		found = spans.setdefault(span(day), [0, 0.0, 0, 0.0])
		found[2] += calls
		found[3] += minutes
	for day, minutes in planned:
		found = spans.setdefault(span(day), [0, 0.0, 0, 0.0])
		found[0] += 1
		found[1] += minutes
	return {first: Load(*spans[first]) for first in sorted(spans)}


def load_by_week(
	planned: Iterable[tuple[date, int]], days: Sequence[date], calls_a_day: int, minutes_a_day: float
) -> list[tuple[date, Load]]:
	"""Load of every week with working days or calls, in order. `planned` are (day, minutes) of single calls."""
	return [*load_by(planned, dict.fromkeys(days, (calls_a_day, minutes_a_day))).items()]
