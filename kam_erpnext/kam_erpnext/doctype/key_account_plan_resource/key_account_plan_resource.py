from frappe.model.document import Document


class KeyAccountPlanResource(Document):
	pass
