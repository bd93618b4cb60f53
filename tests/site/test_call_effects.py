"""What reported calls bring about, once and for good, and what happens to calls when other documents go or become one."""

import frappe
import pytest
from frappe.model.rename_doc import rename_doc
from frappe.utils import add_days, get_datetime, getdate, now_datetime, nowdate

from kam_erpnext.api import calls as api
from kam_erpnext.api import intelligence
from kam_erpnext.api import key_account as page_api
from kam_erpnext.data import relationships
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site.kam_builders import Session, make_account, wait_until_blocked
from tests.site.plan_builders import make_plan
from tests.site.power_map_builders import make_contact

CALL, ACTION, NOTE, TODO = c.CALL, "Key Account Action", "Market Intelligence", "ToDo"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def people():
	with c.lasting_people():
		yield


class World:
	"""A customer of an account the manager looks after, a customer without an account, and a contact of each."""

	def __init__(self):
		self.customer = b.make_customer("Effect Customer").name
		self.loose = b.make_customer("Effect Loose").name
		self.account = make_account("Effect Account", [self.customer], key_account_manager=c.MANAGER).name
		self.ann = make_contact("Ann", "Effect", self.customer).name
		self.bob = make_contact("Bob", "Effect", self.loose).name
		self.competitor = (
			frappe.get_doc({"doctype": "Competitor", "competitor_name": "Effect Rival"}).insert().name
		)

	def values(self, **more):
		return {
			"outcome": "Objective Reached",
			"summary": "Went well",
			"needs_heard": "Delivery within a day",
			"commitment": "Order in May",
			"contacts": [{"contact": self.ann, "met": 1}],
			"products": [{"item_group": "All Item Groups", "interest": "High", "note": "Wants samples"}],
			"remarks": [{"remark": "Rival sells at 9", "competitor": self.competitor, "kind": "Price"}],
			"follow_ups": [{"subject": "Send samples", "due": str(add_days(nowdate(), 3))}],
			**more,
		}


@pytest.fixture
def world():
	return World()


@pytest.fixture
def call(world, as_user):
	with as_user(c.MANAGER):
		yield c.make_call(world.customer, user=c.MANAGER)


def reload(call):
	return frappe.get_doc(CALL, getattr(call, "name", call))


def counts():
	return {doctype: frappe.db.count(doctype) for doctype in (ACTION, NOTE, TODO)}


# ---------------------------------------------------------------- once


def test_a_report_makes_actions_and_market_notes(world, call):
	answer = api.report(call.name, world.values())
	(action,) = (frappe.get_doc(ACTION, name) for name in answer["actions"])
	assert (action.key_account, action.subject, action.responsible) == (
		world.account,
		"Send samples",
		c.MANAGER,
	)
	assert (action.origin, action.origin_doctype, action.origin_name) == ("Call", CALL, call.name)
	assert action.end_date == getdate(add_days(nowdate(), 3))
	(note,) = (frappe.get_doc(NOTE, name) for name in answer["notes"])
	assert (note.title, note.kind, note.competitor) == ("Rival sells at 9", "Price", world.competitor)
	assert (note.key_account, note.origin_doctype, note.origin_name) == (world.account, CALL, call.name)
	assert [row["name"] for row in intelligence.of_document(CALL, call.name)] == [note.name]
	assert answer["todos"] == []
	stored = reload(call)
	assert (stored.status, stored.outcome, stored.made_on) == ("Made", "Objective Reached", stored.planned_on)
	assert (stored.products[0].interest, stored.contacts[0].met) == ("High", 1)


def test_a_report_sent_twice_makes_nothing_twice(world, call):
	first = api.report(call.name, world.values())
	before, rows = counts(), reload(call)
	again = api.report(call.name, frappe.as_json(world.values()))
	assert {key: first[key] for key in ("actions", "notes", "todos")} == {
		key: again[key] for key in ("actions", "notes", "todos")
	}
	assert counts() == before
	stored = reload(call)
	for table in ("contacts", "products", "remarks", "follow_ups"):
		assert [row.name for row in stored.get(table)] == [row.name for row in rows.get(table)], table
	# nor does saving the form
	stored.summary = "Went very well"
	stored.save()
	assert counts() == before


