"""Versions of a plan, what differs between them, and plans whose records are gone."""

import frappe
import pytest

from kam_erpnext.api import plan as plan_api
from kam_erpnext.data import plan_figures
from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import make_account
from tests.site.plan_builders import (
	DIRECTOR,
	MANAGER,
	OUTSIDER,
	PLAN,
	SECOND,
	approve,
	close,
	lasting_people,
	make_approved_plan,
	make_plan,
	make_team_account,
	press,
	reload,
	send_to_review,
	start,
)

PUMPS, FILTERS, VALVES = "Version Pumps", "Version Filters", "Version Valves"
RIVAL = "Version Rival"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_people():
		yield


@pytest.fixture
def account():
	return make_team_account(customers=[b.make_customer("Versioned Clinic").name])


@pytest.fixture
def plan(account):
	for group in (PUMPS, FILTERS, VALVES):
		b.ensure_item_group(group)
	if not frappe.db.exists("Competitor", RIVAL):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": RIVAL}).insert()
	return start(
		make_approved_plan(
			account.name,
			targets=[{"item_group": PUMPS, "amount": 100000}, {"item_group": FILTERS, "amount": 500}],
			budget=[{"purpose": "Trips", "planned": 40}],
			risks=[{"risk": "Late wing", "responsible": OUTSIDER, "countermeasure": "Plan B"}],
			competition=[{"competitor": RIVAL, "response": "Service"}],
		),
		MANAGER,
	)


def new_version(plan, by=MANAGER, **changes):
	with frappe_session.as_user(by):
		draft = reload(plan_api.new_version(plan.name))
		if changes:
			draft.update(changes)
			draft.save()
	return reload(draft)


def make_action(plan, **fields):
	return frappe.get_doc(
		{
			"doctype": "Key Account Action",
			"key_account": plan.key_account,
			"plan": plan.name,
			"subject": "Call",
			"responsible": MANAGER,
			"start_date": "2019-01-01",
			"end_date": "2019-02-01",
			**fields,
		}
	).insert()


# ---------------------------------------------------------------- versions


def test_the_old_version_stays_in_force_until_the_new_one_is_approved(plan):
	draft = new_version(plan, situation="Better")
	assert (draft.version, draft.first_version, draft.amended_from, draft.status) == (
		2,
		plan.name,
		plan.name,
		"Draft",
	)
	assert draft.prepared_by == MANAGER and not draft.approved_by and not draft.frozen
	assert plan_in_force(plan.key_account, "2019-06-01") == plan.name
	send_to_review(draft, MANAGER)
	assert reload(plan).status == "In Execution"
	approved = press(draft, "Approve", DIRECTOR)
	old = reload(plan)
	assert (old.status, old.workflow_state, old.docstatus) == ("Superseded", "Superseded", 2)
	assert plan_in_force(plan.key_account, "2019-06-01") == approved.name
	third = approve(new_version(start(approved, MANAGER)), DIRECTOR)
	assert (third.version, third.first_version) == (3, plan.name)
	assert [row["version"] for row in plan_api.figures(third.name)["versions"]] == [3, 2, 1]


def test_codes_stay_and_are_not_used_again(plan):
	draft = new_version(plan)
	with frappe_session.as_user(MANAGER):
		draft.append("objectives", {"objective": "Second", "due": "2019-06-01", "responsible": MANAGER})
		draft.append("budget", {"purpose": "Fair", "planned": 1})
		draft.save()
		assert [row.code for row in draft.objectives] == ["O1", "O2"]
		draft.remove(draft.objectives[1])
		draft.save()
	second = start(approve(draft, DIRECTOR), MANAGER)
	draft = new_version(second)
	with frappe_session.as_user(MANAGER):
		draft.append("objectives", {"objective": "Third"})
		draft.save()
	assert [row.code for row in draft.objectives] == ["O1", "O3"]
	assert [row.code for row in draft.budget] == ["B1", "B2"]


def test_open_actions_follow_and_are_not_made_again(plan):
	ended = make_action(plan, subject="Done", status="Done", result="Good", done_on="2019-01-20")
	action = make_action(plan)
	draft = new_version(plan)
	assert frappe.db.count("Key Account Action", {"plan": draft.name}) == 0
	assert frappe.db.get_value("Key Account Action", action.name, "plan") == plan.name
	approved = approve(draft, DIRECTOR)
	assert frappe.db.get_value("Key Account Action", action.name, "plan") == approved.name
	assert frappe.db.get_value("Key Account Action", ended.name, "plan") == plan.name


def test_one_draft_at_a_time(plan):
	draft = new_version(plan)
	with pytest.raises(frappe.ValidationError, match=draft.name):
		new_version(plan)


