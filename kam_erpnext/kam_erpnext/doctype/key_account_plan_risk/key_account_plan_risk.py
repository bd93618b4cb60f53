from frappe.model.document import Document


class KeyAccountPlanRisk(Document):
	pass
