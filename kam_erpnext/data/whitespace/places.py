"""Rows and columns of the matrix: which row a customer belongs to, and which column an item group."""

from dataclasses import dataclass

import frappe
import pandas as pd
from frappe import _

from kam_erpnext.data import accounts
from kam_erpnext.data.facts import customers
from kam_erpnext.data.permissions import every, fences
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.wallet import offered_groups
from kam_erpnext.engine.periods import Period

# what a row stands for
ACCOUNT, DIVISION, BUYING_CENTRE, TERRITORY = KINDS = ("Account", "Division", "Buying Centre", "Territory")

RETIRED = "Retired"
# column of open amounts of which nobody has said what would be sold
NO_ITEM_GROUP = ""


@dataclass(frozen=True)
class WhitespaceFilters:
	"""What the matrix shows. `level` counts from the top of the item groups, 0 takes the lowest ones.

	`key_account`, `customer_group`, `territory` and `item_group` include what lies below them. `all_customers` adds the
	customers that belong to no account.
	"""

	company: str
	period: Period
	rows: str = ACCOUNT
	level: int = 0
	item_group: str | None = None
	key_account: str | None = None
	customer_group: str | None = None
	territory: str | None = None
	market_segment: str | None = None
	all_customers: bool = False
	user: str | None = None

	@property
	def narrows(self) -> bool:
		"""Whether customers are left out that belong to the accounts shown."""
		return bool(self.customer_group or self.territory or self.market_segment)


@dataclass
class Places:
	"""Rows and columns with what belongs to them.

	`rows` is indexed by the key of the row: `kind, label, sub, key_account, customer, segment`; `columns` by item group:
	`label, parent`. `row_of_customer` and `row_of_account` hold the visible ones within the filters; `column_of` every
	item group the reader may see, also those outside the filter. `peers` maps customers to units comparable with the
	rows.
	"""

	rows: pd.DataFrame
	columns: pd.DataFrame
	row_of_customer: dict[str, str]
	row_of_account: dict[str, str]
	unit_of_customer: dict[str, str]
	column_of: dict[str, str]
	customers: pd.DataFrame
	members: dict[str, frozenset]
	below_group: dict[str, frozenset]


def read_places(filters: WhitespaceFilters) -> Places:
	"""Reads accounts, customers and item groups; in the order of their trees."""
	everybody = customers(SalesFilters(filters.company, user=filters.user)).set_index("customer", drop=False)
	tree = accounts.accounts(filters.user)
	tree = tree[tree["status"] != RETIRED].set_index("key_account")
	within = _accounts_within(tree, filters.key_account)
	own = accounts.own_members()
	account_of = dict(
		own[own["key_account"].isin(within)][["customer", "key_account"]].itertuples(index=False)
	)
	shown = _customers_shown(filters, everybody, account_of)
	rows, row_of_customer, row_of_account = _rows(filters, everybody, tree, within, account_of, shown)
	column_of, columns, below = _columns(filters)
	return Places(
		rows=rows,
		columns=columns,
		row_of_customer=row_of_customer,
		row_of_account=row_of_account,
		unit_of_customer=_units(filters, everybody, tree, own),
		column_of=column_of,
		customers=everybody,
		members=_members(own),
		below_group=below,
	)


# ---------------------------------------------------------------- rows


def _accounts_within(tree: pd.DataFrame, top: str | None) -> set[str]:
	if not top:
		return set(tree.index)
	if top not in tree.index:
		return set()
	root = tree.loc[top]
	return set(tree.index[(tree["lft"] >= root["lft"]) & (tree["rgt"] <= root["rgt"])])


def _customers_shown(filters: WhitespaceFilters, everybody: pd.DataFrame, account_of: dict) -> set[str]:
	names = set(everybody.index)
	if filters.narrows:
		chosen = customers(
			SalesFilters(
				filters.company,
				customer_group=filters.customer_group,
				territory=filters.territory,
				market_segment=filters.market_segment,
				user=filters.user,
			)
		)
		names &= set(chosen["customer"])
	return names if filters.all_customers and not filters.key_account else names & set(account_of)


