"""Daily sales as columns: packed month by month for keeping, and added up in memory.

A *month* of a company has two tables. `LINES`: one row per customer, item group, sales person, day and service with `qty` (stock
units), `net_sales` and `cost` of goods (company currency); a service, which costs what was paid for it last, has its key and no
cost, all others have no key. Amounts are shared out among the sales people of a document, what is allocated to
nobody has none. `HEADS`: one row per customer and day with `documents`, `sold` (those that are no returns), `returned` (amount
taken back, above 0) and `net_sales` of the documents as a whole. Both are in the order of their days.

Adding up a million rows takes some hundredths of a second, because names are numbers and days of a month stand together.
"""

import base64
import hashlib
import io
import json
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kam_erpnext.engine.periods import Period

LINES, HEADS = "lines", "heads"
NAMES = {LINES: ("customer", "item_group", "sales_person", "service"), HEADS: ("customer",)}
FIGURES = {LINES: ("qty", "net_sales", "cost"), HEADS: ("documents", "sold", "returned", "net_sales")}
# sums are exact to this many decimals, which is more than the database keeps of a currency
DECIMALS = 6
# up to so many groups a table of all of them is quicker than sorting
DENSE = 4_000_000


# months that were packed otherwise are made anew
FORMAT = "2"


class Unreadable(ValueError):
	"""Packed text that is damaged, or was packed by another version of the app."""


def pack(lines: pd.DataFrame, heads: pd.DataFrame) -> str:
	"""A month as text: the columns of LINES and HEADS (`day` a date), see `unpack`. The same rows make the same text."""
	arrays: dict[str, np.ndarray] = {}
	names: dict[str, list] = {}
	for table, frame in ((LINES, lines), (HEADS, heads)):
		days = np.array([day.toordinal() for day in frame["day"]], dtype=np.int32)
		codes = {}
		for column in NAMES[table]:
			values = frame[column].astype(object)
			known = sorted({name for name in values if isinstance(name, str)})
			number = {name: place for place, name in enumerate(known)}
			codes[column] = np.array([number.get(name, len(known)) for name in values], dtype=np.int32)
			names[f"{table}.{column}"] = [*known, None]
		order = np.lexsort([*(codes[column] for column in reversed(NAMES[table])), days])
		arrays[f"{table}.day"] = days[order]
		for column in NAMES[table]:
			arrays[f"{table}.{column}"] = codes[column][order]
		for column in FIGURES[table]:
			arrays[f"{table}.{column}"] = frame[column].to_numpy(dtype=float)[order]
	arrays["names"] = np.frombuffer(json.dumps(names).encode(), dtype=np.uint8)
	out = io.BytesIO()
	np.savez_compressed(out, **arrays)
	return base64.b64encode(out.getvalue()).decode()


def version_of(text: str) -> str:
	"""Tells packed months apart; begins with their FORMAT."""
	return f"{FORMAT}:{hashlib.sha1(text.encode()).hexdigest()}"


def unpack(text: str) -> tuple[dict[str, np.ndarray], dict[str, list]]:
	"""Arrays by `table.column`, and the names their numbers stand for. Raises Unreadable."""
	try:
		with np.load(io.BytesIO(base64.b64decode(text, validate=True)), allow_pickle=False) as found:
			arrays = {name: found[name] for name in found.files}
		names = json.loads(arrays.pop("names").tobytes())
		for table in (LINES, HEADS):
			lengths = {len(arrays[f"{table}.{column}"]) for column in ("day", *NAMES[table], *FIGURES[table])}
			if len(lengths) != 1:
				raise Unreadable("columns of different length")
			for column in NAMES[table]:
				codes = arrays[f"{table}.{column}"]
				if len(codes) and not 0 <= codes.min() <= codes.max() < len(names[f"{table}.{column}"]):
					raise Unreadable("a number without a name")
	except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
		raise Unreadable(str(error)) from error
	return arrays, names


