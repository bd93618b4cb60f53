"""What the page Whitespace asks the server for."""

import frappe
from frappe import _
from frappe.utils import cint, flt, formatdate, getdate

from kam_erpnext.api.arguments import parsed, single_values
from kam_erpnext.data import whitespace
from kam_erpnext.data.whitespace import matrix as matrices
from kam_erpnext.data.whitespace import places
from kam_erpnext.data.windows import period_of
from kam_erpnext.engine.whitespace import STATES, Summary
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.report import common
from kam_erpnext.whitespace import estimates as estimated
from kam_erpnext.whitespace import opportunities, sheet

WALLET, OPPORTUNITY = "Key Account Wallet", "Key Account Opportunity"


@frappe.whitelist(methods=["GET"])
def matrix(filters: str | dict | None = None) -> dict:
	"""The matrix within the filters and the rights of the reader; see `data.whitespace`."""
	frappe.has_permission("Key Account", "read", throw=True)
	asked = read_filters(filters)
	return as_page(whitespace.read_matrix(asked))


@frappe.whitelist(methods=["GET"])
def cell(row: str, column: str, filters: str | dict | None = None) -> dict:
	"""What stands behind one cell: `figures, margin, sales, deals, estimates, peers, customers`, and where it is."""
	frappe.has_permission("Key Account", "read", throw=True)
	found = whitespace.read_cell(read_filters(filters), row, column)
	if found is None:
		frappe.throw(_("This cell is not in the matrix any more. Please refresh."), frappe.DoesNotExistError)
	return found


@frappe.whitelist(methods=["POST"])
def save_estimate(
	key_account: str,
	item_group: str,
	year: int,
	company: str,
	values: str | dict,
	customer: str | None = None,
) -> str:
	"""Enters what is known of a cell, or changes it; only the fields of `values` are touched. Returns the wallet's name."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	frappe.has_permission(WALLET, "write", throw=True)
	given = parsed(values, dict, _("Values must be an object with fields of the estimate."))
	return estimated.save(key_account, customer or None, item_group, year, company, given)


@frappe.whitelist(methods=["POST"])
def make_opportunity(
	key_account: str,
	item_group: str,
	company: str,
	title: str,
	amount: float,
	responsible: str,
	customer: str | None = None,
	expected_close: str | None = None,
	kind: str = "Idea",
	reason: str | None = None,
) -> str:
	"""Makes a Key Account Opportunity of a cell. Returns its name."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	frappe.has_permission(OPPORTUNITY, "create", throw=True)
	return opportunities.make(
		key_account=key_account,
		item_group=item_group,
		company=company,
		title=title,
		amount=flt(amount),
		responsible=responsible,
		customer=customer or None,
		expected_close=expected_close or None,
		kind=kind,
		reason=reason,
	)


@frappe.whitelist(methods=["GET"])
@frappe.read_only()
def export(filters: str | dict | None = None) -> None:
	"""Excel file: a sheet with the matrix and its totals, and one with a line per cell."""
	frappe.has_permission("Key Account", "export", throw=True)
	sheet.respond(whitespace.read_matrix(read_filters(filters)))


def read_filters(filters: str | dict | None) -> whitespace.WhitespaceFilters:
	"""Filters of the page; what is not given is taken from KAM Settings."""
	message = _("Filters must be an object with the names and values of filters.")
	given = single_values(parsed(filters or {}, dict, message))
	company = given.company or default_company()
	if not company:
		frappe.throw(_("Please choose a company, or enter a default company in KAM Settings."))
	kind = given.rows or whitespace.ACCOUNT
	if kind not in whitespace.KINDS:
		frappe.throw(_("Rows cannot be {0}. Choose one of: {1}.").format(kind, ", ".join(whitespace.KINDS)))
	period = period_of(
		given.period or get_settings().sales_window,
		company,
		getdate(given.as_of) if given.as_of else None,
		given.from_date,
		given.to_date,
	)
	return whitespace.WhitespaceFilters(
		company=company,
		period=period,
		rows=kind,
		level=max(0, cint(given.level)),
		all_customers=bool(cint(given.all_customers)),
		**{
			field: given.get(field) or None
			for field in ("item_group", "key_account", "customer_group", "territory", "market_segment")
		},
	)


