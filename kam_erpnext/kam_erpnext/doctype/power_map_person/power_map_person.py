from frappe.model.document import Document


class PowerMapPerson(Document):
	pass
