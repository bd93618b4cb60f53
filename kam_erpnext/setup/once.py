"""What is shipped is made once: a site may change or delete it, and migrate leaves it alone. These names were made."""

import frappe


def created(key: str) -> list[str]:
	"""Names remembered under a key."""
	# from the table: during install Frappe does not refresh the cache that get_global reads
	return (
		frappe.db.get_value("DefaultValue", {"parent": "__global", "defkey": key}, "defvalue") or ""
	).splitlines()


def remember(key: str, names: list[str]):
	frappe.db.set_global(key, "\n".join(names))


def forget(key: str):
	"""When the app is removed."""
	frappe.db.delete("DefaultValue", {"defkey": key})
