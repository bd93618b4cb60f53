"""Text that would do harm if it were drawn as it is, put into every text field of the documents of a world.

It is written straight to the database: Frappe cleans some fields when they are saved, older documents and imports do not.
"""

import frappe

IMAGE = '<img src=x onerror="window.kam_hacked=1">'
HOSTILE = f"\"'></title><script>window.kam_hacked=2</script>{IMAGE}{{{{7*7}}}} مرحبا 🚢"
# what must stand in no HTML: the tag begins, the template was evaluated
RAW = ("<img src=x", "<script>window.kam_hacked")
TEXT = ("Data", "Small Text", "Text", "Long Text", "Text Editor")


def spread(world, mark="Zq"):
	"""Puts the text behind every text of the world. Returns how many fields it stands in."""
	count = 0
	for doctype, names in (*_documents(world), *_customers(world)):
		meta = frappe.get_meta(doctype)
		for name in names:
			count += _into(meta, frappe.get_doc(doctype, name), mark)
	frappe.clear_cache()
	return count


def _documents(world):
	for doctype, places in world.documents.items():
		yield doctype, set(places.values())


def _customers(world):
	yield "Customer", set(world.customers.values())
	yield "Contact", set(world.contacts.values())


def _into(meta, doc, mark):
	count = 0
	for row in (doc, *doc.get_all_children()):
		fields = frappe.get_meta(row.doctype).fields
		values = {
			df.fieldname: _with(row.get(df.fieldname), df)
			for df in fields
			if df.fieldtype in TEXT and not df.get("is_virtual") and mark in str(row.get(df.fieldname) or "")
		}
		if values:
			frappe.db.set_value(row.doctype, row.name, values, update_modified=False)
			count += len(values)
	return count


def _with(value, df):
	# a name of 140 signs at the most
	return f"{value}{HOSTILE}" if df.fieldtype != "Data" else f"{value[:30]}{HOSTILE}"[:140]
