"""Key account actions: rules, assignment, the ERPNext task, lists and calendar, who sees what."""

import json

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api.actions import calendar, create_task
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import (
	counts,
	make_action,
	move_to_version,
	open_actions,
)
from kam_erpnext.setup import kanban
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import plan_builders as p

MANAGER, COORDINATOR = "kam-act-manager@example.com", "kam-act-coordinator@example.com"
DIRECTOR, READER, SPONSOR = (
	"kam-act-director@example.com",
	"kam-act-reader@example.com",
	"kam-act-sponsor@example.com",
)
OUTSIDER, PLAIN = "kam-act-outsider@example.com", "kam-act-plain@example.com"


@pytest.fixture(scope="module", autouse=True)
def people():
	users = {
		MANAGER: ["Key Account Manager"],
		COORDINATOR: ["Key Account Coordinator"],
		DIRECTOR: ["Key Account Director"],
		READER: ["KAM Reader"],
		SPONSOR: ["Executive Sponsor"],
		OUTSIDER: ["Key Account Manager"],
		PLAIN: ["Projects User"],
	}
	with p.lasting_people(users):
		yield


@pytest.fixture
def account():
	return k.make_account("Action Account", team=[MANAGER, COORDINATOR, SPONSOR]).name


def action(account, **fields):
	values = {
		"doctype": "Key Account Action",
		"subject": "Visit the plant",
		"key_account": account,
		"responsible": MANAGER,
		"start_date": nowdate(),
		"end_date": add_days(nowdate(), 10),
		**fields,
	}
	return frappe.get_doc(values)


def todos(doc, status="Open"):
	return sorted(
		frappe.get_all(
			"ToDo",
			{"reference_type": doc.doctype, "reference_name": doc.name, "status": status},
			pluck="allocated_to",
		)
	)


# ---------------------------------------------------------------- rules


def test_names_are_kept_with_the_action(account):
	doc = action(account).insert()
	assert doc.account_name == "Action Account"
	assert doc.responsible_name == frappe.db.get_value("User", MANAGER, "full_name")


def test_dates_must_be_in_order(account):
	with pytest.raises(frappe.ValidationError, match=r"Start \(.*\) lies after Due"):
		action(account, start_date=add_days(nowdate(), 11)).insert()
	action(account, start_date=add_days(nowdate(), 10)).insert()


def test_a_milestone_has_one_date(account):
	doc = action(account, is_milestone=1).insert()
	assert getdate(doc.start_date) == getdate(doc.end_date) == getdate(add_days(nowdate(), 10))


def test_a_calendar_may_send_times(account):
	doc = action(account).insert()
	doc.end_date = f"{add_days(nowdate(), 12)} 00:00:00"
	doc.save()
	assert frappe.db.get_value(doc.doctype, doc.name, "end_date") == getdate(add_days(nowdate(), 12))


@pytest.mark.parametrize("status", ["Done", "Dropped"])
def test_an_action_ends_with_a_result(account, status):
	doc = action(account).insert()
	doc.status = status
	with pytest.raises(frappe.ValidationError, match="Result"):
		doc.save()
	doc.reload()
	doc.status, doc.result = status, "They agreed."
	doc.save()
	assert getdate(doc.done_on) == getdate()
	assert doc.progress == (100 if status == "Done" else 0)


def test_it_cannot_end_in_the_future(account):
	with pytest.raises(frappe.ValidationError, match="future"):
		action(account, status="Done", result="x", done_on=add_days(nowdate(), 1)).insert()


def test_reopening_starts_again(account):
	doc = action(account, status="Done", result="They agreed.").insert()
	assert todos(doc) == []
	doc.status = "In Progress"
	doc.save()
	assert (doc.progress, doc.done_on, doc.result) == (0, None, "They agreed.")
	assert todos(doc) == [MANAGER]


