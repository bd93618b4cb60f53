"""Evaluation of criteria for many units at once, with an explanation for every unit and line."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kam_erpnext.engine.checks import check_usable
from kam_erpnext.engine.lines import (
	ALL,
	ANY,
	ATTRACTIVENESS,
	CLASSIFICATION,
	JUDGED,
	LEVELS,
	LINE_TYPES,
	SCORING,
	SCREENING,
	STRENGTH,
	CriteriaError,
	Problem,
	Scoring,
	Screening,
	Threshold,
	format_number,
	place,
)
from kam_erpnext.engine.measures import MEASURES, MeasureSpec, field_measure
from kam_erpnext.engine.scoring import DEFAULT_BANDS, STEPPED, Band, band_labels, scale_scores
from kam_erpnext.engine.wording import _

if TYPE_CHECKING:
	from kam_erpnext.engine.criteria import CriteriaSet

# Measured values and thresholds are compared after rounding to this many decimals.
DECIMALS = 9

_UNKNOWN, _NO, _YES = -1, 0, 1
_TRUTH = np.array([False, True, None], dtype=object)  # the code -1 picks the last entry


@dataclass
class Evaluation:
	"""What `evaluate` found: one row per unit in `results`, one row per unit and line in `lines`.

	`warnings` are sentences about lines that could not be answered for a single unit.
	"""

	results: pd.DataFrame
	lines: pd.DataFrame
	warnings: list[str] = field(default_factory=list)


@dataclass
class _Line:
	"""One line evaluated for all units: scalars for the line, arrays over units. NaN = does not apply."""

	table: str
	row: int
	label: str
	value: np.ndarray
	explanation: list[str]
	truth: np.ndarray | None = None  # codes; None for scoring lines
	b: np.ndarray | None = None  # None for lines without points
	measure: str | None = None
	operator: str | None = None
	threshold: float = float("nan")
	a: float = float("nan")


def evaluate(
	criteria: "CriteriaSet",
	measures: pd.DataFrame,
	judgements: pd.DataFrame | None = None,
	bands: Sequence[Band] = DEFAULT_BANDS,
	known: Mapping[str, MeasureSpec] = MEASURES,
) -> Evaluation:
	"""Evaluate the criteria for every unit (row) of `measures`.

	`judgements` has the columns unit, table ("screening" or "scoring"), row, value: "Yes", "No" or "Unknown"
	for a judged screening line, 0..100 for a judged scoring line; empty = not answered. Judgements of other
	units or of measured lines are ignored. `known` gives the labels of the measures, if they are other than
	`measures.MEASURES`.

	`results` (index = unit): classification_met, classification_unknown, classification_total, qualifies,
	screening_pass, passes (True / False / None), score, answered_share (percent of the weight), band,
	attractiveness, strength (score over the lines of that dimension), level, unmet (labels of the lines that
	keep the unit from passing) and open (labels of the unknown lines that can still decide), "; " between.
	`lines`: unit, table, row, label, measure, value, operator, threshold, met, a (percent of the weight), b,
	weighted (a x b / 100), answered, explanation; sorted by unit, table and line.

	Raises CriteriaError if a measure was not computed or a line is incomplete, and ValueError for a judgement
	that is no answer, out of range or given twice.
	"""
	units = pd.Index(measures.index, name="unit")
	if not units.is_unique:
		raise ValueError(f"measures: {units[units.duplicated()][0]!r} is listed more than once.")
	specs = {key: known.get(key) or MEASURES.get(key) or field_measure(key) for key in measures.columns}
	check_usable(criteria, specs)
	_check_level_measure(criteria, measures)
	count = len(units)
	values = {
		line.measure: _column(measures, line.measure)
		for table in LINE_TYPES
		for line in getattr(criteria, table)
		if getattr(line, "measure", None) and getattr(line, "kind", None) != JUDGED
	}
	answers = _judgement_arrays(criteria, units, judgements)

	classification = [
		_tested(CLASSIFICATION, line, line.label, specs[line.measure].label, values[line.measure])
		for line in criteria.classification
	]
	screening = [
		_judged_question(line, answers[(SCREENING, line.row)])
		if line.kind == JUDGED
		else _tested(SCREENING, line, line.question, specs[line.measure].label, values[line.measure])
		for line in criteria.screening
	]
	scoring = [
		_judged_points(line, a, answers[(SCORING, line.row)])
		if line.kind == JUDGED
		else _scaled_points(line, a, specs[line.measure].label, values[line.measure])
		for line, a in zip(criteria.scoring, criteria.normalised_weights(), strict=True)
	]
	required = [line for line, asked in zip(screening, criteria.screening, strict=True) if asked.mandatory]

	truth = _stack(classification, count)
	qualifies = _qualifies(criteria, truth)
	screening_pass = _all_hold(_stack(required, count))
	score, answered_share = _score(scoring, count)
	scored = _reaches(score, criteria.min_score)
	passes = _and(_and(qualifies, screening_pass), scored)

	results = pd.DataFrame(index=units)
	results["classification_met"] = (truth == _YES).sum(axis=1).astype(int)
	results["classification_unknown"] = (truth == _UNKNOWN).sum(axis=1).astype(int)
	results["classification_total"] = len(classification)
	for name, codes in (("qualifies", qualifies), ("screening_pass", screening_pass), ("passes", passes)):
		results[name] = _objects(_TRUTH[codes], units)
	results["score"], results["answered_share"] = score, answered_share
	results["band"] = _objects(band_labels(results["score"].to_numpy(), bands), units)
	for name, dimension in (("attractiveness", ATTRACTIVENESS), ("strength", STRENGTH)):
		pairs = zip(scoring, criteria.scoring, strict=True)
		results[name] = _score([line for line, asked in pairs if asked.dimension == dimension], count)[0]
	results["level"] = _objects(_levels(criteria, results["score"].to_numpy(), measures), units)
	decisive = [
		(classification, qualifies),
		(required, screening_pass),
		([_minimum_score(criteria, scored)], scored),
	]
	results["unmet"] = _objects(_labels_of(decisive, _NO, count), units)
	results["open"] = _objects(_labels_of(decisive, _UNKNOWN, count), units)

	every_line = classification + screening + scoring
	return Evaluation(results, _long(every_line, units), _unknown_warnings(every_line, specs, count))


def explain(line: Mapping[str, Any]) -> str:
	"""The sentence that explains one row of `Evaluation.lines`."""
	return line["explanation"]


def _reaches(score: np.ndarray, minimum: float | None) -> np.ndarray:
	"""Truth codes: does the score reach the minimum of the criteria? Unknown without a score."""
	if minimum is None:
		return np.full(len(score), _YES, dtype=np.int8)
	reached = np.where(np.round(score, DECIMALS) >= minimum, _YES, _NO)
	return np.where(np.isnan(score), _UNKNOWN, reached).astype(np.int8)


def _minimum_score(criteria: "CriteriaSet", scored: np.ndarray) -> _Line:
	"""The minimum score as a line, so that it is named among what is not met or not known."""
	label = "" if criteria.min_score is None else _("score of at least {0}").format(f"{criteria.min_score:g}")
	return _Line(SCORING, 0, label, value=np.full(len(scored), np.nan), explanation=[], truth=scored)


def _check_level_measure(criteria: "CriteriaSet", measures: pd.DataFrame) -> None:
	for rule in criteria.levels:
		if rule.min_net_sales is not None and "net_sales" not in measures.columns:
			message = _("The level needs net sales, which were not computed; add the measure net_sales.")
			raise CriteriaError([Problem(LEVELS, rule.row, "min_net_sales", message)])


def _column(measures: pd.DataFrame, key: str) -> np.ndarray:
	return np.round(pd.to_numeric(measures[key]).to_numpy(dtype=float, na_value=np.nan), DECIMALS)


def _judgement_arrays(
	criteria: "CriteriaSet", units: pd.Index, judgements: pd.DataFrame | None
) -> dict[tuple[str, int], np.ndarray]:
	"""Answers per judged line: truth codes for screening, B or NaN for scoring."""
	arrays = {}
	for line in criteria.screening:
		if line.kind == JUDGED:
			arrays[(SCREENING, line.row)] = np.full(len(units), _UNKNOWN, dtype=np.int8)
	for line in criteria.scoring:
		if line.kind == JUDGED:
			arrays[(SCORING, line.row)] = np.full(len(units), np.nan)
	if judgements is None or judgements.empty:
		return arrays
	names = ("unit", "table", "row", "value")
	missing = [name for name in names if name not in judgements.columns]
	if missing:
		raise ValueError(f"judgements: missing column {', '.join(missing)}.")

	positions = units.get_indexer(judgements["unit"].to_numpy(dtype=object))
	seen = set()
	for position, unit, table, row, value in zip(
		positions, *(judgements[name] for name in names), strict=True
	):
		key = (table, int(row))
		if position < 0 or key not in arrays:
			continue
		if (position, key) in seen:
			raise ValueError(_("{0}: {1} is judged more than once.").format(place(*key), repr(unit)))
		seen.add((position, key))
		arrays[key][position] = (_answer if table == SCREENING else _points)(value, unit, key)
	return arrays


def _answer(value, unit, key) -> int:
	if isinstance(value, (bool, np.bool_)):
		return _YES if value else _NO
	if _blank(value):
		return _UNKNOWN
	code = {"yes": _YES, "no": _NO, "unknown": _UNKNOWN}.get(str(value).strip().lower())
	if code is None:
		raise ValueError(
			_("{0}: the answer for {1} is {2}; use Yes, No or Unknown.").format(
				place(*key), repr(unit), repr(value)
			)
		)
	return code


def _points(value, unit, key) -> float:
	if _blank(value):
		return float("nan")
	try:
		number = float(value)
	except (TypeError, ValueError):
		number = float("nan")
	if not 0 <= number <= 100:
		raise ValueError(
			_("{0}: the evaluation of {1} is {2}; use a number from 0 to 100.").format(
				place(*key), repr(unit), repr(value)
			)
		)
	return number


def _blank(value) -> bool:
	return value is None or (isinstance(value, str) and not value.strip()) or bool(pd.isna(value))


def _tested(table: str, line: Threshold | Screening, label: str, name: str, value: np.ndarray) -> _Line:
	"""A measure compared with a threshold."""
	truth = _compare(value, line.operator, line.value)
	return _Line(
		table=table,
		row=line.row,
		label=label or name,
		value=value,
		explanation=_threshold_text(name, value, line.operator, line.value, truth),
		truth=truth,
		measure=line.measure,
		operator=line.operator,
		threshold=float(line.value),
	)


def _judged_question(line: Screening, answer: np.ndarray) -> _Line:
	texts = [f"{line.question.strip()} {text}" for text in (_("No"), _("Yes"), _("Not answered"))]
	return _Line(
		table=SCREENING,
		row=line.row,
		label=line.question,
		value=np.full(len(answer), np.nan),
		explanation=np.array(texts, dtype=object)[answer].tolist(),
		truth=answer,
	)


def _judged_points(line: Scoring, a: float, answer: np.ndarray) -> _Line:
	b = 100.0 - answer if line.reverse else answer
	weight = format_number(a)
	unknown = _("Not judged: its weight of {0} % is left out").format(weight)
	known = (
		_("Judged {0} of 100 (counted in reverse): {1} % x {2} = {3}")
		if line.reverse
		else _("Judged {0} of 100: {1} % x {2} = {3}")
	)
	texts = [
		unknown
		if math.isnan(points)
		else known.format(
			format_number(judged), weight, format_number(points), format_number(a * points / 100)
		)
		for judged, points in zip(answer.tolist(), b.tolist(), strict=True)
	]
	return _Line(table=SCORING, row=line.row, label=line.criterion, value=answer, explanation=texts, b=b, a=a)


def _scaled_points(line: Scoring, a: float, name: str, value: np.ndarray) -> _Line:
	b = scale_scores(value, line.low, line.high, line.kind, line.steps, line.reverse)
	weight = format_number(a)
	scale = _("{0} to {1}").format(format_number(line.low), format_number(line.high))
	if line.kind == STEPPED:
		scale = _("{0} in {1} steps").format(scale, line.steps)
	if line.reverse:
		scale = _("{0}, reversed").format(scale)
	unknown = _("{0} is not known: its weight of {1} % is left out").format(name, weight)
	known = _("{0} {1} on the scale {2} gives {3} of 100: {4} % x {3} = {5}")
	texts = [
		unknown
		if math.isnan(points)
		else known.format(
			name,
			format_number(measured),
			scale,
			format_number(points),
			weight,
			format_number(a * points / 100),
		)
		for measured, points in zip(value.tolist(), b.tolist(), strict=True)
	]
	return _Line(
		table=SCORING,
		row=line.row,
		label=line.criterion,
		value=value,
		explanation=texts,
		b=b,
		measure=line.measure,
		a=a,
	)


def _compare(value: np.ndarray, operator: str, threshold: float) -> np.ndarray:
	limit = round(float(threshold), DECIMALS)
	with np.errstate(invalid="ignore"):
		holds = {
			">=": np.greater_equal,
			">": np.greater,
			"<=": np.less_equal,
			"<": np.less,
			"=": np.equal,
		}[operator](value, limit)
	return np.where(np.isnan(value), _UNKNOWN, holds).astype(np.int8)


def _stack(lines: list[_Line], count: int) -> np.ndarray:
	"""Truth codes, one row per unit and one column per line."""
	return np.column_stack([line.truth for line in lines]) if lines else np.empty((count, 0), dtype=np.int8)


def _all_hold(truth: np.ndarray) -> np.ndarray:
	return _at_least(truth, truth.shape[1])


def _at_least(truth: np.ndarray, need: int) -> np.ndarray:
	"""Yes if at least `need` of the columns hold, no if that is out of reach, unknown otherwise."""
	met = (truth == _YES).sum(axis=1)
	open_lines = (truth == _UNKNOWN).sum(axis=1)
	return np.where(met >= need, _YES, np.where(met + open_lines < need, _NO, _UNKNOWN)).astype(np.int8)


def _and(left: np.ndarray, right: np.ndarray) -> np.ndarray:
	no = (left == _NO) | (right == _NO)
	unknown = (left == _UNKNOWN) | (right == _UNKNOWN)
	return np.where(no, _NO, np.where(unknown, _UNKNOWN, _YES)).astype(np.int8)


def _qualifies(criteria: "CriteriaSet", truth: np.ndarray) -> np.ndarray:
	mandatory = np.array([bool(line.mandatory) for line in criteria.classification], dtype=bool)
	if criteria.rule == ALL or not len(mandatory):
		return _all_hold(truth)
	required = _all_hold(truth[:, mandatory])
	if criteria.rule == ANY:
		optional = truth[:, ~mandatory]
		return _and(required, _at_least(optional, min(1, optional.shape[1])))
	return _and(required, _at_least(truth, criteria.n))


def _score(lines: list[_Line], count: int) -> tuple[np.ndarray, np.ndarray]:
	"""Score over the answered weight and answered share in percent of the weight of these lines."""
	total = math.fsum(line.a for line in lines)
	points, answered = np.zeros(count), np.zeros(count)
	for line in lines:
		known = ~np.isnan(line.b)
		points += np.where(known, line.a * line.b, 0.0)
		answered += np.where(known, line.a, 0.0)
	score = np.divide(points, answered, out=np.full(count, np.nan), where=answered > 0)
	share = 100.0 * answered / total if total > 0 else np.full(count, np.nan)
	return np.round(score, DECIMALS), np.round(share, DECIMALS)


def _levels(criteria: "CriteriaSet", score: np.ndarray, measures: pd.DataFrame) -> np.ndarray:
	level = np.full(len(score), None, dtype=object)
	for rule in sorted(criteria.levels, key=lambda rule: -rule.rank):  # the highest level is written last
		holds = np.ones(len(score), dtype=bool)
		if rule.min_score is not None:
			holds &= score >= rule.min_score
		if rule.min_net_sales is not None:
			sales = pd.to_numeric(measures["net_sales"]).to_numpy(dtype=float, na_value=np.nan)
			holds &= np.round(sales, DECIMALS) >= rule.min_net_sales
		level[holds] = rule.level
	return level


def _labels_of(groups: list[tuple[list[_Line], np.ndarray]], code: int, count: int) -> np.ndarray:
	"""Per unit, the labels of the lines with this code in the groups whose own outcome has this code."""
	names: list[list[str]] = [[] for _ in range(count)]
	for lines, outcome in groups:
		for line in lines:
			for position in np.flatnonzero((line.truth == code) & (outcome == code)).tolist():
				names[position].append(line.label)
	labels = np.empty(count, dtype=object)
	labels[:] = ["; ".join(unit_names) for unit_names in names]
	return labels


def _long(lines: list[_Line], units: pd.Index) -> pd.DataFrame:
	count, width = len(units), len(lines)

	def spread(entries: list, dtype=object) -> np.ndarray:
		"""A scalar per line, repeated for every unit."""
		scalars = np.empty(width, dtype=dtype)
		scalars[:] = entries
		return np.tile(scalars, count)

	def interleave(columns: list, dtype) -> np.ndarray:
		"""An array over units per line, laid out unit by unit."""
		table = np.empty((count, width), dtype=dtype)
		for position, column in enumerate(columns):
			table[:, position] = column
		return table.ravel()

	nothing = np.full(count, np.nan)
	a = spread([line.a for line in lines], float)
	b = interleave([nothing if line.b is None else line.b for line in lines], float)
	answered = interleave(
		[~np.isnan(line.b) if line.truth is None else line.truth != _UNKNOWN for line in lines], bool
	)
	data = {
		"unit": np.repeat(units.to_numpy(dtype=object), width),
		"table": spread([line.table for line in lines]),
		"row": spread([line.row for line in lines], int),
		"label": spread([line.label for line in lines]),
		"measure": spread([line.measure for line in lines]),
		"value": interleave([line.value for line in lines], float),
		"operator": spread([line.operator for line in lines]),
		"threshold": spread([line.threshold for line in lines], float),
		"met": interleave(
			[
				np.full(count, None, dtype=object) if line.truth is None else _TRUTH[line.truth]
				for line in lines
			],
			object,
		),
		"a": a,
		"b": b,
		"weighted": a * b / 100.0,
		"answered": answered,
		"explanation": interleave([line.explanation for line in lines], object),
	}
	return pd.DataFrame(
		{name: pd.Series(column, dtype=column.dtype) for name, column in data.items()}, columns=list(data)
	)


def _unknown_warnings(lines: list[_Line], specs: Mapping[str, MeasureSpec], count: int) -> list[str]:
	if not count:
		return []
	warnings = []
	for line in lines:
		if line.measure is not None and np.isnan(line.value).all():
			warnings.append(
				_(
					"{0}: {1} is not known for any of the {2} units; enter the missing figures or choose another measure."
				).format(place(line.table, line.row), _(specs[line.measure].label), f"{count:,}")
			)
	return warnings


def _objects(values: np.ndarray, index: pd.Index) -> pd.Series:
	return pd.Series(values, index=index, dtype=object)


def _threshold_text(
	name: str, value: np.ndarray, operator: str, threshold: float, truth: np.ndarray
) -> list[str]:
	limit = format_number(threshold)
	unknown = _("{0} is not known, needed {1} {2}: open").format(name, operator, limit)
	known = {_YES: _("{0} {1} {2} {3}: met"), _NO: _("{0} {1} {2} {3}: not met")}
	return [
		unknown if code == _UNKNOWN else known[code].format(name, _beside(number, threshold), operator, limit)
		for number, code in zip(value.tolist(), truth.tolist(), strict=True)
	]


def _beside(value: float, limit: float) -> str:
	"""Like `_number`, with more decimals where the rounded value would look like the limit."""
	if value != limit and abs(value - limit) < 0.01:
		return f"{value:,.9f}".rstrip("0").rstrip(".")
	return format_number(value)
