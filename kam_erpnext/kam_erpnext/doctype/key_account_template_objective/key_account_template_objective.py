from frappe.model.document import Document


class KeyAccountTemplateObjective(Document):
	pass
