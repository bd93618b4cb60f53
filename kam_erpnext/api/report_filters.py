"""What the filters of the reports ask the server for."""

import frappe
from frappe import _

from kam_erpnext.compat import contains
from kam_erpnext.data import accounts
from kam_erpnext.data.permissions import fences
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.report import selections

# doctypes a filter of a report or a field of the app may search
SEARCHED = (
	"Company",
	"Customer Group",
	"Territory",
	"Market Segment",
	"Item Group",
	"Sales Person",
	"Fiscal Year",
	"Currency",
	"Competitor",
)


@frappe.whitelist(methods=["GET"])
def defaults() -> dict:
	"""Values the filters start with: `company, period, selection`."""
	frappe.has_permission("Key Account", "report", throw=True)
	return {
		"company": default_company(),
		"period": get_settings().sales_window,
		"selection": selections.latest(),
	}


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def search(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | list | str | None
) -> list:
	"""Names for a filter, within the User Permissions of the reader.

	The roles of key account management hold no right on ERPNext's masters, so the usual search would refuse them; the
	names alone tell nothing about customers or sales.
	"""
	frappe.has_permission("Key Account", "report", throw=True)
	if doctype not in SEARCHED:
		frappe.throw(_("Reports cannot be filtered by {0}.").format(_(doctype)))
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).orderby(table.name).limit(page_len).offset(start)
	if txt:
		query = query.where(contains(table.name, txt))
	return query.where(fences(doctype, table)).run()


@frappe.whitelist(methods=["GET"])
def customers_of(key_account: str) -> list[str]:
	"""Customers of an account and of the accounts below it that the reader may see."""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	return accounts.visible_customers(key_account)
