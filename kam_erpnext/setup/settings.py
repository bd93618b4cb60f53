"""Defaults of KAM Settings: a single document that was stored before a field existed has no value for it, not its default."""

import frappe
from frappe.utils import cint

SETTINGS = "KAM Settings"


def apply():
	"""Store the default of every field that was never stored; what somebody entered stays, also a 0."""
	stored = frappe.db.get_singles_dict(SETTINGS)
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in stored:
			# of "1" Frappe makes true, which PostgreSQL stores as this word
			value = cint(field.default) if field.fieldtype == "Check" else field.default
			frappe.db.set_single_value(SETTINGS, field.fieldname, value, update_modified=False)
