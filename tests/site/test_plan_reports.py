"""Plan Roll-up, Plan Performance and Actions Due: cells worked out by hand, and what each reader may see."""

from datetime import date

import frappe
import pytest
from frappe.utils import add_days, getdate, today

from kam_erpnext.kam_erpnext.report.actions_due.actions_due import execute as actions_due
from kam_erpnext.kam_erpnext.report.plan_performance.plan_performance import execute as plan_performance
from kam_erpnext.kam_erpnext.report.plan_roll_up.plan_roll_up import execute as plan_roll_up
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.plan_builders import make_plan, make_template

YEAR = {"from_date": "2019-01-01", "to_date": "2019-12-31"}
REPORTS = ("Plan Roll-up", "Plan Performance", "Actions Due")


def approved(account, amount=None, status="In Execution", **fields):
	"""A plan in force without the steps of its approval, which have tests of their own."""
	fields.setdefault("targets", [{"amount": amount}] if amount else [])
	plan = make_plan(account, template=ensure_template(), complete=False, **fields)
	plan.db_set({"docstatus": 1, "status": status})
	return plan.name


def ensure_template():
	name = "Plan Reports Template"
	return name if frappe.db.exists("Key Account Plan Template", name) else make_template(name).name


@pytest.fixture
def group():
	"""A group with two regions, of which one has a site below it; all sell in 2019."""
	b.ensure_company()
	b.ensure_service_item()
	b.ensure_territory("Test Land", is_group=True)
	b.ensure_territory("Test North", parent="Test Land")
	for name in ("Top", "North", "South", "Site"):
		b.ensure_customer(f"Rollup {name}")
	top = make_account("Rollup Top", ["Rollup Top"], level="Global").name
	north = make_account("Rollup North", ["Rollup North"], parent=top).name
	south = make_account("Rollup South", ["Rollup South"], parent=top).name
	site = make_account("Rollup Site", ["Rollup Site"], parent=north, level="Regional").name
	for name, amount in (("Top", 10), ("North", 20), ("South", 40), ("Site", 80)):
		b.make_invoice(f"Rollup {name}", [(b.SERVICE_ITEM, 1, amount)], "2019-03-10")
	return frappe._dict(top=top, north=north, south=south, site=site)


def rows_of(answer):
	return {row["label"]: row for row in answer[1]}


def roll_up(**filters):
	return plan_roll_up({**YEAR, "company": b.COMPANY, **filters})


# ---------------------------------------------------------------- Plan Roll-up


def test_children_add_to_their_parent(group):
	approved(group.top, 100)
	approved(group.north, 200)
	approved(group.site, 400, status="Approved")
	answer = roll_up()
	rows = rows_of(answer)
	assert [(row["label"], row["indent"], row["target"], row["actual"]) for row in answer[1]] == [
		("Rollup Top", 0, 700, 110),
		("Rollup North", 1, 600, 100),
		("Rollup Site", 2, 400, 80),
	]
	assert rows["Rollup Top"]["to_date"] == 700  # the year is over
	assert rows["Rollup Top"]["attainment"] == rows["Rollup Top"]["pace"] == pytest.approx(15.71, abs=0.01)
	assert rows["Rollup Top"]["plan_count"] == 3 and rows["Rollup Top"]["planned_below"] == 600
	assert rows["Rollup Top"]["not_distributed"] is None
	summary = {item["label"]: item["value"] for item in answer[4]}
	assert (summary["Plans"], summary["Target"], summary["Actual"]) == (3, 700, 110)


