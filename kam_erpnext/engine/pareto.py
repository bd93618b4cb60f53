"""Pareto curve, ABC classes and concentration of sales."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

CLASSES = ("A", "B", "C")

# Percentages are compared after rounding to this many decimals, so that 79.99999999999 counts as 80.
DECIMALS = 9


def pareto(values: pd.Series, cut_a: float = 80.0, cut_b: float = 95.0) -> pd.DataFrame:
	"""Rank entities by value and give each its ABC class (Pareto / ABC analysis).

	`values`: one number per entity (index, each entity once). Cut lines in percent of the total.
	Returns a frame with the same entities as index and the columns

	* value: the number given
	* rank: 1 = largest (Int64)
	* share: own percent of the total; cum_share: together with everybody ranked before
	* cum_before: percent of the total made with larger entities; equal values have the same
	* abc_class: A if cum_before < cut_a, B if cum_before < cut_b, else C

	Who crosses a cut line belongs to the higher class, and equal values always have the same class.

	Rows are sorted by value, largest first; equal values by the text of the entity. Entities with a value of
	zero, below zero or unknown come last, have neither rank, shares nor class and are not part of the total.
	Raises ValueError for an entity given twice, an infinite value or cut lines out of order.
	"""
	_check_cuts(cut_a, cut_b)
	ordered = ordered_values(values)
	number = ordered.to_numpy(dtype=float)
	ranked = number > 0  # False for NaN
	count = int(ranked.sum())  # the ranked ones are the first `count`
	positive = number[:count]
	total = positive.sum()

	share = np.full(len(number), np.nan)
	cum_share = np.full(len(number), np.nan)
	abc = np.full(len(number), None, dtype=object)
	cum_before = cumulative_before(ordered, ordered).to_numpy()
	if count:
		share[:count] = 100.0 * positive / total
		cum_share[:count] = np.minimum(np.round(100.0 * np.cumsum(positive) / total, DECIMALS), 100.0)
		cum_share[count - 1] = 100.0
		abc[:count] = [abc_class(1.0, before, cut_a, cut_b) for before in cum_before[:count].tolist()]

	rank = pd.array([*range(1, count + 1), *[pd.NA] * (len(number) - count)], dtype="Int64")
	return pd.DataFrame(
		{
			"value": pd.Series(number, index=ordered.index),
			"rank": pd.Series(rank, index=ordered.index),
			"share": pd.Series(share, index=ordered.index),
			"cum_share": pd.Series(cum_share, index=ordered.index),
			"cum_before": pd.Series(cum_before, index=ordered.index),
			"abc_class": pd.Series(abc, index=ordered.index, dtype=object),
		},
		index=ordered.index,
	)


def concentration(values: pd.Series, tops: Sequence[int] = (1, 5, 10, 20)) -> dict:
	"""How much of the total is made with few entities (concentration ratios and Herfindahl index).

	Returns a dict:

	* cr: {n: percent of the total made with the n largest}
	* hhi: sum of squared percentages, above 0 to 10,000 (one customer only)
	* effective_customers: 10,000 / hhi, the number of equally large customers with the same concentration
	* customers: entities with a value above zero; total: their sum
	* excluded: entities left out because the value is zero, below zero or unknown

	cr, hhi and effective_customers are None when nothing has a value above zero.
	"""
	ordered = ordered_values(values)
	number = ordered.to_numpy(dtype=float)
	positive = number[number > 0]
	total = float(positive.sum())
	summary = {
		"cr": {int(top): None for top in tops},
		"hhi": None,
		"effective_customers": None,
		"customers": len(positive),
		"total": total,
		"excluded": len(number) - len(positive),
	}
	if not len(positive):
		return summary
	share = 100.0 * positive / total
	summary["cr"] = {int(top): 100.0 if top >= len(share) else float(share[: int(top)].sum()) for top in tops}
	summary["hhi"] = float((share**2).sum())
	summary["effective_customers"] = 10_000.0 / summary["hhi"]
	return summary


def two_way_abc(
	sales: pd.Series, margin: pd.Series, cut_a: float = 80.0, cut_b: float = 95.0
) -> pd.DataFrame:
	"""ABC class by sales and by margin side by side (two-way ABC analysis).

	Returns a frame indexed by every entity of either series, in the order of the sales ranking, with
	sales_class and margin_class (None where an entity has no value above zero in that series).
	"""
	by_sales = pareto(sales, cut_a, cut_b)
	by_margin = pareto(margin, cut_a, cut_b)
	only_margin = by_margin.index[~by_margin.index.isin(by_sales.index)]
	index = by_sales.index.append(only_margin) if len(only_margin) else by_sales.index
	return pd.DataFrame(
		{
			"sales_class": _aligned_classes(by_sales, index),
			"margin_class": _aligned_classes(by_margin, index),
		},
		index=index,
	)


def curve(pareto_frame: pd.DataFrame) -> pd.DataFrame:
	"""Points of the Pareto curve: columns customers_pct and cum_share, both percent, starting at (0, 0).

	`pareto_frame` is the result of `pareto`. Only ranked entities are on the curve; without any, the curve is
	the single point (0, 0).
	"""
	ranked = pareto_frame[pareto_frame["rank"].notna()].sort_values("rank")
	count = len(ranked)
	customers_pct = np.arange(count + 1) * 100.0 / max(count, 1)
	cum_share = np.concatenate([[0.0], ranked["cum_share"].to_numpy(dtype=float)])
	return pd.DataFrame({"customers_pct": customers_pct, "cum_share": cum_share})


def abc_class(
	value: float | None, cumulative_before: float | None, cut_a: float = 80.0, cut_b: float = 95.0
) -> str | None:
	"""Class of one entity from the percent of the total made with larger ones.

	The same rule as `pareto`: the entity that crosses a cut still belongs to the higher class. None if the
	value is not above zero, or value or percent are unknown.
	"""
	_check_cuts(cut_a, cut_b)
	if value is None or cumulative_before is None or not value > 0 or np.isnan(cumulative_before):
		return None
	return "A" if cumulative_before < cut_a else "B" if cumulative_before < cut_b else "C"


def cumulative_before(values: pd.Series, ranked: pd.Series) -> pd.Series:
	"""Percent of the total of `ranked` made with entities larger than each of `values`, index of `values`.

	`ranked` holds what is counted once (accounts at the top of their tree and customers without account);
	`values` may hold more, such as accounts below them. Values that are not positive or unknown count for
	nothing and get NaN.
	"""
	positive = _floats(ranked)
	positive = np.sort(positive[positive > 0])
	number = _floats(values)
	share = np.full(len(number), np.nan)
	known = number > 0
	if len(positive):
		up_to = np.concatenate([[0.0], np.cumsum(positive)])
		larger = up_to[-1] - up_to[np.searchsorted(positive, number[known], side="right")]
		share[known] = np.round(100.0 * larger / up_to[-1], DECIMALS)
	return pd.Series(share, index=values.index)


def ordered_values(values: pd.Series) -> pd.Series:
	"""The values as floats, largest first, equal ones by the text of their entity, unknown ones last.

	Raises ValueError if an entity appears twice or a value is infinite.
	"""
	number = pd.Series(_floats(values), index=values.index, name=values.name)
	if not number.index.is_unique:
		twice = number.index[number.index.duplicated()][0]
		raise ValueError(f"{twice!r} appears more than once; add its values up first.")
	if np.isinf(number.to_numpy()).any():
		culprit = number.index[np.isinf(number.to_numpy())][0]
		raise ValueError(f"The value of {culprit!r} is infinite.")
	names = np.array([str(entity) for entity in number.index], dtype=object)
	by_name = np.argsort(names, kind="stable") if len(names) else np.array([], dtype=int)
	by_value = np.argsort(-number.to_numpy()[by_name], kind="stable")  # NaN sorts last
	return number.iloc[by_name[by_value]]


def _floats(values: pd.Series) -> np.ndarray:
	return pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)


def _aligned_classes(frame: pd.DataFrame, index: pd.Index) -> pd.Series:
	known = dict(zip(frame.index, frame["abc_class"], strict=True))
	return pd.Series([known.get(entity) for entity in index], index=index, dtype=object)


def _check_cuts(cut_a: float, cut_b: float) -> None:
	if not 0 < cut_a <= cut_b <= 100:
		raise ValueError(
			f"The ABC cut lines must rise from above 0 to at most 100 percent; found {cut_a} and {cut_b}."
		)
