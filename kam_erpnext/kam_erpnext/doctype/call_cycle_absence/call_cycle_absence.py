from frappe.model.document import Document


class CallCycleAbsence(Document):
	pass
