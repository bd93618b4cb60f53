"""Mapping files: how to read data that was not exported from ERPNext. Format in docs/command-line.md."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path

from kam_erpnext.offline import values
from kam_erpnext.offline.problems import InputError
from kam_erpnext.offline.reader import Options
from kam_erpnext.offline.tables import NUMBER, TABLES

if sys.version_info >= (3, 11):
	import tomllib
else:
	import tomli as tomllib

SHIPPED = Path(__file__).parent / "mappings"


@dataclass
class Join:
	"""Columns of another file, joined to customers by ``match`` (our field) = ``column`` (theirs)."""

	file: str
	match: str
	column: str
	columns: dict[str, str]
	multiply: dict[str, float] = field(default_factory=dict)


@dataclass
class TableMapping:
	"""How one table is read; everything left out is found by ERPNext's own names."""

	files: list[str] = field(default_factory=list)
	columns: dict[str, str] = field(default_factory=dict)
	extra: dict[str, str] = field(default_factory=dict)
	multiply: dict[str, float] = field(default_factory=dict)
	replace: dict[str, dict[str, str]] = field(default_factory=dict)
	joins: list[Join] = field(default_factory=list)
	key: str | None = None
	levels: list[str] = field(default_factory=list)
	root: str | None = None


@dataclass
class Mapping:
	"""A mapping file as read. ``tables`` by key of ``tables.TABLES``."""

	title: str = ""
	source: str = ""
	tables: dict[str, TableMapping] = field(default_factory=dict)
	options: Options = field(default_factory=Options)
	currency: str | None = None
	company: str | None = None
	fiscal_year_start: tuple[int, int] | None = None

	def table(self, key: str) -> TableMapping:
		"""The mapping of one table, empty if the file does not mention it."""
		return self.tables.get(key) or TableMapping()


class MappingError(InputError):
	"""A mapping file that cannot be used; the message names file and place."""


def month_day(text: str) -> tuple[int, int]:
	"""``"07-01"`` -> (7, 1). ValueError for anything that is not a day of the year."""
	month, _, day = str(text).partition("-")
	if not (month.isdigit() and day.isdigit()):
		raise ValueError
	found = (int(month), int(day))
	if not (
		1 <= found[0] <= 12
		and 1 <= found[1] <= (29 if found[0] == 2 else 30 if found[0] in (4, 6, 9, 11) else 31)
	):
		raise ValueError
	return found


def load(path: str | Path | None) -> Mapping:
	"""Read a mapping file, or a shipped one by its name (``adventureworks``). None gives an empty mapping."""
	if path is None:
		return Mapping()
	file = Path(path)
	if not file.is_file() and (SHIPPED / f"{path}.toml").is_file():
		file = SHIPPED / f"{path}.toml"
	if not file.is_file():
		shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
		raise MappingError(f"--mapping {path}: there is no such mapping file. Shipped mappings: {shipped}")
	try:
		data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
	except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
		raise MappingError(f"{file.name}: this is not a valid TOML file: {error}") from None
	except RecursionError:
		raise MappingError(f"{file.name}: lists or tables are nested too deeply.") from None
	return _Reader(file.name).mapping(data)


