"""Who sees plans, actions and business reviews: they follow their account; an action is also seen by those who do it."""

import frappe
import pytest
from frappe.desk.reportview import get_count
from frappe.utils import add_days, nowdate

from kam_erpnext.api import actions, budget, measures, plan, reviews
from kam_erpnext.data import permissions
from kam_erpnext.setup.roles import ROLES
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account
from tests.site.plan_builders import make_plan

PLAN, ACTION, REVIEW = "Key Account Plan", "Key Account Action", "Key Account Business Review"

ADMINISTRATOR, DIRECTOR, MANAGER, COORDINATOR, SPONSOR, READER = (
	f"planning.{role.split()[-1].lower()}@example.com" for role in ROLES
)
USERS = {
	user: [role]
	for user, role in zip(
		(ADMINISTRATOR, DIRECTOR, MANAGER, COORDINATOR, SPONSOR, READER), ROLES, strict=True
	)
}
HELPER = "planning.helper@example.com"
USERS[HELPER] = ["Key Account Coordinator"]
SELLER = "planning.seller@example.com"
USERS[SELLER] = ["Sales User"]
PROGRAMME = (ADMINISTRATOR, DIRECTOR, READER)
TEAM = (MANAGER, COORDINATOR, SPONSOR)


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(USERS):
		yield


class World:
	"""Accounts Group > Branch, and Other; each with a plan, an action and a business review."""

	def __init__(self):
		self.south = b.ensure_territory("Planning South")
		self.customers = {
			"group": b.make_customer("Planning Group").name,
			"branch": b.make_customer("Planning Branch").name,
			"other": b.make_customer("Planning Other", self.south).name,
		}
		self.accounts = {
			"group": make_account("Planning Group", [self.customers["group"]], level="Global").name
		}
		self.accounts["branch"] = make_account(
			"Planning Branch", [self.customers["branch"]], parent=self.accounts["group"]
		).name
		self.accounts["other"] = make_account("Planning Other", [self.customers["other"]]).name
		self.documents = {PLAN: {}, ACTION: {}, REVIEW: {}}
		for key, account in self.accounts.items():
			self.documents[PLAN][key] = make_plan(account).name
			self.documents[ACTION][key] = make_action(account, f"Action of {key}").name
			self.documents[REVIEW][key] = make_review(account).name

	def of(self, doctype, *keys):
		return {self.documents[doctype][key] for key in keys}

	def join(self, user, key):
		account = frappe.get_doc("Key Account", self.accounts[key])
		account.append("team", {"user": user})
		account.save()


@b.as_administrator
def make_action(account, subject, **fields):
	return frappe.get_doc(
		{
			"doctype": ACTION,
			"key_account": account,
			"subject": subject,
			"responsible": "Administrator",
			"start_date": nowdate(),
			"end_date": add_days(nowdate(), 10),
			**fields,
		}
	).insert()


@b.as_administrator
def make_review(account, **fields):
	return frappe.get_doc(
		{"doctype": REVIEW, "key_account": account, "company": b.COMPANY, "review_date": nowdate(), **fields}
	).insert()


@pytest.fixture
def world():
	return World()


def assert_sees(world, doctype, *keys):
	"""List, form and count agree on the documents of the world."""
	mine = set(world.documents[doctype].values())
	expected = world.of(doctype, *keys)
	assert set(frappe.get_list(doctype, pluck="name", limit_page_length=0)) & mine == expected
	assert {name for name in mine if frappe.get_doc(doctype, name).has_permission("read")} == expected
	frappe.local.form_dict = frappe._dict(
		doctype=doctype, filters=frappe.as_json([["name", "in", sorted(mine)]]), fields="[]", distinct="false"
	)
	assert get_count() == len(expected)


@pytest.mark.parametrize("doctype", [PLAN, ACTION, REVIEW])
def test_the_programme_roles_see_every_account(world, as_user, doctype):
	for user in PROGRAMME:
		with as_user(user):
			assert_sees(world, doctype, "group", "branch", "other")


