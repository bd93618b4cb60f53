"""Net sales, cost and gross profit against ERPNext's own reports and against figures computed by hand."""

from datetime import date

import frappe
import pytest
from erpnext.accounts.report.gross_profit.gross_profit import execute as gross_profit_report
from erpnext.selling.report.sales_analytics.sales_analytics import execute as sales_analytics_report

from kam_erpnext.data import sales
from kam_erpnext.data.facts import payments, read_facts
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.periods import Period
from tests.site import builders as b

JUNE = Period(date(2019, 6, 1), date(2019, 7, 1))
YEAR = Period(date(2019, 1, 1), date(2020, 1, 1))
FILTERS = SalesFilters(b.COMPANY)


def new_customer(name, **fields):
	return b.make_customer(name, **fields).name


def net_by_customer(filters=FILTERS, period=YEAR, with_cost=True):
	frame = sales.net_sales(filters, period, with_cost=with_cost)
	return frame.set_index("customer")


def net_of(customer, filters=FILTERS, period=YEAR):
	frame = net_by_customer(filters, period, with_cost=False)
	return float(frame["net_sales"].get(customer, 0.0))


def gross_profit_of_erpnext(period, company=b.COMPANY):
	"""Gross profit per customer as ERPNext's Gross Profit report grouped by customer shows it."""
	filters = frappe._dict(
		company=company,
		from_date=str(period.start),
		to_date=str(period.last_day),
		group_by="Customer",
		include_returned_invoices=1,
	)
	columns, rows = gross_profit_report(filters)[:2]
	names = [
		column["fieldname"] if isinstance(column, dict) else frappe.scrub(column.split(":")[0])
		for column in columns
	]
	result = {}
	for row in rows:
		values = row if isinstance(row, dict) else dict(zip(names, row, strict=False))
		if values.get("customer") and values["customer"] != "Total":
			result[values["customer"]] = values
	return result


def sales_analytics_of_erpnext(period, company=b.COMPANY):
	"""Net sales per customer as ERPNext's Sales Analytics shows them for invoices."""
	filters = frappe._dict(
		doc_type="Sales Invoice",
		tree_type="Customer",
		value_quantity="Value",
		range="Yearly",
		company=company,
		from_date=str(period.start),
		to_date=str(period.last_day),
		curves="select",
	)
	rows = sales_analytics_report(filters)[1]
	return {row["entity"]: row["total"] for row in rows}


# ---------------------------------------------------------------- real input


def test_net_sales_per_customer_equal_sales_analytics(adventureworks):
	expected = sales_analytics_of_erpnext(YEAR, adventureworks.COMPANY)
	ours = net_by_customer(SalesFilters(adventureworks.COMPANY), with_cost=False)["net_sales"]
	assert len(expected) >= 50
	assert set(ours.index) == set(expected)
	for customer, total in expected.items():
		assert ours[customer] == pytest.approx(total, abs=0.005)


def test_gross_profit_per_customer_equals_the_gross_profit_report(adventureworks):
	expected = gross_profit_of_erpnext(YEAR, adventureworks.COMPANY)
	ours = net_by_customer(SalesFilters(adventureworks.COMPANY))
	assert set(ours.index) == set(expected)
	for customer, values in expected.items():
		profit = ours.loc[customer, "net_sales"] - ours.loc[customer, "cost"]
		assert profit == pytest.approx(values["gross_profit"], abs=0.02), customer


def test_net_sales_equal_a_plain_sum_of_the_tables(adventureworks):
	total = frappe.db.sql(
		"""select sum(item.base_net_amount) from `tabSales Invoice Item` item
		join `tabSales Invoice` invoice on invoice.name = item.parent
		where invoice.docstatus = 1 and invoice.company = %s
		and invoice.posting_date between '2019-01-01' and '2019-12-31'""",
		adventureworks.COMPANY,
	)[0][0]
	for with_cost in (True, False):
		ours = net_by_customer(SalesFilters(adventureworks.COMPANY), with_cost=with_cost)["net_sales"].sum()
		assert ours == pytest.approx(float(total), abs=0.005)


@pytest.mark.parametrize("dimension", ["item_group", "territory", "sales_person", "period"])
def test_every_dimension_adds_up_to_the_same_total(adventureworks, dimension):
	total = net_by_customer(SalesFilters(adventureworks.COMPANY))["net_sales"].sum()
	for with_cost in (True, False):
		frame = sales.net_sales(
			SalesFilters(adventureworks.COMPANY), YEAR, by=(dimension,), with_cost=with_cost
		)
		assert len(frame) > 1
		assert frame["net_sales"].sum() == pytest.approx(total, abs=0.01)


