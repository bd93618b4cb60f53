import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.measures import (
	MEASURES,
	SHARE_MEASURES,
	SOURCES,
	UNITS,
	Facts,
	field_measure,
	measure_label,
	measure_units,
)
from kam_erpnext.engine.pareto import pareto
from kam_erpnext.engine.periods import Period

YEAR = Period(date(2019, 1, 1), date(2020, 1, 1))
NAN = math.nan


def facts(**frames) -> Facts:
	"""Facts of 2019 from lists of rows."""
	columns = {
		"sales": ["customer", "item_group", "qty", "net_sales", "cost"],
		"prior": ["customer", "net_sales"],
		"activity": ["customer", "documents", "last_date"],
		"payments": ["customer", "paid", "paid_days"],
		"yearly": ["customer", "years_ago", "gross_profit"],
	}
	given_frames = {
		name: rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=columns[name])
		for name, rows in frames.items()
	}
	return replace(Facts.empty(YEAR, date(2019, 12, 31)), **given_frames)


def customers(*names, **columns) -> pd.DataFrame:
	return pd.DataFrame({"customer": list(names), **columns})


def membership(*rows) -> pd.DataFrame:
	return pd.DataFrame(rows, columns=["customer", "unit", "root"][: len(rows[0])])


class TestSpecs:
	def test_every_measure_is_described(self):
		for key, spec in MEASURES.items():
			assert spec.key == key
			assert spec.unit in UNITS
			assert spec.source in SOURCES
			assert spec.label and spec.description.endswith(".")
		assert len({spec.label for spec in MEASURES.values()}) == len(MEASURES) == 16
		assert set(SHARE_MEASURES) <= set(MEASURES)

	def test_smaller_is_better_for_delays_and_cumulative_share(self):
		lower = {key for key, spec in MEASURES.items() if not spec.higher_is_better}
		assert lower == {"cumulative_share", "days_since_last_order", "payment_delay"}

	def test_customer_fields(self):
		spec = field_measure("credit_limit")
		assert (spec.key, spec.label, spec.source) == ("field:credit_limit", "Credit Limit", "Customer field")
		assert field_measure("field:credit_limit").key == "field:credit_limit"
		assert field_measure("rating", "Rating of the Bank").label == "Rating of the Bank"
		assert measure_label("net_sales") == "Net Sales"
		assert measure_label("field:credit_limit") == "Credit Limit"


