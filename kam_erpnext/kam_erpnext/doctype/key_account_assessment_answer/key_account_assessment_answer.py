from frappe.model.document import Document


class KeyAccountAssessmentAnswer(Document):
	pass
