"""Alarms: what each kind of rule finds, how an alarm begins, lasts and ends, who is told, who may see and silence it."""

import json
from types import SimpleNamespace

import frappe
import pytest
from frappe.utils import add_days, getdate

from kam_erpnext import alarms as app
from kam_erpnext.alarms import findings, messages, silence, texts
from kam_erpnext.alarms.rules import KINDS
from kam_erpnext.alarms.watch import CLOSED_DAYS, watch
from kam_erpnext.api import alarms as api
from kam_erpnext.data.permissions import visible_alarms
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from kam_erpnext.setup import alarm_rules
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k
from tests.site import plan_builders as p
from tests.site import power_map_builders as m
from tests.site.plan_builders import DIRECTOR, MANAGER, OPERATIONS, OUTSIDER, READER, SECOND

ALARM, RULE = app.ALARM, app.RULE
COORDINATOR = "alarm.coordinator@example.com"
FENCED = "alarm.fenced@example.com"
SELLER_ONLY = "alarm.plain@example.com"
DAY = "2019-12-01"
HOSTILE = "<img src=x onerror=alert(1)> & Co"


@pytest.fixture(scope="module", autouse=True)
def people():
	more = {
		COORDINATOR: ["Key Account Coordinator"],
		FENCED: ["Key Account Director", "Sales User"],
		SELLER_ONLY: ["Key Account Manager"],
	}
	with p.lasting_people(more):
		yield


@pytest.fixture(autouse=True)
def no_other_rules():
	b.ensure_company()
	frappe.db.delete(RULE)
	frappe.db.delete(ALARM)


def rule(kind=app.SALES_DROP, threshold=30, days=90, **fields):
	values = {"rule_name": fields.pop("rule_name", f"Test {kind}"), "kind": kind, "tell_manager": 1, **fields}
	return frappe.get_doc({"doctype": RULE, "threshold": threshold, "days": days, **values}).insert()


def account(name="Alarmed", customers=None, **fields):
	values = {"key_account_manager": MANAGER, "key_account_director": DIRECTOR, **fields}
	if customers is None:
		customers = [b.make_customer(f"{name} customer").name]
	return k.make_account(f"{name} {frappe.generate_hash(length=5)}", customers, **values)


def score(health=50.0, pace=None, company=b.COMPANY, **figures):
	"""What the watch needs of an AccountScore."""
	values = {} if pace is None else {"sales_against_target": SimpleNamespace(value=pace)}
	return SimpleNamespace(company=company, health=health, values=values, figures=figures)


def night(*accounts, on=DAY, **scores):
	watch({doc.name: score(**scores) for doc in accounts}, {}, getdate(on))


def alarms(doc, **filters):
	return frappe.get_all(
		ALARM, {"key_account": doc.name, **filters}, ["*"], order_by="creation, name", limit_page_length=0
	)


def sell(doc, amount, on):
	customer = doc.customers[0].customer
	return b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], on)


@pytest.fixture
def dropped():
	"""An account that bought for 1,000 in a quarter and for 600 in the same quarter a year later."""
	doc = account()
	sell(doc, 1000, "2018-11-15")
	sell(doc, 600, "2019-11-15")
	return doc


@pytest.fixture
def sent():
	"""`sent(user)`: messages written for a user since the last look."""
	seen = set(frappe.get_all("Notification Log", pluck="name"))

	def look(user=MANAGER):
		logs = frappe.get_all(
			"Notification Log",
			{"for_user": user, "name": ("not in", list(seen)), "document_type": ALARM},
			["name", "subject", "email_content", "link", "document_name"],
			order_by="creation",
		)
		seen.update(log.name for log in logs)
		return logs

	return look


# ---------------------------------------------------------------- what the rules find


