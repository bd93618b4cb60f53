from frappe.model.document import Document


class KeyAccountAssessmentScore(Document):
	pass
