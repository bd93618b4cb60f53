from frappe.model.document import Document


class KeyAccountIncentiveParticipant(Document):
	pass
