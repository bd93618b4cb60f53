"""Everything the page of a key account shows, read for one reader in a number of queries that does not grow with data.

Customers are those of the account and of the accounts below it that the reader may see. Every part is read only if the
reader may read its doctype, through Frappe's own lists or with their conditions inside the query; sales come from
`data.sales` alone. Money is in the currency of one company. What is not known is None.
"""

import frappe

from kam_erpnext.data.account_page.documents import (
	open_issues,
	open_opportunities,
	open_orders,
	open_projects,
	open_quotations,
	overdue_receivables,
	parties_of,
)
from kam_erpnext.data.account_page.figures import sales_figures
from kam_erpnext.data.account_page.market import market_notes, notes_of
from kam_erpnext.data.account_page.people import calls_and_meetings, contacts_of, with_last_contact
from kam_erpnext.data.account_page.pipeline import open_deals
from kam_erpnext.data.account_page.planning import open_actions, plan_in_force, reviews
from kam_erpnext.data.account_page.relationships import power_map
from kam_erpnext.data.account_page.scope import read_scope
from kam_erpnext.data.account_page.wallet import Spending, competitors
from kam_erpnext.data.permissions import OWNER_FIELDS


def read_page(key_account: str, company: str | None = None) -> dict:
	"""All parts of the page. Whoever calls has checked that the reader may read the account."""
	account = frappe.get_doc("Key Account", key_account)
	scope = read_scope(account, company)
	parties = parties_of(scope)
	contacts = contacts_of(scope)
	spending, notes = Spending(scope), notes_of(scope)
	calls = calls_and_meetings(scope, [row["name"] for row in contacts["rows"]])
	return {
		"key_account": key_account,
		"as_of": str(scope.now),
		"company": scope.company,
		"companies": list(scope.companies),
		"currency": scope.currency,
		"accounts_below": len(scope.accounts) - 1,
		"account_names": list(scope.accounts),
		"customer_names": list(scope.customers),
		"head": head(account),
		"sales": sales_figures(scope),
		"wallet": spending.share(account),
		"orders": open_orders(scope),
		"receivables": overdue_receivables(scope),
		"issues": open_issues(scope),
		"projects": open_projects(scope),
		"pipeline": open_deals(scope),
		"opportunities": open_opportunities(scope, parties),
		"quotations": open_quotations(scope, parties),
		"contacts": with_last_contact(contacts, calls.pop("last_by_contact")),
		"calls": calls,
		"relationships": power_map(scope),
		"market": market_notes(scope, notes),
		"competitors": competitors(scope, spending, notes),
		"plan": plan_in_force(scope),
		"review": reviews(scope),
		"actions": open_actions(scope),
	}


def head(account) -> dict:
	"""Who looks after the account: full names of the people on its head."""
	users = {account.get(field) for field in OWNER_FIELDS} - {None, ""}
	names = dict(
		frappe.get_all("User", {"name": ["in", list(users)]}, ["name", "full_name"], as_list=True)
		if users
		else ()
	)
	parent = account.parent_key_account
	return {
		"people": {
			field: names.get(account.get(field)) or account.get(field)
			for field in OWNER_FIELDS
			if account.get(field)
		},
		"parent_name": frappe.db.get_value("Key Account", parent, "account_name") if parent else None,
	}
