"""Contacts on power maps and opportunities: nothing blocks the deletion of a contact.

On a map the person stays by name; an opportunity loses the line, because it names the person for nothing else.
"""

import frappe


def on_trash(contact, method=None):
	frappe.db.set_value("Power Map Person", {"contact": contact.name}, "contact", None, update_modified=False)
	frappe.db.delete("Key Account Opportunity Contact", {"contact": contact.name})
