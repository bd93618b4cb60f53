"""The report Account Profitability: rows, trees, baselines, lifetime value, readers, and what stands behind a figure."""

import json

import frappe
import pytest
from frappe.utils import flt

from kam_erpnext.api import profitability as api
from kam_erpnext.kam_erpnext.report.account_profitability.account_profitability import execute
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.plan_builders import make_plan
from tests.site.test_budget import buy, ensure_supplier, in_force
from tests.site.test_profitability import GROUP, ITEM, make_event, make_rate, make_timesheet, sell

DAYS = {"period": "Custom", "from_date": "2019-03-01", "to_date": "2019-04-30"}
NORTH, SOUTH = "Profit North", "Profit South"


@pytest.fixture
def world():
	"""Group (own customer Mother, 300) with a part below it (Daughter, 100), and a customer outside (Stranger, 200), each
	sold at a cost of 60 %; a year before half of that. 50 of key account work on the part, 30 on the group."""
	b.ensure_company()
	frappe.db.delete("KAM Cost Rate")
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	b.ensure_customer_group(GROUP)
	b.ensure_stock_item(ITEM)
	b.make_receipt([(ITEM, 1000, 6)])
	b.ensure_territory("Profit World", is_group=True)
	for name in (NORTH, SOUTH):
		b.ensure_territory(name, "Profit World")
	made = frappe._dict()
	for name, pieces, territory in (("Mother", 30, NORTH), ("Daughter", 10, SOUTH), ("Stranger", 20, SOUTH)):
		made[name] = b.make_customer(f"Profit {name}", territory=territory, customer_group=GROUP).name
		sell(made[name], pieces, 10, 0)
		sell(made[name], pieces // 2, 10, 0, day="2018-03-05")
	made.group = k.make_account("Profit Group", [made.Mother]).name
	made.part = k.make_account("Profit Part", [made.Daughter], parent=made.group).name
	ensure_supplier()
	b.ensure_item("Test Budget Service", stock=False)
	for name, amount in ((made.group, 30), (made.part, 50)):
		plan = in_force(make_plan(name, budget=[{"purpose": "Event", "planned": 365}]))
		buy("Purchase Invoice", plan, amount=amount)
		made[f"plan of {name}"] = plan
	return made


def run(**filters):
	columns, rows, message, chart, summary = execute({"company": b.COMPANY, **DAYS, **filters})
	assert (columns or not rows) and "program" not in (message or ""), message
	return (
		{row["label"]: row for row in rows},
		message,
		chart,
		{item["label"]: item["value"] for item in summary or ()},
	)


def mine(rows):
	"""Rows of the documents of these tests."""
	return {label: row for label, row in rows.items() if label.startswith("Profit")}


def test_the_tree_of_accounts(world):
	rows, message, chart, summary = run(key_account=world.group)
	assert list(rows) == ["Profit Group", "Profit Part"]
	group, part = rows["Profit Group"], rows["Profit Part"]
	assert (group["net_sales"], group["cm1"], group["cm2"], group["work"], group["cm3"]) == (
		400,
		160,
		160,
		80,
		80,
	)
	assert (part["net_sales"], part["cm2"], part["work"], part["cm3"]) == (100, 40, 50, -10)
	assert (part["indent"], part["parent_node"], group["cm1_percent"]) == (1, group["node"], 40)
	# a plan of 365 for the year, 61 of its days in the period, and that of the part below
	assert (part["planned"], group["planned"]) == (61, 122)
	assert (part["budget_percent"], group["budget_percent"]) == (
		flt(100 * 50 / 61, 1),
		flt(100 * 80 / 122, 1),
	)
	# 160 against 80 a year before, for 80 of work: (80 - 80) / 80
	assert (group["gained"], group["roi"]) == (80, 0)
	assert (part["gained"], part["roi"]) == (20, flt(100 * (20 - 50) / 50, 1))
	# 80 a month at a gain of 80 in 61 days: it takes the period to earn it
	assert group["payback"] == flt(61 * 12 / 365, 1)
	assert (summary["Net Sales"], summary["CM3"], summary["Return on Work"]) == (400, 80, "0.0 %")
	assert "No cost driver has a rate" in message and "prior" not in message.lower()
	labels = [step["label"] for step in chart["kam"]["steps"]]
	assert labels[0] == "Gross Sales" and labels[-3:] == ["CM2", "Key Account Work", "CM3"]


def test_children_and_own_customers_add_up(world):
	make_rate("Delivery", 5)
	rows = run(key_account=world.group, show_customers=1, all_steps=1)[0]
	group, part, own = rows["Profit Group"], rows["Profit Part"], rows["Profit Mother"]
	for name in ("gross_sales", "net_sales", "cost", "serving", "cm2", "cost_deliveries"):
		assert group[name] == part[name] + own[name], name
	assert group["serving"] == 10 and own["parent_node"] == group["node"]
	# nobody can say what of the work belongs to one customer of the account
	assert own["work"] is None and own["cm3"] is None and own["cm2"] == 115


def test_customers_take_the_work_by_their_sales(world):
	rows = mine(run(by="Customer")[0])
	assert rows["Profit Daughter"]["account_name"] == "Profit Part"
	# the group's 30 by 300 to 100, the part's 50 alone
	assert rows["Profit Mother"]["work"] == 22.5
	assert rows["Profit Daughter"]["work"] == 57.5
	assert rows["Profit Stranger"]["work"] == 0 and rows["Profit Stranger"]["roi"] is None
	by_place = mine(run(by="Territory")[0])
	assert by_place["Profit World"]["net_sales"] == 600
	assert by_place["Profit World"]["work"] == 80
	assert by_place[NORTH]["cm3"] == 120 - 22.5
	assert by_place[NORTH]["parent_node"] == by_place["Profit World"]["node"]
	# the same where a filter shows only some customers of an account
	north = run(territory=NORTH)[0]
	assert north["Profit Group"]["work"] == 22.5 and "Profit Part" not in north
	assert run(by="Customer Group")[0][GROUP]["work"] == 80
	assert run(by="Market Segment")[0]["Not Assigned"]["net_sales"] >= 600


def test_work_of_an_account_without_customers_is_not_lost(world):
	account = k.make_account("Profit Empty").name
	plan = in_force(make_plan(account, budget=[{"purpose": "Event", "planned": 10}]))
	buy("Purchase Invoice", plan, amount=11)
	rows, message, _chart, summary = run(by="Territory")
	assert rows["Not Assigned"]["work"] == 11 and "Not Assigned" in message
	assert summary["Key Account Work"] == 91
	tree, _message, _chart, again = run()
	assert tree["Profit Empty"]["cm3"] == -11 and again["Key Account Work"] == 91
	alone, _message, chart, _summary = run(key_account=account)
	assert (alone["Profit Empty"]["work"], alone["Profit Empty"]["net_sales"], chart) == (11, 0, None)


def test_growth_of_others_is_the_baseline(world):
	# five strangers who grew from 100 to 110: a tenth
	group = b.ensure_customer_group("Profit Peers")
	for number in range(5):
		peer = b.make_customer(f"Peer {number}", customer_group=group).name
		sell(peer, 10, 10, 0, day="2018-03-05")
		sell(peer, 11, 10, 0)
	frappe.db.set_value("Customer", {"name": ("in", [world.Mother, world.Daughter])}, "customer_group", group)
	rows, message, _chart, _summary = run(key_account=world.group, baseline="Growth of Others")
	part = rows["Profit Part"]
	assert part["gained"] == 40 - 20 * 1.1
	assert part["roi"] == flt(100 * (18 - 50) / 50, 1)
	assert "10.0 %" in message and "comparable customers" in message
	alone = run(baseline="Growth of Others")[0]
	assert alone["Profit Part"]["gained"] == 18


def test_lifetime_value_and_its_assumptions(world):
	rows, message, chart, summary = run(
		key_account=world.part, years=2, retention=90, discount=10, growth=0, chart="Lifetime Value"
	)
	year = 40 * 365 / 61
	expected = year * 0.9 / 1.1 + year * 0.81 / 1.21
	assert rows["Profit Part"]["lifetime"] == pytest.approx(expected, abs=0.01)
	assert summary["Lifetime Value"] == pytest.approx(expected, abs=0.01)
	assert "retention of 90.0 %" in message and "for 2 years" in message
	years = chart["kam"]["years"]
	assert [row["year"] for row in years] == [1, 2]
	assert years[0]["added"] == pytest.approx(year * 0.9 / 1.1, abs=0.01)
	assert years[1]["sum"] == pytest.approx(expected, abs=0.01)
	rows, message, _chart, _summary = run(key_account=world.part, retention="much")
	assert not rows and "much is not a number" in message
	half = run(key_account=world.part, years=1, retention="45,0", discount="0", growth="100")[0]
	assert half["Profit Part"]["lifetime"] == pytest.approx(year * 0.9, abs=0.01)
	rows, message, _chart, _summary = run(key_account=world.part, years=50)
	assert not rows and "1 to 20 Years" in message


def test_whale_curve(world):
	make_rate("Call", 1000)
	make_event("2019-03-05", ("Customer", world.Daughter))
	chart = run(key_account=world.group, chart="Whale Curve")[2]["kam"]
	assert [point["name"] for point in chart["points"]] == ["Profit Mother", "Profit Daughter"]
	assert [point["margin"] for point in chart["points"]] == [120, -960]
	assert (chart["losing"], chart["lost"], chart["peak"]) == (1, -960, 120)


def test_items_end_with_cm1(world):
	group = frappe.db.get_value("Item", ITEM, "item_group")
	make_rate("Delivery", 5)
	rows, message, chart, summary = run(key_account=world.group, item_group=group)
	row = rows["Profit Group"]
	assert row["cm1"] == 160 and row["cm2"] is None and row["cm3"] is None and row["roi"] is None
	assert (summary["CM2"], summary["Lifetime Value"]) == ("–", "–")
	assert "margins end with CM1" in message
	assert [step["label"] for step in chart["kam"]["steps"]][-1] == "CM1"


def test_readers_get_what_they_may_see(world, as_user):
	manager = b.ensure_user("profit.part@example.com", ["Key Account Manager"])
	part = frappe.get_doc("Key Account", world.part)
	part.append("team", {"user": manager})
	part.save()
	everything = run()[3]
	with as_user(manager):
		rows, message, _chart, summary = run()
		assert list(rows) == ["Profit Part"]
		assert rows["Profit Part"]["work"] == 50 and summary["Net Sales"] == 100
		assert "Only what you may see is counted" in message
		assert run(key_account=world.group)[0] == {}
		with pytest.raises(frappe.PermissionError):
			lines(key_account=world.group)
		assert lines(customer=world.Mother)["customers"] == 0
	assert everything["Net Sales"] >= 600


def lines(filters=None, **row):
	return api.lines(json.dumps({"company": b.COMPANY, **DAYS, **(filters or {})}), json.dumps(row))


def test_what_stands_behind_a_line(world):
	make_rate("Delivery", 5)
	make_rate("Call", 10)
	make_rate("Timesheet", 50)
	make_rate("Money Overdue", 10)
	event = make_event("2019-03-05", ("Customer", world.Daughter))
	sheet = make_timesheet(world.Daughter, 60)
	found = lines(key_account=world.part)
	steps = {step["field"]: step for step in found["steps"]}
	assert (steps["net_sales"]["amount"], steps["cm1"]["amount"]) == (100, 40)
	drivers = {driver["label"]: driver for driver in found["drivers"]}
	assert (drivers["Deliveries"]["quantity"], drivers["Deliveries"]["cost"]) == (1, 5)
	assert drivers["Calls"]["lists"][0]["filters"]["name"] == ["in", [event.name]]
	assert drivers["Timesheets"]["lists"][0]["filters"]["name"] == ["in", [sheet.name]]
	assert (drivers["Timesheets"]["rate"], drivers["Timesheets"]["cost"]) == ("50.00 %", 30)
	assert drivers["Payment Delay"]["rate"] == "10.00 % a year"
	assert [row["amount"] for row in found["work"]] == [50]
	assert "Sales Orders" in found["unused"]
	for entry in [*found["steps"], *found["drivers"]]:
		for listed in entry.get("lists", []):
			assert frappe.get_list(listed["doctype"], filters=listed["filters"], limit=2) is not None
	invoices = steps["net_sales"]["lists"][0]
	assert len(frappe.get_list(invoices["doctype"], filters=invoices["filters"])) == 1


def test_a_line_above_the_filter_shows_what_the_filter_shows(world):
	found = lines({"territory": NORTH}, territory="Profit World")
	assert found["customers"] == 1
	assert lines({}, territory="Profit World")["customers"] == 3


def test_hostile_words_do_not_reach_the_page(world):
	hostile = "<img src=x onerror=alert(1)>"
	frappe.db.set_value("Key Account", world.part, "account_name", hostile)
	_rows, message, _chart, _summary = run(key_account=world.group, market_segment=hostile)
	assert "<img" not in message
	assert run(key_account=hostile)[0] == {} and "<img" not in run(key_account=hostile)[1]


def test_nothing_to_show(world):
	rows, message, chart, _summary = run(period="Custom", from_date="2001-01-01", to_date="2001-01-31")
	assert not rows and chart is None and "no submitted documents" in message
