"""Contacts with people, scores in words, rules of the site, snapshots."""

import json
from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, now_datetime, nowdate

from kam_erpnext.data import relationships
from kam_erpnext.engine.relationships import Touch
from kam_erpnext.power_map import evaluation, scores, snapshots
from kam_erpnext.setup import power_map_rules
from tests.site import builders as b
from tests.site import power_map_builders as m
from tests.site.power_map_builders import judgements, make_contact, make_map, make_map_account, person

RULE, SNAPSHOT = "Power Map Rule", "Power Map Snapshot"
COLLEAGUE = m.DIRECTOR


@pytest.fixture(scope="module", autouse=True)
def people():
	with m.lasting_people():
		yield


def moment(days_ago, hour=9):
	return get_datetime(f"{add_days(nowdate(), -days_ago)} {hour:02}:00:00")


@b.as_administrator
def make_event(contacts, days_ago, owner=m.MANAGER, users=(), **fields):
	event = frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Talk",
			"starts_on": moment(days_ago),
			"event_category": "Meeting",
			"event_type": "Public",
			"event_participants": [
				*({"reference_doctype": "Contact", "reference_docname": name} for name in contacts),
				*({"reference_doctype": "User", "reference_docname": user} for user in users),
			],
			**fields,
		}
	).insert()
	event.db_set("owner", owner)
	return event


@b.as_administrator
def make_message(contact, days_ago, medium="Email", linked=False, **fields):
	about = (
		{"timeline_links": [{"link_doctype": "Contact", "link_name": contact}]}
		if linked
		else {"reference_doctype": "Contact", "reference_name": contact}
	)
	return frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": medium,
			"subject": "Words",
			"content": "Words",
			"communication_date": moment(days_ago),
			"sent_or_received": "Sent",
			**about,
			**fields,
		}
	).insert()


@pytest.fixture
def ann():
	return make_contact("Ann", "Relation", email="ann.relation@example.com").name


@pytest.fixture
def bob():
	return make_contact("Bob", "Relation").name


def told(contacts, days=365):
	return [
		(touch.contact, touch.user, (getdate() - touch.on).days, touch.kind, touch.two_way)
		for touch in relationships.touches(contacts, add_days(nowdate(), -days))
	]


# ---------------------------------------------------------------- contacts


def test_the_last_contact_is_the_later_of_events_and_messages(ann, bob):
	make_event([ann, bob], 20)
	make_event([ann], 5, status="Cancelled")
	make_event([ann], -3)  # to come
	make_message(ann, 10)
	make_message(bob, 30, linked=True)
	last = relationships.last_contacts([ann, bob, None, "Nobody"])
	assert last == {ann: str(moment(10)), bob: str(moment(20))}
	assert relationships.last_contacts([ann], until=moment(15)) == {ann: str(moment(20))}
	assert relationships.last_contacts([]) == {}


def test_touches_of_an_event_are_those_of_its_owner_and_the_users_in_it(ann, bob):
	make_event([ann, bob], 4, users=[COLLEAGUE])
	make_event([ann], 8, owner="Administrator")
	assert told([ann]) == [
		(ann, None, 8, "Meeting", True),
		(ann, COLLEAGUE, 4, "Meeting", True),
		(ann, m.MANAGER, 4, "Meeting", True),
	]
	assert len(told([ann, bob])) == 5
	assert told([ann], days=7) == told([ann])[1:]


def test_touches_of_messages(ann):
	sent = make_message(ann, 9, sender=m.MANAGER, recipients="ann.relation@example.com")
	make_message(
		ann, 7, sender="ann.relation@example.com", sent_or_received="Received", in_reply_to=sent.name
	)
	make_message(
		ann,
		5,
		sender="ann.relation@example.com",
		recipients=f"Somebody <x@example.com>, D <{COLLEAGUE.upper()}>",
		sent_or_received="Received",
	)
	make_message(ann, 3, sender="robot@example.com")
	make_message(ann, 2, "Phone", sender=m.MANAGER)
	assert told([ann]) == [
		(ann, m.MANAGER, 9, "Email", False),
		(ann, m.MANAGER, 7, "Email", True),
		(ann, COLLEAGUE, 5, "Email", True),
		(ann, None, 3, "Email", False),
		(ann, m.MANAGER, 2, "Phone", True),
	]


def test_a_message_linked_and_about_the_same_person_is_one_touch(ann):
	make_message(ann, 3, sender=m.MANAGER, timeline_links=[{"link_doctype": "Contact", "link_name": ann}])
	assert len(told([ann])) == 1


def test_spam_comments_and_what_an_event_writes_are_no_contact(ann):
	make_message(ann, 3, sender=m.MANAGER, email_status="Spam", sent_or_received="Received")
	make_message(ann, 3, communication_type="Automated Message")
	assert told([ann]) == [] and relationships.last_contacts([ann]) == {}
	make_event([ann], 2)
	assert len(told([ann])) == 1


