"""The records of the onboarding: every step leads somewhere its reader may go, every tour points at fields of its form."""

import re
from pathlib import Path

import frappe
import pytest

from kam_erpnext.setup import onboarding
from tests.site import builders as b
from tests.site import plan_builders

TOURS_SCRIPT = Path(frappe.get_app_path("kam_erpnext")) / "public/js/tours.js"
MODULE = "KAM ERPNext"


def steps_of(name):
	doc = frappe.get_doc("Module Onboarding", name)
	return [frappe.get_doc("Onboarding Step", row.step) for row in doc.steps]


@pytest.mark.parametrize("name", [onboarding.PROGRAMME, onboarding.ACCOUNT_WORK])
def test_every_step_leads_to_something_its_reader_may_open(name, as_user):
	roles = [row.role for row in frappe.get_doc("Module Onboarding", name).allow_roles]
	for role in roles:
		user = b.ensure_user(f"onboarding.{frappe.scrub(role)}@example.com", [role, "Sales User"])
		for step in steps_of(name):
			place, _, rest = step.path.partition("/")
			with as_user(user):
				if place == "query-report":
					assert frappe.get_doc("Report", rest).is_permitted(), (role, step.path)
				elif frappe.db.exists("Page", place):
					assert frappe.get_doc("Page", place).is_permitted(), (role, step.path)
				else:
					doctype = next(
						found for found in frappe.get_all("DocType", pluck="name") if slug(found) == place
					)
					assert frappe.has_permission(doctype, "read"), (role, step.path)
					if rest == "new":
						assert may_make(doctype), (role, step.path)


def slug(doctype):
	return doctype.lower().replace(" ", "-")


def may_make(doctype):
	# a plan is made by whoever works for its account, which only the account can tell
	return doctype == "Key Account Plan" or frappe.has_permission(doctype, "create")


def test_onboardings_stand_on_their_workspaces():
	for workspace, name in (
		("KAM Administration", onboarding.PROGRAMME),
		("Key Accounts", onboarding.ACCOUNT_WORK),
	):
		blocks = frappe.parse_json(frappe.db.get_value("Workspace", workspace, "content"))
		assert [b["data"]["onboarding_name"] for b in blocks if b["type"] == "onboarding"] == [name]


def test_tours_point_at_fields_and_are_offered():
	tours = {
		name: frappe.get_doc("Form Tour", name)
		for name in frappe.get_all("Form Tour", {"module": MODULE}, pluck="name")
	}
	offered = re.search(r"TOURS = \[(.*?)\]", TOURS_SCRIPT.read_text(), re.S)[1]
	assert set(re.findall(r'"([^"]+)"', offered)) == set(tours)
	for name, tour in tours.items():
		assert tour.reference_doctype == name
		meta = frappe.get_meta(name)
		for step in tour.steps:
			field = meta.get_field(step.fieldname)
			assert field and not field.hidden, (name, step.fieldname)
			assert step.title and step.description


@pytest.fixture
def people(site_connection):
	with plan_builders.lasting_people():
		yield


def test_who_works_with_plans_already_is_not_told_how_to_start(people):
	def shown():
		return [
			not frappe.db.get_value("Module Onboarding", name, "is_complete")
			for name in (onboarding.PROGRAMME, onboarding.ACCOUNT_WORK)
		]

	onboarding.hide_where_it_is_known()
	assert shown() == [True, True]
	plan_builders.make_approved_plan(plan_builders.make_team_account().name)
	onboarding.hide_where_it_is_known()
	assert shown() == [True, False]