def test_work_that_is_under_way_is_not_planned(account):
	assert action(account, progress=30).insert().status == "In Progress"
	with pytest.raises(frappe.ValidationError, match="Progress"):
		action(account, progress=130).insert()


def test_a_disabled_person_gets_no_new_work(account):
	frappe.db.set_value("User", OUTSIDER, "enabled", 0)
	frappe.clear_document_cache("User", OUTSIDER)
	with pytest.raises(frappe.ValidationError, match="disabled"):
		action(account, responsible=OUTSIDER).insert()
	with pytest.raises(frappe.ValidationError, match=r"Helpers.*disabled"):
		action(account, helpers=[{"user": OUTSIDER}]).insert()


def test_the_action_of_somebody_who_left_can_be_closed(account):
	doc = action(account, responsible=OUTSIDER).insert()
	frappe.db.set_value("User", OUTSIDER, "enabled", 0)
	frappe.clear_document_cache("User", OUTSIDER)
	doc.reload()
	doc.status, doc.result = "Dropped", "He left."
	doc.save()
	assert doc.responsible_name


def test_cost_has_a_currency(account):
	doc = action(account, planned_cost=500, company=b.ensure_euro_company()).insert()
	assert doc.currency == "EUR"


def test_helpers_are_listed_once_and_never_the_responsible(account):
	doc = action(account, helpers=[{"user": COORDINATOR}, {"user": MANAGER}, {"user": COORDINATOR}]).insert()
	assert [row.user for row in doc.helpers] == [COORDINATOR]


# ---------------------------------------------------------------- assignment


def test_responsible_and_helpers_are_assigned_once(account):
	doc = action(account, helpers=[{"user": COORDINATOR}]).insert()
	assert todos(doc) == [COORDINATOR, MANAGER]
	doc.description = "With the new samples."
	doc.save()
	assert todos(doc) == [COORDINATOR, MANAGER]
	assert sorted(json.loads(frappe.db.get_value(doc.doctype, doc.name, "_assign"))) == [COORDINATOR, MANAGER]


def test_the_assignment_moves_with_the_person_and_the_day(account):
	doc = action(account).insert()
	doc.responsible = COORDINATOR
	doc.end_date, doc.priority = add_days(nowdate(), 20), "High"
	doc.save()
	assert todos(doc) == [COORDINATOR]
	assert todos(doc, "Cancelled") == [MANAGER]
	doc.end_date = add_days(nowdate(), 25)
	doc.save()
	todo = frappe.get_all("ToDo", {"reference_name": doc.name, "status": "Open"}, ["date", "priority"])
	assert todo == [{"date": getdate(add_days(nowdate(), 25)), "priority": "High"}]


def test_the_end_closes_the_assignments(account):
	doc = action(account, helpers=[{"user": COORDINATOR}]).insert()
	doc.status, doc.result = "Done", "Agreed."
	doc.save()
	assert todos(doc) == []
	assert todos(doc, "Closed") == [COORDINATOR, MANAGER]


def test_an_assignment_the_person_closed_is_not_made_again(account):
	doc = action(account).insert()
	frappe.db.set_value("ToDo", {"reference_name": doc.name}, "status", "Closed")
	doc.description = "More."
	doc.save()
	assert todos(doc) == []


def test_deleting_an_action_leaves_no_assignment(account):
	doc = action(account).insert()
	doc.delete()
	assert not frappe.db.exists("ToDo", {"reference_name": doc.name})


def test_somebody_without_a_role_gets_the_action_shared_and_can_close_it(account, as_user):
	with as_user(MANAGER):
		doc = action(account, responsible=PLAIN).insert()
	assert "no role" in str(frappe.local.message_log)
	other = action(account).insert()
	with as_user(PLAIN):
		mine = frappe.get_doc("Key Account Action", doc.name)
		mine.check_permission("read")
		mine.status, mine.result = "Done", "I did it."
		mine.save()
		assert [row.name for row in frappe.get_list("Key Account Action")] == [doc.name]
		assert not frappe.has_permission("Key Account Action", "read", doc=other)
	assert frappe.db.get_value("Key Account Action", doc.name, "status") == "Done"


