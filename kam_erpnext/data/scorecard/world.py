"""What the scorecards of many accounts are made of, each part read once for all of them and only when it is asked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property

import frappe
import pandas as pd
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Min, Sum
from frappe.utils import flt, formatdate, getdate, now_datetime

from kam_erpnext import compat
from kam_erpnext.data import calls, performance, pipeline, receivables, relationships, sales, wallet
from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.data.facts import payments
from kam_erpnext.data.permissions import (
	SUBJECT_CONDITIONS,
	account_condition,
	customer_condition,
	every,
	fences,
)
from kam_erpnext.data.rhythm import order_days
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.scorecard.values import currency_of
from kam_erpnext.data.windows import fiscal_year
from kam_erpnext.engine.performance import MONTHLY, YEARLY, slices
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.engine.relationships import STAKEHOLDERS, Touch
from kam_erpnext.engine.scorecard import OrderGap, rhythm
from kam_erpnext.engine.wallet import Totals
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

# how far back contacts and calls count, and purchases that make a rhythm
CONTACT_DAYS, CALL_DAYS, RHYTHM_DAYS = 90, 90, 730
MONTHS_AHEAD = 4
FIGURES = ("actual", "orders", "pipeline", "target", "target_to_date", "last_year_to_date", "targets")
MONTH_FIGURES = ("actual", "orders", "pipeline", "baseline")
ACTION, PLAN, REVIEW = "Key Account Action", "Key Account Plan", "Key Account Business Review"
ENDED_ISSUES = ("Resolved", "Closed")


class World:
	"""Accounts as one reader sees them on one day, with the facts about them by customer or by account.

	Nothing is kept between readers. `present` tells whether the day is today or the one that has just ended, so that what
	has no date of its own may be read as it stands.
	"""

	def __init__(self, names: Sequence[str], company: str, on: date, user: str | None = None):
		self.company, self.on = company, getdate(on)
		self.reader = user or frappe.session.user
		self.currency = currency_of(company)
		self.settings = get_settings()
		self.present = self.on >= getdate() - timedelta(days=1)
		self.accounts = self._accounts(names)
		self.names = tuple(self.accounts)
		self.year = resolve_window(ROLLING_12_MONTHS, self.on)
		self.moment = self._moment()
		self.problem = ""  # why the roll-up cannot be told

	def _moment(self) -> datetime:
		end = datetime.combine(self.on, time.max)
		return min(end, now_datetime())

	# ------------------------------------------------------------ accounts and customers

	def _accounts(self, names: Sequence[str]) -> dict[str, frappe._dict]:
		"""Visible ones among the accounts, in the order of the tree."""
		if not names:
			return {}
		table = frappe.qb.DocType("Key Account")
		rows = (
			frappe.qb.from_(table)
			.select(
				table.name,
				table.account_name,
				table.level,
				table.status,
				table.yearly_spend,
				table.spend_currency,
				table.spend_as_of,
			)
			.where(every([table.name.isin([*names]), account_condition(table, self.reader)]))
			.orderby(table.lft)
			.run(as_dict=True)
		)
		return {row.name: row for row in rows}

	@cached_property
	def below(self) -> dict[str, tuple[str, ...]]:
		"""Account -> itself and the accounts below it the reader may see."""
		above = frappe.qb.DocType("Key Account").as_("kam_score_above")
		table = frappe.qb.DocType("Key Account")
		rows = (
			frappe.qb.from_(table)
			.inner_join(above)
			.on((table.lft >= above.lft) & (table.rgt <= above.rgt))
			.select(above.name, table.name)
			.where(every([above.name.isin(self.names or ("",)), account_condition(table, self.reader)]))
			.orderby(table.lft)
			.run()
		)
		found: dict[str, list[str]] = {name: [] for name in self.names}
		for name, lower in rows:
			found[name].append(lower)
		return {name: tuple(lower) for name, lower in found.items()}

	@cached_property
	def lower(self) -> tuple[str, ...]:
		"""All accounts with those below them."""
		return tuple(dict.fromkeys(name for names in self.below.values() for name in names))

	@cached_property
	def customers(self) -> dict[str, tuple[str, ...]]:
		"""Account -> visible customers of it and of the accounts below it."""
		above = frappe.qb.DocType("Key Account").as_("kam_score_above")
		table = frappe.qb.DocType("Key Account").as_("kam_score_account")
		member, customer = frappe.qb.DocType("Key Account Customer"), frappe.qb.DocType("Customer")
		rows = (
			frappe.qb.from_(member)
			.inner_join(table)
			.on((table.name == member.parent) & (member.parenttype == "Key Account"))
			.inner_join(above)
			.on((table.lft >= above.lft) & (table.rgt <= above.rgt))
			.inner_join(customer)
			.on(customer.name == member.customer)
			.select(above.name, customer.name)
			.where(every([above.name.isin(self.names or ("",)), customer_condition(customer, self.reader)]))
			.orderby(customer.name)
			.run()
		)
		found: dict[str, dict[str, None]] = {name: {} for name in self.names}
		for name, member_name in rows:
			found[name][member_name] = None
		return {name: tuple(members) for name, members in found.items()}

	@cached_property
	def everybody(self) -> tuple[str, ...]:
		"""All customers of all accounts."""
		return tuple(sorted({name for names in self.customers.values() for name in names}))

	@cached_property
	def filters(self) -> SalesFilters:
		return SalesFilters(
			self.company, self.settings.sales_source, customers=self.everybody, user=self.reader
		)

	def total(self, values: Mapping[str, float], account: str) -> float:
		"""Sum over the customers of an account; one without anything counts 0."""
		return flt(sum(values.get(name, 0.0) for name in self.customers[account]), 6)

	def _by_customer(self, frame: pd.DataFrame, column: str) -> dict[str, float]:
		return dict(zip(frame["customer"], frame[column].astype(float).fillna(0.0), strict=True))

	# ------------------------------------------------------------ sales

	@cached_property
	def sold(self) -> dict[str, dict[str, float]]:
		"""`net_sales, cost, before` by customer: twelve months, and the net sales of the same days a year earlier."""
		if not self.everybody:
			return {"net_sales": {}, "cost": {}, "before": {}}
		now = sales.net_sales(self.filters, self.year, with_cost=True)
		before = sales.net_sales(self.filters, self.year.previous_year(), with_qty=False)
		return {
			"net_sales": self._by_customer(now, "net_sales"),
			"cost": self._by_customer(now, "cost"),
			"before": self._by_customer(before, "net_sales"),
		}

	@cached_property
	def returned(self) -> dict[str, float]:
		"""Net amounts of returns of twelve months by customer, as positive amounts."""
		return sales.returned(self.filters, self.year) if self.everybody else {}

	@cached_property
	def purchases(self) -> dict[str, list[date]]:
		"""Account -> days on which one of its customers bought something, in order."""
		if not self.everybody:
			return {}
		period = Period(self.on - timedelta(days=RHYTHM_DAYS), self.on + timedelta(days=1))
		days = order_days(self.filters, period)
		return {
			account: sorted(set().union(*(days[name] for name in members if name in days)))
			for account, members in self.customers.items()
		}

	def rhythm_of(self, account: str) -> OrderGap | None:
		"""How the last purchase stands against the usual gap; None without a rhythm."""
		return rhythm(self.purchases.get(account, ()), self.on)

	# ------------------------------------------------------------ the roll-up

	@cached_property
	def fiscal_year(self) -> Period | None:
		"""Fiscal year of the day; None when the company has none."""
		try:
			start, end = fiscal_year(self.on, self.company)
		except frappe.ValidationError:
			frappe.clear_last_message()
			return None
		return Period(start, end + timedelta(days=1))

	@cached_property
	def rolled(self) -> dict[str, dict[str, float]]:
		"""Account -> FIGURES of `data.performance` for the fiscal year; empty when they cannot be told, see `problem`."""
		if not self.fiscal_year:
			self.problem = _("There is no Fiscal Year for {0} in company {1}.").format(
				formatdate(self.on), self.company
			)
			return {}
		found = self._performance(self.fiscal_year, YEARLY, False) if self.names else {}
		return {account: rows.get(0, dict.fromkeys(FIGURES, 0.0)) for account, rows in found.items()}

	@cached_property
	def ahead(self) -> dict[str, list[dict]]:
		"""Account -> forecast of the month the next day lies in and of those after it, by part."""
		if not self.names:
			return {}
		start = (self.on + timedelta(days=1)).replace(day=1)
		end = start
		for _month in range(MONTHS_AHEAD):
			end = (end + timedelta(days=31)).replace(day=1)
		period = Period(start, end)
		found = self._performance(period, MONTHLY, True)
		months = slices(period, MONTHLY)
		return {
			account: [
				{
					"month": str(month.start),
					"invoiced": flt(row["actual"], 2),
					**{name: flt(row[name], 2) for name in ("orders", "pipeline", "baseline")},
				}
				for month, row in (
					(month, rows.get(number, dict.fromkeys(MONTH_FIGURES, 0.0)))
					for number, month in enumerate(months)
				)
			]
			for account, rows in found.items()
		}

	def _performance(self, period: Period, every_: str, baseline: bool) -> dict[str, dict[int, dict]]:
		"""Account -> slice -> sums of the account and those below it; empty when a plan has a currency without a rate."""
		question = performance.Question(
			companies=(self.company,),
			currency=self.currency,
			period=period,
			as_of=self.on,
			every=every_,
			baseline=baseline,
			accounts=self.names,
			user=self.reader,
		)
		try:
			frame = performance.read(question).frame
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			self.problem = str(error)
			return {}
		own: dict[str, dict[int, dict]] = defaultdict(dict)
		figures = [*performance.FIGURES, *performance.COUNTS]
		for row in frame.to_dict("records"):
			own[row[performance.ACCOUNT]][int(row["period"])] = {name: row[name] for name in figures}
		result: dict[str, dict[int, dict]] = {}
		for account in self.names:
			sums: dict[int, dict] = {}
			for lower in self.below[account]:
				for number, row in own.get(lower, {}).items():
					held = sums.setdefault(number, dict.fromkeys(figures, 0.0))
					for name in figures:
						held[name] += row[name]
			result[account] = sums
		return result

	# ------------------------------------------------------------ other documents of the customers

	@cached_property
	def receivables(self) -> dict[str, frappe._dict]:
		"""By customer `outstanding` and `overdue` at the end of the day."""
		return receivables.on_day(self.company, self.everybody, self.on, self.reader)

	@cached_property
	def paid(self) -> dict[str, tuple[float, float]]:
		"""By customer what was paid in twelve months, and amount times days after it was due."""
		if not self.everybody:
			return {}
		frame = payments(self.filters, self.year)
		return {row.customer: (row.paid, row.paid_days) for row in frame.itertuples(index=False)}

	@cached_property
	def issues(self) -> dict[str, int]:
		"""Issues by customer that were open at the end of the day."""
		if not self.everybody:
			return {}
		issue = frappe.qb.DocType("Issue")
		ended = Coalesce(issue.status, "").isin(ENDED_ISSUES)
		after = self.on + timedelta(days=1)
		conditions = [
			issue.customer.isin(self.everybody),
			(Coalesce(issue.company, "") == "") | (issue.company == self.company),
			Coalesce(issue.opening_date, issue.creation) < after,
			fences("Issue", issue, self.reader),
		]
		if self.on >= getdate():
			conditions.append(ended.negate())
		else:
			conditions.append(
				ended.negate() | (Coalesce(compat.issue_resolved_on(issue), issue.modified) >= after)
			)
		rows = (
			frappe.qb.from_(issue)
			.select(issue.customer, Count("*"))
			.where(every(conditions))
			.groupby(issue.customer)
			.run()
		)
		return dict(rows)

	@cached_property
	def contracts(self) -> dict[str, date]:
		"""By customer the day on which the first of its running contracts ends."""
		if not self.everybody:
			return {}
		contract = frappe.qb.DocType("Contract")
		rows = (
			frappe.qb.from_(contract)
			.select(contract.party_name, Min(contract.end_date))
			.where(
				every(
					[
						contract.docstatus == 1,
						contract.party_type == "Customer",
						contract.party_name.isin(self.everybody),
						contract.end_date >= self.on,
						Coalesce(contract.start_date, contract.end_date) <= self.on,
						fences("Contract", contract, self.reader),
					]
				)
			)
			.groupby(contract.party_name)
			.run()
		)
		return {name: getdate(day) for name, day in rows}

	@cached_property
	def calls(self) -> dict[str, list[tuple[str, date, date | None]]]:
		"""By customer (status, due day, day made) of the calls due in the last CALL_DAYS, as they stood on the day."""
		if not self.everybody:
			return {}
		call = frappe.qb.DocType(calls.CALL)
		due = Coalesce(call.due_on, call.planned_on)
		rows = (
			frappe.qb.from_(call)
			.select(call.customer, call.status, due, call.made_on)
			.where(
				every(
					[
						call.customer.isin(self.everybody),
						due > self.on - timedelta(days=CALL_DAYS),
						due <= self.on,
						calls.visible(call, self.reader),
					]
				)
			)
			.run()
		)
		found: dict[str, list] = defaultdict(list)
		for customer, status, day, made_on in rows:
			if status == calls.MADE and made_on and getdate(made_on) > self.on:
				status, made_on = calls.PLANNED, None
			found[customer].append((status, getdate(day), getdate(made_on) if made_on else None))
		return found

	# ------------------------------------------------------------ people

	@cached_property
	def contacts(self) -> dict[str, frozenset[str]]:
		"""Account -> contacts of its customers."""
		if not self.everybody:
			return {name: frozenset() for name in self.names}
		link = frappe.qb.DocType("Dynamic Link")
		rows = (
			frappe.qb.from_(link)
			.select(link.link_name, link.parent)
			.where((link.parenttype == "Contact") & (link.link_doctype == "Customer"))
			.where(link.link_name.isin(self.everybody))
			.run()
		)
		of_customer: dict[str, set[str]] = defaultdict(set)
		for customer, contact in rows:
			of_customer[customer].add(contact)
		return {
			account: frozenset().union(*(of_customer[name] for name in members if name in of_customer))
			for account, members in self.customers.items()
		}

	@cached_property
	def people(self) -> dict[str, tuple[tuple[str, str | None], ...]]:
		"""Account -> (key of a person on its current map, contact); no judgement is read."""
		if not self.names or not frappe.has_permission("Power Map", "read", user=self.reader):
			return {}
		power_map, person = frappe.qb.DocType("Power Map"), frappe.qb.DocType("Power Map Person")
		rows = (
			frappe.qb.from_(power_map)
			.inner_join(person)
			.on((person.parent == power_map.name) & (person.parenttype == "Power Map"))
			.select(power_map.key_account, person.person, person.contact)
			.where(
				every(
					[
						power_map.is_current == 1,
						Coalesce(power_map.opportunity, "") == "",
						power_map.key_account.isin(self.names),
						person.kind.isin(STAKEHOLDERS),
						SUBJECT_CONDITIONS["Power Map"](power_map, self.reader),
						fences("Power Map", power_map, self.reader),
					]
				)
			)
			.run()
		)
		found: dict[str, list] = defaultdict(list)
		for account, key, contact in rows:
			found[account].append((key, contact or None))
		return {account: tuple(rows) for account, rows in found.items()}

	@cached_property
	def _all_contacts(self) -> tuple[str, ...]:
		on_maps = {contact for rows in self.people.values() for _key, contact in rows if contact}
		return tuple(sorted(on_maps.union(*self.contacts.values())))

	@cached_property
	def touches(self) -> dict[str, list[Touch]]:
		"""Contact -> calls, meetings and messages of the last CONTACT_DAYS."""
		since = self.on - timedelta(days=CONTACT_DAYS)
		found: dict[str, list[Touch]] = defaultdict(list)
		for touch in relationships.touches(self._all_contacts, since, self.reader, self.moment):
			found[touch.contact].append(touch)
		return found

	@cached_property
	def last_contact(self) -> dict[str, date]:
		"""Contact -> day of the last call, meeting or message."""
		found = relationships.last_contacts(self._all_contacts, self.reader, self.moment)
		return {contact: getdate(on) for contact, on in found.items()}

	def met(self, account: str) -> list[str]:
		"""Contacts of the customers with whom there was contact in the last CONTACT_DAYS."""
		return [contact for contact in sorted(self.contacts[account]) if self.touches.get(contact)]

	def last_contact_of(self, account: str) -> date | None:
		days = [
			self.last_contact[contact] for contact in self.contacts[account] if contact in self.last_contact
		]
		return max(days, default=None)

	# ------------------------------------------------------------ what belongs to accounts

	def _of_account(self, doctype: str, table, *conditions):
		"""Conditions of documents of these accounts the reader may see."""
		return every(
			[
				*conditions,
				SUBJECT_CONDITIONS[doctype](table, self.reader),
				fences(doctype, table, self.reader),
			]
		)

	@cached_property
	def actions(self) -> dict[str, tuple[int, int]]:
		"""Account itself -> open actions, and those of them past their end."""
		table = frappe.qb.DocType(ACTION)
		late = Case().when(table.end_date < self.on, 1).else_(0)
		rows = (
			frappe.qb.from_(table)
			.select(table.key_account, Count("*"), Sum(late))
			.where(
				self._of_account(
					ACTION,
					table,
					table.key_account.isin(self.lower or ("",)),
					table.status.isin(("Planned", "In Progress")),
				)
			)
			.groupby(table.key_account)
			.run()
		)
		return {account: (int(count), int(overdue or 0)) for account, count, overdue in rows}

	@cached_property
	def plans(self) -> dict[str, frappe._dict]:
		"""Account itself -> its plan in force, the one that began last, with the objectives that count."""
		table = frappe.qb.DocType(PLAN)
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.title, table.key_account, table.completeness, table.modified)
			.where(
				self._of_account(
					PLAN,
					table,
					table.key_account.isin(self.names or ("",)),
					table.docstatus == 1,
					table.company == self.company,
					table.status.isin(("Approved", "In Execution")),
					table.from_date <= self.on,
					table.to_date.isnull() | (table.to_date >= self.on),
				)
			)
			.orderby(table.from_date)
			.orderby(table.creation)
			.run(as_dict=True)
		)
		found = {row.key_account: row for row in rows}
		by_name = {row.name: row for row in found.values()}
		for row in found.values():
			row.objectives = []
		for row in frappe.get_all(
			"Key Account Plan Objective",
			{"parenttype": PLAN, "parent": ["in", [*by_name] or [""]], "state": ["!=", "Dropped"]},
			["parent", "weight", "state"],
		):
			by_name[row.parent].objectives.append(row)
		return found

	@cached_property
	def reviews(self) -> dict[str, frappe._dict]:
		"""Account itself -> its last business review, and the satisfaction of the last one that tells it."""
		table = frappe.qb.DocType(REVIEW)
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.key_account, table.review_date, table.satisfaction)
			.where(
				self._of_account(
					REVIEW,
					table,
					table.key_account.isin(self.names or ("",)),
					table.docstatus == 1,
					table.review_date <= self.on,
				)
			)
			.orderby(table.review_date)
			.orderby(table.name)
			.run(as_dict=True)
		)
		found: dict[str, frappe._dict] = {}
		for row in rows:
			judged = found.get(row.key_account, {}).get("judged")
			found[row.key_account] = frappe._dict(last=row, judged=row if row.satisfaction else judged)
		return found

	@cached_property
	def deals(self) -> pd.DataFrame:
		"""Deals of the accounts and of those below them."""
		filters = pipeline.PipelineFilters(self.company, self.lower, self.on, self.reader)
		return pipeline.chain(filters).deals

	def deals_of(self, account: str) -> pd.DataFrame:
		deals = self.deals
		return deals[deals["key_account"].isin(self.below[account])]

	@cached_property
	def wallets(self) -> list[wallet.Wallets]:
		"""Wallets of the last years in which somebody entered any, the newest first; at most LOOK_BACK + 1 of them."""
		if not self.everybody:
			return []
		filters = wallet.WalletFilters(self.company, customers=self.everybody, user=self.reader)
		first = self.on.year - wallet.LOOK_BACK
		return [
			wallet.read(filters, year, self.on, self.year)
			for year in wallet.years(filters)
			if first <= year <= self.on.year
		]

	def wallet_of(self, account: str) -> tuple[wallet.Wallets, Totals] | None:
		"""The newest year of which a share is known, and its totals over the customers of an account."""
		for found in self.wallets:
			sums, _wider = found.totals(self.customers[account])
			if sums.share is not None:
				return found, sums
		return None

	def spend_rate(self, account: str) -> float | None:
		"""Rate of the currency of the spend on the profile."""
		row = self.accounts[account]
		return exchange_rate(row.spend_currency or self.currency, self.currency, row.spend_as_of or self.on)
