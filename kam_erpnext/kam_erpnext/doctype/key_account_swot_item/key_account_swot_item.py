from frappe.model.document import Document


class KeyAccountSWOTItem(Document):
	pass
