import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.portfolio import QUADRANTS, quadrants


def frame(*points) -> pd.DataFrame:
	return pd.DataFrame(points, columns=["attractiveness", "strength"], dtype=float)


def test_fixed_cut_lines():
	found = quadrants(
		frame((80, 70), (80, 20), (20, 70), (20, 20), (50, 50), (49.9, 50), (None, 50), (50, None))
	)
	assert list(found["quadrant"]) == [
		"Strategic",
		"Star",
		"Status",
		"Streamline",
		"Strategic",  # on both cut lines
		"Status",
		None,
		None,
	]
	assert found.attrs["cuts"] == {"attractiveness": 50.0, "strength": 50.0}


def test_own_cut_lines():
	found = quadrants(frame((60, 30)), cut_attractiveness=70, cut_strength=30)
	assert list(found["quadrant"]) == ["Status"]
	assert found.attrs["cuts"] == {"attractiveness": 70.0, "strength": 30.0}


def test_median():
	# attractiveness 10, 20, 40 (median 20), strength 5, 15, 25, 35 (median 20)
	found = quadrants(frame((10, 5), (20, 15), (40, 25), (None, 35)), method="Median")
	assert found.attrs["cuts"] == {"attractiveness": 20.0, "strength": 20.0}
	assert list(found["quadrant"]) == ["Streamline", "Star", "Strategic", None]


def test_a_rounding_residue_below_the_cut_line_is_on_it():
	assert list(quadrants(frame((49.9999999999, 60)))["quadrant"]) == ["Strategic"]


@pytest.mark.parametrize("method", ["Fixed", "Median"])
def test_empty_and_unknown(method):
	assert list(quadrants(frame(), method=method)["quadrant"]) == []
	found = quadrants(frame((None, None)), method=method)
	assert list(found["quadrant"]) == [None]
	if method == "Median":
		assert all(math.isnan(cut) for cut in found.attrs["cuts"].values())


def test_input_and_its_other_columns_stay():
	given_frame = frame((80, 70)).assign(sales=5.0)
	found = quadrants(given_frame)
	assert list(given_frame.columns) == ["attractiveness", "strength", "sales"]
	assert list(found.columns) == ["attractiveness", "strength", "sales", "quadrant"]


def test_mistakes():
	with pytest.raises(ValueError, match="Choose one of: Fixed, Median"):
		quadrants(frame(), method="Mean")
	with pytest.raises(ValueError, match="needs the column strength"):
		quadrants(pd.DataFrame({"attractiveness": [1.0]}))


@given(
	st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=15),
	st.sampled_from(["Fixed", "Median"]),
)
def test_every_known_point_is_in_one_quadrant_and_high_lies_above_low(points, method):
	found = quadrants(frame(*points), method=method)
	assert found["quadrant"].isin(QUADRANTS).all()
	high = found["quadrant"].isin(["Strategic", "Star"])
	if high.any() and (~high).any():
		assert found.loc[high, "attractiveness"].min() >= found.loc[~high, "attractiveness"].max() - 1e-8
	if method == "Median" and len(points):
		assert high.sum() >= len(points) / 2
