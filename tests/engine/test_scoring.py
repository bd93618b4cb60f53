import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kam_erpnext.engine.scoring import (
	DEFAULT_BANDS,
	Band,
	band,
	band_labels,
	improvement_index,
	scale_score,
	scale_scores,
	weighted_score,
)

numbers = st.floats(-1e6, 1e6)
scores = st.floats(0, 100)
weights = st.integers(0, 100).map(float)
items = st.lists(st.tuples(weights, st.one_of(st.none(), scores)), max_size=12)
scales = st.sampled_from(["linear", "stepped"])


class TestScale:
	@pytest.mark.parametrize(
		("value", "score"),
		# anchors 100 and 300: (value - 100) / 200
		[(100, 0), (150, 25), (200, 50), (300, 100), (99, 0), (-5, 0), (301, 100), (1e9, 100)],
	)
	def test_linear(self, value, score):
		assert scale_score(value, 100, 300) == pytest.approx(score)
		assert scale_score(value, 100, 300, reverse=True) == pytest.approx(100 - score)

	@pytest.mark.parametrize(
		("value", "score"),
		# 5 steps of 20 over 0..100 score 0, 25, 50, 75, 100
		[
			(-1, 0),
			(0, 0),
			(19.99, 0),
			(20, 25),
			(39.9, 25),
			(40, 50),
			(60, 75),
			(79, 75),
			(80, 100),
			(100, 100),
		],
	)
	def test_five_steps(self, value, score):
		assert scale_score(value, 0, 100, "stepped") == pytest.approx(score)

	def test_two_and_three_steps(self):
		# two steps: below and above the middle; three steps of a third each score 0, 50, 100
		assert [scale_score(value, 0, 10, "stepped", 2) for value in (0, 4.9, 5, 10)] == [0, 0, 100, 100]
		assert [scale_score(value, 0, 9, "stepped", 3) for value in (2.9, 3, 5.9, 6, 9)] == [
			0,
			50,
			50,
			100,
			100,
		]

	def test_edges_of_steps_are_not_missed_by_rounding(self):
		# 0.29 * 100 is 28.999999999999996 in binary arithmetic; 29 of 100 is the 30th of 100 steps
		assert scale_score(29, 0, 100, "stepped", 100) == pytest.approx(100 * 29 / 99)

	@pytest.mark.filterwarnings("error")
	def test_anchors_very_close_together(self):
		assert [scale_score(value, 0, 5e-324) for value in (-1e6, 0, 1e6)] == [0, 0, 100]

	def test_smaller_is_better_with_swapped_anchors(self):
		# 60 days late scores 0, on time 100; 15 days: (15 - 60) / (0 - 60) = 0.75
		assert scale_score(15, 60, 0) == pytest.approx(75)
		assert scale_score(90, 60, 0) == 0
		assert scale_score(-5, 60, 0) == 100

	@pytest.mark.parametrize("value", [None, math.nan])
	def test_unknown_stays_unknown(self, value):
		assert scale_score(value, 0, 1) is None
		assert scale_score(value, 0, 1, "stepped", reverse=True) is None

	@pytest.mark.parametrize(
		("arguments", "message"),
		[
			((1, 5, 5), "two different anchors"),
			((1, None, 5), "two numbers as anchors"),
			((1, 0, math.inf), "two numbers as anchors"),
			((1, 0, 5, "cubic"), "Choose one of: linear, stepped"),
			((1, 0, 5, "stepped", 1), "at least 2 steps"),
		],
	)
	def test_mistakes(self, arguments, message):
		with pytest.raises(ValueError, match=message):
			scale_score(*arguments)

	@given(numbers, numbers, numbers, numbers, scales, st.integers(2, 12))
	def test_an_improvement_never_lowers_the_score(self, one, two, low, high, kind, steps):
		assume(low != high)
		worse, better = sorted((one, two), reverse=low > high)
		assert scale_score(worse, low, high, kind, steps) <= scale_score(better, low, high, kind, steps)
		assert scale_score(worse, low, high, kind, steps, True) >= scale_score(
			better, low, high, kind, steps, True
		)

	@given(numbers, numbers, numbers, scales, st.integers(2, 12))
	def test_range_anchors_and_reverse(self, value, low, high, kind, steps):
		assume(low != high)
		score = scale_score(value, low, high, kind, steps)
		assert 0 <= score <= 100
		assert scale_score(value, low, high, kind, steps, True) == pytest.approx(100 - score)
		assert scale_score(low, low, high, kind, steps) == 0
		assert scale_score(high, low, high, kind, steps) == 100
		if kind == "stepped":
			assert (score * (steps - 1) / 100) % 1 == pytest.approx(0, abs=1e-6) or (
				score * (steps - 1) / 100
			) % 1 == pytest.approx(1, abs=1e-6)

	@given(st.lists(st.one_of(numbers, st.just(math.nan)), max_size=6), scales)
	def test_array_agrees_with_single_values(self, values, kind):
		expected = [scale_score(value, -10, 250, kind) for value in values]
		found = scale_scores(np.array(values, dtype=float), -10, 250, kind)
		assert [None if math.isnan(score) else score for score in found] == expected


