"""Defaults of KAM Settings: a single document that was stored before a field existed has no value for it, not its default."""

import frappe

SETTINGS = "KAM Settings"


def apply():
	"""Store the default of every field that was never stored; what somebody entered stays, also a 0."""
	stored = frappe.db.get_singles_dict(SETTINGS)
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in stored:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default, update_modified=False)
