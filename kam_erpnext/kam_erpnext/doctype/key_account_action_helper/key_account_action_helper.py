from frappe.model.document import Document


class KeyAccountActionHelper(Document):
	pass
