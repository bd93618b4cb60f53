"""Records a plan refers to may be deleted or renamed: the plan stays readable and can be moved on.

Names stand as text beside the links. A link that was valid when the plan was saved may point to a record that is gone.
"""

import frappe


def links_of(plan):
	"""`(document or row, field, doctype, value)` of every link with a value."""
	for doc in (plan, *plan.get_all_children()):
		for df in doc.meta.get_link_fields():
			value = doc.get(df.fieldname)
			if value:
				yield doc, df, value


def vanished(plan):
	"""Links to records that are gone, which an earlier save or version of the plan already had."""
	known = set()
	for earlier in (plan.get_doc_before_save(), earlier_version(plan)):
		if earlier:
			known |= {(df.options, value) for _doc, df, value in links_of(earlier)}
	return [
		(doc, df.fieldname, value)
		for doc, df, value in links_of(plan)
		if (df.options, value) in known and not frappe.db.exists(df.options, value)
	]


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
