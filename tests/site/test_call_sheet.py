"""The preparation sheet of a call: each part as its reader may read it, no judgement, a fixed number of queries."""

import json

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import call_sheet as api
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import pipeline_builders as p
from tests.site import power_map_builders as maps
from tests.site.kam_builders import make_account

# queries of one sheet, caches warm; they do not depend on the number of documents
MOST_QUERIES = 110
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with c.lasting_people(
		{"calls.seller@example.com": ["Key Account Manager", "Sales User", "Accounts User"]}
	):
		yield


SELLER = "calls.seller@example.com"


@pytest.fixture
def customer():
	frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
	return b.make_customer("Sheet Clinic").name


@pytest.fixture
def account(customer):
	return make_account("Sheet Group", [customer], key_account_manager=SELLER)


@pytest.fixture
def call(account, customer):
	return c.make_call(customer, SELLER, key_account=account.name)


@b.as_administrator
def make_address(customer, line, **fields):
	return frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": line,
			"address_type": "Billing",
			"address_line1": line,
			"city": "Town",
			"country": "United States",
			"links": [{"link_doctype": "Customer", "link_name": customer}],
			**fields,
		}
	).insert()


@b.as_administrator
def made(call, **fields):
	"""A call that was made, without what the report does besides."""
	call.db_set({"status": "Made", "made_on": call.planned_on, **fields})
	return call


def read(call, user=SELLER):
	with frappe_session.as_user(user):
		return api.sheet(call.name)


def test_the_last_calls_come_first_and_only_those_that_were_made(call, customer):
	for days, summary in ((40, "older"), (10, "newer")):
		made(
			c.make_call(customer, SELLER, add_days(nowdate(), -days), key_account=call.key_account),
			summary=summary,
			commitment="order",
		)
	c.make_call(customer, SELLER, add_days(nowdate(), -5), key_account=call.key_account)
	found = read(call)["calls"]
	assert [row["summary"] for row in found] == ["newer", "older"]
	assert found[0]["made_on"] == add_days(nowdate(), -10) and found[0]["user_name"]


def test_orders_and_invoices_are_those_of_the_customer_alone(call, customer, account):
	other = b.make_customer("Sheet Hospital").name
	account.append("customers", {"customer": other})
	account.save()
	item = [(b.ensure_service_item(), 1, 100)]
	order = b.make_order(customer, item, nowdate())
	b.make_order(other, item, nowdate())
	invoice = b.make_invoice(customer, item, add_days(nowdate(), -60))
	b.make_invoice(other, item, add_days(nowdate(), -60))
	sheet = read(call)
	assert [row["name"] for row in sheet["orders"]["rows"]] == [order.name]
	assert [row["name"] for row in sheet["receivables"]["rows"]] == [invoice.name]
	assert [(row["net_sales"], row["before"]) for row in sheet["bought"]] == [(100, 0)]


def test_parts_whose_documents_may_not_be_read_are_named_and_empty(call, customer, account):
	account.append("team", {"user": c.MANAGER})
	account.save()
	b.make_invoice(customer, [(b.ensure_service_item(), 1, 100)], add_days(nowdate(), -60))
	# a Sales User of ERPNext reads orders, but no invoices
	sheet = read(call, c.MANAGER)
	assert (
		sheet["receivables"]
		== {
			"doctype": "Sales Invoice",
			"readable": False,
			"count": None,
			"rows": [],
		}
		or sheet["receivables"]["readable"]
	)
	assert sheet["receivables"]["readable"] == frappe.has_permission("Sales Invoice", user=c.MANAGER)
	assert sheet["orders"]["readable"]


def test_actions_and_deals_are_those_of_the_account(call, account):
	from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action

	make_action(account.name, "Send the offer", SELLER, add_days(nowdate(), -1))
	p.ensure_items()
	idea = p.make_idea(account.name, 500)
	sheet = read(call)
	assert [(row["subject"], row["late"]) for row in sheet["actions"]["rows"]] == [("Send the offer", True)]
	assert [row["deal"] for row in sheet["deals"]["rows"]] == [idea.name]
	assert sheet["opportunities"] is None and sheet["account"]["account_name"] == account.account_name


