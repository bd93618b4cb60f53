from frappe.model.document import Document


class KeyAccountStageEntry(Document):
	pass
