import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.ranking import STATUSES, rank_movement

values = st.dictionaries(
	st.text("abcdef", min_size=1, max_size=3), st.one_of(st.integers(-50, 200), st.none()), max_size=15
)
OPPOSITE = {"Up": "Down", "Down": "Up", "Same": "Same", "New": "Lost", "Lost": "New", None: None}


def series(entries: dict) -> pd.Series:
	return pd.Series(
		[math.nan if value is None else float(value) for value in entries.values()],
		index=pd.Index(list(entries), dtype=object),
		dtype=float,
	)


def test_by_hand():
	now = pd.Series({"a": 100.0, "b": 300, "c": 200, "new": 50, "gone": 0, "never": 0})
	before = pd.Series({"a": 400.0, "b": 100, "c": 200, "gone": 150, "absent": 120, "never": -3})
	frame = rank_movement(now, before)
	# now: b 300, c 200, a 100, new 50. before: a 400, c 200, gone 150, absent 120, b 100
	assert list(frame.index) == ["b", "c", "a", "new", "gone", "absent", "never"]
	assert list(frame["rank_now"].fillna(0)) == [1, 2, 3, 4, 0, 0, 0]
	assert list(frame["rank_before"].fillna(0)) == [5, 2, 1, 0, 3, 4, 0]
	assert list(frame.loc[["b", "c", "a"], "movement"]) == [4, 0, -2]
	assert frame.loc[["new", "gone", "absent", "never"], "movement"].isna().all()
	assert list(frame["status"]) == ["Up", "Same", "Down", "New", "Lost", "Lost", None]
	# b: 300 - 100 = 200, 200 % of 100. a: -300, -75 %. gone: -150, -100 %
	assert list(frame.loc[["b", "c", "a", "gone"], "change"]) == [200, 0, -300, -150]
	assert list(frame.loc[["b", "c", "a", "gone"], "change_pct"]) == [200, 0, -75, -100]
	# new has no value before and absent none now: unknown, not zero
	assert frame.loc[["new", "absent"], "change"].isna().all()
	# never: from -3 to 0 the change is 3, but a percentage of a negative value says nothing
	assert frame.loc["never", "change"] == 3
	assert math.isnan(frame.loc["never", "change_pct"])


def test_equal_values_keep_their_order_by_name():
	same = pd.Series({"b": 10.0, "a": 10.0})
	assert list(rank_movement(same, same)["status"]) == ["Same", "Same"]


@pytest.mark.parametrize("other", [{}, {"a": 5.0}])
def test_empty_years(other):
	nothing = pd.Series(dtype=float)
	assert list(rank_movement(nothing, pd.Series(other, dtype=float))["status"]) == ["Lost"] * len(other)
	assert list(rank_movement(pd.Series(other, dtype=float), nothing)["status"]) == ["New"] * len(other)


@given(values, values)
def test_movement_is_antisymmetric(one, two):
	there, back = rank_movement(series(one), series(two)), rank_movement(series(two), series(one))
	assert set(there.index) == set(back.index) == set(one) | set(two)
	for name in there.index:
		assert there.loc[name, "status"] == OPPOSITE[back.loc[name, "status"]]
		movement, opposite = there.loc[name, "movement"], back.loc[name, "movement"]
		assert (pd.isna(movement) and pd.isna(opposite)) or movement == -opposite


@given(values, values)
def test_ranks_are_a_numbering_and_movement_follows_from_them(one, two):
	frame = rank_movement(series(one), series(two))
	for column, given_values in (("rank_now", one), ("rank_before", two)):
		positive = sum(1 for value in given_values.values() if value is not None and value > 0)
		assert sorted(frame[column].dropna()) == list(range(1, positive + 1))
	both = frame.dropna(subset=["rank_now", "rank_before"])
	assert (both["movement"] == both["rank_before"] - both["rank_now"]).all()
	assert all(status is None or status in STATUSES for status in frame["status"])


@given(st.data(), values, values)
def test_permutation_changes_nothing(data, one, two):
	frame = rank_movement(series(one), series(two))
	other = rank_movement(
		series(one).reindex(data.draw(st.permutations(list(one)))),
		series(two).reindex(data.draw(st.permutations(list(two)))),
	)
	assert frame.astype(object).fillna("NA").to_dict() == other.astype(object).fillna("NA").to_dict()
	assert list(frame.index) == list(other.index)
