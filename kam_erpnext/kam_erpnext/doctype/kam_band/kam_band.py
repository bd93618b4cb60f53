from frappe.model.document import Document


class KAMBand(Document):
	pass
