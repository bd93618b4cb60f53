"""Criteria sets: reading, writing and the mistakes that are refused."""

import json
import math
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.criteria import (
	CriteriaError,
	CriteriaSet,
	LevelRule,
	Problem,
	Scoring,
	Screening,
	Threshold,
	load,
)
from kam_erpnext.engine.measures import MEASURES, field_measure

NAN = math.nan

FULL = CriteriaSet(
	name="Programme 2026",
	rule="n_of_m",
	n=2,
	classification=[
		Threshold("net_sales", ">=", 1_500_000, label="Sales above 1.5 m"),
		Threshold("cumulative_share", "<", 80, mandatory=True, row=2),
		Threshold("market_share_units", ">=", 2, row=3),
	],
	screening=[
		Screening("Does the customer value our difference?", mandatory=True),
		Screening("Profit in two years", "measured", "profitable_years", ">=", 2, row=2),
	],
	scoring=[
		Scoring("Size", 30, "linear", "net_sales", 0, 2_000_000),
		Scoring("Growth", 20, "stepped", "sales_growth", -10, 20, steps=4, row=2),
		Scoring("Late payer", 10, "linear", "payment_delay", 0, 60, reverse=True, row=3),
		Scoring("Relationship", 20, "judged", dimension="Strength", row=4),
	],
	levels=[LevelRule("Global", 1, min_score=70, min_net_sales=1e6), LevelRule("National", 2, row=2)],
	effective_from=date(2026, 1, 1),
)


def messages(criteria: CriteriaSet, known=MEASURES) -> list[str]:
	return [str(problem) for problem in criteria.problems(known)]


def classification(*lines: Threshold, **settings) -> CriteriaSet:
	return CriteriaSet("test", classification=list(lines), **settings)


def scoring(*lines: Scoring) -> CriteriaSet:
	return CriteriaSet("test", scoring=list(lines))


class TestSet:
	def test_a_sound_set_has_no_problems(self):
		assert messages(FULL) == []

	def test_weights_in_percent(self):
		# 30 + 20 + 10 + 20 = 80
		assert FULL.normalised_weights() == pytest.approx([37.5, 25, 12.5, 25])
		assert scoring(Scoring("a", 0), Scoring("b", 0)).normalised_weights() == [0, 0]
		assert CriteriaSet("none").normalised_weights() == []

	@given(st.lists(st.integers(0, 1000), min_size=1).filter(any))
	def test_weights_sum_to_100(self, weights):
		criteria = scoring(*[Scoring(str(number), weight) for number, weight in enumerate(weights)])
		assert sum(criteria.normalised_weights()) == pytest.approx(100)

	def test_lines_without_distinct_numbers_are_numbered(self):
		criteria = classification(Threshold("net_sales", ">", 1), Threshold("potential", ">", 2))
		assert [line.row for line in criteria.classification] == [1, 2]
		kept = classification(Threshold("net_sales", ">", 1, row=3), Threshold("potential", ">", 2, row=7))
		assert [line.row for line in kept.classification] == [3, 7]

	def test_problems_are_told_with_and_without_place(self):
		problem = Problem("scoring", 3, "weight", "The weight is missing; enter a number.")
		assert str(problem) == "Scoring line 3: The weight is missing; enter a number."
		assert (
			str(Problem("scoring", None, "weight", "All weights are zero."))
			== "Scoring: All weights are zero."
		)
		assert str(Problem(None, None, "n", "Too many.")) == "Too many."
		error = CriteriaError([problem, problem])
		assert error.problems == [problem, problem]
		assert str(error) == f"{problem}\n{problem}"


