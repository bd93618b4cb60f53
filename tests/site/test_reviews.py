"""Business reviews: what a new one starts with, figures and their freezing, decisions, cancelling and amending."""

import json

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kam_erpnext.api.reviews import add_open_actions, refresh_figures
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import plan_builders as p
from tests.site.plan_builders import DIRECTOR, MANAGER, OUTSIDER, READER, SPONSOR

COORDINATOR = "review.coordinator@example.com"
MEETING = "2019-07-01"
CUSTOMER = "Review Customer"


@pytest.fixture(scope="module", autouse=True)
def people():
	with p.lasting_people({COORDINATOR: ["Key Account Coordinator"]}):
		yield


@pytest.fixture
def account():
	b.ensure_customer(CUSTOMER)
	return p.make_team_account(
		customers=[CUSTOMER],
		key_account_coordinator=COORDINATOR,
		team=[{"user": COORDINATOR, "function": "Logistics"}],
	).name


@pytest.fixture
def plan(account):
	return p.make_approved_plan(
		account,
		template=p.make_template(agenda=[{"topic": "Figures", "minutes": 20}, {"topic": "Outlook"}]).name,
	)


def review(account, by=None, **fields):
	values = {
		"doctype": "Key Account Business Review",
		"key_account": account,
		"review_date": MEETING,
		"company": b.COMPANY,
		**fields,
	}
	if not by:
		return frappe.get_doc(values).insert()
	with p.frappe_session.as_user(by):
		return frappe.get_doc(values).insert()


def stored(doc):
	"""The whole document as the database holds it, without the time stamps that cancelling changes."""
	found = frappe.get_doc(doc.doctype, doc.name).as_dict(convert_dates_to_str=True)
	return json.loads(frappe.as_json(found))


def figure(doc, key):
	row = next(row for row in doc.figures if row.key == key)
	unknown = (row.unknown or "").split(",")
	return tuple(None if name in unknown else row.get(name) for name in ("value", "before", "target"))


def sell(amount, day, item=None):
	return b.make_invoice(CUSTOMER, [(item or b.ensure_service_item(), 1, amount)], posting_date=day)


def new_version(plan, target=None, objective=None):
	"""An approved version that supersedes the plan."""
	version = frappe.copy_doc(p.reload(plan), ignore_no_copy=False)
	version.update({"amended_from": plan.name, "docstatus": 0})
	version.targets[0].update(target or {})
	version.objectives[0].update(objective or {})
	with p.frappe_session.as_user(MANAGER):
		version.insert()
	return p.approve(version, DIRECTOR)


def decision(text="Offer a frame contract", **fields):
	return {"decision": text, "make_action": 1, "responsible": MANAGER, "due": "2019-08-31", **fields}


# ---------------------------------------------------------------- what a new review starts with


def test_a_new_review_is_filled_from_the_plan_in_force(account, plan):
	doc = review(account, by=MANAGER)
	assert doc.plan == plan.name
	assert (str(doc.from_date), str(doc.to_date)) == ("2019-01-01", "2019-06-30")
	assert [(row.topic, row.minutes) for row in doc.agenda] == [("Figures", 20), ("Outlook", 15)]
	assert [row.user for row in doc.attendees] == [MANAGER, COORDINATOR, DIRECTOR, SPONSOR]
	assert all(row.full_name and row.attended for row in doc.attendees)
	assert frappe.db.get_value("Key Account", account, "account_name") in doc.title
	assert str(doc.next_review) == "2019-10-01"  # the plan is reviewed every quarter
	assert doc.currency == "USD"


def test_without_a_plan_the_fiscal_year_counts(account):
	doc = review(account)
	assert doc.plan is None
	assert (str(doc.from_date), str(doc.to_date)) == ("2019-01-01", "2019-06-30")
	assert doc.agenda == []


def test_a_template_can_be_chosen(account, plan):
	other = p.make_template(agenda=[{"topic": "Only This"}]).name
	assert [row.topic for row in review(account, template=other).agenda] == ["Only This"]


def test_what_was_entered_stays(account, plan):
	doc = review(
		account,
		agenda=[{"topic": "My own"}],
		attendees=[{"side": "Customer's", "full_name": "Ms Guest"}],
		from_date="2019-04-01",
		title="Spring",
	)
	assert [row.topic for row in doc.agenda] == ["My own"]
	assert [row.full_name for row in doc.attendees] == ["Ms Guest"]
	assert (str(doc.from_date), doc.title) == ("2019-04-01", "Spring")


