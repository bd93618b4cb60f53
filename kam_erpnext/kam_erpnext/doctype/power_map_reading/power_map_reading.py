from frappe.model.document import Document


class PowerMapReading(Document):
	pass
