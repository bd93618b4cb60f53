"""Calendar feed of calls: who gets it, what it holds, moments and days in two time zones, read back with a parser."""

import json
from datetime import date, datetime, timedelta, timezone

import frappe
import pytest
import vobject
from frappe.utils import add_days, getdate, nowdate
from werkzeug.test import Client

from kam_erpnext import hooks
from kam_erpnext.api import call_calendar as api
from kam_erpnext.data import call_time
from kam_erpnext.integration import call_feed
from kam_erpnext.kam_erpnext.doctype.call_calendar import call_calendar as calendars
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site.call_builders import COLLEAGUE, MANAGER, OPERATIONS, READER

TOKYO, ANGELES = "calls.tokyo@example.com", "calls.angeles@example.com"
ROLES = ["Key Account Manager", "Sales User"]
CALENDAR = "Call Calendar"
UTC = timezone.utc
FEED = "/api/method/kam_erpnext.api.call_calendar.feed"


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people({TOKYO: ROLES, ANGELES: ROLES}):
		frappe.db.set_value("User", TOKYO, "time_zone", "Asia/Tokyo")
		frappe.db.set_value("User", ANGELES, "time_zone", "America/Los_Angeles")
		frappe.db.commit()
		yield


@pytest.fixture
def berlin():
	"""The site stands in Berlin."""
	frappe.db.set_single_value("System Settings", "time_zone", "Europe/Berlin")
	frappe_session.forget_cached()
	assert str(call_time.zone_of()) == "Europe/Berlin"


def calendar(user=MANAGER, **fields):
	with frappe_session.as_user(user):
		name = api.mine()
		doc = frappe.get_doc(CALENDAR, name)
		if fields:
			doc.update(fields)
			doc.save()
	return doc


def address(user=MANAGER, **fields):
	doc = calendar(user, **fields)
	with frappe_session.as_user(user):
		return api.renew(doc.name)["address"]


def token(user=MANAGER, **fields):
	return address(user, **fields).split("token=")[1]


def fetch(secret, as_user="Guest"):
	with frappe_session.as_user(as_user):
		return api.feed(secret)


def events(user=MANAGER, **fields):
	"""The feed of a person, read back: summary -> event."""
	answer = fetch(token(user, **fields))
	assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
	parsed = vobject.readOne(answer.get_data(as_text=True))
	return {event.summary.value: event for event in parsed.contents.get("vevent", [])}


def call(user=MANAGER, **fields):
	customer = fields.pop("customer", None) or b.make_customer(f"Feed {frappe.generate_hash(length=6)}").name
	fields.setdefault("planned_on", call_time.today_of(user))
	return c.make_call(customer, user, **fields)


# ---------------------------------------------------------------- moments and days


def test_the_same_moment_for_people_in_two_zones(berlin):
	"""16:00 in Berlin in winter is midnight in Tokyo and 7 in the morning in Los Angeles."""
	doc = call(TOKYO, planned_on=None, starts_at=f"{next_winter_day()} 16:00:00", duration=90)
	doc.db_set("accompanied_by", ANGELES)
	for user in (TOKYO, ANGELES):
		(event,) = events(user, days_ahead=700).values()
		assert event.dtstart.value == datetime.combine(
			next_winter_day(), datetime.min.time(), UTC
		) + timedelta(hours=15)
		assert event.dtend.value - event.dtstart.value == timedelta(minutes=90)
		assert event.uid.value == f"{doc.name}@{frappe.local.site}"
	assert doc.planned_on == next_winter_day() + timedelta(days=1)  # in Tokyo it is the next day


def next_winter_day():
	return date(getdate().year + 1, 1, 20)


def last_sunday(year, month):
	day = date(year, month, 31)
	return day - timedelta(days=(day.weekday() + 1) % 7)