class TestSales:
	SALES = (
		("a", "Bikes", 10, 600.0, 400.0),
		("a", "Helmets", 5, 100.0, 120.0),
		("b", "Bikes", 4, 250.0, 150.0),
		("b", "Helmets", 1, 50.0, NAN),
		("c", "Bikes", -1, -50.0, -30.0),
		("c", "Tools", 2, 50.0, 20.0),
	)

	def test_by_hand(self):
		found = measure_units(facts(sales=self.SALES, customers=customers("a", "b", "c", "d")))
		assert list(found.index) == ["a", "b", "c", "d"]
		# company: 700 + 300 + 0 = 1000
		assert list(found["net_sales"]) == [700, 300, 0, 0]
		assert list(found["share_of_sales"]) == pytest.approx([70, 30, 0, 0])
		# larger than a: nobody; than b: a with 70 %; than c and d: everybody
		assert list(found["cumulative_share"]) == pytest.approx([0, 70, 100, 100])
		# a: 200 - 20; b: 250 - 150, the line without cost is left out; c: -20 + 30
		assert list(found["gross_profit"]) == pytest.approx([180, 100, 10, 0])
		# a: 180 / 700; b: 100 / 250; c and d have no sales
		assert list(found["gross_margin"][:2]) == pytest.approx([100 * 180 / 700, 40])
		assert found["gross_margin"][2:].isna().all()
		# company profit 290
		assert list(found["contribution"]) == pytest.approx(
			[100 * 180 / 290, 100 * 100 / 290, 100 * 10 / 290, 0]
		)
		# c: Bikes were only returned
		assert list(found["item_groups"]) == [2, 2, 1, 0]

	def test_customers_out_of_scope_count_in_company_totals_only(self):
		found = measure_units(facts(sales=self.SALES, customers=customers("b", "d")))
		assert list(found.index) == ["b", "d"]
		assert found.loc["b", "share_of_sales"] == pytest.approx(30)
		assert found.loc["b", "cumulative_share"] == pytest.approx(70)
		assert found.loc["b", "contribution"] == pytest.approx(100 * 100 / 290)

	def test_sales_without_any_known_cost(self):
		found = measure_units(facts(sales=[("a", "x", 1, 50.0, NAN)], customers=customers("a", "b")))
		assert found.loc["a", ["gross_profit", "gross_margin", "contribution"]].isna().all()
		assert found.loc["b", "gross_profit"] == 0
		assert math.isnan(found.loc["b", "contribution"])

	def test_nothing_sold_has_no_shares(self):
		found = measure_units(facts(sales=[("a", "x", -1, -50.0, -30.0)], customers=customers("a", "b")))
		assert list(found["net_sales"]) == [-50, 0]
		assert found[["share_of_sales", "cumulative_share", "contribution"]].isna().all().all()
		assert list(found["item_groups"]) == [0, 0]

	def test_bought_and_returned_is_exactly_zero(self):
		lines = [("a", "x", 1, 0.1, 0.05), ("a", "x", 1, 0.2, 0.1), ("a", "x", -2, -0.3, -0.15)]
		found = measure_units(facts(sales=lines, customers=customers("a")))
		assert found.loc["a", "net_sales"] == 0
		assert found.loc["a", "item_groups"] == 0
		assert math.isnan(found.loc["a", "gross_margin"])

	def test_growth(self):
		prior = [("a", 400.0), ("b", 0.0), ("d", 80.0), ("c", -10.0)]
		found = measure_units(facts(sales=self.SALES, prior=prior, customers=customers("a", "b", "c", "d")))
		# a: (700 - 400) / 400 = 75 %; d bought nothing any more; b and c had nothing to grow from
		assert found.loc["a", "sales_growth"] == pytest.approx(75)
		assert found.loc["d", "sales_growth"] == pytest.approx(-100)
		assert found.loc[["b", "c"], "sales_growth"].isna().all()

	def test_item_group_unknown_is_not_counted(self):
		lines = [("a", None, 1, 10.0, 5.0), ("a", "x", 1, 10.0, 5.0)]
		found = measure_units(facts(sales=lines, customers=customers("a")))
		assert found.loc["a", "item_groups"] == 1
		assert found.loc["a", "net_sales"] == 20


