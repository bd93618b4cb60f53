"""Figures through nested trees: the sum of the children is the parent, whatever the trees, periods and order."""

from datetime import date
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine.performance import (
	MONTHLY,
	NOT_KNOWN,
	OWN,
	QUARTERLY,
	WEEKLY,
	YEARLY,
	Tree,
	add_up,
	converted,
	flat,
	slices,
	total,
)
from kam_erpnext.engine.periods import Period

FIGURES = ("sales", "target")
TERRITORIES = Tree("territory", {"World": None, "North": "World", "City": "North", "South": "World"})
GROUPS = Tree("group", {"Pumps": None, "Sets": None})


def frame(*rows):
	return pd.DataFrame(rows, columns=["territory", "group", "period", *FIGURES])


def test_two_nested_trees_by_hand():
	facts = frame(
		("City", "Pumps", 0, 10, 8),
		("City", "Sets", 1, 5, 5),
		("North", "Pumps", 0, 3, 0),  # the region itself
		("South", "Sets", 0, 1, 2),
		(NOT_KNOWN, "Sets", 1, 4, 0),
	)
	top = add_up(facts, [TERRITORIES, GROUPS], FIGURES, 2)
	assert [node.name for node in top] == [NOT_KNOWN, "World"]
	world = top[1]
	assert world.values["sales"].tolist() == [14, 5] and world.values["target"].tolist() == [10, 5]
	north, south = world.children
	assert (north.name, south.name) == ("North", "South")
	assert [child.name for child in north.children] == [OWN, "City"]
	assert north.children[0].values["sales"].tolist() == [3, 0]
	assert [child.name for child in north.children[0].children] == ["Pumps"]
	city = north.children[1]
	assert [(child.dimension, child.name) for child in city.children] == [
		("group", "Pumps"),
		("group", "Sets"),
	]
	assert total(top, FIGURES, 2)["sales"].tolist() == [14, 9]
	assert [depth for depth, _node in flat(top)][:2] == [0, 1]


def test_a_circle_is_refused_and_names_the_node():
	with pytest.raises(ValueError, match="lies below itself"):
		add_up(frame(("a", "Pumps", 0, 1, 1)), [Tree("territory", {"a": "b", "b": "a"})], FIGURES, 1)


def test_slices_of_a_fiscal_year():
	year = Period(date(2026, 4, 1), date(2027, 4, 1))
	assert [str(part) for part in slices(year, QUARTERLY)] == [
		"2026-04-01 to 2026-06-30",
		"2026-07-01 to 2026-09-30",
		"2026-10-01 to 2026-12-31",
		"2027-01-01 to 2027-03-31",
	]
	assert len(slices(year, MONTHLY)) == 12 and slices(year, YEARLY) == [year]


def test_weeks_are_iso_and_cross_the_year():
	weeks = slices(Period(date(2026, 12, 30), date(2027, 1, 6)), WEEKLY)
	assert [str(week) for week in weeks] == ["2026-12-30 to 2027-01-03", "2027-01-04 to 2027-01-05"]


@given(
	st.dates(date(2019, 1, 1), date(2030, 12, 31)),
	st.integers(1, 900),
	st.sampled_from([WEEKLY, MONTHLY, QUARTERLY, YEARLY]),
)
def test_slices_cover_the_period_exactly(start, days, every):
	period = Period(start, date.fromordinal(start.toordinal() + days))
	parts = slices(period, every)
	assert parts[0].start == period.start and parts[-1].end == period.end
	assert all(left.end == right.start for left, right in pairwise(parts))


@st.composite
def worlds(draw):
	names = ["a", "b", "c", "d", "e"]
	parents = {name: draw(st.sampled_from([None, *names[:index]])) for index, name in enumerate(names)}
	rows = draw(
		st.lists(
			st.tuples(
				st.sampled_from([*names, NOT_KNOWN]),
				st.sampled_from(["Pumps", "Sets"]),
				st.integers(0, 2),
				st.integers(-1000, 1000),
				st.integers(0, 1000),
			),
			max_size=25,
		)
	)
	return Tree("territory", parents), rows


@settings(max_examples=60, deadline=None)
@given(worlds(), st.randoms())
def test_children_add_up_to_their_parent_in_any_order(world, random):
	tree, rows = world
	facts = frame(*rows)
	for trees in ([tree, GROUPS], [GROUPS, tree], [tree], [GROUPS]):
		top = add_up(facts, trees, FIGURES, 3)
		for _depth, node in flat(top):
			if node.children:
				assert total(node.children, FIGURES, 3).equals(node.values)
		assert total(top, FIGURES, 3)["sales"].sum() == sum(row[3] for row in rows)
		mixed = [*rows]
		random.shuffle(mixed)
		again = add_up(frame(*mixed), trees, FIGURES, 3)
		assert [node.path for _depth, node in flat(again)] == [node.path for _depth, node in flat(top)]
		assert all(
			one.values.equals(other.values)
			for (_d, one), (_e, other) in zip(flat(top), flat(again), strict=True)
		)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_leaving_out_facts_can_only_lower_what_is_positive(world, data):
	tree, rows = world
	rows = [(*row[:3], abs(row[3]), row[4]) for row in rows]
	fewer = [row for row in rows if data.draw(st.booleans())]
	whole = {node.path: node.values for _depth, node in flat(add_up(frame(*rows), [tree], FIGURES, 3))}
	for _depth, node in flat(add_up(frame(*fewer), [tree], FIGURES, 3)):
		if node.name != OWN:
			assert (node.values <= whole[node.path]).all().all()


def test_currencies_need_a_rate():
	facts = pd.DataFrame({"currency": ["EUR", "USD"], "sales": [100.0, 110.0]})
	assert converted(facts, ["sales"], {"EUR": 1.0, "USD": 0.5})["sales"].tolist() == [100, 55]
	with pytest.raises(ValueError, match="USD"):
		converted(facts, ["sales"], {"EUR": 1.0})
