"""Calls in the daily reminder and the weekly digest of calls: whom, when, once, for people in two time zones."""

from datetime import date

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext import hooks
from kam_erpnext.compat import message_type
from kam_erpnext.data import call_time
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from kam_erpnext.notifications import call_digest, reminders
from kam_erpnext.notifications.call_digest import send_weekly_call_digest
from kam_erpnext.notifications.reminders import send_due_reminders
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k
from tests.site.call_builders import COLLEAGUE, DIRECTOR, MANAGER, READER

CALL = "Customer Call"
TOKYO, ANGELES = "reminded.tokyo@example.com", "reminded.angeles@example.com"
ROLES = ["Key Account Manager", "Sales User"]
MONDAY = date(2019, 6, 10)
DUE = "2019-06-12"  # a Wednesday


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people({TOKYO: ROLES, ANGELES: ROLES}):
		frappe.db.set_value("User", TOKYO, "time_zone", "Asia/Tokyo")
		frappe.db.set_value("User", ANGELES, "time_zone", "America/Los_Angeles")
		frappe.db.commit()
		yield


@pytest.fixture(autouse=True)
def nothing_else_is_due():
	for doctype in (CALL, "Key Account Action", "Key Account Plan"):
		frappe.db.delete(doctype)
	frappe.db.delete("DefaultValue", {"defkey": call_digest.TOLD})
	settings(call_reminder=1, call_digest=1, call_missed_after=7, action_reminder=3)


def settings(**values):
	frappe.db.set_single_value("KAM Settings", values)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")


@pytest.fixture
def sent():
	"""`sent(user)`: notifications written for a user since the last look."""
	seen = set(frappe.get_all("Notification Log", pluck="name"))

	def look(user=MANAGER):
		logs = frappe.get_all(
			"Notification Log",
			{
				"for_user": user,
				"name": ("not in", [*seen, ""]),
				"type": message_type(),
				"link": ("is", "set"),
			},
			["name", "subject", "email_content", "link", "document_type", "document_name"],
			order_by="creation",
		)
		seen.update(log.name for log in logs)
		return logs

	return look


def call(user=MANAGER, day=DUE, name=None, **fields):
	"""A call on a day, which may be long past."""
	customer = b.make_customer(name or f"Reminded {frappe.generate_hash(length=6)}").name
	later = {key: fields.pop(key) for key in ("status", "made_on", "starts_at", "due_on") if key in fields}
	doc = c.make_call(customer, user, **fields)
	doc.db_set({"planned_on": day, "due_on": day, **later})
	return doc


# ---------------------------------------------------------------- the daily reminder


def test_before_on_the_day_and_once_a_week_after_it(sent):
	call()
	days = {}
	for offset in range(-4, 18):
		send_due_reminders(add_days(DUE, offset))
		send_due_reminders(add_days(DUE, offset))  # running twice a day sends once
		days[offset] = len(sent())
	assert {offset for offset, number in days.items() if number} == {-1, 0, 1, 8, 15}
	assert set(days.values()) == {0, 1}


def test_no_days_no_reminder(sent):
	settings(call_reminder=0)
	call()
	for offset in (-1, 0, 1):
		send_due_reminders(add_days(DUE, offset))
	assert not sent()


@pytest.mark.parametrize("status", ["Made", "Missed", "Cancelled"])
def test_only_open_calls(sent, status):
	call(status=status)
	call(status="Prepared", name="Prepared Customer")
	send_due_reminders(DUE)
	(log,) = sent()
	assert log.subject == "Call on <b>Prepared Customer</b> today"


def test_calls_join_the_one_message_of_the_day(sent):
	account = k.make_account("Joined Account", key_account_manager=MANAGER).name
	make_action(account, "Send the offer", MANAGER, DUE)
	first = call(name="First & Co", starts_at=f"{DUE} 09:30:00")
	call(name="Second", method="Phone")
	call(day=add_days(DUE, 1))
	call(day=add_days(DUE, -2))
	call(COLLEAGUE)
	send_due_reminders(DUE)
	(log,) = sent()
	for part in (
		"Calls today: <b>2</b>",
		"Calls due soon: <b>1</b>",
		"Overdue calls: <b>1</b>",
		"Actions due today: <b>1</b>",
	):
		assert part in log.subject
	assert (
		f"/customer-call/{first.name}" in log.email_content
		and "First &amp; Co</a>, Visit" in log.email_content
	)
	assert "09:30" in log.email_content and "Second</a>, Phone" in log.email_content
	assert len(sent(COLLEAGUE)) == 1
	assert "key-account-action" in log.link


def test_the_link_of_several_calls_is_the_day_sheet(sent):
	call(), call()
	send_due_reminders(DUE)
	assert sent()[0].link.endswith("/my-calls")


def test_texts_are_escaped(sent):
	for _number in range(2):
		doc = call()
		doc.db_set("customer_name", "<img src=x onerror=alert(1)>")
	send_due_reminders(DUE)
	(log,) = sent()
	assert "<img" not in log.email_content + log.subject and "&lt;img" in log.email_content


