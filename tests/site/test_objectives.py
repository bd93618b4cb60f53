"""Targets and objectives of a plan read from documents: by hand, and after each thing that can happen to an invoice."""

from datetime import date
from decimal import Decimal

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime, today

from kam_erpnext.data import objectives, plan_figures, sales
from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.data.objectives import baseline_of, live, measure_objective, refresh
from kam_erpnext.data.plan_figures import target_figures
from kam_erpnext.engine.periods import Period
from tests.site import builders as b
from tests.site.kam_builders import make_account, make_criteria
from tests.site.plan_builders import make_plan

ITEM = b.SERVICE_ITEM
PUMP = "Test Pump Service"


@pytest.fixture
def world():
	"""Two customers of an account and one outside, items in two groups of which one lies below the other."""
	b.ensure_company()
	b.ensure_item_group("Test Machines", is_group=True)
	b.ensure_item_group("Test Pumps", parent="Test Machines")
	b.ensure_service_item()
	b.ensure_item(PUMP, "Test Pumps", stock=False)
	b.ensure_item("Test Machine Service", "Test Machines", stock=False)
	for name in ("Plan Customer A", "Plan Customer B", "Plan Stranger"):
		b.ensure_customer(name)
	account = make_account("Plan Figures Account", ["Plan Customer A", "Plan Customer B"])
	return frappe._dict(account=account.name)


def new_plan(account, objectives=(), targets=(), **fields):
	"""A plan in memory; the functions tested read its fields only."""
	return frappe.get_doc(
		{
			"doctype": "Key Account Plan",
			"name": "KAP-TEST",
			"key_account": account,
			"company": b.COMPANY,
			"currency": "USD",
			"period_type": "Calendar Year",
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			"scope": "Own Customers",
			"objectives": [dict(row) for row in objectives],
			"targets": [{"idx": idx, **row} for idx, row in enumerate(targets, 1)],
			**fields,
		}
	)


def objective(measure, **fields):
	values = {"objective": "Something", "baseline_known": 1, "weight": 100, "state": "Open", **fields}
	return {"measure": measure, **values}


def value_of(plan, as_of="2019-12-31"):
	return measure_objective(plan, plan.objectives[0], as_of)


def sell(customer="Plan Customer A", amount=100, item=ITEM, posting_date="2019-06-15", **fields):
	return b.make_invoice(customer, [(item, 1, amount)], posting_date, **fields)


# ---------------------------------------------------------------- an invoice moves the value by exactly its amount


def test_net_sales_move_by_exactly_the_amount_of_each_document(world):
	plan = new_plan(world.account, [objective("Net Sales", target=1000)])
	assert value_of(plan).value == 0
	first = sell(amount=123.45)
	assert value_of(plan).value == 123.45
	draft = sell(amount=50, submit=False)
	assert value_of(plan).value == 123.45
	draft.submit()
	assert value_of(plan).value == 173.45
	b.make_return(draft)
	assert value_of(plan).value == 123.45
	b.cancel(first)
	assert value_of(plan).value == 0
	b.amend(first)
	assert value_of(plan).value == 123.45
	measured = value_of(plan)
	assert measured.documents == 3 and "2019" in measured.explanation
	assert measured.route["doctype"] == "Sales Invoice"


@pytest.mark.parametrize(
	("fields", "moves"),
	[
		({"customer": "Plan Customer B"}, 100),
		({"customer": "Plan Stranger"}, 0),
		({"posting_date": "2018-12-31"}, 0),
		({"posting_date": "2019-01-01"}, 100),
		({"posting_date": "2019-12-31"}, 100),
		({"posting_date": "2020-01-01"}, 0),
		({"currency": "EUR"}, 125),
		({"item": PUMP}, 100),
	],
)
def test_what_counts_for_net_sales(world, fields, moves):
	plan = new_plan(world.account, [objective("Net Sales", target=1000)])
	sell(**fields)
	assert value_of(plan).value == moves