def test_a_call_across_the_change_to_summer_time_lasts_as_long_as_planned(berlin):
	"""In Berlin the clock goes from 2 to 3 that night."""
	day = last_sunday(getdate().year + 1, 3)
	call(planned_on=None, starts_at=f"{day} 01:30:00", duration=120)
	(event,) = events(days_ahead=700).values()
	assert event.dtstart.value == datetime(day.year, 3, day.day, 0, 30, tzinfo=UTC)
	assert event.dtend.value == datetime(day.year, 3, day.day, 2, 30, tzinfo=UTC)


def test_before_and_after_the_change_the_hour_of_the_wall_clock_is_kept(berlin):
	day = last_sunday(getdate().year + 1, 3)
	before, after = day - timedelta(days=2), day + timedelta(days=2)
	for one in (before, after):
		call(planned_on=None, starts_at=f"{one} 09:00:00")
	hours = sorted(event.dtstart.value.hour for event in events(days_ahead=700).values())
	assert hours == [7, 8]


def test_a_call_without_a_time_takes_the_day_of_the_person():
	for user in (TOKYO, ANGELES):
		doc = call(user, planned_on=add_days(nowdate(), 10))
		(event,) = events(user).values()
		assert event.dtstart.value == getdate(doc.planned_on) and not isinstance(
			event.dtstart.value, datetime
		)
		assert event.dtend.value == getdate(doc.planned_on) + timedelta(days=1)
		assert event.transp.value == "TRANSPARENT"


def test_the_file_names_no_zone_and_ends_lines_as_the_standard_says():
	call(
		planned_on=None, starts_at=f"{add_days(nowdate(), 3)} 09:00:00", objective="Größe; Preis, Menge" * 20
	)
	text = fetch(token(show_details=1)).get_data(as_text=True)
	assert "VTIMEZONE" not in text and "TZID" not in text
	assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
	assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


# ---------------------------------------------------------------- what changes


def test_a_moved_call_stays_the_same_event_with_a_higher_sequence():
	doc = call(planned_on=add_days(nowdate(), 3))
	(before,) = events().values()
	doc.planned_on = add_days(nowdate(), 8)
	doc.save()
	(after,) = events().values()
	assert after.uid.value == before.uid.value
	assert after.dtstart.value == getdate(doc.planned_on)
	created = frappe.utils.get_datetime(doc.creation)
	doc.db_set("modified", created + timedelta(hours=1), update_modified=False)
	(later,) = events().values()
	assert int(later.sequence.value) in (3600, 3601) and int(before.sequence.value) < 60


def test_states_are_told():
	names = {}
	for status in ("Planned", "Made", "Missed", "Cancelled"):
		doc = call(customer=b.make_customer(f"Told {status}").name)
		doc.db_set({"status": status, "made_on": nowdate()})
		names[status] = doc.name
	found = {event.uid.value.split("@")[0]: event for event in events().values()}
	assert found[names["Made"]].summary.value == "Made: Visit: Told Made"
	assert found[names["Missed"]].summary.value == "Missed: Visit: Told Missed"
	assert found[names["Cancelled"]].status.value == "CANCELLED"
	assert found[names["Planned"]].status.value == "TENTATIVE"
	assert set(events(include_made=0, include_cancelled=0)) == {"Visit: Told Planned"}


def test_only_the_days_wanted():
	for days in (-20, -3, 3, 20):
		doc = call(customer=b.make_customer(f"Day {days}").name)
		doc.db_set("planned_on", add_days(nowdate(), days))
	assert set(events(days_back=5, days_ahead=5)) == {"Visit: Day -3", "Visit: Day 3"}
	with pytest.raises(frappe.ValidationError, match="Days Ahead"):
		calendar(days_ahead=5000)


def test_the_reminder_goes_with_calls_that_have_a_time():
	call(
		customer=b.make_customer("With Time").name,
		planned_on=None,
		starts_at=f"{add_days(nowdate(), 3)} 09:00:00",
	)
	call(customer=b.make_customer("Without Time").name, planned_on=add_days(nowdate(), 3))
	found = events(reminder=15)
	assert found["Visit: With Time"].valarm.trigger.value == timedelta(minutes=-15)
	assert "valarm" not in found["Visit: Without Time"].contents
	assert "valarm" not in events(reminder=0)["Visit: With Time"].contents


