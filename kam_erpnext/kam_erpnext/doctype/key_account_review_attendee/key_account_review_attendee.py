from frappe.model.document import Document


class KeyAccountReviewAttendee(Document):
	pass
