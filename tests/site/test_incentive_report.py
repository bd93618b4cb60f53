"""The report Incentive Performance: cells by hand, contributions that add up, and what it says when there is nothing."""

import frappe
import pytest
from frappe.desk import query_report

from kam_erpnext.api import incentives as api
from kam_erpnext.kam_erpnext.report.incentive_performance.incentive_performance import execute
from tests.site import builders as b
from tests.site import incentive_builders as i
from tests.site.incentive_builders import (
	COLLEAGUE,
	DIRECTOR,
	MANAGER,
	PAYER,
	PEOPLE,
	STRANGER,
	make_scheme,
	measure,
	participant,
	statement_of,
)
from tests.site.kam_builders import lasting_users, make_account

PERSON, TERRITORY, REGION = (f"Contribution by {name}" for name in ("Person", "Territory", "Region"))
FIGURES = ("net_sales", "last_year", "margin")


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(PEOPLE):
		yield


class Firm:
	"""The manager's account: Far West 9 pieces and East 4; the colleague's: Far West 5. A piece is sold at 100 and costs 60.
	A year before the manager's customer in Far West bought 2."""

	def __init__(self):
		b.ensure_company()
		frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
		self.west = b.ensure_territory("Incentive West", is_group=True)
		self.far_west = b.ensure_territory("Incentive Far West", self.west)
		self.east = b.ensure_territory("Incentive East")
		self.item = b.ensure_stock_item()
		b.make_receipt([(self.item, 100, 60)])
		self.one = b.make_customer("Incentive One", self.far_west).name
		self.two = b.make_customer("Incentive Two", self.east).name
		self.three = b.make_customer("Incentive Three", self.far_west).name
		make_account("Incentive A", [self.one, self.two], key_account_manager=MANAGER)
		make_account("Incentive B", [self.three], key_account_manager=COLLEAGUE)
		for customer, quantity, day in (
			(self.one, 9, "2019-03-01"),
			(self.two, 4, "2019-04-01"),
			(self.three, 5, "2019-05-01"),
			(self.one, 2, "2018-03-01"),
		):
			b.make_invoice(customer, [(self.item, quantity, 100)], day)
		rules = [measure("Margin", 60, target=520), measure("Call Compliance", 40)]
		self.scheme = make_scheme([participant(MANAGER, 10_000), participant(COLLEAGUE, 5_000)], rules)


@pytest.fixture
def firm():
	return Firm()


def rows_of(show="Measures", **filters):
	_columns, rows, _message, _chart, _summary = execute({"show": show, "company": b.COMPANY, **filters})
	return rows


def by_label(rows):
	return {row["label"]: row for row in rows}


def test_a_line_for_each_person_and_measure(firm):
	"""Manager: margin 13 * 40 = 520 of 520, so 6,000. Colleague: 200 of 520 is 38.46 %: nothing."""
	rows = rows_of(from_date="2019-01-01", to_date="2019-12-31")
	heads = {row["label"]: row for row in rows if not row["parent"]}
	manager, colleague = heads["Incentive Manager"], heads["Incentive Colleague"]
	assert (manager["attainment"], manager["payout"], manager["amount"], manager["known"]) == (
		100,
		60,
		6000,
		60,
	)
	assert (colleague["attainment"], colleague["amount"], colleague["at_target"]) == (38.5, 0, 5000)
	lines = [row for row in rows if row["parent"] == manager["key"]]
	assert [row["label"] for row in lines] == ["Margin", "Call Compliance"]
	assert (lines[0]["due"], lines[0]["actual"], lines[0]["amount"]) == ("$ 520.00", "$ 520.00", 6000)
	assert lines[1]["actual"] is None and lines[1]["attainment"] is None and lines[1]["known"] == 0
	assert sum(row["amount"] for row in lines) == manager["amount"]


def test_summary_and_chart(firm):
	_columns, _rows, message, chart, summary = execute({"company": b.COMPANY})
	values = {item["label"]: item["value"] for item in summary}
	assert values["Amount"] == 6000 and values["Amount at Target"] == 15_000 and values["Not Known"] == 2
	assert [row["value"] for row in chart["kam"]["rows"]] == [0, 60]
	assert "Drafts: 2 of 2" in message
	alone = execute({"company": b.COMPANY, "user": MANAGER})[3]["kam"]
	assert [(row["name"], row["value"]) for row in alone["rows"]] == [
		("Margin", 100),
		("Call Compliance", None),
	]


