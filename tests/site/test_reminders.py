"""Reminders of actions and reviews: whom, when, once, one summary for each person."""

import json

import frappe
import pytest
from frappe.utils import add_days, getdate

from kam_erpnext import hooks
from kam_erpnext.compat import message_type
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from kam_erpnext.notifications import reminders
from kam_erpnext.notifications.reminders import send_due_reminders, stage_of
from tests.site import kam_builders as k
from tests.site import plan_builders as p
from tests.site.plan_builders import DIRECTOR, MANAGER

COORDINATOR = "reminder.coordinator@example.com"
DUE = "2019-06-15"


@pytest.fixture(scope="module", autouse=True)
def people():
	with p.lasting_people({COORDINATOR: ["Key Account Coordinator"]}):
		yield


@pytest.fixture(autouse=True)
def nothing_else_is_due():
	frappe.db.delete("Key Account Action")
	frappe.db.delete("Key Account Plan")
	frappe.db.set_single_value("KAM Settings", {"action_reminder": 3, "review_reminder": 7})
	frappe.clear_document_cache("KAM Settings", "KAM Settings")


@pytest.fixture
def account():
	return p.make_team_account(key_account_coordinator=COORDINATOR).name


@pytest.fixture
def sent():
	"""`sent(user)`: reminders written for a user since the last look."""
	seen = set(frappe.get_all("Notification Log", pluck="name"))

	def look(user=MANAGER):
		logs = frappe.get_all(
			"Notification Log",
			{"for_user": user, "name": ("not in", list(seen)), "type": message_type(), "link": ("is", "set")},
			["name", "subject", "email_content", "link", "document_name"],
			order_by="creation",
		)
		seen.update(log.name for log in logs)
		return logs

	return look


def action(account, due=DUE, responsible=MANAGER, **fields):
	subject = fields.pop("subject", "Send the offer")
	return make_action(account, subject, responsible, due, **fields)


def remind(day):
	send_due_reminders(day)


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
	("days", "stage"),
	[
		(-4, None),
		(-3, "soon"),
		(-1, "soon"),
		(0, "today"),
		(1, "overdue 0"),
		(7, "overdue 0"),
		(8, "overdue 1"),
		(15, "overdue 2"),
	],
)
def test_stages(days, stage):
	assert stage_of(getdate(DUE), getdate(add_days(DUE, days)), 3) == stage


def test_without_days_before_the_day_itself_is_the_first():
	assert stage_of(getdate(DUE), getdate(add_days(DUE, -1)), 0) is None
	assert stage_of(getdate(DUE), getdate(DUE), 0) == "today"


def test_it_runs_every_day():
	path = "kam_erpnext.notifications.reminders.send_due_reminders"
	assert path in hooks.scheduler_events["daily"]
	assert frappe.get_attr(path) is send_due_reminders


def test_before_on_the_day_and_once_a_week_after_it(account, sent):
	action(account)
	days = {}
	for offset in range(-6, 18):
		remind(add_days(DUE, offset))
		remind(add_days(DUE, offset))  # running twice a day sends once
		days[offset] = len(sent())
	assert {offset for offset, number in days.items() if number} == {-3, 0, 1, 8, 15}
	assert set(days.values()) == {0, 1}


def test_a_missed_day_is_made_up(account, sent):
	action(account)
	remind(add_days(DUE, -2))  # the scheduler stood still on the third day before
	assert len(sent()) == 1
	remind(add_days(DUE, 3))  # and on the day itself, and after it
	assert "Overdue" in sent()[0].subject


def test_a_new_due_day_or_person_is_reminded_anew(account, sent):
	doc = action(account)
	remind(DUE)
	assert sent()
	doc.reload()
	doc.end_date = add_days(DUE, 30)
	doc.save()
	remind(add_days(DUE, 1))
	assert not sent()
	remind(add_days(DUE, 30))
	assert len(sent()) == 1
	doc.reload()
	doc.responsible = COORDINATOR
	doc.save()
	remind(add_days(DUE, 30))
	assert (len(sent(COORDINATOR)), len(sent())) == (1, 0)


# ---------------------------------------------------------------- whom and what


def test_one_summary_for_a_person(account, sent, mails):
	frappe.db.set_value("Notification Settings", MANAGER, "enable_email_notifications", 1)
	late = action(account, add_days(DUE, -10), subject="Late one")
	soon = action(account, add_days(DUE, 2), subject="Soon one")
	action(account, DUE, responsible=COORDINATOR)
	mails.clear()
	remind(DUE)
	(log,) = sent()
	assert "Overdue actions: <b>1</b>" in log.subject and "Actions due soon: <b>1</b>" in log.subject
	for doc in (late, soon):
		assert f"/key-account-action/{doc.name}" in log.email_content
	assert "responsible=" in log.link
	mine = [mail for mail in mails if mail.recipients == MANAGER]
	assert len(mine) == 1 and mine[0].args["description"] == log.email_content
	(other,) = sent(COORDINATOR)
	assert other.link.endswith(other.document_name)


def test_texts_are_escaped(account, sent):
	first, second = action(account), action(account)
	frappe.db.set_value("Key Account Action", first.name, "subject", "<img src=x onerror=alert(1)>")
	remind(DUE)
	(log,) = sent()
	assert "<img" not in log.email_content and "&lt;img" in log.email_content
	frappe.db.set_value("Key Account Action", second.name, "status", "Done")
	remind(add_days(DUE, 1))
	(log,) = sent()
	assert "<img" not in log.subject and "&lt;img" in log.subject


