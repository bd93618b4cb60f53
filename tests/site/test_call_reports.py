"""Reports on calls: figures worked out by hand or by plain SQL, what each reader may see, and the number cards."""

from datetime import date, timedelta

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, getdate

from kam_erpnext.api import cards
from kam_erpnext.data import calls as data
from kam_erpnext.kam_erpnext.report.call_compliance.call_compliance import execute as compliance
from kam_erpnext.kam_erpnext.report.call_performance.call_performance import execute as performance
from kam_erpnext.kam_erpnext.report.calls_and_results.calls_and_results import execute as results
from kam_erpnext.kam_erpnext.report.workload.workload import execute as workload
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k

REPORTS = ("Call Compliance", "Call Performance", "Calls and Results", "Workload")
HOSTILE = "<img src=x onerror=alert(1)> & Co"


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people():
		yield


def ago(days):
	return add_days(getdate(), -days)


def run(report, **filters):
	_columns, rows, message, chart, summary = report(filters)
	assert "program" not in (message or ""), message
	return rows, message, chart, {item["label"]: item["value"] for item in summary or ()}


def by_label(rows):
	return {row["label"]: row for row in rows}


def call(customer, user, due, status="Planned", made_on=None, **fields):
	"""A call in any state, as if it had come there by itself; its states have tests of their own."""
	doc = c.make_call(customer, user=user, planned_on=fields.pop("planned_on", due), duration=60)
	values = {"status": status, "due_on": due, "made_on": made_on, **fields}
	if made_on:
		values["made_at"] = f"{made_on} 12:00:00"
	doc.db_set(values, update_modified=False)
	return doc


@pytest.fixture
def world():
	"""Two territories below one, an account of the manager with an account below it, a customer of nobody."""
	b.ensure_company()
	land = b.ensure_territory("Calls Land", is_group=True)
	north, south = (b.ensure_territory(f"Calls {name}", parent=land) for name in ("North", "South"))
	made = frappe._dict(
		land=land,
		north=north,
		south=south,
		one=b.make_customer("Calls One", territory=north).name,
		two=b.make_customer("Calls Two", territory=south).name,
		loose=b.make_customer("Calls Loose", territory=south).name,
	)
	made.top = k.make_account("Calls Top", [made.one], key_account_manager=c.MANAGER).name
	made.below = k.make_account("Calls Below", [made.two], parent=made.top).name
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 3)
	return made


@pytest.fixture
def calls_of_a_month(world):
	"""Due in the last 30 days. One: 3 made (one late, one moved), 1 missed. Two: 1 made, 1 open, 1 cancelled, 1 later.
	Loose (by the colleague): 1 made ahead of its day, 1 open."""
	call(world.one, c.MANAGER, ago(30), "Made", ago(30), interval_days=10, abc_class="A")
	call(world.one, c.MANAGER, ago(20), "Made", ago(17), interval_days=10, abc_class="A")  # within the grace
	call(
		world.one,
		c.MANAGER,
		ago(16),
		"Made",
		ago(6),
		moves=2,
		planned_on=ago(6),
		interval_days=10,
		abc_class="A",
	)
	call(world.one, c.MANAGER, ago(4), "Missed", interval_days=10, abc_class="A")
	call(world.two, c.MANAGER, ago(25), "Made", ago(26), interval_days=40, abc_class="B")
	call(world.two, c.MANAGER, ago(1), "Planned", interval_days=40, abc_class="B")
	call(world.two, c.MANAGER, ago(10), "Cancelled", abc_class="B")
	call(world.two, c.MANAGER, add_days(getdate(), 5), "Planned", interval_days=40, abc_class="B")
	call(world.loose, c.COLLEAGUE, add_days(getdate(), 3), "Made", ago(2), method="Phone")
	call(world.loose, c.COLLEAGUE, getdate(), "Prepared", method="Phone", interval_days=7)
	return world


