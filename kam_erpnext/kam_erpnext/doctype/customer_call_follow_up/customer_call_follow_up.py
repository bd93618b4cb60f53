from frappe.model.document import Document


class CustomerCallFollowUp(Document):
	pass
