from frappe.model.document import Document


class KeyAccountWallet(Document):
	pass