def test_the_totals_of_documents_are_those_of_their_lines(adventureworks):
	filters = SalesFilters(adventureworks.COMPANY)
	by = ("customer", "sales_person", "period")
	lines = sales.net_sales(filters, YEAR, by=by).fillna("").set_index([*by])["net_sales"]
	heads = sales.net_sales(filters, YEAR, by=by, with_qty=False)
	assert heads["qty"].isna().all() and len(heads) == len(lines)
	heads = heads.fillna("").set_index([*by])["net_sales"]
	assert (heads - lines).abs().max() < 0.005


def test_months_add_up_over_half_open_periods(adventureworks):
	months = [Period(date(2019, m, 1), date(2019 + m // 12, m % 12 + 1, 1)) for m in range(1, 13)]
	by_month = [
		sales.net_sales(SalesFilters(adventureworks.COMPANY), month, by=())["net_sales"].fillna(0).sum()
		for month in months
	]
	assert sum(by_month) == pytest.approx(
		net_by_customer(SalesFilters(adventureworks.COMPANY))["net_sales"].sum(), abs=0.01
	)


# ---------------------------------------------------------------- kinds of documents


@pytest.fixture
def customer():
	return new_customer("Sales Test Customer")


def service(amount, quantity=1):
	return [(b.ensure_service_item(), quantity, amount)]


def test_returns_are_deducted_in_the_period_of_the_credit_note(customer):
	invoice = b.make_invoice(customer, service(100, 5), "2019-06-10")
	b.make_return(invoice, "2019-07-02", {b.SERVICE_ITEM: 2})
	assert net_of(customer, period=JUNE) == 500
	assert net_of(customer, period=Period(date(2019, 7, 1), date(2019, 8, 1))) == -200
	assert net_of(customer) == 300


def test_a_customer_whose_sales_were_all_returned_has_zero(customer):
	invoice = b.make_invoice(customer, service(100), "2019-06-10")
	b.make_return(invoice, "2019-06-12")
	assert net_of(customer) == 0


def test_drafts_and_cancelled_invoices_do_not_count_and_the_amended_one_does(customer):
	b.make_invoice(customer, service(70), "2019-06-10", submit=False)
	invoice = b.make_invoice(customer, service(100), "2019-06-10")
	assert net_of(customer) == 100
	b.cancel(invoice)
	assert net_of(customer) == 0
	b.amend(invoice)
	assert net_of(customer) == 100


def test_the_last_day_counts_and_the_day_after_does_not(customer):
	b.make_invoice(customer, service(10), "2019-06-30")
	b.make_invoice(customer, service(1000), "2019-07-01")
	assert net_of(customer, period=JUNE) == 10


def test_internal_customers_are_left_out(customer):
	internal = b.ensure_internal_customer(represents=b.ensure_euro_company())
	b.make_invoice(internal, service(500), "2019-06-10")
	for with_cost in (True, False):
		assert internal not in net_by_customer(with_cost=with_cost).index


def test_opening_invoices_are_left_out(customer):
	b.make_invoice(customer, service(40), "2019-06-10")
	frappe.db.set_value(
		"Sales Invoice", b.make_invoice(customer, service(900), "2019-06-11").name, "is_opening", "Yes"
	)
	assert net_of(customer) == 40


def test_foreign_currency_is_taken_at_the_rate_of_the_document(customer):
	b.make_invoice(customer, service(100), "2019-06-10", currency="EUR", conversion_rate=1.2)
	assert net_of(customer) == pytest.approx(120)


def test_companies_are_kept_apart(customer):
	euro = b.ensure_euro_company()
	b.make_invoice(customer, service(100), "2019-06-10")
	b.make_invoice(customer, service(70), "2019-06-10", company=euro)
	assert net_of(customer) == 100
	assert net_of(customer, SalesFilters(euro)) == 70


def test_two_customers_of_the_same_name_are_two():
	first, second = new_customer("Twin Clinic"), new_customer("Twin Clinic")
	assert first != second
	b.make_invoice(first, service(10), "2019-06-10")
	b.make_invoice(second, service(25), "2019-06-10")
	assert (net_of(first), net_of(second)) == (10, 25)


def test_discounts_and_taxes_are_not_sales(customer):
	tax = frappe.db.get_value("Account", {"company": b.COMPANY, "account_type": "Tax", "is_group": 0})
	b.make_invoice(
		customer,
		service(100),
		"2019-06-10",
		apply_discount_on="Net Total",
		discount_amount=10,
		taxes=[{"charge_type": "On Net Total", "account_head": tax, "description": "VAT", "rate": 20}],
	)
	assert net_of(customer) == 90
	heads = sales.net_sales(SalesFilters(b.COMPANY, customers=(customer,)), YEAR, with_qty=False)
	assert heads["net_sales"].tolist() == [90]


def test_an_order_or_a_delivery_note_can_count_instead(customer):
	b.make_order(customer, service(300), "2019-06-05")
	assert net_of(customer) == 0
	assert net_of(customer, SalesFilters(b.COMPANY, "Sales Order")) == 300


def test_sales_are_shared_out_by_the_sales_team_and_the_rest_stays_visible(customer):
	anna, ben = b.ensure_sales_person("Anna Test"), b.ensure_sales_person("Ben Test")
	b.make_invoice(customer, service(100), "2019-06-10", sales_team=[(anna, 60), (ben, 40)])
	b.make_invoice(customer, service(50), "2019-06-11")
	filters = SalesFilters(b.COMPANY, customers=(customer,))
	frame = sales.net_sales(filters, JUNE, by=("sales_person",))
	by_person = {row.sales_person or "": row.net_sales for row in frame.itertuples()}
	assert by_person == {anna: 60, ben: 40, "": 50}


def test_filters_include_everything_below_a_group():
	north = b.ensure_territory("Sales Test North", is_group=True)
	city = b.ensure_territory("Sales Test City", parent=north)
	there = new_customer("Northern Customer", territory=city)
	elsewhere = new_customer("Southern Customer")
	for customer in (there, elsewhere):
		b.make_invoice(customer, service(10), "2019-06-10")
	for with_cost in (True, False):
		frame = net_by_customer(SalesFilters(b.COMPANY, territory=north), with_cost=with_cost)
		assert list(frame.index) == [there]


def test_an_unknown_dimension_is_refused():
	with pytest.raises(ValueError, match="unknown dimension colour"):
		sales.net_sales(FILTERS, JUNE, by=("colour",))


# ---------------------------------------------------------------- cost of goods


def assert_gross_profit_agrees(customer, expected, period=YEAR):
	"""Ours, computed by hand and ERPNext's Gross Profit report are the same figure."""
	ours = net_by_customer(period=period).loc[customer]
	report = gross_profit_of_erpnext(period)[customer]
	assert ours["net_sales"] - ours["cost"] == pytest.approx(expected, abs=0.01)
	assert report["gross_profit"] == pytest.approx(expected, abs=0.01)


@pytest.fixture
def stock_item():
	"""An item of its own, 100 pieces in stock at 6 each."""
	item = b.ensure_item("Sales Test Item")
	b.make_receipt([(item, 100, 6)], "2019-01-02")
	return item


def test_goods_delivered_with_the_invoice_cost_what_left_the_stock(customer, stock_item):
	b.make_invoice(customer, [(stock_item, 10, 15)], "2019-06-10")
	# 10 x 15 - 10 x 6
	assert_gross_profit_agrees(customer, 90)


def test_returned_goods_bring_their_cost_back(customer, stock_item):
	invoice = b.make_invoice(customer, [(stock_item, 10, 15)], "2019-06-10")
	b.make_return(invoice, "2019-06-20", {stock_item: 4})
	# 6 x (15 - 6)
	assert_gross_profit_agrees(customer, 54)


def test_goods_delivered_by_note_cost_what_left_with_the_note(customer, stock_item):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice

	note = frappe.get_doc(
		{
			"doctype": "Delivery Note",
			"customer": customer,
			"company": b.COMPANY,
			"posting_date": "2019-06-10",
			"set_posting_time": 1,
			"selling_price_list": "Standard Selling",
			"ignore_pricing_rule": 1,
			"items": [{"item_code": stock_item, "qty": 5, "rate": 20, "warehouse": b.warehouse()}],
		}
	).insert()
	note.submit()
	# later purchases at another price must not change the cost of what was delivered
	b.make_receipt([(stock_item, 100, 60)], "2019-06-12")
	invoice = make_sales_invoice(note.name)
	invoice.update(
		{
			"posting_date": "2019-06-15",
			"set_posting_time": 1,
			"due_date": "2019-06-15",
			"disable_rounded_total": 1,
		}
	)
	invoice.insert()
	invoice.submit()
	# 5 x (20 - 6)
	assert_gross_profit_agrees(customer, 70)
	assert net_of(customer, SalesFilters(b.COMPANY, "Delivery Note")) == 100


def test_a_service_without_purchases_is_all_profit(customer):
	b.make_invoice(customer, service(80), "2019-06-10")
	assert_gross_profit_agrees(customer, 80)


def test_a_bought_service_costs_its_last_purchase(customer):
	item = b.ensure_item("Sales Test Subcontract", stock=False)
	make_purchase(item, 30, "2019-05-01")
	make_purchase(item, 35, "2019-06-01")
	make_purchase(item, 99, "2020-02-01")  # after the period
	b.make_invoice(customer, [(item, 2, 50)], "2019-06-10")
	# 2 x (50 - 35)
	assert_gross_profit_agrees(customer, 30)


def make_purchase(item, rate, posting_date):
	supplier = "Sales Test Supplier"
	if not frappe.db.exists("Supplier", supplier):
		group = frappe.get_all("Supplier Group", {"is_group": 0}, pluck="name")[0]
		frappe.get_doc({"doctype": "Supplier", "supplier_name": supplier, "supplier_group": group}).insert()
	invoice = frappe.get_doc(
		{
			"doctype": "Purchase Invoice",
			"supplier": supplier,
			"company": b.COMPANY,
			"posting_date": posting_date,
			"set_posting_time": 1,
			"due_date": posting_date,
			"bill_no": frappe.generate_hash(length=6),
			"items": [{"item_code": item, "qty": 1, "rate": rate}],
		}
	).insert()
	invoice.submit()


def test_a_product_bundle_costs_its_parts(customer, stock_item):
	bundle = b.ensure_item("Sales Test Kit", stock=False)
	if not frappe.db.exists("Product Bundle", {"new_item_code": bundle}):
		frappe.get_doc(
			{
				"doctype": "Product Bundle",
				"new_item_code": bundle,
				"items": [{"item_code": stock_item, "qty": 3}],
			}
		).insert()
	b.make_invoice(customer, [(bundle, 2, 50)], "2019-06-10", update_stock=1, set_warehouse=b.warehouse())
	# 2 x (50 - 3 x 6)
	assert_gross_profit_agrees(customer, 64)


# ---------------------------------------------------------------- other facts


def test_payment_delay_is_weighted_by_amount(customer):
	first = b.make_invoice(customer, service(100), "2019-06-10")  # due on the same day
	second = b.make_invoice(customer, service(300), "2019-06-10")
	b.make_payment(first, "2019-06-30")
	b.make_payment(second, "2019-06-20")
	row = payments(FILTERS, YEAR).set_index("customer").loc[customer]
	assert row["paid"] == 400
	# (100 x 20 + 300 x 10) / 400 = 12.5 days
	assert row["paid_days"] / row["paid"] == 12.5


def test_documents_count_sales_and_not_returns(customer):
	invoice = b.make_invoice(customer, service(100), "2019-06-10")
	b.make_invoice(customer, service(100), "2019-06-14")
	b.make_return(invoice, "2019-06-20")
	row = sales.activity(FILTERS, JUNE).set_index("customer").loc[customer]
	assert row["documents"] == 2
	assert str(row["last_date"]) == "2019-06-14"


def test_a_market_estimate_of_the_territory_above_counts_in_proportion(customer):
	region = b.ensure_territory("Market Test Region", is_group=True)
	city = b.ensure_territory("Market Test City", parent=region)
	there = new_customer("Market Test Customer", territory=city)
	frappe.get_doc(
		{
			"doctype": "Market Estimate",
			"territory": region,
			"company": b.COMPANY,
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			"market_value": 365_000,
			"market_units": 3650,
		}
	).insert()
	facts = read_facts(FILTERS, JUNE, JUNE.last_day, {"market_share_value"})
	market = facts.customers.set_index("customer").loc[there]
	# June has 30 of 365 days
	assert market["market_value"] == pytest.approx(30_000)
	assert market["market_units"] == pytest.approx(300)
