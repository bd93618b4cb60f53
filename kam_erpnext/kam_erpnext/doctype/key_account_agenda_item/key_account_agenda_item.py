from frappe.model.document import Document


class KeyAccountAgendaItem(Document):
	pass