def test_the_same_line_twice_means_once(world, call):
	answer = api.report(
		call.name,
		world.values(
			follow_ups=[{"subject": "Call back"}, {"subject": " call  BACK "}, {"subject": ""}],
			remarks=[{"remark": "Cheap"}, {"remark": "cheap"}],
		),
	)
	assert (len(answer["actions"]), len(answer["notes"])) == (1, 1)
	row = reload(call).follow_ups[0]
	assert (row.responsible, row.due) == (c.MANAGER, getdate(add_days(nowdate(), 7)))


def test_a_report_is_corrected(world, call):
	answer = api.report(call.name, world.values())
	(row,) = reload(call).follow_ups
	(remark,) = reload(call).remarks
	api.report(
		call.name,
		{
			"summary": "Went badly",
			"follow_ups": [
				{
					"name": row.name,
					"subject": "Send offer",
					"due": str(add_days(nowdate(), 9)),
					"responsible": c.DIRECTOR,
				}
			],
			"remarks": [
				{"name": remark.name, "remark": "Rival sells at 8", "competitor": None, "kind": "Trend"}
			],
		},
	)
	stored = reload(call)
	assert (stored.summary, stored.commitment, len(stored.products)) == ("Went badly", "Order in May", 1)
	action, note = frappe.get_doc(ACTION, answer["actions"][0]), frappe.get_doc(NOTE, answer["notes"][0])
	assert (action.subject, action.end_date, action.responsible) == (
		"Send offer",
		getdate(add_days(nowdate(), 9)),
		c.DIRECTOR,
	)
	assert (note.title, note.kind, note.competitor) == ("Rival sells at 8", "Trend", None)
	# a line of which something was made stays when it is left out
	api.report(call.name, {"follow_ups": [], "remarks": [], "products": []})
	stored = reload(call)
	assert (len(stored.follow_ups), len(stored.remarks), len(stored.products)) == (1, 1, 0)


def test_a_correction_leaves_what_others_have_changed(world, call):
	answer = api.report(call.name, world.values())
	action, note = frappe.get_doc(ACTION, answer["actions"][0]), frappe.get_doc(NOTE, answer["notes"][0])
	action.update({"status": "Done", "result": "Sent"})
	action.save()
	note.title = "Rival sells at 9, seen in writing"
	note.save()
	rows = reload(call)
	api.report(
		call.name,
		{
			"follow_ups": [{"name": rows.follow_ups[0].name, "subject": "Something else"}],
			"remarks": [{"name": rows.remarks[0].name, "remark": "Something else"}],
		},
	)
	assert frappe.db.get_value(ACTION, action.name, ["subject", "status"]) == ("Send samples", "Done")
	assert frappe.db.get_value(NOTE, note.name, "title") == "Rival sells at 9, seen in writing"


def test_what_was_deleted_is_not_made_again(world, call):
	answer = api.report(call.name, world.values())
	frappe.set_user("Administrator")
	frappe.delete_doc(ACTION, answer["actions"][0])
	frappe.delete_doc(NOTE, answer["notes"][0])
	frappe.set_user(c.MANAGER)
	before = counts()
	again = api.report(call.name, world.values())
	assert (again["actions"], again["notes"], counts()) == ([], [], before)


def test_nothing_is_made_before_the_call_was_made(world, call):
	before = counts()
	stored = reload(call)
	stored.append("follow_ups", {"subject": "Bring samples"})
	stored.append("remarks", {"remark": "Heard on the phone"})
	stored.save()
	assert counts() == before
	api.report(call.name, {"outcome": "Progress"})
	assert counts() == {ACTION: before[ACTION] + 1, NOTE: before[NOTE] + 1, TODO: before[TODO] + 1}


def test_links_a_client_sends_are_ignored(world, call):
	made = api.report(call.name, world.values())
	other = c.make_call(world.customer, user=c.MANAGER)
	stored = reload(other)
	stored.append("follow_ups", {"subject": "Mine", "action": made["actions"][0], "taken_up": 1})
	stored.append("remarks", {"remark": "Mine", "note": made["notes"][0], "taken_up": 1})
	stored.save()
	stored = reload(other)
	assert (stored.follow_ups[0].action, stored.follow_ups[0].taken_up) == (None, 0)
	assert (stored.remarks[0].note, stored.remarks[0].taken_up) == (None, 0)


