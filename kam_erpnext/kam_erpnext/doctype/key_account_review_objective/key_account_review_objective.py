from frappe.model.document import Document


class KeyAccountReviewObjective(Document):
	pass
