from frappe.model.document import Document


class MarketEstimateCompetitor(Document):
	pass