# ---------------------------------------------------------------- how much it tells


def test_confidential_texts_only_when_chosen():
	customer = b.make_customer("Told Customer")
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Ada",
			"last_name": "Buyer",
			"links": [{"link_doctype": "Customer", "link_name": customer.name}],
		}
	).insert()
	call(customer=customer.name, objective="Offer 12 % off", contacts=[{"contact": contact.name}])
	(event,) = events().values()
	assert "Offer" not in event.description.value and "Ada" not in event.description.value
	(event,) = events(show_details=1).values()
	assert "Objective: Offer 12 % off" in event.description.value and "Ada Buyer" in event.description.value
	assert set(events(show_customer=0, show_details=0, show_address=0)) == {"Visit"}


def test_the_place_of_a_visit_is_the_address_of_the_customer():
	customer = b.make_customer("Placed Customer")
	for kind, street in (("Billing", "Bill Street 1"), ("Shipping", "Ship Street 2")):
		frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": "Placed",
				"address_type": kind,
				"address_line1": street,
				"city": "Kiel",
				"country": "Germany",
				"is_shipping_address": kind == "Shipping",
				"links": [{"link_doctype": "Customer", "link_name": customer.name}],
			}
		).insert()
	call(customer=customer.name)
	call(customer=customer.name, method="Phone")
	found = events()
	assert found["Visit: Placed Customer"].location.value == "Ship Street 2, Kiel, Germany"
	assert "location" not in found["Phone: Placed Customer"].contents
	assert "location" not in events(show_address=0)["Visit: Placed Customer"].contents


def test_hostile_names_stay_one_text():
	doc = call()
	frappe.db.set_value(
		"Customer Call", doc.name, "customer_name", "Evil\r\nBEGIN:VEVENT\nSUMMARY:x;y,z\\n\x07"
	)
	frappe.db.set_value("User", MANAGER, "full_name", "Max\r\nX-EVIL:1, Müller; Co")
	text = fetch(token()).get_data(as_text=True)
	parsed = vobject.readOne(text)
	assert len(parsed.vevent_list) == 1
	assert parsed.vevent.summary.value == "Visit: Evil BEGIN:VEVENT SUMMARY:x;y,z\\n"
	assert "x-evil" not in parsed.contents


def test_in_the_language_of_the_person():
	frappe.db.set_value("User", MANAGER, "language", "de")
	frappe.get_doc(
		{"doctype": "Translation", "language": "de", "source_text": "Phone", "translated_text": "Anruf"}
	).insert()
	call(customer=b.make_customer("Sprache").name, method="Phone")
	before = frappe.local.lang
	assert set(events()) == {"Anruf: Sprache"}
	assert frappe.local.lang == before


# ---------------------------------------------------------------- whose calls


def test_only_own_calls_and_those_one_comes_along_on():
	call(MANAGER, customer=b.make_customer("Mine").name)
	call(COLLEAGUE, customer=b.make_customer("Theirs").name)
	call(COLLEAGUE, customer=b.make_customer("Ours").name, method="Joint Visit", accompanied_by=MANAGER)
	assert set(events()) == {"Visit: Mine", "Joint Visit: Ours"}
	assert set(events(accompanied=0)) == {"Visit: Mine"}
	# who sees all calls still reads his own calendar
	assert events(READER) == {}


def test_fences_hold_in_the_feed():
	north = b.ensure_territory("Feed North")
	call(customer=b.make_customer("In Fence", territory=north).name)
	call(customer=b.make_customer("Out of Fence", territory=b.ensure_territory("Feed South")).name)
	assert len(events()) == 2
	b.allow_only(MANAGER, "Territory", north)
	assert set(events()) == {"Visit: In Fence"}