def days(**more):
	return {
		"from_date": str(ago(30)),
		"to_date": str(add_days(getdate(), 30)),
		"territory": "Calls Land",
		**more,
	}


# ---------------------------------------------------------------- Call Compliance


def test_compliance_by_customer(calls_of_a_month):
	rows, message, chart, summary = run(compliance, **days())
	one, two, loose = (by_label(rows)[f"Calls {name}"] for name in ("One", "Two", "Loose"))
	names = ("planned", "made", "on_time", "late", "missed", "open", "moved")
	assert [one[name] for name in names] == [4, 3, 2, 1, 1, 0, 1]
	assert [two[name] for name in names] == [2, 1, 1, 0, 0, 1, 0]
	assert [loose[name] for name in names] == [2, 1, 1, 0, 0, 1, 0]
	assert (one["rate"], one["on_time_rate"], two["rate"]) == (75, 50, 50)
	# 6 days of 10, 26 of 40; the loose one was never called by phone with a frequency, but called by phone 2 days ago of 7
	assert (one["overdue_index"], two["overdue_index"], loose["overdue_index"]) == (0.6, 0.65, 0.29)
	assert (one["last_call"], one["next_due"], one["next_planned"]) == (ago(6), add_days(getdate(), 4), None)
	assert (two["next_due"], two["next_planned"]) == (add_days(getdate(), 14), add_days(getdate(), 5))
	assert (summary["Planned to Date"], summary["Made"], summary["Missed"], summary["Open"]) == (8, 5, 1, 2)
	assert (summary["Made %"], summary["On Time %"]) == ("62.5 %", "50.0 %")
	assert summary["Overdue Index"] == "0.51"  # (0.6 + 0.65 + 2 ÷ 7) ÷ 3
	assert "Due later in these days: <b>1</b>" in message and "left out: <b>1</b>" in message
	# each has one call that was not made, so the one overdue for longest comes first
	assert [row["values"] for row in chart["kam"]["rows"]] == [[1, 0, 0, 1], [2, 1, 1, 0], [1, 0, 0, 1]]


def test_moving_a_call_does_not_take_it_out_of_its_days(world):
	call(world.one, c.MANAGER, ago(20), "Planned", planned_on=add_days(getdate(), 60), moves=1)
	rows = run(compliance, **days(to_date=str(getdate())))[0]
	assert [(row["planned"], row["open"], row["moved"], row["rate"]) for row in rows] == [(1, 1, 1, 0)]


def test_compliance_by_account_and_territory_adds_up_along_the_tree(calls_of_a_month):
	rows = run(compliance, **days(group_by="Key Account"))[0]
	assert [(row["label"], row["indent"], row["planned"]) for row in rows] == [
		("Calls Top", 0, 6),
		("Calls Below", 1, 2),
		("Without a key account you may see", 0, 2),
	]
	rows = by_label(run(compliance, **days(group_by="Territory"))[0])
	assert [rows[f"Calls {name}"]["planned"] for name in ("Land", "North", "South")] == [8, 4, 4]
	assert rows["Calls Land"]["indent"] + 1 == rows["Calls North"]["indent"]
	assert rows["Calls Land"]["overdue_index"] == 0.51


@pytest.mark.parametrize(
	"group, expected",
	[
		("Class", {"Class A": (4, 3), "Class B": (2, 1), "Without a class": (2, 1)}),
		("Method", {"Visit": (6, 4), "Phone": (2, 1)}),
		("Person", {"Calls.Manager": (6, 4), "Calls.Colleague": (2, 1)}),
	],
)
def test_compliance_of_other_groups(calls_of_a_month, group, expected):
	rows = run(compliance, **days(group_by=group))[0]
	if group == "Person":
		expected = {
			frappe.db.get_value("User", f"{name.lower()}@example.com", "full_name"): value
			for name, value in expected.items()
		}
	assert {row["label"]: (row["planned"], row["made"]) for row in rows} == expected


