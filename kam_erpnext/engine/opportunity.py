"""Priority of opportunities: a weighted score of value, rating and probability, and which of them are quick wins.

Every part scores 0 to 100. The order value is scaled by its logarithm against a reference amount, because ten times
the value is not ten times as important; ratings run from 1 to 5, those of effort and risk count in reverse. A part that
is not answered is left out, the other weights are scaled back to 100, and the answered share is told beside the score.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kam_erpnext.engine.scoring import weighted_score

VALUE, STRATEGIC_US, STRATEGIC_CUSTOMER = "value", "strategic_us", "strategic_customer"
PROBABILITY, EFFORT, RISK = "probability", "effort", "risk"
PARTS = (VALUE, STRATEGIC_US, STRATEGIC_CUSTOMER, PROBABILITY, EFFORT, RISK)
REVERSED = (EFFORT, RISK)
DEFAULT_WEIGHTS = {
	VALUE: 30,
	STRATEGIC_US: 20,
	STRATEGIC_CUSTOMER: 15,
	PROBABILITY: 15,
	EFFORT: 10,
	RISK: 10,
}

LOWEST, HIGHEST = 1, 5
QUICK_WIN_EFFORT, QUICK_WIN_RISK, QUICK_WIN_SCORE = 2, 3, 60.0
# a hundredth of the reference amount still earns 15 points, a tenth 52
SPREAD = 99


@dataclass(frozen=True)
class Answers:
	"""What is known of an opportunity: order value, ratings of 1 to 5, probability in percent; None = not known."""

	value: float | None = None
	strategic_us: float | None = None
	strategic_customer: float | None = None
	probability: float | None = None
	effort: float | None = None
	risk: float | None = None


@dataclass(frozen=True)
class Part:
	"""One part of a priority; `score` is None when it is not answered, `points` is what it adds to the score."""

	key: str
	weight: float
	score: float | None
	points: float | None


@dataclass(frozen=True)
class Priority:
	"""Score of 0 to 100 (None if nothing is answered), percent of the weight that is answered, parts, quick win."""

	score: float | None
	known: float
	parts: tuple[Part, ...]
	quick_win: bool


def value_score(amount: float | None, reference: float | None) -> float | None:
	"""50 x log10(1 + 99 x amount / reference), at most 100; None without an amount or a reference above zero.

	Raises ValueError for a negative amount.
	"""
	if amount is None or not reference or reference <= 0:
		return None
	if amount < 0:
		raise ValueError(f"An order value cannot be negative: {amount}.")
	if amount >= reference:
		return 100.0
	return min(100.0, 100 * math.log10(1 + SPREAD * (amount / reference)) / math.log10(1 + SPREAD))


def rating_score(rating: float | None, reverse: bool = False) -> float | None:
	"""A rating of 1 to 5 as a score of 0 to 100, turned round for effort and risk; ValueError outside of 1 to 5."""
	if rating is None:
		return None
	if not LOWEST <= rating <= HIGHEST:
		raise ValueError(f"A rating must lie between {LOWEST} and {HIGHEST}: {rating}.")
	part = (rating - LOWEST) / (HIGHEST - LOWEST)
	return 100.0 * (1 - part if reverse else part)


def part_scores(answers: Answers, reference: float | None) -> dict[str, float | None]:
	"""Score of every part by its key."""
	if answers.probability is not None and not 0 <= answers.probability <= 100:
		raise ValueError(f"A probability must lie between 0 and 100: {answers.probability}.")
	return {
		VALUE: value_score(answers.value, reference),
		STRATEGIC_US: rating_score(answers.strategic_us),
		STRATEGIC_CUSTOMER: rating_score(answers.strategic_customer),
		PROBABILITY: answers.probability,
		EFFORT: rating_score(answers.effort, reverse=True),
		RISK: rating_score(answers.risk, reverse=True),
	}


def prioritise(
	answers: Answers,
	reference: float | None,
	weights: Mapping[str, float] = DEFAULT_WEIGHTS,
	quick_win_score: float = QUICK_WIN_SCORE,
) -> Priority:
	"""Priority of an opportunity. `weights` by part; a part without weight is left out."""
	scores = part_scores(answers, reference)
	weighed = {key: float(weights.get(key) or 0) for key in PARTS}
	total = weighted_score((weighed[key], scores[key]) for key in PARTS)
	answered = sum(weighed[key] for key in PARTS if scores[key] is not None)
	parts = tuple(
		Part(
			key,
			weighed[key],
			scores[key],
			None if scores[key] is None or not answered else weighed[key] * scores[key] / answered,
		)
		for key in PARTS
		if weighed[key]
	)
	return Priority(
		total.score,
		total.answered_share or 0.0,
		parts,
		is_quick_win(answers, reference, weights, quick_win_score),
	)


def is_quick_win(
	answers: Answers,
	reference: float | None,
	weights: Mapping[str, float] = DEFAULT_WEIGHTS,
	threshold: float = QUICK_WIN_SCORE,
) -> bool:
	"""High value with little effort and risk.

	The weighted score of order value and strategic values reaches the threshold, effort is at most 2 and risk at most 3.
	Order value, one of the strategic values, effort and risk must be answered: what is not known is no quick win.
	"""
	if answers.effort is None or answers.risk is None:
		return False
	if answers.effort > QUICK_WIN_EFFORT or answers.risk > QUICK_WIN_RISK:
		return False
	scores = part_scores(answers, reference)
	if scores[VALUE] is None or (scores[STRATEGIC_US] is None and scores[STRATEGIC_CUSTOMER] is None):
		return False
	gain = weighted_score(
		(float(weights.get(key) or 0), scores[key]) for key in (VALUE, STRATEGIC_US, STRATEGIC_CUSTOMER)
	).score
	return gain is not None and gain >= threshold - 1e-9


def formula(priority: Priority, labels: Mapping[str, str], digits: int = 1) -> str:
	"""The priority written out: part, weight times score and so on, divided by the weight of what is answered."""
	answered = [part for part in priority.parts if part.score is not None]
	if priority.score is None or not answered:
		return ""
	terms = " + ".join(
		f"{labels.get(part.key, part.key)} {part.weight:g} × {part.score:.{digits}f}" for part in answered
	)
	total = sum(part.weight for part in answered)
	return f"({terms}) ÷ {total:g} = {priority.score:.{digits}f}"


def unanswered(priority: Priority) -> Sequence[str]:
	"""Keys of the parts with a weight that are not answered."""
	return [part.key for part in priority.parts if part.score is None]
