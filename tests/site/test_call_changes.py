"""What changes in a running cycle: who is added, paused, handed over, removed, and who may do that."""

import json
from collections import Counter

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import call_changes as api
from kam_erpnext.kam_erpnext.doctype.call_cycle import changes, scheduling
from tests.site import builders as b
from tests.site import call_builders as c

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(scope="module")
def people(site_connection):
	with c.lasting_people():
		yield


def running(user=c.MANAGER, calls=(6,), **fields):
	"""An approved cycle of the person with a line for each number of calls, and the names of the lines."""
	cycle = c.make_cycle(user, overload_reason="Test", **fields)
	for number in calls:
		c.make_line(cycle, calls=number)
	cycle = c.approve_cycle(cycle)
	return cycle, [line.name for line in c.lines_of(cycle)]


def agree(call, hour=9):
	frappe.db.set_value("Customer Call", call.name, "starts_at", f"{call.planned_on} {hour:02d}:00:00")


def open_days(cycle, **filters):
	return [getdate(row.planned_on) for row in c.calls_of(cycle, status="Planned", **filters)]


# ---------------------------------------------------------------- a customer added


def test_a_customer_added_to_a_running_cycle_gets_calls_from_today_and_nobody_else_moves(as_user):
	cycle, _lines = running(calls=(6, 13), from_date=nowdate(), to_date=add_days(nowdate(), 90))
	before = {row.name: row.planned_on for row in c.calls_of(cycle)}
	customer = b.make_customer("Called Late").name
	with as_user(c.MANAGER):
		answer = api.add_customer(cycle.name, customer, "Visit", 4, "New customer")
	assert answer["new"] == 4 and answer["moved"] == 0 and "Called Late" in answer["message"]
	after = c.calls_of(cycle)
	assert {row.name: row.planned_on for row in after if row.name in before} == before
	line = frappe.get_doc("Call Cycle Line", answer["line"])
	assert (line.calls, line.override_reason, line.customer_name) == (4, "New customer", "Called Late")
	assert len(open_days(cycle, cycle_line=line.name)) == 4
	assert c.reload_cycle(cycle).calls == 23


def test_a_customer_added_is_taken_for_the_draft_too(as_user):
	cycle = c.make_cycle(c.MANAGER)
	answer = changes.add_customer(
		cycle.name, b.make_customer("Called Draft").name, "Phone", 2, "Asked for it"
	)
	assert not c.calls_of(cycle) and c.lines_of(cycle)[0].calls == 2 and answer["agreed"] == 0


@pytest.mark.parametrize(
	"values, message",
	[
		({"method": "Pigeon"}, "Contact Method"),
		({"calls": 0}, "at least 1"),
		({"reason": " "}, "say why"),
		({"customer": "Nobody At All"}, "no customer Nobody At All"),
	],
)
def test_wrong_input_is_refused_with_the_field(values, message):
	cycle, _lines = running()
	good = {"customer": b.make_customer("Called Wrong").name, "method": "Visit", "calls": 2, "reason": "Why"}
	with pytest.raises((frappe.ValidationError, frappe.PermissionError), match=message):
		changes.add_customer(cycle.name, **{**good, **values})
	assert len(c.lines_of(cycle)) == 1


def test_the_same_customer_and_method_twice_is_refused_and_a_removed_one_comes_back():
	cycle, (line,) = running()
	customer = frappe.db.get_value("Call Cycle Line", line, "customer")
	with pytest.raises(frappe.DuplicateEntryError, match="already"):
		changes.add_customer(cycle.name, customer, "Visit", 2, "Again")
	changes.remove([line], "Closed down")
	answer = changes.add_customer(cycle.name, customer, "Visit", 2, "Open again")
	assert answer["line"] == line and answer["back"] == 2 and len(c.lines_of(cycle)) == 1
	assert Counter(row.status for row in c.calls_of(cycle)) == {"Planned": 2, "Cancelled": 4}


# ---------------------------------------------------------------- pause and resume


