from frappe.model.document import Document


class KeyAccountSegment(Document):
	pass
