from frappe.model.document import Document


class KeyAccountOpportunityReason(Document):
	pass
