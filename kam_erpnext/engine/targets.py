"""Targets spread over the months of a plan, to the cent, and what of them is due by a day.

A target belongs to a period of days. Every month of the period gets its part by weight: the percentage of the month
in ERPNext's Monthly Distribution times the share of its days that lie inside the period, or without a distribution
the number of its days inside the period. What is due by a day are the months wholly past and of the running month
the share of its days (`domain`: YTD target = target x share of the distribution to date).
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from kam_erpnext.engine.periods import Period


def months_of(period: Period) -> list[date]:
	"""First days of the months touched by the period, in order."""
	months = []
	month = period.start.replace(day=1)
	while month < period.end:
		months.append(month)
		month = _next_month(month)
	return months


def spread(
	total: Decimal | float | int,
	period: Period,
	percentages: Mapping[int, float] | None = None,
	digits: int = 2,
) -> dict[date, Decimal]:
	"""Shares out `total` over the months of the period; the parts add up to it exactly.

	`total` is an amount or a quantity; it is first rounded to `digits` decimals. `percentages` are those of a Monthly
	Distribution, 1 = January to 12 = December; a month that is not named has 0. They need not add up to 100, because
	a plan of six months uses only six of them. What is left over by rounding goes to the months with the largest
	remainders, at a tie to the earlier month.

	Returns one entry per month of `months_of`, keyed by its first day. Raises ValueError for a negative total or
	percentage, and when all weights are 0.
	"""
	units = int(_rounded(total, digits).scaleb(digits))
	if units < 0:
		raise ValueError(f"A target cannot be negative: {total}.")
	months = months_of(period)
	weights = [_weight(month, period, percentages) for month in months]
	whole = sum(weights)
	if not whole:
		raise ValueError(f"The distribution has no percentage for any month from {period}.")
	exact = [units * weight / whole for weight in weights]
	shares = [int(part) for part in exact]
	rests = [part - share for part, share in zip(exact, shares, strict=True)]
	order = sorted(
		range(len(months)), key=lambda index: -rests[index]
	)  # stable: the earlier month comes first
	for index in order[: units - sum(shares)]:
		shares[index] += 1
	return {month: Decimal(share).scaleb(-digits) for month, share in zip(months, shares, strict=True)}


def to_date(monthly: Mapping[date, Decimal], period: Period, day: date) -> Decimal:
	"""What is due from the first day of the period to the end of `day`.

	`monthly` is the result of `spread` for the same period. Months wholly past count in full, the running month by
	the share of its days inside the period, rounded like the parts. 0 before the period, everything from its last day
	on; never falls from one day to the next.
	"""
	due = Decimal(0)
	for month, amount in monthly.items():
		inside = _days_inside(month, period)
		past = _days_inside(month, period, until=day + timedelta(days=1))
		if inside and past == inside:
			due += amount
		elif past:
			part = amount * past / inside
			due += part.quantize(Decimal(1).scaleb(amount.as_tuple().exponent), ROUND_HALF_UP)
	return due


def elapsed_share(period: Period, day: date) -> float:
	"""Share of the days of the period that are over at the end of `day`, 0 to 1."""
	days = (min(day + timedelta(days=1), period.end) - period.start).days
	return max(days, 0) / period.days


def required_run_rate(target: float | None, actual: float | None, period: Period, day: date) -> float | None:
	"""What must be sold on each of the days left after `day` to reach the target: gap / remaining days.

	0 once the target is reached. None when target or actual are not known, or when no day is left.
	"""
	remaining = (period.end - day).days - 1
	if target is None or actual is None:
		return None
	if actual >= target:
		return 0.0
	return (target - actual) / min(remaining, period.days) if remaining > 0 else None


def _rounded(number: Decimal | float | int, digits: int) -> Decimal:
	number = number if isinstance(number, Decimal) else Decimal(str(number))
	return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _weight(month: date, period: Period, percentages: Mapping[int, float] | None) -> Fraction:
	days = _days_inside(month, period)
	if percentages is None:
		return Fraction(days)
	percentage = Fraction(str(percentages.get(month.month) or 0))
	if percentage < 0:
		raise ValueError(
			f"The percentage of month {month.month} cannot be negative: {percentages[month.month]}."
		)
	return percentage * Fraction(days, monthrange(month.year, month.month)[1])


def _days_inside(month: date, period: Period, until: date | None = None) -> int:
	"""Days of the month inside the period and before `until`."""
	end = min(_next_month(month), period.end)
	if until:
		end = min(end, until)
	return max((end - max(month, period.start)).days, 0)


def _next_month(month: date) -> date:
	return date(month.year + month.month // 12, month.month % 12 + 1, 1)
