from frappe.model.document import Document


class CallCycle(Document):
	pass
