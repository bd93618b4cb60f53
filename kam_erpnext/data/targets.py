"""Targets of the roll-up as facts: those of the plans in force, or ERPNext's own of sales people and territories.

Targets are spread over their months as in the plan (`engine.targets`), cut by days where a slice of the period cuts a
month, and counted once in every tree (`engine.target_tree`). Plans stand at their account, their territory and their sales
person; ERPNext's targets at the sales person or territory that has them and nowhere else.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import frappe
import numpy as np
import pandas as pd
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import plan_figures
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences, reads_all_customers
from kam_erpnext.data.plan_figures import PERPETUAL
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine import targets as engine
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.rollup import WHOLE_ACCOUNT
from kam_erpnext.engine.target_tree import TargetLine, own_lines
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

PLAN = "Key Account Plan"
# plans whose targets count; a version that was superseded or a plan that was cancelled does not
COUNTED = ("Approved", "In Execution", "Closed")
PERSON, TERRITORY = "Sales Person", "Territory"


@dataclass
class Targets:
	"""Facts with `target, target_to_date, targets, currency`, and sentences about what could not be counted."""

	frame: pd.DataFrame = field(default_factory=pd.DataFrame)
	notes: list[str] = field(default_factory=list)


def read(question, world) -> Targets:
	"""Targets of a `performance.Question`, which must ask for amounts or quantities."""
	if question.targets_from == "ERPNext":
		return _OfErpnext(question, world).read()
	found = [_OfPlans(question, world, company).read() for company in question.companies]
	frames = [part.frame for part in found if len(part.frame)]
	notes = list(dict.fromkeys(note for part in found for note in part.notes))
	return Targets(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), notes)


class _Grid:
	"""The days of the period cut so finely that every target is even within a piece."""

	def __init__(self, question, cuts: set[date]):
		period = question.period
		months = engine.months_of(period)
		edges = {period.start, period.end, question.as_of + timedelta(days=1), *months, *cuts}
		edges |= {part.start for part in question.slices}
		inside = sorted(edge for edge in edges if period.start <= edge <= period.end)
		self.pieces = [Period(start, end) for start, end in pairwise(inside)]
		self.slices = [question.slice_of(piece.start) for piece in self.pieces]
		self.past = np.array([piece.end <= question.as_of + timedelta(days=1) for piece in self.pieces])

	def in_force(self, whole: Period) -> np.ndarray:
		return np.array([whole.contains(piece.start) for piece in self.pieces])

	def amounts(self, monthly: dict[date, object], whole: Period) -> np.ndarray:
		"""Amounts by month of a target of the days `whole`, by piece."""
		result = np.zeros(len(self.pieces))
		for index, piece in enumerate(self.pieces):
			month = piece.start.replace(day=1)
			amount = monthly.get(month)
			if amount and whole.contains(piece.start):
				result[index] = float(amount) * piece.days / _days_of_month(month, whole)
		return result

	def rows(self, line: TargetLine, about: dict) -> list[dict]:
		"""A line as facts, one per slice it touches."""
		sums: dict[int, list[float]] = {}
		for amount, force, number, past in zip(
			line.amounts, line.in_force, self.slices, self.past, strict=True
		):
			if force:
				held = sums.setdefault(number, [0.0, 0.0])
				held[0] += amount
				held[1] += amount if past else 0.0
		return [
			{**about, "period": number, "target": whole, "target_to_date": due, "targets": 1}
			for number, (whole, due) in sums.items()
		]


def _days_of_month(month: date, whole: Period) -> int:
	following = (month + timedelta(days=31)).replace(day=1)
	return (min(following, whole.end) - max(month, whole.start)).days


def _group_parents() -> dict[str, str | None]:
	return nodes("Item Group")[1]


def _root(parents: dict[str, str | None]) -> str | None:
	return next((name for name, parent in parents.items() if not parent), None)


# ---------------------------------------------------------------- plans


class _OfPlans:
	"""Targets of the plans of one company that are in force in the period."""

	def __init__(self, question, world, company: str):
		self.question, self.world, self.company = question, world, company
		self.notes: list[str] = []

	def read(self) -> Targets:
		plans = self._plans()
		if not plans:
			return Targets()
		self._add_lines(plans)
		spans = {plan.name: self._spans(plan) for plan in plans}
		grid = _Grid(
			self.question,
			{edge for parts in spans.values() for part in parts for edge in (part.start, part.end)},
		)
		groups = _group_parents()
		lines, plan_of = self._lines(plans, spans, grid)
		rows: list[dict] = []
		left_out = False
		inside = self.world.inside
		chosen = self.world.below("Item Group", self.question.item_group)
		for line in own_lines(self.world.parents, lines, groups):
			plan = plan_of[line.plan]
			if inside is not None and plan.key_account not in inside:
				continue
			if chosen is not None and line.item_group not in chosen:
				left_out = left_out or not line.item_group
				continue
			about = self._about(plan)
			if not self._wanted(about):
				continue
			about["item_group"] = line.item_group or _root(groups)
			rows += grid.rows(line, {**about, "currency": plan.currency})
		if left_out:
			self.notes.append(
				_("Targets for all item groups together are left out, as they cannot be cut by item group.")
			)
		if self.question.customer_group:
			self.notes.append(_("Targets are left out: a plan cannot be cut by customer group."))
			rows = []
		return Targets(pd.DataFrame(rows), self.notes)

	def _plans(self) -> list[frappe._dict]:
		plan, period = frappe.qb.DocType(PLAN), self.question.period
		fields = (
			"name",
			"key_account",
			"scope",
			"period_type",
			"from_date",
			"to_date",
			"company",
			"currency",
		)
		fields += ("territory", "sales_person", "docstatus")
		rows = (
			frappe.qb.from_(plan)
			.select(*[plan[field] for field in fields])
			.where(
				every(
					[
						plan.docstatus == 1,
						plan.status.isin(COUNTED),
						plan.company == self.company,
						plan.from_date < period.end,
						plan.to_date.isnull() | (plan.to_date >= period.start),
						SUBJECT_CONDITIONS[PLAN](plan, self.world.user),
						fences(PLAN, plan, self.world.user),
					]
				)
			)
			.orderby(plan.from_date)
			.orderby(plan.creation)
			.run(as_dict=True)
		)
		default = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in rows:
			row.currency = row.currency or default
		return [row for row in rows if row.key_account in self.world.parents]

	def _add_lines(self, plans: list[frappe._dict]):
		"""Target lines and stored months of all plans, in two queries."""
		by_name = {plan.name: plan for plan in plans}
		for doctype, table, fields in (
			("Key Account Plan Target", "targets", ("idx", "item_group", "amount", "qty", "distribution")),
			("Key Account Plan Month", "months", ("month", "item_group", "amount", "qty")),
		):
			for plan in plans:
				plan[table] = []
			row = frappe.qb.DocType(doctype)
			for found in (
				frappe.qb.from_(row)
				.select(row.parent, *[row[name] for name in fields])
				.where((row.parenttype == PLAN) & row.parent.isin(list(by_name)))
				.orderby(row.parent)
				.orderby(row.idx)
				.run(as_dict=True)
			):
				by_name[found.parent][table].append(found)

	def _spans(self, plan) -> list[Period]:
		"""Days for which the targets of a plan hold; a perpetual one holds again every twelve months from its first day."""
		if plan.period_type != PERPETUAL:
			return [plan_figures.period_of_plan(plan)]
		start, found = getdate(plan.from_date), []
		while start < self.question.period.end:
			end = _year_later(start)
			if end > self.question.period.start:
				found.append(Period(start, end))
			start = end
		return found

	def _lines(self, plans, spans, grid) -> tuple[list[TargetLine], dict]:
		quantity = self.question.measure == "Quantity"
		lines, plan_of = [], {}
		taken: dict[str, np.ndarray] = {}
		for plan in reversed(plans):  # of plans that overlap the one that starts later counts
			rows = [row for row in plan.targets if flt(row.qty if quantity else row.amount)]
			if not rows:
				continue
			for span in spans[plan.name]:
				force = grid.in_force(span)
				free = force & ~taken.get(plan.key_account, np.zeros(len(force), dtype=bool))
				key = f"{plan.name} {span.start}"
				plan_of[key] = plan
				for row in rows:
					months = plan_figures.months_of_line(plan, row, span, self.notes)[int(quantity)]
					amounts = np.where(free, grid.amounts(months, span), 0.0)
					whole = plan.scope == WHOLE_ACCOUNT
					lines.append(
						TargetLine(key, plan.key_account, whole, row.item_group or "", amounts, free)
					)
				taken[plan.key_account] = (
					taken.get(plan.key_account, np.zeros(len(force), dtype=bool)) | force
				)
		return lines, plan_of

	def _about(self, plan) -> dict:
		return {
			"key_account": plan.key_account,
			"territory": plan.territory or self.world.common(plan.key_account, "territory"),
			"sales_person": plan.sales_person,
			"segment": self.world.common(plan.key_account, "segment"),
			"customer": None,
		}

	def _wanted(self, about: dict) -> bool:
		question = self.question
		if question.market_segment and about["segment"] != question.market_segment:
			return False
		for name, doctype, chosen in (
			("territory", TERRITORY, question.territory),
			("sales_person", PERSON, question.sales_person),
		):
			below = self.world.below(doctype, chosen)
			if below is not None and about[name] not in below:
				return False
		return True


def _year_later(day: date) -> date:
	try:
		return day.replace(year=day.year + 1)
	except ValueError:  # 29 February
		return date(day.year + 1, 3, 1)


# ---------------------------------------------------------------- ERPNext


class _OfErpnext:
	"""Target Detail of sales people or territories, spread by their Monthly Distribution over their fiscal year."""

	def __init__(self, question, world):
		self.question, self.world = question, world
		self.notes: list[str] = []

	def read(self) -> Targets:
		question = self.question
		cut = [
			_(label)
			for label, value in (
				("Key Account", question.key_account),
				("Market Segment", question.market_segment),
				("Customer Group", question.customer_group),
			)
			if value
		]
		doctype, rows = self._details()
		other = question.territory if doctype == PERSON else question.sales_person
		if other:
			cut.append(_(TERRITORY if doctype == PERSON else PERSON))
		if cut:
			self.notes.append(
				_("Targets are left out: those of ERPNext cannot be cut by {0}.").format(", ".join(cut))
			)
			return Targets(notes=self.notes)
		if not reads_all_customers(self.world.user):
			self.notes.append(
				_("Targets of sales people and territories are shown to those who may read all customers.")
			)
			return Targets(notes=self.notes)
		self.notes.append(
			_("Targets are those of {0}, from their forms in ERPNext.").format(
				_("sales people") if doctype == PERSON else _("territories")
			)
		)
		return Targets(self._frame(doctype, rows), self.notes)

	def _details(self) -> tuple[str, list]:
		"""The kind of targets the dimensions ask for, else sales people, else territories if only those have any."""
		asked = self.question.dimensions
		if "sales_person" in asked:
			return PERSON, self._read(PERSON)
		if "territory" in asked:
			return TERRITORY, self._read(TERRITORY)
		rows = self._read(PERSON)
		return (PERSON, rows) if rows else (TERRITORY, self._read(TERRITORY))

	def _read(self, doctype: str) -> list:
		detail, parent = frappe.qb.DocType("Target Detail"), frappe.qb.DocType(doctype)
		year = frappe.qb.DocType("Fiscal Year")
		period = self.question.period
		return (
			frappe.qb.from_(detail)
			.inner_join(parent)
			.on(parent.name == detail.parent)
			.inner_join(year)
			.on(year.name == detail.fiscal_year)
			.select(
				detail.parent,
				detail.item_group,
				detail.target_amount,
				detail.target_qty,
				detail.distribution_id,
				year.name.as_("fiscal_year"),
				year.year_start_date,
				year.year_end_date,
			)
			.where(
				every(
					[
						detail.parenttype == doctype,
						year.year_start_date < period.end,
						year.year_end_date >= period.start,
						fences(doctype, parent, self.world.user),
					]
				)
			)
			.orderby(detail.parent)
			.orderby(detail.idx)
			.run(as_dict=True)
		)

	def _frame(self, doctype: str, rows: list) -> pd.DataFrame:
		question = self.question
		quantity = question.measure == "Quantity"
		below, parents = nodes(doctype)
		groups = _group_parents()
		spans = {
			row.fiscal_year: Period(row.year_start_date, row.year_end_date + timedelta(days=1))
			for row in rows
		}
		grid = _Grid(question, {edge for span in spans.values() for edge in (span.start, span.end)})
		distributions: dict[str, dict[int, float]] = {}
		lines = []
		for row in rows:
			value = flt(row.target_qty if quantity else row.target_amount)
			if not value:
				continue
			span = spans[row.fiscal_year]
			name = row.distribution_id
			if name and name not in distributions:
				distributions[name] = plan_figures.distribution(name)
			months = self._spread(row, value, span, distributions.get(name) if name else None, quantity)
			if months is None:
				continue
			lines.append(
				TargetLine(
					f"{row.parent} {row.fiscal_year}",
					row.parent,
					len(below[row.parent]) > 1,
					row.item_group or "",
					grid.amounts(months, span),
					grid.in_force(span),
				)
			)
		column = "sales_person" if doctype == PERSON else "territory"
		chosen = self.world.below(doctype, question.sales_person if doctype == PERSON else question.territory)
		wanted_groups = self.world.below("Item Group", question.item_group)
		company = question.companies[0] if len(question.companies) == 1 else default_company()
		currency = frappe.get_cached_value("Company", company, "default_currency") or question.currency
		facts: list[dict] = []
		for line in own_lines(parents, lines, groups, at_least_below=True):
			if chosen is not None and line.node not in chosen:
				continue
			if wanted_groups is not None and line.item_group not in wanted_groups:
				continue
			about = dict.fromkeys(("key_account", "territory", "sales_person", "segment", "customer"))
			about.update({column: line.node, "item_group": line.item_group or _root(groups)})
			facts += grid.rows(line, {**about, "currency": currency})
		return pd.DataFrame(facts)

	def _spread(self, row, value: float, span: Period, percentages, quantity: bool) -> dict | None:
		about = f"{row.parent}, {row.fiscal_year}"
		if value < 0:
			self.notes.append(_("The target of {0} is below 0 and is left out.").format(about))
			return None
		digits = plan_figures.QTY_DIGITS if quantity else plan_figures.AMOUNT_DIGITS
		try:
			return engine.spread(value, span, percentages, digits)
		except ValueError:
			self.notes.append(
				_("The Monthly Distribution {0} of {1} holds nothing; the target is spread evenly.").format(
					row.distribution_id, about
				)
			)
			return engine.spread(value, span, None, digits)
