"""Who may see incentives: the person, his managers, and who pays.

1. A statement is seen by its person, by everybody above that person (the chain of Employee.reports_to, and the sales
   people above the person's in the tree, each through the Employee that names the user) and by KAM Administrator.
2. A scheme holds the amounts of all its participants: KAM Administrator sees it, and somebody else only if every
   participant is himself or below him. Nobody sees a draft he is in: what is being prepared for him is not agreed yet.
3. Nobody writes, submits, cancels or closes a scheme he takes part in. Who is not KAM Administrator writes schemes only of
   people below him.

Seeing all key accounts opens no incentive. A manager who is not active any more, and a disabled sales person, manages nobody.
"""

import frappe
from frappe.query_builder import Criterion, Table
from pypika.terms import EmptyCriterion, ExistsCriterion

from kam_erpnext.data.permissions import _literal, every, fences
from kam_erpnext.setup.roles import ADMINISTRATOR

SCHEME, STATEMENT = "Key Account Incentive Scheme", "Key Account Incentive"
PARTICIPANT = "Key Account Incentive Participant"
# tables within them, which Frappe lets be listed by themselves
TABLES = {
	STATEMENT: ("Key Account Incentive Line",),
	SCHEME: (
		"Key Account Incentive Measure",
		"Key Account Incentive Knot",
		PARTICIPANT,
		"Key Account Incentive Target",
	),
}
SECRET = frozenset((*TABLES, *(table for tables in TABLES.values() for table in tables)))
CHANGING = ("write", "submit", "cancel", "amend", "delete")


def pays(user: str | None = None) -> bool:
	"""Whether somebody pays incentives, and so sees all of them."""
	user = user or frappe.session.user
	return user == "Administrator" or ADMINISTRATOR in frappe.get_roles(user)


# ---------------------------------------------------------------- who is above whom


def _employees_below(user: str):
	"""Users of the employees who report to a user, directly or through others."""
	above = frappe.qb.DocType("Employee").as_("kam_superior")
	below = frappe.qb.DocType("Employee").as_("kam_report")
	return (
		frappe.qb.from_(above)
		.inner_join(below)
		.on((below.lft > above.lft) & (below.rgt < above.rgt))
		.select(below.user_id)
		.where((above.user_id == user) & (above.status == "Active") & below.user_id.isnotnull())
	)


def _sales_people_below(user: str):
	"""Users of the sales people below those of a user."""
	superior = frappe.qb.DocType("Employee").as_("kam_head")
	above = frappe.qb.DocType("Sales Person").as_("kam_head_person")
	below = frappe.qb.DocType("Sales Person").as_("kam_sales_person")
	employee = frappe.qb.DocType("Employee").as_("kam_seller")
	return (
		frappe.qb.from_(superior)
		.inner_join(above)
		.on(above.employee == superior.name)
		.inner_join(below)
		.on((below.lft > above.lft) & (below.rgt < above.rgt))
		.inner_join(employee)
		.on(employee.name == below.employee)
		.select(employee.user_id)
		.where((superior.user_id == user) & (superior.status == "Active") & (above.enabled == 1))
		.where(employee.user_id.isnotnull())
	)


def _is_below(column, user: str) -> Criterion:
	return column.isin(_employees_below(user)) | column.isin(_sales_people_below(user))


def people_below(user: str | None = None) -> set[str]:
	"""Users below a user, himself left out."""
	user = user or frappe.session.user
	found = {*_employees_below(user).run(pluck=True), *_sales_people_below(user).run(pluck=True)}
	return found - {user, ""}


# ---------------------------------------------------------------- conditions


def statement_condition(statement: Table, user: str | None = None) -> Criterion:
	"""Statements a user may see; `statement` is a table or alias of tabKey Account Incentive."""
	user = user or frappe.session.user
	if pays(user):
		return EmptyCriterion()
	return (statement.user == user) | _is_below(statement.user, user)


def scheme_condition(scheme: Table, user: str | None = None) -> Criterion:
	"""Schemes a user may see: those without anybody who is neither himself nor below him."""
	user = user or frappe.session.user
	if pays(user):
		return EmptyCriterion()
	participant = frappe.qb.DocType(PARTICIPANT).as_("kam_participant")
	whole = (
		frappe.qb.from_(participant)
		.select(participant.name)
		.where((participant.parent == scheme.name) & (participant.parenttype == SCHEME))
	)
	strangers = whole.where((participant.user != user) & _is_below(participant.user, user).negate())
	himself = whole.where(participant.user == user)
	agreed = (scheme.docstatus > 0) | ExistsCriterion(himself).negate()
	return ExistsCriterion(whole) & ExistsCriterion(strangers).negate() & agreed


CONDITIONS = {STATEMENT: statement_condition, SCHEME: scheme_condition}


def visible(doctype: str, table: Table, user: str | None = None) -> Criterion:
	"""What a user may see of statements or schemes, his User Permissions included, for queries of the app."""
	return every([CONDITIONS[doctype](table, user), fences(doctype, table, user)])


# ---------------------------------------------------------------- hooks: lists and forms


def query(user: str | None = None, doctype: str | None = None) -> str:
	"""Lists of statements and schemes."""
	user = user or frappe.session.user
	if pays(user):
		return ""
	return f"(`tab{doctype}`.name in ({_literal(_names(doctype, user))}))"


def row_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Rows of their tables."""
	user = user or frappe.session.user
	if pays(user):
		return ""
	parent = next(parent for parent, tables in TABLES.items() if doctype in tables)
	names = _literal(_names(parent, user))
	return f"(`tab{doctype}`.parenttype = '{parent}' and `tab{doctype}`.parent in ({names}))"


def _names(doctype: str, user: str):
	table = frappe.qb.DocType(doctype).as_("kam_secret")
	return frappe.qb.from_(table).select(table.name).where(CONDITIONS[doctype](table, user))


def statement_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	user = user or frappe.session.user
	return pays(user) or doc.is_new() or _sees(doc, user)


def scheme_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	user = user or frappe.session.user
	if user == "Administrator" or doc.is_new():
		return True
	if not pays(user) and not _sees(doc, user):
		return False
	return ptype not in CHANGING or not outsiders(stored_participants(doc.name), user)


def _sees(doc, user: str) -> bool:
	table = frappe.qb.DocType(doc.doctype)
	condition = CONDITIONS[doc.doctype](table, user)
	return bool(frappe.qb.from_(table).select(table.name).where((table.name == doc.name) & condition).run())


def stored_participants(scheme: str) -> list[str]:
	"""Users who take part in a scheme, as it is stored."""
	row = frappe.qb.DocType(PARTICIPANT)
	query = frappe.qb.from_(row).select(row.user).where((row.parent == scheme) & (row.parenttype == SCHEME))
	return query.run(pluck=True)


def outsiders(participants: list[str], user: str | None = None) -> list[str]:
	"""Participants because of whom a user may not change a scheme: himself, and who is not below him if he does not pay."""
	user = user or frappe.session.user
	if user == "Administrator":
		return []
	if pays(user):
		return [person for person in participants if person == user]
	below = people_below(user)
	return [person for person in participants if person not in below]