def test_a_plan_for_the_whole_account_is_not_added_to_those_below(group):
	approved(group.top, 1000, scope="Whole Account", budget=[{"purpose": "Event", "planned": 50}])
	approved(group.north, 200, budget=[{"purpose": "Event", "planned": 20}])
	approved(group.site, 400)
	answer = roll_up()
	rows = rows_of(answer)
	top = rows["Rollup Top"]
	assert (top["target"], top["actual"], top["planned_below"], top["not_distributed"]) == (
		1000,
		150,
		600,
		400,
	)
	assert (top["budget_planned"], rows["Rollup North"]["budget_planned"]) == (
		70,
		20,
	)  # each has its own money
	summary = {item["label"]: item["value"] for item in answer[4]}
	assert (summary["Target"], summary["Actual"], summary["Budget"]) == (1000, 150, 70)


def test_accounts_without_a_plan_are_listed_when_asked_for(group):
	approved(group.site, 400)
	assert list(rows_of(roll_up())) == ["Rollup Top", "Rollup North", "Rollup Site"]
	rows = rows_of(roll_up(key_account=group.top, without_plan=1))
	assert rows["Rollup South"]["status"] == "No plan" and rows["Rollup South"]["target"] is None
	assert rows["Rollup Top"]["target"] == 400 and rows["Rollup Top"].get("plan") is None


@pytest.mark.parametrize("by", ["Territory", "Sales Person"])
def test_by_territory_and_sales_person_nothing_counts_twice(group, by):
	b.ensure_sales_person("Test Seller")
	place = {"Territory": ("territory", "Test North"), "Sales Person": ("sales_person", "Test Seller")}[by]
	approved(group.top, 1000, scope="Whole Account", territory=None, sales_person=None)
	plan = approved(group.north, 200)
	frappe.db.set_value("Key Account Plan", {"docstatus": 1}, {"territory": None, "sales_person": None})
	frappe.db.set_value("Key Account Plan", plan, place[0], place[1])
	answer = roll_up(by=by)
	rows = answer[1]
	assert rows[-2]["label"] == f"Without {by}" and (rows[-2]["target"], rows[-2]["actual"]) == (800, 130)
	assert rows[-1]["label"] == "Rollup Top" and rows[-1]["planned_below"] == 200
	placed = next(row for row in rows if row["node"] == place[1])
	assert (placed["target"], placed["actual"], placed["plan_count"]) == (200, 20, 1)
	tops = [row for row in rows if not row["indent"]]
	assert sum(row["target"] for row in tops) == 1000
	assert {item["label"]: item["value"] for item in answer[4]}["Target"] == 1000


def test_only_plans_in_force_in_the_period_count_one_per_account(group):
	approved(group.top, 100, from_date="2018-01-01")
	approved(group.north, 1, period_type="6 Months", from_date="2019-01-01", status="Closed")
	later = approved(group.north, 2, period_type="6 Months", from_date="2019-07-01")
	approved(group.south, 4, status="Superseded")
	make_plan(group.site, template=ensure_template(), complete=False, targets=[{"amount": 8}])
	rows = rows_of(roll_up())
	assert list(rows) == ["Rollup Top", "Rollup North"]
	assert rows["Rollup North"]["plan"] == later and rows["Rollup Top"]["target"] == 2
	assert "no approved plan" in roll_up(from_date="2030-01-01", to_date="2030-12-31")[2]


def test_companies_and_currencies(group):
	b.ensure_euro_company()
	b.ensure_exchange_rate("EUR", "USD", 1.25)
	approved(group.top, 100)
	approved(group.north, 200, company=b.EURO_COMPANY)
	own = rows_of(roll_up())
	assert list(own) == ["Rollup Top"] and own["Rollup Top"]["target"] == 100
	everything = rows_of(roll_up(company=None, currency="USD"))
	assert everything["Rollup Top"]["target"] == 350 and everything["Rollup North"]["currency"] == "USD"
	euro = rows_of(roll_up(company=b.EURO_COMPANY))
	assert euro["Rollup North"]["target"] == 200 and euro["Rollup North"]["currency"] == "EUR"


