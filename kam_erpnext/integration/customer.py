"""What the app adds to ERPNext's Customer."""

import frappe
from frappe import _

from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of


def get_dashboard_data(data):
	"""Connections of the Customer form."""
	data.setdefault("internal_links", {})["Key Account"] = "kam_key_account"
	data.setdefault("non_standard_fieldnames", {})["Key Account Nomination"] = "party"
	data.setdefault("dynamic_links", {})["party"] = ["Customer", "party_type"]
	data["transactions"].append(
		{
			"label": _("Key Account Management"),
			"items": ["Key Account", "Key Account Nomination", "Key Account Assessment", "Customer Call"],
		}
	)
	return data


def validate(doc, method):
	"""The account a customer belongs to is written by the Key Account; a form or an import cannot change it."""
	doc.kam_key_account = None if doc.is_new() else account_of(doc.name)


def before_rename(doc, method, old: str, new: str, merge: bool = False):
	"""Merging two customers that both belong to an account keeps the place of the one that stays."""
	if not merge:
		return
	account, stays = account_of(old), account_of(new)
	if account and stays:
		document = frappe.get_doc("Key Account", account)
		document.set("customers", [row for row in document.customers if row.customer != old])
		document.flags.kam_change = {"reason": _("Customer {0} was merged into {1}").format(old, new)}
		# whoever may merge customers may have its consequences
		document.flags.ignore_permissions = True
		document.save()


def after_rename(doc, method, old: str, new: str, merge: bool = False):
	"""A customer into which one with an account was merged has taken its place there."""
	if merge:
		frappe.db.set_value("Customer", new, "kam_key_account", account_of(new), update_modified=False)
