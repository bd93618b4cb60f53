"""Evaluation of criteria: thresholds, screening, scores, levels and their explanations."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.criteria import (
	CriteriaError,
	CriteriaSet,
	LevelRule,
	Scoring,
	Screening,
	Threshold,
	evaluate,
	explain,
)
from kam_erpnext.engine.measures import MEASURES, field_measure
from kam_erpnext.engine.scoring import Band, band, scale_score, weighted_score

NAN = math.nan
TRUTH = [True, False, None]


def measured(**columns) -> pd.DataFrame:
	"""Measures of the units u1, u2, ..."""
	count = len(next(iter(columns.values())))
	return pd.DataFrame(columns, index=[f"u{number}" for number in range(1, count + 1)], dtype=float)


def judgements(*rows) -> pd.DataFrame:
	return pd.DataFrame(rows, columns=["unit", "table", "row", "value"])


def decide(rule: str, n: int, lines: list[tuple[bool, bool]]) -> bool:
	"""Whether a unit qualifies when everything is known; lines are (holds, mandatory)."""
	if not all(holds for holds, mandatory in lines if mandatory):
		return False
	if rule == "all":
		return all(holds for holds, _mandatory in lines)
	if rule == "n_of_m":
		return sum(holds for holds, _mandatory in lines) >= n
	optional = [holds for holds, mandatory in lines if not mandatory]
	return any(optional) if optional else True


def oracle(rule: str, n: int, lines: list[tuple[bool | None, bool]]) -> bool | None:
	"""Try every way the unknown lines could turn out."""
	outcomes = set()
	for guess in itertools.product([True, False], repeat=sum(holds is None for holds, _m in lines)):
		answers = iter(guess)
		known = [(next(answers) if holds is None else holds, mandatory) for holds, mandatory in lines]
		outcomes.add(decide(rule, n, known))
	return outcomes.pop() if len(outcomes) == 1 else None


def value_for(holds: bool | None) -> float:
	"""A value that makes the test `>= 10` come out as wanted."""
	return NAN if holds is None else 10.0 if holds else 9.0


class TestByHand:
	CRITERIA = CriteriaSet(
		"test",
		rule="all",
		classification=[Threshold("net_sales", ">=", 100_000), Threshold("market_share_value", ">=", 2)],
		screening=[Screening("Values our difference?", mandatory=True), Screening("Image customer?")],
		scoring=[
			Scoring("Size", 30, "linear", "net_sales", 0, 400_000),
			Scoring("Growth", 10, "stepped", "sales_growth", 0, 50),
			Scoring("Relationship", 60, "judged", dimension="Strength"),
		],
		levels=[
			LevelRule("Global", 1, min_score=60, min_net_sales=300_000),
			LevelRule("National", 2, min_score=40),
			LevelRule("Regional", 3),
		],
	)
	MEASURED = measured(
		net_sales=[370_540.29, 200_000, 0, 99_999.999],
		market_share_value=[2, NAN, NAN, 5],
		sales_growth=[25, NAN, NAN, -5],
	)
	JUDGED = judgements(
		("u1", "screening", 1, "Yes"),
		("u2", "screening", 1, "Yes"),
		("u3", "screening", 1, "No"),
		("u1", "screening", 2, "No"),
		("u1", "scoring", 3, 70),
		("u2", "scoring", 3, "40"),
		("u9", "scoring", 3, 40),
	)

	def results(self) -> pd.DataFrame:
		return evaluate(self.CRITERIA, self.MEASURED, self.JUDGED).results

	def test_classification_and_screening(self):
		found = self.results()
		assert list(found["classification_met"]) == [2, 1, 0, 1]
		assert list(found["classification_unknown"]) == [0, 1, 1, 0]
		assert list(found["classification_total"]) == [2, 2, 2, 2]
		assert list(found["qualifies"]) == [True, None, False, False]
		assert list(found["screening_pass"]) == [True, True, False, None]
		assert list(found["passes"]) == [True, None, False, False]
		assert list(found["unmet"]) == ["", "", "Net Sales; Values our difference?", "Net Sales"]
		assert list(found["open"]) == ["", "Market Share in Value %", "", "Values our difference?"]

	def test_scores(self):
		found = self.results()
		# u1: size 370540.29 / 4000 = 92.6350725, growth 25 of 50 in 5 steps: third step = 50
		# 0.3 * 92.6350725 + 0.1 * 50 + 0.6 * 70 = 27.79052175 + 5 + 42 = 74.79052175
		assert found.loc["u1", "score"] == pytest.approx(74.79052175)
		assert found.loc["u1", "answered_share"] == 100
		# u2: growth unknown: (30 * 50 + 60 * 40) / 90 = 3900 / 90 = 43.33
		assert found.loc["u2", "score"] == pytest.approx(3900 / 90)
		assert found.loc["u2", "answered_share"] == pytest.approx(90)
		# u3: only size is known, and it is 0
		assert found.loc["u3", "score"] == 0
		assert found.loc["u3", "answered_share"] == pytest.approx(30)
		# u4: (30 * 24.99999975 + 10 * 0) / 40
		assert found.loc["u4", "score"] == pytest.approx(18.7499998125)
		assert list(found["band"]) == ["Good", "Medium", "Very weak", "Very weak"]
		# dimensions: u1 attractiveness (30 * 92.6350725 + 10 * 50) / 40, strength 70
		assert found.loc["u1", "attractiveness"] == pytest.approx(81.976304375)
		assert list(found["strength"].fillna(-1)) == [70, 40, -1, -1]

	def test_levels(self):
		# u2 has the score but not the sales for Global
		assert list(self.results()["level"]) == ["Global", "National", "Regional", "Regional"]

	def test_lines(self):
		lines = evaluate(self.CRITERIA, self.MEASURED, self.JUDGED).lines
		assert list(lines.columns) == [
			"unit",
			"table",
			"row",
			"label",
			"measure",
			"value",
			"operator",
			"threshold",
			"met",
			"a",
			"b",
			"weighted",
			"answered",
			"explanation",
		]
		assert len(lines) == 4 * 7
		first = lines[lines["unit"] == "u1"]
		assert list(first["table"]) == ["classification"] * 2 + ["screening"] * 2 + ["scoring"] * 3
		assert list(first["row"]) == [1, 2, 1, 2, 1, 2, 3]
		assert list(first["met"]) == [True, True, True, False, None, None, None]
		assert list(first["a"][4:]) == pytest.approx([30, 10, 60])
		assert list(first["b"][4:]) == pytest.approx([92.6350725, 50, 70])
		assert list(first["weighted"][4:]) == pytest.approx([27.79052175, 5, 42])
		assert first["a"][:4].isna().all()
		assert list(first["measure"]) == [
			"net_sales",
			"market_share_value",
			None,
			None,
			"net_sales",
			"sales_growth",
			None,
		]
		assert list(first["operator"]) == [">=", ">="] + [None] * 5
		assert list(first["explanation"]) == [
			"Net Sales 370,540.29 >= 100,000: met",
			"Market Share in Value % 2 >= 2: met",
			"Values our difference? Yes",
			"Image customer? No",
			"Net Sales 370,540.29 on the scale 0 to 400,000 gives 92.64 of 100: 30 % x 92.64 = 27.79",
			"Sales Growth % 25 on the scale 0 to 50 in 5 steps gives 50 of 100: 10 % x 50 = 5",
			"Judged 70 of 100: 60 % x 70 = 42",
		]
		second = lines[lines["unit"] == "u2"]
		assert list(second["answered"]) == [True, False, True, False, True, False, True]
		assert second["explanation"].iloc[1] == "Market Share in Value % is not known, needed >= 2: open"
		assert second["explanation"].iloc[3] == "Image customer? Not answered"
		assert second["explanation"].iloc[5] == "Sales Growth % is not known: its weight of 10 % is left out"
		third = lines[lines["unit"] == "u3"]
		assert third["explanation"].iloc[6] == "Not judged: its weight of 60 % is left out"
		assert explain(third.iloc[0]) == "Net Sales 0 >= 100,000: not met"

	def test_a_value_just_below_the_threshold_does_not_look_like_it(self):
		lines = evaluate(self.CRITERIA, self.MEASURED, self.JUDGED).lines
		fourth = lines[lines["unit"] == "u4"]
		assert fourth["explanation"].iloc[0] == "Net Sales 99,999.999 >= 100,000: not met"

	def test_lines_carry_the_score(self):
		"""Sum of A x B / 100 over the answered lines, over their share of the weight, is the score."""
		found = evaluate(self.CRITERIA, self.MEASURED, self.JUDGED)
		points = found.lines.groupby("unit")["weighted"].sum()
		share = found.results["answered_share"] / 100
		assert (points / share).to_dict() == pytest.approx(found.results["score"].to_dict())

	def test_reverse(self):
		criteria = CriteriaSet(
			"test",
			scoring=[
				Scoring("Late", 50, "linear", "payment_delay", 0, 60, reverse=True),
				Scoring("Risk", 50, "judged", reverse=True),
			],
		)
		found = evaluate(criteria, measured(payment_delay=[15]), judgements(("u1", "scoring", 2, 20)))
		# 100 - 25 = 75 and 100 - 20 = 80
		assert found.results.loc["u1", "score"] == pytest.approx(77.5)
		assert list(found.lines["explanation"]) == [
			"Payment Delay (Days) 15 on the scale 0 to 60, reversed gives 75 of 100: 50 % x 75 = 37.50",
			"Judged 20 of 100 (counted in reverse): 50 % x 80 = 40",
		]


class TestThreeValuedLogic:
	@given(
		st.sampled_from(["all", "any", "n_of_m"]),
		st.integers(1, 5),
		st.lists(st.tuples(st.sampled_from(TRUTH), st.booleans()), min_size=1, max_size=5),
	)
	def test_classification_against_every_possible_outcome(self, rule, n, lines):
		criteria = CriteriaSet(
			"test",
			rule=rule,
			n=n,
			classification=[
				Threshold(f"field:m{number}", ">=", 10, mandatory=mandatory)
				for number, (_holds, mandatory) in enumerate(lines)
			],
		)
		values = {f"field:m{number}": [value_for(holds)] for number, (holds, _m) in enumerate(lines)}
		found = evaluate(criteria, measured(**values)).results.iloc[0]
		assert found["qualifies"] is oracle(rule, n, lines)
		assert found["passes"] is found["qualifies"]
		assert found["classification_met"] == sum(holds is True for holds, _m in lines)
		assert found["classification_unknown"] == sum(holds is None for holds, _m in lines)

	def test_every_case_of_two_and_three_lines(self):
		for count in (2, 3):
			cases = list(itertools.product(TRUTH, repeat=count))
			columns = {
				f"field:m{number}": [value_for(case[number]) for case in cases] for number in range(count)
			}
			for rule, n in [("all", 1), ("any", 1), *(("n_of_m", n) for n in range(1, count + 2))]:
				for mandatory in itertools.product([True, False], repeat=count):
					criteria = CriteriaSet(
						"test",
						rule=rule,
						n=n,
						classification=[
							Threshold(f"field:m{number}", ">=", 10, mandatory=mandatory[number])
							for number in range(count)
						],
					)
					found = list(evaluate(criteria, measured(**columns)).results["qualifies"])
					expected = [oracle(rule, n, list(zip(case, mandatory, strict=True))) for case in cases]
					assert found == expected, (rule, n, mandatory)

	@given(
		st.lists(st.tuples(st.sampled_from(TRUTH), st.booleans(), st.booleans()), max_size=5),
		st.sampled_from(TRUTH),
	)
	def test_screening_and_both_together(self, lines, qualifies):
		"""Lines are (answer, mandatory, measured)."""
		criteria = CriteriaSet(
			"test",
			classification=[Threshold("net_sales", ">=", 10)],
			screening=[
				Screening(f"q{number}", "measured", f"field:m{number}", ">=", 10, mandatory)
				if by_measure
				else Screening(f"q{number}", mandatory=mandatory)
				for number, (_answer, mandatory, by_measure) in enumerate(lines)
			],
		)
		values = {"net_sales": [value_for(qualifies)]}
		answers = []
		for number, (answer, _mandatory, by_measure) in enumerate(lines):
			if by_measure:
				values[f"field:m{number}"] = [value_for(answer)]
			elif answer is not None:
				answers.append(("u1", "screening", number + 1, "Yes" if answer else "No"))
		found = evaluate(criteria, measured(**values), judgements(*answers)).results.iloc[0]
		required = [(answer, True) for answer, mandatory, _measured in lines if mandatory]
		assert found["screening_pass"] is oracle("all", 1, required)
		assert found["passes"] is oracle("all", 1, [*required, (qualifies, True)])

	def test_no_classification_lines_means_qualified(self):
		criteria = CriteriaSet("test", screening=[Screening("ok?")])
		found = evaluate(criteria, measured(net_sales=[1])).results.iloc[0]
		assert found["qualifies"] is True
		assert found["screening_pass"] is True
		assert found["passes"] is True

	@pytest.mark.parametrize(
		("operator", "expected"),
		[
			(">=", [False, True, True, None]),
			(">", [False, False, True, None]),
			("<=", [True, True, False, None]),
			("<", [True, False, False, None]),
			("=", [False, True, False, None]),
		],
	)
	def test_operators(self, operator, expected):
		criteria = CriteriaSet("test", classification=[Threshold("net_sales", operator, 10)])
		found = evaluate(criteria, measured(net_sales=[9, 10, 11, NAN]))
		assert list(found.results["qualifies"]) == expected

	def test_rounding_residue_is_no_difference(self):
		criteria = CriteriaSet("test", classification=[Threshold("cumulative_share", "<", 80)])
		found = evaluate(criteria, measured(cumulative_share=[79.9999999999999]))
		assert found.results["qualifies"].iloc[0] is False


class TestScores:
	@given(
		st.lists(
			st.tuples(
				st.integers(0, 50), st.one_of(st.none(), st.floats(-100, 200)), st.booleans(), st.booleans()
			),
			min_size=1,
			max_size=6,
		)
	)
	def test_same_as_the_single_functions(self, lines):
		"""Lines are (weight, value, stepped, reverse), all on the scale 0 to 100."""
		criteria = CriteriaSet(
			"test",
			scoring=[
				Scoring(
					f"s{number}",
					weight,
					"stepped" if stepped else "linear",
					f"field:m{number}",
					0,
					100,
					5,
					reverse,
				)
				for number, (weight, _value, stepped, reverse) in enumerate(lines)
			],
		)
		values = {
			f"field:m{number}": [NAN if value is None else value]
			for number, (_w, value, _s, _r) in enumerate(lines)
		}
		found = evaluate(criteria, measured(**values)).results.iloc[0]
		expected = weighted_score(
			[
				(weight, scale_score(value, 0, 100, "stepped" if stepped else "linear", 5, reverse))
				for weight, value, stepped, reverse in lines
			]
		)
		if expected.score is None:
			assert math.isnan(found["score"])
			assert found["band"] is None
		else:
			assert found["score"] == pytest.approx(expected.score, abs=1e-6)
			assert found["band"] == band(found["score"])
		if expected.answered_share is None:
			assert math.isnan(found["answered_share"])
		else:
			assert found["answered_share"] == pytest.approx(expected.answered_share)

	@given(
		st.lists(st.floats(-50, 150), min_size=2, max_size=2),
		st.floats(0, 100),
		st.sampled_from(["linear", "stepped"]),
	)
	def test_improving_a_measured_value_never_lowers_the_score(self, pair, other, kind):
		low, high = sorted(pair)
		criteria = CriteriaSet(
			"test",
			scoring=[
				Scoring("a", 30, kind, "net_sales", 0, 100),
				Scoring("b", 70, "linear", "potential", 0, 100),
			],
		)
		found = evaluate(criteria, measured(net_sales=[low, high], potential=[other, other])).results
		assert found["score"].iloc[0] <= found["score"].iloc[1]

	def test_own_bands(self):
		criteria = CriteriaSet("test", scoring=[Scoring("a", 1, "linear", "net_sales", 0, 100)])
		found = evaluate(
			criteria, measured(net_sales=[50, 51, NAN]), bands=[Band("low", 50), Band("high", 100)]
		)
		assert list(found.results["band"]) == ["low", "high", None]

	def test_all_weights_zero_give_no_score(self):
		criteria = CriteriaSet("test", scoring=[Scoring("a", 0, "linear", "net_sales", 0, 100)])
		found = evaluate(criteria, measured(net_sales=[50])).results
		assert found[["score", "answered_share", "attractiveness"]].isna().all().all()

	def test_level_rules(self):
		criteria = CriteriaSet(
			"test",
			scoring=[Scoring("a", 1, "linear", "net_sales", 0, 100)],
			levels=[LevelRule("Low", 2, min_score=20), LevelRule("Top", 1, min_score=80, min_net_sales=90)],
		)
		found = evaluate(criteria, measured(net_sales=[10, 20, 85, 90, NAN]))
		assert list(found.results["level"]) == [None, "Low", "Low", "Top", None]


class TestJudgements:
	CRITERIA = CriteriaSet(
		"test",
		screening=[
			Screening("Judged?", mandatory=True),
			Screening("Measured?", "measured", "net_sales", ">", 0),
		],
		scoring=[Scoring("Judged", 1, "judged"), Scoring("Measured", 1, "linear", "net_sales", 0, 100)],
	)

	@pytest.mark.parametrize(
		("value", "expected"),
		[
			("Yes", True),
			(" no ", False),
			("Unknown", None),
			(True, True),
			(False, False),
			(None, None),
			("", None),
			(NAN, None),
		],
	)
	def test_answers(self, value, expected):
		found = evaluate(self.CRITERIA, measured(net_sales=[5]), judgements(("u1", "screening", 1, value)))
		assert found.results["screening_pass"].iloc[0] is expected

	@pytest.mark.parametrize(
		("value", "expected"), [(0, 0), (100.0, 100), ("55", 55), (None, NAN), (" ", NAN)]
	)
	def test_points(self, value, expected):
		found = evaluate(self.CRITERIA, measured(net_sales=[5]), judgements(("u1", "scoring", 1, value)))
		assert found.lines["b"].iloc[2] == pytest.approx(expected, nan_ok=True)

	@pytest.mark.parametrize(
		("rows", "message"),
		[
			(
				[("u1", "screening", 1, "maybe")],
				"Screening line 1: the answer for 'u1' is 'maybe'; use Yes, No or Unknown",
			),
			(
				[("u1", "scoring", 1, 101)],
				"Scoring line 1: the evaluation of 'u1' is 101; use a number from 0 to 100",
			),
			([("u1", "scoring", 1, "good")], "the evaluation of 'u1' is 'good'"),
			([("u1", "scoring", 1, 5)] * 2, "Scoring line 1: 'u1' is judged more than once"),
		],
	)
	def test_mistakes(self, rows, message):
		with pytest.raises(ValueError, match=message):
			evaluate(self.CRITERIA, measured(net_sales=[5]), judgements(*rows))

	def test_measured_lines_and_other_units_are_not_judged(self):
		rows = [
			("u1", "screening", 2, "No"),
			("u1", "scoring", 2, 7),
			("u2", "scoring", 1, 7),
			("u1", "other", 1, 7),
		]
		with_rows = evaluate(self.CRITERIA, measured(net_sales=[5]), judgements(*rows))
		without = evaluate(self.CRITERIA, measured(net_sales=[5]))
		pd.testing.assert_frame_equal(with_rows.lines, without.lines)

	def test_columns(self):
		with pytest.raises(ValueError, match="judgements: missing column value"):
			evaluate(
				self.CRITERIA,
				measured(net_sales=[5]),
				judgements(("u1", "scoring", 1, 5)).drop(columns="value"),
			)


class TestEdges:
	def test_no_units(self):
		found = evaluate(TestByHand.CRITERIA, pd.DataFrame(columns=list(MEASURES), dtype=float))
		assert len(found.results) == len(found.lines) == 0
		assert "passes" in found.results.columns and "explanation" in found.lines.columns

	def test_no_lines(self):
		found = evaluate(CriteriaSet("test"), measured(net_sales=[5]))
		assert len(found.lines) == 0
		assert found.results["passes"].iloc[0] is True
		assert math.isnan(found.results["score"].iloc[0])

	def test_measure_not_computed(self):
		with pytest.raises(CriteriaError, match="Classification line 1: Unknown measure 'potential'"):
			evaluate(
				CriteriaSet("test", classification=[Threshold("potential", ">", 1)]), measured(net_sales=[5])
			)
		with pytest.raises(CriteriaError, match="The level needs net sales"):
			evaluate(
				CriteriaSet("test", levels=[LevelRule("A", 1, min_net_sales=5)]), measured(potential=[5])
			)

	@pytest.mark.parametrize(
		"criteria",
		[
			CriteriaSet("test", classification=[Threshold("net_sales", "=>", 1)]),
			CriteriaSet("test", classification=[Threshold("net_sales", ">=", None)]),
			CriteriaSet("test", rule="some", classification=[Threshold("net_sales", ">=", 1)]),
			CriteriaSet("test", screening=[Screening("a", "guessed")]),
			CriteriaSet("test", scoring=[Scoring("a", 1, "linear", "net_sales", 5, 5)]),
			CriteriaSet("test", scoring=[Scoring("a", -1, "judged")]),
		],
	)
	def test_incomplete_lines(self, criteria):
		with pytest.raises(CriteriaError):
			evaluate(criteria, measured(net_sales=[5]))

	def test_a_unit_twice(self):
		frame = pd.DataFrame({"net_sales": [1.0, 2.0]}, index=["u", "u"])
		with pytest.raises(ValueError, match="'u' is listed more than once"):
			evaluate(CriteriaSet("test"), frame)

	def test_a_measure_nobody_has_is_warned_about(self):
		criteria = CriteriaSet(
			"test", classification=[Threshold("net_sales", ">", 1), Threshold("potential", ">", 1)]
		)
		found = evaluate(criteria, measured(net_sales=[5, NAN], potential=[NAN, NAN]))
		assert found.warnings == [
			"Classification line 2: Potential is not known for any of the 2 units; enter the missing figures or "
			"choose another measure."
		]

	def test_labels(self):
		spec = field_measure("rating", "Rating of the Bank")
		criteria = CriteriaSet(
			"test",
			classification=[
				Threshold("field:rating", ">", 1),
				Threshold("net_sales", ">", 1, label="Buys at all"),
			],
		)
		frame = measured(**{"field:rating": [2], "net_sales": [0]})
		plain = evaluate(criteria, frame)
		assert list(plain.lines["label"]) == ["Rating", "Buys at all"]
		assert plain.results["unmet"].iloc[0] == "Buys at all"
		assert plain.lines["explanation"].iloc[1] == "Net Sales 0 > 1: not met"
		named = evaluate(criteria, frame, known={**MEASURES, spec.key: spec})
		assert named.lines["explanation"].iloc[0] == "Rating of the Bank 2 > 1: met"

	def test_lines_that_do_not_matter_are_neither_unmet_nor_open(self):
		criteria = CriteriaSet(
			"test",
			rule="any",
			classification=[
				Threshold("net_sales", ">", 1),
				Threshold("potential", ">", 1),
				Threshold("gross_profit", ">", 1),
			],
			screening=[Screening("Image?")],
		)
		found = evaluate(
			criteria, measured(net_sales=[5, 0, 0], potential=[0, NAN, 0], gross_profit=[NAN, 0, 0])
		)
		assert list(found.results["qualifies"]) == [True, None, False]
		assert list(found.results["unmet"]) == ["", "", "Net Sales; Potential; Gross Profit"]
		assert list(found.results["open"]) == ["", "Potential", ""]

	def test_truth_values_are_plain_python(self):
		found = evaluate(TestByHand.CRITERIA, TestByHand.MEASURED, TestByHand.JUDGED)
		for column in (found.results["passes"], found.results["qualifies"], found.lines["met"]):
			assert all(value is True or value is False or value is None for value in column)
			assert column.dtype == object
		assert found.lines["answered"].dtype == np.bool_

	def test_order_of_units_changes_nothing(self):
		found = evaluate(TestByHand.CRITERIA, TestByHand.MEASURED, TestByHand.JUDGED)
		turned = evaluate(TestByHand.CRITERIA, TestByHand.MEASURED.iloc[::-1], TestByHand.JUDGED.iloc[::-1])
		pd.testing.assert_frame_equal(turned.results.iloc[::-1], found.results)
