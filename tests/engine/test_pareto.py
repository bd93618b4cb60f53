import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kam_erpnext.engine.pareto import (
	abc_class,
	concentration,
	cumulative_before,
	curve,
	pareto,
	two_way_abc,
)

# Amounts in cents, so that exact arithmetic can check the result.
cents = st.integers(-1_000_000, 1_000_000_000)
amounts = st.dictionaries(
	st.text("abcdeÄ12 ", min_size=1, max_size=6), st.one_of(cents, st.just(0), st.none()), max_size=25
)


def series(entries: dict) -> pd.Series:
	return pd.Series(
		[math.nan if value is None else value / 100 for value in entries.values()],
		index=pd.Index(list(entries), dtype=object),
		dtype=float,
	)


def rows_of(frame: pd.DataFrame) -> list:
	return [
		tuple("NA" if value is not None and pd.isna(value) else value for value in row)
		for row in frame.reset_index().itertuples(index=False)
	]


class TestPareto:
	def test_by_hand(self):
		# total 1000; shares 50, 30, 12, 5, 3; before each: 0, 50, 80, 92, 97
		frame = pareto(pd.Series({"e": 30.0, "a": 500, "c": 120, "b": 300, "d": 50}))
		assert list(frame.index) == ["a", "b", "c", "d", "e"]
		assert list(frame["rank"]) == [1, 2, 3, 4, 5]
		assert list(frame["value"]) == [500, 300, 120, 50, 30]
		assert list(frame["share"]) == pytest.approx([50, 30, 12, 5, 3])
		assert list(frame["cum_share"]) == pytest.approx([50, 80, 92, 97, 100])
		assert list(frame["cum_before"]) == pytest.approx([0, 50, 80, 92, 97])
		# b starts at 50 < 80: A. c starts exactly at 80: no longer A. d starts at 92 < 95: B. e at 97: C
		assert list(frame["abc_class"]) == ["A", "A", "B", "B", "C"]

	def test_who_crosses_the_line_belongs_to_the_higher_class(self):
		# 79 before b, which crosses 80; 94 before c, which crosses 95
		frame = pareto(pd.Series({"a": 79.0, "b": 15, "c": 6}))
		assert list(frame["abc_class"]) == ["A", "A", "B"]

	def test_rounding_residue_does_not_move_a_class(self):
		# 0.1 + 0.7 is 0.7999999999999999 in binary; c starts at 80 % and is B
		frame = pareto(pd.Series({"a": 0.7, "b": 0.1, "c": 0.09, "d": 0.08, "e": 0.03}))
		assert frame.loc["c", "cum_before"] == 80.0
		assert frame.loc["c", "abc_class"] == "B"

	def test_values_not_above_zero_come_last_without_class(self):
		frame = pareto(pd.Series({"n": math.nan, "z": 0.0, "r": -20.0, "a": 10.0}))
		assert list(frame.index) == ["a", "z", "r", "n"]
		assert frame.loc["a", "share"] == 100
		assert frame.loc[["z", "r", "n"], "rank"].isna().all()
		assert frame.loc[["z", "r", "n"], ["share", "cum_share", "cum_before"]].isna().all().all()
		assert [value is None for value in frame["abc_class"]] == [False, True, True, True]

	def test_equal_values_have_the_same_class_and_are_ordered_by_name(self):
		# 40, 40, 20 of 100 with cut lines 40 and 80: nothing larger before b or a, both A
		frame = pareto(pd.Series({"b": 40.0, "a": 40.0, "c": 20.0}), cut_a=40, cut_b=80)
		assert list(frame.index) == ["a", "b", "c"]
		assert list(frame["rank"]) == [1, 2, 3]
		assert list(frame["cum_before"]) == [0, 0, 80]
		assert list(frame["cum_share"]) == pytest.approx([40, 80, 100])
		assert list(frame["abc_class"]) == ["A", "A", "C"]

	@pytest.mark.parametrize("values", [{}, {"a": 0.0}, {"a": -1.0, "b": math.nan}])
	def test_nothing_above_zero(self, values):
		frame = pareto(pd.Series(values, dtype=float))
		assert len(frame) == len(values)
		assert frame["rank"].isna().all()
		assert list(frame.columns) == ["value", "rank", "share", "cum_share", "cum_before", "abc_class"]

	def test_integers_and_nullable_values(self):
		frame = pareto(pd.Series([1, None, 3], index=["a", "b", "c"], dtype="Int64"))
		assert list(frame.index) == ["c", "a", "b"]
		assert frame.loc["c", "share"] == 75

	def test_an_entity_twice_is_refused(self):
		with pytest.raises(ValueError, match="'a' appears more than once"):
			pareto(pd.Series([1.0, 2.0], index=["a", "a"]))

	def test_infinite_values_are_refused(self):
		with pytest.raises(ValueError, match="'b' is infinite"):
			pareto(pd.Series({"a": 1.0, "b": math.inf}))

	@pytest.mark.parametrize(("cut_a", "cut_b"), [(0, 95), (95, 80), (80, 101), (-1, 5)])
	def test_cut_lines_must_rise(self, cut_a, cut_b):
		with pytest.raises(ValueError, match="cut lines must rise"):
			pareto(pd.Series({"a": 1.0}), cut_a, cut_b)

	@given(amounts)
	def test_shares_sum_to_100(self, entries):
		frame = pareto(series(entries))
		ranked = frame[frame["rank"].notna()]
		assume(len(ranked))
		assert ranked["share"].sum() == pytest.approx(100)
		assert ranked["cum_share"].iloc[-1] == 100
		by_class = ranked.groupby(ranked["abc_class"].astype(str))["share"].sum()
		assert by_class.sum() == pytest.approx(100)

	@given(st.data(), amounts)
	def test_permutation_changes_nothing(self, data, entries):
		values = series(entries)
		shuffled = values.reindex(data.draw(st.permutations(list(values.index))))
		assert rows_of(pareto(values)) == rows_of(pareto(shuffled))
		assert concentration(values) == concentration(shuffled)

	@given(amounts, st.integers(1, 99), st.integers(1, 99))
	def test_classes_fall_with_the_value_and_agree_with_exact_arithmetic(self, entries, one, two):
		cut_a, cut_b = sorted((one, two))
		frame = pareto(series(entries), cut_a, cut_b)
		ranked = {name: value for name, value in entries.items() if value is not None and value > 0}
		total = sum(ranked.values())
		assert set(frame.index[frame["rank"].notna()]) == set(ranked)
		for name, value in ranked.items():
			before = Fraction(100 * sum(other for other in ranked.values() if other > value), total)
			expected = "A" if before < cut_a else "B" if before < cut_b else "C"
			near_a_line = min(abs(before - cut_a), abs(before - cut_b)) < Fraction(1, 10**8)
			assert frame.loc[name, "abc_class"] == expected or (near_a_line and before not in (cut_a, cut_b))
		classes = [name for name in frame["abc_class"] if name is not None]
		assert classes == sorted(classes)
		if classes:
			assert classes[0] == "A"
		assert (frame["value"].dropna().diff().dropna() <= 0).all()

	@given(amounts, st.integers(2, 1000))
	def test_scaling_changes_no_class(self, entries, factor):
		values = series({name: value for name, value in entries.items() if value is not None})
		# a power of two keeps the arithmetic exact
		scaled = values * 2.0 ** (factor % 20)
		assert list(pareto(values)["abc_class"]) == list(pareto(scaled)["abc_class"])


