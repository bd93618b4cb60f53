from frappe.model.document import Document


class KeyAccountAssessmentThreshold(Document):
	pass
