"""What people do with an alarm: mute it until a day, close it as dealt with, let it sound again."""

import hashlib
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from kam_erpnext.alarms import ALARM, CLOSED, MUTED, OPEN

# a muted alarm must not be forgotten
LONGEST = 366


def mute(doc, until, reason: str):
	doc.update({"status": MUTED, "muted_until": until, "mute_reason": reason})
	return doc.save()


def close(doc, reason: str):
	doc.update({"status": CLOSED, "mute_reason": reason})
	return doc.save()


def sound(doc):
	doc.update({"status": OPEN, "mute_reason": None})
	return doc.save()


def validate(doc, before) -> None:
	"""Also what is saved past the buttons must hold: a muted alarm has a day and a reason, a closed one a reason."""
	change = any(
		(doc.get(field) or None) != (before.get(field) or None)
		for field in ("status", "muted_until", "mute_reason")
	)
	if not change:
		doc.update({field: before.get(field) for field in ("closed_on", "silenced_by")})
		return
	if not doc.alarm_key:
		frappe.throw(_("This alarm is over. It sounds again by itself when its rule finds the same."))
	doc.mute_reason = (doc.mute_reason or "").strip()
	if doc.status in (MUTED, CLOSED) and not doc.mute_reason:
		frappe.throw(_("Please give a Reason, so that the others know why this alarm is silent."))
	doc.closed_on = getdate() if doc.status == CLOSED else None
	doc.silenced_by = None if doc.status == OPEN else frappe.utils.get_fullname(frappe.session.user)
	if doc.status != MUTED:
		doc.muted_until = None
	else:
		validate_day(doc)
	if doc.status == OPEN:
		doc.mute_reason = None


def validate_day(doc) -> None:
	if not doc.muted_until:
		frappe.throw(
			_("Please enter Muted Until: the day on which the alarm sounds again if it is still so.")
		)
	first, last = getdate() + timedelta(days=1), getdate() + timedelta(days=LONGEST)
	if not first <= getdate(doc.muted_until) <= last:
		frappe.throw(
			_("Muted Until must lie between {0} and {1}; found {2}.").format(
				formatdate(first), formatdate(last), formatdate(doc.muted_until)
			)
		)


# ---------------------------------------------------------------- one lasting alarm of each account, company and rule


def key_of(key_account: str, company: str | None, rule: str) -> str:
	"""Names can be as long as a column together, so their digest stands for them."""
	return hashlib.sha256("\n".join((key_account, company or "", rule)).encode()).hexdigest()[:40]


def renew_keys(field: str, value: str) -> None:
	"""After a rename; where two records became one, the alarm raised first goes on and the other is over."""
	rows = frappe.get_all(
		ALARM,
		{field: value, "alarm_key": ["is", "set"]},
		["name", "key_account", "company", "rule", "alarm_key"],
		order_by="since, creation",
	)
	kept = {}
	for row in rows:
		kept.setdefault(key_of(row.key_account, row.company, row.rule), row)
	for row in rows:
		key = key_of(row.key_account, row.company, row.rule)
		if kept[key] is not row:
			frappe.db.set_value(
				ALARM,
				row.name,
				{"status": CLOSED, "alarm_key": None, "closed_on": getdate()},
				update_modified=False,
			)
	for key, row in kept.items():
		if row.alarm_key != key:
			frappe.db.set_value(ALARM, row.name, "alarm_key", key, update_modified=False)


def record_renamed(doc, method=None, old=None, new=None, merge=False):
	"""Key accounts and companies."""
	renew_keys({"Key Account": "key_account", "Company": "company"}[doc.doctype], new)


def account_deleted(doc, method=None):
	"""Alarms of an account say nothing without it."""
	frappe.db.delete(ALARM, {"key_account": doc.name})
