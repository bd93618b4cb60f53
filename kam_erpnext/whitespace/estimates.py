"""Estimates entered in a cell, kept as Key Account Wallet."""

import frappe
from frappe import _
from frappe.utils import flt

from kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet import (
	COMPETITOR,
	SHARE_FIELDS,
	WALLET,
	read_cell,
	set_cell,
)

# of the cell itself, and of its supplier where there is one only
FIELDS = ("state", "wallet", "target_share", "source", "reliability", "note", "blocked_reason")
SUPPLIER = ("competitor", "contract_end")


def save(
	key_account: str, customer: str | None, item_group: str, year: int, company: str, given: dict
) -> str:
	"""Writes what is given; a wallet of an earlier year is the beginning of that of this year. Returns its name.

	`modified` is the time stamp of the wallet the writer has seen, empty if there was none: what somebody else has
	entered since then is not overwritten.
	"""
	strange = set(given) - {*FIELDS, *SUPPLIER, "modified", "from_wallet"}
	if strange:
		frappe.throw(_("A cell has no field {0}.").format(", ".join(sorted(strange))))
	present = read_cell(key_account, item_group, year, customer, company)
	earlier = None if present else _earlier(given.get("from_wallet"), key_account, item_group)
	values = _copy(earlier) if earlier else {}
	values.update({field: given[field] for field in FIELDS if field in given})
	shares = _shares(present or earlier, given)
	if shares is not None:
		values["shares"] = shares
	doc = set_cell(key_account, item_group, year, values, customer, company, given.get("modified"))
	return doc.name


def _earlier(name: str | None, key_account: str, item_group: str):
	"""The wallet of an earlier year that stood in the cell."""
	if not name:
		return None
	doc = frappe.get_doc(WALLET, name)
	doc.check_permission("read")
	return doc if (doc.key_account, doc.item_group) == (key_account, item_group) else None


def _copy(doc) -> dict:
	return {
		**{field: doc.get(field) for field in FIELDS},
		"wallet": doc.wallet if doc.wallet_known else None,
		"shares": _rows(doc),
	}


def _rows(doc) -> list[dict]:
	return [{field: row.get(field) for field in SHARE_FIELDS} for row in doc.shares]


def _shares(doc, given: dict) -> list[dict] | None:
	"""Other suppliers after the change of the one that is shown; None leaves them."""
	if not any(field in given for field in SUPPLIER):
		return None
	rows = _rows(doc) if doc else []
	if len(rows) > 1:
		frappe.throw(
			_("This cell has several other suppliers. Please open the wallet {0} to change them.").format(
				frappe.bold(doc.name)
			)
		)
	row = rows[0] if rows else {"supplier_kind": COMPETITOR, "amount_known": 0, "amount": 0}
	if row["supplier_kind"] != COMPETITOR and given.get("competitor"):
		row = {"supplier_kind": COMPETITOR, "amount_known": 0, "amount": 0}
	row.update({field: given[field] or None for field in SUPPLIER if field in given})
	if row["supplier_kind"] == COMPETITOR and not row.get("competitor"):
		if row.get("contract_end"):
			frappe.throw(_("Contract End: please choose the Competitor the contract is with."))
		return []
	row["amount"] = flt(row.get("amount"))
	return [row]
