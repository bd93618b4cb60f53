"""What other apps add to this one, without overriding anything.

An app names objects of the classes below by their dotted paths in its `hooks.py`:

    kam_measures = ["your_app.kam.OPEN_TICKETS"]             # Measure
    kam_cost_drivers = ["your_app.kam.SERVICE_TOURS"]        # CostDriver
    kam_pipeline_sources = ["your_app.kam.TENDERS"]          # PipelineSource
    kam_alarm_rules = ["your_app.kam.TICKETS_WAIT"]          # AlarmRule

Measures, drivers and kinds of alarms become choosable with `bench migrate`, and when an app is installed or removed. The
functions of an object are asked with the reader's name and must respect his rights, as all of this app does
(`kam_erpnext.data.permissions`). What a function returns is checked; one that fails makes its own figure unknown, leaves an
Error Log and a remark where the figure would stand, and nothing else. docs/extending.md has an example of each.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from numbers import Number
from typing import Any, TypeVar

import frappe
import numpy as np
import pandas as pd
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.engine import pipeline
from kam_erpnext.engine.customer_value import EACH, INTEREST, PERCENT
from kam_erpnext.engine.measures import UNITS
from kam_erpnext.engine.periods import Period

SUM, LARGEST, AVERAGE = WAYS = ("sum", "max", "mean")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
SAVEPOINT = "kam_extending"
# what an extension is told by: the name of its app, then its own
SEPARATOR = "__"

Member = tuple[str, str | None]  # account, customer
# fields of the classes below by what they hold
FUNCTIONS = ("read", "count", "find", "text", "documents", "filters")
TEXTS = ("label", "description", "doctype", "kind")
BOUNDS = ("threshold", "days")


class ExtensionError(frappe.ValidationError):
	"""A hook of another app names something that cannot be used, or returned something that is none."""


# ---------------------------------------------------------------- what apps declare


@dataclass(frozen=True)
class MeasureQuestion:
	"""Customers a measure is asked for, the days, and the reader: only customers and documents he may see may count."""

	company: str
	period: Period
	as_of: date
	user: str
	customers: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
	"""A figure of a customer that criteria and segments can ask for.

	`read` gets a MeasureQuestion and returns customer -> number as a mapping or a pandas Series; who is missing in it, or
	has None or NaN, is not known, which is not zero. `unit` is one of `engine.measures.UNITS`. `adds_up` says how an account
	adds up its customers: sum, max or mean of those that are known.
	"""

	key: str
	label: str
	unit: str
	description: str
	read: Callable[[MeasureQuestion], Mapping[str, float] | pd.Series]
	higher_is_better: bool = True
	adds_up: str = SUM


@dataclass(frozen=True)
class CostDriver:
	"""Something that causes cost when a customer is served, with a rate in KAM Cost Rate.

	`count` gets a `data.cost_drivers.Asked` (filters, period, company, user) and returns customer -> quantity: pieces when
	told as EACH, an amount in company currency when told as PERCENT, money times days when told as INTEREST. `per` is the
	end of the unit of a rate told as EACH, such as "per tour". `documents` gets the same and a list of customers and returns
	the documents behind, as [{"doctype": …, "filters": {…}}].
	"""

	key: str
	label: str
	count: Callable[[Any], Mapping[str, float] | pd.Series]
	told_as: str = EACH
	per: str = ""
	documents: Callable[[Any, list[str]], list[dict]] | None = None


@dataclass(frozen=True)
class PipelineQuestion:
	"""A company, a day, a reader, and the parties of the accounts he sees: (doctype, name) -> (account, customer)."""

	company: str
	as_of: date
	user: str
	parties: Mapping[tuple[str, str], Member]

	def account_of(self, customer: str) -> str | None:
		"""Key account of a customer, where the reader may see both."""
		return self.parties.get(("Customer", customer), (None, None))[0]


@dataclass(frozen=True)
class Deal:
	"""A deal that runs in another system. `amount` in company currency, None when not known; `probability` in percent.

	`quotations` names ERPNext's Quotations made of it: what is quoted and ordered with them is taken out of its amount and
	shown at this deal, so that no euro stands in two places.
	"""

	name: str
	title: str
	key_account: str
	customer: str | None = None
	amount: float | None = None
	probability: float | None = None
	expected_close: date | None = None
	started_on: date | None = None
	responsible: str | None = None
	status: str = pipeline.OPEN
	quotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class PipelineSource:
	"""Deals of another system. `doctype` holds them; `read` gets a PipelineQuestion and returns a list of Deal."""

	doctype: str
	read: Callable[[PipelineQuestion], list[Deal]]


@dataclass(frozen=True)
class Bounds:
	"""What a number of a rule may be; `most` None: any number from `least` on."""

	least: float
	most: float | None = None


@dataclass(frozen=True)
class Finding:
	"""A measured value, and the facts of the sentence about it as JSON can hold them."""

	value: float
	facts: dict


@dataclass(frozen=True)
class AlarmRule:
	"""A kind of alarm rules watch for. `kind` is its name, as people choose it.

	`find` gets the rule (name, threshold, days, level) and what is watched (`alarms.findings.Watched`: accounts, company,
	day, customers of each account) and returns account -> Finding. `text` makes the sentence from the facts, in the language
	of the reader (frappe._). `threshold` and `days` say what the rule's numbers may be, None that it uses none. `doctype` is
	what somebody must be able to read to see such alarms. With `filters`, which gets the facts and the customers of the
	account, the alarm leads to a list of that doctype.
	"""

	kind: str
	find: Callable[[Any, Any], Mapping[str, Finding]]
	text: Callable[[Mapping], str]
	threshold: Bounds | None = None
	days: Bounds | None = None
	doctype: str | None = None
	filters: Callable[[Mapping, tuple[str, ...]], dict] | None = None


HOOKS = {
	"kam_measures": Measure,
	"kam_cost_drivers": CostDriver,
	"kam_pipeline_sources": PipelineSource,
	"kam_alarm_rules": AlarmRule,
}
Declared = TypeVar("Declared", Measure, CostDriver, PipelineSource, AlarmRule)


# ---------------------------------------------------------------- reading the hooks


def measures() -> dict[str, Measure]:
	"""Key, which begins with the app's name, -> measure."""
	return _declared("kam_measures")


