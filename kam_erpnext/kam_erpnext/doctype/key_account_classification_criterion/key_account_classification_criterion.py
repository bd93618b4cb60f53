from frappe.model.document import Document


class KeyAccountClassificationCriterion(Document):
	pass
