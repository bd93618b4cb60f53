from frappe.model.document import Document


class KeyAccountOpportunityVolume(Document):
	pass
