"""Budget lines of a plan against purchase documents: what is committed and spent, and what documents may name."""

import frappe
import pytest

from kam_erpnext.data import budget
from kam_erpnext.setup import custom_fields
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.plan_builders import make_plan

SERVICE = "Test Budget Service"


@pytest.fixture
def plan():
	"""A plan in force with the budget lines B1 and B2."""
	b.ensure_company()
	b.ensure_customer("Budget Customer")
	b.ensure_item(SERVICE, stock=False)
	ensure_supplier()
	account = make_account("Budget Account", ["Budget Customer"])
	return in_force(
		make_plan(
			account.name,
			budget=[{"purpose": "Event", "planned": 1000}, {"purpose": "Samples", "planned": 500}],
		)
	)


def in_force(plan, status="In Execution", docstatus=1):
	"""As if it had been approved; the approval has tests of its own."""
	plan.db_set({"docstatus": docstatus, "status": status})
	return frappe.get_doc(plan.doctype, plan.name)


def ensure_supplier(name="Test Supplier"):
	if not frappe.db.exists("Supplier", name):
		frappe.get_doc(
			{"doctype": "Supplier", "supplier_name": name, "supplier_group": "All Supplier Groups"}
		).insert()
	return name


def new_purchase(doctype, plan=None, line="B1", amount=100, qty=1, company=b.COMPANY, **fields):
	dates = (
		{"transaction_date": "2019-03-01", "schedule_date": "2019-03-02"}
		if doctype == "Purchase Order"
		else {"posting_date": "2019-03-05", "set_posting_time": 1, "due_date": "2019-03-05"}
	)
	currency = frappe.get_cached_value("Company", company, "default_currency")
	return frappe.get_doc(
		{
			"doctype": doctype,
			"supplier": "Test Supplier",
			"company": company,
			"currency": currency,
			"conversion_rate": 1,
			"buying_price_list": "Standard Buying",
			"price_list_currency": currency,
			"plc_conversion_rate": 1,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"kam_plan": plan.name if plan else None,
			"kam_budget_line": line if plan else None,
			"items": [{"item_code": SERVICE, "qty": qty, "rate": amount, "price_list_rate": amount}],
			**dates,
			**fields,
		}
	)


def buy(doctype, plan=None, submit=True, **fields):
	document = new_purchase(doctype, plan, **fields).insert()
	if submit:
		document.submit()
	return document


def invoice_of(order, qty=None, submit=True):
	from erpnext.buying.doctype.purchase_order.purchase_order import make_purchase_invoice

	invoice = make_purchase_invoice(order.name)
	invoice.update(
		{"posting_date": "2019-03-10", "set_posting_time": 1, "due_date": "2019-03-10", "bill_no": "1"}
	)
	if qty:
		invoice.items[0].qty = qty
	invoice.insert()
	if submit:
		invoice.submit()
	return invoice


# ---------------------------------------------------------------- committed and spent


def test_the_form_of_a_plan_shows_what_was_spent_by_now_and_saving_does_not_store_it(plan):
	buy("Purchase Invoice", plan, amount=123.45)
	form = frappe.get_doc(plan.doctype, plan.name)
	form.run_method("onload")
	assert (form.budget[0].spent, form.total_spent) == (123.45, 123.45)
	form.next_review = "2019-06-01"
	form.save()
	stored = frappe.get_doc(plan.doctype, plan.name)
	assert (stored.budget[0].spent, stored.total_spent) == (0, 0)
	assert str(stored.next_review) == "2019-06-01"


def test_an_invoice_moves_what_is_spent_by_exactly_its_amount(plan):
	assert budget.spent(plan) == {}
	invoice = buy("Purchase Invoice", plan, amount=123.45, submit=False)
	assert budget.spent(plan) == {}
	invoice.submit()
	assert budget.spent(plan) == {"B1": (0, 123.45)}
	buy("Purchase Invoice", plan, line="B2", amount=10)
	buy("Purchase Invoice", None, amount=77)
	assert budget.spent(plan) == {"B1": (0, 123.45), "B2": (0, 10)}
	b.cancel(invoice)
	assert budget.spent(plan) == {"B2": (0, 10)}


def test_a_return_is_taken_off(plan):
	from erpnext.accounts.doctype.purchase_invoice.purchase_invoice import make_debit_note

	invoice = buy("Purchase Invoice", plan, amount=100, qty=2)
	note = make_debit_note(invoice.name)
	assert (note.kam_plan, note.kam_budget_line) == (plan.name, "B1")
	note.items[0].qty = -1
	note.insert()
	note.submit()
	assert budget.spent(plan) == {"B1": (0, 100)}


def test_an_order_is_committed_until_it_is_invoiced(plan):
	order = buy("Purchase Order", plan, amount=100, qty=4)
	assert budget.spent(plan) == {"B1": (400, 0)}
	part = invoice_of(order, qty=1)
	assert (part.kam_plan, part.kam_budget_line) == (plan.name, "B1")
	assert budget.spent(plan) == {"B1": (300, 100)}
	rest = invoice_of(order)
	assert budget.spent(plan) == {"B1": (0, 400)}
	b.cancel(rest)
	assert budget.spent(plan) == {"B1": (300, 100)}


