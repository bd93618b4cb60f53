"""Where a period will end: pace against target, run-rates, a forecast in visible parts, and how good past ones were.

Amounts and quantities are in any one unit; None stands for what is not known and is never taken as 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.targets import elapsed_share


def ratio(part: float | None, whole: float | None) -> float | None:
	"""`part` in percent of `whole`; None when one of them is not known or the whole is not above 0."""
	if part is None or whole is None or whole <= 0:
		return None
	return 100.0 * part / whole


def attainment(actual: float | None, target: float | None) -> float | None:
	"""Actual ÷ target in percent."""
	return ratio(actual, target)


def pace(actual: float | None, target_to_date: float | None) -> float | None:
	"""Actual ÷ target due by now in percent: 100 is on schedule."""
	return ratio(actual, target_to_date)


def variance(actual: float | None, target: float | None) -> float | None:
	"""Actual less target: negative is short of it."""
	return None if actual is None or target is None else actual - target


# ---------------------------------------------------------------- run-rates


def linear_run_rate(actual: float, period: Period, day: date) -> float | None:
	"""Actual ÷ elapsed days * days of the period; None before its first day is over."""
	share = elapsed_share(period, day)
	return actual / share if share > 0 else None


def seasonal_run_rate(actual: float, elapsed_seasonal_share: float | None) -> float | None:
	"""Actual ÷ the share of a usual year that lies before now (0 to 1); None without a share above 0."""
	if not elapsed_seasonal_share or elapsed_seasonal_share <= 0:
		return None
	return actual / elapsed_seasonal_share


def last_year_pace(actual: float, last_year_to_date: float | None, last_year: float | None) -> float | None:
	"""Actual * last year's whole ÷ last year's part up to the same day; None when that part is not above 0."""
	if last_year_to_date is None or last_year is None or last_year_to_date <= 0:
		return None
	return actual * last_year / last_year_to_date


def seasonal_shares(months: Mapping[tuple[int, int], float]) -> dict[int, float] | None:
	"""Calendar month (1 to 12) -> its share of a usual year, out of amounts by (year, month).

	Only years of which all twelve months are given count, each year with the same weight whatever its size; months
	below 0 count as 0. None when there is no such year with anything in it.
	"""
	years: dict[int, dict[int, float]] = {}
	for (year, month), amount in months.items():
		years.setdefault(year, {})[month] = max(float(amount), 0.0)
	shares = [
		{month: amount / whole for month, amount in year.items()}
		for year in years.values()
		if len(year) == 12 and (whole := sum(year.values())) > 0
	]
	if not shares:
		return None
	return {month: sum(year[month] for year in shares) / len(shares) for month in range(1, 13)}


# ---------------------------------------------------------------- the forecast


@dataclass(frozen=True)
class Forecast:
	"""The parts of a bottom-up forecast of one period; they never overlap.

	`invoiced`: in the period up to now. `orders`: ordered, not invoiced, due in the rest of the period. `pipeline`: open deals
	that close in the rest, weighted by probability, less what of them is ordered. `baseline`: repeat business that comes
	without a deal; None when it is switched off.
	"""

	invoiced: float = 0.0
	orders: float = 0.0
	pipeline: float = 0.0
	baseline: float | None = None

	@property
	def total(self) -> float:
		"""The sum of all parts that count."""
		return self.invoiced + self.orders + self.pipeline + (self.baseline or 0.0)

	def __add__(self, other: "Forecast") -> "Forecast":
		known = [part for part in (self.baseline, other.baseline) if part is not None]
		return Forecast(
			self.invoiced + other.invoiced,
			self.orders + other.orders,
			self.pipeline + other.pipeline,
			sum(known) if known else None,
		)


def baseline(usual_rest: float, orders: float, pipeline: float) -> float:
	"""Repeat business of the rest of a period beyond what is ordered or in a deal: never below 0.

	`usual_rest` is what customers usually buy in these days, such as their sales of the same days a year before. Orders and
	deals are a part of it and not added on top, so that nothing counts twice.
	"""
	return max(0.0, usual_rest - orders - pipeline)


def baselines(
	usual_rest: Mapping[str, float],
	orders: Mapping[str, float],
	pipeline: Mapping[str, float],
	unassigned: Sequence[tuple[Iterable[str], float]] = (),
) -> dict[str, float]:
	"""`baseline` customer by customer, so that no total depends on the level at which it is looked at.

	`unassigned` are deals that name no customer: the customers they may come from and their weighted value, which is taken
	off what is left of these customers in proportion, smallest group of customers first.
	"""
	left = {
		customer: baseline(usual, orders.get(customer, 0.0), pipeline.get(customer, 0.0))
		for customer, usual in usual_rest.items()
	}
	groups = [(sorted(set(customers) & set(left)), amount) for customers, amount in unassigned]
	for customers, amount in sorted(groups, key=lambda group: (len(group[0]), group)):
		there = sum(left[customer] for customer in customers)
		if there > 0 and amount > 0:
			kept = max(0.0, 1.0 - amount / there)
			left.update({customer: left[customer] * kept for customer in customers})
	return left


# ---------------------------------------------------------------- accuracy


@dataclass(frozen=True)
class Accuracy:
	"""How good forecasts were: `wape` and `bias` in percent of all actual sales, None without any; `forecasts` compared."""

	wape: float | None
	bias: float | None
	forecasts: int


def accuracy(pairs: Iterable[tuple[float, float]]) -> Accuracy:
	"""Of (forecast, actual): WAPE = Σ|A - F| ÷ Σ A, bias = Σ(F - A) ÷ Σ A; a positive bias forecasts too much.

	Months without sales count in the sums, which a mean of single percentages could not do.
	"""
	rows: Sequence[tuple[float, float]] = [*pairs]
	sold = sum(actual for _forecast, actual in rows)
	if sold <= 0:
		return Accuracy(None, None, len(rows))
	wrong = sum(abs(actual - forecast) for forecast, actual in rows)
	over = sum(forecast - actual for forecast, actual in rows)
	return Accuracy(100.0 * wrong / sold, 100.0 * over / sold, len(rows))
