from frappe.model.document import Document


class KeyAccountOpportunity(Document):
	pass
