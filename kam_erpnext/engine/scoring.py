"""Weighted scoring: scales, weighted sums that leave out what is not answered, bands.

Multi-attribute scoring: our interest A is the weight of a criterion, B in 0..100 is how well a customer
fulfils it, and A x B / 100 is what it adds to the score. A criterion that is not answered is left out, the
other weights are scaled back to 100, and the answered share of the weight is reported beside the score.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

LINEAR = "linear"
STEPPED = "stepped"
SCALES = (LINEAR, STEPPED)

# A value a hair below the edge of a step or a band (a rounding residue) counts as on the edge.
TOLERANCE = 1e-9


class Band(NamedTuple):
	"""A named range of scores that ends with `upper`, included."""

	label: str
	upper: float


class WeightedScore(NamedTuple):
	"""score in 0..100 or None; answered_share in percent of the weight, None without weights; weight_total."""

	score: float | None
	answered_share: float | None
	weight_total: float


DEFAULT_BANDS = (
	Band("Very weak", 20.0),
	Band("Moderate", 40.0),
	Band("Medium", 60.0),
	Band("Good", 80.0),
	Band("Very good", 100.0),
)


def scale_score(
	value: float | None,
	low: float,
	high: float,
	kind: str = LINEAR,
	steps: int = 5,
	reverse: bool = False,
) -> float | None:
	"""Score B in 0..100 for a measured value between two anchors; None if the value is unknown.

	`low` scores 0 and `high` scores 100, values outside are clipped. If `low` is above `high`, smaller values
	score higher. kind "linear" is proportional; "stepped" cuts the distance into `steps` equal steps that
	score 0, 100/(steps-1), ..., 100. `reverse` turns the score round (100 - B).
	Raises ValueError if the anchors are equal or not numbers, if there are fewer than 2 steps, or for an
	unknown kind.
	"""
	if value is None:
		return None
	score = scale_scores(np.array([value], dtype=float), low, high, kind, steps, reverse)[0]
	return None if math.isnan(score) else float(score)


def scale_scores(
	values: np.ndarray,
	low: float,
	high: float,
	kind: str = LINEAR,
	steps: int = 5,
	reverse: bool = False,
) -> np.ndarray:
	"""`scale_score` for an array of floats; NaN in, NaN out."""
	if kind not in SCALES:
		raise ValueError(f"Unknown scale {kind!r}. Choose one of: {', '.join(SCALES)}.")
	if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
		raise ValueError(f"A scale needs two numbers as anchors; found {low!r} and {high!r}.")
	if low == high:
		raise ValueError(f"A scale needs two different anchors; both are {low}.")
	with np.errstate(
		over="ignore"
	):  # anchors very close together: infinite is clipped to 1 like any value beyond
		part = np.clip((np.asarray(values, dtype=float) - low) / (high - low), 0.0, 1.0)
	if kind == STEPPED:
		if steps < 2:
			raise ValueError(f"A stepped scale needs at least 2 steps; found {steps}.")
		step = np.minimum(np.floor(part * steps + TOLERANCE), steps - 1)
		scores = 100.0 * step / (steps - 1)
	else:
		scores = 100.0 * part
	return 100.0 - scores if reverse else scores


def weighted_score(items: Iterable[tuple[float, float | None]]) -> WeightedScore:
	"""Weighted score of (weight, score) pairs: sum(w * s) / sum(w) over the answered ones.

	A score of None or NaN is not answered: it is left out and the remaining weights are scaled to 100.
	Raises ValueError for a negative or unknown weight.
	"""
	total = answered = points = 0.0
	for weight, score in items:
		if weight is None or not weight >= 0 or math.isinf(weight):
			raise ValueError(f"A weight must be a number of zero or more; found {weight!r}.")
		total += weight
		if score is None or math.isnan(score):
			continue
		answered += weight
		points += weight * score
	return WeightedScore(
		score=points / answered if answered > 0 else None,
		answered_share=100.0 * answered / total if total > 0 else None,
		weight_total=total,
	)


def band(score: float | None, bands: Sequence[Band] = DEFAULT_BANDS) -> str | None:
	"""Label of the first band whose upper limit is not below the score; None if the score is unknown.

	A score above the last upper limit gets the last band. Raises ValueError if there is no band or the upper
	limits do not rise.
	"""
	if score is None:
		return None
	return band_labels(np.array([score], dtype=float), bands)[0]


def band_labels(scores: np.ndarray, bands: Sequence[Band] = DEFAULT_BANDS) -> np.ndarray:
	"""`band` for an array of floats; NaN gives None."""
	uppers = np.array([entry[1] for entry in bands], dtype=float)
	if not len(uppers):
		raise ValueError("At least one band is needed.")
	if (np.diff(uppers) <= 0).any():
		raise ValueError("The upper limits of the bands must rise from line to line.")
	scores = np.asarray(scores, dtype=float)
	labels = np.array([*[entry[0] for entry in bands], None], dtype=object)
	position = np.minimum(np.searchsorted(uppers + TOLERANCE, scores, side="left"), len(uppers) - 1)
	return labels[np.where(np.isnan(scores), len(uppers), position)]


def improvement_index(items: Iterable[tuple[float, float | None]]) -> float | None:
	"""Improvement potential index: 100 - weighted score; None when nothing is answered."""
	score = weighted_score(items).score
	return None if score is None else 100.0 - score