def test_private_events_of_others_are_not_counted(ann, as_user):
	make_event([ann], 6, event_type="Private")
	with as_user(m.MANAGER):
		assert ann in relationships.last_contacts([ann]) and told([ann])
	with as_user(m.OUTSIDER):
		assert relationships.last_contacts([ann]) == {} and told([ann]) == []
	# the same for a reader who is not the one of the session
	assert relationships.last_contacts([ann], user=m.OUTSIDER) == {}
	assert relationships.touches([ann], add_days(nowdate(), -30), user=m.OUTSIDER) == []


# ---------------------------------------------------------------- scores in words


@pytest.fixture
def account():
	return make_map_account()


def judged_map(account, ann, bob):
	return make_map(
		account,
		[
			person("ann", contact=ann, relationship_owner=m.MANAGER),
			person("bob", contact=bob, reports_to="ann"),
			person("cat", "Cat Closed"),
			person("who", "Head of Purchasing", kind="Placeholder"),
		],
		judgements(
			{
				"ann": {
					"roles": ["Decider"],
					"power": "High",
					"relationship": "Positive",
					"support": 1,
					"coverage": "Multiple",
				},
				"cat": {"power": "High", "relationship": "Poor", "support": -2, "coverage": "No Contact"},
				"who": {"roles": ["Buyer"]},
			},
			relations=[{"person": "ann", "user": m.MANAGER, "strength": 3}],
		),
	)


def rule_of(found, name):
	return next(row for row in found["rules"]["rules"] if row["rule"] == name)


def test_scores_say_what_is_met_not_met_and_not_known(account, ann, bob, as_user):
	doc = judged_map(account, ann, bob)
	make_event([ann], 45)
	with as_user(m.MANAGER):
		found = scores.scores(doc)
	assert found["coverage"]["value"] == 33.5  # (3 x 67 + 3 x 0) / 6
	assert found["coverage"]["answered"] == pytest.approx(6 / 8)
	assert found["coverage"]["unknown"] == ["bob"]
	assert "Known of 2 of 3 people" in found["coverage"]["explanation"]
	assert found["support"]["value"] == -0.5
	assert found["roles"]["filled"] == [{"role": "Decider", "people": ["ann"]}]
	assert "Buyer" in found["roles"]["missing"]
	decider = rule_of(found, "The decider is known")
	assert (decider["met"], decider["why"], decider["next_step"]) == (True, "Decider: Ann Relation.", "")
	buyer = rule_of(found, "The buyer is known")
	assert buyer["met"] is False and "Still to be found: Head of Purchasing." in buyer["why"]
	covered = rule_of(found, "People with high power are covered")
	assert (covered["met"], covered["people"]) == (False, ["cat"])
	assert covered["next_step"] == "Plan a meeting with Cat Closed."
	champion = rule_of(found, "The champion supports us")
	assert champion["met"] is None and "Cannot be told" in champion["why"]
	in_time = rule_of(found, "Contact in time with people who have power")
	assert in_time["met"] is False
	assert in_time["why"] == "Overdue for contact: Ann Relation. No contact is recorded with Cat Closed."
	assert found["status"]["value"] == 2
	assert found["threads"] | {"explanation": ""} == {
		"count": 1,
		"people": 3,
		"single": True,
		"in_contact": ["ann"],
		"unknown": ["bob"],
		"explanation": "",
	}
	assert "Nothing is known of Bob Relation." in found["threads"]["explanation"]
	assert found["our_people"]["bus_factor"] == 1
	assert found["our_people"]["users"][0]["share"] == 1 and found["our_people"]["hhi"] == 10000
	assert found["contact"]["overdue"] == [{"person": "ann", "days": 45, "rhythm": 30, "index": 1.5}]
	assert found["contact"]["unknown"] == ["bob", "cat"]
	assert {warning["key"] for warning in found["warnings"]} == {
		"single",
		"no_champion",
		"opponents",
		"overdue",
		"one_of_us",
	}
	json.dumps(found)


def test_a_map_nobody_has_judged_has_no_scores_and_no_zero(account, ann, as_user):
	doc = make_map(account, [person("ann", contact=ann), person("dan", "Dan")])
	with as_user(m.MANAGER):
		found = scores.scores(doc)
	assert [found[part]["value"] for part in ("coverage", "support", "roles", "status")] == [None] * 4
	assert found["threads"]["single"] is None and found["our_people"]["bus_factor"] is None
	assert found["warnings"] == [] and found["contact"]["overdue"] == []
	assert rule_of(found, "The decider is known")["met"] is None


