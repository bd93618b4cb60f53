from frappe.model.document import Document


class KeyAccountSelectionLine(Document):
	pass
