from frappe.model.document import Document


class KeyAccountLevelRule(Document):
	pass
