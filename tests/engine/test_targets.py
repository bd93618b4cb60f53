"""Targets spread over months: golden numbers by hand, and what holds for every target, period and distribution."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.targets import elapsed_share, months_of, required_run_rate, spread, to_date

YEAR_2025 = Period(date(2025, 1, 1), date(2026, 1, 1))
EVEN = dict.fromkeys(range(1, 13), 100 / 12)

periods = st.builds(
	lambda start, days: Period(start, start + timedelta(days=days)),
	st.dates(date(2015, 1, 1), date(2035, 1, 1)),
	st.integers(1, 800),
)
totals = st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=2)
distributions = st.none() | st.dictionaries(
	st.integers(1, 12), st.floats(0.01, 100, allow_nan=False), min_size=12, max_size=12
)


def amounts(parts):
	return [float(part) for part in parts.values()]


def test_months_touched():
	assert months_of(Period(date(2025, 11, 20), date(2026, 2, 1))) == [
		date(2025, 11, 1),
		date(2025, 12, 1),
		date(2026, 1, 1),
	]
	assert months_of(Period(date(2025, 2, 28), date(2025, 3, 1))) == [date(2025, 2, 1)]


def test_evenly_by_days_in_an_ordinary_year():
	# 3,650 a year is 10 a day
	parts = spread(3650, YEAR_2025)
	assert amounts(parts) == [310, 280, 310, 300, 310, 300, 310, 310, 300, 310, 300, 310]


def test_evenly_by_days_in_a_leap_year():
	parts = spread(3660, Period(date(2028, 1, 1), date(2029, 1, 1)))
	assert amounts(parts)[:3] == [310, 290, 310]


def test_left_over_cents_go_to_the_largest_remainders_and_then_to_the_earlier_month():
	# 1.00 over 31 + 28 + 31 days: 34.44, 31.11 and 34.44 cents; one cent is left, January comes first
	assert amounts(spread(1, Period(date(2025, 1, 1), date(2025, 4, 1)))) == [0.35, 0.31, 0.34]
	assert amounts(spread(Decimal("0.01"), Period(date(2025, 1, 1), date(2025, 4, 1)))) == [0.01, 0, 0]


def test_partial_first_and_last_month():
	# 20 January to 10 March: 12 + 28 + 10 = 50 days
	parts = spread(500, Period(date(2025, 1, 20), date(2025, 3, 11)))
	assert amounts(parts) == [120, 280, 100]


def test_a_distribution_with_partial_months():
	# January 20 % x 12/31, February 30 % x 1, March 50 % x 10/31: weights 7.7419, 30, 16.1290 of 53.8710
	parts = spread(1000, Period(date(2025, 1, 20), date(2025, 3, 11)), {1: 20, 2: 30, 3: 50})
	assert amounts(parts) == [143.71, 556.89, 299.40]


def test_six_months_use_only_their_percentages():
	quarters = {
		**dict.fromkeys((1, 2, 3), 5),
		**dict.fromkeys((4, 5, 6), 10),
		**dict.fromkeys(range(7, 13), 7.5),
	}
	parts = spread(9000, Period(date(2025, 1, 1), date(2025, 7, 1)), quarters)
	assert amounts(parts) == [1000, 1000, 1000, 2000, 2000, 2000]


def test_a_year_from_april():
	parts = spread(1200, Period(date(2025, 4, 1), date(2026, 4, 1)), {4: 40, 12: 40, 3: 20})
	assert next(iter(parts)) == date(2025, 4, 1) and list(parts)[-1] == date(2026, 3, 1)
	assert amounts(parts) == [480, 0, 0, 0, 0, 0, 0, 0, 480, 0, 0, 240]


def test_quantities_have_digits_of_their_own():
	assert amounts(spread(10, Period(date(2025, 1, 1), date(2025, 4, 1)), digits=0)) == [4, 3, 3]


@pytest.mark.parametrize(
	("total", "percentages", "message"),
	[(-1, None, "negative"), (100, {7: 100}, "no percentage"), (100, {1: -5, 2: 50}, "negative")],
)
def test_what_cannot_be_spread(total, percentages, message):
	with pytest.raises(ValueError, match=message):
		spread(total, Period(date(2025, 1, 1), date(2025, 4, 1)), percentages)


@pytest.mark.parametrize(
	("year", "month", "day", "due"),
	[
		(2025, 2, 14, 140),  # 28 days: half of 280
		(2028, 2, 14, 135.17),  # 29 days: 14/29 of 280
		(2025, 4, 15, 140),  # 30 days
		(2025, 1, 31, 280),  # the whole month
		(2025, 3, 10, 90.32),  # 31 days: 10/31 of 280
	],
)
def test_due_in_the_running_month(year, month, day, due):
	start = date(year, month, 1)
	period = Period(start, date(year, month + 1, 1))
	assert float(to_date(spread(280, period), period, date(year, month, day))) == due


def test_due_in_a_partial_month_counts_its_days_inside_the_period():
	period = Period(date(2025, 1, 20), date(2025, 3, 11))
	parts = spread(500, period)
	assert to_date(parts, period, date(2025, 1, 19)) == 0
	assert to_date(parts, period, date(2025, 1, 20)) == 10
	assert to_date(parts, period, date(2025, 3, 1)) == 410
	assert to_date(parts, period, date(2030, 1, 1)) == 500


@given(totals, periods, distributions, st.integers(0, 4))
def test_parts_add_up_exactly(total, period, percentages, digits):
	total = round(total, digits)
	parts = spread(total, period, percentages, digits)
	assert sum(parts.values()) == total
	assert list(parts) == months_of(period)
	assert all(part >= 0 for part in parts.values())


@given(totals, periods, distributions)
def test_no_part_is_a_cent_or_more_off(total, period, percentages):
	parts = spread(total, period, percentages)
	finer = spread(total, period, percentages, digits=6)
	assert all(abs(parts[month] - finer[month]) <= Decimal("0.01") for month in parts)


@given(totals, periods, distributions, st.integers(-5, 810))
def test_what_is_due_never_falls(total, period, percentages, offset):
	parts = spread(total, period, percentages)
	day = period.start + timedelta(days=offset)
	before, after = (to_date(parts, period, day + timedelta(days=step)) for step in (0, 1))
	assert 0 <= before <= after <= total
	if day < period.start:
		assert before == 0
	if day >= period.last_day:
		assert before == total


@given(totals, periods)
def test_scaling_a_distribution_changes_nothing(total, period):
	shares = {month: month for month in range(1, 13)}
	assert spread(total, period, shares) == spread(
		total, period, {m: 3 * share for m, share in shares.items()}
	)


def test_elapsed_share_and_required_run_rate():
	assert elapsed_share(YEAR_2025, date(2024, 12, 31)) == 0
	assert elapsed_share(YEAR_2025, date(2025, 1, 1)) == pytest.approx(1 / 365)
	assert elapsed_share(YEAR_2025, date(2026, 5, 1)) == 1
	# 600 are missing, 61 days are left after 31 October
	assert required_run_rate(1000, 400, YEAR_2025, date(2025, 10, 31)) == pytest.approx(600 / 61)
	assert required_run_rate(1000, 1000, YEAR_2025, date(2025, 10, 31)) == 0
	assert required_run_rate(1000, 400, YEAR_2025, date(2025, 12, 31)) is None
	assert required_run_rate(None, 400, YEAR_2025, date(2025, 10, 31)) is None
	assert required_run_rate(1000, None, YEAR_2025, date(2025, 10, 31)) is None
