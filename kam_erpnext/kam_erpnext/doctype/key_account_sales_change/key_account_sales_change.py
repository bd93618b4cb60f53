from frappe.model.document import Document


class KeyAccountSalesChange(Document):
	pass