@pytest.mark.parametrize("doctype", [PLAN, ACTION, REVIEW])
def test_the_others_see_those_of_their_accounts_and_below(world, as_user, doctype):
	for user in TEAM:
		with as_user(user):
			assert_sees(world, doctype)
	world.join(MANAGER, "group")
	world.join(COORDINATOR, "branch")
	world.join(SPONSOR, "other")
	for user, keys in ((MANAGER, ("group", "branch")), (COORDINATOR, ("branch",)), (SPONSOR, ("other",))):
		with as_user(user):
			assert_sees(world, doctype, *keys)


@pytest.mark.parametrize("doctype", [PLAN, ACTION, REVIEW])
def test_user_permissions_fence_the_accounts(world, as_user, doctype):
	b.allow_only(DIRECTOR, "Territory", world.south)
	with as_user(DIRECTOR):
		assert_sees(world, doctype, "other")


@pytest.mark.parametrize("doctype", [PLAN, ACTION, REVIEW])
def test_without_a_role_nothing_is_seen(world, as_user, doctype):
	with as_user(SELLER):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
		assert not frappe.get_doc(doctype, world.documents[doctype]["other"]).has_permission("read")


def test_an_action_is_seen_by_those_who_do_it_and_nothing_else(world, as_user):
	mine = make_action(world.accounts["other"], "Responsible", responsible=HELPER)
	helping = make_action(world.accounts["other"], "Helping", helpers=[{"user": HELPER}])
	with as_user(HELPER):
		assert set(frappe.get_list(ACTION, pluck="name")) == {mine.name, helping.name}
		assert frappe.get_doc(ACTION, helping.name).has_permission("write")
		assert not frappe.get_list(PLAN) and not frappe.get_list(REVIEW)
		assert not frappe.get_doc("Key Account", world.accounts["other"]).has_permission("read")


@pytest.mark.parametrize("doctype", [PLAN, ACTION, REVIEW])
def test_nobody_makes_one_for_an_account_he_does_not_see(world, as_user, doctype):
	world.join(MANAGER, "branch")
	source = frappe.copy_doc(frappe.get_doc(doctype, world.documents[doctype]["other"]))
	with as_user(MANAGER), pytest.raises(frappe.PermissionError):
		source.insert()


def test_readers_of_the_programme_change_nothing(world, as_user):
	for user in (READER, SPONSOR):
		with as_user(user):
			document = frappe.get_doc(PLAN, world.documents[PLAN]["other"])
			assert not document.has_permission("create")
	with as_user(READER):
		for doctype in (PLAN, ACTION, REVIEW):
			document = frappe.get_doc(doctype, world.documents[doctype]["other"])
			document.title = document.subject = "Changed"
			with pytest.raises(frappe.PermissionError):
				document.save()


def test_rows_are_listed_for_visible_documents_only(world, as_user):
	world.join(MANAGER, "branch")
	for doctype, table in (
		(PLAN, "Key Account Plan Block"),
		(REVIEW, "Key Account Review Figure"),
	):
		names = world.documents[doctype]
		everything = frappe.get_all(table, {"parenttype": doctype}, pluck="parent")
		assert set(names.values()) <= set(everything), f"every {doctype} has rows in {table}"
		with as_user(MANAGER):
			rows = frappe.get_list(
				table, {"parenttype": doctype}, ["parent"], parent_doctype=doctype, limit_page_length=0
			)
			assert {row.parent for row in rows} == {names["branch"]}


def test_rows_of_templates_are_open_to_the_programme(world, as_user):
	with as_user(MANAGER):
		rows = frappe.get_list(
			"Key Account Plan Block", fields=["parenttype"], parent_doctype="Key Account Plan Template"
		)
	assert rows and {row.parenttype for row in rows} == {"Key Account Plan Template"}


@pytest.mark.parametrize(
	"doctype, field", [(PLAN, "people_notes"), (REVIEW, "relationship_note"), (REVIEW, "relationship")]
)
def test_judgements_about_people_are_hidden_from_readers(world, as_user, doctype, field):
	name = world.documents[doctype]["other"]
	value = "4 Good" if field == "relationship" else "Prefers a competitor"
	frappe.get_doc(doctype, name).db_set(field, value)
	with as_user(DIRECTOR):
		document = frappe.get_doc(doctype, name)
		document.apply_fieldlevel_read_permissions()
		assert document.get(field) == value
	with as_user(READER):
		document = frappe.get_doc(doctype, name)
		document.apply_fieldlevel_read_permissions()
		assert not document.get(field)
		assert field not in (frappe.get_list(doctype, {"name": name}, [field, "name"])[0])