def test_a_report_that_fails_leaves_nothing(world, call):
	before = counts()
	frappe.db.savepoint("before_report")
	with pytest.raises(frappe.ValidationError, match="disabled"):
		frappe.db.set_value("User", c.COLLEAGUE, "enabled", 0)
		api.report(
			call.name,
			world.values(follow_ups=[{"subject": "One"}, {"subject": "Two", "responsible": c.COLLEAGUE}]),
		)
	frappe.db.rollback(save_point="before_report")
	assert counts() == before and reload(call).status == "Planned"
	for values, message in (
		({"follow_ups": [{"subject": "", "due": nowdate()}]}, "Follow-ups, line 1: What is missing"),
		({"remarks": [{"remark": "x", "kind": "Gossip"}]}, "Kind"),
		({"remarks": [{"remark": "x", "competitor": "Nobody"}]}, "Could not find"),
		({"follow_ups": [{"subject": "x", "responsible": "nobody@example.com"}]}, "Could not find"),
		({"products": [{"item_group": "Nothing"}]}, "Could not find"),
	):
		with pytest.raises(frappe.ValidationError, match=message):
			api.report(call.name, world.values(**values))
		frappe.db.rollback(save_point="before_report")
	assert counts() == before


def test_hostile_text_does_no_harm(world, call):
	answer = api.report(
		call.name,
		world.values(
			summary=HOSTILE,
			remarks=[{"remark": f"{HOSTILE}\nsecond line"}],
			follow_ups=[{"subject": f"{HOSTILE} {'long ' * 20}"}],
		),
	)
	what = frappe.db.get_value(NOTE, answer["notes"][0], "what")
	assert "<img" not in what and "&lt;img" in what and "<br>" in what
	loose = c.make_call(world.loose, user=c.MANAGER)
	values = {"outcome": "Progress", "follow_ups": [{"subject": f"Ask Meyer <meyer@example.com> {HOSTILE}"}]}
	(todo,) = api.report(loose.name, values)["todos"]
	assert "<" not in frappe.db.get_value(TODO, todo, "description").replace("<p>", "").replace("</p>", "")
	# known again although Frappe has stored it without the marks
	assert api.report(loose.name, values)["todos"] == [todo]
	with pytest.raises(frappe.ValidationError, match="line 1: What is missing"):
		api.report(loose.name, {"follow_ups": [{"subject": HOSTILE}]})


def test_a_long_follow_up_is_refused_with_its_field(world, call):
	with pytest.raises(frappe.ValidationError, match="What"):
		api.report(call.name, world.values(follow_ups=[{"subject": "x" * 200}]))


# ---------------------------------------------------------------- without an account, or outside its team


def test_follow_ups_of_a_customer_without_an_account_are_to_dos(world, as_user):
	with as_user(c.MANAGER):
		call = c.make_call(world.loose, user=c.MANAGER)
		answer = api.report(
			call.name,
			{
				"outcome": "Progress",
				"follow_ups": [
					{"subject": "Send list"},
					{"subject": "Check stock", "responsible": c.COLLEAGUE},
				],
				"remarks": [{"remark": "New shop next door"}],
			},
		)
		assert answer["actions"] == []
		one, two = (frappe.get_doc(TODO, name) for name in answer["todos"])
		assert (one.allocated_to, two.allocated_to) == (c.MANAGER, c.COLLEAGUE)
		assert {(todo.reference_type, todo.reference_name) for todo in (one, two)} == {(CALL, call.name)}
		assert two.description == "Check stock (Effect Loose)" and two.date == getdate(add_days(nowdate(), 7))
		note = frappe.get_doc(NOTE, answer["notes"][0])
		# whoever may read the note need not see the customer
		assert (note.key_account, note.territory, note.source) == (
			None,
			"Test Territory",
			"Call on a customer",
		)
		row = reload(call).follow_ups[0]
		api.report(
			call.name,
			{
				"follow_ups": [
					{"name": row.name, "subject": "Send price list", "due": str(add_days(nowdate(), 1))}
				]
			},
		)
		one.reload()
		assert (one.description, one.date) == (
			"Send price list (Effect Loose)",
			getdate(add_days(nowdate(), 1)),
		)
		assert api.report(call.name, {"outcome": "Progress"})["todos"] == answer["todos"]


