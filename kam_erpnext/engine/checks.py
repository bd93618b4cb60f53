"""Checks of a criteria set: mistakes that make it unusable, pointless or contradictory."""

import difflib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kam_erpnext.engine.lines import (
	ALL,
	CLASSIFICATION,
	DIMENSIONS,
	JUDGED,
	LEVELS,
	MEASURED,
	N_OF_M,
	OPERATORS,
	RULES,
	SCORING,
	SCORING_KINDS,
	SCREENING,
	SCREENING_KINDS,
	CriteriaError,
	LevelRule,
	Problem,
	Scoring,
	format_number,
	is_number,
	is_whole,
	place,
)
from kam_erpnext.engine.measures import SHARE_MEASURES, MeasureSpec, measure_label
from kam_erpnext.engine.scoring import STEPPED
from kam_erpnext.engine.wording import _

if TYPE_CHECKING:
	from kam_erpnext.engine.criteria import CriteriaSet


def check(criteria: "CriteriaSet", known: Mapping[str, MeasureSpec]) -> list[Problem]:
	"""Every problem of the set, in the order of its tables; see `CriteriaSet.problems`."""
	return _Checks(criteria, known).run()


def check_usable(criteria: "CriteriaSet", known: Mapping[str, MeasureSpec]) -> None:
	"""Raise CriteriaError if lines are so incomplete that they cannot be evaluated at all."""
	found = _Checks(criteria, known, only_fatal=True).run()
	if found:
		raise CriteriaError(found)


