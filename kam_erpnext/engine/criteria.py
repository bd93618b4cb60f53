"""Criteria: which customers qualify, pass the screening, how they score, and on which level.

Classification lines are thresholds on measures; screening lines are questions answered yes or no by a person
or by a measure; scoring lines give points. What is not known stays open: every yes / no result can also be
None, and is None only as long as the unknown lines can still change it (three-valued logic).
"""

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kam_erpnext.engine.measures import SHARE_MEASURES, MeasureSpec, measure_label
from kam_erpnext.engine.scoring import DEFAULT_BANDS, SCALES, STEPPED, Band, band_labels, scale_scores

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

# Measured values and thresholds are compared after rounding to this many decimals.
DECIMALS = 9

_UNKNOWN, _NO, _YES = -1, 0, 1
_TRUTH = np.array([False, True, None], dtype=object)  # the code -1 picks the last entry


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
	"""A mistake in a criteria set. `row` and `field` are None when it concerns the whole table."""

	table: str | None
	row: int | None
	field: str | None
	message: str


class CriteriaError(ValueError):
	"""A criteria set cannot be used; `.problems` lists why."""

	def __init__(self, problems: Sequence[Problem]):
		self.problems = list(problems)
		super().__init__("\n".join(problem.message for problem in self.problems))


@dataclass
class CriteriaSet:
	"""One version of the criteria.

	`rule` says how the classification lines combine. Mandatory lines must hold under every rule. "all": every
	line holds. "any": at least one of the lines that are not mandatory holds (if there are such lines).
	"n_of_m": at least `n` of all lines hold, mandatory ones included. Without classification lines every unit
	qualifies. Lines whose `row` numbers are not distinct are numbered from 1 in their order.
	"""

	name: str
	rule: str = ALL
	n: int = 1
	classification: list[Threshold] = field(default_factory=list)
	screening: list[Screening] = field(default_factory=list)
	scoring: list[Scoring] = field(default_factory=list)
	levels: list[LevelRule] = field(default_factory=list)
	effective_from: date | None = None

	def __post_init__(self):
		for table in _LINES:
			lines = list(getattr(self, table))
			if len({line.row for line in lines}) < len(lines):
				lines = [replace(line, row=row) for row, line in enumerate(lines, start=1)]
			setattr(self, table, lines)

	def problems(self, known: Mapping[str, MeasureSpec]) -> list[Problem]:
		"""Every mistake that makes the set unusable or contradictory; an empty list if there is none.

		`known` maps the keys of the available measures to their specification (`measures.MEASURES` plus
		customer fields). Each message is one sentence with a remedy.
		"""
		found: list[Problem] = []
		if not (self.classification or self.screening or self.scoring):
			found.append(
				Problem(
					None,
					None,
					None,
					"The criteria have no lines; add at least one classification, screening or scoring line.",
				)
			)
		found += _rule_problems(self)
		found += _threshold_problems(self, known)
		found += _scoring_problems(self, known)
		found += _level_problems(self)
		found += _duplicate_problems(self)
		found += _contradictions(self, known)
		return found

	def normalised_weights(self) -> list[float]:
		"""Weights of the scoring lines scaled to 100 percent; all 0 if their sum is 0."""
		weights = [float(line.weight or 0) for line in self.scoring]
		total = math.fsum(weights)
		return [100.0 * weight / total if total > 0 else 0.0 for weight in weights]

	@classmethod
	def from_dict(cls, d: Mapping[str, Any], source: str = "criteria") -> "CriteriaSet":
		"""Build a set from plain data as read from JSON or TOML.

		Raises CriteriaError naming the place (such as `scoring[2].weight`, counted from 0) of every unknown
		key, missing key and wrong type. Whether the criteria make sense is `problems`' business.
		"""
		errors: list[Problem] = []
		values = _read(cls, d, source, "", None, None, errors)
		for table, line_type in _LINES.items():
			entries = d.get(table) if isinstance(d, Mapping) else None
			if entries is None:
				values[table] = []
				continue
			if not isinstance(entries, list):
				errors.append(
					Problem(table, None, None, f"{source}: {table} must be a list, found {_kind(entries)}.")
				)
				continue
			lines = []
			for position, entry in enumerate(entries):
				before = len(errors)
				line = _read(line_type, entry, source, f"{table}[{position}]", table, position + 1, errors)
				if len(errors) == before:
					lines.append(line_type(**{"row": position + 1, **line}))
			values[table] = lines
		if errors:
			raise CriteriaError(errors)
		return cls(**values)

	def to_dict(self) -> dict[str, Any]:
		"""Plain data for JSON: `from_dict(to_dict())` gives an equal set."""
		d = asdict(self)
		d["effective_from"] = self.effective_from.isoformat() if self.effective_from else None
		return d


