"""What causes the cost of serving customers, counted from documents: orders, deliveries, calls, open money and the rest.

Every quantity is added up by the database, for the customers a reader may see and within his User Permissions on the
documents. The conditions stand here once: for the count and for the list of documents behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import frappe
import pandas as pd
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Coalesce, Count, NullIf, Sum
from frappe.utils import now_datetime
from pypika.terms import CustomFunction, ExistsCriterion, ValueWrapper

from kam_erpnext import extending
from kam_erpnext.compat import days_between
from kam_erpnext.data.calls import CALL, visible
from kam_erpnext.data.objectives import CALLS, DONE_EVENTS
from kam_erpnext.data.permissions import customer_condition, every, fences
from kam_erpnext.data.relationships import stands_for_no_call
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import customer_filter
from kam_erpnext.engine.call_figures import MADE
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

Greatest = CustomFunction("GREATEST", ["one", "other"])


@dataclass(frozen=True)
class Asked:
	"""Customers (by the filters of sales) and days a driver is counted for."""

	filters: SalesFilters
	period: Period

	@property
	def user(self) -> str | None:
		return self.filters.user

	@property
	def company(self) -> str:
		return self.filters.company


def quantities(driver: str, asked: Asked) -> tuple[pd.Series, str | None]:
	"""Customer -> quantity of a driver, who has none is missing; and a remark when that of another app is not known."""
	if driver in COUNTERS:
		return COUNTERS[driver](asked), None
	quantity, remark = extending.count(driver, asked)
	return quantity[quantity.index.isin(_visible(asked))], remark


# ---------------------------------------------------------------- shared


def _within(asked: Asked, customer, table=None, doctype: str | None = None) -> list[Criterion]:
	"""Customers the reader may see, of the filters, not internal; and his fences on the documents."""
	conditions = [
		Coalesce(customer.is_internal_customer, 0) == 0,
		customer_condition(customer, asked.user),
		customer_filter(customer, asked.filters),
	]
	if doctype:
		conditions.append(fences(doctype, table, asked.user))
	return conditions


def _in_days(field, period: Period) -> Criterion:
	return (field >= period.start) & (field < period.end)


def _run(statement) -> pd.Series:
	"""A query of customer and quantity."""
	rows = statement.run()
	return pd.Series({name: float(quantity or 0) for name, quantity in rows if name is not None}, dtype=float)


def _of_documents(
	asked: Asked,
	doctype: str,
	day: str,
	quantity: Callable,
	*more: Callable,
	customer_field: str = "customer",
) -> pd.Series:
	"""Submitted documents of the company in these days, added up by customer."""
	table, customer = frappe.qb.DocType(doctype), frappe.qb.DocType("Customer")
	conditions = [
		table.docstatus == 1,
		_in_days(table[day], asked.period),
		*(condition(table, asked) for condition in more),
		*_within(asked, customer, table, doctype),
	]
	return _run(
		frappe.qb.from_(table)
		.inner_join(customer)
		.on(customer.name == table[customer_field])
		.select(customer.name, quantity(table))
		.where(every(conditions))
		.groupby(customer.name)
	)


def _of_company(table, asked: Asked) -> Criterion:
	return table.company == asked.company


def _not_internal(table, asked: Asked) -> Criterion:
	return Coalesce(table.is_internal_customer, 0) == 0


def _number(table):
	return Count(table.name)


# ---------------------------------------------------------------- orders, deliveries, returns


def _orders(asked: Asked) -> pd.Series:
	return _of_documents(asked, "Sales Order", "transaction_date", _number, _of_company, _not_internal)


def _order_lines(asked: Asked) -> pd.Series:
	order, line, customer = (
		frappe.qb.DocType(name) for name in ("Sales Order", "Sales Order Item", "Customer")
	)
	conditions = [
		order.docstatus == 1,
		_in_days(order.transaction_date, asked.period),
		_of_company(order, asked),
		_not_internal(order, asked),
		*_within(asked, customer, order, "Sales Order"),
	]
	return _run(
		frappe.qb.from_(order)
		.inner_join(line)
		.on(line.parent == order.name)
		.inner_join(customer)
		.on(customer.name == order.customer)
		.select(order.customer, Count(line.name))
		.where(every(conditions))
		.groupby(order.customer)
	)


def _no_return(table, asked: Asked) -> Criterion:
	return table.is_return == 0


def _is_return(table, asked: Asked) -> Criterion:
	return table.is_return == 1


def _moves_stock(table, asked: Asked) -> Criterion:
	return table.update_stock == 1


def _goods_came_without_note(table, asked: Asked) -> Criterion:
	"""A credit note for goods that came back with a note of their own is the same return."""
	line = frappe.qb.DocType("Sales Invoice Item").as_("kam_returned_line")
	note = frappe.qb.DocType("Delivery Note").as_("kam_return_note")
	came_by_note = (
		frappe.qb.from_(line)
		.inner_join(note)
		.on(note.name == line.delivery_note)
		.select(line.name)
		.where((line.parent == table.name) & (note.is_return == 1))
	)
	return ExistsCriterion(came_by_note).negate()


def _both(asked: Asked, quantity: Callable, note: tuple, invoice: tuple) -> pd.Series:
	"""Delivery notes and those invoices that take their part."""
	shared = (_of_company, _not_internal)
	notes = _of_documents(asked, "Delivery Note", "posting_date", quantity, *shared, *note)
	invoices = _of_documents(asked, "Sales Invoice", "posting_date", quantity, *shared, *invoice)
	return notes.add(invoices, fill_value=0.0)


def _deliveries(asked: Asked) -> pd.Series:
	"""Delivery notes, and invoices that delivered by themselves."""
	return _both(asked, _number, (_no_return,), (_no_return, _moves_stock))


def _weight(asked: Asked) -> pd.Series:
	return _both(asked, lambda table: Sum(table.total_net_weight), (_no_return,), (_no_return, _moves_stock))


def _returns(asked: Asked) -> pd.Series:
	"""Return notes, and credit notes for which no goods came back by note."""
	return _both(asked, _number, (_is_return,), (_is_return, _goods_came_without_note))


# ---------------------------------------------------------------- calls, issues, hours, freight


def calls_of(filters: SalesFilters, period: Period) -> pd.Series:
	"""Customer -> calls and meetings made: the only place where the cost of calls learns what a call is.

	A call on several customers is shared by them, so that all of them together made one call.
	"""
	frame = _calls_made(filters, period)
	if frame.empty:
		return pd.Series(dtype=float)
	frame["share"] = 1.0 / frame.groupby("name")["customer"].transform("count")
	calls = frame.groupby("customer")["share"].sum()
	return calls[calls.index.isin(_visible(Asked(filters, period)))]


def _calls_made(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""`doctype, name, customer` of every call: customer calls made, and events that are over or completed with the customer,
	one of its contacts or its key account among the participants. An event that stands for a customer call is left out."""
	event, participant = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	user = filters.user or frappe.session.user
	made = (
		frappe.qb.from_(event)
		.inner_join(participant)
		.on((participant.parent == event.name) & (participant.parenttype == "Event"))
		.where(event.event_category.isin(CALLS))
		.where(_in_days(event.starts_on, period))
		.where(Coalesce(event.status, "") != "Cancelled")
		.where(event.status.isin(DONE_EVENTS) | (Coalesce(event.ends_on, event.starts_on) <= now_datetime()))
		.where((event.event_type == "Public") | (event.owner == user))
		.where(stands_for_no_call(event))
	)
	kind, name = participant.reference_doctype, participant.reference_docname
	link = frappe.qb.DocType("Dynamic Link")
	member = frappe.qb.DocType("Key Account Customer")
	pairs = {
		*made.select(event.name, name).where(kind == "Customer").run(),
		*made.inner_join(link)
		.on((link.parent == name) & (link.parenttype == "Contact") & (link.link_doctype == "Customer"))
		.select(event.name, link.link_name)
		.where(kind == "Contact")
		.run(),
	}
	named = {event_name for event_name, _customer in pairs}
	by_account = (
		made.inner_join(member)
		.on((member.parent == name) & (member.parenttype == "Key Account"))
		.select(event.name, member.customer)
		.where(kind == "Key Account")
		.run()
	)
	# who is named himself counts before the other customers of the account
	pairs |= {(event_name, customer) for event_name, customer in by_account if event_name not in named}
	call = frappe.qb.DocType(CALL)
	visits = (
		frappe.qb.from_(call)
		.select(call.name, call.customer)
		.where((call.status == MADE) & _in_days(call.made_on, period))
		.where(visible(call, user))
		.run()
	)
	rows = [("Event", *pair) for pair in sorted(pairs)] + [(CALL, *pair) for pair in sorted(visits)]
	return pd.DataFrame(rows, columns=["doctype", "name", "customer"])