def test_an_internal_customer_and_another_company_do_not_count(world):
	b.ensure_euro_company()
	internal = b.ensure_internal_customer()
	account = frappe.get_doc("Key Account", world.account)
	account.append("customers", {"customer": internal})
	account.change_reason = "Test"
	account.save()
	plan = new_plan(world.account, [objective("Net Sales", target=1000)])
	assert internal in plan_figures.customers_of(plan)
	sell(internal)
	sell(company=b.EURO_COMPANY, amount=70, currency="EUR")
	assert value_of(plan).value == 0
	euro = new_plan(
		world.account, [objective("Net Sales", target=1000)], company=b.EURO_COMPANY, currency="EUR"
	)
	assert value_of(euro).value == 70


def test_an_objective_of_an_item_group_counts_the_groups_below(world):
	plan = new_plan(world.account, [objective("Net Sales", target=1000, item_group="Test Machines")])
	sell(amount=10)
	sell(amount=20, item=PUMP)
	sell(amount=40, item="Test Machine Service")
	assert value_of(plan).value == 60
	plan.objectives[0].item_group = "Test Pumps"
	assert value_of(plan).value == 20


def test_the_days_from_the_start_to_today_or_the_due_day_count(world):
	sell(amount=10, posting_date="2019-03-31")
	sell(amount=20, posting_date="2019-04-01")
	sell(amount=40, posting_date="2019-07-01")
	plan = new_plan(world.account, [objective("Net Sales", target=1000)])
	assert value_of(plan, "2019-03-31").value == 10
	assert value_of(plan, "2019-04-01").value == 30
	assert value_of(plan, "2030-01-01").value == 70
	before = value_of(plan, "2018-12-31")
	assert before.value is None and "starts on" in before.explanation
	plan.objectives[0].due = "2019-06-30"
	assert value_of(plan, "2030-01-01").value == 30


def test_whole_account_counts_the_customers_below(world):
	below = make_account("Plan Figures Below", ["Plan Stranger"], parent=world.account, level="Regional")
	sell(amount=10)
	sell("Plan Stranger", amount=20)
	rows = [objective("Net Sales", target=1000)]
	assert value_of(new_plan(world.account, rows)).value == 10
	assert value_of(new_plan(world.account, rows, scope="Whole Account")).value == 30
	assert value_of(new_plan(below.name, rows)).value == 20


# ---------------------------------------------------------------- the other measures, by hand


def test_gross_profit_and_margin(world):
	b.ensure_stock_item()
	b.make_receipt([(b.STOCK_ITEM, 10, 60)])
	b.make_invoice("Plan Customer A", [(b.STOCK_ITEM, 2, 100)], "2019-06-15")
	profit, margin = (
		value_of(new_plan(world.account, [objective(name)])).value
		for name in ("Gross Profit", "Gross Margin %")
	)
	assert (profit, margin) == (80, 40)


def test_item_groups_orders_and_growth(world):
	sell(amount=100, posting_date="2018-06-15")
	sell(amount=60)
	sell(amount=90, item=PUMP)
	b.make_order("Plan Customer A", [(ITEM, 1, 10)])
	b.make_order("Plan Customer B", [(ITEM, 1, 10)], submit=False)
	plan = new_plan(
		world.account,
		[objective(name) for name in ("Item Groups Bought", "Sales Growth %", "Orders", "Orders per Month")],
	)
	values = [measure_objective(plan, row, "2019-12-31").value for row in plan.objectives]
	assert values[:3] == [2, 50, 1]
	assert values[3] == pytest.approx(2 / (365 / (365.25 / 12)), abs=1e-6)


def test_payment_delay(world):
	plan = new_plan(world.account, [objective("Payment Delay (Days)")])
	unknown = value_of(plan)
	assert unknown.value is None and "Not known" in unknown.explanation
	invoice = sell(amount=100, posting_date="2019-06-01")
	b.make_payment(invoice, "2019-06-11")
	assert value_of(plan).value == 10


def test_open_issues(world):
	plan = new_plan(world.account, [objective("Open Issues", target=0)], from_date="2026-01-01", to_date=None)
	for status, customer in (
		("Open", "Plan Customer A"),
		("Replied", "Plan Customer B"),
		("Closed", "Plan Customer A"),
		("Open", "Plan Stranger"),
	):
		issue = frappe.get_doc(
			{"doctype": "Issue", "subject": "Test", "customer": customer, "company": b.COMPANY}
		).insert()
		issue.db_set("status", status)
	assert value_of(plan, None).value == 2
	assert value_of(plan, today()).value == 2


