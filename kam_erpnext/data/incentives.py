"""What the measures of an incentive say about a person: the one definition its statements, drafts and final ones, are made of.

Everything is read with the rights of the person himself, whoever asks: a statement never depends on who calculates it, and
never counts what the person may not see. Customers, accounts and plans are those of the day it is read.

* With a **sales person** sales are those of documents with him or somebody below in the sales team, by their share; the
  customers are those with him or somebody below in their own sales team.
* With a **territory** only customers there and below count.
* With **neither** the key accounts count in which the person has a part, and those below them.

A value that nobody knows is None, and its explanation says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, fmt_money, formatdate, getdate

from kam_erpnext.data import calls, objectives, performance, sales, wallet
from kam_erpnext.data.performance import ACCOUNT, AMOUNT, MARGIN, SALES_PERSON, TERRITORY, Question
from kam_erpnext.data.permissions import (
	SUBJECT_CONDITIONS,
	account_condition,
	customer_condition,
	every,
	fences,
	team_accounts,
)
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import customer_filter, subtree
from kam_erpnext.data.targets import COUNTED
from kam_erpnext.engine import incentive as engine
from kam_erpnext.engine import objectives as objective_engine
from kam_erpnext.engine.call_figures import compliance
from kam_erpnext.engine.performance import YEARLY
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

PLAN = "Key Account Plan"
# figures that sales teams of documents share out
BY_SALES_TEAM = frozenset((engine.SALES, engine.MARGIN, engine.MARGIN_GROWTH, engine.MARGIN_PERCENT))


@dataclass(frozen=True)
class Value:
	"""One measure of one person. `target` of the whole period, `due` the part of it due by the day measured."""

	measure: str
	unit: str
	target: float | None
	due: float | None
	actual: float | None
	documents: int
	explanation: str


def values(scheme, participant, until: date) -> dict[str, Value]:
	"""Measure -> value of a participant, up to the end of the day `until`."""
	with as_person(participant.user):
		person = Person(scheme, participant, until)
		return {row.measure: person.value(row) for row in scheme.measures}


@contextmanager
def as_person(user: str) -> Iterator[None]:
	"""What is read in the block is read with the rights, and told in the language, of a user."""
	local = frappe.local
	before = (local.session.user, local.lang, getattr(local, "user_perms", None))
	try:
		local.session.user = user
		local.user_perms = None
		local.lang = frappe.db.get_value("User", user, "language") or local.lang
		yield
	finally:
		local.session.user, local.lang, local.user_perms = before


@dataclass(frozen=True)
class Scope:
	"""Whose customers a participant answers for."""

	company: str
	user: str
	sales_person: str | None = None
	territory: str | None = None
	everybody: bool = False  # all customers the person may see

	@property
	def by_accounts(self) -> bool:
		return not (self.sales_person or self.territory or self.everybody)

	def customers(self, reader: str | None = None) -> tuple[str, ...]:
		"""Customers the person may see; with a `reader` only those he may see, too."""
		customer = frappe.qb.DocType("Customer")
		conditions = [customer_condition(customer, self.user)]
		if reader and reader != self.user:
			conditions.append(customer_condition(customer, reader))
		if self.territory:
			conditions.append(customer_filter(customer, SalesFilters(self.company, territory=self.territory)))
		if self.sales_person:
			team = frappe.qb.DocType("Sales Team").as_("kam_team")
			sold = (
				frappe.qb.from_(team)
				.select(team.parent)
				.where(team.parenttype == "Customer")
				.where(team.sales_person.isin(subtree("Sales Person", self.sales_person)))
			)
			conditions.append(customer.name.isin(sold))
		if self.by_accounts:
			member = frappe.qb.DocType("Key Account Customer").as_("kam_of_account")
			own = (
				frappe.qb.from_(member)
				.select(member.customer)
				.where((member.parenttype == "Key Account") & member.parent.isin(team_accounts(self.user)))
			)
			conditions.append(customer.name.isin(own))
		query = frappe.qb.from_(customer).select(customer.name).where(every(conditions))
		return tuple(query.orderby(customer.name).run(pluck=True))

	def accounts(self, customers: tuple[str, ...]) -> tuple[str, ...]:
		"""Accounts of the person, or those his customers belong to themselves."""
		account = frappe.qb.DocType("Key Account")
		query = frappe.qb.from_(account).select(account.name).where(account_condition(account, self.user))
		if self.by_accounts:
			query = query.where(account.name.isin(team_accounts(self.user)))
		elif not customers:
			return ()
		else:
			member = frappe.qb.DocType("Key Account Customer").as_("kam_of_account")
			query = query.where(
				account.name.isin(
					frappe.qb.from_(member)
					.select(member.parent)
					.where((member.parenttype == "Key Account") & member.customer.isin(customers))
				)
			)
		return tuple(query.orderby(account.lft).run(pluck=True))


def scope_of(row) -> Scope:
	"""Scope of a participant with its scheme's company, or of a statement."""
	return Scope(row.company, row.user, row.sales_person or None, row.territory or None)


