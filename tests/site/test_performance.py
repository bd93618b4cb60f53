"""Key Account Performance: its figures against SQL and ERPNext's own reports, by hand, and for readers who see less."""

from collections import defaultdict
from datetime import date, timedelta

import frappe
import pytest
from frappe.utils import getdate

from kam_erpnext.data import performance as p
from kam_erpnext.data.performance import ACCOUNT, CUSTOMER, ITEM_GROUP, SALES_PERSON, SEGMENT, TERRITORY
from kam_erpnext.engine.performance import MONTHLY, QUARTERLY, WEEKLY, YEARLY, add_up, flat
from kam_erpnext.engine.periods import Period
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import pipeline_builders as deals
from tests.site.plan_builders import make_plan, make_template
from tests.site.test_sales import sales_analytics_of_erpnext

YEAR = Period(date(2019, 1, 1), date(2020, 1, 1))
MAY = Period(date(2019, 5, 1), date(2019, 6, 1))
EVERY_FIGURE = [*p.FIGURES, *p.COUNTS]


def ask(*dimensions, companies=(b.COMPANY,), period=YEAR, as_of=None, currency="USD", every=MONTHLY, **more):
	return p.read(
		p.Question(
			companies, currency, period, as_of or period.last_day, every, dimensions or (ACCOUNT,), **more
		)
	)


def tree(facts):
	return add_up(facts.frame, facts.trees, EVERY_FIGURE, len(facts.question.slices))


def figures(facts, figure="actual"):
	"""Figure of the whole period by the last dimension's name; nodes are told apart by their names."""
	found = defaultdict(float)
	for _depth, node in flat(tree(facts)):
		if not node.children:
			found[node.name] += float(node.values[figure].sum())
	return {name: round(value, 2) for name, value in found.items() if round(value, 2)}


def total(facts, figure="actual"):
	return round(float(facts.frame[figure].sum()), 2)


def sell(customer, amount, day, **fields):
	return b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], day, **fields)


def plan(account, amount=None, status="In Execution", **fields):
	"""A plan in force without the steps of its approval, which have tests of their own."""
	name = "Performance Template"
	template = name if frappe.db.exists("Key Account Plan Template", name) else make_template(name).name
	fields.setdefault("targets", [{"amount": amount}] if amount else [])
	document = make_plan(account, template=template, complete=False, **fields)
	document.db_set({"docstatus": 1, "status": status})
	return document


@pytest.fixture
def company():
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})


# ---------------------------------------------------------------- real input


def sql_sums(column, period, company):
	rows = frappe.db.sql(
		"""select customer.territory, item.item_group, team.sales_person, invoice.customer,
			sum(item.base_net_amount) amount, sum(item.stock_qty) qty
		from `tabSales Invoice` invoice
		join `tabSales Invoice Item` item on item.parent = invoice.name
		join `tabCustomer` customer on customer.name = invoice.customer
		left join `tabSales Team` team on team.parent = invoice.name and team.parenttype = 'Sales Invoice'
		where invoice.docstatus = 1 and invoice.company = %s and invoice.posting_date between %s and %s
		group by 1, 2, 3, 4""",
		(company, period.start, period.last_day),
		as_dict=True,
	)
	sums = defaultdict(float)
	for row in rows:
		sums[row[column]] += float(row.amount)
	return {name: round(value, 2) for name, value in sums.items() if round(value, 2)}


@pytest.mark.parametrize(
	("dimension", "column"),
	[
		(TERRITORY, "territory"),
		(ITEM_GROUP, "item_group"),
		(SALES_PERSON, "sales_person"),
		(CUSTOMER, "customer"),
	],
)
def test_a_golden_month_equals_plain_sql(adventureworks, dimension, column):
	company = adventureworks.COMPANY
	facts = ask(dimension, companies=(company,), period=MAY, every=WEEKLY)
	assert figures(facts) == pytest.approx(sql_sums(column, MAY, company), abs=0.02)
	before = Period(date(2018, 5, 1), date(2018, 6, 1))
	assert figures(facts, "last_year") == pytest.approx(sql_sums(column, before, company), abs=0.02)
	assert figures(facts, "last_year_to_date") == figures(facts, "last_year")
	assert facts.documents == frappe.db.count(
		"Sales Invoice",
		{"company": company, "docstatus": 1, "posting_date": ["between", [MAY.start, MAY.last_day]]},
	)