def test_share_of_wallet(world):
	plan = new_plan(world.account, [objective("Share of Wallet %")])
	unknown = value_of(plan)
	assert unknown.value is None and "yearly spend" in unknown.explanation
	sell(amount=250)
	frappe.db.set_value(
		"Key Account",
		world.account,
		{"yearly_spend": 800, "spend_currency": "EUR", "spend_as_of": "2019-01-01"},
	)
	b.ensure_exchange_rate("EUR", "USD", 1.25)
	assert value_of(plan).value == 25  # of 800 EUR = 1,000 USD
	frappe.db.set_value("Key Account", world.account, {"spend_currency": "XAF"})
	frappe.db.set_single_value("Currency Exchange Settings", "disabled", 1)
	frappe.clear_document_cache("Currency Exchange Settings", "Currency Exchange Settings")
	missing = value_of(plan)
	assert missing.value is None and "XAF" in missing.explanation
	assert exchange_rate("XAF", "USD", "2019-01-01") is None


def make_event(starts_on, participant, category="Call", status="Open", event_type="Public", **fields):
	return frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Test call",
			"event_category": category,
			"event_type": event_type,
			"starts_on": starts_on,
			"status": status,
			"event_participants": [
				{"reference_doctype": participant[0], "reference_docname": participant[1]}
			],
			**fields,
		}
	).insert()


def test_calls_made(world, as_user):
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Plan Contact",
			"links": [{"link_doctype": "Customer", "link_name": "Plan Customer B"}],
		}
	).insert()
	plan = new_plan(world.account, [objective("Calls Made", target=5)])
	day = "2019-03-05 10:00:00"
	make_event(day, ("Customer", "Plan Customer A"))
	make_event(day, ("Contact", contact.name), "Meeting")
	make_event(day, ("Key Account", world.account), "Event")
	make_event(day, ("Customer", "Plan Stranger"))
	make_event(day, ("Customer", "Plan Customer A"), "Other")
	make_event(day, ("Customer", "Plan Customer A"), status="Cancelled")
	make_event("2018-03-05 10:00:00", ("Customer", "Plan Customer A"))
	assert value_of(plan).value == 3
	# one that lies ahead counts when it is marked as completed
	running = new_plan(world.account, [objective("Calls Made", target=5)], from_date=today(), to_date=None)
	ahead = make_event(add_days(now_datetime(), 3), ("Customer", "Plan Customer A"))
	assert value_of(running, add_days(today(), 5)).value == 0
	ahead.db_set("status", "Completed")
	assert value_of(running, add_days(today(), 5)).value == 1
	# private entries of others are nobody's business
	make_event(day, ("Customer", "Plan Customer A"), event_type="Private")
	assert value_of(plan).value == 4
	director = b.ensure_user("figures.director@example.com", ["Key Account Director"])
	with as_user(director):
		assert value_of(plan).value == 3


def test_survey_score(world):
	frappe.get_doc(
		{
			"doctype": "Quality Feedback Template",
			"template": "Test Survey",
			"parameters": [{"parameter": "Price"}, {"parameter": "Service"}],
		}
	).insert()
	plan = new_plan(world.account, [objective("Survey Score", target=4)], from_date=today(), to_date=None)
	assert value_of(plan, None).value is None
	for customer, ratings in (
		("Plan Customer A", ("3", "5")),
		("Plan Customer B", ("1", "5")),
		("Plan Stranger", ("1", "1")),
	):
		frappe.get_doc(
			{
				"doctype": "Quality Feedback",
				"template": "Test Survey",
				"document_type": "Customer",
				"document_name": customer,
				"parameters": [
					{"parameter": name, "rating": rating, "feedback": "x"}
					for name, rating in zip(("Price", "Service"), ratings, strict=True)
				],
			}
		).insert()
	found = value_of(plan, None)
	assert (found.value, found.documents) == (3.5, 2)


