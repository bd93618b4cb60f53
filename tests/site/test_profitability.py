"""Customer profit and loss against numbers computed by hand on ERPNext documents, and against its Gross Profit report."""

from datetime import date

import frappe
import pytest
from frappe.utils import flt

from kam_erpnext.data import cost_drivers, cost_rates, profitability, sales
from kam_erpnext.data.cost_drivers import Asked
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.customer_value import DRIVERS
from kam_erpnext.engine.periods import Period
from tests.site import builders as b
from tests.site.call_builders import make_call
from tests.site.kam_builders import make_account
from tests.site.plan_builders import make_plan
from tests.site.test_budget import buy, ensure_supplier, in_force
from tests.site.test_sales import gross_profit_of_erpnext

# March and April 2019
PERIOD = Period(date(2019, 3, 1), date(2019, 5, 1))
ITEM, GROUP = "Profit Item", "Profit Group"
WHO = "Profit Customer"
FILTERS = SalesFilters(b.COMPANY, customers=(WHO,))
RATES = {
	"Sales Order": 5,
	"Order Line": 1,
	"Delivery": 3,
	"Weight Delivered": 0.5,
	"Return": 4,
	"Call": 10,
	"Issue": 7,
	"Timesheet": 50,
	"Shipment": 100,
	"Money Owed Until Due": 10,
	"Money Overdue": 20,
}


def make_rate(driver, rate, **fields):
	values = {"driver": driver, "rate": rate, "from_date": "2000-01-02", **fields}
	return frappe.get_doc({"doctype": "KAM Cost Rate", **values}).insert()


def set_rates(rates=RATES):
	for driver, rate in rates.items():
		make_rate(driver, rate)


@pytest.fixture
def who():
	b.ensure_company()
	frappe.db.delete("KAM Cost Rate")
	b.ensure_customer_group(GROUP)
	b.ensure_stock_item(ITEM)
	b.make_receipt([(ITEM, 1000, 6)])
	return b.ensure_customer(WHO, customer_group=GROUP)


def sell(customer, qty=10, listed=10, discount=20, day="2019-03-01", **fields):
	"""Pieces at a list price less a discount in percent, delivered with the invoice."""
	invoice = b.new_invoice(
		customer, [(ITEM, qty, listed * (1 - discount / 100))], day, update_stock=1, **fields
	)
	invoice.items[0].update({"price_list_rate": listed, "discount_percentage": discount})
	invoice.insert()
	invoice.submit()
	return invoice


def row_of(customer=WHO, filters=FILTERS, period=PERIOD):
	return profitability.read_profit(filters, period).frame.loc[customer]


def quantity(driver, filters=FILTERS, period=PERIOD):
	quantity, remark = cost_drivers.quantities(driver, Asked(filters, period))
	assert remark is None
	return quantity.to_dict()


# ---------------------------------------------------------------- down to CM1


def test_from_the_list_price_to_cm1(who):
	invoice = sell(who)  # 10 x 10 less 20 %, cost 6 each
	b.make_return(invoice, "2019-03-11", {ITEM: 2})
	row = row_of()
	assert (row.gross_sales, row.discounts, row.returned, row.net_sales) == (100, 20, 16, 64)
	assert (row.cost, row.cm1, row.documents) == (48, 16, 2)
	# no rates: nothing is subtracted, and no driver is used
	assert (row.serving, row.cm2) == (0, 16)
	assert row.net_sales == sales.net_sales(FILTERS, PERIOD)["net_sales"].sum()


def test_a_discount_on_the_whole_document_counts(who):
	sell(who, apply_discount_on="Net Total", discount_amount=8)
	row = row_of()
	assert (row.gross_sales, row.discounts, row.net_sales) == (100, 28, 72)


