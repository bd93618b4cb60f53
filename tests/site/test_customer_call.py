"""Customer calls: states and what may follow what, days in time zones, the day of a person, endpoints and who may use them."""

from datetime import date, datetime, timezone

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, now_datetime, nowdate

from kam_erpnext.api import calls as api
from kam_erpnext.data import call_time
from kam_erpnext.kam_erpnext.doctype.customer_call import upkeep
from kam_erpnext.kam_erpnext.doctype.customer_call.customer_call import TRANSITIONS
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site.kam_builders import make_account

CALL = c.CALL
PLANNED, PREPARED, MADE, MISSED, CANCELLED = "Planned", "Prepared", "Made", "Missed", "Cancelled"
DONE = {"outcome": "Progress"}


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people():
		yield


@pytest.fixture
def me(as_user):
	"""The manager is at work."""
	with as_user(c.MANAGER):
		yield c.MANAGER


@pytest.fixture
def call(me):
	return c.make_call(user=me)


@pytest.fixture
def clock(monkeypatch):
	"""`clock(text)`: it is that moment in the time zone of the site."""

	def set_to(text):
		moment = get_datetime(text)
		from kam_erpnext.kam_erpnext.doctype.customer_call import customer_call, reporting

		monkeypatch.setattr(call_time, "now", lambda: str(moment))
		for module in (customer_call, reporting, upkeep):
			monkeypatch.setattr(module, "now_datetime", lambda: moment)
		return moment

	return set_to


def today():
	return getdate(nowdate())


def reload(call):
	return frappe.get_doc(CALL, getattr(call, "name", call))


def bring_to(call, status):
	if status == PREPARED:
		api.prepared(call.name)
	elif status == MADE:
		api.report(call.name, DONE)
	elif status == MISSED:
		api.missed(call.name, "Nobody there")
	elif status == CANCELLED:
		api.cancel(call.name, "Closed down")
	return reload(call)


# ---------------------------------------------------------------- planning


def test_a_call_knows_its_customer_and_when_it_is_due(me):
	territory = b.ensure_territory("Calls North")
	customer = b.make_customer("Called Customer", territory).name
	account = b.as_administrator(make_account)("Called Account", [customer], key_account_manager=me)
	name = api.plan(customer, "Visit", str(add_days(today(), 3)), objective="  Offer ")
	call = reload(name)
	assert (call.status, call.user, call.user_name) == (PLANNED, me, "Calls Manager")
	assert (call.customer_name, call.key_account, call.territory) == (
		"Called Customer",
		account.name,
		territory,
	)
	assert call.title == "Called Customer · Visit"
	assert (call.planned_on, call.due_on) == (add_days(today(), 3), add_days(today(), 3))
	assert (call.objective, call.duration, call.starts_at, call.moves) == ("Offer", 60, None, 0)


def test_planning_needs_a_day_a_method_and_somebody_who_may_report(me):
	customer = b.make_customer("Called Plan").name
	with pytest.raises(frappe.ValidationError, match="on which day"):
		api.plan(customer, "Visit")
	with pytest.raises(frappe.ValidationError, match="is not a time"):
		api.plan(customer, "Visit", "some day")
	with pytest.raises(frappe.ValidationError, match="is not a time"):
		api.plan(customer, "Visit", starts_at="<b>soon</b>")
	with pytest.raises(frappe.ValidationError, match="Visit"):
		api.plan(customer, "Smoke signal", nowdate())
	with pytest.raises(frappe.ValidationError, match="may not report calls"):
		api.plan(customer, "Visit", nowdate(), user=c.READER)
	with pytest.raises(frappe.ValidationError, match="Could not find"):
		api.plan(customer, "Visit", nowdate(), user="nobody@example.com")
	with pytest.raises(frappe.ValidationError, match="minutes"):
		api.plan(customer, "Visit", nowdate(), duration=1441)
	assert reload(api.plan(customer, "Phone", nowdate(), user=c.COLLEAGUE, duration="15")).duration == 15
	frappe.db.set_value("User", c.COLLEAGUE, "enabled", 0)
	with pytest.raises(frappe.ValidationError, match="disabled"):
		api.plan(customer, "Phone", nowdate(), user=c.COLLEAGUE)