_LINES = {CLASSIFICATION: Threshold, SCREENING: Screening, SCORING: Scoring, LEVELS: LevelRule}


def load(path: str | Path) -> CriteriaSet:
	"""Read a criteria set from a .json or .toml file.

	Raises CriteriaError if the file cannot be read, is not valid JSON or TOML, or does not describe criteria.
	"""
	path = Path(path)
	try:
		text = path.read_text(encoding="utf-8-sig")
	except OSError as error:
		raise _file_error(f"{path.name} cannot be read: {error.strerror or error}.") from error
	except UnicodeDecodeError as error:
		raise _file_error(f"{path.name} is not a text file in UTF-8.") from error

	suffix = path.suffix.lower()
	if suffix == ".json":
		try:
			data = json.loads(text)
		except json.JSONDecodeError as error:
			raise _file_error(
				f"{path.name}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg})."
			) from error
	elif suffix == ".toml":
		try:
			import tomllib
		except ModuleNotFoundError:  # Python 3.10
			import tomli as tomllib
		try:
			data = tomllib.loads(text)
		except tomllib.TOMLDecodeError as error:
			raise _file_error(f"{path.name}: not valid TOML ({error}).") from error
	else:
		raise _file_error(f"{path.name}: criteria are read from .json or .toml files.")
	return CriteriaSet.from_dict(data, source=path.name)


# --- evaluation ---------------------------------------------------------------------------------------------


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
	"""One line evaluated for all units: arrays over units, scalars for the line."""

	table: str
	row: int
	label: str
	measure: str | None
	operator: str | None
	threshold: float
	value: np.ndarray
	truth: np.ndarray | None  # codes, None for scoring lines
	a: float
	b: np.ndarray | None  # None for lines without points
	explanation: list[str]


def evaluate(
	criteria: CriteriaSet,
	measures: pd.DataFrame,
	judgements: pd.DataFrame | None = None,
	bands: Sequence[Band] = DEFAULT_BANDS,
) -> Evaluation:
	"""Evaluate the criteria for every unit (row) of `measures`.

	`judgements` has the columns unit, table ("screening" or "scoring"), row, value: "Yes", "No" or "Unknown"
	for a judged screening line, 0..100 for a judged scoring line; empty = not answered. Judgements of other
	units or of measured lines are ignored.

	`results` (index = unit): classification_met, classification_unknown, classification_total, qualifies,
	screening_pass, passes (True / False / None), score, answered_share (percent of the weight), band,
	attractiveness, strength (score over the lines of that dimension), level, unmet and open (labels of the
	lines that do not hold and of those that are not known among classification and mandatory screening).
	`lines`: unit, table, row, label, measure, value, operator, threshold, met, a (percent of the weight), b,
	weighted (a x b / 100), answered, explanation; sorted by unit, table and line.

	Raises CriteriaError if a measure was not computed and ValueError for a judgement out of range.
	"""
	units = pd.Index(measures.index, name="unit")
	if not units.is_unique:
		raise ValueError(f"measures: {units[units.duplicated()][0]!r} is listed more than once.")
	values = _measured_values(criteria, measures)
	answers = _judgement_arrays(criteria, units, judgements)

	classification = [_threshold_line(line, values[line.measure]) for line in criteria.classification]
	screening = [
		_screening_line(line, values.get(line.measure), answers.get((SCREENING, line.row)), len(units))
		for line in criteria.screening
	]
	scoring = [
		_scoring_line(line, a, values.get(line.measure), answers.get((SCORING, line.row)), len(units))
		for line, a in zip(criteria.scoring, criteria.normalised_weights(), strict=True)
	]

	truth = _stack([line.truth for line in classification], len(units))
	mandatory = np.array([line.mandatory for line in criteria.classification], dtype=bool)
	qualifies = _qualifies(criteria, truth, mandatory)
	required = [
		line.truth for line, asked in zip(screening, criteria.screening, strict=True) if asked.mandatory
	]
	screening_pass = _all_hold(_stack(required, len(units)))
	passes = _and(qualifies, screening_pass)

	score, answered_share = _score(scoring, len(units))
	results = pd.DataFrame(index=units)
	results["classification_met"] = (truth == _YES).sum(axis=1).astype(int)
	results["classification_unknown"] = (truth == _UNKNOWN).sum(axis=1).astype(int)
	results["classification_total"] = len(classification)
	for name, codes in (("qualifies", qualifies), ("screening_pass", screening_pass), ("passes", passes)):
		results[name] = _objects(_TRUTH[codes], units)
	results["score"] = score
	results["answered_share"] = answered_share
	results["band"] = _objects(band_labels(score, bands), units)
	for name, dimension in (("attractiveness", ATTRACTIVENESS), ("strength", STRENGTH)):
		chosen = [
			line
			for line, asked in zip(scoring, criteria.scoring, strict=True)
			if asked.dimension == dimension
		]
		results[name] = _score(chosen, len(units))[0]
	results["level"] = _objects(_levels(criteria, score, measures), units)
	decisive = classification + [
		line for line, asked in zip(screening, criteria.screening, strict=True) if asked.mandatory
	]
	results["unmet"] = _objects(_label_lists(decisive, _NO, len(units)), units)
	results["open"] = _objects(_label_lists(decisive, _UNKNOWN, len(units)), units)

	every_line = classification + screening + scoring
	return Evaluation(results, _long(every_line, units), _unknown_warnings(every_line, len(units)))


