"""Market notes a reader may see, and the accounts they matter for. The rule of matching is `engine.intelligence`.

What is known of an account: territory and market segment of its customers (or of the lead or prospect it will become),
its segments, item groups it bought in the last 24 months, has an open opportunity in or a wallet for, and competitors
named in its plans, opportunities and wallets. A field no note asks for is not read.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import add_months, getdate

from kam_erpnext.data import sales
from kam_erpnext.data.permissions import customer_condition, every, fences, intelligence_condition
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine import intelligence as engine
from kam_erpnext.engine.intelligence import SCOPE, Account, Match, Trees
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

NOTE = "Market Intelligence"
FIELDS = (
	"name",
	"title",
	"kind",
	"noted_on",
	"valid_until",
	"direction",
	"impact",
	"confidentiality",
	"source",
	"response",
	*SCOPE,
)
# an account deals in an item group if it bought some of it within these months
BOUGHT_MONTHS = 24
CHUNK = 1000


@dataclass(frozen=True)
class Found:
	"""A note and the accounts it matters for."""

	note: dict
	matches: tuple[Match, ...]


def current_notes(
	user: str | None = None,
	today: date | str | None = None,
	since: date | str | None = None,
	entered_since: date | str | None = None,
	more: tuple[str, ...] = (),
) -> list[dict]:
	"""Notes that hold today and that `user` may see, most important first.

	`since` leaves out those noted before that day, `entered_since` those entered before it. `more` are fields that are
	long and not read otherwise.
	"""
	if not frappe.has_permission(NOTE, "read", user=user):
		return []
	today = getdate(today)
	note = frappe.qb.DocType(NOTE)
	conditions = [
		note.noted_on <= today,
		note.valid_until.isnull() | (note.valid_until >= today),
		intelligence_condition(note, user),
	]
	if since:
		conditions.append(note.noted_on >= getdate(since))
	if entered_since:
		conditions.append(note.creation >= getdate(entered_since))
	rows = (
		frappe.qb.from_(note)
		.select(*[note[field] for field in (*FIELDS, *more)])
		.where(every(conditions))
		.orderby(note.noted_on, order=Order.desc)
		.orderby(note.name, order=Order.desc)
		.run(as_dict=True)
	)
	return sorted(rows, key=lambda row: engine.order(row.impact, row.noted_on))


def found_for(notes: Iterable[dict], accounts: Sequence[str], user: str | None = None) -> list[Found]:
	"""Those of the notes that matter for one of the accounts, in their order, with the accounts they matter for.

	The caller has made sure that the reader may see the accounts.
	"""
	notes = [*notes]
	asked = {field for note in notes for field in SCOPE if note.get(field)}
	known, trees = profiles(accounts, asked, user), trees_of(asked)
	found = (Found(note, engine.matches(note, known, trees)) for note in notes)
	return [one for one in found if one.matches]


def reason_in_words(match: Match) -> str:
	"""Why a note is shown, for a person to read."""
	labels = {field: _(frappe.get_meta(NOTE).get_label(field)) for field in SCOPE}
	if not match.reasons:
		return _("for all accounts")
	return ", ".join(_("{0}: {1}").format(labels[row.field], _name_of(row)) for row in match.reasons)


def _name_of(reason: engine.Reason) -> str:
	if reason.field == "key_account":
		return frappe.get_cached_value("Key Account", reason.wanted, "account_name") or reason.wanted
	return _(reason.wanted)


# ---------------------------------------------------------------- what is known of accounts


def profiles(accounts: Sequence[str], asked: Iterable[str], user: str | None = None) -> list[Account]:
	"""What is known of accounts in the fields of the scope asked for; the number of queries does not grow with them."""
	asked = set(asked)
	values: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in accounts}
	for name in accounts:
		values[name]["key_account"].add(name)
	if accounts and asked & {"territory", "market_segment", "item_group"}:
		customers = _customers(accounts, user)
		for row in customers:
			_add(values, row.key_account, territory=row.territory, market_segment=row.market_segment)
		_add_parties(values, accounts, user)
		if "item_group" in asked:
			_add_bought(values, customers, user)
	if accounts and "segment" in asked:
		_add_segments(values, accounts)
	if accounts and "item_group" in asked:
		_add_wanted(values, accounts)
	if accounts and "competitor" in asked:
		_add_competitors(values, accounts)
	return [
		Account(name, {field: frozenset(found) for field, found in fields.items()})
		for name, fields in values.items()
	]


def trees_of(asked: Iterable[str]) -> Trees:
	"""Child -> parent of the trees asked for."""
	parents = {
		"territory": ("Territory", "parent_territory"),
		"item_group": ("Item Group", "parent_item_group"),
		"key_account": ("Key Account", "parent_key_account"),
	}
	return {
		field: dict(
			frappe.get_all(
				doctype, fields=["name", parent], as_list=True, order_by="lft", limit_page_length=0
			)
		)
		for field, (doctype, parent) in parents.items()
		if field in asked
	}


def _add(values: dict, account: str, **fields: str | None) -> None:
	for field, value in fields.items():
		if value and account in values:
			values[account][field].add(value)


def _chunks(names: Sequence[str]):
	for start in range(0, len(names), CHUNK):
		yield names[start : start + CHUNK]


def _customers(accounts: Sequence[str], user: str | None) -> list[dict]:
	member, customer = frappe.qb.DocType("Key Account Customer"), frappe.qb.DocType("Customer")
	rows = []
	for chunk in _chunks(accounts):
		rows += (
			frappe.qb.from_(member)
			.inner_join(customer)
			.on(customer.name == member.customer)
			.select(member.parent.as_("key_account"), customer.name.as_("customer"))
			.select(customer.territory, customer.market_segment)
			.where(
				every(
					[
						member.parenttype == "Key Account",
						member.parent.isin(chunk),
						customer_condition(customer, user),
					]
				)
			)
			.run(as_dict=True)
		)
	return rows


def _add_parties(values: dict, accounts: Sequence[str], user: str | None) -> None:
	"""Leads and prospects that will become the customer."""
	account = frappe.qb.DocType("Key Account")
	for doctype in ("Lead", "Prospect"):
		party = frappe.qb.DocType(doctype)
		for chunk in _chunks(accounts):
			rows = (
				frappe.qb.from_(account)
				.inner_join(party)
				.on((account.party == party.name) & (account.party_type == doctype))
				.select(account.name, party.territory, party.market_segment)
				.where(every([account.name.isin(chunk), fences(doctype, party, user)]))
				.run(as_dict=True)
			)
			for row in rows:
				_add(values, row.name, territory=row.territory, market_segment=row.market_segment)


def _add_segments(values: dict, accounts: Sequence[str]) -> None:
	for chunk in _chunks(accounts):
		for row in frappe.get_all(
			"Key Account Segment Entry",
			{"parenttype": "Key Account", "parent": ("in", chunk)},
			["parent", "segment"],
			order_by="parent, idx",
			limit_page_length=0,
		):
			_add(values, row.parent, segment=row.segment)


def _add_bought(values: dict, customers: list[dict], user: str | None) -> None:
	"""Item groups with sales, read from the one definition of sales, in every company."""
	accounts_of = defaultdict(set)
	for row in customers:
		accounts_of[row.customer].add(row.key_account)
	if not accounts_of:
		return
	today = getdate()
	period = Period(getdate(add_months(today, -BOUGHT_MONTHS)), today + timedelta(days=1))
	source = get_settings().sales_source
	names = tuple(sorted(accounts_of))
	for company in frappe.get_all("Company", pluck="name", order_by="name"):
		for chunk in _chunks(names):
			filters = SalesFilters(company, source, customers=chunk, user=user)
			for row in sales.net_sales(filters, period, by=("customer", "item_group")).itertuples():
				for account in accounts_of[row.customer]:
					_add(values, account, item_group=row.item_group)


def _add_wanted(values: dict, accounts: Sequence[str]) -> None:
	"""Item groups of open opportunities and of wallets."""
	opportunity, volume = (
		frappe.qb.DocType("Key Account Opportunity"),
		frappe.qb.DocType("Key Account Opportunity Volume"),
	)
	wallet = frappe.qb.DocType("Key Account Wallet")
	for chunk in _chunks(accounts):
		open_ones = (
			frappe.qb.from_(opportunity)
			.inner_join(volume)
			.on((volume.parent == opportunity.name) & (volume.parenttype == "Key Account Opportunity"))
			.select(opportunity.key_account, volume.item_group)
			.distinct()
			.where(opportunity.key_account.isin(chunk) & opportunity.status.isin(["Open", "On Hold"]))
		)
		wallets = (
			frappe.qb.from_(wallet)
			.select(wallet.key_account, wallet.item_group)
			.distinct()
			.where(wallet.key_account.isin(chunk) & (wallet.state != "Blocked"))
		)
		for query in (open_ones, wallets):
			for row in query.run(as_dict=True):
				_add(values, row.key_account, item_group=row.item_group)


def _add_competitors(values: dict, accounts: Sequence[str]) -> None:
	"""Competitors named in plans that are not cancelled, in opportunities and in wallets."""
	for parent, child in (
		("Key Account Plan", "Key Account Competitor Position"),
		("Key Account Opportunity", "Key Account Opportunity Competitor"),
		("Key Account Wallet", "Key Account Wallet Share"),
	):
		document, row = frappe.qb.DocType(parent), frappe.qb.DocType(child)
		for chunk in _chunks(accounts):
			rows = (
				frappe.qb.from_(document)
				.inner_join(row)
				.on((row.parent == document.name) & (row.parenttype == parent))
				.select(document.key_account, row.competitor)
				.distinct()
				.where(document.key_account.isin(chunk) & (document.docstatus < 2))
				.run(as_dict=True)
			)
			for found in rows:
				_add(values, found.key_account, competitor=found.competitor)
