"""What customers would have earned without key account work: the baseline of its return.

* Prior Year: the CM2 of the same number of days a year before.
* Growth of Others: that CM2, grown as comparable customers outside the programme did (difference in differences): customers
  of the same customer group with business in both periods, all of them where the group has too few.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.profitability import Profit, Work, read_profit, read_work
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.customer_value import Growth, growth_of_others, shared_out
from kam_erpnext.engine.periods import Period

PRIOR_YEAR, OTHERS = "Prior Year", "Growth of Others"
# comparable customers a customer group needs, else the growth of all others is taken
MINIMUM = 5


@dataclass
class Comparison:
	"""Customers of a period and of a year before in one frame.

	`frame` has what `Profit.frame` has, and `key_account` (that the reader may see, else None), `cm2_before`,
	`net_sales_before`, `baseline` and `work` (key account work shared out by net sales). `unshared` is work of accounts
	without customers.
	"""

	frame: pd.DataFrame
	now: Profit
	work: Work
	before: Period
	baseline: str
	growth: Mapping[str | None, Growth] = field(default_factory=dict)
	unshared: float = 0.0


def compare(
	filters: SalesFilters, period: Period, baseline: str = PRIOR_YEAR, tree: pd.DataFrame | None = None
) -> Comparison:
	"""Profit and loss of the period with baseline and key account work; `tree` holds the accounts that count."""
	tree = accounts.accounts(filters.user) if tree is None else tree
	earlier = period.previous_year()
	now, before = read_profit(filters, period), read_profit(filters, earlier)
	names = now.frame.index.union(before.frame.index)
	frame = now.frame.reindex(names)
	for name in ("customer_name", "customer_group", "territory", "market_segment"):
		frame[name] = frame[name].where(frame[name].notna(), before.frame[name].reindex(names))
	numbers = [name for name in frame.columns if frame[name].dtype.kind in "fi"]
	known = [name for name in numbers if not now.partial or name not in ("serving", "cm2")]
	frame[known] = frame[known].fillna(0.0)
	for name in ("cm2", "net_sales"):
		frame[f"{name}_before"] = before.frame[name].reindex(names).fillna(0.0)
	own = accounts.own_members().drop_duplicates("customer").set_index("customer")["key_account"]
	account = own.reindex(names)
	frame["key_account"] = account.where(account.isin(tree["key_account"])).astype(object)
	result = Comparison(frame, now, read_work(filters.company, period, filters.user), earlier, baseline)
	result.work.frame = result.work.frame[result.work.frame.index.isin(tree["key_account"])]
	_share_work(result, filters, period)
	_set_baseline(result, filters, period, own)
	return result


def _share_work(result: Comparison, filters: SalesFilters, period: Period) -> None:
	"""Work of an account by the net sales of all its customers that the reader may see, whatever the filters show."""
	costs = result.work.frame["spent"].rename_axis("account").rename("cost").reset_index()
	result.frame["work"] = 0.0
	if not len(costs):
		return
	members = accounts.consolidated_members().rename(columns={"key_account": "account"})
	everything = SalesFilters(filters.company, filters.source, user=filters.user)
	sold = sales.net_sales(everything, period).set_index("customer")["net_sales"]
	seen = sold.reindex(sold.index.union(result.frame.index)).fillna(0.0)
	shared, result.unshared = shared_out(costs, members, seen)
	result.frame["work"] = shared.reindex(result.frame.index).fillna(0.0)


def _set_baseline(result: Comparison, filters: SalesFilters, period: Period, own: pd.Series) -> None:
	frame = result.frame
	frame["baseline"] = frame["cm2_before"]
	if result.baseline != OTHERS or frame.empty:
		return
	now, before = result.now, None
	if filters.customers:  # the others are outside of what is shown
		wide = replace(filters, customers=())
		now, before = read_profit(wide, period), read_profit(wide, result.before)
	cm2_now = now.frame["cm2"]
	cm2_before = before.frame["cm2"] if before else _known_before(frame)
	group = now.frame["customer_group"]
	names = [name for name in cm2_now.index if name not in own.index]
	others = pd.DataFrame(
		{
			"group": group.reindex(names),
			"before": cm2_before.reindex(names),
			"now": cm2_now.reindex(names),
		}
	)
	groups = frame["customer_group"].astype(object).where(frame["customer_group"].notna(), None)
	result.growth = growth_of_others(others, list(groups), MINIMUM)
	percent = pd.Series(
		[
			result.growth[name].percent if result.growth[name].percent is not None else float("nan")
			for name in groups
		],
		index=frame.index,
		dtype=float,
	)
	frame["baseline"] = frame["cm2_before"] * (1 + percent / 100.0)


def _known_before(frame: pd.DataFrame) -> pd.Series:
	"""CM2 of a year before of those who had business then."""
	return frame["cm2_before"].where((frame["cm2_before"] != 0) | (frame["net_sales_before"] != 0))
