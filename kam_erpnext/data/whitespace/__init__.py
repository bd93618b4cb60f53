"""The whitespace matrix as a reader may see it: accounts against item groups, filled from documents and estimates.

Sales come from `data.sales`, open amounts from `data.pipeline`, both added up by the database for the customers the
reader may see; nothing else enters any cell, total or comparison.
"""

from kam_erpnext.data.whitespace.cell import read_cell
from kam_erpnext.data.whitespace.matrix import Matrix, read_matrix
from kam_erpnext.data.whitespace.places import (
	ACCOUNT,
	BUYING_CENTRE,
	DIVISION,
	KINDS,
	TERRITORY,
	WhitespaceFilters,
)

__all__ = [
	"ACCOUNT",
	"BUYING_CENTRE",
	"DIVISION",
	"KINDS",
	"TERRITORY",
	"Matrix",
	"WhitespaceFilters",
	"read_cell",
	"read_matrix",
]
