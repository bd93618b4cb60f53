from frappe.model.document import Document


class KeyAccountOpportunityCompetitor(Document):
	pass
