from frappe.model.document import Document


class KeyAccountScoringCriterion(Document):
	pass
