from frappe.model.document import Document


class KeyAccountReviewDecision(Document):
	pass
