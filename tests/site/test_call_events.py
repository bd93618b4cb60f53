"""Calls as events in the calendar of the desk: for whom, once, in both directions, private, in two time zones."""

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, nowdate

from kam_erpnext import hooks
from kam_erpnext.data import call_time
from kam_erpnext.integration import call_events
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k
from tests.site.call_builders import COLLEAGUE, DIRECTOR, MANAGER, READER

EVENT, CALL, CALENDAR = "Event", "Customer Call", "Call Calendar"
TOKYO, ANGELES = "events.tokyo@example.com", "events.angeles@example.com"
ROLES = ["Key Account Manager", "Sales User"]


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people({TOKYO: ROLES, ANGELES: ROLES}):
		frappe.db.set_value("User", TOKYO, "time_zone", "Asia/Tokyo")
		frappe.db.set_value("User", ANGELES, "time_zone", "America/Los_Angeles")
		frappe.db.commit()
		yield


def wants(user=MANAGER, on=1, **fields):
	"""The person has events made of his calls, or not."""
	with frappe_session.as_user(user):
		name = frappe.db.get_value(CALENDAR, {"user": user})
		doc = frappe.get_doc(CALENDAR, name) if name else frappe.new_doc(CALENDAR, user=user)
		doc.update({"sync_events": on, **fields})
		doc.save()
	return doc


def in_days(days):
	return getdate(add_days(nowdate(), days))


def call(user=MANAGER, days=3, **fields):
	if "starts_at" not in fields:
		fields.setdefault("planned_on", in_days(days))
	return c.make_call(user=user, **fields)


def events(of, user=None):
	name = of if isinstance(of, str) else of.name
	filters = {"kam_customer_call": name, **({"owner": user} if user else {})}
	return [
		frappe.get_doc(EVENT, event)
		for event in frappe.get_all(EVENT, filters, pluck="name", order_by="owner")
	]


def only(of, user=None):
	(event,) = events(of, user)
	return event


def saved(doc, **values):
	doc = frappe.get_doc(doc.doctype, doc.name)
	doc.update(values)
	return doc.save()


def dragged(event, user=MANAGER, **values):
	"""The person moves his event in the calendar of the desk."""
	with frappe_session.as_user(user):
		return saved(event, **values)


# ---------------------------------------------------------------- for whom


def test_only_for_who_wants_it():
	assert events(call()) == []
	wants(COLLEAGUE)
	assert events(call()) == []
	wants()
	event = only(call(customer=b.make_customer("Event Customer").name))
	assert (event.owner, event.event_type, event.status, event.all_day) == (MANAGER, "Private", "Open", 1)
	assert (event.subject, event.send_reminder) == ("Visit: Event Customer", 0)
	assert event.event_participants == []  # it does not count as a contact beside the call


def test_switching_it_on_and_off():
	coming, made, past = call(), call(), call()
	made.db_set({"status": "Made", "made_on": nowdate()})
	past.db_set("planned_on", in_days(-5))
	wants()
	assert [len(events(one)) for one in (coming, made, past)] == [1, 0, 0]
	wants()
	assert len(events(coming)) == 1
	done = saved(coming, status="Made")
	other = call()
	wants(on=0)
	assert [len(events(one)) for one in (done, other)] == [1, 0]
	assert frappe.db.get_value(CALL, other.name, "event") is None


def test_the_call_knows_the_event_of_its_person():
	wants()
	doc = call()
	doc.reload()
	assert doc.event == only(doc).name


def test_two_people_have_an_event_each():
	wants(), wants(COLLEAGUE)
	doc = call(method="Joint Visit", accompanied_by=COLLEAGUE)
	assert [event.owner for event in events(doc)] == sorted([MANAGER, COLLEAGUE])
	assert frappe.db.get_value(CALL, doc.name, "event") == only(doc, MANAGER).name
	saved(doc, accompanied_by=None)
	assert [event.owner for event in events(doc)] == [MANAGER]
	wants(COLLEAGUE, accompanied=0)
	saved(doc, accompanied_by=COLLEAGUE)
	assert [event.owner for event in events(doc)] == [MANAGER]


def test_handed_over_to_a_colleague():
	wants(), wants(COLLEAGUE)
	doc = call()
	saved(doc, user=COLLEAGUE)
	assert only(doc).owner == COLLEAGUE
	assert frappe.db.get_value(CALL, doc.name, "event") == only(doc).name


def test_a_private_event_is_seen_by_nobody_else():
	wants()
	with frappe_session.as_user(DIRECTOR):
		doc = call()
	event = only(doc)
	assert event.owner == MANAGER
	for user in (DIRECTOR, COLLEAGUE, READER):
		with frappe_session.as_user(user):
			assert not frappe.has_permission(EVENT, "read", event.name)
			assert frappe.get_list(EVENT, {"name": event.name}) == []
	event = dragged(event, event_type="Public")
	assert frappe.db.get_value(EVENT, event.name, "event_type") == "Private"
	saved(doc, objective="New objective")
	assert only(doc).event_type == "Private"


