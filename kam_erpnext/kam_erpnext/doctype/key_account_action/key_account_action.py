from frappe.model.document import Document


class KeyAccountAction(Document):
	pass
