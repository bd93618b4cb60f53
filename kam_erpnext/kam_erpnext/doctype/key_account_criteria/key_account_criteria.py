from frappe.model.document import Document


class KeyAccountCriteria(Document):
	pass
