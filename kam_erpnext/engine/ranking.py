"""Customer ranking of one year against another."""

import numpy as np
import pandas as pd

from kam_erpnext.engine.pareto import ordered_values

STATUSES = ("Up", "Down", "Same", "New", "Lost")


def rank_movement(now: pd.Series, before: pd.Series) -> pd.DataFrame:
	"""Compare the ranking by `now` with the ranking by `before` (one number per entity each).

	Only values above zero are ranked, 1 = largest, equal values by the text of the entity. Returns a frame
	indexed by every entity of either series:

	* now, before: the values (NaN if not given)
	* rank_now, rank_before (Int64)
	* movement: rank_before - rank_now, positive = climbed; NA if new or lost
	* change: now - before; change_pct: in percent of before, NaN if before is zero, negative or unknown
	* status: Up, Down, Same, New (ranked only now), Lost (ranked only before), None (ranked in neither)

	Rows come in the order of the new ranking, then the lost ones in the order of the old one, then the rest.
	"""
	now_ordered, before_ordered = ordered_values(now), ordered_values(before)
	only_before = before_ordered.index[~before_ordered.index.isin(now_ordered.index)]
	index = now_ordered.index.append(only_before) if len(only_before) else now_ordered.index

	frame = pd.DataFrame(index=index)
	frame["now"] = now_ordered.reindex(index).astype(float)
	frame["before"] = before_ordered.reindex(index).astype(float)
	frame["rank_now"] = _ranks(now_ordered).reindex(index)
	frame["rank_before"] = _ranks(before_ordered).reindex(index)
	frame["movement"] = frame["rank_before"] - frame["rank_now"]
	frame["change"] = frame["now"] - frame["before"]
	frame["change_pct"] = 100.0 * frame["change"] / frame["before"].where(frame["before"] > 0)

	has_now, has_before = frame["rank_now"].notna().to_numpy(), frame["rank_before"].notna().to_numpy()
	movement = frame["movement"].to_numpy(dtype=float, na_value=np.nan)
	status = np.full(len(frame), None, dtype=object)
	status[has_now & ~has_before] = "New"
	status[~has_now & has_before] = "Lost"
	status[movement > 0] = "Up"
	status[movement < 0] = "Down"
	status[movement == 0] = "Same"
	frame["status"] = pd.Series(status, index=index, dtype=object)

	order = pd.DataFrame(
		{
			"now": frame["rank_now"].to_numpy(dtype=float, na_value=np.inf),
			"before": frame["rank_before"].to_numpy(dtype=float, na_value=np.inf),
			"name": pd.Series([str(entity) for entity in index], dtype=object),
		}
	).sort_values(["now", "before", "name"], kind="stable")
	return frame.iloc[order.index.to_numpy()]


def _ranks(ordered: pd.Series) -> pd.Series:
	positive = ordered[ordered > 0]
	return pd.Series(range(1, len(positive) + 1), index=positive.index, dtype="Int64")
