"""What stands behind one cell: documents, months, customers, deals, estimates, comparison."""

import frappe
from frappe import _
from frappe.utils import flt, fmt_money

from kam_erpnext.data import pipeline, sales
from kam_erpnext.data.pipeline import PipelineFilters
from kam_erpnext.data.whitespace.matrix import Matrix, day, read_matrix, sales_filters
from kam_erpnext.data.whitespace.places import NO_ITEM_GROUP, WhitespaceFilters
from kam_erpnext.engine import whitespace as engine

NEWEST = 8
# parts of a deal that are still open
OPEN_PARTS = ("idea", "quoted", "ordered")


def read_cell(filters: WhitespaceFilters, row: str, column: str) -> dict | None:
	"""Everything about the cell of a row and a column; None when the reader has no such row or column."""
	matrix = read_matrix(filters, only_row=row)
	if row not in matrix.rows.index or column not in matrix.columns.index:
		return None
	customers = tuple(sorted(name for name, key in matrix.places.row_of_customer.items() if key == row))
	groups = tuple(name for name, place in matrix.places.column_of.items() if place == column)
	found = matrix.cells[matrix.cells["column"] == column].to_dict("records")
	record = matrix.rows.loc[row]
	return {
		"row": row,
		"column": column,
		"figures": plain(found[0]) if found else None,
		"margin": matrix.margins.get(column),
		"sales": _sales(filters, customers, groups) if column != NO_ITEM_GROUP else None,
		"deals": _deals(matrix, row, column),
		"estimates": _estimates(matrix, row, column),
		"peers": _peers(matrix, row, column),
		"customers": [
			{"name": name, "label": matrix.places.customers.at[name, "customer_name"]} for name in customers
		],
		"account": record["key_account"],
		"customer": record["customer"],
		"year": matrix.year,
		"share_of_year": matrix.share_of_year,
		"item_group": column if _is_whole_group(matrix, column) else None,
		"groups": list(groups),
	}


def plain(record: dict) -> dict:
	"""A record of the engine as the page takes it: unknown is None."""
	result = {}
	for name, value in record.items():
		if name == "free_on":
			result[name] = day(value)
		else:
			result[name] = None if value is None or value != value else value
	return result


def _is_whole_group(matrix: Matrix, column: str) -> bool:
	"""An estimate can be entered for a column that is an item group with all that lies below it."""
	below = matrix.places.below_group.get(column)
	return bool(below) and {matrix.places.column_of[name] for name in below} == {column}


def _sales(filters, customers: tuple, groups: tuple) -> dict | None:
	"""Months, the same days a year earlier, customers and the newest documents."""
	if not customers or not groups:
		return None
	within = sales_filters(filters, customers=customers, item_groups=groups)
	months = sales.net_sales(within, filters.period, by=("period",))
	by_customer = sales.net_sales(within, filters.period, by=("customer",))
	before = sales.net_sales(within, filters.period.previous_year(), by=())
	return {
		"source": within.source,
		"months": {str(month): flt(value, 2) for month, value in months[["period", "net_sales"]].values},
		"before": flt(before["net_sales"].fillna(0).sum(), 2),
		"customers": dict(by_customer[["customer", "net_sales"]].values.tolist()),
		"documents": sales.newest_documents(within, filters.period, NEWEST),
		"count": sales.document_count(within, filters.period),
	}


def _deals(matrix: Matrix, row: str, column: str) -> list[dict]:
	"""Open deals of the cell, the largest first."""
	places, filters = matrix.places, matrix.filters
	chain = pipeline.chain(PipelineFilters(filters.company, user=filters.user))
	titles = chain.deals.drop_duplicates(["source", "deal"]).set_index(["source", "deal"])
	found: dict[tuple, dict] = {}
	for part in chain.parts[chain.parts["part"].isin(OPEN_PARTS)].to_dict("records"):
		group = part["item_group"] or None
		place = places.column_of.get(group) if group else NO_ITEM_GROUP
		key = (
			places.row_of_customer.get(part["customer"])
			if part["customer"]
			else places.row_of_account.get(part["key_account"])
		)
		if place != column or key != row:
			continue
		deal = found.setdefault(
			(part["source"], part["deal"]),
			{
				"doctype": part["source"],
				"name": part["deal"],
				"probability": part["probability"] if part["probability"] == part["probability"] else None,
				"amount": 0.0,
			},
		)
		deal["amount"] += part["amount"]
		deal[part["part"]] = deal.get(part["part"], 0.0) + part["amount"]
	for key, deal in found.items():
		about = titles.loc[key]
		deal["title"] = about["title"]
		deal["stage"] = about["stage"]
		deal["expected_close"] = day(about["expected_close"])
	return sorted(found.values(), key=lambda deal: -deal["amount"])


def _estimates(matrix: Matrix, row: str, column: str) -> list[dict]:
	"""Wallets of the cell, the one of the whole cell first; `counts` tells whether it is in the figures."""
	here = [item for item in matrix.estimates.placed if (item.row, item.column) == (row, column)]
	counted = {item.name for item in engine.effective(here)}
	details = _details([item.name for item in here])
	result = []
	for item in sorted(here, key=lambda item: (item.name not in counted, item.name)):
		record = matrix.estimates.records[item.name]
		result.append(
			{
				**{
					name: record[name]
					for name in (
						"name",
						"customer",
						"key_account",
						"item_group",
						"year",
						"state",
					)
				},
				**details[item.name],
				"wallet": record.wallet if record.wallet_known else None,
				"target_share": item.target_share,
				"own_target": bool(record.target_share),
				"competitor": matrix.estimates.competitors.get(item.name),
				"contract_end": day(item.locked_until),
				"counts": item.name in counted,
				"suppliers": matrix.estimates.suppliers.get(item.name, 0),
			}
		)
	return result


def _details(names: list[str]) -> dict[str, dict]:
	"""What else the wallets of a cell say; they were read with the rights of the reader before."""
	if not names:
		return {}
	rows = frappe.get_all(
		"Key Account Wallet",
		filters={"name": ("in", names)},
		fields=[
			"name",
			"account_name",
			"reliability",
			"source",
			"note",
			"blocked_reason",
			"as_of",
			"modified",
		],
		order_by="name",
	)
	return {row.pop("name"): {**row, "as_of": day(row.as_of), "modified": str(row.modified)} for row in rows}


def _peers(matrix: Matrix, row: str, column: str) -> dict | None:
	"""The comparison with its reason in words."""
	lines = matrix.peers[(matrix.peers["row"] == row) & (matrix.peers["column"] == column)]
	if lines.empty:
		return None
	line = lines.to_dict("records")[0]
	segment = matrix.segments.get(row) or ""
	return {
		"peers": int(line["peers"]),
		"buyers": int(line["buyers"]),
		"expected": flt(line["expected"], 2),
		"reason": engine.reason(
			line,
			_(segment),
			money=lambda value: fmt_money(value, 0, matrix.currency),
			percent=lambda value: f"{frappe.format(flt(value, 1), {'fieldtype': 'Float', 'precision': 1})} %",
			_=_,
		),
	}