def call_documents(filters: SalesFilters, period: Period) -> list[dict]:
	"""The calls on the customers of the filters, as lists of documents."""
	frame = _calls_made(filters, period)
	frame = frame[frame["customer"].isin(_visible(Asked(filters, period)))]
	return [
		{"doctype": doctype, "filters": {"name": ["in", rows["name"].unique().tolist()]}}
		for doctype, rows in frame.groupby("doctype")
	]


def _visible(asked: Asked) -> set[str]:
	customer = frappe.qb.DocType("Customer")
	return set(
		frappe.qb.from_(customer).select(customer.name).where(every(_within(asked, customer))).run(pluck=True)
	)


def _calls(asked: Asked) -> pd.Series:
	return calls_of(asked.filters, asked.period)


def _of_company_or_none(table, asked: Asked) -> Criterion:
	"""An issue without a company belongs to the company of the settings."""
	if asked.company == default_company():
		return Coalesce(table.company, "").isin(["", asked.company])
	return table.company == asked.company


def _issues(asked: Asked) -> pd.Series:
	issue, customer = frappe.qb.DocType("Issue"), frappe.qb.DocType("Customer")
	conditions = [
		_in_days(issue.opening_date, asked.period),
		_of_company_or_none(issue, asked),
		*_within(asked, customer, issue, "Issue"),
	]
	return _run(
		frappe.qb.from_(issue)
		.inner_join(customer)
		.on(customer.name == issue.customer)
		.select(customer.name, Count(issue.name))
		.where(every(conditions))
		.groupby(customer.name)
	)