def test_a_field_of_the_customer(world):
	frappe.db.set_value("Customer", "Plan Customer A", "kam_potential", 300)
	frappe.db.set_value("Customer", "Plan Customer B", "kam_potential", 200)
	frappe.get_doc(
		{
			"doctype": "KAM Measure",
			"measure_name": "Potential We Entered",
			"source": "Customer field",
			"customer_field": "kam_potential",
			"unit": "currency",
			"used_for": "Criteria and Objectives",
		}
	).insert()
	assert value_of(new_plan(world.account, [objective("Potential We Entered")])).value == 500


def test_baseline_is_the_same_measure_before_the_plan(world):
	sell(amount=10, posting_date="2018-01-01")
	sell(amount=20, posting_date="2018-12-31")
	sell(amount=40, posting_date="2019-01-01")
	plan = new_plan(world.account)
	assert baseline_of(plan, "Net Sales").value == 30
	assert baseline_of(plan, "Net Sales", "Test Machines").value == 0
	half = new_plan(world.account, period_type="6 Months", from_date="2019-07-01", to_date="2019-12-31")
	assert baseline_of(half, "Net Sales").value == 20
	unknown = baseline_of(plan, "Share of Wallet %")
	assert unknown.value is None and unknown.explanation


# ---------------------------------------------------------------- progress and state


def test_refresh_and_live(world):
	sell(amount=600, posting_date="2019-02-01")
	plan = new_plan(
		world.account,
		[
			objective("Net Sales", target=1000, baseline=900, weight=60, code="O1"),
			objective("Share of Wallet %", target=30, baseline=20, weight=20, code="O2"),
			objective(None, weight=20, state="At Risk", code="O3"),
			objective("Net Sales", target=5000, weight=50, state="Dropped", code="O4"),
		],
	)
	figures = live(plan, "2019-06-30")
	assert [(row["code"], row["value"], row["progress"], row["state"]) for row in figures] == [
		("O1", 600, 60, "On Track"),
		("O2", None, None, "Open"),
		("O3", None, None, "At Risk"),
		("O4", 600, 12, "Dropped"),
	]
	assert objectives.progress_of_plan(figures) == (60, 0.6)
	refresh(plan, "2019-06-30")
	first, second, third, _dropped = plan.objectives
	assert (first.value, first.value_known, first.progress, first.state) == (600, 1, 60, "On Track")
	assert (second.value, second.value_known, second.progress) == (0, 0, 0)
	assert third.state == "At Risk" and first.value_on
	refresh(plan, "2020-01-15")
	assert first.state == "Missed"
	sell(amount=400, posting_date="2019-03-01")
	refresh(plan, "2020-01-15")
	assert (first.value, first.state) == (1000, "Achieved")


def test_measures_that_are_gone_are_said_not_raised(world):
	plan = new_plan(world.account, [objective("No Such Measure"), objective("Contribution %")])
	texts = [measure_objective(plan, row, "2019-12-31") for row in plan.objectives]
	assert [found.value for found in texts] == [None, None]
	assert "no longer exists" in texts[0].explanation and "cannot be used" in texts[1].explanation


# ---------------------------------------------------------------- targets


def test_target_figures_by_hand(world):
	"""As of 30 June: 181 of 365 days."""
	sell(amount=100, posting_date="2019-02-10")
	sell(amount=50, posting_date="2019-06-30", item=PUMP)
	sell(amount=70, posting_date="2019-07-01")
	sell(amount=30, posting_date="2018-06-30")
	sell(amount=5, posting_date="2018-07-01")
	figures = target_figures(new_plan(world.account, targets=[{"amount": 365}]), "2019-06-30")
	assert figures["target"] == 365 and figures["target_to_date"] == 181
	assert figures["actual"] == 150 and figures["before"] == 30
	assert figures["attainment"] == pytest.approx(100 * 150 / 365)
	assert figures["pace"] == pytest.approx(100 * 150 / 181)
	assert figures["required_run_rate"] == pytest.approx(215 / 184)
	assert figures["documents"] == 2 and figures["currency"] == "USD"
	months = {row["month"]: row for row in figures["months"]}
	assert len(months) == 12 and sum(row["target"] for row in figures["months"]) == 365
	assert months[date(2019, 2, 1)]["actual"] == 100 and months[date(2019, 3, 1)]["actual"] == 0
	assert months[date(2019, 7, 1)]["actual"] is None and months[date(2019, 7, 1)]["before"] == 5
	assert "Documents: 2" in figures["explanation"]


