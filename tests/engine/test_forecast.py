"""Forecast, run-rates and accuracy: examples computed by hand, and what always holds."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.forecast import (
	Accuracy,
	Forecast,
	accuracy,
	attainment,
	baseline,
	baselines,
	last_year_pace,
	linear_run_rate,
	pace,
	ratio,
	seasonal_run_rate,
	seasonal_shares,
	variance,
)
from kam_erpnext.engine.periods import Period

AMOUNTS = st.floats(0, 1e9, allow_nan=False)


def test_attainment_pace_and_variance():
	assert attainment(90, 120) == 75
	assert pace(90, 60) == 150
	assert variance(90, 120) == -30
	assert attainment(None, 120) is None and pace(90, None) is None and variance(None, 1) is None
	assert ratio(5, 0) is None and ratio(5, -1) is None


def test_run_rates():
	quarter = Period(date(2026, 1, 1), date(2026, 4, 1))  # 90 days
	assert linear_run_rate(300, quarter, date(2026, 1, 30)) == pytest.approx(900)  # 30 of 90 days
	assert linear_run_rate(300, quarter, date(2025, 12, 31)) is None
	assert seasonal_run_rate(300, 0.25) == 1200
	assert seasonal_run_rate(300, 0) is None and seasonal_run_rate(300, None) is None
	assert last_year_pace(300, 200, 1000) == 1500
	assert last_year_pace(300, 0, 1000) is None and last_year_pace(300, None, 1000) is None


def test_each_year_counts_alike_in_the_seasonal_shares():
	small = {(2024, month): 2.0 if month == 12 else 1.0 for month in range(1, 13)}  # 13 in all
	large = {(2025, month): 100.0 for month in range(1, 13)}
	half = {(2026, month): 999.0 for month in range(1, 7)}  # not a whole year
	shares = seasonal_shares({**small, **large, **half})
	assert shares[12] == pytest.approx((2 / 13 + 1 / 12) / 2)
	assert shares[1] == pytest.approx((1 / 13 + 1 / 12) / 2)
	assert sum(shares.values()) == pytest.approx(1)
	assert seasonal_shares(half) is None


def test_the_parts_of_a_forecast_stay_visible():
	north = Forecast(invoiced=100, orders=20, pipeline=5, baseline=10)
	south = Forecast(invoiced=50)
	assert (north.total, south.total) == (135, 50)
	both = north + south
	assert both == Forecast(150, 20, 5, 10) and both.total == 185
	assert (south + south).baseline is None


def test_repeat_business_is_not_added_on_top_of_orders_and_deals():
	assert baseline(100, 30, 20) == 50
	assert baseline(100, 90, 20) == 0


def test_accuracy_by_hand():
	# (forecast, actual): wrong by 10, 20 and 5 of 200 sold; in all 25 too much
	assert accuracy([(110, 100), (120, 100), (-5, 0)]) == Accuracy(17.5, 12.5, 3)
	assert accuracy([(10, 0)]) == Accuracy(None, None, 1)
	assert accuracy([]) == Accuracy(None, None, 0)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1))
def test_the_bias_is_never_larger_than_the_error(pairs):
	found = accuracy(pairs)
	if found.wape is not None:
		assert abs(found.bias) <= found.wape * (1 + 1e-9) + 1e-9
		assert accuracy(pairs[::-1]).wape == pytest.approx(found.wape)


@given(st.builds(Forecast, AMOUNTS, AMOUNTS, AMOUNTS, st.none() | AMOUNTS), AMOUNTS, AMOUNTS)
def test_a_forecast_adds_up_and_its_baseline_only_fills_up(forecast, usual, more):
	assert forecast.total >= forecast.invoiced
	rest = baseline(usual, forecast.orders, forecast.pipeline)
	assert rest >= 0
	assert forecast.orders + forecast.pipeline + rest >= usual * (1 - 1e-9) - 1e-6
	assert baseline(usual + more, forecast.orders, forecast.pipeline) >= rest


def test_baselines_customer_by_customer():
	usual, orders, deals = {"a": 100, "b": 50, "c": 10}, {"a": 30}, {"b": 80, "d": 5}
	assert baselines(usual, orders, deals) == {"a": 70, "b": 0, "c": 10}
	# 40 of a deal that names no customer are half of what is left of a and c
	assert baselines(usual, orders, deals, [(["a", "b", "c"], 40)]) == pytest.approx(
		{"a": 35, "b": 0, "c": 5}
	)
	assert baselines(usual, orders, deals, [(["c"], 4), (["a", "c"], 1000)]) == {"a": 0, "b": 0, "c": 0}
	assert baselines({}, orders, deals, [(["a"], 3)]) == {}


PARTS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 100), max_size=4)
LOOSE = st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.integers(0, 200)), max_size=2)


@given(PARTS, PARTS, PARTS, LOOSE, st.sampled_from("abcd"))
def test_hiding_a_customer_or_a_deal_never_raises_the_forecast(usual, orders, deals, loose, hidden):
	def forecast(usual, orders, deals, loose):
		parts = [*orders.values(), *deals.values(), *(amount for _customers, amount in loose)]
		return sum(parts) + sum(baselines(usual, orders, deals, loose).values())

	def without(amounts):
		return {name: amount for name, amount in amounts.items() if name != hidden}

	whole = forecast(usual, orders, deals, loose)
	assert forecast(without(usual), without(orders), without(deals), loose) <= whole + 1e-9
	assert forecast(usual, orders, without(deals), loose) <= whole + 1e-9
	assert forecast(usual, orders, deals, loose[1:]) <= whole + 1e-9