def test_the_title_follows_the_date(account):
	doc = review(account)
	doc.review_date = "2019-07-15"
	doc.save()
	assert doc.title.endswith(frappe.utils.formatdate("2019-07-15"))
	doc.title = "My title"
	doc.save()
	doc.review_date = "2019-07-16"
	doc.save()
	assert doc.title == "My title"


@pytest.mark.parametrize(
	("fields", "message"),
	[
		({"from_date": "2019-05-02", "to_date": "2019-05-01"}, r"Figures From .* lies after Figures To"),
		({"to_date": "2019-07-02"}, r"Figures To .* lies after the day of the review"),
		({"next_review": MEETING}, "must lie after"),
		({"attendees": [{"side": "Ours"}]}, "Attendees, line 1: please choose"),
		(
			{"attendees": [{"user": MANAGER}, {"user": MANAGER}]},
			"Attendees, line 2: .* is listed twice",
		),
		(
			{"attendees": [{"full_name": "Ann", "side": "Ours"}, {"full_name": " ann ", "side": "Ours"}]},
			"Attendees, line 2: .* is listed twice",
		),
		({"deals": [{"kind": "Lost", "deal": "Frame", "reason": "  "}]}, "line 1: .*reason|Reason"),
		({"decisions": [{"decision": "Do it", "make_action": 1}]}, "Decisions, line 1: .*who is responsible"),
		(
			{"decisions": [{**decision(), "due": "2019-06-01"}]},
			r"Decisions, line 1: Due .* lies before the day",
		),
	],
)
def test_mistakes_are_named(account, fields, message):
	with pytest.raises(frappe.ValidationError, match=message):
		review(account, **fields)


def test_a_plan_of_another_account_is_refused(account, plan):
	other = k.make_account("Another Account").name
	with pytest.raises(frappe.ValidationError, match="another key account"):
		review(other, plan=plan.name)


def test_decisions_that_are_only_noted_need_nobody(account):
	doc = review(account, decisions=[{"decision": "We stay with it", "make_action": 0}])
	doc.submit()
	assert not doc.decisions[0].action


# ---------------------------------------------------------------- figures


def test_figures_of_the_period_the_year_before_and_the_target(account, plan):
	sell(1000, "2019-02-10")
	sell(500, "2019-06-30")
	sell(9999, "2019-07-01")  # the day of the meeting does not count
	sell(800, "2018-03-01")
	doc = review(account, by=MANAGER)
	value, before, target = figure(doc, "net_sales")
	assert (value, before) == (1500, 800)
	assert target == pytest.approx(1200 * 181 / 365, abs=0.02)
	assert figure(doc, "gross_profit")[:2] == (1500, 800)
	assert [row.key for row in doc.figures if row.is_margin] == ["gross_profit", "gross_margin"]
	assert figure(doc, "item_groups")[0] == 1
	assert figure(doc, "orders") == (0, 0, None)


def test_open_orders_and_overdue_receivables(account):
	b.make_order(CUSTOMER, [(b.ensure_service_item(), 2, 300)], transaction_date="2019-06-01")
	invoice = sell(450, "2019-06-10")
	doc = review(account)
	assert figure(doc, "open_orders") == (600, None, None)
	assert figure(doc, "overdue") == (450, None, None)
	assert figure(doc, "orders")[0] == 1
	b.make_payment(invoice, "2019-06-20")
	refresh_figures(doc.name)
	doc.reload()
	assert figure(doc, "overdue")[0] == 0
	assert figure(doc, "payment_delay")[0] == 10


def test_what_is_not_known_is_no_zero(account):
	empty = k.make_account("Nobody Buys").name
	doc = review(empty)
	assert figure(doc, "net_sales") == (None, None, None)
	assert figure(doc, "gross_margin") == (None, None, None)
	assert figure(doc, "overdue") == (None, None, None)


def test_months_of_a_review(account, plan):
	sell(1000, "2019-02-10")
	sell(800, "2018-03-01")
	doc = review(account, from_date="2019-02-01")
	months = {row["month"]: row for row in frappe.parse_json(doc.months)}
	assert list(months) == [f"2019-0{month}-01" for month in range(2, 7)]
	assert months["2019-02-01"]["actual"] == 1000
	assert months["2019-03-01"]["before"] == 800
	assert sum(row["target"] for row in months.values()) == pytest.approx(1200 * 150 / 365, abs=0.02)
	assert figure(doc, "net_sales")[2] == pytest.approx(1200 * 150 / 365, abs=0.02)


