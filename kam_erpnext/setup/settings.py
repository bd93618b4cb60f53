"""KAM Settings of a site that stored them before a field existed: a single document has no value for a later field."""

import frappe

SETTINGS = "KAM Settings"


def apply():
	"""Store the default of every field that was never stored; what somebody entered stays, also a 0."""
	stored = frappe.db.get_singles_dict(SETTINGS)
	if not stored:
		return  # a new site: the first save stores all of them
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in stored:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default, update_modified=False)
