"""The pipeline by hand, and its laws for any deals: each euro once, nothing lost, nothing unknown counted as zero."""

import itertools
import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.pipeline import (
	DROPPED,
	LIVE,
	LOST,
	ON_HOLD,
	OPEN,
	WON,
	age_bands,
	ageing,
	counted_quotations,
	coverage,
	decided_value,
	gate_conversion,
	share_out,
	split_idea,
	split_value,
	stage_of,
	totals,
	weighted_value,
	win_rate,
)

STATUSES = (OPEN, ON_HOLD, WON, LOST, DROPPED)
PARTS = ("idea", "quoted", "ordered", "invoiced")
NAN = math.nan


def frame(*rows):
	return pd.DataFrame(rows, columns=["status", "estimate", "quoted", "ordered", "invoiced"]).astype(
		{"estimate": float, "quoted": float, "ordered": float, "invoiced": float}
	)


def split(*row):
	found = split_value(frame(row)).iloc[0]
	return tuple(found[part] for part in PARTS)


# ---------------------------------------------------------------- each euro once


@pytest.mark.parametrize(
	("deal", "parts"),
	[
		((OPEN, 1000, 0, 0, 0), (1000, 0, 0, 0)),
		((OPEN, 1000, 600, 0, 0), (400, 600, 0, 0)),
		((OPEN, 1000, 200, 400, 0), (400, 200, 400, 0)),
		((OPEN, 1000, 200, 300, 100), (400, 200, 300, 100)),
		((OPEN, 1000, 0, 0, 1200), (0, 0, 0, 1200)),  # more than expected
		((OPEN, 1000, 0, 0, -50), (1000, 0, 0, -50)),  # a credit note alone makes no new idea
		((OPEN, NAN, 300, 0, 0), (0, 300, 0, 0)),
		((WON, 1000, 0, 700, 0), (0, 0, 700, 0)),
		((WON, 1000, 100, 600, 100), (0, 100, 600, 100)),
		((LOST, 1000, 600, 0, 0), (0, 0, 0, 0)),
		((DROPPED, 1000, 600, 0, 80), (0, 0, 0, 80)),
		((ON_HOLD, 1000, 600, 0, 0), (400, 600, 0, 0)),
	],
)
def test_parts_by_hand(deal, parts):
	assert split(*deal) == parts


amounts = st.integers(0, 10**6).map(float)


@given(st.sampled_from(STATUSES), st.one_of(st.just(NAN), amounts), amounts, amounts, amounts)
def test_the_parts_of_a_deal_add_up_to_the_larger_of_estimate_and_documents(
	status, estimate, quoted, ordered, invoiced
):
	row = split_value(frame((status, estimate, quoted, ordered, invoiced))).iloc[0]
	assert row["amount"] == sum(row[part] for part in PARTS)
	assert row["open"] == row["idea"] + row["quoted"]
	assert all(row[part] >= 0 for part in PARTS)
	expected = 0.0 if math.isnan(estimate) else estimate
	if status in LIVE:
		assert row["amount"] == max(expected, quoted + ordered + invoiced)
	if status in (LOST, DROPPED):
		assert row["open"] == 0 and row["amount"] == ordered + invoiced
	if status == WON:
		assert row["amount"] == quoted + ordered + invoiced


