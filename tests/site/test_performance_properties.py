"""What must hold for every roll-up: children add up, rights only lower, lines put together change no sum, trees may change."""

from datetime import date
from itertools import permutations

import frappe
import pytest

from kam_erpnext.data import performance as p
from kam_erpnext.data import sales
from kam_erpnext.data.performance import ACCOUNT, CUSTOMER, ITEM_GROUP, SALES_PERSON, SEGMENT, TERRITORY
from kam_erpnext.engine.performance import MONTHLY, OWN, QUARTERLY, flat
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.report.key_account_performance import key_account_performance as report
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_performance import EVERY_FIGURE, YEAR, ask, company, plan, sell, total, tree  # noqa: F401

TREES = (ACCOUNT, TERRITORY, SALES_PERSON, SEGMENT, ITEM_GROUP)
HALF = date(2019, 5, 15)


def assert_children_add_up(facts):
	tops = tree(facts)
	for _depth, node in flat(tops):
		if node.children:
			below = sum(child.sums for child in node.children)
			assert abs(below - node.sums).max() < 1e-6, node.path
	for figure in EVERY_FIGURE:
		at_top = sum(float(node.values[figure].sum()) for node in tops)
		assert at_top == pytest.approx(float(facts.frame[figure].sum()), abs=1e-6)


@pytest.fixture
def programme(adventureworks):
	"""Two levels of accounts with plans, on the real input."""
	company = adventureworks.COMPANY  # noqa: F811
	names = frappe.get_all("Customer", pluck="name", order_by="name", limit=6)
	top = k.make_account("Property Group", names[:2])
	below = k.make_account("Property Site", names[2:6], parent=top.name)
	plan(top.name, scope="Whole Account", company=company, targets=[{"amount": 120000}])
	plan(below.name, company=company, targets=[{"amount": 30000}])
	return frappe._dict(company=company, top=top.name, below=below.name)


def test_children_add_up_for_every_pair_of_dimensions(programme):
	companies = (programme.company,)
	expected = None
	for pair in permutations(TREES, 2):
		facts = ask(*pair, CUSTOMER, companies=companies, as_of=HALF, every=QUARTERLY, baseline=True)
		assert_children_add_up(facts)
		totals = {figure: total(facts, figure) for figure in p.FIGURES}
		expected = expected or totals
		assert totals == pytest.approx(expected, abs=0.05), pair
	assert expected["actual"] > 0 and expected["target"] == pytest.approx(120000)


@pytest.mark.parametrize("measure", [p.QUANTITY, p.MARGIN])
def test_other_measures_add_up_as_well(programme, measure):
	companies = (programme.company,)
	expected = None
	for pair in ((ACCOUNT, ITEM_GROUP), (ITEM_GROUP, TERRITORY), (SALES_PERSON, SEGMENT)):
		facts = ask(*pair, companies=companies, as_of=HALF, every=MONTHLY, measure=measure)
		assert_children_add_up(facts)
		totals = {figure: total(facts, figure) for figure in ("actual", "last_year", "last_year_to_date")}
		expected = expected or totals
		assert totals == pytest.approx(expected, abs=0.05), pair


@pytest.mark.parametrize("fence", ["Territory", "Customer Group", "Customer", "Item Group", "Sales Person"])
def test_a_fence_lowers_or_leaves_every_line(programme, as_user, fence):
	companies = (programme.company,)
	allowed = {
		"Territory": "Northwest",
		"Customer Group": frappe.db.get_value("Customer", {"disabled": 0}, "customer_group"),
		"Customer": frappe.get_all("Customer", pluck="name", order_by="name", limit=1)[0],
		"Item Group": frappe.get_all("Item Group", {"is_group": 0}, pluck="name", order_by="name", limit=1)[
			0
		],
		"Sales Person": "Jae Pak",
	}[fence]
	user = b.ensure_user("property.fenced@example.com", ["Key Account Director", "Sales User"])
	b.allow_only(user, fence, allowed)

	def lines(*dimensions):
		"""Path -> figures; an account of which the reader sees no others below has no line of its own besides."""
		facts = ask(*dimensions, companies=companies, as_of=HALF)
		found = {}
		for _depth, node in flat(tree(facts)):
			path = tuple(part for part in node.path if part[1] != OWN)
			if path not in found or node.name != OWN:
				found[path] = node.values.sum()
		return found

	for dimensions in ((TERRITORY, CUSTOMER), (SALES_PERSON,), (ACCOUNT, ITEM_GROUP)):
		whole = lines(*dimensions)
		with as_user(user):
			part = lines(*dimensions)
		assert set(part) <= set(whole)
		for path, values in part.items():
			for figure in ("actual", "orders", "last_year", "last_year_to_date"):
				assert values[figure] <= whole[path][figure] + 0.01, (path, figure)


# ---------------------------------------------------------------- lines put together


@pytest.fixture
def many(company):  # noqa: F811
	"""Two territories with eight customers each, one customer without sales to speak of."""
	for number in range(16):
		place = b.ensure_territory(f"Property Place {number % 2}")
		customer = b.make_customer(f"Property Customer {number:02d}", territory=place).name
		sell(customer, 10 * (number + 1), "2019-05-05")
	return {"company": b.COMPANY, "from_date": "2019-01-01", "to_date": "2019-12-31", "by": "Territory"} | {
		"customers": 1,
		"sold_to": "All Customers",
		"territory": None,
	}


