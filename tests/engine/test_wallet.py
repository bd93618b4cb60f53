"""Share of wallet: worked examples, and what must hold whatever the figures."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.wallet import (
	BLOCKED,
	COMPETITOR,
	INTERNAL,
	Cell,
	Supplier,
	allocation,
	allocations,
	counted,
	estimated_wallet,
	split,
	totals,
)

DAY = date(2025, 6, 30)
CENTRES, GROUPS = ("A", "B", "C"), ("pumps", "valves", "seals", "service")


def cell(key="c", centres="A", groups=("pumps",), wallet=None, **fields):
	return Cell(key, frozenset(centres), frozenset(groups), wallet, **fields)


def rival(amount=None, name="Rival", **fields):
	return Supplier(COMPETITOR, name, amount, **fields)


# ---------------------------------------------------------------- one cell


def test_a_wallet_splits_into_its_parts():
	# 1,000 spent: 300 with us, 250 with a competitor, 150 made by the customer, 300 nobody knows about
	part = split(
		cell(wallet=1000, suppliers=(rival(250), Supplier(INTERNAL, "", 150))),
		own=300,
		day=DAY,
		target_share=40,
	)
	assert (part.share, part.competitors, part.internal, part.unknown) == (30, 250, 150, 300)
	assert part.addressable == 850  # 1,000 less 150 made by the customer
	assert part.gap == 100  # 40 % of 1,000 less 300
	assert part.excess == 0


def test_what_is_under_contract_cannot_be_won_now():
	bound = rival(250, contract_end=date(2025, 6, 30))
	over = rival(200, "Former", contract_end=date(2025, 6, 29))
	part = split(cell(wallet=1000, suppliers=(bound, over, Supplier(INTERNAL, "", 100))), 0, DAY)
	assert (part.locked, part.addressable) == (250, 650)


def test_an_unknown_amount_makes_what_hangs_on_it_unknown():
	assert split(cell(wallet=1000, suppliers=(Supplier(INTERNAL),)), 100, DAY).addressable is None
	assert split(cell(wallet=1000, suppliers=(rival(contract_end=DAY),)), 100, DAY).addressable is None
	without = split(cell(suppliers=(rival(50),)), 100, DAY, target_share=50)
	assert (without.wallet, without.share, without.unknown, without.addressable, without.gap) == (None,) * 5
	assert (without.own, without.competitors) == (100, 50)


def test_a_supplier_without_an_amount_is_not_a_supplier_of_nothing():
	part = split(cell(wallet=1000, suppliers=(rival(),)), 100, DAY)
	assert (part.competitors, part.internal, part.unknown) == (None, None, 900)
	assert split(cell(wallet=1000, suppliers=(rival(0.0),)), 100, DAY).competitors == 0
	sums = totals([cell(wallet=1000, suppliers=(rival(),))], {}, (), DAY)
	assert (sums.competitors, sums.internal, sums.competitors_unknown) == (None, None, {"Rival"})


def test_a_wallet_of_nothing_has_no_share():
	part = split(cell(wallet=0.0), 0, DAY)
	assert part.share is None and part.unknown == 0


def test_the_customer_makes_the_rest_where_it_makes_it_itself():
	part = split(cell(wallet=1000, state=INTERNAL, suppliers=(rival(100),)), 200, DAY)
	assert (part.internal, part.unknown, part.addressable) == (700, 0, 300)
	part = split(cell(wallet=1000, state=INTERNAL, suppliers=(rival(),)), 200, DAY)
	assert (part.internal, part.unknown, part.addressable) == (None, 800, None)


def test_parts_above_the_wallet_are_told():
	part = split(cell(wallet=100, suppliers=(rival(60),)), 90, DAY)
	assert (part.unknown, part.excess, part.share) == (0, 50, 90)


def test_nobody_can_win_a_blocked_cell():
	assert split(cell(wallet=100, state=BLOCKED), 0, DAY).addressable == 0


def test_the_aim_of_a_cell_goes_before_the_general_one():
	assert split(cell(wallet=100, target_share=80), 50, DAY, 60).gap == 30
	assert split(cell(wallet=100, target_share=0.0), 50, DAY, 60).gap == 0


# ---------------------------------------------------------------- many cells


UNIVERSE = set(product("AB", GROUPS))


def test_share_over_known_cells_and_coverage_beside_it():
	# A: pumps 100 of 400, valves 50 of 100; sales of 70 in seals without a wallet; service blocked. B: nothing known.
	cells = [
		cell("1", "A", ("pumps",), 400),
		cell("2", "A", ("valves",), 100, suppliers=(rival(30, contract_end=date(2026, 1, 31)),)),
		cell("3", "A", ("service",), state=BLOCKED),
		cell("4", "B", ("pumps",)),
	]
	own = {("A", "pumps"): 100, ("A", "valves"): 50, ("A", "seals"): 70, ("B", "pumps"): 500}
	sums = totals(cells, own, UNIVERSE, DAY, target_share=50)
	assert (sums.wallet, sums.own, sums.share) == (500, 150, 30)
	assert sums.own_elsewhere == 570
	assert (sums.known_cells, sums.addressable_cells, sums.blocked_cells) == (2, 7, 1)
	assert sums.coverage == pytest.approx(100 * 2 / 7)
	assert (sums.addressable, sums.gap) == (470, 100)
	assert sums.by_competitor == {"Rival": 30} and sums.next_contract_end == date(2026, 1, 31)


def test_of_wallets_in_each_other_the_widest_counts():
	whole = cell("whole", "AB", GROUPS, 1000)
	detail = cell("detail", "A", ("pumps",), 300)
	taken, inside = counted([detail, whole])
	assert taken == [whole] and inside == {"detail": "whole"}
	assert totals([whole, detail], {("A", "pumps"): 250}, UNIVERSE, DAY).share == 25


def test_a_wide_wallet_nobody_knows_does_not_hide_what_is_known():
	sums = totals([cell("whole", "AB", GROUPS), cell("detail", "A", ("pumps",), 300)], {}, UNIVERSE, DAY)
	assert sums.wallet == 300 and sums.known_cells == 1


def test_crossing_wallets_are_not_added():
	taken, inside = counted(
		[cell("a", "AB", ("pumps",), 10), cell("b", "A", ("pumps", "valves", "seals"), 20)]
	)
	assert [one.key for one in taken] == ["b"] and inside == {"a": "b"}


def test_nothing_known_is_not_zero():
	sums = totals([], {("A", "pumps"): 5}, UNIVERSE, DAY)
	assert (sums.wallet, sums.share, sums.unknown, sums.addressable, sums.gap) == (None,) * 5
	assert (sums.coverage, sums.own_elsewhere) == (0, 5)
	assert totals([], {}, (), DAY).coverage is None


def test_an_item_group_we_do_not_offer_yet_joins_the_universe():
	sums = totals([cell("new", "A", ("robots",), 10)], {}, UNIVERSE, DAY)
	assert (sums.known_cells, sums.addressable_cells) == (1, 9)


amounts = st.one_of(st.none(), st.integers(0, 1000).map(float))
suppliers = st.lists(
	st.builds(
		Supplier,
		st.sampled_from((COMPETITOR, INTERNAL)),
		st.sampled_from(("R1", "R2", "R3")),
		amounts,
		st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2026, 12, 31))),
	),
	max_size=3,
).map(tuple)
any_cell = st.builds(
	Cell,
	st.uuids().map(str),
	st.frozensets(st.sampled_from(CENTRES), min_size=1),
	st.frozensets(st.sampled_from(GROUPS), min_size=1),
	amounts,
	st.sampled_from(("", COMPETITOR, INTERNAL, BLOCKED)),
	suppliers,
	st.one_of(st.none(), st.integers(0, 100).map(float)),
)
any_cells = st.lists(any_cell, max_size=8)
any_sales = st.dictionaries(
	st.tuples(st.sampled_from(CENTRES), st.sampled_from(GROUPS)), st.integers(-50, 500).map(float)
)
ALL = set(product(CENTRES, GROUPS))


@given(any_cells, any_sales, st.randoms())
def test_every_pair_counts_once_whatever_the_order(cells, own, dice):
	taken, inside = counted(cells)
	pairs = [pair for one in taken for pair in one.pairs()]
	assert len(pairs) == len(set(pairs))
	assert len(taken) + len(inside) == len(cells)
	before = totals(cells, own, ALL, DAY, 50)
	shuffled = list(cells)
	dice.shuffle(shuffled)
	assert totals(shuffled, own, ALL, DAY, 50) == before
	assert before.own + before.own_elsewhere == pytest.approx(sum(own.values()))


@given(any_cells, any_sales, st.sampled_from(CENTRES), st.sampled_from(GROUPS))
def test_an_unknown_wallet_changes_no_share(cells, own, centre, group):
	before = totals(cells, own, ALL, DAY, 50)
	after = totals([*cells, cell("unknown", centre, (group,))], own, ALL, DAY, 50)
	for name in ("wallet", "own", "share", "unknown", "addressable", "coverage", "gap"):
		assert getattr(after, name) == getattr(before, name)


@given(any_cell, st.integers(-50, 500).map(float))
def test_the_parts_of_a_wallet_add_up(one, own):
	part = split(one, own, DAY, 50)
	if part.wallet is None:
		assert part.share is None and part.unknown is None and part.addressable is None
		return
	named = (part.competitors or 0) + (part.internal or 0)
	assert part.own + named + part.unknown - part.excess == pytest.approx(part.wallet)
	assert part.addressable is None or 0 <= part.addressable <= part.wallet


# ---------------------------------------------------------------- Wallet Allocation Rule


@pytest.mark.parametrize(
	"suppliers, shares",
	[(1, (100,)), (2, (66.7, 33.3)), (3, (50, 33.3, 16.7)), (4, (40, 30, 20, 10))],
)
def test_published_values_of_the_wallet_allocation_rule(suppliers, shares):
	assert [round(allocation(rank, suppliers), 1) for rank in range(1, suppliers + 1)] == list(shares)


def test_suppliers_of_equal_rank_share_their_places():
	assert allocations({"us": 1, "them": 1}) == {"us": 50, "them": 50}
	three = allocations({"us": 1, "x": 2, "y": 2})
	assert three == {"us": 50, "x": pytest.approx(25), "y": pytest.approx(25)}


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 9), min_size=1, max_size=9))
def test_estimated_shares_make_the_whole(ranks):
	shares = allocations(ranks)
	assert sum(shares.values()) == pytest.approx(100)
	for one, other in product(ranks, ranks):
		if ranks[one] < ranks[other]:
			assert shares[one] > shares[other]


@pytest.mark.parametrize("rank, suppliers", [(0, 2), (3, 2), (1, 0)])
def test_a_rank_that_cannot_be(rank, suppliers):
	with pytest.raises(ValueError):
		allocation(rank, suppliers)


def test_the_wallet_behind_our_sales():
	assert estimated_wallet(200, allocation(1, 3)) == pytest.approx(400)
	assert estimated_wallet(0, 50) is None
	assert estimated_wallet(100, None) is None