def explain(line: Mapping[str, Any]) -> str:
	"""The sentence that explains one row of `Evaluation.lines`."""
	return line["explanation"]


def _measured_values(criteria: CriteriaSet, measures: pd.DataFrame) -> dict[str, np.ndarray]:
	values, missing = {}, []
	for table in (CLASSIFICATION, SCREENING, SCORING):
		for line in getattr(criteria, table):
			if table != CLASSIFICATION and line.kind == JUDGED:
				continue
			if line.measure in values:
				continue
			if line.measure not in measures.columns:
				missing.append(
					Problem(
						table,
						line.row,
						"measure",
						f"{_place(table, line.row)}: the measure {line.measure!r} was not computed; choose "
						"another measure.",
					)
				)
				continue
			column = pd.to_numeric(measures[line.measure]).to_numpy(dtype=float, na_value=np.nan)
			values[line.measure] = np.round(column, DECIMALS)
	if (
		any(rule.min_net_sales is not None for rule in criteria.levels)
		and "net_sales" not in measures.columns
	):
		missing.append(
			Problem(LEVELS, None, "min_net_sales", "Levels: the measure net_sales was not computed.")
		)
	if missing:
		raise CriteriaError(missing)
	return values


def _judgement_arrays(
	criteria: CriteriaSet, units: pd.Index, judgements: pd.DataFrame | None
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
	missing = [name for name in ("unit", "table", "row", "value") if name not in judgements.columns]
	if missing:
		raise ValueError(f"judgements: missing column {', '.join(missing)}.")

	positions = units.get_indexer(judgements["unit"].to_numpy(dtype=object))
	seen = set()
	for position, unit, table, row, value in zip(
		positions,
		judgements["unit"],
		judgements["table"],
		judgements["row"],
		judgements["value"],
		strict=True,
	):
		key = (table, int(row))
		if position < 0 or key not in arrays:
			continue
		if (position, key) in seen:
			raise ValueError(f"{_place(*key)}: {unit!r} is judged more than once.")
		seen.add((position, key))
		read = _answer if table == SCREENING else _points
		arrays[key][position] = read(value, unit, key)
	return arrays


def _answer(value, unit, key) -> int:
	if value is True or value is False:
		return _YES if value else _NO
	if _blank(value):
		return _UNKNOWN
	code = {"yes": _YES, "no": _NO, "unknown": _UNKNOWN}.get(str(value).strip().lower())
	if code is None:
		raise ValueError(f"{_place(*key)}: the answer for {unit!r} is {value!r}; use Yes, No or Unknown.")
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
			f"{_place(*key)}: the evaluation of {unit!r} is {value!r}; use a number from 0 to 100."
		)
	return number


def _blank(value) -> bool:
	return value is None or (isinstance(value, str) and not value.strip()) or bool(pd.isna(value))