def test_a_price_above_the_list_is_no_negative_discount(who):
	invoice = b.new_invoice(who, [(ITEM, 10, 12)], "2019-03-01", update_stock=1)
	invoice.items[0].update(
		{"price_list_rate": 10, "margin_type": "Amount", "margin_rate_or_amount": 2, "rate_with_margin": 12}
	)
	invoice.insert()
	invoice.submit()
	row = row_of()
	assert (row.gross_sales, row.discounts, row.net_sales) == (120, 0, 120)


def test_taxes_within_the_price_are_no_discount(who):
	account = frappe.db.get_value(
		"Account", {"company": b.COMPANY, "account_type": "Tax", "is_group": 0}
	) or frappe.db.get_value("Account", {"company": b.COMPANY, "root_type": "Liability", "is_group": 0})
	sell(
		who,
		listed=12,
		discount=50,
		taxes=[
			{
				"charge_type": "On Net Total",
				"account_head": account,
				"description": "VAT",
				"rate": 20,
				"included_in_print_rate": 1,
			}
		],
	)  # 10 x 12 with 20 % tax is 100 without, half of it is given away
	row = row_of()
	assert (flt(row.gross_sales, 2), flt(row.discounts, 2), flt(row.net_sales, 2)) == (100, 50, 50)


def test_another_currency_and_unit(who):
	b.ensure_exchange_rate("EUR", "USD")
	sell(who, currency="EUR")
	row = row_of()
	assert (row.gross_sales, row.discounts, row.net_sales) == (125, 25, 100)


def test_cm1_equals_the_gross_profit_report(adventureworks):
	year = Period(date(2019, 1, 1), date(2020, 1, 1))
	expected = gross_profit_of_erpnext(year, adventureworks.COMPANY)
	ours = profitability.read_profit(SalesFilters(adventureworks.COMPANY), year).frame
	assert len(expected) >= 50 and set(ours.index) == set(expected)
	for customer, row in expected.items():
		assert flt(ours.loc[customer, "cm1"], 1) == pytest.approx(flt(row["gross_profit"]), abs=0.5)
	steps = ours["gross_sales"] - ours["discounts"] - ours["returned"] - ours["net_sales"]
	assert steps.abs().max() < 1e-3


# ---------------------------------------------------------------- cost to serve


def test_money_that_is_owed_until_due_and_after(who):
	invoice = sell(who, due_date="2019-03-31")  # 80
	b.make_return(invoice, "2019-03-11", {ITEM: 2})  # 16
	b.make_payment(invoice, "2019-03-21", 30)
	b.make_payment(invoice, "2019-04-20", 34)
	# 10 days 80, 10 days 64, 11 days 34 until it is due; 19 days 34 after it
	assert quantity("credit") == {who: 800 + 640 + 374}
	assert quantity("delay") == {who: 19 * 34}
	# the same days in two pieces
	march, april = Period(date(2019, 3, 1), date(2019, 4, 1)), Period(date(2019, 4, 1), date(2019, 5, 1))
	assert quantity("credit", period=march) == {who: 1814}
	assert (quantity("credit", period=april), quantity("delay", period=april)) == ({who: 0}, {who: 646})


def test_orders_lines_and_deliveries(who):
	order = b.make_order(who, [(ITEM, 2, 10), (ITEM, 3, 10)], "2019-03-05")
	b.make_order(who, [(ITEM, 2, 10)], "2019-05-01")  # the day after the period
	b.make_order(who, [(ITEM, 2, 10)], "2019-03-05", submit=False)
	note = deliver(order)
	sell(who)
	assert (quantity("orders"), quantity("order_lines")) == ({who: 1}, {who: 2})
	assert quantity("deliveries") == {who: 2}  # the note, and the invoice that delivers itself
	assert note.total_net_weight == 0 and quantity("weight") == {who: 0}


def deliver(order, day="2019-03-06"):
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	note = make_delivery_note(order.name)
	note.update({"posting_date": day, "posting_time": "12:00:00", "set_posting_time": 1})
	note.insert()
	note.submit()
	return note


