"""Plain data (JSON, TOML) into dataclasses, with the path of every mistake."""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Any, get_args

from kam_erpnext.engine.lines import Problem, is_number, is_whole

_TEXT = "a text"
_NUMBER = "a number"
_WHOLE = "a whole number"
_FLAG = "true or false"
_DATE = "a date (YYYY-MM-DD)"

_WANTED = {
	**dict.fromkeys(("name", "rule", "measure", "operator", "label", "question", "kind"), _TEXT),
	**dict.fromkeys(("criterion", "dimension", "level"), _TEXT),
	**dict.fromkeys(("value", "weight", "low", "high", "min_score", "min_net_sales"), _NUMBER),
	**dict.fromkeys(("n", "row", "steps", "rank"), _WHOLE),
	**dict.fromkeys(("mandatory", "reverse"), _FLAG),
	"effective_from": _DATE,
}


class Reader:
	"""Reads mappings from one source and collects what is wrong with them in `problems`."""

	def __init__(self, source: str):
		self.source = source
		self.problems: list[Problem] = []

	def add(self, path: str, text: str):
		"""Note a mistake at a path such as "scoring[2].weight" ("" = the whole source)."""
		place = f"{self.source}: {path} " if path else f"{self.source} "
		self.problems.append(Problem(None, None, path or None, place + text))

	def table(self, record: Any, name: str) -> list:
		"""The list under a key; [] if it is absent or no list."""
		entries = record.get(name) if isinstance(record, Mapping) else None
		if entries is None:
			return []
		if not isinstance(entries, list):
			self.add(name, f"must be a list, found {_kind(entries)}.")
			return []
		return entries

	def values(self, line_type: type, record: Any, path: str, skip: tuple[str, ...] = ()) -> dict | None:
		"""Values for the fields of a dataclass, what is absent left out; None after a mistake.

		`skip` names known keys that are read elsewhere.
		"""
		before = len(self.problems)
		if not isinstance(record, Mapping):
			self.add(path, f"must be a table with keys, found {_kind(record)}.")
			return None
		known = {item.name: item for item in fields(line_type)}
		prefix = f"{path}." if path else ""
		for key in record:
			if key not in known:
				close = difflib.get_close_matches(str(key), known, n=1)
				hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}."
				self.add(f"{prefix}{key}", f"is not a known key; {hint}")
		values = {}
		for name, item in known.items():
			if name in skip:
				continue
			value = record.get(name)
			if value is None:
				if name in record and type(None) in get_args(item.type):
					values[name] = None
				elif item.default is MISSING:
					self.add(prefix + name, "is missing.")
				continue
			read = _convert(value, _WANTED[name])
			if read is None:
				self.add(prefix + name, f"must be {_WANTED[name]}, found {_kind(value)}.")
			else:
				values[name] = read
		return values if len(self.problems) == before else None


def _convert(value: Any, wanted: str) -> Any:
	"""The value as wanted, or None if it is something else."""
	if wanted == _TEXT:
		return value if isinstance(value, str) else None
	if wanted == _FLAG:
		return bool(value) if isinstance(value, bool) or (is_whole(value) and value in (0, 1)) else None
	if wanted == _NUMBER:
		return value if is_number(value) else None
	if wanted == _WHOLE:
		if isinstance(value, float) and value.is_integer():
			return int(value)
		return value if is_whole(value) else None
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
	if value is None:
		return "nothing"
	return repr(value)