def test_compliance_against_plain_sql(calls_of_a_month):
	"""Every call of the site, demonstration included: planned, made and missed by customer as SQL counts them."""
	rows = run(compliance, from_date=str(ago(60)), to_date=str(getdate()))[0]
	expected = frappe.db.sql(
		"""select customer, count(*), count(case when status = 'Made' then 1 end), count(case when status = 'Missed' then 1 end),
			count(case when status = 'Made' and made_on <= coalesce(due_on, planned_on) + interval '3' day then 1 end)
		from `tabCustomer Call` where status != 'Cancelled' and coalesce(due_on, planned_on) between %s and %s
		group by customer""",
		(ago(60), getdate()),
	)
	found = {
		row["key"]: (row["planned"], row["made"], row["missed"], row["on_time"])
		for row in rows
		if row["planned"]
	}
	assert found == {customer: tuple(map(int, counts)) for customer, *counts in expected}


def test_compliance_filters(calls_of_a_month):
	world = calls_of_a_month
	for filters, customers in (
		({"user": c.COLLEAGUE}, {world.loose}),
		({"key_account": world.below}, {world.two}),
		({"key_account": world.top}, {world.one, world.two}),
		({"territory": world.north}, {world.one}),
		({"method": "Phone"}, {world.loose}),
		({"abc_class": "A"}, {world.one}),
		({"customer": world.two}, {world.two}),
	):
		assert {row["key"] for row in run(compliance, **days(**filters))[0]} == customers, filters
	rows, message, _chart, _summary = run(compliance, **days(cycle="CC-NONE"))
	assert not rows and "no calls due" in message
	assert "enter both From and To" in compliance({"from_date": "2026-01-01"})[2]


def test_a_frequency_ends_when_its_newest_call_is_cancelled(world):
	call(world.one, c.MANAGER, ago(50), "Made", ago(50), interval_days=10)
	row = run(compliance, **days())[0][0]  # nothing planned in these days, and overdue for long
	assert (row["planned"], row["overdue"], row["overdue_index"], row["rate"]) == (0, 1, 5, None)
	call(world.one, c.MANAGER, add_days(getdate(), 1), "Cancelled", interval_days=10)
	rows = run(compliance, **days())[0]
	assert [(row["frequencies"], row["overdue_index"]) for row in rows] == [(0, None)]


def test_who_was_handed_over_is_with_the_colleague(world):
	call(world.one, c.MANAGER, ago(40), "Made", ago(40), interval_days=10)
	call(world.one, c.COLLEAGUE, add_days(getdate(), 1), interval_days=10)
	filters = data.CallFilters(users=(c.MANAGER,))
	assert data.frequencies(filters, getdate()) == []
	(row,) = data.frequencies(data.CallFilters(users=(c.COLLEAGUE,)), getdate())
	assert (row["customer"], row["interval_days"]) == (world.one, 10)


# ---------------------------------------------------------------- Call Performance


@pytest.fixture
def busy(world):
	"""The manager made four calls in two weeks, 5.5 hours, two with an outcome, and promised three things."""
	monday = getdate() - timedelta(days=getdate().weekday() + 14)
	first = call(world.one, c.MANAGER, monday, "Made", monday, outcome="Objective Reached", duration=90)
	call(
		world.one, c.MANAGER, monday, "Made", add_days(monday, 1), outcome="No Progress", method="Joint Visit"
	)
	call(world.two, c.MANAGER, add_days(monday, 2), "Made", add_days(monday, 7), accompanied_by=c.DIRECTOR)
	call(world.two, c.MANAGER, add_days(monday, 8), "Made", add_days(monday, 8), duration=120)
	call(world.two, c.MANAGER, add_days(monday, 9), "Missed")
	done = [
		(add_days(monday, 3), "Done", add_days(monday, 3)),
		(add_days(monday, 3), "Done", add_days(monday, 5)),
	]
	for due, status, done_on in [*done, (add_days(getdate(), 30), "Planned", None)]:
		action = make_action(world.top, due, status, done_on)
		row = frappe.get_doc(
			{
				"doctype": "Customer Call Follow Up",
				"parenttype": "Customer Call",
				"parentfield": "follow_ups",
				"parent": first.name,
				"subject": "Promise",
				"due": due,
				"action": action,
			}
		)
		row.db_insert()
	world.monday = monday
	return world


