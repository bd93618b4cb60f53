from frappe.model.document import Document


class KeyAccountLevel(Document):
	pass
