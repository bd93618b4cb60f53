from frappe.model.document import Document


class KeyAccountPlanQuestion(Document):
	pass
