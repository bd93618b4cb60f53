"""Customer P&L, whale curve, lifetime value and return: worked examples of the sources, and what always holds."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine.customer_value import (
	DRIVERS,
	EACH,
	INTEREST,
	PERCENT,
	Growth,
	ProfitAndLoss,
	Return,
	Year,
	compared_with_others,
	constant_lifetime_value,
	cost_of_driver,
	cost_to_serve,
	financing,
	forecast_years,
	growth_of_others,
	lifetime_value,
	margins,
	return_on_account_work,
	rolled_up,
	shared_out,
	whale_curve,
)

MARGINS = st.floats(-1e6, 1e6, allow_nan=False)


def test_from_gross_sales_to_the_last_margin():
	found = ProfitAndLoss(1000, 50, 100, 400, {"orders": 60, "calls": 90}, account_work=100)
	assert (found.net_sales, found.cm1, found.cm2, found.cm3) == (850, 450, 300, 200)
	assert found.cost_to_serve_share == pytest.approx(100 * 150 / 850)


def test_without_cost_of_goods_there_is_no_margin():
	found = ProfitAndLoss(1000, 0, 0, None, {"orders": 60})
	assert found.net_sales == 1000 and found.cost_to_serve == 60
	assert (found.cm1, found.cm2, found.cm3) == (None, None, None)


def test_a_driver_without_a_rate_is_left_out():
	assert cost_to_serve({"orders": 3, "calls": 4, "issues": None}, {"orders": 20.0, "issues": 5.0}) == {
		"orders": 60
	}


def test_financing_of_open_money():
	# 100,000 a year with 19 % tax, paid after 73 days (a fifth of a year) at 5 %
	assert financing(100_000, 73, 5, 19) == pytest.approx(100_000 * 1.19 * 0.2 * 0.05)


def test_the_whale_curve_rises_above_the_total():
	curve = whale_curve(pd.Series({"c": -30.0, "a": 80.0, "b": 50.0, "d": float("nan")}))
	assert curve.index.tolist() == ["a", "b", "c"]
	assert curve["cumulative"].tolist() == [80, 130, 100]
	assert curve["cumulative_share"].tolist() == [80, 130, 100]
	assert whale_curve(pd.Series({"a": -1.0}))["cumulative_share"].isna().all()


@given(st.dictionaries(st.text(min_size=1, max_size=4), MARGINS, max_size=12))
def test_the_whale_curve_ends_at_the_total_whatever_the_order(margins):
	curve = whale_curve(pd.Series(margins, dtype=float))
	again = whale_curve(pd.Series(dict(reversed(margins.items())), dtype=float))
	assert curve.index.tolist() == again.index.tolist()
	if len(curve):
		assert curve["cumulative"].iloc[-1] == pytest.approx(sum(margins.values()), abs=1e-3)
		assert curve["cumulative"].max() >= curve["cumulative"].iloc[-1]


def test_lifetime_value_by_hand():
	# 100 * 0.9 / 1.1 + 120 * 0.9 * 0.8 / 1.21
	assert lifetime_value([Year(100, 0.9), Year(120, 0.8)], 10) == pytest.approx(81.8182 + 71.4050, abs=1e-3)
	assert lifetime_value([], 10) == 0
	with pytest.raises(ValueError, match="Retention of year 2"):
		lifetime_value([Year(1, 1), Year(1, 1.2)], 10)
	with pytest.raises(ValueError, match="discount"):
		lifetime_value([], -100)


def test_the_constant_form_of_the_source():
	# r = 0.8, i = 0.1: 2.67 times the margin
	assert constant_lifetime_value(1, 0.8, 10) == pytest.approx(2.6667, abs=1e-4)
	assert constant_lifetime_value(1, 1, -5) is None


@given(st.floats(0, 0.99), st.floats(0, 50), st.floats(0, 1e6))
def test_many_years_come_near_to_the_constant_form(retention, discount, margin):
	many = lifetime_value([Year(margin, retention)] * 2000, discount)
	assert many == pytest.approx(constant_lifetime_value(margin, retention, discount), rel=1e-6, abs=1e-6)


def test_return_and_payback():
	assert return_on_account_work(500, 200, 100) == Return(200, 4)  # 300 in 12 months: 25 a month
	assert return_on_account_work(100, 200, 100) == Return(-200, None)
	assert return_on_account_work(None, 200, 100) == Return(None, None)
	assert return_on_account_work(500, 200, 0) == Return(None, None)


def test_the_growth_of_others_as_baseline():
	assert compared_with_others(200, 5) == 210
	assert compared_with_others(200, None) is None


def test_the_three_kinds_of_rates():
	quantity, rate = pd.Series([10.0, 0.0]), pd.Series([20.0, 20.0])
	assert cost_of_driver(EACH, quantity, rate).tolist() == [200, 0]
	assert cost_of_driver(PERCENT, pd.Series([500.0]), pd.Series([50.0])).tolist() == [250]
	# 1,000 owed for 73 days, a fifth of a year, at 5 %
	assert cost_of_driver(INTEREST, pd.Series([73_000.0]), pd.Series([5.0])).tolist() == [pytest.approx(10)]
	assert set(DRIVERS.values()) == {EACH, PERCENT, INTEREST}
	with pytest.raises(ValueError, match="Unknown kind"):
		cost_of_driver("dozen", quantity, rate)


def test_margins_of_many_equal_those_of_one():
	one = ProfitAndLoss(1000, 50, 100, 400, {"orders": 60, "calls": 90}, account_work=100)
	frame = margins(
		pd.DataFrame({"net_sales": [850.0], "cost": [400.0], "serving": [150.0], "work": [100.0]})
	)
	assert frame[["cm1", "cm2", "cm3"]].iloc[0].tolist() == [one.cm1, one.cm2, one.cm3]


def test_a_margin_whose_cost_is_not_known_is_not_known():
	nan = float("nan")
	frame = margins(
		pd.DataFrame({"net_sales": [1.0, 1.0], "cost": [nan, 0.0], "serving": [0.0, nan], "work": [0.0, 0.0]})
	)
	assert frame["cm1"].isna().tolist() == [True, False]
	assert frame["cm2"].isna().all() and frame["cm3"].isna().all()


def test_work_is_shared_by_sales():
	members = pd.DataFrame({"account": ["A", "A", "B", "C"], "customer": ["x", "y", "z", "gone"]})
	costs = pd.DataFrame({"account": ["A", "B", "C", "A"], "cost": [90.0, 50.0, 7.0, 10.0]})
	found, left = shared_out(costs, members, pd.Series({"x": 300.0, "y": 100.0, "z": -5.0}))
	assert found.to_dict() == {"x": 75, "y": 25, "z": 50}
	assert left == 7


@given(
	st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 1e6)), max_size=6),
	st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("uvwxyz")), max_size=8),
	st.dictionaries(st.sampled_from("uvwxyz"), MARGINS, max_size=6),
)
def test_shared_out_loses_nothing(costs, members, sales):
	found, left = shared_out(
		pd.DataFrame(costs, columns=["account", "cost"]),
		pd.DataFrame(members, columns=["account", "customer"], dtype=object),
		pd.Series(sales, dtype=float),
	)
	assert found.sum() + left == pytest.approx(sum(cost for _account, cost in costs), abs=1e-3)
	assert (found >= 0).all()


def test_the_growth_of_comparable_customers():
	others = pd.DataFrame(
		{
			"group": ["Shops", "Shops", "Mills", "Mills"],
			"before": [100.0, 100.0, 50.0, float("nan")],
			"now": [110.0, 130.0, 40.0, 1000.0],
		}
	)
	found = growth_of_others(others, ["Shops", "Mills", None], minimum=2)
	assert found["Shops"] == Growth(20, 2)
	# one comparable mill is too few: 250 became 280
	assert found["Mills"] == found[None] == Growth(12, 3, True)
	# a group that made nothing before has no growth of its own
	losing = others.assign(before=[-5.0, -5.0, 300.0, float("nan")], now=[1.0, 1.0, 317.0, 0.0])
	assert growth_of_others(losing, ["Shops"], minimum=2)["Shops"] == Growth(10, 3, True)
	assert growth_of_others(others.iloc[:0], ["Shops"]) == {"Shops": Growth(None, 0, True)}


def test_years_of_a_forecast():
	assert forecast_years(100, 2, 10, 90) == [
		Year(pytest.approx(110), 0.9),
		Year(pytest.approx(121), 0.9),
	]
	with pytest.raises(ValueError, match="1 to 20 years"):
		forecast_years(1, 0, 0, 100)
	with pytest.raises(ValueError, match="Retention"):
		forecast_years(1, 1, 0, 101)


def test_sums_of_a_tree_and_what_is_not_known():
	values = pd.DataFrame(
		{"net_sales": [1.0, 2.0, 4.0, 8.0], "cm2": [1.0, float("nan"), 4.0, 8.0]},
		index=["leaf", "leaf", "branch", "alone"],
	)
	found = rolled_up(values, {"leaf": "branch", "branch": "top", "top": None, "empty": "top"})
	assert found["net_sales"].to_dict() == {"leaf": 3, "branch": 7, "top": 7, "alone": 8}
	assert found["cm2"].isna().to_dict() == {"leaf": True, "branch": True, "top": True, "alone": False}
	with pytest.raises(ValueError, match="below itself"):
		rolled_up(values, {"leaf": "branch", "branch": "leaf"})


@settings(max_examples=40)
@given(
	st.lists(st.tuples(st.integers(0, 9), st.floats(-1e6, 1e6)), max_size=20),
	st.permutations(range(10)),
)
def test_the_children_of_any_tree_add_up(rows, order):
	# a tree in which a node lies below one that comes before it in the order
	parents = {str(node): str(order[place // 2]) if place else None for place, node in enumerate(order)}
	values = pd.DataFrame(
		{"x": [float(value) for _node, value in rows]}, index=[str(node) for node, _v in rows]
	)
	found = rolled_up(values, parents)
	for node, total in found["x"].items():
		own = values["x"][values.index == node].sum()
		below = sum(
			found["x"].get(child, 0) for child, parent in parents.items() if parent == node and child != node
		)
		assert total == pytest.approx(own + below, abs=1e-3)
