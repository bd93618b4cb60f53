from frappe.model.document import Document


class KeyAccountTemplateGate(Document):
	pass
