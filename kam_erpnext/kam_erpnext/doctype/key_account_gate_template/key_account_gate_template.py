from frappe.model.document import Document


class KeyAccountGateTemplate(Document):
	pass