def frames(text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
	"""LINES and HEADS of a packed month, as `pack` took them."""
	arrays, names = unpack(text)
	found = []
	for table in (LINES, HEADS):
		columns = {"day": [date.fromordinal(int(day)) for day in arrays[f"{table}.day"]]}
		for column in NAMES[table]:
			known = np.array(names[f"{table}.{column}"], dtype=object)
			columns[column] = known[arrays[f"{table}.{column}"]] if len(known) else []
		for column in FIGURES[table]:
			columns[column] = arrays[f"{table}.{column}"]
		found.append(pd.DataFrame(columns, columns=["day", *NAMES[table], *FIGURES[table]]))
	return found[0], found[1]


class Codes:
	"""Numbers of names, the same for all months of a store."""

	def __init__(self):
		self.names: list[str | None] = []
		self.numbers: dict[str | None, int] = {}

	def __len__(self):
		return len(self.names)

	def of(self, names: Iterable[str | None]) -> np.ndarray:
		"""Numbers of names, given to those that have none yet."""
		numbers, known = self.numbers, self.names
		found = []
		for name in names:
			number = numbers.get(name)
			if number is None:
				number = numbers[name] = len(known)
				known.append(name)
			found.append(number)
		return np.array(found, dtype=np.int32)

	def mask(self, names: Iterable[str]) -> np.ndarray:
		"""True at the numbers of these names; names without a number are in no month."""
		size, numbers = len(self.names), self.numbers
		found = np.zeros(size, dtype=bool)
		# another thread may be giving out numbers: those are not of the months that are being read
		found[[number for name in names if (number := numbers.get(name, size)) < size]] = True
		return found


@dataclass(frozen=True)
class Month:
	"""A month in the numbers of a store."""

	key: str
	version: str
	first: date
	arrays: dict[str, np.ndarray]

	@property
	def bytes(self) -> int:
		"""Memory it takes."""
		return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True)
class Only:
	"""Which rows count: names of customers and item groups (None: all), and `without`, customers left out of some months
	(keys of months)."""

	customers: frozenset[str] | None = None
	item_groups: frozenset[str] | None = None
	without: Mapping[str, frozenset[str]] | None = None


class Store:
	"""Months in memory, of one site, shared by the threads of a process. The longest unused ones go when there is no room
	(bytes)."""

	def __init__(self, room: int):
		self.room = room
		self._lock = threading.Lock()
		self.codes = {name: Codes() for name in NAMES[LINES]}
		self._months: dict[str, Month] = {}

	def get(self, key: str, version: str) -> Month | None:
		"""A month, if it is there in this version."""
		with self._lock:
			month = self._months.get(key)
			if month is None or month.version != version:
				return None
			self._months[key] = self._months.pop(key)  # the last used stand last
			return month

	def put(self, key: str, version: str, first: date, text: str) -> Month:
		"""Takes in a packed month whose first day is `first`. Raises Unreadable."""
		arrays, names = unpack(text)
		with self._lock:
			for table in (LINES, HEADS):
				for column in NAMES[table]:
					name = f"{table}.{column}"
					numbers = self.codes[column].of(names[name])
					arrays[name] = numbers[arrays[name]] if len(numbers) else arrays[name].astype(np.int32)
			month = Month(key, version, first, arrays)
			self._months.pop(key, None)
			self._months[key] = month
			used = sum(each.bytes for each in self._months.values())
			for other in [*self._months]:
				if used <= self.room or other == key:
					break
				used -= self._months.pop(other).bytes
		return month