def test_without_sharing_the_action_is_saved_all_the_same(account):
	frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
	frappe.clear_document_cache("System Settings", "System Settings")
	doc = action(account, responsible=PLAIN).insert()
	assert todos(doc) == []
	assert "sharing is switched off" in str(frappe.local.message_log)


# ---------------------------------------------------------------- who sees and changes what


def test_who_may_do_what(account, as_user):
	doc = action(account).insert()
	expected = {
		MANAGER: {"read", "write", "create", "delete"},
		COORDINATOR: {"read", "write", "create", "delete"},
		DIRECTOR: {"read", "write", "create", "delete"},
		SPONSOR: {"read", "write", "create"},
		READER: {"read"},
		OUTSIDER: set(),
	}
	for user, rights in expected.items():
		with as_user(user):
			found = {
				right
				for right in ("read", "write", "create", "delete")
				if frappe.has_permission("Key Account Action", right, doc=doc)
			}
			listed = frappe.get_list("Key Account Action", {"name": doc.name}, pluck="name")
		assert found == rights, user
		assert bool(listed) == bool(rights), user


def test_a_helper_outside_of_the_team_sees_this_action_only(account, as_user):
	doc = action(account, helpers=[{"user": OUTSIDER}]).insert()
	action(account, subject="Another").insert()
	with as_user(OUTSIDER):
		assert frappe.get_list("Key Account Action", pluck="name") == [doc.name]
		assert [row["name"] for row in open_actions()] == [doc.name]
		assert not frappe.get_list("Key Account", {"name": account})


def test_an_action_cannot_be_made_for_or_moved_to_a_hidden_account(account, as_user):
	hidden = k.make_account("Hidden Account").name
	mine = k.make_account("Outsider's Account", team=[OUTSIDER]).name
	with as_user(OUTSIDER):
		with pytest.raises(frappe.PermissionError):
			action(hidden, responsible=OUTSIDER).insert()
		doc = action(mine, responsible=OUTSIDER).insert()
		doc.key_account = hidden
		with pytest.raises(frappe.PermissionError, match="may not see the key account"):
			doc.save()


def test_the_calendar_shows_what_the_reader_may_see(account, as_user):
	mine = action(account).insert()
	hidden = action(k.make_account("Hidden Account").name, responsible=COORDINATOR).insert()
	past = action(account, start_date="2020-01-01", end_date="2020-01-31").insert()
	field_map = json.dumps({"start": "start_date", "end": "end_date", "title": "subject", "id": "name"})
	fields = json.dumps(["name", "subject", "account_name", "start_date", "end_date", "status"])

	def events():
		return {
			row.name
			for row in calendar(
				"Key Account Action",
				add_days(nowdate(), -5),
				add_days(nowdate(), 20),
				field_map,
				fields=fields,
			)
		}

	with as_user(MANAGER):
		assert mine.name in events() and not {hidden.name, past.name} & events()
	with as_user(COORDINATOR):
		assert {mine.name, hidden.name} <= events()
	with as_user(OUTSIDER):
		assert not {mine.name, hidden.name} & events()
	with as_user(PLAIN), pytest.raises(frappe.PermissionError):
		events()


def test_calendar_moves_obey_the_rights(account, as_user):
	from frappe.desk.calendar import update_event

	doc = action(account).insert()
	args = {
		"doctype": doc.doctype,
		"name": doc.name,
		"start_date": nowdate(),
		"end_date": f"{add_days(nowdate(), 15)} 00:00:00",
	}
	field_map = {"start": "start_date", "end": "end_date"}
	with as_user(READER), pytest.raises(frappe.PermissionError):
		update_event(json.dumps(args), json.dumps(field_map))
	with as_user(MANAGER):
		update_event(json.dumps(args), json.dumps(field_map))
	assert frappe.db.get_value(doc.doctype, doc.name, "end_date") == getdate(add_days(nowdate(), 15))