def test_a_person_outside_the_team_reports_for_the_account(world, as_user):
	call = c.make_call(world.customer, user=c.COLLEAGUE)
	with as_user(c.COLLEAGUE):
		assert not frappe.has_permission("Key Account", "read", world.account)
		answer = api.report(call.name, world.values())
	assert frappe.db.get_value(ACTION, answer["actions"][0], "key_account") == world.account
	assert frappe.db.get_value(NOTE, answer["notes"][0], "key_account") == world.account


def test_without_the_right_to_make_notes_the_remarks_stay_on_the_call(world, call, monkeypatch):
	allowed = frappe.has_permission
	monkeypatch.setattr(
		frappe,
		"has_permission",
		lambda doctype=None, ptype="read", *args, **kwargs: (
			doctype != NOTE and allowed(doctype, ptype, *args, **kwargs)
		),
	)
	answer = api.report(call.name, world.values())
	assert answer["notes"] == [] and len(answer["actions"]) == 1
	assert reload(call).remarks[0].remark == "Rival sells at 9"


# ---------------------------------------------------------------- two people


def test_the_report_of_somebody_else_is_not_overwritten_unread(world, call, as_user):
	api.report(call.name, world.values())
	with as_user(c.DIRECTOR):
		with pytest.raises(frappe.TimestampMismatchError, match="Calls Manager has reported this call"):
			api.report(call.name, {"outcome": "Not Met", "summary": "Nobody there"})
		assert reload(call).summary == "Went well"
		# adding to it, and correcting what one has seen
		api.report(call.name, {"follow_ups": [{"subject": "Thank you letter"}]})
		api.report(call.name, {"summary": "Went fairly well", "modified": str(reload(call).modified)})
	stored = reload(call)
	assert stored.summary == "Went fairly well" and len(stored.follow_ups) == 2


@pytest.mark.commits
def test_two_people_who_report_at_the_same_instant(site_point):
	"""The second one waits, and then finds what the first one has written."""
	world = World()
	call = c.make_call(world.customer, user=c.MANAGER, method="Joint Visit", accompanied_by=c.DIRECTOR)
	frappe.db.commit()
	before = counts()
	first = Session(lambda: api.report(call.name, world.values()), user=c.MANAGER, hold=True)
	first.start()
	assert first.done.wait(60) and not first.error
	same = Session(lambda: api.report(call.name, world.values()), user=c.DIRECTOR)
	same.start()
	wait_until_blocked()
	first.let_go()
	assert first.finish() is None and same.finish() is None
	other = Session(lambda: api.report(call.name, world.values(summary="Went badly")), user=c.DIRECTOR)
	# the director has saved the same report last
	other.start()
	other.finish()
	frappe.db.rollback()
	assert counts() == {ACTION: before[ACTION] + 1, NOTE: before[NOTE] + 1, TODO: before[TODO] + 1}
	assert first.result["actions"] == same.result["actions"]
	stored = reload(call)
	assert [len(stored.get(table)) for table in ("contacts", "products", "remarks", "follow_ups")] == [1] * 4


@pytest.mark.commits
def test_two_different_reports_at_the_same_instant(site_point):
	world = World()
	call = c.make_call(world.customer, user=c.MANAGER, method="Joint Visit", accompanied_by=c.DIRECTOR)
	frappe.db.commit()
	first = Session(lambda: api.report(call.name, world.values()), user=c.MANAGER, hold=True)
	first.start()
	assert first.done.wait(60) and not first.error
	second = Session(lambda: api.report(call.name, world.values(summary="Went badly")), user=c.DIRECTOR)
	second.start()
	wait_until_blocked()
	first.let_go()
	assert first.finish() is None
	assert isinstance(second.finish(), frappe.TimestampMismatchError)
	frappe.db.rollback()
	assert reload(call).summary == "Went well"


# ---------------------------------------------------------------- contacts and figures


