"""Renamed users, competitors, accounts and opportunities: power maps keep these names where Frappe does not look."""

import frappe

from kam_erpnext.power_map import POWER_MAP, judgements


def user(doc, method=None, old=None, new=None, merge=False):
	"""Who knows whom, and who judged."""
	judgements.rewrite(lambda known: with_user(known, old, new))


def with_user(known: dict, old: str, new: str) -> dict:
	for part in (known["people"].values(), known["links"], known["relations"]):
		for values in part:
			if values.get("judged_by") == old:
				values["judged_by"] = new
	for row in known["relations"]:
		if row["user"] == old:
			row["user"] = new
	# two users who became one: the judgement made last stays
	rows = sorted(known["relations"], key=lambda row: row.get("judged_on") or "")
	kept = {(row["person"], row["user"]): row for row in rows}
	known["relations"] = [row for row in known["relations"] if kept[(row["person"], row["user"])] is row]
	return known


def competitor(doc, method=None, old=None, new=None, merge=False):
	"""Ties of people to a competitor."""

	def change(known: dict) -> dict:
		for values in known["people"].values():
			if values.get("competitor") == old:
				values["competitor"] = new
		return known

	judgements.rewrite(change)


def subject(doc, method=None, old=None, new=None, merge=False):
	"""The key that makes current maps unique contains the name of the account or opportunity.

	Where two documents became one there may be two current maps: the one changed last stays, the other becomes a version
	of it.
	"""
	from kam_erpnext.kam_erpnext.doctype.power_map.power_map import key_of

	field = "key_account" if doc.doctype == "Key Account" else "opportunity"
	maps = frappe.get_all(
		POWER_MAP,
		{field: new, "is_current": 1},
		["name", "key_account", "opportunity", "version", "modified"],
		order_by="modified desc",
	)
	current = {}
	for row in maps:
		first = current.setdefault(key_of(row.key_account, row.opportunity), row)
		if first is not row:
			become_version(row, first)
	for key, row in current.items():
		frappe.db.set_value(POWER_MAP, row.name, "current_key", key, update_modified=False)


def become_version(row, of):
	last = max(frappe.get_all(POWER_MAP, {"version_of": row.name}, pluck="version") or [0])
	for name in (row.name, *frappe.get_all(POWER_MAP, {"version_of": row.name}, pluck="name")):
		frappe.db.set_value(POWER_MAP, name, "version_of", of.name, update_modified=False)
	frappe.db.set_value(
		POWER_MAP,
		row.name,
		{
			"is_current": 0,
			"current_key": None,
			"version": max(row.version or 1, last + 1),
			"version_date": frappe.utils.getdate(row.modified),
		},
		update_modified=False,
	)
