"""What a page of a key account is about, as one reader sees it."""

from dataclasses import dataclass
from datetime import date, datetime

import frappe
from frappe.utils import now_datetime

from kam_erpnext.data import accounts
from kam_erpnext.data.permissions import account_condition, every, fences
from kam_erpnext.data.sales_ledger import SOURCES
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings


@dataclass(frozen=True)
class Scope:
	"""What a page is about: one account with what lies below it, one company, one moment."""

	key_account: str
	accounts: tuple[str, ...]
	customers: tuple[str, ...]
	company: str | None
	companies: tuple[str, ...]
	currency: str | None
	now: datetime

	@property
	def today(self) -> date:
		return self.now.date()


def read_scope(account, company: str | None = None) -> Scope:
	customers = tuple(accounts.visible_customers(account.name))
	companies = _companies(customers)
	if not company:
		company = default_company()
		allowed = _allowed_companies()
		if allowed is not None and company not in allowed:
			company = next((name for name in companies if name in allowed), next(iter(allowed), None))
	return Scope(
		key_account=account.name,
		accounts=_visible_accounts(account),
		customers=customers,
		company=company,
		companies=companies if company in companies or not company else (*companies, company),
		currency=frappe.get_cached_value("Company", company, "default_currency") if company else None,
		now=now_datetime().replace(microsecond=0),
	)


def _visible_accounts(account) -> tuple[str, ...]:
	"""The account and the accounts below it the reader may see, in the order of the tree."""
	table = frappe.qb.DocType("Key Account")
	return tuple(
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.lft >= account.lft, table.rgt <= account.rgt, account_condition(table)]))
		.orderby(table.lft)
		.run(pluck=True)
	)


def _companies(customers: tuple[str, ...]) -> tuple[str, ...]:
	"""Companies that sold to the customers, as far as the reader may see their documents."""
	if not customers:
		return ()
	source = SOURCES[get_settings().sales_source]
	table = frappe.qb.DocType(source.doctype)
	return tuple(
		frappe.qb.from_(table)
		.select(table.company)
		.distinct()
		.where(every([table.docstatus == 1, table.customer.isin(customers), fences(source.doctype, table)]))
		.orderby(table.company)
		.run(pluck=True)
	)


def _allowed_companies() -> list[str] | None:
	"""Companies a User Permission fences the reader in; None without one."""
	permissions = frappe.permissions.get_user_permissions(frappe.session.user).get("Company")
	return [row.get("doc") for row in permissions] if permissions else None
