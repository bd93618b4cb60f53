from frappe.model.document import Document


class MarketEstimate(Document):
	pass