def test_an_empty_map_has_no_rule_score(account, as_user):
	doc = make_map(account)
	with as_user(m.MANAGER):
		found = scores.scores(doc)
	assert found["rules"]["score"] is None and found["rules"]["answered"] == 0
	assert all("nobody on the map" in row["why"] for row in found["rules"]["rules"])


def test_who_may_not_see_judgements_gets_the_structure_only(account, ann, bob, as_user):
	doc = judged_map(account, ann, bob)
	make_event([ann], 45)
	for user in (m.COORDINATOR, m.READER, m.SYSTEM):
		with as_user(user):
			assert scores.scores(doc) is None
			assert snapshots.trend(doc) == []
			found = scores.structure(doc)
			assert found["people"] == ["ann", "bob", "cat"] and found["placeholders"] == ["who"]
			assert found["without_owner"] == ["bob", "cat"] and found["without_contact"] == ["cat"]
			assert found["last_contact"] == {"ann": str(moment(45))}
			assert not {"High", "Poor", "Multiple", "Decider"} & {*json.dumps(found).split('"')}
	assert scores.scores(doc, user=m.READER) is None
	assert scores.scores(doc, user=m.MANAGER)["status"]["value"] == 2


def test_reading_scores_from_outside_the_team_is_recorded(account, ann, bob, as_user):
	doc = judged_map(account, ann, bob)
	for user in (m.MANAGER, m.DIRECTOR):
		with as_user(user):
			scores.scores(doc)
	assert frappe.get_all("Power Map Reading", {"power_map": doc.name}, pluck="read_by") == [m.DIRECTOR]


def test_an_earlier_version_is_scored_as_of_its_day(account, ann, bob, as_user):
	doc = judged_map(account, ann, bob)
	make_event([ann], 45)
	make_event([ann], 2)
	doc.update({"is_current": 0, "version_date": getdate(add_days(nowdate(), -40))})
	with as_user(m.MANAGER):
		found = scores.scores(doc)
	assert found["as_of"].startswith(str(doc.version_date))
	assert found["contact"]["overdue"] == []  # five days after the meeting
	assert found["our_people"]["users"][0]["touches"] == 1


def test_the_rhythm_of_the_settings_and_that_of_the_person(account, ann, as_user):
	make_event([ann], 45)
	doc = make_map(
		account, [person("ann", contact=ann, contact_rhythm=60)], judgements({"ann": {"power": "High"}})
	)
	with as_user(m.MANAGER):
		assert scores.scores(doc)["contact"]["overdue"] == []
		doc.people[0].contact_rhythm = 0
		assert [row["rhythm"] for row in scores.scores(doc)["contact"]["overdue"]] == [30]


@pytest.fixture
def count_queries(monkeypatch):
	def count(function):
		function()
		statements = []
		send = frappe.db.sql
		monkeypatch.setattr(
			frappe.local.db,
			"sql",
			lambda query, *args, **kwargs: (statements.append(query), send(query, *args, **kwargs))[1],
		)
		function()
		monkeypatch.setattr(frappe.local.db, "sql", send)
		return len(statements)

	return count


def test_the_number_of_queries_does_not_grow_with_people(account, count_queries):
	def with_people(number):
		contacts = [make_contact(f"P{number}", str(index)).name for index in range(number)]
		for contact in contacts:
			make_event([contact], 3)
			make_message(contact, 4, sender=m.MANAGER)
		return make_map(
			make_map_account(),
			[person(f"p{index}", contact=contact) for index, contact in enumerate(contacts)],
			judgements({f"p{index}": {"power": "High"} for index in range(number)}),
		)

	few, many = with_people(2), with_people(8)
	assert count_queries(lambda: scores.scores(few)) == count_queries(lambda: scores.scores(many))


# ---------------------------------------------------------------- rules


def test_shipped_rules_are_all_there_and_valid():
	for name, _weight, condition, _step in power_map_rules.RULES:
		rule = frappe.get_doc(RULE, name)
		rule.save()
		assert rule.condition == condition["condition"] and rule.enabled


def test_a_deleted_or_changed_rule_is_left_alone_by_migrate():
	first, second = (rule[0] for rule in power_map_rules.RULES[:2])
	frappe.delete_doc(RULE, first)
	frappe.db.set_value(RULE, second, "weight", 7)
	power_map_rules.apply()
	assert not frappe.db.exists(RULE, first)
	assert frappe.db.get_value(RULE, second, "weight") == 7


def make_rule(**values):
	rule = {"doctype": RULE, "rule_name": "Own Rule", "weight": 1, "next_step": "Meet {0}."}
	return frappe.get_doc({**rule, **values}).insert()


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"condition": "Role Filled"}, "Buying Role"),
		({"condition": "Role Supports", "role": "Champion", "minimum": 3}, "goes up to"),
		({"condition": "People in Contact", "minimum": 0}, "At Least"),
		({"condition": "Owner Named", "weight": 0}, "Weight"),
		({"condition": "Owner Named", "next_step": "Meet {1}."}, "in braces only"),
		({"condition": "Owner Named", "next_step": "Meet {0."}, "in braces only"),
	],
)
def test_a_rule_that_makes_no_sense_is_refused(values, message):
	with pytest.raises(frappe.ValidationError, match=message):
		make_rule(**values)


