"""Exported files -> checked customers, invoice lines and trees.

What counts as net sales is decided here, once, in the way the app decides it on a site: the sum of
``base_net_amount`` of submitted Sales Invoice items in company currency, returns included as negative lines; drafts,
cancelled documents, opening entries and sales to internal customers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from kam_erpnext.offline import values
from kam_erpnext.offline.mapping import Join, Mapping, TableMapping
from kam_erpnext.offline.problems import InputError, Problems, Words
from kam_erpnext.offline.reader import Columns, Options, RawFile, read_columns, read_raw
from kam_erpnext.offline.tables import (
	CUSTOMER,
	ITEM,
	ITEM_GROUP,
	NUMBER,
	SALES_INVOICE,
	SALES_INVOICE_ITEM,
	TERRITORY,
	Field,
	Table,
	plain,
)

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
PROFILE = ("potential", "market_value", "market_units", "influence_reach")
EXCLUDED = {
	"draft": "drafts",
	"cancelled": "cancelled documents",
	"opening": "opening entries",
	"internal": "sales to internal customers",
	"company": "documents of other companies",
}


@dataclass
class Tree:
	"""A tree of names such as territories. ``parent[name]`` is None for a root."""

	parent: dict[str, str | None] = field(default_factory=dict)

	def below(self, name: str) -> set[str]:
		"""The node and everything under it."""
		children: dict[str | None, list[str]] = {}
		for node, parent in self.parent.items():
			children.setdefault(parent, []).append(node)
		found, stack = set(), [name]
		while stack:
			node = stack.pop()
			if node not in found:
				found.add(node)
				stack.extend(children.get(node, []))
		return found

	def path(self, name: str) -> list[str]:
		"""From the root down to the node."""
		nodes: list[str] = []
		current: str | None = name
		while current and current not in nodes:
			nodes.insert(0, current)
			current = self.parent.get(current)
		return nodes

	def depth(self) -> int:
		"""Number of levels."""
		return max((len(self.path(name)) for name in self.parent), default=0)


@dataclass
class Dataset:
	"""Everything read from a folder.

	``customers``: one row per customer (``customer, customer_name, customer_group, territory, market_segment,
	is_internal_customer, disabled``, the profile numbers, of which 0 means unknown, and further number fields); ``lines``: one row per counted invoice line
	(``document, customer, date, item_code, item_group, qty, net_sales, cost, is_return``), company currency, cost NaN =
	unknown; ``excluded``: reason -> (documents, lines); ``notes``: sentences about the data.
	"""

	customers: pd.DataFrame
	lines: pd.DataFrame
	territories: Tree
	item_groups: Tree
	files: list[tuple[str, int]]
	excluded: dict[str, tuple[int, int]]
	notes: list[str]
	currency: str
	company: str | None
	fields: list[str] = field(default_factory=list)

	def names(self) -> pd.Series:
		"""Customer id -> name to show; a name that several customers carry is followed by the id."""
		frame = self.customers.set_index("customer")["customer_name"]
		double = frame.duplicated(keep=False)
		return frame.where(~double, frame + " (" + frame.index.astype(str) + ")")


def load(
	folder: str | Path,
	mapping: Mapping | None = None,
	company: str | None = None,
	currency: str | None = None,
	fields: list[str] | None = None,
	say: Callable[[str], None] = lambda text: None,
) -> Dataset:
	"""Read and check a folder of exported files. InputError / DataError when anything is wrong.

	``fields`` are number fields of Customer that the criteria use; ``say`` is told about progress.
	"""
	return _Loader(Path(folder), mapping or Mapping(), list(fields or []), say).load(company, currency)


class _Loader:
	def __init__(self, folder: Path, mapping: Mapping, fields: list[str], say):
		self.folder, self.mapping, self.fields, self.say = folder, mapping, fields, say
		self.problems = Problems()
		self.notes: list[str] = []
		self.files: list[tuple[str, int]] = []
		self.keys: dict[str, dict[str, str]] = {}
		self.cache: dict[Path, RawFile | None] = {}
		self.invoices_say_internal = False

	# files

	def paths(self, table: Table) -> list[Path]:
		"""The files of a table: as the mapping says, else by name."""
		named = self.mapping.table(table.key).files
		if named:
			found = []
			for name in named:
				path = self.folder / name
				if path.is_file():
					found.append(path)
				else:
					self.problems.add(
						name,
						None,
						None,
						f"this file in {self.folder} (the mapping file names it)",
						Words("no such file"),
					)
			return found
		return [
			path
			for path in sorted(self.folder.iterdir())
			if path.is_file()
			and path.suffix.lower() in SUFFIXES
			and re.sub(r"[^a-z]", "", path.stem.lower()).removeprefix("tab") in table.files
		]

	def raw(self, path: Path) -> RawFile | None:
		if path in self.cache:
			return self.cache[path]
		raw = self.cache[path] = read_raw(path, self.problems, self.mapping.options, self.folder)
		if raw is not None:
			if raw.encoding == "cp1252" and not self.mapping.options.encoding:
				self.notes.append(f"{raw.name} is not UTF-8; it was read as Windows-1252.")
			self.files.append((raw.name, len(raw.rows)))
			self.say(f"{raw.name}: {len(raw.rows):,} rows")
		return raw

	def tables(self, table: Table, document=False) -> list[Columns]:
		"""Every file of a table, read, with replaced and multiplied values."""
		result = []
		wanted = self.mapping.table(table.key)
		for path in self.paths(table):
			raw = self.raw(path)
			if raw is None:
				continue
			extra = self.extra_columns(raw, wanted) if table is CUSTOMER else None
			columns = read_columns(
				raw, table, self.problems, self.mapping.options, wanted.columns, extra, document=document
			)
			if columns is not None:
				_apply(columns, wanted)
				result.append(columns)
		return result

	def extra_columns(self, raw: RawFile, wanted: TableMapping) -> dict[str, str]:
		extra = dict(wanted.extra)
		for heading in extra.values():
			if heading not in raw.header:
				self.problems.add(
					raw.name,
					raw.header_line or None,
					heading,
					"a column of this name (the mapping file uses it)",
					Words("no such column"),
					raw.unit,
				)
		by_plain = {plain(heading): heading for heading in raw.header if heading}
		for name in self.fields:
			if name not in extra and plain(name) in by_plain:
				extra[name] = by_plain[plain(name)]
		return extra

	# the whole

	def load(self, company, currency) -> Dataset:
		if not self.folder.is_dir():
			raise InputError(f"--data {self.folder}: there is no such folder.")
		if not self.paths(SALES_INVOICE):
			self.problems.stop()
			there = ", ".join(sorted(p.name for p in self.folder.iterdir() if p.is_file())[:12]) or "nothing"
			raise InputError(
				f'--data {self.folder}: no invoices found. Put the export of Sales Invoice there as "Sales Invoice.csv" (or '
				f".parquet), or say in a mapping file which file holds them. The folder has: {there}"
			)
		territories = self.tree(TERRITORY)
		item_groups = self.tree(ITEM_GROUP)
		items = self.items()
		customers = self.customers()
		invoices = self.invoices(items)
		self.problems.stop()
		company = company or self.mapping.company
		frame, excluded, company = self.count(invoices, customers, company)
		customers = self.complete(customers, frame)
		# territories named by a key in other files (AdventureWorks' numbers) become names
		frame = frame.drop(columns=["territory", "customer_name"])
		missing = [f for f in self.fields if f not in customers.columns]
		if missing:
			raise InputError(
				f'The criteria use the customer field "{missing[0]}", but the customer file has no column of that name.'
			)
		double = customers["customer_name"].duplicated(keep=False).sum()
		if double:
			self.notes.append(
				f"{double} customers share their name with another; they are told apart by their id."
			)
		unknown = int(frame["cost"].isna().sum())
		if unknown:
			if unknown == len(frame):
				self.notes.append("No line has a cost, so gross profit is unknown.")
			else:
				self.notes.append(
					f"Cost is unknown on {unknown:,} of {len(frame):,} lines; gross profit leaves these lines out."
				)
		for reason, (documents, lines) in excluded.items():
			self.notes.append(
				f"Left out: {documents:,} {EXCLUDED[reason] if documents != 1 else EXCLUDED[reason].rstrip('s')} "
				f"({lines:,} {'line' if lines == 1 else 'lines'})."
				if reason != "internal"
				else f"Left out: sales to internal customers, {documents:,} documents ({lines:,} lines)."
			)
		return Dataset(
			customers.reset_index(drop=True),
			frame.reset_index(drop=True),
			territories,
			item_groups,
			self.files,
			excluded,
			self.notes,
			currency or self.mapping.currency or _company_currency(invoices, company) or "company currency",
			company,
			self.fields,
		)

	# trees and items

	def tree(self, table: Table) -> Tree:
		wanted = self.mapping.table(table.key)
		if wanted.levels:
			return self.levels_tree(table, wanted)
		parent_field = f"parent_{table.key}"
		tree = Tree()
		places: dict[str, tuple[str, int]] = {}
		for columns in self.tables(table):
			raw, data = columns.raw, columns.data
			for i, (name, parent) in enumerate(zip(data["name"], data[parent_field], strict=True)):
				if not name:
					continue
				if name in places:
					file, line = places[name]
					self.problems.add(
						raw.name,
						columns.lines[i],
						columns.headings["name"],
						f"each {table.title} once (it is also in {file}, {raw.unit} {line})",
						name,
						raw.unit,
					)
					continue
				places[name] = (raw.name, columns.lines[i])
				tree.parent[name] = parent or None
		for name, parent in tree.parent.items():
			seen = {name}
			while parent and parent in tree.parent:
				if parent in seen:
					file, line = places[name]
					self.problems.add(file, line, None, f"a tree, but {name} is above itself", name)
					break
				seen.add(parent)
				parent = tree.parent[parent]
		return tree

	def levels_tree(self, table: Table, wanted: TableMapping) -> Tree:
		tree = Tree({wanted.root: None} if wanted.root else {})
		keys = self.keys.setdefault(table.key, {})
		for path in self.paths(table):
			raw = self.raw(path)
			if raw is None:
				continue
			names = [*wanted.levels, *([wanted.key] if wanted.key else [])]
			missing = [name for name in names if name not in raw.header]
			for name in missing:
				self.problems.add(
					raw.name,
					raw.header_line or None,
					name,
					"a column of this name (the mapping file uses it as a level)",
					Words("the columns " + ", ".join(raw.header[:12])),
					raw.unit,
				)
			if missing:
				continue
			at = [raw.header.index(name) for name in names]
			for row, line in zip(raw.rows, raw.lines, strict=True):
				texts = [values.text(row[i]) if i < len(row) else "" for i in at]
				parent = wanted.root
				for heading, name in zip(wanted.levels, texts, strict=False):
					if not name or name == parent:
						continue
					if tree.parent.setdefault(name, parent) != parent:
						self.problems.add(
							raw.name,
							line,
							heading,
							f"one place in the tree for each name ({tree.parent[name]})",
							name,
						)
						break
					parent = name
				if wanted.key and texts[-1] and parent:
					keys[texts[-1]] = parent
		return tree

	def named(self, table: str, column: list) -> list:
		"""Keys of a tree replaced by the names of its nodes."""
		keys = self.keys.get(table)
		return [keys.get(value, value) for value in column] if keys else column

	def items(self) -> dict[str, str]:
		result: dict[str, str] = {}
		for columns in self.tables(ITEM):
			groups = self.named("item_group", columns.data["item_group"])
			result.update({n: g for n, g in zip(columns.data["name"], groups, strict=True) if n and g})
		return result

	# customers

	def customers(self) -> pd.DataFrame | None:
		frames, places = [], {}
		for columns in self.tables(CUSTOMER):
			raw, data = columns.raw, columns.data
			for i, name in enumerate(data["name"]):
				if name and name in places:
					file, line = places[name]
					self.problems.add(
						raw.name,
						columns.lines[i],
						columns.headings["name"],
						f"each customer once (this one is also in {file}, {raw.unit} {line})",
						name,
						raw.unit,
					)
				elif name:
					places[name] = (raw.name, columns.lines[i])
			frames.append(pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in data.items()}))
		if not frames:
			return None
		frame = pd.concat(frames, ignore_index=True).rename(columns={"name": "customer"})
		if "territory" in frame:
			frame["territory"] = self.named("territory", frame["territory"].tolist())
		if "customer_name" not in frame:
			frame["customer_name"] = frame["customer"]
		frame["customer_name"] = frame["customer_name"].where(
			frame["customer_name"].astype(bool), frame["customer"]
		)
		for join in self.mapping.table("customer").joins:
			self.join(frame, join)
		return frame

	def join(self, frame: pd.DataFrame, join: Join):
		path = self.folder / join.file
		if not path.is_file():
			self.problems.add(
				join.file, None, None, "this file (the mapping file joins it)", Words("no such file")
			)
			return
		raw = self.raw(path)
		if raw is None:
			return
		fields = (Field("name", required=True), *(Field(name, NUMBER) for name in join.columns))
		columns = read_columns(
			raw,
			Table("join", "joined", fields),
			self.problems,
			self.mapping.options,
			{"name": join.column, **join.columns},
		)
		if columns is None:
			return
		other = pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in columns.data.items()})
		own = frame["customer" if join.match == "name" else "customer_name"]
		clear = ~own.duplicated(keep=False)
		other = other[~other["name"].duplicated(keep=False)].set_index("name")
		for name in join.columns:
			numbers = pd.to_numeric(other[name]) * join.multiply.get(name, 1.0)
			frame[name] = own.map(numbers).where(clear)
		double = int((~clear).sum())
		if double:
			self.notes.append(
				f"{raw.name}: {double} customers have a name that is not unique, so nothing was joined to them."
			)

	def complete(self, customers: pd.DataFrame | None, lines: pd.DataFrame) -> pd.DataFrame:
		"""Customers of the file, plus those that only the invoices know; missing territories from the last invoice."""
		last = (
			lines.sort_values(["date", "document"], kind="stable")
			.groupby("customer")[["customer_name", "territory"]]
			.last()
		)
		if customers is None:
			customers = pd.DataFrame({"customer": pd.Series(dtype=object)})
			self.notes.append("There is no customer file: customers without invoices are not known.")
		elif len(extra := last.index.difference(customers["customer"])):
			shown = ", ".join(map(str, extra[:3])) + (" ..." if len(extra) > 3 else "")
			self.notes.append(
				f"{len(extra)} customers have invoices but are not in the customer file ({shown})."
			)
		rest = last.index.difference(customers["customer"])
		if len(rest):
			customers = pd.concat([customers, pd.DataFrame({"customer": rest})], ignore_index=True)
		for name in ("customer_name", "customer_group", "territory", "market_segment"):
			if name not in customers:
				customers[name] = ""
			customers[name] = customers[name].astype(object).where(customers[name].notna(), "")
			if name in last:
				known = customers["customer"].map(last[name]).astype(object)
				use = (customers[name] == "") & known.notna()
				customers.loc[use, name] = known[use]
		empty = customers["customer_name"] == ""
		customers.loc[empty, "customer_name"] = customers.loc[empty, "customer"]
		for name in ("is_internal_customer", "disabled"):
			customers[name] = [value is True for value in customers[name]] if name in customers else False
		text = {
			"customer",
			"customer_name",
			"customer_group",
			"territory",
			"market_segment",
			"is_internal_customer",
			"disabled",
		}
		for name in [*PROFILE, *(c for c in customers.columns if c not in text and c not in PROFILE)]:
			customers[name] = pd.to_numeric(customers[name]).astype(float) if name in customers else np.nan
		for name in PROFILE:
			customers[name] = customers[name].where(customers[name] != 0)
		return customers

	# invoices

	def invoices(self, items: dict[str, str]) -> pd.DataFrame:
		item_files = self.paths(SALES_INVOICE_ITEM)
		table = SALES_INVOICE
		if item_files:
			# documents and lines in two files, as in a database dump
			required = tuple(f for f in SALES_INVOICE.fields if not f.item)
			table = Table(table.key, table.title, required, table.files, table.item_suffixes)
		frames, owner = [], {}
		for columns in self.tables(table, document=not item_files):
			raw = columns.raw
			names = columns.data["name"]
			for name in dict.fromkeys(names):
				if name and owner.setdefault(name, raw.name) != raw.name:
					self.problems.add(
						raw.name,
						columns.lines[names.index(name)],
						columns.headings["name"],
						f"each document in one file only (it is also in {owner[name]})",
						name,
						raw.unit,
					)
			self.check_documents(columns)
			frame = pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in columns.data.items()})
			frame["_status"] = self.status(columns)
			frames.append(frame)
		if item_files:
			frames = self.join_items(frames)
		if not frames:
			return pd.DataFrame()
		frame = pd.concat(frames, ignore_index=True).rename(
			columns={"name": "document", "posting_date": "date"}
		)
		for name in ("item_code", "item_group", "territory", "customer_name", "company", "currency"):
			if name not in frame:
				frame[name] = ""
			frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
		for name in (
			"qty",
			"base_net_amount",
			"cost",
			"incoming_rate",
			"stock_qty",
			"conversion_factor",
			"conversion_rate",
		):
			frame[name] = pd.to_numeric(frame[name]).astype(float) if name in frame else np.nan
		frame["item_group"] = self.named("item_group", frame["item_group"].tolist())
		if items:
			frame["item_group"] = frame["item_group"].where(
				frame["item_group"] != "", frame["item_code"].map(items).fillna("")
			)
		frame["territory"] = self.named("territory", frame["territory"].tolist())
		frame["date"] = pd.to_datetime(frame["date"])
		stock_qty = frame["stock_qty"].fillna(frame["qty"] * frame["conversion_factor"].fillna(1.0))
		valued = (frame["incoming_rate"] * stock_qty).where(frame["incoming_rate"] != 0)
		frame["cost"] = frame["cost"].fillna(valued)
		frame["qty"] = stock_qty
		self.invoices_say_internal = "is_internal_customer" in frame
		if "is_return" not in frame:
			# without the column, a document whose lines add up to less than zero is a return
			frame["is_return"] = frame.groupby("document")["base_net_amount"].transform("sum") < 0
		for name in ("is_return", "is_opening", "is_internal_customer"):
			frame[name] = (
				[value is True or value is np.True_ for value in frame[name]] if name in frame else False
			)
		return frame.rename(columns={"base_net_amount": "net_sales"})

	def check_documents(self, columns: Columns):
		"""All lines of a document belong to one customer and one date."""
		names = columns.data["name"]
		for name in ("customer", "posting_date"):
			first: dict = {}
			for i, (document, value) in enumerate(zip(names, columns.data[name], strict=True)):
				if document and value and first.setdefault(document, value) != value:
					self.problems.add(
						columns.raw.name,
						columns.lines[i],
						columns.headings[name],
						f"the same in all lines of {document} ({first[document]})",
						value,
						columns.raw.unit,
					)

	def status(self, columns: Columns) -> list[str]:
		"""draft, submitted, cancelled or internal for each row."""
		data = columns.data
		numbers = {"0": "draft", "1": "submitted", "2": "cancelled"}
		words = {
			"draft": "draft",
			"cancelled": "cancelled",
			"canceled": "cancelled",
			"submitted": "submitted",
		}
		rows = len(columns)
		if not columns.has("docstatus") and not columns.has("status"):
			self.notes.append(
				f"{columns.raw.name} has no status column; every document was taken as submitted."
			)
			return ["submitted"] * rows
		docstatus = data.get("docstatus") or [""] * rows
		status = data.get("status") or [""] * rows
		result = []
		for i, (number, word) in enumerate(zip(docstatus, status, strict=True)):
			key = str(number).lower()
			if key:
				found = numbers.get(key) or words.get(key)
				if not found:
					self.problems.add(
						columns.raw.name,
						columns.lines[i],
						columns.headings["docstatus"],
						"0 (draft), 1 (submitted) or 2 (cancelled)",
						number,
						columns.raw.unit,
					)
			else:
				found = words.get(str(word).lower(), "submitted")
			if found == "submitted" and str(word).lower() == "internal transfer":
				found = "internal"
			result.append(found or "submitted")
		return result

	def join_items(self, frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
		if not frames:
			return []
		parents = pd.concat(frames, ignore_index=True)
		known = set(parents["name"])
		joined = []
		for columns in self.tables(SALES_INVOICE_ITEM):
			for i, parent in enumerate(columns.data["parent"]):
				if parent and parent not in known:
					self.problems.add(
						columns.raw.name,
						columns.lines[i],
						columns.headings["parent"],
						"a document that is in the Sales Invoice file",
						parent,
						columns.raw.unit,
					)
			frame = pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in columns.data.items()})
			joined.append(frame.merge(parents, left_on="parent", right_on="name", how="inner"))
		return joined

	def count(self, frame: pd.DataFrame, customers: pd.DataFrame | None, company: str | None):
		"""The lines that count, what was left out, and the company."""
		reason = pd.Series("", index=frame.index, dtype=object)
		companies = sorted({c for c in frame["company"] if c})
		if company and companies:
			if company not in companies:
				raise InputError(
					f'--company: there is no invoice of the company "{company}". Companies: {", ".join(companies)}'
				)
			reason[frame["company"] != company] = "company"
		elif len(companies) > 1:
			raise InputError(
				f"The invoices belong to {len(companies)} companies ({', '.join(companies)}), each with its own company "
				"currency. Say which one to use with --company."
			)
		elif companies:
			company = companies[0]
		internal = frame["is_internal_customer"].astype(bool)
		if not self.invoices_say_internal and customers is not None and "is_internal_customer" in customers:
			inside = {
				c
				for c, f in zip(customers["customer"], customers["is_internal_customer"], strict=True)
				if f is True
			}
			internal = frame["customer"].isin(inside)
		for name, mask in (
			("draft", frame["_status"] == "draft"),
			("cancelled", frame["_status"] == "cancelled"),
			("opening", frame["is_opening"].astype(bool)),
			("internal", internal | (frame["_status"] == "internal")),
		):
			reason[mask & (reason == "")] = name
		excluded = {}
		for name in EXCLUDED:
			mask = reason == name
			if mask.any():
				excluded[name] = (int(frame.loc[mask, "document"].nunique()), int(mask.sum()))
		columns = [
			"document",
			"customer",
			"customer_name",
			"date",
			"territory",
			"item_code",
			"item_group",
			"qty",
			"net_sales",
			"cost",
			"is_return",
		]
		return frame.loc[reason == "", columns].copy(), excluded, company


def _apply(columns: Columns, wanted: TableMapping):
	for name, pairs in wanted.replace.items():
		if name in columns.data:
			columns.data[name] = [pairs.get(v, v) for v in columns.data[name]]
	for name, factor in wanted.multiply.items():
		if name in columns.data:
			columns.data[name] = [None if v is None else v * factor for v in columns.data[name]]


def _company_currency(frame: pd.DataFrame, company: str | None) -> str | None:
	"""The currency of the invoices whose exchange rate is 1 is the company's."""
	if "currency" not in frame:
		return None
	own = frame[frame["conversion_rate"] == 1.0]
	if company:
		own = own[(own["company"] == company) | (own["company"] == "")]
	found = {c for c in own["currency"] if c}
	return found.pop() if len(found) == 1 else None


__all__ = ["Dataset", "Options", "Tree", "load"]