def as_page(found: whitespace.Matrix) -> dict:
	"""The matrix as the page draws it: cells as one list per column of figures."""
	filters, cells = found.filters, found.cells
	rows = {name: place for place, name in enumerate(found.rows.index)}
	columns = {name: place for place, name in enumerate(found.columns.index)}
	cells = cells[cells["row"].isin(rows)]
	return {
		"company": filters.company,
		"currency": found.currency,
		"period": {"from": str(filters.period.start), "to": str(filters.period.last_day)},
		"year": found.year,
		"kind": filters.rows,
		"levels": places.levels(),
		"states": list(STATES),
		"rows": [
			{"key": key, **plain(record), **_totals(found.row_totals[key])}
			for key, record in found.rows.to_dict("index").items()
		],
		"columns": [
			{"key": key, **record, "margin": found.margins.get(key), **_totals(found.column_totals[key])}
			for key, record in found.columns.to_dict("index").items()
		],
		"total": {**_totals(found.total), "cross_sell": found.cross_sell},
		"cells": {
			"row": cells["row"].map(rows).tolist(),
			"column": cells["column"].map(columns).tolist(),
			"state": cells["state"].map({state: place for place, state in enumerate(STATES)}).tolist(),
			**{
				name: _numbers(cells[name])
				for name in (
					"net_sales",
					"open",
					"weighted",
					"unweighted",
					"wallet",
					"gap",
					"expected",
					"peer_gap",
					"priority",
				)
			},
			"basis": [str(basis)[:1] if basis == basis and basis else "" for basis in cells["basis"]],
			"free_on": [matrices.day(value) for value in cells["free_on"]],
		},
		"competitors": _competitors(found, rows, columns),
		"notes": notes(found),
		"warnings": warnings(found),
		"can_estimate": bool(frappe.has_permission(WALLET, "create")),
		"can_make_opportunity": bool(frappe.has_permission(OPPORTUNITY, "create")),
		"can_export": bool(frappe.has_permission("Key Account", "export")),
		"target_share": flt(get_settings().target_share),
	}


def _totals(total: Summary) -> dict:
	return {
		"net_sales": flt(total.net_sales, 2),
		"open": flt(total.open, 2),
		"weighted": flt(total.weighted, 2),
		"unweighted": flt(total.unweighted, 2),
		"wallet": total.wallet,
		"known": total.known,
		"gap": total.gap,
		"peer_gap": total.peer_gap,
		"priority": total.priority,
		"counts": total.counts,
		"addressable": total.addressable,
		"penetration": total.penetration,
	}


def _competitors(found: whitespace.Matrix, rows: dict, columns: dict) -> list[list]:
	"""`[row, column, competitor]` of the cells a competitor is named for."""
	return [
		[rows[item.row], columns[item.column], found.estimates.competitors[item.name]]
		for item in found.estimates.placed
		if item.name in found.estimates.competitors and item.row in rows and item.column in columns
	]


def _numbers(column) -> list:
	return [None if value is None or value != value else round(float(value), 2) for value in column]


def plain(record: dict) -> dict:
	"""A record without pandas' special values."""
	return {name: None if value != value else value for name, value in record.items()}


def notes(found: whitespace.Matrix) -> list[str]:
	"""What the figures mean and what is not in them, as sentences."""
	filters, sentences = found.filters, []
	sentences.append(
		_(
			"Net sales of {0} in {1}, from submitted documents of type {2} dated {3} to {4}; {5} documents."
		).format(
			filters.company,
			found.currency,
			_(matrices.source()),
			formatdate(filters.period.start),
			formatdate(filters.period.last_day),
			found.documents,
		)
	)
	sentences.append(
		_(
			"Open amounts are those of the pipeline today: ideas, quotations and what is ordered but not invoiced. Nothing is known of an empty cell; it does not count as zero."
		)
	)
	if found.share_of_year != 1:
		sentences.append(
			_("Wallets are amounts of a year; {0} % of them are compared with these {1} days.").format(
				flt(100 * found.share_of_year, 1), filters.period.days
			)
		)
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted and compared."))
	return sentences


def warnings(found: whitespace.Matrix) -> list[str]:
	"""What is left out of this matrix, though it is known."""
	filters, sentences = found.filters, []
	if found.estimates.elsewhere:
		sentences.append(
			_(
				"{0} estimates reach beyond a single cell of this matrix and are left out; choose other rows or another level of item groups to see them."
			).format(found.estimates.elsewhere)
		)
	if filters.narrows and filters.rows != whitespace.TERRITORY:
		sentences.append(_("Accounts of which filters show a part only are not compared with others."))
	return sentences
