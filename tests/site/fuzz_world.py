"""One document of everything the endpoints work on, made once for a module of fuzzing and undone with it."""

import contextlib
from datetime import timedelta

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext import alarms
from kam_erpnext.api import call_calendar, opportunities, power_map
from kam_erpnext.kam_erpnext.doctype.key_account_selection import run
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import incentive_builders as i
from tests.site import pipeline_builders as pipeline
from tests.site import plan_builders as p
from tests.site import power_map_builders as maps
from tests.site.kam_builders import make_account, make_criteria

OPERATIONS, DIRECTOR, MANAGER, READER = (
	f"fuzz.{name}@example.com" for name in ("operations", "director", "manager", "reader")
)
SALES_ROLES = ["Sales User", "Sales Manager", "Accounts User", "Projects User"]
PEOPLE = {
	OPERATIONS: ["KAM Administrator", "Sales Master Manager", *SALES_ROLES],
	DIRECTOR: ["Key Account Director", *SALES_ROLES],
	MANAGER: ["Key Account Manager", *SALES_ROLES],
	READER: ["KAM Reader"],
}
YEAR = "2019"


@contextlib.contextmanager
def made():
	"""The world, as names by what they are; everything is undone at the end, commits included."""
	with frappe_session.Isolation():
		for email, roles in PEOPLE.items():
			b.ensure_user(email, roles)
			frappe.db.set_value("Notification Settings", email, "enable_email_notifications", 0)
		with _without_workers():
			world = _make()
			frappe.db.commit()
			frappe_session.forget_request()
			yield world


@contextlib.contextmanager
def _without_workers():
	"""Selections are run where they are asked for: no worker sees what is not committed."""
	started, start = [], run.start
	run.start = lambda selection: started.append((selection.name, selection.run_token))
	try:
		_without_workers.started = started
		yield
	finally:
		run.start = start


def _make():
	b.ensure_company()
	# ERPNext would ask a server on the internet for rates it does not have
	frappe.db.set_single_value("Currency Exchange Settings", "disabled", 1)
	frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
	pipeline.ensure_items()
	north = b.ensure_territory("Fuzz North")
	customers = [b.make_customer(f"Fuzz Customer {n}", territory=north).name for n in (1, 2, 3)]
	for number, customer in enumerate(customers):
		for month in (2, 8):
			b.make_invoice(
				customer, [(pipeline.PUMP, 1, 5000 - 1500 * number)], f"{YEAR}-0{month}-10", company=b.COMPANY
			)
	competitor = frappe.get_doc({"doctype": "Competitor", "competitor_name": "Fuzz Rival"}).insert().name
	group = make_account("Fuzz Group", level="Global", key_account_manager=MANAGER)
	account = make_account(
		"Fuzz Account",
		customers[:2],
		parent=group.name,
		key_account_manager=MANAGER,
		key_account_director=DIRECTOR,
		swot=[{"kind": "Strength", "statement": "Close to their plants"}]
		if frappe.get_meta("Key Account").has_field("swot")
		else [],
	)
	contact = maps.make_contact("Fuzz", "Buyer", customers[0], "fuzz.buyer@example.com").name
	world = frappe._dict(
		company=b.COMPANY,
		customers=customers,
		group=group.name,
		account=account.name,
		competitor=competitor,
		contact=contact,
		territory=north,
	)
	_make_plans(world)
	_make_calls(world)
	_make_deals(world)
	_make_map(world)
	_make_selection(world)
	_make_incentives(world)
	_make_others(world)
	return world


def _make_plans(world):
	draft = p.make_plan(world.account, by=MANAGER)
	other = p.make_plan(world.group, by=MANAGER)
	other.db_set({"docstatus": 1, "status": "In Execution"})
	world.plans = [draft.name, other.name]
	action = {
		"doctype": "Key Account Action",
		"key_account": world.account,
		"responsible": MANAGER,
		"start_date": nowdate(),
		"end_date": add_days(nowdate(), 10),
	}
	world.actions = [
		frappe.get_doc({**action, "subject": f"Fuzz action {number}", "company": world.company}).insert().name
		for number in (1, 2)
	]
	world.review = (
		frappe.get_doc(
			{
				"doctype": "Key Account Business Review",
				"key_account": world.account,
				"company": world.company,
				"review_date": nowdate(),
			}
		)
		.insert()
		.name
	)


