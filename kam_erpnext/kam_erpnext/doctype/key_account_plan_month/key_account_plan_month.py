from frappe.model.document import Document


class KeyAccountPlanMonth(Document):
	pass