class TestProblems:
	def test_no_lines(self):
		assert messages(CriteriaSet("empty")) == [
			"The criteria have no lines; add at least one classification, screening or scoring line."
		]

	def test_all_weights_zero(self):
		assert messages(scoring(Scoring("a", 0, "judged"), Scoring("b", 0, "judged"))) == [
			"Scoring: All weights are zero; give at least one scoring line a weight above zero."
		]

	def test_weights(self):
		assert messages(scoring(Scoring("a", -5, "judged"), Scoring("b", None, "judged"))) == [
			"Scoring line 1: The weight is -5; enter zero or more, and tick Less Is Better if a high value is bad.",
			"Scoring line 2: The weight is missing; enter a number.",
		]

	@pytest.mark.parametrize("value", [None, NAN, math.inf, True, "100"])
	def test_missing_threshold(self, value):
		problems = classification(Threshold("net_sales", ">=", value)).problems(MEASURES)
		assert problems == [
			Problem("classification", 1, "value", "The threshold is missing; enter a number.")
		]

	def test_measures(self):
		assert messages(
			classification(
				Threshold("net_sale", ">=", 5),
				Threshold("", ">=", 5),
				Threshold("zzz", ">=", 5),
				Threshold("field:rating", ">=", 5),
			)
		) == [
			"Classification line 1: Unknown measure 'net_sale'; did you mean 'net_sales'?",
			"Classification line 2: The measure is missing; choose one.",
			"Classification line 3: Unknown measure 'zzz'; choose one from the list of measures.",
			"Classification line 4: Unknown measure 'field:rating'; choose one from the list of measures.",
		]
		spec = field_measure("rating")
		assert (
			messages(classification(Threshold("field:rating", ">=", 5)), {**MEASURES, spec.key: spec}) == []
		)

	def test_unknown_choices(self):
		criteria = CriteriaSet(
			"test",
			rule="some",
			classification=[Threshold("net_sales", "=>", 5)],
			screening=[Screening("ok?", kind="guessed"), Screening(" ")],
			scoring=[
				Scoring("a", 1, kind="cubic"),
				Scoring("", 1, kind="judged", dimension="Charm"),
			],
		)
		assert messages(criteria) == [
			"Unknown rule 'some'; choose one of all, any, n_of_m.",
			"Classification line 1: Unknown operator '=>'; choose one of >= > <= < =.",
			"Screening line 1: Unknown kind 'guessed'; choose one of judged, measured.",
			"Screening line 2: The question is empty; write one.",
			"Scoring line 1: Unknown kind 'cubic'; choose one of linear, stepped, judged.",
			"Scoring line 2: The criterion has no name; enter one.",
			"Scoring line 2: Unknown dimension 'Charm'; choose one of Attractiveness, Strength.",
		]

	def test_scales(self):
		criteria = scoring(
			Scoring("a", 1, "linear", "net_sales", 5, 5),
			Scoring("b", 1, "linear", "net_sales", None, 5),
			Scoring("c", 1, "stepped", "net_sales", 0, 5, steps=1),
			Scoring("d", 1, "stepped", "net_sales", 0, 5, steps=2.5),
			Scoring("e", 1, "linear", None, 0, 5),
			Scoring("f", 1, "linear", "market_share_value", -1, 101),
		)
		assert messages(criteria) == [
			"Scoring line 1: Both anchors are 5; the scale needs two different numbers.",
			"Scoring line 2: The low anchor is missing; enter a number.",
			"Scoring line 3: The number of steps is 1; a stepped scale needs at least 2.",
			"Scoring line 4: The number of steps is 2.5; a stepped scale needs at least 2.",
			"Scoring line 5: The measure is missing; choose one.",
			"Scoring line 6: Market Share in Value % is a percentage from 0 to 100, but the low anchor is -1; "
			"enter a number in that range.",
			"Scoring line 6: Market Share in Value % is a percentage from 0 to 100, but the high anchor is 101; "
			"enter a number in that range.",
		]

	@pytest.mark.parametrize("value", [-0.5, 100.5, 800])
	def test_shares_outside_0_to_100(self, value):
		found = classification(Threshold("share_of_sales", ">=", value)).problems(MEASURES)
		assert [(problem.row, problem.field) for problem in found] == [(1, "value")]
		assert "is a percentage from 0 to 100" in found[0].message
		screening = CriteriaSet(
			"test", screening=[Screening("Share?", "measured", "contribution", ">", value, row=4)]
		)
		assert [problem.row for problem in screening.problems(MEASURES)] == [4]

	def test_growth_may_be_negative_or_above_100(self):
		assert messages(classification(Threshold("sales_growth", ">", -20), rule="any")) == []
		assert messages(classification(Threshold("sales_growth", ">", 150), rule="any")) == []

	@pytest.mark.parametrize(
		("n", "message"),
		[
			(0, "The number of lines that must hold is 0; enter a whole number of 1 or more."),
			(1.5, "The number of lines that must hold is 1.5; enter a whole number of 1 or more."),
			(
				4,
				"The number of lines that must hold is 4, but the number of classification lines is 3; lower the "
				"one or add lines.",
			),
			(
				1,
				"The number of lines that must hold is 1 and the number of mandatory lines is 1, so the other lines "
				"have no effect; raise it to 2 or more, or make fewer lines mandatory.",
			),
		],
	)
	def test_number_of_lines(self, n, message):
		lines = FULL.classification
		assert messages(CriteriaSet("test", rule="n_of_m", n=n, classification=lines)) == [message]

	def test_number_of_lines_is_ignored_by_other_rules(self):
		assert messages(CriteriaSet("test", rule="any", n=9, classification=FULL.classification)) == []

	def test_duplicates(self):
		criteria = CriteriaSet(
			"test",
			screening=[Screening("Profit?"), Screening("profit? ")],
			scoring=[
				Scoring("Size", 1, "judged"),
				Scoring("Growth", 1, "judged"),
				Scoring("SIZE", 1, "judged"),
			],
			levels=[LevelRule("Global", 1), LevelRule("Global", 1), LevelRule("National", 1)],
		)
		assert messages(criteria) == [
			"Screening line 2: Lines 1 and 2 are both called 'profit?'; rename or remove one of them.",
			"Scoring line 3: Lines 1 and 3 are both called 'SIZE'; rename or remove one of them.",
			"Levels line 2: Lines 1 and 2 are both called 'Global'; rename or remove one of them.",
			"Levels line 3: Lines 1 and 3 have the same rank 1; give each level its own.",
		]