# ---------------------------------------------------------------- once


def test_repeated_saves_make_no_second_event():
	wants()
	doc = call()
	for number in range(4):
		doc = saved(doc, objective=f"Objective {number}")
		call_events.sync(doc)
	call_events.catch_up()
	call_events.bring_up_to_date(MANAGER)
	assert len(events(doc)) == 1


@pytest.mark.commits
def test_two_saves_at_once_make_one_event(site_point):
	"""Both look for the event before either has made it."""
	wants(on=0)
	doc = call()
	table = frappe.qb.DocType(CALENDAR)
	frappe.qb.update(table).set(table.sync_events, 1).where(table.user == MANAGER).run()
	frappe.db.commit()

	def other():
		frappe.set_user("Administrator")
		call_events.sync(frappe.get_doc(CALL, doc.name))
		frappe.db.commit()

	assert events(doc) == []  # this connection has looked
	second = k.Session(other)
	second.start()
	second.join(60)
	call_events.sync(frappe.get_doc(CALL, doc.name))
	frappe.db.commit()
	assert len(events(doc)) == 1


def test_whoever_finds_the_event_made_already_changes_it(monkeypatch):
	"""As when another connection has made it, which this one cannot see yet."""
	wants()
	doc = call()
	with monkeypatch.context() as patch:
		patch.setattr(call_events, "events_of", lambda name: [])
		call_events.sync(saved(doc, planned_on=in_days(9)))
	assert only(doc).starts_on.date() == in_days(9)
	assert not frappe.local.message_log


def test_nobody_makes_an_event_for_a_call_himself():
	wants()
	doc = call()
	with frappe_session.as_user(COLLEAGUE):
		event = frappe.get_doc(
			{
				"doctype": EVENT,
				"subject": "x",
				"event_type": "Private",
				"starts_on": f"{nowdate()} 10:00:00",
				"kam_customer_call": doc.name,
			}
		).insert()
		assert not event.kam_customer_call
	copy = frappe.copy_doc(only(doc))
	copy.insert()
	assert len(events(doc)) == 1


# ---------------------------------------------------------------- the call decides


def test_a_moved_call_moves_its_events():
	wants(), wants(COLLEAGUE)
	doc = call(method="Joint Visit", accompanied_by=COLLEAGUE)
	saved(doc, planned_on=in_days(8))
	assert {event.starts_on.date() for event in events(doc)} == {in_days(8)}
	saved(doc, starts_at=f"{in_days(9)} 10:00:00", duration=45, planned_on=in_days(9))
	for event in events(doc):
		assert (event.all_day, str(event.starts_on), str(event.ends_on)) == (
			0,
			f"{in_days(9)} 10:00:00",
			f"{in_days(9)} 10:45:00",
		)
	assert len(events(doc)) == 2


@pytest.mark.parametrize(("status", "told"), [("Made", "Completed"), ("Cancelled", "Cancelled")])
def test_what_became_of_the_call_closes_the_event(status, told):
	wants()
	doc = saved(call(), status=status, reason="Not needed")
	assert only(doc).status == told
	saved(doc, status="Planned")
	assert only(doc).status == "Open"


def test_a_missed_call_that_is_moved_opens_its_event_again():
	wants()
	doc = call()
	event = only(doc)
	doc.db_set("planned_on", in_days(-1))
	event.db_set(
		{"starts_on": f"{in_days(-1)} 00:00:00", "ends_on": f"{in_days(-1)} 23:59:59", "status": "Closed"}
	)
	doc = saved(doc, status="Missed", reason="Ill")
	assert only(doc).status == "Closed"
	saved(doc, status="Planned", planned_on=in_days(2))
	assert (only(doc).status, only(doc).starts_on.date()) == ("Open", in_days(2))


def test_a_deleted_call_takes_its_events_along():
	wants(), wants(COLLEAGUE)
	doc = call(method="Joint Visit", accompanied_by=COLLEAGUE)
	frappe.delete_doc(CALL, doc.name)
	assert events(doc.name) == []


def test_own_notes_in_the_event_are_kept():
	wants(show_details=1)
	doc = call(objective="Sell the pump")
	assert "Objective: Sell the pump" in only(doc).description
	doc = saved(doc, objective="Sell two pumps")
	assert "Sell two pumps" in only(doc).description
	dragged(only(doc), description="<p>Bring the <b>catalogue</b></p>")
	saved(doc, objective="Sell three pumps", planned_on=in_days(6))
	assert "catalogue" in only(doc).description and "pumps" not in only(doc).description