def test_people_of_the_call_come_first_then_the_customer_then_the_map(call, customer, account):
	other = b.make_customer("Sheet Hospital").name
	account.append("customers", {"customer": other})
	account.save()
	near = maps.make_contact("Nea", "Near", customer)
	far = maps.make_contact("Fay", "Far", other)
	chosen = maps.make_contact("Cho", "Chosen", other)
	maps.make_map(
		account,
		[
			maps.person("p1", "Fay Far", contact=far.name, relationship_owner=SELLER, contact_rhythm=30),
			maps.person("p2", "Head of Purchasing", kind="Placeholder"),
		],
		maps.judgements({"p1": {"support": 2}}),
	)
	call.append("contacts", {"contact": chosen.name, "met": 1})
	call.save()
	people = read(call)["people"]
	assert [row["contact"] for row in people["rows"]] == [chosen.name, near.name, far.name]
	assert [row["on_call"] for row in people["rows"]] == [True, False, False]
	assert people["rows"][2]["on_map"] and people["rows"][2]["overdue"] and people["rows"][2]["owner"]
	assert [row["person_name"] for row in people["without_contact"]] == ["Head of Purchasing"]


def test_what_people_are_judged_to_be_is_never_in_it(call, account, customer):
	contact = maps.make_contact("Jude", "Judged", customer)
	maps.make_map(
		account,
		[maps.person("p1", "Jude Judged", contact=contact.name)],
		maps.judgements({"p1": {"support": -2, "roles": ["Gatekeeper"], "note": "SECRET-NOTE"}}),
	)
	with_judgements = frappe.db.count("Power Map Reading")
	text = json.dumps(read(call), default=str)
	assert "SECRET-NOTE" not in text and "Gatekeeper" not in text and "support" not in text
	assert frappe.db.count("Power Map Reading") == with_judgements


def test_a_customer_without_key_account_has_a_sheet_too(customer):
	call = c.make_call(customer, SELLER)
	make_address(customer, "Back Street 1")
	make_address(customer, "Gate 7", is_shipping_address=1)
	contact = maps.make_contact("Solo", "Buyer", customer)
	frappe.get_doc("Contact", contact.name)
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"description": f"<p>Call back {HOSTILE}</p>",
			"reference_type": "Customer Call",
			"reference_name": call.name,
			"allocated_to": SELLER,
			"date": add_days(nowdate(), -2),
		}
	).insert()
	sheet = read(call)
	assert sheet["account"] is None and sheet["deals"] is None
	assert sheet["opportunities"]["readable"] and sheet["quotations"]["readable"]
	assert [(row["name"], row["late"]) for row in sheet["actions"]["rows"]] == [(todo.name, True)]
	assert "<" not in sheet["actions"]["rows"][0]["subject"]
	assert sheet["customer"]["address"]["line"].startswith("Gate 7")
	assert [row["full_name"] for row in sheet["people"]["rows"]] == ["Solo Buyer"]
	assert sheet["market"]["rows"] == [] and sheet["competitors"] == []


def test_a_stranger_reads_no_sheet(call):
	for endpoint in (api.sheet, api.gaps):
		with frappe_session.as_user(c.COLLEAGUE), pytest.raises(frappe.PermissionError):
			endpoint(call.name)


def test_a_fence_around_the_customer_leaves_the_parts_empty(call, customer, account):
	other = b.make_customer("Allowed Clinic").name
	b.make_order(customer, [(b.ensure_service_item(), 1, 100)], nowdate())
	b.allow_only(SELLER, "Customer", other)
	with pytest.raises(frappe.PermissionError):
		read(call)


def test_gaps_come_with_the_best_first(call, account, customer):
	p.ensure_items()
	for group, amount in ((p.WIRES, 10_000), (p.PUMPS, 90_000)):
		frappe.get_doc(
			{
				"doctype": "Key Account Wallet",
				"key_account": account.name,
				"customer": customer,
				"item_group": group,
				"year": getdate(nowdate()).year,
				"company": b.COMPANY,
				"wallet": amount,
				"wallet_known": 1,
				"state": "Potential",
				"source": "Customer",
				"as_of": nowdate(),
			}
		).insert()
	with frappe_session.as_user(SELLER):
		found = api.gaps(call.name)
	assert [row["item_group"] for row in found["rows"]] == [p.PUMPS, p.WIRES]
	assert found["rows"][0]["gap"] > found["rows"][1]["gap"] > 0


def test_the_number_of_queries_does_not_grow(call, account, customer):
	def count():
		sent, original = 0, frappe.db.sql

		def counted(*args, **kwargs):
			nonlocal sent
			sent += 1
			return original(*args, **kwargs)

		frappe.db.sql = counted
		try:
			read(call)
		finally:
			frappe.db.sql = original
		return sent

	def fill(number):
		for place in range(number):
			maps.make_contact(f"Person {place} {frappe.generate_hash(length=4)}", "Many", customer)
			made(c.make_call(customer, SELLER, add_days(nowdate(), -place - 1), key_account=account.name))
			b.make_order(customer, [(b.ensure_service_item(), 1, 10)], nowdate())

	fill(2)
	read(call)
	few = count()
	fill(6)
	read(call)
	many = count()
	assert many <= few + 1 and many <= MOST_QUERIES, (few, many)


