from frappe.model.document import Document


class KeyAccountAssessment(Document):
	pass