def test_a_return_note_and_its_credit_note_are_one_return(who):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice, make_sales_return

	note = deliver(b.make_order(who, [(ITEM, 5, 10)], "2019-03-05"))
	back = make_sales_return(note.name)
	back.update({"posting_date": "2019-03-07", "posting_time": "13:00:00", "set_posting_time": 1})
	back.items[0].update({"qty": -1, "stock_qty": -1})
	back.insert()
	back.submit()
	assert quantity("returns") == {who: 1}
	credit = make_sales_invoice(back.name)
	credit.update(
		{"posting_date": "2019-03-08", "set_posting_time": 1, "is_return": 1, "due_date": "2019-03-08"}
	)
	credit.insert()
	credit.submit()
	assert quantity("returns") == {who: 1}
	b.make_return(sell(who), "2019-03-11", {ITEM: 2})
	assert quantity("returns") == {who: 2}


def make_event(day, *participants, **fields):
	return frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Visit",
			"event_category": "Meeting",
			"event_type": "Public",
			"starts_on": f"{day} 10:00:00",
			"ends_on": f"{day} 11:00:00",
			"event_participants": [
				{"reference_doctype": doctype, "reference_docname": name} for doctype, name in participants
			],
			**fields,
		}
	).insert()


def test_calls(who):
	other = b.ensure_customer("Profit Neighbour", customer_group=GROUP)
	account = make_account("Profit Account", [who, other]).name
	both = SalesFilters(b.COMPANY, customers=(who, other))
	make_event("2019-03-05", ("Customer", who))
	make_event("2019-03-06", ("Customer", who), ("Customer", other))
	make_event("2019-03-07", ("Key Account", account))
	make_event("2019-03-08", ("Customer", who), ("Key Account", account))
	make_event("2019-03-09", ("Customer", who), status="Cancelled")
	make_event("2019-05-01", ("Customer", who))
	make_event("2019-03-10", ("Customer", who), event_category="Sent/Received Email")
	found = quantity("calls", both)
	assert found == {who: 3, other: 1}  # 1 + half + half + 1, half + half
	for customer in (who, who, other):
		call = make_call(customer)
		call.db_set({"status": "Made", "made_on": "2019-03-12"})
	# stands for one of them, and does not count beside it
	make_event("2019-03-12", ("Customer", other)).db_set("kam_customer_call", call.name)
	make_call(who)  # planned only
	assert quantity("calls", both) == {who: 5, other: 2}


def test_issues_timesheets_and_freight(who):
	issue = frappe.get_doc({"doctype": "Issue", "subject": "Broken", "customer": who, "company": b.COMPANY})
	issue.insert()
	issue.db_set("opening_date", "2019-03-05")
	make_timesheet(who, 60)
	make_shipment(who, 45)
	make_shipment(who, 99, docstatus=0)
	assert quantity("issues") == {who: 1}
	assert quantity("timesheets") == {who: 60}
	assert quantity("freight") == {who: 45}


def make_timesheet(customer, cost, plan=None, day="2019-03-05"):
	project = frappe.get_doc(
		{
			"doctype": "Project",
			"project_name": f"Service {frappe.generate_hash(length=5)}",
			"customer": customer,
			"company": b.COMPANY,
		}
	).insert()
	sheet = frappe.get_doc(
		{
			"doctype": "Timesheet",
			"company": b.COMPANY,
			"time_logs": [
				{
					"activity_type": frappe.get_all("Activity Type", pluck="name")[0],
					"from_time": f"{day} 08:00:00",
					"to_time": f"{day} 10:00:00",
					"hours": 2,
					"project": project.name,
				}
			],
		}
	).insert()
	sheet.time_logs[0].db_set({"costing_rate": cost / 2, "costing_amount": cost, "base_costing_amount": cost})
	sheet.db_set({"base_total_costing_amount": cost, "docstatus": 1, "kam_plan": plan})
	return sheet