def test_a_missing_rate_is_said_and_nothing_is_made_up(group):
	b.ensure_euro_company()
	approved(group.top, 100)
	approved(group.north, 200, company=b.EURO_COMPANY)
	frappe.db.delete("Currency Exchange")
	frappe.db.set_single_value("Currency Exchange Settings", "disabled", 1)
	frappe.clear_document_cache("Currency Exchange Settings", "Currency Exchange Settings")
	frappe.flags.kam_exchange_rates = {}
	answer = roll_up(company=None, currency="USD")
	rows = rows_of(answer)
	assert rows["Rollup Top"]["target"] == 100 and rows["Rollup North"]["target"] is None
	assert "no exchange rate from EUR to USD" in answer[2] and "in no total" in answer[2]


def test_a_reader_sees_his_accounts_with_a_hidden_parent_on_top(group, as_user):
	approved(group.top, 1000, scope="Whole Account")
	approved(group.north, 200)
	approved(group.site, 400)
	manager = b.ensure_user("rollup.manager@example.com", ["Key Account Manager"])
	account = frappe.get_doc("Key Account", group.north)
	account.key_account_manager = manager
	account.change_reason = "Test"
	account.save()
	with as_user(manager):
		answer = roll_up()
	assert [(row["label"], row["indent"], row["target"]) for row in answer[1]] == [
		("Rollup North", 0, 600),
		("Rollup Site", 1, 400),
	]
	assert {item["label"]: item["value"] for item in answer[4]}["Target"] == 600
	assert "Only what you may see" in answer[2]
	with as_user(manager):
		refused = roll_up(key_account=group.south)
	assert refused[1] == [] and "may not see" in refused[2]


def test_user_permissions_take_sales_out_of_every_total(group, as_user):
	approved(group.top, 1000, scope="Whole Account")
	approved(group.north, 200)
	reader = b.ensure_user("rollup.reader@example.com", ["KAM Reader"])
	b.allow_only(reader, "Customer", "Rollup North")
	with as_user(reader):
		rows = rows_of(roll_up())
	assert set(rows) == {"Rollup Top", "Rollup North"}
	assert rows["Rollup Top"]["actual"] == rows["Rollup North"]["actual"] == 20


# ---------------------------------------------------------------- Plan Performance


def performance(**filters):
	return plan_performance({**YEAR, "company": b.COMPANY, **filters})


def action(account, end_date, **fields):
	return frappe.get_doc(
		{
			"doctype": "Key Account Action",
			"subject": "Test action",
			"key_account": account,
			"responsible": "Administrator",
			"start_date": min(getdate(end_date), getdate(today())),
			"end_date": end_date,
			**fields,
		}
	).insert()


def test_by_month_by_hand(group):
	b.make_invoice("Rollup North", [(b.SERVICE_ITEM, 1, 300)], "2018-03-20")
	plan = approved(
		group.north,
		365,
		objectives=[
			{"objective": "Sell", "measure": "Net Sales", "target": 10, "due": "2019-03-31"},
			{"objective": "Sell more", "measure": "Net Sales", "target": 1000, "due": "2019-03-31"},
		],
	)
	done = {"status": "Done", "result": "x"}
	action(group.north, "2019-03-15", plan=plan, done_on="2019-03-15", **done)
	action(group.north, "2019-03-16", plan=plan, done_on="2019-03-20", **done)
	action(group.north, "2019-03-17", plan=plan)
	action(group.north, "2019-03-18", plan=plan, status="Dropped", result="x", done_on="2019-03-01")
	answer = performance(plan=plan)
	assert len(answer[1]) == 12
	march = answer[1][2]
	assert (march["target"], march["actual"], march["before"]) == (31, 20, 300)
	assert march["attainment"] == pytest.approx(64.52, abs=0.01)
	assert (march["target_cumulative"], march["actual_cumulative"]) == (90, 20)
	assert march["attainment_cumulative"] == pytest.approx(22.22, abs=0.01)
	assert [march[f"actions_{name}"] for name in ("due", "on_time", "late", "overdue")] == [3, 1, 1, 1]
	assert [march[f"objectives_{name}"] for name in ("due", "achieved", "missed")] == [2, 1, 1]
	assert sum(row["target"] for row in answer[1]) == 365
	summary = {item["label"]: item["value"] for item in answer[4]}
	assert summary["Objectives Achieved"] == "1 of 2" and summary["Actions Overdue"] == 1


