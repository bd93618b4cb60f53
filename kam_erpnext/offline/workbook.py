"""The result as one Excel workbook."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd

from kam_erpnext.engine.measures import FIELD_PREFIX, MEASURES, measure_label
from kam_erpnext.offline.problems import InputError
from kam_erpnext.offline.run import Result, abc_table, rule_text

MONEY, PERCENT, DECIMAL, WHOLE = "#,##0.00", '0.0" %"', "#,##0.00", "#,##0"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
EXCEL_ROWS = 1_048_575


def require_packages() -> None:
	"""InputError with the remedy when openpyxl or plotly is not installed."""
	for name in ("openpyxl", "plotly"):
		try:
			__import__(name)
		except ImportError:
			raise InputError(
				f"The package {name} is missing. Install: pip install 'kam_erpnext[offline]'"
			) from None


def cell(value):
	"""A value as Excel takes it: unknown is an empty cell, a text is never taken for a formula."""
	if value is None or value is pd.NA:
		return None
	if isinstance(value, bool):
		return "yes" if value else "no"
	if isinstance(value, str):
		return _CONTROL.sub(" ", value)[:32_767]
	if hasattr(value, "item"):
		value = value.item()
	if isinstance(value, bool):
		return "yes" if value else "no"
	if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
		return None
	if isinstance(value, float):
		return round(value, 6)
	return value


class _Book:
	def __init__(self):
		from openpyxl import Workbook
		from openpyxl.styles import Alignment, Font, PatternFill

		self.book = Workbook(write_only=False)
		self.book.remove(self.book.active)
		self.bold = Font(bold=True)
		self.title = Font(bold=True, size=14)
		self.soft = Font(color="5A6775")
		self.head = Font(bold=True, color="FFFFFF")
		self.fill = PatternFill("solid", fgColor="1D3B5C")
		self.wrap = Alignment(wrap_text=True, vertical="center")
		self.left = Alignment(horizontal="left")
		self.right = Alignment(wrap_text=True, vertical="center", horizontal="right")

	def sheet(self, name: str, columns: list[tuple], rows: list[tuple], freeze: str = "A2"):
		"""A sheet with ``columns`` = (title, number format or None, width), heading frozen and filtered."""
		from openpyxl.utils import get_column_letter

		sheet = self.book.create_sheet(name)
		for i, (title, style, width) in enumerate(columns, 1):
			head = sheet.cell(1, i, title)
			head.font, head.fill, head.alignment = self.head, self.fill, self.right if style else self.wrap
			sheet.column_dimensions[get_column_letter(i)].width = width
		sheet.row_dimensions[1].height = 32
		for r, row in enumerate(rows[:EXCEL_ROWS], 2):
			for c, value in enumerate(row, 1):
				self.put(sheet, r, c, value, columns[c - 1][1])
		sheet.freeze_panes = freeze
		sheet.auto_filter.ref = (
			f"A1:{get_column_letter(len(columns))}{max(min(len(rows), EXCEL_ROWS) + 1, 1)}"
		)
		sheet.page_setup.orientation = "landscape"
		sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
		sheet.sheet_properties.pageSetUpPr.fitToPage = True
		sheet.print_title_rows = "1:1"

	def put(self, sheet, row: int, column: int, value, style: str | None = None):
		value = cell(value)
		if value is None:
			return
		target = sheet.cell(row, column, value)
		if isinstance(value, str):
			target.data_type = "s"
		elif style:
			target.number_format = style


def write_workbook(result: Result, path: Path) -> None:
	"""Write the sheets Summary, Selection, Criteria lines, Ranking, ABC and Portfolio. Unknown = empty cell."""
	book = _Book()
	_summary(book, result)
	_selection(book, result)
	_lines(book, result)
	_ranking(book, result)
	_abc(book, result)
	_portfolio(book, result)
	book.book.properties.title = result.title
	book.book.properties.creator = "KAM for ERPNext"
	book.book.save(path)


def _measure_format(key: str) -> str:
	unit = MEASURES[key].unit if key in MEASURES else "number"
	return {"currency": MONEY, "percent": PERCENT, "count": WHOLE, "days": WHOLE, "years": WHOLE}.get(
		unit, DECIMAL
	)


def _summary(book: _Book, result: Result):
	sheet = book.book.create_sheet("Summary")
	sheet.column_dimensions["A"].width = 34
	sheet.column_dimensions["B"].width = 24
	sheet.column_dimensions["C"].width = 80
	totals, found = result.totals, result.concentration
	counts = result.counts()
	now, after = result.key_accounts()
	growth = 100.0 * (totals["net_sales"] / totals["prior"] - 1) if totals["prior"] > 0 else None
	profit, costed = totals["gross_profit"], totals["costed_sales"]
	margin = 100.0 * profit / costed if profit is not None and costed > 0 else None
	rows: list[tuple] = [
		(result.title,),
		(),
		("Criteria", result.criteria.name, None, f"{result.criteria_source}: {rule_text(result.criteria)}"),
		("First day", result.period.start, "yyyy-mm-dd", result.window),
		("Last day", result.period.last_day, "yyyy-mm-dd"),
		("Compared with, first day", result.before.start, "yyyy-mm-dd"),
		("Compared with, last day", result.before.last_day, "yyyy-mm-dd"),
		("As of", result.as_of, "yyyy-mm-dd"),
		("Currency", result.currency),
		("Filters", "; ".join(result.filters) or "none"),
		(),
		("Net sales", totals["net_sales"], MONEY, "returns deducted"),
		("Net sales in the earlier period", totals["prior"], MONEY),
		("Change", growth, PERCENT),
		("Gross profit", profit, MONEY, "over the lines whose cost is known"),
		("Gross margin", margin, PERCENT),
		("Documents counted", totals["documents"], WHOLE, f"{totals['returns']:,} of them returns"),
		("Customers", totals["customers"], WHOLE),
		("Customers with sales", totals["buying"], WHOLE),
		(),
		*((f"Largest {n}, share of net sales", share, PERCENT) for n, share in found["cr"].items()),
		("Herfindahl index (HHI)", found["hhi"], WHOLE),
		(
			"Equal customers",
			found["effective_customers"],
			DECIMAL,
			"number of equally large customers, same concentration",
		),
		(),
		("Key accounts today", now, WHOLE),
		("Key accounts after this selection", after, WHOLE),
		*((f"Proposal: {name}", count, WHOLE) for name, count in counts.items()),
	]
	if result.warnings:
		rows += [(), ("Warnings",), *((None, text) for text in result.warnings)]
	rows += [(), ("About the data",)]
	rows += [(None, f"{name}: {count:,} rows") for name, count in result.files]
	rows += [(None, text) for text in result.notes]
	for r, row in enumerate(rows, 1):
		for column, index in ((1, 0), (2, 1), (3, 3)):
			if len(row) > index:
				book.put(sheet, r, column, row[index], row[2] if len(row) > 2 else None)
		first = sheet.cell(r, 1)
		if r == 1:
			first.font = book.title
		elif len(row) == 1:
			first.font = book.bold
		if len(row) > 3:
			sheet.cell(r, 3).font = book.soft
		if len(row) > 1 and row[0] is not None:
			sheet.cell(r, 2).alignment = book.left
	sheet.freeze_panes = "A2"
	sheet.sheet_view.showGridLines = False


def _selection(book: _Book, result: Result):
	units = result.units
	measures = [key for key in units.columns if key in MEASURES or key.startswith(FIELD_PREFIX)]
	columns = [
		("Rank", WHOLE, 7),
		("Id", None, 16),
		("Customer or key account", None, 36),
		("Customers", WHOLE, 11),
		("Customer group", None, 20),
		("Territory", None, 22),
		("Status now", None, 12),
		("Level now", None, 12),
		("Proposal", None, 11),
		("Proposed status", None, 12),
		("Proposed level", None, 12),
		("Reason", None, 70),
		("Score", DECIMAL, 9),
		("Band", None, 13),
		("Answered weight", PERCENT, 11),
		("Criteria met", WHOLE, 9),
		("Criteria open", WHOLE, 9),
		("Criteria", WHOLE, 9),
		("Qualifies", None, 10),
		("Screening passed", None, 11),
		("ABC by sales", None, 9),
		("ABC by profit", None, 9),
		("Quadrant", None, 13),
		*((measure_label(key), _measure_format(key), 17) for key in measures),
	]
	keys = [
		"customers",
		"customer_group",
		"territory",
		"status",
		"account_level",
		"proposal",
		"proposed_status",
		"proposed_level",
		"reason",
		"score",
		"band",
		"answered_share",
		"classification_met",
		"classification_unknown",
		"classification_total",
		"qualifies",
		"screening_pass",
		"sales_class",
		"margin_class",
		"quadrant",
		*measures,
	]
	data = [list(units[key]) for key in ("rank", "label", *keys)]
	rows = [(rank, unit, *rest) for unit, rank, *rest in zip(units.index, *data, strict=True)]
	book.sheet("Selection", columns, rows, freeze="D2")


def _lines(book: _Book, result: Result):
	labels = result.units["label"]
	ranks = result.units["rank"]
	frame = result.lines
	frame = frame.assign(rank=frame["unit"].map(ranks)).sort_values("rank", kind="stable")
	columns = [
		("Rank", WHOLE, 7),
		("Id", None, 16),
		("Customer or key account", None, 36),
		("Kind", None, 14),
		("Line", WHOLE, 7),
		("Criterion", None, 40),
		("Measure", None, 26),
		("Value", DECIMAL, 16),
		("Operator", None, 9),
		("Threshold", DECIMAL, 14),
		("Met", None, 8),
		("Weight A", PERCENT, 10),
		("Evaluation B", DECIMAL, 11),
		("A × B / 100", DECIMAL, 11),
		("Answered", None, 10),
		("Explanation", None, 80),
	]
	rows = [
		(
			line.rank,
			line.unit,
			labels.get(line.unit, line.unit),
			line.table.capitalize(),
			line.row,
			line.label,
			measure_label(line.measure) if isinstance(line.measure, str) else None,
			line.value,
			line.operator,
			line.threshold,
			("open" if line.met is None else line.met) if line.table != "scoring" else None,
			line.a,
			line.b,
			line.weighted,
			line.answered,
			line.explanation,
		)
		for line in frame.itertuples(index=False)
	]
	book.sheet("Criteria lines", columns, rows, freeze="D2")


def _ranking(book: _Book, result: Result):
	labels = result.units["label"]
	columns = [
		("Rank", WHOLE, 7),
		("Id", None, 16),
		("Customer or key account", None, 36),
		(f"Net sales {result.period}", MONEY, 20),
		(f"Net sales {result.before}", MONEY, 20),
		("Change", MONEY, 16),
		("Change %", PERCENT, 11),
		("Rank before", WHOLE, 9),
		("Movement", "+0;-0;0", 10),
		("Status", None, 9),
	]
	frame = result.ranking
	rows = [
		(rank, unit, labels.get(unit, unit), now, before, change, pct, old, move, status)
		for unit, rank, now, before, change, pct, old, move, status in zip(
			frame.index,
			frame["rank_now"],
			frame["now"],
			frame["before"],
			frame["change"],
			frame["change_pct"],
			frame["rank_before"],
			frame["movement"],
			frame["status"],
			strict=True,
		)
	]
	book.sheet("Ranking", columns, rows, freeze="D2")


def _abc(book: _Book, result: Result):
	labels = result.units["label"]
	sales, profit = result.pareto_sales, result.pareto_profit.reindex(result.pareto_sales.index)
	columns = [
		("Rank", WHOLE, 7),
		("Id", None, 16),
		("Customer or key account", None, 36),
		("Net sales", MONEY, 18),
		("Share", PERCENT, 10),
		("Cumulative share", PERCENT, 12),
		("Class by sales", None, 10),
		("Gross profit", MONEY, 18),
		("Share of profit", PERCENT, 10),
		("Cumulative share of profit", PERCENT, 13),
		("Class by profit", None, 10),
	]
	rows = [
		(rank, unit, labels.get(unit, unit), *rest)
		for unit, rank, *rest in zip(
			sales.index,
			sales["rank"],
			sales["value"],
			sales["share"],
			sales["cum_share"],
			sales["abc_class"],
			profit["value"],
			profit["share"],
			profit["cum_share"],
			profit["abc_class"],
			strict=True,
		)
	]
	book.sheet("ABC", columns, rows, freeze="D2")
	sheet = book.book["ABC"]
	for i, (title, style, width) in enumerate(
		(
			("Class", None, 9),
			("Customers", WHOLE, 11),
			("of all", PERCENT, 10),
			("Net sales", MONEY, 18),
			("Share", PERCENT, 10),
		)
	):
		column = len(columns) + 2 + i
		head = sheet.cell(1, column, title)
		head.font, head.fill, head.alignment = book.head, book.fill, book.right if style else book.wrap
		sheet.column_dimensions[head.column_letter].width = width
		for r, row in enumerate(abc_table(result).itertuples(index=False, name=None), 2):
			book.put(sheet, r, column, "no sales" if row[i] == "none" else row[i], style)


def _portfolio(book: _Book, result: Result):
	frame = result.portfolio
	columns = [
		("Id", None, 16),
		("Customer or key account", None, 36),
		("Attractiveness", DECIMAL, 14),
		("Relative strength", DECIMAL, 14),
		("Quadrant", None, 14),
		("Net sales", MONEY, 18),
		("Potential", MONEY, 18),
		("Proposal", None, 12),
	]
	rows = [
		(unit, *rest)
		for unit, *rest in zip(
			frame.index,
			*(
				frame[key]
				for key in (
					"label",
					"attractiveness",
					"strength",
					"quadrant",
					"net_sales",
					"potential",
					"proposal",
				)
			),
			strict=True,
		)
	]
	book.sheet("Portfolio", columns, rows, freeze="C2")
