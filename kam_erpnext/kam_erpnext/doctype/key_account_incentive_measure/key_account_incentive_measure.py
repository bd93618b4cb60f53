from frappe.model.document import Document


class KeyAccountIncentiveMeasure(Document):
	pass