def _threshold_line(line: Threshold, value: np.ndarray) -> _Line:
	label = line.label or measure_label(line.measure)
	truth = _compare(value, line.operator, line.value)
	return _Line(
		table=CLASSIFICATION,
		row=line.row,
		label=label,
		measure=line.measure,
		operator=line.operator,
		threshold=float(line.value),
		value=value,
		truth=truth,
		a=float("nan"),
		b=None,
		explanation=_threshold_text(measure_label(line.measure), value, line.operator, line.value, truth),
	)


def _screening_line(
	line: Screening, value: np.ndarray | None, answer: np.ndarray | None, count: int
) -> _Line:
	if line.kind == JUDGED:
		texts = np.array(["judged no", "judged yes", "not answered"], dtype=object)
		prefix = line.question.rstrip()
		return _Line(
			table=SCREENING,
			row=line.row,
			label=line.question,
			measure=None,
			operator=None,
			threshold=float("nan"),
			value=np.full(count, np.nan),
			truth=answer,
			a=float("nan"),
			b=None,
			explanation=[f"{prefix}: {text}" for text in texts[answer]],
		)
	truth = _compare(value, line.operator, line.value)
	return _Line(
		table=SCREENING,
		row=line.row,
		label=line.question,
		measure=line.measure,
		operator=line.operator,
		threshold=float(line.value),
		value=value,
		truth=truth,
		a=float("nan"),
		b=None,
		explanation=_threshold_text(measure_label(line.measure), value, line.operator, line.value, truth),
	)


