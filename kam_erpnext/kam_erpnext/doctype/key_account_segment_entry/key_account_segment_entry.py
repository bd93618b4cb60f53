from frappe.model.document import Document


class KeyAccountSegmentEntry(Document):
	pass