def test_confidential_texts_only_when_chosen():
	wants(show_details=0, show_customer=0)
	doc = call(objective="Sell <img src=x onerror=alert(1)>")
	event = only(doc)
	assert "Sell" not in event.description and event.subject == "Visit"
	wants(show_details=1, show_customer=1)
	event = only(doc)
	assert "Objective: Sell" in event.description and "<img" not in event.description
	assert doc.customer_name in event.subject


# ---------------------------------------------------------------- the event moves the call


def test_an_event_moved_in_the_calendar_moves_the_call():
	wants(), wants(COLLEAGUE)
	doc = call(method="Joint Visit", accompanied_by=COLLEAGUE)
	dragged(only(doc, MANAGER), starts_on=f"{in_days(7)} 00:00:00", ends_on=f"{in_days(7)} 23:59:59")
	doc.reload()
	assert (doc.planned_on, doc.moves, doc.moved_from, doc.reason) == (
		in_days(7),
		1,
		in_days(3),
		"Moved in the calendar",
	)
	assert doc.due_on == in_days(3)
	assert only(doc, COLLEAGUE).starts_on.date() == in_days(7)
	dragged(
		only(doc, MANAGER), all_day=0, starts_on=f"{in_days(7)} 14:00:00", ends_on=f"{in_days(7)} 14:30:00"
	)
	doc.reload()
	assert (str(doc.starts_at), doc.duration, doc.moves) == (f"{in_days(7)} 14:00:00", 30, 1)
	assert str(only(doc, COLLEAGUE).starts_on) == f"{in_days(7)} 14:00:00"
	dragged(
		only(doc, MANAGER), all_day=1, starts_on=f"{in_days(6)} 00:00:00", ends_on=f"{in_days(6)} 23:59:59"
	)
	doc.reload()
	assert (doc.planned_on, doc.starts_at, doc.moves) == (in_days(6), None, 2)
	assert len(events(doc)) == 2


def test_other_changes_of_an_event_leave_the_call_alone():
	wants()
	doc = call()
	doc.reload()
	for values in ({"subject": "My own title"}, {"status": "Completed"}, {"color": "#ff0000"}):
		dragged(only(doc), **values)
	assert frappe.db.get_value(CALL, doc.name, "modified") == get_datetime(doc.modified)


def test_an_event_is_not_moved_into_the_past():
	wants()
	doc = call()
	with pytest.raises(frappe.ValidationError, match="is over"):
		dragged(only(doc), starts_on=f"{in_days(-3)} 00:00:00", ends_on=f"{in_days(-3)} 23:59:59")


def test_the_event_of_a_call_that_was_made_is_put_back():
	wants()
	doc = saved(call(days=0), status="Made")
	dragged(only(doc), starts_on=f"{in_days(5)} 00:00:00", ends_on=f"{in_days(5)} 23:59:59")
	assert only(doc).starts_on.date() == in_days(0)
	assert frappe.db.get_value(CALL, doc.name, "planned_on") == in_days(0)


def test_who_may_not_change_the_call_does_not_move_it():
	wants(READER)
	doc = call(method="Joint Visit", accompanied_by=READER)
	dragged(only(doc, READER), READER, starts_on=f"{in_days(5)} 00:00:00", ends_on=f"{in_days(5)} 23:59:59")
	assert only(doc, READER).starts_on.date() == in_days(3)
	assert frappe.db.get_value(CALL, doc.name, ["planned_on", "moves"]) == (in_days(3), 0)
	assert any("cannot move" in message["message"] for message in frappe.local.message_log)


def test_a_calendar_read_in_the_background_moves_the_call_of_its_person():
	"""As when Google Calendar is read by a worker, who is Administrator."""
	wants()
	doc = call()
	dragged(only(doc), "Administrator", starts_on=f"{in_days(6)} 00:00:00", ends_on=f"{in_days(6)} 23:59:59")
	assert frappe.db.get_value(CALL, doc.name, "planned_on") == in_days(6)


def test_a_deleted_event_does_not_delete_the_call_and_does_not_come_back():
	wants(), wants(COLLEAGUE)
	doc = call(method="Joint Visit", accompanied_by=COLLEAGUE)
	frappe.delete_doc(EVENT, only(doc, MANAGER).name)
	doc.reload()
	assert (doc.status, doc.event) == ("Planned", None)
	doc = saved(doc, objective="Something else")
	call_events.catch_up()
	assert [event.owner for event in events(doc)] == [COLLEAGUE]
	# on another day it is another appointment
	saved(doc, planned_on=in_days(9))
	assert len(events(doc)) == 2


def test_an_event_closed_by_its_person_stays_closed_until_the_call_is_moved():
	wants()
	doc = call()
	dragged(only(doc), status="Cancelled")
	saved(doc, objective="Something else")
	call_events.catch_up()
	assert only(doc).status == "Cancelled"
	saved(doc, planned_on=in_days(9))
	assert only(doc).status == "Open"


