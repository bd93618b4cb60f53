"""Calls on days: frequency met, no day over capacity, no call on a day off, stable, independent of order."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine.call_capacity import working_days
from kam_erpnext.engine.call_schedule import FEW_DAYS, FULL, NO_DAY, Day, Demand, Unplaced, schedule
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


def test_of_more_calls_than_wanted_those_stay_that_are_spread_best():
	plan = schedule([demand("a", 1, standing=(day(0), day(3)))], week())
	assert plan.days["a"] == [day(3)] and plan.moved == 0
	days = [Day(day(number), 8, 480) for number in range(40)]
	plan = schedule([demand("a", 3, last=day(39), standing=(day(5), day(15), day(25), day(35)))], days)
	assert plan.days["a"][0] == day(5) and plan.days["a"][-1] == day(35) and len(plan.days["a"]) == 3


def test_what_is_left_after_made_calls_is_spread_over_the_days_that_are_left():
	"""Halfway, with six of twelve made: the others stand evenly in the second half, not at its end."""
	days = [Day(day(number), 8, 480) for number in range(30, 60)]
	made = tuple(day(number) for number in range(2, 30, 5))
	plan = schedule([demand("a", 12, first=day(30), last=day(59), made=made)], days)
	assert [(each - MONDAY).days for each in plan.days["a"]][6:] == [32, 37, 42, 47, 52, 57]
	# two of twelve missed out on: eight calls in the days that are left, all of them placed
	plan = schedule([demand("a", 12, first=day(30), last=day(59), made=made[:4])], days)
	assert len(plan.days["a"]) == 12 and not plan.unplaced


def test_the_next_call_comes_an_interval_after_the_last_one():
	days = [Day(day(number), 8, 480) for number in range(40)]
	window = {"first": MONDAY, "last": day(39)}
	gone = schedule([demand("a", 4, before=day(-30), **window)], days).days["a"]
	fresh = schedule([demand("a", 4, before=day(-1), **window)], days).days["a"]
	assert gone[0] in (day(4), day(5)) and fresh[0] in (day(8), day(9)) and len(fresh) == 4
	# made calls before the window tell the same
	again = schedule([demand("a", 5, made=(day(-1),), **window)], days).days["a"]
	assert again[1:] == fresh


def test_nothing_stands_in_a_pause_and_the_rest_is_spread_around_it():
	days = [Day(day(number), 8, 480) for number in range(40)]
	pause = ((day(10), day(29)),)
	plan = schedule([demand("a", 4, last=day(39), without=pause)], days)
	placed = [(each - MONDAY).days for each in plan.days["a"]]
	assert len(placed) == 4 and not any(10 <= each <= 29 for each in placed)
	assert placed[1] < 10 and placed[2] > 29
	# a call that stands in it gets the nearest day outside
	plan = schedule([demand("a", 1, last=day(39), without=pause, standing=(day(11),))], days)
	assert plan.days["a"] == [day(9)] and plan.moved == 1


def test_a_visit_and_a_phone_call_of_one_customer_keep_apart():
	days = [Day(day(number), 8, 480) for number in range(20)]
	both = [
		demand(f"{method}", 2, 20, last=day(19), area="x", party="customer") for method in ("phone", "visit")
	]
	plan = schedule(both, days)
	gaps = [abs((a - b).days) for a in plan.days["phone"] for b in plan.days["visit"]]
	assert min(gaps) >= 2
	# not at the price of a call: with one day both are made on it
	assert not schedule([demand(key, party="customer") for key in "ab"], week(days=1)).unplaced


def test_a_full_part_sends_its_call_to_the_nearest_day_outside():
	# days 5 to 14 are taken by something else
	days = [Day(day(number), 0 if 5 <= number < 15 else 1, 480) for number in range(20)]
	plan = schedule([demand("a", 2, last=day(19)), demand("b", 2, last=day(19))], days)
	assert not plan.unplaced
	days = [Day(day(number), 1 if number in (0, 1) else 0, 480) for number in range(20)]
	assert schedule([demand("a", 2, last=day(19))], days).days["a"] == [day(0), day(1)]


def test_more_calls_than_days_are_told_as_such():
	plan = schedule([demand("a", 7)], week())
	assert plan.unplaced == [Unplaced("a", 2, FEW_DAYS)] and len(plan.days["a"]) == 5


def test_where_time_is_short_the_important_customers_come_first_and_nobody_of_a_rank_loses_all():
	days = [Day(day(number), 4, 480) for number in range(20)]
	important = [demand(f"z{number}", 3, last=day(19), area="z", rank=0) for number in range(20)]
	others = [demand(f"a{number}", 3, last=day(19), area="a", rank=1) for number in range(20)]
	plan = schedule([*important, *others], days)
	assert all(len(plan.days[row.key]) == 3 for row in important)
	assert Counter(len(plan.days[row.key]) for row in others) == {1: 20}
	# whoever has a day keeps it: one who is added later takes nobody's
	standing = [replace(row, standing=tuple(plan.days[row.key])) for row in (*important, *others)]
	again = schedule([*standing, demand("y", 2, last=day(19), rank=0)], days)
	assert all(again.days[row.key] == plan.days[row.key] for row in standing) and not again.days["y"]


def test_a_long_call_takes_the_place_of_short_ones_that_find_another_day():
	days = [Day(day(0), 8, 120), Day(day(1), 8, 60)]
	short = [demand(f"a{number}", 1, 30, last=day(1), area="x") for number in range(2)]
	plan = schedule([*short, demand("long", 1, 120, last=day(1), area="y")], days)
	assert not plan.unplaced and plan.days["long"] == [day(0)]


def test_a_standing_call_gives_way_only_to_one_that_finds_no_day_at_all():
	standing = demand("a", last=day(1), standing=(day(0),))
	late = demand("b", first=day(0), last=day(0))
	plan = schedule([standing, late], week(calls=1, days=2))
	assert plan.days == {"a": [day(1)], "b": [day(0)]} and plan.moved == 1
	plan = schedule([standing, late], week(calls=2, days=2))
	assert plan.days == {"a": [day(0)], "b": [day(0)]} and plan.moved == 0


def test_every_day_gets_its_share_of_the_calls():
	"""Also when there is room enough, and when all customers are called on equally often."""
	days = [Day(day(number), 8, 480) for number in range(20)]
	for area in ("", "area"):
		wanted = [
			demand(f"{number:02d}", 1, last=day(19), area=area and f"area {number // 3}")
			for number in range(60)
		]
		used = Counter(each for placed in schedule(wanted, days).days.values() for each in placed)
		assert min(used[row.day] for row in days) >= 2 and max(used.values()) <= 4


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
		Demand(f"k{number}", calls, minutes, day(first), day(first + length), area, weekdays, rank=number % 3)
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
	assert again.moved == 0 and again.days == plan.days


def most(demands, days):
	"""The most calls that can be placed when all take equally long: a maximum flow from demands over days."""
	room = {row.day: row.calls for row in days}
	allowed = {
		row.key: [each for each in room if row.first <= each <= row.last and room[each]] for row in demands
	}
	has = {row.key: set() for row in demands}
	holds = {each: set() for each in room}

	def place(key, seen):
		for each in allowed[key]:
			if each in seen or each in has[key]:
				continue
			seen.add(each)
			if len(holds[each]) >= room[each]:
				for other in sorted(holds[each]):
					if place(other, seen):
						holds[each].discard(other)
						has[other].discard(each)
						break
				else:
					continue
			has[key].add(each)
			holds[each].add(key)
			return True
		return False

	return sum(place(row.key, set()) for row in demands for _call in range(row.calls))


@settings(max_examples=200, deadline=None)
@given(DEMANDS, ROOM)
def test_calls_of_equal_length_are_placed_as_many_as_can_be(rows, room):
	demands, days = world([(row[0], 30, *row[2:]) for row in rows], room)
	days = [Day(row.day, row.calls, 480) for row in days]
	plan = schedule(demands, days)
	assert sum(len(each) for each in plan.days.values()) == most(demands, days)


@settings(max_examples=150, deadline=None)
@given(DEMANDS, ROOM, DEMANDS)
def test_a_customer_added_later_is_placed_as_if_he_had_been_there_from_the_start(rows, room, more):
	demands, days = world([(row[0], 30, *row[2:]) for row in (*rows, *more)], room)
	days = [Day(row.day, row.calls, 480) for row in days]
	plan = schedule(demands[: len(rows)], days)
	standing = [replace(row, standing=tuple(plan.days.get(row.key, ()))) for row in demands]
	again = schedule(standing, days)
	check(again, standing, days)
	assert sum(len(each) for each in again.days.values()) == most(demands, days)
	if not again.unplaced:
		return
	# and a second time nothing moves
	settled = [replace(row, standing=tuple(again.days[row.key])) for row in demands]
	assert schedule(settled, days).days == again.days


@settings(max_examples=150, deadline=None)
@given(DEMANDS, ROOM, st.integers(0, 24))
def test_planning_again_without_a_day_keeps_to_the_days_that_are_left(rows, room, gone):
	demands, days = world(rows, room)
	plan = schedule(demands, days)
	left = [row for place, row in enumerate(sorted(days, key=lambda row: row.day)) if place != gone]
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


@settings(max_examples=150, deadline=None)
@given(DEMANDS, st.sets(st.integers(0, 40), max_size=25), st.sets(st.integers(0, 40), max_size=3))
def test_with_room_enough_a_day_that_falls_out_moves_its_own_calls_only(rows, room, gone):
	demands, days = world(rows, [(number, 50, 9000) for number in room])
	plan = schedule(demands, days)
	lost = {day(number) for number in gone}
	standing = [replace(row, standing=tuple(plan.days[row.key])) for row in demands]
	again = schedule(standing, [row for row in days if row.day not in lost])
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
