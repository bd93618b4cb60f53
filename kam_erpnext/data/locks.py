"""Locks are taken in one order, so that people who press at the same moment wait for one another and never in a circle.

First comes the record that several documents share (account, person, company, territory), then the document itself, which
Frappe locks when it is saved, then its neighbours.
"""

import frappe


def lock(doctype: str, name: str | None) -> None:
	"""Waits until nobody else holds the record, and holds it until the end of the transaction."""
	if name:
		frappe.db.get_value(doctype, name, "name", for_update=True)