def make_action(account, due, status, done_on):
	doc = frappe.get_doc(
		{
			"doctype": "Key Account Action",
			"subject": "Promise",
			"key_account": account,
			"responsible": c.MANAGER,
			"end_date": due if getdate(due) >= getdate() else getdate(),
		}
	).insert()
	doc.db_set({"status": status, "done_on": done_on, "end_date": due})
	return doc.name


def two_weeks(world, **more):
	return {"from_date": str(world.monday), "to_date": str(add_days(world.monday, 13)), **more}


def test_performance_person_by_person(busy):
	rows, message, _chart, summary = run(performance, **two_weeks(busy, key_account=busy.top))
	row = next(row for row in rows if row["key"] == c.MANAGER)
	assert (row["planned"], row["rate"], row["missed"], row["on_time_rate"]) == (5, 80, 1, 60)
	assert (row["made"], row["customers"], row["hours"], row["joint"]) == (4, 2, 5.5, 2)
	assert (row["reached"], row["no_progress"], row["reached_rate"]) == (1, 1, 50)
	assert (row["follow_ups"], row["done"], row["in_time_rate"], row["judged"]) == (3, 2, 50, 2)
	director = next(row for row in rows if row["key"] == c.DIRECTOR)
	assert (director["made"], director["joined"], director["rate"], director["in_time_rate"]) == (
		0,
		1,
		None,
		None,
	)
	assert (summary["Calls Made"], summary["Hours with Customers"]) == (4, "5.5")
	assert "Without an outcome: <b>2</b> of 4" in message


def test_performance_week_by_week(busy):
	rows = run(performance, **two_weeks(busy, user=c.MANAGER, by="Week"))[0]
	assert [(row["planned"], row["made"], row["hours"], row["follow_ups"]) for row in rows] == [
		(3, 2, 2.5, 3),
		(2, 2, 3, 0),
	]
	assert [row["on_time"] for row in rows] == [
		2,
		1,
	]  # the call due in the first week was made five days late
	assert [row["list"]["made_on"][1][0] for row in rows] == [str(busy.monday), str(add_days(busy.monday, 7))]
	assert "Week" in rows[0]["label"]
	assert len(run(performance, **two_weeks(busy, user=c.MANAGER, by="Month"))[0]) in (1, 2)


def test_follow_ups_a_reader_may_not_see_are_in_no_rate(busy, as_user):
	frappe.db.set_value("Key Account", busy.top, "key_account_manager", c.COLLEAGUE)
	frappe.db.set_value("Key Account Action", {"key_account": busy.top}, "responsible", c.COLLEAGUE)
	with as_user(c.MANAGER):  # his own calls he still sees, the actions of the account not
		rows, message, _chart, _summary = run(performance, **two_weeks(busy))
		row = next(row for row in rows if row["key"] == c.MANAGER)
	assert (row["follow_ups"], row["done"], row["in_time_rate"]) == (3, None, None)
	assert "What became of <b>3</b> follow-ups you may not see" in message


# ---------------------------------------------------------------- Calls and Results

SOLD = {"period": "Custom", "from_date": "2019-01-01", "to_date": "2019-06-30", "company": b.COMPANY}


