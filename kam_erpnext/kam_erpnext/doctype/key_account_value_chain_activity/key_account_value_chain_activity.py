from frappe.model.document import Document


class KeyAccountValueChainActivity(Document):
	pass
