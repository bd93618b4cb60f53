"""Who sees calls, cycles and what is added up from them: each role by each door, lists, forms, rows, reports and endpoints.
A mark stands in everything of a customer; whoever may not see it finds it nowhere."""

import json

import frappe
import pytest
from frappe.desk import query_report, reportview
from frappe.desk.reportview import get_count
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import call_changes, call_cycles, call_sheet, calls
from kam_erpnext.data import permissions
from kam_erpnext.setup.roles import ROLES
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account

CALL, CYCLE, LINE, RULE, CALENDAR = (
	"Customer Call",
	"Call Cycle",
	"Call Cycle Line",
	"Call Frequency Rule",
	"Call Calendar",
)

ADMINISTRATOR, DIRECTOR, MANAGER, COORDINATOR, SPONSOR, READER = USERS_OF_ROLES = tuple(
	f"calls.{role.split()[-1].lower()}@example.com" for role in ROLES
)
COLLEAGUE, SELLER = "calls.colleague@example.com", "calls.seller@example.com"
USERS = {user: [role] for user, role in zip(USERS_OF_ROLES, ROLES, strict=True)}
# both also work with all customers in ERPNext
USERS[MANAGER] = ["Key Account Manager", "Sales User"]
USERS[COLLEAGUE] = ["Key Account Manager", "Sales User"]
USERS[SELLER] = ["Sales User"]
PROGRAMME = (ADMINISTRATOR, DIRECTOR, READER)
KEYS = ("mine", "team", "other", "loose")

# doctype: what each role may do; a letter each for read, write, create, delete
RIGHTS = {
	CALL: ("rwcd", "rwcd", "rwc", "rwc", "r", "r"),
	CYCLE: ("rwcd", "rwcd", "rwc", "rwc", "r", "r"),
	LINE: ("rwcd", "rwcd", "rwc", "rwc", "r", "r"),
	RULE: ("rwcd", "rwc", "r", "r", "r", "r"),
}


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(USERS):
		yield


class World:
	"""A colleague calls on the customers of two accounts and on a loose one, the manager on one of his own.

	mine: without an account, called on by the manager; team: account whose team he joins; other: account of others;
	loose: without an account, called on by the colleague.
	"""

	def __init__(self):
		self.south = b.ensure_territory("Calls South")
		self.customers = {
			key: b.make_customer(f"Zq{key} Customer", self.south if key == "other" else None).name
			if key == "other"
			else b.make_customer(f"Zq{key} Customer").name
			for key in KEYS
		}
		self.accounts = {
			key: make_account(f"Zq{key} Account", [self.customers[key]]).name for key in ("team", "other")
		}
		callers = dict.fromkeys(KEYS, COLLEAGUE) | {"mine": MANAGER}
		self.contacts = {key: self.contact(key) for key in KEYS}
		self.names = {CALL: {key: self.call(key, user) for key, user in callers.items()}}

	def contact(self, key):
		return (
			frappe.get_doc(
				{
					"doctype": "Contact",
					"first_name": f"Zq{key}",
					"links": [{"link_doctype": "Customer", "link_name": self.customers[key]}],
				}
			)
			.insert()
			.name
		)

	def call(self, key, user, **fields):
		return (
			frappe.get_doc(
				{
					"doctype": CALL,
					"customer": self.customers[key],
					"method": "Visit",
					"user": user,
					"planned_on": add_days(nowdate(), 3),
					"objective": f"Zq{key} objective",
					"contacts": [{"contact": self.contacts[key]}],
					"products": [{"item_group": "All Item Groups", "note": f"Zq{key} product"}],
					"remarks": [{"remark": f"Zq{key} remark"}],
					"follow_ups": [{"subject": f"Zq{key} follow-up"}],
					**fields,
				}
			)
			.insert()
			.name
		)

	def of(self, doctype, *keys):
		return {self.names[doctype][key] for key in keys}

	def join(self, user, key):
		account = frappe.get_doc("Key Account", self.accounts[key])
		account.append("team", {"user": user})
		account.save()


@pytest.fixture
def world():
	return World()


def marks(answer):
	"""Customers of which anything stands in an answer."""
	text = json.dumps(answer, default=str)
	return {key for key in KEYS if f"Zq{key}" in text}


def assert_sees(world, *keys, doctype=CALL):
	"""List, form, count, report view and rows of the tables agree."""
	names = world.names[doctype]
	mine, expected = set(names.values()), world.of(doctype, *keys)
	assert set(frappe.get_list(doctype, pluck="name", limit_page_length=0)) & mine == expected
	assert {name for name in mine if frappe.get_doc(doctype, name).has_permission("read")} == expected
	filters = frappe.as_json([["name", "in", sorted(mine)]])
	frappe.local.form_dict = frappe._dict(doctype=doctype, filters=filters, fields="[]", distinct="false")
	assert get_count() == len(expected)
	frappe.local.form_dict = frappe._dict(
		doctype=doctype,
		filters=filters,
		fields=json.dumps(["name", "title", "customer_name"]),
		start=0,
		page_length=100,
	)
	assert marks(reportview.get()) == set(keys)
	for table in permissions.TABLES.get(doctype, ()):
		rows = frappe.get_list(
			table, {"parenttype": doctype}, ["parent"], parent_doctype=doctype, limit_page_length=0
		)
		assert {row.parent for row in rows} & mine == expected, table


