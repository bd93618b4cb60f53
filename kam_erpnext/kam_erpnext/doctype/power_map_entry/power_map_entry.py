from frappe.model.document import Document


class PowerMapEntry(Document):
	pass