def _timesheet_rows(asked: Asked):
	"""Query of the hours on projects of the customer; hours on a plan are key account work and count there."""
	sheet, row, project, customer = (
		frappe.qb.DocType(name) for name in ("Timesheet", "Timesheet Detail", "Project", "Customer")
	)
	conditions = [
		sheet.docstatus == 1,
		_of_company(sheet, asked),
		_in_days(row.from_time, asked.period),
		*_within(asked, customer, sheet, "Timesheet"),
	]
	if frappe.get_meta("Timesheet").has_field("kam_plan"):
		conditions.append(Coalesce(sheet.kam_plan, "") == "")
	return (
		frappe.qb.from_(row)
		.inner_join(sheet)
		.on((sheet.name == row.parent) & (row.parenttype == "Timesheet"))
		.left_join(project)
		.on(project.name == row.project)
		.inner_join(customer)
		.on(customer.name == Coalesce(NullIf(project.customer, ""), sheet.customer))
		.where(every(conditions))
	)


def _timesheets(asked: Asked) -> pd.Series:
	row, customer = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Customer")
	return _run(
		_timesheet_rows(asked).select(customer.name, Sum(row.base_costing_amount)).groupby(customer.name)
	)


def _timesheet_names(asked: Asked) -> list[str]:
	sheet = frappe.qb.DocType("Timesheet")
	return _timesheet_rows(asked).select(sheet.name).distinct().run(pluck=True)


def _freight(asked: Asked) -> pd.Series:
	def ours(table, asked):
		return (
			(table.delivery_to_type == "Customer")
			& (table.pickup_company == asked.company)
			& (Coalesce(table.status, "") != "Cancelled")
		)

	return _of_documents(
		asked,
		"Shipment",
		"pickup_date",
		lambda table: Sum(table.shipment_amount),
		ours,
		customer_field="delivery_customer",
	)


# ---------------------------------------------------------------- money that is owed


