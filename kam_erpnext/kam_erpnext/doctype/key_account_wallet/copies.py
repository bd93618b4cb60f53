"""Wallets of one year as the start of another: what a customer spends changes slowly."""

import frappe
from frappe import _

from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet import WALLET, key_of


def copy_year(key_account: str, from_year: int, to_year: int, company: str | None = None) -> dict:
	"""Copies the wallets of an account and of the accounts below it; what is there already is kept."""
	company = company or default_company()
	names = frappe.get_list(
		WALLET,
		{"key_account": ("descendants of (inclusive)", key_account), "year": from_year, "company": company},
		pluck="name",
		order_by="name",
		limit_page_length=0,
	)
	copied = kept = 0
	for name in names:
		doc = frappe.copy_doc(frappe.get_doc(WALLET, name))
		doc.year = to_year
		if frappe.db.exists(WALLET, {"cell_key": key_of(doc)}):
			kept += 1
			continue
		doc.note = "\n".join(filter(None, (_("Copied from {0}.").format(from_year), doc.note)))
		doc.insert()
		copied += 1
	return {"copied": copied, "kept": kept}