class Person:
	"""A participant on a day; what several measures need is read once."""

	def __init__(self, scheme, participant, until: date):
		self.scheme, self.user = scheme, participant.user
		self.scope = Scope(
			scheme.company, participant.user, participant.sales_person or None, participant.territory or None
		)
		self.currency = performance.currency_of(scheme.company)
		self.period = Period(getdate(scheme.from_date), getdate(scheme.to_date) + timedelta(days=1))
		self.until = min(getdate(until), self.period.last_day)
		self.own_targets = {
			row.measure: flt(row.target) for row in scheme.targets if row.user == participant.user
		}

	@property
	def so_far(self) -> Period | None:
		"""Days of the period that are over; None before it begins."""
		end = self.until + timedelta(days=1)
		return Period(self.period.start, end) if end > self.period.start else None

	@cached_property
	def customers(self) -> tuple[str, ...]:
		return self.scope.customers()

	@cached_property
	def accounts(self) -> tuple[str, ...]:
		return self.scope.accounts(self.customers)

	# ------------------------------------------------------------ one measure

	def value(self, row) -> Value:
		spec = engine.MEASURES[row.measure]
		target = self.own_targets.get(row.measure) or flt(row.target) or spec.target
		if self.so_far is None:
			text = _("The period begins on {0}.").format(formatdate(self.period.start))
			return self.unknown(row.measure, target, text)
		if not self.customers and not self.without_customers(row.measure):
			text = (
				_("Not known: the person has no part in a key account with customers.")
				if self.scope.by_accounts
				else _("Not known: the person may see no customer of this sales person or territory.")
			)
			return self.unknown(row.measure, target, text)
		return READERS[row.measure](self, row.measure, target)

	def unknown(self, measure: str, target: float | None, text: str) -> Value:
		"""A value that cannot be read; a target in percent of another figure is not known then either."""
		target = None if measure == engine.MARGIN_GROWTH else target
		return Value(measure, engine.MEASURES[measure].unit, target, None, None, 0, text)

	def without_customers(self, measure: str) -> bool:
		"""Whether a measure is read without a list of customers: calls, and sales by the sales team of documents."""
		by_team = bool(self.scope.sales_person) and measure in BY_SALES_TEAM
		return by_team or measure == engine.CALLS

	def due(self, target: float | None) -> float | None:
		"""Part of an amount that grows evenly from day to day, due by the day measured."""
		return None if target is None else flt(target * self.so_far.days / self.period.days, 2)

	def simple(self, measure: str, target, actual, documents: int, explanation: str) -> Value:
		"""Value of a measure that is compared with the whole of its target on every day."""
		return Value(
			measure, engine.MEASURES[measure].unit, target, target, actual, documents or 0, explanation
		)

	# ------------------------------------------------------------ sales

	def question(self, measure: str, period: Period, as_of: date | None = None) -> Question:
		scope = self.scope
		dimension = SALES_PERSON if scope.sales_person else TERRITORY if scope.territory else ACCOUNT
		return Question(
			companies=(scope.company,),
			currency=self.currency,
			period=period,
			as_of=as_of or period.last_day,
			every=YEARLY,
			dimensions=(dimension,),
			measure=measure,
			targets_from=self.scheme.targets_from or performance.PLANS,
			territory=scope.territory,
			sales_person=scope.sales_person,
			only_accounts=scope.by_accounts,
			user=self.user,
		)

	def own(self, frame: pd.DataFrame) -> pd.DataFrame:
		"""Rows of the person's accounts; a sales person and a territory have restricted the question already."""
		return frame[frame[ACCOUNT].isin(self.accounts)] if self.scope.by_accounts else frame

	def read(self, measure: str, period: Period) -> dict[str, float]:
		facts = self.own(performance.read(self.question(measure, period)).frame)
		return {name: flt(float(facts[name].sum()), 2) for name in ("actual", "last_year")}

	@cached_property
	def sold(self) -> dict[str, float]:
		return self.read(AMOUNT, self.so_far)

	@cached_property
	def earned(self) -> dict[str, float]:
		return self.read(MARGIN, self.so_far)

	@cached_property
	def documents(self) -> int:
		filters = SalesFilters(
			company=self.scope.company,
			source=get_settings().sales_source,
			territory=self.scope.territory,
			sales_person=self.scope.sales_person,
			customers=self.customers if self.scope.by_accounts else (),
			user=self.user,
		)
		return sales.document_count(filters, self.so_far)

	def money(self, amount: float) -> str:
		return fmt_money(flt(amount, 2), currency=self.currency)

	def days(self, period: Period | None = None) -> str:
		period = period or self.so_far
		return _("{0} to {1}").format(formatdate(period.start), formatdate(period.last_day))

	def sales_text(self) -> str:
		count = (
			_("Documents: {0}, customers: {1}.").format(self.documents, len(self.customers))
			if self.scope.by_accounts
			else _("Documents: {0}.").format(self.documents)
		)
		if not self.scope.sales_person:
			return count
		shares = _("Each document by the share of {0} and those below in its sales team.")
		return f"{count} {shares.format(self.scope.sales_person)}"

	def typed_text(self, target: float, due: float) -> str:
		"""How a target that somebody entered is due."""
		if due == target:
			return ""
		return _("Of the target of {0} the part of {1} of {2} days is due: {3}.").format(
			self.money(target), self.so_far.days, self.period.days, self.money(due)
		)