class _Checks:
	def __init__(self, criteria: "CriteriaSet", known: Mapping[str, MeasureSpec], only_fatal: bool = False):
		self.criteria = criteria
		self.known = known
		self.only_fatal = only_fatal
		self.found: list[Problem] = []

	def add(self, table: str | None, row: int | None, field: str | None, message: str, fatal: bool = False):
		if fatal or not self.only_fatal:
			self.found.append(Problem(table, row, field, message))

	def run(self) -> list[Problem]:
		criteria = self.criteria
		if not (criteria.classification or criteria.screening or criteria.scoring):
			self.add(
				None,
				None,
				None,
				_("The criteria have no lines; add at least one classification, screening or scoring line."),
			)
		self.check_rule()
		for line in criteria.classification:
			self.check_test(CLASSIFICATION, line)
		for line in criteria.screening:
			self.check_screening(line)
		for line in criteria.scoring:
			self.check_scoring(line)
		self.check_weights()
		self.check_min_score()
		self.check_duplicates(SCREENING, "question")
		self.check_duplicates(SCORING, "criterion")
		self.check_duplicates(LEVELS, "level")
		self.check_level_ranks()
		self.check_contradictions()
		return self.found

	def check_rule(self):
		criteria = self.criteria
		count = len(criteria.classification)
		if criteria.rule not in RULES:
			message = _("Unknown rule {0}; choose one of {1}.").format(repr(criteria.rule), ", ".join(RULES))
			self.add(None, None, "rule", message, fatal=True)
			return
		if criteria.rule != N_OF_M:
			return
		n, message = criteria.n, None
		mandatory = sum(bool(line.mandatory) for line in criteria.classification)
		if not is_whole(n) or n < 1:
			message = _(
				"The number of lines that must hold is {0}; enter a whole number of 1 or more."
			).format(repr(n))
		elif n > count:
			message = _(
				"The number of lines that must hold is {0}, but the number of classification lines is {1}; "
				"lower the one or add lines."
			).format(n, count)
		elif n <= mandatory < count:
			message = _(
				"The number of lines that must hold is {0} and the number of mandatory lines is {1}, so "
				"the other lines have no effect; raise it to {2} or more, or make fewer lines mandatory."
			).format(n, mandatory, mandatory + 1)
		if message:
			self.add(None, None, "n", message)

	def check_screening(self, line):
		if not (line.question or "").strip():
			self.add(SCREENING, line.row, "question", _("The question is empty; write one."))
		if line.kind not in SCREENING_KINDS:
			message = _("Unknown kind {0}; choose one of {1}.").format(
				repr(line.kind), ", ".join(SCREENING_KINDS)
			)
			self.add(SCREENING, line.row, "kind", message, fatal=True)
		elif line.kind == MEASURED:
			self.check_test(SCREENING, line)

	def check_test(self, table: str, line):
		"""Measure, operator and value of a classification line or a measured screening line."""
		self.check_measure(table, line)
		if line.operator not in OPERATORS:
			message = _("Unknown operator {0}; choose one of {1}.").format(
				repr(line.operator), " ".join(OPERATORS)
			)
			self.add(table, line.row, "operator", message, fatal=True)
		if not is_number(line.value):
			self.add(table, line.row, "value", _("The threshold is missing; enter a number."), fatal=True)
		else:
			self.check_share(table, line, "value", _("threshold"))

	def check_measure(self, table: str, line):
		if not line.measure:
			self.add(table, line.row, "measure", _("The measure is missing; choose one."), fatal=True)
		elif line.measure not in self.known:
			close = difflib.get_close_matches(str(line.measure), self.known, n=1)
			message = (
				_("Unknown measure {0}; did you mean {1}?").format(repr(line.measure), repr(close[0]))
				if close
				else _("Unknown measure {0}; choose one from the list of measures.").format(
					repr(line.measure)
				)
			)
			self.add(table, line.row, "measure", message, fatal=True)

	def check_share(self, table: str, line, field: str, name: str):
		value = getattr(line, field)
		if line.measure in SHARE_MEASURES and not 0 <= value <= 100:
			message = _(
				"{0} is a percentage from 0 to 100, but the {1} is {2}; enter a number in that range."
			).format(self.label(line.measure), name, format_number(value))
			self.add(table, line.row, field, message)

	def check_scoring(self, line: Scoring):
		if not (line.criterion or "").strip():
			self.add(SCORING, line.row, "criterion", _("The criterion has no name; enter one."))
		if not is_number(line.weight):
			self.add(SCORING, line.row, "weight", _("The weight is missing; enter a number."), fatal=True)
		elif line.weight < 0:
			message = _(
				"The weight is {0}; enter zero or more, and tick Less Is Better if a high value is bad."
			).format(format_number(line.weight))
			self.add(SCORING, line.row, "weight", message, fatal=True)
		if line.dimension not in DIMENSIONS:
			message = _("Unknown dimension {0}; choose one of {1}.").format(
				repr(line.dimension), ", ".join(DIMENSIONS)
			)
			self.add(SCORING, line.row, "dimension", message, fatal=True)
		if line.kind not in SCORING_KINDS:
			message = _("Unknown kind {0}; choose one of {1}.").format(
				repr(line.kind), ", ".join(SCORING_KINDS)
			)
			self.add(SCORING, line.row, "kind", message, fatal=True)
		elif line.kind != JUDGED:
			self.check_scale(line)

	def check_scale(self, line: Scoring):
		self.check_measure(SCORING, line)
		for field, name in (("low", _("low anchor")), ("high", _("high anchor"))):
			if not is_number(getattr(line, field)):
				message = _("The {0} is missing; enter a number.").format(name)
				self.add(SCORING, line.row, field, message, fatal=True)
			else:
				self.check_share(SCORING, line, field, name)
		if is_number(line.low) and line.low == line.high:
			message = _("Both anchors are {0}; the scale needs two different numbers.").format(
				format_number(line.low)
			)
			self.add(SCORING, line.row, "high", message, fatal=True)
		if line.kind == STEPPED and (not is_whole(line.steps) or line.steps < 2):
			message = _("The number of steps is {0}; a stepped scale needs at least 2.").format(
				repr(line.steps)
			)
			self.add(SCORING, line.row, "steps", message, fatal=True)

	def check_weights(self):
		weights = [line.weight for line in self.criteria.scoring]
		if weights and all(is_number(weight) and weight == 0 for weight in weights):
			message = _("All weights are zero; give at least one scoring line a weight above zero.")
			self.add(SCORING, None, "weight", message)

	def check_duplicates(self, table: str, field: str):
		seen: dict[str, int] = {}
		for line in getattr(self.criteria, table):
			text = (getattr(line, field) or "").strip()
			if not text:
				continue
			first = seen.setdefault(text.casefold(), line.row)
			if first != line.row:
				message = _("Lines {0} and {1} are both called {2}; rename or remove one of them.").format(
					first, line.row, repr(text)
				)
				self.add(table, line.row, field, message)

	def check_min_score(self):
		minimum = self.criteria.min_score
		if minimum is None:
			return
		if not 0 <= minimum <= 100:
			self.add(
				None,
				None,
				"min_score",
				_("The minimum score {0} must be between 0 and 100.").format(f"{minimum:g}"),
				fatal=True,
			)
		elif not self.criteria.scoring:
			self.add(
				None,
				None,
				"min_score",
				_("A minimum score needs scoring lines; add some or remove the minimum score."),
			)

	def check_level_ranks(self):
		seen: dict[int, LevelRule] = {}
		for line in self.criteria.levels:
			first = seen.setdefault(line.rank, line)
			if first.level != line.level:
				message = _("Lines {0} and {1} have the same rank {2}; give each level its own.").format(
					first.row, line.row, line.rank
				)
				self.add(LEVELS, line.row, "rank", message)

	def check_contradictions(self):
		"""Pairs of tests on one measure that must both hold but never can."""
		criteria = self.criteria
		every = criteria.rule == ALL or (
			criteria.rule == N_OF_M and criteria.n == len(criteria.classification)
		)
		required = [(CLASSIFICATION, line) for line in criteria.classification if every or line.mandatory]
		required += [
			(SCREENING, line) for line in criteria.screening if line.kind == MEASURED and line.mandatory
		]
		required = [
			(table, line)
			for table, line in required
			if line.measure and line.operator in OPERATORS and is_number(line.value)
		]
		for position, (table, line) in enumerate(required):
			for other_table, other in required[:position]:
				if line.measure != other.measure or _compatible(line, other):
					continue
				both = self.label(line.measure), _test(other), _test(line)
				if table == other_table:
					message = _(
						"Lines {0} and {1} contradict each other: {2} {3} and {4} can never both hold; "
						"change or remove one of them."
					).format(other.row, line.row, *both)
				else:
					message = _(
						"This line and {0} contradict each other: {1} {2} and {3} can never both hold; "
						"change or remove one of them."
					).format(place(other_table, other.row), *both)
				self.add(table, line.row, "value", message)

	def label(self, key: str) -> str:
		return _(self.known[key].label if key in self.known else measure_label(key))


def _test(line) -> str:
	return f"{line.operator} {format_number(line.value)}"


def _compatible(left, right) -> bool:
	"""True if some number fulfils both tests."""
	low, high, low_open, high_open = -math.inf, math.inf, False, False
	for test in (left, right):
		value, strict = float(test.value), test.operator in (">", "<")
		if test.operator in (">=", ">", "=") and (value > low or (value == low and strict)):
			low, low_open = value, strict
		if test.operator in ("<=", "<", "=") and (value < high or (value == high and strict)):
			high, high_open = value, strict
	return low < high or (low == high and not low_open and not high_open)
