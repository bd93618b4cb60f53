from frappe.model.document import Document


class KeyAccountBusinessReview(Document):
	pass