def test_people_are_contacts_of_the_customer_and_stand_once(me):
	customer = b.make_customer("Called People").name
	make_contact = b.as_administrator(
		lambda **values: frappe.get_doc({"doctype": "Contact", **values}).insert()
	)
	links = [{"link_doctype": "Customer", "link_name": customer}]
	ann = make_contact(first_name="Ann", last_name="Called", links=links)
	call = reload(api.plan(customer, "Visit", nowdate(), contacts=[ann.name, {"contact": ann.name}, ""]))
	assert [(row.contact, row.contact_name, row.met) for row in call.contacts] == [
		(ann.name, "Ann Called", 1)
	]
	with pytest.raises(frappe.ValidationError, match="list of contacts"):
		api.plan(customer, "Visit", nowdate(), contacts="Ann")
	with pytest.raises(frappe.ValidationError):
		api.plan(customer, "Visit", nowdate(), contacts=["Nobody at all"])


# ---------------------------------------------------------------- states


@pytest.mark.parametrize("before", TRANSITIONS)
@pytest.mark.parametrize("after", TRANSITIONS)
def test_what_may_follow_what(me, before, after):
	call = bring_to(c.make_call(user=me), before)
	assert call.status == before
	call.status = after
	call.reason = "Said so"
	if after == before or after in TRANSITIONS[before]:
		call.save()
		assert reload(call).status == after
		return
	with pytest.raises(frappe.ValidationError, match=f"A call that is {before} cannot become {after}"):
		call.save()
	assert reload(call).status == before


def test_a_missed_call_is_never_cancelled_away(call):
	bring_to(call, MISSED)
	with pytest.raises(frappe.ValidationError, match="cannot become Cancelled"):
		api.cancel(call.name, "Better figures")
	api.report(call.name, {**DONE, "summary": "Was there after all"})
	assert reload(call).status == MADE


def test_missing_and_cancelling_need_a_reason(call):
	for end in (api.missed, api.cancel):
		with pytest.raises(frappe.ValidationError, match="please say why"):
			end(call.name, "  ")
	answer = api.cancel(call.name, "Closed down")
	assert answer["status"] == CANCELLED and reload(call).reason == "Closed down"
	assert api.cancel(call.name, "again")["status"] == CANCELLED
	assert reload(call).reason == "Closed down"


def test_a_call_of_tomorrow_is_not_missed(me):
	call = c.make_call(user=me, planned_on=add_days(today(), 2))
	with pytest.raises(frappe.ValidationError, match="has not come yet"):
		api.missed(call.name, "Flu")
	api.cancel(call.name, "Flu")


def test_preparing_keeps_or_replaces(call):
	api.prepared(call.name, "Win", [])
	api.prepared(call.name)
	stored = reload(call)
	assert (stored.status, stored.objective) == (PREPARED, "Win")
	bring_to(call, MADE)
	with pytest.raises(frappe.ValidationError, match="no longer be prepared"):
		api.prepared(call.name, "More")


def test_reopening_takes_the_report_back_but_not_what_was_written(call):
	api.report(call.name, {**DONE, "summary": "Wrong customer"})
	assert reload(call).made_on
	api.reopen(call.name)
	stored = reload(call)
	assert (stored.status, stored.made_on, stored.made_at, stored.summary) == (
		PLANNED,
		None,
		None,
		"Wrong customer",
	)
	assert api.reopen(call.name)["status"] == PLANNED