@given(amounts, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_going_from_quotation_to_order_to_invoice_changes_no_total(quoted, ordered, invoiced, estimate_share):
	"""The same euros, however far each of them has come."""
	ordered_part = quoted * ordered / 100
	invoiced_part = ordered_part * invoiced / 100
	estimate = quoted * estimate_share / 50
	stages = frame(
		(OPEN, estimate, quoted, 0, 0),
		(OPEN, estimate, quoted - ordered_part, ordered_part, 0),
		(OPEN, estimate, quoted - ordered_part, ordered_part - invoiced_part, invoiced_part),
	)
	whole = split_value(stages)["amount"]
	assert whole.max() - whole.min() < 0.02


def quotations(*rows):
	return pd.DataFrame(rows, columns=["quotation", "deal", "dated", "rest", "has_orders"])


def day(number):
	return date(2026, 1, number)


def test_of_alternatives_the_highest_counts_and_of_equals_the_later():
	found = quotations(
		("Q1", "A", day(1), 100, False),
		("Q2", "A", day(2), 300, False),
		("Q3", "A", day(3), 300, False),
		("Q4", "B", day(1), 50, False),
		("Q5", "C", day(1), 0, False),
	)
	assert sorted(counted_quotations(found, {})) == ["Q3", "Q4"]


def test_after_an_order_only_its_quotation_and_later_ones_count():
	found = quotations(
		("chosen", "A", day(1), 30, True),
		("refused", "A", day(2), 500, False),
		("refused as well", "B", day(2), 500, False),
		("new", "B", day(9), 40, False),
	)
	assert sorted(counted_quotations(found, {"A": day(5), "B": day(5)})) == ["chosen", "new"]


@given(
	st.lists(
		st.tuples(st.sampled_from("ABC"), st.integers(1, 28).map(day), st.integers(0, 1000), st.booleans()),
		max_size=12,
	),
	st.dictionaries(st.sampled_from("ABC"), st.integers(1, 28).map(day)),
)
def test_at_most_one_quotation_of_a_deal_counts(rows, last_orders):
	found = quotations(*[(f"Q{index}", *row) for index, row in enumerate(rows)])
	chosen = found[found["quotation"].isin(counted_quotations(found, last_orders))]
	assert chosen["deal"].is_unique
	assert (chosen["rest"] > 0).all()
	for row in chosen.itertuples():
		if row.deal not in last_orders:
			assert row.rest == found.loc[found["deal"] == row.deal, "rest"].max()


# ---------------------------------------------------------------- item groups

weights = st.dictionaries(st.sampled_from(["a", "b", "c", None]), st.integers(-10, 1000), max_size=4)
money = st.integers(0, 10**8).map(lambda cents: cents / 100)


@given(money, weights)
def test_shares_add_up_to_the_cent(total, given_weights):
	shares = share_out(total, given_weights)
	assert round(sum(shares.values()), 2) == total
	if total > 1:
		assert all(value >= 0 for value in shares.values())


@given(money, weights, weights)
def test_the_rest_of_an_idea_adds_up(idea, expected, documents):
	parts = split_idea(idea, expected, documents)
	assert round(sum(parts.values()), 2) == idea


def test_the_rest_of_an_idea_by_hand():
	assert split_idea(1000, {"wires": 700, "pumps": 300}, {}) == {"wires": 700, "pumps": 300}
	# 900 of 1000 are quoted, the pumps in full
	assert split_idea(100, {"wires": 700, "pumps": 300}, {"wires": 600, "pumps": 300}) == {"wires": 100}
	assert split_idea(100, {}, {"wires": 50}) == {None: 100}
	assert split_idea(100, {"wires": 1}, {"pumps": 500}) == {"wires": 100}
	assert split_idea(0, {"wires": 1}, {}) == {}


def test_stages():
	assert stage_of("Idea", 0, 0, 0) == "Idea"
	assert stage_of("Opportunity", 5, 0, 0) == "Quotation"
	assert stage_of("Idea", 5, 5, 0) == "Order"
	assert stage_of("Idea", 5, 5, -1) == "Invoice"


# ---------------------------------------------------------------- weights, coverage, age


def deals(*rows):
	names = ["status", "estimate", "open", "ordered", "invoiced", "probability", "age"]
	return pd.DataFrame(rows, columns=names).astype({name: float for name in names[1:]})


SOME = deals(
	(OPEN, 1000, 1000, 0, 0, 50, 10),
	(OPEN, 400, 400, 0, 0, NAN, 100),
	(OPEN, NAN, 0, 0, 0, 20, 5),
	(ON_HOLD, 300, 300, 0, 0, 90, 200),
	(WON, 500, 100, 300, 100, 100, 30),
	(LOST, 800, 0, 0, 0, 0, 50),
	(WON, 200, 0, 0, 0, 100, 10),
	(DROPPED, 50, 0, 0, 0, 0, 1),
)


def test_weights_by_hand():
	values = weighted_value(SOME)
	assert values.iloc[0] == 500 and math.isnan(values.iloc[1])
	assert [*values.iloc[2:]] == [0, 0, 100, 0, 0, 0]


def test_totals_by_hand():
	found = totals(SOME)
	assert (found.deals, found.open, found.weighted, found.on_hold) == (4, 1500, 600, 300)
	assert (found.ordered, found.invoiced, found.without_value) == (300, 100, 1)
	assert found.weighed_share == pytest.approx(100 * 1100 / 1500)
	assert totals(SOME.iloc[:0]).weighed_share is None


@given(
	st.lists(
		st.tuples(amounts, st.one_of(st.just(NAN), st.integers(0, 100).map(float))), min_size=1, max_size=8
	)
)
def test_weighted_is_never_more_than_open(rows):
	found = totals(deals(*[(OPEN, value, value, 0, 0, chance, 1) for value, chance in rows]))
	assert 0 <= found.weighted <= found.open + 1e-6
	assert found.weighed_share is None or 0 <= found.weighed_share <= 100


def test_coverage():
	assert coverage(500, 200) == 2.5
	assert coverage(0, 200) == 0
	assert coverage(500, 0) is None and coverage(500, -1) is None
	assert coverage(None, 100) is None and coverage(100, None) is None


def test_ageing_by_hand():
	bands = age_bands(90)
	assert bands == [(0, 30), (30, 60), (60, 90), (90, 180), (180, None)]
	found = ageing(SOME, bands)
	assert found["deals"].tolist() == [5, 1, 0, 1, 1]
	assert found["open"].tolist() == [1100, 0, 0, 400, 300]


@given(st.integers(1, 1000), st.lists(st.integers(0, 3000), max_size=20))
def test_every_age_is_in_exactly_one_band(days, ages):
	bands = age_bands(days)
	assert bands[0][0] == 0 and bands[-1][1] is None
	assert all(one[1] == two[0] for one, two in itertools.pairwise(bands))
	found = ageing(deals(*[(OPEN, 1, 1, 0, 0, 1, age) for age in ages]), bands)
	assert found["deals"].sum() == len(ages)


# ---------------------------------------------------------------- gates, won and lost


def gates(*rows):
	names = ["opportunity", "template", "gate", "outcome", "begun_on", "decided_on", "reworks", "status"]
	return pd.DataFrame(rows, columns=names, dtype=object)


def test_gate_conversion_by_hand():
	found = gate_conversion(
		gates(
			("A", "T", "Contact", "Pass", day(1), day(5), 0, OPEN),
			("A", "T", "Offer", "", day(5), None, 1, OPEN),
			("A", "T", "Contract", "", None, None, 0, OPEN),
			("B", "T", "Contact", "Pass", day(1), day(11), 2, LOST),
			("B", "T", "Offer", "Stop", day(11), day(12), 0, LOST),
			("B", "T", "Contract", "", None, None, 0, LOST),
			("C", "T", "Contact", "", day(1), None, 0, DROPPED),
			("C", "T", "Offer", "", None, None, 0, DROPPED),
			("C", "T", "Contract", "", None, None, 0, DROPPED),
		)
	).set_index("gate")
	contact, offer, contract = (found.loc[name] for name in ("Contact", "Offer", "Contract"))
	assert (contact["reached"], contact["passed"], contact["stopped"]) == (3, 2, 1)
	assert contact["conversion"] == pytest.approx(200 / 3)
	assert (contact["days"], contact["reworks"]) == (7, 2)
	assert (offer["reached"], offer["waiting"], offer["stopped"], offer["conversion"]) == (2, 1, 1, 0)
	assert offer["days"] is None
	assert contract["reached"] == 0 and contract["conversion"] is None


@given(
	st.lists(
		st.tuples(
			st.lists(st.sampled_from(["Pass", "Rework", "Stop", ""]), min_size=3, max_size=3),
			st.sampled_from(STATUSES),
		),
		max_size=8,
	)
)
def test_nobody_reaches_a_gate_without_passing_the_one_before(opportunities):
	rows = []
	for number, (outcomes, status) in enumerate(opportunities):
		for gate, outcome in zip("abc", outcomes, strict=True):
			rows.append((f"O{number}", "T", gate, outcome, None, None, 0, status))
	found = gate_conversion(gates(*rows))
	for one, two in itertools.pairwise(found.itertuples()):
		assert two.reached <= one.passed
	for row in found.itertuples():
		assert row.reached == row.passed + row.stopped + row.waiting
		assert row.conversion is None or 0 <= row.conversion <= 100


def test_win_rate_by_hand():
	found = win_rate(SOME)
	assert (found.won, found.lost, found.dropped) == (2, 1, 1)
	# 400 of documents and 200 expected are won, 800 lost
	assert (found.won_value, found.lost_value, found.dropped_value) == (600, 800, 50)
	assert found.rate == pytest.approx(200 / 3) and found.rate_by_value == pytest.approx(600 / 14)
	assert found.days_to_win == 20
	nothing = win_rate(SOME.iloc[:4])
	assert nothing.rate is None and nothing.rate_by_value is None and nothing.days_to_win is None


def test_a_deal_without_a_value_counts_by_number_only():
	found = win_rate(deals((WON, NAN, 0, 0, 0, 0, NAN), (LOST, 100, 0, 0, 0, 0, 3)))
	assert found.rate == 50 and found.rate_by_value == 0
	assert math.isnan(decided_value(deals((WON, NAN, 0, 0, 0, 0, 1))).iloc[0])
