"""Problems found in files, told by file, line and column."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN = 20


@dataclass(frozen=True, order=True)
class Problem:
	"""One place in a file that could not be used.

	``line`` is the line in the file as a text editor counts it (the heading is line 1); for Parquet it is the
	row number. ``None`` means the file as a whole. ``found`` is the text as it stands in the file.
	"""

	file: str
	line: int | None
	column: str | None
	expected: str
	found: str | None = None
	unit: str = "line"

	def __str__(self) -> str:
		place = self.file
		if self.line is not None:
			place += f", {self.unit} {self.line}"
		if self.column:
			place += f', column "{self.column}"'
		text = f"{place}: expected {self.expected}"
		if self.found is not None:
			text += f", found {quoted(self.found)}"
		return text


class Words(str):
	"""A ``found`` that is already a phrase, so it gets no quotation marks."""


def quoted(value) -> str:
	"""The value in quotation marks, shortened to 60 characters; an empty one is called an empty cell."""
	if isinstance(value, Words):
		return str(value)
	text = str(value)
	if not text.strip():
		return "an empty cell"
	if len(text) > 60:
		text = text[:57] + "..."
	return '"' + text.replace("\n", " ").replace("\r", " ") + '"'


class InputError(Exception):
	"""Input that a person has to correct. ``str()`` is the whole message, ready to print."""


class DataError(InputError):
	"""Problems in the data files: at most 20 are spelled out, the rest is counted.

	``problems`` holds those kept, ``total`` the number found.
	"""

	def __init__(self, problems: list[Problem], total: int | None = None):
		self.problems = sorted(problems, key=lambda p: (p.file, p.line or 0, p.column or "", p.expected))
		self.total = max(total or 0, len(self.problems))
		super().__init__(self._message())

	def _message(self) -> str:
		head = "1 problem in the data:" if self.total == 1 else f"{self.total:,} problems in the data:"
		lines = [head, *(f"  {p}" for p in self.problems[:SHOWN])]
		if self.total > SHOWN:
			lines.append(f"  ... and {self.total - SHOWN:,} more")
		return "\n".join(lines)


class Problems:
	"""Collects problems while files are read; keeps the first 500 and counts them all."""

	KEPT = 500

	def __init__(self):
		self.kept: list[Problem] = []
		self.total = 0

	def add(self, file, line, column, expected, found=None, unit="line"):
		"""Record one problem."""
		self.total += 1
		if len(self.kept) < self.KEPT:
			self.kept.append(Problem(str(file), line, column, expected, found, unit))

	def stop(self):
		"""Raise ``DataError`` when anything was recorded."""
		if self.total:
			raise DataError(self.kept, self.total)