def test_a_report_needs_an_outcome_and_known_fields(call):
	with pytest.raises(frappe.ValidationError, match="what came out"):
		api.report(call.name, {"summary": "Long talk"})
	with pytest.raises(frappe.ValidationError, match="Outcome"):
		api.report(call.name, {"outcome": "Splendid"})
	with pytest.raises(frappe.ValidationError, match="has no field status"):
		api.report(call.name, {**DONE, "status": "Planned"})
	with pytest.raises(frappe.ValidationError, match="fields and their values"):
		api.report(call.name, "[]")
	with pytest.raises(frappe.ValidationError, match="list of rows"):
		api.report(call.name, {**DONE, "remarks": "cheap"})
	with pytest.raises(frappe.ValidationError, match="lies in the future"):
		api.report(call.name, {**DONE, "made_at": str(add_days(now_datetime(), 1))})
	bring_to(call, CANCELLED)
	with pytest.raises(frappe.ValidationError, match="reopen it first"):
		api.report(call.name, DONE)


def test_what_a_client_sends_for_fields_of_the_schedule_is_ignored(call):
	stored = reload(call)
	stored.update(
		{"due_on": add_days(today(), 90), "moves": 7, "interval_days": 3, "made_on": today(), "cycle": None}
	)
	stored.save()
	stored = reload(call)
	assert (stored.due_on, stored.moves, stored.interval_days, stored.made_on) == (today(), 0, 0, None)


def test_a_call_that_was_made_stays_what_it_was(call):
	bring_to(call, MADE)
	for field, value in (("planned_on", add_days(today(), 5)), ("user", c.COLLEAGUE)):
		stored = reload(call)
		stored.set(field, value)
		with pytest.raises(frappe.ValidationError, match="cannot be changed: the call is Made"):
			stored.save()


def test_a_history_can_be_brought_in(me):
	day = add_days(today(), -400)
	call = c.make_call(
		user=me,
		planned_on=day,
		due_on=add_days(day, -3),
		status=MADE,
		outcome="Progress",
		made_at=f"{day} 10:00:00",
	)
	assert (call.made_on, call.due_on) == (day, add_days(day, -3))


# ---------------------------------------------------------------- moving


def test_moving_counts_and_leaves_the_day_it_is_due(me):
	call = c.make_call(user=me, planned_on=add_days(today(), 1), starts_at=f"{add_days(today(), 1)} 09:30:00")
	answer = api.move(call.name, str(add_days(today(), 8)), reason="Snow")
	assert (answer["moves"], answer["due_on"]) == (1, str(add_days(today(), 1)))
	stored = reload(call)
	assert (stored.planned_on, stored.moved_from, stored.starts_at, stored.reason) == (
		add_days(today(), 8),
		add_days(today(), 1),
		None,
		"Snow",
	)
	api.move(call.name, starts_at=f"{add_days(today(), 8)} 14:00", reason="Time agreed")
	stored = reload(call)
	assert stored.moves == 1 and stored.starts_at == get_datetime(f"{add_days(today(), 8)} 14:00:00")
	# the form and the calendar: the appointment keeps its time of day
	stored.planned_on = add_days(today(), 9)
	stored.save()
	stored = reload(call)
	assert stored.starts_at == get_datetime(f"{add_days(today(), 9)} 14:00:00")
	assert (stored.moves, stored.moved_from, stored.reason) == (2, add_days(today(), 8), None)
	assert stored.due_on == add_days(today(), 1)


def test_moving_needs_a_reason_and_a_day_to_come(call):
	with pytest.raises(frappe.ValidationError, match="why the call is moved"):
		api.move(call.name, str(add_days(today(), 1)))
	with pytest.raises(frappe.ValidationError, match="is over"):
		api.move(call.name, str(add_days(today(), -1)), reason="Yesterday")
	for status in (MADE, CANCELLED):
		other = bring_to(c.make_call(user=c.MANAGER), status)
		with pytest.raises(frappe.ValidationError, match="cannot be moved"):
			api.move(other.name, str(add_days(today(), 1)), reason="Later")


def test_a_missed_call_that_is_moved_is_planned_again(call):
	bring_to(call, MISSED)
	api.move(call.name, str(add_days(today(), 1)), reason="New appointment")
	assert (reload(call).status, reload(call).moves) == (PLANNED, 1)


def test_moves_of_the_schedule_do_not_count(call):
	stored = reload(call)
	stored.flags.by_schedule = True
	stored.planned_on = stored.due_on = add_days(today(), 4)
	stored.save()
	assert (reload(call).moves, reload(call).due_on) == (0, add_days(today(), 4))


