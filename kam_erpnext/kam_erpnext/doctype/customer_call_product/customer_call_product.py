from frappe.model.document import Document


class CustomerCallProduct(Document):
	pass