def test_people_who_were_met_count_as_a_contact(world, call, as_user):
	made_at = get_datetime(f"{add_days(nowdate(), -2)} 10:00:00")
	assert relationships.last_contacts([world.ann]) == {}
	api.report(call.name, world.values(made_at=str(made_at)))
	assert relationships.last_contacts([world.ann]) == {world.ann: str(made_at)}
	assert [
		(touch.contact, touch.user, touch.on, touch.kind, touch.two_way)
		for touch in relationships.touches([world.ann], add_days(nowdate(), -9))
	] == [(world.ann, c.MANAGER, made_at.date(), "Visit", True)]
	# calls of others are nobody's business
	with as_user(c.COLLEAGUE):
		assert relationships.last_contacts([world.ann]) == {}
		assert relationships.touches([world.ann], add_days(nowdate(), -9)) == []
	assert relationships.last_contacts([world.ann], until=get_datetime(add_days(nowdate(), -5))) == {}
	api.report(call.name, {"contacts": [{"contact": world.ann, "met": 0}]})
	assert relationships.last_contacts([world.ann]) == {}
	api.report(call.name, {"contacts": [{"contact": world.ann, "met": 1}]})
	api.reopen(call.name)
	assert relationships.last_contacts([world.ann]) == {}


def test_a_joint_call_is_a_contact_of_both_and_a_mail_one_of_one_side(world, as_user):
	with as_user(c.MANAGER):
		call = c.make_call(world.customer, user=c.MANAGER, method="E-mail", accompanied_by=c.DIRECTOR)
		api.report(call.name, world.values())
		found = relationships.touches([world.ann], nowdate())
	assert {(touch.user, touch.kind, touch.two_way) for touch in found} == {
		(c.MANAGER, "E-mail", False),
		(c.DIRECTOR, "E-mail", False),
	}


def event_for(call, contact, **values):
	event = frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Talk",
			"starts_on": values.pop("starts_on", now_datetime()),
			"event_category": "Meeting",
			"event_type": "Public",
			"event_participants": [
				{"reference_doctype": "Contact", "reference_docname": contact},
			],
			**values,
		}
	).insert()
	event.db_set("kam_customer_call", call)
	return event


def test_an_event_that_stands_for_a_call_never_counts_beside_it(world, call):
	event = event_for(None, world.ann, starts_on=add_days(now_datetime(), -1))
	assert world.ann in relationships.last_contacts([world.ann])
	event.db_set("kam_customer_call", call.name)
	assert relationships.last_contacts([world.ann]) == {}
	assert relationships.touches([world.ann], add_days(nowdate(), -9)) == []
	assert page_api.profile(world.account)["calls"]["last"] == []


def test_calls_count_for_objectives(world, call):
	from kam_erpnext.data.objectives import measure_objective

	frappe.set_user("Administrator")
	start = add_days(nowdate(), -30)
	plan = make_plan(
		world.account,
		from_date=start,
		to_date=add_days(nowdate(), 30),
		objectives=[{"objective": "Calls", "measure": "Calls Made", "target": 5}],
	)
	value = lambda: measure_objective(plan, plan.objectives[0])  # noqa: E731
	assert value().value == 0
	api.report(call.name, world.values())
	event_for(call.name, world.ann, status="Completed")
	measured = value()
	assert (measured.value, measured.documents, measured.route["doctype"]) == (1, 1, CALL)
	event_for(None, world.ann, status="Completed")
	assert value().value == 2
	api.report(c.make_call(world.loose, user=c.MANAGER).name, {"outcome": "Progress"})
	early = c.make_call(
		world.customer,
		user=c.MANAGER,
		planned_on=add_days(nowdate(), -400),
		status="Made",
		made_at=add_days(now_datetime(), -400),
	)
	assert early.made_on and value().value == 2
	frappe.set_user(c.MANAGER)


def test_calls_stand_on_the_account_page(world, call, as_user):
	ahead = c.make_call(world.customer, user=c.MANAGER, planned_on=add_days(nowdate(), 5))
	c.make_call(world.loose, user=c.MANAGER, planned_on=add_days(nowdate(), 6))
	api.report(call.name, world.values())
	shown = page_api.profile(world.account)
	assert [(row["doctype"], row["name"], row["kind"], row["on"]) for row in shown["calls"]["next"]] == [
		(CALL, ahead.name, "Visit", str(add_days(nowdate(), 5)))
	]
	assert [(row["name"], row["outcome"]) for row in shown["calls"]["last"]] == [
		(call.name, "Objective Reached")
	]
	assert [row["last_contact"] for row in shown["contacts"]["rows"] if row["name"] == world.ann] == [
		str(reload(call).made_at)
	]


