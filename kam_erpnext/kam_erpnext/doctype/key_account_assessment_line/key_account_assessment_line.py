from frappe.model.document import Document


class KeyAccountAssessmentLine(Document):
	pass