class TestSingleClasses:
	def test_by_hand(self):
		# ranked total 100: 60 and 40; a branch worth 50 has 60 before it, a branch of 40 has 60 too
		before = cumulative_before(
			pd.Series({"branch": 50.0, "b": 40.0, "a": 60.0, "none": 0.0, "unknown": math.nan}),
			pd.Series({"a": 60.0, "b": 40.0, "returns": -5.0}),
		)
		assert before["branch"] == 60
		assert before["b"] == 60
		assert before["a"] == 0
		assert before[["none", "unknown"]].isna().all()
		assert abc_class(50.0, 60.0) == "A"
		assert abc_class(50.0, 80.0) == "B"
		assert abc_class(50.0, 95.0) == "C"
		assert abc_class(0.0, 60.0) is None
		assert abc_class(None, 60.0) is None
		assert abc_class(50.0, None) is None
		assert abc_class(math.nan, 60.0) is None

	def test_unknown_percent_has_no_class(self):
		assert abc_class(50.0, math.nan) is None

	@given(amounts)
	def test_same_as_pareto(self, entries):
		values = series(entries)
		frame = pareto(values)
		before = cumulative_before(values, values)
		for name in values.index:
			assert abc_class(values[name], before[name]) == frame.loc[name, "abc_class"]


