"""What a customer is worth: profit and loss down to the margin after serving him, lifetime value, return on key account work.

Sources of the formulas: activity-based cost to serve (Kaplan), customer lifetime value from an explicit forecast of each key
account (Lemmens/Vanderbiesen; Gupta/Lehmann for the constant form), return with a named baseline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

# how the rate of a driver is told: money for each piece, percent of an amount that was booked, percent interest a year on
# money that was owed (its quantity is money times days)
EACH, PERCENT, INTEREST = "each", "percent", "interest"
# cost drivers of serving a customer, and how their rates are told
DRIVERS = {
	"orders": EACH,
	"order_lines": EACH,
	"deliveries": EACH,
	"weight": EACH,
	"returns": EACH,
	"calls": EACH,
	"issues": EACH,
	"timesheets": PERCENT,
	"freight": PERCENT,
	"credit": INTEREST,
	"delay": INTEREST,
}
DAYS_OF_A_YEAR = 365.0


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


def cost_of_driver(kind: str, quantity: pd.Series, rate: pd.Series) -> pd.Series:
	"""Cost of a driver by customer: pieces * rate, amount * percent, money-days * percent a year. Raises ValueError for an
	unknown kind.
	"""
	divisors = {EACH: 1.0, PERCENT: 100.0, INTEREST: 100.0 * DAYS_OF_A_YEAR}
	if kind not in divisors:
		raise ValueError(f"Unknown kind of rate {kind!r}. Use one of: {', '.join(divisors)}.")
	return quantity.astype(float) * rate.astype(float) / divisors[kind]


def margins(frame: pd.DataFrame) -> pd.DataFrame:
	"""A frame with `net_sales, cost, serving, work` completed by `cm1, cm2, cm3`, whole columns at once.

	`cost` NaN: no margin is known; `serving` or `work` NaN: CM2 or CM3 is not known. Nothing of it becomes 0.
	"""
	result = frame.copy()
	result["cm1"] = result["net_sales"] - result["cost"]
	result["cm2"] = result["cm1"] - result["serving"]
	result["cm3"] = result["cm2"] - result["work"]
	return result


def shared_out(costs: pd.DataFrame, members: pd.DataFrame, sales: pd.Series) -> tuple[pd.Series, float]:
	"""Cost of accounts by customer, in proportion to what each customer bought, and what no customer could take.

	`costs` has `account, cost`, `members` has `account, customer` with every customer an account stands for (own and below).
	Customers who bought nothing, or returned more, take no share unless nobody of the account bought anything: then all take
	the same. The sum of both results is the sum of the costs.
	"""
	result = pd.Series(0.0, index=sales.index, dtype=float)
	left = 0.0
	inside = members[members["customer"].isin(sales.index)]
	for account, cost in costs.groupby("account")["cost"].sum().items():
		names = inside.loc[inside["account"] == account, "customer"].unique()
		if not len(names):
			left += cost
			continue
		weights = sales.reindex(names).astype(float).clip(lower=0).fillna(0.0)
		if weights.sum() <= 0:
			weights = weights + 1.0
		result.loc[names] += cost * weights / weights.sum()
	return result, left


def rolled_up(values: pd.DataFrame, parents: Mapping[str, str | None]) -> pd.DataFrame:
	"""Sums of every node of a tree: `values` is indexed by node (rows of one node are added up), `parents` names the node above.

	Nodes without any row at or below them are left out; a node that is not in `parents` stands at the top. A value that is not
	known (NaN) makes the sums above it unknown. Raises ValueError for a circle.
	"""
	own = values.groupby(level=0).sum()
	own = own.where(~values.isna().groupby(level=0).any())
	sums: dict = {}
	for node, row in zip(own.index, own.to_numpy(dtype=float), strict=True):
		seen: set[str] = set()
		while node is not None:
			if node in seen:
				raise ValueError(f"{node} lies below itself.")
			seen.add(node)
			sums[node] = sums[node] + row if node in sums else row
			node = parents.get(node) or None
	return pd.DataFrame.from_dict(sums, orient="index", columns=values.columns).astype(float)


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


@dataclass(frozen=True)
class Growth:
	"""How comparable customers grew: percent, how many they are, and whether all were taken since too few are alike."""

	percent: float | None
	peers: int
	of_all: bool = False


def growth_of_others(
	others: pd.DataFrame, groups: Sequence[str | None], minimum: int = 5
) -> dict[str | None, Growth]:
	"""Group -> growth of the margin of customers outside the programme, for each of `groups`.

	`others` has `group, before, now`, one row per customer; only those with a margin in both periods are comparable (NaN =
	no business). A group with less than `minimum` of them, or that made nothing before, takes the growth of all. None when
	all of them made nothing before.
	"""
	known = others.dropna(subset=["before", "now"])

	def grown(rows: pd.DataFrame, of_all: bool) -> Growth:
		before = float(rows["before"].sum())
		percent = 100.0 * (float(rows["now"].sum()) - before) / before if before > 0 else None
		return Growth(percent, len(rows), of_all)

	every = grown(known, True)
	result = {}
	for group in dict.fromkeys(groups):
		alike = known[known["group"] == group]
		own = grown(alike, False) if len(alike) >= minimum else every
		result[group] = own if own.percent is not None else every
	return result


def forecast_years(margin: float, count: int, growth: float, retention: float) -> list[Year]:
	"""Years that follow one with this margin: it grows by `growth` percent a year and `retention` percent stay each year.

	Raises ValueError for no year, more than 20, or a retention outside 0 to 100.
	"""
	if not 1 <= count <= 20:
		raise ValueError(f"The forecast needs 1 to 20 years, not {count}.")
	if not 0 <= retention <= 100:
		raise ValueError(f"Retention must lie between 0 and 100 percent: {retention}.")
	return [Year(margin * (1 + growth / 100.0) ** year, retention / 100.0) for year in range(1, count + 1)]
