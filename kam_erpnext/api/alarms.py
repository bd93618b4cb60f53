"""What the desk asks the server for about alarms: mute, close, and let sound again."""

import frappe
from frappe import _

from kam_erpnext import alarms as app
from kam_erpnext.alarms import silence
from kam_erpnext.alarms.texts import drill, explained
from kam_erpnext.api.answers import Told
from kam_erpnext.api.arguments import read_names
from kam_erpnext.data import accounts

MOST = 500


@frappe.whitelist(methods=["POST"])
def mute(alarms: str | list, until: str, reason: str) -> Told:
	"""Mutes alarms until a day, with a reason: no message and no mark on the account until then. All or none.

	`{message}` says until when.
	"""
	frappe.has_permission(app.ALARM, "write", throw=True)
	for doc in _writable(alarms):
		silence.mute(doc, until, reason)
	return {"message": _("Muted until {0}.").format(frappe.utils.formatdate(until))}


@frappe.whitelist(methods=["POST"])
def close(alarms: str | list, reason: str) -> Told:
	"""Closes alarms that were dealt with: they stay silent as long as it lasts, at most three months. All or none.

	`{message}`.
	"""
	frappe.has_permission(app.ALARM, "write", throw=True)
	for doc in _writable(alarms):
		silence.close(doc, reason)
	return {"message": _("Closed.")}


@frappe.whitelist(methods=["POST"])
def unmute(alarms: str | list) -> Told:
	"""Lets muted or closed alarms stand open again. All or none. `{message}`."""
	frappe.has_permission(app.ALARM, "write", throw=True)
	for doc in _writable(alarms):
		silence.sound(doc)
	return {"message": _("The alarm stands open again.")}


@frappe.whitelist(methods=["GET"])
def about(alarm: str) -> dict:
	"""The alarm in the reader's language, and where its documents are: `text, drill, may_silence`."""
	doc = frappe.get_doc(app.ALARM, alarm)
	doc.check_permission("read")
	return {
		"text": explained(doc),
		"drill": drill(doc, tuple(accounts.visible_customers(doc.key_account))),
		"may_silence": bool(doc.alarm_key and doc.has_permission("write")),
	}


def _writable(names: str | list) -> list:
	"""Alarms the caller may change, in the order of their names, so that two callers cannot block each other."""
	if isinstance(names, str) and not names.startswith("["):
		names = [names]
	names = read_names(names, "alarms")
	if not names or len(names) > MOST:
		frappe.throw(_("Alarms: please choose 1 to {0}.").format(MOST))
	docs = [frappe.get_doc(app.ALARM, name, for_update=True) for name in sorted(names)]
	for doc in docs:
		doc.check_permission("write")
	return docs
