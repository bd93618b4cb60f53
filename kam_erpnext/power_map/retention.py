"""Every night: judgements nobody confirmed, versions, snapshots and records of readers that are too old are removed."""

import frappe
from frappe.utils import add_days, add_months, cint, getdate, now_datetime, nowdate

from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.power_map import POWER_MAP, judgements
from kam_erpnext.power_map.versions import READING, SNAPSHOT


def clean_up():
	"""By KAM Settings; 0 keeps everything."""
	settings = get_settings()
	if months := cint(settings.judgement_retention):
		forget_judgements(add_months(nowdate(), -months))
	if months := cint(settings.map_version_retention):
		remove_versions(add_months(nowdate(), -months))
	if days := cint(settings.reading_retention):
		frappe.db.delete(READING, {"read_on": ("<", add_days(now_datetime(), -days))})


def forget_judgements(before) -> int:
	"""Judgements last made or confirmed before a day, in maps, versions and deleted copies. Returns how many changed."""
	day = getdate(before)
	return judgements.rewrite(lambda known: younger(known, day)) + judgements.rewrite_deleted_copies(
		lambda known: younger(known, day)
	)


def younger(known: dict, day) -> dict:
	def stays(values: dict) -> bool:
		return bool(values.get("judged_on")) and getdate(values["judged_on"]) >= day

	return {
		"people": {key: values for key, values in known["people"].items() if stays(values)},
		"links": [link for link in known["links"] if stays(link)],
		"relations": [row for row in known["relations"] if stays(row)],
	}


def remove_versions(before):
	"""Versions and snapshots of an earlier day, and what Frappe kept of deleted maps since then; for good."""
	for name in frappe.get_all(
		POWER_MAP, {"version_of": ("is", "set"), "version_date": ("<", before)}, pluck="name"
	):
		# the nightly clean-up acts for the site
		frappe.delete_doc(POWER_MAP, name, ignore_permissions=True, force=True, delete_permanently=True)
	frappe.db.delete(SNAPSHOT, {"taken_on": ("<", before)})
	frappe.db.delete("Deleted Document", {"deleted_doctype": POWER_MAP, "creation": ("<", before)})