def test_the_colleague_who_comes_along_is_reminded_until_the_day(sent):
	call(method="Joint Visit", accompanied_by=COLLEAGUE)
	told = []
	for offset in (-1, 0, 1):
		send_due_reminders(add_days(DUE, offset))
		told.append((len(sent()), len(sent(COLLEAGUE))))
	assert told == [(1, 1), (1, 1), (1, 0)]


def test_nobody_is_reminded_of_what_he_may_not_see(sent):
	north = b.ensure_territory("Reminder North")
	call()
	b.allow_only(MANAGER, "Territory", north)
	send_due_reminders(DUE)
	assert not sent()
	call(COLLEAGUE)
	frappe.get_doc("User", COLLEAGUE).remove_roles("Key Account Manager")
	send_due_reminders(DUE)
	assert not sent(COLLEAGUE)


def test_a_call_moved_to_another_day_is_reminded_anew(sent):
	doc = call()
	send_due_reminders(DUE)
	assert len(sent()) == 1
	doc.db_set("planned_on", add_days(DUE, 5))
	send_due_reminders(add_days(DUE, 1))
	assert not sent()
	send_due_reminders(add_days(DUE, 5))
	assert len(sent()) == 1


def test_in_the_language_of_the_person(sent):
	for source, text in (("Calls today", "Besuche heute"), ("Visit", "Besuch")):
		frappe.get_doc(
			{"doctype": "Translation", "language": "de", "source_text": source, "translated_text": text}
		).insert()
	frappe.db.set_value("User", MANAGER, "language", "de")
	call(), call()
	send_due_reminders(DUE)
	(log,) = sent()
	assert "Besuche heute" in log.subject and ", Besuch, " in log.email_content
	assert frappe.local.lang == "en"


def test_today_is_that_of_the_person(sent, monkeypatch):
	"""Noon in New York on the 12th is 1 in the morning of the 13th in Tokyo and still the 12th in Los Angeles."""
	assert str(call_time.zone_of()) == "America/New_York"
	settings(call_reminder=1)
	moment = frappe.utils.get_datetime("2026-01-12 12:00:00")
	monkeypatch.setattr(call_time, "now", lambda: str(moment))
	monkeypatch.setattr(reminders, "getdate", lambda value=None: getdate(value) if value else moment.date())
	for user in (TOKYO, ANGELES):
		call(
			user,
			"2026-01-13",
			starts_at=call_time.from_user_time("2026-01-13 09:00", user),
			name=f"Zoned {user}",
		)
	send_due_reminders()
	assert "today" in sent(TOKYO)[0].subject
	assert "today" not in sent(ANGELES)[0].subject
	call(TOKYO, "2026-01-13", starts_at=call_time.from_user_time("2026-01-13 16:15", TOKYO))
	call(TOKYO, "2026-01-13")
	send_due_reminders()
	assert "16:15" in sent(TOKYO)[0].email_content


def test_reminding_leaves_the_call_unchanged(sent):
	doc = call()
	before = frappe.db.get_value(CALL, doc.name, "modified")
	send_due_reminders(DUE)
	assert sent() and frappe.db.get_value(CALL, doc.name, "modified") == before


# ---------------------------------------------------------------- the weekly digest


def digest(day=MONDAY, hour=6):
	send_weekly_call_digest(f"{day} {hour:02}:00:00")


def test_a_week_in_one_message(sent):
	call(day=DUE, name="Coming", starts_at=f"{DUE} 09:30:00")
	call(day=add_days(MONDAY, 6), name="On Sunday")
	call(day=add_days(MONDAY, 7), name="Next Week")
	call(day=add_days(MONDAY, -3), name="Overdue One")
	call(day=add_days(MONDAY, -4), name="Missed One", status="Missed")
	call(day=add_days(MONDAY, -11), name="Missed Long Ago", status="Missed")
	call(day=add_days(MONDAY, -5), name="Made One", status="Made", made_on=add_days(MONDAY, -5))
	call(day=DUE, name="Cancelled One", status="Cancelled")
	digest()
	(log,) = sent()
	assert log.subject == "Calls this week: <b>2</b>, Overdue calls: <b>1</b>, Calls missed: <b>1</b>"
	text = log.email_content
	for name in ("Coming", "On Sunday", "Overdue One", "Missed One"):
		assert f"{name}</a>" in text
	for name in ("Next Week", "Long Ago", "Made One", "Cancelled One"):
		assert name not in text
	assert "Wed" in text and "09:30" in text and ": 1</p>" in text
	assert log.link.endswith("/my-calls")


def test_once_per_person_and_week(sent):
	call()
	for day in range(7):
		digest(add_days(MONDAY, day))
		digest(add_days(MONDAY, day), 20)
	assert len(sent()) == 1 and not sent(COLLEAGUE)
	call(day=add_days(MONDAY, 8))
	digest(add_days(MONDAY, 7))
	assert len(sent()) == 1


