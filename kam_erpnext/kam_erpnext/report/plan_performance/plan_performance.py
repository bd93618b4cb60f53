"""Plans by month: what was planned, what was sold, and what became of actions and objectives."""

from datetime import date

import frappe
import pandas as pd
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count
from frappe.utils import cint, flt, formatdate, getdate

from kam_erpnext.compat import month_start
from kam_erpnext.data import accounts, plan_figures
from kam_erpnext.data.budget import versions
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.plan_figures import percent
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.rollup import contributions
from kam_erpnext.engine.targets import months_of
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.kam_erpnext.report.plans import PlanFigures, Question

ACTION = "Key Account Action"
VALUES = ("target", "actual", "compared", "before")
ACTION_COUNTS = ("due", "on_time", "late", "overdue", "dropped")


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question, found, shown = read(filters)
	if not question:
		return common.nothing(common.company_hint(), get_columns())
	months = months_of(question.period)
	if not found:
		return common.nothing(plans.no_plans_hint(question), get_columns())
	figures = by_month(found, shown, months)
	data = get_data(figures, found, filters, shown, months, question)
	return (
		get_columns(),
		data,
		get_message(question, found, filters),
		get_chart(data),
		get_summary(data, question),
	)


def read(filters: frappe._dict) -> tuple[Question | None, list[PlanFigures], pd.DataFrame]:
	"""Question, plans and the accounts they belong to. One plan may be a draft; its own period is the default."""
	tree = accounts.accounts()
	if filters.plan:
		doc = frappe.get_doc(plans.PLAN, filters.plan)
		doc.check_permission("read")
		filters.company = doc.company
		if not (filters.from_date and filters.to_date) or cint(filters.whole_plan):
			whole = plan_figures.period_of_plan(doc)
			filters.from_date, filters.to_date = whole.start, whole.last_day
		question = plans.question_of(filters)
		return question, [plans.read_plan(doc.name, question)], tree
	question = plans.question_of(filters)
	if not question:
		return None, [], tree
	shown = plans.subtree_of(tree, filters.key_account)
	if filters.key_account and filters.get("with_below") is not None and not cint(filters.with_below):
		shown = shown[shown["key_account"] == filters.key_account]
	rows = plans.plans_in(question, shown["key_account"], one_per_account=False)
	return question, plans.read_plans([row.name for row in rows], question), shown


# ---------------------------------------------------------------- figures


def by_month(found: list[PlanFigures], shown: pd.DataFrame, months: list[date]) -> dict[date, dict]:
	"""Sums of each month over the plans, each counted once; None where no plan has a figure."""
	nodes = pd.DataFrame({"node": shown["key_account"], "parent": shown["parent_key_account"]}, dtype=object)
	rows: dict[date, dict[str, dict]] = {month: {} for month in months}
	for plan in found:
		for line in plan.figures["months"]:
			month = getdate(line["month"])
			if month not in rows:
				continue
			values = {name: plan.money(line[name]) for name in ("target", "actual", "before")}
			values["compared"] = values["actual"] if values["target"] is not None else None
			held = rows[month].setdefault(
				plan.doc.key_account, {"scope": plan.doc.scope, **dict.fromkeys(VALUES)}
			)
			held["scope"] = plan.doc.scope
			for name in VALUES:  # two plans of an account may meet within a month
				if values[name] is not None:
					held[name] = (held[name] or 0) + values[name]
	result = {}
	for month, accounts_of_month in rows.items():
		frame = pd.DataFrame(
			[{"plan": node, "node": node, **row} for node, row in accounts_of_month.items()],
			columns=["plan", "node", "scope", *VALUES],
		).astype(dict.fromkeys(VALUES, float))
		counted = contributions(nodes, frame, VALUES)
		result[month] = {
			name: flt(float(counted[name].sum()), 2) if frame[name].notna().any() else None for name in VALUES
		}
	return result