# ---------------------------------------------------------------- missed by itself


def test_calls_whose_days_are_over_become_missed(me):
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 7)
	late, last_day = (c.make_call(user=me, planned_on=add_days(today(), -days)) for days in (8, 7))
	prepared, made = (c.make_call(user=me, planned_on=add_days(today(), -30)) for _number in range(2))
	bring_to(prepared, PREPARED)
	bring_to(made, MADE)
	upkeep.mark_missed()
	assert [reload(each).status for each in (late, last_day, prepared, made)] == [
		MISSED,
		PLANNED,
		MISSED,
		MADE,
	]
	assert reload(late).reason == "Not reported within 7 days."
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 0)
	old = c.make_call(user=me, planned_on=add_days(today(), -99))
	upkeep.mark_missed()
	assert reload(old).status == PLANNED


def test_one_call_that_cannot_be_marked_does_not_hold_up_the_others(me, monkeypatch):
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 7)
	broken, fine = (c.make_call(user=me, planned_on=add_days(today(), -days)) for days in (20, 10))
	save = type(broken).save

	def fails(call, *args, **kwargs):
		if call.name == broken.name:
			raise ValueError("broken")
		return save(call, *args, **kwargs)

	monkeypatch.setattr(type(broken), "save", fails)
	upkeep.mark_missed()
	assert (reload(broken).status, reload(fine).status) == (PLANNED, MISSED)
	assert frappe.db.exists("Error Log", {"reference_name": broken.name})


def test_the_day_is_over_when_it_is_for_the_person(me, clock):
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 1)
	set_zone(c.MANAGER, "Asia/Tokyo")
	set_zone(c.COLLEAGUE, "America/Los_Angeles")
	east, west = (c.make_call(user=user, planned_on="2026-03-02") for user in (c.MANAGER, c.COLLEAGUE))
	clock("2026-03-03 11:00:00")  # New York; the 4th in Tokyo, the 3rd in Los Angeles
	upkeep.mark_missed()
	assert (reload(east).status, reload(west).status) == (MISSED, PLANNED)


# ---------------------------------------------------------------- time zones

# half past midnight in Tokyo, the afternoon before in New York (the site) and Los Angeles
TOKYO = "2026-03-04 00:30"
INSTANT = datetime(2026, 3, 3, 15, 30, tzinfo=timezone.utc)
SITE = datetime(2026, 3, 3, 10, 30)


@b.as_administrator
def set_zone(user, zone):
	frappe.db.set_value("User", user, "time_zone", zone)


@pytest.fixture
def zones():
	assert frappe.get_system_settings("time_zone") == "America/New_York"
	set_zone(c.MANAGER, "Asia/Tokyo")
	set_zone(c.COLLEAGUE, "America/Los_Angeles")


def test_the_same_instant_for_users_in_two_zones(zones):
	assert call_time.from_user_time(TOKYO, c.MANAGER) == SITE
	assert call_time.from_user_time("2026-03-03T07:30:00-08:00", c.MANAGER) == SITE
	assert call_time.from_user_time("2026-03-03T15:30:00Z", c.COLLEAGUE) == SITE
	assert call_time.as_utc(SITE) == INSTANT
	assert call_time.day_of(SITE, c.MANAGER) == date(2026, 3, 4)
	assert call_time.day_of(SITE, c.COLLEAGUE) == call_time.day_of(SITE, None) == date(2026, 3, 3)
	assert call_time.to_user_time(SITE, c.COLLEAGUE) == datetime(2026, 3, 3, 7, 30)
	set_zone(c.MANAGER, "Middle/Earth")
	assert str(call_time.zone_of(c.MANAGER)) == "America/New_York"
	set_zone(c.MANAGER, None)
	assert str(call_time.zone_of(c.MANAGER)) == str(call_time.zone_of(None)) == "America/New_York"