def _rows(filters, everybody, tree, within, account_of, shown):
	"""Rows in the order of the account tree, then the customers without an account."""
	tops = _tops(tree[tree.index.isin(within)])
	found: dict[str, dict] = {}
	row_of_customer: dict[str, str] = {}
	row_of_account: dict[str, str] = {}

	def account_row(account):
		key = f"account:{account}"
		found.setdefault(
			key, _row("account", tree.at[account, "account_name"], _path(tree, account), key_account=account)
		)
		return key

	if filters.rows in (ACCOUNT, DIVISION):
		for account in tree.index[tree.index.isin(within)]:
			row_of_account[account] = account_row(tops[account] if filters.rows == ACCOUNT else account)
	has_shown = {account_of.get(customer) for customer in shown}
	order = {account: place for place, account in enumerate(tree.index)}
	by_account = sorted(
		shown,
		key=lambda name: (order.get(account_of.get(name), len(order)), everybody.at[name, "customer_name"]),
	)
	for customer in by_account:
		account, record = account_of.get(customer), everybody.loc[customer]
		if filters.rows == TERRITORY:
			key = f"territory:{record['territory'] or ''}"
			found.setdefault(
				key,
				_row(
					"territory",
					record["territory"] or _("Without Territory"),
					"",
					territory=record["territory"],
				),
			)
		elif account and filters.rows != BUYING_CENTRE:
			key = row_of_account[account]
		else:
			key = f"customer:{customer}"
			name = tree.at[account, "account_name"] if account else _("no key account")
			found.setdefault(
				key, _row("customer", record["customer_name"], name, key_account=account, customer=customer)
			)
		row_of_customer[customer] = key
	if filters.narrows and filters.rows in (ACCOUNT, DIVISION):
		# accounts none of whose customers are left are not what the filters ask for
		kept = set(row_of_customer.values())
		found = {key: row for key, row in found.items() if key in kept}
		row_of_account = {account: key for account, key in row_of_account.items() if key in kept}
	if filters.rows in (BUYING_CENTRE, TERRITORY):
		for account in within:
			keys = {row_of_customer[name] for name in shown if account_of.get(name) == account}
			if len(keys) == 1:
				row_of_account[account] = keys.pop()
			elif (
				filters.rows == BUYING_CENTRE
				and not filters.narrows
				and account in has_shown | _without(within, account_of)
			):
				row_of_account[account] = f"account:{account}"
	rows = pd.DataFrame.from_dict(found, orient="index", columns=list(_row("", "", "")))
	return rows, row_of_customer, row_of_account


def _without(within: set[str], account_of: dict) -> set[str]:
	"""Accounts that have no customer yet."""
	return within - set(account_of.values())


def _row(kind, label, sub, key_account=None, customer=None, territory=None) -> dict:
	return {
		"kind": kind,
		"label": label,
		"sub": sub,
		"key_account": key_account,
		"customer": customer,
		"territory": territory,
	}


def _tops(tree: pd.DataFrame) -> dict[str, str]:
	"""Account -> the highest one above it within `tree`; parents come before their children."""
	parents, result = tree["parent_key_account"].to_dict(), {}
	for account in tree.index:
		parent = parents[account]
		result[account] = result[parent] if parent in result else account
	return result


def _path(tree: pd.DataFrame, account: str) -> str:
	"""Name of the account above, if the reader may see it; else the level."""
	parent = tree.at[account, "parent_key_account"]
	return tree.at[parent, "account_name"] if parent in tree.index else _(tree.at[account, "level"] or "")


def _units(filters, everybody, tree, own) -> dict[str, str]:
	"""Customer -> what is compared with what: rows as they would be without filters."""
	if filters.rows == TERRITORY:
		return {}
	if filters.rows == BUYING_CENTRE:
		return {name: f"customer:{name}" for name in everybody.index}
	own = own[own["key_account"].isin(tree.index)]
	within = _accounts_within(tree, filters.key_account)
	tops = {**_tops(tree), **_tops(tree[tree.index.isin(within)])} if filters.rows == ACCOUNT else {}
	account_of = dict(own[["customer", "key_account"]].itertuples(index=False))
	return {
		name: f"account:{tops.get(account_of[name], account_of[name])}"
		if name in account_of
		else f"customer:{name}"
		for name in everybody.index
	}


def _members(own: pd.DataFrame) -> dict[str, frozenset]:
	"""Account -> its customers and those of the accounts below it, whoever may see them."""
	consolidated = accounts.consolidated_members()
	return {
		account: frozenset(names)
		for account, names in consolidated.groupby("key_account")["customer"].agg(list).items()
	}


# ---------------------------------------------------------------- columns


def _columns(filters: WhitespaceFilters):
	"""Item groups something can be sold of, at the level asked for."""
	table = frappe.qb.DocType("Item Group")
	nodes = (
		frappe.qb.from_(table)
		.select(table.name, table.parent_item_group.as_("parent"), table.lft, table.rgt)
		.where(every([table.lft > 0, fences("Item Group", table, filters.user)]))
		.orderby(table.lft)
		.run(as_dict=True)
	)
	column_of: dict[str, str] = {}
	below: dict[str, set] = {}
	path: list[dict] = []
	for node in nodes:
		while path and path[-1].rgt < node.lft:
			path.pop()
		path.append(node)
		for above in path:
			below.setdefault(above.name, set()).add(node.name)
		# the root is level 0; with the lowest level every group stands for itself
		column_of[node.name] = path[min(filters.level, len(path) - 1)].name if filters.level else node.name
	within = below.get(filters.item_group, set()) if filters.item_group else set(column_of)
	offered = offered_groups()
	parents = {node.name: node.parent for node in nodes}
	columns = {
		column_of[node.name]: {"label": column_of[node.name], "parent": parents[column_of[node.name]] or ""}
		for node in nodes
		if node.name in within and node.name in offered
	}
	frame = pd.DataFrame.from_dict(columns, orient="index", columns=["label", "parent"])
	return column_of, frame, {name: frozenset(names) for name, names in below.items()}


def levels() -> int:
	"""Number of levels of item groups below the root."""
	nodes = frappe.get_all(
		"Item Group", fields=["lft", "rgt"], filters={"lft": (">", 0)}, order_by="lft", as_list=True
	)
	deepest, ends = 0, []
	for left, right in nodes:
		while ends and ends[-1] < left:
			ends.pop()
		ends.append(right)
		deepest = max(deepest, len(ends))
	return max(1, deepest - 1)
