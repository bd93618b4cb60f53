from frappe.model.document import Document


class KeyAccountMembership(Document):
	pass
