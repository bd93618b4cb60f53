"""Lists to fill in for Data Import, with the rights of who asks for them."""

import frappe
from frappe import _

from kam_erpnext.data import wallet
from kam_erpnext.data.permissions import customer_condition, every
from kam_erpnext.data.wallet import WalletFilters
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

WALLET_COLUMNS = (
	"key_account", "account_name", "customer", "item_group", "year", "company", "state", "wallet", "wallet_known",
	"target_share", "our_rank", "suppliers", "blocked_reason", "as_of", "source", "reliability", "note",
)  # fmt: skip
SHARE_COLUMNS = ("supplier_kind", "competitor", "amount", "amount_known", "rank", "contract_end")
MARKET_COLUMNS = (
	"territory", "item_group", "company", "from_date", "to_date", "market_value", "market_units", "source", "reliability",
)  # fmt: skip
COMPETITOR_COLUMNS = ("competitor", "market_value", "market_units")
MAXIMUM = 5000


def headings(doctype: str, columns: tuple[str, ...], table: str | None = None) -> list[str]:
	"""Titles of columns as Data Import knows them, in the language of the reader."""
	meta = frappe.get_meta(doctype)
	if not table:
		return [_(meta.get_label(name)) for name in columns]
	rows = frappe.get_meta(meta.get_field(table).options)
	return [f"{_(rows.get_label(name))} ({_(meta.get_label(table))})" for name in columns]


def as_text(value: str) -> str:
	"""A text that is only there to be read, so that no spreadsheet program takes it for a formula."""
	return f"'{value}" if value and value[0] in "=+-@\t\r" else value


def wallets(year: int) -> list[list]:
	"""Account and item group of everything sold in the year for which no wallet is entered."""
	company = default_company()
	rows = [
		[
			*headings(wallet.WALLET, WALLET_COLUMNS),
			*headings(wallet.WALLET, SHARE_COLUMNS, "shares"),
		]
	]
	if not company:
		return rows
	found = wallet.read(WalletFilters(company), year)
	names = found.accounts.set_index("key_account")["account_name"]
	entered = {
		pair for name, cell in found.cells.items() if found.rows[name].key_account for pair in cell.pairs()
	}
	missing = sorted(
		{
			(account, group)
			for centre, pairs in found.own.items()
			if (account := found.account_of(centre)) in names.index
			for pair, amount in pairs.items()
			if amount > 0 and pair not in entered
			for group in pair[1:]
		},
		key=lambda cell: (names[cell[0]], cell[1]),
	)
	for account, group in missing[:MAXIMUM]:
		values = {
			"key_account": account,
			"account_name": as_text(names[account]),
			"item_group": group,
			"year": year,
			"company": company,
		}
		rows.append([*(values.get(name, "") for name in WALLET_COLUMNS), *[""] * len(SHARE_COLUMNS)])
	return rows


def market_estimates(year: int) -> list[list]:
	"""Territories of the customers for which there is no estimate in the year."""
	rows = [
		[
			*headings("Market Estimate", MARKET_COLUMNS),
			*headings("Market Estimate", COMPETITOR_COLUMNS, "competitors"),
		]
	]
	company = default_company()
	customer = frappe.qb.DocType("Customer")
	territories = (
		frappe.qb.from_(customer)
		.select(customer.territory)
		.distinct()
		.where(every([customer.territory.isnotnull(), customer_condition(customer)]))
		.orderby(customer.territory)
		.run(pluck=True)
	)
	known = set(
		frappe.get_list(
			"Market Estimate",
			{
				"company": company,
				"item_group": ("is", "not set"),
				"from_date": ("<=", f"{year}-12-31"),
				"to_date": (">=", f"{year}-01-01"),
			},
			pluck="territory",
			order_by="territory",
			limit_page_length=0,
		)
	)
	for territory in territories:
		if territory and territory not in known:
			values = {
				"territory": territory,
				"company": company,
				"from_date": f"{year}-01-01",
				"to_date": f"{year}-12-31",
			}
			rows.append([*(values.get(name, "") for name in MARKET_COLUMNS), *[""] * len(COMPETITOR_COLUMNS)])
	return rows


LISTS = {wallet.WALLET: wallets, "Market Estimate": market_estimates}