@pytest.fixture
def sold(world):
	"""First half of 2019 against 2018. Top with Below: 300 after 200, three calls. Loose: 50 after 100, one call."""
	service = b.ensure_service_item()
	for customer, now, before in ((world.one, 100, 200), (world.two, 200, 0), (world.loose, 50, 100)):
		b.make_invoice(customer, [(service, 1, now)], "2019-02-10")
		if before:
			b.make_invoice(customer, [(service, 1, before)], "2018-02-10")
	b.make_invoice(world.loose, [(service, 1, 999)], "2018-09-10")  # in neither period
	for customer, day in ((world.one, "2019-01-01"), (world.one, "2019-06-30"), (world.two, "2019-03-01")):
		call(customer, c.MANAGER, getdate(day), "Made", getdate(day))
	call(world.one, c.MANAGER, getdate("2019-07-01"), "Made", getdate("2019-07-01"))
	call(world.one, c.MANAGER, getdate("2018-03-01"), "Made", getdate("2018-03-01"), method="Phone")
	call(world.one, c.MANAGER, getdate("2019-02-01"), "Missed")
	call(world.loose, c.MANAGER, getdate("2019-03-01"), "Made", getdate("2019-03-01"), method="Phone")
	return world


def ours(rows):
	return {row["label"]: row for row in rows if row["label"].startswith("Calls ")}


def test_calls_beside_sales_of_the_same_days_a_year_before(sold):
	rows, message, chart, _summary = run(results, **SOLD, territory=sold.land)
	top, loose = (ours(rows)[name] for name in ("Calls Top", "Calls Loose"))
	names = (
		"calls",
		"visits",
		"calls_before",
		"hours",
		"net_sales",
		"net_sales_before",
		"change",
		"change_percent",
	)
	assert [top[name] for name in names] == [3, 3, 1, 3, 300, 200, 100, 50]
	assert [loose[name] for name in names] == [1, 0, 0, 1, 50, 100, -50, -50]
	assert "Correlation is not cause" in message and "No correlation is told" in message
	assert "no effect of calls" in chart["kam"]["caution"]
	assert {(mark["name"], mark["calls"], mark["change"]) for mark in chart["kam"]["rows"]} == {
		("Calls Top", 3, 50),
		("Calls Loose", 1, -50),
	}
	rows = ours(run(results, **SOLD, territory=sold.land, per="Customer")[0])
	assert (rows["Calls Two"]["calls"], rows["Calls Two"]["change_percent"]) == (1, None)
	rows = ours(run(results, **SOLD, territory=sold.land, method="Phone", only_called=1)[0])
	assert list(rows) == ["Calls Loose"]


def test_correlation_by_hand(world):
	"""Sales of eight customers rise by 10 % a call: the correlation is 1."""
	service = b.ensure_service_item()
	customers = [b.make_customer(f"Calls Pair {number}", territory=world.north).name for number in range(8)]
	for number, customer in enumerate(customers):
		b.make_invoice(customer, [(service, 1, 100)], "2018-02-10")
		b.make_invoice(customer, [(service, 1, 100 + 10 * number)], "2019-02-10")
		for day in range(number):
			made = date(2019, 3, 1 + day)
			call(customer, c.MANAGER, made, "Made", made)
	rows, message, _chart, summary = run(results, **SOLD, territory=world.north, per="Customer")
	assert len(rows) == 8 and summary["Correlation, Not Cause"].startswith("1")
	assert "<b>+1.00</b> (strong)" in message and "cannot tell whether calls made the difference" in message


def test_break_even_sales_of_visits(sold):
	frappe.db.set_single_value("KAM Settings", {"call_cost": 15, "company": b.COMPANY})
	rows = ours(run(results, **SOLD, territory=sold.land, sales_cost=20)[0])
	top = rows["Calls Top"]
	# three visits at 15 are 45; at 20 % of sales they pay from 225 on
	assert (top["cost"], top["break_even"], top["is_covered"]) == (45, 225, 1)
	assert (rows["Calls Loose"]["break_even"], rows["Calls Loose"]["covered"]) == (None, None)
	assert ours(run(results, **SOLD, territory=sold.land)[0])["Calls Top"]["is_covered"] == 0  # 450 at 10 %
	frappe.db.set_single_value("KAM Settings", "call_cost", 0)
	rows, message, *_rest = run(results, **SOLD, territory=sold.land)
	assert ours(rows)["Calls Top"]["cost"] is None and "Cost of a Call" in message


