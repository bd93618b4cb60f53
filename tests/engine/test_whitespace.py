"""Whitespace: by hand, and for any cells, wallets and peers."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine import whitespace as ws
from kam_erpnext.engine.whitespace import Chances, Estimate, PeerRules

TODAY = date(2025, 6, 30)
amounts = st.floats(0, 1e6).map(lambda value: round(value, 2))


def leaves(*rows):
	return (
		pd.DataFrame(
			rows, columns=["row", "column", "customer", "item_group", "net_sales", "open", "weighted"]
		)
		.astype({"net_sales": float, "open": float, "weighted": float})
		.assign(unweighted=0.0)
	)


def estimate(name="W1", customers=("C1", "C2"), item_groups=("G1", "G2"), **fields):
	return Estimate(name, "A", "G", frozenset(customers), frozenset(item_groups), **fields)


def only_cell(*args, **kwargs):
	(row,) = ws.cells(*args, today=TODAY, **kwargs).to_dict("records")
	return row


# ---------------------------------------------------------------- one cell


@pytest.mark.parametrize(
	"net, deals, found, state",
	[
		(10, 5, ["Competitor"], "Won"),
		(0, 5, ["Blocked"], "Open"),
		(-3, 0, [], "Unknown"),  # returns alone are no sale
		(0, 0, [], "Unknown"),
		(0, 0, ["Unknown"], "Unknown"),
		(0, 0, ["Blocked", "Potential"], "Potential"),
		(0, 0, ["Internal", "Competitor"], "Competitor"),
		(0, 0, ["Blocked", "Unknown"], "Blocked"),
	],
)
def test_state_of_a_cell(net, deals, found, state):
	assert ws.cell_state(net, deals, found) == state


def test_gap_value_by_hand():
	assert ws.gap_value(1000, 30, 100, 50) == 150
	assert ws.gap_value(1000, 30, 400, 0) == 0  # we have more than we wanted
	assert ws.gap_value(None, 30, 100, 0) is None
	assert ws.gap_value(0, 30, 0, 0) == 0  # nothing is spent: known, and no gap


def test_priority_by_hand():
	free_in_a_year = ws.time_factor(TODAY + timedelta(days=365), TODAY)
	assert free_in_a_year == 0.5
	assert ws.time_factor(None, TODAY) == ws.time_factor(TODAY - timedelta(days=9), TODAY) == 1
	assert ws.priority(1000, 40, 20, free_in_a_year) == pytest.approx(40)
	assert ws.priority(None, 40, 20, 1) is None
	assert ws.priority(1000, None, 20, 1) is None
	assert ws.priority(1000, -5, 20, 1) == 0


def test_chances_follow_the_state_and_the_deals():
	chances = Chances(won=60, potential=30, competitor=20, unknown=10)
	assert [chances.of(state) for state in ws.STATES] == [60, 30, 30, 20, 0, 0, 10]
	assert chances.of(ws.OPEN, 75) == 75


@given(st.none() | amounts, st.floats(0, 100), amounts, amounts)
def test_a_gap_is_never_negative_and_unknown_stays_unknown(wallet, share, net, weighted):
	gap = ws.gap_value(wallet, share, net, weighted)
	assert (gap is None) == (wallet is None)
	if wallet is not None:
		assert 0 <= gap <= wallet * share / 100 + 1e-6
		assert gap >= ws.gap_value(wallet, share, net + 1, weighted)


# ---------------------------------------------------------------- cells with estimates


def test_a_cell_by_hand():
	cell = only_cell(
		leaves(("A", "G", "C1", "G1", 100, 0, 0), ("A", "G", "C2", "G2", 20, 80, 40)),
		[estimate(wallet=1000.0, target_share=30, state="Competitor", locked_until=TODAY + timedelta(365))],
		margins={"G": 50.0},
	)
	assert (cell["state"], cell["net_sales"], cell["open"], cell["weighted"]) == ("Won", 120, 80, 40)
	assert (cell["wallet"], cell["gap"], cell["basis"]) == (1000, 140, "Wallet")
	assert cell["free_on"] == TODAY + timedelta(365)
	# 60 % to sell more of what is bought already, locked for a year
	assert cell["priority"] == pytest.approx(140 * 0.5 * 0.6 * 0.5)


def test_deals_without_a_probability_are_not_taken_as_hopeless():
	frame = leaves(("A", "G", "C1", "G1", 0, 100, 30)).assign(unweighted=40.0)
	cell = only_cell(frame, [estimate(wallet=1000.0)], margins={"G": 10.0})
	assert (cell["weighted"], cell["unweighted"], cell["chance"]) == (30, 40, 50)  # 30 of 60
	cell = only_cell(frame.assign(weighted=0.0, unweighted=100.0), [estimate(wallet=1000.0)])
	assert cell["chance"] == Chances().potential


def test_a_wallet_of_one_customer_is_compared_with_that_customer_only():
	cell = only_cell(
		leaves(("A", "G", "C1", "G1", 500, 0, 0), ("A", "G", "C2", "G1", 30, 0, 0)),
		[estimate(customers=("C2",), wallet=200.0, target_share=50)],
	)
	assert (cell["wallet"], cell["gap"]) == (200, 70)  # not 0, as the sales to C1 say nothing about C2


def test_the_wallet_of_the_whole_replaces_those_of_its_parts():
	parts = [
		estimate("W2", customers=("C1",), wallet=100.0),
		estimate("W3", customers=("C2",), wallet=150.0),
		estimate("W4", item_groups=("G1",), wallet=90.0),
	]
	assert only_cell(leaves(), parts)["wallet"] == 250  # W4 is about the same spending as W2 and W3
	assert only_cell(leaves(), [*parts, estimate("W1", wallet=400.0)])["wallet"] == 400


def test_an_estimate_without_an_amount_replaces_nothing():
	cell = only_cell(
		leaves(), [estimate("W1", state="Competitor"), estimate("W2", customers=("C1",), wallet=80.0)]
	)
	assert (cell["wallet"], cell["estimates"]) == (80, 2)
	assert cell["state"] == "Potential"


def test_an_unknown_wallet_gives_no_gap_and_no_priority():
	cell = only_cell(leaves(("A", "G", "C1", "G1", 10, 0, 0)), [estimate()], margins={"G": 30.0})
	assert pd.isna(cell["wallet"]) and pd.isna(cell["gap"]) and pd.isna(cell["priority"])
	assert cell["basis"] is None


def test_a_wallet_of_zero_is_known():
	cell = only_cell(leaves(), [estimate(wallet=0.0)])
	assert (cell["wallet"], cell["gap"], cell["state"]) == (0, 0, "Unknown")


def test_peers_stand_in_for_a_wallet_nobody_knows():
	peers = pd.DataFrame({"row": ["A"], "column": ["G"], "expected": [120.0], "noise": [10.0]})
	cell = only_cell(leaves(("A", "G", "C1", "G1", 50, 0, 0)), [], peers)
	assert (cell["peer_gap"], cell["basis"], cell["state"]) == (70, "Peers", "Won")
	cell = only_cell(leaves(("A", "G", "C1", "G1", 115, 0, 0)), [], peers)
	assert cell["peer_gap"] == 0  # noise
	cell = only_cell(leaves(), [estimate(wallet=100.0)], peers)
	assert (cell["basis"], cell["gap"]) == ("Wallet", 30)
	cell = only_cell(leaves(), [estimate(state="Blocked")], peers)
	assert cell["basis"] is None and pd.isna(cell["priority"])
	assert only_cell(leaves(), [], peers)["state"] == "Unknown"  # comparing is not knowing


pieces = st.builds(
	Estimate,
	name=st.uuids().map(str),
	row=st.just("A"),
	column=st.just("G"),
	customers=st.frozensets(st.sampled_from("XYZ"), min_size=1),
	item_groups=st.frozensets(st.sampled_from("123"), min_size=1),
	state=st.sampled_from(["Unknown", "Potential", "Competitor", "Internal", "Blocked"]),
	wallet=st.none() | amounts,
)


@given(st.lists(pieces, max_size=8))
def test_no_spending_is_counted_twice(estimates):
	counted = [item for item in ws.effective(estimates) if item.wallet is not None]
	covered = [
		(customer, group) for item in counted for customer in item.customers for group in item.item_groups
	]
	assert len(covered) == len(set(covered))
	# what is left out is about spending that is counted
	for left in set(estimates) - set(ws.effective(estimates)):
		assert any(item.meets(left) for item in counted)


@given(
	st.lists(
		st.tuples(
			st.sampled_from("AB"), st.sampled_from("GH"), st.sampled_from("XYZ"), st.sampled_from("123"),
			amounts, amounts, st.floats(0, 1),
		),
		max_size=12,
	),
	st.lists(pieces, max_size=4),
)  # fmt: skip
@settings(deadline=None)
def test_totals_of_cells_are_those_of_the_leaves(rows, estimates):
	frame = leaves(*[(*row[:6], row[5] * row[6]) for row in rows])
	found = ws.cells(frame, estimates, today=TODAY)
	assert not found.duplicated(["row", "column"]).any()
	total = ws.summarise(found, 4)
	for name in ("net_sales", "open", "weighted"):
		assert getattr(total, name) == pytest.approx(frame[name].sum())
	assert sum(total.counts.values()) == 4
	by_row = [ws.summarise(found[found["row"] == row], 2) for row in "AB"]
	assert sum(row.net_sales for row in by_row) == pytest.approx(total.net_sales)
	assert {s: sum(row.counts[s] for row in by_row) for s in ws.STATES} == total.counts
	if total.penetration is not None:
		assert 0 <= total.penetration <= 100


# ---------------------------------------------------------------- totals


def test_penetration_leaves_out_what_cannot_be_sold_to():
	found = ws.cells(
		leaves(("A", "G", "C1", "G1", 10, 0, 0), ("A", "H", "C1", "H", 0, 5, 5)),
		[Estimate("W", "A", "I", frozenset("C"), frozenset("I"), state="Blocked")],
		today=TODAY,
	)
	total = ws.summarise(found, 5)
	assert total.counts == {
		"Won": 1, "Open": 1, "Potential": 0, "Competitor": 0, "Internal": 0, "Blocked": 1, "Unknown": 2,
	}  # fmt: skip
	assert (total.addressable, total.penetration) == (4, 25)
	assert total.wallet is None and total.gap is None and total.known == 0


def test_a_matrix_without_cells_has_no_ratio():
	total = ws.summarise(ws.cells(leaves(), [], today=TODAY), 0)
	assert total.penetration is None and total.net_sales == 0


def test_cross_selling_is_the_mean_over_rows():
	assert ws.cross_sell([1, 3, 0], [4, 4, 0]) == 50
	assert ws.cross_sell([], []) is None


# ---------------------------------------------------------------- comparable accounts


def sales(**rows):
	return pd.DataFrame.from_dict(rows, orient="index", columns=["G", "H", "I"]).astype(float)


PORTFOLIO = sales(
	me=(100, 0, 0),
	p1=(80, 20, 0),  # 20 % on H
	p2=(60, 30, 10),  # 30 %
	p3=(100, 0, 0),
	p4=(90, 60, 0),  # 40 %
	small=(1, 9, 0),  # too small to compare
	stranger=(50, 50, 0),
)
SEGMENTS = pd.Series({**dict.fromkeys(PORTFOLIO.index, "Health"), "stranger": "Energy"})


def test_peer_benchmark_by_hand():
	lines = ws.peer_benchmark(PORTFOLIO, SEGMENTS, PeerRules(), ["me"]).set_index("column")
	assert list(lines.index) == ["G", "H"]  # I is bought by one of four
	line = lines.loc["H"]
	assert (line["peers"], line["buyers"], line["buying"]) == (4, 3, 75)
	assert line["median"] == pytest.approx(30)  # of 20, 30 and 40 %
	assert (line["expected"], line["actual"]) == (pytest.approx(30), 0)
	assert ws.reason(line.to_dict(), "Health") == (
		"3 of 4 comparable accounts (Health, sales of a similar size) buy it. Half of the buyers spend at least 30.0 % of "
		"all they buy from us on it; of sales of 100 that is 30."
	)


def test_the_median_of_an_even_number_of_buyers_lies_between_the_two_in_the_middle():
	line = ws.peer_benchmark(PORTFOLIO, SEGMENTS, PeerRules(), ["me"]).set_index("column").loc["G"]
	assert line["median"] == pytest.approx((60 + 80) / 2)  # of 60 (twice), 80 and 100 %


def test_too_few_peers_no_segment_or_no_sales_give_no_benchmark():
	assert ws.peer_benchmark(PORTFOLIO, SEGMENTS, PeerRules(minimum=5), ["me"]).empty
	assert ws.peer_benchmark(PORTFOLIO, SEGMENTS, PeerRules(), ["stranger"]).empty
	assert ws.peer_benchmark(PORTFOLIO, SEGMENTS.drop("me"), PeerRules(), ["me"]).empty
	nothing = PORTFOLIO.copy()
	nothing.loc["me"] = 0
	assert ws.peer_benchmark(nothing, SEGMENTS, PeerRules(), ["me"]).empty


portfolios = st.integers(1, 12).flatmap(
	lambda rows: st.lists(
		st.lists(st.integers(0, 50).map(float), min_size=3, max_size=3), min_size=rows, max_size=rows
	)
)


@given(portfolios, st.integers(1, 5), st.floats(10, 100), st.floats(0, 100), st.integers(2, 9))
@settings(deadline=None)
def test_what_holds_for_any_peers(rows, minimum, band, usual, factor):
	frame = pd.DataFrame(rows, index=[f"A{n}" for n in range(len(rows))], columns=list("GHI"))
	segments = pd.Series("S", index=frame.index)
	rules = PeerRules(usual, minimum, band)
	lines = ws.peer_benchmark(frame, segments, rules)
	assert (lines["peers"] >= minimum).all() and (lines["buyers"] <= lines["peers"]).all()
	assert (lines["buying"] >= usual - 1e-9).all()
	assert ((lines["median"] > 0) & (lines["median"] <= 100 + 1e-9)).all()
	assert (lines["expected"] <= lines["size"] + 1e-6).all()
	# twice the money, twice the expectation
	larger = ws.peer_benchmark(frame * factor, segments, rules)
	assert larger["expected"].to_numpy() == pytest.approx((lines["expected"] * factor).to_numpy())
	# the order of accounts does not matter
	turned = ws.peer_benchmark(frame[::-1], segments, rules).sort_values(["row", "column"])
	assert turned["expected"].to_numpy() == pytest.approx(
		lines.sort_values(["row", "column"])["expected"].to_numpy()
	)


@given(portfolios)
@settings(deadline=None)
def test_the_median_is_that_of_numpy(rows):
	frame = pd.DataFrame(rows, index=[f"A{n}" for n in range(len(rows))], columns=list("GHI"))
	lines = ws.peer_benchmark(frame, pd.Series("S", index=frame.index), PeerRules(0, 1, 0))
	sizes = frame.sum(axis=1)
	for line in lines.to_dict("records"):
		others = frame[(frame.index != line["row"]) & (frame[line["column"]] > 0) & (sizes > 0)]
		shares = 100 * others[line["column"]] / sizes[others.index]
		assert line["median"] == pytest.approx(np.median(shares))
