from frappe.model.document import Document


class KeyAccountWinLossReason(Document):
	pass