def _make_calls(world):
	c.make_rule()
	draft = c.make_cycle(user=MANAGER, by=MANAGER)
	running = c.make_cycle(
		user=DIRECTOR,
		by=DIRECTOR,
		from_date=getdate() - timedelta(days=28),
		to_date=getdate() + timedelta(56),
	)
	world.lines = [
		c.make_line(cycle, customer, calls=3).name
		for cycle in (draft, running)
		for customer in world.customers[:2]
	]
	running.db_set({"docstatus": 1, "status": "Approved"})
	world.cycles = [draft.name, running.name]
	world.paused = c.make_line(running, world.customers[2], calls=3).name
	frappe.db.set_value("Call Cycle Line", world.paused, {"status": "Paused", "paused_from": getdate()})
	world.calls = [
		c.make_call(customer, user=MANAGER, by=MANAGER).name for customer in (*world.customers[:2], None)
	]
	made = frappe.get_doc("Customer Call", world.calls[2])
	made.update({"status": "Made", "summary": "Talked about pumps", "outcome": "Objective Reached"})
	with contextlib.suppress(frappe.ValidationError):
		made.save()
	with frappe_session.as_user(MANAGER):
		world.calendar = call_calendar.mine()
		world.token = frappe.get_doc("Call Calendar", world.calendar).new_token()
	world.heard = c.make_call(world.customers[0], user=MANAGER, by=MANAGER).name
	frappe.db.set_value("Customer Call", world.heard, "needs_heard", "Quiet pumps")


def _make_deals(world):
	ideas = [
		pipeline.make_idea(world.account, 5000, customer=world.customers[0], title=f"Fuzz idea {number}")
		for number in (1, 2, 3, 4)
	]
	lost, passed = ideas.pop().name, ideas.pop().name
	opportunities.stop(lost, "Lost", "Too dear")
	opportunities.pass_gate(passed, evidence="Shown")
	world.lost, world.passed = lost, passed
	world.offer = pipeline.make_quotation(world.customers[1], [(pipeline.PUMP, 1, 700)]).name
	quotation = pipeline.make_quotation(world.customers[0], [(pipeline.PUMP, 1, 500)], idea=ideas[0].name)
	world.ideas, world.quotation = [idea.name for idea in ideas], quotation.name
	world.wallet = (
		frappe.get_doc(
			{
				"doctype": "Key Account Wallet",
				"key_account": world.account,
				"item_group": pipeline.PUMPS,
				"year": int(YEAR),
				"company": world.company,
				"wallet": 20000,
				"wallet_known": 1,
				"as_of": f"{YEAR}-06-30",
			}
		)
		.insert()
		.name
	)


def _make_map(world):
	doc = maps.make_map(
		world.account,
		[maps.person("anna", "Anna Berg", contact=world.contact), maps.person("otto", "Otto Lund")],
	)
	world.map, world.people = doc.name, ["anna", "otto"]
	world.map_version = power_map.keep_version(doc.name, "Kept")


def _make_selection(world):
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "Fuzz selection",
			"criteria": make_criteria().name,
			"company": world.company,
			"period_window": "Custom",
			"from_date": f"{YEAR}-01-01",
			"to_date": f"{YEAR}-12-31",
			"territory": world.territory,
		}
	)
	with frappe_session.as_user(OPERATIONS):
		selection.insert()
		apply_workflow(selection, "Run")
		frappe.db.commit()
		run.execute(*_without_workers.started[-1])
	world.selection = selection.name
	world.selection_lines = frappe.get_all(
		"Key Account Selection Line", {"selection": selection.name}, pluck="name", order_by="name"
	)


def _make_incentives(world):
	scheme = i.make_scheme([MANAGER, DIRECTOR])
	world.scheme, world.statement = scheme.name, i.statement_of(scheme, MANAGER).name


def _make_others(world):
	world.chart = (
		frappe.get_doc(
			{
				"doctype": "Dashboard Chart",
				"chart_name": "Fuzz Actions",
				"chart_type": "Count",
				"document_type": "Key Account Action",
				"based_on": "creation",
				"timeseries": 1,
				"timespan": "Last Year",
				"time_interval": "Monthly",
				"filters_json": "[]",
			}
		)
		.insert()
		.name
	)
	rule = frappe.get_all(alarms.RULE, {"kind": alarms.SALES_DROP}, pluck="name", limit_page_length=1)
	alarm = frappe.get_doc(
		{
			"doctype": alarms.ALARM,
			"key_account": world.account,
			"rule": rule and rule[0],
			"kind": alarms.SALES_DROP,
			"status": "Open",
			"since": nowdate(),
			"alarm_key": "fuzz",
			"text": "Sales have dropped",
			"severity": "High",
		}
	)
	alarm.flags.kam_watch = True
	# alarms are raised by rules alone
	world.alarm = alarm.insert(ignore_permissions=True).name
	world.note = (
		frappe.get_doc(
			{
				"doctype": "Market Intelligence",
				"key_account": world.account,
				"kind": "Price",
				"title": "Fuzz note",
				"what": "They look at others",
			}
		)
		.insert(ignore_mandatory=True)
		.name
	)
