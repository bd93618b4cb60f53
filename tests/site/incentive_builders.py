"""Incentive schemes, and people above and below each other, for tests. Everything is undone with the test."""

import frappe

from tests.site import builders as b
from tests.site.plan_builders import make_plan, make_template

SCHEME, STATEMENT = "Key Account Incentive Scheme", "Key Account Incentive"
PAYER, SECOND_PAYER, MANAGER, COLLEAGUE, DIRECTOR, TOP, HEAD, STRANGER, READER, COORDINATOR, SYSTEM = (
	f"incentive.{name}@example.com"
	for name in (
		"payer",
		"second",
		"manager",
		"colleague",
		"director",
		"top",
		"head",
		"stranger",
		"reader",
		"coordinator",
		"system",
	)
)
# the roles of each of them
PEOPLE = {
	PAYER: ["KAM Administrator"],
	SECOND_PAYER: ["KAM Administrator"],
	MANAGER: ["Key Account Manager", "Sales User"],
	COLLEAGUE: ["Key Account Manager", "Sales User"],
	DIRECTOR: ["Key Account Director", "Sales User"],
	TOP: ["Executive Sponsor"],
	HEAD: ["Key Account Manager"],
	STRANGER: ["Key Account Director", "Sales Manager", "Sales User"],
	READER: ["KAM Reader"],
	COORDINATOR: ["Key Account Coordinator"],
	SYSTEM: ["System Manager"],
}


@b.as_administrator
def ensure_employee(user, reports_to=None, **fields):
	"""Employee of a user, below that of the user `reports_to`. Returns its name."""
	name = frappe.db.get_value("Employee", {"user_id": user})
	superior = frappe.db.get_value("Employee", {"user_id": reports_to}) if reports_to else None
	if name:
		employee = frappe.get_doc("Employee", name)
		employee.update({"reports_to": superior, **fields})
		return employee.save().name
	b.ensure_company()
	return (
		frappe.get_doc(
			{
				"doctype": "Employee",
				"first_name": user.split("@")[0],
				"company": b.COMPANY,
				"gender": "Female",
				"date_of_birth": "1980-01-01",
				"date_of_joining": "2010-01-01",
				"status": "Active",
				"user_id": user,
				"create_user_permission": 0,
				"reports_to": superior,
				**fields,
			}
		)
		.insert()
		.name
	)


@b.as_administrator
def seller(name, user=None, parent=None, is_group=0):
	"""A sales person, of the employee of a user if one is given. Returns the name."""
	person = b.ensure_sales_person(name, parent, is_group)
	if user:
		frappe.db.set_value("Sales Person", person, "employee", ensure_employee(user))
	return person


def measure(name, weight, **fields):
	return {"measure": name, "weight": weight, **fields}


def participant(user, amount=10_000, **fields):
	return {"user": user, "amount": amount, **fields}


def new_scheme(participants=None, measures=None, **fields):
	"""An unsaved scheme of 2019: call compliance alone, unless told otherwise. `participants` are users or rows."""
	rows = [row if isinstance(row, dict) else participant(row) for row in participants or [MANAGER]]
	values = {
		"title": "Incentives 2019",
		"company": b.COMPANY,
		"from_date": "2019-01-01",
		"to_date": "2019-12-31",
		"measures": measures or [measure("Call Compliance", 100)],
		"participants": rows,
		**fields,
	}
	return frappe.get_doc({"doctype": SCHEME, **values})


def make_scheme(participants=None, measures=None, submit=True, **fields):
	scheme = new_scheme(participants, measures, **fields).insert()
	return scheme.submit() if submit else scheme


def statement_of(scheme, user=MANAGER):
	"""The statement of a person, as it is stored."""
	return frappe.get_doc(STATEMENT, {"scheme": scheme.name, "user": user})


def line_of(statement, name):
	return next(line for line in statement.lines if line.measure == name)


def plan_in_force(account, amount=None, **fields):
	"""A plan in force without the steps of its approval, which have tests of their own."""
	name = "Incentive Template"
	template = name if frappe.db.exists("Key Account Plan Template", name) else make_template(name).name
	fields.setdefault("targets", [{"amount": amount}] if amount else [])
	plan = make_plan(account, template=template, complete=False, **fields)
	plan.db_set({"docstatus": 1, "status": "In Execution"})
	return plan
