from frappe.model.document import Document


class CustomerCallContact(Document):
	pass
