from frappe.model.document import Document


class KeyAccountBudgetLine(Document):
	pass