def test_contributions_by_person(firm):
	rows = rows_of(PERSON)
	heads = by_label(row for row in rows if not row["parent"])
	manager = heads["Incentive Manager"]
	assert (manager["net_sales"], manager["margin"], manager["last_year"]) == (1300, 520, 200)
	assert (manager["share"], manager["margin_percent"], manager["customers"]) == (72.2, 40, 2)
	places = by_label(row for row in rows if row["parent"] == manager["key"])
	assert {name: row["net_sales"] for name, row in places.items()} == {
		"Incentive Far West": 900,
		"Incentive East": 400,
	}


@pytest.mark.parametrize("show", [PERSON, TERRITORY, REGION])
def test_children_add_up_to_their_parent(firm, show):
	rows = rows_of(show)
	for figure in FIGURES:
		for row in rows:
			children = [child[figure] for child in rows if child["parent"] == row["key"]]
			if children:
				assert sum(children) == pytest.approx(row[figure]), (row["label"], figure)
		assert sum(row[figure] for row in rows if not row["parent"]) == pytest.approx(
			{"net_sales": 1800, "last_year": 200, "margin": 720}[figure]
		)


def test_territories_stand_in_their_tree_and_regions_below_the_root(firm):
	rows = rows_of(TERRITORY)
	west, far = by_label(rows)["Incentive West"], by_label(rows)["Incentive Far West"]
	assert far["parent"] == west["key"] and (west["net_sales"], west["indent"], far["indent"]) == (1400, 0, 1)
	sellers = {row["label"]: row["net_sales"] for row in rows if row["parent"] == far["key"]}
	assert sellers == {"Incentive Manager": 900, "Incentive Colleague": 500}
	regions = {row["label"]: row["net_sales"] for row in rows_of(REGION) if not row["parent"]}
	assert regions == {"Incentive West": 1400, "Incentive East": 400}


def test_customers_of_two_people_are_told(firm):
	account = frappe.get_doc("Key Account", {"account_name": "Incentive A"})
	account.append("team", {"user": COLLEAGUE})
	account.save()
	message = execute({"show": PERSON, "company": b.COMPANY})[2]
	assert "2 customers have several of these people" in message


def test_contributions_of_sales_people_are_their_shares(firm):
	ann, bob = b.ensure_sales_person("Incentive Ann"), b.ensure_sales_person("Incentive Bob")
	b.make_invoice(firm.two, [(firm.item, 10, 100)], "2020-02-01", sales_team=[(ann, 60), (bob, 40)])
	people = [participant(MANAGER, sales_person=ann), participant(COLLEAGUE, sales_person=bob)]
	make_scheme(people, from_date="2020-01-01", to_date="2020-12-31")
	rows = rows_of(PERSON, from_date="2020-01-01", to_date="2020-12-31")
	assert {row["label"]: (row["net_sales"], row["margin"]) for row in rows if not row["parent"]} == {
		"Incentive Manager": (600, 240),
		"Incentive Colleague": (400, 160),
	}


def test_contributions_are_those_the_statement_counts(firm, as_user):
	"""The manager may see one of his two customers; nobody's report counts the other for him."""
	b.allow_only(MANAGER, "Customer", firm.one)
	api.recalculate_scheme(firm.scheme.name)
	line = statement_of(firm.scheme).lines[0]
	with as_user(PAYER):
		manager = by_label(rows_of(PERSON))["Incentive Manager"]
	assert line.actual == manager["margin"] == 360


def test_days_and_states_choose_statements(firm):
	assert not rows_of(from_date="2020-01-01", to_date="2020-12-31")
	assert len([row for row in rows_of(from_date="2019-12-31") if not row["parent"]]) == 2
	assert not rows_of(status="Final")
	api.close(firm.scheme.name, accept_unknown=True)
	assert rows_of(status="Final") and not rows_of(status="Draft")
	firm.scheme.reload()
	firm.scheme.cancel()
	assert not rows_of() and rows_of(status="Withdrawn")


def test_currencies_are_not_mixed(firm):
	make_scheme(company=b.ensure_euro_company())
	_columns, rows, message, _chart, _summary = execute({"show": PERSON})
	assert not rows and "choose a company" in message
	summary = execute({})[4]
	assert not any(item["label"] == "Amount" for item in summary)


def test_the_empty_report_says_why(firm, as_user):
	with as_user(STRANGER):
		answer = query_report.run("Incentive Performance", {}, ignore_prepared_report=True)
		assert not answer["result"] and "somebody below you" in answer["message"]
	i.ensure_employee(DIRECTOR)
	i.ensure_employee(MANAGER, DIRECTOR)
	with as_user(DIRECTOR):
		assert {row["label"] for row in rows_of() if not row["parent"]} == {"Incentive Manager"}


def test_a_wrong_filter_is_told_and_nothing_is_raised(firm):
	assert rows_of(show="Nonsense", status="Nonsense")
	_columns, rows, message, *_rest = execute({"from_date": "not a day"})
	assert not rows and message
