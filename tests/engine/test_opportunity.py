"""Priority of opportunities: worked examples and properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine import opportunity as o
from kam_erpnext.engine.opportunity import Answers

FULL = Answers(value=100_000, strategic_us=4, strategic_customer=3, probability=50, effort=2, risk=3)

ratings = st.one_of(st.none(), st.integers(1, 5))
amounts = st.one_of(st.none(), st.floats(0, 1e12))
answers = st.builds(
	Answers,
	value=amounts,
	strategic_us=ratings,
	strategic_customer=ratings,
	probability=st.one_of(st.none(), st.floats(0, 100)),
	effort=ratings,
	risk=ratings,
)
weights = st.fixed_dictionaries({key: st.integers(0, 100) for key in o.PARTS})
references = st.floats(1, 1e12)


# ---------------------------------------------------------------- worked by hand


@pytest.mark.parametrize(
	"amount, score",
	[
		(0, 0),
		(1_000_000, 100),
		(5_000_000, 100),
		(100_000, 50 * math.log10(10.9)),
		(10_000, 50 * math.log10(1.99)),
	],
)
def test_the_value_is_scaled_by_its_logarithm(amount, score):
	assert o.value_score(amount, 1_000_000) == pytest.approx(score)


def test_a_value_without_a_reference_is_not_known():
	assert o.value_score(10, 0) is None
	assert o.value_score(10, None) is None
	assert o.value_score(None, 10) is None


@pytest.mark.parametrize("rating, plain, reverse", [(1, 0, 100), (2, 25, 75), (3, 50, 50), (5, 100, 0)])
def test_ratings_run_from_0_to_100_and_back(rating, plain, reverse):
	assert o.rating_score(rating) == plain
	assert o.rating_score(rating, reverse=True) == reverse


def test_a_priority_computed_by_hand():
	# value 51.87, strategic 75 and 50, probability 50, effort 75, risk 50:
	# (30 x 51.87 + 20 x 75 + 15 x 50 + 15 x 50 + 10 x 75 + 10 x 50) / 100
	priority = o.prioritise(FULL, 1_000_000)
	assert priority.score == pytest.approx((30 * 50 * math.log10(10.9) + 1500 + 750 + 750 + 750 + 500) / 100)
	assert priority.score == pytest.approx(58.06, abs=0.01)
	assert priority.known == 100
	assert sum(part.points for part in priority.parts) == pytest.approx(priority.score)


def test_what_is_not_answered_is_left_out_and_told():
	priority = o.prioritise(Answers(strategic_us=5, effort=5), None)
	assert priority.score == pytest.approx((20 * 100 + 10 * 0) / 30)
	assert priority.known == 30
	assert o.unanswered(priority) == ["value", "strategic_customer", "probability", "risk"]


def test_nothing_answered_is_no_priority():
	priority = o.prioritise(Answers(), 1000)
	assert (priority.score, priority.known, priority.quick_win) == (None, 0, False)
	assert o.formula(priority, {}) == ""


def test_the_formula_can_be_computed_again():
	priority = o.prioritise(Answers(value=1000, effort=2), 1000)
	assert o.formula(priority, {"value": "Order Value", "effort": "Effort"}) == (
		"(Order Value 30 × 100.0 + Effort 10 × 75.0) ÷ 40 = 93.8"
	)


def test_a_weight_of_zero_leaves_a_part_out():
	priority = o.prioritise(FULL, 1_000_000, {**o.DEFAULT_WEIGHTS, "risk": 0})
	assert "risk" not in [part.key for part in priority.parts]
	assert priority.known == 100


@pytest.mark.parametrize(
	"changed, quick",
	[
		({}, True),
		({"effort": 3}, False),
		({"risk": 4}, False),
		({"effort": None}, False),
		({"risk": None}, False),
		({"value": None}, False),
		({"strategic_us": None}, True),  # value 100, customer 50: (3000 + 750) / 45 = 83
		({"strategic_us": None, "strategic_customer": None}, False),
		({"value": 1_000}, False),
	],
)
def test_quick_wins(changed, quick):
	given_answers = {
		"value": 1_000_000, "strategic_us": 3, "strategic_customer": 3, "effort": 2, "risk": 3, **changed
	}  # fmt: skip
	assert o.prioritise(Answers(**given_answers), 1_000_000).quick_win is quick


@pytest.mark.parametrize(
	"bad", [Answers(effort=0), Answers(risk=6), Answers(probability=101), Answers(value=-1)]
)
def test_impossible_answers_are_refused(bad):
	with pytest.raises(ValueError):
		o.prioritise(bad, 1000)


# ---------------------------------------------------------------- properties


@given(answers, references, weights)
def test_scores_stay_between_0_and_100_and_points_add_up(given_answers, reference, given_weights):
	priority = o.prioritise(given_answers, reference, given_weights)
	assert 0 <= priority.known <= 100 + 1e-9
	if priority.score is None:
		assert not sum(part.weight for part in priority.parts if part.score is not None)
	else:
		assert -1e-9 <= priority.score <= 100 + 1e-9
		points = sum(part.points for part in priority.parts if part.points is not None)
		assert points == pytest.approx(priority.score)


@given(answers, references, st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_value_never_lowers_the_priority(given_answers, reference, one, other):
	low, high = sorted((one, other))
	scores = [
		o.prioritise(Answers(**{**given_answers.__dict__, "value": value}), reference).score
		for value in (low, high)
	]
	assert scores[0] <= scores[1] + 1e-9


@given(answers, references, st.sampled_from(o.REVERSED), st.integers(1, 4))
def test_more_effort_or_risk_never_raises_the_priority(given_answers, reference, part, rating):
	scores = [
		o.prioritise(Answers(**{**given_answers.__dict__, part: value}), reference).score
		for value in (rating, rating + 1)
	]
	assert scores[1] <= scores[0] + 1e-9


@given(answers, references, st.integers(2, 9))
def test_only_the_proportion_of_the_weights_matters(given_answers, reference, factor):
	times = {key: factor * weight for key, weight in o.DEFAULT_WEIGHTS.items()}
	assert o.prioritise(given_answers, reference).score == pytest.approx(
		o.prioritise(given_answers, reference, times).score
	)


@given(answers, references)
def test_a_quick_win_needs_little_effort_and_risk(given_answers, reference):
	if o.prioritise(given_answers, reference).quick_win:
		assert given_answers.effort <= 2
		assert given_answers.risk <= 3
		assert given_answers.value is not None


@given(st.floats(0, 1e9), references, st.floats(0.01, 100))
def test_the_currency_does_not_matter(amount, reference, rate):
	assert o.value_score(amount, reference) == pytest.approx(
		o.value_score(amount * rate, reference * rate), abs=1e-6
	)