def test_orders_that_are_closed_or_cancelled_commit_nothing(plan):
	order, other = buy("Purchase Order", plan), buy("Purchase Order", plan, amount=50)
	assert budget.spent(plan) == {"B1": (150, 0)}
	order.update_status("Closed")
	assert budget.spent(plan) == {"B1": (50, 0)}
	b.cancel(other)
	assert budget.spent(plan) == {}


def test_foreign_currency_counts_in_that_of_the_company(plan):
	buy("Purchase Invoice", plan, amount=100, currency="EUR", conversion_rate=1.25, price_list_currency="EUR")
	assert budget.spent(plan) == {"B1": (0, 125)}


def test_timesheets_count_with_their_cost(plan):
	sheet = frappe.get_doc(
		{
			"doctype": "Timesheet",
			"company": b.COMPANY,
			"kam_plan": plan.name,
			"kam_budget_line": "B2",
			"time_logs": [
				{
					"activity_type": frappe.get_all("Activity Type", pluck="name")[0],
					"from_time": "2019-03-01 08:00:00",
					"to_time": "2019-03-01 10:00:00",
					"hours": 2,
				}
			],
		}
	).insert()
	for row in sheet.time_logs:
		row.db_set({"costing_rate": 30, "costing_amount": 60, "base_costing_amount": 60})
	sheet.db_set({"base_total_costing_amount": 60, "docstatus": 1})
	assert budget.spent(plan) == {"B2": (0, 60)}
	sheet.db_set("docstatus", 2)
	assert budget.spent(plan) == {}


def test_documents_behind_the_budget(plan, as_user):
	order = buy("Purchase Order", plan)
	invoice = buy("Purchase Invoice", plan, line="B2", amount=30)
	rows = budget.documents_of(plan)
	assert [(row["doctype"], row["name"], row["kind"], row["amount"]) for row in rows] == [
		("Purchase Invoice", invoice.name, "spent", 30),
		("Purchase Order", order.name, "committed", 100),
	]
	assert [row["name"] for row in budget.documents_of(plan, "B2")] == [invoice.name]
	user = b.ensure_user("budget.director@example.com", ["Key Account Director"])
	with as_user(user):
		assert budget.documents_of(plan) == []  # no right on purchase documents
		assert budget.spent(plan) == {"B1": (100, 0), "B2": (0, 30)}


def test_user_permissions_fence_the_totals(plan, as_user):
	ensure_supplier("Other Supplier")
	buy("Purchase Invoice", plan, amount=10)
	buy("Purchase Invoice", plan, amount=20, supplier="Other Supplier")
	user = b.ensure_user("budget.fenced@example.com", ["KAM Reader"])
	b.allow_only(user, "Supplier", "Other Supplier")
	with as_user(user):
		assert budget.spent(plan) == {"B1": (0, 20)}


# ---------------------------------------------------------------- versions


def test_documents_of_all_versions_count_and_follow_the_newest(plan):
	order = buy("Purchase Order", plan)
	newer = make_plan(
		plan.key_account, from_date="2021-01-01", budget=[{"purpose": "Event", "planned": 1000}]
	)
	newer.db_set({"first_version": plan.name})
	newer = in_force(newer)
	assert budget.spent(newer) == budget.spent(plan) == {"B1": (100, 0)}
	budget.move_to_version(plan.name, newer.name)
	in_force(plan, "Superseded", 2)
	order.reload()
	assert order.kam_plan == newer.name
	invoice = invoice_of(order)
	assert invoice.kam_plan == newer.name and budget.spent(newer) == {"B1": (0, 100)}


def test_an_invoice_of_an_order_whose_plan_was_cancelled_can_be_booked(plan):
	order = buy("Purchase Order", plan)
	in_force(plan, "Cancelled", 2)
	invoice = invoice_of(order)
	assert not invoice.kam_plan and not invoice.kam_budget_line and invoice.docstatus == 1


def test_a_line_that_was_deleted_keeps_its_documents_and_takes_no_new_ones(plan):
	order = buy("Purchase Order", plan, line="B2")
	plan.budget[1].delete()
	plan = frappe.get_doc(plan.doctype, plan.name)
	assert budget.spent(plan) == {"B2": (100, 0)}
	order.reload()
	order.save()  # nothing about the budget changed
	with pytest.raises(frappe.ValidationError, match=r"B2.*is not in Key Account Plan"):
		buy("Purchase Order", plan, line="B2")
	assert not invoice_of(order).kam_plan
	buy("Purchase Invoice", plan, amount=7)
	budget.refresh(plan)
	assert plan.budget[0].spent == 7 and plan.total_spent == 7


def test_refresh_sets_the_rows_and_the_total(plan):
	buy("Purchase Invoice", plan, amount=40)
	buy("Purchase Order", plan, line="B2", amount=25)
	budget.refresh(plan)
	assert [(row.committed, row.spent) for row in plan.budget] == [(0, 40), (25, 0)]
	assert plan.total_spent == 40