def test_clocks_that_change(zones):
	"""New York has summer time from 8 March on, Tokyo never."""
	assert call_time.from_user_time("2026-03-07 09:00", c.MANAGER) == datetime(2026, 3, 6, 19)
	assert call_time.from_user_time("2026-03-09 09:00", c.MANAGER) == datetime(2026, 3, 8, 20)


def test_an_appointment_near_midnight_is_on_the_day_of_the_person(zones, me, clock):
	clock("2026-03-01 08:00:00")
	customer = b.make_customer("Called at Night").name
	name = api.plan(customer, "Phone", starts_at=TOKYO)
	assert (reload(name).starts_at, reload(name).planned_on) == (SITE, date(2026, 3, 4))
	west = api.plan(customer, "Phone", starts_at="2026-03-03T15:30:00+00:00", user=c.COLLEAGUE)
	assert (reload(west).starts_at, reload(west).planned_on) == (SITE, date(2026, 3, 3))
	(mine,) = api.day("2026-03-04")["calls"]
	assert (mine["name"], mine["time"]) == (name, "00:30")
	assert api.day("2026-03-03")["calls"] == []
	with pytest.MonkeyPatch.context():
		frappe.set_user(c.COLLEAGUE)
		(theirs,) = api.day("2026-03-03")["calls"]
		assert (theirs["time"], theirs["utc"]) == ("07:30", mine["utc"])
		# the director sees the day of the person, with the zone named
		frappe.set_user(c.DIRECTOR)
		seen = api.day("2026-03-04", c.MANAGER)
		assert (seen["zone"], [row["name"] for row in seen["calls"]]) == ("Asia/Tokyo", [name])
		frappe.set_user(c.MANAGER)
	# moving the day keeps half past midnight in Tokyo
	call = reload(name)
	call.planned_on = "2026-03-10"
	call.save()
	assert call_time.to_user_time(call.starts_at, c.MANAGER) == datetime(2026, 3, 10, 0, 30)


def test_a_call_is_made_on_the_day_of_the_person(zones, me, clock):
	now = clock("2026-03-03 10:30:00")
	east = c.make_call(user=c.MANAGER, planned_on="2026-03-04")
	west = c.make_call(user=c.COLLEAGUE, planned_on="2026-03-03", by=c.DIRECTOR)
	api.report(east.name, DONE)
	frappe.set_user(c.COLLEAGUE)
	api.report(west.name, DONE)
	frappe.set_user(c.MANAGER)
	assert reload(east).made_at == reload(west).made_at == now
	assert (reload(east).made_on, reload(west).made_on) == (date(2026, 3, 4), date(2026, 3, 3))
	# corrected: the day before, in the evening of Tokyo
	api.report(east.name, {"made_at": "2026-03-03 23:45"})
	assert (reload(east).made_at, reload(east).made_on) == (datetime(2026, 3, 3, 9, 45), date(2026, 3, 3))
	api.report(east.name, {"made_at": "2026-03-02"})
	assert (reload(east).made_at, reload(east).made_on) == (datetime(2026, 3, 1, 22, 0), date(2026, 3, 2))


def test_a_moment_that_is_tomorrow_elsewhere_is_not_in_the_future(zones, me, clock):
	clock("2026-03-03 10:30:00")
	call = c.make_call(user=c.MANAGER, planned_on="2026-03-04")
	with pytest.raises(frappe.ValidationError, match="lies in the future"):
		api.report(call.name, {**DONE, "made_at": "2026-03-04 00:45"})
	api.report(call.name, {**DONE, "made_at": "2026-03-04 00:34"})  # clocks of telephones run ahead
	assert reload(call).made_on == date(2026, 3, 4)


# ---------------------------------------------------------------- the day of a person


