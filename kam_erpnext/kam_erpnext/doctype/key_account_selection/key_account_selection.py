from frappe.model.document import Document


class KeyAccountSelection(Document):
	pass