def test_it_equals_sales_analytics_of_erpnext(adventureworks):
	company = adventureworks.COMPANY
	expected = sales_analytics_of_erpnext(YEAR, company)
	assert figures(ask(CUSTOMER, companies=(company,))) == pytest.approx(expected, abs=0.02)


def test_all_cuts_and_dimensions_have_one_total(adventureworks):
	company = (adventureworks.COMPANY,)
	expected = ask(TERRITORY, companies=company, as_of=date(2019, 5, 15), baseline=True)
	for every in (WEEKLY, QUARTERLY, YEARLY):
		for dimensions in ((ITEM_GROUP, SALES_PERSON), (ACCOUNT, CUSTOMER), (SEGMENT,)):
			facts = ask(*dimensions, companies=company, as_of=date(2019, 5, 15), every=every, baseline=True)
			for figure in ("actual", "baseline", "last_year", "last_year_to_date"):
				assert total(facts, figure) == pytest.approx(total(expected, figure), abs=0.05), (
					every,
					dimensions,
				)
			for _depth, node in flat(tree(facts)):
				if node.children:
					below = sum(child.values for child in node.children)
					assert (below - node.values).abs().max().max() < 1e-6


def test_margin_and_quantity_come_from_the_same_definition(adventureworks):
	from kam_erpnext.data import sales
	from kam_erpnext.data.sales import SalesFilters

	company = adventureworks.COMPANY
	whole = sales.net_sales(SalesFilters(company), MAY, by=(), with_cost=True).iloc[0]
	margin = ask(TERRITORY, companies=(company,), period=MAY, measure=p.MARGIN)
	assert total(margin) == pytest.approx(whole["net_sales"] - whole["cost"], abs=0.02)
	assert margin.unknown == {"target", "target_to_date", "baseline"}
	quantity = ask(TERRITORY, companies=(company,), period=MAY, measure=p.QUANTITY)
	assert total(quantity) == pytest.approx(whole["qty"], abs=0.001) and "pipeline" in quantity.unknown


# ---------------------------------------------------------------- the parts of the forecast


@pytest.fixture
def site(company):
	"""A group with a site; both sell in a running quarter of which the first month is over."""
	deals.ensure_items()
	today = getdate()
	period = Period(today - timedelta(days=30), today + timedelta(days=60))
	north = b.ensure_territory("Performance North")
	customers = [
		b.make_customer(name, territory=north).name for name in ("Performance Group", "Performance Site")
	]
	group = k.make_account("Performance Group", customers[:1])
	below = k.make_account("Performance Site", customers[1:], parent=group.name)
	return frappe._dict(
		today=today, period=period, group=group.name, site=below.name, customers=customers, territory=north
	)


def running(site, *dimensions, **more):
	return ask(*dimensions, period=site.period, as_of=site.today, **more)


def day(site, days):
	return str(site.today + timedelta(days=days))


def test_each_part_of_the_forecast_by_hand(site):
	first, second = site.customers
	sell(first, 100, day(site, -10))
	sell(first, 7, day(site, -31))  # before the period
	year_ago = site.today.replace(year=site.today.year - 1) if site.today.day < 29 else None
	for customer, amount, due in ((first, 40, -5), (second, 60, 20), (second, 80, 90)):  # overdue, due, later
		order = b.make_order(customer, [(deals.WIRE, 1, amount)], day(site, -20))
		frappe.db.set_value("Sales Order Item", {"parent": order.name}, "delivery_date", day(site, due))
	for amount, chance, closes in ((200, 50, 10), (1000, 90, 300), (30, None, 10), (500, 90, -3)):
		idea = deals.make_idea(site.site, amount, second, expected_close=day(site, closes))
		values = {"probability": chance or 0, "probability_by_hand": int(chance is not None)}
		frappe.db.set_value("Key Account Opportunity", idea.name, values)
	facts = running(site, ACCOUNT, CUSTOMER)
	assert figures(facts) == {first: 100}
	assert figures(facts, "orders") == {first: 40, second: 60}
	assert figures(facts, "pipeline") == {second: 100}
	assert (facts.notes.overdue, facts.notes.unweighted, facts.notes.undated) == (40, 30, 500)
	assert total(facts, "baseline") == 0 and "baseline" in facts.unknown
	if year_ago:
		sell(first, 300, str(year_ago + timedelta(days=30)))
		sell(second, 90, str(year_ago + timedelta(days=30)))
		facts = running(site, ACCOUNT, CUSTOMER, baseline=True)
		# 300 - 40 ordered; 90 is less than 60 ordered and 100 of the deal
		assert figures(facts, "baseline") == {first: 260}
		assert total(running(site, TERRITORY, baseline=True), "baseline") == 260
	over = ask(ACCOUNT, period=Period(date(2019, 1, 1), date(2019, 4, 1)), as_of=site.today)
	assert total(over, "orders") == total(over, "pipeline") == 0


