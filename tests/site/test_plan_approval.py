"""Who may move a plan on, what he approves, and that nobody gets past it."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow
from frappe.utils import add_days

from kam_erpnext.api import plan as plan_api
from kam_erpnext.kam_erpnext.doctype.key_account_plan import approval
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import Session, make_account, wait_until_blocked
from tests.site.plan_builders import (
	DIRECTOR,
	MANAGER,
	OPERATIONS,
	OUTSIDER,
	PEOPLE,
	PLAN,
	READER,
	SECOND,
	SPONSOR,
	approve,
	close,
	complete_fields,
	lasting_people,
	make_approved_plan,
	make_plan,
	make_team_account,
	make_template,
	press,
	reject,
	reload,
	send_to_review,
	start,
)

COORDINATOR = "plan.coordinator@example.com"
BOTH = "plan.both@example.com"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	roles = {
		COORDINATOR: ["Key Account Coordinator", "Sales User"],
		BOTH: ["Key Account Manager", "Key Account Director", "Sales User"],
	}
	with lasting_people(roles):
		yield


@pytest.fixture
def account():
	return make_team_account(key_account_coordinator=COORDINATOR)


@pytest.fixture
def draft(account):
	return make_plan(account.name, by=MANAGER)


@pytest.fixture
def in_review(draft):
	return send_to_review(draft, MANAGER)


def assigned(plan):
	return set(
		frappe.get_all(
			"ToDo",
			{"reference_type": PLAN, "reference_name": plan.name, "status": "Open"},
			pluck="allocated_to",
		)
	)


def notices(user):
	return frappe.get_all(
		"Notification Log", {"for_user": user, "document_type": PLAN, "type": "Alert"}, pluck="subject"
	)


# ---------------------------------------------------------------- every step by every role

STEPS = {
	"Send to Review": {MANAGER, COORDINATOR, DIRECTOR, SECOND, OPERATIONS, BOTH},
	"Approve": {DIRECTOR, SECOND, BOTH},
	"Reject": {DIRECTOR, SECOND, BOTH},
	"Recall": {MANAGER},
	"Revise": {MANAGER, COORDINATOR, DIRECTOR, SECOND, OPERATIONS, BOTH},
	"Start": {MANAGER, COORDINATOR, DIRECTOR, SECOND, OPERATIONS, BOTH},
	"Close": {MANAGER, COORDINATOR, DIRECTOR, SECOND, OPERATIONS, BOTH},
	"Reopen": {DIRECTOR, SECOND, OPERATIONS, BOTH},
	"Cancel Plan": {DIRECTOR, SECOND, OPERATIONS, BOTH},
}
BEFORE = {
	"Send to Review": "Draft",
	"Approve": "In Review",
	"Reject": "In Review",
	"Recall": "In Review",
	"Revise": "Rejected",
	"Start": "Approved",
	"Close": "In Execution",
	"Reopen": "Closed",
	"Cancel Plan": "Approved",
}
AFTER = {
	"Send to Review": "In Review",
	"Approve": "Approved",
	"Reject": "Rejected",
	"Recall": "Draft",
	"Revise": "Draft",
	"Start": "In Execution",
	"Close": "Closed",
	"Reopen": "In Execution",
	"Cancel Plan": "Cancelled",
}


def plan_in(status, account):
	plan = make_plan(account.name, by=MANAGER)
	if status == "Draft":
		return plan
	plan = send_to_review(plan, MANAGER)
	if status == "In Review":
		return plan
	if status == "Rejected":
		return reject(plan, DIRECTOR)
	plan = press(plan, "Approve", DIRECTOR)
	if status == "Approved":
		return plan
	plan = start(plan, MANAGER)
	return plan if status == "In Execution" else close(plan, MANAGER)


@pytest.mark.parametrize("action", STEPS)
def test_who_may_press_which_button(account, action):
	plan = plan_in(BEFORE[action], account)
	for number, user in enumerate([*PEOPLE, COORDINATOR, BOTH]):
		savepoint = f"kam_step_{number}"
		frappe.db.savepoint(savepoint)
		if user in STEPS[action]:
			if action == "Reject":
				assert reject(plan, user).status == "Rejected"
			elif action == "Close":
				assert close(plan, user).status == "Closed"
			else:
				assert press(plan, action, user).status == AFTER[action], user
		else:
			with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
				press(plan, action, user)
			assert reload(plan).status == BEFORE[action], user
		frappe.db.rollback(save_point=savepoint)
		frappe.clear_document_cache(PLAN, plan.name)


def test_the_whole_life(account):
	plan = make_plan(account.name, by=MANAGER)
	assert (plan.status, plan.workflow_state, plan.docstatus) == ("Draft", "Draft", 0)
	plan = send_to_review(plan, MANAGER)
	assert (plan.status, plan.sent_by) == ("In Review", MANAGER) and plan.sent_on
	assert assigned(plan) == {DIRECTOR}
	plan = reject(plan, DIRECTOR, "Too low.")
	assert (plan.status, plan.rejection_reason, assigned(plan)) == ("Rejected", "Too low.", set())
	assert any("Too low." in text for text in notices(MANAGER))
	assert any(
		"Too low." in text
		for text in frappe.get_all("Comment", {"reference_name": plan.name}, pluck="content")
	)
	plan = press(plan, "Revise", MANAGER)
	with frappe_session.as_user(MANAGER):
		plan.targets[0].amount = 2000
		plan.save()
	plan = send_to_review(plan, MANAGER)
	assert not plan.rejection_reason
	plan = press(plan, "Approve", DIRECTOR)
	assert (plan.docstatus, plan.approved_by, plan.approved_by_name) == (1, DIRECTOR, "Plan Director")
	assert any("approved" in text for text in notices(MANAGER))
	assert assigned(plan) == set()
	plan = start(plan, MANAGER)
	plan = close(plan, MANAGER, "Learned a lot.")
	assert (plan.status, plan.closing_note) == ("Closed", "Learned a lot.")
	assert press(plan, "Reopen", DIRECTOR).status == "In Execution"
	assert press(plan, "Cancel Plan", DIRECTOR).status == "Cancelled"


# ---------------------------------------------------------------- never the author


def test_an_author_with_the_role_cannot_approve_his_own_plan(account):
	plan = send_to_review(make_plan(account.name, by=BOTH), BOTH)
	with pytest.raises(frappe.ValidationError):
		press(plan, "Approve", BOTH)
	assert press(plan, "Approve", DIRECTOR).status == "Approved"


def test_who_sent_the_plan_cannot_approve_it(draft):
	plan = send_to_review(draft, DIRECTOR)
	assert plan.sent_by == DIRECTOR
	with pytest.raises(frappe.PermissionError, match="someone other than its author"):
		press(plan, "Approve", DIRECTOR)
	assert assigned(plan) == {SECOND, BOTH}


@pytest.mark.parametrize("field", ["prepared_by", "owner", "sent_by"])
def test_nobody_approves_what_names_him(in_review, field):
	in_review.db_set(field, SECOND, update_modified=False)
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		press(in_review, "Approve", SECOND)


def test_submitting_past_the_workflow_is_refused(draft, in_review):
	other = make_plan(make_team_account().name, by=MANAGER)
	for user in (MANAGER, DIRECTOR, OPERATIONS):
		with frappe_session.as_user(user):
			document = reload(other)
			with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
				document.submit()
	assert reload(other).docstatus == 0
	with frappe_session.as_user(DIRECTOR):
		document = reload(in_review)
		document.submit()  # the step Approve is his
	assert reload(in_review).status == "Approved"


# ---------------------------------------------------------------- forged by a client


def test_a_client_cannot_choose_author_or_approver(account):
	forged = {
		"prepared_by": DIRECTOR,
		"owner": DIRECTOR,
		"sent_by": DIRECTOR,
		"approved_by": DIRECTOR,
		"approver_role": "Key Account Manager",
		"status": "Approved",
		"version": 7,
		"first_version": "KAP-0",
		"completeness": 100,
		"total_target": 5,
		"frozen": "{}",
		"rejection_reason": "none",
	}
	plan = make_plan(account.name, by=MANAGER, **forged)
	plan = reload(plan)
	assert (plan.prepared_by, plan.owner, plan.sent_by, plan.approved_by) == (MANAGER, MANAGER, None, None)
	assert (plan.approver_role, plan.status, plan.version) == ("Key Account Director", "Draft", 1)
	assert (plan.first_version, plan.total_target, plan.frozen) == (plan.name, 1200, None)
	assert plan.rejection_reason is None
	with frappe_session.as_user(MANAGER):
		plan.update(forged)
		plan.save()
	plan = reload(plan)
	assert (plan.prepared_by, plan.owner, plan.status, plan.version) == (MANAGER, MANAGER, "Draft", 1)


@pytest.mark.parametrize("state", ["Approved", "In Execution", "Closed", "Superseded", "Rejected"])
def test_a_state_sent_by_a_client_is_refused(draft, state):
	for user in (MANAGER, DIRECTOR):
		with frappe_session.as_user(user):
			document = reload(draft)
			document.workflow_state = state
			with pytest.raises(frappe.ValidationError):
				document.save()
	assert reload(draft).status == "Draft"


def test_the_approver_cannot_save_the_state_approved_without_submitting(in_review):
	with frappe_session.as_user(DIRECTOR):
		document = reload(in_review)
		document.workflow_state = "Approved"
		with pytest.raises(frappe.ValidationError, match="cannot be reached by saving"):
			document.save()


# ---------------------------------------------------------------- what is approved


def test_nobody_edits_a_plan_in_review(in_review):
	for user in (MANAGER, DIRECTOR, OPERATIONS):
		with frappe_session.as_user(user):
			document = reload(in_review)
			document.targets[0].amount = 1
			with pytest.raises(frappe.ValidationError, match=r"in review.*\(Targets\)"):
				document.save()
			document = reload(in_review)
			document.append("risks", {"risk": "New"})
			with pytest.raises(frappe.ValidationError, match="in review"):
				document.save()


def test_content_cannot_come_along_with_a_step(in_review):
	for action_state, user in (("Rejected", DIRECTOR), ("Draft", MANAGER)):
		with frappe_session.as_user(user):
			document = reload(in_review)
			document.workflow_state = action_state
			document.rejection_reason = "Because"
			document.situation = "Changed on the way"
			with pytest.raises(frappe.ValidationError, match="in review"):
				document.save()


def test_recall_change_and_send_again(in_review):
	plan = press(in_review, "Recall", MANAGER)
	assert assigned(plan) == set()
	with frappe_session.as_user(MANAGER):
		plan.situation = "Changed"
		plan.save()
	assert press(send_to_review(plan, MANAGER), "Approve", DIRECTOR).situation == "Changed"


def test_the_approver_approves_what_he_has_on_his_screen(in_review):
	opened = reload(in_review).as_json()
	plan = press(in_review, "Recall", MANAGER)
	with frappe_session.as_user(MANAGER):
		plan.targets[0].amount = 9000
		plan.save()
	send_to_review(plan, MANAGER)
	with frappe_session.as_user(DIRECTOR):
		frappe.form_dict.doc = opened
		try:
			with pytest.raises(frappe.TimestampMismatchError, match="changed by Plan Manager"):
				apply_workflow(opened, "Approve")
			modified = frappe.parse_json(opened)["modified"]
			with pytest.raises(frappe.ValidationError, match="changed by Plan Manager"):
				plan_api.check_step(plan.name, "Approve", modified)
		finally:
			frappe.form_dict.pop("doc", None)
	assert reload(plan).docstatus == 0


def test_a_rejection_needs_a_reason(in_review):
	with pytest.raises(frappe.ValidationError, match="Reason for Rejection"):
		press(in_review, "Reject", DIRECTOR)
	with frappe_session.as_user(MANAGER):
		document = reload(in_review)
		document.rejection_reason = "Said by the author"
		document.save()
	assert not reload(in_review).rejection_reason


def test_an_old_reason_does_not_serve_again(in_review):
	plan = reject(in_review, DIRECTOR, "First reason")
	plan = send_to_review(press(plan, "Revise", MANAGER), MANAGER)
	with pytest.raises(frappe.ValidationError, match="Reason for Rejection"):
		press(plan, "Reject", DIRECTOR)


# ---------------------------------------------------------------- ready for review


def test_an_incomplete_plan_is_not_sent_and_the_message_lists_what_is_missing(account):
	plan = make_plan(account.name, by=MANAGER, complete=False, situation="Here")
	with pytest.raises(frappe.ValidationError) as error:
		send_to_review(plan, MANAGER)
	for text in ("Summary: Strategy", "Objectives: at least one objective", "Targets: a target amount"):
		assert text in str(error.value)
	assert reload(plan).status == "Draft"


def test_settings_may_allow_incomplete_plans(account):
	frappe.db.set_single_value("KAM Settings", "require_complete", 0)
	plan = make_plan(account.name, by=MANAGER, complete=False)
	assert send_to_review(plan, MANAGER).status == "In Review"


def test_a_measured_objective_needs_a_target(account):
	frappe.db.set_single_value("KAM Settings", "require_complete", 0)
	measure = frappe.db.get_value("KAM Measure", {"measure_key": "net_sales"})
	delay = frappe.db.get_value("KAM Measure", {"measure_key": "payment_delay"})
	plan = make_plan(
		account.name,
		by=MANAGER,
		complete=False,
		objectives=[{"objective": "Grow", "measure": measure}, {"objective": "Be paid", "measure": delay}],
	)
	with pytest.raises(frappe.ValidationError, match="line 1: a measure needs a Target") as error:
		send_to_review(plan, MANAGER)
	assert "line 2" not in str(error.value)


# ---------------------------------------------------------------- which role


def test_a_large_plan_goes_to_the_executive_sponsor(account):
	frappe.db.set_single_value("KAM Settings", "sponsor_amount", 1000)
	plan = send_to_review(make_plan(account.name, by=MANAGER), MANAGER)
	assert (plan.approver_role, assigned(plan)) == ("Executive Sponsor", {SPONSOR})
	with pytest.raises(WorkflowTransitionError):
		press(plan, "Approve", DIRECTOR)
	assert press(plan, "Approve", SPONSOR).approved_by == SPONSOR


def test_the_amount_itself_still_is_the_directors(account):
	frappe.db.set_single_value("KAM Settings", "sponsor_amount", 1200)
	assert make_plan(account.name, by=MANAGER).approver_role == "Key Account Director"


def test_the_level_of_the_account_decides_too():
	frappe.db.set_value("Key Account Level", "Global", "plan_approver", "Executive Sponsor")
	account = make_team_account(level="Global")
	assert make_plan(account.name, by=MANAGER).approver_role == "Executive Sponsor"


def test_the_amount_is_compared_in_the_currency_of_the_settings(account):
	frappe.db.set_single_value("KAM Settings", {"sponsor_amount": 1300, "company": b.COMPANY})
	b.ensure_exchange_rate("EUR", "USD", 1.25, frappe.utils.nowdate())
	frappe.flags.kam_exchange_rates = None
	plan = make_plan(account.name, by=MANAGER, company=b.ensure_euro_company())
	assert (plan.currency, plan.total_target, plan.approver_role) == ("EUR", 1200, "Executive Sponsor")


def test_another_role_than_it_was_sent_to(in_review):
	frappe.db.set_single_value("KAM Settings", "sponsor_amount", 10)
	with pytest.raises(frappe.ValidationError, match="it now needs Executive Sponsor"):
		press(in_review, "Approve", DIRECTOR)
	assert reject(in_review, DIRECTOR).status == "Rejected"


def test_an_approver_who_lost_the_role_is_told(in_review):
	user = frappe.get_doc("User", SECOND)
	user.remove_roles("Key Account Director")
	user.add_roles("KAM Reader")
	frappe.clear_cache(user=SECOND)
	with frappe_session.as_user(SECOND):
		with pytest.raises(frappe.PermissionError, match="which you do not have"):
			plan_api.check_step(in_review.name, "Approve")
		with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
			apply_workflow(reload(in_review), "Approve")
		with pytest.raises(frappe.PermissionError, match="which you do not have"):
			approval.validate_role(reload(in_review))
	assert reload(in_review).docstatus == 0
	b.ensure_user(SECOND, PEOPLE[SECOND])


def test_nobody_named_then_all_who_can(account):
	account.key_account_director = None
	account.save()
	plan = send_to_review(make_plan(account.name, by=MANAGER), MANAGER)
	assert assigned(plan) == {DIRECTOR, SECOND, BOTH}


def test_a_sponsor_outside_the_team_is_not_asked():
	frappe.db.set_single_value("KAM Settings", "sponsor_amount", 1)
	account = make_team_account(executive_sponsor=None)
	plan = send_to_review(make_plan(account.name, by=MANAGER), MANAGER)
	assert assigned(plan) == set()
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		press(plan, "Approve", SPONSOR)


@pytest.mark.parametrize("user", [OUTSIDER, READER])
def test_outsiders_and_readers_change_nothing(draft, user):
	with frappe_session.as_user(user), pytest.raises(frappe.PermissionError):
		document = reload(draft)
		document.situation = "Mine"
		document.save()


# ---------------------------------------------------------------- one plan at a time


@pytest.mark.parametrize(
	"fields, overlaps",
	[
		({"from_date": "2019-06-01"}, True),
		({"from_date": "2020-01-01"}, False),
		({"period_type": "6 Months", "from_date": "2018-07-01"}, False),
		({"period_type": "6 Months", "from_date": "2018-07-02"}, True),
		({"period_type": "Perpetual", "from_date": "2018-01-01"}, True),
		({"period_type": "Perpetual", "from_date": "2020-01-01"}, False),
	],
)
def test_plans_that_overlap_are_refused(account, fields, overlaps):
	first = make_approved_plan(account.name)
	second = send_to_review(make_plan(account.name, by=MANAGER, **fields), MANAGER)
	if overlaps:
		with pytest.raises(frappe.ValidationError, match=first.name):
			press(second, "Approve", DIRECTOR)
		press(first, "Cancel Plan", DIRECTOR)
	assert press(second, "Approve", DIRECTOR).status == "Approved"


def test_a_perpetual_plan_blocks_what_comes_later_and_a_closed_one_its_own_days(account):
	perpetual = make_approved_plan(account.name, period_type="Perpetual", from_date="2019-01-01")
	later = send_to_review(make_plan(account.name, by=MANAGER, from_date="2021-01-01"), MANAGER)
	with pytest.raises(frappe.ValidationError, match="one plan at a time"):
		press(later, "Approve", DIRECTOR)
	close(start(perpetual, MANAGER), MANAGER)
	with pytest.raises(frappe.ValidationError, match=perpetual.name):
		press(later, "Approve", DIRECTOR)
	next_year = f"{frappe.utils.getdate().year + 1}-01-01"
	plan = approve(make_plan(account.name, by=MANAGER, from_date=next_year), DIRECTOR)
	assert plan.status == "Approved"
	with pytest.raises(frappe.ValidationError, match=plan.name):
		press(perpetual, "Reopen", DIRECTOR)


def test_plans_of_other_accounts_do_not_matter(account):
	make_approved_plan(account.name)
	assert make_approved_plan(make_team_account().name).status == "Approved"


def test_another_company_may_have_a_plan_of_its_own(account):
	make_approved_plan(account.name)
	assert make_approved_plan(account.name, company=b.ensure_euro_company()).status == "Approved"


# ---------------------------------------------------------------- two at once


@pytest.fixture
def committed(cleanup):
	"""Makes committed documents and removes them at the end."""

	def keep(document):
		cleanup.later(document)
		return document

	return keep


@pytest.mark.commits
def test_two_approvers_press_at_once(site_point):
	account = make_team_account()
	plan = send_to_review(make_plan(account.name, by=MANAGER), MANAGER)
	frappe.db.commit()
	first = Session(lambda: press(plan, "Approve"), user=DIRECTOR, hold=True)
	first.start()
	assert first.done.wait(60) and not first.error, first.error
	second = Session(lambda: press(plan, "Approve"), user=SECOND)
	second.start()
	wait_until_blocked()
	assert first.finish() is None
	error = second.finish()
	assert isinstance(error, frappe.ValidationError), error
	frappe.db.rollback()
	stored = reload(plan)
	assert (stored.status, stored.docstatus, stored.approved_by) == ("Approved", 1, DIRECTOR)


@pytest.mark.commits
def test_two_overlapping_plans_are_not_both_approved_at_once(site_point):
	account = make_team_account()
	template = make_template().name
	one, two = (
		send_to_review(make_plan(account.name, by=MANAGER, template=template), MANAGER) for _ in range(2)
	)
	frappe.db.commit()
	first = Session(lambda: press(one, "Approve"), user=DIRECTOR, hold=True)
	first.start()
	assert first.done.wait(60) and not first.error, first.error
	second = Session(lambda: press(two, "Approve"), user=SECOND)
	second.start()
	wait_until_blocked()
	assert first.finish() is None
	error = second.finish()
	assert isinstance(error, frappe.ValidationError) and one.name in str(error), error
	frappe.db.rollback()
	assert (reload(one).docstatus, reload(two).docstatus) == (1, 0)


# ---------------------------------------------------------------- after the approval


def test_content_of_an_approved_plan_stays(account):
	plan = make_approved_plan(account.name, budget=[{"purpose": "Trips", "planned": 5}])
	changes = (
		lambda doc: doc.set("situation", "Changed"),
		lambda doc: doc.targets[0].set("amount", 1),
		lambda doc: doc.objectives[0].set("target", 1),
		lambda doc: doc.budget[0].set("planned", 1),
		lambda doc: doc.append("objectives", {"objective": "One more"}),
		lambda doc: doc.append("budget", {"purpose": "More"}),
		lambda doc: doc.set("objectives", []),
		lambda doc: doc.set("amended_from", None) or doc.set("from_date", "2019-02-01"),
	)
	for change in changes:
		for user in (MANAGER, DIRECTOR):
			with frappe_session.as_user(user):
				document = reload(plan)
				change(document)
				with pytest.raises(frappe.ValidationError):
					document.save()
	with frappe_session.as_user(MANAGER):
		document = reload(plan)
		document.update({"prepared_by": SECOND, "approved_by": SECOND, "total_spent": 9, "status": "Closed"})
		document.save()
	stored = reload(plan)
	assert (stored.prepared_by, stored.approved_by, stored.total_spent, stored.status) == (
		MANAGER,
		DIRECTOR,
		0,
		"Approved",
	)


def test_results_may_be_entered_until_the_plan_is_closed(account):
	plan = start(make_approved_plan(account.name), MANAGER)
	with frappe_session.as_user(MANAGER):
		plan.objectives[0].remark = "Two ramps open late"
		plan.objectives[0].state = "At Risk"
		plan.next_review = "2019-09-01"
		plan.save()
		with pytest.raises(frappe.ValidationError, match="Closing Note"):
			press(plan, "Close")
	plan = close(plan, MANAGER)
	with frappe_session.as_user(MANAGER):
		plan.objectives[0].remark = "Later"
		with pytest.raises(frappe.ValidationError, match="is closed"):
			plan.save()


def test_the_plan_keeps_what_it_was_approved_with(account):
	plan = make_approved_plan(account.name)
	kept = frappe.parse_json(plan.frozen)["approved"]
	assert (kept["account_name"], kept["figures"]["target"]) == (account.account_name, 1200)
	assert [row["full_name"] for row in kept["team"]] == [row.full_name for row in plan.team]
	account.account_name = "Renamed"
	account.set("team", [{"user": OUTSIDER, "membership": "Core"}])
	account.save()
	stored = reload(start(plan, MANAGER))
	assert stored.account_name != "Renamed"
	assert OUTSIDER not in {row.user for row in stored.team}


# ---------------------------------------------------------------- a site with another workflow


def the_workflow():
	return frappe.get_doc(
		"Workflow", frappe.db.get_value("Workflow", {"document_type": PLAN, "is_active": 1})
	)


def test_without_a_workflow_submitting_has_the_same_checks(account):
	workflow = the_workflow()
	workflow.is_active = 0
	workflow.save()
	frappe.clear_cache(doctype=PLAN)
	incomplete = make_plan(make_team_account().name, by=MANAGER, complete=False)
	plan = make_plan(account.name, by=MANAGER)
	assert plan.status == "Draft"
	with frappe_session.as_user(MANAGER), pytest.raises(frappe.PermissionError):
		reload(plan).submit()
	with frappe_session.as_user(DIRECTOR):
		with pytest.raises(frappe.ValidationError, match="Strategy"):
			reload(incomplete).submit()
		reload(plan).submit()
	plan = reload(plan)
	assert (plan.status, plan.approved_by, plan.docstatus) == ("Approved", DIRECTOR, 1)
	with frappe_session.as_user(DIRECTOR):
		plan.cancel()
	assert reload(plan).status == "Cancelled"


def test_a_plan_in_review_can_be_edited_again_when_the_workflow_is_switched_off(in_review):
	workflow = the_workflow()
	workflow.is_active = 0
	workflow.save()
	frappe.clear_cache(doctype=PLAN)
	with frappe_session.as_user(MANAGER):
		in_review = reload(in_review)
		in_review.save()
		in_review.situation = "Free again"
		in_review.save()
	assert reload(in_review).status == "Draft"


def test_a_site_may_rename_states_and_add_its_own(account):
	workflow = the_workflow()
	for state in ("Wird geprüft", "Legal Check"):
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert()
	for row in workflow.states:
		if row.state == "In Review":
			row.state = "Wird geprüft"
	for row in workflow.transitions:
		for field in ("state", "next_state"):
			if row.get(field) == "In Review":
				row.set(field, "Wird geprüft")
	workflow.append(
		"states", {"state": "Legal Check", "doc_status": "0", "allow_edit": "Key Account Manager"}
	)
	for role, user_state in (("Key Account Manager", "Draft"), ("Key Account Manager", "Legal Check")):
		following = "Legal Check" if user_state == "Draft" else "Wird geprüft"
		workflow.append(
			"transitions",
			{
				"state": user_state,
				"action": "Revise",
				"next_state": following,
				"allowed": role,
				"allow_self_approval": 1,
			},
		)
	workflow.save()
	frappe.clear_cache(doctype=PLAN)
	plan = make_plan(account.name, by=MANAGER)
	plan = press(plan, "Revise", MANAGER)
	assert (plan.workflow_state, plan.status) == ("Legal Check", "Draft")
	plan = press(plan, "Revise", MANAGER)
	assert (plan.workflow_state, plan.status) == ("Wird geprüft", "In Review")
	with frappe_session.as_user(MANAGER), pytest.raises(frappe.ValidationError, match="in review"):
		plan.situation = "No"
		plan.save()
	plan = press(plan, "Approve", DIRECTOR)
	assert (plan.status, plan.docstatus) == ("Approved", 1)


def test_a_transition_the_user_does_not_have(draft):
	with frappe_session.as_user(MANAGER), pytest.raises((WorkflowPermissionError, WorkflowTransitionError)):
		apply_workflow(reload(draft), "Approve")


def test_who_is_told_about_a_plan_of_a_disabled_author(in_review):
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	assert press(in_review, "Approve", DIRECTOR).status == "Approved"
	frappe.db.set_value("User", MANAGER, "enabled", 1)
	assert not notices(MANAGER)


def test_an_account_without_programme_people_gets_a_warning():
	account = make_account("Lonely", key_account_manager=MANAGER)
	frappe.db.set_single_value("KAM Settings", "sponsor_amount", 1)
	plan = make_plan(account.name, by=MANAGER, **complete_fields(due=add_days("2019-01-01", 9)))
	frappe.clear_messages()
	send_to_review(plan, MANAGER)
	assert any("Nobody with the role" in str(message) for message in frappe.get_message_log())
