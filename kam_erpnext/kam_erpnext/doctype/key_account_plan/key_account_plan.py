from frappe.model.document import Document


class KeyAccountPlan(Document):
	pass
