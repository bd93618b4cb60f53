"""Reading one exported file, CSV or Parquet, into columns of typed values that remember their line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from kam_erpnext.offline import values
from kam_erpnext.offline.problems import Problems, Words
from kam_erpnext.offline.tables import (
	CHECK,
	DATE,
	NUMBER,
	TEXT,
	Field,
	Table,
	expected_heading,
	match_columns,
)

DELIMITERS = (",", ";", "\t", "|")
TEMPLATE_MARK = "start entering data below this line"


@dataclass
class Options:
	"""How a file is written; None = find out."""

	decimal: str | None = None
	date_order: str | None = None
	delimiter: str | None = None
	encoding: str | None = None


@dataclass
class RawFile:
	"""A file as text: heading, rows (lists of cells) and the line number of each row."""

	path: Path
	name: str
	header: list[str]
	rows: list[list]
	lines: list[int]
	header_line: int = 1
	unit: str = "line"
	delimiter: str | None = None
	encoding: str = "utf-8"
	item_columns: set[int] = field(default_factory=set)


@dataclass
class Columns:
	"""Typed columns of one file. ``data[field]`` is a list as long as ``lines``; missing fields are absent."""

	raw: RawFile
	data: dict[str, list]
	lines: list[int]
	headings: dict[str, str]

	def __len__(self):
		return len(self.lines)

	def has(self, name: str) -> bool:
		"""Whether the file has this field."""
		return name in self.data


def display_name(path: Path, base: Path | None) -> str:
	"""The file's name as shown to a person: relative to the data folder where possible."""
	if base:
		try:
			return path.relative_to(base).as_posix()
		except ValueError:
			pass
	return path.name


def read_raw(path: Path, problems: Problems, options: Options, base: Path | None = None) -> RawFile | None:
	"""Read a CSV or Parquet file. None (and a recorded problem) when it cannot be read at all."""
	name = display_name(path, base)
	if path.suffix.lower() in (".parquet", ".pq"):
		return _read_parquet(path, name, problems)
	return _read_csv(path, name, problems, options)


def _read_parquet(path: Path, name: str, problems: Problems) -> RawFile | None:
	try:
		import pyarrow
		import pyarrow.parquet
	except ImportError:
		problems.add(name, None, None, "the package pyarrow to read Parquet files: pip install pyarrow")
		return None
	try:
		table = pyarrow.parquet.read_table(path)
	except (pyarrow.ArrowException, OSError):
		problems.add(name, None, None, "a Parquet file", Words("something else"))
		return None
	columns = [
		[str(value) if isinstance(value, list | dict) else value for value in column.to_pylist()]
		for column in table.columns
	]
	rows = [list(row) for row in zip(*columns, strict=True)]
	return RawFile(
		path, name, list(table.column_names), rows, list(range(1, len(rows) + 1)), header_line=0, unit="row"
	)


def _decode(blob: bytes, name: str, problems: Problems, wanted: str | None) -> tuple[str, str] | None:
	if wanted:
		candidates = [wanted]
	elif blob[:2] in (b"\xff\xfe", b"\xfe\xff"):
		candidates = ["utf-16"]
	else:
		candidates = ["utf-8-sig", "cp1252"]
	for encoding in candidates:
		try:
			return blob.decode(encoding).removeprefix("\ufeff"), encoding
		except (UnicodeError, LookupError):
			continue
	problems.add(
		name, None, None, f"text in {' or '.join(c.upper() for c in candidates)}", Words("other bytes")
	)
	return None