def make_shipment(customer, amount, docstatus=1):
	shipment = frappe.get_doc(
		{
			"doctype": "Shipment",
			"pickup_from_type": "Company",
			"pickup_company": b.COMPANY,
			"delivery_to_type": "Customer",
			"delivery_customer": customer,
			"pickup_date": "2019-03-05",
			"shipment_amount": amount,
			"docstatus": 0,
		}
	)
	shipment.flags.ignore_mandatory = shipment.flags.ignore_validate = shipment.flags.ignore_links = True
	shipment.insert()
	shipment.db_set({"docstatus": docstatus, "shipment_amount": amount})
	return shipment


def test_the_whole_way_down_to_cm2(who):
	set_rates()
	invoice = sell(who, due_date="2019-03-31")
	b.make_return(invoice, "2019-03-11", {ITEM: 2})
	b.make_payment(invoice, "2019-03-21", 30)
	b.make_payment(invoice, "2019-04-20", 34)
	b.make_order(who, [(ITEM, 2, 10), (ITEM, 3, 10)], "2019-03-05")
	make_event("2019-03-05", ("Customer", who))
	make_timesheet(who, 60)
	make_shipment(who, 45)
	row = row_of()
	costs = {driver: flt(row[f"cost_{driver}"], 6) for driver in DRIVERS}
	assert costs == {
		"orders": 5,
		"order_lines": 2,
		"deliveries": 3,
		"weight": 0,
		"returns": 4,
		"calls": 10,
		"issues": 0,
		"timesheets": 30,
		"freight": 45,
		"credit": flt(1814 * 0.10 / 365, 6),
		"delay": flt(646 * 0.20 / 365, 6),
	}
	assert row.serving == pytest.approx(sum(costs.values()))
	assert row.cm2 == pytest.approx(16 - sum(costs.values()))


def test_a_driver_at_zero_is_not_used(who):
	make_rate("Sales Order", 0)
	b.make_order(who, [(ITEM, 2, 10)], "2019-03-05")
	sell(who)
	found = profitability.read_profit(FILTERS, PERIOD)
	assert found.used == [] and found.unused == list(DRIVERS)
	assert found.frame.loc[who, "serving"] == 0


def test_only_some_items_have_no_cost_to_serve(who):
	set_rates()
	sell(who)
	group = frappe.db.get_value("Item", ITEM, "item_group")
	found = profitability.read_profit(SalesFilters(b.COMPANY, item_group=group), PERIOD)
	row = found.frame.loc[who]
	assert found.partial and row.cm1 == 20
	assert row.serving != row.serving and row.cm2 != row.cm2  # not known, not 0


def test_cost_to_serve_without_a_sale(who):
	make_rate("Call", 10)
	make_event("2019-03-05", ("Customer", who))
	row = row_of()
	assert (row.net_sales, row.serving, row.cm2) == (0, 10, -10)


# ---------------------------------------------------------------- rates


def test_the_rate_of_the_day_counts(who):
	make_rate("Sales Order", 5)
	make_rate("Sales Order", 8, from_date="2019-04-01")
	for day in ("2019-03-31", "2019-04-01", "2019-04-30"):
		b.make_order(who, [(ITEM, 1, 10)], day)
	row = row_of()
	assert (row.quantity_orders, row.cost_orders) == (3, 5 + 8 + 8)


def test_the_nearest_group_then_the_company_then_the_newest_rate_wins(who):
	b.ensure_customer_group("Profit Groups", is_group=True)
	b.ensure_customer_group("Profit Inner", "Profit Groups")
	make_rate("Sales Order", 1)
	make_rate("Sales Order", 2, for_company=b.COMPANY)
	make_rate("Sales Order", 3, for_company=b.ensure_euro_company())
	make_rate("Sales Order", 4, customer_group="Profit Groups")
	make_rate("Sales Order", 5, from_date="2019-02-01")
	rates = cost_rates.read_rates(b.COMPANY)
	day = date(2019, 3, 1)
	assert rates.rate("orders", "Profit Inner", day) == 4
	assert rates.rate("orders", GROUP, day) == 2
	assert rates.rate("orders", None, date(1999, 1, 1)) is None
	assert cost_rates.read_rates(b.EURO_COMPANY).rate("orders", GROUP, day) == 3