def test_only_a_plan_in_force_gets_a_new_version(account, plan):
	approve(new_version(plan), DIRECTOR)
	with pytest.raises(frappe.ValidationError, match="is Superseded"):
		new_version(plan)
	other = make_plan(account.name, by=MANAGER, from_date="2021-01-01")
	with pytest.raises(frappe.ValidationError, match="is Draft"):
		new_version(other)


def test_a_closed_plan_is_reopened_first(plan):
	close(plan, MANAGER)
	with pytest.raises(frappe.ValidationError, match="is Closed"):
		new_version(plan)
	press(plan, "Reopen", DIRECTOR)
	assert new_version(plan).version == 2


def test_a_cancelled_plan_may_be_amended(plan):
	cancelled = press(plan, "Cancel Plan", DIRECTOR)
	assert approve(new_version(cancelled), DIRECTOR).status == "Approved"
	assert reload(cancelled).status == "Cancelled"


def test_nobody_replaces_the_plan_of_another_account(plan):
	other = make_team_account()
	with pytest.raises(frappe.ValidationError, match="belongs to the key account"):
		make_plan(other.name, by=MANAGER, amended_from=plan.name)


def test_the_version_that_is_replaced_cannot_be_changed_afterwards(account, plan):
	draft = make_plan(account.name, by=MANAGER, from_date="2022-01-01")
	with frappe_session.as_user(MANAGER):
		draft.amended_from = plan.name
		draft.save()
	assert not reload(draft).amended_from


def test_a_new_version_may_have_another_period_but_must_not_overlap_a_third_plan(account, plan):
	make_approved_plan(account.name, from_date="2020-01-01")
	longer = send_to_review(
		new_version(plan, period_type="Rolling 12 Months", from_date="2019-01-15"), MANAGER
	)
	with pytest.raises(frappe.ValidationError, match="one plan at a time"):
		press(longer, "Approve", DIRECTOR)
	assert reload(plan).status == "In Execution"


def test_the_author_of_a_version_is_who_makes_it(plan):
	draft = send_to_review(new_version(plan, by=DIRECTOR), DIRECTOR)
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		press(draft, "Approve", DIRECTOR)
	assert press(draft, "Approve", SECOND).prepared_by == DIRECTOR


def test_a_superseded_version_answers_with_the_figures_of_its_approval(plan):
	approve(new_version(plan), DIRECTOR)
	answer = plan_api.figures(plan.name)
	assert (answer["kept"], answer["targets"]["target"]) == ("approved", 100500)


# ---------------------------------------------------------------- difference


def texts(new, old=None):
	return [change["text"] for change in plan_api.difference(new.name, old and old.name)["changes"]]


def test_difference_in_words(plan):
	draft = new_version(plan)
	assert texts(draft) == []
	with frappe_session.as_user(MANAGER):
		draft.situation = "A new wing opens"
		draft.targets[0].amount = 120000
		draft.remove(draft.targets[1])
		draft.append("targets", {"item_group": VALVES, "amount": 300})
		draft.objectives[0].target = 99
		draft.objectives[0].responsible = OUTSIDER
		draft.budget[0].planned = 60
		draft.risks[0].likelihood = "High"
		draft.save()
	lines = texts(draft)
	for text in (
		"Situation: We deliver a third of what they need. → A new wing opens",
		"Target of Version Pumps: $ 100,000.00 → $ 120,000.00",
		"Version Filters removed ($ 500.00)",
		"Version Valves added ($ 300.00)",
		"Target of O1: Deliver on time: 98 → 99",
		"Owner of O1: Deliver on time: Plan Manager → Plan Outsider",
		"Planned of B1: Trips: $ 40.00 → $ 60.00",
		"Likelihood of Late wing: Medium → High",
	):
		assert text in lines, (text, lines)
	assert not any("Months" in line or "Version:" in line for line in lines)


def test_a_change_at_the_end_of_a_long_text_is_shown(plan):
	words = "We deliver what the wards need and train the people who work there. " * 4
	second = start(approve(new_version(plan, situation=words), DIRECTOR), MANAGER)
	(line,) = texts(new_version(second, situation=f"{words} A second site has joined."))
	assert line.endswith("A second site has joined.") and len(line) < 400


def test_difference_between_any_two_versions(plan):
	second = start(approve(new_version(plan, situation="Two"), DIRECTOR), MANAGER)
	third = new_version(second, situation="Three")
	assert texts(third) == ["Situation: Two → Three"]
	assert texts(third, plan) == ["Situation: We deliver a third of what they need. → Three"]
	assert texts(plan) == []
	with pytest.raises(frappe.ValidationError, match="not a version of"):
		texts(third, make_plan(make_account("Else").name))