def _money_days(asked: Asked, overdue: bool) -> pd.Series:
	"""What was owed on invoices times the days it was, within the period and not after today: until due, or after it.

	Each entry of ERPNext's payment ledger changes what is owed from its day on, so what it adds is its amount times the days
	from then to the end; an entry of before counts from the first day.
	"""
	entry, invoice, customer = (
		frappe.qb.DocType(name) for name in ("Payment Ledger Entry", "Sales Invoice", "Customer")
	)
	tomorrow = frappe.utils.add_days(frappe.utils.getdate(), 1)
	end = ValueWrapper(min(asked.period.end, tomorrow))
	start = ValueWrapper(asked.period.start)
	since = Greatest(entry.posting_date, start)
	# a credit note takes back what was owed until the day its invoice is due
	returned = frappe.qb.DocType("Sales Invoice").as_("kam_returned")
	due = Coalesce(returned.due_date, invoice.due_date, invoice.posting_date)
	total = _days_from(since, end)
	# the day it is due belongs to the terms
	late = Case().when(due < since, total).else_(Greatest(_days_from(due, end) - 1, 0))
	days = late if overdue else total - late
	# an invoice that was settled before, and that nothing happened to since, owes nothing on any of the days
	later = frappe.qb.DocType("Payment Ledger Entry").as_("kam_later_entry")
	touched = (
		frappe.qb.from_(later)
		.select(later.name)
		.where(later.against_voucher_type == "Sales Invoice")
		.where((later.against_voucher_no == entry.against_voucher_no) & (later.posting_date >= start))
		.where(later.delinked == 0)
	)
	conditions = [
		(invoice.outstanding_amount != 0) | ExistsCriterion(touched),
		entry.against_voucher_type == "Sales Invoice",
		entry.account_type == "Receivable",
		entry.delinked == 0,
		entry.company == asked.company,
		entry.posting_date < end,
		invoice.docstatus == 1,
		_not_internal(invoice, asked),
		*_within(asked, customer, invoice, "Sales Invoice"),
	]
	return _run(
		frappe.qb.from_(entry)
		.inner_join(invoice)
		.on(invoice.name == entry.against_voucher_no)
		.left_join(returned)
		.on(returned.name == invoice.return_against)
		.inner_join(customer)
		.on(customer.name == invoice.customer)
		.select(customer.name, Sum(entry.amount * days))
		.where(every(conditions))
		.groupby(customer.name)
	)


def _days_from(day, end):
	"""Days from a day to the end; 0 when it lies after it."""
	return Case().when(day < end, days_between(end, day)).else_(0)


def _credit(asked: Asked) -> pd.Series:
	return _money_days(asked, overdue=False)


def _delay(asked: Asked) -> pd.Series:
	return _money_days(asked, overdue=True)


COUNTERS: dict[str, Callable[[Asked], pd.Series]] = {
	"orders": _orders,
	"order_lines": _order_lines,
	"deliveries": _deliveries,
	"weight": _weight,
	"returns": _returns,
	"calls": _calls,
	"issues": _issues,
	"timesheets": _timesheets,
	"freight": _freight,
	"credit": _credit,
	"delay": _delay,
}


# ---------------------------------------------------------------- the documents behind


def documents_of(driver: str, asked: Asked, customers: list[str]) -> list[dict]:
	"""Lists of the documents behind a driver for some customers: `doctype, filters`, as the desk opens them."""
	company = asked.company
	days = ["between", [str(asked.period.start), str(asked.period.last_day)]]
	of = ["in", customers]
	moved = {"docstatus": 1, "company": company, "customer": of, "posting_date": days}
	orders = [("Sales Order", {"docstatus": 1, "company": company, "customer": of, "transaction_date": days})]
	deliveries = [
		("Delivery Note", {**moved, "is_return": 0}),
		("Sales Invoice", {**moved, "is_return": 0, "update_stock": 1}),
	]
	returns = [("Delivery Note", {**moved, "is_return": 1}), ("Sales Invoice", {**moved, "is_return": 1})]
	# money may be owed on invoices of before
	invoices = [("Sales Invoice", {**moved, "posting_date": ["<=", str(asked.period.last_day)]})]
	if driver == "calls":
		return call_documents(asked.filters, asked.period)
	if driver not in COUNTERS:
		return extending.documents_of(driver, asked, customers)
	lists = {
		"orders": orders,
		"order_lines": orders,
		"deliveries": deliveries,
		"weight": deliveries,
		"returns": returns,
		"issues": [("Issue", {"customer": of, "opening_date": days})],
		"timesheets": [("Timesheet", {"name": ["in", _timesheet_names(asked)]})],
		"freight": [("Shipment", {"docstatus": 1, "delivery_customer": of, "pickup_date": days})],
		"credit": invoices,
		"delay": invoices,
	}[driver]
	return [{"doctype": doctype, "filters": filters} for doctype, filters in lists]