# ---------------------------------------------------------------- the token


def refused(secret):
	answer = fetch(secret)
	assert (answer.status_code, answer.get_data(as_text=True)) == (404, "Not found.")
	return answer


def test_every_token_that_opens_nothing_is_answered_alike(monkeypatch):
	call()
	right = token()
	assert fetch(right).status_code == 200
	selector, secret = right.split(".")
	for wrong in (
		"",
		".",
		"x",
		selector,
		f"{selector}.",
		f".{secret}",
		f"{selector}.{secret[:-1]}",
		f"{selector}.{secret}x",
		f"{'0' * 16}.{secret}",
		"ä\ud83d.\udcff",
		"a" * 100000,
		f"{selector}.{calendars.hashed(secret)}",
		"%",
		"None.None",
	):
		refused(wrong)


def test_a_revoked_token_opens_nothing():
	doc, right = calendar(), token()
	with frappe_session.as_user(MANAGER):
		api.revoke(doc.name)
	refused(right)
	doc.reload()
	assert not doc.feed_active and not doc.secret_hash


def test_a_new_address_ends_the_old_one():
	first = token()
	second = token()
	refused(first)
	assert fetch(second).status_code == 200


def test_a_disabled_user_and_one_without_the_role_are_refused_alike():
	right = token()
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	refused(right)
	frappe.db.set_value("User", MANAGER, "enabled", 1)
	assert fetch(right).status_code == 200
	frappe.get_doc("User", MANAGER).remove_roles("Key Account Manager")
	refused(right)


def test_the_token_is_stored_as_a_hash_only_and_seen_by_nobody():
	right = token()
	secret = right.split(".")[1]
	doc = frappe.get_doc(CALENDAR, {"user": MANAGER})
	stored = json.dumps(frappe.db.get_value(CALENDAR, doc.name, "*", as_dict=True), default=str)
	assert secret not in stored and doc.secret_hash == calendars.hashed(secret)
	with frappe_session.as_user(MANAGER):
		sent = frappe.get_doc(CALENDAR, doc.name)
		sent.apply_fieldlevel_read_permissions()
		assert not sent.get("secret_hash") and not sent.get("selector")
		listed = frappe.get_list(CALENDAR, fields=["*"])
		assert doc.secret_hash not in json.dumps(listed, default=str)
	assert not frappe.get_all("Version", {"ref_doctype": CALENDAR})


