from frappe.model.document import Document


class KeyAccountSnapshot(Document):
	pass
