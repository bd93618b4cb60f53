"""Calls of a cycle on days: spread, within what the person has time for, the same again, nothing twice."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.data import call_calendar
from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site.kam_builders import Session, wait_until_blocked

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(scope="module")
def people(site_connection):
	with c.lasting_people():
		yield


def day_before(day, number=1):
	return getdate(add_days(day, -number))


def approved(user=c.MANAGER, lines=(), **fields):
	"""An approved cycle with lines of (calls, fields)."""
	cycle = c.make_cycle(user, overload_reason="Test", **fields)
	for calls, more in lines:
		c.make_line(cycle, calls=calls, **more)
	return c.approve_cycle(cycle)


def days_of(cycle, **filters):
	return [getdate(row.planned_on) for row in c.calls_of(cycle, **filters)]


def state(cycle):
	return [
		(row.name, row.status, row.planned_on, row.due_on, row.modified, row.cycle_line, row.user)
		for row in c.calls_of(cycle)
	]


# ---------------------------------------------------------------- the first schedule


def test_approval_puts_the_calls_on_working_days_evenly_and_within_the_day():
	cycle = approved(lines=[(3, {}), (6, {"method": "Phone", "duration": 20}), (13, {})])
	calls = c.calls_of(cycle)
	assert len(calls) == 22 and {row.status for row in calls} == {"Planned"}
	assert all(getdate(row.planned_on).weekday() < 5 for row in calls)
	assert max(Counter(days_of(cycle)).values()) <= 5
	for line in c.lines_of(cycle):
		days = [getdate(row.planned_on) for row in calls if row.cycle_line == line.name]
		assert len(days) == line.calls and line.unplaced_calls == 0
		gaps = [(after - before).days for before, after in pairwise(days)]
		assert max(gaps) <= 1.5 * 91 / line.calls + 3
	row = calls[0]
	line = next(line for line in c.lines_of(cycle) if line.name == row.cycle_line)
	assert (row.user, row.customer, row.method, row.duration, row.due_on, row.company, row.territory) == (
		c.MANAGER, line.customer, line.method, line.duration, row.planned_on, b.COMPANY,
		frappe.db.get_value("Customer", line.customer, "territory"),
	)  # fmt: skip
	assert row.title and row.customer_name and row.user_name
	assert c.reload_cycle(cycle).scheduled_on


def test_a_call_of_the_schedule_is_like_one_made_by_hand():
	"""Written past its document, it holds what saving it would write."""
	cycle = approved(lines=[(1, {})])
	(row,) = c.calls_of(cycle)
	call = frappe.get_doc("Customer Call", row.name)
	call.save()
	after = frappe.get_doc("Customer Call", row.name).as_dict()
	left_out = ("modified", "modified_by")
	assert {
		key: value
		for key, value in after.items()
		if key not in left_out and row.get(key) != value and key in row
	} == {}


def test_names_are_those_of_the_series_which_goes_on_after_them():
	cycle = approved(lines=[(13, {})])
	names = sorted(row.name for row in c.calls_of(cycle))
	prefix, first = names[0].rsplit("-", 1)
	assert names == [f"{prefix}-{int(first) + number:06d}" for number in range(13)]
	assert c.make_call().name == f"{prefix}-{int(first) + 13:06d}"


def test_the_contact_of_a_line_is_on_its_calls():
	customer = b.make_customer("Called With Contact").name
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Ada",
			"last_name": "L",
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	).insert()
	cycle = approved(lines=[(2, {"customer": customer, "contact": contact.name})])
	for row in c.calls_of(cycle):
		call = frappe.get_doc("Customer Call", row.name)
		assert [(line.contact, line.contact_name) for line in call.contacts] == [(contact.name, "Ada L")]


def test_scheduling_again_changes_nothing():
	cycle = approved(lines=[(5, {}), (13, {"method": "Phone"}), (90, {})])
	before = state(cycle)
	for _again in range(2):
		result = scheduling.start(cycle.name)
		assert (result["new"], result["moved"], result["back"], result["dropped"]) == (0, 0, 0, 0)
	assert state(cycle) == before


def test_the_plan_of_a_draft_writes_nothing_and_is_what_approval_does():
	cycle = c.make_cycle(c.MANAGER)
	for number in range(4):
		c.make_line(cycle, calls=3 + number)
	planned = scheduling.plan(c.reload_cycle(cycle))
	assert not c.calls_of(cycle) and planned.unplaced_calls == 0 and len(planned.minutes_by_day) == 18
	cycle = c.approve_cycle(cycle)
	assert sorted(day for day, _minutes in planned.minutes_by_day) == days_of(cycle)


def test_customers_of_one_area_stand_on_the_same_days():
	cycle = c.make_cycle(c.MANAGER)
	for number in range(8):  # four of an hour fit into a day
		line = c.make_line(cycle, calls=1)
		frappe.db.set_value("Call Cycle Line", line.name, "area", f"Area {number % 2}")
	cycle = c.approve_cycle(cycle)
	areas = {line.name: line.area for line in c.lines_of(cycle)}
	found = {(areas[row.cycle_line], row.planned_on) for row in c.calls_of(cycle)}
	assert len(found) == 2


def test_preferred_days_are_kept_where_possible():
	cycle = approved(lines=[(6, {"preferred_days": "Tuesday"})])
	assert {day.weekday() for day in days_of(cycle)} == {1}


# ---------------------------------------------------------------- the person's days


def test_a_cycle_over_the_turn_of_the_year_keeps_the_holidays_of_both_years():
	holidays = ["2027-12-24", "2027-12-27", "2028-01-03"]
	days_off = c.ensure_holiday_list("Calls Turn", holidays, "2027-01-01", "2028-12-31").name
	cycle = approved(
		from_date="2027-12-20", to_date="2028-01-14", holiday_list=days_off, lines=[(17, {}), (17, {})]
	)
	days = days_of(cycle)
	assert len(days) == 34 and {day.year for day in days} == {2027, 2028}
	assert not {str(day) for day in days} & set(holidays)


def test_part_time_and_absences_are_kept_free():
	start = c.next_monday()
	cycle = approved(
		works_friday=0,
		works_wednesday=0,
		absences=[{"from_date": add_days(start, 7), "to_date": add_days(start, 20), "reason": "Leave"}],
		lines=[(20, {})],
	)
	days = days_of(cycle)
	assert len(days) == 20 and {day.weekday() for day in days} == {0, 1, 3}
	assert not any(getdate(add_days(start, 7)) <= day <= getdate(add_days(start, 20)) for day in days)


def test_approved_leave_counts_where_there_is_any(monkeypatch):
	start = c.next_monday()
	leave = [
		frappe._dict(from_date=start, to_date=add_days(start, 2), half_day=0, half_day_date=None),
		frappe._dict(
			from_date=add_days(start, 7),
			to_date=add_days(start, 8),
			half_day=1,
			half_day_date=add_days(start, 8),
		),
	]
	employee = frappe._dict(name="E", company=b.COMPANY, status="Active")
	monkeypatch.setattr(call_calendar, "employee_of", lambda user: employee)
	monkeypatch.setattr(call_calendar, "leave_rows", lambda employee, period: leave)
	monkeypatch.setattr(call_calendar, "LEAVE", "DocType")  # one that exists
	capacity = call_calendar.calendar_of(c.make_cycle(c.MANAGER)).capacity
	away = [day for day in (0, 1, 2, 7) if getdate(add_days(start, day)) in capacity]
	assert not away
	assert capacity[getdate(add_days(start, 8))] == (3, 120.0) and capacity[getdate(add_days(start, 9))] == (
		5,
		240.0,
	)


def test_a_missing_holiday_list_is_told_and_weekdays_are_used():
	frappe.db.set_value("Company", b.COMPANY, "default_holiday_list", None)
	frappe.clear_document_cache("Company", b.COMPANY)
	cycle = c.make_cycle(c.MANAGER)
	cycle.holiday_list = None
	cycle.save()
	c.make_line(cycle, calls=65)
	calendar = call_calendar.calendar_of(cycle)
	assert calendar.holiday_list is None and len(calendar.days) == 65
	assert (
		"No Holiday List was found" in calendar.messages[0]["text"]
		and b.COMPANY in calendar.messages[0]["text"]
	)
	cycle = c.approve_cycle(cycle)
	assert len(c.calls_of(cycle)) == 65
	assert any("No Holiday List" in row["text"] for row in scheduling.start(cycle.name)["messages"])


def test_the_holiday_list_of_the_company_counts_and_one_that_ends_too_early_is_told():
	start = c.next_monday()
	short = c.ensure_holiday_list("Calls Short", [start], "2020-01-01", add_days(start, 10)).name
	frappe.db.set_value("Company", b.COMPANY, "default_holiday_list", short)
	frappe.clear_document_cache("Company", b.COMPANY)
	cycle = c.make_cycle(c.MANAGER)
	cycle.holiday_list = None
	calendar = call_calendar.calendar_of(cycle)
	assert calendar.holiday_list == short and getdate(start) not in calendar.days and len(calendar.days) == 64
	assert short in calendar.messages[0]["text"] and "covers" in calendar.messages[0]["text"]


def test_a_weekly_day_off_of_the_list_is_told_when_the_cycle_works_on_it():
	start = c.next_monday()
	days_off = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": "Calls Weekly",
			"from_date": add_days(start, -7),
			"to_date": add_days(start, 100),
			"holidays": [{"holiday_date": add_days(start, 5), "description": "Saturday", "weekly_off": 1}],
		}
	).insert()
	cycle = c.make_cycle(c.MANAGER, works_saturday=1, holiday_list=days_off.name)
	calendar = call_calendar.calendar_of(cycle)
	assert getdate(add_days(start, 5)) not in calendar.days
	assert any("Saturday" in row["text"] for row in calendar.messages)


def make_event(user, starts_on, ends_on=None, **fields):
	with frappe_session.as_user(user):
		return frappe.get_doc(
			{
				"doctype": "Event",
				"subject": "Fair",
				"event_type": "Private",
				"starts_on": starts_on,
				"ends_on": ends_on,
				**fields,
			}
		).insert(ignore_permissions=True)


def test_events_and_other_calls_take_their_time_off_the_day():
	start = c.next_monday()
	make_event(c.MANAGER, f"{start} 00:00:00", f"{start} 23:59:59", all_day=1)
	tuesday, wednesday, thursday = (add_days(start, number) for number in (1, 2, 3))
	make_event(c.MANAGER, f"{tuesday} 08:00:00", f"{tuesday} 12:00:00")
	make_event(c.MANAGER, f"{tuesday} 11:00:00", f"{tuesday} 12:00:00")  # at the same time
	make_event(c.COLLEAGUE, f"{wednesday} 08:00:00", f"{wednesday} 12:00:00", event_type="Public")
	c.make_call(user=c.MANAGER, planned_on=thursday, duration=90)
	c.make_call(
		user=c.COLLEAGUE, accompanied_by=c.MANAGER, planned_on=thursday, duration=30, method="Joint Visit"
	)
	capacity = call_calendar.calendar_of(c.make_cycle(c.MANAGER)).capacity
	assert getdate(start) not in capacity
	assert capacity[getdate(tuesday)] == (3, 120.0)
	assert capacity[getdate(wednesday)] == (5, 240.0)  # somebody else's
	assert capacity[getdate(thursday)] == (3, 120.0)


def test_events_take_their_time_off_the_day_of_the_person_not_of_the_site():
	from kam_erpnext.data.call_time import to_site_time

	frappe.db.set_value("User", c.MANAGER, "time_zone", "Pacific/Auckland")
	frappe.clear_document_cache("User", c.MANAGER)
	tuesday = getdate(add_days(c.next_monday(), 1))
	begins, ends = (
		to_site_time(frappe.utils.get_datetime(f"{tuesday} {hour}:00:00"), c.MANAGER) for hour in ("08", "12")
	)
	make_event(c.MANAGER, begins, ends)
	capacity = call_calendar.calendar_of(c.make_cycle(c.MANAGER)).capacity
	short = [day for day, (calls, _minutes) in capacity.items() if calls < 5]
	assert short == [tuesday] and capacity[tuesday] == (3, 120.0)


def test_a_repeated_event_counts_each_time_and_one_that_stands_for_a_call_never():
	start = c.next_monday()
	make_event(
		c.MANAGER, f"{start} 08:00:00", f"{start} 16:00:00", repeat_this_event=1, repeat_on="Weekly", monday=1,
		repeat_till=add_days(start, 60),
	)  # fmt: skip
	call = c.make_call(user=c.MANAGER, planned_on=add_days(start, 1), duration=60)
	event = make_event(
		c.MANAGER, f"{add_days(start, 1)} 00:00:00", f"{add_days(start, 1)} 23:59:59", all_day=1
	)
	event.db_set("kam_customer_call", call.name)
	capacity = call_calendar.calendar_of(c.make_cycle(c.MANAGER)).capacity
	assert not {getdate(start), getdate(add_days(start, 7)), getdate(add_days(start, 14))} & set(capacity)
	assert capacity[getdate(add_days(start, 1))] == (4, 180.0)


# ---------------------------------------------------------------- what does not fit


def test_what_cannot_fit_names_who_how_many_and_what_helps():
	start = c.next_monday()
	cycle = c.make_cycle(c.MANAGER, start, add_days(start, 4), calls_per_day=2, overload_reason="Test")
	often = c.make_line(cycle, calls=7)
	c.make_line(cycle, calls=5)
	cycle = c.approve_cycle(cycle)
	assert len(c.calls_of(cycle)) == 10
	line = frappe.get_doc("Call Cycle Line", often.name)
	assert line.unplaced_calls == 2 and line.unplaced_reason == "Too Few Days"
	(message,) = scheduling.start(cycle.name)["messages"]
	assert line.customer_name in message["text"] and "2 of 7 calls" in message["text"]
	assert "Please plan fewer calls" in message["text"]


def test_full_days_are_told_and_the_numbers_go_once_there_is_room():
	start = c.next_monday()
	cycle = c.make_cycle(c.MANAGER, start, add_days(start, 4), calls_per_day=1, overload_reason="Test")
	for _line in range(7):
		c.make_line(cycle, calls=1)
	cycle = c.approve_cycle(cycle)
	assert [line.unplaced_reason for line in c.lines_of(cycle, unplaced_calls=1)] == ["No Capacity"] * 2
	texts = [row["text"] for row in scheduling.start(cycle.name)["messages"]]
	assert "2 calls to 2 customers found no day" in texts[0] and "colleague" in texts[1]
	cycle.reload()
	cycle.calls_per_day = 2
	cycle.save()
	before = {row.name: row.planned_on for row in c.calls_of(cycle)}
	assert scheduling.start(cycle.name)["new"] == 2
	assert not c.lines_of(cycle, unplaced_calls=(">", 0))
	now = {row.name: row.planned_on for row in c.calls_of(cycle)}
	assert {name: now[name] for name in before} == before


def test_where_there_is_not_time_for_all_class_a_and_visits_come_first_and_approval_says_so():
	start = c.next_monday()
	cycle = c.make_cycle(c.MANAGER, start, add_days(start, 4), calls_per_day=1, overload_reason="Test")
	wanted = {}
	for name, method in (
		("C", "Visit"),
		("A", "Phone"),
		("C", "Visit"),
		("A", "Visit"),
		("B", "Visit"),
		("C", "Phone"),
	):
		line = c.make_line(cycle, calls=2 if name == "A" else 1, method=method, duration=30)
		frappe.db.set_value("Call Cycle Line", line.name, "abc_class", name)
		wanted[line.name] = (name, method)
	frappe.clear_messages()
	cycle = c.approve_cycle(cycle)
	found = Counter(wanted[row.cycle_line] for row in c.calls_of(cycle))
	assert found == {("A", "Visit"): 2, ("A", "Phone"): 2, ("B", "Visit"): 1}
	told = " ".join(str(row.get("message")) for row in frappe.get_message_log())
	assert "5 calls planned" in told and "3 calls to 3 customers found no day" in told


def test_a_customer_without_territory_is_planned_too():
	customer = b.make_customer("Called Nowhere").name
	frappe.db.set_value("Customer", customer, "territory", None)
	cycle = approved(lines=[(3, {"customer": customer})])
	assert len(c.calls_of(cycle)) == 3


# ---------------------------------------------------------------- planning again


def test_new_leave_moves_the_calls_of_those_days_only():
	cycle = approved(lines=[(13, {}), (13, {}), (6, {})])
	start = getdate(cycle.from_date)
	before = {row.name: getdate(row.planned_on) for row in c.calls_of(cycle)}
	away = (getdate(add_days(start, 14)), getdate(add_days(start, 27)))
	cycle.append("absences", {"from_date": away[0], "to_date": away[1], "reason": "Ill"})
	cycle.save()
	result = scheduling.start(cycle.name)
	now = {row.name: getdate(row.planned_on) for row in c.calls_of(cycle)}
	moved = {name for name in before if now[name] != before[name]}
	assert now.keys() == before.keys() and result["moved"] == len(moved)
	assert moved == {name for name, day in before.items() if away[0] <= day <= away[1]} and moved
	assert not any(away[0] <= day <= away[1] for day in now.values())
	call = frappe.get_doc("Customer Call", next(iter(moved)))
	assert call.moves == 0 and call.due_on == call.planned_on


def test_planning_again_leaves_made_agreed_and_moved_calls_alone():
	cycle = approved(lines=[(6, {})])
	made, agreed, moved, cancelled, *open_calls = c.calls_of(cycle)
	start = getdate(cycle.from_date)
	frappe.db.set_value(
		"Customer Call",
		made.name,
		{"status": "Made", "made_on": nowdate(), "made_at": f"{nowdate()} 08:00:00"},
	)
	frappe.db.set_value("Customer Call", agreed.name, "starts_at", f"{agreed.planned_on} 09:00:00")
	call = frappe.get_doc("Customer Call", moved.name)
	call.planned_on, call.reason = add_days(start, 88), "Asked for it"
	call.save()
	assert call.moves == 1
	call = frappe.get_doc("Customer Call", cancelled.name)
	call.status, call.reason = "Cancelled", "Not this time"
	call.save()
	before = {row.name: row for row in c.calls_of(cycle)}
	# everything is away: nothing can stay, but for what nobody may touch
	cycle.reload()
	cycle.append("absences", {"from_date": start, "to_date": add_days(start, 70)})
	cycle.save()
	scheduling.start(cycle.name)
	after = {row.name: row for row in c.calls_of(cycle)}
	for name in (made.name, agreed.name, moved.name, cancelled.name):
		assert after[name] == before[name]
	assert len(after) == 6
	assert all(getdate(after[row.name].planned_on) > getdate(add_days(start, 70)) for row in open_calls)


def test_what_is_overdue_gets_a_new_day_and_stays_overdue():
	cycle = approved(lines=[(3, {})], from_date=nowdate(), to_date=add_days(nowdate(), 60))
	first = c.calls_of(cycle)[0]
	late = day_before(nowdate(), 10)
	frappe.db.set_value("Customer Call", first.name, {"planned_on": late, "due_on": late})
	frappe.db.set_value("Call Cycle", cycle.name, "from_date", day_before(nowdate(), 20))
	scheduling.start(cycle.name)
	call = frappe.get_doc("Customer Call", first.name)
	assert call.planned_on >= getdate(nowdate()) and call.due_on == late and call.moves == 0
	assert len(c.calls_of(cycle)) == 3


def test_an_overdue_call_stays_open_where_no_day_is_free():
	start = c.next_monday()
	cycle = c.make_cycle(c.MANAGER, start, add_days(start, 4), calls_per_day=1, overload_reason="Test")
	for _line in range(5):
		c.make_line(cycle, calls=1)
	cycle = c.approve_cycle(cycle)
	first = c.calls_of(cycle)[0]
	late = day_before(nowdate(), 3)
	frappe.db.set_value("Call Cycle", cycle.name, "from_date", day_before(nowdate(), 10))
	frappe.db.set_value("Customer Call", first.name, {"planned_on": late, "due_on": late})
	cycle.reload()
	cycle.append("absences", {"from_date": cycle.from_date, "to_date": getdate(first.planned_on)})
	cycle.save()
	result = scheduling.start(cycle.name)
	assert result["unplaced"] == 1 and result["dropped"] == 0
	assert frappe.db.get_value("Customer Call", first.name, ["status", "planned_on"]) == ("Planned", late)


def test_fewer_calls_are_cancelled_and_come_back_on_their_days():
	cycle = approved(lines=[(8, {})])
	(line,) = c.lines_of(cycle)
	before = {row.name: row.planned_on for row in c.calls_of(cycle)}
	frappe.db.set_value("Call Cycle Line", line.name, "calls", 4)
	assert scheduling.start(cycle.name)["dropped"] == 4
	dropped = c.calls_of(cycle, status="Cancelled")
	assert len(dropped) == 4 and all(row.dropped and row.reason for row in dropped)
	left = days_of(cycle, status="Planned")
	assert max((after - one).days for one, after in pairwise(left)) <= 40  # spread, not the first four
	frappe.db.set_value("Call Cycle Line", line.name, "calls", 8)
	assert scheduling.start(cycle.name)["back"] == 4
	assert {row.name: row.planned_on for row in c.calls_of(cycle, status="Planned")} == before


# ---------------------------------------------------------------- end of a cycle


def test_closing_cancels_open_calls_but_no_agreed_ones_and_reopening_brings_them_back():
	cycle = approved(lines=[(4, {})])
	made, agreed, *_others = c.calls_of(cycle)
	frappe.db.set_value("Customer Call", made.name, {"status": "Made", "made_on": nowdate()})
	frappe.db.set_value("Customer Call", agreed.name, "starts_at", f"{agreed.planned_on} 09:00:00")
	days = days_of(cycle)
	cycle = c.press_cycle(cycle, "Close", c.MANAGER)
	states = Counter(row.status for row in c.calls_of(cycle))
	assert states == {"Made": 1, "Planned": 1, "Cancelled": 2}
	assert all(cycle.title in row.reason for row in c.calls_of(cycle, status="Cancelled"))
	cycle = c.press_cycle(cycle, "Reopen", c.DIRECTOR)
	assert days_of(cycle) == days and not c.calls_of(cycle, status="Cancelled")


def test_cancelling_a_cycle_cancels_its_open_calls_with_the_reason():
	cycle = approved(lines=[(4, {})])
	made = c.calls_of(cycle)[0]
	frappe.db.set_value("Customer Call", made.name, {"status": "Made", "made_on": nowdate()})
	cycle = c.press_cycle(cycle, "Cancel Cycle", c.DIRECTOR)
	assert Counter(row.status for row in c.calls_of(cycle)) == {"Made": 1, "Cancelled": 3}
	assert all("cancelled" in row.reason for row in c.calls_of(cycle, status="Cancelled"))
	with pytest.raises(frappe.ValidationError, match="Cancelled"):
		scheduling.start(cycle.name)


def test_a_call_taken_up_again_by_hand_and_cancelled_by_hand_stays_cancelled():
	cycle = approved(lines=[(4, {})])
	(line,) = c.lines_of(cycle)
	frappe.db.set_value("Call Cycle Line", line.name, "calls", 3)
	scheduling.start(cycle.name)
	(gone,) = c.calls_of(cycle, status="Cancelled")
	call = frappe.get_doc("Customer Call", gone.name)
	call.status = "Planned"
	call.save()
	assert not call.dropped
	call.status, call.reason = "Cancelled", "Not wanted"
	call.dropped = 1  # a client cannot say so
	call.save()
	assert not call.dropped
	frappe.db.set_value("Call Cycle Line", line.name, "calls", 4)
	result = scheduling.start(cycle.name)
	assert (result["new"], result["back"]) == (0, 0) and call.reload().status == "Cancelled"


def test_a_draft_or_a_cycle_that_is_over_is_not_scheduled():
	cycle = c.make_cycle(c.MANAGER)
	with pytest.raises(frappe.ValidationError, match="once the call cycle is approved"):
		scheduling.start(cycle.name)
	cycle = approved(from_date=add_days(nowdate(), -60), to_date=add_days(nowdate(), -20), lines=[(3, {})])
	assert not c.calls_of(cycle)
	assert "ended on" in scheduling.start(cycle.name)["messages"][0]["text"]


# ---------------------------------------------------------------- many calls, two people, dead workers


def test_many_calls_are_written_by_a_worker(monkeypatch):
	monkeypatch.setattr(scheduling, "AT_ONCE", 5)
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: jobs.append((method, values)))
	cycle = approved(lines=[(13, {})])
	assert not c.calls_of(cycle)
	((method, values),) = [job for job in jobs if job[0] is scheduling.execute]
	assert values["job_id"] == f"kam-call-cycle-{cycle.name}" and values["enqueue_after_commit"]
	assert scheduling.get_progress(cycle.name)["percent"] == 0
	method(cycle=values["cycle"])
	assert len(c.calls_of(cycle)) == 13 and scheduling.get_progress(cycle.name)["percent"] == 100
	method(cycle=values["cycle"])
	assert len(c.calls_of(cycle)) == 13


def test_a_worker_that_dies_leaves_nothing_and_the_next_run_makes_each_call_once(monkeypatch):
	monkeypatch.setattr(scheduling, "AT_ONCE", 5)
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **values: None)
	cycle = approved(lines=[(13, {}), (6, {})])
	original = scheduling._insert_contacts

	def die(*args):
		raise SystemExit

	frappe.db.commit()
	monkeypatch.setattr(scheduling, "_insert_contacts", die)
	with pytest.raises(SystemExit):
		scheduling.execute(cycle.name)
	frappe.db.rollback()
	assert not c.calls_of(cycle)
	monkeypatch.setattr(scheduling, "_insert_contacts", original)
	# taken up by the scheduler once nobody has been at it for a while
	scheduling.resume_stopped()
	assert not c.calls_of(cycle)
	long_ago = getdate(nowdate()) - timedelta(days=1)
	frappe.db.set_value("Call Cycle", cycle.name, "approved_on", long_ago)
	line = frappe.qb.DocType("Call Cycle Line")
	frappe.qb.update(line).set(line.modified, long_ago).where(line.cycle == cycle.name).run()
	scheduling.resume_stopped()
	assert len(c.calls_of(cycle)) == 19
	before = state(cycle)
	scheduling.resume_stopped()
	assert state(cycle) == before


@pytest.mark.commits
def test_two_people_who_press_schedule_at_once_make_each_call_once(monkeypatch, site_point):
	cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
	for number in range(3):
		c.make_line(cycle, calls=4 + number)
	monkeypatch.setattr(scheduling, "start", lambda name: {})
	cycle = c.approve_cycle(cycle)
	monkeypatch.undo()
	frappe.db.commit()
	first = Session(lambda: scheduling.start(cycle.name), hold=True)
	first.start()
	assert first.done.wait(60)

	def second_person():
		# what he saw before he pressed the button must not count
		assert not frappe.get_all("Customer Call", {"cycle": cycle.name})
		return scheduling.start(cycle.name)

	second = Session(second_person)
	second.start()
	wait_until_blocked()
	assert first.finish() is None and second.finish() is None
	assert first.result["new"] == 15 and second.result["new"] == 0 and second.result["moved"] == 0
	frappe.db.rollback()
	assert len(c.calls_of(cycle)) == 15