def test_tokens_are_compared_in_constant_time(monkeypatch):
	compared = []
	real = calendars.hmac.compare_digest
	monkeypatch.setattr(calendars.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
	right = token()
	fetch(right)
	refused("0000.nothing")
	assert len(compared) == 2 and all(len(side) == 64 for pair in compared for side in pair)


def test_what_goes_wrong_is_told_without_the_token(monkeypatch):
	right = token()

	def broken(*args):
		raise RuntimeError("broken")

	monkeypatch.setattr(api, "feed_of", broken)
	answer = fetch(right)
	assert answer.status_code == 500 and "broken" not in answer.get_data(as_text=True)
	log = frappe.get_last_doc("Error Log")
	text = json.dumps(log.as_dict(), default=str)
	assert "broken" in text
	for part in right.split("."):
		assert part not in text


# ---------------------------------------------------------------- the calendar document


def test_everybody_has_one_calendar_of_his_own():
	mine = calendar()
	assert calendar().name == mine.name
	with frappe_session.as_user(COLLEAGUE):
		assert not frappe.has_permission(CALENDAR, "read", mine.name)
		assert frappe.get_list(CALENDAR) == []
		for forbidden in (api.renew, api.revoke):
			with pytest.raises(frappe.PermissionError):
				forbidden(mine.name)
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": CALENDAR, "user": MANAGER}).insert()


def test_an_administrator_ends_the_address_of_others_and_makes_none():
	right, doc = token(), calendar()
	with frappe_session.as_user(OPERATIONS):
		with pytest.raises(frappe.PermissionError):
			api.renew(doc.name)
		own = frappe.get_doc(CALENDAR, doc.name)
		own.sync_events = 1
		with pytest.raises(frappe.PermissionError):
			own.save()
		api.revoke(doc.name)
	refused(right)


def test_a_user_is_deleted_merged_and_renamed_with_his_calendar():
	for name in ("calls.leaver", "calls.double", "calls.renamed"):
		b.ensure_user(f"{name}@example.com", ROLES)
		calendar(f"{name}@example.com")
	kept = calendar()
	frappe.delete_doc("User", "calls.leaver@example.com")
	frappe.rename_doc("User", "calls.double@example.com", MANAGER, merge=True)
	frappe.rename_doc("User", "calls.renamed@example.com", "calls.newname@example.com")
	assert frappe.db.get_value(CALENDAR, {"user": MANAGER}) == kept.name
	assert frappe.db.exists(CALENDAR, {"user": "calls.newname@example.com"})
	assert not frappe.db.exists(
		CALENDAR, {"user": ("in", ["calls.leaver@example.com", "calls.double@example.com"])}
	)


def test_hooks_name_the_calendar():
	assert CALENDAR in hooks.has_permission and CALENDAR in hooks.permission_query_conditions


# ---------------------------------------------------------------- over the web


@pytest.fixture
def web(site_point):
	"""A client without a login, and a committed calendar with one call."""
	from frappe import app

	call(customer=b.make_customer("Web Customer").name, planned_on=add_days(nowdate(), 2))
	link = address()
	frappe.db.commit()
	frappe.clear_cache()

	def get(path, **headers):
		try:
			return Client(app.application).get(
				path, headers={"X-Frappe-Site-Name": frappe_session.facts()["site"], **headers}
			)
		finally:
			frappe.destroy()
			frappe_session.connect()

	return get, link[link.index("/api") :]


@pytest.mark.commits
def test_a_calendar_program_reads_it_without_logging_in(web):
	get, path = web
	answer = get(path)
	assert answer.status_code == 200, answer.get_data(as_text=True)
	assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
	assert "no-cache" in answer.headers["Cache-Control"] and "no-store" not in answer.headers["Cache-Control"]
	assert vobject.readOne(answer.get_data(as_text=True)).vevent.summary.value == "Visit: Web Customer"
	# unchanged: nothing is sent again
	again = get(path, **{"If-None-Match": answer.headers["ETag"]})
	assert (again.status_code, again.get_data()) == (304, b"")
	assert get(path, **{"If-None-Match": '"other"'}).status_code == 200
	assert frappe.db.get_value(CALENDAR, {"user": MANAGER}, "last_read")
	wrong = get(path[:-1] + ("A" if path[-1] != "A" else "B"))
	assert (wrong.status_code, wrong.get_data(as_text=True)) == (404, "Not found.")
	assert get(FEED).status_code == 404
	assert "sid=Guest" in answer.headers.get("Set-Cookie", "sid=Guest")


@pytest.mark.commits
def test_too_many_requests_are_turned_away(web, monkeypatch):
	get, path = web
	from kam_erpnext.api import call_calendar

	monkeypatch.setattr(call_calendar, "FAIR_USE", 3)
	codes = [get(path).status_code for _number in range(5)]
	assert codes[:3] == [200] * 3 and codes[-1] == 429


def test_two_thousand_calls_are_written_in_seconds():
	import time

	entry = call_feed.Entry(
		"x@y", datetime.now(UTC), datetime.now(UTC), date.today(), datetime.now(UTC), 60, "Visit: Somebody",
		"Street 1, Town", "Objective\nLink", "https://example.com/app/customer-call/X", "Planned", True,
	)  # fmt: skip
	feed = call_feed.Feed("Calls", 30, (entry,) * 2000)
	start = time.monotonic()
	text = call_feed.as_icalendar(feed)
	assert text.count("BEGIN:VEVENT") == 2000
	assert time.monotonic() - start < 10