# ---------------------------------------------------------------- two time zones


def test_the_day_of_a_call_is_that_of_its_person_in_every_zone():
	for user in (TOKYO, ANGELES):
		wants(user)
		doc = call(user, days=10)
		event = only(doc)
		assert (
			call_time.day_of(event.starts_on, user) == doc.planned_on == call_time.day_of(event.ends_on, user)
		)
		assert event.starts_on.date() == doc.planned_on == event.ends_on.date()
		before = frappe.db.get_value(CALL, doc.name, "modified")
		call_events.sync(frappe.get_doc(CALL, doc.name))
		assert frappe.db.get_value(CALL, doc.name, "modified") == before
		# what the calendar of the desk sends for the next day: midnight of the person
		day = getdate(add_days(doc.planned_on, 1))
		start = call_time.from_user_time(f"{day} 00:00:00", user)
		dragged(event, user, starts_on=start, ends_on=call_time.from_user_time(f"{day} 23:59:59", user))
		doc.reload()
		assert (doc.planned_on, doc.moves) == (day, 1)


@pytest.mark.parametrize("user", [TOKYO, ANGELES])
def test_dropped_on_a_day_in_the_calendar_of_the_desk(user):
	"""Frappe's calendar sends the day as one of the site, whoever drops it; Google Calendar sends midnights."""
	wants(user)
	doc = call(user, days=10)
	for number, end in ((12, f"{in_days(12)} 23:59:59"), (14, f"{in_days(15)} 00:00:00")):
		dragged(only(doc), user, starts_on=f"{in_days(number)} 00:00:00", ends_on=end)
		doc.reload()
		assert doc.planned_on == in_days(number)
		assert call_time.day_of(only(doc).starts_on, user) == call_time.day_of(only(doc).ends_on, user)
		assert call_time.day_of(only(doc).starts_on, user) == in_days(number)


def test_the_same_moment_for_two_people():
	wants(TOKYO), wants(ANGELES)
	start = call_time.from_user_time(f"{in_days(10)} 08:00", TOKYO)
	doc = call(TOKYO, method="Joint Visit", accompanied_by=ANGELES, starts_at=start)
	assert {event.starts_on for event in events(doc)} == {start}
	# the colleague, for whom it is the day before, moves it by an hour
	with frappe_session.as_user(ANGELES):
		event = only(doc, ANGELES)
	later = frappe.utils.add_to_date(start, hours=1)
	dragged(event, ANGELES, starts_on=later, ends_on=frappe.utils.add_to_date(later, hours=1))
	doc.reload()
	assert (doc.starts_at, doc.planned_on, doc.moves) == (later, in_days(10), 0)


def test_a_call_across_the_change_of_the_clocks():
	"""New York, where the site stands: from 2 to 3 on the second Sunday in March."""
	assert str(call_time.zone_of()) == "America/New_York"
	wants()
	first = getdate(f"{getdate().year + 1}-03-01")
	day = add_days(first, (6 - first.weekday()) % 7 + 7)
	doc = call(starts_at=f"{day} 01:30:00", duration=90)
	assert str(only(doc).ends_on) == f"{day} 04:00:00"
	assert call_events.place_of_event(only(doc)) == call_events.place_of_call(frappe.get_doc(CALL, doc.name))


# ---------------------------------------------------------------- catching up


def test_what_was_changed_past_the_documents_is_caught_up():
	wants()
	doc, other, cancelled = call(), call(), call()
	frappe.db.set_value(CALL, doc.name, "planned_on", in_days(12))
	frappe.db.delete(EVENT, {"name": only(other).name})
	frappe.db.set_value(CALL, cancelled.name, "status", "Cancelled")
	call_events.catch_up()
	assert only(doc).starts_on.date() == in_days(12)
	assert only(other).status == "Open"
	assert only(cancelled).status == "Cancelled"


def test_it_runs_every_night():
	path = "kam_erpnext.integration.call_events.catch_up"
	assert path in hooks.scheduler_events["daily_long"]


def test_a_user_is_renamed_with_his_events():
	b.ensure_user("events.old@example.com", ROLES)
	wants("events.old@example.com")
	doc = call("events.old@example.com")
	frappe.rename_doc("User", "events.old@example.com", "events.new@example.com")
	saved(doc, planned_on=in_days(5))
	assert (only(doc).owner, only(doc).starts_on.date()) == ("events.new@example.com", in_days(5))


def test_no_event_of_a_call_is_left_when_the_app_goes():
	wants()
	doc = call()
	other = frappe.get_doc(
		{"doctype": EVENT, "subject": "Stays", "event_type": "Private", "starts_on": f"{nowdate()} 10:00:00"}
	).insert()
	call_events.remove_all()
	assert events(doc) == [] and frappe.db.exists(EVENT, other.name)