@pytest.mark.parametrize(("threshold", "found"), [(30, True), (40, True), (41, False)])
def test_sales_drop(dropped, threshold, found):
	rule(threshold=threshold)
	night(dropped)
	rows = alarms(dropped)
	assert len(rows) == int(found)
	if found:
		(row,) = rows
		assert (row.value, row.status, row.since, row.last_seen) == (40, "Open", getdate(DAY), getdate(DAY))
		assert (row.company, row.kind, row.severity) == (b.COMPANY, app.SALES_DROP, "Medium")
		assert "40.0 %" in row.text and "600" in row.text and "1,000" in row.text


def test_sales_of_the_accounts_below_count(dropped):
	rule()
	above = account("Above", customers=[], level="Global")
	dropped.reload()
	dropped.parent_key_account = above.name
	dropped.save()
	night(above, dropped)
	assert alarms(above)[0].value == alarms(dropped)[0].value == 40


def test_no_sales_a_year_before_are_no_drop():
	rule()
	doc = account()
	sell(doc, 600, "2019-11-15")
	night(doc)
	assert not alarms(doc)


def test_order_gap_against_the_own_rhythm():
	rule(app.ORDER_GAP, 2, 730)
	steady, seldom = account("Steady"), account("Seldom")
	for month in (3, 4, 5, 6):
		b.make_order(steady.customers[0].customer, [(b.ensure_service_item(), 1, 10)], f"2019-{month:02d}-01")
	for day in ("2018-01-10", "2018-06-10", "2019-01-10", "2019-07-10"):
		b.make_order(seldom.customers[0].customer, [(b.ensure_service_item(), 1, 10)], day)
	night(steady, seldom)
	(row,) = alarms(steady)
	assert row.value == 183  # 1 June to 1 December
	assert "183" in row.text
	assert not alarms(seldom)  # 144 days, with about 180 between orders


def test_invoices_make_the_rhythm_where_there_are_no_orders():
	rule(app.ORDER_GAP, 2, 730)
	doc = account()
	for month in (3, 4, 5, 6):
		sell(doc, 10, f"2019-{month:02d}-01")
	b.make_return(sell(doc, 10, "2019-07-01"), "2019-11-20")
	night(doc)
	assert alarms(doc)[0].value == 153  # since 1 July; a return is no order


def test_overdue_actions_of_the_account_itself():
	rule(app.OVERDUE_ACTIONS, 2, 7)
	above = account("Above", customers=[], level="Global")
	doc = account(parent=above.name)
	for day in ("2019-11-01", "2019-11-23", "2019-11-24"):  # the last one is seven days overdue, not more
		make_action(doc.name, "Send the offer", MANAGER, day)
	night(doc, above)
	(row,) = alarms(doc)
	assert row.value == 2 and frappe.utils.formatdate("2019-11-01") in row.text
	assert not alarms(above)


def test_calls_that_were_not_made():
	rule(app.OVERDUE_CALLS, 1, 7)
	doc, made_up = account("Uncalled"), account("Called")
	for one in (doc, made_up):
		call = c.make_call(one.customers[0].customer, user=MANAGER, planned_on="2019-11-10", duration=60)
		call.db_set({"status": "Missed", "key_account": one.name})
	later = c.make_call(
		made_up.customers[0].customer, user=MANAGER, planned_on="2019-11-15", duration=60, method=call.method
	)
	later.db_set({"status": "Made", "made_on": "2019-11-15", "key_account": made_up.name})
	night(doc, made_up)
	assert alarms(doc)[0].value == 1
	assert not alarms(made_up)


def contract(customer, end_date, start_date="2019-01-01"):
	doc = frappe.get_doc(
		{
			"doctype": "Contract",
			"party_type": "Customer",
			"party_name": customer,
			"start_date": start_date,
			"end_date": end_date,
			"contract_terms": "Delivery",
			"is_signed": 0,
		}
	).insert()
	doc.submit()
	return doc