# ---------------------------------------------------------------- the measures


def _net_sales(person: Person, measure: str, target: float | None) -> Value:
	text = [_("Net sales {0}, returns deducted.").format(person.days()), person.sales_text()]
	if target is None:
		target, due, sentences = _targets(person)
	else:
		due = person.due(target)
		sentences = [person.typed_text(target, due)]
	return Value(
		measure,
		engine.MONEY,
		target,
		due,
		person.sold["actual"],
		person.documents,
		_joined(*text, *sentences),
	)


def _targets(person: Person) -> tuple[float | None, float | None, list[str]]:
	"""Target of the period, the part of it due by the day, and where they come from."""
	question = person.question(AMOUNT, person.period, person.until)
	if question.targets_from == performance.ERPNEXT:
		# ERPNext's targets belong to no account
		question = replace(question, only_accounts=False)
	frame, notes = performance.read_targets(question)
	found = person.own(frame)
	if not float(found["targets"].sum()):
		missing = (
			_("The target is not known: no plan in force has one for these customers.")
			if question.targets_from == performance.PLANS
			else _("The target is not known: ERPNext has none for this sales person or territory.")
		)
		return None, None, [missing, *notes]
	whole, due = (flt(float(found[name].sum()), 2) for name in ("target", "target_to_date"))
	source = (
		_("The target of {0} is that of the plans in force; {1} of it was due by {2}.")
		if question.targets_from == performance.PLANS
		else _("The target of {0} is ERPNext's own; {1} of it was due by {2}.")
	)
	return whole, due, [source.format(person.money(whole), person.money(due), formatdate(person.until))]


def _margin(person: Person, measure: str, target: float | None) -> Value:
	due = person.due(target)
	text = _("Gross profit {0}: net sales of {1} less cost of goods.").format(
		person.days(), person.money(person.sold["actual"])
	)
	typed = person.typed_text(target, due) if target is not None else _no_target()
	return Value(
		measure,
		engine.MONEY,
		target,
		due,
		person.earned["actual"],
		person.documents,
		_joined(text, person.sales_text(), typed),
	)


def _margin_growth(person: Person, measure: str, percent: float | None) -> Value:
	"""The target is entered in percent of the margin of the same days a year before."""
	share = flt(percent) / 100.0
	due = person.earned["last_year"]
	before = person.period.previous_year()
	whole = due if person.so_far == person.period else person.read(MARGIN, before)["actual"]
	text = _(
		"Gross profit {0}, against {1} % of that of the same number of days a year before ({2})."
	).format(person.days(), f"{flt(percent, 2):g}", person.money(due))
	if due <= 0:
		text = _joined(text, _("Not known: there was no gross profit a year before to measure against."))
		return Value(measure, engine.MONEY, None, None, person.earned["actual"], person.documents, text)
	return Value(
		measure,
		engine.MONEY,
		flt(whole * share, 2),
		flt(due * share, 2),
		person.earned["actual"],
		person.documents,
		_joined(text, person.sales_text()),
	)


def _margin_percent(person: Person, measure: str, target: float | None) -> Value:
	sold, earned = person.sold["actual"], person.earned["actual"]
	if sold <= 0:
		text = _("Not known: nothing was sold {0}.").format(person.days())
		return person.simple(measure, target, None, person.documents, text)
	text = _("Gross profit of {0} in percent of net sales of {1}, {2}.").format(
		person.money(earned), person.money(sold), person.days()
	)
	return person.simple(
		measure, target, 100.0 * earned / sold, person.documents, _joined(text, person.sales_text())
	)


