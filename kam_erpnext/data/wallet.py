"""Wallets as the engine reads them: what customers spend, and what of it was sold by us according to the ledger.

A wallet is a figure of a calendar year. It is compared with the net sales of that year; the running year, which is not
over, with those of the last twelve months. Wallets of accounts the reader may not see are left out, and where he may
not see all customers a wallet was entered for, its share is not known to him.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import frappe
import pandas as pd
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Max
from frappe.utils import cint, flt, getdate
from pypika.enums import Order

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.facts import customers as read_customers
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import subtree
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine import wallet as engine
from kam_erpnext.engine.periods import ROLLING_12_MONTHS, Period, resolve_window
from kam_erpnext.engine.wallet import COMPETITOR, INTERNAL, Cell, Pair, Supplier, Totals
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

WALLET, SHARE = "Key Account Wallet", "Key Account Wallet Share"
OWN_MAKE = "Made by the Customer"
ROW_FIELDS = (
	"name", "key_account", "account_name", "customer", "item_group", "year", "state", "company", "currency", "as_of",
	"wallet", "wallet_known", "target_share", "our_rank", "suppliers", "blocked_reason", "source", "reliability", "note",
)  # fmt: skip
SHARE_FIELDS = ("parent", "supplier_kind", "competitor", "amount", "amount_known", "rank", "contract_end")
LOOK_BACK = 3  # a wallet of so many years ago still tells what a customer spends


@dataclass(frozen=True)
class WalletFilters:
	"""Which wallets. Empty means no restriction; accounts, item groups and territories include everything below."""

	company: str
	key_account: str | None = None
	customers: tuple[str, ...] | None = None
	item_group: str | None = None
	territory: str | None = None
	market_segment: str | None = None
	user: str | None = None


@dataclass
class Wallets:
	"""Wallets of one year with the sales beside them; what was read for one reader is never kept for another."""

	filters: WalletFilters
	year: int
	period: Period
	day: date
	currency: str
	rows: dict[str, frappe._dict]
	cells: dict[str, Cell]
	partial: set[str]  # wallets of which the reader does not see all customers
	accounts: pd.DataFrame
	members: dict[str, frozenset[str]]  # account -> its centres and those of the accounts below
	centres: frozenset[str]  # centres in scope
	centre_names: dict[str, str]
	groups: dict[str, frozenset[str]]  # item group -> itself and everything below
	scope_groups: frozenset[str]
	offered: frozenset[str]
	own: dict[str, dict[Pair, float]]  # by centre
	target_share: float
	_near: dict[str, list[Cell]] = field(default_factory=dict)

	def __post_init__(self):
		for cell in self.cells.values():
			for centre in cell.centres:
				self._near.setdefault(centre, []).append(cell)

	def totals(
		self, centres: Iterable[str] | None = None, groups: Iterable[str] | None = None
	) -> tuple[Totals, list[Cell]]:
		"""Totals of the wallets that lie in a part of the scope, and the wider ones, which cannot be split."""
		centres = self.centres if centres is None else self.centres & frozenset(centres)
		groups = self.scope_groups if groups is None else self.scope_groups & frozenset(groups)
		inside, wider = [], []
		for cell in {cell.key: cell for centre in centres for cell in self._near.get(centre, ())}.values():
			if cell.lies_in(centres, groups):
				inside.append(cell)
			elif not cell.groups.isdisjoint(groups):
				wider.append(cell)
		own = {
			pair: amount
			for centre in centres
			for pair, amount in self.own.get(centre, {}).items()
			if pair[1] in groups
		}
		universe = {(centre, group) for centre in centres for group in self.offered & groups} | set(own)
		return engine.totals(inside, own, universe, self.day, self.target_share), wider

	def own_of(self, cell: Cell) -> float:
		"""Our sales within one cell."""
		return flt(
			sum(
				amount
				for centre in cell.centres
				for pair, amount in self.own.get(centre, {}).items()
				if pair[1] in cell.groups
			),
			2,
		)

	def split(self, name: str) -> engine.Split:
		"""The parts of one wallet."""
		cell = self.cells[name]
		return engine.split(cell, self.own_of(cell), self.day, self.target_share)

	def account_of(self, centre: str) -> str | None:
		"""The account a buying centre belongs to itself."""
		return self._accounts_of().get(centre)

	def _accounts_of(self) -> dict[str, str]:
		# the account with the fewest centres is the one nearest to the customer
		result: dict[str, str] = {}
		for account, centres in sorted(self.members.items(), key=lambda item: -len(item[1])):
			result.update(dict.fromkeys(centres, account))
		return result


# ---------------------------------------------------------------- reading


def sales_period(year: int, day: date | None = None) -> Period:
	"""Days whose sales are compared with the wallets of a year: the year itself, or the last twelve months of a
	year that is not over."""
	day = day or getdate()
	if year > day.year:
		frappe.throw(
			_(
				"Year {0} has not begun: there are no sales to compare with. Please choose {1} or before."
			).format(year, day.year)
		)
	if year == day.year:
		return resolve_window(ROLLING_12_MONTHS, day)
	return Period(date(year, 1, 1), date(year + 1, 1, 1))


def years(filters: WalletFilters) -> list[int]:
	"""Years for which the reader sees wallets, the newest first."""
	table = frappe.qb.DocType(WALLET)
	return [
		cint(year)
		for year in frappe.qb.from_(table)
		.select(table.year)
		.distinct()
		.where(_condition(table, filters))
		.orderby(table.year, order=Order.desc)
		.run(pluck=True)
	]


def latest_year(filters: WalletFilters, day: date | None = None) -> int | None:
	"""The last year up to a day with a known wallet, not more than LOOK_BACK years ago."""
	day = day or getdate()
	table = frappe.qb.DocType(WALLET)
	found = (
		frappe.qb.from_(table)
		.select(Max(table.year))
		.where(
			every(
				[
					_condition(table, filters),
					table.year <= day.year,
					table.year >= day.year - LOOK_BACK,
					table.wallet_known == 1,
				]
			)
		)
		.run()[0][0]
	)
	return cint(found) or None


def read(filters: WalletFilters, year: int, day: date | None = None, period: Period | None = None) -> Wallets:
	"""Wallets of a year in a fixed number of queries. `period` names other days than those of `sales_period`."""
	day = day or getdate()
	period = period or sales_period(year, day)
	settings = get_settings()
	tree = accounts.accounts(filters.user)
	members = _members()
	known = read_customers(
		SalesFilters(
			company=filters.company,
			territory=filters.territory,
			market_segment=filters.market_segment,
			customers=filters.customers or (),
			user=filters.user,
		)
	)
	names = dict(zip(known["customer"], known["customer_name"], strict=True))
	visible = (
		frozenset(names)
		if not _narrows_customers(filters)
		else frozenset(read_customers(SalesFilters(company=filters.company, user=filters.user))["customer"])
	)
	scope = frozenset(names) & frozenset().union(*members.values()) if members else frozenset()
	if not _narrows_customers(filters):
		scope |= frozenset(centre for centres in members.values() for centre in centres if _stands_in(centre))
	seen = frozenset(centre for name in tree["key_account"] for centre in members.get(name, ()))
	scope &= seen & members.get(filters.key_account, frozenset()) if filters.key_account else seen
	groups, _parents = nodes("Item Group")
	scope_groups = groups.get(filters.item_group, frozenset()) if filters.item_group else frozenset(groups)
	rows = _rows(filters, year)
	shares = _shares(list(rows))
	cells, partial = {}, set()
	for name, row in rows.items():
		centres = frozenset((row.customer,)) if row.customer else members.get(row.key_account, frozenset())
		hidden = {centre for centre in centres if not _stands_in(centre)} - visible
		if hidden:
			partial.add(name)
		cells[name] = _cell(row, shares.get(name, ()), centres, groups, known=not hidden)
	return Wallets(
		filters=filters,
		year=year,
		period=period,
		day=day,
		currency=frappe.get_cached_value("Company", filters.company, "default_currency"),
		rows=rows,
		cells=cells,
		partial=partial,
		accounts=tree,
		members=members,
		centres=scope,
		centre_names=names,
		groups=groups,
		scope_groups=scope_groups,
		offered=offered_groups(),
		own=_own_sales(filters, scope, period, settings.sales_source),
		target_share=flt(settings.target_share),
	)


def _narrows_customers(filters: WalletFilters) -> bool:
	return bool(filters.territory or filters.market_segment or filters.customers is not None)


def _stands_in(centre: str) -> bool:
	return centre.startswith(NO_CUSTOMER)


# An account nobody of which is a customer yet has one buying centre all the same. No customer's name begins with this.
NO_CUSTOMER = "\x00"


def _members() -> dict[str, frozenset[str]]:
	"""Account -> its customers and those of the accounts below it, whoever reads."""
	frame = accounts.consolidated_members()
	result = {
		account: frozenset(part["customer"]) for account, part in frame.groupby("key_account", sort=False)
	}
	for account in frappe.get_all("Key Account", pluck="name", order_by="lft"):
		result.setdefault(account, frozenset((NO_CUSTOMER + account,)))
	return result


def offered_groups() -> frozenset[str]:
	"""Item groups that hold something for sale; who may see the items plays no part in how many cells there are."""
	item = frappe.qb.DocType("Item")
	return frozenset(
		frappe.qb.from_(item)
		.select(item.item_group)
		.distinct()
		.where((item.disabled == 0) & (item.is_sales_item == 1) & (item.has_variants == 0))
		.run(pluck=True)
	)


def _condition(table, filters: WalletFilters) -> Criterion:
	conditions = [
		table.company == filters.company,
		SUBJECT_CONDITIONS[WALLET](table, filters.user or frappe.session.user),
		fences(WALLET, table, filters.user),
	]
	if filters.key_account:
		conditions.append(table.key_account.isin(_line_of(filters.key_account)))
	if filters.item_group:
		conditions.append(table.item_group.isin(subtree("Item Group", filters.item_group)))
	return every(conditions)


def _line_of(account: str):
	"""An account with those below it, and those above it: their wallets may name one of its customers."""
	node = frappe.qb.DocType("Key Account").as_("kam_node")
	other = frappe.qb.DocType("Key Account").as_("kam_other")
	below = (other.lft >= node.lft) & (other.rgt <= node.rgt)
	above = (other.lft <= node.lft) & (other.rgt >= node.rgt)
	return (
		frappe.qb.from_(node)
		.inner_join(other)
		.on(below | above)
		.select(other.name)
		.where(node.name == account)
	)


def _rows(filters: WalletFilters, year: int) -> dict[str, frappe._dict]:
	table = frappe.qb.DocType(WALLET)
	# wider item groups are read as well: who asks for a part of them is told that they cannot be split
	wide = WalletFilters(filters.company, filters.key_account, user=filters.user)
	rows = (
		frappe.qb.from_(table)
		.select(*[table[name] for name in ROW_FIELDS])
		.where(_condition(table, wide))
		.where(table.year == year)
		.orderby(table.name)
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def _shares(names: list[str]) -> dict[str, list[frappe._dict]]:
	if not names:
		return {}
	rows = frappe.get_all(
		SHARE,
		{"parent": ("in", names), "parenttype": WALLET},
		list(SHARE_FIELDS),
		order_by="parent, idx",
	)
	result: dict[str, list] = {}
	for row in rows:
		result.setdefault(row.parent, []).append(row)
	return result


def _cell(row, shares, centres, groups, known: bool) -> Cell:
	return Cell(
		key=row.name,
		centres=centres,
		groups=groups.get(row.item_group, frozenset((row.item_group,))),
		wallet=flt(row.wallet) if row.wallet_known and known else None,
		state=row.state,
		suppliers=tuple(
			Supplier(
				kind=INTERNAL if share.supplier_kind == OWN_MAKE else COMPETITOR,
				name=share.competitor or "",
				amount=flt(share.amount) if share.amount_known else None,
				contract_end=share.contract_end,
				rank=cint(share.rank) or None,
			)
			for share in shares
		),
		target_share=flt(row.target_share) or None,
		entered=row.as_of,
	)


def _own_sales(
	filters: WalletFilters, scope: frozenset[str], period: Period, source: str
) -> dict[str, dict[Pair, float]]:
	customers = tuple(sorted(centre for centre in scope if not _stands_in(centre)))
	if not customers:
		return {}
	frame = sales.net_sales(
		SalesFilters(
			company=filters.company,
			source=source,
			item_group=filters.item_group,
			customers=customers,
			user=filters.user,
		),
		period,
		by=("customer", "item_group"),
	)
	result: dict[str, dict[Pair, float]] = {}
	for customer, group, amount in zip(
		frame["customer"], frame["item_group"], frame["net_sales"], strict=True
	):
		result.setdefault(customer, {})[(customer, group)] = flt(amount, 6)
	return result
