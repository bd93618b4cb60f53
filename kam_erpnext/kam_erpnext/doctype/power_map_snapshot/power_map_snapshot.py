from frappe.model.document import Document


class PowerMapSnapshot(Document):
	pass
