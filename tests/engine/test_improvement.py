"""Improvement potential: worked by hand, and what always holds."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.improvement import criteria, lines, units

NAN = float("nan")


def frame(*rows):
	return pd.DataFrame(rows, columns=["unit", "criterion", "weight", "points"])


def test_by_hand():
	found = lines(
		frame(
			("A", "Revenue", 60, 80),
			("A", "Relationship", 20, 10),
			("A", "Price", 20, NAN),
			("B", "Revenue", 60, 100),
			("B", "Relationship", 20, 100),
			("C", "Revenue", 60, NAN),
		)
	)
	# A: (60 * 20 + 20 * 90) / 80
	by_unit = units(found)
	assert by_unit.loc["A", "index"] == pytest.approx(37.5)
	assert by_unit.loc["A", "answered"] == 80 and by_unit.loc["A", "main"] == "Relationship"
	assert by_unit.loc["B", "index"] == 0 and by_unit.loc["B", "main"] is None
	assert by_unit.loc["C", ["index", "answered"]].isna().tolist() == [True, False]
	assert found["gain"].tolist()[:2] == [15, 22.5]
	by_criterion = criteria(found)
	assert by_criterion.index.tolist() == ["Relationship", "Revenue"]
	assert by_criterion["gap"].tolist() == [45, 10] and by_criterion["units"].tolist() == [2, 2]


def test_what_is_no_score_is_refused():
	with pytest.raises(ValueError, match="between 0 and 100"):
		lines(frame(("A", "Revenue", 1, 101)))
	with pytest.raises(ValueError, match="weight"):
		lines(frame(("A", "Revenue", -1, 10)))
	assert units(lines(frame())).empty


SCORES = st.lists(
	st.tuples(
		st.sampled_from("ABC"),
		st.sampled_from(["x", "y", "z"]),
		st.floats(1, 100),
		st.one_of(st.floats(0, 100), st.just(NAN)),
	),
	max_size=9,
	unique_by=lambda row: row[:2],
)


@given(SCORES)
def test_the_gains_of_a_unit_are_its_index_whatever_the_order(rows):
	found = lines(frame(*rows))
	again = units(lines(frame(*reversed(rows))))
	by_unit = units(found)
	for unit, row in by_unit.iterrows():
		if row["index"] == row["index"]:
			assert 0 <= row["index"] <= 100 + 1e-9
			gains = found.loc[found["unit"] == unit, "gain"].sum()
			assert gains == pytest.approx(row["index"])
			assert again.loc[unit, "index"] == pytest.approx(row["index"])
