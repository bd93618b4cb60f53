"""Plan in force, business reviews and open actions of the account."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data.account_page.panel import ROWS, hidden, listed, may_read, part
from kam_erpnext.data.account_page.scope import Scope

OPEN_ACTIONS = ("Planned", "In Progress")
PLANS_IN_FORCE = ("Approved", "In Execution")
PLANS_IN_MAKING = ("Draft", "In Review", "Rejected")


def plan_in_force(scope: Scope) -> dict:
	"""The plan of the account that covers today, those in the making, and how many accounts below have one."""
	doctype = "Key Account Plan"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {
		"key_account": ["in", scope.accounts],
		"status": ["in", (*PLANS_IN_FORCE, *PLANS_IN_MAKING)],
		"docstatus": ["<", 2],
	}
	fields = ["name", "title", "key_account", "status", "period_type", "from_date", "to_date", "next_review"]
	rows = listed(
		doctype,
		filters,
		[*fields, "docstatus", "version", "currency", "total_target", "completeness"],
		"from_date desc, version desc, name desc",
	)
	approved = [row for row in rows if row["docstatus"] == 1 and row["status"] in PLANS_IN_FORCE]
	covering = [row for row in approved if _covers(row, scope.today)]
	own = [row for row in covering if row["key_account"] == scope.key_account]
	making = [row for row in rows if row["docstatus"] == 0 and row["key_account"] == scope.key_account]
	return part(
		doctype,
		own[1:],
		filters,
		_("Approved plans of this account whose period holds today."),
		in_force=_with_progress(own[0]) if own else None,
		in_making=making[:ROWS],
		planned_below=len(
			{row["key_account"] for row in covering if row["key_account"] != scope.key_account}
		),
	)


def _covers(row: dict, day: date) -> bool:
	return getdate(row["from_date"]) <= day and (not row["to_date"] or day <= getdate(row["to_date"]))


def _with_progress(plan: dict) -> dict:
	"""Objectives of the plan by state, as last read by the plan."""
	objectives = frappe.get_all(
		"Key Account Plan Objective",
		{"parent": plan["name"], "parenttype": "Key Account Plan"},
		["code", "objective", "due", "weight", "progress", "value_known", "state"],
		order_by="idx",
	)
	counted = [row for row in objectives if row["state"] != "Dropped"]
	states = {}
	for row in counted:
		states[row["state"] or "Open"] = states.get(row["state"] or "Open", 0) + 1
	known = [row for row in counted if row["value_known"]]
	weights = sum(flt(row["weight"]) or 1 for row in known)
	return {
		**plan,
		"objectives": len(counted),
		"measured": len(known),
		"states": states,
		"progress": sum((flt(row["weight"]) or 1) * min(max(flt(row["progress"]), 0), 100) for row in known)
		/ weights
		if known
		else None,
	}


def reviews(scope: Scope) -> dict:
	"""The last business review of the account and the next one."""
	doctype = "Key Account Business Review"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {"key_account": scope.key_account, "docstatus": ["<", 2]}
	fields = ["name", "title", "review_date", "docstatus", "satisfaction", "next_review"]
	rows = listed(doctype, filters, fields, "review_date desc, name desc")
	held = [row for row in rows if row["docstatus"] == 1]
	coming = [row for row in rows if row["docstatus"] == 0]
	return part(
		doctype,
		rows,
		filters,
		_("Business reviews of this account."),
		last=held[0] if held else None,
		coming=coming[-1] if coming else None,
	)


def open_actions(scope: Scope) -> dict:
	doctype = "Key Account Action"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {"key_account": ["in", scope.accounts], "status": ["in", OPEN_ACTIONS]}
	fields = ["name", "subject", "key_account", "account_name", "responsible", "responsible_name", "end_date"]
	rows = listed(doctype, filters, [*fields, "status", "priority", "is_milestone"], "end_date asc, name asc")
	for row in rows:
		row["late"] = bool(row["end_date"]) and getdate(row["end_date"]) < scope.today
	return part(
		doctype,
		rows,
		filters,
		_("Actions of the account and of the accounts below it that are planned or in progress."),
		late=sum(row["late"] for row in rows),
		of_reader=sum(row["responsible"] == frappe.session.user for row in rows),
	)
