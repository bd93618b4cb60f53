from frappe.model.document import Document


class KeyAccountIncentiveLine(Document):
	pass