class Sum:
	"""Adds up months of a store over a period."""

	def __init__(self, store: Store, months: Sequence[Month], period: Period, only: Only):
		self.store, self.months, self.only = store, months, only
		self.parts: dict[str, list[tuple[Month, slice]]] = {LINES: [], HEADS: []}
		first, end = period.start.toordinal(), period.end.toordinal()
		for month in months:
			for table, parts in self.parts.items():
				days = month.arrays[f"{table}.day"]
				start, stop = np.searchsorted(days, (first, end))
				if stop > start:
					parts.append((month, slice(int(start), int(stop))))

	def within(self, period: Period) -> "Sum":
		"""The same of some of the days."""
		return Sum(self.store, self.months, period, self.only)

	def sales(
		self,
		by: Sequence[str],
		figures: Sequence[str],
		starts: Sequence[date] = (),
		attributes: Mapping[str, Mapping[str, str | None]] | None = None,
		rate_of: Callable[[str | None], float] | None = None,
	) -> pd.DataFrame:
		"""Columns of `by` and `figures` (`qty`, `net_sales`, `cost`), one row per group that occurs. `rate_of` says what a
		service costs per unit.

		`by` are names of LINES, `day`, `period` (first day of the month), `slice` (number of the last of `starts` that is not
		after the day) and keys of `attributes` (customer -> value). Without `by` one row, empty when nothing occurs.
		"""
		of_lines = (
			{"item_group", "sales_person"} & {*by}
			or {"qty", "cost"} & {*figures}
			or self.only.item_groups is not None
		)
		table = LINES if of_lines else HEADS  # which are fewer
		rows = self._rows(table)
		axes = [self._axis(table, name, rows, starts, attributes or {}) for name in by]
		weights = [
			self._cost(rows, rate_of) if name == "cost" else self._column(table, name, rows)
			for name in figures
		]
		return self._grouped(table, by, axes, figures, rows, weights)

	def heads(self, by: Sequence[str], figures: Sequence[str]) -> pd.DataFrame:
		"""Columns of `by` (`customer`, `day`) and `figures` of HEADS, one row per group that occurs."""
		rows = self._rows(HEADS)
		axes = [self._axis(HEADS, name, rows, (), {}) for name in by]
		return self._grouped(
			HEADS, by, axes, figures, rows, [self._column(HEADS, name, rows) for name in figures]
		)

	def last_day(self) -> pd.DataFrame:
		"""`customer, last_date`: the last day with a document that is no return."""
		rows = self._rows(HEADS)
		customers, days = self._column(HEADS, "customer", rows), self._column(HEADS, "day", rows)
		sold = self._column(HEADS, "sold", rows) > 0
		names = [*self.store.codes["customer"].names]
		last = np.zeros(len(names), dtype=np.int32)
		last[customers[sold]] = days[sold]  # days rise, so the last one stays
		found = np.flatnonzero(last)
		return pd.DataFrame(
			{
				"customer": [names[number] for number in found],
				"last_date": [date.fromordinal(int(last[number])) for number in found],
			},
			columns=["customer", "last_date"],
		)

	def _rows(self, table: str) -> list[np.ndarray | None]:
		"""Per part which of its rows count; None for all of them."""
		only, codes = self.only, self.store.codes
		customers = None if only.customers is None else codes["customer"].mask(only.customers)
		groups = None if only.item_groups is None else codes["item_group"].mask(only.item_groups)
		found = []
		for month, part in self.parts[table]:
			masks = []
			if customers is not None:
				masks.append(customers[month.arrays[f"{table}.customer"][part]])
			if groups is not None and table == LINES:
				masks.append(groups[month.arrays["lines.item_group"][part]])
			left_out = (only.without or {}).get(month.key)
			if left_out:
				masks.append(~codes["customer"].mask(left_out)[month.arrays[f"{table}.customer"][part]])
			found.append(np.logical_and.reduce(masks) if masks else None)
		return found

	def _column(self, table: str, name: str, rows: list[np.ndarray | None]) -> np.ndarray:
		parts = []
		for (month, part), mask in zip(self.parts[table], rows, strict=True):
			values = month.arrays[f"{table}.{name}"][part]
			parts.append(values if mask is None else values[mask])
		return np.concatenate(parts) if parts else np.array([], dtype=np.int32)

	def _axis(self, table, name, rows, starts, attributes) -> tuple[np.ndarray, list]:
		"""Numbers of the rows along one dimension, and what they stand for."""
		if name in NAMES[table]:
			return self._column(table, name, rows), [*self.store.codes[name].names]
		if name == "period":
			firsts = sorted({month.first for month, _part in self.parts[table]})
			number = {first: place for place, first in enumerate(firsts)}
			parts = [
				np.full(
					part.stop - part.start if mask is None else int(mask.sum()), number[month.first], np.int32
				)
				for (month, part), mask in zip(self.parts[table], rows, strict=True)
			]
			return (np.concatenate(parts) if parts else np.array([], dtype=np.int32)), firsts
		if name in attributes:
			return self._attribute(table, attributes[name], rows)
		days = self._column(table, "day", rows)
		if name == "slice":
			bounds = np.array([start.toordinal() for start in starts[1:]], dtype=np.int32)
			return np.searchsorted(bounds, days, side="right").astype(np.int32), [*range(len(bounds) + 1)]
		first = int(days.min()) if len(days) else 0
		last = int(days.max()) if len(days) else 0
		return days - first, [date.fromordinal(day) for day in range(first, last + 1)] if first else []

	def _attribute(self, table: str, values: Mapping[str, str | None], rows) -> tuple[np.ndarray, list]:
		"""The value of the customer of each row."""
		codes = Codes()
		by_customer = codes.of(values.get(name) for name in [*self.store.codes["customer"].names])
		customers = self._column(table, "customer", rows)
		return (by_customer[customers] if len(by_customer) else customers), codes.names

	def _cost(self, rows, rate_of: Callable[[str | None], float] | None) -> np.ndarray:
		"""Cost of goods as it was kept, and of services at their rates."""
		services = self._column(LINES, "service", rows)
		used = np.unique(services)
		names = [*self.store.codes["service"].names]
		rates = np.zeros(len(names))
		for number in used:
			rates[number] = rate_of(names[number]) if rate_of and names[number] else 0.0
		cost = self._column(LINES, "cost", rows)
		return cost + self._column(LINES, "qty", rows) * rates[services] if len(services) else cost

	def _grouped(self, table, by, axes, figures, rows, weights) -> pd.DataFrame:
		length = sum(
			part.stop - part.start if mask is None else int(mask.sum())
			for (_month, part), mask in zip(self.parts[table], rows, strict=True)
		)
		if not by:
			sums = [float(np.round(weight.sum(), DECIMALS)) if length else np.nan for weight in weights]
			return pd.DataFrame([sums], columns=[*figures])
		if not length:
			return pd.DataFrame(columns=[*by, *figures]).astype(dict.fromkeys(figures, float))
		sizes = [max(len(names), 1) for _numbers, names in axes]
		keys = np.zeros(length, dtype=np.int64)
		for (numbers, _names), size in zip(axes, sizes, strict=True):
			keys = keys * size + numbers
		if np.prod(sizes, dtype=float) <= DENSE:
			groups = np.flatnonzero(np.bincount(keys, minlength=1))
			sums = [np.bincount(keys, weights=weight)[groups] for weight in weights]
		else:
			groups, places = np.unique(keys, return_inverse=True)
			sums = [np.bincount(places, weights=weight) for weight in weights]
		columns = {}
		for name, (_numbers, names), size in reversed([*zip(by, axes, sizes, strict=True)]):
			groups, numbers = np.divmod(groups, size)
			known = np.empty(len(names), dtype=object)
			known[:] = names
			columns[name] = known[numbers]
		found = {name: columns[name] for name in by}
		found |= {name: np.round(values, DECIMALS) for name, values in zip(figures, sums, strict=True)}
		return pd.DataFrame(found, columns=[*by, *figures])
