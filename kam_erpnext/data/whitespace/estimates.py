"""Wallets of the Key Account Wallet records, put into the cells they belong to."""

from dataclasses import dataclass
from datetime import date

import frappe

from kam_erpnext.data.permissions import every, fences, visible_accounts_query
from kam_erpnext.data.wallet import LOOK_BACK, WALLET
from kam_erpnext.data.whitespace.places import Places, WhitespaceFilters
from kam_erpnext.engine.whitespace import Estimate
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

SHARE = "Key Account Wallet Share"
DAYS_OF_YEAR = 365


@dataclass
class Estimates:
	"""`placed` are in cells; `competitors` names the largest one by estimate, `suppliers` counts all; `elsewhere` counts those that reach beyond
	any single cell of this matrix."""

	placed: list[Estimate]
	records: dict[str, frappe._dict]
	competitors: dict[str, str]
	suppliers: dict[str, int]
	elsewhere: int


def share_of_year(filters: WhitespaceFilters) -> float:
	"""Wallets are amounts of a year: the part of them that belongs to the period."""
	days = filters.period.days
	return 1.0 if days in (DAYS_OF_YEAR, DAYS_OF_YEAR + 1) else days / DAYS_OF_YEAR


def year_of(filters: WhitespaceFilters) -> int:
	"""Calendar year an estimate entered in this matrix is made for."""
	return filters.period.last_day.year


def read_estimates(filters: WhitespaceFilters, places: Places) -> Estimates:
	"""The newest wallet of each account, buying centre and item group that is not younger than the period."""
	records = _newest(filters)
	shares = _shares(filters, [record.name for record in records])
	customers_of_row: dict[str, set] = {}
	for customer, row in places.row_of_customer.items():
		customers_of_row.setdefault(row, set()).add(customer)
	factor, default_share = share_of_year(filters), get_settings().target_share
	result = Estimates([], {}, {}, {}, 0)
	for record in records:
		row, buyers = _row_of(record, places)
		column = _column_of(record.item_group, places)
		if record.customer and record.customer not in places.customers.index:
			continue  # about a customer the reader may not see
		if row is None:
			continue
		if column is None or not buyers <= customers_of_row.get(row, set()):
			result.elsewhere += 1
			continue
		if column not in places.columns.index:
			continue  # outside the filter
		suppliers = shares.get(record.name, [])
		result.records[record.name] = record
		result.placed.append(
			Estimate(
				name=record.name,
				row=row,
				column=column,
				customers=buyers,
				item_groups=places.below_group[record.item_group],
				state=record.state,
				wallet=record.wallet * factor if record.wallet_known else None,
				target_share=record.target_share or default_share,
				locked_until=_locked_until(suppliers),
			)
		)
		result.suppliers[record.name] = len(suppliers)
		named = [share for share in suppliers if share.competitor]
		if named:
			result.competitors[record.name] = max(named, key=lambda share: share.amount).competitor
	return result


def _row_of(record, places: Places) -> tuple[str | None, frozenset]:
	if record.customer:
		return places.row_of_customer.get(record.customer), frozenset([record.customer])
	return places.row_of_account.get(record.key_account), places.members.get(record.key_account, frozenset())


def _column_of(item_group: str, places: Places) -> str | None:
	"""The column that holds the whole item group; None when it reaches over several."""
	column = places.column_of.get(item_group)
	if column is None or not places.below_group[item_group] <= places.below_group[column]:
		return None
	inside = {places.column_of[name] for name in places.below_group[item_group]}
	return column if inside == {column} else None


def _locked_until(shares: list) -> date | None:
	ends = [share.contract_end for share in shares if share.contract_end]
	return max(ends) if ends else None


def _newest(filters: WhitespaceFilters) -> list:
	# read by themselves: as a sub-query they are looked for once more for every wallet
	visible = visible_accounts_query(filters.user).run(pluck=True)
	if not visible:
		return []
	wallet = frappe.qb.DocType(WALLET)
	names = (
		"name",
		"key_account",
		"customer",
		"item_group",
		"year",
		"state",
		"wallet",
		"wallet_known",
		"target_share",
	)
	rows = (
		frappe.qb.from_(wallet)
		.select(*[wallet[name] for name in names])
		.where(
			every(
				[
					wallet.company == filters.company,
					wallet.year <= year_of(filters),
					wallet.year >= year_of(filters) - LOOK_BACK,
					wallet.key_account.isin(visible),
					fences(WALLET, wallet, filters.user),
				]
			)
		)
		.orderby(wallet.year)
		.orderby(wallet.name)
		.run(as_dict=True)
	)
	newest = {(row.key_account, row.customer or "", row.item_group): row for row in rows}
	return list(newest.values())


def _shares(filters: WhitespaceFilters, names: list[str]) -> dict[str, list]:
	"""Other suppliers by wallet."""
	if not names:
		return {}
	wallet, share = frappe.qb.DocType(WALLET), frappe.qb.DocType(SHARE)
	rows = (
		frappe.qb.from_(share)
		.inner_join(wallet)
		.on((wallet.name == share.parent) & (share.parenttype == WALLET))
		.select(
			share.parent,
			share.supplier_kind,
			share.competitor,
			share.amount,
			share.amount_known,
			share.contract_end,
		)
		.where(every([wallet.company == filters.company, fences(SHARE, share, filters.user)]))
		.orderby(share.parent)
		.orderby(share.idx)
		.run(as_dict=True)
	)
	known, result = set(names), {}
	for row in rows:
		if row.parent in known:
			result.setdefault(row.parent, []).append(row)
	return result
