from frappe.model.document import Document


class KeyAccountReviewAction(Document):
	pass