class TestOtherMeasures:
	def test_activity(self):
		rows = [
			("a", 24, date(2019, 12, 31)),
			("b", 6, date(2019, 7, 4)),
			("c", 0, date(2018, 12, 31)),
			("d", 0, None),
		]
		found = measure_units(facts(activity=rows, customers=customers("a", "b", "c", "d", "e")))
		# 365 days are 365 / 30.4375 = 11.99 months
		assert list(found["order_frequency"]) == pytest.approx(
			[24 * 30.4375 / 365, 6 * 30.4375 / 365, 0, 0, 0]
		)
		# 4 July to 31 December: 27 + 31 + 30 + 31 + 30 + 31 = 180
		assert list(found["days_since_last_order"][:3]) == [0, 180, 365]
		assert found["days_since_last_order"][3:].isna().all()

	def test_order_frequency_counts_elapsed_days_only(self):
		running = replace(
			facts(activity=[("a", 3, date(2019, 1, 31))], customers=customers("a")), as_of=date(2019, 1, 31)
		)
		assert measure_units(running).loc["a", "order_frequency"] == pytest.approx(3 * 30.4375 / 31)

	def test_order_frequency_of_a_period_long_past(self):
		past = replace(
			facts(activity=[("a", 12, date(2019, 6, 1))], customers=customers("a")), as_of=date(2021, 6, 1)
		)
		assert measure_units(past).loc["a", "order_frequency"] == pytest.approx(12 * 30.4375 / 365)

	def test_payments(self):
		rows = [("a", 100.0, 1000.0), ("a", 300.0, -600.0), ("b", 0.0, 0.0)]
		found = measure_units(facts(payments=rows, customers=customers("a", "b", "c")))
		# (1000 - 600) / (100 + 300) = 1 day late on average
		assert found.loc["a", "payment_delay"] == pytest.approx(1)
		assert found.loc[["b", "c"], "payment_delay"].isna().all()

	@pytest.mark.parametrize(
		("years", "expected"),
		[
			({0: 10, 1: 5, 2: 1}, 3),
			({0: 10, 1: -5, 2: 100}, 1),
			({0: 10, 2: 100}, 1),  # nothing sold the year before
			({0: 0, 1: 5}, 0),
			({1: 5}, 0),
			({}, 0),
			({0: NAN, 1: 5}, NAN),  # cost of this year unknown
			({0: 10, 1: NAN, 2: 5}, 1),
		],
	)
	def test_profitable_years(self, years, expected):
		rows = [("a", ago, profit) for ago, profit in years.items()] + [("other", 0, 1.0)]
		found = measure_units(facts(yearly=rows, customers=customers("a", "other")))
		assert found.loc["a", "profitable_years"] == pytest.approx(expected, nan_ok=True)

	def test_profitable_years_without_history_are_unknown(self):
		assert math.isnan(measure_units(facts(customers=customers("a"))).loc["a", "profitable_years"])

	def test_profile_and_market(self):
		frame = customers(
			"a",
			"b",
			"c",
			potential=[1000.0, None, 0.0],
			influence_reach=[5, None, None],
			market_value=[2000.0, 0.0, None],
			market_units=[40.0, 8.0, None],
			credit_limit=[10.0, None, 30.0],
		)
		lines = [("a", "x", 10, 500.0, NAN), ("b", "x", 4, 100.0, NAN)]
		found = measure_units(facts(sales=lines, customers=frame), fields=["credit_limit"])
		assert list(found["potential"].fillna(-1)) == [1000, -1, 0]
		assert list(found["influence_reach"].fillna(-1)) == [5, -1, -1]
		# 500 / 2000; a market of zero is no market
		assert list(found["market_share_value"].fillna(-1)) == [25, -1, -1]
		# 10 / 40 and 4 / 8
		assert list(found["market_share_units"].fillna(-1)) == [25, 50, -1]
		assert list(found["field:credit_limit"].fillna(-1)) == [10, -1, 30]

	def test_missing_is_not_zero(self):
		"""A customer nobody knows anything about: sales are known to be zero, the rest is unknown."""
		found = measure_units(facts(customers=customers("a")), fields=[]).loc["a"]
		known = {"net_sales": 0, "gross_profit": 0, "order_frequency": 0, "item_groups": 0}
		assert found[list(known)].to_dict() == known
		assert found.drop(list(known)).isna().all()