def test_a_pause_cancels_what_lies_in_it_and_leaves_the_rest_where_it_is():
	cycle, lines = running(calls=(13, 13))
	start = getdate(cycle.from_date)
	first, last = getdate(add_days(start, 28)), getdate(add_days(start, 55))
	before = {row.name: row for row in c.calls_of(cycle)}
	answer = changes.pause(lines[:1], first, last, "Rebuilding")
	after = {row.name: row for row in c.calls_of(cycle)}
	gone = {name for name, row in after.items() if row.status == "Cancelled"}
	inside = {
		name
		for name, row in before.items()
		if row.cycle_line == lines[0] and first <= getdate(row.planned_on) <= last
	}
	assert gone == inside and len(gone) in (4, 5) and answer["dropped"] == len(gone) and answer["new"] == 0
	assert all(after[name].planned_on == before[name].planned_on for name in before)
	assert all("not called on" in after[name].reason for name in gone)
	line = frappe.get_doc("Call Cycle Line", lines[0])
	assert (line.status, line.paused_from, line.paused_to) == ("Paused", first, last)
	# again: nothing
	again = scheduling.start(cycle.name)
	assert not any(again[name] for name in ("new", "moved", "back", "dropped", "unplaced"))


def test_taken_up_again_before_it_begins_brings_every_call_back_to_its_day():
	cycle, lines = running(calls=(13,))
	before = [(row.name, row.planned_on) for row in c.calls_of(cycle)]
	start = getdate(cycle.from_date)
	changes.pause(lines, add_days(start, 14), None, "On strike")
	assert max(open_days(cycle)) < getdate(add_days(start, 14))
	answer = changes.resume(lines)
	assert answer["back"] > 8 and answer["new"] == 0
	assert [(row.name, row.planned_on) for row in c.calls_of(cycle, status="Planned")] == before


def test_what_fell_into_a_pause_is_not_made_up_for():
	cycle, lines = running(calls=(13,), from_date=add_days(nowdate(), -1), to_date=add_days(nowdate(), 89))
	line = frappe.get_doc("Call Cycle Line", lines[0])
	# paused for half of the cycle, which began 45 days ago
	begun = getdate(add_days(nowdate(), -45))
	frappe.db.set_value("Call Cycle", cycle.name, {"from_date": begun, "to_date": add_days(nowdate(), 45)})
	frappe.db.delete("Customer Call", {"cycle": cycle.name})
	line.db_set({"status": "Paused", "paused_from": begun})
	changes.resume(lines)
	line.reload()
	assert line.status == "Active" and line.paused_to == getdate(add_days(nowdate(), -1))
	assert len(open_days(cycle)) in (6, 7)


def test_an_agreed_time_survives_a_pause_and_removal_and_is_told():
	cycle, lines = running(calls=(6,))
	call = c.calls_of(cycle)[2]
	agree(call)
	answer = changes.remove(lines, "Lost to a competitor")
	assert answer["agreed"] == 1 and "agreed time" in answer["message"]
	assert [row.name for row in c.calls_of(cycle, status="Planned")] == [call.name]
	assert frappe.db.get_value("Call Cycle Line", lines[0], "status") == "Removed"


@pytest.mark.parametrize("first, last, message", [(20, 10, "lies before"), (400, None, "outside the cycle")])
def test_a_pause_on_impossible_days_is_refused(first, last, message):
	cycle, lines = running()
	days = [add_days(cycle.from_date, number) if number else None for number in (first, last)]
	with pytest.raises(frappe.ValidationError, match=message):
		changes.pause(lines, *days, "Why")
	with pytest.raises(frappe.ValidationError, match="say why"):
		changes.pause(lines, None, None, "")


# ---------------------------------------------------------------- another number


