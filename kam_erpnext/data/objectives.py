"""Objectives of a plan measured from documents.

Every value is read live with the rights of the reader. A reader of this module gets a value, the number of documents
behind it, a sentence that explains it and where to see them; a value that is not known is None and the sentence says
why. Nothing is cached between users.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import frappe
import pandas as pd
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Avg, Cast_, Coalesce, Count
from frappe.utils import flt, formatdate, getdate, now_datetime

from kam_erpnext import compat
from kam_erpnext.data import accounts, calls, plan_figures, sales, sales_ledger, wallet
from kam_erpnext.data.currency import exchange_rate, missing_rate
from kam_erpnext.data.facts import customers as customer_facts
from kam_erpnext.data.facts import markets, payments
from kam_erpnext.data.permissions import every, fences
from kam_erpnext.data.relationships import stands_for_no_call
from kam_erpnext.data.report_measure import measure_report
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine import objectives as engine
from kam_erpnext.engine.measures import FIELD_PREFIX, Facts, measure_units
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.engine.plan_measures import BY_ITEM_GROUP, SHARED
from kam_erpnext.engine.rollup import WHOLE_ACCOUNT
from kam_erpnext.engine.targets import elapsed_share

CALLS = ("Call", "Meeting", "Event")
DONE_EVENTS = ("Completed", "Closed")
ENDED_ISSUES = ("Resolved", "Closed")


@dataclass(frozen=True)
class Measured:
	"""A value read from documents. `value` None: not known, `explanation` says why. `route` is for the page:
	{"doctype", "filters"} of a list, or {"report", "filters"}."""

	value: float | None
	documents: int | None
	explanation: str
	route: dict | None = None


@dataclass
class Subject:
	"""Whom and when a measure looks at."""

	plan: object
	period: Period
	customers: tuple[str, ...]
	item_group: str | None = None
	today: date = field(default_factory=getdate)

	@property
	def company(self) -> str:
		return self.plan.company

	@property
	def last_day(self) -> date:
		return self.period.last_day

	def filters(self, source: str | None = None) -> SalesFilters:
		return plan_figures.sales_filters(self.plan, self.customers, self.item_group, source)

	def accounts(self) -> tuple[str, ...]:
		"""The account, and with Whole Account those below it that the reader may see."""
		if self.plan.scope != WHOLE_ACCOUNT:
			return (self.plan.key_account,)
		tree = accounts.accounts().set_index("key_account")
		if self.plan.key_account not in tree.index:
			return (self.plan.key_account,)
		own = tree.loc[self.plan.key_account]
		return tuple(tree.index[(tree["lft"] >= own["lft"]) & (tree["rgt"] <= own["rgt"])])

	def days(self) -> str:
		return _("{0} to {1}").format(formatdate(self.period.start), formatdate(self.last_day))


# ---------------------------------------------------------------- one objective


def measure_objective(plan_doc, row, as_of=None, customers: tuple[str, ...] | None = None) -> Measured:
	"""Value of an objective today, or at the end of the day `as_of`.

	Figures of a period are read from the first day of the plan to today, to its last day, or to the due day of the
	objective, whichever comes first.
	"""
	if not row.measure:
		return Measured(
			flt(row.value) if row.value_known else None,
			None,
			_("Entered by hand on {0}.").format(formatdate(row.value_on))
			if row.value_known and row.value_on
			else _("This objective has no measure: its value is entered by hand."),
		)
	day = getdate(as_of)
	due = getdate(row.due) if row.due else None
	if due and getdate(plan_doc.from_date) <= due < day:
		day = due
	period = plan_figures.measured(plan_doc, day)
	if period is None:
		return Measured(None, None, _("The plan starts on {0}.").format(formatdate(plan_doc.from_date)))
	if customers is None:
		customers = plan_figures.customers_of(plan_doc)
	return _measure(row.measure, Subject(plan_doc, period, customers, row.item_group or None))


def baseline_of(plan_doc, measure: str, item_group: str | None = None) -> Measured:
	"""The same measure before the plan: over the same days one year before it begins, or on the day before it."""
	period = plan_figures.period_of_plan(plan_doc)
	if plan_doc.period_type == plan_figures.PERPETUAL:
		period = resolve_window(ROLLING_12_MONTHS, getdate(plan_doc.from_date) - timedelta(days=1))
	else:
		period = period.previous_year()
	customers = plan_figures.customers_of(plan_doc)
	return _measure(measure, Subject(plan_doc, period, customers, item_group or None), baseline=True)


def _measure(name: str, subject: Subject, baseline: bool = False) -> Measured:
	if not frappe.db.exists("KAM Measure", name):
		return Measured(None, None, _("The measure {0} no longer exists.").format(name))
	measure = frappe.get_cached_doc("KAM Measure", name)
	if not subject.customers:
		return Measured(None, None, _("The account has no customers that you may see."))
	key = measure.measure_key
	if key in ON_A_DAY and baseline:
		day = getdate(subject.plan.from_date) - timedelta(days=1)
		subject.period = resolve_window(ROLLING_12_MONTHS, min(day, subject.today))
	read = READERS.get(key)
	if measure.source == "Report":
		result = measure_report(measure, subject)
		return Measured(*result)
	if measure.source == "Customer field":
		return _customer_field(subject, key.removeprefix(FIELD_PREFIX), measure.measure_name)
	if not read:
		return Measured(
			None, None, _("The measure {0} cannot be used for objectives.").format(measure.measure_name)
		)
	result = read(subject)
	if subject.item_group and key not in BY_ITEM_GROUP:
		ignored = _("The item group is not used: {0} does not know items.").format(measure.measure_name)
		result = Measured(result.value, result.documents, f"{result.explanation} {ignored}", result.route)
	return result


# ---------------------------------------------------------------- all objectives of a plan


def refresh(plan_doc, as_of=None) -> None:
	"""Sets value, value_known, value_on, progress and state of the objectives, in memory."""
	for row, figures in zip(plan_doc.get("objectives") or [], live(plan_doc, as_of), strict=True):
		if row.measure:
			row.value = figures["value"] or 0
			row.value_known = int(figures["value"] is not None)
			row.value_on = now_datetime()
		row.progress = figures["progress"] or 0
		row.state = figures["state"]


def live(plan_doc, as_of=None) -> list[dict]:
	"""The objectives of a plan as they stand: one dict per row, in their order, nothing is written.

	`code, objective, horizon, belongs_to, measure, item_group, unit, baseline, target, value, progress, state, due,
	responsible, responsible_name, weight, remark, accumulates, documents, explanation, route`; unknown = None.
	"""
	rows = plan_doc.get("objectives") or []
	customers = plan_figures.customers_of(plan_doc) if any(row.measure for row in rows) else ()
	return [_live(plan_doc, row, getdate(as_of), customers) for row in rows]


def _live(plan_doc, row, day: date, customers: tuple[str, ...]) -> dict:
	found = measure_objective(plan_doc, row, day, customers)
	adds_up, higher_is_better = _kind(row)
	baseline = flt(row.baseline) if row.baseline_known else None
	target = target_of(row)
	limit = engine.is_limit(baseline, target, adds_up, higher_is_better)
	progress = engine.progress(baseline, target, found.value, adds_up, higher_is_better)
	reached = engine.at_target(target, found.value, higher_is_better)
	return {
		"code": row.code,
		"objective": row.objective,
		"horizon": row.horizon,
		"belongs_to": row.belongs_to,
		"measure": row.measure,
		"item_group": row.item_group,
		"unit": row.unit,
		"baseline": baseline,
		"target": target,
		"value": found.value,
		"progress": progress,
		"state": engine.state(
			progress,
			elapsed(plan_doc, row, day),
			_due(plan_doc, row),
			day,
			row.state,
			judged=not row.measure,
			reached=reached,
			limit=limit,
		),
		"due": row.due,
		"responsible": row.responsible,
		"responsible_name": row.responsible_name,
		"weight": flt(row.weight),
		"remark": row.remark,
		"accumulates": adds_up,
		"documents": found.documents,
		"explanation": found.explanation,
		"route": found.route,
	}


def progress_of_plan(figures: list[dict]) -> tuple[float | None, float]:
	"""Progress of a plan from the result of `live`, and the answered share of the weights (0 to 1).

	An objective that was dropped does not count. One that people judge counts 100 when achieved and 0 when missed,
	unless it has figures.
	"""
	items = []
	for row in figures:
		if row["state"] == engine.DROPPED:
			continue
		done = row["progress"]
		if done is None:
			done = {engine.ACHIEVED: 100.0, engine.MISSED: 0.0}.get(row["state"])
		items.append((row["weight"], done))
	return engine.plan_progress(items)


def target_of(row) -> float | None:
	"""Target of an objective; without a measure, 0 to 0 means that none was entered."""
	if not row.measure and not flt(row.target) and not flt(row.baseline):
		return None
	return flt(row.target)


def _kind(row) -> tuple[bool, bool]:
	"""Whether the figure of an objective accumulates, and whether more is better."""
	if not row.measure:
		return False, flt(row.target) >= flt(row.baseline)
	values = frappe.get_cached_value("KAM Measure", row.measure, ["accumulates", "higher_is_better"])
	return (bool(values[0]), bool(values[1])) if values else (False, True)


def _due(plan_doc, row) -> date | None:
	if row.due:
		return getdate(row.due)
	if plan_doc.period_type == plan_figures.PERPETUAL:
		return None
	return plan_figures.period_of_plan(plan_doc).last_day


def elapsed(plan_doc, row, day: date) -> float:
	"""Share of the time from the start of the plan to the due day that is over."""
	start, due = getdate(plan_doc.from_date), _due(plan_doc, row)
	if day < start:
		return 0.0
	if due is None or due < start:
		return 1.0
	return elapsed_share(Period(start, due + timedelta(days=1)), day)


# ---------------------------------------------------------------- readers: the ledger


def _ledger(key: str) -> Callable[[Subject], Measured]:
	"""Reader of a measure of the engine, over the customers of the plan."""

	def read(subject: Subject) -> Measured:
		filters = subject.filters()
		facts = Facts.empty(subject.period, subject.last_day)
		facts.customers = pd.DataFrame({"customer": list(subject.customers)})
		facts.sales = sales.net_sales(
			filters, subject.period, by=("customer", "item_group"), with_cost=key.startswith("gross_")
		)
		if "cost" not in facts.sales:
			facts.sales["cost"] = float("nan")
		if key == "sales_growth":
			before = sales.net_sales(filters, subject.period.previous_year())
			facts.prior = before[["customer", "net_sales"]]
		elif key == "order_frequency":
			facts.activity = sales.activity(filters, subject.period)
		elif key == "payment_delay":
			facts.payments = payments(filters, subject.period)
			facts.payments = facts.payments[facts.payments["customer"].isin(subject.customers)]
		elif key.startswith("market_share"):
			known = customer_facts(filters)[["customer", "territory"]]
			facts.customers = known.merge(
				markets(subject.company, subject.period, known), on="territory", how="left"
			).drop(columns="territory")
		membership = pd.DataFrame({"customer": list(subject.customers), "unit": "plan"})
		value = measure_units(facts, membership).loc["plan", key]
		documents = sales.document_count(filters, subject.period)
		return Measured(
			None if value != value else flt(value, 6),
			documents,
			_explain_ledger(key, subject, value != value, documents),
			_documents_route(subject, filters.source),
		)

	return read


def _explain_ledger(key: str, subject: Subject, unknown: bool, documents: int) -> str:
	spec = SHARED_TEXT.get(key)
	sentences = [spec() if spec else ""]
	sentences.append(
		_("{0} customers, {1}, documents: {2}.").format(len(subject.customers), subject.days(), documents)
	)
	if unknown:
		sentences.append(_("Not known: there is nothing to calculate it from in these days."))
	return " ".join(sentence for sentence in sentences if sentence)


SHARED_TEXT: dict[str, Callable[[], str]] = {
	"net_sales": lambda: _("Net sales, returns deducted, internal customers and opening entries left out."),
	"gross_profit": lambda: _("Net sales less cost of the goods, over the lines whose cost is known."),
	"gross_margin": lambda: _("Gross profit in percent of net sales, over the lines whose cost is known."),
	"sales_growth": lambda: _("Change of net sales against the same number of days one year earlier."),
	"market_share_value": lambda: _("Net sales in percent of the value of the market of the customers."),
	"market_share_units": lambda: _("Quantity sold in percent of the units of the market of the customers."),
	"order_frequency": lambda: _("Documents per month of 30.4 days, returns not counted."),
	"payment_delay": lambda: _("Average days paid after the due date, weighted by amount."),
	"item_groups": lambda: _("Item groups with net sales above zero."),
}


def _documents_route(subject: Subject, source: str) -> dict:
	definition = sales_ledger.SOURCES[source]
	return {
		"doctype": source,
		"filters": {
			"company": subject.company,
			"customer": ["in", list(subject.customers)],
			"docstatus": 1,
			definition.date_field: ["between", [str(subject.period.start), str(subject.last_day)]],
		},
	}


def _orders(subject: Subject) -> Measured:
	filters = subject.filters("Sales Order")
	count = sales.document_count(filters, subject.period)
	return Measured(
		float(count),
		count,
		_("Submitted sales orders dated {0} of {1} customers.").format(
			subject.days(), len(subject.customers)
		),
		_documents_route(subject, "Sales Order"),
	)


def _share_of_wallet(subject: Subject) -> Measured:
	"""Over the known wallets of the newest year; without any, of the spend on the profile of the account."""
	filters = wallet.WalletFilters(
		subject.company, subject.plan.key_account, subject.customers, subject.item_group
	)
	wallet_year = wallet.latest_year(filters, subject.last_day)
	if wallet_year:
		year = resolve_window(ROLLING_12_MONTHS, subject.last_day)
		found = wallet.read(filters, wallet_year, subject.last_day, year)
		sums, _wider = found.totals()
		if sums.share is not None:
			return _share_of_known_wallets(subject, found, sums)
	if subject.item_group:
		return Measured(
			None,
			None,
			_("Not known: no wallet of the item group {0} is entered for the customers of the plan.").format(
				subject.item_group
			),
			{"report": "Share of Wallet", "filters": {"key_account": subject.plan.key_account}},
		)
	return _share_of_yearly_spend(subject)


def _share_of_known_wallets(subject: Subject, found: wallet.Wallets, sums) -> Measured:
	sales_filters = subject.filters()
	money = {"fieldtype": "Currency", "options": "currency"}
	return Measured(
		flt(sums.share, 6),
		sales.document_count(sales_filters, found.period),
		_(
			"Net sales of {0} to {1} ({2}) in percent of the known wallets of {3} ({4}). Known: {5} of {6} cells of buying centre and item group; net sales outside of them: {7}."
		).format(
			formatdate(found.period.start),
			formatdate(found.period.last_day),
			frappe.format(flt(sums.own, 2), money, currency=found.currency),
			found.year,
			frappe.format(flt(sums.wallet, 2), money, currency=found.currency),
			sums.known_cells,
			sums.addressable_cells,
			frappe.format(flt(sums.own_elsewhere, 2), money, currency=found.currency),
		),
		{
			"report": "Share of Wallet",
			"filters": {
				"company": subject.company,
				"key_account": subject.plan.key_account,
				"year": found.year,
				**({"item_group": subject.item_group} if subject.item_group else {}),
			},
		},
	)


def _share_of_yearly_spend(subject: Subject) -> Measured:
	account = frappe.db.get_value(
		"Key Account",
		subject.plan.key_account,
		["yearly_spend", "spend_currency", "spend_as_of", "spend_source"],
		as_dict=True,
	)
	if not account or flt(account.yearly_spend) <= 0:
		return Measured(
			None,
			None,
			_("Not known: no wallet and no yearly spend is entered at the account {0}.").format(
				subject.plan.key_account
			),
			{"doctype": "Key Account", "name": subject.plan.key_account},
		)
	currency = frappe.get_cached_value("Company", subject.company, "default_currency")
	spend_currency, rate_day = account.spend_currency or currency, account.spend_as_of or subject.last_day
	rate = exchange_rate(spend_currency, currency, rate_day)
	if not rate:
		return Measured(None, None, missing_rate(spend_currency, currency, rate_day))
	year = resolve_window(ROLLING_12_MONTHS, subject.last_day)
	filters = plan_figures.sales_filters(subject.plan, subject.customers)
	sold = flt(float(sales.net_sales(filters, year, by=())["net_sales"].sum()), 6)
	documents = sales.document_count(filters, year)
	spend = flt(account.yearly_spend) * rate
	return Measured(
		flt(100.0 * sold / spend, 6),
		documents,
		_(
			"Net sales of {0} to {1} ({2}) in percent of the yearly spend of {3} as of {4}. Source: {5}."
		).format(
			formatdate(year.start),
			formatdate(year.last_day),
			frappe.format(sold, {"fieldtype": "Currency", "options": "currency"}, currency=currency),
			frappe.format(spend, {"fieldtype": "Currency", "options": "currency"}, currency=currency),
			formatdate(account.spend_as_of) if account.spend_as_of else _("an unknown day"),
			account.spend_source or _("not given"),
		),
		_documents_route(Subject(subject.plan, year, subject.customers), filters.source),
	)


# ---------------------------------------------------------------- readers: other documents


def _open_issues(subject: Subject) -> Measured:
	issue = frappe.qb.DocType("Issue")
	conditions = [
		issue.customer.isin(subject.customers),
		(Coalesce(issue.company, "") == "") | (issue.company == subject.company),
		fences("Issue", issue),
	]
	is_today = subject.last_day >= subject.today
	if is_today:
		conditions.append(Coalesce(issue.status, "").notin(ENDED_ISSUES))
	else:
		after = subject.last_day + timedelta(days=1)
		conditions.append(Coalesce(issue.opening_date, issue.creation) < after)
		conditions.append(
			Coalesce(issue.status, "").notin(ENDED_ISSUES)
			| (Coalesce(compat.issue_resolved_on(issue), issue.modified) >= after)
		)
	count = frappe.qb.from_(issue).select(Count("*")).where(every(conditions)).run()[0][0]
	text = _("Issues of {0} customers that were neither resolved nor closed on {1}.")
	filters = {"customer": ["in", list(subject.customers)], "status": ["not in", list(ENDED_ISSUES)]}
	return Measured(
		float(count),
		int(count),
		text.format(len(subject.customers), formatdate(subject.last_day)),
		{"doctype": "Issue", "filters": filters} if is_today else None,
	)


def _calls_made(subject: Subject) -> Measured:
	"""Customer calls made in the period, and calendar entries that name the account, its customers or their contacts.

	An entry of the calendar that stands for a customer call is left out: the call decides.
	"""
	event = frappe.qb.DocType("Event")
	participant = frappe.qb.DocType("Event Participants")
	ended = now_datetime()
	after = subject.last_day + timedelta(days=1)
	query = (
		frappe.qb.from_(event)
		.select(Count("*"))
		.where(event.event_category.isin(CALLS))
		.where((event.starts_on >= subject.period.start) & (event.starts_on < after))
		.where(Coalesce(event.status, "") != "Cancelled")
		.where(event.status.isin(DONE_EVENTS) | (Coalesce(event.ends_on, event.starts_on) <= ended))
		.where((event.event_type == "Public") | (event.owner == frappe.session.user))
		.where(stands_for_no_call(event))
		.where(
			event.name.isin(
				frappe.qb.from_(participant)
				.select(participant.parent)
				.where(participant.parenttype == "Event")
				.where(_takes_part(participant, subject))
			)
		)
	)
	entries = int(query.run()[0][0])
	visits = _customer_calls(subject)
	between = ["between", [str(subject.period.start), str(subject.last_day)]]
	if visits:
		customers = ["in", list(subject.customers)]
		route = {
			"doctype": calls.CALL,
			"filters": {"customer": customers, "status": calls.MADE, "made_on": between},
		}
	else:
		route = {
			"doctype": "Event",
			"filters": {"event_category": ["in", list(CALLS)], "starts_on": between},
		}
	return Measured(
		float(visits + entries),
		visits + entries,
		_(
			"{0} customer calls made {1}, and {2} other calls, meetings and events of the calendar that are over or completed, with the account, a customer or a contact."
		).format(visits, subject.days(), entries),
		route,
	)


def _customer_calls(subject: Subject) -> int:
	"""Calls on the customers made in the period, as far as the reader may see them."""
	if not subject.customers or not frappe.has_permission(calls.CALL, "read"):
		return 0
	call = frappe.qb.DocType(calls.CALL)
	made = (call.status == calls.MADE) & call.customer.isin(subject.customers)
	days = (call.made_on >= subject.period.start) & (call.made_on <= subject.last_day)
	query = frappe.qb.from_(call).select(Count("*")).where(every([made, days, calls.visible(call)]))
	return int(query.run()[0][0])


def _takes_part(participant, subject: Subject) -> Criterion:
	link = frappe.qb.DocType("Dynamic Link")
	contacts = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "Contact") & (link.link_doctype == "Customer"))
		.where(link.link_name.isin(subject.customers))
	)
	kind, name = participant.reference_doctype, participant.reference_docname
	return (
		((kind == "Customer") & name.isin(subject.customers))
		| ((kind == "Contact") & name.isin(contacts))
		| ((kind == "Key Account") & name.isin(subject.accounts()))
	)


def _survey_score(subject: Subject) -> Measured:
	feedback = frappe.qb.DocType("Quality Feedback")
	parameter = frappe.qb.DocType("Quality Feedback Parameter")
	after = subject.last_day + timedelta(days=1)
	rating = Cast_(parameter.rating, "decimal(9, 4)")
	value, documents = (
		frappe.qb.from_(feedback)
		.inner_join(parameter)
		.on((parameter.parent == feedback.name) & (parameter.parenttype == "Quality Feedback"))
		.select(Avg(rating), Count(feedback.name).distinct())
		.where(
			every(
				[
					(feedback.document_type == "Customer") & feedback.document_name.isin(subject.customers),
					(feedback.creation >= subject.period.start) & (feedback.creation < after),
					Coalesce(parameter.rating, "") != "",
					fences("Quality Feedback", feedback),
				]
			)
		)
		.run()[0]
	)
	if value is None:
		return Measured(None, 0, _("Not known: no Quality Feedback was entered {0}.").format(subject.days()))
	return Measured(
		flt(value, 6),
		int(documents),
		_("Mean rating, 1 to 5, of the Quality Feedback of the customers entered {0}.").format(
			subject.days()
		),
		{
			"doctype": "Quality Feedback",
			"filters": {"document_type": "Customer", "document_name": ["in", list(subject.customers)]},
		},
	)


def _customer_field(subject: Subject, fieldname: str, label: str) -> Measured:
	"""Sum of a numeric customer field; a field that was removed is not known."""
	if not frappe.get_meta("Customer").has_field(fieldname):
		return Measured(None, None, _("Customer no longer has the field {0}.").format(fieldname))
	filters = plan_figures.sales_filters(subject.plan, subject.customers)
	values = customer_facts(filters, (fieldname,))[fieldname].dropna()
	return Measured(
		flt(float(values.astype(float).sum()), 6) if len(values) else None,
		None,
		_("Sum of {0} over {1} customers, as entered today.").format(label, len(values)),
		{"doctype": "Customer", "filters": {"name": ["in", list(subject.customers)]}},
	)


READERS: dict[str, Callable[[Subject], Measured]] = {
	**{key: _ledger(key) for key in SHARED},
	"orders": _orders,
	"open_issues": _open_issues,
	"share_of_wallet": _share_of_wallet,
	"calls_made": _calls_made,
	"survey_score": _survey_score,
}
# figures of a day, not of a period: before the plan they are those of the day before it
ON_A_DAY = frozenset(("open_issues", "share_of_wallet"))
