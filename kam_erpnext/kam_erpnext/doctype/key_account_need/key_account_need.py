from frappe.model.document import Document


class KeyAccountNeed(Document):
	pass
