"""What the reports about plans share: which plans they look at, and their figures in one currency."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, formatdate, getdate

from kam_erpnext.data import budget, objectives, plan_figures
from kam_erpnext.data.currency import exchange_rate, missing_rate
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.windows import custom_period, fiscal_year
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.report import common

PLAN = "Key Account Plan"
# plans whose figures count; a version that was superseded or a plan that was cancelled does not
COUNTED = ("Approved", "In Execution", "Closed")
# up to so many plans the objectives are measured while the report runs; beyond it, what was read last night is taken:
# Frappe turns a report that takes longer than 15 seconds into a background report, for everybody
LIVE_OBJECTIVES = 12


@dataclass
class PlanFigures:
	"""One plan with its live figures, in the currency of the report."""

	doc: object
	rate: float | None
	figures: dict
	progress: float | None
	answered: float
	objectives: list[dict]
	live: bool
	planned: float | None
	spent: float | None

	def money(self, amount: float | None) -> float | None:
		"""An amount of the plan in the currency of the report; None without a rate."""
		if amount is None or self.rate is None:
			return None
		return flt(amount * self.rate, 2)


@dataclass
class Question:
	"""What a reader asks for: a period, a company or all of them, and the currency of the answer."""

	period: Period
	company: str | None
	currency: str
	today: date = field(default_factory=getdate)

	@property
	def as_of(self) -> date:
		"""Day up to which is measured: today, or the last day of a period that is over."""
		return min(self.period.last_day, self.today)


def question_of(filters: frappe._dict) -> Question | None:
	"""Period, company and currency of the filters; None when no company is known."""
	company = filters.company or default_company()
	if not company and not filters.currency:
		return None
	currency = filters.currency or frappe.get_cached_value("Company", company, "default_currency")
	if filters.company:
		currency = frappe.get_cached_value("Company", filters.company, "default_currency")
	if filters.from_date or filters.to_date:
		period = custom_period(filters.from_date, filters.to_date)
	elif company:
		start, last = fiscal_year(getdate(), company)
		period = Period(start, last + timedelta(days=1))
	else:
		year = getdate().year
		period = Period(date(year, 1, 1), date(year + 1, 1, 1))
	return Question(period, filters.company or None, currency)


# ---------------------------------------------------------------- which plans


def plans_in(
	question: Question, accounts: Iterable[str] | None = None, one_per_account: bool = True
) -> list[dict]:
	"""Plans the reader may see that are in force in the period: `name, key_account, from_date, to_date, status`.

	With `one_per_account`, of several plans of an account the one that is in force on the last day measured, else the
	last one before.
	"""
	plan = frappe.qb.DocType(PLAN)
	conditions = [
		plan.docstatus == 1,
		plan.status.isin(COUNTED),
		plan.from_date < question.period.end,
		plan.to_date.isnull() | (plan.to_date >= question.period.start),
		SUBJECT_CONDITIONS[PLAN](plan, frappe.session.user),
		fences(PLAN, plan),
	]
	if question.company:
		conditions.append(plan.company == question.company)
	if accounts is not None:
		conditions.append(plan.key_account.isin([*accounts] or [""]))
	rows = (
		frappe.qb.from_(plan)
		.select(plan.name, plan.key_account, plan.from_date, plan.to_date, plan.status)
		.where(every(conditions))
		.orderby(plan.from_date)
		.orderby(plan.creation)
		.run(as_dict=True)
	)
	if not one_per_account:
		return rows
	day = question.as_of
	chosen: dict[str, dict] = {}
	for row in rows:  # the later plan wins, one that covers the day wins over one that does not
		row.covers = row.from_date <= day and (not row.to_date or row.to_date >= day)
		row.ahead = row.from_date > day
		held = chosen.get(row.key_account)
		if held is None or (row.covers, not row.ahead) >= (held.covers, not held.ahead):
			chosen[row.key_account] = row
	return list(chosen.values())


def read_plans(names: list[str], question: Question) -> list[PlanFigures]:
	"""Figures of plans with the rights of the reader; see LIVE_OBJECTIVES about objectives.

	Whoever sees less than the whole company is always measured live: what was stored was read with wider rights.
	"""
	live = len(names) <= LIVE_OBJECTIVES or common.is_restricted()
	return [read_plan(name, question, live) for name in names]


def read_plan(name: str, question: Question, live: bool = True) -> PlanFigures:
	"""Figures of a plan, measured to the last day of the question, with the rights of the reader."""
	doc = frappe.get_doc(PLAN, name)
	figures = plan_figures.target_figures(doc, question.as_of)
	rows = objectives.live(doc, question.as_of) if live else stored_objectives(doc)
	progress, answered = objectives.progress_of_plan(rows)
	planned = flt(sum(flt(row.planned) for row in doc.budget), 2)
	spent = flt(sum(spent for _committed, spent in budget.spent(doc).values()), 2)
	return PlanFigures(
		doc=doc,
		rate=exchange_rate(figures["currency"], question.currency, doc.from_date),
		figures=figures,
		progress=progress,
		answered=answered,
		objectives=rows,
		live=live,
		planned=planned if doc.budget else None,
		spent=spent if doc.budget or spent else None,
	)


def stored_objectives(doc) -> list[dict]:
	"""The objectives as they were read last."""
	return [
		{
			"due": row.due,
			"state": row.state,
			"weight": flt(row.weight),
			"progress": flt(row.progress) if row.value_known else None,
		}
		for row in doc.objectives
	]


def missing_rates(plans: Iterable[PlanFigures], question: Question) -> list[str]:
	"""Sentences about rates that are missing, each once."""
	return sorted(
		{
			missing_rate(plan.figures["currency"], question.currency, plan.doc.from_date)
			for plan in plans
			if plan.rate is None
		}
	)


def subtree_of(tree: pd.DataFrame, account: str | None) -> pd.DataFrame:
	"""Visible accounts (`accounts.accounts()`) at and below an account; all without one."""
	if not account:
		return tree
	own = tree[tree["key_account"] == account]
	if own.empty:
		frappe.throw(
			_("You may not see the key account {0}. Please choose another one.").format(account),
			frappe.PermissionError,
		)
	left, right = own.iloc[0][["lft", "rgt"]]
	return tree[(tree["lft"] >= left) & (tree["rgt"] <= right)]


# ---------------------------------------------------------------- texts


def explain(question: Question, plans: list[PlanFigures], *more: str) -> str:
	"""The message above a report about plans."""
	sentences = [
		_("Plans that are Approved, In Execution or Closed, in {0}: {1}.").format(
			common.dates(question.period), common.bold(len(plans))
		),
		_("Sales are read from submitted documents up to {0}, amounts are in {1}.").format(
			formatdate(question.as_of), common.bold(question.currency)
		),
		*more,
	]
	if not all(plan.live for plan in plans):
		sentences.append(_("Objectives stand as they were read last night; in the plan they are read live."))
	documents = sum(plan.figures["documents"] or 0 for plan in plans)
	sentences.append(_("Documents: {0}, read on {1}.").format(common.bold(documents), common.now_text()))
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def rate_warnings(plans: list[PlanFigures], question: Question) -> str:
	return "".join(
		common.warning(
			_("{0} Plans in that currency are listed without amounts and are in no total.").format(
				frappe.utils.escape_html(sentence)
			)
		)
		for sentence in missing_rates(plans, question)
	)


def no_plans_hint(question: Question) -> str:
	text = _("There is no approved plan in {0} that you may see.").format(common.dates(question.period))
	if frappe.has_permission(PLAN, "create"):
		return common.hint(
			text, _("Make one under {0}, or choose another period.").format(common.list_link(PLAN))
		)
	return common.hint(text, _("Please choose another period or company."))


def period_text(doc) -> str:
	if not doc.to_date:
		return _("since {0}").format(formatdate(doc.from_date))
	return _("{0} to {1}").format(formatdate(doc.from_date), formatdate(doc.to_date))


def percent_column(fieldname: str, label: str, width: int = 105) -> dict:
	return common.number_column(fieldname, label, width)


def first_words(text: str | None, length: int = 60) -> str:
	text = " ".join((text or "").split())
	return text if len(text) <= length else f"{text[: length - 1]}…"