class TestUnits:
	LINES = (
		("a", "x", 1, 500.0, 300.0),
		("b", "x", 1, 300.0, 200.0),
		("b", "y", 1, 10.0, NAN),
		("c", "y", 1, 150.0, 100.0),
		("d", "x", 1, 40.0, 20.0),
	)
	TREE = (
		("a", "Group", True),
		("b", "Group", True),
		("b", "Branch", False),
		("c", "Other", True),
		(None, "Empty", True),
	)

	def test_by_hand(self):
		found = measure_units(
			facts(sales=self.LINES, customers=customers("a", "b", "c", "d")), membership(*self.TREE)
		)
		assert list(found.index) == ["Group", "Branch", "Other", "Empty"]
		assert list(found["net_sales"]) == [810, 310, 150, 0]
		# company 1000, each customer once
		assert list(found["share_of_sales"]) == pytest.approx([81, 31, 15, 0])
		# larger root units: none; Group (810); Group (810, the branch is part of it); everybody
		assert list(found["cumulative_share"]) == pytest.approx([0, 81, 81, 100])
		assert list(found["gross_profit"]) == pytest.approx([300, 100, 50, 0])
		# Group: 300 / 800 of the lines with known cost
		assert found.loc["Group", "gross_margin"] == pytest.approx(37.5)
		# company profit 200 + 100 + 50 + 20 = 370
		assert found.loc["Group", "contribution"] == pytest.approx(100 * 300 / 370)
		# x is bought by both customers of the group: one item group, not two
		assert list(found["item_groups"]) == [2, 2, 1, 0]

	def test_customer_without_unit_stands_alone_in_the_ranking(self):
		tree = membership(("b", "Small", True))
		found = measure_units(facts(sales=self.LINES, customers=customers("b")), tree)
		# a with 500 of 1000 is larger than 310
		assert found.loc["Small", "cumulative_share"] == pytest.approx(50)

	def test_a_branch_larger_than_its_account_is_no_competitor_in_the_ranking(self):
		lines = [("a", "x", -1, -50.0, 0.0), ("b", "x", 1, 100.0, 0.0), ("c", "x", 1, 60.0, 0.0)]
		tree = membership(
			("a", "Group", True), ("b", "Group", True), ("b", "Branch", False), ("c", "Other", True)
		)
		found = measure_units(facts(sales=lines, customers=customers("a", "b", "c")), tree)
		# the roots are Other with 60 and Group with 50 of 110
		assert found["cumulative_share"].to_dict() == pytest.approx(
			{"Group": 100 * 60 / 110, "Branch": 0, "Other": 0}
		)

	def test_returns_within_a_unit_and_empty_item_groups(self):
		lines = [("a", "x", 5, 100.0, 50.0), ("b", "x", -5, -100.0, -50.0), ("b", "y", 1, 10.0, 5.0)]
		found = measure_units(
			facts(sales=lines, customers=customers("a", "b")), membership(("a", "U"), ("b", "U"))
		)
		assert found.loc["U", "net_sales"] == 10
		assert found.loc["U", "item_groups"] == 1

	def test_combining_other_facts(self):
		frame = customers(
			"a",
			"b",
			"c",
			potential=[10.0, None, 5.0],
			market_value=[1000.0, 1000.0, None],
			score=[1.0, 2.0, None],
		)
		found = measure_units(
			facts(
				sales=[("a", "x", 1, 60.0, 10.0), ("b", "x", 1, 40.0, 10.0)],
				prior=[("a", 30.0), ("b", 50.0)],
				activity=[("a", 2, date(2019, 3, 1)), ("b", 3, date(2019, 12, 1)), ("c", 0, None)],
				payments=[("a", 10.0, 100.0), ("b", 30.0, 0.0)],
				yearly=[
					("a", 0, 50.0),
					("b", 0, 30.0),
					("a", 1, -20.0),
					("b", 1, 30.0),
					("a", 2, -5.0),
					("b", 2, 5.0),
				],
				customers=frame,
			),
			membership(("a", "U"), ("b", "U"), ("c", "U"), ("c", "V")),
			fields=["field:score"],
		)
		unit = found.loc["U"]
		assert unit["sales_growth"] == pytest.approx(25)  # 100 against 80
		assert unit["order_frequency"] == pytest.approx(5 * 30.4375 / 365)
		assert unit["days_since_last_order"] == 30  # the latest of its customers
		assert unit["payment_delay"] == pytest.approx(2.5)  # 100 / 40
		assert unit["profitable_years"] == 2  # 80, 10, 0
		assert unit["potential"] == 15
		assert unit["market_share_value"] == pytest.approx(10)  # one market of 1000, not two
		assert unit["field:score"] == 3
		assert found.loc["V", "potential"] == 5
		assert found.loc["V", ["market_share_value", "field:score", "days_since_last_order"]].isna().all()

	def test_repeated_membership_counts_once(self):
		found = measure_units(
			facts(sales=[("a", "x", 1, 60.0, 10.0)], customers=customers("a")),
			membership(("a", "U"), ("a", "U")),
		)
		assert found.loc["U", "net_sales"] == 60

	def test_a_customer_in_two_root_units_counts_once_in_the_ranking(self):
		lines = [("a", "x", 1, 60.0, 0.0), ("b", "x", 1, 30.0, 0.0), ("c", "x", 1, 10.0, 0.0)]
		tree = membership(("a", "U"), ("b", "U"), ("a", "V"), ("c", "W"))
		found = measure_units(facts(sales=lines, customers=customers("a", "b", "c")), tree)
		# U = 90 holds a and b, V = 60 holds a only: everything larger than W is still 90 of 100
		assert list(found["cumulative_share"]) == pytest.approx([0, 90, 90])

	@given(st.data())
	def test_company_totals_count_every_customer_once(self, data):
		names = ["a", "b", "c", "d", "e"]
		lines = data.draw(
			st.lists(
				st.tuples(
					st.sampled_from(names),
					st.sampled_from(["x", "y", None]),
					st.integers(-3, 9),
					st.integers(-500, 2000).map(lambda cents: cents / 100),
					st.one_of(st.just(NAN), st.integers(-300, 900).map(lambda cents: cents / 100)),
				),
				max_size=15,
			)
		)
		pairs = data.draw(
			st.lists(
				st.tuples(st.sampled_from(names), st.sampled_from(["U", "V", "W"])), min_size=1, max_size=12
			)
		)
		found = measure_units(facts(sales=lines, customers=customers(*names)), membership(*pairs))
		company = sum(line[3] for line in lines)
		company_profit = sum(line[3] - line[4] for line in lines if not math.isnan(line[4]))
		for unit in found.index:
			members = {customer for customer, name in pairs if name == unit}
			own = [line for line in lines if line[0] in members]
			known = [line for line in own if not math.isnan(line[4])]
			assert found.loc[unit, "net_sales"] == pytest.approx(sum(line[3] for line in own), abs=1e-6)
			if company > 1e-6:
				assert found.loc[unit, "share_of_sales"] == pytest.approx(
					100 * sum(line[3] for line in own) / company
				)
			if own and not known:
				assert math.isnan(found.loc[unit, "gross_profit"])
			else:
				profit = sum(line[3] - line[4] for line in known)
				assert found.loc[unit, "gross_profit"] == pytest.approx(profit, abs=1e-6)
				if company_profit > 1e-6:
					assert found.loc[unit, "contribution"] == pytest.approx(
						100 * profit / company_profit, abs=1e-4
					)
			groups = {}
			for line in own:
				if line[1] is not None:
					groups[line[1]] = groups.get(line[1], 0) + round(line[3] * 100)
			assert found.loc[unit, "item_groups"] == sum(1 for amount in groups.values() if amount > 0)
			share = found.loc[unit, "cumulative_share"]
			assert math.isnan(share) or -1e-6 <= share <= 100 + 1e-6 or any(line[3] < 0 for line in lines)

	@given(
		st.dictionaries(
			st.sampled_from([f"c{number}" for number in range(12)]), st.integers(1, 10**7), min_size=1
		)
	)
	def test_cumulative_share_is_the_one_of_the_pareto_curve(self, sales):
		lines = [(name, "x", 1, cents / 100, NAN) for name, cents in sales.items()]
		found = measure_units(facts(sales=lines, customers=customers(*sales)))
		frame = pareto(found["net_sales"])
		assert found["cumulative_share"].to_dict() == pytest.approx(frame["cum_before"].to_dict(), abs=1e-6)
		classes = found["cumulative_share"].map(
			lambda share: "A" if share < 80 else "B" if share < 95 else "C"
		)
		assert classes.to_dict() == frame["abc_class"].to_dict()

	@given(st.permutations(range(len(LINES))), st.permutations(["a", "b", "c", "d"]))
	def test_order_of_rows_changes_nothing(self, order, names):
		tree = membership(*self.TREE)
		expected = measure_units(facts(sales=self.LINES, customers=customers("a", "b", "c", "d")), tree)
		shuffled = [self.LINES[position] for position in order]
		found = measure_units(facts(sales=shuffled, customers=customers(*names)), tree)
		pd.testing.assert_frame_equal(found, expected)


