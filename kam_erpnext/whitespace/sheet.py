"""The matrix as an Excel file."""

import re
from io import BytesIO

from frappe import _
from frappe.desk.utils import provide_binary_file
from frappe.utils import formatdate
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from kam_erpnext.data.whitespace import Matrix
from kam_erpnext.engine.whitespace import (
	BLOCKED,
	COMPETITOR,
	INTERNAL,
	NOT_ADDRESSABLE,
	OPEN,
	PEERS,
	POTENTIAL,
	UNKNOWN,
	WON,
)

NOT_KNOWN = "–"
MONEY = "#,##0.00"
FILLS = {
	state: PatternFill("solid", fgColor=colour)
	for state, colour in {
		WON: "CFE3F7",
		OPEN: "FCE7B8",
		POTENTIAL: "DDF1DC",
		COMPETITOR: "F8DDE7",
		INTERNAL: "E4E6EA",
		BLOCKED: "E4E6EA",
	}.items()
}
HEAD = PatternFill("solid", fgColor="1D3B5C")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def respond(matrix: Matrix) -> None:
	"""Answers the request with the file."""
	provide_binary_file("Whitespace", "xlsx", workbook(matrix))


def workbook(matrix: Matrix) -> bytes:
	"""Two sheets: the matrix as it stands on the page with its totals, and one line per cell."""
	book = Workbook(write_only=True)
	_matrix_sheet(book, matrix)
	_cells_sheet(book, matrix)
	content = BytesIO()
	book.save(content)
	return content.getvalue()


# ---------------------------------------------------------------- the matrix


def _matrix_sheet(book: Workbook, matrix: Matrix) -> None:
	"""Net sales where something was sold, else the state in words: what is unknown stays empty, it is not zero."""
	filters, columns = matrix.filters, list(matrix.columns["label"].items())
	sheet = book.create_sheet(_("Matrix"))
	_widths(sheet, [34, 24, *[15] * len(columns), 16])
	sheet.freeze_panes = "C4"
	sheet.append([_cell(sheet, _("Whitespace: {0}").format(filters.company), font=Font(bold=True, size=14))])
	sheet.append(
		[
			_cell(
				sheet,
				_("Net sales in {0}, {1} to {2}. An empty cell is unknown, not zero.").format(
					matrix.currency, formatdate(filters.period.start), formatdate(filters.period.last_day)
				),
			)
		]
	)
	sheet.append(_head(sheet, [_("Row"), _("Belongs To"), *(label for _key, label in columns), _("Total")]))
	found, competitors = _by_place(matrix), _competitors(matrix)
	for key, row in matrix.rows.to_dict("index").items():
		sheet.append(
			[
				_cell(sheet, row["label"]),
				_cell(sheet, row["sub"]),
				*(
					_shown(sheet, found.get((key, column)), competitors.get((key, column)))
					for column, _label in columns
				),
				_cell(sheet, matrix.row_totals[key].net_sales, MONEY, font=Font(bold=True)),
			]
		)
	sheet.append(
		[
			_cell(sheet, _("Total"), font=Font(bold=True)),
			None,
			*(
				_cell(sheet, matrix.column_totals[column].net_sales, MONEY, font=Font(bold=True))
				for column, _label in columns
			),
			_cell(sheet, matrix.total.net_sales, MONEY, font=Font(bold=True)),
		]
	)


def _shown(sheet, cell: dict | None, competitor: str | None):
	if cell is None:
		return None
	state = cell["state"]
	if cell["net_sales"]:
		return _cell(sheet, round(cell["net_sales"], 2), MONEY, fill=FILLS.get(state))
	if state == UNKNOWN:
		return None
	name = competitor if state == COMPETITOR else None
	return _cell(sheet, name or _(state), fill=FILLS.get(state))


def _competitors(matrix: Matrix) -> dict[tuple, str]:
	named = matrix.estimates.competitors
	return {
		(item.row, item.column): named[item.name] for item in matrix.estimates.placed if item.name in named
	}


# ---------------------------------------------------------------- one line per cell


def _cells_sheet(book: Workbook, matrix: Matrix) -> None:
	sheet = book.create_sheet(_("Cells"))
	rows = lines(matrix)
	_widths(sheet, [34, 24, 24, 14, *[15] * 8, 20, 14, 10])
	sheet.freeze_panes = "D2"
	sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{len(rows)}"
	sheet.append(_head(sheet, rows[0]))
	for row in rows[1:]:
		sheet.append([_cell(sheet, value, MONEY) for value in row])


def lines(matrix: Matrix) -> list[list]:
	"""One line per cell, headed; what is not known is a dash, so that nobody adds it up as zero."""
	head = [
		_("Row"),
		_("Belongs To"),
		_("Item Group"),
		_("State", context="KAM"),
		_("Net Sales"),
		_("Open"),
		_("Weighted"),
		_("Wallet"),
		_("Gap"),
		_("Expected by Comparison"),
		_("Gap by Comparison"),
		_("Priority"),
		_("Competitor"),
		_("Contract Ends"),
		_("Currency"),
	]
	found, competitors = _by_place(matrix), _competitors(matrix)
	result = [head]
	for key, row in matrix.rows.to_dict("index").items():
		for column, about in matrix.columns.to_dict("index").items():
			result.append(
				[
					row["label"],
					row["sub"],
					about["label"],
					*_figures(found.get((key, column)), competitors.get((key, column), "")),
					matrix.currency,
				]
			)
	return result


def _by_place(matrix: Matrix) -> dict[tuple, dict]:
	return {(cell["row"], cell["column"]): cell for cell in matrix.cells.to_dict("records")}


def _figures(cell: dict | None, competitor: str) -> list:
	if cell is None:
		return [_(UNKNOWN), 0, 0, 0, *[NOT_KNOWN] * 5, competitor, ""]
	# as on the page: no gap by comparison where a wallet is known, nor where nothing can be sold
	compared = {**cell, "peer_gap": cell["peer_gap"] if cell["basis"] == PEERS else None}
	if cell["state"] in NOT_ADDRESSABLE:
		compared["expected"] = None
	amounts = [
		round(float(compared[name]), 2)
		if compared[name] is not None and compared[name] == compared[name]
		else NOT_KNOWN
		for name in ("net_sales", "open", "weighted", "wallet", "gap", "expected", "peer_gap", "priority")
	]
	free_on = cell["free_on"]
	return [_(cell["state"]), *amounts, competitor, free_on if free_on and free_on == free_on else ""]


# ---------------------------------------------------------------- cells of Excel


def _head(sheet, titles: list[str]) -> list:
	looks = {
		"font": Font(bold=True, color="FFFFFF"),
		"fill": HEAD,
		"alignment": Alignment(wrap_text=True, vertical="center"),
	}
	return [_cell(sheet, title, **looks) for title in titles]


def _cell(sheet, value, style: str | None = None, **looks):
	"""One cell; text is text, also where it begins with a sign that Excel takes for a formula."""
	if value is None or value == "":
		return None
	text = isinstance(value, str)
	cell = WriteOnlyCell(sheet, CONTROL_CHARACTERS.sub("", value) if text else value)
	if text:
		cell.data_type = "s"
	elif style and isinstance(value, int | float):
		cell.number_format = style
	for name, look in looks.items():
		if look is not None:
			setattr(cell, name, look)
	return cell


def _widths(sheet, widths: list[int]) -> None:
	for place, width in enumerate(widths, 1):
		sheet.column_dimensions[get_column_letter(place)].width = width