def test_the_most_specific_line_takes_a_sale(world):
	sell(amount=10)
	sell(amount=20, item=PUMP)
	sell(amount=40, item="Test Machine Service")
	plan = new_plan(
		world.account,
		targets=[
			{"item_group": "Test Machines", "amount": 100},
			{"amount": 50},
			{"item_group": "Test Pumps", "amount": 25, "qty": 4},
		],
	)
	figures = target_figures(plan)
	assert [row["actual"] for row in figures["item_groups"]] == [40, 10, 20]
	assert figures["actual"] == figures["net_sales"] == 70
	assert figures["item_groups"][2]["qty_actual"] == 1 and figures["item_groups"][2]["qty_target"] == 4
	assert figures["item_groups"][1]["label"] == "Everything else"
	assert figures["item_groups"][0]["qty_target"] is None


def test_without_a_line_for_the_rest_other_sales_do_not_count(world):
	sell(amount=10)
	sell(amount=20, item=PUMP)
	figures = target_figures(new_plan(world.account, targets=[{"item_group": "Test Pumps", "amount": 25}]))
	assert figures["actual"] == 20 and figures["net_sales"] == 30
	assert sum(row["actual"] for row in figures["months"]) == 20


def test_figures_without_targets_customers_or_before_the_start(world):
	sell(amount=10)
	bare = target_figures(new_plan(world.account))
	assert (bare["target"], bare["attainment"], bare["pace"], bare["actual"]) == (None, None, None, 10)
	empty = make_account("Plan Figures Empty")
	nobody = target_figures(new_plan(empty.name, targets=[{"amount": 100}]))
	assert nobody["target"] == 100 and nobody["actual"] is None and nobody["documents"] is None
	assert nobody["item_groups"][0]["actual"] is None and "no customers" in nobody["explanation"]
	early = target_figures(new_plan(world.account, targets=[{"amount": 100}]), "2018-05-01")
	assert early["target_to_date"] == 0 and early["actual"] is None and early["required_run_rate"] is None
	assert [row["actual"] for row in early["months"]] == [None] * 12


def test_a_perpetual_plan_looks_at_the_last_twelve_months(world):
	plan = new_plan(
		world.account,
		[objective("Net Sales", target=1000)],
		[{"amount": 1000}],
		period_type="Perpetual",
		from_date="2018-01-01",
		to_date=None,
	)
	sell(amount=10, posting_date="2018-06-15")
	sell(amount=20, posting_date="2018-06-16")
	sell(amount=40, posting_date="2019-06-15")
	figures = target_figures(plan, "2019-06-15")
	assert figures["actual"] == 60 and figures["target_to_date"] == 1000
	assert figures["required_run_rate"] is None and figures["before"] == 10
	assert value_of(plan, "2019-06-15").value == 60
	assert plan_figures.period_of_plan(plan).last_day == getdate()


def test_months_rows_add_up_and_follow_the_distribution(world):
	frappe.get_doc(
		{
			"doctype": "Monthly Distribution",
			"distribution_id": "Test Season",
			"percentages": [
				{"month": month, "percentage_allocation": share}
				for month, share in (("January", 50), ("June", 25), ("December", 25))
			],
		}
	).insert()
	plan = new_plan(
		world.account,
		targets=[
			{"amount": 1000.01, "qty": 10, "distribution": "Test Season"},
			{"item_group": "Test Pumps", "amount": 100},
		],
	)
	rows = plan_figures.months_rows(plan)
	first = [row for row in rows if not row["item_group"]]
	assert len(rows) == 24 and len(first) == 12
	assert sum(Decimal(str(row["amount"])) for row in first) == Decimal("1000.01")
	assert sum(row["qty"] for row in first) == 10
	assert first[0]["amount"] == 500.01 and first[1]["amount"] == 0
	assert target_figures(plan, "2019-01-31")["item_groups"][0]["target_to_date"] == 500.01
	half = new_plan(
		world.account,
		targets=[{"amount": 100, "distribution": "Test Season"}],
		period_type="6 Months",
		from_date="2019-07-01",
		to_date="2019-11-30",
	)
	with pytest.raises(frappe.ValidationError, match=r"row 1.*Test Season"):
		plan_figures.months_rows(half)
	# a plan that is already there stays readable
	assert "evenly" in target_figures(half, "2019-08-01")["explanation"]


