"""Arguments of endpoints that come as objects or as their JSON."""

import json

import frappe


def parsed(value, kind: type, message: str):
	"""`value`, or what its JSON holds, if that is a `kind` (dict or list); else the caller is told `message`."""
	if isinstance(value, str):
		try:
			value = json.loads(value)
		except ValueError:
			value = None
	if not isinstance(value, kind):
		frappe.throw(message)
	return value