def test_contracts_that_end():
	rule(app.CONTRACT_ENDS, 0, 60)
	doc, renewed, later = account("Ending"), account("Renewed"), account("Later")
	ending = contract(doc.customers[0].customer, "2020-01-15")
	contract(renewed.customers[0].customer, "2020-01-15")
	contract(renewed.customers[0].customer, "2021-01-15", "2020-01-16")
	contract(later.customers[0].customer, "2020-03-01")
	night(doc, renewed, later)
	(row,) = alarms(doc)
	assert row.value == 45 and ending.name in row.text
	assert not alarms(renewed) and not alarms(later)
	night(doc, on="2020-01-16")
	assert alarms(doc)[0].status == "Closed"  # it has ended


def snapshot(doc, day, health, band="Good"):
	return frappe.get_doc(
		{
			"doctype": "Key Account Snapshot",
			"key_account": doc.name,
			"company": b.COMPANY,
			"snapshot_date": day,
			"snapshot_key": f"{doc.name} {day}",
			"health": health or 0,
			"unknown": None if band else "health",
			"health_band": band,
		}
	).insert(ignore_permissions=True)  # as the night does


def test_health_that_falls():
	rule(app.HEALTH_FALLS, 15, 30)
	doc, unknown, old, new = account("Falls"), account("Unknown"), account("Old"), account("New")
	snapshot(doc, "2019-10-30", 70)
	snapshot(doc, "2019-11-20", 40)  # too new
	snapshot(unknown, "2019-10-30", 0, band=None)
	snapshot(old, "2019-01-30", 90)
	night(doc, unknown, old, new, health=55.0)
	(row,) = alarms(doc)
	assert row.value == 15 and "70" in row.text and "55" in row.text
	assert not alarms(unknown) and not alarms(old) and not alarms(new)
	night(doc, health=None, on="2019-12-02")  # not known is no fall
	assert alarms(doc)[0].status == "Closed"


def test_a_plan_that_falls_behind():
	rule(app.PLAN_BEHIND, 15, 0)
	behind, near, unknown = account("Behind"), account("Near"), account("Unknown")
	night(behind, pace=80, net_sales=800.0, target_to_date=1000.0)
	night(near, pace=86)
	night(unknown)
	(row,) = alarms(behind)
	assert row.value == 20 and "20.0 %" in row.text and "800" in row.text
	assert not alarms(near) and not alarms(unknown)


def test_overdue_receivables():
	rule(app.OVERDUE_RECEIVABLES, 25, 30)
	doc, paid = account("Late"), account("Paid")
	sell(doc, 300, "2019-10-01")
	sell(doc, 700, "2019-11-20")
	b.make_payment(sell(paid, 300, "2019-10-01"), "2019-10-05")
	sell(paid, 700, "2019-11-20")
	night(doc, paid)
	(row,) = alarms(doc)
	assert row.value == 30 and "300" in row.text
	assert not alarms(paid)


def test_a_single_thread():
	rule(app.SINGLE_THREAD, 1, 0)
	doc = account("Thread")
	customer = doc.customers[0].customer
	known = m.make_contact("Ada", customer=customer)
	others = [m.make_contact(name, customer=customer) for name in ("Bea", "Cyd")]
	m.make_map(
		doc.name,
		people=[m.person(one.first_name, contact=one.name) for one in (known, *others)],
	)
	frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Talk",
			"event_type": "Public",
			"starts_on": add_days(getdate(), -5),
			"event_participants": [{"reference_doctype": "Contact", "reference_docname": known.name}],
		}
	).insert()
	night(doc, on=str(getdate()))
	(row,) = alarms(doc)
	assert (row.value, row.status) == (1, "Open") and "3" in row.text
	assert "Ada" not in row.text  # nobody is named


def test_a_rule_for_one_level_leaves_the_others(dropped):
	rule(level="Global")
	night(dropped)
	assert not alarms(dropped)


def test_accounts_outside_of_the_programme_are_not_watched(dropped):
	rule()
	night(dropped)
	dropped.reload()
	dropped.update({"status": "Retired", "change_reason": "Left"})
	dropped.save()
	night(dropped, on="2019-12-02")
	assert [row.status for row in alarms(dropped)] == ["Closed"]


