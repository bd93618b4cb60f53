from frappe.model.document import Document


class KeyAccountIncentive(Document):
	pass