def test_months_without_a_plan(account):
	sell(100, "2019-02-10")
	sell(80, "2018-02-28")
	months = frappe.parse_json(review(account).months)
	assert [row["month"] for row in months] == [f"2019-0{month}-01" for month in range(1, 7)]
	assert (months[1]["actual"], months[1]["before"], months[1]["target"]) == (100, 80, None)


def test_a_target_of_some_item_groups_is_not_the_target_of_all_sales(account):
	group = b.ensure_item_group("Review Pumps")
	item = b.ensure_service_item("Review Pump", group)
	p.make_approved_plan(account, targets=[{"item_group": group, "amount": 365}])
	sell(700, "2019-02-10")
	sell(50, "2019-03-10", item)
	doc = review(account)
	assert figure(doc, "net_sales") == (750, 0, None)
	value, before, target = figure(doc, "planned_sales")
	assert (value, before) == (50, 0)
	assert target == pytest.approx(181, abs=0.02)


def test_returns_and_cancellations_move_the_figures_of_a_draft(account):
	invoice = sell(1000, "2019-02-10")
	doc = review(account)
	assert figure(doc, "net_sales")[0] == 1000
	b.make_return(invoice)
	refresh_figures(doc.name)
	doc.reload()
	assert figure(doc, "net_sales")[0] == 0


def test_objectives_are_a_snapshot_with_comments(account, plan):
	doc = review(account)
	assert [(row.code, row.objective, row.target, row.unknown) for row in doc.objectives] == [
		("O1", "Deliver on time", 98, "value,progress")
	]
	doc.objectives[0].comment = "Trucks were late."
	doc.objectives[0].target = 5  # a client cannot write figures
	doc.figures[0].value = 123456
	doc.save()
	assert (doc.objectives[0].comment, doc.objectives[0].target) == ("Trucks were late.", 98)
	assert figure(doc, "net_sales")[0] == 0


# ---------------------------------------------------------------- open actions


def test_open_actions_are_carried_over_and_keep_their_comments(account, plan):
	late = make_action(account, "Send the offer", MANAGER, "2019-05-31", plan=plan.name)
	other = make_action(account, "Visit", COORDINATOR, "2019-09-30")
	done = make_action(account, "Over", MANAGER, "2019-05-31", status="Done", result="Yes")
	hidden = make_action(k.make_account("Another Account").name, "No", MANAGER, "2019-05-31")
	doc = review(account)
	assert [row.action for row in doc.carried] == [late.name, other.name]
	assert not {done.name, hidden.name} & {row.action for row in doc.carried}
	doc.carried[0].comment = "The price is missing."
	doc.carried[1].subject = "Forged"
	doc.save()
	assert [row.subject for row in doc.carried] == ["Send the offer", "Visit"]
	late.reload()
	late.update({"status": "Done", "result": "Sent."})
	late.save()
	new = make_action(account, "New one", MANAGER, "2019-12-31")
	assert add_open_actions(doc.name) == 1
	assert add_open_actions(doc.name) == 0
	doc.reload()
	assert [(row.action, row.status, row.comment) for row in doc.carried] == [
		(late.name, "Done", "The price is missing."),
		(other.name, "Planned", None),
		(new.name, "Planned", None),
	]


def test_decisions_of_an_earlier_review_are_carried_over(account, plan):
	first = review(account, review_date="2019-04-01", decisions=[decision(due="2019-06-01")])
	first.submit()
	first.reload()
	assert [row.action for row in review(account).carried] == [first.decisions[0].action]


# ---------------------------------------------------------------- held: frozen


def test_a_review_is_submitted_on_its_day_and_not_before(account):
	doc = review(account, review_date=add_days(nowdate(), 1))
	with pytest.raises(frappe.ValidationError, match="takes place on"):
		doc.submit()


