"""Fifty people press the same button at once: one outcome, a clear word for the others, and no deadlock shown to anybody.

Each of them sends a real request through Frappe's own application, in a thread with a connection of its own.
"""

import json
import threading
from collections import Counter
from dataclasses import dataclass

import frappe
import frappe.app
import pytest
from frappe.utils import add_days, getdate, nowdate
from frappe.utils.password import set_encrypted_password
from werkzeug.test import Client

from kam_erpnext import alarms
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import incentive_builders as i
from tests.site import pipeline_builders as pipe
from tests.site import plan_builders as p
from tests.site import power_map_builders as m
from tests.site import test_alarms as t
from tests.site.test_nomination import new_nomination

pytestmark = [
	pytest.mark.commits,
	pytest.mark.skipif(
		(frappe_session.facts().get("database") or {}).get("kind") != "mariadb",
		reason="Frappe on PostgreSQL answers people who write at once with an error of the database",
	),
]
PEOPLE = 50
SECRET = "not-a-secret"
# Frappe's own answer, with a sentence, when a document is deleted that somebody is saving
FRAPPE_DELETES = "QueryTimeoutError"
AUTHOR, DIRECTOR, SECOND = p.MANAGER, p.DIRECTOR, p.SECOND
PAYER = i.PAYER


@pytest.fixture(scope="module", autouse=True)
def site(site_connection):
	"""People with keys, and one account; the whole site is put back at the end."""
	point = frappe_session.SitePoint()
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	for user in (AUTHOR, DIRECTOR, SECOND, p.SPONSOR, PAYER, c.MANAGER, c.DIRECTOR):
		b.ensure_user(user, {**p.PEOPLE, **c.PEOPLE, **i.PEOPLE}[user])
		frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
		give_key(user)
	give_key("Administrator")
	frappe.db.commit()
	yield
	point.return_to()


def give_key(user):
	frappe.db.set_value("User", user, "api_key", frappe.scrub(user).replace(".", "_"))
	set_encrypted_password("User", user, SECRET, "api_secret")


@pytest.fixture(autouse=True)
def application(monkeypatch, harness):
	monkeypatch.setattr(frappe.app, "_site", harness["site"])
	monkeypatch.setattr(frappe.app, "_sites_path", harness["sites"])


@pytest.fixture
def account():
	name = b.make_customer(f"Crowded {frappe.generate_hash(length=5)}").name
	return p.make_team_account(customers=[name])


# ---------------------------------------------------------------- the crowd


@dataclass
class Answer:
	"""What one of them was told."""

	status: int
	kind: str
	text: str

	@property
	def fine(self):
		return self.status == 200

	@property
	def clear(self):
		"""Done, or refused with a word for the user instead of an error of the server."""
		refused = 400 <= self.status < 500 or self.kind == FRAPPE_DELETES
		return self.fine or bool(refused and self.text)


def ask(method, user, **values):
	"""One request as the desk sends it."""
	response = Client(frappe.app.application).post(
		f"/api/method/{method}",
		json=values,
		headers={
			"Authorization": f"token {frappe.scrub(user).replace('.', '_')}:{SECRET}",
			"Accept": "application/json",
		},
		buffered=True,
	)
	body = response.get_json(silent=True) or {}
	told = [
		str(json.loads(line).get("message", "")) for line in json.loads(body.get("_server_messages") or "[]")
	]
	response.close()
	return Answer(
		response.status_code, body.get("exc_type") or "", " ".join(told) or body.get("exception") or ""
	)


def at_once(requests):
	"""Sends all requests at the same moment. Returns the answers in their order."""
	frappe.db.commit()
	answers, barrier = [None] * len(requests), threading.Barrier(len(requests))

	def send(place, request):
		barrier.wait(60)
		answers[place] = ask(*request[:2], **request[2])

	threads = [
		threading.Thread(target=send, args=(place, request), daemon=True)
		for place, request in enumerate(requests)
	]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(240)
	frappe.db.rollback()
	assert all(answers), "somebody got no answer"
	bad = Counter((answer.status, answer.kind, answer.text[:300]) for answer in answers if not answer.clear)
	assert not bad, bad
	return answers


def crowd(method, *users, **values):
	"""The same request of fifty people."""
	return at_once([(method, users[place % len(users)], values) for place in range(PEOPLE)])


def one_of(answers, kind="TimestampMismatchError"):
	"""One did it, the others were told why not."""
	others = [answer for answer in answers if not answer.fine]
	assert len(answers) - len(others) == 1, Counter((answer.status, answer.text) for answer in answers)
	assert {answer.kind for answer in others} <= {kind, "WorkflowTransitionError", "ValidationError"}


def form(doc, **changes):
	"""The document as a form sends it."""
	return json.dumps({**json.loads(frappe.as_json(frappe.get_doc(doc.doctype, doc.name))), **changes})


def press(doc, action, *users):
	return crowd("frappe.model.workflow.apply_workflow", *users, doc=form(doc), action=action)