# ---------------------------------------------------------------- rights of the roles


@pytest.mark.parametrize("doctype", RIGHTS)
def test_rights_of_each_role(as_user, doctype):
	for user, rights in zip(USERS_OF_ROLES, RIGHTS[doctype], strict=True):
		with as_user(user):
			for letter, right in zip("rwcd", ("read", "write", "create", "delete"), strict=True):
				assert frappe.has_permission(doctype, right) == (letter in rights), (user, right)
	for user in (SELLER, "Guest"):
		with as_user(user):
			assert not frappe.has_permission(doctype, "read")


def test_every_doctype_of_calls_is_asked_about():
	made = set(frappe.get_all("DocType", {"module": "KAM ERPNext", "istable": 0}, pluck="name"))
	assert {name for name in made if "Call" in name} - {CALENDAR} == set(RIGHTS)


# ---------------------------------------------------------------- calls


def test_a_manager_sees_own_calls_and_those_of_his_accounts(world, as_user):
	with as_user(MANAGER):
		assert_sees(world, "mine")
	world.join(MANAGER, "team")
	with as_user(MANAGER):
		assert_sees(world, "mine", "team")
	with as_user(COLLEAGUE):
		assert_sees(world, "team", "other", "loose")


def test_directors_operations_and_readers_see_the_calls_of_all(world, as_user):
	for user in PROGRAMME:
		with as_user(user):
			assert_sees(world, *KEYS)


def test_a_coordinator_or_sponsor_sees_those_of_his_accounts(world, as_user):
	for user in (COORDINATOR, SPONSOR):
		with as_user(user):
			assert_sees(world)
		world.join(user, "other")
		with as_user(user):
			assert_sees(world, "other")


def test_whoever_comes_along_sees_the_call(world, as_user):
	call = frappe.get_doc(CALL, world.names[CALL]["other"])
	call.accompanied_by = COORDINATOR
	call.save()
	with as_user(COORDINATOR):
		assert_sees(world, "other")


def test_user_permissions_fence_calls(world, as_user):
	b.allow_only(DIRECTOR, "Customer", world.customers["other"])
	with as_user(DIRECTOR):
		assert_sees(world, "other")


def test_without_a_role_nothing_is_seen(world, as_user):
	for user in (SELLER, "Guest"):
		with as_user(user):
			with pytest.raises(frappe.PermissionError):
				frappe.get_list(CALL)
			for name in world.names[CALL].values():
				assert not frappe.get_doc(CALL, name).has_permission("read")


def test_nobody_plans_or_moves_a_call_to_a_customer_he_may_not_see(world, as_user):
	b.allow_only(MANAGER, "Customer", world.customers["mine"])
	with as_user(MANAGER):
		with pytest.raises(frappe.PermissionError):
			world.call("other", MANAGER)
		call = frappe.get_doc(CALL, world.names[CALL]["mine"])
		call.customer = world.customers["other"]
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			call.save()


def test_readers_and_sponsors_change_nothing(world, as_user):
	world.join(SPONSOR, "other")
	for user in (READER, SPONSOR):
		with as_user(user):
			call = frappe.get_doc(CALL, world.names[CALL]["other"])
			call.objective = "Changed"
			with pytest.raises(frappe.PermissionError):
				call.save()
			with pytest.raises(frappe.PermissionError):
				call.delete()


def test_a_call_of_others_cannot_be_changed(world, as_user):
	with as_user(MANAGER):
		call = frappe.get_doc(CALL, world.names[CALL]["other"])
		call.objective = "Changed"
		with pytest.raises(frappe.PermissionError):
			call.save()
	assert frappe.db.get_value(CALL, world.names[CALL]["other"], "objective") == "Zqother objective"


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("doctype", [CALL, CYCLE])
def test_every_table_is_fenced(doctype):
	tables = {df.options for df in frappe.get_meta(doctype).get_table_fields()}
	assert tables == set(permissions.TABLES[doctype])
	hooks = frappe.get_hooks("permission_query_conditions")
	for table in tables:
		assert hooks[table] == ["kam_erpnext.data.permissions.row_query"]
		links = frappe.get_meta(table).get_link_fields()
		assert [field.fieldname for field in links if not field.ignore_user_permissions] == []


# ---------------------------------------------------------------- cycles and lines