def test_a_rate_is_entered_once_and_tells_its_unit(who):
	rate = make_rate("Call", 10, for_company=b.COMPANY)
	assert rate.unit == "USD per call"
	assert make_rate("Money Overdue", 5).unit == "% interest a year"
	with pytest.raises(frappe.ValidationError, match="already holds from"):
		make_rate("Call", 11, for_company=b.COMPANY)
	with pytest.raises(frappe.ValidationError):
		make_rate("Call", -1, from_date="2019-01-01")
	make_rate("Call", 11)  # for all companies


def test_shipped_rates_are_not_used():
	from kam_erpnext.setup import cost_rates as shipped

	frappe.db.delete("KAM Cost Rate")
	shipped.remove()
	shipped.apply()
	rates = frappe.get_all("KAM Cost Rate", fields=["name", "driver", "rate", "for_company", "unit"])
	assert {row.driver for row in rates} == set(cost_rates.DRIVER_KEYS)
	assert {(row.rate, row.for_company) for row in rates} == {(0, None)} and all(row.unit for row in rates)
	frappe.delete_doc("KAM Cost Rate", rates[0].name)
	shipped.apply()
	assert frappe.db.count("KAM Cost Rate") == len(rates) - 1


# ---------------------------------------------------------------- key account work


@pytest.fixture
def planned(who):
	ensure_supplier()
	b.ensure_item("Test Budget Service", stock=False)
	account = make_account("Profit Account", [who]).name
	return in_force(
		make_plan(account, budget=[{"purpose": "Event", "planned": 3650}], from_date="2019-01-01")
	)


def test_key_account_work_of_the_period(planned):
	buy("Purchase Invoice", planned, amount=100)  # 5 March
	buy("Purchase Order", planned, amount=500)  # committed is not spent
	buy("Purchase Invoice", planned, amount=70, posting_date="2019-05-05", due_date="2019-05-05")
	make_timesheet(WHO, 60, planned.name)
	work = profitability.read_work(b.COMPANY, PERIOD)
	row = work.frame.loc[planned.key_account]
	assert (row.spent, row.hours, row.documents) == (160, 2, 2)
	assert row.planned == pytest.approx(3650 * 61 / 365)
	assert work.cost_of([planned.key_account, "nobody"]) == 160
	# hours on a plan are not cost to serve, too
	assert quantity("timesheets") == {}


def test_plans_of_others_are_not_in_the_work(planned, as_user):
	buy("Purchase Invoice", planned, amount=100)
	manager = b.ensure_user("profit.manager@example.com", ["Key Account Manager", "Sales User"])
	with as_user(manager):
		assert profitability.read_work(b.COMPANY, PERIOD).frame.empty


def test_a_fence_can_only_lower_what_is_counted(who, as_user):
	set_rates()
	sell(who)
	b.make_order(who, [(ITEM, 2, 10)], "2019-03-05")
	other = b.ensure_customer("Profit Neighbour", customer_group=GROUP)
	sell(other)
	b.make_order(other, [(ITEM, 2, 10)], "2019-03-05")
	make_event("2019-03-05", ("Customer", other))
	reader = b.ensure_user("profit.reader@example.com", ["KAM Reader", "Sales User"])
	b.allow_only(reader, "Customer", who)
	all_of_it = profitability.read_profit(SalesFilters(b.COMPANY), PERIOD).frame
	assert {who, other} <= set(all_of_it.index)
	with as_user(reader):
		own = profitability.read_profit(SalesFilters(b.COMPANY), PERIOD).frame
	assert list(own.index) == [who]
	numbers = ["gross_sales", "net_sales", "cost", "serving", "cm2"]
	assert own.loc[who, numbers].to_dict() == all_of_it.loc[who, numbers].to_dict()
