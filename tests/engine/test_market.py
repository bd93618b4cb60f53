"""Market share: worked examples, and what must hold whatever the figures."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.market import (
	UNITS,
	Estimate,
	Share,
	Size,
	Trees,
	share,
	share_of_account,
	sizes,
	worst,
)
from kam_erpnext.engine.periods import Period

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
TREES = Trees(
	territories={
		"World": frozenset(("World", "North", "South", "Oslo", "Rome")),
		"North": frozenset(("North", "Oslo")),
		"South": frozenset(("South", "Rome")),
		"Oslo": frozenset(("Oslo",)),
		"Rome": frozenset(("Rome",)),
	},
	groups={
		"All": frozenset(("All", "pumps", "valves")),
		"pumps": frozenset(("pumps",)),
		"valves": frozenset(("valves",)),
	},
)
PARENTS = {"Oslo": "North", "Rome": "South", "North": "World", "South": "World", "World": None}
ALL = frozenset(TREES.groups)


def estimate(territory="Oslo", group=None, start=YEAR.start, end=YEAR.end, **fields):
	return Estimate(fields.pop("name", f"{territory} {group}"), territory, group, start, end, **fields)


def size(territory, amount, group=None, covered=1.0, **rivals):
	return Size(territory, group, amount, covered, rivals, None, (f"{territory} {group}",))


# ---------------------------------------------------------------- sizes


def test_a_longer_estimate_counts_in_proportion_to_the_days():
	june = Period(date(2025, 6, 1), date(2025, 7, 1))
	found = sizes([estimate(value=365_000.0, competitors=(("Rival", 73_000.0, None),))], june)[0]
	assert found.amount == pytest.approx(30_000)
	assert found.competitors == {"Rival": pytest.approx(6_000)}
	assert found.covered == 1


def test_half_a_year_stands_for_the_year_and_says_so():
	half = estimate(value=181.0, end=date(2025, 7, 1))
	found = sizes([half], YEAR)[0]
	assert found.amount == pytest.approx(365)
	assert found.covered == pytest.approx(181 / 365)
	both = sizes([half, estimate(value=184.0, start=date(2025, 7, 1))], YEAR)[0]
	assert both.amount == pytest.approx(365) and both.covered == 1


def test_a_size_that_was_not_given_is_no_market():
	assert sizes([estimate(value=10.0)], YEAR, UNITS) == []
	assert sizes([estimate(value=10.0)], YEAR.previous_year()) == []


def test_the_lowest_reliability_counts():
	assert worst(["High", "Low", "Medium"]) == "Low"
	assert worst(["High", None]) is None and worst([]) is None


# ---------------------------------------------------------------- shares


def test_the_share_in_a_territory_and_its_regions():
	markets = [size("Oslo", 1000, Rival=300), size("Rome", 500)]
	own = {("Oslo", "pumps"): 200, ("Rome", "valves"): 100}
	north = share(markets, TREES, TREES.territories["North"], ALL, own)
	assert (north.market, north.own, north.share, north.competitors) == (1000, 200, 20, {"Rival": 300})
	assert north.others == 500
	world = share(markets, TREES, TREES.territories["World"], ALL, own)
	assert (world.market, world.own, world.share) == (1500, 300, 20)


def test_the_estimate_of_the_whole_region_goes_before_those_of_its_parts():
	markets = [size("North", 4000), size("Oslo", 1000)]
	assert share(markets, TREES, TREES.territories["World"], ALL, {}).market == 4000
	assert share(markets, TREES, TREES.territories["Oslo"], ALL, {}).market == 1000


def test_sales_in_an_unknown_market_stand_beside_the_share():
	own = {("Oslo", "pumps"): 200, ("Rome", "pumps"): 900, ("Oslo", "valves"): 50}
	world = share([size("Oslo", 1000, "pumps")], TREES, TREES.territories["World"], ALL, own)
	assert (world.market, world.own, world.own_elsewhere, world.share) == (1000, 200, 950, 20)


def test_nothing_known_is_not_zero():
	nothing = share([], TREES, TREES.territories["World"], ALL, {("Oslo", "pumps"): 10})
	assert (nothing.market, nothing.share, nothing.others, nothing.own_elsewhere) == (None, None, None, 10)
	assert Share().share is None


def test_an_account_is_measured_against_its_nearest_market():
	markets = [size("North", 4000), size("World", 90_000)]
	own = {("Oslo", "pumps"): 400}
	assert share_of_account(markets, TREES, PARENTS, ALL, own, ["Oslo"]).share == 10
	# in two markets: against the larger one, as the measure Market Share does
	two = share_of_account([*markets, size("Rome", 100)], TREES, PARENTS, ALL, own, ["Oslo", "Rome"])
	assert (two.market, two.share) == (4000, 10)
	assert share_of_account([], TREES, PARENTS, ALL, own, ["Oslo"]).share is None


def test_an_account_in_a_market_known_by_item_group():
	own = {("Oslo", "pumps"): 400, ("Oslo", "valves"): 100}
	found = share_of_account([size("North", 1000, "pumps")], TREES, PARENTS, ALL, own, ["Oslo"])
	assert (found.own, found.own_elsewhere, found.share) == (400, 100, 40)


some_sizes = st.lists(
	st.builds(
		size,
		st.sampled_from(sorted(TREES.territories)),
		st.integers(1, 1000).map(float),
		st.sampled_from((None, "All", "pumps", "valves")),
	),
	max_size=6,
	unique_by=lambda one: (one.territory, one.item_group),
)
some_sales = st.dictionaries(
	st.sampled_from(sorted(product(TREES.territories, TREES.groups))), st.integers(0, 500).map(float)
)


@given(some_sizes, some_sales)
def test_every_sale_stands_in_or_beside_the_share(markets, own):
	world = share(markets, TREES, TREES.territories["World"], ALL, own)
	assert world.own + world.own_elsewhere == pytest.approx(sum(own.values()))
	assert (world.market is None) == (not markets)


@given(some_sizes, some_sales)
def test_regions_without_an_estimate_above_them_add_up(markets, own):
	below = [one for one in markets if one.territory != "World"]
	parts = [share(below, TREES, TREES.territories[name], ALL, own) for name in ("North", "South")]
	world = share(below, TREES, TREES.territories["World"], ALL, own)
	assert (world.market or 0) == pytest.approx(sum(part.market or 0 for part in parts))
	assert world.own == pytest.approx(sum(part.own for part in parts))
