"""What of a plan may change when: in review nothing, after the approval results only, after closing nothing."""

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime, nowdate

from kam_erpnext.data import budget, objectives, plan_figures
from kam_erpnext.engine.objectives import progress
from kam_erpnext.kam_erpnext.doctype.key_account_plan.period import PERPETUAL
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import CLOSED, IN_FORCE
from kam_erpnext.kam_erpnext.doctype.key_account_plan.team import put_rows

# measured by code where an objective has a measure
MEASURED = ("value", "value_known")
MEASURED_ALWAYS = ("value_on", "progress")
NOT_CONTENT = ("status", "workflow_state", "rejection_reason", "closing_note", "plan_html", "versions_html")
TABLES = ("Table", "Table MultiSelect")
LAYOUT = ("Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Fold")


def content(doc) -> dict:
	"""What people enter: values of a plan or of a row, tables as lists of rows."""
	values = {}
	for df in doc.meta.fields:
		if df.fieldtype in LAYOUT or df.read_only or df.hidden or df.fieldname in NOT_CONTENT:
			continue
		value = doc.get(df.fieldname)
		if df.fieldtype in TABLES:
			value = [content(row) for row in value or []]
		elif df.fieldtype in ("Currency", "Float", "Percent", "Int", "Check"):
			value = flt(value, 6)
		else:
			value = str(value or "").strip()
		values[df.fieldname] = value
	return values


def changed_fields(plan, before) -> list[str]:
	new, old = content(plan), content(before)
	return [field for field in new if new[field] != old[field]]


def validate_unchanged_in_review(plan):
	"""Nobody edits a plan in review: what the approver reads is what he approves."""
	changed = changed_fields(plan, plan.get_doc_before_save())
	if changed:
		frappe.throw(
			_(
				"This plan is in review, so it cannot be changed now ({0}). Recall it or have it rejected, change it and send it again."
			).format(", ".join(_(plan.meta.get_label(field)) for field in changed)),
			title=_("Plan Is in Review"),
		)


def validate_after_submit(plan):
	before = plan.get_doc_before_save()
	if before.status == CLOSED == plan.status and (changed := changed_fields(plan, before)):
		frappe.throw(
			_("This plan is closed and does not change any more ({0}). A director can reopen it.").format(
				", ".join(_(plan.meta.get_label(field)) for field in changed)
			),
			title=_("Plan Is Closed"),
		)
	keep_measured(plan)
	validate_same_rows(plan, before)


def validate_same_rows(plan, before):
	"""Lines of an approved plan stay: results are entered, content changes with a new version."""
	for df in plan.meta.get_table_fields():
		if {row.name for row in plan.get(df.fieldname)} != {row.name for row in before.get(df.fieldname)}:
			frappe.throw(
				_(
					"{0}: lines of an approved plan cannot be added or removed. Please make a new version of the plan."
				).format(_(df.label)),
				frappe.UpdateAfterSubmitError,
				title=_("Plan Is Approved"),
			)


def keep_measured(plan):
	"""Values that documents answer are not taken from a client."""
	before = plan.get_doc_before_save()
	stored = {row.name: row for row in before.objectives} if before else {}
	for row in plan.objectives:
		old = stored.get(row.name)
		fields = MEASURED + MEASURED_ALWAYS if row.measure else MEASURED_ALWAYS
		for field in fields:
			row.set(field, old.get(field) if old else (None if field == "value_on" else 0))
		if not row.measure:
			set_manual_progress(row, old)
	stored = {row.name: row for row in before.budget} if before else {}
	for row in plan.budget:
		old = stored.get(row.name)
		row.committed, row.spent = (old.committed, old.spent) if old else (0, 0)


def read_live(plan):
	"""Values of the objectives and of the budget with the rights of the reader, in memory; saving keeps the stored ones."""
	objectives.refresh(plan)
	budget.refresh(plan)


def set_manual_progress(row, old):
	"""An objective without a measure: what a person enters counts, with the time of the entry."""
	if flt(row.value):
		row.value_known = 1
	if not row.value_known:
		row.value_on, row.progress = None, 0
		return
	if not old or flt(old.value) != flt(row.value) or not old.value_known:
		row.value_on = now_datetime()
	baseline, target = flt(row.baseline) if row.baseline_known else None, objectives.target_of(row)
	row.progress = flt(
		progress(baseline, target, flt(row.value), False, flt(row.target) >= flt(row.baseline))
	)