def test_every_table_of_the_planning_doctypes_is_fenced():
	for doctype in (PLAN, ACTION, REVIEW):
		tables = {df.options for df in frappe.get_meta(doctype).get_table_fields()}
		assert tables == set(permissions.TABLES[doctype])


# ---------------------------------------------------------------- endpoints

READING, WRITING = "read", "write"


def endpoints(world, key):
	"""Every endpoint of planning with arguments about one account, and what it needs."""
	names = {doctype: documents[key] for doctype, documents in world.documents.items()}
	of_plan = {"plan": names[PLAN]}
	return {
		plan.figures: (READING, of_plan),
		plan.difference: (READING, of_plan),
		plan.in_force: (READING, {"key_account": world.accounts[key]}),
		budget.documents: (READING, of_plan),
		plan.prefill: (WRITING, of_plan),
		plan.refresh: (WRITING, of_plan),
		plan.new_version: (WRITING, of_plan),
		plan.check_step: (READING, {**of_plan, "action": "Approve"}),
		actions.create_task: (WRITING, {"action": names[ACTION]}),
		reviews.refresh_figures: (WRITING, {"review": names[REVIEW]}),
		reviews.add_open_actions: (WRITING, {"review": names[REVIEW]}),
	}


# these answer with what the caller may see instead of refusing
NOT_ABOUT_ONE_ACCOUNT = {plan.templates, actions.calendar, budget.lines, measures.report_columns}


def attempt(function, arguments):
	"""Whether the caller may ask; a refusal for another reason, such as the state of the document, counts as yes."""
	frappe.db.savepoint("attempt")
	try:
		function(**arguments)
	except frappe.PermissionError:
		return False
	except frappe.ValidationError:
		return True
	finally:
		frappe.db.rollback(save_point="attempt")
	return True


def test_every_endpoint_of_planning_is_asked_about(world):
	known = set(endpoints(world, "other")) | NOT_ABOUT_ONE_ACCOUNT
	for module in (plan, actions, budget, measures, reviews):
		for name, function in vars(module).items():
			if getattr(function, "__module__", "") == module.__name__ and function in frappe.whitelisted:
				assert function in known, f"{module.__name__}.{name}"


def test_endpoints_of_planning_answer_the_team_and_the_programme_only(world, as_user):
	world.join(MANAGER, "branch")
	frappe.get_doc("User", MANAGER).add_roles("Projects User")  # who may make tasks in ERPNext
	for function, (need, arguments) in endpoints(world, "branch").items():
		with as_user(MANAGER):
			assert attempt(function, arguments), function.__name__
		with as_user(READER):
			assert attempt(function, arguments) == (need == READING), function.__name__
	for function, (_need, arguments) in endpoints(world, "other").items():
		for user in (MANAGER, SELLER, "Guest"):
			with as_user(user):
				assert not attempt(function, arguments), (function.__name__, user)


def test_endpoints_without_an_account_show_what_the_caller_may_see(world, as_user):
	world.join(MANAGER, "branch")
	span = {"doctype": ACTION, "start": nowdate(), "end": add_days(nowdate(), 30)}
	span["field_map"] = frappe.as_json({"start": "start_date", "end": "end_date", "title": "subject"})
	with as_user(MANAGER):
		shown = {event["name"] for event in actions.calendar(**span)}
		assert shown & set(world.documents[ACTION].values()) == world.of(ACTION, "branch")
		assert budget.lines(world.documents[PLAN]["other"]) == []
		assert plan.templates()
	for user in (SELLER, "Guest"):
		with as_user(user):
			assert budget.lines(world.documents[PLAN]["branch"]) == []
			for function, arguments in (
				(plan.templates, {}),
				(actions.calendar, span),
				(measures.report_columns, {"report": "Customer Ranking"}),
			):
				assert not attempt(function, arguments), function.__name__
