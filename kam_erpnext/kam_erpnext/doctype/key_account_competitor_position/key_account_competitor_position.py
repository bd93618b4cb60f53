from frappe.model.document import Document


class KeyAccountCompetitorPosition(Document):
	pass
