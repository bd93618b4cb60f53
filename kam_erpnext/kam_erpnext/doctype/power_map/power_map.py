from frappe.model.document import Document


class PowerMap(Document):
	pass
