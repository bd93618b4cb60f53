"""Contacts on power maps: a contact that is deleted leaves the person on the map by name; nothing blocks its deletion."""

import frappe


def on_trash(contact, method=None):
	frappe.db.set_value("Power Map Person", {"contact": contact.name}, "contact", None, update_modified=False)