# ---------------------------------------------------------------- functions for others


def test_make_action_cuts_a_long_subject_and_keeps_its_text(account):
	text = "Offer the new contract " * 20
	doc = make_action(account, text, MANAGER, add_days(nowdate(), -3), origin="SWOT")
	assert len(doc.subject) <= 140 and doc.subject.endswith("…")
	assert "Offer the new contract" in doc.description
	assert getdate(doc.start_date) == getdate(doc.end_date)
	assert doc.origin == "SWOT"


def test_open_actions_of_an_account_and_of_a_person(account):
	late = action(account, start_date="2020-01-01", end_date="2020-01-31").insert()
	soon = action(account, responsible=COORDINATOR, helpers=[{"user": MANAGER}]).insert()
	action(account, status="Done", result="x").insert()
	rows = open_actions(key_account=account)
	assert [(row.name, row.overdue) for row in rows] == [(late.name, 1), (soon.name, 0)]
	assert [row.name for row in open_actions(key_account=account, user=COORDINATOR)] == [soon.name]
	assert len(open_actions(user=MANAGER, key_account=account)) == 2


# ---------------------------------------------------------------- plans


@pytest.fixture
def planned():
	"""A draft plan of an account of its own."""
	return p.make_plan(p.make_team_account(team=[MANAGER]).name, by=p.MANAGER)


def test_an_action_belongs_to_a_plan_of_its_account(account, planned):
	with pytest.raises(frappe.ValidationError, match="belongs to another key account"):
		action(account, plan=planned.name).insert()
	doc = action(planned.key_account, plan=planned.name, objective_code=" o1 ").insert()
	assert (doc.objective_code, doc.objective) == ("O1", "Deliver on time")
	assert doc.company == planned.company
	with pytest.raises(frappe.ValidationError, match=r"Objective No\. O9 is not in plan .*: O1"):
		action(planned.key_account, plan=planned.name, objective_code="O9").insert()


def test_the_account_is_taken_from_the_plan_if_the_reader_may_see_it(planned, as_user):
	doc = action(None, plan=planned.name).insert()
	assert doc.key_account == planned.key_account
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		action(None, plan=planned.name, responsible=OUTSIDER).insert()


def test_nothing_is_added_to_a_plan_that_ended(planned):
	p.approve(planned, p.DIRECTOR)
	doc = action(planned.key_account, plan=planned.name).insert()
	p.press(planned, "Cancel Plan", p.DIRECTOR)
	with pytest.raises(frappe.ValidationError, match="Cancelled: nothing can be added"):
		action(planned.key_account, plan=planned.name).insert()
	doc.reload()
	doc.update({"status": "Done", "result": "All the same."})
	doc.save()  # what is there can be finished


def test_counts_and_open_actions_of_a_plan_span_its_versions(planned):
	account = planned.key_account
	p.approve(planned, p.DIRECTOR)
	late = action(account, plan=planned.name, start_date="2020-01-01", end_date="2020-02-01").insert()
	action(account, plan=planned.name, is_milestone=1).insert()
	done = action(account, plan=planned.name, status="Done", result="x").insert()
	action(account, plan=planned.name, status="Dropped", result="x").insert()
	action(account).insert()  # of no plan
	expected = {"open": 2, "overdue": 1, "done": 1, "total": 3, "milestones": 1}
	assert counts(planned.name) == expected
	version = frappe.copy_doc(p.reload(planned), ignore_no_copy=False)
	version.update({"amended_from": planned.name, "docstatus": 0})
	version.objectives[0].objective = "Deliver on time and complete"
	with p.frappe_session.as_user(p.MANAGER):
		version.insert()
	late.reload()
	late.objective_code = "O1"
	late.save()
	assert counts(version.name) == counts(planned.name) == expected
	p.approve(version, p.DIRECTOR)
	late.reload()
	assert (late.plan, late.objective) == (version.name, "Deliver on time and complete")
	assert frappe.db.get_value("Key Account Action", done.name, "plan") == planned.name
	assert counts(version.name) == expected
	assert len(open_actions(plan=version.name)) == len(open_actions(plan=planned.name)) == 2


