from frappe.model.document import Document


class KAMMeasure(Document):
	pass