def _scoring_line(
	line: Scoring, a: float, value: np.ndarray | None, answer: np.ndarray | None, count: int
) -> _Line:
	weight = _number(a)
	if line.kind == JUDGED:
		b = 100.0 - answer if line.reverse else answer
		value = answer
		texts = [
			f"Not judged: its weight of {weight} % is left out"
			if math.isnan(points)
			else f"Judged {_number(judged)} of 100{', counted in reverse' if line.reverse else ''}: "
			f"{weight} % x {_number(points)} = {_number(a * points / 100)}"
			for judged, points in zip(answer.tolist(), b.tolist(), strict=True)
		]
	else:
		b = scale_scores(value, line.low, line.high, line.kind, line.steps, line.reverse)
		name = measure_label(line.measure)
		scale = f"{_number(line.low)} to {_number(line.high)}"
		if line.kind == STEPPED:
			scale += f" in {line.steps} steps"
		if line.reverse:
			scale += ", reversed"
		texts = [
			f"{name} is not known: its weight of {weight} % is left out"
			if math.isnan(points)
			else f"{name} {_number(measured)} on the scale {scale} gives {_number(points)} of 100: "
			f"{weight} % x {_number(points)} = {_number(a * points / 100)}"
			for measured, points in zip(value.tolist(), b.tolist(), strict=True)
		]
	return _Line(
		table=SCORING,
		row=line.row,
		label=line.criterion,
		measure=line.measure if line.kind != JUDGED else None,
		operator=None,
		threshold=float("nan"),
		value=value,
		truth=None,
		a=a,
		b=b,
		explanation=texts,
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


def _stack(columns: list[np.ndarray], count: int) -> np.ndarray:
	return np.column_stack(columns) if columns else np.empty((count, 0), dtype=np.int8)


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


def _qualifies(criteria: CriteriaSet, truth: np.ndarray, mandatory: np.ndarray) -> np.ndarray:
	if not truth.shape[1]:
		return np.full(len(truth), _YES, dtype=np.int8)
	required = _all_hold(truth[:, mandatory])
	if criteria.rule == ALL:
		return _all_hold(truth)
	if criteria.rule == ANY:
		optional = truth[:, ~mandatory]
		return _and(required, _at_least(optional, min(1, optional.shape[1])))
	if criteria.rule == N_OF_M:
		return _and(required, _at_least(truth, criteria.n))
	raise CriteriaError(_rule_problems(criteria))


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


def _levels(criteria: CriteriaSet, score: np.ndarray, measures: pd.DataFrame) -> np.ndarray:
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


def _label_lists(lines: list[_Line], code: int, count: int) -> np.ndarray:
	names: list[list[str]] = [[] for _ in range(count)]
	for line in lines:
		for position in np.flatnonzero(line.truth == code).tolist():
			names[position].append(line.label)
	return np.array(["; ".join(labels) for labels in names] or [], dtype=object)


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


def _unknown_warnings(lines: list[_Line], count: int) -> list[str]:
	if not count:
		return []
	warnings = []
	for line in lines:
		if line.measure is not None and np.isnan(line.value).all():
			warnings.append(
				f"{_place(line.table, line.row)}: {measure_label(line.measure)} is not known for any of the "
				f"{count:,} units; enter the missing figures or choose another measure."
			)
	return warnings


def _objects(values: np.ndarray, index: pd.Index) -> pd.Series:
	return pd.Series(values, index=index, dtype=object)


def _threshold_text(
	name: str, value: np.ndarray, operator: str, threshold: float, truth: np.ndarray
) -> list[str]:
	limit = _number(threshold)
	outcome = {_YES: "met", _NO: "not met"}
	return [
		f"{name} is not known, needed {operator} {limit}: open"
		if code == _UNKNOWN
		else f"{name} {_beside(number, threshold)} {operator} {limit}: {outcome[code]}"
		for number, code in zip(value.tolist(), truth.tolist(), strict=True)
	]


def _number(value: float) -> str:
	"""370540.29 as 370,540.29 and 100000.0 as 100,000."""
	text = f"{value:,.2f}"
	return text[:-3] if text.endswith(".00") else text


def _beside(value: float, limit: float) -> str:
	"""Like `_number`, with more decimals where the rounded value would look like the limit."""
	if value != limit and abs(value - limit) < 0.01:
		return f"{value:,.9f}".rstrip("0").rstrip(".")
	return _number(value)


def _place(table: str | None, row: int | None) -> str:
	if table is None:
		return "Criteria"
	name = table.capitalize()
	return name if row is None else f"{name} line {row}"


# --- checks -------------------------------------------------------------------------------------------------


def _rule_problems(criteria: CriteriaSet) -> list[Problem]:
	count = len(criteria.classification)
	if criteria.rule not in RULES:
		return [
			Problem(None, None, "rule", f"Unknown rule {criteria.rule!r}; choose one of {', '.join(RULES)}.")
		]
	if criteria.rule != N_OF_M:
		return []
	if not _is_whole(criteria.n) or criteria.n < 1:
		return [
			Problem(
				None,
				None,
				"n",
				f"With the rule n_of_m, n must be a whole number of at least 1; found {criteria.n!r}.",
			)
		]
	if criteria.n > count:
		return [
			Problem(
				None,
				None,
				"n",
				f"{criteria.n} classification lines must hold, but there are only {count}; lower n or add lines.",
			)
		]
	mandatory = sum(line.mandatory for line in criteria.classification)
	if mandatory < count and criteria.n <= mandatory:
		return [
			Problem(
				None,
				None,
				"n",
				f"{mandatory} lines are mandatory and n is {criteria.n}, so the other lines have no effect; set n "
				f"to {mandatory + 1} or more, or make fewer lines mandatory.",
			)
		]
	return []


def _threshold_problems(criteria: CriteriaSet, known: Mapping[str, MeasureSpec]) -> list[Problem]:
	found = []
	tests = [(CLASSIFICATION, line) for line in criteria.classification]
	for line in criteria.screening:
		if line.kind not in SCREENING_KINDS:
			found.append(
				_problem(
					SCREENING,
					line,
					"kind",
					f"unknown kind {line.kind!r}; choose one of {', '.join(SCREENING_KINDS)}.",
				)
			)
		elif line.kind == MEASURED:
			tests.append((SCREENING, line))
		if not (line.question or "").strip():
			found.append(_problem(SCREENING, line, "question", "the question is empty; write one."))
	for table, line in tests:
		found += _measure_problems(table, line, known)
		if line.operator not in OPERATORS:
			found.append(
				_problem(
					table,
					line,
					"operator",
					f"unknown operator {line.operator!r}; choose one of {' '.join(OPERATORS)}.",
				)
			)
		if not _is_number(line.value):
			found.append(_problem(table, line, "value", "the threshold is missing; enter a number."))
		elif line.measure in SHARE_MEASURES and not 0 <= line.value <= 100:
			found.append(
				_problem(
					table,
					line,
					"value",
					f"{_label(line.measure, known)} is a percentage between 0 and 100; found "
					f"{_number(line.value)}.",
				)
			)
	return found


def _scoring_problems(criteria: CriteriaSet, known: Mapping[str, MeasureSpec]) -> list[Problem]:
	found = []
	for line in criteria.scoring:
		if not (line.criterion or "").strip():
			found.append(_problem(SCORING, line, "criterion", "the criterion has no name; enter one."))
		if not _is_number(line.weight):
			found.append(_problem(SCORING, line, "weight", "the weight is missing; enter a number."))
		elif line.weight < 0:
			found.append(
				_problem(
					SCORING,
					line,
					"weight",
					f"the weight is {_number(line.weight)}; enter zero or more and tick reverse if a high value is bad.",
				)
			)
		if line.dimension not in DIMENSIONS:
			found.append(
				_problem(
					SCORING,
					line,
					"dimension",
					f"unknown dimension {line.dimension!r}; choose one of {', '.join(DIMENSIONS)}.",
				)
			)
		if line.kind not in SCORING_KINDS:
			found.append(
				_problem(
					SCORING,
					line,
					"kind",
					f"unknown kind {line.kind!r}; choose one of {', '.join(SCORING_KINDS)}.",
				)
			)
			continue
		if line.kind == JUDGED:
			continue
		found += _measure_problems(SCORING, line, known)
		anchors = True
		for name in ("low", "high"):
			anchor = getattr(line, name)
			if not _is_number(anchor):
				anchors = False
				found.append(_problem(SCORING, line, name, f"the {name} anchor is missing; enter a number."))
			elif line.measure in SHARE_MEASURES and not 0 <= anchor <= 100:
				found.append(
					_problem(
						SCORING,
						line,
						name,
						f"{_label(line.measure, known)} is a percentage between 0 and 100; the {name} anchor is "
						f"{_number(anchor)}.",
					)
				)
		if anchors and line.low == line.high:
			found.append(
				_problem(
					SCORING,
					line,
					"high",
					f"both anchors are {_number(line.low)}; the scale needs two different ones.",
				)
			)
		if line.kind == STEPPED and (not _is_whole(line.steps) or line.steps < 2):
			found.append(
				_problem(
					SCORING, line, "steps", f"a stepped scale needs at least 2 steps; found {line.steps!r}."
				)
			)
	weights = [line.weight for line in criteria.scoring if _is_number(line.weight)]
	if criteria.scoring and len(weights) == len(criteria.scoring) and not any(weights):
		found.append(
			Problem(
				SCORING,
				None,
				"weight",
				"Scoring: all weights are zero; give at least one line a weight above zero.",
			)
		)
	return found


def _measure_problems(table: str, line, known: Mapping[str, MeasureSpec]) -> list[Problem]:
	if not line.measure:
		return [_problem(table, line, "measure", "the measure is missing; choose one.")]
	if line.measure in known:
		return []
	close = difflib.get_close_matches(str(line.measure), known, n=1)
	hint = f"did you mean {close[0]!r}?" if close else "choose one from the list of measures."
	return [_problem(table, line, "measure", f"unknown measure {line.measure!r}; {hint}")]


def _level_problems(criteria: CriteriaSet) -> list[Problem]:
	found, ranks, names = [], {}, {}
	for rule in criteria.levels:
		if rule.rank in ranks:
			found.append(
				_problem(
					LEVELS,
					rule,
					"rank",
					f"rank {rule.rank} is used by line {ranks[rule.rank]} too; give each level its own rank.",
				)
			)
		if rule.level in names:
			found.append(
				_problem(
					LEVELS,
					rule,
					"level",
					f"the level {rule.level!r} is in line {names[rule.level]} too; remove one of them.",
				)
			)
		ranks.setdefault(rule.rank, rule.row)
		names.setdefault(rule.level, rule.row)
	return found


def _duplicate_problems(criteria: CriteriaSet) -> list[Problem]:
	found = []
	for table, name in ((SCREENING, "question"), (SCORING, "criterion")):
		seen: dict[str, int] = {}
		for line in getattr(criteria, table):
			text = (getattr(line, name) or "").strip().casefold()
			if not text:
				continue
			if text in seen:
				found.append(
					_problem(
						table,
						line,
						name,
						f"{getattr(line, name).strip()!r} is already in line {seen[text]}; rename or remove one "
						"of them.",
					)
				)
			seen.setdefault(text, line.row)
	return found


def _contradictions(criteria: CriteriaSet, known: Mapping[str, MeasureSpec]) -> list[Problem]:
	"""Pairs of lines that must both hold but never can."""
	every = criteria.rule == ALL or (criteria.rule == N_OF_M and criteria.n == len(criteria.classification))
	required = [(CLASSIFICATION, line) for line in criteria.classification if every or line.mandatory]
	required += [(SCREENING, line) for line in criteria.screening if line.kind == MEASURED and line.mandatory]
	required = [
		(table, line)
		for table, line in required
		if line.measure and line.operator in OPERATORS and _is_number(line.value)
	]
	found = []
	for position, (table, line) in enumerate(required):
		for other_table, other in required[:position]:
			if line.measure == other.measure and not _compatible(line, other):
				place = f"line {other.row}" if other_table == table else f"{other_table} line {other.row}"
				found.append(
					_problem(
						table,
						line,
						"value",
						f"{_label(line.measure, known)} {line.operator} {_number(line.value)} contradicts {place} "
						f"({other.operator} {_number(other.value)}); change or remove one of them.",
					)
				)
	return found


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


def _problem(table: str, line, name: str, text: str) -> Problem:
	return Problem(table, line.row, name, f"{_place(table, line.row)}: {text}")


def _label(key: str, known: Mapping[str, MeasureSpec]) -> str:
	return known[key].label if key in known else measure_label(key)


def _is_number(value) -> bool:
	return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value) -> bool:
	return isinstance(value, int) and not isinstance(value, bool)


