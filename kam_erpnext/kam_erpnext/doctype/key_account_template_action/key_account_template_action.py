from frappe.model.document import Document


class KeyAccountTemplateAction(Document):
	pass
