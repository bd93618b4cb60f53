"""Custom fields on ERPNext doctypes: one dictionary used by install, migrate and uninstall."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields


def _budget_fields(insert_after: str) -> list[dict]:
	"""Fields with which a document names a budget line of a plan. They may be filled in after submitting."""
	return [
		{
			"fieldname": "kam_budget_section",
			"fieldtype": "Section Break",
			"label": "Key Account Budget",
			"insert_after": insert_after,
			"collapsible": 1,
			"collapsible_depends_on": "kam_plan",
		},
		{
			"fieldname": "kam_plan",
			"fieldtype": "Link",
			"options": "Key Account Plan",
			"label": "Key Account Plan",
			"description": "Plan whose budget this document uses. Leave empty when it has nothing to do with a key account.",
			"insert_after": "kam_budget_section",
			"allow_on_submit": 1,
			"ignore_user_permissions": 1,
			"search_index": 1,
		},
		{
			"fieldname": "kam_budget_column",
			"fieldtype": "Column Break",
			"insert_after": "kam_plan",
		},
		{
			"fieldname": "kam_budget_line",
			"fieldtype": "Data",
			"label": "Budget Line",
			"description": "Number of the budget line of the plan, for example B1. The whole document counts for this line.",
			"insert_after": "kam_budget_column",
			"depends_on": "kam_plan",
			"mandatory_depends_on": "kam_plan",
			"allow_on_submit": 1,
		},
	]


def _opportunity_field(insert_after: str, **more) -> list[dict]:
	"""Field with which a document belongs to an opportunity of a key account; it travels from document to document."""
	return [
		{
			"fieldname": "kam_opportunity",
			"fieldtype": "Link",
			"options": "Key Account Opportunity",
			"label": "Key Account Opportunity",
			"description": "Idea or key project of a key account this document belongs to.",
			"insert_after": insert_after,
			"ignore_user_permissions": 1,
			"search_index": 1,
			**more,
		}
	]


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
	# documents that can name a budget line of a plan; Expense Claim comes with HRMS, maybe later than this app
	"Purchase Order": _budget_fields("project"),
	"Purchase Invoice": _budget_fields("project"),
	"Timesheet": _budget_fields("parent_project"),
	"Expense Claim": _budget_fields("project"),
	# documents of an opportunity of a key account, from the first contact to the order
	"Opportunity": _opportunity_field("opportunity_owner"),
	"Quotation": _opportunity_field("order_type", allow_on_submit=1),
	"Sales Order": _opportunity_field("order_type", allow_on_submit=1),
	"Project": _opportunity_field("sales_order"),
	"Event": [
		{
			"fieldname": "kam_customer_call",
			"fieldtype": "Link",
			"options": "Customer Call",
			"label": "Customer Call",
			"description": "Call on a customer this event stands for. The report is written there.",
			"insert_after": "event_type",
			"read_only": 1,
			"no_copy": 1,
			"ignore_user_permissions": 1,
			"search_index": 1,
		}
	],
}


def fields_of_site() -> dict[str, list[dict]]:
	"""Custom fields of the doctypes this site has; those of an app installed later follow at the next migrate."""
	return {
		doctype: fields for doctype, fields in CUSTOM_FIELDS.items() if frappe.db.exists("DocType", doctype)
	}


def apply():
	create_custom_fields(fields_of_site(), ignore_validate=True)


def remove():
	for doctype, fields in fields_of_site().items():
		for name in frappe.get_all(
			"Custom Field",
			{"dt": doctype, "fieldname": ("in", [field["fieldname"] for field in fields])},
			pluck="name",
		):
			frappe.delete_doc("Custom Field", name, force=True)
		frappe.clear_cache(doctype=doctype)
