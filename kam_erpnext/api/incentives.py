"""Buttons of incentive schemes and statements."""

import frappe
from frappe import _
from frappe.utils import cint

from kam_erpnext.api.arguments import read_filters
from kam_erpnext.data.incentive_access import SCHEME, STATEMENT
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


# ---------------------------------------------------------------- search, of which Frappe's own may be told to ask for no right

# columns a search shows; others are not told, whatever is asked for
SHOWN = {STATEMENT: ("user_name", "scheme_title"), SCHEME: ("title",)}


@frappe.whitelist(methods=["GET", "POST"])
@frappe.validate_and_sanitize_search_inputs
def search(
	doctype: str,
	txt: str,
	searchfield: str,
	start: int,
	page_len: int,
	filters: dict | list | str | None,
	as_dict: bool | int | str = False,
) -> list:
	"""The search of links to incentives. Frappe's own can be told to leave permissions out and to show any column."""
	if doctype not in SHOWN:
		return []
	frappe.has_permission(doctype, "read", throw=True)
	fields = ("name", *SHOWN[doctype])
	return frappe.get_list(
		doctype,
		filters=read_filters(filters, doctype),
		or_filters=[[doctype, field, "like", f"%{txt}%"] for field in fields] if txt else None,
		fields=[*fields],
		limit_start=start,
		limit_page_length=page_len,
		order_by="creation desc",
		as_list=not cint(as_dict),
	)