def test_the_number_of_questions_does_not_grow_with_the_accounts(dropped):
	for kind, numbers in KINDS.items():
		least = [bounds.least if bounds else 0 for bounds in (numbers.threshold, numbers.days)]
		rule(kind, *least)
	few = queries(lambda: night(dropped))
	more = [account(f"More {number}") for number in range(4)]
	night(dropped, on="2019-12-02")
	assert queries(lambda: night(dropped, *more, on="2019-12-03")) <= few + 6


def queries(run):
	"""Statements that read, besides those of alarms that begin."""
	asked, ask = [], frappe.db.sql

	def counted(query, *args, **values):
		asked.append(str(query))
		return ask(query, *args, **values)

	frappe.db.sql = counted
	try:
		run()
	finally:
		del frappe.db.sql
	reading = [one for one in asked if one.lstrip().lower().startswith("select")]
	return len([one for one in reading if "tabKey Account Alarm`" not in one.split("WHERE")[0]])


# ---------------------------------------------------------------- beginning, lasting, ending


def test_an_alarm_is_raised_once_and_refreshed(dropped, sent):
	rule()
	night(dropped)
	night(dropped)
	assert len(sent()) == 1
	sell(dropped, 50, "2019-11-20")
	night(dropped, on="2019-12-02")
	(row,) = alarms(dropped)
	assert (row.since, row.last_seen, row.value) == (getdate(DAY), getdate("2019-12-02"), 35)
	assert not sent()


def test_an_alarm_ends_by_itself_and_comes_back(dropped, sent):
	rule()
	night(dropped)
	invoice = sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-02")
	(row,) = alarms(dropped)
	assert (row.status, row.closed_on, row.alarm_key) == ("Closed", getdate("2019-12-02"), None)
	sent()
	b.cancel(invoice)
	night(dropped, on="2019-12-05")  # within a week it is the same one, and nobody is told again
	(row,) = alarms(dropped)
	assert (row.status, row.since, row.closed_on) == ("Open", getdate(DAY), None)
	assert not sent()


def test_after_more_than_a_week_it_is_a_new_one(dropped, sent):
	rule()
	night(dropped)
	invoice = sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-02")
	sent()
	b.cancel(invoice)
	night(dropped, on="2019-12-10")
	assert [row.status for row in alarms(dropped)] == ["Closed", "Open"]
	assert len(sent()) == 1


@pytest.mark.commits
def test_two_nights_at_once_raise_one_alarm(site_point):
	b.ensure_company()
	frappe.db.delete(RULE)
	made = rule(app.OVERDUE_ACTIONS, 1, 0)
	doc = account("Twice", customers=[])
	make_action(doc.name, "Send the offer", MANAGER, "2019-11-01")
	frappe.db.commit()
	first = k.Session(lambda: night(doc), hold=True)
	first.start()
	assert first.done.wait(60)
	second = k.Session(lambda: night(doc))
	second.start()
	k.wait_until_blocked()
	first.let_go()
	assert (first.finish(), second.finish()) == (None, None)
	frappe.db.rollback()
	assert [row.rule for row in alarms(doc)] == [made.name]
	assert frappe.db.count("Notification Log", {"document_type": ALARM, "for_user": MANAGER}) == 1


def test_an_older_night_that_is_made_up_for_changes_nothing(dropped, sent):
	rule()
	night(dropped, on="2019-12-02")
	before = alarms(dropped)
	sell(dropped, 900, "2019-11-20")
	night(dropped)
	assert alarms(dropped) == before
	night(dropped, on="2019-12-03")
	night(dropped, on="2019-11-25")
	assert [row.status for row in alarms(dropped)] == ["Closed"]
	assert len(sent()) == 1


def test_a_rule_that_is_switched_off_ends_its_alarms(dropped):
	made = rule()
	night(dropped)
	api.mute(alarms(dropped)[0].name, str(add_days(getdate(), 10)), "Known")
	made.reload()
	made.enabled = 0
	made.save()
	night(dropped, on="2019-12-02")
	assert alarms(dropped)[0].status == "Closed"


