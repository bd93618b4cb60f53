from frappe.model.document import Document


class CallCycleLine(Document):
	pass
