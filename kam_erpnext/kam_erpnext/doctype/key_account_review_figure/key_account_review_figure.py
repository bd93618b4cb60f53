from frappe.model.document import Document


class KeyAccountReviewFigure(Document):
	pass
