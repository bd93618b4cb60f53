"""The lines criteria are made of, and what can be wrong with them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import NamedTuple

from kam_erpnext.engine.scoring import SCALES
from kam_erpnext.engine.wording import _

CLASSIFICATION = "classification"
SCREENING = "screening"
SCORING = "scoring"
LEVELS = "levels"

ALL = "all"
ANY = "any"
N_OF_M = "n_of_m"
RULES = (ALL, ANY, N_OF_M)

OPERATORS = (">=", ">", "<=", "<", "=")

JUDGED = "judged"
MEASURED = "measured"
SCREENING_KINDS = (JUDGED, MEASURED)
SCORING_KINDS = (*SCALES, JUDGED)

ATTRACTIVENESS = "Attractiveness"
STRENGTH = "Strength"
DIMENSIONS = (ATTRACTIVENESS, STRENGTH)


@dataclass(frozen=True)
class Threshold:
	"""A classification line: the measure must hold against the value. `row` is its line number."""

	measure: str
	operator: str
	value: float | None
	mandatory: bool = False
	label: str = ""
	row: int = 1


@dataclass(frozen=True)
class Screening:
	"""A screening question, judged yes / no by a person or answered by a measure and a threshold."""

	question: str
	kind: str = JUDGED
	measure: str | None = None
	operator: str | None = None
	value: float | None = None
	mandatory: bool = False
	row: int = 1


@dataclass(frozen=True)
class Scoring:
	"""A scoring line: our interest A (`weight`) and how B in 0..100 is found.

	kind "linear" and "stepped" scale the measure between the anchors low (B = 0) and high (B = 100), "judged"
	takes B from a person. `reverse` turns B round (100 - B).
	"""

	criterion: str
	weight: float
	kind: str = "linear"
	measure: str | None = None
	low: float | None = None
	high: float | None = None
	steps: int = 5
	reverse: bool = False
	dimension: str = ATTRACTIVENESS
	row: int = 1


@dataclass(frozen=True)
class LevelRule:
	"""A level (rank 1 = highest) is reached when every minimum given holds; an unknown score reaches none."""

	level: str
	rank: int
	min_score: float | None = None
	min_net_sales: float | None = None
	row: int = 1


class Problem(NamedTuple):
	"""A mistake in a criteria set: a sentence with its remedy and where the mistake is.

	`row` is the line number in the table, None when the whole table is meant; `table` is None when the set as
	a whole is meant. `field` is the field, or the path in a file. The message does not repeat the place of
	the mistake; `str()` puts it in front.
	"""

	table: str | None
	row: int | None
	field: str | None
	message: str

	def __str__(self) -> str:
		return f"{place(self.table, self.row)}: {self.message}" if self.table else self.message


class CriteriaError(ValueError):
	"""A criteria set cannot be used; `.problems` lists why."""

	def __init__(self, problems: Sequence[Problem]):
		self.problems = list(problems)
		super().__init__("\n".join(str(problem) for problem in self.problems))


def place(table: str | None, row: int | None) -> str:
	"""Where a line is, as people say it: "Scoring line 3"."""
	if table is None:
		return _("Criteria")
	name = _(table.capitalize())
	return name if row is None else _("{0} line {1}").format(name, row)


def format_number(value: float) -> str:
	"""370540.29 as 370,540.29 and 100000.0 as 100,000."""
	text = f"{value:,.2f}"
	return text[:-3] if text.endswith(".00") else text


LINE_TYPES = {CLASSIFICATION: Threshold, SCREENING: Screening, SCORING: Scoring, LEVELS: LevelRule}


def is_number(value) -> bool:
	"""True for a finite number that is not a truth value."""
	return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value) -> bool:
	"""True for an integer that is not a truth value."""
	return isinstance(value, Integral) and not isinstance(value, bool)