def test_needs_heard_go_to_the_profile_once(world, call, as_user):
	with pytest.raises(frappe.ValidationError, match="Needs Heard is empty"):
		api.need_to_profile(call.name)
	api.report(call.name, world.values())
	assert api.need_to_profile(call.name) is True
	assert api.need_to_profile(call.name) is False
	(need,) = frappe.get_doc("Key Account", world.account).needs
	assert (need.need, need.contact, need.confirmed_on) == (
		"Delivery within a day",
		world.ann,
		reload(call).made_on,
	)
	loose = c.make_call(world.loose, user=c.MANAGER)
	api.report(loose.name, {"outcome": "Progress", "needs_heard": "Help"})
	with pytest.raises(frappe.ValidationError, match="belongs to no key account"):
		api.need_to_profile(loose.name)


# ---------------------------------------------------------------- what goes, is renamed or becomes one


@pytest.fixture
def made(world, call):
	"""A reported call, its customer without an account. Administrator is at work."""
	loose = c.make_call(world.loose, user=c.MANAGER, method="Joint Visit", accompanied_by=c.DIRECTOR)
	api.report(call.name, world.values(follow_ups=[{"subject": "Call", "responsible": c.COLLEAGUE}]))
	api.report(
		loose.name,
		{"outcome": "Progress", "contacts": [{"contact": world.bob}], "follow_ups": [{"subject": "x"}]},
	)
	frappe.set_user("Administrator")
	return reload(call), reload(loose)


def test_contacts_notes_actions_to_dos_and_competitors_go(world, made):
	first, loose = made
	frappe.delete_doc("Contact", world.bob)
	frappe.delete_doc(TODO, loose.follow_ups[0].todo)
	frappe.delete_doc(ACTION, first.follow_ups[0].action)
	frappe.db.set_value(NOTE, first.remarks[0].note, "competitor", None)
	frappe.delete_doc("Competitor", world.competitor)
	frappe.delete_doc(NOTE, first.remarks[0].note)
	first, loose = reload(first), reload(loose)
	assert (first.follow_ups[0].action, first.remarks[0].note, first.remarks[0].competitor) == (None,) * 3
	assert (loose.contacts, loose.follow_ups[0].todo) == ([], None)
	for each in (first, loose):
		each.commitment = "Still to be changed"
		each.save()


def test_a_user_goes_and_the_name_stays(made):
	loose = made[1]
	user = b.ensure_user("calls.leaver@example.com", ["Key Account Manager"], "Leaver")
	waiting = c.make_call(loose.customer, user=user, planned_on=add_days(nowdate(), 2))
	done = c.make_call(loose.customer, user=user, accompanied_by=c.DIRECTOR)
	api.report(done.name, {"outcome": "Progress"})
	joint = c.make_call(loose.customer, user=c.MANAGER, accompanied_by=user)
	frappe.delete_doc("User", user)
	waiting, done, joint = reload(waiting), reload(done), reload(joint)
	assert (waiting.status, waiting.user) == ("Cancelled", None) and user in waiting.reason
	assert (done.status, done.user, done.user_name) == ("Made", None, "Leaver")
	assert joint.accompanied_by is None
	done.summary = "Still to be changed"
	done.save()
	joint.save()
	with pytest.raises(frappe.ValidationError, match="who makes the call"):
		api.reopen(waiting.name)


def test_a_customer_goes_with_its_calls(made, world):
	loose = made[1]
	frappe.db.delete("Dynamic Link", {"link_doctype": "Customer", "link_name": world.loose})
	frappe.delete_doc("Customer", world.loose)
	assert not frappe.db.exists(CALL, loose.name)
	assert frappe.db.get_value(
		TODO, loose.follow_ups[0].todo, "reference_name"
	) is None or not frappe.db.exists(TODO, loose.follow_ups[0].todo)


