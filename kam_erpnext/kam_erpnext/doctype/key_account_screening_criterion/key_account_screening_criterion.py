from frappe.model.document import Document


class KeyAccountScreeningCriterion(Document):
	pass
