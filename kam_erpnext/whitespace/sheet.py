"""The matrix as an Excel file."""

from frappe import _
from frappe.utils.xlsxutils import build_xlsx_response

from kam_erpnext.data.whitespace import Matrix

UNKNOWN = "–"


def respond(matrix: Matrix) -> None:
	"""Answers the request with the file: one line per cell of which something is known, then the unknown ones by row."""
	build_xlsx_response(lines(matrix), "Whitespace")


def lines(matrix: Matrix) -> list[list]:
	"""One line per cell, headed; what is not known is a dash, so that nobody adds it up as zero."""
	head = [
		_("Row"),
		_("Belongs To"),
		_("Item Group"),
		_("State"),
		_("Net Sales"),
		_("Open"),
		_("Weighted"),
		_("Wallet"),
		_("Gap"),
		_("Expected by Comparison"),
		_("Gap by Comparison"),
		_("Priority"),
		_("Contract Ends"),
		_("Currency"),
	]
	found = {(cell["row"], cell["column"]): cell for cell in matrix.cells.to_dict("records")}
	result = [head]
	for key, row in matrix.rows.to_dict("index").items():
		for column, about in matrix.columns.to_dict("index").items():
			cell = found.get((key, column))
			result.append(
				[
					row["label"],
					row["sub"],
					about["label"],
					*_figures(cell),
					matrix.currency,
				]
			)
	return result


def _figures(cell: dict | None) -> list:
	if cell is None:
		return [_("Unknown"), 0, 0, 0, *[UNKNOWN] * 5, ""]
	amounts = [
		cell[name] if cell[name] is not None and cell[name] == cell[name] else UNKNOWN
		for name in ("net_sales", "open", "weighted", "wallet", "gap", "expected", "peer_gap", "priority")
	]
	free_on = cell["free_on"]
	return [_(cell["state"]), *amounts, str(free_on) if free_on and free_on == free_on else ""]