def test_a_call_goes_and_what_was_made_of_it_stays(made):
	first, loose = made
	for each in made:
		frappe.delete_doc(CALL, each.name)
	action, note = first.follow_ups[0].action, first.remarks[0].note
	assert frappe.db.get_value(ACTION, action, ["origin_doctype", "origin_name"]) == (None, None)
	assert frappe.db.get_value(NOTE, note, ["origin_doctype", "origin_name"]) == (None, None)
	assert frappe.db.get_value(TODO, loose.follow_ups[0].todo, "reference_name") is None
	frappe.get_doc(ACTION, action).save()
	frappe.get_doc(NOTE, note).save()


def test_renamed_customers_contacts_users_and_accounts(world, made):
	first, loose = made
	rename_doc("Customer", world.loose, "Effect New Name", show_alert=False)
	rename_doc("Contact", world.bob, "Bobby-Effect", show_alert=False)
	rename_doc("Key Account", world.account, "Effect Account New", force=True, show_alert=False)
	rename_doc("User", c.COLLEAGUE, "calls.renamed@example.com", show_alert=False)
	first, loose = reload(first), reload(loose)
	assert (loose.customer, loose.customer_name, loose.title) == (
		"Effect New Name",
		"Effect New Name",
		"Effect New Name · Joint Visit",
	)
	assert loose.contacts[0].contact == "Bobby-Effect"
	assert first.key_account == "Effect Account New"
	assert first.follow_ups[0].responsible == "calls.renamed@example.com"
	for each in (first, loose):
		each.save()


def test_merged_customers_contacts_and_users(world, made):
	loose = made[1]
	cas = make_contact("Cas", "Effect", world.loose).name
	loose.append("contacts", {"contact": cas, "met": 0})
	loose.save()
	rename_doc("Contact", cas, world.bob, merge=True, show_alert=False)
	loose = reload(loose)
	assert [(row.contact, row.met) for row in loose.contacts] == [(world.bob, 1)]
	rename_doc("User", c.DIRECTOR, c.MANAGER, merge=True, show_alert=False)
	assert reload(loose).accompanied_by is None
	rename_doc("Customer", world.loose, world.customer, merge=True, show_alert=False)
	loose = reload(loose)
	assert (loose.customer, loose.key_account, loose.title) == (
		world.customer,
		world.account,
		"Effect Customer · Joint Visit",
	)
	loose.save()


def test_lines_of_cycles_follow_their_customer(world):
	cycle = c.make_cycle(user=c.MANAGER)
	few = c.make_line(cycle, world.loose, calls=2)
	many = c.make_line(cycle, world.customer, calls=4)
	phone = c.make_line(cycle, world.loose, method="Phone", calls=1, contact=world.bob)
	rename_doc("Customer", world.loose, world.customer, merge=True, show_alert=False)
	assert [
		frappe.db.get_value(c.LINE, line.name, ["customer", "key_account", "status"])
		for line in (few, many, phone)
	] == [
		(world.customer, world.account, "Removed"),
		(world.customer, world.account, "Active"),
		(world.customer, world.account, "Active"),
	]
	frappe.delete_doc("Contact", world.bob)
	assert frappe.db.get_value(c.LINE, phone.name, "contact") is None


def test_a_deleted_customer_is_called_on_no_more(world):
	line = c.make_line(c.make_cycle(user=c.MANAGER), world.loose)
	frappe.db.delete("Dynamic Link", {"link_doctype": "Customer", "link_name": world.loose})
	frappe.delete_doc("Customer", world.loose)
	assert not frappe.db.exists(c.LINE, line.name)


def test_calls_follow_their_customer_to_another_account(world, made):
	first, loose = made
	other = make_account("Effect Other", [world.loose])
	assert reload(loose).key_account == other.name
	account = frappe.get_doc("Key Account", world.account)
	account.set("customers", [])
	account.save()
	assert reload(first).key_account is None
	other.reload()
	other.append("customers", {"customer": world.customer})
	other.save()
	assert reload(first).key_account == other.name
	frappe.delete_doc("Key Account", other.name)
	assert (reload(first).key_account, reload(loose).key_account) == (None, None)


def test_a_customer_that_gets_another_name(world, made):
	customer = frappe.get_doc("Customer", world.loose)
	customer.customer_name = "Effect Loose and Sons"
	customer.save()
	loose = reload(made[1])
	assert (loose.customer_name, loose.title) == (
		"Effect Loose and Sons",
		"Effect Loose and Sons · Joint Visit",
	)
