from frappe.model.document import Document


class KeyAccountIndicator(Document):
	pass