def test_more_and_fewer_calls_in_a_running_cycle(as_user):
	from kam_erpnext.api.call_cycles import override

	cycle, lines = running(calls=(6,))
	made = c.calls_of(cycle)[0]
	frappe.db.set_value(
		"Customer Call",
		made.name,
		{"status": "Made", "made_on": nowdate(), "made_at": f"{nowdate()} 08:00:00"},
	)
	with as_user(c.MANAGER):
		override(lines[0], 9, "Big project")
		assert Counter(row.status for row in c.calls_of(cycle)) == {"Made": 1, "Planned": 8}
		override(lines[0], 3, "Project stopped", 30)
		assert Counter(row.status for row in c.calls_of(cycle)) == {"Made": 1, "Planned": 2, "Cancelled": 6}
		assert {row.duration for row in c.calls_of(cycle, status="Planned")} == {30}
		with pytest.raises(frappe.ValidationError, match="reason"):
			override(lines[0], 4)
	assert frappe.db.get_value("Customer Call", made.name, "duration") == 60


# ---------------------------------------------------------------- to a colleague


def test_handed_over_without_a_cycle_of_the_colleague_calls_keep_their_days(as_user):
	cycle, lines = running(calls=(6, 6))
	start = getdate(cycle.from_date)
	day = getdate(add_days(start, 45))
	before = {row.name: row for row in c.calls_of(cycle)}
	with as_user(c.MANAGER):
		answer = api.hand_over(json.dumps(lines[:1]), c.COLLEAGUE, str(day), "Parental leave")
	assert answer["cycle"] is None and "no approved call cycle" in answer["message"]
	for row in c.calls_of(cycle):
		goes = before[row.name].cycle_line == lines[0] and getdate(row.planned_on) >= day
		assert row.user == (c.COLLEAGUE if goes else c.MANAGER)
		assert (row.planned_on, row.status, row.due_on) == (
			before[row.name].planned_on,
			"Planned",
			before[row.name].due_on,
		)
	assert Counter(row.user for row in c.calls_of(cycle)) == {c.MANAGER: 9, c.COLLEAGUE: 3}
	line = frappe.get_doc("Call Cycle Line", lines[0])
	assert (line.status, line.handed_to) == ("Handed Over", c.COLLEAGUE)
	again = scheduling.start(cycle.name)
	assert not any(again[name] for name in ("new", "moved", "back", "dropped", "unplaced"))


def test_handed_over_into_the_cycle_of_the_colleague_with_as_few_moves_as_possible(as_user):
	cycle, lines = running(calls=(6,))
	theirs, _ = running(c.COLLEAGUE, calls=(13,))
	calls = c.calls_of(cycle)
	agree(calls[3])
	made = calls[0]
	frappe.db.set_value(
		"Customer Call",
		made.name,
		{"status": "Made", "made_on": nowdate(), "made_at": f"{nowdate()} 08:00:00"},
	)
	# one day on which the colleague is away
	away = calls[4].planned_on
	theirs.append("absences", {"from_date": away, "to_date": away})
	theirs.save()
	scheduling.start(theirs.name)
	with as_user(c.MANAGER):
		answer = api.hand_over(lines, c.COLLEAGUE, None, "New territory")
	assert answer["cycle"] == theirs.name
	got = {row.name: row for row in c.calls_of(theirs) if row.name in {call.name for call in calls}}
	assert set(got) == {call.name for call in calls[1:]} and {row.user for row in got.values()} == {
		c.COLLEAGUE
	}
	moved = [call.name for call in calls[1:] if got[call.name].planned_on != call.planned_on]
	assert moved == [calls[4].name] and got[calls[3].name].starts_at
	assert [row.name for row in c.calls_of(cycle)] == [made.name]
	(line,) = c.lines_of(theirs, customer=made.customer)
	assert line.calls == 5 and line.duration == 60 and "New territory" in line.override_reason
	for name in (cycle.name, theirs.name):
		again = scheduling.start(name)
		assert not any(again[key] for key in ("new", "moved", "back", "dropped", "unplaced"))


def test_a_customer_both_call_on_becomes_one_line_of_the_colleague():
	cycle, lines = running(calls=(4,))
	customer = frappe.db.get_value("Call Cycle Line", lines[0], "customer")
	theirs = c.make_cycle(c.COLLEAGUE, overload_reason="Test")
	c.make_line(theirs, customer=customer, calls=3)
	theirs = c.approve_cycle(theirs)
	changes.hand_over(lines, c.COLLEAGUE, None, "One of us is enough")
	(line,) = c.lines_of(theirs)
	assert line.calls == 7 and len(open_days(theirs)) == 7 and not c.calls_of(cycle)
	days = open_days(theirs)
	assert len(set(days)) == 7