def test_an_approved_plan_keeps_its_months_when_the_distribution_changes(world):
	plan = new_plan(world.account, targets=[{"amount": 365}])
	plan.set("months", plan_figures.months_rows(plan))
	for row in plan.months:
		row.amount = 365 if getdate(row.month).month == 1 else 0
	assert target_figures(plan, "2019-01-31")["target_to_date"] == 31
	plan.docstatus = 1
	assert target_figures(plan, "2019-01-31")["target_to_date"] == 365
	plan.targets[0].amount = 400  # no longer what was spread
	assert target_figures(plan, "2019-01-31")["target_to_date"] == pytest.approx(33.97)


def test_the_year_before_of_the_lines(world):
	sell(amount=10, posting_date="2018-03-01")
	sell(amount=20, posting_date="2018-04-01", item=PUMP)
	plan = new_plan(world.account, targets=[{"item_group": "Test Machines"}, {}])
	assert plan_figures.last_year(plan) == (30, 2)
	assert plan_figures.last_year(plan, "Test Machines") == (20, 1)
	assert [tuple(line) for line in plan_figures.before_of_lines(plan)] == [(20, 1), (10, 1)]


def test_a_fiscal_year_from_april(world):
	plan = new_plan(
		world.account,
		targets=[{"amount": 366}],
		period_type="Fiscal Year",
		from_date="2019-04-01",
		to_date="2020-03-31",
	)
	sell(amount=10, posting_date="2019-03-31")
	sell(amount=20, posting_date="2020-03-31")
	figures = target_figures(plan, "2020-03-31")
	assert figures["actual"] == 20 and figures["target_to_date"] == 366
	assert [row["month"] for row in figures["months"]][::11] == [date(2019, 4, 1), date(2020, 3, 1)]


# ---------------------------------------------------------------- readers and queries


def test_a_reader_is_measured_on_what_he_may_see(world, as_user):
	sell("Plan Customer A", amount=10)
	sell("Plan Customer B", amount=20)
	reader = b.ensure_user("figures.reader@example.com", ["KAM Reader"])
	b.allow_only(reader, "Customer", "Plan Customer A")
	plan = new_plan(world.account, [objective("Net Sales", target=100)], [{"amount": 100}])
	with as_user(reader):
		assert value_of(plan).value == 10
		assert target_figures(plan)["actual"] == 10
		assert plan_figures.customers_of(plan) == ("Plan Customer A",)
	outsider = b.ensure_user("figures.outsider@example.com", ["Key Account Manager"])
	with as_user(outsider):
		assert value_of(plan).value is None


def count_queries(function):
	statements = []
	original = frappe.db.sql

	def counting(*args, **kwargs):
		statements.append(args[0] if args else "")
		return original(*args, **kwargs)

	frappe.db.sql = counting
	try:
		function()
	finally:
		frappe.db.sql = original
	return len(statements)


def test_the_number_of_queries_does_not_depend_on_the_documents(world):
	plan = new_plan(
		world.account,
		[
			objective(name, target=10)
			for name in (
				"Net Sales",
				"Gross Profit",
				"Orders",
				"Calls Made",
				"Open Issues",
				"Payment Delay (Days)",
			)
		],
		[{"amount": 100}, {"item_group": "Test Pumps", "amount": 50}],
	)

	def read():
		target_figures(plan)
		live(plan)

	sell(amount=1)
	read()  # fills the caches of the site
	before = count_queries(read)
	for day in range(1, 8):
		sell(amount=1, posting_date=f"2019-05-0{day}")
	assert count_queries(read) == before
	assert before <= 60