# --- reading plain data -------------------------------------------------------------------------------------

_TEXT, _NUMBER, _WHOLE, _FLAG, _DATE = (
	"a text",
	"a number",
	"a whole number",
	"true or false",
	"a date (YYYY-MM-DD)",
)

_TYPES = {
	"name": _TEXT,
	"rule": _TEXT,
	"n": _WHOLE,
	"effective_from": _DATE,
	"measure": _TEXT,
	"operator": _TEXT,
	"value": _NUMBER,
	"mandatory": _FLAG,
	"label": _TEXT,
	"row": _WHOLE,
	"question": _TEXT,
	"kind": _TEXT,
	"criterion": _TEXT,
	"weight": _NUMBER,
	"low": _NUMBER,
	"high": _NUMBER,
	"steps": _WHOLE,
	"reverse": _FLAG,
	"dimension": _TEXT,
	"level": _TEXT,
	"rank": _WHOLE,
	"min_score": _NUMBER,
	"min_net_sales": _NUMBER,
}


def _read(
	line_type: type,
	entry: Any,
	source: str,
	path: str,
	table: str | None,
	row: int | None,
	errors: list[Problem],
) -> dict[str, Any]:
	"""The values of one dataclass from a mapping; mistakes go to `errors`."""
	if not isinstance(entry, Mapping):
		place = f"{source}: {path}" if path else source
		errors.append(Problem(table, row, None, f"{place} must be a table of keys, found {_kind(entry)}."))
		return {}
	known = {item.name: item for item in fields(line_type)}
	prefix = f"{path}." if path else ""
	for key in entry:
		if key not in known:
			close = difflib.get_close_matches(str(key), known, n=1)
			hint = f"did you mean {close[0]!r}?" if close else f"known keys are {', '.join(known)}."
			errors.append(Problem(table, row, str(key), f"{source}: unknown key {prefix}{key}; {hint}"))
	values = {}
	for name, item in known.items():
		if name in _LINES:
			continue
		value = entry.get(name)
		if value is None:
			if item.default is MISSING:
				errors.append(Problem(table, row, name, f"{source}: {prefix}{name} is missing."))
			continue
		read = _convert(value, _TYPES[name])
		if read is None:
			errors.append(
				Problem(
					table,
					row,
					name,
					f"{source}: {prefix}{name} must be {_TYPES[name]}, found {_kind(value)}.",
				)
			)
			continue
		values[name] = read
	return values


def _convert(value: Any, wanted: str) -> Any:
	"""The value if it has the wanted type, else None."""
	if wanted == _TEXT:
		return value if isinstance(value, str) else None
	if wanted == _FLAG:
		return bool(value) if isinstance(value, bool) or value in (0, 1) else None
	if wanted == _NUMBER:
		return value if _is_number(value) else None
	if wanted == _WHOLE:
		if isinstance(value, float) and value.is_integer():
			return int(value)
		return value if _is_whole(value) else None
	if isinstance(value, datetime):
		return value.date()
	if isinstance(value, date):
		return value
	try:
		return date.fromisoformat(value)
	except (TypeError, ValueError):
		return None


def _kind(value: Any) -> str:
	if isinstance(value, Mapping):
		return "a table"
	if isinstance(value, list):
		return "a list"
	return f"{value!r}"


def _file_error(message: str) -> CriteriaError:
	return CriteriaError([Problem(None, None, None, message)])
