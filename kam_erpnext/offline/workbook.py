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
	"""A workbook whose rows are written one after the other, so that large results need little memory."""

	def __init__(self):
		from openpyxl import Workbook
		from openpyxl.styles import Alignment, Font, PatternFill

		self.book = Workbook(write_only=True)
		self.bold = Font(bold=True)
		self.title = Font(bold=True, size=14)
		self.soft = Font(color="5A6775")
		self.head = Font(bold=True, color="FFFFFF")
		self.fill = PatternFill("solid", fgColor="1D3B5C")
		self.wrap = Alignment(wrap_text=True, vertical="center")
		self.left = Alignment(horizontal="left")
		self.right = Alignment(wrap_text=True, vertical="center", horizontal="right")

	def cell(self, sheet, value, style: str | None = None, **looks):
		"""One cell with its looks; None for an unknown value."""
		from openpyxl.cell import WriteOnlyCell

		value = cell(value)
		if value is None:
			return None
		result = WriteOnlyCell(sheet, value)
		if isinstance(value, str):
			result.data_type = "s"
		elif style:
			result.number_format = style
		for name, look in looks.items():
			setattr(result, name, look)
		return result

	def sheet(
		self,
		name: str,
		columns: list[tuple],
		rows: list[tuple],
		freeze: str = "A2",
		aside: tuple[list[tuple], list[tuple]] | None = None,
	):
		"""A sheet with ``columns`` = (title, number format or None, width), heading frozen and filtered.

		``aside`` is a second, small table to the right of it: its columns and rows.
		"""
		from openpyxl.cell import WriteOnlyCell
		from openpyxl.utils import get_column_letter

		sheet = self.book.create_sheet(name)
		rows = rows[:EXCEL_ROWS]
		every = list(columns)
		if aside:
			every += [(None, None, 4), *aside[0]]
		for i, (_, _, width) in enumerate(every, 1):
			sheet.column_dimensions[get_column_letter(i)].width = width
		sheet.row_dimensions[1].height = 32
		sheet.freeze_panes = freeze
		sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
		sheet.page_setup.orientation = "landscape"
		sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
		sheet.sheet_properties.pageSetUpPr = _page_setup()
		sheet.print_title_rows = "1:1"
		sheet.append(
			[
				self.cell(
					sheet, title, font=self.head, fill=self.fill, alignment=self.right if style else self.wrap
				)
				for title, style, _ in every
			]
		)
		# one cell per column serves all rows: a row is written out at once
		numbers = []
		for _, style, _ in columns:
			number = WriteOnlyCell(sheet)
			if style:
				number.number_format = style
			numbers.append(number)
		texts = [WriteOnlyCell(sheet) for _ in columns]
		small = aside[1] if aside else []
		for r in range(max(len(rows), len(small))):
			written = []
			for i, value in enumerate(rows[r] if r < len(rows) else [None] * len(columns)):
				value = cell(value)
				if value is None:
					written.append(None)
				elif isinstance(value, str):
					texts[i].value = value
					texts[i].data_type = "s"
					written.append(texts[i])
				else:
					numbers[i].value = value
					written.append(numbers[i])
			if r < len(small):
				written.append(None)
				written += [
					self.cell(sheet, value, style)
					for value, (_, style, _) in zip(small[r], aside[0], strict=True)
				]
			sheet.append(written)


def _page_setup():
	from openpyxl.worksheet.properties import PageSetupProperties

	return PageSetupProperties(fitToPage=True)


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
	sheet.freeze_panes = "A2"
	sheet.sheet_view.showGridLines = False
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
		name, value, style, remark = (*row, None, None, None, None)[:4]
		looks = {"font": book.title} if r == 1 else {"font": book.bold} if len(row) == 1 else {}
		sheet.append(
			[
				book.cell(sheet, name, **looks),
				book.cell(sheet, value, style, **({"alignment": book.left} if name else {})),
				book.cell(sheet, remark, font=book.soft),
			]
		)


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
	classes = [
		("Class", None, 9),
		("Customers", WHOLE, 11),
		("of all", PERCENT, 10),
		("Net sales", MONEY, 18),
		("Share", PERCENT, 10),
	]
	small = [
		("no sales" if name == "none" else name, *rest)
		for name, *rest in abc_table(result).itertuples(index=False, name=None)
	]
	book.sheet("ABC", columns, rows, freeze="D2", aside=(classes, small))


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
