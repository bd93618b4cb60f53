"""What a new plan starts with."""

import frappe
from frappe import _
from frappe.utils import add_days, flt, getdate, nowdate

from kam_erpnext.data import plan_figures, sales
from kam_erpnext.data.objectives import baseline_of
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from kam_erpnext.kam_erpnext.doctype.key_account_plan.team import account_of, copy_swot

MOST_TARGETS = 5
QUESTION_FIELDS = ("building_block", "question")


def start_from_template(plan):
	"""Tables that are still empty are filled; nothing is taken from an earlier plan."""
	template = frappe.get_cached_doc("Key Account Plan Template", plan.template)
	if template.disabled:
		frappe.throw(
			_("The template {0} is disabled. Please choose another one.").format(template.template_name)
		)
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
			"baseline": 0,
			"baseline_known": 0 if measure else 1,
			"target": 0,
			"state": "Open",
		},
	)


def changes_of(plan) -> dict:
	"""Objective and measure -> percentage the template adds to the value before."""
	if not frappe.db.exists("Key Account Plan Template", plan.template):
		return {}
	template = frappe.get_cached_doc("Key Account Plan Template", plan.template)
	return {(row.objective, row.measure): flt(row.target_change) for row in template.objectives}


def propose_targets(plan) -> int:
	"""Target lines for the item groups sold in the days of the plan one year earlier, when there is no line yet.

	The amounts are those of last year plus what the template adds to net sales: a proposal to think about.
	"""
	if plan.targets:
		return 0
	change = next((flt(row.target_change) for row in net_sales_objectives(plan)), 0)
	for group, amount in sold_before(plan):
		plan.append("targets", {"item_group": group, "amount": flt(amount * (1 + change / 100), 0)})
	return len(plan.targets)


def net_sales_objectives(plan):
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	template = frappe.get_all(
		"Key Account Template Objective",
		{"parent": plan.template, "parenttype": "Key Account Plan Template", "measure": measure},
		["target_change"],
		order_by="idx",
	)
	return template if measure else []


def sold_before(plan) -> list[tuple[str | None, float]]:
	"""The largest item groups of the year before, and one line without a group for the rest."""
	customers = plan_figures.customers_of(plan)
	if not customers:
		return []
	frame = sales.net_sales(
		plan_figures.sales_filters(plan, customers),
		plan_figures.period_of_plan(plan).previous_year(),
		by=("item_group",),
	)
	sold = sorted(
		(
			(group, float(amount))
			for group, amount in zip(frame["item_group"], frame["net_sales"], strict=True)
		),
		key=lambda line: (-line[1], line[0]),
	)
	large = [line for line in sold if line[0] and line[1] > 0][:MOST_TARGETS]
	rest = sum(amount for _group, amount in sold) - sum(amount for _group, amount in large)
	return [*large, (None, rest)] if rest > 0 else large


def fill_baselines(plan, changes=None) -> int:
	"""Baselines that are not known yet, from documents; a target follows where the template says so."""

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
			unit = frappe.db.get_value("KAM Measure", row.measure, "unit")
			row.target = flt(measured.value * (1 + change / 100), 0 if unit == "count" else 2)
	return filled


def create_actions(plan):
	"""Actions of the template, given to the account manager, else to the author."""
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
