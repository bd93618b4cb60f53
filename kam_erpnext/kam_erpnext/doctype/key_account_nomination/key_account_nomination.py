from frappe.model.document import Document


class KeyAccountNomination(Document):
	pass
