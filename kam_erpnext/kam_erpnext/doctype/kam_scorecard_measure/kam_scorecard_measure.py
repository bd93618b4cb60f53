from frappe.model.document import Document


class KAMScorecardMeasure(Document):
	pass