def test_what_is_invoiced_of_an_order_is_no_longer_ordered(site):
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	order = b.make_order(site.customers[0], [(deals.WIRE, 10, 10)], day(site, 0))
	invoice = make_sales_invoice(order.name)
	invoice.items[0].qty = 4
	invoice.update({"disable_rounded_total": 1})
	invoice.insert().submit()
	facts = running(site, ACCOUNT)
	assert (total(facts), total(facts, "orders")) == (40, 60)
	frappe.db.set_single_value("KAM Settings", "sales_source", "Sales Order")
	facts = running(site, ACCOUNT)
	assert (total(facts), total(facts, "orders")) == (100, 0)


# ---------------------------------------------------------------- targets


def test_targets_of_plans_count_once_and_follow_their_months(site):
	group = b.ensure_item_group("Performance Pumps")
	plan(site.group, scope="Whole Account", targets=[{"amount": 1200}, {"item_group": group, "amount": 240}])
	plan(site.site, targets=[{"item_group": group, "amount": 120}])
	facts = ask(ACCOUNT, ITEM_GROUP, as_of=date(2019, 6, 30))
	assert total(facts, "target") == 1440
	by_account = {node.name: node.values["target"].sum() for _depth, node in flat(tree(facts))}
	assert by_account[site.group] == pytest.approx(1440) and by_account[site.site] == pytest.approx(120)
	assert figures(facts, "target")[group] == 240
	june = facts.frame[facts.frame["period"] == 5]["target"].sum()
	assert june == pytest.approx(1440 * 30 / 365, abs=0.02)
	assert total(facts, "target_to_date") == pytest.approx(1440 * 181 / 365, abs=0.1)
	weeks = ask(ACCOUNT, every=WEEKLY, as_of=date(2019, 6, 12))
	assert total(weeks, "target") == pytest.approx(1440, abs=0.01)
	assert total(ask(ACCOUNT, item_group=group), "target") == 240
	assert total(ask(ACCOUNT, key_account=site.site), "target") == 120
	north = ask(TERRITORY)
	assert sum(figures(north, "target").values()) == pytest.approx(1440)
	left_out = ask(ACCOUNT, item_group=b.ensure_item_group("Performance Sets"))
	assert total(left_out, "target") == 0 and left_out.notes.sentences


def test_a_target_that_nobody_gave_is_not_zero(site):
	sell(site.customers[0], 10, "2019-05-05")
	plan(site.site, 100)
	rows = {node.name: node.values["targets"].sum() for _depth, node in flat(tree(ask(ACCOUNT)))}
	assert rows[site.site] > 0
	assert {node.name: node.values["targets"].sum() for node in tree(ask(SEGMENT, key_account=site.group))}


def test_plans_that_follow_each_other_each_count_in_their_months(site):
	plan(site.site, 600, period_type="6 Months", from_date="2019-01-01", status="Closed")
	plan(site.site, 1200, period_type="6 Months", from_date="2019-07-01")
	facts = ask(ACCOUNT, every=QUARTERLY)
	quarters = facts.frame.groupby("period")["target"].sum().round(2).tolist()
	assert sum(quarters[:2]) == pytest.approx(600) and sum(quarters[2:]) == pytest.approx(1200)


