from frappe.model.document import Document


class KeyAccountCustomerGoal(Document):
	pass
