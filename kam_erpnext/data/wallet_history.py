"""One wallet over the years, with the sales of the ledger beside it."""

from frappe.utils import cint, flt, getdate

from kam_erpnext.data import wallet
from kam_erpnext.data.wallet import WalletFilters
from kam_erpnext.engine.wallet import allocation, allocations, estimated_wallet
from kam_erpnext.kam_erpnext.report.common import known

YEARS = 5


def figures_of(doc) -> dict:
	"""Split of a wallet and of the same cell in the years before; unknown is None. Whoever calls has checked the right
	to read it."""
	today = getdate()
	filters = WalletFilters(doc.company, doc.key_account, item_group=doc.item_group)
	result = {"currency": doc.currency, "year": cint(doc.year), "years": [], "now": None, "estimate": None}
	for year in sorted({*wallet.years(filters), cint(doc.year)}, reverse=True):
		if year > today.year or len(result["years"]) == YEARS:
			continue
		found = wallet.read(filters, year, today)
		name = next(
			(
				row.name
				for row in found.rows.values()
				if (row.key_account, row.customer or None, row.item_group)
				== (doc.key_account, doc.customer or None, doc.item_group)
			),
			None,
		)
		if not name:
			continue
		figures = _figures(found, name)
		result["years"].append(figures)
		if year == cint(doc.year):
			result["now"] = figures
	result["estimate"] = _estimate(doc, result["now"])
	return result


def _figures(found: wallet.Wallets, name: str) -> dict:
	row, part = found.rows[name], found.split(name)
	hidden = name in found.partial
	return {
		"name": name,
		"year": cint(row.year),
		"from_date": str(found.period.start),
		"to_date": str(found.period.last_day),
		"wallet": flt(row.wallet) if row.wallet_known else None,
		"own": None if hidden else part.own,
		"share": known(part.share, 1),
		"competitors": known(part.competitors),
		"internal": known(part.internal),
		"unknown": known(part.unknown),
		"excess": part.excess,
		"locked": part.locked,
		"addressable": known(part.addressable),
		"gap": known(part.gap),
		"state": row.state,
		"hidden": hidden,
		"rivals": [
			{"name": one.name, "amount": one.amount} for one in found.cells[name].suppliers if one.name
		],
	}


def _estimate(doc, now: dict | None) -> dict | None:
	"""What the Wallet Allocation Rule expects from our rank, and from the ranks of the others where all are given."""
	rank, suppliers = cint(doc.our_rank), cint(doc.suppliers)
	if not rank or not suppliers or rank > suppliers:
		return None
	share = allocation(rank, suppliers)
	ranks = {
		"": rank,
		**{row.competitor: cint(row.rank) for row in doc.shares if row.competitor and row.rank},
	}
	return {
		"share": known(share, 1),
		"wallet": known(estimated_wallet(now["own"], share)) if now and now["own"] is not None else None,
		"others": [
			{"name": name, "share": known(value, 1)} for name, value in allocations(ranks).items() if name
		]
		if len(ranks) == suppliers
		else [],
	}