def erpnext_targets(report, company, year="2019", **filters):
	from importlib import import_module

	module = import_module(f"erpnext.selling.report.{report}.{report}")
	rows = module.execute(
		frappe._dict(
			company=company,
			fiscal_year=year,
			doctype="Sales Invoice",
			period="Monthly",
			target_on="Amount",
			**filters,
		)
	)[1]
	return rows


@pytest.fixture
def distribution():
	name = "Performance Seasons"
	months = dict.fromkeys(
		("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
		5.0,
	)
	months.update({"November": 20.0, "December": 30.0})
	frappe.get_doc(
		{
			"doctype": "Monthly Distribution",
			"distribution_id": name,
			"percentages": [
				{"month": month, "percentage_allocation": part} for month, part in months.items()
			],
		}
	).insert()
	return name


def set_target(doctype, name, amount, distribution, item_group=None, year="2019"):
	document = frappe.get_doc(doctype, name)
	document.append(
		"targets",
		{
			"fiscal_year": year,
			"target_amount": amount,
			"item_group": item_group,
			"distribution_id": distribution,
		},
	)
	document.save()


@pytest.mark.parametrize(
	("doctype", "dimension", "report"),
	[
		("Sales Person", SALES_PERSON, "sales_person_target_variance_based_on_item_group"),
		("Territory", TERRITORY, "territory_target_variance_based_on_item_group"),
	],
)
def test_targets_and_actuals_equal_the_variance_reports_of_erpnext(
	adventureworks, distribution, doctype, dimension, report
):
	names = {"Sales Person": ("Jae Pak", "Tsvi Reiter"), "Territory": ("Northwest", "France")}[doctype]
	for name, amount in zip(names, (120000, 60000), strict=True):
		set_target(doctype, name, amount, distribution)
	company = adventureworks.COMPANY
	rows = {row[frappe.scrub(doctype)]: row for row in erpnext_targets(report, company)}
	facts = ask(dimension, companies=(company,), targets_from=p.ERPNEXT)
	months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
	found = {node.name: node.values for _depth, node in flat(tree(facts))}
	for name in names:
		for number, month in enumerate(months):
			assert found[name]["target"][number] == pytest.approx(
				rows[name][f"target_{month}_2019"], abs=0.02
			)
			assert found[name]["actual"][number] == pytest.approx(rows[name][f"{month}_2019"], abs=0.02)
		assert found[name]["target"].sum() == pytest.approx(rows[name]["total_target"], abs=0.02)


def test_a_group_target_is_not_added_to_those_below(company, distribution):
	region = b.ensure_territory("Performance Region", is_group=True)
	city = b.ensure_territory("Performance City", parent=region)
	set_target("Territory", region, 1000, distribution)
	set_target("Territory", city, 400, distribution)
	facts = ask(TERRITORY, targets_from=p.ERPNEXT)
	rows = {node.name: node.values["target"].sum() for _depth, node in flat(tree(facts))}
	assert (rows[region], rows[city]) == (pytest.approx(1000), pytest.approx(400))
	assert total(ask(TERRITORY, targets_from=p.ERPNEXT, territory=city), "target") == 400
	cut = ask(ACCOUNT, targets_from=p.ERPNEXT, market_segment="Upper Income")
	assert total(cut, "target") == 0 and "Market Segment" in cut.notes.sentences[0]


# ---------------------------------------------------------------- companies and currencies


def test_two_companies_are_added_up_at_one_stated_rate(site):
	b.ensure_euro_company()
	b.ensure_exchange_rate("EUR", "USD", 1.25)
	sell(site.customers[0], 100, "2019-03-03")
	sell(site.customers[0], 40, "2019-03-03", company=b.EURO_COMPANY)
	plan(site.group, 1000)
	plan(site.site, 200, company=b.EURO_COMPANY)
	both = (b.COMPANY, b.EURO_COMPANY)
	facts = ask(ACCOUNT, companies=both, as_of=date(2019, 12, 31))
	assert total(facts) == 150 and total(facts, "target") == pytest.approx(1250)
	assert [(currency, rate, on) for _company, currency, rate, on in facts.rates] == [
		("USD", 1.0, date(2019, 12, 31)),
		("EUR", 1.25, date(2019, 12, 31)),
	]
	assert total(ask(ACCOUNT, companies=both, measure=p.QUANTITY)) == 2
	frappe.flags.kam_exchange_rates = None
	frappe.db.delete("Currency Exchange", {"from_currency": "EUR"})
	frappe.db.delete("Currency Exchange", {"to_currency": "EUR"})
	with pytest.raises(frappe.ValidationError, match="no exchange rate from EUR to USD"):
		ask(ACCOUNT, companies=both)
	frappe.flags.kam_exchange_rates = None


# ---------------------------------------------------------------- readers


def test_a_reader_who_sees_less_never_sees_a_larger_total(site, as_user):
	first, second = site.customers
	sell(first, 100, day(site, -10))
	sell(second, 30, day(site, -10))
	b.make_order(second, [(deals.WIRE, 1, 60)], day(site, 10))
	idea = deals.make_idea(site.site, 200, second, expected_close=day(site, 10))
	frappe.db.set_value("Key Account Opportunity", idea.name, {"probability": 50, "probability_by_hand": 1})
	manager = b.ensure_user("performance.manager@example.com", ["Key Account Manager"])
	account = frappe.get_doc("Key Account", site.site)
	account.key_account_manager = manager
	account.save()
	fenced = b.ensure_user("performance.fenced@example.com", ["Key Account Director", "Sales User"])
	b.allow_only(fenced, "Customer", second)
	director = b.ensure_user("performance.director@example.com", ["Key Account Director"])
	everything = running(site, ACCOUNT, baseline=True)
	with as_user(director):
		assert total(running(site, ACCOUNT)) == total(everything)
	for user in (manager, fenced):
		with as_user(user):
			for dimensions in ((ACCOUNT, CUSTOMER), (TERRITORY,), (SALES_PERSON,), (ITEM_GROUP,)):
				facts = running(site, *dimensions, baseline=True)
				assert total(facts) == 30
				assert total(facts, "orders") == 60
				assert total(facts, "pipeline") == 100
				for figure in p.FIGURES:
					assert total(facts, figure) <= total(everything, figure)
				assert first not in facts.frame.to_string()
	with as_user(manager), pytest.raises(frappe.PermissionError):
		running(site, ACCOUNT, key_account=site.group)


# ---------------------------------------------------------------- when masters change


def test_totals_stay_right_when_masters_change(site):
	first, second = site.customers
	sell(first, 100, "2019-03-03")
	sell(second, 30, "2019-04-03")
	plan(site.site, 120)
	before = (total(ask(ACCOUNT)), total(ask(ACCOUNT), "target"), total(ask(TERRITORY)))
	other = k.make_account("Performance Other")
	moved = frappe.get_doc("Key Account", site.site)
	moved.parent_key_account = other.name
	moved.save()
	facts = ask(ACCOUNT)
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(facts))}
	assert rows[other.name] == 30 and rows[site.group] == 100
	frappe.rename_doc("Territory", site.territory, "Performance Renamed", force=True)
	assert figures(ask(TERRITORY, key_account=site.group)) == {"Performance Renamed": 100}
	frappe.rename_doc("Customer", first, second, merge=True, force=True)
	facts = ask(ACCOUNT, CUSTOMER)
	assert (total(facts), total(facts, "target"), total(ask(TERRITORY))) == before
	assert figures(facts)[second] == 130
	level = b.ensure_territory("Performance Level", is_group=True)
	node = frappe.get_doc("Territory", "Performance Renamed")
	node.parent_territory = level
	node.save()
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(ask(TERRITORY)))}
	assert rows[level] == rows["Performance Renamed"] == 130


def test_slices_follow_the_fiscal_year_that_is_asked_for(site):
	for day_of, amount in (("2018-03-31", 1), ("2018-04-01", 2), ("2018-07-01", 4), ("2019-03-31", 8)):
		sell(site.customers[0], amount, day_of)
	facts = ask(ACCOUNT, period=Period(date(2018, 4, 1), date(2019, 4, 1)), every=QUARTERLY)
	quarters = facts.frame.groupby("period")["actual"].sum().reindex(range(4), fill_value=0).tolist()
	assert quarters == [2, 4, 0, 8] and total(facts, "last_year") == 1
