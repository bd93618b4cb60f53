"""Incentives: the pay-out by hand, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.incentive import (
	MEASURES,
	USUAL,
	Knot,
	Line,
	attainment,
	check,
	on_course,
	payout,
	statement,
)


def test_the_usual_curve():
	assert [payout(reached, USUAL) for reached in (79.9, 80, 90, 100, 110, 120, 300)] == [
		0,
		50,
		75,
		100,
		125,
		150,
		150,
	]


def test_a_statement_by_hand():
	lines = (
		Line("margin", 50, 1000, 1100),  # 110 %: 125 % of 5,000
		Line("objectives", 30, 100, 70),  # below the curve: nothing
		Line("satisfaction", 10, 8, 8, cap=100),  # all of 1,000
		Line("wallet", 10, 40, None),  # not known
	)
	found = statement(lines, 10_000)
	assert [row.amount for row in found.lines] == [6250, 0, 1000, 0]
	assert [row.payout for row in found.lines] == [125, 0, 100, None]
	assert (found.before_cap, found.amount, found.known) == (7250, 7250, 90)
	assert statement(lines, 10_000, cap=60).amount == 6000


def test_threshold_and_cap_of_a_line():
	assert statement([Line("a", 100, 100, 90, threshold=95)], 1000).amount == 0
	assert statement([Line("a", 100, 100, 130, cap=120)], 1000).amount == 1200


def test_where_less_is_better():
	assert attainment(Line("delay", 100, 10, 20, lower_is_better=True)) == 50
	assert attainment(Line("delay", 100, 10, 8, lower_is_better=True)) == 125
	assert attainment(Line("delay", 100, 10, 0, lower_is_better=True)) == 200
	assert attainment(Line("sales", 100, 0, 5)) is None and attainment(Line("sales", 100, None, 5)) is None


def test_what_is_wrong_with_a_scheme():
	assert check([50, 50], USUAL) == []
	assert check([50, 40], USUAL) == ["weights"]
	assert check([100], []) == ["empty"]
	assert check([110, -10], USUAL) == ["negative"]
	assert check([100], [Knot(100, 100), Knot(100, 50)]) == ["order", "falls"]


def test_sales_alone_and_a_curve_beside_the_target():
	assert check([100], USUAL, sales=100) == ["sales"]
	assert check([50, 50], USUAL, sales=50) == []
	assert check([100], [Knot(80, 50), Knot(120, 100)]) == ["at_target"]
	assert check([100], [Knot(100, 100)]) == []


def test_objectives_on_course():
	# 40 % done after half of the time is 80 %; 90 % after half counts 100 at most: (1 * 80 + 3 * 100) / 4
	assert on_course([(1, 40, 0.5), (3, 90, 0.5)]) == 95
	assert on_course([(0, 40, 0.5), (0, 100, 1.0)]) == 90
	assert on_course([(1, -20, 1.0)]) == 0
	assert on_course([(1, 40, 0.0)]) is None and on_course([]) is None


OBJECTIVES = st.lists(
	st.tuples(st.floats(0, 100), st.floats(-50, 300), st.floats(0.01, 1)), min_size=1, max_size=6
)


@given(OBJECTIVES)
def test_objectives_are_between_nothing_and_all(objectives):
	assert -1e-9 <= on_course(objectives) <= 100 + 1e-9
	assert on_course(objectives) == pytest.approx(on_course(objectives[::-1]))


def test_measures_are_described():
	assert all(measure.unit for measure in MEASURES.values())
	assert [name for name, measure in MEASURES.items() if measure.is_sales] == ["Net Sales against Target"]


LINES = st.lists(
	st.builds(
		Line,
		st.text(max_size=3),
		st.floats(0, 100),
		st.none() | st.floats(1, 1e6),
		st.none() | st.floats(0, 1e6),
		st.floats(0, 120),
		st.none() | st.floats(0, 200),
	),
	max_size=6,
)


@given(LINES, st.floats(0, 1e5), st.none() | st.floats(0, 200))
def test_nobody_pays_back_and_the_cap_holds(lines, at_target, cap):
	found = statement(lines, at_target, cap=cap)
	assert 0 <= found.amount <= found.before_cap + 1e-9
	if cap is not None:
		assert found.amount <= at_target * cap / 100 + 1e-6
	assert sum(row.amount for row in found.lines) == pytest.approx(found.before_cap)


@given(st.floats(0, 300), st.floats(0, 300))
def test_more_never_pays_less(one, other):
	assert payout(min(one, other), USUAL) <= payout(max(one, other), USUAL) + 1e-9