def set_target_figures(plan):
	"""What was sold a year earlier beside every target, and the targets by month."""
	for row, before in zip(plan.targets, plan_figures.before_of_lines(plan), strict=True):
		row.before = flt(before.net_sales, 2)
	put_rows(plan, "months", [] if plan.period_type == PERPETUAL else plan_figures.months_rows(plan))


# ---------------------------------------------------------------- figures that are kept


def measure(plan):
	"""Values of the objectives, progress and budget, as they are now, in memory."""
	objectives.refresh(plan)
	budget.refresh(plan)
	live = [
		row.as_dict() | {"progress": row.progress if row.value_known else None} for row in plan.objectives
	]
	plan.progress = flt(objectives.progress_of_plan([frappe._dict(row) for row in live])[0], 2)


def snapshot(plan) -> dict:
	"""Figures and names as they are now."""
	return {
		"taken_on": now_datetime(),
		"taken_by": frappe.session.user,
		"figures": plan_figures.target_figures(plan),
		"objectives": objectives.live(plan),
		"account_name": plan.account_name,
		"customers": customers_by_name(plan),
		"team": [row.as_dict(no_default_fields=True) for row in plan.team],
	}


def customers_by_name(plan) -> dict:
	names = plan_figures.customers_of(plan)
	if not names:
		return {}
	return dict(frappe.get_all("Customer", {"name": ("in", names)}, ["name", "customer_name"], as_list=True))


def freeze(plan):
	"""At the approval: what the plan was approved with."""
	measure(plan)
	plan.frozen = frappe.as_json({"approved": snapshot(plan)}, indent=None)


def frozen_part(plan, part: str) -> dict | None:
	"""`approved` or `closed`: the figures kept then."""
	return (frappe.parse_json(plan.frozen or "{}") or {}).get(part)


def refresh_plan(name: str):
	"""Store what objectives and budget of a plan in force say now. Its `modified` stays, as nobody edited it."""
	plan = frappe.get_doc("Key Account Plan", name)
	if plan.docstatus != 1 or plan.status == CLOSED:
		return
	measure(plan)
	for row in plan.objectives:
		row.db_set(
			{field: row.get(field) for field in (*MEASURED, *MEASURED_ALWAYS, "state")}, update_modified=False
		)
	for row in plan.budget:
		row.db_set({"committed": row.committed, "spent": row.spent}, update_modified=False)
	plan.db_set({"total_spent": plan.total_spent, "progress": plan.progress}, update_modified=False)


def refresh_plans_in_force():
	"""Every night, for lists and reports. Forms read live."""
	for name in frappe.get_all(
		"Key Account Plan", {"docstatus": 1, "status": ("in", IN_FORCE)}, pluck="name", order_by="name"
	):
		try:
			refresh_plan(name)
			frappe.db.commit()  # one plan that cannot be read must not undo the others
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"Key Account Plan {name} could not be measured")


def close(plan):
	if not (plan.closing_note or "").strip():
		frappe.throw(
			_("Please enter the Closing Note: what was reached, and what do we learn from it?"),
			title=_("Closing Note Missing"),
		)
	measure(plan)
	kept = frappe.parse_json(plan.frozen or "{}") or {}
	plan.frozen = frappe.as_json({**kept, "closed": snapshot(plan)}, indent=None)


def set_end_of_perpetual(plan):
	"""A perpetual plan gets its last day when it is closed, and loses it when it is opened again."""
	if plan.period_type != PERPETUAL:
		return
	if plan.status == CLOSED and not plan.to_date:
		plan.db_set("to_date", max(getdate(nowdate()), getdate(plan.from_date)))
	elif plan.status != CLOSED and plan.to_date:
		plan.db_set("to_date", None)


def let_go_of_actions(plan):
	"""Actions nobody has touched go with the draft; the others stay with the account."""
	for action in frappe.get_all(
		"Key Account Action", {"plan": plan.name}, ["name", "status", "origin", "creation", "modified"]
	):
		if action.status == "Planned" and action.origin == "Plan" and action.creation == action.modified:
			# made by the plan that is deleted
			frappe.delete_doc("Key Account Action", action.name, ignore_permissions=True)
		else:
			frappe.db.set_value(
				"Key Account Action",
				action.name,
				{"plan": None, "objective_code": None},
				update_modified=False,
			)
