"""What the Key Account and Customer forms ask the server for."""

import frappe
from frappe import _
from frappe.utils import add_months, get_first_day, getdate, now_datetime
from pandas import isna

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.permissions import account_condition, every
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import period_of
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings

MONTHS = 24


@frappe.whitelist(methods=["GET"])
def figures(key_account: str, company: str | None = None) -> dict:
	"""Sales of an account with everything below it, as the reader may see them.

	Returns `period, previous, net_sales, net_sales_before, growth, gross_profit, gross_margin, documents, customers`
	and `months` (24 months of net sales); ratios without a denominator are None.
	"""
	frappe.get_doc("Key Account", key_account).check_permission("read")
	company = company or default_company()
	settings = get_settings()
	customers = tuple(accounts.visible_customers(key_account))
	result = {
		"customers": len(customers),
		"company": company,
		"source": settings.sales_source,
		"as_of": str(now_datetime()),
	}
	if not customers or not company:
		return result
	period = period_of(settings.sales_window, company)
	filters = SalesFilters(company, settings.sales_source, customers=customers)
	now = sales.net_sales(filters, period, by=(), with_cost=True).iloc[0]
	before = sales.net_sales(filters, period.previous_year(), by=()).iloc[0]
	# the sum over no lines at all is empty: nothing was sold
	net, cost, net_before = (
		0.0 if isna(value) else float(value) for value in (now["net_sales"], now["cost"], before["net_sales"])
	)
	return {
		**result,
		"currency": frappe.get_cached_value("Company", company, "default_currency"),
		"window": settings.sales_window,
		"from_date": str(period.start),
		"to_date": str(period.last_day),
		"previous": str(period.previous_year()),
		"net_sales": net,
		"net_sales_before": net_before,
		"growth": 100 * (net - net_before) / net_before if net_before > 0 else None,
		"gross_profit": net - cost,
		"gross_margin": 100 * (net - cost) / net if net > 0 else None,
		"documents": sales.document_count(filters, period),
		"months": _months(filters),
		"customer_names": list(customers),
	}


def _months(filters: SalesFilters) -> list[dict]:
	"""Net sales of the last 24 months, months without sales included."""
	first = getdate(add_months(get_first_day(getdate()), 1 - MONTHS))
	period = Period(first, getdate(add_months(get_first_day(getdate()), 1)))
	frame = sales.net_sales(filters, period, by=("period",))
	by_month = dict(zip((getdate(month) for month in frame["period"]), frame["net_sales"], strict=True))
	months = [getdate(add_months(first, number)) for number in range(MONTHS)]
	return [{"month": str(month), "net_sales": float(by_month.get(month, 0))} for month in months]


@frappe.whitelist(methods=["GET"])
def of_customer(customer: str) -> dict | None:
	"""Key account of a customer for the indicator on the Customer form; None if there is none or it is hidden."""
	frappe.get_doc("Customer", customer).check_permission("read")
	if not frappe.has_permission("Key Account", "read"):
		return None
	account, member = frappe.qb.DocType("Key Account"), frappe.qb.DocType("Key Account Customer")
	rows = (
		frappe.qb.from_(account)
		.inner_join(member)
		.on((member.parent == account.name) & (member.parenttype == "Key Account"))
		.select(
			account.name, account.account_name, account.status, account.level, account.key_account_manager
		)
		.where(every([member.customer == customer, account_condition(account)]))
		.run(as_dict=True)
	)
	return rows[0] if rows else None


@frappe.whitelist(methods=["GET", "POST"])  # Frappe's tree view asks with POST
def tree_nodes(doctype: str, parent: str | None = None, is_root: bool = False, **filters: str) -> list[dict]:
	"""Children of a node of the Key Account tree that the reader may see.

	An account whose parent is hidden from the reader stands at the top.
	"""
	if doctype != "Key Account":
		frappe.throw(_("This tree shows key accounts only."))
	frappe.has_permission("Key Account", "read", throw=True)
	frame = accounts.accounts()
	visible = set(frame["key_account"])
	parents = frame["parent_key_account"].where(frame["parent_key_account"].isin(visible), "")
	wanted = "" if is_root or not parent or parent == _root_label() else parent
	chosen = frame[parents == wanted]
	return [
		{
			"value": row.key_account,
			"title": row.account_name,
			"expandable": int((parents == row.key_account).any()),
			"status": row.status,
			"level": row.level,
		}
		for row in chosen.itertuples()
	]


def _root_label() -> str:
	return _("All Key Accounts")
