"""Earlier versions of a map: kept, restored and removed. They are Power Maps too, which nobody can change."""

import frappe

from kam_erpnext.power_map import POWER_MAP

SNAPSHOT, READING = "Power Map Snapshot", "Power Map Reading"


def versions_of(doc) -> list[dict]:
	"""Earlier versions of the map a document is or belongs to, the newest first; for those who may read the map."""
	return frappe.get_list(
		POWER_MAP,
		filters={"version_of": doc.version_of or doc.name},
		fields=["name", "version", "version_date", "version_note", "people_count", "owner", "creation"],
		order_by="version desc",
		limit_page_length=0,
	)


def remove_what_belongs_to(doc):
	"""Versions, snapshots and readings go with the current map."""
	if not doc.is_current:
		return
	for name in frappe.get_all(POWER_MAP, {"version_of": doc.name}, pluck="name"):
		frappe.delete_doc(POWER_MAP, name, ignore_permissions=True, force=True)
	for doctype in (SNAPSHOT, READING):
		frappe.db.delete(doctype, {"power_map": doc.name})
