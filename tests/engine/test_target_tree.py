"""Targets through a tree: a whole target is not added to its breakdown, in any item group, interval or order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine.rollup import OWN_CUSTOMERS, WHOLE_ACCOUNT, contributions
from kam_erpnext.engine.target_tree import EVERYTHING, TargetLine, line_of, own_lines

TREE = {"Top": None, "North": "Top", "Site": "North", "South": "Top"}
GROUPS = {"All": None, "Pumps": "All", "Small Pumps": "Pumps", "Valves": "All"}


def line(node, amounts, group=EVERYTHING, whole=False, in_force=None):
	amounts = np.array(amounts, dtype=float)
	force = np.ones(len(amounts), dtype=bool) if in_force is None else np.array(in_force)
	return TargetLine(f"plan of {node}", node, whole, group, amounts, force)


def amounts(lines):
	return [part.amounts.tolist() for part in lines]


def test_a_whole_target_counts_what_is_not_given_below():
	found = own_lines(TREE, [line("Top", [100, 100], whole=True), line("Site", [30, 40])], GROUPS)
	assert amounts(found) == [[70, 60], [30, 40]]


def test_the_line_of_the_nearest_item_group_is_reduced():
	found = own_lines(
		TREE,
		[
			line("Top", [100], "Pumps", whole=True),
			line("Top", [50], whole=True),
			line("North", [10], "Small Pumps"),
			line("South", [20], "Valves"),
		],
		GROUPS,
	)
	assert amounts(found) == [[90], [30], [10], [20]]


def test_what_no_line_takes_reduces_all_lines_in_proportion():
	top = [line("Top", [75], "Pumps", whole=True), line("Top", [25], "Valves", whole=True)]
	found = own_lines(TREE, [*top, line("South", [40])], GROUPS)
	assert amounts(found) == [[45], [15], [40]]


def test_only_while_it_is_in_force():
	whole = line("Top", [100, 0], whole=True, in_force=[True, False])
	found = own_lines(TREE, [whole, line("South", [30, 40])], GROUPS)
	assert amounts(found) == [[70, 0], [30, 40]]


def test_a_month_without_share_still_stands_for_what_is_below():
	found = own_lines(TREE, [line("Top", [100, 0], whole=True), line("South", [30, 40])], GROUPS)
	assert amounts(found) == [[70, -40], [30, 40]]


def test_a_group_that_is_smaller_than_its_parts_counts_nothing():
	lines = [line("Top", [10], whole=True), line("South", [30])]
	assert amounts(own_lines(TREE, lines, GROUPS, at_least_below=True)) == [[0], [30]]
	assert amounts(own_lines(TREE, lines, GROUPS)) == [[-20], [30]]


def test_an_unknown_node_and_a_circle_are_named():
	with pytest.raises(ValueError, match="There is no Nowhere"):
		own_lines(TREE, [line("Nowhere", [1])], GROUPS)
	with pytest.raises(ValueError, match="below itself"):
		own_lines({"a": "b", "b": "a"}, [line("a", [1])], GROUPS)


def test_the_line_that_takes_an_item_group():
	lines = {"Pumps": 0, EVERYTHING: 1}
	assert [line_of(group, lines, GROUPS) for group in ("Small Pumps", "Valves", "unheard of")] == [0, 1, 1]
	assert line_of("Valves", {"Pumps": 0}, GROUPS) is None


@st.composite
def plans(draw):
	names = ["a", "b", "c", "d", "e"]
	parents = {name: draw(st.sampled_from([None, *names[:index]])) for index, name in enumerate(names)}
	lines = []
	for name in names:
		groups = draw(st.lists(st.sampled_from([EVERYTHING, *GROUPS]), unique=True, max_size=3))
		whole = draw(st.booleans())
		for group in groups:
			lines.append(
				line(name, draw(st.lists(st.integers(0, 500), min_size=3, max_size=3)), group, whole)
			)
	return parents, lines


@settings(max_examples=80, deadline=None)
@given(plans(), st.randoms())
def test_totals_are_those_of_the_contributions_of_plans(world, random):
	parents, lines = world
	found = own_lines(parents, lines, GROUPS)
	nodes = pd.DataFrame({"node": list(parents), "parent": list(parents.values())}, dtype=object)
	held = {part.node: part.whole for part in lines}
	frame = pd.DataFrame(
		[
			{
				"plan": node,
				"node": node,
				"scope": WHOLE_ACCOUNT if whole else OWN_CUSTOMERS,
				"target": sum(part.amounts.sum() for part in lines if part.node == node),
			}
			for node, whole in held.items()
		],
		columns=["plan", "node", "scope", "target"],
	)
	expected = dict(zip(frame["node"], contributions(nodes, frame)["target"], strict=True))
	for node, amount in expected.items():
		assert sum(part.amounts.sum() for part in found if part.node == node) == pytest.approx(
			amount, abs=1e-6
		)
	shuffled = list(range(len(lines)))
	random.shuffle(shuffled)
	again = own_lines(parents, [lines[index] for index in shuffled], GROUPS)
	for place, index in enumerate(shuffled):
		assert again[place].amounts == pytest.approx(found[index].amounts, abs=1e-6)