def test_figures_agree_with_net_sales(adventureworks):
	"""The one definition: a plan of the largest customer has the sales the reports have."""
	company = frappe.db.get_value("Sales Invoice", {"docstatus": 1, "company": ("!=", b.COMPANY)}, "company")
	last = frappe.db.get_value(
		"Sales Invoice", {"docstatus": 1, "company": company}, "posting_date", order_by="posting_date desc"
	)
	year = getdate(last).year
	period = Period(date(year, 1, 1), date(year + 1, 1, 1))
	frame = sales.net_sales(sales.SalesFilters(company), period).sort_values("net_sales")
	customer, expected = frame.iloc[-1][["customer", "net_sales"]]
	account = make_account("Plan Of The Largest", [customer])
	plan = new_plan(
		account.name,
		[objective("Net Sales", target=1)],
		[{"amount": 100}],
		company=company,
		from_date=f"{year}-01-01",
		to_date=f"{year}-12-31",
	)
	assert target_figures(plan)["actual"] == pytest.approx(expected, abs=0.01)
	assert value_of(plan, f"{year}-12-31").value == pytest.approx(expected, abs=0.01)


# ---------------------------------------------------------------- measures: what they are for, and reports


def new_measure(name="Test Report Measure", **fields):
	values = {
		"source": "Report",
		"unit": "currency",
		"used_for": "Objectives",
		"accumulates": 1,
		"report": "Customer Ranking",
		"report_column": "net_sales",
		"report_value": "Sum",
		"report_filters": (
			'{"company": "{company}", "period": "Custom", "from_date": "{from_date}", "to_date": "{to_date}"}'
		),
		**fields,
	}
	return frappe.get_doc({"doctype": "KAM Measure", "measure_name": name, **values})


def test_shipped_measures_say_what_they_are_for():
	rows = {
		row.measure_key: row
		for row in frappe.get_all(
			"KAM Measure", ["measure_key", "used_for", "accumulates", "higher_is_better"]
		)
	}
	assert rows["net_sales"].used_for == "Criteria and Objectives" and rows["net_sales"].accumulates
	assert rows["cumulative_share"].used_for == "Criteria"
	assert rows["open_issues"].used_for == "Objectives" and not rows["open_issues"].higher_is_better
	measurable = {key for key, row in rows.items() if "Objectives" in row.used_for and ":" not in key}
	assert measurable == set(objectives.READERS)


def test_criteria_and_segments_refuse_measures_of_objectives():
	with pytest.raises(frappe.ValidationError, match="Calls Made is made for objectives"):
		make_criteria(classification=[{"measure": "Calls Made", "operator": ">=", "threshold": 3}])
	with pytest.raises(frappe.ValidationError, match="made for objectives"):
		frappe.get_doc(
			{
				"doctype": "Key Account Segment",
				"segment_name": "Test Called",
				"measure": "Calls Made",
				"operator": ">=",
				"threshold": 1,
			}
		).insert()


def test_objectives_refuse_measures_of_criteria(world):
	with pytest.raises(
		frappe.ValidationError, match=r"line 1: The measure Contribution % is made for criteria"
	):
		make_plan(
			world.account,
			complete=False,
			objectives=[{"objective": "Contribute", "measure": "Contribution %", "target": 5}],
		)


def test_a_measure_from_a_report(world):
	sell(amount=10)
	sell(amount=20, posting_date="2018-12-31")
	new_measure().insert()
	plan = new_plan(world.account, [objective("Test Report Measure", target=100)])
	found = value_of(plan)
	everything = sales.net_sales(sales.SalesFilters(b.COMPANY), Period(date(2019, 1, 1), date(2020, 1, 1)))[
		"net_sales"
	].sum()
	assert found.value == pytest.approx(everything) and found.value >= 10
	assert found.route["report"] == "Customer Ranking"
	assert found.route["filters"]["from_date"] == "2019-01-01"
	rows = new_measure("Test Report Rows", report_value="Number of Rows", report_column=None).insert()
	assert rows.measure_key == "report:test_report_rows"
	plan.objectives[0].measure = "Test Report Rows"
	assert value_of(plan).value >= 1


