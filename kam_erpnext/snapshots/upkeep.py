"""What becomes of snapshots when their account or company is renamed, merged or deleted."""

import frappe
from frappe.query_builder.functions import Concat

from kam_erpnext.snapshots import SNAPSHOT

FIELDS = {"Key Account": "key_account", "Company": "company"}


def renamed(doc, method=None, old=None, new=None, merge=False):
	"""Snapshots follow the new name. Of two accounts or companies that became one, those of the one that stays are kept:
	figures of the other are no figures of it."""
	field = FIELDS[doc.doctype]
	table = frappe.qb.DocType(SNAPSHOT)
	if merge:
		place = 0 if field == "key_account" else 1
		rows = frappe.get_all(SNAPSHOT, {field: new}, ["name", "snapshot_key"])
		_remove([row.name for row in rows if row.snapshot_key.split("|")[place] == old])
	key = Concat(table.key_account, "|", table.company, "|", table.snapshot_date)
	frappe.qb.update(table).set(table.snapshot_key, key).where(table[field] == new).run()


def deleted(doc, method=None):
	"""Figures of an account or company that is no more go with it."""
	frappe.db.delete(SNAPSHOT, {FIELDS[doc.doctype]: doc.name})


def _remove(names: list[str]):
	for start in range(0, len(names), 500):
		frappe.db.delete(SNAPSHOT, {"name": ("in", names[start : start + 500])})
