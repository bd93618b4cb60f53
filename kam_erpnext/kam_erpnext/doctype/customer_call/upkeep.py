"""What happens to calls when other documents change: nothing is held up, and nothing points to what is gone.

And the daily look at calls whose day has passed.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from kam_erpnext.data import call_time
from kam_erpnext.data.calls import METHODS, OPEN
from kam_erpnext.engine.call_figures import CANCELLED, MISSED
from kam_erpnext.kam_erpnext.doctype.customer_call.customer_call import title_of
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of

CALL = "Customer Call"
PERSON, FOLLOW_UP, REMARK = "Customer Call Contact", "Customer Call Follow Up", "Customer Call Remark"


# ---------------------------------------------------------------- missed


def mark_missed():
	"""Daily: open calls that were neither made nor moved within the days of KAM Settings become missed."""
	days = cint(get_settings().call_missed_after)
	if not days:
		return
	# the day begins earlier in some time zones than in that of the site
	latest = now_datetime().date() + timedelta(days=1 - days)
	rows = frappe.get_all(
		CALL,
		{"status": ("in", OPEN), "planned_on": ("<", latest)},
		["name", "user", "planned_on"],
		order_by="planned_on, name",
		limit_page_length=0,
	)
	for row in rows:
		if row.planned_on + timedelta(days=days) < call_time.today_of(row.user):
			_miss(row.name, days)


def _miss(name: str, days: int):
	"""One call; what holds up one does not hold up the others, and stands in the error log."""
	frappe.db.savepoint("kam_missed")
	try:
		call = frappe.get_doc(CALL, name, for_update=True)
		if call.status not in OPEN:
			return  # reported this moment
		call.status = MISSED
		call.reason = _("Not reported within {0} days.").format(days)
		# users and other documents that were deleted meanwhile
		call.flags.ignore_links = True
		# the scheduler is nobody's team
		call.save(ignore_permissions=True)
	except Exception:
		frappe.db.rollback(save_point="kam_missed")
		frappe.log_error(
			title="Customer call could not be marked as missed", reference_doctype=CALL, reference_name=name
		)
	else:
		frappe.db.release_savepoint("kam_missed")


# ---------------------------------------------------------------- customers and accounts


def customer_changed(customer, method=None):
	if customer.has_value_changed("customer_name") and not customer.is_new():
		follow_customer(customer.name)


def customer_renamed(customer, method=None, old=None, new=None, merge=False):
	follow_customer(new)


def follow_customer(customer: str):
	"""Name and account of the customer on its calls."""
	name = frappe.db.get_value("Customer", customer, "customer_name") or customer
	call = frappe.qb.DocType(CALL)
	for contact_method in METHODS:
		(
			frappe.qb.update(call)
			.set(call.customer_name, name)
			.set(call.key_account, account_of(customer))
			.set(call.title, title_of(name, contact_method))
			.where((call.customer == customer) & (call.method == contact_method))
			.run()
		)


def customer_deleted(customer, method=None):
	"""A customer that can be deleted has no documents; calls on nobody say nothing."""
	for name in frappe.get_all(CALL, {"customer": customer.name}, pluck="name"):
		# whoever may delete the customer may have its consequences
		frappe.delete_doc(CALL, name, ignore_permissions=True)


def account_changed(account, method=None):
	"""Calls belong to the account of their customer."""
	mine = [row.customer for row in account.customers]
	call = frappe.qb.DocType(CALL)
	left = frappe.qb.update(call).set(call.key_account, None).where(call.key_account == account.name)
	(left.where(call.customer.notin(mine)) if mine else left).run()
	if mine:
		elsewhere = call.key_account.isnull() | (call.key_account != account.name)
		(
			frappe.qb.update(call)
			.set(call.key_account, account.name)
			.where(call.customer.isin(mine) & elsewhere)
			.run()
		)


def account_deleted(account, method=None):
	frappe.db.set_value(CALL, {"key_account": account.name}, "key_account", None, update_modified=False)


# ---------------------------------------------------------------- people


def contact_deleted(contact, method=None):
	"""The line names the person for nothing else."""
	frappe.db.delete(PERSON, {"contact": contact.name, "parenttype": CALL})


def contact_renamed(contact, method=None, old=None, new=None, merge=False):
	"""Two contacts that became one stand once on a call, and were met if one of them was."""
	if not merge:
		return
	rows = frappe.get_all(
		PERSON,
		{"contact": new, "parenttype": CALL},
		["name", "parent", "met"],
		order_by="parent, met desc, idx",
		limit_page_length=0,
	)
	seen = set()
	for row in rows:
		if row.parent in seen:
			frappe.db.delete(PERSON, {"name": row.name})
		seen.add(row.parent)


def user_deleted(user, method=None):
	"""Open calls of the person are cancelled, the others keep the name."""
	call, name = frappe.qb.DocType(CALL), user.name
	(
		frappe.qb.update(call)
		.set(call.status, CANCELLED)
		.set(call.reason, _("The user {0} was deleted.").format(name))
		.where((call.user == name) & call.status.isin(OPEN))
		.run()
	)
	(
		frappe.qb.update(call)
		.set(call.user_name, user.full_name or name)
		.set(call.user, None)
		.where(call.user == name)
		.run()
	)
	frappe.db.set_value(CALL, {"accompanied_by": name}, "accompanied_by", None, update_modified=False)
	frappe.db.set_value(FOLLOW_UP, {"responsible": name}, "responsible", None, update_modified=False)


def user_renamed(user, method=None, old=None, new=None, merge=False):
	"""Nobody accompanies himself."""
	if merge:
		frappe.db.set_value(
			CALL, {"user": new, "accompanied_by": new}, "accompanied_by", None, update_modified=False
		)


# ---------------------------------------------------------------- what was made of reports


def action_deleted(action, method=None):
	_forget(FOLLOW_UP, "action", action.name)


def todo_deleted(todo, method=None):
	_forget(FOLLOW_UP, "todo", todo.name)


def note_deleted(note, method=None):
	_forget(REMARK, "note", note.name)


def competitor_deleted(competitor, method=None):
	_forget(REMARK, "competitor", competitor.name)


def _forget(doctype: str, field: str, name: str):
	"""The row keeps the mark that something was made of it: it is not made again."""
	parents = frappe.get_all(doctype, {field: name, "parenttype": CALL}, pluck="parent", distinct=True)
	if not parents:
		return
	frappe.db.set_value(doctype, {field: name, "parenttype": CALL}, field, None, update_modified=False)
	for parent in parents:
		frappe.clear_document_cache(CALL, parent)
