"""Open documents of the customers: orders, receivables, issues, projects, opportunities and quotations."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Min
from frappe.utils import flt, getdate

from kam_erpnext.data.account_page.panel import hidden, listed, may_read, name_or_dash, part, plain
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.sales_ledger import NOTHING_OPEN

OPEN_ISSUES = ("Open", "Replied", "On Hold")
OPEN_OPPORTUNITIES = ("Open", "Replied", "Quotation")
OPEN_QUOTATIONS = ("Open", "Replied", "Partially Ordered", "Expired")


def open_orders(scope: Scope) -> dict:
	"""Sales orders not yet billed in full: their unbilled net value, and the next delivery."""
	doctype = "Sales Order"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {
		"docstatus": 1,
		"company": scope.company,
		"customer": ["in", scope.customers],
		"status": ["not in", NOTHING_OPEN],
		"per_billed": ["<", 100],
	}
	about = _(
		"Submitted sales orders of {0} that are neither closed nor billed in full: net value without taxes, less the share already billed, in {1}."
	).format(name_or_dash(scope.company), name_or_dash(scope.currency))
	if not scope.customers or not scope.company:
		return part(doctype, [], filters, about, value=None)
	fields = ["name", "customer", "customer_name", "transaction_date", "delivery_date", "status"]
	rows = listed(
		doctype,
		filters,
		[*fields, "base_net_total", "per_billed", "per_delivered"],
		"delivery_date asc, name asc",
	)
	for row in rows:
		row["value"] = flt(row.pop("base_net_total")) * (1 - flt(row["per_billed"]) / 100)
	return part(
		doctype,
		rows,
		filters,
		about,
		value=sum(row["value"] for row in rows),
		**_deliveries(scope, [row["name"] for row in rows]),
	)


def _deliveries(scope: Scope, orders: list[str]) -> dict:
	"""Next delivery date of the orders, and how many of them have a line whose date has passed."""
	result = {"next_delivery": None, "late": 0}
	if not orders:
		return result
	line = frappe.qb.DocType("Sales Order Item")
	waiting = frappe.qb.from_(line).where(
		line.parent.isin(orders) & (line.delivered_qty < line.qty) & line.delivery_date.isnotnull()
	)
	following = waiting.select(Min(line.delivery_date)).where(line.delivery_date >= scope.today).run()[0][0]
	late = waiting.select(Count(line.parent).distinct()).where(line.delivery_date < scope.today).run()[0][0]
	return {"next_delivery": plain(following), "late": late}


def overdue_receivables(scope: Scope) -> dict:
	"""Invoices whose due date has passed, and what else is outstanding."""
	doctype = "Sales Invoice"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {
		"docstatus": 1,
		"company": scope.company,
		"customer": ["in", scope.customers],
		"outstanding_amount": [">", 0],
	}
	overdue_filters = {**filters, "due_date": ["<", str(scope.today)]}
	about = _(
		"Submitted sales invoices of {0} with an amount outstanding after their due date, taxes included, in {1}. Credit notes that are not yet set off are not deducted."
	).format(name_or_dash(scope.company), name_or_dash(scope.currency))
	if not scope.customers or not scope.company:
		return part(doctype, [], overdue_filters, about, value=None)
	fields = ["name", "customer", "customer_name", "posting_date", "due_date", "outstanding_amount"]
	rows = listed(
		doctype,
		filters,
		[*fields, "conversion_rate", "party_account_currency"],
		"due_date asc, name asc",
	)
	for row in rows:
		rate = 1 if row.pop("party_account_currency") == scope.currency else flt(row["conversion_rate"])
		del row["conversion_rate"]
		row["value"] = flt(flt(row.pop("outstanding_amount")) * rate, 2)
		row["days"] = (scope.today - getdate(row["due_date"])).days if row["due_date"] else 0
	overdue = [row for row in rows if row["days"] > 0]
	return part(
		doctype,
		overdue,
		overdue_filters,
		about,
		value=flt(sum(row["value"] for row in overdue), 2),
		oldest_days=max((row["days"] for row in overdue), default=None),
		outstanding=flt(sum(row["value"] for row in rows), 2),
		outstanding_count=len(rows),
	)


def open_issues(scope: Scope) -> dict:
	doctype = "Issue"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {"customer": ["in", scope.customers], "status": ["in", OPEN_ISSUES]}
	about = _("Issues of the customers that are neither resolved nor closed, the oldest first.")
	fields = ["name", "subject", "customer", "status", "priority", "opening_date"]
	rows = listed(doctype, filters, fields, "opening_date asc, name asc") if scope.customers else []
	for row in rows:
		row["days"] = (scope.today - getdate(row["opening_date"])).days if row["opening_date"] else None
	return part(doctype, rows, filters, about)


def open_projects(scope: Scope) -> dict:
	doctype = "Project"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {"customer": ["in", scope.customers], "status": "Open"}
	about = _("Open projects of the customers.")
	fields = ["name", "project_name", "customer", "percent_complete", "expected_end_date"]
	rows = listed(doctype, filters, fields, "expected_end_date asc, name asc") if scope.customers else []
	for row in rows:
		end = row["expected_end_date"]
		row["late"] = bool(end) and getdate(end) < scope.today
	return part(doctype, rows, filters, about, late=sum(row["late"] for row in rows))


def open_opportunities(scope: Scope, parties: set[tuple[str, str]]) -> dict:
	"""Opportunities of the customers, and of the prospects and leads they came from."""
	doctype = "Opportunity"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {
		"company": scope.company,
		"party_name": ["in", sorted({name for _doctype, name in parties})],
		"status": ["in", OPEN_OPPORTUNITIES],
	}
	about = _(
		"Open opportunities of {0} with the customers and with the prospects and leads they came from, amounts in {1}. An opportunity without an amount counts, its amount is not known."
	).format(name_or_dash(scope.company), name_or_dash(scope.currency))
	if not parties or not scope.company:
		return part(doctype, [], filters, about, value=None)
	fields = ["name", "title", "opportunity_from", "party_name", "customer_name", "status", "sales_stage"]
	rows = listed(
		doctype,
		filters,
		[*fields, "probability", "expected_closing", "opportunity_amount", "conversion_rate"],
		"expected_closing asc, name asc",
	)
	rows = [row for row in rows if (row["opportunity_from"], row["party_name"]) in parties]
	for row in rows:
		# ERPNext writes the amount in company currency in its form only
		row["value"] = flt(flt(row.pop("opportunity_amount")) * flt(row.pop("conversion_rate")), 2) or None
	rows.sort(key=lambda row: (row["expected_closing"] is None, row["expected_closing"] or "", row["name"]))
	return part(doctype, rows, filters, about, value=_sum_known(rows))


def open_quotations(scope: Scope, parties: set[tuple[str, str]]) -> dict:
	doctype = "Quotation"
	if not may_read(doctype):
		return hidden(doctype)
	filters = {
		"docstatus": 1,
		"company": scope.company,
		"party_name": ["in", sorted({name for _doctype, name in parties})],
		"status": ["in", OPEN_QUOTATIONS],
	}
	about = _(
		"Submitted quotations of {0} that are neither ordered in full nor lost: net value without taxes, in {1}. Those whose validity has passed are marked."
	).format(name_or_dash(scope.company), name_or_dash(scope.currency))
	if not parties or not scope.company:
		return part(doctype, [], filters, about, value=None)
	fields = ["name", "quotation_to", "party_name", "customer_name", "transaction_date", "valid_till"]
	rows = listed(doctype, filters, [*fields, "status", "base_net_total"], "valid_till asc, name asc")
	rows = [row for row in rows if (row["quotation_to"], row["party_name"]) in parties]
	for row in rows:
		row["value"] = flt(row.pop("base_net_total"))
		row["expired"] = bool(row["valid_till"]) and getdate(row["valid_till"]) < scope.today
	return part(
		doctype,
		rows,
		filters,
		about,
		value=_sum_known(rows),
		expired=sum(row["expired"] for row in rows),
	)


def _sum_known(rows: list[dict]) -> float | None:
	known = [row["value"] for row in rows if row["value"] is not None]
	return sum(known) if known or not rows else None


def parties_of(scope: Scope) -> set[tuple[str, str]]:
	"""Customers, and the prospects and leads the customers and accounts came from."""
	parties = {("Customer", name) for name in scope.customers}
	account = frappe.qb.DocType("Key Account")
	parties.update(
		frappe.qb.from_(account)
		.select(account.party_type, account.party)
		.where(account.name.isin(scope.accounts or ("",)) & (account.party != ""))
		.run()
	)
	if scope.customers:
		customer = frappe.qb.DocType("Customer")
		origins = (
			frappe.qb.from_(customer)
			.select(customer.lead_name, customer.prospect_name)
			.where(customer.name.isin(scope.customers))
			.run()
		)
		for lead, prospect in origins:
			parties |= {("Lead", lead), ("Prospect", prospect)}
	return {(doctype, name) for doctype, name in parties if name}
