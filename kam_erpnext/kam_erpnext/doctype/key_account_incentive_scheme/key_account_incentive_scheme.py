from frappe.model.document import Document


class KeyAccountIncentiveScheme(Document):
	pass
