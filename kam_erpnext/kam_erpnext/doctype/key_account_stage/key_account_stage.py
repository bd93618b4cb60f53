from frappe.model.document import Document


class KeyAccountStage(Document):
	pass
