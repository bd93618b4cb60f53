"""Two states of a power map compared: by hand, and for any two maps."""

from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.map_difference import Change, Difference, difference


def state(people, judgements=None, /, **judged):
	"""`people` are values by key; without judgements nothing judged is known."""
	if judged:
		judgements = {"people": {}, "links": [], "relations": [], **judged}
	return {"people": people, "judgements": judgements}


def line(source, target, kind="Influence", **values):
	return {"source": source, "target": target, "kind": kind, "strength": "Medium", **values}


def test_who_came_left_and_moved():
	older = state({"a": {}, "b": {"reports_to": "a"}, "c": {"reports_to": "a"}})
	newer = state({"a": {}, "b": {}, "d": {"reports_to": "b"}})
	found = difference(older, newer)
	assert (found.came, found.left) == (["d"], ["c"])
	assert found.moved == [Change("b", "reports_to", "a", None)]
	assert not found.changed and not found.judged


def test_a_person_taken_off_and_added_again_is_recognised_by_the_contact():
	older = state({"a": {"contact": "C1", "reports_to": "b"}, "b": {}, "x": {"reports_to": "a"}})
	newer = state({"new": {"contact": "C1", "reports_to": "b"}, "b": {}, "x": {"reports_to": "new"}})
	assert difference(older, newer).is_empty()


def test_the_key_counts_before_the_contact():
	older = state({"a": {"contact": "C1"}, "b": {"contact": "C2"}})
	newer = state({"a": {"contact": "C2"}, "b": {"contact": "C1"}})
	assert difference(older, newer).came == []


def test_unknown_is_no_value_and_nought_is_one():
	older = state({"a": {"designation": ""}}, people={"a": {"support": None, "roles": [], "power": ""}})
	newer = state({"a": {"designation": None}}, people={"a": {"support": 0}})
	assert difference(older, newer).changed == [Change("a", "support", None, 0)]


def test_without_the_judgements_of_both_nothing_judged_is_told():
	older = state({"a": {}}, people={"a": {"power": "High"}}, links=[line("a", "a")])
	found = difference(older, state({"a": {}}))
	assert found.is_empty() and not found.judged


def test_lines_are_known_by_their_ends_and_a_conflict_has_no_direction():
	people = {"a": {}, "b": {}}
	older = state(people, links=[line("a", "b"), line("a", "b", "Conflict", strength="Weak")])
	newer = state(people, links=[line("b", "a"), line("b", "a", "Conflict", strength="Strong")])
	found = difference(older, newer)
	assert [(row["source"], row["kind"]) for row in found.lines_added] == [("b", "Influence")]
	assert [(row["source"], row["kind"]) for row in found.lines_removed] == [("a", "Influence")]
	assert found.lines_changed == [Change(("Conflict", "a", "b"), "strength", "Weak", "Strong")]


def test_ties_and_relations():
	people = {"a": {"competitor": None}}
	older = state(people, people={"a": {"competitor": "Acme"}}, relations=[])
	newer = state(people, relations=[{"person": "a", "user": "u", "strength": 0, "wanted": 2}])
	found = difference(older, newer)
	assert found.changed == [Change("a", "tie", "Acme", None)]
	assert found.relations_changed == [
		Change(("a", "u"), "strength", None, 0),
		Change(("a", "u"), "wanted", None, 2),
	]


KEYS = st.sampled_from("abcdef")
PEOPLE = st.dictionaries(
	KEYS,
	st.fixed_dictionaries(
		{
			"person_name": st.sampled_from(["Ann", "Bob"]),
			"reports_to": st.none() | KEYS,
			"contact": st.none() | st.sampled_from(["C1", "C2", "C3"]),
		}
	),
)
VALUES = st.fixed_dictionaries(
	{
		"power": st.sampled_from(["", "High", "Low"]),
		"support": st.none() | st.integers(-2, 2),
		"roles": st.lists(st.sampled_from(["User", "Buyer"]), unique=True),
	}
)
JUDGEMENTS = st.fixed_dictionaries(
	{
		"people": st.dictionaries(KEYS, VALUES),
		"links": st.lists(st.builds(line, KEYS, KEYS, st.sampled_from(["Influence", "Conflict"]))),
		"relations": st.just([]),
	}
)
MAPS = st.builds(state, PEOPLE, st.none() | JUDGEMENTS)


@given(MAPS)
def test_a_map_does_not_differ_from_itself(some):
	assert difference(some, some).is_empty()


@given(MAPS, MAPS)
def test_backwards_it_is_the_same_the_other_way_round(one, other):
	there, back = difference(one, other), difference(other, one)
	assert (len(there.came), len(there.left)) == (len(back.left), len(back.came))
	assert len(there.changed) == len(back.changed) and there.judged == back.judged
	assert len(other["people"]) == len(one["people"]) + len(there.came) - len(there.left)


@given(MAPS, MAPS)
def test_everybody_is_told_of_once(one, other):
	found = difference(one, other)
	assert isinstance(found, Difference)
	assert set(found.came) <= set(other["people"]) and set(found.left) <= set(one["people"])
	assert not {change.about for change in found.moved} & set(found.came)