@pytest.mark.parametrize(
	"user, message",
	[
		(c.MANAGER, "already"),
		("nobody@example.com", "no enabled user"),
		(c.READER, "may not report calls"),
	],
)
def test_nobody_gets_calls_who_cannot_make_them(user, message):
	cycle, lines = running()
	with pytest.raises(frappe.ValidationError, match=message):
		changes.hand_over(lines, user, None, "Why")
	assert {row.user for row in c.calls_of(cycle)} == {c.MANAGER}


def test_a_colleague_who_may_not_see_the_customer_gets_no_calls():
	cycle, lines = running()
	other = b.make_customer("Called Fence").name
	frappe.get_doc(
		{"doctype": "User Permission", "user": c.COLLEAGUE, "allow": "Customer", "for_value": other}
	).insert()
	with pytest.raises(frappe.ValidationError, match="may not see these customers"):
		changes.hand_over(lines, c.COLLEAGUE, None, "Why")
	assert {row.user for row in c.calls_of(cycle)} == {c.MANAGER}


# ---------------------------------------------------------------- who may, and when


def test_only_who_may_change_the_cycle_changes_it(as_user):
	cycle, lines = running()
	customer = b.make_customer("Called Forbidden").name
	before = [(row.name, row.planned_on, row.status) for row in c.calls_of(cycle)]
	for user in (c.COLLEAGUE, c.READER):
		with as_user(user):
			for attempt in (
				lambda: api.schedule(cycle.name),
				lambda: api.add_customer(cycle.name, customer, "Visit", 2, "Why"),
				lambda: api.pause(json.dumps(lines), None, None, "Why"),
				lambda: api.resume(lines),
				lambda: api.hand_over(lines, c.DIRECTOR, None, "Why"),
				lambda: api.remove(lines, "Why"),
			):
				with pytest.raises(frappe.PermissionError):
					attempt()
	with as_user(c.COLLEAGUE), pytest.raises(frappe.PermissionError):
		api.preview(cycle.name)
	assert [(row.name, row.planned_on, row.status) for row in c.calls_of(cycle)] == before
	with as_user(c.DIRECTOR):
		assert "nothing was changed" in api.schedule(cycle.name)["message"]
		assert api.preview(cycle.name)["new"] == 0


def test_lines_of_two_cycles_or_none_or_nonsense_are_refused():
	first, lines = running()
	_second, others = running(c.COLLEAGUE)
	for names, message in (
		([*lines, *others], "one call cycle only"),
		([], "at least one line"),
		(["none"], "not there any more"),
		("nonsense", "Lines must be a list of names"),
	):
		with pytest.raises(frappe.ValidationError, match=message):
			api.remove(names, "Why")
	assert frappe.db.get_value("Call Cycle Line", lines[0], "status") == "Active" and first


def test_a_cycle_in_review_or_closed_is_not_changed():
	cycle = c.make_cycle(c.MANAGER)
	line = c.make_line(cycle).name
	c.press_cycle(cycle, "Send to Review")
	with pytest.raises(frappe.ValidationError, match="In Review"):
		changes.remove([line], "Why")
	cycle, lines = running(c.COLLEAGUE)
	c.press_cycle(cycle, "Close", c.COLLEAGUE)
	with pytest.raises(frappe.ValidationError, match="Closed"):
		changes.pause(lines, None, None, "Why")


def test_a_draft_keeps_what_was_decided_and_schedules_accordingly_once_approved():
	cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
	stays, goes, waits = (c.make_line(cycle, calls=4).name for _line in range(3))
	changes.remove([goes], "Not ours")
	changes.pause([waits], None, add_days(cycle.from_date, 44), "Opens in spring")
	cycle = c.approve_cycle(cycle)
	found = Counter(row.cycle_line for row in c.calls_of(cycle))
	assert found[stays] == 4 and found[goes] == 0 and found[waits] == 2
	assert min(open_days(cycle, cycle_line=waits)) > getdate(add_days(cycle.from_date, 44))