def test_moving_to_a_version_without_the_objective_keeps_its_text(planned):
	other = p.make_plan(planned.key_account, by=p.MANAGER, from_date="2020-01-01")
	doc = action(planned.key_account, plan=planned.name, objective_code="O1").insert()
	frappe.db.delete("Key Account Plan Objective", {"parent": other.name})
	assert move_to_version(planned.name, other.name) == 1
	doc.reload()
	assert (doc.plan, doc.objective_code, doc.objective) == (other.name, "O1", "Deliver on time")
	doc.description = "Still editable."
	doc.save()


def test_a_plan_gets_more_complete_with_its_first_action(planned):
	template = p.make_template(blocks=("Actions",))
	plan = p.make_plan(planned.key_account, by=p.MANAGER, template=template.name, from_date="2021-01-01")
	assert p.reload(plan).completeness == 0
	doc = action(plan.key_account, plan=plan.name).insert()
	assert p.reload(plan).completeness == 100
	doc.update({"status": "Dropped", "result": "Not needed."})
	doc.save()
	assert p.reload(plan).completeness == 0


# ---------------------------------------------------------------- the ERPNext task


def test_a_task_is_made_once(account, as_user):
	doc = action(account, priority="High", description="Take samples along.").insert()
	with as_user(MANAGER), pytest.raises(frappe.PermissionError):
		create_task(doc.name)  # ERPNext's own rights on tasks hold
	name = create_task(doc.name)
	task = frappe.get_doc("Task", name)
	assert (task.subject, task.priority, getdate(task.exp_end_date)) == (
		"Visit the plant",
		"High",
		getdate(doc.end_date),
	)
	with pytest.raises(frappe.ValidationError, match=name):
		create_task(doc.name)
	assert frappe.db.count("Task", {"subject": "Visit the plant"}) == 1


def test_a_reader_makes_no_task(account, as_user):
	doc = action(account).insert()
	with as_user(READER), pytest.raises(frappe.PermissionError):
		create_task(doc.name)
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		create_task(doc.name)


def test_the_task_is_taken_over(account, as_user):
	doc = action(account).insert()
	task = frappe.get_doc("Task", create_task(doc.name))
	with as_user(PLAIN):  # works on the task, knows nothing of the account
		task.status, task.progress = "Working", 40
		task.save(ignore_permissions=True)
	doc.reload()
	assert (doc.status, doc.progress) == ("In Progress", 40)
	task.reload()
	task.status = "Completed"
	task.completed_on = nowdate()
	task.save()
	doc.reload()
	assert (doc.status, doc.progress, getdate(doc.done_on)) == ("Done", 100, getdate())
	assert task.name in doc.result
	assert todos(doc) == []
	task.reload()
	task.status, task.progress = "Open", 0
	task.save()
	doc.reload()
	assert (doc.status, doc.progress) == ("Planned", 0)
	task.status = "Cancelled"
	task.save()
	doc.reload()
	assert doc.status == "Dropped"


def test_saving_a_task_without_news_leaves_the_action_alone(account):
	doc = action(account).insert()
	task = frappe.get_doc("Task", create_task(doc.name))
	doc.reload()
	doc.status, doc.result = "Done", "By hand."
	doc.save()
	task.reload()
	task.description = "More words."
	task.save()
	doc.reload()
	assert (doc.status, doc.result) == ("Done", "By hand.")


