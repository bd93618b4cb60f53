from frappe.model.document import Document


class KAMSettings(Document):
	pass
