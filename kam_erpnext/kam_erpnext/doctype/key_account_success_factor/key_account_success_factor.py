from frappe.model.document import Document


class KeyAccountSuccessFactor(Document):
	pass
