"""Portfolio matrix: account attractiveness against relative business strength."""

import numpy as np
import pandas as pd

FIXED = "Fixed"
MEDIAN = "Median"
METHODS = (FIXED, MEDIAN)

STRATEGIC = "Strategic"
STAR = "Star"
STATUS = "Status"
STREAMLINE = "Streamline"
QUADRANTS = (STRATEGIC, STAR, STATUS, STREAMLINE)

DECIMALS = 9


def quadrants(
	frame: pd.DataFrame,
	cut_attractiveness: float = 50.0,
	cut_strength: float = 50.0,
	method: str = FIXED,
) -> pd.DataFrame:
	"""Quadrant of every entity in the portfolio matrix.

	`frame` has the columns attractiveness and strength (0..100, NaN = unknown). A value on the cut line is
	high. Strategic = high / high, Star = high attractiveness / low strength, Status = low attractiveness /
	high strength, Streamline = low / low, None if either is unknown.
	Method "Fixed" uses the cut lines given; "Median" uses the median of the known values on each axis.
	Returns a copy with the column quadrant; `.attrs["cuts"]` holds the cut lines used as
	{"attractiveness": ..., "strength": ...} (NaN for the median of nothing).
	"""
	if method not in METHODS:
		raise ValueError(f"Unknown method {method!r}. Choose one of: {', '.join(METHODS)}.")
	missing = [name for name in ("attractiveness", "strength") if name not in frame.columns]
	if missing:
		raise ValueError(f"The portfolio needs the column {missing[0]}.")
	attractiveness = _numbers(frame["attractiveness"])
	strength = _numbers(frame["strength"])
	if method == MEDIAN:
		cut_attractiveness, cut_strength = _median(attractiveness), _median(strength)

	high_attractiveness = np.round(attractiveness, DECIMALS) >= np.round(cut_attractiveness, DECIMALS)
	high_strength = np.round(strength, DECIMALS) >= np.round(cut_strength, DECIMALS)
	name = np.where(
		high_attractiveness,
		np.where(high_strength, STRATEGIC, STAR),
		np.where(high_strength, STATUS, STREAMLINE),
	).astype(object)
	name[np.isnan(attractiveness) | np.isnan(strength)] = None

	result = frame.copy()
	result["quadrant"] = pd.Series(name, index=frame.index, dtype=object)
	result.attrs["cuts"] = {"attractiveness": float(cut_attractiveness), "strength": float(cut_strength)}
	return result


def _numbers(column: pd.Series) -> np.ndarray:
	return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)


def _median(values: np.ndarray) -> float:
	known = values[~np.isnan(values)]
	return float(np.median(known)) if len(known) else float("nan")