class _Reader:
	def __init__(self, source: str):
		self.source = source

	def fail(self, place: str, message: str):
		raise MappingError(f"{self.source}, {place}: {message}")

	def known(self, place: str, data, names):
		"""``data`` is a table holding only ``names``; a close name is suggested."""
		if not isinstance(data, dict):
			self.fail(place, f"expected a table, found {data!r}")
		for key in data:
			if key not in names:
				near = difflib.get_close_matches(key, names, 1)
				hint = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(names)}"
				self.fail(place, f'"{key}" is not known here. {hint}')

	def text(self, place: str, value) -> str:
		if not isinstance(value, str) or not value.strip():
			self.fail(place, f"expected a text, found {value!r}")
		return value

	def texts(self, place: str, value, names=None) -> dict[str, str]:
		if not isinstance(value, dict):
			self.fail(place, f"expected a table of texts, found {value!r}")
		if names is not None:
			self.known(place, value, names)
		return {key: self.text(f"{place}.{key}", v) for key, v in value.items()}

	def factors(self, place: str, value, names) -> dict[str, float]:
		self.known(place, value, names)
		for key, v in value.items():
			if isinstance(v, bool) or not isinstance(v, int | float):
				self.fail(f"{place}.{key}", f"expected a number, found {v!r}")
		return {key: float(v) for key, v in value.items()}

	def mapping(self, data: dict) -> Mapping:
		self.known("top level", data, ["title", "settings", *TABLES])
		result = Mapping(title=str(data.get("title", "")), source=self.source)
		self.settings(result, data.get("settings", {}))
		for key in TABLES:
			if key in data:
				result.tables[key] = self.table(key, data[key])
		return result

	def settings(self, result: Mapping, data):
		names = [
			"currency",
			"company",
			"decimal",
			"date_format",
			"delimiter",
			"encoding",
			"fiscal_year_start",
		]
		self.known("settings", data, names)
		get = {k: self.text(f"settings.{k}", v) for k, v in data.items()}
		if get.get("decimal", ".") not in (".", ","):
			self.fail("settings.decimal", f'expected "." or ",", found "{get["decimal"]}"')
		order = get.get("date_format")
		if order and order not in values.DATE_ORDERS:
			self.fail("settings.date_format", f'expected {", ".join(values.DATE_ORDERS)}, found "{order}"')
		if len(get.get("delimiter", ",")) != 1:
			self.fail("settings.delimiter", f'expected one character, found "{get["delimiter"]}"')
		if "fiscal_year_start" in get:
			try:
				result.fiscal_year_start = month_day(get["fiscal_year_start"])
			except ValueError:
				self.fail(
					"settings.fiscal_year_start",
					f'expected month-day such as "07-01", found "{get["fiscal_year_start"]}"',
				)
		result.currency, result.company = get.get("currency"), get.get("company")
		result.options = Options(
			get.get("decimal"),
			values.DATE_ORDERS.get(order or ""),
			get.get("delimiter"),
			get.get("encoding"),
		)

	def table(self, key: str, data) -> TableMapping:
		fields = list(TABLES[key].by_name)
		names = ["file", "files", "columns", "multiply", "replace"]
		if key == "customer":
			names += ["extra", "join"]
		if key in ("territory", "item_group"):
			names += ["levels", "root", "key"]
		self.known(key, data, names)
		result = TableMapping()
		if "file" in data:
			result.files = [self.text(f"{key}.file", data["file"])]
		for i, name in enumerate(data.get("files", [])):
			result.files.append(self.text(f"{key}.files[{i + 1}]", name))
		result.columns = self.texts(f"{key}.columns", data.get("columns", {}), fields)
		result.extra = self.texts(f"{key}.extra", data.get("extra", {}))
		numbers = [f.name for f in TABLES[key].fields if f.kind == NUMBER] + list(result.extra)
		result.multiply = self.factors(f"{key}.multiply", data.get("multiply", {}), numbers)
		replace = data.get("replace", {})
		self.known(f"{key}.replace", replace, fields)
		result.replace = {name: self.texts(f"{key}.replace.{name}", pairs) for name, pairs in replace.items()}
		joins = data.get("join", [])
		for i, join in enumerate(joins if isinstance(joins, list) else [joins]):
			result.joins.append(self.join(f"{key}.join[{i + 1}]", join))
		for name in ("root", "key"):
			if name in data:
				setattr(result, name, self.text(f"{key}.{name}", data[name]))
		levels = data.get("levels", [])
		if not isinstance(levels, list):
			self.fail(f"{key}.levels", f"expected a list of columns from the top down, found {levels!r}")
		result.levels = [self.text(f"{key}.levels", level) for level in levels]
		return result

	def join(self, place: str, data) -> Join:
		self.known(place, data, ["file", "match", "column", "columns", "multiply"])
		for name in ("file", "match", "column", "columns"):
			if name not in data:
				self.fail(place, f'"{name}" is missing')
		match = self.text(f"{place}.match", data["match"])
		if match not in ("name", "customer_name"):
			self.fail(f"{place}.match", f'expected "name" or "customer_name", found "{match}"')
		columns = self.texts(f"{place}.columns", data["columns"])
		return Join(
			self.text(f"{place}.file", data["file"]),
			match,
			self.text(f"{place}.column", data["column"]),
			columns,
			self.factors(f"{place}.multiply", data.get("multiply", {}), list(columns)),
		)
