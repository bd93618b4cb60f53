"""People proposed for a map: the contacts of the account's customers that are not on it yet."""

import frappe

from kam_erpnext.power_map import people

# where sites keep the superior of a contact: a field of Contact that links to Contact and is called like this
SUPERIOR_WORDS = ("report", "superior", "supervisor", "manager", "boss")


def proposals(doc) -> list[dict]:
	"""With the rights of the reader; `reports_to_contact` where the site has a field for it."""
	customers = people.customers_of(doc.key_account)
	if not customers or not frappe.has_permission("Contact", "read"):
		return []
	superior = superior_field()
	contacts = frappe.get_list(
		"Contact",
		filters=[
			["Dynamic Link", "link_doctype", "=", "Customer"],
			["Dynamic Link", "link_name", "in", sorted(customers)],
		],
		fields=[*people.CONTACT_FIELDS, "is_primary_contact", *([superior] if superior else [])],
		order_by="is_primary_contact desc, first_name asc, name asc",
		distinct=True,
		limit_page_length=0,
	)
	on_map = {row.contact for row in doc.people if row.contact}
	return [
		{
			"contact": contact.name,
			"person_name": people.full_name(contact),
			"designation": contact.designation,
			"department": contact.department,
			"organisation": contact.company_name,
			"email_id": contact.email_id,
			"reports_to_contact": (contact.get(superior) or None) if superior else None,
		}
		for contact in contacts
		if contact.name not in on_map
	]


def superior_field() -> str | None:
	"""Name of the field of Contact that says who the superior is, if the site has one."""
	for df in frappe.get_meta("Contact").get("fields", {"fieldtype": "Link", "options": "Contact"}):
		if any(word in df.fieldname for word in SUPERIOR_WORDS):
			return df.fieldname
	return None