class TestShape:
	def test_nothing_at_all(self):
		found = measure_units(Facts.empty(YEAR, YEAR.last_day))
		assert list(found.columns) == list(MEASURES)
		assert found.index.name == "unit"
		assert len(found) == 0

	def test_frames_without_columns_are_empty_too(self):
		empty = replace(
			Facts.empty(YEAR, YEAR.last_day),
			sales=pd.DataFrame(),
			activity=pd.DataFrame(),
			customers=customers("a"),
		)
		assert measure_units(empty).loc["a", "net_sales"] == 0

	def test_no_membership_means_no_unit(self):
		found = measure_units(facts(customers=customers("a")), pd.DataFrame(columns=["customer", "unit"]))
		assert len(found) == 0

	def test_columns_are_floats(self):
		found = measure_units(
			facts(
				sales=[("a", "x", 1, 5, 3)],
				activity=[("a", 1, "2019-02-01")],
				customers=customers("a", rating=[3]),
			),
			fields=["rating"],
		)
		assert (found.dtypes == np.float64).all()
		assert list(found.columns) == [*MEASURES, "field:rating"]
		assert found.loc["a", "days_since_last_order"] == 333  # 1 February to 31 December 2019

	@pytest.mark.parametrize("dtype", [object, "string", "category"])
	def test_kinds_of_texts(self, dtype):
		sales = pd.DataFrame(
			{
				"customer": ["a", "b"],
				"item_group": ["x", "y"],
				"qty": [1, 1],
				"net_sales": [1.0, 3.0],
				"cost": [0.5, 1],
			}
		).astype({"customer": dtype, "item_group": dtype})
		found = measure_units(facts(sales=sales, customers=customers("a", "b").astype({"customer": dtype})))
		assert found["share_of_sales"].to_dict() == {"a": 25, "b": 75}

	@pytest.mark.parametrize(
		("changes", "message"),
		[
			(
				{"sales": pd.DataFrame({"customer": ["a"]})},
				"sales: missing column item_group, qty, net_sales, cost",
			),
			({"sales": [(None, "x", 1, 5.0, 3.0)]}, "sales: a row has no customer"),
			({"sales": [("a", "x", 1, NAN, 3.0)]}, "sales: the column net_sales is empty for customer 'a'"),
			({"sales": [("a", "x", 1, "five", 3.0)]}, "net_sales holds something that is not a number"),
			({"payments": [("a", NAN, 3.0)]}, "payments: the column paid is empty for customer 'a'"),
			({"yearly": [("a", -1, 3.0)]}, "years_ago counts back from 0"),
			({"customers": customers("a", "a")}, "customers: 'a' is listed more than once"),
		],
	)
	def test_mistakes_in_the_facts(self, changes, message):
		with pytest.raises(ValueError, match=message):
			measure_units(facts(**{"customers": customers("a"), **changes}))

	def test_mistakes_in_fields_and_membership(self):
		with pytest.raises(ValueError, match="the customer field 'credit' was not loaded"):
			measure_units(facts(customers=customers("a")), fields=["credit"])
		with pytest.raises(ValueError, match="the column city holds something that is not a number"):
			measure_units(facts(customers=customers("a", city=["Basel"])), fields=["city"])
		with pytest.raises(ValueError, match="membership: a row has no unit"):
			measure_units(facts(customers=customers("a")), membership(("a", None)))
		with pytest.raises(ValueError, match="membership: missing column unit"):
			measure_units(facts(customers=customers("a")), pd.DataFrame({"customer": ["a"]}))