def test_several_plans_count_once_and_both_halves_of_a_year(group):
	approved(group.top, 730, scope="Whole Account")
	approved(group.north, 181, period_type="6 Months", from_date="2019-01-01", status="Closed")
	approved(group.north, 184, period_type="6 Months", from_date="2019-07-01")
	everything = performance()
	assert sum(row["target"] for row in everything[1]) == 730
	assert everything[1][2]["actual"] == 150
	north = performance(key_account=group.north)
	assert [row["target"] for row in north[1]] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
	alone = performance(key_account=group.top, with_below=0)
	assert sum(row["target"] for row in alone[1]) == 730
	quarter = performance(from_date="2019-01-01", to_date="2019-03-31")
	assert [row["target"] for row in quarter[1]] == [62, 56, 62]


def test_a_draft_can_be_looked_at_by_itself(group):
	plan = make_plan(
		group.north,
		template=ensure_template(),
		complete=False,
		targets=[{"amount": 365}],
		from_date="2020-01-01",
	)
	answer = performance(plan=plan.name, whole_plan=1)
	assert answer[1][0]["first_day"] == date(2020, 1, 1) and answer[1][1]["target"] == pytest.approx(
		28.92, abs=0.01
	)
	assert "no approved plan" in performance(key_account=group.north)[2]


def test_who_may_not_see_a_plan_gets_a_hint(group, as_user):
	plan = approved(group.north, 365)
	user = b.ensure_user("rollup.outsider@example.com", ["Key Account Manager"])
	with as_user(user):
		answer = performance(plan=plan)
		assert answer[1] == [] and answer[2]
		assert performance()[1] == []


def test_many_plans_take_the_objectives_read_last(group, monkeypatch, as_user):
	"""A report of more than 15 seconds would become a background report for everybody."""
	plan = approved(
		group.north,
		100,
		objectives=[{"objective": "Sell", "measure": "Net Sales", "target": 40, "weight": 1}],
	)
	frappe.db.set_value(
		"Key Account Plan Objective", {"parent": plan}, {"progress": 7, "value": 3, "value_known": 1}
	)
	assert rows_of(roll_up())["Rollup North"]["progress"] == 50
	monkeypatch.setattr("kam_erpnext.kam_erpnext.report.plans.LIVE_OBJECTIVES", 0)
	answer = roll_up()
	assert rows_of(answer)["Rollup North"]["progress"] == 7 and "last night" in answer[2]
	reader = b.ensure_user("rollup.reader@example.com", ["KAM Reader"])
	b.allow_only(reader, "Customer", "Rollup North")
	with as_user(reader):
		assert rows_of(roll_up())["Rollup North"]["progress"] == 50


# ---------------------------------------------------------------- Actions Due


def due(**filters):
	return actions_due({"due": "All Open", **filters})


def subjects(answer):
	return [row["subject"] for row in answer[1]]


def test_overdue_first_and_by_range(group):
	for days, subject in ((5, "in five"), (-3, "three late"), (40, "in forty"), (0, "now"), (-1, "one late")):
		action(group.north, add_days(today(), days), subject=subject)
	action(group.north, add_days(today(), -9), subject="over", status="Done", result="x")
	mine = {"key_account": group.top}
	answer = due(**mine)
	assert subjects(answer) == ["three late", "one late", "now", "in five", "in forty"]
	assert [row["due_text"] for row in answer[1]] == [
		"3 days overdue",
		"1 day overdue",
		"Today",
		"in 5 days",
		"in 40 days",
	]
	assert [row["days_overdue"] for row in answer[1]] == [3, 1, None, None, None]
	assert subjects(due(due="Overdue", **mine)) == ["three late", "one late"]
	assert subjects(due(due="Next 7 Days", **mine)) == ["three late", "one late", "now", "in five"]
	summary = {item["label"]: item["value"] for item in answer[4]}
	assert (summary["Open"], summary["Overdue"], summary["Due Today"], summary["Due Within 7 Days"]) == (
		5,
		2,
		1,
		2,
	)
	assert sum(answer[3]["data"]["datasets"][0]["values"]) == 5


