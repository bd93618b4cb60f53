from frappe.model.document import Document


class KeyAccountIncentiveKnot(Document):
	pass
