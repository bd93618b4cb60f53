"""Icons and sidebars of the desk of version 16. Frappe makes them from the files in `desktop_icon` and
`workspace_sidebar`; version 15 knows neither folder."""

import frappe

from kam_erpnext import compat

APP = "kam_erpnext"


def remove():
	"""Frappe leaves the icons of an app behind, and the sidebars that users made their own."""
	if not compat.has_desktop():
		return
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		for name in frappe.get_all(doctype, {"app": APP}, pluck="name"):
			frappe.delete_doc(doctype, name)
