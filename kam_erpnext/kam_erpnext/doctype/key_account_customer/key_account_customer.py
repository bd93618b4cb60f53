from frappe.model.document import Document


class KeyAccountCustomer(Document):
	pass