def _plan_objectives(person: Person, measure: str, target: float | None) -> Value:
	"""Objectives that documents measure, of the plans of the person's accounts, against the time that is over."""
	judged = unknown = plans = 0
	items = []
	for name in _plans(person):
		plan = frappe.get_doc(PLAN, name)
		plans += 1
		for row, live in zip(plan.objectives, objectives.live(plan, person.until), strict=True):
			if live["state"] == objective_engine.DROPPED:
				continue
			if not row.measure:
				judged += 1
			elif live["progress"] is None:
				unknown += 1
			else:
				items.append((flt(row.weight), live["progress"], objectives.elapsed(plan, row, person.until)))
	found = engine.on_course(items)
	text = [
		_(
			"Objectives of {0} plans in force: {1} that documents measure, each with its progress against the time that is over, at most 100 %, by weight."
		).format(plans, len(items))
	]
	if judged:
		text.append(_("Left out: {0} whose value is entered by hand.").format(judged))
	if unknown:
		text.append(_("Left out: {0} whose value is not known.").format(unknown))
	if found is None:
		text.append(_("Not known: there is no objective to measure yet."))
	return person.simple(measure, target, found, len(items), _joined(*text))


def _plans(person: Person) -> list[str]:
	"""Plans in force in the period, of the accounts of the person."""
	if not person.accounts:
		return []
	plan = frappe.qb.DocType(PLAN)
	conditions = [
		plan.docstatus == 1,
		plan.status.isin(COUNTED),
		plan.company == person.scope.company,
		plan.key_account.isin(person.accounts),
		plan.from_date <= person.until,
		plan.to_date.isnull() | (plan.to_date >= person.period.start),
		SUBJECT_CONDITIONS[PLAN](plan, person.user),
		fences(PLAN, plan, person.user),
	]
	return frappe.qb.from_(plan).select(plan.name).where(every(conditions)).orderby(plan.name).run(pluck=True)


def _of_objectives(key: str):
	"""A figure that objectives of plans have, too, over the customers of the person."""

	def read(person: Person, measure: str, target: float | None) -> Value:
		stand_in = frappe._dict(company=person.scope.company, key_account=None, scope=None)
		subject = objectives.Subject(stand_in, person.so_far, person.customers)
		found = objectives.READERS[key](subject)
		return person.simple(measure, target, found.value, found.documents, found.explanation)

	return read


def _share_of_wallet(person: Person, measure: str, target: float | None) -> Value:
	filters = wallet.WalletFilters(person.scope.company, customers=person.customers, user=person.user)
	year = wallet.latest_year(filters, person.until)
	if year:
		days = resolve_window(ROLLING_12_MONTHS, person.until)
		found = wallet.read(filters, year, person.until, days)
		sums, _wider = found.totals()
		if sums.share is not None:
			text = _(
				"Net sales of {0} ({1}) in percent of the known wallets of {2} ({3}). Known: {4} of {5} cells of buying centre and item group."
			).format(
				person.days(days),
				person.money(sums.own),
				year,
				person.money(sums.wallet),
				sums.known_cells,
				sums.addressable_cells,
			)
			return person.simple(measure, target, float(sums.share), sums.known_cells, text)
	text = _("Not known: no wallet is entered for the customers of the person.")
	return person.simple(measure, target, None, 0, text)


def _call_compliance(person: Person, measure: str, target: float | None) -> Value:
	filters = calls.CallFilters(
		person.period.start,
		person.until,
		users=(person.user,),
		territory=person.scope.territory,
		day="due_on",
	)
	rows = calls.calls(filters, person.user, ("status", "due_on", "planned_on", "made_on"))
	found = compliance(
		((row["status"], row["due_on"] or row["planned_on"], row["made_on"]) for row in rows), person.until
	)
	if found.rate is None:
		text = _("Not known: no call of the person was due {0}.").format(person.days())
	else:
		text = _("Calls of the person due {0}: {1} of {2} made, {3} missed.").format(
			person.days(), found.made, found.planned, found.missed
		)
	return person.simple(measure, target, found.rate, found.planned, text)


def _no_target() -> str:
	return _("The target is not known: nobody has entered one.")


def _joined(*sentences: str) -> str:
	return " ".join(sentence for sentence in sentences if sentence)


READERS = {
	engine.SALES: _net_sales,
	engine.MARGIN: _margin,
	engine.MARGIN_GROWTH: _margin_growth,
	engine.MARGIN_PERCENT: _margin_percent,
	engine.OBJECTIVES: _plan_objectives,
	engine.SATISFACTION: _of_objectives("survey_score"),
	engine.WALLET: _share_of_wallet,
	engine.CALLS: _call_compliance,
	engine.DELAY: _of_objectives("payment_delay"),
	engine.ISSUES: _of_objectives("open_issues"),
}