def make_cycle(user, start=0, **fields):
	return frappe.get_doc(
		{
			"doctype": CYCLE,
			"user": user,
			"company": b.COMPANY,
			"from_date": add_days(getdate(), start),
			"to_date": add_days(getdate(), start + 27),
			"calls_per_day": 4,
			"hours_per_day": 8,
			"travel_share": 25,
			"office_share": 25,
			**fields,
		}
	).insert()


def test_cycles_are_those_of_the_person_and_of_who_prepares_them(world, as_user):
	with as_user(MANAGER):
		own = make_cycle(MANAGER).name
		prepared = make_cycle(COLLEAGUE, start=100).name
	with as_user(COLLEAGUE):
		others = make_cycle(COLLEAGUE).name
	cycles = {own, prepared, others}
	for user, expected in (
		(MANAGER, {own, prepared}),
		(COLLEAGUE, {prepared, others}),
		(COORDINATOR, set()),
		*((user, cycles) for user in PROGRAMME),
	):
		with as_user(user):
			assert set(frappe.get_list(CYCLE, pluck="name", limit_page_length=0)) & cycles == expected, user
			assert {name for name in cycles if frappe.get_doc(CYCLE, name).has_permission("read")} == expected


def test_lines_follow_their_cycle_and_their_customer(world, as_user):
	cycle = make_cycle(COLLEAGUE).name
	lines = {
		key: frappe.get_doc(
			{
				"doctype": LINE,
				"cycle": cycle,
				"customer": world.customers[key],
				"method": "Visit",
				"calls": 1,
				"override_reason": "Asked for",
			}
		)
		.insert(ignore_permissions=True)
		.name
		for key in ("other", "loose")
	}

	def listed():
		return set(frappe.get_list(LINE, pluck="name", limit_page_length=0)) & set(lines.values())

	with as_user(COLLEAGUE):
		assert listed() == set(lines.values())
	with as_user(MANAGER):
		assert listed() == set()
	b.allow_only(DIRECTOR, "Customer", world.customers["other"])
	with as_user(DIRECTOR):
		assert listed() == {lines["other"]}
		assert not frappe.get_doc(LINE, lines["loose"]).has_permission("read")


# ---------------------------------------------------------------- endpoints

READING, WRITING = "read", "write"


def endpoints(world, key):
	"""Every endpoint about one call or its customer, with arguments, and what it needs."""
	call = {"call": world.names[CALL][key]}
	day = str(add_days(nowdate(), 5))
	return {
		calls.prepared: (WRITING, {**call, "objective": "Changed"}),
		calls.report: (WRITING, {**call, "values": {"outcome": "Progress"}}),
		calls.move: (WRITING, {**call, "planned_on": day, "reason": "Asked for"}),
		calls.missed: (WRITING, {**call, "reason": "Nobody there"}),
		calls.cancel: (WRITING, {**call, "reason": "Not wanted"}),
		calls.reopen: (WRITING, call),
		calls.need_to_profile: (None, call),
		calls.plan: (
			WRITING,
			{"customer": world.customers[key], "method": "Visit", "planned_on": day},
		),
		call_sheet.sheet: (READING, call),
		call_sheet.gaps: (READING, call),
		call_sheet.set_objective: (WRITING, {**call, "objective": "Changed"}),
	}


# these answer with what the caller may see
FOR_EVERYBODY = {calls.day, calls.week, call_sheet.day, call_sheet.calendar}


def attempt(function, arguments):
	"""Whether the caller may ask; a refusal for another reason, such as the state of the call, counts as yes."""
	frappe.db.savepoint("attempt")
	try:
		function(**arguments)
	except frappe.PermissionError:
		return False
	except frappe.ValidationError:
		return True
	finally:
		frappe.db.rollback(save_point="attempt")
		frappe.local.document_cache = {}
	return True


def test_every_endpoint_is_asked_about(world):
	known = set(endpoints(world, "other")) | FOR_EVERYBODY
	for module in (calls, call_sheet):
		for name, function in vars(module).items():
			if getattr(function, "__module__", "") == module.__name__ and function in frappe.whitelisted:
				assert function in known, f"{module.__name__}.{name}"


def test_endpoints_answer_those_who_see_the_call(world, as_user):
	b.allow_only(MANAGER, "Customer", world.customers["team"])
	world.join(MANAGER, "team")
	for function, (need, arguments) in endpoints(world, "team").items():
		if need:
			with as_user(MANAGER):
				assert attempt(function, arguments), function.__name__
			with as_user(READER):
				assert attempt(function, arguments) == (need == READING), function.__name__
		with as_user(SPONSOR):
			assert not attempt(function, arguments), function.__name__
	for function, (_need, arguments) in endpoints(world, "other").items():
		for user in (MANAGER, SELLER, "Guest"):
			with as_user(user):
				assert not attempt(function, arguments), (function.__name__, user)
	assert frappe.db.get_value(CALL, world.names[CALL]["other"], "status") == "Planned"


