from frappe.model.document import Document


class KeyAccountPlanTemplate(Document):
	pass