def cost_drivers() -> dict[str, CostDriver]:
	"""Key, which begins with the app's name, -> driver."""
	return _declared("kam_cost_drivers")


def pipeline_sources() -> dict[str, PipelineSource]:
	"""Doctype -> source."""
	return _declared("kam_pipeline_sources")


def alarm_rules() -> dict[str, AlarmRule]:
	"""Kind -> what looks for it."""
	return _declared("kam_alarm_rules")


def app_of(key: str) -> str | None:
	"""The app a key of a measure or driver names, None for those of this app."""
	return key.partition(SEPARATOR)[0] if SEPARATOR in key else None


def faults() -> list[str]:
	"""What is wrong in the hooks of the installed apps, a sentence each."""
	return [fault for hook in HOOKS for fault in _read(hook)[1]]


def _declared(hook: str) -> dict:
	return _read(hook)[0]


def _read(hook: str) -> tuple[dict, list[str]]:
	"""What the installed apps declare under a hook, and what is wrong with the rest; once in a request."""
	cache = _cache()
	if hook not in cache:
		cache[hook] = _look(hook)
	return cache[hook]


def _cache() -> dict:
	if not hasattr(frappe.local, "kam_extensions"):
		frappe.local.kam_extensions = {}
	return frappe.local.kam_extensions


def forget() -> None:
	"""Hooks are read anew."""
	frappe.local.kam_extensions = {}