def actions_by_month(
	question: Question, found: list[PlanFigures], filters: frappe._dict, shown: pd.DataFrame
) -> dict[date, dict]:
	"""Actions by the month in which they are due: of one plan, or of the accounts."""
	action = frappe.qb.DocType(ACTION)
	conditions = [
		(action.end_date >= question.period.start) & (action.end_date < question.period.end),
		SUBJECT_CONDITIONS[ACTION](action, frappe.session.user),
		fences(ACTION, action),
	]
	if filters.plan:
		conditions.append(action.plan.isin(versions(found[0].doc)))
	else:
		conditions.append(action.key_account.isin([*shown["key_account"]] or [""]))
	done_on = Coalesce(action.done_on, action.end_date)
	is_done, is_open = action.status == "Done", action.status.isin(("Planned", "In Progress"))
	month = month_start(action.end_date)

	def count(condition):
		return Count(Case().when(condition, action.name).else_(None))

	rows = (
		frappe.qb.from_(action)
		.select(
			month.as_("month"),
			count(action.status != "Dropped").as_("due"),
			count(is_done & (done_on <= action.end_date)).as_("on_time"),
			count(is_done & (done_on > action.end_date)).as_("late"),
			count(is_open & (action.end_date < question.today)).as_("overdue"),
			count(action.status == "Dropped").as_("dropped"),
		)
		.where(every(conditions))
		.groupby(month)
		.run(as_dict=True)
	)
	return {getdate(row.month): {name: cint(row[name]) for name in ACTION_COUNTS} for row in rows}


def objectives_by_month(found: list[PlanFigures], period: Period) -> dict[date, dict]:
	"""Objectives by the month in which they are due: how many, achieved and missed."""
	result: dict[date, dict] = {}
	for plan in found:
		for row in plan.objectives:
			due = getdate(row["due"] or plan.doc.to_date) if row["due"] or plan.doc.to_date else None
			if row["state"] == "Dropped" or not due or not period.contains(due):
				continue
			sums = result.setdefault(due.replace(day=1), {"due": 0, "achieved": 0, "missed": 0})
			sums["due"] += 1
			sums["achieved"] += row["state"] == "Achieved"
			sums["missed"] += row["state"] == "Missed"
	return result


def get_data(
	figures: dict[date, dict],
	found: list[PlanFigures],
	filters: frappe._dict,
	shown: pd.DataFrame,
	months: list[date],
	question: Question,
) -> list[dict]:
	actions = actions_by_month(question, found, filters, shown)
	aims = objectives_by_month(found, question.period)
	total = dict.fromkeys(VALUES, 0.0)
	rows = []
	for month in months:
		values = figures[month]
		for name in VALUES:
			total[name] += values[name] or 0.0
		begun = month <= question.today and values["actual"] is not None
		counts = actions.get(month, dict.fromkeys(ACTION_COUNTS, 0))
		aim = aims.get(month, {"due": 0, "achieved": 0, "missed": 0})
		rows.append(
			{
				"month": formatdate(month, "MMM yyyy"),
				"first_day": month,
				"target": values["target"],
				"actual": values["actual"],
				"attainment": common.known(percent(values["compared"], values["target"])) if begun else None,
				"target_cumulative": flt(total["target"], 2) if values["target"] is not None else None,
				"actual_cumulative": flt(total["actual"], 2) if begun else None,
				"attainment_cumulative": common.known(percent(total["compared"], total["target"]))
				if begun
				else None,
				"before": values["before"],
				"actions_due": counts["due"],
				"actions_on_time": counts["on_time"],
				"actions_late": counts["late"],
				"actions_overdue": counts["overdue"],
				"objectives_due": aim["due"],
				"objectives_achieved": aim["achieved"],
				"objectives_missed": aim["missed"],
				"running": int(month <= question.today < next_month(month)),
				"currency": question.currency,
			}
		)
	return rows


def next_month(month: date) -> date:
	return date(month.year + month.month // 12, month.month % 12 + 1, 1)


# ---------------------------------------------------------------- presentation


def count_column(fieldname: str, label: str, width: int = 110) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "width": width}


