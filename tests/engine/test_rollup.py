"""Plans added up through trees: by hand, and for any tree and any set of plans."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.rollup import OWN_CUSTOMERS, WHOLE_ACCOUNT, add_up, contributions, roll_up

OWN, WHOLE = OWN_CUSTOMERS, WHOLE_ACCOUNT


def tree(**parents):
	return pd.DataFrame({"node": list(parents), "parent": list(parents.values())}, dtype=object)


def plans(*rows):
	return pd.DataFrame(rows, columns=["plan", "node", "scope", "target"])


GROUP = tree(group=None, germany="group", france="group", berlin="germany", munich="germany")


def test_children_add_to_their_parents_own_plan():
	result = roll_up(
		GROUP,
		plans(
			("P1", "group", OWN, 10),
			("P2", "germany", OWN, 20),
			("P3", "berlin", OWN, 5),
			("P4", "munich", OWN, 7),
		),
	)
	assert result["target"].to_dict() == pytest.approx(
		{"group": 42, "germany": 32, "france": math.nan, "berlin": 5, "munich": 7}, nan_ok=True
	)
	assert result["plans"].to_dict() == {"group": 4, "germany": 3, "france": 0, "berlin": 1, "munich": 1}
	assert result.loc["group", "target_below"] == 32
	assert math.isnan(result.loc["group", "target_not_distributed"])


def test_a_whole_account_plan_stands_for_everything_below():
	result = roll_up(
		GROUP, plans(("P1", "germany", WHOLE, 100), ("P2", "berlin", OWN, 30), ("P3", "munich", OWN, 45))
	)
	germany = result.loc["germany"]
	assert (germany["target"], germany["target_below"], germany["target_not_distributed"]) == (100, 75, 25)
	assert result.loc["group", "target"] == 100  # not 175


def test_more_may_be_planned_below_than_at_the_top():
	result = roll_up(GROUP, plans(("P1", "germany", WHOLE, 50), ("P2", "berlin", OWN, 80)))
	assert result.loc["germany", "target_not_distributed"] == -30
	assert result.loc["group", "target"] == 50


def test_whole_accounts_within_whole_accounts():
	result = roll_up(
		GROUP,
		plans(
			("P1", "group", WHOLE, 500),
			("P2", "germany", WHOLE, 100),
			("P3", "berlin", OWN, 30),
			("P4", "france", OWN, 40),
		),
	)
	assert result.loc["group", "target"] == 500
	assert result.loc["group", "target_below"] == 140  # 100 of Germany with Berlin inside, 40 of France
	assert result.loc["germany", "target_not_distributed"] == 70


def test_a_plan_that_is_not_known_is_said_and_hides_nothing_below():
	result = roll_up(GROUP, plans(("P1", "germany", WHOLE, math.nan), ("P2", "berlin", OWN, 30)))
	assert result.loc["germany", "target"] == 30
	assert result.loc["germany", "target_unknown"] == 1
	alone = roll_up(GROUP, plans(("P1", "germany", WHOLE, math.nan)))
	assert math.isnan(alone.loc["germany", "target"]) and alone.loc["group", "target_unknown"] == 1


def test_several_values_are_added_up_side_by_side():
	frame = plans(("P1", "germany", WHOLE, 100), ("P2", "berlin", OWN, 30)).assign(actual=[60.0, 50.0])
	result = roll_up(GROUP, frame, ("target", "actual"))
	assert result.loc["group", "actual"] == 60
	assert result.loc["germany", "actual_not_distributed"] == 10


def test_contributions_in_another_tree_never_count_twice():
	counted = contributions(GROUP, plans(("P1", "group", WHOLE, 100), ("P2", "berlin", OWN, 30)))
	assert counted["target"].tolist() == [70, 30]
	territories = tree(world=None, europe="world", overseas="world")
	moved = counted.assign(node=["overseas", "europe"])
	assert add_up(territories, moved)["target"].to_dict() == {"world": 100, "europe": 30, "overseas": 70}


def test_what_is_refused():
	with pytest.raises(ValueError, match="more than one plan"):
		roll_up(GROUP, plans(("P1", "berlin", OWN, 1), ("P2", "berlin", OWN, 2)))
	with pytest.raises(ValueError, match="no account"):
		roll_up(GROUP, plans(("P1", "rome", OWN, 1)))
	with pytest.raises(ValueError, match="above itself"):
		roll_up(tree(a="b", b="a"), plans(("P1", "a", OWN, 1)))
	with pytest.raises(ValueError, match="listed twice"):
		roll_up(pd.DataFrame({"node": ["a", "a"], "parent": [None, None]}), plans(("P1", "a", OWN, 1)))


def test_nothing_planned():
	result = roll_up(GROUP, plans())
	assert result["target"].isna().all() and (result["plans"] == 0).all()


def test_a_parent_that_is_not_visible_makes_a_node_a_root():
	result = roll_up(tree(berlin="germany"), plans(("P1", "berlin", OWN, 5)))
	assert result.loc["berlin", "target"] == 5


@st.composite
def forests(draw):
	"""A forest of up to twelve nodes, each below an earlier one or at the top, and plans on some of them."""
	size = draw(st.integers(1, 12))
	parents = [draw(st.none() | st.integers(0, node - 1)) if node else None for node in range(size)]
	nodes = pd.DataFrame(
		{
			"node": [f"n{node}" for node in range(size)],
			"parent": [None if parent is None else f"n{parent}" for parent in parents],
		},
		dtype=object,
	)
	rows = [
		(f"P{node}", f"n{node}", draw(st.sampled_from((OWN, WHOLE))), float(draw(st.integers(0, 1000))))
		for node in range(size)
		if draw(st.booleans())
	]
	return nodes, plans(*rows)


def children_of(nodes):
	return {node: nodes["node"][nodes["parent"] == node].tolist() for node in nodes["node"]}


@given(forests())
def test_consolidated_is_own_plus_children_unless_the_plan_is_for_the_whole_account(forest):
	nodes, planned = forest
	result = roll_up(nodes, planned)
	own = planned.set_index("node")
	for node, children in children_of(nodes).items():
		below = result.loc[children, "target"].dropna()
		if node in own.index and own.loc[node, "scope"] == WHOLE:
			expected = own.loc[node, "target"]
		elif node in own.index:
			expected = own.loc[node, "target"] + below.sum()
		else:
			expected = below.sum() if len(below) else math.nan
		assert result.loc[node, "target"] == pytest.approx(expected, nan_ok=True)


@given(forests())
def test_every_plan_counts_at_most_once(forest):
	"""One more in one plan moves no total by more than one, and each top node by one or by nothing."""
	nodes, planned = forest
	before = roll_up(nodes, planned)["target"].fillna(0)
	for index in range(len(planned)):
		more = planned.copy()
		more.loc[index, "target"] += 1
		change = roll_up(nodes, more)["target"].fillna(0) - before
		assert set(change.round(6)) <= {0, 1}
		assert change[nodes["node"][nodes["parent"].isna()]].sum() <= 1 + 1e-9


@given(forests())
def test_contributions_add_up_to_the_totals_at_the_top(forest):
	nodes, planned = forest
	tops = nodes["node"][nodes["parent"].isna()]
	total = contributions(nodes, planned)["target"].sum()
	assert roll_up(nodes, planned).loc[tops, "target"].sum() == pytest.approx(total)


@given(forests(), st.randoms())
def test_the_order_changes_nothing(forest, random):
	nodes, planned = forest
	result = roll_up(nodes, planned)
	order, plan_order = list(range(len(nodes))), list(range(len(planned)))
	random.shuffle(order)
	random.shuffle(plan_order)
	again = roll_up(
		nodes.iloc[order].reset_index(drop=True), planned.iloc[plan_order].reset_index(drop=True)
	).reindex(result.index)
	pd.testing.assert_series_equal(again["target"], result["target"])
	pd.testing.assert_series_equal(again["target_below"], result["target_below"])