def test_lines_put_together_change_no_sum(many, monkeypatch):
	whole = report.execute(many)
	monkeypatch.setattr(report, "MAXIMUM_LINES", 12)
	short = report.execute(many)
	assert len(short[1]) <= 12 < len(whole[1])
	assert short[1][0] == whole[1][0] and short[4] == whole[4]
	others = [row for row in short[1] if row.get("others")]
	assert [(row["label"], row["actual"]) for row in others] == [("5 others", 300), ("5 others", 250)]
	by_node = {row["node"]: row for row in short[1]}
	for figure in ("actual", "forecast", "last_year"):
		sums = dict.fromkeys(by_node, 0.0)
		for row in short[1]:
			if row["parent_node"]:
				sums[row["parent_node"]] += row[figure]
		for node, amount in sums.items():
			if any(row["parent_node"] == node for row in short[1]):
				assert amount == pytest.approx(by_node[node][figure])
	assert "stand by themselves" in short[2] and "stand by themselves" not in whole[2]
	every = report.execute({**many, "every_line": 1})
	assert every[1] == whole[1]
	opened = report.execute({**many, **frappe.parse_json(others[0]["place"])})
	assert not any(row.get("others") for row in opened[1]) and len(opened[1]) == 10


def test_parts_that_are_not_shown_change_no_figure(many):
	plain = report.execute({**many, "every": "Monthly"})[1][0]
	by_week = report.execute({**many, "every": "Weekly", "view": "Actual by Period"})[1][0]
	assert {name: by_week[name] for name in plain} == plain


# ---------------------------------------------------------------- trees of today


def test_a_new_level_and_moved_nodes_keep_every_total(company):  # noqa: F811
	people = [b.ensure_sales_person(f"Property Seller {number}") for number in (1, 2)]
	first, second = (b.make_customer(f"Property {name}").name for name in ("North", "South"))
	sell(first, 100, "2019-03-03", sales_team=[(people[0], 60), (people[1], 40)])
	sell(second, 30, "2019-04-03", sales_team=[(people[1], 100)])
	group = k.make_account("Property Whole", [first])
	site = k.make_account("Property Part", [second], parent=group.name)
	plan(site.name, 120)
	questions = [(ACCOUNT,), (SALES_PERSON, ACCOUNT), (ITEM_GROUP, TERRITORY)]
	before = [[total(ask(*dimensions), figure) for figure in p.FIGURES] for dimensions in questions]

	def unchanged():
		found = [[total(ask(*dimensions), figure) for figure in p.FIGURES] for dimensions in questions]
		for now, then in zip(found, before, strict=True):
			assert now == pytest.approx(then)
		for dimensions in questions:
			assert_children_add_up(ask(*dimensions))

	middle = k.make_account("Property Between", parent=group.name)
	site.reload()
	site.parent_key_account = middle.name
	site.save()
	unchanged()
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(ask(ACCOUNT)))}
	assert rows[middle.name] == rows[site.name] == 30 and rows[group.name] == 130
	team = b.ensure_sales_person("Property Team", is_group=True)
	seller = frappe.get_doc("Sales Person", people[1])
	seller.parent_sales_person = team
	seller.save()
	unchanged()
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(ask(SALES_PERSON)))}
	assert rows[team] == rows[people[1]] == 70
	range_of_goods = b.ensure_item_group("Property Range", is_group=True)
	goods = frappe.get_doc("Item Group", frappe.db.get_value("Item", b.ensure_service_item(), "item_group"))
	goods.parent_item_group = range_of_goods
	goods.save()
	unchanged()
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(ask(ITEM_GROUP)))}
	assert rows[range_of_goods] == 130


def test_two_territories_become_one(company):  # noqa: F811
	north, south = (b.ensure_territory(f"Property {name}") for name in ("North", "South"))
	for number, place in enumerate((north, south)):
		sell(b.make_customer(f"Property Merged {number}", territory=place).name, 50, "2019-03-03")
	before = total(ask(TERRITORY))
	frappe.rename_doc("Territory", north, south, merge=True, force=True)
	facts = ask(TERRITORY)
	rows = {node.name: node.values["actual"].sum() for _depth, node in flat(tree(facts))}
	assert total(facts) == before and rows[south] == 100 and north not in rows


def test_a_fiscal_year_that_begins_in_april(company):  # noqa: F811
	customer = b.make_customer("Property Fiscal").name
	for day, amount in (("2018-03-31", 1), ("2018-04-01", 2), ("2019-03-31", 4), ("2019-04-01", 8)):
		sell(customer, amount, day)
	fiscal = Period(date(2018, 4, 1), date(2019, 4, 1))
	facts = ask(TERRITORY, CUSTOMER, period=fiscal, every=QUARTERLY)
	assert total(facts) == 6 and total(facts, "last_year") == 1
	assert total(ask(TERRITORY, period=YEAR)) == 12
	assert_children_add_up(facts)


# ---------------------------------------------------------------- cost of goods, line by line


def test_margin_does_not_depend_on_how_it_is_cut(adventureworks):
	filters = sales.SalesFilters(adventureworks.COMPANY)
	whole = sales.net_sales(filters, YEAR, by=(), with_cost=True).iloc[0]
	for by in (("territory",), ("customer", "item_group"), ("sales_person", "period")):
		frame = sales.net_sales(filters, YEAR, by=by, with_cost=True)
		assert frame["cost"].sum() == pytest.approx(whole["cost"], abs=0.05), by
		assert frame["net_sales"].sum() == pytest.approx(whole["net_sales"], abs=0.05), by
