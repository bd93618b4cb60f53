from frappe.model.document import Document


class KeyAccountAlarm(Document):
	pass