def _read_csv(path: Path, name: str, problems: Problems, options: Options) -> RawFile | None:
	decoded = _decode(path.read_bytes(), name, problems, options.encoding)
	if decoded is None:
		return None
	text, encoding = decoded
	skip = 0
	delimiter = options.delimiter
	first = text.split("\n", 1)[0].strip().lower()
	if first.startswith("sep=") and len(first) == 5:
		delimiter, skip = delimiter or first[4], 1
	if not delimiter:
		delimiter = _find_delimiter(text)
	reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
	csv.field_size_limit(1_000_000)
	rows: list[list[str]] = []
	lines: list[int] = []
	previous = 0
	try:
		for row in reader:
			rows.append(row)
			lines.append(previous + 1)
			previous = reader.line_num
	except csv.Error as error:
		problems.add(name, reader.line_num, None, "cells in matching quotation marks", Words(str(error)))
		return None
	rows, lines = rows[skip:], lines[skip:]
	while rows and not any(cell.strip() for cell in rows[0]):
		rows.pop(0)
		lines.pop(0)
	if not rows:
		problems.add(name, None, None, "a line of column headings", Words("an empty file"))
		return None
	raw = RawFile(path, name, [], [], [], delimiter=delimiter, encoding=encoding)
	if not _take_template(raw, rows, lines):
		raw.header = [cell.strip() for cell in rows[0]]
		raw.header_line = lines[0]
		raw.rows, raw.lines = rows[1:], lines[1:]
	width = len(raw.header)
	for row, line in zip(raw.rows, raw.lines, strict=True):
		if len(row) > width and any(cell.strip() for cell in row[width:]):
			problems.add(
				name,
				line,
				None,
				f"{width} cells as in the heading",
				Words(f"{len(row)} cells (a stray {delimiter}?)"),
			)
	return raw


def _find_delimiter(text: str) -> str:
	"""The delimiter that splits the first lines most, outside quotation marks."""
	sample = text[:20000].split("\n")[:40]
	best, most = ",", 0
	for delimiter in DELIMITERS:
		try:
			count = sum(len(row) - 1 for row in csv.reader(sample[:1], delimiter=delimiter))
			if not count:
				count = sum(len(row) - 1 for row in csv.reader(sample, delimiter=delimiter)) / 1000
		except csv.Error:
			continue
		if count > most:
			best, most = delimiter, count
	return best


def _take_template(raw: RawFile, rows: list[list[str]], lines: list[int]) -> bool:
	"""ERPNext's *Data Export* puts a template before the data: headings in the line "Column Name:"."""

	def starts(row, text):
		return bool(row) and row[0].strip().lower() == text

	end = next((i for i, row in enumerate(rows[:60]) if starts(row, TEMPLATE_MARK)), None)
	names = next((i for i, row in enumerate(rows[:60]) if starts(row, "column name:")), None)
	if end is None or names is None:
		return False
	doctypes = next((row for row in rows[:60] if starts(row, "doctype:")), [])
	raw.header = [cell.strip() for cell in rows[names]]
	raw.header[0] = ""
	raw.header_line = lines[names]
	parts = [i for i, cell in enumerate(doctypes) if cell.strip() and cell.strip() != "~" and i]
	current = None
	for index in range(len(raw.header)):
		if index in parts and doctypes[index][:1].isupper():
			current = doctypes[index].strip()
		if current and current.lower() == "sales invoice item":
			raw.item_columns.add(index)
		elif current and parts and index > parts[0] and current != doctypes[parts[0]].strip():
			raw.header[index] = ""
	raw.rows = [[c.strip('"') if i == 1 else c for i, c in enumerate(row)] for row in rows[end + 1 :]]
	raw.lines = lines[end + 1 :]
	return True


def cells(raw: RawFile, index: int) -> list:
	"""One column of a file; rows that are too short give empty cells."""
	return [row[index] if index < len(row) else "" for row in raw.rows]