def test_the_week_of_the_day_counts_calls(customer, account):
	monday = c.next_monday()
	for days in (0, 0, 2):
		c.make_call(customer, SELLER, add_days(monday, days), key_account=account.name, duration=30)
	made(c.make_call(customer, SELLER, add_days(monday, 2), key_account=account.name))
	c.make_call(customer, c.DIRECTOR, add_days(monday, 3), accompanied_by=SELLER)
	c.make_call(customer, c.DIRECTOR, add_days(monday, 4), key_account=account.name)
	cycle = c.make_cycle(SELLER, monday, add_days(monday, 27), calls_per_day=3)
	cycle.db_set({"docstatus": 1, "status": "Approved"})
	with frappe_session.as_user(SELLER):
		week = api.day(str(add_days(monday, 3)))["week"]
	assert [row["calls"] for row in week] == [2, 0, 2, 1, 0, 0, 0]
	assert [row["made"] for row in week] == [0, 0, 1, 0, 0, 0, 0]
	assert week[0]["minutes"] == 60 and week[0]["most"] == 3 and week[0]["day"] == str(monday)
	with pytest.raises(frappe.ValidationError):
		api.day("no day")


def test_the_day_has_appointments_first_then_areas_together_and_what_one_comes_along_on(account, customer):
	day = str(c.next_monday())
	make_address(customer, "Gate 7", pincode="10115", phone="+1 555 0100")
	near, far = b.make_customer("Near Clinic").name, b.make_customer("Far Clinic").name
	make_address(near, "Gate 8", pincode="10115")
	make_address(far, "Gate 9", pincode="99999")
	late = c.make_call(far, SELLER, starts_at=f"{day} 15:00:00", planned_on=day)
	early = c.make_call(near, SELLER, starts_at=f"{day} 09:00:00", planned_on=day)
	untimed = [c.make_call(name, SELLER, day) for name in (far, customer, near)]
	joint = c.make_call(customer, c.DIRECTOR, day, method="Joint Visit", accompanied_by=SELLER)
	gone = c.make_call(customer, SELLER, day)
	gone.db_set("status", "Cancelled")
	with frappe_session.as_user(SELLER):
		found = api.day(day)
	names = [row["name"] for row in found["calls"]]
	assert names[:2] == [early.name, late.name] and gone.name not in names
	assert set(names) == {early.name, late.name, joint.name, *(call.name for call in untimed)}
	assert names.index(untimed[0].name) == len(names) - 1  # far away
	rows = {row["name"]: row for row in found["calls"]}
	assert rows[joint.name]["with"] and rows[untimed[1].name]["phone"] == "+1 555 0100"
	assert rows[early.name]["address"]["line"].startswith("Gate 8") and rows[early.name]["time"]
	assert found["week"][0]["calls"] == 6
	with frappe_session.as_user(c.COLLEAGUE):
		assert api.day(day, SELLER)["calls"] == []


def test_the_objective_is_written_by_those_who_may_write(call):
	with frappe_session.as_user(SELLER):
		modified = api.set_objective(call.name, "  Agree on a trial ")
	call.reload()
	assert call.objective == "Agree on a trial" and str(call.modified) == modified
	for user in (c.COLLEAGUE, c.READER):
		with frappe_session.as_user(user), pytest.raises(frappe.PermissionError):
			api.set_objective(call.name, "Something else")


def test_the_calendar_shows_what_the_list_shows_on_the_clock_of_the_reader(call, customer, account):
	day = str(c.next_monday())
	timed = c.make_call(
		customer, SELLER, day, starts_at=f"{day} 10:00:00", duration=30, key_account=account.name
	)
	whole = c.make_call(customer, SELLER, day, method="Phone", key_account=account.name)
	with frappe_session.as_user(SELLER):
		rows = {row["name"]: row for row in api.calendar(f"{day} 00:00:00", add_days(day, 6))}
		phone = api.calendar(day, day, json.dumps([["Customer Call", "method", "=", "Phone", False]]))
	assert set(rows) == {timed.name, whole.name} and [row["name"] for row in phone] == [whole.name]
	assert (rows[timed.name]["begins"], rows[timed.name]["ends"]) == (f"{day} 10:00:00", f"{day} 10:30:00")
	assert rows[timed.name]["all_day"] == 0
	assert (rows[whole.name]["begins"], rows[whole.name]["all_day"]) == (day, 1)
	with frappe_session.as_user(c.COLLEAGUE):
		assert api.calendar(day, day) == []
