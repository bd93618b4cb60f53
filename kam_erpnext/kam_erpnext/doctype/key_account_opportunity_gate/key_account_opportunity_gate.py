from frappe.model.document import Document


class KeyAccountOpportunityGate(Document):
	pass
