"""Progress and state of objectives, worked out by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.objectives import STATES, at_target, is_limit, plan_progress, progress, state

DUE, TODAY = date(2025, 12, 31), date(2025, 6, 30)
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
maybe = st.none() | numbers


@pytest.mark.parametrize(
	("baseline", "target", "value", "accumulates", "higher", "expected"),
	[
		(80, 100, 40, True, True, 40),  # net sales of 40 of 100, whatever last year was
		(None, 100, 120, True, True, 120),
		(20, 30, 25, False, True, 50),  # a margin from 20 to 30, now 25
		(20, 30, 18, False, True, -20),
		(20, 30, 34, False, True, 140),
		(20, 10, 15, False, False, 50),  # payment delay from 20 to 10, now 15
		(20, 10, 8, False, False, 120),
		(20, 0, 5, False, False, 75),  # open issues down to none
		(20, 0, 0, False, False, 100),
		(None, 30, 25, False, True, None),
		(None, 30, 31, False, True, 100),
		(30, 30, 31, False, True, 100),  # to be kept
		(30, 30, 29, False, True, None),
		(10, 10, 9, False, False, 100),
		(0, 0, 5, True, True, 100),
		(20, 30, None, False, True, None),
		(20, None, 25, False, True, None),
		(None, 10, 4, True, False, 100),  # at most 10 complaints: 4 so far
		(None, 10, 20, True, False, 50),
		(0, 2, 0, False, False, 100),  # open issues: none today, not more than 2
		(0, 2, 2, False, False, 100),
		(0, 2, 4, False, False, 50),
		(38, 35, 36, False, True, 100),  # a margin of 38 that shall not fall below 35
		(38, 35, 28, False, True, 80),
		(38, 35, -5, False, True, 0),
	],
)
def test_progress(baseline, target, value, accumulates, higher, expected):
	assert progress(baseline, target, value, accumulates, higher) == expected


def test_reached_follows_the_measure():
	assert at_target(10, 9, higher_is_better=False) is True
	assert at_target(10, 9) is False
	assert at_target(None, 9) is None and at_target(9, None) is None


def test_a_target_on_the_worse_side_of_the_baseline_is_a_limit():
	assert is_limit(0, 2, False, higher_is_better=False)
	assert is_limit(38, 35, False, higher_is_better=True)
	assert is_limit(None, 10, True, higher_is_better=False)
	assert not is_limit(20, 10, False, higher_is_better=False)
	assert not is_limit(20, 30, False, higher_is_better=True)
	assert not is_limit(30, 30, False, higher_is_better=True)
	assert not is_limit(None, 30, False, higher_is_better=False)


@given(maybe, maybe, maybe, st.booleans(), st.booleans())
def test_progress_is_100_or_more_exactly_when_the_target_is_reached(baseline, target, value, adds_up, higher):
	done = progress(baseline, target, value, adds_up, higher)
	if adds_up and (target is None or target <= 0 or not higher):
		return
	reached = at_target(target, value, higher)
	if done is None:
		assert not reached
	elif is_limit(baseline, target, adds_up, higher):
		assert 0 <= done <= 100 + 1e-9 and (done >= 100 - 1e-9 or not reached)
	elif abs(done - 100) > 1e-3:
		assert (done > 100) == reached


@pytest.mark.parametrize(
	("done", "elapsed", "today", "current", "expected"),
	[
		(None, 0.5, TODAY, "Open", "Open"),
		(0, 0.0, TODAY, "Open", "Open"),
		(50, 0.5, TODAY, "Open", "On Track"),
		(45, 0.5, TODAY, "At Risk", "On Track"),  # at least nine tenths of the way that time has gone
		(44, 0.5, TODAY, "On Track", "At Risk"),
		(100, 0.5, TODAY, "On Track", "Achieved"),
		(99, 0.5, TODAY, "Achieved", "On Track"),  # an invoice was returned
		(99, 1.0, date(2026, 1, 1), "On Track", "Missed"),
		(99, 1.0, DUE, "On Track", "On Track"),
		(120, 1.0, date(2026, 1, 1), "Missed", "Achieved"),
		(50, 0.5, TODAY, "Missed", "Missed"),  # somebody gave up before the day
		(120, 0.5, TODAY, "Dropped", "Dropped"),
	],
)
def test_state(done, elapsed, today, current, expected):
	assert state(done, elapsed, DUE, today, current) == expected


def test_what_people_judge_stays_with_them():
	for name in STATES:
		assert state(150, 1.0, DUE, date(2026, 2, 1), name, judged=True) == name


def test_state_without_a_way_to_measure_progress():
	assert state(None, 0.5, DUE, TODAY, "Open", reached=False) == "At Risk"
	assert state(None, 1.0, DUE, date(2026, 1, 1), "Open", reached=False) == "Missed"
	assert state(None, 1.0, DUE, date(2026, 1, 1), "Open") == "Open"


def test_a_limit_is_achieved_only_when_the_time_is_over():
	assert state(100, 0.5, DUE, TODAY, "Open", reached=True, limit=True) == "On Track"
	assert state(100, 1.0, DUE, date(2026, 1, 1), "Open", reached=True, limit=True) == "Achieved"
	assert state(50, 0.5, DUE, TODAY, "Open", reached=False, limit=True) == "At Risk"
	assert state(50, 1.0, DUE, date(2026, 1, 1), "Open", reached=False, limit=True) == "Missed"


@given(maybe, st.floats(0, 1), st.none() | st.dates(), st.dates(), st.sampled_from(STATES))
def test_a_state_is_always_one_of_the_states(done, elapsed, due, today, current):
	assert state(done, elapsed, due, today, current) in STATES


def test_progress_of_a_plan():
	assert plan_progress([(50, 100.0), (50, 0.0)]) == (50, 1)
	assert plan_progress([(75, 40.0), (25, 80.0)]) == (50, 1)
	# weights need not add up to 100; what is unknown is left out and said
	assert plan_progress([(1, 30.0), (3, None)]) == (30, 0.25)
	# one far beyond its target does not hide one that goes backwards
	assert plan_progress([(1, 300.0), (1, -50.0)]) == (50, 1)
	assert plan_progress([(0, 20.0), (0, 40.0)]) == (30, 1)
	assert plan_progress([(0, 20.0), (1, 40.0)]) == (40, 1)
	assert plan_progress([(1, None)]) == (None, 0)
	assert plan_progress([]) == (None, 0)
	with pytest.raises(ValueError):
		plan_progress([(-1, 20.0)])


@given(st.lists(st.tuples(st.floats(0, 100), st.none() | st.floats(-500, 500)), max_size=8), st.randoms())
def test_progress_of_a_plan_is_a_share_whatever_the_order(items, random):
	done, answered = plan_progress(items)
	assert 0 <= answered <= 1 + 1e-9
	assert done is None or -1e-6 <= done <= 100 + 1e-6
	shuffled = list(items)
	random.shuffle(shuffled)
	again, _answered = plan_progress(shuffled)
	assert again == pytest.approx(done) if done is not None else again is None
