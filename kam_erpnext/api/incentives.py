"""Buttons of incentive schemes and statements."""

import frappe
import frappe.client
from frappe import _

from kam_erpnext.data.incentive_access import SCHEME, SECRET, STATEMENT
from kam_erpnext.kam_erpnext.doctype.key_account_incentive_scheme import statements


@frappe.whitelist(methods=["POST"])
def recalculate(statement: str) -> dict:
	"""Calculates a draft again; who sees a statement may do so, as it says the same whoever asks: `changed, message`."""
	frappe.has_permission(STATEMENT, "read", doc=statement, throw=True)
	changed = statements.recalculate_one(statement)
	return {
		"changed": changed,
		"message": _("The figures are those of now.")
		if changed
		else _("This statement is not a draft any more."),
	}


@frappe.whitelist(methods=["POST"])
def recalculate_scheme(scheme: str) -> dict:
	"""Calculates all drafts of a running scheme again: `statements, message`."""
	frappe.has_permission(SCHEME, "read", doc=scheme, throw=True)
	count = statements.recalculate(scheme)
	return {"statements": count, "message": _("{0} drafts were calculated again.").format(count)}


@frappe.whitelist(methods=["POST"])
def close(scheme: str, accept_unknown: bool = False) -> dict:
	"""Makes the statements of a scheme final: `closed, unknown, message`. Safe to send twice."""
	frappe.has_permission(SCHEME, "submit", doc=scheme, throw=True)
	return statements.close(scheme, accept_unknown)


@frappe.whitelist(methods=["GET", "POST"])
def get_count(
	doctype: str,
	filters: dict | list | str | None = None,
	debug: bool | int | str = False,
	cache: bool | int | str = False,
) -> int:
	"""Frappe's `frappe.client.get_count`, which asks for no right: with filters on amounts its answer would tell them.

	Of incentives it counts what the caller may see, of everything else as before.
	"""
	if doctype not in SECRET:
		return frappe.client.get_count(doctype, filters, debug, cache)
	frappe.has_permission(doctype, "read", throw=True)
	return len(
		frappe.get_list(doctype, filters=frappe.parse_json(filters), pluck="name", limit_page_length=0)
	)
