"""Improvement potential: how far accounts are from the best of every criterion, and where most of it lies.

Index = Σ weight * (100 - points) ÷ Σ weight over the criteria that are answered = 100 less the score. A criterion that is not
answered is left out and told by the answered share; it is never taken as 0 points.
"""

import pandas as pd

LINE_COLUMNS = ("unit", "criterion", "weight", "points")


def lines(scores: pd.DataFrame) -> pd.DataFrame:
	"""`scores` (unit, criterion, weight, points 0 to 100 or NaN) completed by `gap` (100 less points) and `gain`.

	Gain is what the criterion adds to the index of its unit: the gains of a unit add up to its index. Both are NaN where
	nothing is answered. Raises ValueError for points outside 0 to 100 or a negative weight.
	"""
	result = scores.copy()
	for name in ("weight", "points"):
		result[name] = result[name].astype(float)
	if (result["weight"] < 0).any():
		raise ValueError("A weight must not be below 0.")
	known = result["points"].dropna()
	if ((known < -1e-6) | (known > 100 + 1e-6)).any():
		raise ValueError("Points must lie between 0 and 100.")
	answered = result["weight"].where(result["points"].notna(), 0.0)
	total = answered.groupby(result["unit"]).transform("sum")
	result["gap"] = (100.0 - result["points"]).clip(0, 100)
	result["gain"] = (answered * result["gap"] / total).where((total > 0) & result["points"].notna())
	return result


def units(found: pd.DataFrame) -> pd.DataFrame:
	"""From `lines`: per unit `index` (0 nothing to improve, 100 everything; NaN without an answer), `answered` (percent of the
	weight) and `main` (criterion with the largest gain, None when nothing can be gained).
	"""
	rows = {}
	for unit, group in found.groupby("unit", sort=False):
		known = group[group["gain"].notna()]
		weight = group["weight"].sum()
		best = known.sort_values(["gain", "criterion"], ascending=[False, True]).iloc[:1]
		rows[unit] = {
			"index": known["gain"].sum() if len(known) else float("nan"),
			"answered": 100.0 * known["weight"].sum() / weight if weight > 0 else float("nan"),
			"main": best["criterion"].iloc[0] if len(best) and best["gain"].iloc[0] > 0 else None,
		}
	result = pd.DataFrame.from_dict(rows, orient="index", columns=["index", "answered", "main"])
	result["main"] = pd.Series({unit: row["main"] for unit, row in rows.items()}, dtype=object)
	return result.astype({"index": float, "answered": float})


def criteria(found: pd.DataFrame) -> pd.DataFrame:
	"""From `lines`: per criterion `gap` (mean over the units where it is answered), `gain` (mean) and `units`, the largest
	gap first.
	"""
	known = found[found["gap"].notna()]
	grouped = known.groupby("criterion")
	result = pd.DataFrame(
		{"gap": grouped["gap"].mean(), "gain": grouped["gain"].mean(), "units": grouped["unit"].nunique()}
	)
	order = sorted(result.index, key=lambda name: (-result.at[name, "gap"], name))
	return result.reindex(order)
