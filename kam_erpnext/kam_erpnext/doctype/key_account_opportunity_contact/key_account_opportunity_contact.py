from frappe.model.document import Document


class KeyAccountOpportunityContact(Document):
	pass