@pytest.mark.parametrize(
	("fields", "message"),
	[
		({"report": None}, "There is no Report"),
		({"report_column": "no_such_column"}, "has no column no_such_column.*net_sales"),
		({"report_column": None}, "enter the Column"),
		({"report_filters": "{oops"}, "not valid JSON"),
		({"report_filters": "[1]"}, "one JSON object"),
		({"report_filters": '{"company": "{firm}"}'}, "{firm} is not replaced"),
		({"used_for": "Criteria"}, "only be used for objectives"),
		({"source": "Ledger"}, "field of Customer or a Report"),
		({"report": "Report Of Nobody"}, "Could not find Report"),
	],
)
def test_measures_from_reports_refuse_what_would_break_later(fields, message):
	with pytest.raises(frappe.ValidationError, match=message):
		new_measure(**fields).insert()


def test_a_report_that_fails_or_may_not_be_seen_is_explained(world, as_user):
	new_measure().insert()
	plan = new_plan(world.account, [objective("Test Report Measure", target=100)])
	user = b.ensure_user("figures.sales@example.com", ["Sales User"])
	with as_user(user):
		found = value_of(plan)
	assert found.value is None and "may not see the report" in found.explanation
	frappe.db.set_value("KAM Measure", "Test Report Measure", "report", "Gross Profit")
	frappe.db.set_value("KAM Measure", "Test Report Measure", "report_filters", "{}")
	frappe.clear_document_cache("KAM Measure", "Test Report Measure")
	broken = value_of(plan)
	assert broken.value is None and "Gross Profit" in broken.explanation
	frappe.db.set_value("KAM Measure", "Test Report Measure", "report", "Gone Report")
	frappe.clear_document_cache("KAM Measure", "Test Report Measure")
	assert "no longer exists" in value_of(plan).explanation


def test_columns_of_a_report_are_offered(as_user):
	from kam_erpnext.api.measures import report_columns

	found = report_columns("Customer Ranking", '{"company": "{company}"}')
	assert found["problem"] is None and "net_sales" in {column["fieldname"] for column in found["columns"]}
	assert "There is no Report" in report_columns("No Such Report")["problem"]
	user = b.ensure_user("figures.sales@example.com", ["Sales User"])
	with as_user(user), pytest.raises(frappe.PermissionError):
		report_columns("Customer Ranking")


def test_used_for_cannot_change_while_it_is_used():
	measure = frappe.get_doc(
		{
			"doctype": "KAM Measure",
			"measure_name": "Test Entered Potential",
			"source": "Customer field",
			"customer_field": "kam_potential",
			"used_for": "Criteria and Objectives",
		}
	).insert()
	make_criteria(classification=[{"measure": measure.name, "operator": ">=", "threshold": 3}])
	measure.used_for = "Objectives"
	with pytest.raises(frappe.ValidationError, match="is used in Key Account Criteria"):
		measure.save()


def test_share_of_wallet_over_known_wallets(world):
	group = b.ensure_item_group("Plan Wallet Goods")
	plan = new_plan(
		world.account, [objective("Share of Wallet %"), objective("Share of Wallet %", item_group=group)]
	)
	sell(amount=250)
	frappe.db.set_value("Key Account", world.account, {"yearly_spend": 1000, "spend_currency": "USD"})
	assert value_of(plan).value == 25  # no wallet yet: of the yearly spend
	by_group = measure_objective(plan, plan.objectives[1], "2019-12-31")
	assert by_group.value is None and group in by_group.explanation
	item_group = frappe.db.get_value("Item", ITEM, "item_group")
	frappe.get_doc(
		{
			"doctype": "Key Account Wallet",
			"key_account": world.account,
			"item_group": item_group,
			"year": 2019,
			"company": b.COMPANY,
			"wallet": 500,
		}
	).insert()
	found = value_of(plan)
	assert found.value == 50 and "known wallets of 2019" in found.explanation
	assert found.route["report"] == "Share of Wallet"
