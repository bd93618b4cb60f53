from frappe.model.document import Document


class CallFrequencyRule(Document):
	pass
