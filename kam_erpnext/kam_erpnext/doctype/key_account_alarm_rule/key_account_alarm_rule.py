from frappe.model.document import Document


class KeyAccountAlarmRule(Document):
	pass
