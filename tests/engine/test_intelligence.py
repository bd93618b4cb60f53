"""Market notes and the accounts they matter for: examples by hand, and properties that always hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.intelligence import (
	SCOPE,
	TREES,
	Account,
	Reason,
	covers,
	is_current,
	lineage,
	match,
	matches,
	order,
)

# World > Europe > Germany > Germany North, Asia; Products > Pumps > Small Pumps, Valves; Group > Branch
PARENTS = {
	"territory": {
		"World": None,
		"Europe": "World",
		"Germany": "Europe",
		"Germany North": "Germany",
		"Asia": "World",
	},
	"item_group": {"Products": "", "Pumps": "Products", "Small Pumps": "Pumps", "Valves": "Products"},
	"key_account": {"Group": None, "Branch": "Group"},
}


def account(name="Branch", **values):
	return Account(name, {field: frozenset(found) for field, found in values.items()})


BRANCH = account(
	key_account=["Branch"],
	territory=["Germany North"],
	item_group=["Small Pumps"],
	segment=["Strategic", "Reference"],
	market_segment=["Hospitals"],
	competitor=["Rival"],
)


@pytest.mark.parametrize(
	("scope", "expected"),
	[
		({}, True),
		({"territory": ""}, True),
		({"territory": "World"}, True),
		({"territory": "Germany North"}, True),
		({"territory": "Asia"}, False),
		({"item_group": "Pumps"}, True),
		({"item_group": "Valves"}, False),
		({"key_account": "Group"}, True),
		({"key_account": "Branch"}, True),
		({"segment": "Reference"}, True),
		({"segment": "Image"}, False),
		({"market_segment": "Hospitals", "competitor": "Rival"}, True),
		({"market_segment": "Hospitals", "competitor": "Other"}, False),
		({"territory": "Europe", "item_group": "Products", "segment": "Strategic"}, True),
		({"territory": "Europe", "item_group": "Valves", "segment": "Strategic"}, False),
	],
)
def test_every_field_given_must_match(scope, expected):
	assert bool(match(scope, BRANCH, PARENTS)) == expected


def test_a_note_on_something_below_does_not_match_what_lies_above():
	europe = account("Group", key_account=["Group"], territory=["Europe"])
	assert not match({"territory": "Germany"}, europe, PARENTS)
	assert not match({"key_account": "Branch"}, europe, PARENTS)


def test_what_is_not_known_of_an_account_matches_nothing():
	unknown = account("New", key_account=["New"])
	assert match({}, unknown, PARENTS)
	for field in set(SCOPE) - {"key_account"}:
		assert not match({field: "Something"}, unknown, PARENTS)


def test_the_reasons_name_what_the_note_says_and_what_it_covers():
	found = match({"territory": "Europe", "competitor": "Rival"}, BRANCH, PARENTS)
	assert found.account == "Branch"
	assert found.reasons == (
		Reason("territory", "Europe", "Germany North"),
		Reason("competitor", "Rival", "Rival"),
	)


def test_fields_are_never_put_together_from_several_accounts():
	here = account("A", territory=["Germany"], item_group=["Valves"])
	there = account("B", territory=["Asia"], item_group=["Pumps"])
	assert matches({"territory": "Germany", "item_group": "Pumps"}, [here, there], PARENTS) == ()
	assert [one.account for one in matches({"item_group": "Products"}, [here, there], PARENTS)] == ["A", "B"]


def test_a_tree_that_runs_in_a_circle_ends():
	circle = {"A": "B", "B": "A"}
	assert list(lineage(circle, "A")) == ["A", "B"]
	assert not covers("territory", "C", "A", {"territory": circle})


@pytest.mark.parametrize(
	("noted", "until", "expected"),
	[
		(date(2025, 3, 1), None, True),
		(date(2025, 3, 10), None, True),
		(date(2025, 3, 11), None, False),
		(date(2025, 3, 1), date(2025, 3, 10), True),
		(date(2025, 3, 1), date(2025, 3, 9), False),
	],
)
def test_a_note_is_shown_from_its_day_to_its_last_day(noted, until, expected):
	assert is_current(noted, until, date(2025, 3, 10)) is expected


def test_what_matters_most_comes_first_then_the_latest():
	notes = [("Low", 1), ("High", 1), (None, 5), ("Medium", 2), ("High", 3)]
	found = sorted(notes, key=lambda note: order(note[0], date(2025, 1, note[1])))
	assert found == [("High", 3), ("High", 1), ("Medium", 2), ("Low", 1), (None, 5)]


names = st.sampled_from(["a", "b", "c", "d", "e"])
trees = st.dictionaries(names, st.none() | names, max_size=5)
scopes = st.dictionaries(st.sampled_from(SCOPE), names | st.just(""), max_size=6)
accounts = st.builds(
	Account,
	name=names,
	values=st.dictionaries(st.sampled_from(SCOPE), st.frozensets(names, max_size=3), max_size=6),
)
forests = st.fixed_dictionaries({field: trees for field in TREES})


@given(scopes, accounts, forests)
def test_a_note_with_less_scope_reaches_at_least_as_many(scope, account, forest):
	if not match(scope, account, forest):
		return
	for field in scope:
		less = {name: value for name, value in scope.items() if name != field}
		assert match(less, account, forest)


@given(scopes, accounts, forests)
def test_more_known_of_an_account_never_loses_a_note(scope, account, forest):
	richer = Account(account.name, {field: account.known(field) | {"e"} for field in SCOPE})
	if match(scope, account, forest):
		assert match(scope, richer, forest)


@given(scopes, accounts, forests)
def test_reasons_are_as_many_as_fields_given_and_true(scope, account, forest):
	found = match(scope, account, forest)
	if found:
		assert [reason.field for reason in found.reasons] == [name for name in SCOPE if scope.get(name)]
		for reason in found.reasons:
			assert reason.found in account.known(reason.field)
			assert covers(reason.field, reason.wanted, reason.found, forest)