def test_grouped_by_person_account_and_plan(group):
	user = b.ensure_user("rollup.helper@example.com", ["Key Account Coordinator"])
	plan = approved(group.south, 10)
	action(group.north, add_days(today(), 2), subject="a")
	action(group.south, add_days(today(), -2), subject="b", responsible=user, plan=plan)
	by_person = due(key_account=group.top, group_by="Person")[1]
	assert [(row["indent"], row.get("is_group")) for row in by_person] == [
		(0, 1),
		(1, None),
		(0, 1),
		(1, None),
	]
	assert by_person[0]["due_text"] == "1 open, 1 overdue" and by_person[1]["subject"] == "b"
	by_account = due(key_account=group.top, group_by="Key Account")[1]
	assert [row["subject"] for row in by_account] == ["Rollup South", "b", "Rollup North", "a"]
	by_plan = due(key_account=group.top, group_by="Plan")[1]
	assert [row["subject"] for row in by_plan] == [plan, "b", "Without a plan", "a"]
	assert subjects(due(plan=plan)) == ["b"]


def test_mine_are_those_i_have_a_part_in(group, as_user):
	helper = b.ensure_user("rollup.helper@example.com", ["Key Account Coordinator"])
	action(group.north, today(), subject="responsible", responsible=helper)
	action(group.north, today(), subject="helper", helpers=[{"user": helper}])
	action(group.north, today(), subject="somebody else")
	with as_user(helper):
		assert sorted(subjects(due(mine=1))) == ["helper", "responsible"]
		assert sorted(subjects(due())) == ["helper", "responsible"]  # not in the team of the account
	assert "waiting for you" in due(mine=1, key_account=group.south)[2]
	assert sorted(subjects(due(person=helper))) == ["helper", "responsible"]


def test_an_outsider_sees_no_actions_and_a_team_member_does(group, as_user):
	action(group.site, today(), subject="site")
	manager = b.ensure_user("rollup.manager@example.com", ["Key Account Manager"])
	with as_user(manager):
		assert due()[1] == []
	account = frappe.get_doc("Key Account", group.north)
	account.append("team", {"user": manager})
	account.change_reason = "Test"
	account.save()
	with as_user(manager):
		assert subjects(due()) == ["site"]


# ---------------------------------------------------------------- all three


@pytest.mark.parametrize("report", REPORTS)
def test_reports_run_through_the_desk_for_every_role(group, report, as_user):
	from frappe.desk import query_report

	from kam_erpnext.setup.roles import ROLES

	approved(group.north, 100)
	for role in ROLES:
		user = b.ensure_user(f"rollup.{role.split()[-1].lower()}.role@example.com", [role])
		with as_user(user):
			answer = query_report.run(report, filters={**YEAR}, ignore_prepared_report=True)
		assert "message" in answer and answer["result"] is not None
	stranger = b.ensure_user("rollup.stranger@example.com", ["Accounts User"])
	with as_user(stranger), pytest.raises(frappe.PermissionError):
		query_report.run(report, filters={**YEAR}, ignore_prepared_report=True)


@pytest.mark.parametrize("execute", [plan_roll_up, plan_performance, actions_due])
def test_bad_filters_become_hints(execute):
	for filters in (
		{"from_date": "2019-12-31", "to_date": "2019-01-01", "key_account": "No Such Account"},
		{"plan": "No Such Plan", "key_account": "No Such Account", "due": "All Open"},
	):
		answer = execute(filters)
		assert answer[1] == [] and answer[2]
