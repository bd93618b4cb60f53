"""The six roles of key account management."""

import frappe

ADMINISTRATOR = "KAM Administrator"
DIRECTOR = "Key Account Director"
MANAGER = "Key Account Manager"
COORDINATOR = "Key Account Coordinator"
SPONSOR = "Executive Sponsor"
READER = "KAM Reader"

ROLES = (ADMINISTRATOR, DIRECTOR, MANAGER, COORDINATOR, SPONSOR, READER)

# these see every key account, within their User Permissions; the others see the accounts of their teams
PROGRAMME_ROLES = (ADMINISTRATOR, DIRECTOR, READER)


def apply():
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True  # runs during install
			)


def remove():
	for role in ROLES:
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		if frappe.db.exists("Role", role):
			# runs during uninstall
			frappe.delete_doc("Role", role, force=True, ignore_permissions=True)