# ---------------------------------------------------------------- Workload


def in_force(user, **fields):
	cycle = c.make_cycle(user=user, **fields)
	cycle.db_set({"docstatus": 1, "status": "Approved"})
	return cycle


def test_workload_of_person_and_week(world):
	monday = getdate(c.next_monday())
	# 4 hours a day for customers, 5 calls: 25 calls and 20 hours a week; Friday of the second week off
	absent = {"from_date": add_days(monday, 11), "to_date": add_days(monday, 11)}
	in_force(c.MANAGER, from_date=monday, to_date=add_days(monday, 13), absences=[absent])
	for number in range(26):
		call(world.one, c.MANAGER, add_days(monday, number % 5), method="Phone", duration=30)
	call(world.one, c.MANAGER, add_days(monday, 7), "Missed", duration=600)
	call(world.one, c.MANAGER, add_days(monday, 7), duration=120)
	call(world.two, c.COLLEAGUE, add_days(monday, 7), accompanied_by=c.MANAGER, duration=120)
	period = {"from_date": str(monday), "to_date": str(add_days(monday, 13))}
	rows, message, chart, _summary = run(workload, **period)
	total, first, second = [row for row in rows if row["user"] == c.MANAGER]
	names = ("working_days", "planned", "missed", "calls", "possible", "hours", "possible_hours", "state_key")
	assert [first[name] for name in names] == [5, 26, 0, 26, 25, 13, 20, "Over"]
	assert [second[name] for name in names] == [4, 2, 1, 2, 20, 4, 16, "Under"]
	assert [total[name] for name in names] == [9, 28, 1, 28, 45, 17, 36, "Fits"]
	assert (first["percent"], second["percent"]) == (104, 25)
	assert first["state"] == "over: 1 call too many"
	assert second["state"] == "under: room for 6 calls"  # 12 hours left for calls of 2 hours
	colleague = next(row for row in rows if row["user"] == c.COLLEAGUE)
	assert (colleague["calls"], colleague["percent"], colleague["state_key"]) == (1, None, "Not Known")
	assert "Without a call cycle in force" in message
	drawn = next(row for row in chart["kam"]["rows"] if row["user"] == c.MANAGER)
	assert [cell["percent"] for cell in drawn["cells"]] == [104, 25]
	shown = {row["user"] for row in run(workload, **period, show="Over")[0]}
	assert c.MANAGER in shown and c.COLLEAGUE not in shown
	months = run(workload, **period, by="Month", user=c.MANAGER)[0]
	assert sum(row["calls"] for row in months if row["indent"]) == 28


def test_two_cycles_of_a_person_make_no_longer_day(world):
	monday = getdate(c.next_monday())
	for _number in range(2):
		in_force(c.MANAGER, from_date=monday, to_date=add_days(monday, 6))
	rows = run(workload, from_date=str(monday), to_date=str(add_days(monday, 6)), user=c.MANAGER)[0]
	assert [row["possible"] for row in rows] == [25, 25]


# ---------------------------------------------------------------- who sees what


def test_a_manager_sees_own_calls_and_those_of_his_accounts(calls_of_a_month, as_user):
	with as_user(c.MANAGER):
		rows, message, _chart, summary = run(compliance, **days())
		assert {row["label"] for row in rows} == {"Calls One", "Calls Two"} and summary[
			"Planned to Date"
		] == 6
		assert "Only calls you may see are counted" in message
	with as_user(c.COLLEAGUE):
		rows, _message, _chart, summary = run(compliance, **days())
		assert {row["label"] for row in rows} == {"Calls Loose"} and summary["Planned to Date"] == 2
		assert "may not see" in compliance({"key_account": calls_of_a_month.top})[2]
		rows = run(compliance, **days(group_by="Key Account"))[0]
		assert [row["label"] for row in rows] == ["Without a key account you may see"]
	for user in (c.DIRECTOR, c.READER):
		with as_user(user):
			assert run(compliance, **days())[3]["Planned to Date"] == 8


