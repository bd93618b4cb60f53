"""Monthly facts say at every moment what the documents say, and nobody has to trust them blindly."""

import os
import random
import traceback
from dataclasses import replace
from datetime import date, timedelta

import frappe
import pytest
from frappe.utils import add_days, now_datetime

from kam_erpnext.data import sales, sales_facts, sales_facts_upkeep
from kam_erpnext.data import sales_ledger as ledger
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_facts import CHANGE, MONTH
from kam_erpnext.engine.periods import Period
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import test_sales as golden
from tests.site.sales_facts import bring_up_to_date
from tests.site.test_sales import FILTERS, JUNE, YEAR, new_customer, service

DIMENSIONS = (
	"customer",
	"item_group",
	"territory",
	"market_segment",
	"sales_person",
	"day",
	"period",
	"slice",
)
CUSTOMER = "Facts Test Customer"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
	"""Nothing is queued: a worker would put into the cache what it sees, which is not what a test sees."""
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **values: None)


@pytest.fixture
def customer():
	return new_customer(CUSTOMER)


def amount(customer, period=JUNE, filters=FILTERS):
	frame = sales.net_sales(replace(filters, customers=(customer,)), period, by=())
	return float(frame["net_sales"].fillna(0).sum())


def facts_of(period=JUNE, filters=FILTERS):
	"""The facts for a question, which must not need the documents."""
	found = sales_facts.reading(filters, period, ())
	assert found is not None and found.missing == []
	return found


def kept(customer, period=JUNE):
	"""What the facts themselves say, whatever has changed since."""
	found = facts_of(period, replace(FILTERS, customers=(customer,))).sales((), ["net_sales"])
	return float(found["net_sales"].fillna(0).sum())


def changes():
	return frappe.get_all(CHANGE, fields=["company", "customer", "month"], order_by="month")


# ---------------------------------------------------------------- the same as the documents


def compared(filters, period, by, starts=(), with_qty=True, with_cost=False):
	"""Asserts that facts and documents give one answer."""
	asked = {"starts": starts, "with_qty": with_qty, "with_cost": with_cost}
	ours = sales.net_sales(filters, period, by, **asked)
	theirs = ledger.net_sales(filters, period, by, **asked)
	assert [*ours.columns] == [*theirs.columns]
	figures = ["net_sales", *(["qty"] if with_qty else []), *(["cost"] if with_cost else [])]
	if not by:
		assert ours[figures].fillna(0).iloc[0].to_dict() == pytest.approx(
			theirs[figures].fillna(0).iloc[0].to_dict(), abs=0.005
		)
		return 1

	def told(frame):
		return {
			tuple(str(row[name]) if row[name] is not None else "" for name in by): [
				row[name] for name in figures
			]
			for row in frame.to_dict("records")
		}

	ours, theirs = told(ours), told(theirs)
	assert ours.keys() == theirs.keys()
	for key, values in theirs.items():
		assert ours[key] == pytest.approx(values, abs=0.005), key
	return len(theirs)


def test_any_question_has_the_same_answer(adventureworks, facts_first):
	"""120 questions drawn by a fixed chance: dimensions, days, slices, filters."""
	chance = random.Random(7)
	company, rows = adventureworks.COMPANY, 0
	territories = frappe.get_all("Territory", pluck="name", order_by="name")
	groups = frappe.get_all("Item Group", pluck="name", order_by="name")
	customers = frappe.get_all("Customer", pluck="name", order_by="name")
	for _number in range(120):
		start = date(2018, 10, 1) + timedelta(days=chance.randrange(480))
		period = Period(start, start + timedelta(days=chance.choice((1, 7, 30, 90, 400))))
		by = tuple(chance.sample(DIMENSIONS, chance.randrange(4)))
		starts = [
			period.start + timedelta(days=days) for days in range(0, period.days, chance.choice((7, 31)))
		]
		filters = SalesFilters(
			company,
			territory=chance.choice((None, None, chance.choice(territories))),
			item_group=chance.choice((None, None, chance.choice(groups))),
			customers=chance.choice(((), (), tuple(chance.sample(customers, 5)))),
		)
		rows += compared(
			filters, period, by, starts, with_qty=chance.random() < 0.5, with_cost=chance.random() < 0.5
		)
		assert sales.document_count(filters, period) == ledger.document_count(filters, period)
	assert rows > 500 and facts_first.whole > 100


