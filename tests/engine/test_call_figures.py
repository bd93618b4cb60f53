"""Frequencies, workload, capacity and figures of calls: the worked examples of the field, by hand, and laws."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine import call_capacity as capacity
from kam_erpnext.engine import call_figures as figures
from kam_erpnext.engine import call_frequency as frequency
from kam_erpnext.engine.call_frequency import Profile, Rule
from kam_erpnext.engine.periods import Period

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


# ---------------------------------------------------------------- Talley's workload


def test_calls_a_year_of_classes_and_the_people_they_need():
	calls = frequency.calls_a_year({"A": 50, "B": 100, "C": 300, "D": 200}, {"A": 12, "B": 6, "C": 2, "D": 1})
	assert calls == 50 * 12 + 100 * 6 + 300 * 2 + 200
	assert frequency.people_needed(calls, 5, 200) == 2.0
	assert frequency.people_needed(calls, 5, 0) is None


def test_calls_of_a_two_week_cycle():
	"""10, 20, 45, 12 and 10 accounts at 2, 4, 6, 8 and 10 weeks: 10 + 10 + 15 + 3 + 2 calls every two weeks."""
	assert frequency.calls_per_cycle([(10, 2), (20, 4), (45, 6), (12, 8), (10, 10)], 2) == 40


# ---------------------------------------------------------------- rules


def test_the_first_rule_that_fits_counts_for_each_method():
	rules = [
		Rule("B visits", "Visit", 6, order=2),
		Rule("A visits", "Visit", 12, order=1, abc_class="A"),
		Rule("Phone", "Phone", 4, order=3, only_key_accounts=True),
		Rule("No visits", "Visit", 0, order=0, level="Dormant"),
	]
	assert [rule.name for rule in frequency.rules_for(Profile("a", "A", is_key_account=True), rules)] == [
		"A visits",
		"Phone",
	]
	assert [rule.name for rule in frequency.rules_for(Profile("b", "B"), rules)] == ["B visits"]
	assert frequency.rules_for(Profile("c", "A", level="Dormant"), rules) == []


@pytest.mark.parametrize(
	"potential, fits", [(None, False), (99, False), (100, True), (199, True), (200, False)]
)
def test_a_potential_that_is_not_known_fits_no_band(potential, fits):
	rule = Rule("band", "Visit", 1, potential_from=100, potential_below=200)
	assert frequency.fits(rule, Profile("a", potential=potential)) is fits
	assert frequency.fits(Rule("all", "Visit", 1), Profile("a", potential=potential))


def test_conditions_on_trees_and_segments():
	rule = Rule(
		"r",
		"Visit",
		1,
		segment="Lab",
		territories=frozenset({"North"}),
		customer_groups=frozenset({"Clinic"}),
	)
	here = Profile("a", segments=frozenset({"Lab", "Pharma"}), territory="North", customer_group="Clinic")
	assert frequency.fits(rule, here)
	assert not frequency.fits(
		rule, Profile("b", segments=frozenset({"Lab"}), territory="South", customer_group="Clinic")
	)
	assert not frequency.fits(rule, Profile("c", territory="North", customer_group="Clinic"))


# ---------------------------------------------------------------- calls of a cycle


@pytest.mark.parametrize(
	"calls, per, cycle, expected",
	[
		(12, "Year", YEAR, 12),
		(1, "Month", QUARTER, 3),
		(6, "Year", QUARTER, 1),
		(1, "Year", QUARTER, 0),
		(1, "Week", QUARTER, 13),
		(1, "Quarter", QUARTER, 1),
		(2, "Year", YEAR, 2),
	],
)
def test_calls_of_a_cycle_for_a_customer_never_called(calls, per, cycle, expected):
	assert frequency.calls_of_cycle(Rule("r", "Visit", calls, per), cycle) == expected


def test_a_yearly_call_falls_into_the_quarter_in_which_it_is_due():
	yearly = Rule("r", "Visit", 1, "Year")
	assert frequency.calls_of_cycle(yearly, QUARTER, date(2025, 2, 10)) == 1
	assert frequency.calls_of_cycle(yearly, QUARTER, date(2025, 6, 10)) == 0
	# overdue for years: due once, not made up for
	assert frequency.calls_of_cycle(yearly, QUARTER, date(2019, 1, 1)) == 1
	# called within the cycle already
	assert frequency.calls_of_cycle(yearly, QUARTER, date(2026, 1, 20)) == 0


@given(st.integers(1, 24), st.sampled_from(sorted(frequency.PERIODS)), st.integers(0, 400))
def test_consecutive_cycles_add_up_to_the_frequency(calls, per, days_before):
	"""Who is called when it is due gets the calls of a year in four quarters, one more or less."""
	rule = Rule("r", "Visit", calls, per)
	last, made = date(2026, 1, 1) - timedelta(days=min(days_before, int(rule.interval))), 0
	for begin, end in zip((1, 4, 7, 10), (4, 7, 10, 13), strict=True):
		cycle = Period(date(2026, begin, 1), date(2027, 1, 1) if end == 13 else date(2026, end, 1))
		number = frequency.calls_of_cycle(rule, cycle, last)
		made += number
		if number:
			last = min(last + timedelta(days=math.floor(number * rule.interval)), cycle.last_day)
	assert abs(made - rule.calls_a_year) <= 1 + rule.calls_a_year * 0.02


# ---------------------------------------------------------------- capacity


def test_working_days_without_holidays_and_absences_of_a_part_time_week():
	january = Period(date(2026, 1, 1), date(2026, 2, 1))
	assert len(capacity.working_days(january)) == 22
	days = capacity.working_days(
		january,
		weekdays={0, 1, 2},
		holidays=[date(2026, 1, 6)],
		absences=[(date(2026, 1, 12), date(2026, 1, 18))],
	)
	assert [day.day for day in days] == [5, 7, 19, 20, 21, 26, 27, 28]


def test_minutes_for_calls():
	assert capacity.minutes_for_calls(8, 25, 25) == 240
	for wrong in ((8, 60, 40), (0, 0, 0), (8, -1, 0)):
		with pytest.raises(ValueError):
			capacity.minutes_for_calls(*wrong)


def test_load_takes_the_tighter_limit_and_names_what_is_missing():
	tight = capacity.load([(30, 60)], days=5, calls_a_day=8, minutes_a_day=300)
	assert (tight.possible_calls, tight.possible_minutes, tight.percent) == (40, 1500, 120)
	assert (tight.missing_calls, tight.missing_minutes, tight.fits) == (0, 300, False)
	nothing = capacity.load([(1, 60)], days=0, calls_a_day=8, minutes_a_day=300)
	assert nothing.percent is None and nothing.missing_calls == 1


def test_load_by_week_over_the_turn_of_the_year():
	days = capacity.working_days(Period(date(2026, 12, 28), date(2027, 1, 9)))
	weeks = capacity.load_by_week([(date(2026, 12, 31), 60), (date(2027, 1, 1), 60)], days, 4, 240)
	assert [(week, load.calls, load.possible_calls) for week, load in weeks] == [
		(date(2026, 12, 28), 2, 20),
		(date(2027, 1, 4), 0, 20),
	]


def test_load_by_month_with_days_of_different_length():
	"""A half day counts half; a call on a day off stands against nothing."""
	capacity_of = {date(2026, 1, 30): (4, 240.0), date(2026, 2, 2): (4, 240.0), date(2026, 2, 3): (2, 120.0)}
	planned = [(date(2026, 2, 3), 60), (date(2026, 2, 2), 90), (date(2026, 3, 7), 30)]
	found = capacity.load_by(planned, capacity_of, capacity.month_of)
	assert [
		(month.month, load.calls, load.minutes, load.possible_calls) for month, load in found.items()
	] == [
		(1, 0, 0, 4),
		(2, 2, 150, 6),
		(3, 1, 30, 0),
	]
	assert found[date(2026, 2, 1)].percent == pytest.approx(100 * 150 / 360)
	assert found[date(2026, 3, 1)].percent is None


# ---------------------------------------------------------------- figures


def test_due_and_overdue():
	assert figures.due_on(date(2026, 1, 1), 30.4375) == date(2026, 2, 1)
	assert figures.overdue_index(date(2026, 1, 1), 30, date(2026, 3, 2)) == 2
	assert figures.overdue_index(None, 30, date(2026, 3, 2)) is None
	assert figures.due_on(None, 30) is None and figures.due_on(date(2026, 1, 1), math.inf) is None


def test_compliance():
	today = date(2026, 3, 31)
	calls = [
		("Made", date(2026, 3, 1), date(2026, 3, 1)),
		("Made", date(2026, 3, 10), date(2026, 3, 20)),
		("Made", date(2026, 4, 10), date(2026, 3, 30)),  # ahead of its day
		("Missed", date(2026, 3, 5), None),
		("Prepared", date(2026, 3, 31), None),
		("Planned", date(2026, 4, 5), None),  # not yet to be made
		("Cancelled", date(2026, 3, 5), None),
	]
	found = figures.compliance(calls, today, grace=3)
	assert (found.planned, found.made, found.on_time, found.missed, found.open) == (5, 3, 2, 1, 1)
	assert (found.rate, found.on_time_rate) == (60, 40)
	assert figures.compliance([], today).rate is None


def test_customers_against_their_frequencies():
	"""30 of 30 days: 1, not overdue; 60 of 30 days: 2; one never called, which has no index and no due day."""
	today = date(2026, 3, 31)
	found = figures.overdue(
		[(date(2026, 3, 1), 30), (date(2026, 1, 30), 30), (None, 30), (date(2026, 3, 30), 7)], today
	)
	assert (found.frequencies, found.never, found.overdue) == (4, 1, 1)
	assert found.index == pytest.approx((1 + 2 + 1 / 7) / 3)
	assert found.next_due == date(2026, 3, 1)
	assert figures.overdue([], today) == figures.Overdue(0, 0, 0, None, None)


def test_follow_ups_done_in_time():
	today = date(2026, 3, 31)
	found = figures.follow_ups(
		[
			(True, date(2026, 3, 10), date(2026, 3, 10)),
			(True, date(2026, 3, 10), date(2026, 3, 11)),  # late
			(False, date(2026, 3, 30), None),  # over its day
			(False, date(2026, 3, 31), None),  # due today: not judged yet
			(True, None, date(2026, 3, 1)),  # without a day
			(True, date(2026, 3, 1), None),  # done on a day nobody knows
		],
		today,
	)
	assert (found.agreed, found.done, found.in_time, found.judged) == (6, 4, 1, 3)
	assert found.rate == pytest.approx(100 / 3)
	assert figures.follow_ups([], today).rate is None


@pytest.mark.parametrize(
	"correlation, word",
	[(None, None), (-0.19, "none"), (0.2, "weak"), (-0.4, "moderate"), (0.6, "strong"), (-1, "strong")],
)
def test_a_word_for_a_correlation(correlation, word):
	assert figures.link(correlation) == word


def test_break_even_sales():
	"""A call costs 120, three close a sale, sales cost 8 %: 120 * 3 ÷ 8 % = 4,500."""
	assert figures.break_even_sales(120, 3, 8) == pytest.approx(4500)
	assert figures.break_even_sales(120, 3, 0) is None


def test_correlation_is_told_with_enough_accounts_only():
	assert figures.correlation([(1, 1)] * 7) is None
	assert figures.correlation([(1, number) for number in range(9)]) is None
	assert figures.correlation([(number, 3 * number + 1) for number in range(9)]) == pytest.approx(1)
	assert figures.correlation([(number, -number) for number in range(9)]) == pytest.approx(-1)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(-1e6, 1e6)), min_size=8, max_size=30))
def test_correlation_lies_between_minus_one_and_one(pairs):
	found = figures.correlation(pairs)
	assert found is None or -1 <= found <= 1