def test_the_switches_of_the_user_are_respected(account, sent, mails):
	frappe.db.set_value("Notification Settings", MANAGER, "enable_email_notifications", 0)
	action(account)
	mails.clear()
	remind(DUE)
	assert sent() and not [mail for mail in mails if mail.recipients == MANAGER]
	frappe.db.set_value("Notification Settings", MANAGER, "enabled", 0)
	remind(add_days(DUE, 1))
	assert not sent()


def test_nobody_is_reminded_of_what_is_over(account, sent):
	action(account, status="Done", result="x")
	action(account, status="Dropped", result="x")
	remind(DUE)
	assert not sent()


def test_disabled_people_get_nothing(account, sent):
	action(account)
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	remind(DUE)
	assert not sent()


def test_retired_accounts_are_left_alone(account, sent):
	action(account)
	doc = frappe.get_doc("Key Account", account)
	doc.update({"status": "Retired", "change_reason": "Closed down"})
	doc.save()
	remind(DUE)
	assert not sent()


def test_only_plans_in_force_remind(account, sent):
	draft = p.make_plan(account, by=MANAGER)
	doc = action(account, plan=draft.name)
	remind(DUE)
	assert not sent()
	p.approve(draft, DIRECTOR)
	sent()
	remind(DUE)
	assert len(sent()) == 1
	p.press(draft, "Cancel Plan", DIRECTOR)
	frappe.db.set_value("Key Account Action", doc.name, "reminded", None)
	sent()
	remind(DUE)
	assert not sent()


# ---------------------------------------------------------------- reviews


def plan_due(account, day):
	plan = p.make_approved_plan(account)
	frappe.db.set_value("Key Account Plan", plan.name, "next_review", day)
	return plan


def test_author_manager_and_coordinator_are_reminded_of_a_review(account, sent):
	plan = plan_due(account, "2019-07-10")
	sent(MANAGER), sent(COORDINATOR), sent(DIRECTOR)
	remind("2019-07-02")
	assert not sent() and not sent(COORDINATOR)
	remind("2019-07-03")
	remind("2019-07-04")
	for user in (MANAGER, COORDINATOR):
		(log,) = sent(user)
		assert "is due on" in log.subject and plan.name in log.link
	assert not sent(DIRECTOR)
	remind("2019-07-10")
	assert "due today" in sent()[0].subject
	remind("2019-07-11")
	assert "was due on" in sent()[0].subject
	remind("2019-07-17")
	assert not sent()
	remind("2019-07-18")
	assert len(sent()) == 1


def test_a_plan_not_in_force_asks_for_no_review(account, sent):
	plan = plan_due(account, "2019-07-10")
	p.press(plan, "Cancel Plan", DIRECTOR)
	sent()
	remind("2019-07-10")
	assert not sent()


def test_who_may_not_read_the_plan_is_not_told(account, sent):
	stranger = p.OUTSIDER
	plan = plan_due(account, "2019-07-10")
	frappe.db.set_value("Key Account Plan", plan.name, "prepared_by", stranger)
	sent(stranger)
	remind("2019-07-10")
	assert not sent(stranger)


def test_actions_and_reviews_come_together(account, sent):
	plan_due(account, "2019-06-16")
	action(account)
	sent()
	remind(DUE)
	(log,) = sent()
	assert "Actions due today" in log.subject and "Business reviews" in log.subject


# ---------------------------------------------------------------- when something breaks


def test_one_person_who_cannot_be_told_does_not_stop_the_others(account, sent, monkeypatch):
	action(account, responsible=COORDINATOR)
	action(account)
	tell = reminders.make_notification_logs

	def broken(notification, users):
		if users == [COORDINATOR]:
			raise RuntimeError("no room")
		tell(notification, users)

	monkeypatch.setattr(reminders, "make_notification_logs", broken)
	assert COORDINATOR > MANAGER  # so that somebody was told before
	remind(DUE)
	assert len(sent()) == 1 and not sent(COORDINATOR)
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{COORDINATOR}%")})
	monkeypatch.setattr(reminders, "make_notification_logs", tell)
	remind(DUE)  # goes on where it stopped
	assert (len(sent()), len(sent(COORDINATOR))) == (0, 1)


def test_what_was_sent_long_ago_is_forgotten(account):
	doc = action(account)
	remind(DUE)
	frappe.db.set_value(
		"Key Account Action", doc.name, {"end_date": "2019-08-01", "responsible": COORDINATOR}
	)
	remind("2019-08-01")
	marks = json.loads(frappe.db.get_value("Key Account Action", doc.name, "reminded"))
	assert marks == {COORDINATOR: "2019-08-01 today"}


def test_reminding_does_not_count_as_a_change(account):
	doc = action(account)
	before = frappe.db.get_value(doc.doctype, doc.name, "modified")
	remind(DUE)
	assert frappe.db.get_value(doc.doctype, doc.name, "modified") == before


def test_accounts_without_anything_due(sent):
	k.make_account("Quiet Account")
	remind(DUE)
	assert not sent()