def test_a_rule_that_fails_leaves_its_alarms_and_the_others(dropped, monkeypatch):
	rule()
	rule(app.OVERDUE_ACTIONS, 1, 0)
	night(dropped)
	make_action(dropped.name, "Send the offer", MANAGER, "2019-11-01")

	def broken(*args):
		frappe.db.sql("select * from no_such_table")

	monkeypatch.setitem(findings.KINDS, app.SALES_DROP, broken)
	night(dropped, on="2019-12-02")
	rows = {row.kind: row for row in alarms(dropped)}
	assert rows[app.SALES_DROP].status == "Open" and rows[app.SALES_DROP].last_seen == getdate(DAY)
	assert rows[app.OVERDUE_ACTIONS].status == "Open"
	assert frappe.get_all("Error Log", {"method": ["like", "%Test Sales Drop%"]})


# ---------------------------------------------------------------- muted and closed


@pytest.fixture
def raised(dropped):
	rule()
	night(dropped, on=str(getdate(DAY)))
	return alarms(dropped)[0]


def today(days=0):
	return str(add_days(getdate(), days))


def test_muted_until_a_day(dropped, raised, sent, monkeypatch, as_user):
	sent()
	with as_user(MANAGER):
		api.mute(raised.name, today(10), "They rebuild their plant")
	frappe.db.set_value(ALARM, raised.name, "muted_until", "2019-12-20")  # ten days after the day of the test
	(row,) = alarms(dropped)
	assert (row.status, row.mute_reason) == ("Muted", "They rebuild their plant")
	assert row.silenced_by == frappe.utils.get_fullname(MANAGER)
	night(dropped, on="2019-12-10")
	(row,) = alarms(dropped)
	assert (row.status, row.last_seen) == ("Muted", getdate("2019-12-10"))
	assert not sent()
	night(dropped, on="2019-12-20")
	(row,) = alarms(dropped)
	assert (row.status, row.mute_reason, row.muted_until) == ("Open", None, None)
	assert len(sent()) == 1


def test_what_is_over_while_it_is_muted_stays_silent_until_the_day(dropped, raised, sent):
	api.mute(raised.name, today(10), "Known")
	frappe.db.set_value(ALARM, raised.name, "muted_until", "2019-12-20")
	invoice = sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-05")
	assert alarms(dropped)[0].status == "Muted"
	b.cancel(invoice)
	sent()
	night(dropped, on="2019-12-06")
	assert [row.status for row in alarms(dropped)] == ["Muted"] and not sent()
	sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-20")
	assert [row.status for row in alarms(dropped)] == ["Closed"]


def test_closed_as_dealt_with(dropped, raised, sent):
	sent()
	api.close(raised.name, "Price agreed")
	night(dropped, on="2019-12-05")
	(row,) = alarms(dropped)
	assert (row.status, row.last_seen, row.mute_reason) == ("Closed", getdate("2019-12-05"), "Price agreed")
	assert not sent()
	closed_on = add_days("2019-12-06", -CLOSED_DAYS)
	frappe.db.set_value(ALARM, raised.name, "closed_on", closed_on)
	night(dropped, on="2019-12-06")
	assert [row.status for row in alarms(dropped)] == ["Open"]
	assert len(sent()) == 1


def test_what_somebody_closed_sounds_anew_once_it_was_over(dropped, raised, sent):
	api.close(raised.name, "Price agreed")
	invoice = sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-02")
	b.cancel(invoice)
	sent()
	night(dropped, on="2019-12-04")
	assert [row.status for row in alarms(dropped)] == ["Closed", "Open"]
	assert len(sent()) == 1


def test_unmuted(dropped, raised):
	api.mute(raised.name, today(10), "Known")
	api.unmute(json.dumps([raised.name]))
	(row,) = alarms(dropped)
	assert (row.status, row.muted_until, row.mute_reason, row.silenced_by) == ("Open", None, None, None)