class TestContradictions:
	LOW = Threshold("net_sales", "<", 5)
	HIGH = Threshold("net_sales", ">=", 10)

	def test_named_with_both_lines(self):
		assert messages(classification(self.HIGH, Threshold("potential", ">", 1), self.LOW)) == [
			"Classification line 3: Lines 1 and 3 contradict each other: Net Sales >= 10 and < 5 can never both "
			"hold; change or remove one of them."
		]

	def test_under_other_rules_only_mandatory_lines_must_hold_together(self):
		assert messages(classification(self.HIGH, self.LOW, rule="any")) == []
		high, low = (
			Threshold("net_sales", ">=", 10, mandatory=True),
			Threshold("net_sales", "<", 5, mandatory=True),
		)
		assert messages(classification(high, self.LOW, rule="any")) == []
		assert len(messages(classification(high, low, rule="any"))) == 1

	def test_all_of_m_is_all(self):
		other = Threshold("potential", ">", 1)
		assert messages(classification(self.HIGH, self.LOW, other, rule="n_of_m", n=2)) == []
		assert len(messages(classification(self.HIGH, self.LOW, other, rule="n_of_m", n=3))) == 1

	def test_mandatory_screening_counts(self):
		criteria = classification(
			self.HIGH, screening=[Screening("Small?", "measured", "net_sales", "<", 5, mandatory=True)]
		)
		assert messages(criteria) == [
			"Screening line 1: This line and Classification line 1 contradict each other: Net Sales >= 10 and < 5 "
			"can never both hold; change or remove one of them."
		]
		optional = classification(self.HIGH, screening=[Screening("Small?", "measured", "net_sales", "<", 5)])
		assert messages(optional) == []

	def test_different_measures_never_contradict(self):
		assert messages(classification(self.HIGH, Threshold("gross_profit", "<", 5))) == []

	@given(
		*[
			st.tuples(st.sampled_from([">=", ">", "<=", "<", "="]), st.integers(-3, 3)),
		]
		* 2
	)
	def test_refused_exactly_when_no_number_fulfils_both(self, one, two):
		"""Whole and half numbers are enough to try: all thresholds are whole."""
		tests = {
			">=": lambda value, limit: value >= limit,
			">": lambda value, limit: value > limit,
			"<=": lambda value, limit: value <= limit,
			"<": lambda value, limit: value < limit,
			"=": lambda value, limit: value == limit,
		}
		possible = any(
			all(tests[operator](half / 2, limit) for operator, limit in (one, two)) for half in range(-10, 11)
		)
		found = messages(classification(Threshold("net_sales", *one), Threshold("net_sales", *two)))
		assert (found == []) == possible


