from frappe.model.document import Document


class MarketIntelligence(Document):
	pass
