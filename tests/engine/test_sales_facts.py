"""Daily sales as columns: whatever is asked, the answer is that of adding up the rows themselves."""

import base64
import threading
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_erpnext.engine import sales_facts as facts
from kam_erpnext.engine.periods import Period

FIRST = date(2023, 12, 1)
FIRSTS = [FIRST, date(2024, 1, 1), date(2024, 2, 1)]
LAST = date(2024, 3, 1)
CUSTOMERS = ["Ahorn", "Birke <b>", "Česko 🌲", 'Douglas "fir"']
GROUPS = ["Saws", "Chains", None]
PEOPLE = ["Ada", "Bo", None]
RATES = {"Training": 12.5, "Repair": 0.0}
COLUMNS = ["day", "customer", "item_group", "sales_person", "service", "qty", "net_sales", "cost"]
NORTH = {"Ahorn": "North", "Birke <b>": "South", "Česko 🌲": None, 'Douglas "fir"': "North"}
ROOM = 1 << 20

cents = st.integers(-500_000, 500_000).map(lambda value: value / 100)
lines = st.lists(
	st.tuples(
		st.integers(0, (LAST - FIRST).days - 1).map(lambda days: FIRST + timedelta(days=days)),
		st.sampled_from(CUSTOMERS),
		st.sampled_from(GROUPS),
		st.sampled_from(PEOPLE),
		st.sampled_from(["Training", "Repair", None]),
		st.integers(-9, 9).map(float),
		cents,
		cents,
	),
	max_size=40,
)
periods = st.tuples(st.integers(-40, 120), st.integers(1, 120)).map(
	lambda pair: Period(FIRST + timedelta(days=pair[0]), FIRST + timedelta(days=sum(pair)))
)
dimensions = st.lists(
	st.sampled_from(["customer", "item_group", "sales_person", "day", "period", "slice", "territory"]),
	unique=True,
	max_size=4,
)
subsets = st.none() | st.sets(st.sampled_from([*CUSTOMERS, "Nobody"])).map(frozenset)


def frame_of(rows):
	return pd.DataFrame(rows, columns=COLUMNS)


def row_of(day, customer, group, amount):
	"""Goods without a sales person."""
	return (day, customer, group, None, None, 1.0, amount, 0.0)


def heads_of(rows):
	"""One document for each customer and day; a negative one is a return."""
	sums = {}
	for day, customer, _group, _person, _service, _qty, amount, _cost in rows:
		sums[customer, day] = sums.get((customer, day), 0.0) + amount
	found = [
		(customer, day, 1.0, float(amount >= 0), max(-amount, 0.0), amount)
		for (customer, day), amount in sums.items()
	]
	return pd.DataFrame(found, columns=["customer", "day", "documents", "sold", "returned", "net_sales"])


def packed(rows):
	return facts.pack(frame_of(rows), heads_of(rows))


def store_of(rows, room=ROOM):
	"""A store with the months of some rows, and these months."""
	store = facts.Store(room)
	months = [
		store.put(str(first), "1", first, packed([row for row in rows if row[0].replace(day=1) == first]))
		for first in FIRSTS
	]
	return store, months


def added_up(rows, by, figures, starts=()):
	"""The slow way: row by row."""
	found = {}
	for row in rows:
		values = dict(zip(COLUMNS, row, strict=True))
		values["cost"] += values["qty"] * RATES.get(values["service"], 0.0)
		values |= {
			"period": row[0].replace(day=1),
			"territory": NORTH[row[1]],
			"slice": max([place for place, start in enumerate(starts) if start <= row[0]], default=0),
		}
		key = tuple(values[name] for name in by)
		sums = found.setdefault(key, [0.0] * len(figures))
		for place, name in enumerate(figures):
			sums[place] += values[name]
	return found


def as_dict(frame, by, figures):
	return {
		tuple(row[name] for name in by): [row[name] for name in figures] for row in frame.to_dict("records")
	}


