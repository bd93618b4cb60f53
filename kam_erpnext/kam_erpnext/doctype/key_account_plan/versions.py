"""Versions of a plan: codes that stay the same, which version may be replaced, and what differs between two."""

import frappe
from frappe import _

from kam_erpnext.data import budget
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import move_to_version
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import (
	CANCELLED,
	IN_FORCE,
	SUPERSEDED,
	set_cancelled_state,
)

PLAN = "Key Account Plan"
# table -> letter of its codes, field that holds the highest number given so far
CODES = {"objectives": ("O", "last_objective"), "budget": ("B", "last_budget_line")}


def set_version(plan):
	"""Number and first version; a client cannot choose them."""
	earlier = frappe.get_doc(PLAN, plan.amended_from) if plan.amended_from else None
	plan.first_version = earlier.first_version or earlier.name if earlier else plan.name
	plan.version = 1 + max(
		frappe.get_all(PLAN, {"first_version": plan.first_version}, pluck="version", order_by="version")
		or [0],
	)
	for _letter, counter in CODES.values():
		plan.set(counter, earlier.get(counter) if earlier else 0)


def validate_amended(plan):
	"""Only the version in force, or one that was cancelled, can be followed by another; one draft at a time."""
	if not plan.amended_from:
		return
	earlier = frappe.get_doc(PLAN, plan.amended_from)
	if earlier.key_account != plan.key_account or earlier.company != plan.company:
		frappe.throw(
			_("A new version belongs to the key account and company of {0}, which it replaces.").format(
				earlier.name
			)
		)
	if earlier.status not in (*IN_FORCE, CANCELLED):
		frappe.throw(
			_(
				"{0} is {1}. A new version can be made of a plan that is Approved, In Execution or Cancelled."
			).format(earlier.name, _(earlier.status)),
			title=_("New Version Not Possible"),
		)
	other = frappe.db.get_value(
		PLAN, {"amended_from": earlier.name, "docstatus": 0, "name": ("!=", plan.name or "")}
	)
	if other:
		frappe.throw(
			_(
				"{0} already has a new version that is not approved yet: {1}. Please go on with that one."
			).format(earlier.name, frappe.bold(other)),
			title=_("New Version Exists"),
		)


def set_codes(plan):
	"""O1, O2 … and B1, B2 …: given once, kept in every version, never used again."""
	before = plan.get_doc_before_save()
	earlier = frappe.get_doc(PLAN, plan.amended_from) if not before and plan.amended_from else None
	for table, (letter, counter) in CODES.items():
		stored = {row.name: row.code for row in before.get(table)} if before else {}
		known = {row.code for row in earlier.get(table)} if earlier else set()
		highest, used = plan.get(counter) or 0, set()
		for row in plan.get(table):
			code = stored.get(row.name) or (row.code if row.code in known else None)
			if not code or code in used:
				highest += 1
				code = f"{letter}{highest}"
			row.code = code
			used.add(code)
		plan.set(counter, highest)


def supersede_earlier(plan):
	"""The version that `plan` replaces ends with its approval; open actions follow."""
	if not plan.amended_from:
		return
	earlier = frappe.get_doc(PLAN, plan.amended_from)
	move_to_version(earlier.name, plan.name)
	budget.move_to_version(earlier.name, plan.name)
	if earlier.docstatus != 1:
		return
	earlier.flags.kam_superseded_by = plan.name
	# the right to approve the new version includes ending the old one
	earlier.flags.ignore_permissions = True
	earlier.cancel()
	earlier.add_comment("Info", _("Superseded by version {0}: {1}").format(plan.version, plan.name))


def set_end_status(plan):
	set_cancelled_state(plan, SUPERSEDED if plan.flags.kam_superseded_by else CANCELLED)