def _look(hook: str) -> tuple[dict, list[str]]:
	found: dict[str, Any] = {}
	wrong: list[str] = []
	words = _own_words(hook)
	for app in frappe.get_installed_apps():
		if app == "kam_erpnext":
			continue
		for path in frappe.get_hooks(hook, app_name=app):
			try:
				declared = frappe.get_attr(path)
				problem = _problem(hook, declared)
				name = None if problem else _name(app, declared)
				word = None if problem else _word(declared)
				if word in words:
					problem = _("{0} is there already. Please use another name.").format(word)
			except Exception as error:  # other apps raise anything
				problem = f"{type(error).__name__}: {error}"
			if problem:
				wrong.append(_("App {0}, hook {1}, {2}: {3}").format(app, hook, path, problem))
			else:
				found[name] = declared
				words |= {name, word}
	return found, wrong


def _own_words(hook: str) -> set[str]:
	"""What this app itself calls by a word people choose; another app cannot take it over."""
	from kam_erpnext.alarms.rules import KINDS
	from kam_erpnext.data.cost_rates import DRIVER_KEYS
	from kam_erpnext.data.deal_documents import CRM_DEAL, OPPORTUNITY, ORDER, OWN, QUOTATION

	return {
		"kam_cost_drivers": set(DRIVER_KEYS),
		"kam_pipeline_sources": {OWN, OPPORTUNITY, QUOTATION, ORDER, CRM_DEAL},
		"kam_alarm_rules": set(KINDS),
	}.get(hook, set())


def _word(declared) -> str:
	"""What must be one of its kind: labels of measures get the app's name where another has theirs."""
	return declared.label if isinstance(declared, CostDriver) else _name("", declared)


def _name(app: str, declared) -> str:
	if isinstance(declared, PipelineSource):
		return declared.doctype
	if isinstance(declared, AlarmRule):
		return declared.kind
	return f"{app}{SEPARATOR}{declared.key}"


def _problem(hook: str, declared) -> str | None:
	"""What is wrong with a declared object, or None."""
	wanted = HOOKS[hook]
	if not isinstance(declared, wanted):
		return _("This must be a kam_erpnext.extending.{0}.").format(wanted.__name__)
	for field in fields(declared):
		value, needed = getattr(declared, field.name), field.default is MISSING
		if value is None and not needed:
			continue
		if field.name in FUNCTIONS and not callable(value):
			return _("{0} must be a function.").format(field.name)
		if field.name in TEXTS and (not isinstance(value, str) or not value.strip()):
			return _("{0} must be a text.").format(field.name)
		if field.name in BOUNDS and not isinstance(value, Bounds):
			return _("{0} must be a kam_erpnext.extending.Bounds.").format(field.name)
	if isinstance(declared, Measure | CostDriver) and not KEY.fullmatch(str(declared.key)):
		return _("{0}: use small letters, digits and _, beginning with a letter.").format("key")
	if isinstance(declared, Measure):
		if declared.unit not in UNITS:
			return _("{0} must be one of {1}.").format("unit", ", ".join(UNITS))
		if declared.adds_up not in WAYS:
			return _("{0} must be one of {1}.").format("adds_up", ", ".join(WAYS))
	if isinstance(declared, CostDriver) and declared.told_as not in (EACH, PERCENT, INTEREST):
		return _("{0} must be one of {1}.").format("told_as", ", ".join((EACH, PERCENT, INTEREST)))
	if isinstance(declared, PipelineSource | AlarmRule) and declared.doctype:
		if not frappe.db.exists("DocType", declared.doctype, cache=True):
			return _("There is no doctype {0}.").format(declared.doctype)
	return None


# ---------------------------------------------------------------- asking


