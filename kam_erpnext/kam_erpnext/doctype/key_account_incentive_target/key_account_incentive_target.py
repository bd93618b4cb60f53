from frappe.model.document import Document


class KeyAccountIncentiveTarget(Document):
	pass