def test_the_action_stays_when_its_task_is_deleted(account):
	doc = action(account).insert()
	name = create_task(doc.name)
	frappe.delete_doc("Task", name)
	doc.reload()
	assert not doc.task
	doc.save()
	assert frappe.db.exists("Comment", {"reference_name": doc.name, "content": ("like", f"%{name}%")})


def test_an_action_that_ended_gets_no_task(account):
	doc = action(account, status="Done", result="x").insert()
	with pytest.raises(frappe.ValidationError, match="reopen"):
		create_task(doc.name)


# ---------------------------------------------------------------- Kanban board


def test_the_kanban_board_is_made_once(account):
	assert frappe.db.get_value("Kanban Board", kanban.ACTIONS, "reference_doctype") == "Key Account Action"
	frappe.delete_doc("Kanban Board", kanban.ACTIONS)
	kanban.apply()
	assert not frappe.db.exists("Kanban Board", kanban.ACTIONS)  # a site that deleted it keeps it deleted
	kanban.remove()
	kanban.apply()
	board = frappe.get_doc("Kanban Board", kanban.ACTIONS)
	states = frappe.get_meta("Key Account Action").get_field("status").options.split("\n")
	assert [row.column_name for row in board.columns] == states
	kanban.remove()
	assert not frappe.db.exists("Kanban Board", {"reference_doctype": "Key Account Action"})
	assert not frappe.db.exists("DefaultValue", {"defkey": kanban.CREATED})


def test_a_card_moves_only_by_the_rules(account, as_user):
	from frappe.desk.doctype.kanban_board.kanban_board import update_order_for_single_card

	doc = action(account).insert()
	frappe.get_doc("Kanban Board", kanban.ACTIONS).save()

	def move(to, before="Planned"):
		update_order_for_single_card(kanban.ACTIONS, doc.name, before, to, 0, 0)

	with as_user(READER), pytest.raises(frappe.PermissionError):
		move("In Progress")
	with as_user(MANAGER):
		with pytest.raises(frappe.ValidationError, match="Result"):
			move("Done")
		move("In Progress")
	assert frappe.db.get_value(doc.doctype, doc.name, "status") == "In Progress"


# ---------------------------------------------------------------- cards on the workspace


def test_cards_count_what_their_list_shows(account, planned, as_user):
	from kam_erpnext.api import cards

	action(account).insert()
	action(account, start_date="2020-01-01", end_date="2020-01-31").insert()
	action(account, responsible=COORDINATOR).insert()
	action(account, status="Done", result="x").insert()
	with as_user(MANAGER):
		mine, overdue = cards.my_open_actions(), cards.my_overdue_actions()
		for card, number in ((mine, 2), (overdue, 1)):
			assert card["value"] == number
			assert card["route"] == ["List", "Key Account Action", "List"]
			assert len(frappe.get_list("Key Account Action", filters=card["route_options"])) == number
		assert cards.plans_to_approve()["value"] == 0
	p.send_to_review(planned, p.MANAGER)
	for user, number in ((p.DIRECTOR, 1), (p.SPONSOR, 0), (p.MANAGER, 0), (p.OUTSIDER, 0)):
		with as_user(user):
			assert cards.plans_to_approve()["value"] == number, user
	p.approve(planned, p.DIRECTOR)
	frappe.db.set_value("Key Account Plan", planned.name, "next_review", add_days(nowdate(), 31))
	with as_user(p.MANAGER):
		before = cards.reviews_due()["value"]
		frappe.db.set_value("Key Account Plan", planned.name, "next_review", add_days(nowdate(), 30))
		assert (
			cards.reviews_due()["value"]
			== before + 1
			== len(frappe.get_list("Key Account Plan", filters=cards.reviews_due()["route_options"]))
		)
	with as_user(p.OUTSIDER):
		assert cards.reviews_due()["value"] == 0
	with as_user(PLAIN), pytest.raises(frappe.PermissionError):
		cards.my_open_actions()