# ---------------------------------------------------------------- what documents may name


def test_what_a_document_may_name(plan):
	b.ensure_euro_company()
	with pytest.raises(
		frappe.ValidationError,
		match="belongs to company Test Company.*Test Company Europe".replace("Test Company.*", ".*"),
	):
		new_purchase("Purchase Order", plan, company=b.EURO_COMPANY).insert()
	with pytest.raises(frappe.ValidationError, match=r"choose the Budget Line.*B1 \(Event\)"):
		new_purchase("Purchase Order", plan, line=None).insert()
	with pytest.raises(frappe.ValidationError, match=r"B9.*Its lines are: B1 \(Event\), B2"):
		new_purchase("Purchase Invoice", plan, line="B9").insert()
	draft = make_plan(plan.key_account, from_date="2021-01-01", budget=[{"purpose": "Event", "planned": 1}])
	with pytest.raises(frappe.ValidationError, match="is Draft"):
		new_purchase("Purchase Order", draft).insert()
	bare = in_force(make_plan(plan.key_account, from_date="2022-01-01"))
	with pytest.raises(frappe.ValidationError, match="has no budget"):
		new_purchase("Purchase Order", bare).insert()


def test_without_a_plan_there_is_no_line(plan):
	order = new_purchase("Purchase Order", None).insert()
	order.kam_budget_line = "B1"
	order.save()
	assert not order.kam_budget_line


def test_a_plan_can_be_named_after_submitting(plan):
	invoice = buy("Purchase Invoice", None, amount=15)
	invoice.kam_plan, invoice.kam_budget_line = plan.name, "B1"
	invoice.save()
	assert budget.spent(plan) == {"B1": (0, 15)}
	invoice.kam_budget_line = "B9"
	with pytest.raises(frappe.ValidationError, match="B9"):
		invoice.save()


def test_who_may_not_see_a_plan_cannot_name_it_but_can_book_the_invoice(plan, as_user):
	order = buy("Purchase Order", plan)
	clerk = b.ensure_user("budget.clerk@example.com", ["Accounts User", "Accounts Manager", "Purchase User"])
	with as_user(clerk):
		with pytest.raises(frappe.PermissionError):
			buy("Purchase Invoice", plan, submit=False)
		invoice = invoice_of(order)
		assert invoice.kam_plan == plan.name
		from kam_erpnext.api.budget import lines

		assert lines(plan.name) == []
	assert lines(plan.name)[0]["code"] == "B1"


def test_fields_stand_on_the_documents_there_are():
	fields = custom_fields.fields_of_site()
	assert {"Purchase Order", "Purchase Invoice", "Timesheet"} <= set(fields)
	assert ("Expense Claim" in fields) == bool(frappe.db.exists("DocType", "Expense Claim"))
	selling = {"Opportunity", "Quotation", "Sales Order", "Project"}
	assert selling <= set(fields)
	for doctype in set(fields) - {"Customer", "Event"}:
		meta = frappe.get_meta(doctype)
		if doctype in selling:
			assert meta.get_field("kam_opportunity").options == "Key Account Opportunity"
		else:
			assert meta.get_field("kam_plan").options == "Key Account Plan" and meta.has_field(
				"kam_budget_line"
			)


@pytest.mark.commits
def test_expense_claims_count_once_hrms_is_there(site_point):
	"""HRMS comes later than this app: a doctype of the same shape stands in, and the next migration adds the fields."""
	if frappe.db.exists("DocType", "Expense Claim"):
		pytest.skip("HRMS is installed")
	assert "Expense Claim" not in [source.doctype for source in budget.available()]
	fields = [
		("company", "Link", "Company"),
		("project", "Link", "Project"),
		("posting_date", "Date", None),
		("total_sanctioned_amount", "Currency", None),
	]
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": "Expense Claim",
			"module": "Projects",
			"custom": 1,
			"is_submittable": 1,
			"autoname": "hash",
			"fields": [
				{"fieldname": name, "label": name.title(), "fieldtype": kind, "options": options}
				for name, kind, options in fields
			],
			"permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "submit": 1}],
		}
	).insert()
	frappe.db.commit()
	custom_fields.apply()
	frappe.db.commit()
	b.ensure_customer("Budget Customer")
	account = make_account("Budget Account", ["Budget Customer"])
	plan = in_force(make_plan(account.name, budget=[{"purpose": "Travel", "planned": 1000}]))
	claim = frappe.get_doc(
		{
			"doctype": "Expense Claim",
			"company": b.COMPANY,
			"posting_date": "2019-03-01",
			"total_sanctioned_amount": 42.5,
			"kam_plan": plan.name,
			"kam_budget_line": "B1",
		}
	).insert()
	claim.submit()
	assert budget.spent(plan) == {"B1": (0, 42.5)}
	assert budget.documents_of(plan)[0]["doctype"] == "Expense Claim"