def save_all(doc, field, values=lambda place: f"Edit {place}"):
	"""Fifty people have the same form open and save it, each with a word of his own."""
	name = "frappe.desk.form.save.savedocs"
	return at_once(
		[
			(name, "Administrator", {"doc": form(doc, **{field: values(place)}), "action": "Save"})
			for place in range(PEOPLE)
		]
	)


# ---------------------------------------------------------------- approvals


def test_a_plan_is_approved_once(account):
	plan = p.send_to_review(p.make_plan(account.name, by=AUTHOR), AUTHOR)
	one_of(press(plan, "Approve", DIRECTOR, SECOND))
	plan = p.reload(plan)
	assert (plan.docstatus, plan.status) == (1, "Approved")
	comments = {"reference_doctype": p.PLAN, "reference_name": plan.name, "comment_type": "Workflow"}
	assert frappe.db.count("Comment", {**comments, "content": "Approved"}) == 1


def test_of_two_plans_for_the_same_time_one_is_approved(account):
	"""Half of the people approve the one, half the other."""
	plans = [p.send_to_review(p.make_plan(account.name, by=AUTHOR), AUTHOR) for _number in range(2)]
	at_once(
		[
			(
				"frappe.model.workflow.apply_workflow",
				(DIRECTOR, SECOND)[place // 2 % 2],
				{"doc": form(plans[place % 2]), "action": "Approve"},
			)
			for place in range(PEOPLE)
		]
	)
	assert sorted(p.reload(plan).docstatus for plan in plans) == [0, 1]


def test_of_two_schemes_of_a_person_one_is_submitted():
	schemes = [
		i.make_scheme([c.MANAGER], submit=False, from_date="2017-01-01", to_date="2017-12-31") for _n in "ab"
	]
	answers = at_once(
		[
			(
				"frappe.desk.form.save.savedocs",
				PAYER,
				{"doc": form(schemes[place % 2]), "action": "Submit"},
			)
			for place in range(PEOPLE)
		]
	)
	assert sum(answer.fine for answer in answers) == 1
	assert frappe.db.count(i.STATEMENT, {"scheme": ("in", [scheme.name for scheme in schemes])}) == 1


def test_of_two_cycles_with_the_same_calls_one_is_approved():
	customer = b.make_customer("Crowded Calls").name
	start = add_days(c.next_monday(), 200)
	cycles = []
	for _number in range(2):
		cycle = c.make_cycle(c.MANAGER, start, overload_reason="Test")
		c.make_line(cycle, customer, calls=3)
		cycles.append(c.press_cycle(cycle, "Send to Review", cycle.owner))
	at_once(
		[
			(
				"frappe.model.workflow.apply_workflow",
				(c.DIRECTOR, SECOND)[place // 2 % 2],
				{"doc": form(cycles[place % 2]), "action": "Approve"},
			)
			for place in range(PEOPLE)
		]
	)
	assert sorted(c.reload_cycle(cycle).docstatus for cycle in cycles) == [0, 1]
	assert frappe.db.count("Customer Call", {"customer": customer}) == 3


def test_a_nomination_makes_one_account():
	customer = b.make_customer("Crowded Clinic").name
	with frappe_session.as_user(AUTHOR):
		nomination = new_nomination(customer).insert()
	one_of(press(nomination, "Confirm", DIRECTOR, SECOND))
	assert frappe.db.count("Key Account", {"account_name": "Crowded Clinic"}) == 1
	assert frappe.db.count("Key Account Customer", {"customer": customer}) == 1


def test_a_call_cycle_is_approved_once_and_makes_each_call_once():
	cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
	for number in range(3):
		c.make_line(cycle, calls=2 + number)
	cycle = c.press_cycle(cycle, "Send to Review", cycle.owner)
	one_of(press(cycle, "Approve", c.DIRECTOR, SECOND))
	assert c.reload_cycle(cycle).docstatus == 1
	assert len(c.calls_of(cycle)) == 9


def test_incentives_are_closed_once():
	scheme = i.make_scheme([AUTHOR, c.MANAGER])
	answers = crowd("kam_erpnext.api.incentives.close", PAYER, scheme=scheme.name, accept_unknown=True)
	assert all(answer.fine for answer in answers)  # closing what is closed changes nothing
	rows = frappe.get_all(i.STATEMENT, {"scheme": scheme.name}, ["status", "finalised_on"])
	assert {row.status for row in rows} == {"Final"}
	assert len({row.finalised_on for row in rows}) == 1


def test_a_gate_is_passed_once(account):
	idea = pipe.make_idea(account.name, 1000)
	modified, gate = str(idea.modified), idea.current_gate
	answers = crowd(
		"kam_erpnext.api.opportunities.pass_gate",
		"Administrator",
		opportunity=idea.name,
		gate=gate,
		evidence="Shown",
		modified=modified,
	)
	one_of(answers)
	passed = frappe.get_all("Key Account Opportunity Gate", {"parent": idea.name, "outcome": "Pass"})
	assert len(passed) == 1


# ---------------------------------------------------------------- edits


def test_one_edit_of_an_account_counts(account):
	one_of(save_all(account, "account_name"))


def test_one_edit_of_an_action_counts(account):
	action = make_action(account.name, "Send the offer", "Administrator", nowdate())
	one_of(save_all(action, "subject"))


def test_editors_of_a_power_map_lose_nothing(account):
	"""The form merges what others changed, or says that it could not."""
	doc = m.make_map(account, ["anna", "bert"])
	answers = save_all(doc, "title")
	assert any(answer.fine for answer in answers)
	assert len(frappe.get_doc(m.MAP, doc.name).people) == 2


def test_one_cell_has_one_wallet(account):
	"""Of those who found the cell empty one makes it; the others change what he made, or are told."""
	pipe.ensure_items()
	name = "kam_erpnext.api.whitespace.save_estimate"
	at_once(
		[
			(
				name,
				"Administrator",
				{
					"key_account": account.name,
					"item_group": pipe.WIRES,
					"year": getdate().year,
					"company": b.COMPANY,
					"values": {"wallet": 1000 + place},
				},
			)
			for place in range(PEOPLE)
		]
	)
	(row,) = frappe.get_all("Key Account Wallet", {"key_account": account.name}, ["wallet"])
	assert 1000 <= row.wallet < 1000 + PEOPLE


def test_alarms_are_muted_in_any_order(account):
	frappe.db.delete(alarms.RULE)
	made = t.rule(alarms.OVERDUE_ACTIONS, 1, 0)
	accounts = [account, *(t.account(f"Crowded {number}") for number in range(3))]
	for doc in accounts:
		make_action(doc.name, "Send the offer", AUTHOR, "2019-11-01")
	t.night(*accounts)
	names = frappe.get_all(alarms.ALARM, {"rule": made.name}, pluck="name")
	assert len(names) == 4
	until = str(add_days(nowdate(), 10))
	at_once(
		[
			(
				"kam_erpnext.api.alarms.mute",
				"Administrator",
				{"alarms": names if place % 2 else names[::-1], "until": until, "reason": f"Known {place}"},
			)
			for place in range(PEOPLE)
		]
	)
	rows = frappe.get_all(alarms.ALARM, {"name": ("in", names)}, ["status", "mute_reason"])
	assert {row.status for row in rows} == {"Muted"}
	assert len({row.mute_reason for row in rows}) == 1  # all or none of them are of one person


# ---------------------------------------------------------------- deletions


@pytest.mark.parametrize("doctype", ["Key Account", "Key Account Action", "Key Account Wallet"])
def test_a_document_is_deleted_once_while_others_edit_it(account, doctype):
	doc = account
	if doctype == "Key Account Action":
		doc = make_action(account.name, "Send the offer", "Administrator", nowdate())
	elif doctype == "Key Account Wallet":
		pipe.ensure_items()
		doc = frappe.get_doc(
			{
				"doctype": doctype,
				"key_account": account.name,
				"item_group": pipe.PUMPS,
				"year": getdate().year,
				"company": b.COMPANY,
				"wallet": 10,
			}
		).insert()
	sent = form(doc)
	edit = ("frappe.desk.form.save.savedocs", "Administrator", {"doc": sent, "action": "Save"})
	delete = ("frappe.client.delete", "Administrator", {"doctype": doctype, "name": doc.name})
	answers = at_once([delete if place % 2 else edit for place in range(PEOPLE)])
	deleted = sum(answer.fine for answer in answers[1::2])
	edited = sum(answer.fine for answer in answers[::2])
	assert deleted <= 1 and edited <= 1
	assert bool(frappe.db.exists(doctype, doc.name)) == (not deleted)
	# what is left of it can be deleted now
	if not deleted:
		frappe.delete_doc(doctype, doc.name)
		frappe.db.commit()


# ---------------------------------------------------------------- many documents of one account


def test_fifty_actions_of_one_account(account):
	answers = at_once(
		[
			(
				"frappe.client.insert",
				"Administrator",
				{
					"doc": {
						"doctype": "Key Account Action",
						"key_account": account.name,
						"subject": f"Action {place}",
						"responsible": AUTHOR,
						"end_date": nowdate(),
					}
				},
			)
			for place in range(PEOPLE)
		]
	)
	assert all(answer.fine for answer in answers)
	assert frappe.db.count("Key Account Action", {"key_account": account.name}) == PEOPLE


def test_fifty_accounts_below_one(account):
	"""A tree is numbered anew with every account: all of them wait for each other."""
	level = frappe.get_all("Key Account Level", pluck="name", order_by="rank desc", limit=1)[0]
	at_once(
		[
			(
				"frappe.client.insert",
				"Administrator",
				{
					"doc": {
						"doctype": "Key Account",
						"account_name": f"Below {place} of {account.name}",
						"parent_key_account": account.name,
						"level": level,
						"status": "Active",
					}
				},
			)
			for place in range(PEOPLE)
		]
	)
	rows = frappe.get_all("Key Account", {"parent_key_account": account.name}, ["lft", "rgt"])
	top = frappe.db.get_value("Key Account", account.name, ["lft", "rgt"], as_dict=True)
	assert len(rows) == PEOPLE
	assert len({row.lft for row in rows} | {row.rgt for row in rows}) == 2 * PEOPLE
	assert all(top.lft < row.lft < row.rgt < top.rgt for row in rows)
