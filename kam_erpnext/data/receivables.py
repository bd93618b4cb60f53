"""What customers owe: outstanding invoices and the part that is overdue, in company currency."""

from datetime import date, timedelta

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Sum

from kam_erpnext.data.permissions import customer_condition, every, fences
from kam_erpnext.data.sales_ledger import REST

INVOICE = "Sales Invoice"


def by_customer(
	company: str, customers: tuple[str, ...], day: date, grace: int = 0, user: str | None = None
) -> dict[str, frappe._dict]:
	"""Customer -> `outstanding` and the part that is `overdue`, due more than `grace` days before `day`.

	Submitted invoices with an amount outstanding now, taxes included; credit notes not yet set off are not deducted.
	"""
	if not customers:
		return {}
	invoice = frappe.qb.DocType(INVOICE)
	currency = frappe.get_cached_value("Company", company, "default_currency")
	amount = (
		Case()
		.when(invoice.party_account_currency == currency, invoice.outstanding_amount)
		.else_(invoice.outstanding_amount * invoice.conversion_rate)
	)
	late = invoice.due_date < day - timedelta(days=grace)
	rows = (
		frappe.qb.from_(invoice)
		.select(
			invoice.customer,
			Sum(amount).as_("outstanding"),
			Sum(Case().when(late, amount).else_(0)).as_("overdue"),
		)
		.where(
			every(
				[
					invoice.docstatus == 1,
					invoice.company == company,
					invoice.customer.isin(customers),
					invoice.outstanding_amount > 0,
					fences(INVOICE, invoice, user),
				]
			)
		)
		.groupby(invoice.customer)
		.run(as_dict=True)
	)
	return {row.customer: row for row in rows}


def on_day(
	company: str, customers: tuple[str, ...], day: date, user: str | None = None
) -> dict[str, frappe._dict]:
	"""Customer -> `outstanding` and `overdue` at the end of any day, told by the days of ERPNext's payment ledger.

	Invoices of which something was left, taxes included; credit notes not set off by then are not deducted.
	"""
	if not customers:
		return {}
	entry, invoice = frappe.qb.DocType("Payment Ledger Entry"), frappe.qb.DocType(INVOICE)
	customer = frappe.qb.DocType("Customer")
	due = Coalesce(invoice.due_date, invoice.posting_date)
	rest = (
		frappe.qb.from_(entry)
		.inner_join(invoice)
		.on(invoice.name == entry.against_voucher_no)
		.inner_join(customer)
		.on(customer.name == invoice.customer)
		.select(invoice.name, invoice.customer, due.as_("due"), Sum(entry.amount).as_("rest"))
		.where(
			every(
				[
					(entry.against_voucher_type == INVOICE) & (entry.account_type == "Receivable"),
					(entry.delinked == 0) & (entry.company == company) & (entry.posting_date <= day),
					invoice.docstatus == 1,
					invoice.customer.isin(customers),
					fences(INVOICE, invoice, user),
					customer_condition(customer, user),
				]
			)
		)
		.groupby(invoice.name, invoice.customer, due)
		.having(Sum(entry.amount) > REST)
		.as_("kam_rest")
	)
	rows = (
		frappe.qb.from_(rest)
		.select(
			rest.customer,
			Sum(rest.rest).as_("outstanding"),
			Sum(Case().when(rest.due < day, rest.rest).else_(0)).as_("overdue"),
		)
		.groupby(rest.customer)
		.run(as_dict=True)
	)
	return {row.customer: row for row in rows}
