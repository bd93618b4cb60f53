from frappe.model.document import Document


class KeyAccountPlanBlock(Document):
	pass