def test_workload_shows_nobody_of_whom_only_a_part_can_be_seen(world, as_user):
	monday = getdate(c.next_monday())
	in_force(c.MANAGER, from_date=monday)
	in_force(c.COLLEAGUE, from_date=monday)
	call(world.one, c.COLLEAGUE, monday)  # on the account of the manager, who sees it
	with as_user(c.MANAGER):
		assert {row["user"] for row in run(workload)[0]} == {c.MANAGER}
	with as_user(c.DIRECTOR):
		assert {c.MANAGER, c.COLLEAGUE} <= {row["user"] for row in run(workload)[0]}


def test_results_tell_a_manager_nothing_of_customers_whose_calls_he_cannot_see(sold, as_user):
	with as_user(c.COLLEAGUE):
		assert ours(run(results, **SOLD, territory=sold.land)[0]) == {}
	with as_user(c.MANAGER):
		assert set(ours(run(results, **SOLD, territory=sold.land)[0])) == {"Calls Top", "Calls Loose"}


@pytest.mark.parametrize("report", REPORTS)
def test_reports_run_on_the_desk_for_each_role(calls_of_a_month, as_user, report):
	for user in (c.MANAGER, c.DIRECTOR, c.READER, c.OPERATIONS):
		with as_user(user):
			answer = query_report.run(report, filters={"company": b.COMPANY})
			assert answer["columns"], (user, answer.get("message"))
	outsider = b.ensure_user("calls.outsider@example.com", ["Sales User"])
	with as_user(outsider), pytest.raises(frappe.PermissionError):
		query_report.run(report, filters={})


def test_hostile_names_are_text(world, as_user):
	frappe.db.set_value("Customer", world.one, "customer_name", HOSTILE)
	call(world.one, c.MANAGER, ago(1), customer_name=HOSTILE)
	_rows, message, chart, _summary = run(compliance, **days(customer=world.one))
	assert "<img" not in message and "<" not in chart["data"]["labels"][0]
	assert chart["kam"]["rows"][0]["name"] == HOSTILE  # escaped where it is drawn


# ---------------------------------------------------------------- cards


def test_cards_of_calls(world, as_user):
	call(world.one, c.MANAGER, getdate())
	call(world.one, c.MANAGER, ago(1))
	call(world.one, c.MANAGER, ago(5), "Missed")
	call(world.two, c.COLLEAGUE, getdate())
	call(world.one, c.MANAGER, ago(9), "Made", ago(9))
	with as_user(c.MANAGER):
		assert cards.my_calls_today()["value"] == 1
		assert cards.my_overdue_calls()["value"] == 1
		# of five planned to date (one of them of the colleague, on his account) one was made
		assert cards.call_compliance()["value"] == 20
		listed = frappe.get_list("Customer Call", filters=cards.my_overdue_calls()["route_options"])
		assert len(listed) == 1
	with as_user(c.OPERATIONS):
		assert cards.my_calls_today()["value"] == 0


def test_card_without_calls_is_unknown(world, as_user):
	with as_user(c.COLLEAGUE):
		assert cards.call_compliance() == cards.UNKNOWN


def test_cycles_to_approve_are_those_of_others(as_user):
	mine = c.make_cycle(user=c.DIRECTOR)
	other = c.make_cycle(user=c.MANAGER)
	with as_user(c.DIRECTOR):
		before = cards.call_cycles_to_approve()["value"]
	for cycle in (mine, other):
		cycle.db_set("status", "In Review")
	with as_user(c.DIRECTOR):
		assert cards.call_cycles_to_approve()["value"] == before + 1
	with as_user(c.MANAGER):
		assert cards.call_cycles_to_approve()["value"] == 0
