"""Calls on days: frequency met, no day over capacity, no call on a day off, stable, independent of order."""

import itertools
from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine.call_capacity import working_days
from kam_erpnext.engine.call_schedule import FULL, NO_DAY, Day, Demand, Unplaced, schedule
from kam_erpnext.engine.periods import Period

MONDAY = date(2026, 1, 5)
QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))


def day(number):
	return MONDAY + timedelta(days=number)


def week(calls=8, minutes=480, days=5):
	return [Day(day(number), calls, minutes) for number in range(days)]


def demand(key, calls=1, minutes=60, first=MONDAY, last=None, **fields):
	return Demand(key, calls, minutes, first, last or first + timedelta(days=4), **fields)


# ---------------------------------------------------------------- by hand


def test_one_call_stands_in_the_middle_and_two_in_the_middle_of_each_half():
	days = week(days=4)
	assert schedule([demand("a")], week()).days["a"] == [day(2)]
	assert schedule([demand("a", 2, last=day(3))], days).days["a"] in (
		[day(0), day(2)],
		[day(1), day(3)],
		[day(0), day(3)],
	)
	assert schedule([demand("a", 5)], week()).days["a"] == [day(number) for number in range(5)]


def test_a_preferred_day_is_taken_when_it_is_near():
	assert schedule([demand("a", weekdays=frozenset({3}))], week()).days["a"] == [day(3)]


def test_customers_of_one_area_share_a_day_and_other_areas_get_others():
	plan = schedule(
		[demand(f"{area}{number}", area=area) for area in "xyz" for number in range(3)], week(calls=3)
	)
	by_area = {area: {plan.days[f"{area}{number}"][0] for number in range(3)} for area in "xyz"}
	assert all(len(days) == 1 for days in by_area.values())
	assert len(set.union(*by_area.values())) == 3


def test_what_does_not_fit_is_told_with_its_reason():
	plan = schedule([demand(key) for key in "abc"], week(calls=1, days=2))
	assert sum(len(days) for days in plan.days.values()) == 2
	assert [row.reason for row in plan.unplaced] == [FULL]
	off = schedule([demand("a", 2, first=day(7), last=day(9))], week())
	assert off.unplaced == [Unplaced("a", 2, NO_DAY)] and off.days["a"] == []


def test_a_call_longer_than_the_day_is_not_squeezed_in():
	plan = schedule([demand("long", minutes=500), demand("short", minutes=400)], week())
	assert plan.unplaced == [Unplaced("long", 1, FULL)] and len(plan.days["short"]) == 1


def test_another_call_makes_room():
	# both want the only day of b; a has a second one
	plan = schedule([demand("a", last=day(1)), demand("b", first=day(0), last=day(0))], week(calls=1, days=2))
	assert not plan.unplaced and plan.days == {"a": [day(1)], "b": [day(0)]}


def test_made_calls_stay_even_on_a_day_off_and_count():
	saturday = day(5)
	plan = schedule(
		[demand("a", 2, last=day(11), made=(saturday,))],
		week(days=5) + [Day(day(7 + n), 8, 480) for n in range(5)],
	)
	assert saturday in plan.days["a"] and len(plan.days["a"]) == 2


def test_a_standing_call_moves_only_when_its_day_is_gone():
	first = schedule([demand("a"), demand("b")], week(calls=1))
	standing = [demand(key, standing=tuple(first.days[key])) for key in "ab"]
	assert schedule(standing, week(calls=1)).days == first.days
	free = [row for row in week(calls=1) if row.day != first.days["a"][0]]
	again = schedule(standing, free)
	assert again.days["b"] == first.days["b"] and again.days["a"] != first.days["a"] and not again.unplaced


def test_fewer_calls_than_stand_keep_the_first_ones():
	plan = schedule([demand("a", 1, standing=(day(0), day(3)))], week())
	assert plan.days["a"] == [day(0)]


def test_a_cycle_over_the_turn_of_the_year():
	days = [
		Day(each, 8, 480)
		for each in working_days(
			Period(date(2026, 12, 21), date(2027, 1, 9)), holidays=[date(2026, 12, 25), date(2027, 1, 1)]
		)
	]
	plan = schedule([demand("a", 3, first=date(2026, 12, 21), last=date(2027, 1, 8))], days)
	assert len(plan.days["a"]) == 3 and {each.year for each in plan.days["a"]} == {2026, 2027}