class TestWeightedScore:
	def test_by_hand(self):
		# (30 * 80 + 50 * 40 + 20 * 100) / 100 = (2400 + 2000 + 2000) / 100 = 64
		found = weighted_score([(30, 80), (50, 40), (20, 100)])
		assert found.score == pytest.approx(64)
		assert found.answered_share == 100
		assert found.weight_total == 100

	def test_unanswered_lines_are_left_out(self):
		# (30 * 80 + 20 * 100) / 50 = 4400 / 50 = 88; 50 of 100 answered
		found = weighted_score([(30, 80), (50, None), (20, 100)])
		assert found.score == pytest.approx(88)
		assert found.answered_share == pytest.approx(50)
		assert found.weight_total == 100

	def test_nothing_answered_and_nothing_asked(self):
		assert weighted_score([(30, None), (20, math.nan)]) == (None, 0.0, 50)
		assert weighted_score([]) == (None, None, 0)
		assert weighted_score([(0, 50)]) == (None, None, 0)

	@pytest.mark.parametrize("weight", [-1, None, math.nan, math.inf])
	def test_bad_weights(self, weight):
		with pytest.raises(ValueError, match="weight must be a number of zero or more"):
			weighted_score([(weight, 50)])

	@given(items)
	def test_a_times_b_over_100_with_normalised_weights(self, entries):
		"""Sum of A x B / 100, A in percent of the answered weight."""
		found = weighted_score(entries)
		answered = [(weight, score) for weight, score in entries if score is not None]
		total = sum(weight for weight, _score in answered)
		if total == 0:
			assert found.score is None
			return
		assert found.score == pytest.approx(
			sum((100 * weight / total) * score / 100 for weight, score in answered)
		)
		assert min(score for w, score in answered if w) - 1e-9 <= found.score
		assert found.score <= max(score for w, score in answered if w) + 1e-9

	@given(items, weights)
	def test_dropping_an_unanswered_line_changes_the_share_only(self, entries, weight):
		with_it, without = weighted_score([*entries, (weight, None)]), weighted_score(entries)
		assert with_it.score == without.score
		assert with_it.weight_total == without.weight_total + weight
		if without.answered_share is not None:
			assert with_it.answered_share <= without.answered_share

	@given(items, st.sampled_from([0.5, 2.0, 4.0]))
	def test_only_the_proportion_of_the_weights_counts(self, entries, factor):
		found = weighted_score([(weight * factor, score) for weight, score in entries])
		original = weighted_score(entries)
		assert found.score == (None if original.score is None else pytest.approx(original.score))

	@given(items, st.integers(1, 100), scores, scores)
	def test_a_better_line_never_lowers_the_score(self, others, weight, one, two):
		worse, better = sorted((one, two))
		assert (
			weighted_score([(weight, better), *others]).score
			>= weighted_score([(weight, worse), *others]).score - 1e-9
		)

	@given(items)
	def test_improvement_index_is_what_is_missing_to_100(self, entries):
		score = weighted_score(entries).score
		assert improvement_index(entries) == (None if score is None else pytest.approx(100 - score))

	def test_improvement_index_by_hand(self):
		# gaps: 30 * (100 - 80) + 20 * (100 - 0) = 600 + 2000 = 2600, over 50 = 52
		assert improvement_index([(30, 80), (50, None), (20, 0)]) == pytest.approx(52)
		assert improvement_index([(10, None)]) is None


class TestBands:
	@pytest.mark.parametrize(
		("score", "label"),
		[
			(0, "Very weak"),
			(20, "Very weak"),
			(20.01, "Moderate"),
			(40, "Moderate"),
			(41, "Medium"),
			(60, "Medium"),
			(80, "Good"),
			(80.5, "Very good"),
			(100, "Very good"),
			(120, "Very good"),
			(20.0000000000001, "Very weak"),
			(None, None),
			(math.nan, None),
		],
	)
	def test_default_bands(self, score, label):
		assert band(score) == label
		assert band(score, DEFAULT_BANDS) == label

	def test_own_bands(self):
		bands = [Band("red", 33), Band("green", 67)]
		assert [band(score, bands) for score in (33, 34, 68)] == ["red", "green", "green"]

	def test_mistakes(self):
		with pytest.raises(ValueError, match="At least one band"):
			band(5, [])
		with pytest.raises(ValueError, match="must rise"):
			band(5, [Band("a", 50), Band("b", 50)])

	@given(st.lists(scores, min_size=2, max_size=2))
	def test_higher_scores_never_get_a_lower_band(self, pair):
		names = [entry.label for entry in DEFAULT_BANDS]
		low, high = sorted(pair)
		assert names.index(band(low)) <= names.index(band(high))

	@given(st.lists(st.one_of(scores, st.just(math.nan)), max_size=6))
	def test_array_agrees_with_single_values(self, values):
		assert list(band_labels(np.array(values, dtype=float))) == [band(value) for value in values]