def test_documents_last_sales_and_returns_are_the_same(adventureworks, facts_first):
	filters = SalesFilters(adventureworks.COMPANY)
	for period in (YEAR, JUNE, Period(date(2019, 3, 9), date(2019, 4, 17))):
		for function in ("documents", "activity", "by_day"):
			ours, theirs = (
				getattr(sales, function)(filters, period),
				getattr(ledger, function)(filters, period),
			)
			keys = [name for name in ("customer", "day") if name in theirs]
			both = [
				frame.sort_values(keys).reset_index(drop=True)[[*theirs.columns]].astype(str)
				for frame in (ours, theirs)
			]
			assert both[0].equals(both[1]), function
		assert sales.returned(filters, period) == pytest.approx(ledger.returned(filters, period))
		assert sales.document_count(filters, period) == ledger.document_count(filters, period) > 0
	assert facts_first.whole + facts_first.partly > 12 and not facts_first.not_at_all


# ---------------------------------------------------------------- at any moment


def test_a_change_counts_at_once_and_is_taken_in_later(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	assert kept(customer) == 100 and not changes()

	invoice = b.make_invoice(customer, service(40), "2019-06-20")
	assert changes() == [{"company": b.COMPANY, "customer": customer, "month": date(2019, 6, 1)}]
	found = sales_facts.reading(FILTERS, JUNE, ())
	assert [(part.customers, days) for part, days in found.missing] == [((customer,), JUNE)]
	assert amount(customer) == 140
	assert sales.document_count(replace(FILTERS, customers=(customer,)), JUNE) == 2

	bring_up_to_date()
	assert kept(customer) == 140 and not changes()

	b.cancel(invoice)
	assert amount(customer) == 100
	bring_up_to_date()
	assert kept(customer) == 100

	first = frappe.get_last_doc("Sales Invoice", {"customer": customer, "docstatus": 1})
	b.make_return(first, "2019-06-25")
	assert amount(customer) == 0
	bring_up_to_date()
	assert kept(customer) == 0
	assert sales.returned(replace(FILTERS, customers=(customer,)), JUNE) == {customer: 100.0}


def test_drafts_leave_no_change(customer):
	b.make_invoice(customer, service(70), "2019-06-10", submit=False)
	assert not changes()


def test_another_sales_team_counts_at_once(customer):
	anna, ben = b.ensure_sales_person("Anna Facts"), b.ensure_sales_person("Ben Facts")
	invoice = b.make_invoice(customer, service(100), "2019-06-10", sales_team=[(anna, 100)])
	bring_up_to_date()
	invoice.reload()
	invoice.sales_team[0].allocated_percentage = 60
	invoice.append("sales_team", {"sales_person": ben, "allocated_percentage": 40})
	invoice.save()

	def shares():
		frame = sales.net_sales(replace(FILTERS, customers=(customer,)), JUNE, by=("sales_person",))
		return dict(zip(frame["sales_person"], frame["net_sales"], strict=True))

	assert shares() == {anna: 60, ben: 40}
	bring_up_to_date()
	assert facts_of() and shares() == {anna: 60, ben: 40}


def test_a_month_nobody_has_made_yet_is_read_from_the_documents(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	b.make_invoice(customer, service(30), "2019-12-05")
	later = Period(date(2019, 12, 1), date(2020, 1, 1))
	assert amount(customer, later) == 30
	assert amount(customer, YEAR) == 130
	bring_up_to_date()
	assert kept(customer, later) == 30


def test_many_changes_are_read_as_a_whole(customer, monkeypatch):
	others = [new_customer(f"{CUSTOMER} {number}") for number in range(3)]
	bring_up_to_date()
	for name in (customer, *others):
		b.make_invoice(name, service(10), "2019-06-10")
	expected = ledger.net_sales(FILTERS, YEAR)["net_sales"].sum()
	for limit in (300, 2):
		monkeypatch.setattr(sales_facts, "MANY_CHANGED", limit)
		monkeypatch.setattr(sales_facts_upkeep, "MANY_CHANGED", limit)
		assert sales.net_sales(FILTERS, YEAR)["net_sales"].sum() == pytest.approx(expected)
	bring_up_to_date()
	assert facts_of(JUNE).sales((), ["net_sales"])["net_sales"].iloc[0] == pytest.approx(
		ledger.net_sales(FILTERS, JUNE)["net_sales"].sum()
	)


# ---------------------------------------------------------------- cost of goods


@pytest.fixture
def goods():
	"""An item of its own, 100 pieces in stock at 6 each."""
	item = b.ensure_item(f"Facts Goods {frappe.generate_hash(length=5)}", valuation_method="Moving Average")
	b.make_receipt([(item, 100, 6)], "2019-01-02")
	return item


def cost(customer, period=JUNE):
	"""Cost as everybody reads it, which the documents must confirm."""
	filters = replace(FILTERS, customers=(customer,))
	ours, theirs = (
		float(source.net_sales(filters, period, (), with_cost=True)["cost"].fillna(0).sum())
		for source in (sales, ledger)
	)
	assert ours == pytest.approx(theirs, abs=0.005)
	return ours


def cost_of_facts(customer, period=JUNE):
	"""Cost from facts that need no document."""
	found = sales_facts.reading(replace(FILTERS, customers=(customer,)), period, (), with_cost=True)
	assert found is not None and found.missing == []
	return float(found.sales((), ["cost"])["cost"].fillna(0).sum())


def test_goods_bundles_and_services_cost_what_the_documents_say(customer, goods):
	bundle = b.ensure_item("Facts Kit", stock=False)
	if not frappe.db.exists("Product Bundle", {"new_item_code": bundle}):
		items = [{"item_code": goods, "qty": 3}]
		frappe.get_doc({"doctype": "Product Bundle", "new_item_code": bundle, "items": items}).insert()
	bought = b.ensure_item("Facts Subcontract", stock=False)
	golden.make_purchase(bought, 35, "2019-06-01")
	lines = [(goods, 10, 15), (bundle, 2, 50), (bought, 4, 50), (b.ensure_service_item(), 1, 80)]
	b.make_invoice(customer, lines, "2019-06-10", update_stock=1, set_warehouse=b.warehouse())
	# goods 10 x 6, kits 2 x 3 x 6, services 4 x 35, and one nobody has bought
	assert cost(customer) == 236
	bring_up_to_date()
	assert cost(customer) == cost_of_facts(customer) == 236


def test_a_service_bought_later_costs_its_last_purchase_without_a_change_of_facts(customer):
	item = b.ensure_item("Facts Late Subcontract", stock=False)
	golden.make_purchase(item, 30, "2019-05-01")
	b.make_invoice(customer, [(item, 2, 50)], "2019-06-10")
	bring_up_to_date()
	assert cost_of_facts(customer) == 60
	golden.make_purchase(item, 99, "2019-07-02")
	assert not changes()
	assert (cost_of_facts(customer), cost(customer)) == (60, 60), "bought after the period"
	golden.make_purchase(item, 35, "2019-06-30")
	assert (cost_of_facts(customer), cost(customer)) == (70, 70)
	b.make_invoice(customer, [(item, 1, 50)], "2019-06-20")
	assert cost(customer, Period(date(2019, 6, 1), date(2019, 6, 25))) == 90, (
		"read to the 25th, bought until then"
	)


def test_a_delivery_after_the_invoice_is_its_cost_at_once(customer, goods):
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_delivery_note

	invoice = b.make_invoice(customer, [(goods, 5, 20)], "2019-06-10", update_stock=0)
	bring_up_to_date()
	before = cost_of_facts(customer)
	b.make_receipt([(goods, 100, 8)], "2019-06-20")  # (100 x 6 + 100 x 8) / 200 = 7
	note = make_delivery_note(invoice.name)
	note.update({"posting_date": "2019-07-05", "set_posting_time": 1})
	for row in note.items:
		row.warehouse = b.warehouse()
	note.insert()
	note.submit()
	assert [(row["customer"], row["month"]) for row in changes()] == [(customer, JUNE.start)]
	assert amount(customer) == kept(customer) == 100, "sales have not changed: the facts answer alone"
	assert cost(customer) == 35
	bring_up_to_date()
	assert cost_of_facts(customer) == 35 != before
	b.cancel(note)
	assert cost(customer) == pytest.approx(before)
	bring_up_to_date()
	assert cost_of_facts(customer) == pytest.approx(before)


def test_a_valuation_posted_anew_counts_at_once(customer, goods):
	"""Goods received earlier than those known so far: what was sold in between cost something else."""
	b.make_invoice(customer, [(goods, 10, 15)], "2019-06-10", update_stock=1, set_warehouse=b.warehouse())
	bring_up_to_date()
	assert cost_of_facts(customer) == 60
	b.make_receipt([(goods, 100, 8)], "2019-03-01")  # (100 x 6 + 100 x 8) / 200 = 7
	assert frappe.get_all("Repost Item Valuation", {"status": "Completed"}), "ERPNext has posted it anew"
	assert cost(customer) == 70
	assert amount(customer) == kept(customer) == 150
	bring_up_to_date()
	assert cost_of_facts(customer) == 70 and not changes()


def test_the_night_finds_a_cost_that_changed_without_a_word(customer, goods):
	invoice = b.make_invoice(
		customer, [(goods, 10, 15)], "2019-06-10", update_stock=1, set_warehouse=b.warehouse()
	)
	bring_up_to_date()
	frappe.db.set_value(
		"Sales Invoice Item", invoice.items[0].name, "incoming_rate", 7, update_modified=False
	)
	assert [row["difference"] for row in sales_facts_upkeep.check(everything=True)] == [10.0]
	assert cost_of_facts(customer) == 70


# ---------------------------------------------------------------- names


def test_renaming_and_merging_customers(customer):
	other = new_customer("Facts Test Other")
	b.make_invoice(customer, service(100), "2019-06-10")
	b.make_invoice(other, service(7), "2019-07-10")
	bring_up_to_date()
	frappe.rename_doc("Customer", customer, "Facts Renamed", force=True)
	assert (amount(customer), amount("Facts Renamed")) == (0, 100)
	frappe.rename_doc("Customer", other, "Facts Renamed", merge=True, force=True)
	assert amount("Facts Renamed", YEAR) == 107
	bring_up_to_date()
	july = Period(date(2019, 7, 1), date(2019, 8, 1))
	assert [kept(name, days) for name in (customer, other, "Facts Renamed") for days in (JUNE, july)] == [
		*(0, 0, 0, 0),
		*(100, 7),
	]


@pytest.mark.parametrize("doctype", ["Item Group", "Sales Person"])
def test_renaming_what_stands_in_the_facts_makes_them_anew(customer, doctype):
	group, person = b.ensure_item_group("Facts Group"), b.ensure_sales_person("Facts Seller")
	item = b.ensure_item("Facts Item", group, stock=False)
	b.make_invoice(
		customer, [(getattr(item, "name", item), 1, 100)], "2019-06-10", sales_team=[(person, 100)]
	)
	bring_up_to_date()
	frappe.rename_doc(
		doctype, {"Item Group": group, "Sales Person": person}[doctype], "Facts New Name", force=True
	)
	by = {"Item Group": "item_group", "Sales Person": "sales_person"}[doctype]
	for _moment in ("at once", "later"):
		frame = sales.net_sales(replace(FILTERS, customers=(customer,)), JUNE, by=(by,))
		assert dict(zip(frame[by], frame["net_sales"], strict=True)) == {"Facts New Name": 100}
		bring_up_to_date()
	assert facts_of()


def test_a_customer_that_moves_to_another_territory_takes_its_sales_along(customer, facts_first):
	b.make_invoice(customer, service(100), "2019-06-10")
	there = b.ensure_territory("Facts Far Away")
	frappe.db.set_value("Customer", customer, "territory", there)
	assert amount(customer, filters=replace(FILTERS, territory=there)) == 100
	assert facts_first.whole


# ---------------------------------------------------------------- trust


def tampered(customer):
	"""A line changed behind everybody's back."""
	invoice = frappe.get_last_doc("Sales Invoice", {"customer": customer})
	frappe.db.set_value(
		"Sales Invoice Item", invoice.items[0].name, "base_net_amount", 80, update_modified=False
	)
	return invoice


def test_the_night_finds_and_mends_what_changed_without_a_word(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	invoice = tampered(customer)
	frappe.db.set_value("Sales Invoice", invoice.name, "base_net_total", 80, update_modified=False)
	assert amount(customer) == 100, "nobody has been told"
	found = sales_facts_upkeep.check()
	assert [(row["name"][:7], row["difference"]) for row in found] == [("2019-06", 20.0)]
	assert amount(customer) == kept(customer) == 80
	month = frappe.get_doc(MONTH, found[0]["name"])
	assert month.difference == 20 and month.difference_on
	assert sales_facts_upkeep.check() == []


def test_a_line_that_changed_under_an_equal_total_is_found_with_its_document(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	sales_facts_upkeep.check()
	invoice = tampered(customer)
	frappe.db.set_value("Sales Invoice", invoice.name, "remarks", "touched")
	assert [row["difference"] for row in sales_facts_upkeep.check()] == [20.0]
	frame = facts_of().sales(("customer", "item_group"), ["net_sales"])
	assert dict(zip(frame["customer"], frame["net_sales"], strict=True)) == {customer: 80}


def test_everything_can_be_compared(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	tampered(customer)
	assert [row["difference"] for row in sales_facts_upkeep.check(everything=True)] == [20.0]


def test_months_that_nobody_compared_for_days_are_not_believed(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	assert facts_of()
	frappe.db.set_value(MONTH, {"month": (">", "1900-01-01")}, "checked_on", add_days(now_datetime(), -4))
	assert sales_facts.reading(FILTERS, JUNE, ()) is None
	assert amount(customer) == 100
	sales_facts_upkeep.check()
	assert facts_of()


def test_damaged_facts_are_read_from_the_documents_and_made_anew(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	name = sales_facts_upkeep.key_of(b.COMPANY, "Sales Invoice", JUNE.start)
	frappe.db.set_value(MONTH, name, {"facts": "damaged", "version": "other"})
	assert amount(customer) == 100
	assert amount(customer, YEAR) == 100
	sales_facts_upkeep.refresh(b.COMPANY, "Sales Invoice", JUNE.start)
	assert kept(customer) == 100


def test_without_the_check_mark_there_are_no_facts(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	bring_up_to_date()
	settings = frappe.get_doc("KAM Settings")
	settings.keep_sales_facts = 0
	settings.save()
	assert not frappe.db.count(MONTH) and amount(customer) == 100
	b.make_invoice(customer, service(1), "2019-06-11")
	bring_up_to_date()
	assert not changes() and not frappe.db.count(MONTH)
	settings.keep_sales_facts = 1
	settings.save()
	bring_up_to_date()
	assert kept(customer) == 101


def test_another_sales_source_has_facts_of_its_own(customer):
	b.make_invoice(customer, service(100), "2019-06-10")
	b.make_order(customer, service(300), "2019-06-05")
	bring_up_to_date()
	settings = frappe.get_doc("KAM Settings")
	settings.sales_source = "Sales Order"
	settings.save()
	orders = replace(FILTERS, source="Sales Order")
	bring_up_to_date()
	assert facts_of(JUNE, orders)
	assert amount(customer, filters=orders) == 300
	order = b.make_order(customer, service(50), "2019-06-06")
	assert amount(customer, filters=orders) == 350
	b.cancel(order)
	bring_up_to_date()
	assert amount(customer, filters=orders) == 300
	assert amount(customer) == 100, "invoices are read from the documents"


# ---------------------------------------------------------------- permissions


def test_facts_tell_a_reader_what_he_may_see(customer, as_user, facts_first):
	hidden = new_customer("Facts Hidden Customer")
	b.make_invoice(customer, service(100), "2019-06-10")
	b.make_invoice(hidden, service(9999), "2019-06-10")
	reader = b.ensure_user("facts.reader@example.com", ["KAM Reader", "Sales User"])
	reader = getattr(reader, "name", reader)
	b.allow_only(reader, "Customer", customer)
	with as_user(reader):
		frame = sales.net_sales(FILTERS, JUNE)
		assert dict(zip(frame["customer"], frame["net_sales"], strict=True)) == {customer: 100}
		assert sales.net_sales(FILTERS, JUNE, by=())["net_sales"].tolist() == [100]
		assert sales.document_count(FILTERS, JUNE) == 1
		assert list(sales.activity(FILTERS, JUNE)["customer"]) == [customer]
	assert facts_first.whole == 3 and not facts_first.not_at_all, (
		"the last sale ever has the days before the facts, too"
	)


def test_fences_on_anything_else_are_kept_by_the_documents(customer, as_user, facts_first):
	b.make_invoice(customer, service(100), "2019-06-10")
	reader = b.ensure_user("facts.fenced@example.com", ["KAM Reader", "Sales User"])
	reader = getattr(reader, "name", reader)
	b.allow_only(
		reader, "Cost Center", frappe.db.get_value("Cost Center", {"company": b.COMPANY, "is_group": 0})
	)
	with as_user(reader):
		expected = ledger.net_sales(FILTERS, JUNE)
		assert sales.net_sales(FILTERS, JUNE).equals(expected)
	assert facts_first.not_at_all


def test_nobody_but_the_system_reads_the_rows(as_user):
	bring_up_to_date()
	for role, allowed in (
		("KAM Administrator", False),
		("Key Account Director", False),
		("System Manager", True),
	):
		user = b.ensure_user(f"facts.{frappe.scrub(role)}@example.com", [role])
		with as_user(getattr(user, "name", user)):
			assert bool(frappe.has_permission(MONTH, "read")) is allowed
			if allowed:
				rows = frappe.get_list(MONTH, fields=["name", "facts"], limit=1)
				assert not rows or "facts" not in rows[0] or not rows[0].facts
			assert not frappe.has_permission(MONTH, "write")


# ---------------------------------------------------------------- two at once, commands, the report


@pytest.mark.commits
def test_two_workers_and_a_sale_in_between_lose_nothing(site_point, harness):
	"""Two processes bring the same month up to date again and again while a third one sells."""
	b.ensure_company()
	customer = new_customer("Facts Shared Customer")
	b.make_invoice(customer, service(1), "2019-06-10")
	bring_up_to_date()
	frappe.db.commit()

	def upkeep():
		for _turn in range(12):
			sales_facts_upkeep.catch_up()

	def sell():
		for number in range(6):
			b.make_invoice(customer, service(10 + number), "2019-06-10")
			frappe.db.commit()

	children = [in_a_process(work) for work in (upkeep, upkeep, sell)]
	assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
	frappe.db.rollback()
	assert amount(customer) == 1 + sum(range(10, 16))
	sales_facts_upkeep.catch_up()
	assert kept(customer) == 1 + sum(range(10, 16)) and not changes()
	assert [row for row in sales_facts_upkeep.check(everything=True) if row["difference"]] == []


def in_a_process(work):
	"""Runs `work` with a connection of its own; the process ends with 0 when it went well."""
	child = os.fork()
	if child:
		return child
	code = 1
	kept = frappe.local.db  # the parent's connection: forgetting it would close it for the parent too
	try:
		frappe.local.db = None
		frappe_session.connect()
		work()
		frappe.db.commit()
		code = 0 if frappe.local.db is not kept else 1
	except BaseException:
		traceback.print_exc()
	finally:
		os._exit(code)


def rows_of_report(**filters):
	from kam_erpnext.kam_erpnext.report.sales_facts.sales_facts import execute

	return execute({"company": b.COMPANY, **filters})


def test_the_report_shows_documents_facts_and_differences(customer, as_user):
	b.make_invoice(customer, service(100), "2019-06-10")
	frappe.db.delete(MONTH, {"company": b.COMPANY, "month": JUNE.start})
	user = b.ensure_user("facts.operations@example.com", ["KAM Administrator", "Sales User"])
	user = getattr(user, "name", user)

	def june():
		with as_user(user):
			rows = rows_of_report()[1]
		return next(row for row in rows if row["month"] == JUNE.start)

	assert june()["state"] == "Not Made"
	bring_up_to_date()
	expected = frappe.db.sql(
		"""select sum(base_net_total), count(*) from `tabSales Invoice` where docstatus = 1 and company = %s
		and posting_date between '2019-06-01' and '2019-06-30'""",
		b.COMPANY,
	)[0]
	row = june()
	assert (row["state"], row["net_sales"], row["documents"]) == ("Equal", *map(float, expected))
	assert (row["facts"], row["apart"]) == (row["net_sales"], 0)
	invoice = b.make_invoice(customer, service(40), "2019-06-20")
	assert (june()["state"], june()["waiting"], june()["apart"]) == ("Changes Waiting", 1, -40)
	bring_up_to_date()
	frappe.db.set_value("Sales Invoice", invoice.name, "base_net_total", 30, update_modified=False)
	assert (june()["state"], june()["apart"]) == ("Different", 10)
	sales_facts_upkeep.check()
	assert june()["state"] == "Equal"
	with as_user(user):
		assert JUNE.start not in [row["month"] for row in rows_of_report(only_problems=1)[1]]


def test_the_report_tells_totals_to_nobody_who_is_fenced(customer, as_user):
	b.make_invoice(customer, service(100), "2019-06-10")
	user = b.ensure_user("facts.fenced.operations@example.com", ["KAM Administrator", "Sales User"])
	user = getattr(user, "name", user)
	b.allow_only(user, "Customer", customer)
	with as_user(user):
		_columns, rows, message, *_rest = rows_of_report()
	assert rows == [] and "all its sales documents" in message


def test_starting_a_comparison_is_for_sales_operations(as_user, monkeypatch):
	from kam_erpnext.api import sales_facts as api

	started = []
	monkeypatch.setitem(frappe.flags, "in_test", False)  # Frappe lets every role pass in tests
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: started.append(str(method)))
	for roles, allowed in ((["KAM Administrator"], True), (["Key Account Director"], False)):
		user = b.ensure_user(f"facts.{frappe.scrub(roles[0])}@example.com", roles)
		with as_user(getattr(user, "name", user)):
			for call in (api.compare, api.rebuild):
				if allowed:
					assert "background" in call()
				else:
					with pytest.raises(frappe.PermissionError):
						call()
	assert [method.rsplit(".", 1)[1] for method in started if "sales_facts" in method] == ["check", "rebuild"]
	frappe.db.set_single_value("KAM Settings", "keep_sales_facts", 0)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	with pytest.raises(frappe.ValidationError, match="Keep Monthly Facts"):
		api.compare()


@pytest.mark.commits
def test_commands_make_and_compare_the_facts(site_point, harness):
	b.ensure_company()
	customer = new_customer("Facts Command Customer")
	b.make_invoice(customer, service(100), "2019-06-10")
	frappe.db.commit()
	bench = frappe_session.private_bench()
	assert "months made" in bench.frappe("rebuild-sales-facts", site=harness["site"], what="rebuilding")
	assert "equal" in bench.frappe("check-sales-facts", site=harness["site"], what="comparing")
	frappe.db.rollback()
	assert kept(customer) == 100