def read_columns(
	raw: RawFile,
	table: Table,
	problems: Problems,
	options: Options,
	columns: dict[str, str] | None = None,
	extra: dict[str, str] | None = None,
	document: bool = False,
) -> Columns | None:
	"""Typed columns of a file for ``table``.

	``columns`` maps fields to headings (from a mapping file) and is then the only source for those fields; ``extra``
	names further number columns ``{field: heading}``. ``document`` = the table has item rows: header cells left blank
	on the following item rows are filled from the row that starts the document. Returns None when columns are missing.
	"""
	found, doubles = match_columns(table, raw.header, raw.item_columns)
	ok = True
	for name, heading in (columns or {}).items():
		hits = [i for i, text in enumerate(raw.header) if text == heading]
		if not hits:
			hits = [i for i, text in enumerate(raw.header) if text.lower() == heading.lower()]
		if len(hits) != 1:
			problems.add(
				raw.name,
				raw.header_line or None,
				heading,
				f"one column of this name (the mapping file uses it for {name})",
				_columns_found(raw) if not hits else Words(f"{len(hits)} of them"),
				raw.unit,
			)
			ok = False
			continue
		found[name] = hits[0]
	for name, same in doubles:
		if name not in (columns or {}):
			problems.add(
				raw.name,
				raw.header_line or None,
				same[0],
				"each column once",
				Words(f"{len(same)} columns of this name"),
			)
			ok = False
	fields = dict(table.by_name)
	for name, heading in (extra or {}).items():
		hits = [i for i, text in enumerate(raw.header) if text == heading]
		if hits:
			fields[name] = Field(name, NUMBER)
			found[name] = hits[0]
	for f in table.fields:
		if f.required and f.name not in found and f.name not in (columns or {}):
			problems.add(
				raw.name,
				raw.header_line or None,
				None,
				f"a column {expected_heading(table, f)} in the {table.title} file",
				_columns_found(raw),
				raw.unit,
			)
			ok = False
	if not ok:
		return None
	texts = {name: cells(raw, index) for name, index in found.items()}
	headings = {name: raw.header[index] for name, index in found.items()}
	keep = range(len(raw.lines))
	if document:
		keep = _fill_documents(raw, table, texts, headings, problems)
	else:
		key = next(f.name for f in table.fields if f.required)
		known = [n for n in texts if n != key]
		keep = [
			i
			for i in keep
			if not values.is_empty(texts[key][i]) or any(not values.is_empty(texts[n][i]) for n in known)
		]
	lines = [raw.lines[i] for i in keep]
	if len(keep) != len(raw.lines):
		texts = {name: [column[i] for i in keep] for name, column in texts.items()}
	result = Columns(raw, {}, lines, headings)
	style = options.decimal
	numeric = [n for n in texts if fields[n].kind == NUMBER]
	if style is None and numeric:
		unique = {v for n in numeric for v in set(texts[n]) if isinstance(v, str)}
		style = values.number_style(unique, "." if raw.delimiter != ";" else None)
	for name, column in texts.items():
		result.data[name] = _typed(result, fields[name], column, style, options, problems)
	return result


def _columns_found(raw: RawFile) -> str:
	names = [h for h in raw.header if h]
	more = f" and {len(names) - 12} more" if len(names) > 12 else ""
	return Words("the columns " + ", ".join(names[:12]) + more if names else "no column headings")


def _fill_documents(raw: RawFile, table: Table, texts, headings, problems: Problems) -> list[int]:
	"""Fill the parent cells that ERPNext leaves blank on the second and following item rows; drop empty rows."""
	parent = [n for n in texts if not table.by_name[n].item]
	items = [n for n in texts if table.by_name[n].item]
	ids = texts["name"]
	keep: list[int] = []
	current = None
	for i in range(len(ids)):
		if not values.is_empty(ids[i]):
			if values.text(ids[i]).lower() == "total" and values.is_empty(texts["customer"][i]):
				continue
			current = i
		else:
			filled = [n for n in parent if not values.is_empty(texts[n][i])]
			has_item = any(not values.is_empty(texts[n][i]) for n in items)
			if not filled and not has_item:
				continue
			if filled or current is None:
				problems.add(
					raw.name,
					raw.lines[i],
					headings["name"],
					"the number of the document (only further item lines of it may leave it blank)",
					"",
					raw.unit,
				)
				continue
			for n in parent:
				texts[n][i] = texts[n][current]
		keep.append(i)
	return keep


def _typed(columns: Columns, f: Field, column: list, style, options: Options, problems: Problems) -> list:
	if f.kind == NUMBER:

		def convert(v):
			return values.number(v, style)
	elif f.kind == DATE:
		order = values.date_order((v for v in set(column) if isinstance(v, str)), options.date_order)

		def convert(v):
			return values.date(v, order)
	elif f.kind == CHECK:
		convert = values.check
	else:
		convert = values.text
	cache: dict = {}
	bad: dict = {}
	result = []
	must = f.required and f.filled
	hint = {NUMBER: values.NUMBER_HINT, DATE: values.DATE_HINT, TEXT: "a value", CHECK: values.CHECK_HINT}[
		f.kind
	]
	heading, raw = columns.headings[f.name], columns.raw
	for i, value in enumerate(column):
		try:
			typed = cache[value]
		except (KeyError, TypeError):
			try:
				typed = convert(value)
			except ValueError as error:
				typed, bad[value] = None, str(error)
			try:
				cache[value] = typed
			except TypeError:
				pass
		if value in bad:
			problems.add(raw.name, columns.lines[i], heading, bad[value], value, raw.unit)
		elif must and (typed is None or typed == ""):
			problems.add(raw.name, columns.lines[i], heading, hint, value or "", raw.unit)
		result.append(typed)
	return result