@pytest.mark.parametrize(
	("until", "reason", "message"),
	[
		(0, "Known", "Muted Until must lie between"),
		(-1, "Known", "Muted Until must lie between"),
		(400, "Known", "Muted Until must lie between"),
		(10, "  ", "Please give a Reason"),
	],
)
def test_muting_needs_a_day_and_a_reason(raised, until, reason, message):
	with pytest.raises(frappe.ValidationError, match=message):
		api.mute(raised.name, today(until), reason)


def test_an_alarm_that_is_over_cannot_be_muted(dropped, raised):
	sell(dropped, 900, "2019-11-20")
	night(dropped, on="2019-12-02")
	with pytest.raises(frappe.ValidationError, match="is over"):
		api.mute(raised.name, today(10), "Known")


@pytest.mark.parametrize("names", ["[]", "[1]", '["x"', json.dumps(["KAM-NONE"])])
def test_names_of_alarms_must_be_right(names):
	with pytest.raises((frappe.ValidationError, frappe.DoesNotExistError)):
		api.mute(names, today(10), "Known")


def test_alarms_are_raised_by_rules_alone_and_keep_what_was_found(dropped, raised, as_user):
	with pytest.raises(frappe.ValidationError, match="raised by their rules"):
		frappe.get_doc({"doctype": ALARM, "key_account": dropped.name, "rule": raised.rule}).insert()
	with as_user(MANAGER):
		doc = frappe.get_doc(ALARM, raised.name)
		doc.update({"text": "All is well", "value": 0, "since": "2030-01-01", "silenced_by": "Somebody"})
		doc.save()
	row = alarms(dropped)[0]
	assert (row.text, row.value, row.since, row.silenced_by) == (raised.text, 40, raised.since, None)


# ---------------------------------------------------------------- messages


def test_people_named_by_the_rule_are_told(sent):
	rule(tell_manager=0, tell_director=1, tell_coordinator=1)
	doc = account(key_account_coordinator=COORDINATOR)
	sell(doc, 1000, "2018-11-15")
	night(doc)
	assert [len(sent(user)) for user in (MANAGER, COORDINATOR, DIRECTOR)] == [0, 1, 1]


def test_one_message_with_the_alarms_of_a_night(sent):
	rule()
	rule(app.OVERDUE_ACTIONS, 1, 0, severity="High")
	one, two = account(HOSTILE, customers=[b.make_customer("Hostile").name]), account("Two")
	for doc in (one, two):
		sell(doc, 1000, "2018-11-15")
	make_action(two.name, "Send the offer", MANAGER, "2019-11-01")
	night(one, two)
	(log,) = sent()
	assert "<b>3</b>" in log.subject and "<b>2</b>" in log.subject
	assert log.email_content.count("<li>") == 3 and "<img" not in log.email_content
	assert log.email_content.index("action") < log.email_content.index("Net sales")  # the urgent one first


def test_a_single_alarm_is_told_in_a_sentence(dropped, sent):
	rule()
	night(dropped)
	(log,) = sent()
	assert "40.0 %" in log.subject and dropped.account_name in log.subject
	assert log.document_name == alarms(dropped)[0].name and log.document_name in log.link


def test_nobody_is_told_of_what_he_may_not_see(sent):
	"""Receivables are for those who read invoices, and an account with a hidden customer is told to nobody fenced out."""
	rule(app.OVERDUE_RECEIVABLES, 25, 30, tell_director=1)
	other = b.ensure_territory("Alarm Elsewhere")
	customers = [b.make_customer("Alarm near").name, b.make_customer("Alarm far", territory=other).name]
	doc = account(customers=customers, key_account_manager=SELLER_ONLY, key_account_director=FENCED)
	b.allow_only(FENCED, "Territory", "Test Territory")
	sell(doc, 300, "2019-10-01")
	night(doc)
	assert alarms(doc)
	assert not sent(SELLER_ONLY) and not sent(FENCED)


