"""What the form of a wallet and the report Share of Wallet ask the server for."""

import frappe
from frappe import _
from frappe.utils import cint

from kam_erpnext.compat import contains
from kam_erpnext.data import accounts, wallet_history
from kam_erpnext.data.permissions import customer_condition, every
from kam_erpnext.kam_erpnext.doctype.key_account_wallet import copies

WALLET = "Key Account Wallet"


@frappe.whitelist(methods=["GET"])
def figures(wallet: str) -> dict:
	"""What the ledger says about one wallet: ours, the split, the estimate by rank, and the years before.

	Returns `currency, year, now, estimate, years`; unknown is None.
	"""
	doc = frappe.get_doc(WALLET, wallet)
	doc.check_permission("read")
	return wallet_history.figures_of(doc)


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def buying_centres(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | list | str | None
) -> list:
	"""Customers for a field or filter: those of an account and of the accounts below it, else all the reader may see.

	Rows of identifier and name.
	"""
	frappe.has_permission(WALLET, "read", throw=True)
	asked = frappe.parse_json(filters) if isinstance(filters, str) else filters
	account = asked.get("key_account") if isinstance(asked, dict) else None
	customer = frappe.qb.DocType("Customer")
	conditions = [customer_condition(customer)]
	if account:
		frappe.get_doc("Key Account", account).check_permission("read")
		conditions.append(customer.name.isin(accounts.visible_customers(account) or [""]))
	if txt:
		conditions.append(contains(customer.name, txt) | contains(customer.customer_name, txt))
	return (
		frappe.qb.from_(customer)
		.select(customer.name, customer.customer_name)
		.where(every(conditions))
		.orderby(customer.name)
		.limit(page_len)
		.offset(start)
		.run()
	)


@frappe.whitelist(methods=["POST"])
def copy_year(key_account: str, from_year: int, to_year: int, company: str | None = None) -> dict:
	"""Copies the wallets of an account into another year where there is none yet: `copied, kept`."""
	frappe.has_permission(WALLET, "create", throw=True)
	doc = frappe.get_doc("Key Account", key_account)
	doc.check_permission("read")
	if cint(from_year) == cint(to_year):
		frappe.throw(_("To Year: please choose another year than {0}.").format(from_year))
	return copies.copy_year(key_account, cint(from_year), cint(to_year), company)
