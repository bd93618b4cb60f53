"""Rules, cycles, lines and calls for tests, made of real documents of ERPNext. `make_*` returns a document."""

import contextlib

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, nowdate

from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.kam_builders import lasting_users

RULE, CYCLE, LINE, CALL = "Call Frequency Rule", "Call Cycle", "Call Cycle Line", "Customer Call"
# roles of the people of `PEOPLE`
PEOPLE = {
	"calls.manager@example.com": ["Key Account Manager", "Sales User"],
	"calls.colleague@example.com": ["Key Account Manager", "Sales User"],
	"calls.director@example.com": ["Key Account Director", "Sales User"],
	"calls.reader@example.com": ["KAM Reader"],
	"calls.operations@example.com": ["KAM Administrator"],
}
MANAGER, COLLEAGUE, DIRECTOR, READER, OPERATIONS = PEOPLE


@contextlib.contextmanager
def lasting_people(more=None):
	"""The people of `PEOPLE` for the tests of a module, without emails. Use it in a fixture of that scope."""
	people = {**PEOPLE, **(more or {})}
	with lasting_users(people):
		for user in people:
			frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
		frappe.db.commit()
		yield


def next_monday(day=None):
	"""The first Monday after a day (today)."""
	day = getdate(day or nowdate())
	return add_days(day, 7 - day.weekday())


def only_rules(*names):
	"""Switch all frequency rules off but those given, so that shipped ones do not speak for a test."""
	table = frappe.qb.DocType(RULE)
	frappe.qb.update(table).set(table.enabled, 0).run()
	for name in names:
		frappe.db.set_value(RULE, name, "enabled", 1)


@b.as_administrator
def make_rule(name=None, method="Visit", calls=12, per="Year", **fields):
	"""A frequency rule for every customer unless `fields` name conditions; it comes before the shipped ones."""
	return frappe.get_doc(
		{
			"doctype": RULE,
			"rule_name": name or f"Test Rule {frappe.generate_hash(length=6)}",
			"method": method,
			"calls": calls,
			"per": per,
			"rule_order": 1,
			**fields,
		}
	).insert()


def make_cycle(user=None, from_date=None, to_date=None, by=None, **fields):
	"""A draft of 13 weeks from next Monday for the person `user` (who runs the test), prepared by `by` (Administrator).

	8 hours with 25 % travel and 25 % office, at most 5 calls a day, Monday to Friday, a holiday list without holidays.
	"""
	b.as_administrator(b.ensure_company)()
	start = getdate(from_date or next_monday())
	end = getdate(to_date or add_days(start, 13 * 7 - 1))
	values = {
		"user": user or frappe.session.user,
		"company": b.COMPANY,
		"from_date": start,
		"to_date": end,
		"holiday_list": fields.pop("holiday_list", None) or ensure_holiday_list().name,
		"calls_per_day": 5,
		"hours_per_day": 8,
		"travel_share": 25,
		"office_share": 25,
		**fields,
	}
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		return frappe.get_doc({"doctype": CYCLE, **values}).insert()


@b.as_administrator
def ensure_holiday_list(name="Calls without Holidays", holidays=(), from_date=None, to_date=None):
	"""A holiday list of ERPNext that covers three years around today; `holidays` are days or (day, text)."""
	if frappe.db.exists("Holiday List", name):
		return frappe.get_doc("Holiday List", name)
	rows = [row if isinstance(row, tuple) else (row, "Holiday") for row in holidays]
	return frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": name,
			"from_date": from_date or add_days(nowdate(), -540),
			"to_date": to_date or add_days(nowdate(), 540),
			"holidays": [{"holiday_date": getdate(day), "description": text} for day, text in rows],
		}
	).insert()


@b.as_administrator
def make_line(cycle, customer=None, method="Visit", calls=3, **fields):
	"""A line of a cycle (document or name); a new customer unless one is named."""
	customer = customer or b.make_customer(f"Called {frappe.generate_hash(length=6)}").name
	return frappe.get_doc(
		{
			"doctype": LINE,
			"cycle": cycle if isinstance(cycle, str) else cycle.name,
			"customer": customer,
			"method": method,
			"calls": calls,
			"proposed_calls": fields.pop("proposed_calls", calls),
			"duration": 60,
			**fields,
		}
	).insert()


def make_call(customer=None, user=None, planned_on=None, by=None, method="Visit", **fields):
	"""A planned call of today by `user` (who runs the test) on a customer, a new one unless one is named."""
	customer = customer or b.make_customer(f"Called {frappe.generate_hash(length=6)}").name
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		return frappe.get_doc(
			{
				"doctype": CALL,
				"customer": customer,
				"user": user or frappe.session.user,
				"planned_on": planned_on or nowdate(),
				"method": method,
				**fields,
			}
		).insert()


def reload_cycle(cycle):
	return frappe.get_doc(CYCLE, cycle if isinstance(cycle, str) else cycle.name)


def press_cycle(cycle, action, by=None):
	"""Press a button of the workflow as the user `by`. Returns the cycle as stored afterwards."""
	with frappe_session.as_user(by) if by else contextlib.nullcontext():
		apply_workflow(reload_cycle(cycle), action)
	return reload_cycle(cycle)


def approve_cycle(cycle, by=None):
	"""Send a cycle to review as its author and approve it as `by`, by default a director other than the author."""
	cycle = reload_cycle(cycle)
	by = by or b.as_administrator(b.ensure_user)(DIRECTOR, PEOPLE[DIRECTOR])
	press_cycle(cycle, "Send to Review", cycle.owner)
	return press_cycle(cycle, "Approve", by)


def lines_of(cycle, **filters):
	"""Lines of a cycle as rows, by customer and method."""
	name = cycle if isinstance(cycle, str) else cycle.name
	return frappe.get_all(LINE, {"cycle": name, **filters}, ["*"], order_by="customer, method")


def calls_of(cycle, **filters):
	"""Calls of a cycle as rows, by day and customer."""
	name = cycle if isinstance(cycle, str) else cycle.name
	return frappe.get_all(CALL, {"cycle": name, **filters}, ["*"], order_by="planned_on, customer, name")
