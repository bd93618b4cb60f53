"""Forecast, actual, target and last year: the one definition every roll-up, card, snapshot and incentive of the app uses.

A *fact* is what stands at one leaf of the dimensions asked for and in one slice of the period. Facts are added up by the
database first, then along the trees by `engine.performance`, so that children always add up to their parent.

* **actual**: net sales (or units, or margin) of `data.sales` from the first day of the period to the day measured.
* **last_year**: the same of the days one year earlier, as many days as the period has; **last_year_to_date** as many as
  are over.
* **orders**: ordered, due in the rest of the period, not yet a sale. What is overdue counts as due now.
* **pipeline**: deals of `data.pipeline` that close in the rest of the period, what of them is not ordered, times probability.
* **baseline** (only when asked for): what customers bought in these days a year ago, less their orders and deals.
* **target**, **target_to_date**: of the plans in force or of ERPNext's own targets, see `data.targets`.

The parts of the forecast never overlap. Permissions are in every query: what the reader may not see is in no figure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import accounts, pipeline, sales
from kam_erpnext.data.currency import exchange_rate, missing_rate
from kam_erpnext.data.permissions import customer_condition, every
from kam_erpnext.data.pipeline import PipelineFilters
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine import forecast
from kam_erpnext.engine.performance import MONTHLY, NOT_KNOWN, WEEKLY, Tree, converted, slices
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.pipeline import OPEN
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

ACCOUNT, TERRITORY, SALES_PERSON, SEGMENT, ITEM_GROUP, CUSTOMER = DIMENSIONS = (
	"key_account",
	"territory",
	"sales_person",
	"segment",
	"item_group",
	"customer",
)
DOCTYPES = {
	ACCOUNT: "Key Account",
	TERRITORY: "Territory",
	SALES_PERSON: "Sales Person",
	SEGMENT: "Market Segment",
	ITEM_GROUP: "Item Group",
	CUSTOMER: "Customer",
}
AMOUNT, QUANTITY, MARGIN = MEASURES = ("Amount", "Quantity", "Margin")
PLANS, ERPNEXT = TARGET_SOURCES = ("Plans", "ERPNext")
FIGURES = (
	"actual",
	"orders",
	"pipeline",
	"baseline",
	"target",
	"target_to_date",
	"last_year",
	"last_year_to_date",
)
# number for what was due before the days left, until it joins the slice of today
OVERDUE = -1
# how many targets are behind a sum: 0 means that no target is known, which is not a target of 0
COUNTS = ("targets",)


@dataclass(frozen=True)
class Question:
	"""What is asked: companies and one currency, a period and its slices, the day measured, dimensions, measure, filters.

	Empty filters restrict nothing; groups include everything below them.
	"""

	companies: tuple[str, ...]
	currency: str
	period: Period
	as_of: date
	every: str = MONTHLY
	dimensions: tuple[str, ...] = (ACCOUNT,)
	measure: str = AMOUNT
	targets_from: str = PLANS
	baseline: bool = False
	key_account: str | None = None
	territory: str | None = None
	sales_person: str | None = None
	market_segment: str | None = None
	item_group: str | None = None
	customer_group: str | None = None
	only_accounts: bool = False  # customers of key accounts only
	accounts: tuple[
		str, ...
	] = ()  # of several accounts with those below them, as far as the reader may see them
	user: str | None = None

	def __post_init__(self):
		unknown = [name for name in self.dimensions if name not in DIMENSIONS]
		if unknown or self.measure not in MEASURES or self.targets_from not in TARGET_SOURCES:
			raise ValueError(f"unknown question: {self.dimensions}, {self.measure}, {self.targets_from}")

	@property
	def reader(self) -> str:
		return self.user or frappe.session.user

	@cached_property
	def slices(self) -> list[Period]:
		return slices(self.period, self.every)

	@property
	def so_far(self) -> Period | None:
		"""Days of the period that are measured; None before it begins."""
		end = min(self.period.end, self.as_of + timedelta(days=1))
		return Period(self.period.start, end) if end > self.period.start else None

	@property
	def rest(self) -> Period | None:
		"""Days of the period that lie ahead; None when it is over."""
		start = max(self.period.start, self.as_of + timedelta(days=1))
		return Period(start, self.period.end) if start < self.period.end else None

	@property
	def runs(self) -> bool:
		"""Whether the day after the one measured lies in the period, so that what is overdue belongs into it."""
		return bool(self.rest) and self.rest.start == self.as_of + timedelta(days=1)

	def slice_of(self, day: date) -> int:
		"""Number of the slice a day of the period lies in."""
		return max(index for index, part in enumerate(self.slices) if part.start <= day)


@dataclass
class Notes:
	"""What is in no figure, or only by an assumption, in the currency of the question; the report says so."""

	unweighted: float = 0.0  # deals that close in the rest and whose probability nobody has said
	undated: float = 0.0  # open deals without a day of closing, or with one that has passed
	overdue: float = 0.0  # part of the orders that was due before today
	unvalued: float = 0.0  # deals whose margin cannot be estimated
	sentences: list[str] = field(default_factory=list)


@dataclass
class Facts:
	"""The answer: `frame` has the dimensions asked for, `period` (number of the slice), FIGURES and COUNTS.

	`unknown` are figures that this question cannot have, such as the pipeline in units. `trees` and `labels` belong to the
	dimensions, `rates` are (company, its currency, rate, day).
	"""

	question: Question
	frame: pd.DataFrame
	trees: list[Tree]
	labels: dict[str, dict[str, str]]
	rates: list[tuple[str, str, float, date]]
	documents: int
	unknown: frozenset[str]
	notes: Notes


def read(question: Question) -> Facts:
	"""Facts of a question, with the rights of its reader. Raises a ValidationError for a missing exchange rate."""
	from kam_erpnext.data import targets

	rates = _rates(question)
	notes = Notes()
	world = _World(question)
	readers = [_Reader(question, company, world) for company in question.companies]
	frames = []
	for reader, (_company, _currency, rate, _day) in zip(readers, rates, strict=True):
		frames.append(reader.read())
		factor = 1.0 if question.measure == QUANTITY else rate
		for name in ("unweighted", "undated", "overdue", "unvalued"):
			setattr(notes, name, getattr(notes, name) + getattr(reader.notes, name) * factor)
	unknown = set() if question.baseline else {"baseline"}
	if question.measure == QUANTITY:
		unknown.add("pipeline")
	if question.measure == MARGIN:
		unknown |= {"target", "target_to_date"}
	else:
		found = targets.read(question, world)
		frames.append(found.frame)
		notes.sentences += found.notes
	frame = _together(frames, question, {currency: rate for _company, currency, rate, _day in rates})
	return Facts(
		question=question,
		frame=frame,
		trees=[world.tree(name) for name in question.dimensions],
		labels=world.labels,
		rates=rates,
		documents=sum(reader.documents for reader in readers),
		unknown=frozenset(unknown),
		notes=notes,
	)


def read_targets(question: Question) -> tuple[pd.DataFrame, list[str]]:
	"""Targets of a question without its other figures: the dimensions, `period, target, target_to_date, targets`, and notes."""
	from kam_erpnext.data import targets

	found = targets.read(question, _World(question))
	return _together([found.frame], question, {question.currency: 1.0}), found.notes


def currency_of(company: str) -> str:
	"""Currency in which a company keeps its books."""
	return frappe.get_cached_value("Company", company, "default_currency")


def rate_of(question: Question, currency: str) -> float:
	"""Rate of a currency on the day measured. Raises a ValidationError when there is none: nothing is left out quietly."""
	rate = exchange_rate(currency, question.currency, question.as_of)
	if rate is None:
		frappe.throw(missing_rate(currency, question.currency, question.as_of))
	return rate


def _rates(question: Question) -> list[tuple[str, str, float, date]]:
	currencies = {company: currency_of(company) for company in question.companies}
	return [
		(company, currency, rate_of(question, currency), question.as_of)
		for company, currency in currencies.items()
	]


def _together(frames: list[pd.DataFrame], question: Question, rates: dict[str, float]) -> pd.DataFrame:
	"""All facts in one currency, one row per leaf and slice."""
	keys = [*question.dimensions, "period"]
	figures = [*FIGURES, *COUNTS]
	frames = [frame for frame in frames if len(frame)]
	if not frames:
		return pd.DataFrame(columns=[*keys, *figures]).astype(dict.fromkeys(figures, float))
	frame = pd.concat([part.reindex(columns=[*keys, "currency", *figures]) for part in frames])
	frame[figures] = frame[figures].astype(float).fillna(0.0)
	for name in question.dimensions:
		frame[name] = frame[name].astype(object).where(frame[name].notna(), NOT_KNOWN)
	frame = frame.groupby([*keys, "currency"], sort=False, as_index=False)[figures].sum()
	if question.measure != QUANTITY:
		missing = sorted(set(frame["currency"]) - set(rates))
		frame = converted(
			frame, FIGURES, {**rates, **{currency: rate_of(question, currency) for currency in missing}}
		)
	return frame.groupby(keys, sort=False, as_index=False)[figures].sum()


# ---------------------------------------------------------------- customers, accounts and trees


class _World:
	"""Visible customers and accounts, and the trees of the dimensions; read once for all companies."""

	def __init__(self, question: Question):
		self.question = question
		self.user = question.reader
		self.accounts = accounts.accounts(self.user).set_index("key_account", drop=False)
		visible = set(self.accounts.index)
		self.parents = {
			name: parent if parent in visible else None
			for name, parent in self.accounts["parent_key_account"].items()
		}
		self.members = accounts.own_members()
		self.members = self.members[self.members["key_account"].isin(visible)].drop_duplicates("customer")
		self.labels: dict[str, dict[str, str]] = {
			ACCOUNT: self.accounts["account_name"].to_dict(),
			CUSTOMER: {},
		}
		self._customers: pd.DataFrame | None = None
		self._below: dict[tuple[str, str], frozenset[str]] = {}

	def tree(self, dimension: str) -> Tree:
		if dimension == ACCOUNT:
			return Tree(dimension, self.parents)
		if dimension in (SEGMENT, CUSTOMER):
			return Tree(dimension)
		parents = nodes(DOCTYPES[dimension])[1]
		# the root ERPNext makes of every tree says nothing: its children stand at the top
		roots = {name for name, parent in parents.items() if not parent}
		return Tree(
			dimension, {name: None if parent in roots else parent for name, parent in parents.items()}
		)

	def below(self, doctype: str, node: str | None) -> frozenset[str] | None:
		"""A node and everything below it; None without a node, which restricts nothing."""
		if not node:
			return None
		if (doctype, node) not in self._below:
			self._below[(doctype, node)] = nodes(doctype)[0].get(node, frozenset((node,)))
		return self._below[(doctype, node)]

	def accounts_below(self, node: str | None) -> frozenset[str] | None:
		"""Visible accounts at and below one."""
		if not node:
			return None
		if node not in self.accounts.index:
			frappe.throw(
				_("You may not see the key account {0}. Please choose another one.").format(node),
				frappe.PermissionError,
			)
		own = self.accounts.loc[node]
		inside = (self.accounts["lft"] >= own["lft"]) & (self.accounts["rgt"] <= own["rgt"])
		return frozenset(self.accounts.index[inside])

	@cached_property
	def inside(self) -> frozenset[str] | None:
		"""Visible accounts the question is about; None when it is not restricted to accounts."""
		if self.question.key_account:
			return self.accounts_below(self.question.key_account)
		if not self.question.accounts:
			return None
		chosen = [name for name in self.question.accounts if name in self.accounts.index]
		return frozenset().union(*(self.accounts_below(name) for name in chosen))

	@property
	def customers(self) -> pd.DataFrame:
		"""Visible customers by name: `customer_name, territory, segment, customer_group, key_account`."""
		if self._customers is None:
			customer = frappe.qb.DocType("Customer")
			wanted = [customer.name.isnotnull(), customer_condition(customer, self.user)]
			if self.question.accounts:  # a few of many: nobody else is read
				wanted.append(customer.name.isin(sorted(self.members_of(self.inside)) or [""]))
			rows = (
				frappe.qb.from_(customer)
				.select(
					customer.name.as_("customer"),
					customer.customer_name,
					customer.territory,
					customer.market_segment.as_("segment"),
					customer.customer_group,
				)
				.where(every(wanted))
				.run()
			)
			frame = pd.DataFrame.from_records(
				rows, columns=["customer", "customer_name", TERRITORY, SEGMENT, "customer_group"]
			).set_index("customer")
			frame[ACCOUNT] = frame.index.map(self.members.set_index("customer")["key_account"])
			self._customers = frame
			self.labels[CUSTOMER] = frame["customer_name"].to_dict()
		return self._customers

	def members_of(self, names: Iterable[str]) -> set[str]:
		"""Customers attached to some accounts themselves."""
		return set(self.members.loc[self.members["key_account"].isin([*names]), "customer"])

	def common(self, account: str, column: str) -> str | None:
		"""What all visible customers attached to an account share; None when they differ."""
		own = self.members.loc[self.members["key_account"] == account, "customer"]
		values = self.customers.reindex(own)[column].dropna().unique()
		return values[0] if len(values) == 1 else None

	def teams(self) -> pd.DataFrame:
		"""Sales teams of customers: `customer, sales_person, share`; what is allocated to nobody has no sales person."""
		team = frappe.qb.DocType("Sales Team")
		rows = (
			frappe.qb.from_(team)
			.select(team.parent, team.sales_person, team.allocated_percentage)
			.where(team.parenttype == "Customer")
			.orderby(team.parent)
			.orderby(team.idx)
			.run()
		)
		frame = pd.DataFrame.from_records(rows, columns=["customer", SALES_PERSON, "share"])
		frame["share"] = frame["share"].astype(float) / 100.0
		rest = 1.0 - frame.groupby("customer")["share"].sum()
		rest = rest[rest.abs() > 1e-9].rename("share").reset_index()
		return pd.concat([frame, rest.assign(**{SALES_PERSON: None})], ignore_index=True)


# ---------------------------------------------------------------- one company


class _Reader:
	"""Sales, orders, deals and baseline of one company, in its currency."""

	def __init__(self, question: Question, company: str, world: _World):
		self.question, self.company, self.world = question, company, world
		self.currency = currency_of(company)
		self.notes = Notes()
		self.documents = 0
		self.margin = question.measure == MARGIN
		self.starts = [part.start for part in question.slices]
		self.inside = world.inside
		customers: tuple[str, ...] = ()
		if question.key_account:
			customers = tuple(accounts.visible_customers(question.key_account, world.user))
		elif question.accounts:
			customers = tuple(sorted(world.members_of(world.inside) & set(world.customers.index)))
		elif question.only_accounts:
			customers = tuple(sorted(world.members["customer"]))
		restricted = question.key_account or question.only_accounts or question.accounts
		self.nobody = bool(restricted) and not customers
		self.filters = SalesFilters(
			company=company,
			source=get_settings().sales_source,
			customer_group=question.customer_group,
			territory=question.territory,
			market_segment=question.market_segment,
			item_group=question.item_group,
			sales_person=question.sales_person,
			customers=customers,
			user=world.user,
		)
		wanted = question.dimensions
		# a baseline and the margin of a deal are worked out per customer
		self.per_customer = question.baseline or self.margin or bool({ACCOUNT, CUSTOMER} & set(wanted))
		names = {SEGMENT: "market_segment", **{name: name for name in (TERRITORY, ITEM_GROUP, SALES_PERSON)}}
		of_customer = (TERRITORY, SEGMENT) if self.per_customer else ()
		self.by = (
			*(("customer",) if self.per_customer else ()),
			*(names[name] for name in wanted if name in names and name not in of_customer),
			"slice",
		)

	def read(self) -> pd.DataFrame:
		question = self.question
		year_before = question.period.previous_year()
		past, ahead = question.so_far, question.rest
		frames, sold = [], []
		if past:
			frames.append(self._sold(past, self.starts, actual=1))
			self.documents = 0 if self.nobody else sales.document_count(self.filters, past)
			end = year_before.start + timedelta(days=past.days)
			before = self._sold(
				Period(year_before.start, end), self._starts_before(), last_year=1, last_year_to_date=1
			)
			frames.append(before)
			sold = [frames[0], before]
		usual = pd.DataFrame()
		if ahead:
			start = year_before.end - timedelta(days=ahead.days)
			usual = self._sold(Period(start, year_before.end), self._starts_before(), last_year=1)
			frames.append(usual)
			sold.append(usual)
			orders = self._orders(ahead)
			deals = self._deals(ahead, sold)
			frames += [orders, deals]
			if question.baseline:
				frames.append(self._baseline(ahead, usual, orders, deals))
		found = [frame for frame in frames if len(frame)]
		if not found:
			return pd.DataFrame()
		return pd.concat(found, ignore_index=True).assign(currency=self.currency)

	def _starts_before(self) -> list[date]:
		"""First days of the slices a year earlier: the same day of the calendar, for weeks the same number of days."""
		first = self.question.period.previous_year().start
		if self.question.every == WEEKLY:
			return [first + (start - self.starts[0]) for start in self.starts]
		return [Period(start, start + timedelta(days=1)).previous_year().start for start in self.starts]

	# ------------------------------------------------------------ sales

	def _sold(self, period: Period, starts: list[date], **figures: int) -> pd.DataFrame:
		if self.nobody:
			return pd.DataFrame()
		frame = sales.net_sales(
			self.filters,
			period,
			self.by,
			with_cost=self.margin,
			starts=starts,
			with_qty=self.question.measure == QUANTITY,
		)
		return self._tidy(frame, tuple(figures))

	def _tidy(self, frame: pd.DataFrame, figures: tuple[str, ...]) -> pd.DataFrame:
		"""Rows of `data.sales` as facts: names of dimensions, the measure in the columns `figures`."""
		value = frame["net_sales"].fillna(0.0)
		if self.margin:
			value = value - frame["cost"].fillna(0.0)
		elif self.question.measure == QUANTITY:
			value = frame["qty"].fillna(0.0)
		frame = frame.rename(columns={"market_segment": SEGMENT, "slice": "period"})
		if self.per_customer:
			frame = self._place(frame)
		frame = frame.assign(period=frame["period"].astype(int), **dict.fromkeys(figures, value))
		if SALES_PERSON in self.question.dimensions and self.question.sales_person:
			below = self.world.below("Sales Person", self.question.sales_person)
			frame = frame[frame[SALES_PERSON].isin(below)]
		return frame

	def _place(self, frame: pd.DataFrame) -> pd.DataFrame:
		"""Account, territory and segment of the customers."""
		about = self.world.customers
		return frame.assign(
			**{name: frame["customer"].map(about[name]) for name in (ACCOUNT, TERRITORY, SEGMENT)}
		)

	# ------------------------------------------------------------ what lies ahead

	def _orders(self, ahead: Period) -> pd.DataFrame:
		if self.nobody:
			return pd.DataFrame()
		number = self.question.slice_of(ahead.start)
		overdue = OVERDUE if self.question.runs else None
		frame = sales.open_orders(
			self.filters, ahead, self.by, with_cost=self.margin, starts=self.starts, overdue_in=overdue
		)
		if not len(frame):
			return pd.DataFrame()
		found = self._tidy(frame, ("orders",))
		late = found["period"] == OVERDUE
		self.notes.overdue = float(found.loc[late, "orders"].sum())
		return found.assign(period=found["period"].where(~late, number))

	def _deals(self, ahead: Period, sold: list[pd.DataFrame]) -> pd.DataFrame:
		"""Weighted deals that close in the rest; what is ordered of them stands with the orders."""
		if self.question.measure == QUANTITY:
			return pd.DataFrame()
		found = pipeline.chain(
			PipelineFilters(
				self.company, tuple(self.inside) if self.inside is not None else None, user=self.world.user
			)
		)
		parts = found.parts[
			found.parts["part"].isin(("idea", "quoted")) & (found.parts["status"] == OPEN)
		].copy()
		if parts.empty:
			return pd.DataFrame()
		closes = {(row.source, row.deal): row.expected_close for row in found.deals.itertuples(index=False)}
		parts["day"] = [
			getdate(day) if (day := closes.get(key)) is not None and day == day else None
			for key in zip(parts["source"], parts["deal"], strict=True)
		]
		parts = self._filtered(self._place_deals(parts))
		if self.question.runs:
			stale = [day is None or day < ahead.start for day in parts["day"]]
			self.notes.undated = float(parts.loc[stale, "amount"].sum())
		parts = parts.loc[[day is not None and ahead.contains(day) for day in parts["day"]]]
		self.notes.unweighted = float(parts.loc[parts["probability"].isna(), "amount"].sum())
		parts = parts[parts["probability"].notna()]
		if parts.empty:
			return pd.DataFrame()
		value = parts["amount"] * parts["probability"] / 100.0
		if self.margin:
			rates = [self._margin_rate(customer, sold) for customer in parts["customer"]]
			unknown = pd.Series([rate is None for rate in rates], index=parts.index)
			self.notes.unvalued = float(value[unknown].sum())
			value = value * pd.Series([rate or 0.0 for rate in rates], index=parts.index)
		parts = parts.assign(pipeline=value, period=[self.question.slice_of(day) for day in parts["day"]])
		return parts[[*DIMENSIONS, "period", "pipeline"]]

	def _place_deals(self, parts: pd.DataFrame) -> pd.DataFrame:
		"""Territory, segment and sales people of deals; of an account when they name no customer and it has one only."""
		about = self.world.customers
		for name in (TERRITORY, SEGMENT, "customer_group"):
			of_customer = parts["customer"].map(about[name])
			of_account = {account: self.world.common(account, name) for account in parts[ACCOUNT].unique()}
			parts[name] = of_customer.where(parts["customer"].notna(), parts[ACCOUNT].map(of_account))
		if SALES_PERSON in self.question.dimensions or self.question.sales_person:
			parts = parts.merge(self.world.teams(), on="customer", how="left")
			parts["amount"] = parts["amount"] * parts["share"].fillna(1.0)
		else:
			parts[SALES_PERSON] = None
		return parts

	def _filtered(self, parts: pd.DataFrame) -> pd.DataFrame:
		question = self.question
		for name, chosen in (
			(TERRITORY, question.territory),
			(ITEM_GROUP, question.item_group),
			(SALES_PERSON, question.sales_person),
		):
			below = self.world.below(DOCTYPES[name], chosen)
			if below is not None:
				parts = parts[parts[name].isin(below)]
		groups = self.world.below("Customer Group", question.customer_group)
		if groups is not None:
			parts = parts[parts["customer_group"].isin(groups)]
		if question.market_segment:
			parts = parts[parts[SEGMENT] == question.market_segment]
		return parts

	def _margin_rate(self, customer: str | None, sold: list[pd.DataFrame]) -> float | None:
		"""Margin of each euro the customer bought in the period and the year before, else of all that was sold."""
		if not hasattr(self, "_margins"):
			rows = [frame[["customer", "net_sales", "cost"]] for frame in sold if len(frame)]
			frame = pd.concat(rows) if rows else pd.DataFrame(columns=["customer", "net_sales", "cost"])
			sums = frame.groupby("customer")[["net_sales", "cost"]].sum()
			self._margins = {
				name: (row.net_sales - row.cost) / row.net_sales
				for name, row in sums.iterrows()
				if row.net_sales > 0
			}
			whole = sums.sum()
			self._overall = (
				(whole["net_sales"] - whole["cost"]) / whole["net_sales"] if whole["net_sales"] > 0 else None
			)
		return self._margins.get(customer, self._overall)

	def _baseline(self, ahead: Period, usual: pd.DataFrame, orders, deals) -> pd.DataFrame:
		"""Baseline of each customer, placed where it bought a year ago."""
		if usual.empty:
			return usual
		expected = _by_customer(usual, "last_year")
		loose = []
		if len(deals):
			unnamed = deals[deals["customer"].isna()]
			for account, amount in unnamed.groupby(ACCOUNT)["pipeline"].sum().items():
				below = self.world.accounts_below(account)
				members = self.world.members
				loose.append((members.loc[members["key_account"].isin(below), "customer"], float(amount)))
		left = forecast.baselines(
			expected, _by_customer(orders, "orders"), _by_customer(deals, "pipeline"), loose
		)
		positive = usual.assign(weight=usual["last_year"].clip(lower=0.0))
		whole = positive.groupby("customer")["weight"].transform("sum")
		positive = positive[whole > 0]
		share = positive["weight"] / whole[whole > 0]
		first = self.question.slice_of(ahead.start)
		return positive.assign(
			baseline=share * positive["customer"].map(left),
			period=positive["period"].clip(lower=first),
		).drop(columns=["last_year", "weight"])


def _by_customer(frame: pd.DataFrame, figure: str) -> dict[str, float]:
	if not len(frame):
		return {}
	named = frame[frame["customer"].notna()]
	return named.groupby("customer")[figure].sum().astype(float).to_dict()


def companies(names: Iterable[str] = ()) -> tuple[str, ...]:
	"""Companies the reader may see, all of them or some."""
	from kam_erpnext.data.permissions import fences

	table = frappe.qb.DocType("Company")
	chosen = [*names]
	conditions = [table.is_group == 0, fences("Company", table)]
	if chosen:
		conditions.append(table.name.isin(chosen))
	return tuple(
		frappe.qb.from_(table).select(table.name).where(every(conditions)).orderby(table.name).run(pluck=True)
	)


def rounded(value: float | None) -> float | None:
	"""A figure for a cell."""
	return None if value is None or value != value else flt(value, 2)