def test_a_year_later_it_shows_the_old_figures(account, plan):
	sell(1000, "2019-02-10")
	action = make_action(account, "Send the offer", COORDINATOR, "2019-05-31", plan=plan.name)
	doc = review(
		account,
		by=MANAGER,
		decisions=[decision()],
		deals=[{"kind": "Won", "deal": "Frame", "amount": 100, "reason": "Price"}],
		attendees=[{"side": "Ours", "user": COORDINATOR}],
		satisfaction="4 Good",
	)
	with p.frappe_session.as_user(MANAGER):
		doc.submit()
	before = stored(doc)

	sell(5000, "2019-02-11")
	sell(70, "2018-02-11")
	frappe.db.set_value("Key Account", account, "account_name", "Renamed Account")
	frappe.get_doc("Key Account", account).save()
	b.as_administrator(frappe.rename_doc)("Customer", CUSTOMER, "Renamed Customer", force=True)
	new_version(plan, {"amount": 99999}, {"objective": "Something else"})
	action.reload()
	action.update({"subject": "Renamed action", "responsible": MANAGER, "end_date": "2019-12-31"})
	action.save()
	frappe.delete_doc("User", COORDINATOR, force=True, ignore_permissions=True)

	assert p.reload(plan).status == "Superseded"
	assert stored(doc) == before
	again = frappe.get_doc(doc.doctype, doc.name)
	assert figure(again, "net_sales")[0] == 1000
	assert again.account_name != "Renamed Account"
	assert again.carried[0].subject == "Send the offer"
	assert again.attendees[0].full_name
	again.cancel()  # still possible
	assert figure(again, "net_sales")[0] == 1000


def test_nothing_of_a_submitted_review_can_be_read_again_or_changed(account, plan):
	doc = review(account)
	doc.submit()
	for call in (refresh_figures, add_open_actions):
		with pytest.raises(frappe.ValidationError, match="frozen"):
			call(doc.name)
	for change in ({"satisfaction": "1 Very Poor"}, {"summary": "Other"}, {"figures": []}):
		fresh = frappe.get_doc(doc.doctype, doc.name)
		fresh.update(change)
		with pytest.raises(frappe.UpdateAfterSubmitError):
			fresh.save()


# ---------------------------------------------------------------- decisions


def test_decisions_become_actions_once(account, plan):
	long_text = "Agree on a new delivery window with the plant " * 6
	doc = review(account, by=MANAGER, decisions=[decision(), decision(long_text)])
	assert not any(row.action for row in doc.decisions)
	with p.frappe_session.as_user(MANAGER):
		doc.submit()
	doc.reload()
	action = frappe.get_doc("Key Account Action", doc.decisions[0].action)
	assert (action.subject, action.responsible, str(action.end_date), action.plan) == (
		"Offer a frame contract",
		MANAGER,
		"2019-08-31",
		plan.name,
	)
	assert (action.origin, action.origin_doctype, action.origin_name) == (
		"Business Review",
		doc.doctype,
		doc.name,
	)
	assert frappe.db.count("Key Account Action", {"origin_name": doc.name}) == 2
	assert frappe.db.count("ToDo", {"reference_name": action.name, "status": "Open"}) == 1
	doc.save()
	assert frappe.db.count("Key Account Action", {"origin_name": doc.name}) == 2


def test_a_decision_can_follow_later_and_none_can_be_removed(account):
	doc = review(account, decisions=[decision()])
	doc.submit()
	doc.reload()
	doc.append("decisions", decision("Later thought"))
	doc.save()
	doc.reload()
	assert len({row.action for row in doc.decisions}) == 2 and all(row.action for row in doc.decisions)
	doc.append("decisions", {"decision": "Incomplete", "make_action": 1})
	with pytest.raises(frappe.ValidationError, match="Decisions, line 3"):
		doc.save()
	doc.reload()
	doc.decisions = doc.decisions[1:]
	with pytest.raises(frappe.ValidationError, match="cannot be removed"):
		doc.save()


def test_a_client_cannot_choose_the_action_of_a_decision(account):
	foreign = make_action(account, "Foreign", MANAGER, "2019-12-31").name
	doc = review(account, decisions=[decision(action=foreign)])
	assert not doc.decisions[0].action
	doc.decisions[0].action = foreign
	doc.save()
	assert not doc.decisions[0].action


def test_the_plan_is_told_when_the_next_review_is(account, plan):
	doc = review(account, next_review="2019-11-15")
	doc.submit()
	assert str(p.reload(plan).next_review) == "2019-11-15"
	assert frappe.db.exists("Comment", {"reference_name": plan.name, "content": ("like", f"%{doc.name}%")})


# ---------------------------------------------------------------- cancelled and amended


def test_cancelling_drops_what_nobody_has_begun(account, plan):
	planned = str(p.reload(plan).next_review)
	doc = review(account, decisions=[decision(), decision("Begun"), decision("Over")])
	doc.submit()
	doc.reload()
	untouched, begun, over = (frappe.get_doc("Key Account Action", row.action) for row in doc.decisions)
	begun.update({"status": "In Progress", "progress": 20})
	begun.save()
	over.update({"status": "Done", "result": "Agreed."})
	over.save()
	doc.cancel()
	untouched.reload()
	assert (untouched.status, doc.name in untouched.result) == ("Dropped", True)
	assert begun.reload().status == "In Progress"
	assert over.reload().status == "Done"
	assert str(p.reload(plan).next_review) == planned


