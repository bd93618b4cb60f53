"""What became of calls: due and overdue, compliance, cost, and how calls and sales went together."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

PLANNED, PREPARED, MADE, MISSED, CANCELLED = "Planned", "Prepared", "Made", "Missed", "Cancelled"
# fewer accounts say nothing about how calls and sales go together
FEWEST_ACCOUNTS = 8


def due_on(last_call: date | None, interval: float) -> date | None:
	"""Last call + interval in days, rounded up; None without a call or a frequency."""
	if last_call is None or not math.isfinite(interval):
		return None
	return last_call + timedelta(days=math.ceil(interval))


def overdue_index(last_call: date | None, interval: float, today: date) -> float | None:
	"""Days since the last call ÷ interval: above 1 overdue, 2 twice as long as wanted. None when never called."""
	if last_call is None or not math.isfinite(interval) or interval <= 0:
		return None
	return (today - last_call).days / interval


@dataclass(frozen=True)
class Compliance:
	"""Calls planned up to a day and what became of them; rates in percent, None when nothing was planned."""

	planned: int
	made: int
	on_time: int
	missed: int
	open: int
	rate: float | None
	on_time_rate: float | None


def is_planned(status: str, due: date, today: date) -> bool:
	"""Whether a call counts as planned up to a day: due, or made ahead of its day, and not cancelled."""
	return status != CANCELLED and (due <= today or status == MADE)


def compliance(calls: Iterable[tuple[str, date, date | None]], today: date, grace: int = 0) -> Compliance:
	"""Made ÷ planned to date of calls as (status, due day, day it was made).

	Cancelled calls are not planned any more. On time is a call made up to `grace` days after it was due. A call made before
	its day counts as planned, so that working ahead does not lower the rate.
	"""
	planned = made = on_time = missed = waiting = 0
	for status, due, made_on in calls:
		if not is_planned(status, due, today):
			continue
		planned += 1
		if status == MADE:
			made += 1
			if made_on is not None and made_on <= due + timedelta(days=grace):
				on_time += 1
		elif status == MISSED:
			missed += 1
		else:
			waiting += 1
	return Compliance(
		planned=planned,
		made=made,
		on_time=on_time,
		missed=missed,
		open=waiting,
		rate=100.0 * made / planned if planned else None,
		on_time_rate=100.0 * on_time / planned if planned else None,
	)


@dataclass(frozen=True)
class Overdue:
	"""How customers stand against the frequencies that hold for them, one for each way of calling.

	`frequencies` counts them, `never` those without any call, `overdue` those with an index above 1; `index` is the mean
	of the known indices and None without any; `next_due` is the earliest day a call is due, past ones included.
	"""

	frequencies: int
	never: int
	overdue: int
	index: float | None
	next_due: date | None


def overdue(frequencies: Iterable[tuple[date | None, float]], today: date) -> Overdue:
	"""State of frequencies as (day of the last call made, interval in days)."""
	number = never = 0
	indices: list[float] = []
	due: list[date] = []
	for last_call, interval in frequencies:
		number += 1
		never += last_call is None
		index, day = overdue_index(last_call, interval, today), due_on(last_call, interval)
		if index is not None:
			indices.append(index)
		if day is not None:
			due.append(day)
	return Overdue(
		frequencies=number,
		never=never,
		overdue=sum(index > 1 for index in indices),
		index=sum(indices) / len(indices) if indices else None,
		next_due=min(due, default=None),
	)


@dataclass(frozen=True)
class FollowUps:
	"""What was promised and what became of it; `judged` were done, or due, on a day that is known."""

	agreed: int
	done: int
	in_time: int
	judged: int
	rate: float | None


def follow_ups(promises: Iterable[tuple[bool, date | None, date | None]], today: date) -> FollowUps:
	"""Follow-ups as (done, due day, day it was done); the rate is in time ÷ judged, in percent.

	One without a due day, or done on a day nobody knows, is in no rate; nor is an open one that is not over its day.
	"""
	agreed = done = in_time = judged = 0
	for is_done, due, done_on in promises:
		agreed += 1
		done += is_done
		if due is None or (is_done and done_on is None) or (not is_done and due >= today):
			continue
		judged += 1
		in_time += bool(is_done and done_on <= due)
	return FollowUps(agreed, done, in_time, judged, 100.0 * in_time / judged if judged else None)


def break_even_sales(cost_of_call: float, calls_to_close: float, sales_cost_share: float) -> float | None:
	"""Sales from which calls pay: cost per call * calls to close ÷ sales cost as percent of sales."""
	if sales_cost_share <= 0:
		return None
	return cost_of_call * calls_to_close / (sales_cost_share / 100.0)


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
	"""Pearson's correlation of calls and sales development; None below FEWEST_ACCOUNTS or without any variation.

	It says how far the two go together and nothing about which of them causes the other.
	"""
	if len(pairs) < FEWEST_ACCOUNTS:
		return None
	mean = [sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
	spread = [sum((pair[side] - mean[side]) ** 2 for pair in pairs) for side in (0, 1)]
	if spread[0] <= 0 or spread[1] <= 0:
		return None
	together = sum((calls - mean[0]) * (sales - mean[1]) for calls, sales in pairs)
	return max(-1.0, min(1.0, together / math.sqrt(spread[0] * spread[1])))


NO_LINK, WEAK, MODERATE, STRONG = "none", "weak", "moderate", "strong"


def link(correlation: float | None) -> str | None:
	"""A word for a correlation by its size without sign: below 0.2 none, 0.4 weak, 0.6 moderate, else strong."""
	if correlation is None:
		return None
	size = abs(correlation)
	return NO_LINK if size < 0.2 else WEAK if size < 0.4 else MODERATE if size < 0.6 else STRONG
