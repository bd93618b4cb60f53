from frappe.model.document import Document


class KeyAccountSalesMonth(Document):
	pass