def test_the_sentence_is_in_the_language_of_the_reader(dropped, sent, monkeypatch):
	frappe.db.set_value("User", MANAGER, "language", "de")
	spoken = []
	monkeypatch.setattr(
		messages, "explained", lambda alarm: spoken.append(frappe.local.lang) or texts.explained(alarm)
	)
	rule()
	night(dropped)
	assert set(spoken) == {"de"} and frappe.local.lang != "de"


# ---------------------------------------------------------------- who sees and silences


def readable(user, name):
	listed = name in frappe.get_list(ALARM, pluck="name", limit_page_length=0)
	allowed = bool(frappe.has_permission(ALARM, "read", doc=name))
	assert listed == allowed == (name in visible_alarms([name], user)), (user, name)
	return listed


@pytest.mark.parametrize(
	("user", "reads", "silences"),
	[
		(MANAGER, True, True),
		(DIRECTOR, True, True),  # of the account
		(SECOND, True, False),  # a director without a part on it
		(OPERATIONS, True, True),
		(READER, True, False),
		(OUTSIDER, False, False),
	],
)
def test_seen_as_the_account_is_and_silenced_by_its_team(dropped, raised, as_user, user, reads, silences):
	with as_user(user):
		assert readable(user, raised.name) == reads
		if silences:
			api.mute(raised.name, today(5), "Known")
			return
		for change in (
			lambda: api.mute(raised.name, today(5), "Known"),
			lambda: api.close(raised.name, "Known"),
			lambda: api.unmute(raised.name),
		):
			with pytest.raises(frappe.PermissionError):
				change()
	assert alarms(dropped)[0].status == "Open"


def test_all_or_none(dropped, raised, as_user):
	hidden = account("Hidden", key_account_manager=None, key_account_director=None)
	sell(hidden, 1000, "2018-11-15")
	night(hidden)
	with as_user(MANAGER), pytest.raises(frappe.PermissionError):
		api.mute([raised.name, alarms(hidden)[0].name], today(5), "Known")
	assert alarms(hidden)[0].status == "Open"


def test_whoever_may_not_see_a_customer_of_the_account_sees_no_alarm(as_user):
	rule()
	other = b.ensure_territory("Alarm Elsewhere")
	near = account("Near")
	mixed = account(
		"Mixed",
		customers=[b.make_customer("Mixed near").name, b.make_customer("Mixed far", territory=other).name],
	)
	for doc in (near, mixed):
		sell(doc, 1000, "2018-11-15")
	b.allow_only(FENCED, "Territory", "Test Territory")
	night(near, mixed)
	with as_user(FENCED):
		assert readable(FENCED, alarms(near)[0].name)
		assert not readable(FENCED, alarms(mixed)[0].name)


def test_documents_a_reader_may_not_read_hide_their_alarms(as_user):
	rule(app.OVERDUE_RECEIVABLES, 25, 30)
	doc = account(key_account_manager=SELLER_ONLY)
	sell(doc, 300, "2019-10-01")
	night(doc)
	with as_user(SELLER_ONLY):
		assert not readable(SELLER_ONLY, alarms(doc)[0].name)


def test_another_company_is_fenced(as_user, raised):
	b.ensure_euro_company()
	b.allow_only(FENCED, "Company", b.EURO_COMPANY)
	with as_user(FENCED):
		assert not readable(FENCED, raised.name)


def test_what_the_form_asks_for(raised, as_user):
	with as_user(MANAGER):
		answer = api.about(raised.name)
		assert answer["text"] == raised.text and answer["may_silence"]
		assert answer["drill"]["report"] == "Key Account Performance"
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		api.about(raised.name)


def test_every_kind_leads_to_its_documents(dropped, raised):
	customer = dropped.customers[0].customer
	for kind in KINDS:
		alarm = frappe._dict(kind=kind, key_account=dropped.name, company=b.COMPANY, facts="{}")
		if kind in (app.OVERDUE_CALLS, app.OVERDUE_ACTIONS):
			alarm.facts = json.dumps({"days": 7, "since": "2019-09-01"})
		way = texts.drill(alarm, (customer,))
		if "report" in way:
			assert frappe.db.exists("Report", way["report"])
			continue
		frappe.get_list(way["doctype"], filters=way["filters"])  # the list takes these filters


