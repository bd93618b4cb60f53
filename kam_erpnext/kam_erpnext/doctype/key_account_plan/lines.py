"""Checks of the lines of a plan. Every message names table, line and remedy; all of them are shown at once."""

import frappe
from frappe import _
from frappe.utils import flt, formatdate, getdate

from kam_erpnext.engine.plan_measures import FOR_OBJECTIVES
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import not_for
from kam_erpnext.kam_erpnext.doctype.key_account_plan.period import months_later

LATEST_YEARS = 10


def validate_lines(plan):
	problems = [problem for check in CHECKS for problem in check(plan)]
	if problems:
		frappe.throw(problems, title=_("Please Mend These Lines"), as_list=True)


def _line(plan, row, text):
	table = _(plan.meta.get_label(row.parentfield))
	return _("{0}, line {1}: {2}").format(table, row.idx, text)


def check_objectives(plan):
	start = getdate(plan.from_date)
	latest = months_later(start, 12 * LATEST_YEARS)
	last = getdate(plan.to_date) if plan.to_date else latest
	for row in plan.objectives:
		if not 0 <= flt(row.weight) <= 100:
			yield _line(plan, row, _("Weight must lie between 0 and 100."))
		if row.item_group and not row.measure:
			yield _line(
				plan, row, _("an item group needs a measure. Choose a measure or empty the item group.")
			)
		problem = not_for(FOR_OBJECTIVES, row.measure)
		if problem:
			yield _line(plan, row, problem)
		if not row.due:
			continue
		due = getdate(row.due)
		if due < start:
			yield _line(
				plan,
				row,
				_("Due {0} lies before the plan begins ({1}).").format(formatdate(due), formatdate(start)),
			)
		elif due > latest:
			yield _line(
				plan,
				row,
				_("Due {0} lies more than {1} years ahead. Please check the year.").format(
					formatdate(due), LATEST_YEARS
				),
			)
		elif row.horizon == "Short Term" and due > last:
			yield _line(
				plan,
				row,
				_(
					"Due {0} lies after the end of the plan ({1}). Choose an earlier day, or Medium or Long Term as horizon."
				).format(formatdate(due), formatdate(last)),
			)
	if plan.objectives and not any(flt(row.weight) for row in plan.objectives):
		yield _("Objectives: at least one line needs a Weight above 0.")


def check_targets(plan):
	seen = {}
	for row in plan.targets:
		if flt(row.amount) < 0:
			yield _line(plan, row, _("Target must not be negative."))
		if flt(row.qty) < 0:
			yield _line(plan, row, _("Quantity must not be negative."))
		group = row.item_group or ""
		if group in seen:
			yield _line(
				plan,
				row,
				_("{0} is already in line {1}. Put both into one line.").format(
					row.item_group or _("a line without item group (everything else)"), seen[group]
				),
			)
		seen.setdefault(group, row.idx)
		if row.distribution and (problem := distribution_problem(plan, row)):
			yield _line(plan, row, problem)


def distribution_problem(plan, row):
	shares = frappe.get_all(
		"Monthly Distribution Percentage",
		{"parent": row.distribution, "parenttype": "Monthly Distribution"},
		pluck="percentage_allocation",
	)
	if not shares:  # deleted, or without lines: the days of the months count
		return None
	if any(flt(share) < 0 for share in shares):
		return _("Monthly Distribution {0} has a negative percentage. Please mend it there.").format(
			row.distribution
		)
	if abs(sum(flt(share) for share in shares) - 100) > 0.01:
		return _("the percentages of Monthly Distribution {0} must add up to 100.").format(row.distribution)
	return None


def check_budget(plan):
	for row in plan.budget:
		if flt(row.planned) < 0:
			yield _line(plan, row, _("Planned must not be negative."))


def check_competition(plan):
	seen = {}
	for row in plan.competition:
		if not 0 <= flt(row.share_of_wallet) <= 100:
			yield _line(plan, row, _("Share of Wallet must lie between 0 and 100."))
		if row.competitor in seen:
			yield _line(
				plan,
				row,
				_("{0} is already in line {1}.").format(
					row.competitor_name or row.competitor, seen[row.competitor]
				),
			)
		seen.setdefault(row.competitor, row.idx)
	total = sum(flt(row.share_of_wallet) for row in plan.competition)
	if total > 100:
		yield _(
			"Competitive Position: the shares of wallet add up to {0} %; more than 100 is not possible."
		).format(f"{total:g}")


def check_resources(plan):
	for row in plan.resources:
		if flt(row.days) < 0:
			yield _line(plan, row, _("Days must not be negative."))


CHECKS = (check_objectives, check_targets, check_budget, check_competition, check_resources)


def missing_targets(plan) -> list[str]:
	"""Objectives with a measure that have no target; 0 is a target only where less is better."""
	return [
		_line(plan, row, _("a measure needs a Target."))
		for row in plan.objectives
		if row.measure and not flt(row.target) and more_is_better(row.measure)
	]


def more_is_better(measure) -> bool:
	found = frappe.db.get_value("KAM Measure", measure, "higher_is_better")
	return bool(found) or found is None
