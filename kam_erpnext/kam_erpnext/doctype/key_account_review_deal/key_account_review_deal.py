from frappe.model.document import Document


class KeyAccountReviewDeal(Document):
	pass
