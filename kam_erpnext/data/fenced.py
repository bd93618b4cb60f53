"""The doctypes of this app whose documents are not for everybody with a role, and what a reader sees of them."""

import json
import re

import frappe
from frappe import _

from kam_erpnext import hooks

# conditions of the app for doctypes of Frappe are no fences of its own documents
FENCED = frozenset(hooks.permission_query_conditions) - {"Tag Link"}
# a column of a linked document, as a list of Frappe names it
COLUMN_OF_LINK = re.compile(r"\s*([a-z]\w*)\.\w+(\s+as\s+\S+)?\s*", re.IGNORECASE)


def condition_of(doctype: str, user: str | None = None) -> str:
	"""What a list of a fenced doctype is restricted by, besides User Permissions; empty when by nothing."""
	method = hooks.permission_query_conditions[doctype]
	return frappe.call(method, user=user or frappe.session.user, doctype=doctype) or ""


def sees_every_one(doctype: str, user: str | None = None) -> bool:
	"""Whether somebody who may read a fenced doctype sees all its documents."""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	return not frappe.permissions.get_user_permissions(user) and not condition_of(doctype, user)


def only_for_readers_of_all(doctype: str) -> None:
	"""Throws when an answer about all documents of a fenced doctype would tell the caller of hidden ones."""
	frappe.has_permission(doctype, "read", throw=True)
	if not sees_every_one(doctype):
		frappe.throw(
			_(
				"Only those who see every document of type {0} may ask this. Please use a list or a report."
			).format(_(doctype)),
			frappe.PermissionError,
		)


def visible_names(doctype: str, names: list[str]) -> set[str]:
	"""Those of the documents that the reader may see."""
	if not names or not frappe.has_permission(doctype, "read"):
		return set()
	return set(frappe.get_list(doctype, {"name": ["in", names]}, pluck="name", limit_page_length=0))


def link_fields_to_fenced() -> dict[str, set[str]]:
	"""Names of the fields, of whatever doctype, that link to fenced documents, with the doctypes linked to."""
	fields = {}
	for holder in ("DocField", "Custom Field"):
		rows = frappe.get_all(
			holder, {"fieldtype": "Link", "options": ["in", list(FENCED)]}, ["fieldname", "options"]
		)
		for row in rows:
			fields.setdefault(row.fieldname, set()).add(row.options)
	return fields


def linked_columns_in(value) -> set[str]:
	"""Link fields of which a request asks for columns; requests hold lists and objects, also as JSON."""
	if isinstance(value, dict):
		return set().union(*map(linked_columns_in, [*value, *value.values()]), set())
	if isinstance(value, list | tuple):
		return set().union(*map(linked_columns_in, value), set())
	if not isinstance(value, str) or "." not in value:
		return set()
	if value.lstrip().startswith(("[", "{", '"')):
		try:
			return linked_columns_in(json.loads(value))
		except ValueError:
			pass
	found = (COLUMN_OF_LINK.fullmatch(piece) for piece in value.split(","))
	return {match[1] for match in found if match}


def tag_link_query(user: str | None = None) -> str:
	"""Tags of fenced documents are listed to those who see the documents."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	tagged = frappe.get_all(
		"Tag Link", {"document_type": ["in", list(FENCED)]}, pluck="document_type", distinct=True
	)
	places = [
		f"(`tabTag Link`.document_type = '{doctype}' and `tabTag Link`.document_name in ({visible}))"
		for doctype in tagged
		if (visible := _visible_literal(doctype, user))
	]
	if not tagged:
		return ""
	names = ", ".join(f"'{doctype}'" for doctype in sorted(FENCED))
	others = f"ifnull(`tabTag Link`.document_type, '') not in ({names})"
	return f"({' or '.join([others, *places])})"


def _visible_literal(doctype: str, user: str) -> str:
	"""A sub-query for the names of fenced documents somebody sees; empty when he reads none."""
	if not frappe.has_permission(doctype, "read", user=user):
		return ""
	condition = condition_of(doctype, user)
	return f"select name from `tab{doctype}`" + (f" where {condition}" if condition else "")
