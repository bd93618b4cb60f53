from frappe.model.document import Document


class KeyAccountPlanTarget(Document):
	pass