def test_the_day_with_what_is_overdue(me):
	later = c.make_call(user=me, starts_at=f"{today()} 15:00:00", planned_on=today())
	early = c.make_call(user=me, starts_at=f"{today()} 08:00:00", planned_on=today())
	late = c.make_call(user=me, planned_on=add_days(today(), -2))
	bring_to(c.make_call(user=me), CANCELLED)
	bring_to(early, MADE)
	bring_to(c.make_call(user=me, planned_on=add_days(today(), -3)), MISSED)
	seen = api.day()
	assert [row["name"] for row in seen["calls"]] == [early.name, later.name]
	assert ([row["name"] for row in seen["overdue"]], seen["overdue_count"], seen["done"]) == (
		[late.name],
		1,
		1,
	)
	assert (seen["day"], seen["user"], seen["full_name"]) == (str(today()), me, "Calls Manager")
	# of a day to come, what is open today is not yet overdue
	ahead = api.day(str(add_days(today(), 3)))
	assert [row["name"] for row in ahead["overdue"]] == [late.name] and ahead["calls"] == []
	assert [row["calls"] for row in api.week() if row["day"] == str(today())] == [2]
	with pytest.raises(frappe.ValidationError, match="is not a time"):
		api.day("soon")


def test_the_number_of_queries_does_not_grow_with_the_calls_of_a_day(me, monkeypatch):
	def count():
		ran = []
		sql = frappe.db.sql
		with pytest.MonkeyPatch.context() as patch:
			patch.setattr(frappe.db, "sql", lambda *args, **kwargs: ran.append(args) or sql(*args, **kwargs))
			api.day()
		return len(ran)

	customer = b.make_customer("Called Often").name
	for _number in range(2):
		c.make_call(customer, user=me)
	api.day()
	few = count()
	for _number in range(6):
		c.make_call(customer, user=me, starts_at=f"{today()} 12:00:00")
	assert count() == few


# ---------------------------------------------------------------- who may


def test_a_sales_person_sees_and_changes_own_calls_only_and_the_director_those_of_the_team(as_user):
	customers = [b.make_customer(f"Called by {number}").name for number in range(2)]
	b.as_administrator(make_account)("Called Team", [customers[1]], key_account_manager=c.COLLEAGUE)
	mine = c.make_call(customers[0], user=c.MANAGER, planned_on=today())
	theirs = c.make_call(customers[1], user=c.COLLEAGUE, planned_on=today())
	with as_user(c.MANAGER):
		assert [row["name"] for row in api.day(user=c.MANAGER)["calls"]] == [mine.name]
		assert (
			api.day(user=c.COLLEAGUE)["calls"] == []
			and sum(row["calls"] for row in api.week(user=c.COLLEAGUE)) == 0
		)
		for change in (
			lambda: api.report(theirs.name, DONE),
			lambda: api.prepared(theirs.name, "Mine"),
			lambda: api.move(theirs.name, nowdate(), reason="x"),
			lambda: api.missed(theirs.name, "x"),
			lambda: api.cancel(theirs.name, "x"),
			lambda: api.reopen(theirs.name),
			lambda: api.need_to_profile(theirs.name),
		):
			with pytest.raises(frappe.PermissionError):
				change()
	with as_user(c.DIRECTOR):
		for user, call in ((c.MANAGER, mine), (c.COLLEAGUE, theirs)):
			assert [row["name"] for row in api.day(user=user)["calls"]] == [call.name]
		api.report(theirs.name, DONE)
	with as_user(c.READER):
		assert [row["name"] for row in api.day(user=c.COLLEAGUE)["calls"]] == [theirs.name]
		with pytest.raises(frappe.PermissionError):
			api.report(mine.name, DONE)
		with pytest.raises(frappe.PermissionError):
			api.plan(customers[0], "Visit", nowdate(), user=c.MANAGER)
	assert (reload(mine).status, reload(theirs).status) == (PLANNED, MADE)


def test_whoever_comes_along_reports_too(as_user):
	call = c.make_call(user=c.MANAGER, method="Joint Visit", accompanied_by=c.COLLEAGUE)
	with as_user(c.COLLEAGUE):
		assert api.report(call.name, DONE)["status"] == MADE


def test_a_cycle_that_one_may_not_see_takes_no_calls_in(me):
	cycle = b.as_administrator(c.make_cycle)(user=c.COLLEAGUE)
	with pytest.raises(frappe.PermissionError):
		c.make_call(user=me, cycle=cycle.name)
