"""Scorecard, health, freshness, alarms and retention: examples by hand, and what always holds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.score_measures import CATALOGUE, DATED, DOCUMENTS, UNITS
from kam_erpnext.engine.scorecard import (
	CUSTOMER,
	FINANCIAL,
	PERSPECTIVES,
	Measure,
	OrderGap,
	Retention,
	band,
	by_perspective,
	completeness,
	ends_soon,
	freshness,
	gaps,
	health,
	improvement_potential,
	order_gap,
	points,
	retention,
	rhythm,
	sales_drop,
	score,
)

TODAY = date(2026, 11, 20)


def line(key, weight, value, worst=0.0, best=100.0, perspective=FINANCIAL):
	return Measure(key, perspective, weight, value, worst, best)


def test_points_between_worst_and_best():
	assert points(25, 0, 50) == 50 and points(-5, 0, 50) == 0 and points(80, 0, 50) == 100
	assert points(10, 45, 0) == pytest.approx(100 * 35 / 45)  # days of delay: less is better
	assert points(None, 0, 1) is None
	with pytest.raises(ValueError, match="differ"):
		points(1, 2, 2)


def test_the_score_is_over_what_is_known():
	found = score([line("growth", 30, 80), line("margin", 10, 40), line("satisfaction", 60, None)])
	assert found.value == pytest.approx((30 * 80 + 10 * 40) / 40)
	assert found.answered == 40
	assert [(point.key, point.share) for point in found.points] == [
		("growth", pytest.approx(60)),
		("margin", pytest.approx(10)),
		("satisfaction", None),
	]
	assert score([line("growth", 30, None)]).value is None
	assert health(found, [20]) == 50 and health(found, [200]) == 0
	assert improvement_potential(found) == 30
	# growth could give 15 more points, margin 15
	assert gaps(found) == [("growth", pytest.approx(15)), ("margin", pytest.approx(15))]


def test_perspectives_stand_by_themselves():
	found = by_perspective([line("growth", 1, 80), line("calls", 1, 20, perspective=CUSTOMER)])
	assert tuple(found) == PERSPECTIVES
	assert found[FINANCIAL].value == 80 and found[CUSTOMER].value == 20
	assert found["Process"].value is None


def test_bands():
	bounds = (("Poor", 34.0), ("Fair", 67.0), ("Good", 100.0))
	assert [band(value, bounds) for value in (0, 34, 34.1, 67, 100, None)] == [
		"Poor",
		"Poor",
		"Fair",
		"Fair",
		"Good",
		None,
	]


def test_freshness_by_hand():
	# fresh for 90 days: at 90 still 100, at 135 half, at 180 nothing; never confirmed is nothing
	assert freshness({"plan": (90, 90)}) == 100
	assert freshness({"plan": (135, 90)}) == 50
	assert freshness({"plan": (135, 90), "map": (None, 60)}) == 25
	assert freshness({}) is None


MEASURES = st.lists(
	st.builds(
		Measure,
		st.text(min_size=1, max_size=3),
		st.sampled_from(PERSPECTIVES),
		st.floats(0.1, 100),
		st.none() | st.floats(-50, 150),
		st.just(0.0),
		st.just(100.0),
	),
	max_size=8,
)


@given(MEASURES)
def test_points_and_gaps_account_for_all_of_the_score(measures):
	found = score(measures)
	if found.value is None:
		return
	assert -1e-9 <= found.value <= 100 + 1e-9
	assert found.value + sum(gap for _key, gap in gaps(found)) == pytest.approx(100)
	assert score(measures[::-1]).value == pytest.approx(found.value)


@given(MEASURES, st.integers(0, 7), st.floats(0, 50))
def test_a_better_measure_never_lowers_the_score(measures, place, more):
	if place >= len(measures) or measures[place].value is None:
		return
	better = [*measures]
	old = better[place]
	better[place] = Measure(old.key, old.perspective, old.weight, old.value + more, old.worst, old.best)
	assert score(better).value >= score(measures).value - 1e-9


# ---------------------------------------------------------------- alarms


def test_sales_that_fall():
	assert sales_drop(70, 100, 20) == 30
	assert sales_drop(85, 100, 20) is None
	assert sales_drop(0, 0, 20) is None and sales_drop(0, None, 20) is None


def test_an_order_later_than_the_own_rhythm():
	orders = [TODAY - timedelta(days=days) for days in (100, 90, 80, 70, 60)]  # every 10 days exactly
	assert order_gap(orders, TODAY) == OrderGap(60, 10, 10)
	assert order_gap(orders, TODAY - timedelta(days=50)) is None
	assert order_gap(orders[:3], TODAY) is None
	# gaps of 10 and 30: mean 20, deviation 10, limit 40
	uneven = [TODAY - timedelta(days=days) for days in (121, 111, 81, 71, 41)]
	assert order_gap(uneven, TODAY) == OrderGap(41, 20, 40)


def test_contracts_that_end():
	assert ends_soon(TODAY + timedelta(days=30), TODAY, 30)
	assert not ends_soon(TODAY + timedelta(days=31), TODAY, 30)
	assert not ends_soon(TODAY - timedelta(days=1), TODAY, 30) and not ends_soon(None, TODAY, 30)


def test_retention_by_hand():
	# 100 lost, 100 -> 60, 100 -> 150, a new customer does not count
	found = retention([(100, 0), (100, 60), (100, 150), (0, 500)])
	assert found == Retention(pytest.approx(160 / 3), pytest.approx(210 / 3), 100, 40, 50)
	assert retention([(0, 5)]) == Retention(None, None, 0, 0, 0)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=10))
def test_gross_retention_is_never_above_net_or_100(cohort):
	found = retention(cohort)
	if found.gross is not None:
		assert found.gross <= 100 + 1e-9 and found.gross <= found.net + 1e-9


# ---------------------------------------------------------------- rhythm, completeness, catalogue


def test_rhythm_is_told_whether_it_alarms_or_not():
	orders = [TODAY - timedelta(days=days) for days in (110, 80, 50, 20)]
	found = rhythm(orders, TODAY)
	assert (found.days, found.usual, found.limit, found.unusual) == (20, 30, 30, False)
	assert rhythm(orders, TODAY + timedelta(days=11)).unusual
	assert rhythm(orders[:3], TODAY) is None
	assert rhythm(reversed(orders), TODAY) == rhythm([*orders, orders[0]], TODAY) == found


def test_completeness_is_the_mean_of_its_parts():
	assert completeness([100, 0, 50]) == 50
	assert completeness([]) is None


def test_the_catalogue_holds_what_it_promises():
	assert len({measure.label for measure in CATALOGUE.values()}) == len(CATALOGUE)
	for key, measure in CATALOGUE.items():
		assert key == measure.key and measure.worst != measure.best and measure.weight > 0
		assert measure.perspective in PERSPECTIVES and measure.unit in UNITS
		assert measure.description.endswith(".")
	assert {measure.perspective for measure in CATALOGUE.values()} == set(PERSPECTIVES)
	# health of a past month end is what the night would have said
	assert DOCUMENTS <= DATED
