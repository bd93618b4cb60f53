"""Plans added up through the tree of accounts, of territories or of sales people, each plan once."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext.data import accounts
from kam_erpnext.data.plan_figures import percent
from kam_erpnext.engine.rollup import WHOLE_ACCOUNT, add_up, contributions, roll_up
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.kam_erpnext.report.plans import PlanFigures, Question

BY_ACCOUNT, BY_TERRITORY, BY_SALES_PERSON = "Key Account", "Territory", "Sales Person"
TREES = {
	BY_TERRITORY: ("Territory", "parent_territory", "territory"),
	BY_SALES_PERSON: ("Sales Person", "parent_sales_person", "sales_person"),
}
# `compared`: what was sold for plans that have a target, so that attainment compares like with like
SALES = ("target", "to_date", "actual", "compared")
# money of each plan itself: a plan for the whole account does not hold the budgets of the plans below it
BUDGET = ("planned", "spent")
VALUES = (*SALES, *BUDGET)
NOBODY = "\x00none"
CHARTED = 8


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = plans.question_of(filters)
	if not question:
		return common.nothing(common.company_hint(), get_columns(filters))
	tree = accounts.accounts()
	shown = plans.subtree_of(tree, filters.key_account)
	found = plans.read_plans([row.name for row in plans.plans_in(question, shown["key_account"])], question)
	by_tree = filters.by in TREES
	if not found and (by_tree or not cint(filters.without_plan)):
		return common.nothing(plans.no_plans_hint(question), get_columns(filters))
	frame = as_frame(found)
	data = (by_other_tree if by_tree else by_account)(found, frame, shown, filters, question)
	return (
		get_columns(filters),
		data,
		get_message(question, found, filters),
		get_chart(data),
		get_summary(found, frame, shown, question),
	)


# ---------------------------------------------------------------- figures


def as_frame(found: list[PlanFigures]) -> pd.DataFrame:
	"""One row per plan, amounts in the currency of the report."""
	rows = [
		{
			"plan": plan.doc.name,
			"node": plan.doc.key_account,
			"scope": plan.doc.scope,
			"target": plan.money(plan.figures["target"]),
			"to_date": plan.money(plan.figures["target_to_date"]),
			"actual": plan.money(plan.figures["actual"]),
			"compared": plan.money(plan.figures["actual"] if plan.figures["target"] else None),
			"planned": plan.money(plan.planned),
			"spent": plan.money(plan.spent),
		}
		for plan in found
	]
	frame = pd.DataFrame(rows, columns=["plan", "node", "scope", *VALUES])
	return frame.astype(dict.fromkeys(VALUES, float))


def account_nodes(shown: pd.DataFrame) -> pd.DataFrame:
	return pd.DataFrame({"node": shown["key_account"], "parent": shown["parent_key_account"]}, dtype=object)


def by_account(
	found: list[PlanFigures],
	frame: pd.DataFrame,
	shown: pd.DataFrame,
	filters: frappe._dict,
	question: Question,
) -> list[dict]:
	"""Accounts with a plan, and those above them; every account when asked for those without one."""
	nodes = account_nodes(shown)
	totals = roll_up(nodes, frame, SALES).join(add_up(nodes, frame, BUDGET)[[*BUDGET]])
	plan_of = {plan.doc.key_account: plan for plan in found}
	rows, depth = [], {}
	for account in shown.to_dict("records"):  # in tree order: parents come before their children
		name = account["key_account"]
		listed = totals.loc[name, "plans"] or (
			cint(filters.without_plan) and account["status"] in ("Active", "On Watch")
		)
		if not listed:
			continue
		parent = account["parent_key_account"]
		depth[name] = depth[parent] + 1 if parent in depth else 0
		plan = plan_of.get(name)
		total = common.plain(totals.loc[name].to_dict())
		row = figures_of(total, question)
		row.update(
			node=name,
			parent_node=parent if parent in depth else None,
			indent=depth[name],
			label=account["account_name"],
			key_account=name,
			plan_count=int(total["plans"]),
			planned_below=total["target_below"],
			not_distributed=total["target_not_distributed"],
			**of_plan(plan),
		)
		if not plan and not total["plans"]:
			row["status"] = _("No plan")
		rows.append(row)
	return rows


def by_other_tree(
	found: list[PlanFigures],
	frame: pd.DataFrame,
	shown: pd.DataFrame,
	filters: frappe._dict,
	question: Question,
) -> list[dict]:
	"""Territories or sales people with their plans below them, each with what it counts for by itself."""
	doctype, parent_field, plan_field = TREES[filters.by]
	counted = contributions(account_nodes(shown), frame, SALES)
	table = frappe.qb.DocType(doctype)
	known = (
		frappe.qb.from_(table)
		.select(table.name.as_("node"), table[parent_field].as_("parent"))
		.orderby(table.lft)
		.run(as_dict=True)
	)
	names = {row.node for row in known}
	place = {
		plan.doc.name: plan.doc.get(plan_field) if plan.doc.get(plan_field) in names else NOBODY
		for plan in found
	}
	nodes = pd.DataFrame(
		{"node": [*(row.node for row in known), NOBODY], "parent": [*(row.parent for row in known), None]},
		dtype=object,
	)
	placed = counted.assign(node=counted["plan"].map(place))
	totals = add_up(nodes, placed, VALUES)
	plan_of = {plan.doc.name: plan for plan in found}
	rows, depth = [], {}
	for node, parent in zip(nodes["node"], nodes["parent"], strict=True):
		if not totals.loc[node, "plans"]:
			continue
		depth[node] = depth[parent] + 1 if parent in depth else 0
		total = common.plain(totals.loc[node].to_dict())
		row = figures_of(total, question)
		row.update(
			node=node,
			parent_node=parent if parent in depth else None,
			indent=depth[node],
			label=_("Without {0}").format(_(doctype)) if node == NOBODY else node,
			plan_count=int(total["plans"]),
			is_group=1,
		)
		rows.append(row)
		for own in placed[placed["node"] == node].to_dict("records"):
			rows.append(plan_row(plan_of[own["plan"]], common.plain(own), node, depth[node] + 1, question))
	return rows


def plan_row(plan: PlanFigures, own: dict, node: str, indent: int, question: Question) -> dict:
	row = figures_of(own, question)
	row.update(
		node=plan.doc.name,
		parent_node=node,
		indent=indent,
		label=plan.doc.account_name,
		key_account=plan.doc.key_account,
		plan_count=1,
		**of_plan(plan),
	)
	whole = plan.money(plan.figures["target"])
	if plan.doc.scope == WHOLE_ACCOUNT and whole is not None and own["target"] is not None:
		below = flt(whole - own["target"], 2)
		if below:
			row["planned_below"], row["not_distributed"] = below, own["target"]
	return row


def figures_of(total: dict, question: Question) -> dict:
	return {
		"target": total["target"],
		"to_date": total["to_date"],
		"actual": total["actual"],
		"attainment": common.known(percent(total["compared"], total["target"])),
		"pace": common.known(percent(total["compared"], total["to_date"])),
		"budget_planned": total["planned"],
		"budget_spent": total["spent"],
		"currency": question.currency,
	}


def of_plan(plan: PlanFigures | None) -> dict:
	if not plan:
		return {}
	return {
		"plan": plan.doc.name,
		"status": _(plan.doc.status),
		"status_key": plan.doc.status,
		"period": plans.period_text(plan.doc),
		"scope": _(plan.doc.scope),
		"progress": common.known(plan.progress),
	}


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict) -> list[dict]:
	by_tree = filters.by in TREES
	below = [
		common.money_column("planned_below", _("Planned Below"), 135),
		common.money_column("not_distributed", _("Not Distributed"), 135),
	]
	return [
		common.text_column("label", _(filters.by) if by_tree else _("Key Account"), 260),
		common.text_column("status", _("Status"), 130),
		common.money_column("target", _("Target", context="KAM"), 135),
		common.money_column("to_date", _("Target to Date"), 135),
		common.money_column("actual", _("Actual", context="KAM"), 135),
		plans.percent_column("attainment", _("Attainment %"), 115),
		plans.percent_column("pace", _("Pace %"), 85),
		plans.percent_column("progress", _("Objectives %"), 115),
		common.money_column("budget_planned", _("Budget"), 120),
		common.money_column("budget_spent", _("Spent"), 120),
		*below,
		common.link_column("plan", _("Plan", context="KAM"), plans.PLAN, 160),
		common.text_column("period", _("Period of the Plan"), 205),
		common.text_column("scope", _("Scope"), 130),
		common.currency_column(),
	]


def get_message(question: Question, found: list[PlanFigures], filters: frappe._dict) -> str:
	more = [
		_(
			"Every plan counts once: the plans below a plan for the whole account are its breakdown and are not added to it; budgets are added up, as each plan has its own."
		),
		_(
			"Attainment: actual in percent of the target of the whole plan; pace: in percent of the target to date."
		),
	]
	if filters.by in TREES:
		more.append(
			_(
				"A plan for the whole account stands here with what is not distributed to the plans below it, so that the totals stay true."
			)
		)
	if question.company:
		more.append(_("Company: {0}.").format(common.bold(question.company)))
	else:
		more.append(_("All companies; amounts are converted with the rate of the first day of each plan."))
	return plans.explain(question, found, *more) + plans.rate_warnings(found, question)


def get_summary(
	found: list[PlanFigures], frame: pd.DataFrame, shown: pd.DataFrame, question: Question
) -> list[dict]:
	counted = contributions(account_nodes(shown), frame, SALES)
	sums = {name: float(counted[name].sum()) for name in VALUES}
	known = {name: bool(frame[name].notna().any()) for name in VALUES}
	attainment = percent(sums["compared"], sums["target"])
	pace = percent(sums["compared"], sums["to_date"])
	return [
		common.count_item(_("Plans"), len(found)),
		*(
			common.money_item(label, sums[name], question.currency)
			for name, label in (
				("target", _("Target", context="KAM")),
				("to_date", _("Target to Date")),
				("actual", _("Actual", context="KAM")),
			)
			if known[name]
		),
		common.percent_item(_("Attainment"), attainment),
		common.percent_item(_("Pace"), pace, "Green" if (pace or 0) >= 100 else "Orange"),
		*(
			common.money_item(label, sums[name], question.currency)
			for name, label in (("planned", _("Budget")), ("spent", _("Spent")))
			if known[name]
		),
	]


def get_chart(data: list[dict]) -> dict | None:
	"""Target to date against actual of the topmost rows, or of the level below when there is only one."""
	level = [row for row in data if not row["indent"]]
	if len(level) == 1:
		level = [row for row in data if row["indent"] == 1] or level
	level = sorted(
		(row for row in level if row["target"] is not None), key=lambda row: -(row["target"] or 0)
	)[:CHARTED]
	if not level:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(plans.first_words(row["label"], 24)) for row in level],
			"datasets": [
				{"name": _("Target", context="KAM"), "values": [row["target"] or 0 for row in level]},
				{"name": _("Target to Date"), "values": [row["to_date"] or 0 for row in level]},
				{"name": _("Actual", context="KAM"), "values": [row["actual"] or 0 for row in level]},
			],
		},
		"colors": ["#d1d8dd", "#7b9acc", "#28a745"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": level[0]["currency"],
	}