def test_what_a_condition_does_not_use_is_cleared():
	rule = make_rule(condition="Owner Named", role="User", power="Low", minimum=4)
	assert (rule.role, rule.coverage, rule.minimum, rule.power) == (None, None, 1, "Low")


def test_rules_of_the_site_decide_the_score(account, ann, bob, as_user):
	for name in frappe.get_all(RULE, pluck="name"):
		frappe.db.set_value(RULE, name, "enabled", 0)
	make_rule(rule_name="Owners", condition="Owner Named", power="Low", weight=3, rule_order=1)
	make_rule(rule_name="One", condition="People in Contact", minimum=1, weight=1, rule_order=2)
	make_rule(rule_name="Deals", condition="People in Contact", minimum=1, counts_for="Opportunity Maps")
	doc = judged_map(account, ann, bob)
	with as_user(m.MANAGER):
		found = scores.scores(doc)
	assert [row["rule"] for row in found["rules"]["rules"]] == ["Owners", "One"]
	assert found["rules"]["score"] == 1.25
	assert rule_of(found, "Owners")["next_step"] == "Meet Bob Relation, Cat Closed."
	assert found["roles"]["value"] is None  # no rule requires a role
	doc.opportunity = "OPP-1"
	assert [rule.name for rule in evaluation.rules_for(doc, evaluation.read_rules())][-1] == "Deals"


# ---------------------------------------------------------------- snapshots


def taken(doc):
	return frappe.get_all(SNAPSHOT, {"power_map": doc.name}, ["*"], order_by="taken_on asc, creation asc")


def test_one_snapshot_a_day_and_only_when_something_changed(account, ann, bob, monkeypatch, as_user):
	doc = judged_map(account, ann, bob)
	make_event([ann], 5)
	snapshots.take_snapshots()
	snapshots.take_snapshots()
	(row,) = taken(doc)
	assert (row.people, row.threads, row.our_people, row.status_ladder) == (3, 1, 1, 2)
	assert (row.coverage, row.support_index, row.unknown) == (33.5, -0.5, "")
	assert row.key_account == account.name

	def on_day(number):
		monkeypatch.setattr(
			snapshots, "getdate", lambda day=None: getdate(day or add_days(nowdate(), number))
		)
		snapshots.take_snapshots()
		return len(taken(doc))

	assert on_day(1) == 1  # nothing changed
	assert on_day(6) == 1
	assert on_day(7) == 2  # a week passed
	make_event([bob], 1)
	assert on_day(8) == 3  # one more person in contact
	with as_user(m.MANAGER):
		assert [point["threads"] for point in snapshots.trend(doc)] == [1, 1, 2]
	with as_user(m.COORDINATOR):
		assert snapshots.trend(doc) == []


def test_a_snapshot_names_what_is_not_known(account):
	doc = make_map(account, [person("dan")])
	snapshots.take_snapshots()
	(row,) = taken(doc)
	unknown = {"coverage", "role_completeness", "support_index", "status_ladder", "our_people"}
	assert unknown <= {*row.unknown.split(", ")}
	assert snapshots.trend(doc)[0]["coverage"] is None


def test_versions_are_not_snapshot_and_an_unreadable_map_stops_nothing(account, ann, bob):
	doc = judged_map(account, ann, bob)
	doc.db_set("is_current", 0)
	other = make_map(make_map_account(), [person("dan")])
	other.db_set("judgements", "gAAAAABnot-of-this-site")
	third = make_map(make_map_account(), [person("eve")])
	snapshots.take_snapshots()
	assert (len(taken(doc)), len(taken(other)), len(taken(third))) == (0, 0, 1)


def test_a_second_snapshot_of_the_same_day_is_not_made(account):
	doc = make_map(account, [person("dan")])
	values = {"people": 1, "threads": 0, "our_people": None, **dict.fromkeys(snapshots.FIGURES)}
	snapshots.keep(doc.name, account.name, getdate(), values)
	snapshots.keep(doc.name, account.name, getdate(), values)
	assert len(taken(doc)) == 1 and not frappe.get_message_log()


def test_a_touch_is_what_the_engine_reads(ann):
	make_message(ann, 1, "Phone", sender=m.MANAGER)
	yesterday = (now_datetime() - timedelta(days=1)).date()
	assert relationships.touches([ann], yesterday) == [Touch(ann, m.MANAGER, yesterday, "Phone", True)]