@pytest.mark.parametrize("function", [calls.day, call_sheet.day], ids=["calls", "sheet"])
def test_the_day_of_a_colleague_holds_what_the_reader_may_see(world, as_user, function):
	day = str(add_days(nowdate(), 3))
	world.join(MANAGER, "team")
	with as_user(MANAGER):
		assert marks(function(day)) == {"mine"}
		assert marks(function(day, COLLEAGUE)) == {"team"}
	with as_user(COLLEAGUE):
		assert marks(function(day)) == {"team", "other", "loose"}
		assert marks(function(day, MANAGER)) == set()
	with as_user(READER):
		assert marks(function(day, COLLEAGUE)) == {"team", "other", "loose"}
	for user in (SELLER, "Guest"):
		with as_user(user):
			assert not attempt(function, {"day": day, "user": COLLEAGUE})


def test_the_calendar_holds_what_the_reader_may_see(world, as_user):
	days = (nowdate(), add_days(nowdate(), 10))
	world.join(MANAGER, "team")
	for user, customers in ((MANAGER, {"mine", "team"}), (READER, set(KEYS)), (COORDINATOR, set())):
		with as_user(user):
			assert marks(call_sheet.calendar(*days)) == customers
	for user in (SELLER, "Guest"):
		with as_user(user):
			assert not attempt(call_sheet.calendar, {"start": days[0], "end": days[1]})


def test_the_week_counts_what_the_reader_may_see(world, as_user):
	day = str(add_days(nowdate(), 3))

	def counted(user=None):
		return sum(row["calls"] for row in calls.week(day, user))

	with as_user(MANAGER):
		assert (counted(), counted(COLLEAGUE)) == (1, 0)
	with as_user(READER):
		assert counted(COLLEAGUE) == 3


# ---------------------------------------------------------------- reports and cards

REPORTS = {
	"Call Compliance": [
		{"group_by": by} for by in ("Customer", "Key Account", "Class", "Person", "Territory", "Method")
	],
	"Call Performance": [{}],
	"Calls and Results": [{}],
	"Workload": [{}],
}


@pytest.fixture
def past_calls(world):
	"""The calls of the world were made a week ago."""
	for name in world.names[CALL].values():
		day = add_days(nowdate(), -7)
		frappe.db.set_value(
			CALL, name, {"planned_on": day, "due_on": day, "made_on": day, "made_at": day, "status": "Made"}
		)


def rows_of(report, filters):
	asked = {"company": b.COMPANY, "from_date": add_days(nowdate(), -30), "to_date": nowdate(), **filters}
	return query_report.run(report, filters=asked)


@pytest.mark.parametrize("report", REPORTS)
def test_reports_hold_visible_calls_only(world, past_calls, as_user, report):
	world.join(MANAGER, "team")
	for filters in REPORTS[report]:
		with as_user(MANAGER):
			assert marks(rows_of(report, filters)) <= {"mine", "team"}, filters
		with as_user(SELLER), pytest.raises(frappe.PermissionError):
			rows_of(report, filters)


def test_the_total_holds_visible_calls_only(world, past_calls, as_user):
	world.join(MANAGER, "team")
	for user, customers in ((MANAGER, {"mine", "team"}), (READER, set(KEYS))):
		with as_user(user):
			answer = rows_of("Call Compliance", {"group_by": "Customer"})
			assert marks(answer["result"]) == customers
			lines = [row for row in answer["result"] if isinstance(row, dict) and row.get("key")]
			assert sum(row["made"] for row in lines) == len(customers)
			# the same figures by another cut
			by_person = rows_of("Call Compliance", {"group_by": "Person"})["result"]
			people = [row for row in by_person if isinstance(row, dict) and row.get("key")]
			assert sum(row["made"] for row in people) == len(customers)


def test_messages_about_a_cycle_name_no_hidden_customers(world, as_user):
	cycle = make_cycle(COLLEAGUE).name
	for key in ("other", "loose"):
		# more calls than there are days
		frappe.get_doc(
			{
				"doctype": LINE,
				"cycle": cycle,
				"customer": world.customers[key],
				"method": "Visit",
				"calls": 60,
				"override_reason": "Asked for",
			}
		).insert(ignore_permissions=True)
	with as_user(COLLEAGUE):
		assert marks(call_changes.preview(cycle)["messages"]) == {"other", "loose"}
	b.allow_only(DIRECTOR, "Customer", world.customers["other"])
	with as_user(DIRECTOR):
		for answer in (call_changes.preview(cycle), call_cycles.overview(cycle), call_cycles.load(cycle)):
			assert marks(answer) <= {"other"}
		assert marks(call_changes.preview(cycle)["messages"]) == {"other"}