# ---------------------------------------------------------------- renamed, merged, deleted


def test_a_renamed_account_and_rule_keep_their_alarm(dropped, raised):
	frappe.rename_doc(RULE, raised.rule, "Sales fall sharply")
	frappe.rename_doc("Key Account", dropped.name, "KA-RENAMED", force=True)
	dropped = frappe.get_doc("Key Account", "KA-RENAMED")
	night(dropped, on="2019-12-02")
	(row,) = alarms(dropped)
	assert (row.rule, row.status, row.last_seen) == ("Sales fall sharply", "Open", getdate("2019-12-02"))
	assert row.alarm_key == silence.key_of("KA-RENAMED", b.COMPANY, "Sales fall sharply")


def test_of_two_alarms_that_became_one_the_older_goes_on(dropped, raised):
	second = rule(rule_name="Second rule", threshold=35)
	night(dropped, on="2019-12-03")
	assert len(alarms(dropped, status="Open")) == 2
	frappe.rename_doc(RULE, second.name, raised.rule, merge=True)
	assert [(row.name, row.status) for row in alarms(dropped) if row.status == "Open"] == [
		(raised.name, "Open")
	]
	night(dropped, on="2019-12-04")
	assert len(alarms(dropped, status="Open")) == 1


def test_alarms_go_with_their_account(dropped, raised):
	frappe.delete_doc("Key Account", dropped.name)
	assert not frappe.db.exists(ALARM, raised.name)


# ---------------------------------------------------------------- rules


def test_shipped_rules_are_made_once_and_hold():
	alarm_rules.remove()
	alarm_rules.apply()
	names = {one[0] for one in alarm_rules.RULES}
	assert set(frappe.get_all(RULE, pluck="name")) == names
	assert {one[1] for one in alarm_rules.RULES} == set(KINDS) == set(texts.TEXTS) == set(findings.KINDS)
	options = frappe.get_meta(RULE).get_field("kind").options.split("\n")
	assert options == frappe.get_meta(ALARM).get_field("kind").options.split("\n") == list(KINDS)
	frappe.delete_doc(RULE, alarm_rules.RULES[0][0])
	frappe.db.set_value(RULE, alarm_rules.RULES[1][0], "threshold", 3)
	alarm_rules.apply()
	assert frappe.db.count(RULE) == len(names) - 1
	assert frappe.db.get_value(RULE, alarm_rules.RULES[1][0], "threshold") == 3


@pytest.mark.parametrize(
	("kind", "threshold", "days", "message"),
	[
		(app.SALES_DROP, 0, 90, "Threshold must lie between 1 and 100"),
		(app.SALES_DROP, 30, 0, "Days must lie between"),
		(app.ORDER_GAP, -1, 365, "Threshold must lie between"),
		(app.CONTRACT_ENDS, 0, 0, "Days must lie between"),
		(app.OVERDUE_ACTIONS, 0, 7, "Threshold must be 1 or more"),
	],
)
def test_numbers_of_rules_must_make_sense(kind, threshold, days, message):
	with pytest.raises(frappe.ValidationError, match=message):
		rule(kind, threshold, days)


def test_numbers_a_rule_does_not_use_are_cleared():
	made = rule(app.CONTRACT_ENDS, 12, 60)
	assert (made.threshold, made.days) == (0, 60)


def test_a_rule_with_alarms_keeps_its_kind_and_is_not_deleted(raised):
	made = frappe.get_doc(RULE, raised.rule)
	made.kind = app.PLAN_BEHIND
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		made.save()
	with pytest.raises(frappe.LinkExistsError, match="clear Enabled"):
		frappe.delete_doc(RULE, raised.rule)