def asked(what: str, function: Callable[[], Any], check: Callable[[Any], Any]) -> tuple[Any, str | None]:
	"""What a function of another app answers, checked; or None and a remark, after which the database is as before it."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		return check(function()), None
	except Exception:
		try:
			frappe.db.rollback(save_point=SAVEPOINT)
		except (
			Exception
		):  # the function ended the transaction: nothing is lost unless something was written in it
			if frappe.db.transaction_writes:
				raise
			frappe.db.rollback()
		frappe.log_error(title=_("{0} failed").format(what)[:140])
		return None, _(
			"{0} comes from another app and could not be read, so it is not known. See the Error Log."
		).format(what)


def numbers(answer) -> pd.Series:
	"""Customer -> float of what a function returned. Raises ExtensionError if it is none."""
	if isinstance(answer, pd.Series):
		if not answer.index.is_unique:
			twice = answer.index[answer.index.duplicated()][0]
			raise ExtensionError(_("{0} is given twice.").format(twice))
		answer = answer.to_dict()
	if not isinstance(answer, Mapping):
		raise ExtensionError(_("A mapping or a pandas Series of customer and number was expected."))
	result = {}
	for customer, value in answer.items():
		if value is None:
			continue
		if not isinstance(customer, str) or not isinstance(value, Number) or isinstance(value, complex):
			raise ExtensionError(_("{0}: {1} is not a number.").format(str(customer)[:140], str(value)[:140]))
		result[customer] = float(value)
	series = pd.Series(result, dtype=float)
	if np.isinf(series).any():
		raise ExtensionError(_("{0}: the number is infinite.").format(series[np.isinf(series)].index[0]))
	return series


def measure_units(
	keys: set[str], question: MeasureQuestion, membership: pd.DataFrame, units: pd.Index
) -> tuple[pd.DataFrame, list[str]]:
	"""Measures of other apps by unit (customer or account): one column for each of the keys; and remarks.

	`membership` has `customer, unit`. A measure whose app is not installed is not known, and a remark says so.
	"""
	known = measures()
	columns, remarks = {}, []
	for key in sorted(keys):
		values = None
		if key in known:
			measure = known[key]
			values, remark = asked(
				_("The measure {0}").format(_(measure.label)),
				lambda read=measure.read: read(question),
				numbers,
			)
		else:
			remark = not_offered(key)
		if remark:
			remarks.append(remark)
		if values is None:
			columns[key] = pd.Series(np.nan, index=units)
			continue
		pairs = membership[["customer", "unit"]].drop_duplicates()
		grouped = pairs["customer"].map(values).astype(float).groupby(pairs["unit"].to_numpy())
		added = grouped.sum(min_count=1) if measure.adds_up == SUM else getattr(grouped, measure.adds_up)()
		columns[key] = added.reindex(units)
	return pd.DataFrame(columns, index=units, dtype=float), remarks


def not_offered(key: str) -> str:
	"""Why a measure is not known: the app is not there, or does not offer it any more."""
	name = frappe.db.get_value("KAM Measure", {"measure_key": key}) or key
	return _(
		"The app {0}, which offers the measure {1}, is not installed or does not offer it any more. It is not known."
	).format(app_of(key), name)


def count(key: str, question) -> tuple[pd.Series, str | None]:
	"""Customer -> quantity of a cost driver of another app, and a remark when that failed."""
	driver = cost_drivers()[key]
	values, remark = asked(
		_("The cost driver {0}").format(_(driver.label)), lambda: driver.count(question), numbers
	)
	return (pd.Series(dtype=float) if values is None else values.dropna()), remark


def documents_of(key: str, question, customers: list[str]) -> list[dict]:
	"""Lists of the documents behind a cost driver of another app; none where it names none."""
	driver = cost_drivers()[key]
	if not driver.documents:
		return []
	lists, _remark = asked(
		_("The cost driver {0}").format(_(driver.label)),
		lambda: driver.documents(question, customers),
		_lists,
	)
	return lists or []


def _lists(answer) -> list[dict]:
	return [{"doctype": found["doctype"], "filters": dict(found["filters"])} for found in answer]


def alarm_doctypes() -> dict[str, str]:
	"""Kind of alarm of another app -> what somebody must be able to read to see it."""
	return {kind: rule.doctype for kind, rule in alarm_rules().items() if rule.doctype}


def no_such_alarm(kind: str) -> str:
	return _(
		"No installed app watches for {0}. Please switch the rule off, or install the app that does."
	).format(kind)


def find_alarms(rule, watched) -> dict[str, Finding]:
	"""Account -> what a rule of another app found. Whatever its app raises goes on: the watch leaves out rules that fail."""
	known = alarm_rules().get(rule.kind)
	if not known:
		raise ExtensionError(no_such_alarm(rule.kind))
	found = dict(known.find(rule, watched))
	for account, finding in found.items():
		if not isinstance(finding, Finding) or not np.isfinite(float(finding.value)):
			raise ExtensionError(
				_("{0}: a kam_erpnext.extending.Finding with a number was expected.").format(account)
			)
	return found


def alarm_text(kind: str, facts: Mapping) -> str | None:
	"""The sentence of an alarm of another app; None when the app is gone or fails."""
	known = alarm_rules().get(kind)
	return known and asked(_("The alarm {0}").format(_(kind)), lambda: known.text(dict(facts)), _sentence)[0]


def alarm_list(kind: str, facts: Mapping, customers: tuple[str, ...]) -> tuple[str, dict] | None:
	"""Doctype and filters of the documents behind an alarm of another app, if it names any."""
	known = alarm_rules().get(kind)
	if not known or not known.doctype or not known.filters:
		return None
	filters, _remark = asked(
		_("The alarm {0}").format(_(kind)), lambda: known.filters(dict(facts), customers), dict
	)
	return filters and (known.doctype, filters)


def _sentence(answer) -> str:
	if not isinstance(answer, str) or not answer.strip():
		raise ExtensionError(_("A sentence was expected."))
	return answer


def deals(question: PipelineQuestion) -> tuple[dict[tuple[str, str], Deal], list[str]]:
	"""(doctype, name) -> deal of all other systems that runs, belongs to an account the reader sees; and remarks."""
	found, remarks = {}, []
	accounts = {account for account, _customer in question.parties.values()}
	for doctype, source in pipeline_sources().items():
		answer, remark = asked(
			_("The pipeline of {0}").format(_(doctype)), lambda read=source.read: read(question), _deals
		)
		if remark:
			remarks.append(remark)
		for deal in answer or ():
			if deal.key_account in accounts:
				found[(doctype, deal.name)] = deal
	return found, remarks


def _deals(answer) -> list[Deal]:
	answer = list(answer)
	for deal in answer:
		if not isinstance(deal, Deal):
			raise ExtensionError(_("A list of kam_erpnext.extending.Deal was expected."))
		if not deal.name or not deal.title or not deal.key_account:
			raise ExtensionError(_("Deal {0}: name, title and key_account are needed.").format(deal.name))
		if deal.status not in pipeline.LIVE:
			raise ExtensionError(
				_("Deal {0}: the status must be one of {1}; deals that are over are left out.").format(
					deal.name, ", ".join(pipeline.LIVE)
				)
			)
		if deal.probability is not None and not 0 <= deal.probability <= 100:
			raise ExtensionError(_("Deal {0}: the probability must lie between 0 and 100.").format(deal.name))
		if deal.amount is not None and not np.isfinite(float(deal.amount)):
			raise ExtensionError(_("Deal {0}: the amount is not a number.").format(deal.name))
	return answer


def deal_row(doctype: str, deal: Deal) -> dict:
	"""A deal as `data.pipeline` describes deals."""
	return {
		"deal": deal.name,
		"source": doctype,
		"title": deal.title,
		"key_account": deal.key_account,
		"customer": deal.customer,
		"responsible": deal.responsible,
		"status": deal.status,
		"idea_stage": pipeline.OPPORTUNITY,
		"probability": None if deal.probability is None else flt(deal.probability),
		"expected_close": _day(deal.expected_close),
		"started_on": _day(deal.started_on),
		"estimate": None if deal.amount is None else flt(deal.amount, 2),
	}


def _day(value: date | datetime | str | None) -> date | None:
	return getdate(value) if value else None
