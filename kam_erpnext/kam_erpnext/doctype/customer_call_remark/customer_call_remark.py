from frappe.model.document import Document


class CustomerCallRemark(Document):
	pass
