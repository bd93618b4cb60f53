from frappe.model.document import Document


class KeyAccountPlanObjective(Document):
	pass