@settings(max_examples=250, deadline=None)
@given(
	lines,
	periods,
	dimensions,
	subsets,
	st.none() | st.sets(st.sampled_from(GROUPS[:2])),
	st.lists(st.sampled_from(["net_sales", "qty", "cost"]), unique=True, min_size=1),
)
def test_every_question_gets_the_sum_of_its_rows(rows, period, by, customers, groups, figures):
	store, months = store_of(rows)
	starts = [period.start, *(first for first in FIRSTS if period.contains(first) and first != period.start)]
	only = facts.Only(customers, None if groups is None else frozenset(groups))
	wanted = [
		row
		for row in rows
		if period.contains(row[0])
		and (customers is None or row[1] in customers)
		and (groups is None or row[2] in groups)
	]
	found = facts.Sum(store, months, period, only).sales(by, figures, starts, {"territory": NORTH}, RATES.get)
	expected = added_up(wanted, by, figures, starts)
	if not by:
		assert len(found) == 1
		if not wanted:
			assert found.isna().all(axis=None)
			return
	answer = as_dict(found, by, figures)
	assert answer.keys() == expected.keys()
	for key, sums in expected.items():
		assert answer[key] == pytest.approx(sums, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(lines, periods)
def test_documents_returns_and_the_last_sale(rows, period):
	store, months = store_of(rows)
	inside = [row for row in heads_of(rows).itertuples(index=False) if period.contains(row.day)]
	asked = facts.Sum(store, months, period, facts.Only())
	found = asked.heads(("customer",), ("documents", "sold", "returned", "net_sales")).set_index("customer")
	assert set(found.index) == {row.customer for row in inside}
	for customer in found.index:
		own = [row for row in inside if row.customer == customer]
		for name in ("documents", "sold", "returned", "net_sales"):
			assert found.loc[customer, name] == pytest.approx(
				sum(getattr(row, name) for row in own), abs=1e-6
			)
	last = {}
	for row in inside:
		if row.sold:
			last[row.customer] = max(row.day, last.get(row.customer, row.day))
	assert dict(asked.last_day().itertuples(index=False)) == last
	assert asked.within(Period(FIRST - timedelta(days=9), FIRST)).heads(("customer",), ("sold",)).empty


@settings(max_examples=60, deadline=None)
@given(lines)
def test_what_is_packed_comes_back(rows):
	text = packed(rows)
	back, heads = facts.frames(text)
	tell = lambda table, names: sorted((tuple(row) for row in table[names].itertuples(index=False)), key=repr)  # noqa: E731
	assert tell(back, COLUMNS) == sorted(rows, key=repr)
	names = ["customer", "day", "documents", "sold", "returned", "net_sales"]
	assert tell(heads, names) == tell(heads_of(rows), names)
	assert facts.pack(back, heads) == text
	backwards = rows[::-1]
	shuffled = facts.pack(frame_of(backwards), heads_of(rows).iloc[::-1])
	if len({row[:5] for row in rows}) == len(rows):  # as the database gives them: one row of each kind
		assert shuffled == text, "the order in which rows come does not matter"


def test_customers_left_out_of_a_month_count_in_the_others():
	rows = [row_of(first, name, "Saws", 10.0) for first in FIRSTS for name in CUSTOMERS]
	store, months = store_of(rows)
	without = {str(FIRSTS[1]): frozenset(CUSTOMERS[:3])}
	asked = facts.Sum(store, months, Period(FIRST, LAST), facts.Only(without=without))
	assert asked.sales(("period",), ["net_sales"]).set_index("period")["net_sales"].to_dict() == {
		FIRSTS[0]: 40.0,
		FIRSTS[1]: 10.0,
		FIRSTS[2]: 40.0,
	}
	assert asked.heads((), ("documents",))["documents"].tolist() == [9.0]


def test_many_groups_are_added_up_like_few(monkeypatch):
	rows = [
		row_of(FIRST + timedelta(days=day), name, group, day + 0.25)
		for day in range(90)
		for name in CUSTOMERS
		for group in GROUPS
	]
	store, months = store_of(rows)
	asked = facts.Sum(store, months, Period(FIRST, LAST), facts.Only())
	by = ("customer", "item_group", "day")
	dense = asked.sales(by, ["net_sales"])
	monkeypatch.setattr(facts, "DENSE", 1)
	sparse = asked.sales(by, ["net_sales"])
	pd.testing.assert_frame_equal(dense, sparse)
	assert len(dense) == len(rows)


@pytest.mark.parametrize("damage", ["", "not base64 at all!", base64.b64encode(b"PK nothing").decode()])
def test_damaged_months_are_told_apart_from_empty_ones(damage):
	with pytest.raises(facts.Unreadable):
		facts.Store(ROOM).put("m", "1", FIRST, damage)


def test_a_cut_or_changed_month_is_unreadable():
	text = packed([row_of(FIRST, CUSTOMERS[0], "Saws", 5.0)] * 30)
	with pytest.raises(facts.Unreadable):
		facts.unpack(text[: len(text) // 2])
	middle = len(text) // 2
	other = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
	with pytest.raises(facts.Unreadable):
		facts.unpack(other)


def test_the_longest_unused_month_goes_when_there_is_no_room():
	rows = [row_of(first, name, "Saws", 1.0) for first in FIRSTS for name in CUSTOMERS]
	room = 2 * store_of(rows)[1][0].bytes
	store = facts.Store(room)
	text = {first: packed([row for row in rows if row[0] == first]) for first in FIRSTS}
	for first in FIRSTS[:2]:
		store.put(str(first), "1", first, text[first])
	assert store.get(str(FIRSTS[0]), "1")
	store.put(str(FIRSTS[2]), "1", FIRSTS[2], text[FIRSTS[2]])
	assert store.get(str(FIRSTS[0]), "1") and store.get(str(FIRSTS[2]), "1")
	assert store.get(str(FIRSTS[1]), "1") is None
	assert store.get(str(FIRSTS[0]), "2") is None, "another version is not the one in memory"


def test_threads_that_take_in_months_share_one_numbering():
	"""A web server answers several requests at once in one process."""
	store = facts.Store(1 << 28)
	names = [f"Customer {number}" for number in range(400)]
	wrong, texts = [], []
	for place in range(8):
		order = np.random.default_rng(place).permutation(names)
		texts.append(packed([row_of(FIRST, name, "Saws", float(name.split()[1])) for name in order]))

	def work(place):
		for turn in range(10):
			month = store.put(f"{place}", f"{turn}", FIRST, texts[place])
			found = facts.Sum(store, [month], Period(FIRST, LAST), facts.Only()).sales(
				("customer",), ["net_sales"]
			)
			if dict(found.itertuples(index=False)) != {name: float(name.split()[1]) for name in names}:
				wrong.append(place)

	threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert not wrong
