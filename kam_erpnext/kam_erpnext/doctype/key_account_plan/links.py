"""Records a plan refers to may be deleted or renamed: the plan stays readable and can be moved on.

Names stand as text beside the links. A link that was valid when the plan was saved may point to a record that is gone.
"""

import frappe
from frappe import _


def links_of(plan):
	"""`(document or row, field, doctype, value)` of every link with a value."""
	for doc in (plan, *plan.get_all_children()):
		for df in doc.meta.get_link_fields():
			value = doc.get(df.fieldname)
			if value:
				yield doc, df, value


def known_links(plan) -> set:
	"""`(doctype, value)` of the links an earlier save or version of the plan already had."""
	earlier = (plan.get_doc_before_save(), earlier_version(plan))
	return {(df.options, value) for doc in earlier if doc for _row, df, value in links_of(doc)}


def vanished(plan):
	"""Known links to records that are gone."""
	known = known_links(plan)
	return [
		(doc, df.fieldname, value)
		for doc, df, value in links_of(plan)
		if (df.options, value) in known and not frappe.db.exists(df.options, value)
	]


def validate_people(plan):
	"""Frappe 15 does not check a link whose name it fetches as well."""
	for table in ("objectives", "risks"):
		for row in plan.get(table):
			if row.responsible and not frappe.db.exists("User", row.responsible):
				if ("User", row.responsible) not in known_links(plan):
					frappe.throw(
						_("{0}, line {1}: there is no user {2}. Please choose another person.").format(
							_(plan.meta.get_label(table)), row.idx, row.responsible
						),
						frappe.LinkValidationError,
					)


def earlier_version(plan):
	if plan.is_new() and plan.amended_from and frappe.db.exists(plan.doctype, plan.amended_from):
		return frappe.get_doc(plan.doctype, plan.amended_from)
	return None


def set_names(plan):
	"""Names as text beside links to people and competitors."""
	for table in ("objectives", "risks"):
		for row in plan.get(table):
			name = row.responsible and frappe.db.get_value("User", row.responsible, "full_name")
			if name:
				row.responsible_name = name
			elif not row.responsible:
				row.responsible_name = None
	for row in plan.competition:
		row.competitor_name = (
			frappe.db.get_value("Competitor", row.competitor, "competitor_name")
			or row.competitor_name
			or row.competitor
		)
