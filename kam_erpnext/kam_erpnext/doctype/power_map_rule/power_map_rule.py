from frappe.model.document import Document


class PowerMapRule(Document):
	pass
