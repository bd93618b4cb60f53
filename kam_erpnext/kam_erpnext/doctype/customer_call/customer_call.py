from frappe.model.document import Document


class CustomerCall(Document):
	pass
