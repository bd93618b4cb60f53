"""Plans, their templates and the steps of their workflow for tests. Everything is undone with the test."""

import contextlib

import frappe
from frappe.model.workflow import apply_workflow

from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account

PLAN, TEMPLATE = "Key Account Plan", "Key Account Plan Template"
# roles of the people of `PEOPLE`
PEOPLE = {
	"plan.manager@example.com": ["Key Account Manager", "Sales User"],
	"plan.director@example.com": ["Key Account Director", "Sales User"],
	"plan.second@example.com": ["Key Account Director", "Sales User"],
	"plan.sponsor@example.com": ["Executive Sponsor"],
	"plan.outsider@example.com": ["Key Account Manager", "Sales User"],
	"plan.reader@example.com": ["KAM Reader"],
	"plan.operations@example.com": ["KAM Administrator"],
}
MANAGER, DIRECTOR, SECOND, SPONSOR, OUTSIDER, READER, OPERATIONS = PEOPLE


@contextlib.contextmanager
def lasting_people(more=None):
	"""The people of `PEOPLE` for the tests of a module; they get notifications in the desk, no emails.

	A muted site without an Email Account fails to make an email in Frappe 15.
	"""
	people = {**PEOPLE, **(more or {})}
	with lasting_users(people):
		for user in people:
			frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
		frappe.db.commit()
		yield


@b.as_administrator
def make_template(name=None, blocks=("Summary", "Objectives", "Targets"), **fields):
	"""A template. `blocks` are names of required blocks, or rows; tables may be given as fields."""
	rows = [row if isinstance(row, dict) else {"block": row, "required": 1} for row in blocks]
	values = {"period_type": "Calendar Year", "review_every": "Quarter", **fields}
	return frappe.get_doc(
		{
			"doctype": TEMPLATE,
			"template_name": name or f"Test Template {frappe.generate_hash(length=6)}",
			"blocks": rows,
			**values,
		}
	).insert()


def complete_fields(due="2019-12-31", responsible=None, amount=1200, item_group=None):
	"""Values that fill the three blocks of `make_template`."""
	return {
		"situation": "We deliver a third of what they need.",
		"strategy": "Become the preferred supplier.",
		"value_promise": "Fewer stops of their line.",
		"objectives": [
			{
				"objective": "Deliver on time",
				"unit": "percent",
				"target": 98,
				"due": due,
				"responsible": responsible or frappe.session.user,
				"weight": 100,
			}
		],
		"targets": [{"item_group": item_group, "amount": amount}],
	}


def make_plan(account=None, by=None, template=None, complete=True, from_date="2019-01-01", **fields):
	"""A draft plan of `account` (a name), made by the user `by`; for the year 2019 unless told otherwise.

	With `complete` it can be sent to review as it is.
	"""
	account = account or make_account(f"Planned {frappe.generate_hash(length=6)}").name
	template = template or make_template().name
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		values = complete_fields(due=frappe.utils.add_days(from_date, 20)) if complete else {}
		return frappe.get_doc(
			{
				"doctype": PLAN,
				"key_account": account,
				"template": template,
				"company": b.COMPANY,
				"period_type": "Calendar Year",
				"from_date": from_date,
				**values,
				**fields,
			}
		).insert()


def make_team_account(name=None, customers=(), **fields):
	"""An account whose manager, director and sponsor are MANAGER, DIRECTOR and SPONSOR, who must exist."""
	people = {
		"key_account_manager": MANAGER,
		"key_account_director": DIRECTOR,
		"executive_sponsor": SPONSOR,
	}
	return make_account(
		name or f"Planned {frappe.generate_hash(length=6)}", customers=customers, **{**people, **fields}
	)


def reload(plan):
	return frappe.get_doc(PLAN, plan if isinstance(plan, str) else plan.name)


def press(plan, action, by=None):
	"""Press a button of the workflow as the user `by`. Returns the plan as stored afterwards."""
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		apply_workflow(reload(plan), action)
	return reload(plan)


def send_to_review(plan, by=None):
	return press(plan, "Send to Review", by)


def approve(plan, by, sender=None):
	"""Send the draft to review (as its author, unless told otherwise) and approve it as `by`."""
	plan = reload(plan)
	if plan.status == "Draft":
		plan = send_to_review(plan, sender or plan.prepared_by)
	return press(plan, "Approve", by)


def reject(plan, by, reason="The targets are too low."):
	with frappe_session.as_user(by):
		document = reload(plan)
		document.rejection_reason = reason
		document.save()
	return press(plan, "Reject", by)


def start(plan, by=None):
	return press(plan, "Start", by)


def close(plan, by=None, note="Reached what we wanted."):
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		document = reload(plan)
		document.closing_note = note
		document.save()
	return press(plan, "Close", by)


def make_approved_plan(account=None, author=MANAGER, approver=DIRECTOR, **fields):
	"""A plan in force; account and people must exist."""
	return approve(make_plan(account, by=author, **fields), approver)
