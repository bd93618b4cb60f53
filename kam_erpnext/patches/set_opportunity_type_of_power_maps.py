"""Power maps of an opportunity belonged to one of ERPNext before there were Key Account Opportunities."""

import frappe


def execute():
	table = frappe.qb.DocType("Power Map")
	(
		frappe.qb.update(table)
		.set(table.opportunity_type, "Opportunity")
		.where(table.opportunity.isnotnull() & (table.opportunity != ""))
		.where(table.opportunity_type.isnull() | (table.opportunity_type == ""))
		.run()
	)
