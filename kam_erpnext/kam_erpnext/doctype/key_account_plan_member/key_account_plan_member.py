from frappe.model.document import Document


class KeyAccountPlanMember(Document):
	pass
