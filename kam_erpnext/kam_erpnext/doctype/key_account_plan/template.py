"""What a new plan starts with."""

import frappe
from frappe.utils import add_days, flt, getdate, nowdate

from kam_erpnext.kam_erpnext.doctype.key_account_plan.team import account_of, copy_swot

QUESTION_FIELDS = ("building_block", "question")


def start_from_template(plan):
	"""Tables that are still empty are filled; nothing is taken from an earlier plan."""
	template = frappe.get_cached_doc("Key Account Plan Template", plan.template)
	plan.period_type = plan.period_type or template.period_type
	plan.review_every = plan.review_every or template.review_every
	plan.set("blocks", [])
	for row in template.blocks:
		plan.append("blocks", {"block": row.block, "required": row.required})
	if not plan.questions:
		for row in template.questions:
			plan.append("questions", {field: row.get(field) for field in QUESTION_FIELDS})
	if not plan.objectives:
		for row in template.objectives:
			append_objective(plan, row)
	copy_swot(plan)


def append_objective(plan, line):
	measure = line.measure if line.measure and frappe.db.exists("KAM Measure", line.measure) else None
	plan.append(
		"objectives",
		{
			"objective": line.objective,
			"horizon": line.horizon,
			"belongs_to": line.belongs_to,
			"measure": measure,
			"weight": line.weight,
			"baseline_known": 0 if measure else 1,
			"state": "Open",
		},
	)


def set_first_targets(plan):
	"""Baseline and target of the template's objectives, once the plan knows its period."""
	template = frappe.get_cached_doc("Key Account Plan Template", plan.template)
	change = {(row.objective, row.measure): flt(row.target_change) for row in template.objectives}
	fill_baselines(plan, change)


def fill_baselines(plan, changes=None) -> int:
	"""Baselines that are not known yet, from documents; a target follows where the template says so."""
	try:
		from kam_erpnext.data.objectives import baseline_of
	except ImportError:
		return 0

	filled = 0
	for row in plan.objectives:
		if not row.measure or row.baseline_known:
			continue
		measured = baseline_of(plan, row.measure, row.item_group)
		if measured.value is None:
			continue
		row.baseline, row.baseline_known = measured.value, 1
		filled += 1
		change = (changes or {}).get((row.objective, row.measure))
		if change and not flt(row.target):
			row.target = flt(measured.value * (1 + change / 100), 2)
	return filled


def create_actions(plan):
	"""Actions of the template, given to the account manager, else to the author."""
	from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action

	template = frappe.get_cached_doc("Key Account Plan Template", plan.template)
	responsible = responsible_for(plan)
	start = max(getdate(plan.from_date), getdate(nowdate()))
	if plan.to_date and getdate(plan.to_date) < start:
		start = getdate(plan.from_date)
	for row in template.actions:
		begin = add_days(start, row.start_after or 0)
		make_action(
			plan.key_account,
			row.subject,
			responsible,
			add_days(begin, max(row.duration or 0, 0)),
			start_date=begin,
			is_milestone=row.is_milestone,
			plan=plan.name,
			origin="Plan",
			company=plan.company,
		)


def responsible_for(plan) -> str:
	account = account_of(plan)
	manager = account and account.key_account_manager
	if manager and frappe.db.get_value("User", manager, "enabled"):
		return manager
	return plan.prepared_by