def test_not_before_monday_morning(sent):
	call()
	digest(add_days(MONDAY, 0), 4)
	assert not sent()
	digest(add_days(MONDAY, 0), 5)
	assert len(sent()) == 1


def test_a_monday_on_which_the_scheduler_stood_still_is_made_up(sent):
	call(name="On Friday", day=add_days(MONDAY, 4))
	call(name="On Monday", day=MONDAY)
	digest(add_days(MONDAY, 2))
	(log,) = sent()
	assert log.subject == "Calls this week: <b>1</b>, Overdue calls: <b>1</b>"


def test_what_was_missed_in_weeks_without_a_digest_is_told_in_the_next(sent):
	call()
	digest()
	assert sent()
	for weeks in (0, 1, 2):
		call(day=add_days(MONDAY, 7 * weeks + 1), name=f"Missed {weeks}", status="Missed")
	digest(add_days(MONDAY, 21))
	(log,) = sent()
	for weeks in (0, 1, 2):
		assert f"Missed {weeks}</a>" in log.email_content


def test_monday_is_that_of_the_person(sent):
	"""Sunday 17:00 in New York is Monday 6:00 in Tokyo; in Los Angeles it becomes Monday 5:00 three hours after New York."""
	call(TOKYO), call(ANGELES)
	digest(add_days(MONDAY, -1), 17)
	assert (len(sent(TOKYO)), len(sent(ANGELES))) == (1, 0)
	digest(MONDAY, 7)
	assert (len(sent(TOKYO)), len(sent(ANGELES))) == (0, 0)
	digest(MONDAY, 8)
	assert (len(sent(TOKYO)), len(sent(ANGELES))) == (0, 1)


def test_switched_off(sent):
	settings(call_digest=0)
	call()
	digest()
	assert not sent()


def test_the_director_reads_how_the_team_did(sent):
	for day, status in ((-7, "Made"), (-6, "Made"), (-5, "Missed"), (-4, "Planned")):
		call(
			day=add_days(MONDAY, day),
			status=status,
			made_on=add_days(MONDAY, day) if status == "Made" else None,
		)
	call(COLLEAGUE, day=add_days(MONDAY, -3), status="Made", made_on=add_days(MONDAY, 6))
	digest()
	(log,) = sent(DIRECTOR)
	assert log.subject == "Calls of the team: <b>3</b> of <b>5</b> made"
	text = " ".join(frappe.utils.strip_html(log.email_content.replace("<", " <")).split())
	assert "Total 5 3 2 1 1 60 %" in text
	names = {user: frappe.utils.get_fullname(user) for user in (MANAGER, COLLEAGUE)}
	assert f"{names[MANAGER]} 4 2 2 1 1 50 %" in text
	assert f"{names[COLLEAGUE]} 1 1 0 0 0 100 %" in text
	assert "Call%20Compliance" in log.link
	assert not sent(READER)


def test_the_director_reads_of_what_he_may_see_only(sent):
	north = b.ensure_territory("Digest North")
	customer = b.make_customer("North Customer", territory=north).name
	seen = c.make_call(customer, MANAGER)
	seen.db_set({"planned_on": add_days(MONDAY, -3), "due_on": add_days(MONDAY, -3)})
	call(COLLEAGUE, day=add_days(MONDAY, -3))
	b.allow_only(DIRECTOR, "Territory", north)
	digest()
	(log,) = sent(DIRECTOR)
	assert log.subject == "Calls of the team: <b>0</b> of <b>1</b> made"
	assert frappe.utils.get_fullname(COLLEAGUE) not in log.email_content


def test_hostile_names_in_the_digest(sent):
	doc = call()
	doc.db_set("customer_name", "<img src=x onerror=alert(1)>")
	digest()
	(log,) = sent()
	assert "<img" not in log.email_content and "&lt;img" in log.email_content


def test_one_failure_does_not_stop_the_others(sent, monkeypatch):
	call(), call(COLLEAGUE)
	real = call_digest.gather

	def broken(user, *args):
		if user == COLLEAGUE:
			raise RuntimeError("broken")
		return real(user, *args)

	frappe.db.commit()  # which the failure does not undo
	monkeypatch.setattr(call_digest, "gather", broken)
	digest()
	assert len(sent()) == 1
	assert frappe.get_all("Error Log", {"method": ("like", f"%{COLLEAGUE}%")})
	monkeypatch.setattr(call_digest, "gather", real)
	digest(MONDAY, 9)
	assert (len(sent()), len(sent(COLLEAGUE))) == (0, 1)


def test_it_is_scheduled():
	path = "kam_erpnext.notifications.call_digest.send_weekly_call_digest"
	assert path in hooks.scheduler_events["hourly"]
	assert frappe.get_attr(path) is send_weekly_call_digest


def test_nothing_is_left_when_the_app_goes(sent):
	call(day=nowdate())
	digest()
	assert frappe.db.exists("DefaultValue", {"defkey": call_digest.TOLD})
	call_digest.forget()
	assert not frappe.db.exists("DefaultValue", {"defkey": call_digest.TOLD})