class TestConcentration:
	def test_by_hand(self):
		# shares 50, 30, 20: HHI = 2500 + 900 + 400 = 3800; 10000 / 3800 = 2.631...
		found = concentration(
			pd.Series({"a": 20.0, "b": 50, "c": 30, "d": 0, "e": -4, "f": math.nan}), (1, 2, 5)
		)
		assert found["cr"] == pytest.approx({1: 50, 2: 80, 5: 100})
		assert found["hhi"] == pytest.approx(3800)
		assert found["effective_customers"] == pytest.approx(10000 / 3800)
		assert found["customers"] == 3
		assert found["total"] == 100
		assert found["excluded"] == 3

	def test_nothing_sold(self):
		found = concentration(pd.Series({"a": 0.0}))
		assert found == {
			"cr": {1: None, 5: None, 10: None, 20: None},
			"hhi": None,
			"effective_customers": None,
			"customers": 0,
			"total": 0.0,
			"excluded": 1,
		}

	@given(st.integers(1, 40))
	def test_equal_customers(self, count):
		found = concentration(pd.Series(7.0, index=range(count)))
		assert found["effective_customers"] == pytest.approx(count)

	@given(amounts)
	def test_bounds(self, entries):
		found = concentration(series(entries))
		assume(found["customers"])
		assert 1 - 1e-9 <= found["effective_customers"] <= found["customers"] + 1e-6
		ratios = list(found["cr"].values())
		assert (np.diff(ratios) >= -1e-9).all()
		assert ratios[-1] <= 100 + 1e-9


class TestTwoWay:
	def test_by_hand(self):
		# sales 80, 15, 5: before 0, 80, 95 -> A, B, C. margin 5, 90, - : d has margin but no sales
		frame = two_way_abc(
			pd.Series({"a": 80.0, "b": 15, "c": 5}), pd.Series({"a": 5.0, "b": 90, "d": 5, "c": -1})
		)
		assert list(frame.index) == ["a", "b", "c", "d"]
		assert list(frame["sales_class"]) == ["A", "B", "C", None]
		# margin total 100: b before 0 -> A; a and d both start at 90 < 95 -> B
		assert list(frame["margin_class"]) == ["B", "A", None, "B"]

	@given(amounts, amounts)
	def test_classes_sum_up(self, sales, margin):
		frame = two_way_abc(series(sales), series(margin))
		assert set(frame.index) == set(sales) | set(margin)
		table = pd.crosstab(frame["sales_class"].fillna("-"), frame["margin_class"].fillna("-"))
		assert int(table.to_numpy().sum()) == len(frame)
		for values, column in ((sales, "sales_class"), (margin, "margin_class")):
			positive = sum(1 for value in values.values() if value is not None and value > 0)
			assert frame[column].notna().sum() == positive
			alone = pareto(series(values))
			assert all(frame.loc[name, column] == alone.loc[name, "abc_class"] for name in alone.index)


class TestCurve:
	def test_by_hand(self):
		points = curve(pareto(pd.Series({"a": 60.0, "b": 30, "c": 10, "d": 0, "e": -5})))
		assert list(points["customers_pct"]) == pytest.approx([0, 100 / 3, 200 / 3, 100])
		assert list(points["cum_share"]) == pytest.approx([0, 60, 90, 100])

	def test_nothing_sold(self):
		points = curve(pareto(pd.Series({"a": 0.0})))
		assert points.to_dict("list") == {"customers_pct": [0.0], "cum_share": [0.0]}

	@given(amounts)
	def test_rises_ever_slower(self, entries):
		points = curve(pareto(series(entries)))
		steps = np.diff(points["cum_share"])
		assert (steps >= -1e-9).all()
		assert (np.diff(steps) <= 1e-7).all()
