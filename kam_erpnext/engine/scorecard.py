"""Account scorecard: four perspectives, health, and what falls. Every point can be traced to the measure it came from.

Health reads documents, freshness says how old what we know is, completeness how much was filled in. They stay three numbers,
because mixing them lets diligent typing look like a healthy account.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, pstdev

FINANCIAL, CUSTOMER, PROCESS, RELATIONSHIP = PERSPECTIVES = (
	"Financial",
	"Customer",
	"Process",
	"Relationship",
)


@dataclass(frozen=True)
class Measure:
	"""A line of the scorecard: `value` None is not known; `worst` gives 0 points and `best` 100, whichever is larger."""

	key: str
	perspective: str
	weight: float
	value: float | None
	worst: float
	best: float


@dataclass(frozen=True)
class Point:
	"""What a line gives: `points` 0 to 100, its `weight` in percent of all that is known, and its `share` of the score in
	points (weight * points ÷ 100); None for a line that is not known."""

	key: str
	points: float | None
	weight: float | None
	share: float | None


@dataclass(frozen=True)
class Score:
	"""`value` 0 to 100 over answered weight, None when nothing is known; `answered` percent of the weight that is."""

	value: float | None
	answered: float
	points: tuple[Point, ...]


def points(value: float | None, worst: float, best: float) -> float | None:
	"""Place of a value between worst and best, 0 to 100, clipped. Raises ValueError when both are the same."""
	if worst == best:
		raise ValueError("The worst and the best value must differ.")
	if value is None:
		return None
	return min(max(100.0 * (value - worst) / (best - worst), 0.0), 100.0)


def score(measures: Iterable[Measure]) -> Score:
	"""Σ weight * points ÷ Σ weight over the lines that are known."""
	rows = [(row, points(row.value, row.worst, row.best)) for row in measures]
	whole = sum(row.weight for row, _points in rows)
	known = sum(row.weight for row, found in rows if found is not None)
	lines = tuple(_point(row, found, known) for row, found in rows)
	value = sum(line.share for line in lines if line.share is not None) if known > 0 else None
	return Score(value, 100.0 * known / whole if whole > 0 else 0.0, lines)


def _point(row: Measure, found: float | None, known: float) -> Point:
	if found is None or known <= 0:
		return Point(row.key, found, None, None)
	weight = 100.0 * row.weight / known
	return Point(row.key, found, weight, weight * found / 100.0)


def by_perspective(measures: Iterable[Measure]) -> dict[str, Score]:
	"""The score of each perspective by itself, in the order of PERSPECTIVES."""
	rows = [*measures]
	return {name: score([row for row in rows if row.perspective == name]) for name in PERSPECTIVES}


def health(found: Score, deductions: Iterable[float] = ()) -> float | None:
	"""Score less deductions for risks, 0 to 100; None when nothing is known."""
	return None if found.value is None else min(max(found.value - sum(deductions), 0.0), 100.0)


def band(value: float | None, bounds: Sequence[tuple[str, float]]) -> str | None:
	"""Name of the first band whose upper bound is not below the value, bounds rising."""
	if value is None:
		return None
	return next((name for name, upper in bounds if value <= upper), bounds[-1][0] if bounds else None)


def freshness(ages: Mapping[str, tuple[float | None, float]]) -> float | None:
	"""Mean over parts of (days since it was last confirmed, days it stays fresh): 100 until then, 0 at twice as old.

	A part never confirmed (None) gives 0. None when there is no part.
	"""
	if not ages:
		return None
	found = [
		0.0 if age is None or limit <= 0 else min(max(100.0 * (2 - age / limit), 0.0), 100.0)
		for age, limit in ages.values()
	]
	return sum(found) / len(found)


def completeness(parts: Iterable[float]) -> float | None:
	"""Mean of parts filled to 0 to 100 percent; None when there is no part."""
	found = [*parts]
	return sum(found) / len(found) if found else None


def improvement_potential(found: Score) -> float | None:
	"""100 less the score over answered weight: how far an account is from the best of every criterion."""
	return None if found.value is None else 100.0 - found.value


def gaps(found: Score) -> list[tuple[str, float]]:
	"""Criteria with the points of the whole score they could still give, the largest first."""
	rows = [(line.key, line.weight * (100.0 - line.points) / 100.0) for line in found.points if line.weight]
	return sorted(rows, key=lambda row: (-row[1], row[0]))


# ---------------------------------------------------------------- alarms


def sales_drop(now: float, before: float | None, threshold: float) -> float | None:
	"""Percent by which sales fell against the same days a year before, if by `threshold` percent or more; else None."""
	if not before or before <= 0:
		return None
	fall = 100.0 * (before - now) / before
	return fall if fall >= threshold else None


@dataclass(frozen=True)
class OrderGap:
	"""`days` since the last order, the `usual` gap and the `limit` beyond which it is unusual."""

	days: int
	usual: float
	limit: float

	@property
	def unusual(self) -> bool:
		"""Whether the last order is longer ago than the limit."""
		return self.days > self.limit


def rhythm(orders: Iterable[date], today: date, deviations: float = 2.0, fewest: int = 4) -> OrderGap | None:
	"""How the last order stands against the customer's own gaps; unusual beyond mean + `deviations` * standard deviation.

	None with fewer than `fewest` days with orders, which make no rhythm.
	"""
	days = sorted(set(orders))
	if len(days) < fewest:
		return None
	between = [(later - earlier).days for earlier, later in pairwise(days)]
	return OrderGap((today - days[-1]).days, mean(between), mean(between) + deviations * pstdev(between))


def order_gap(
	orders: Iterable[date], today: date, deviations: float = 2.0, fewest: int = 4
) -> OrderGap | None:
	"""The `rhythm` when the last order is unusually long ago: the alarm. None when it is not."""
	found = rhythm(orders, today, deviations, fewest)
	return found if found and found.unusual else None


def ends_soon(ends: date | None, today: date, days: int) -> bool:
	"""True if something ends within so many days; what has ended is over and no alarm."""
	return ends is not None and today <= ends <= today + timedelta(days=days)


# ---------------------------------------------------------------- retention


@dataclass(frozen=True)
class Retention:
	"""Gross and net retention in percent of the opening cohort's sales; None without any."""

	gross: float | None
	net: float | None
	lost: float
	shrunk: float
	grown: float


def retention(cohort: Iterable[tuple[float, float]]) -> Retention:
	"""Of (sales before, sales now) of the same customers, those who bought before: GRR = (base - churn - contraction) ÷ base,
	NRR with expansion added."""
	base = lost = shrunk = grown = 0.0
	for before, now in cohort:
		if before <= 0:
			continue
		base += before
		if now <= 0:
			lost += before
		elif now < before:
			shrunk += before - now
		else:
			grown += now - before
	if base <= 0:
		return Retention(None, None, 0.0, 0.0, 0.0)
	kept = base - lost - shrunk
	return Retention(100.0 * kept / base, 100.0 * (kept + grown) / base, lost, shrunk, grown)
