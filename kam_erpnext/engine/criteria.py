"""Criteria: which customers qualify, pass the screening, how they score, and on which level.

Classification lines are thresholds on measures; screening lines are questions answered yes or no by a person
or by a measure; scoring lines give points. What is not known stays open: every yes / no result can also be
None, and is None only as long as the unknown lines can still change it (three-valued logic).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from kam_erpnext.engine.checks import check
from kam_erpnext.engine.evaluation import Evaluation, evaluate, explain
from kam_erpnext.engine.lines import (
	ALL,
	ANY,
	ATTRACTIVENESS,
	CLASSIFICATION,
	DIMENSIONS,
	JUDGED,
	LEVELS,
	LINE_TYPES,
	MEASURED,
	N_OF_M,
	OPERATORS,
	RULES,
	SCORING,
	SCORING_KINDS,
	SCREENING,
	SCREENING_KINDS,
	STRENGTH,
	CriteriaError,
	LevelRule,
	Problem,
	Scoring,
	Screening,
	Threshold,
)
from kam_erpnext.engine.measures import MeasureSpec
from kam_erpnext.engine.reading import Reader

__all__ = [
	"ALL",
	"ANY",
	"ATTRACTIVENESS",
	"CLASSIFICATION",
	"DIMENSIONS",
	"JUDGED",
	"LEVELS",
	"MEASURED",
	"N_OF_M",
	"OPERATORS",
	"RULES",
	"SCORING",
	"SCORING_KINDS",
	"SCREENING",
	"SCREENING_KINDS",
	"STRENGTH",
	"CriteriaError",
	"CriteriaSet",
	"Evaluation",
	"LevelRule",
	"Problem",
	"Scoring",
	"Screening",
	"Threshold",
	"evaluate",
	"explain",
	"load",
]


@dataclass
class CriteriaSet:
	"""One version of the criteria.

	`rule` says how the classification lines combine; mandatory lines must hold under every rule. "all": every
	line holds. "any": at least one of the lines that are not mandatory holds (if there are such lines).
	"n_of_m": at least `n` of all lines hold, mandatory ones included. Without classification lines every unit
	qualifies. `min_score` is the lowest weighted score (0..100) with which a unit passes; None for no minimum.
	Lines whose `row` numbers are not distinct are numbered from 1 in their order.
	"""

	name: str
	rule: str = ALL
	n: int = 1
	classification: list[Threshold] = field(default_factory=list)
	screening: list[Screening] = field(default_factory=list)
	scoring: list[Scoring] = field(default_factory=list)
	levels: list[LevelRule] = field(default_factory=list)
	effective_from: date | None = None
	min_score: float | None = None

	def __post_init__(self):
		for table in LINE_TYPES:
			lines = list(getattr(self, table))
			if len({line.row for line in lines}) < len(lines):
				lines = [replace(line, row=row) for row, line in enumerate(lines, start=1)]
			setattr(self, table, lines)

	def problems(self, known: Mapping[str, MeasureSpec]) -> list[Problem]:
		"""Every mistake that makes the set unusable, pointless or contradictory; [] if there is none.

		`known` maps the keys of the available measures to their specification (`measures.MEASURES` plus
		customer fields). Each message is one sentence with a remedy.
		"""
		return check(self, known)

	def normalised_weights(self) -> list[float]:
		"""Weights of the scoring lines scaled to 100 percent; all 0 if their sum is 0."""
		weights = [float(line.weight or 0) for line in self.scoring]
		total = math.fsum(weights)
		return [100.0 * weight / total if total > 0 else 0.0 for weight in weights]

	@classmethod
	def from_dict(cls, d: Mapping[str, Any], source: str = "criteria") -> "CriteriaSet":
		"""Build a set from plain data as read from JSON or TOML.

		Raises CriteriaError with the path (such as `scoring[2].weight`, counted from 0) of every unknown key,
		missing key and wrong type. Whether the criteria make sense is told by `problems`.
		"""
		reader = Reader(source)
		values = reader.values(cls, d, "", skip=tuple(LINE_TYPES)) or {}
		for table, line_type in LINE_TYPES.items():
			lines = [
				reader.values(line_type, record, f"{table}[{position}]")
				for position, record in enumerate(reader.table(d, table))
			]
			values[table] = [
				line_type(**{"row": position, **line})
				for position, line in enumerate(lines, start=1)
				if line is not None
			]
		if reader.problems:
			raise CriteriaError(reader.problems)
		return cls(**values)

	def to_dict(self) -> dict[str, Any]:
		"""Plain data for JSON: `from_dict(to_dict())` gives an equal set."""
		return {
			**asdict(self),
			"effective_from": self.effective_from.isoformat() if self.effective_from else None,
		}


def load(path: str | Path) -> CriteriaSet:
	"""Read a criteria set from a .json or .toml file.

	Raises CriteriaError if the file cannot be read, is not valid JSON or TOML, or does not describe criteria.
	"""
	path = Path(path)
	parsers = {".json": _parse_json, ".toml": _parse_toml}
	if path.suffix.lower() not in parsers:
		raise _file_error(f"{path.name}: criteria are read from .json or .toml files.")
	try:
		text = path.read_text(encoding="utf-8-sig")
	except OSError as error:
		raise _file_error(f"{path} cannot be read: {error.strerror or error}.") from error
	except UnicodeDecodeError as error:
		raise _file_error(f"{path.name} is not a text file in UTF-8.") from error
	return CriteriaSet.from_dict(parsers[path.suffix.lower()](text, path.name), source=path.name)


def _parse_json(text: str, name: str) -> Any:
	try:
		return json.loads(text)
	except json.JSONDecodeError as error:
		raise _file_error(
			f"{name}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg})."
		) from error
	except RecursionError:
		raise _file_error(f"{name}: lists or objects are nested too deeply.") from None


def _parse_toml(text: str, name: str) -> Any:
	try:
		import tomllib
	except ModuleNotFoundError:  # Python 3.10
		import tomli as tomllib
	try:
		return tomllib.loads(text)
	except tomllib.TOMLDecodeError as error:
		raise _file_error(f"{name}: not valid TOML ({error}).") from error
	except RecursionError:
		raise _file_error(f"{name}: lists or tables are nested too deeply.") from None


def _file_error(message: str) -> CriteriaError:
	return CriteriaError([Problem(None, None, None, message)])
