"""How carefully a plan was filled, block by block. It says nothing about how well the account does.

A block is filled to the share of its questions that are answered. The completeness of a plan is the mean of its
required blocks; optional blocks are shown and do not count.
"""

import frappe
from frappe import _
from frappe.utils import flt

from kam_erpnext.kam_erpnext.doctype.key_account_plan.lines import more_is_better

PLAN = "Key Account Plan"
SWOT_KINDS = ("Strength", "Weakness", "Opportunity", "Threat")
SHOWN = 8


def blocks_of(plan) -> dict:
	"""Block -> (percent filled, what is missing)."""
	return {row.block: measure(plan, row.block) for row in plan.blocks}


def measure(plan, block: str) -> tuple[float, list[str]]:
	answers = list(BLOCKS[block](plan))
	missing = [text for answered, text in answers if not answered]
	return (100 * (len(answers) - len(missing)) / len(answers) if answers else 100.0), missing


def set_completeness(plan):
	for row in plan.blocks:
		row.filled, missing = measure(plan, row.block)
		more = [_("and {0} more").format(len(missing) - SHOWN)] if len(missing) > SHOWN else []
		row.missing = "\n".join([*missing[:SHOWN], *more])
	plan.completeness = overall([(row.required, row.filled) for row in plan.blocks])


def overall(blocks) -> float:
	"""Mean of the required blocks; of all of them when none is required."""
	counted = [flt(filled) for required, filled in blocks if required] or [
		flt(filled) for _r, filled in blocks
	]
	return sum(counted) / len(counted) if counted else 0.0


def missing_for_review(plan) -> list[str]:
	"""What keeps the required blocks from being complete."""
	return [
		_("{0}: {1}").format(_(row.block), text)
		for row in plan.blocks
		if row.required
		for text in measure(plan, row.block)[1]
	]


def refresh_completeness(plan: str):
	"""Measure the blocks of a stored plan again, for example after one of its actions changed."""
	doc = frappe.get_doc(PLAN, plan)
	if doc.docstatus == 2 or doc.status == "Closed":
		return
	set_completeness(doc)
	for row in doc.blocks:
		frappe.db.set_value(
			"Key Account Plan Block",
			row.name,
			{"filled": row.filled, "missing": row.missing},
			update_modified=False,
		)
	frappe.db.set_value(PLAN, plan, "completeness", doc.completeness, update_modified=False)


# ---------------------------------------------------------------- the questions of each block


def _any(rows, text):
	yield bool(rows), text


def _each(plan, rows, field, text):
	for row in rows:
		yield bool(row.get(field)), _("line {0}: {1}").format(row.idx, text)


def summary(plan):
	for field in ("situation", "strategy", "value_promise"):
		yield bool(plan.get(field)), _(plan.meta.get_label(field))


def objectives(plan):
	yield from _any(plan.objectives, _("at least one objective"))
	for row in plan.objectives:
		if row.measure or row.unit:
			known = flt(row.target) or (row.measure and not more_is_better(row.measure))
			yield bool(known), _("{0}: target").format(row.code or row.idx)
		yield bool(row.due), _("{0}: due date").format(row.code or row.idx)
		yield (
			bool(row.responsible or row.responsible_name),
			_("{0}: person responsible").format(row.code or row.idx),
		)


def success_factors(plan):
	yield from _any(plan.success_factors, _("at least one factor"))
	yield from _each(plan, plan.success_factors, "evidence", _("how we see that it holds"))


def competition(plan):
	yield from _any(plan.competition, _("at least one competitor"))
	yield from _each(plan, plan.competition, "response", _("our response"))


def swot(plan):
	kinds = {row.kind for row in plan.swot}
	texts = {
		"Strength": _("a strength"),
		"Weakness": _("a weakness"),
		"Opportunity": _("an opportunity"),
		"Threat": _("a threat"),
	}
	for kind in SWOT_KINDS:
		yield kind in kinds, texts[kind]


def targets(plan):
	yield any(flt(row.amount) > 0 for row in plan.targets), _("a target amount")


def actions(plan):
	found = (
		plan.name
		and not plan.is_new()
		and frappe.db.exists("Key Account Action", {"plan": plan.name, "status": ("!=", "Dropped")})
	)
	# actions stay with the version in force until the new one is approved
	inherited = plan.amended_from and frappe.db.exists(
		"Key Account Action", {"plan": plan.amended_from, "status": ("!=", "Dropped")}
	)
	yield bool(found or inherited), _("at least one action")


def budget(plan):
	yield any(flt(row.planned) > 0 for row in plan.budget), _("a planned amount")


def team(plan):
	yield bool(plan.team), _("a team (enter it at the key account)")
	yield bool(plan.resources), _("the resources the plan needs")


def risks(plan):
	yield from _any(plan.risks, _("at least one risk"))
	yield from _each(plan, plan.risks, "countermeasure", _("countermeasure"))


def questions(plan):
	for row in plan.questions:
		yield bool(row.answer), _("line {0}: {1}").format(row.idx, row.question)


BLOCKS = {
	"Summary": summary,
	"Objectives": objectives,
	"Critical Success Factors": success_factors,
	"Competitive Position": competition,
	"SWOT": swot,
	"Targets": targets,
	"Actions": actions,
	"Budget": budget,
	"Team and Resources": team,
	"Risks": risks,
	"Questions": questions,
}