def get_columns() -> list[dict]:
	return [
		common.text_column("month", _("Month"), 100),
		common.money_column("target", _("Target", context="KAM"), 125),
		common.money_column("actual", _("Actual", context="KAM"), 125),
		plans.percent_column("attainment", _("Attainment %"), 115),
		common.money_column("target_cumulative", _("Target, Cumulative"), 170),
		common.money_column("actual_cumulative", _("Actual, Cumulative"), 170),
		plans.percent_column("attainment_cumulative", _("Cumulative %"), 130),
		common.money_column("before", _("Year Before"), 125),
		count_column("actions_due", _("Actions Due")),
		count_column("actions_on_time", _("Done on Time"), 130),
		count_column("actions_late", _("Done Late"), 105),
		count_column("actions_overdue", _("Overdue"), 85),
		count_column("objectives_due", _("Objectives Due"), 140),
		count_column("objectives_achieved", _("Achieved"), 100),
		count_column("objectives_missed", _("Missed"), 80),
		common.currency_column(),
	]


def get_message(question: Question, found: list[PlanFigures], filters: frappe._dict) -> str:
	more = [
		_(
			"The running month is measured up to today; its target and the year before are those of the whole month."
		),
		_(
			"Every plan counts once, as in the report Plan Roll-up. Actions and objectives stand in the month they are due; dropped ones are left out."
		),
	]
	if filters.plan:
		doc = found[0].doc
		more.insert(
			0,
			_("Plan {0} ({1}, {2}).").format(
				common.form_link(plans.PLAN, doc.name, doc.title or doc.name),
				_(doc.status, context=doc.doctype),
				plans.period_text(doc),
			),
		)
	elif filters.key_account:
		more.append(
			_("Actions are those of {0} and of the accounts below it.").format(
				common.bold(filters.key_account)
			)
		)
	return plans.explain(question, found, *more) + plans.rate_warnings(found, question)


def get_chart(data: list[dict]) -> dict | None:
	if all(row["target"] is None and row["actual"] is None for row in data):
		return None
	return {
		"type": "axis-mixed",
		"data": {
			"labels": [row["month"] for row in data],
			"datasets": [
				{
					"name": _("Target", context="KAM"),
					"chartType": "bar",
					"values": [row["target"] or 0 for row in data],
				},
				{
					"name": _("Actual", context="KAM"),
					"chartType": "bar",
					"values": [row["actual"] or 0 for row in data],
				},
				{
					"name": _("Year Before"),
					"chartType": "line",
					"values": [row["before"] or 0 for row in data],
				},
			],
		},
		"colors": ["#b8c2cc", "#28a745", "#f0a202"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": data[0]["currency"],
	}


def get_summary(data: list[dict], question: Question) -> list[dict]:
	begun = [row for row in data if row["actual_cumulative"] is not None]
	targets = [row["target"] for row in data if row["target"] is not None]
	actual = begun[-1]["actual_cumulative"] if begun else None
	due, on_time, late, overdue = (
		sum(row[name] for row in data)
		for name in ("actions_due", "actions_on_time", "actions_late", "actions_overdue")
	)
	aims, achieved = (sum(row[name] for row in data) for name in ("objectives_due", "objectives_achieved"))
	return [
		*(
			[common.money_item(_("Target", context="KAM"), sum(targets), question.currency)]
			if targets
			else []
		),
		*(
			[common.money_item(_("Actual", context="KAM"), actual, question.currency)]
			if actual is not None
			else []
		),
		common.percent_item(
			_("Of the Target of the Months Begun"), begun[-1]["attainment_cumulative"] if begun else None
		),
		common.count_item(_("Actions Due"), due),
		common.percent_item(_("Done on Time"), percent(on_time, on_time + late + overdue)),
		common.count_item(_("Actions Overdue"), overdue, "Red" if overdue else None),
		{
			"label": _("Objectives Achieved"),
			"value": _("{0} of {1}").format(achieved, aims),
			"datatype": "Data",
		},
	]
