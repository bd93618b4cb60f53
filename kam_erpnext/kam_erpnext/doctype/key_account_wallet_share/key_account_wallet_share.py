from frappe.model.document import Document


class KeyAccountWalletShare(Document):
	pass