def test_two_thousand_customers_in_a_quarter():
	days = [Day(each, 110, 110 * 30) for each in working_days(QUARTER)]
	wanted = [
		demand(
			f"{number:05d}", 1 + number % 4, 30, QUARTER.start, QUARTER.last_day, area=f"area {number % 90}"
		)
		for number in range(2000)
	]
	plan = schedule(wanted, days)
	assert not plan.unplaced
	assert sum(len(each) for each in plan.days.values()) == sum(row.calls for row in wanted)


# ---------------------------------------------------------------- laws

DEMANDS = st.lists(
	st.tuples(
		st.integers(1, 6),  # calls
		st.sampled_from((30, 60, 90)),
		st.integers(0, 20),  # first day
		st.integers(0, 25),  # length
		st.sampled_from(("", "x", "y")),
		st.frozensets(st.integers(0, 6), max_size=3),
	),
	max_size=14,
)
ROOM = st.lists(
	st.tuples(st.integers(0, 40), st.integers(0, 4), st.sampled_from((60, 180, 480))), max_size=25
)


def world(rows, room):
	demands = [
		Demand(f"k{number}", calls, minutes, day(first), day(first + length), area, weekdays)
		for number, (calls, minutes, first, length, area, weekdays) in enumerate(rows)
	]
	days = {day(number): Day(day(number), calls, minutes) for number, calls, minutes in room}
	return demands, [*days.values()]


def check(plan, demands, days):
	room = {row.day: row for row in days}
	used, minutes = Counter(), Counter()
	for row in demands:
		placed = plan.days[row.key]
		missing = sum(each.calls for each in plan.unplaced if each.key == row.key)
		assert len(placed) + missing == max(row.calls, len(row.made))
		new = [each for each in placed if each not in row.made]
		assert len(set(placed)) == len(placed)
		for each in new:
			assert row.first <= each <= row.last and each in room
			used[each] += 1
			minutes[each] += row.minutes
	for each, number in used.items():
		assert number <= room[each].calls and minutes[each] <= room[each].minutes


@settings(max_examples=200, deadline=None)
@given(DEMANDS, ROOM)
def test_all_calls_are_placed_or_told_and_no_day_is_over_capacity(rows, room):
	demands, days = world(rows, room)
	check(schedule(demands, days), demands, days)


@settings(max_examples=100, deadline=None)
@given(DEMANDS, ROOM, st.randoms())
def test_the_order_of_the_input_changes_nothing(rows, room, random):
	demands, days = world(rows, room)
	plan = schedule(demands, days)
	random.shuffle(demands)
	random.shuffle(days)
	again = schedule(demands, days)
	assert again.days == plan.days and again.unplaced == plan.unplaced


@settings(max_examples=150, deadline=None)
@given(DEMANDS, ROOM)
def test_planning_again_moves_nothing(rows, room):
	demands, days = world(rows, room)
	plan = schedule(demands, days)
	standing = [
		Demand(
			row.key,
			row.calls,
			row.minutes,
			row.first,
			row.last,
			row.area,
			row.weekdays,
			standing=tuple(plan.days[row.key]),
		)
		for row in demands
	]
	again = schedule(standing, days)
	assert again.moved == 0
	for row in demands:
		assert set(plan.days[row.key]) <= set(again.days[row.key])


@settings(max_examples=150, deadline=None)
@given(DEMANDS, ROOM, st.integers(0, 24))
def test_a_day_that_falls_out_moves_its_own_calls_only(rows, room, gone):
	demands, days = world(rows, room)
	plan = schedule(demands, days)
	left = [row for place, row in enumerate(sorted(days, key=lambda row: row.day)) if place != gone]
	lost = {row.day for row in days} - {row.day for row in left}
	standing = [
		Demand(
			row.key,
			row.calls,
			row.minutes,
			row.first,
			row.last,
			row.area,
			row.weekdays,
			standing=tuple(plan.days[row.key]),
		)
		for row in demands
	]
	again = schedule(standing, left)
	check(again, standing, left)
	for row in demands:
		assert set(plan.days[row.key]) - lost <= set(again.days[row.key])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 12), st.integers(1, 60))
def test_with_room_enough_calls_are_spread_evenly(calls, days):
	"""Every n-th part of the days holds one call, so no gap is longer than two parts."""
	room = [Day(day(number), 5, 480) for number in range(days)]
	plan = schedule([demand("a", calls, 30, MONDAY, day(days - 1))], room)
	placed = [(each - MONDAY).days for each in plan.days["a"]]
	assert len(placed) == min(calls, days)
	if calls <= days:
		for before, after in itertools.pairwise(placed):
			assert after - before <= 2 * days / calls + 1