def test_amending_makes_no_second_action(account, plan):
	doc = review(account, decisions=[decision(), decision("Begun")])
	doc.submit()
	doc.reload()
	actions = [row.action for row in doc.decisions]
	frappe.get_doc("Key Account Action", actions[1]).update({"status": "In Progress"}).save()
	amended = b.amend(doc, submit=False)
	amended.decisions[0].due = "2019-09-30"
	amended.append("decisions", decision("New"))
	amended.submit()
	amended.reload()
	assert [row.action for row in amended.decisions][:2] == actions
	assert frappe.db.count("Key Account Action", {"key_account": account}) == 3
	first = frappe.get_doc("Key Account Action", actions[0])
	assert (first.status, str(first.end_date), first.origin_name) == ("Planned", "2019-09-30", amended.name)
	assert frappe.db.get_value("Key Account Action", actions[1], "status") == "In Progress"


def test_a_review_follows_its_plan_to_the_new_version(account, plan):
	draft, held = review(account), review(account, review_date="2019-06-01")
	held.submit()
	version = new_version(plan)
	draft.reload()
	assert draft.plan == version.name
	draft.save()
	draft.submit()
	assert b.amend(held, submit=False).plan == version.name


def test_a_plan_with_reviews_can_be_cancelled(account, plan):
	held = review(account)
	held.submit()
	p.press(plan, "Cancel Plan", DIRECTOR)
	assert p.reload(plan).status == "Cancelled"
	assert b.amend(held, submit=False).plan is None


# ---------------------------------------------------------------- who may do what


def test_who_may_do_what(account, as_user):
	doc = review(account)
	expected = {
		MANAGER: {"read", "write", "create", "submit", "cancel"},
		COORDINATOR: {"read", "write", "create"},
		DIRECTOR: {"read", "write", "create", "submit", "cancel"},
		SPONSOR: {"read"},
		READER: {"read"},
		OUTSIDER: set(),
	}
	for user, rights in expected.items():
		with as_user(user):
			found = {
				right
				for right in ("read", "write", "create", "submit", "cancel")
				if frappe.has_permission(doc.doctype, right, doc=doc)
			}
			assert bool(frappe.get_list(doc.doctype, {"name": doc.name})) == bool(rights), user
		assert found == rights, user


def test_a_manager_holds_his_review_from_beginning_to_end(account, plan, as_user):
	with as_user(MANAGER):
		doc = review(account, decisions=[decision(responsible=COORDINATOR)])
		refresh_figures(doc.name)
		doc.reload()
		doc.submit()
	assert frappe.db.get_value("Key Account Action", doc.decisions[0].action, "responsible") == COORDINATOR


def test_outsiders_and_readers_refresh_nothing(account, as_user):
	doc = review(account)
	for user in (OUTSIDER, READER, SPONSOR):
		for call in (refresh_figures, add_open_actions):
			with as_user(user), pytest.raises(frappe.PermissionError):
				call(doc.name)


def test_a_review_for_a_hidden_account_is_refused(account, as_user):
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		review(account)


def test_judgements_about_people_are_hidden_from_readers(account, as_user):
	doc = review(account, relationship="2 Poor", relationship_note="Mr X blocks us.")
	with as_user(READER):
		seen = frappe.get_doc(doc.doctype, doc.name)
		seen.apply_fieldlevel_read_permissions()
		assert not seen.get("relationship") and not seen.get("relationship_note")
	with as_user(MANAGER):
		seen = frappe.get_doc(doc.doctype, doc.name)
		seen.apply_fieldlevel_read_permissions()
		assert seen.relationship == "2 Poor"


def test_the_calendar_of_reviews_shows_what_the_reader_may_see(account, as_user):
	from frappe.desk.calendar import get_events

	doc = review(account)
	field_map = json.dumps({"start": "review_date", "end": "review_date", "title": "title", "id": "name"})

	def names():
		return {row.name for row in get_events(doc.doctype, "2019-06-15", "2019-07-15", field_map)}

	with as_user(MANAGER):
		assert doc.name in names()
	with as_user(OUTSIDER):
		assert doc.name not in names()