def test_notes_on_people_are_compared_only_for_those_who_may_read_them(plan):
	draft = new_version(plan, people_notes="Difficult buyer")
	assert any("Difficult buyer" in line for line in texts(draft))
	with frappe_session.as_user("plan.reader@example.com"):
		assert not any("Difficult buyer" in line for line in texts(draft))


# ---------------------------------------------------------------- records that are gone


def force_delete(doctype, name):
	frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.clear_cache()


def test_frappe_protects_records_a_plan_names(plan):
	for doctype, name in (("Item Group", PUMPS), ("Competitor", RIVAL)):
		with pytest.raises(frappe.LinkExistsError):
			frappe.delete_doc(doctype, name)


def test_a_plan_outlives_item_group_competitor_and_user(account, plan):
	user = b.ensure_user("plan.leaver@example.com", ["Key Account Manager"])
	draft = new_version(plan)
	with frappe_session.as_user(MANAGER):
		draft.objectives[0].responsible = user
		draft.save()
	approved = start(approve(draft, DIRECTOR), MANAGER)
	for doctype, name in (("Item Group", FILTERS), ("Competitor", RIVAL), ("User", user)):
		force_delete(doctype, name)
	stored = reload(approved)
	assert stored.objectives[0].responsible_name == "Plan Leaver"
	assert stored.competition[0].competitor_name == RIVAL
	assert {row.item_group for row in stored.months} == {PUMPS, FILTERS}
	assert plan_api.figures(stored.name)["targets"]["target"] == 100500
	with frappe_session.as_user(MANAGER):
		stored.objectives[0].remark = "Still works"
		stored.save()
	# on: a new version, its review and approval, and the end
	following = new_version(stored, situation="Without them")
	assert following.objectives[0].responsible_name == "Plan Leaver"
	following = start(approve(following, DIRECTOR), MANAGER)
	assert close(following, MANAGER).status == "Closed"


def test_a_link_to_nobody_is_refused_when_it_is_new(account):
	draft = make_plan(account.name, by=MANAGER)
	draft.objectives[0].responsible = "nobody@example.com"
	with pytest.raises(frappe.LinkValidationError):
		draft.save()


def test_a_plan_outlives_its_author_and_approver(account):
	author = b.ensure_user("plan.author@example.com", ["Key Account Manager"])
	account.append("team", {"user": author, "membership": "Core"})
	account.save()
	plan = approve(make_plan(account.name, by=author), DIRECTOR)
	account.set("team", [])
	account.save()
	force_delete("User", author)
	plan = start(plan, MANAGER)
	following = approve(new_version(plan), SECOND)
	assert following.status == "Approved"
	assert reload(plan).approved_by_name == "Plan Director"


def test_renamed_records_are_followed(plan):
	frappe.rename_doc("Item Group", PUMPS, "Version Machines", force=True)
	frappe.rename_doc("Competitor", RIVAL, "Version Other", force=True)
	frappe.rename_doc("User", OUTSIDER, "plan.renamed@example.com", force=True)
	try:
		stored = reload(plan)
		assert stored.targets[0].item_group == "Version Machines"
		assert stored.risks[0].responsible == "plan.renamed@example.com"
		assert plan_figures.target_figures(stored)["target"] == 100500
		draft = new_version(stored, situation="After the renaming")
		assert {row.item_group for row in draft.months} == {"Version Machines", FILTERS}
		assert start(approve(draft, DIRECTOR), MANAGER).status == "In Execution"
	finally:
		frappe.rename_doc("User", "plan.renamed@example.com", OUTSIDER, force=True)


def test_a_plan_outlives_its_customer(account, plan):
	customer = account.customers[0].customer
	other = b.make_customer("Versioned Clinic Two").name
	frappe.rename_doc("Customer", customer, "Versioned Hospital", force=True)
	assert plan_api.figures(plan.name)["targets"]["actual"] == 0
	account.reload()
	account.set("customers", [{"customer": other}])
	account.save()
	force_delete("Customer", "Versioned Hospital")
	assert list(frappe.parse_json(reload(plan).frozen)["approved"]["customers"].values()) == [
		"Versioned Clinic"
	]
	assert close(plan, MANAGER).status == "Closed"


def test_a_plan_outlives_its_account(plan):
	force_delete("Key Account", plan.key_account)
	with frappe_session.as_user(DIRECTOR):
		assert reload(plan).account_name
		assert plan_api.figures(plan.name)["targets"]["target"] == 100500
		assert press(plan, "Cancel Plan").status == "Cancelled"


def test_deleted_plans_do_not_leave_the_account_undeletable():
	account = make_account("Short Lived")
	plan = make_plan(account.name)
	with pytest.raises(frappe.LinkExistsError):
		account.delete()
	plan.delete()
	account.reload()
	account.delete()
	assert not frappe.db.exists("Key Account", account.name)
	assert not frappe.db.exists(PLAN, plan.name)