class TestReading:
	def test_round_trip(self):
		plain = FULL.to_dict()
		assert CriteriaSet.from_dict(plain) == FULL
		assert CriteriaSet.from_dict(json.loads(json.dumps(plain))) == FULL

	def test_shortest_form(self):
		criteria = CriteriaSet.from_dict(
			{
				"name": "Short",
				"classification": [
					{"measure": "net_sales", "operator": ">=", "value": 5},
					{"measure": "potential", "operator": ">", "value": None, "mandatory": 1},
				],
			}
		)
		assert criteria == CriteriaSet(
			"Short",
			classification=[
				Threshold("net_sales", ">=", 5),
				Threshold("potential", ">", None, mandatory=True, row=2),
			],
		)
		assert messages(criteria) == ["Classification line 2: The threshold is missing; enter a number."]

	@pytest.mark.parametrize("given_date", ["2026-01-31", date(2026, 1, 31), datetime(2026, 1, 31, 5)])
	def test_dates(self, given_date):
		criteria = CriteriaSet.from_dict({"name": "x", "effective_from": given_date})
		assert criteria.effective_from == date(2026, 1, 31)

	@pytest.mark.parametrize(
		("change", "message"),
		[
			({"nam": "x"}, "my.json: nam is not a known key; did you mean 'name'?"),
			({"colour": 5}, "my.json: colour is not a known key; known keys: name, rule, n, classification"),
			({"name": None}, "my.json: name is missing."),
			({"name": 5}, "my.json: name must be a text, found 5."),
			({"n": "two"}, "my.json: n must be a whole number, found 'two'."),
			({"n": True}, "my.json: n must be a whole number, found True."),
			({"effective_from": "tomorrow"}, "effective_from must be a date (YYYY-MM-DD), found 'tomorrow'."),
			({"scoring": {}}, "my.json: scoring must be a list, found a table."),
			({"scoring": [5]}, "my.json: scoring[0] must be a table with keys, found 5."),
			(
				{"scoring": [{"criterion": "a", "weight": 1}] * 2 + [{"criterion": "b", "weight": "ten"}]},
				"my.json: scoring[2].weight must be a number, found 'ten'.",
			),
			({"scoring": [{"criterion": "a"}]}, "my.json: scoring[0].weight is missing."),
			(
				{"scoring": [{"criterion": "a", "weight": 1, "revers": True}]},
				"my.json: scoring[0].revers is not a known key; did you mean 'reverse'?",
			),
			(
				{"screening": [{"question": "a", "mandatory": "yes"}]},
				"my.json: screening[0].mandatory must be true or false, found 'yes'.",
			),
			(
				{"classification": [{"measure": ["a"], "operator": ">", "value": NAN}]},
				"my.json: classification[0].measure must be a text, found a list.\n"
				"my.json: classification[0].value must be a number, found nan.",
			),
			(
				{"levels": [{"level": "A", "rank": 1.5}]},
				"my.json: levels[0].rank must be a whole number, found 1.5.",
			),
		],
	)
	def test_mistakes_are_told_with_their_path(self, change, message):
		with pytest.raises(CriteriaError) as caught:
			CriteriaSet.from_dict({"name": "x", **change}, source="my.json")
		assert message in str(caught.value)

	def test_every_mistake_is_told_at_once(self):
		with pytest.raises(CriteriaError) as caught:
			CriteriaSet.from_dict({"rule": 5, "scoring": [{}], "levels": [{"rank": 1}]})
		assert [problem.field for problem in caught.value.problems] == [
			"name",
			"rule",
			"scoring[0].criterion",
			"scoring[0].weight",
			"levels[0].level",
		]

	def test_no_table_at_all(self):
		with pytest.raises(CriteriaError, match=r"my\.json must be a table with keys, found a list"):
			CriteriaSet.from_dict([], source="my.json")


class TestLoading:
	TOML = """
name = "Programme 2026"
rule = "n_of_m"
n = 2
effective_from = 2026-01-01

[[classification]]
measure = "net_sales"
operator = ">="
value = 1500000
label = "Sales above 1.5 m"

[[scoring]]
criterion = "Size"
weight = 30
measure = "net_sales"
low = 0
high = 2000000.0
"""

	def test_toml(self, tmp_path):
		path = tmp_path / "criteria.toml"
		path.write_text(self.TOML)
		criteria = load(path)
		assert criteria.effective_from == date(2026, 1, 1)
		assert criteria.classification == FULL.classification[:1]
		assert criteria.scoring == FULL.scoring[:1]

	@pytest.mark.parametrize("start", ["", "\ufeff"])
	def test_json(self, tmp_path, start):
		path = tmp_path / "criteria.JSON"
		path.write_text(start + json.dumps(FULL.to_dict()), encoding="utf-8")
		assert load(str(path)) == FULL

	@pytest.mark.parametrize(
		("name", "content", "message"),
		[
			("a.json", b'{\n"name": }', "a.json, line 2, column 9: not valid JSON"),
			("a.toml", b"name = ", "a.toml: not valid TOML"),
			("a.yaml", b"name: x", "a.yaml: criteria are read from .json or .toml files"),
			("a.json", b'{"name": "\xff"}', "a.json is not a text file in UTF-8"),
			("a.json", b'{"name": 5}', "a.json: name must be a text, found 5"),
		],
	)
	def test_mistakes(self, tmp_path, name, content, message):
		path = tmp_path / name
		path.write_bytes(content)
		with pytest.raises(CriteriaError) as caught:
			load(path)
		assert message in str(caught.value)

	def test_missing_file(self, tmp_path):
		with pytest.raises(CriteriaError, match=r"nowhere\.json cannot be read: No such file"):
			load(tmp_path / "nowhere.json")
