"""Custom fields on ERPNext doctypes: one dictionary used by install, migrate and uninstall."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

CUSTOM_FIELDS = {
	"Customer": [
		{
			"fieldname": "kam_tab",
			"fieldtype": "Tab Break",
			"label": "Key Account",
			"insert_after": "portal_users",
		},
		{
			"fieldname": "kam_key_account",
			"fieldtype": "Link",
			"options": "Key Account",
			"label": "Key Account",
			"description": "Key account this customer belongs to. Set from the Key Account.",
			"insert_after": "kam_tab",
			"read_only": 1,
			"no_copy": 1,
			"in_standard_filter": 1,
			"ignore_user_permissions": 1,
			"search_index": 1,
		},
		{
			"fieldname": "kam_influence_reach",
			"fieldtype": "Int",
			"label": "Influence Reach",
			"description": "Number of other customers who follow this customer's opinion. Leave empty when not known.",
			"insert_after": "kam_key_account",
			"non_negative": 1,
		},
		{
			"fieldname": "kam_column",
			"fieldtype": "Column Break",
			"insert_after": "kam_influence_reach",
		},
		{
			"fieldname": "kam_potential",
			"fieldtype": "Currency",
			"options": "Company:company:default_currency",
			"label": "Potential",
			"description": "Yearly sales you expect to reach with this customer within the horizon set in KAM Settings, in company currency. Leave at 0 when not known.",
			"insert_after": "kam_column",
			"non_negative": 1,
		},
		{
			"fieldname": "kam_potential_note",
			"fieldtype": "Small Text",
			"label": "Potential: Source",
			"description": "Where the estimate of the potential comes from.",
			"insert_after": "kam_potential",
		},
	],
}


def apply():
	create_custom_fields(CUSTOM_FIELDS, ignore_validate=True)


def remove():
	for doctype, fields in CUSTOM_FIELDS.items():
		for name in frappe.get_all(
			"Custom Field",
			{"dt": doctype, "fieldname": ("in", [field["fieldname"] for field in fields])},
			pluck="name",
		):
			frappe.delete_doc("Custom Field", name, force=True)
		frappe.clear_cache(doctype=doctype)
