"""What a customer is worth: profit and loss down to the margin after serving him, lifetime value, return on key account work.

Sources of the formulas: activity-based cost to serve (Kaplan), customer lifetime value from an explicit forecast of each key
account (Lemmens/Vanderbiesen; Gupta/Lehmann for the constant form), return with a named baseline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

# cost drivers of serving a customer: quantity * rate
DRIVERS = (
	"orders", "order_lines", "deliveries", "returns", "calls", "issues", "hours", "freight", "financing",
)  # fmt: skip


@dataclass(frozen=True)
class ProfitAndLoss:
	"""From gross sales to CM3 in one currency. `cost` None: cost of goods is not known, and no margin either."""

	gross_sales: float
	discounts: float
	returns: float
	cost: float | None
	serving: Mapping[str, float] = field(default_factory=dict)
	account_work: float = 0.0

	@property
	def net_sales(self) -> float:
		"""Gross sales less discounts and returns, both given as positive amounts."""
		return self.gross_sales - self.discounts - self.returns

	@property
	def cost_to_serve(self) -> float:
		"""Sum of all drivers."""
		return sum(self.serving.values())

	@property
	def cm1(self) -> float | None:
		"""Net sales less cost of goods."""
		return None if self.cost is None else self.net_sales - self.cost

	@property
	def cm2(self) -> float | None:
		"""CM1 less the cost to serve."""
		return None if self.cm1 is None else self.cm1 - self.cost_to_serve

	@property
	def cm3(self) -> float | None:
		"""CM2 less the cost of key account work: budgets and hours of the plan."""
		return None if self.cm2 is None else self.cm2 - self.account_work

	@property
	def cost_to_serve_share(self) -> float | None:
		"""Cost to serve in percent of net sales; None without sales."""
		return 100.0 * self.cost_to_serve / self.net_sales if self.net_sales > 0 else None


def cost_to_serve(quantities: Mapping[str, float], rates: Mapping[str, float]) -> dict[str, float]:
	"""Driver -> quantity * rate, for drivers that have both; a driver without a rate is not told as 0 but left out."""
	return {
		driver: quantities[driver] * rates[driver]
		for driver in quantities
		if rates.get(driver) is not None and quantities[driver] is not None
	}


def financing(net_sales: float, days_outstanding: float, interest: float, tax: float = 0.0) -> float:
	"""Cost of the money a customer owes: net sales * (1 + tax) * days ÷ 365 * interest; tax and interest in percent a year."""
	return net_sales * (1 + tax / 100.0) * days_outstanding / 365.0 * interest / 100.0


def whale_curve(margins: pd.Series) -> pd.DataFrame:
	"""Customers by falling margin with `margin, cumulative, cumulative_share` (percent of the total), index as given.

	Above 100 % at its peak: those after it destroy what the others earn. The share is NaN when the total is not above 0.
	Unknown margins (NaN) are left out; equal ones stand in the order of their names.
	"""
	known = margins.dropna().astype(float)
	order = sorted(known.index, key=lambda name: (-known[name], str(name)))
	frame = pd.DataFrame({"margin": known.reindex(order)})
	frame["cumulative"] = frame["margin"].cumsum()
	total = float(frame["margin"].sum())
	frame["cumulative_share"] = frame["cumulative"] * 100.0 / total if total > 0 else float("nan")
	return frame


# ---------------------------------------------------------------- lifetime value


@dataclass(frozen=True)
class Year:
	"""One forecast year of a customer: margin after cost to serve, and how likely he still is one (0 to 1)."""

	margin: float
	retention: float


def lifetime_value(years: Sequence[Year], discount: float) -> float:
	"""Σ margin of year t * Π retention up to t ÷ (1 + discount)^t, t from 1 on; discount in percent a year.

	Nothing is added for the time after the last year. Raises ValueError for a retention outside 0 to 1 or a discount of
	-100 % or less.
	"""
	if discount <= -100:
		raise ValueError(f"A discount of {discount} % is not possible.")
	value, worth = 0.0, 1.0
	for number, year in enumerate(years, start=1):
		if not 0 <= year.retention <= 1:
			raise ValueError(f"Retention of year {number} must lie between 0 and 1: {year.retention}.")
		worth *= year.retention / (1 + discount / 100.0)
		value += year.margin * worth
	return value


def constant_lifetime_value(margin: float, retention: float, discount: float) -> float | None:
	"""margin * r ÷ (1 + i - r): the same margin for ever, the first one a year from now. None when r is not below 1 + i."""
	rest = 1 + discount / 100.0 - retention
	return margin * retention / rest if rest > 0 else None


@dataclass(frozen=True)
class Return:
	"""`percent` of key account cost that comes back beyond it, and after how many months it has paid for itself."""

	percent: float | None
	payback_months: float | None


def return_on_account_work(
	margin: float | None, baseline: float | None, cost: float, months: float = 12.0
) -> Return:
	"""(ΔCM - cost) ÷ cost, ΔCM = margin of the period less that of the named baseline; payback = cost ÷ (ΔCM a month).

	None where margin or baseline are not known or nothing was spent; no payback when nothing was gained.
	"""
	if margin is None or baseline is None or cost <= 0:
		return Return(None, None)
	gained = margin - baseline
	return Return(100.0 * (gained - cost) / cost, cost / (gained / months) if gained > 0 else None)


def compared_with_others(before: float, growth_of_others: float | None) -> float | None:
	"""What a customer would have made had he grown like comparable ones: margin before * (1 + their growth in percent)."""
	return None if growth_of_others is None else before * (1 + growth_of_others / 100.0)
