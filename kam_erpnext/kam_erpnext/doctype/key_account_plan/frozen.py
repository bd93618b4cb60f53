"""What of a plan may change when: in review nothing, after the approval results only, after closing nothing."""

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime, nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_plan.period import PERPETUAL
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import CLOSED

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
	objectives = {row.name: row for row in before.objectives} if before else {}
	for row in plan.objectives:
		old = objectives.get(row.name)
		fields = MEASURED + MEASURED_ALWAYS if row.measure else MEASURED_ALWAYS
		for field in fields:
			row.set(field, old.get(field) if old else (None if field == "value_on" else 0))
		if not row.measure:
			set_manual_progress(row, old)
	budget = {row.name: row for row in before.budget} if before else {}
	for row in plan.budget:
		old = budget.get(row.name)
		row.committed, row.spent = (old.committed, old.spent) if old else (0, 0)


def set_manual_progress(row, old):
	"""An objective without a measure: what a person enters counts, with the time of the entry."""
	if flt(row.value):
		row.value_known = 1
	if not row.value_known:
		row.value_on, row.progress = None, 0
		return
	if not old or flt(old.value) != flt(row.value) or not old.value_known:
		row.value_on = now_datetime()
	row.progress = _progress(row)


def _progress(row):
	from kam_erpnext.engine.objectives import progress

	baseline = flt(row.baseline) if row.baseline_known else None
	return flt(progress(baseline, flt(row.target), flt(row.value), False))


def set_target_figures(plan):
	pass


def freeze(plan):
	pass


def close(plan):
	if not (plan.closing_note or "").strip():
		frappe.throw(
			_("Please enter the Closing Note: what was reached, and what do we learn from it?"),
			title=_("Closing Note Missing"),
		)


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
