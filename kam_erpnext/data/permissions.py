"""Who may see what. Every list, form, report and total of the app uses the conditions of this module.

1. User Permissions fence customers and sales documents as ERPNext's own lists do (Customer, Territory, Customer
   Group, Company, and every other linked record a site restricts).
2. KAM Administrator, Key Account Director and KAM Reader see every key account within these fences.
3. Key Account Manager, Coordinator and Executive Sponsor see the accounts whose team they are in, and the accounts
   below them in the tree.
4. A user who may not read Customer in ERPNext sees only the customers of the accounts he may see.

The conditions are part of the query, before anything is added up.
"""

import frappe
from frappe.permissions import get_allowed_docs_for_doctype
from frappe.query_builder import Criterion, Table
from frappe.utils import nowdate
from pypika.terms import EmptyCriterion, ExistsCriterion

from kam_erpnext.compat import quoted
from kam_erpnext.setup.roles import ADMINISTRATOR, DIRECTOR, PROGRAMME_ROLES

OWNER_FIELDS = (
	"key_account_manager",
	"key_account_coordinator",
	"key_account_director",
	"executive_sponsor",
)


def sees_all_accounts(user: str | None = None) -> bool:
	user = user or frappe.session.user
	return user == "Administrator" or bool(set(frappe.get_roles(user)) & {*PROGRAMME_ROLES, "System Manager"})


def reads_all_customers(user: str | None = None) -> bool:
	"""Whether a role of the user reads Customer; one shared customer, or his own ones only, do not open all others."""
	user = user or frappe.session.user
	if sees_all_accounts(user):
		return True
	rights = frappe.permissions.get_role_permissions("Customer", user=user)
	return bool(rights.get("read")) and "read" not in rights.get("if_owner", {})


# ---------------------------------------------------------------- conditions for the query builder


def every(conditions: list[Criterion]) -> Criterion:
	"""All conditions together; empty ones are left out, none at all is empty."""
	return Criterion.all([condition for condition in conditions if not isinstance(condition, EmptyCriterion)])


def fenced_fields(doctype: str, user: str | None = None) -> dict[str, list[str]]:
	"""Field -> the records that User Permissions of `user` allow in it; `name` for the document itself."""
	permissions = frappe.permissions.get_user_permissions(user or frappe.session.user)
	if not permissions:
		return {}
	linked = [
		(df.options, df.fieldname)
		for df in frappe.get_meta(doctype).get_link_fields()
		if not df.ignore_user_permissions
	]
	found = {}
	for allowed_doctype, fieldname in [(doctype, "name"), *linked]:
		allowed = get_allowed_docs_for_doctype(permissions.get(allowed_doctype, []), doctype)
		if allowed:
			found[fieldname] = allowed
	return found


def fences(doctype: str, table: Table, user: str | None = None) -> Criterion:
	"""User Permissions of `user` on `doctype` and the records it links to."""
	fenced = fenced_fields(doctype, user)
	if not fenced:
		return EmptyCriterion()
	strict = frappe.get_system_settings("apply_strict_user_permissions")
	conditions = []
	for fieldname, allowed in fenced.items():
		condition = table[fieldname].isin(allowed)
		if fieldname != "name" and not strict:
			condition = condition | table[fieldname].isnull() | (table[fieldname] == "")
		conditions.append(condition)
	return every(conditions)


def customer_condition(customer: Table, user: str | None = None) -> Criterion:
	"""Customers `user` may see; `customer` is a table or alias of tabCustomer."""
	user = user or frappe.session.user
	conditions = [fences("Customer", customer, user)]
	if not reads_all_customers(user):
		member = frappe.qb.DocType("Key Account Customer").as_("kam_member")
		conditions.append(
			customer.name.isin(
				frappe.qb.from_(member)
				.select(member.customer)
				.where(member.parenttype == "Key Account")
				.where(member.parent.isin(team_accounts(user)))
			)
		)
	return every(conditions)


def account_condition(account: Table, user: str | None = None) -> Criterion:
	"""Key accounts `user` may see; `account` is a table or alias of tabKey Account."""
	user = user or frappe.session.user
	conditions = [fences("Key Account", account, user)]
	if not sees_all_accounts(user):
		conditions.append(account.name.isin(team_accounts(user)))
	customer_fence = fences("Customer", frappe.qb.DocType("Customer").as_("kam_fenced"), user)
	if not isinstance(customer_fence, EmptyCriterion):
		conditions.append(_has_visible_customer_or_none(account, customer_fence))
	return every(conditions)


def _has_visible_customer_or_none(account: Table, customer_fence: Criterion) -> Criterion:
	"""An account of which the user may see no customer at all stays hidden; one without customers is shown."""
	below = frappe.qb.DocType("Key Account").as_("kam_below")
	member = frappe.qb.DocType("Key Account Customer").as_("kam_below_member")
	customer = frappe.qb.DocType("Customer").as_("kam_fenced")
	members = (
		frappe.qb.from_(below)
		.inner_join(member)
		.on((member.parent == below.name) & (member.parenttype == "Key Account"))
		.inner_join(customer)
		.on(customer.name == member.customer)
		.select(below.name)
		.where((below.lft >= account.lft) & (below.rgt <= account.rgt))
	)
	return ExistsCriterion(members.where(customer_fence)) | ExistsCriterion(members).negate()


def team_accounts(user: str):
	"""Names of the accounts of the user's teams and of those below them, as a sub-query."""
	above = frappe.qb.DocType("Key Account").as_("kam_above")
	account = frappe.qb.DocType("Key Account").as_("kam_team_account")
	team = frappe.qb.DocType("Key Account Team Member").as_("kam_team")
	member_of = (
		frappe.qb.from_(team)
		.select(team.parent)
		.where(team.parenttype == "Key Account")
		.where(team.user == user)
		.where(team.until.isnull() | (team.until >= nowdate()))
	)
	owns = Criterion.any([above[fieldname] == user for fieldname in OWNER_FIELDS])
	return (
		frappe.qb.from_(above)
		.inner_join(account)
		.on((account.lft >= above.lft) & (account.rgt <= above.rgt))
		.select(account.name)
		.where(owns | above.name.isin(member_of))
	)


def in_account_team(account: str, user: str | None = None) -> bool:
	"""Whether a user has a part on an account or on one above it; seeing all accounts does not make a team member."""
	table = frappe.qb.DocType("Key Account")
	user = user or frappe.session.user
	if user == "Administrator":
		return False
	return bool(
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.name == account) & table.name.isin(team_accounts(user)))
		.run()
	)


def visible_accounts_query(user: str | None = None):
	account = frappe.qb.DocType("Key Account").as_("kam_visible_account")
	return frappe.qb.from_(account).select(account.name).where(account_condition(account, user))


def visible_customers_query(user: str | None = None):
	customer = frappe.qb.DocType("Customer").as_("kam_visible_customer")
	return frappe.qb.from_(customer).select(customer.name).where(customer_condition(customer, user))


# ---------------------------------------------------------------- hooks: lists and forms


def key_account_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	if _unrestricted(user):
		return ""
	return f"(`tabKey Account`.name in ({_literal(visible_accounts_query(user))}))"


def assessment_query(user: str | None = None) -> str:
	return _subject_query("Key Account Assessment", user)


def selection_line_query(user: str | None = None) -> str:
	return _subject_query("Key Account Selection Line", user)


# tables of documents, which Frappe lets be listed by themselves: rows follow the document they stand in.
# Tables of templates and criteria are open to every role of the programme.
TABLES = {
	"Key Account": (
		"Key Account Customer",
		"Key Account Team Member",
		"Key Account Segment Entry",
		"Key Account Membership",
		"Key Account Value Chain Activity",
		"Key Account Indicator",
		"Key Account Customer Goal",
		"Key Account Need",
		"Key Account SWOT Item",
		"Key Account Stage Entry",
	),
	"Key Account Assessment": (
		"Key Account Assessment Threshold",
		"Key Account Assessment Answer",
		"Key Account Assessment Score",
	),
	"Key Account Plan": (
		"Key Account Plan Block",
		"Key Account Plan Question",
		"Key Account Plan Objective",
		"Key Account Success Factor",
		"Key Account Competitor Position",
		"Key Account Plan Target",
		"Key Account Plan Month",
		"Key Account Budget Line",
		"Key Account Plan Resource",
		"Key Account Plan Risk",
		"Key Account Plan Member",
		"Key Account SWOT Item",
	),
	"Key Account Action": ("Key Account Action Helper",),
	"Key Account Business Review": (
		"Key Account Agenda Item",
		"Key Account Review Attendee",
		"Key Account Review Figure",
		"Key Account Review Objective",
		"Key Account Review Action",
		"Key Account Review Deal",
		"Key Account Review Decision",
	),
	"Power Map": ("Power Map Person",),
	"Key Account Opportunity": (
		"Key Account Opportunity Volume",
		"Key Account Opportunity Contact",
		"Key Account Opportunity Competitor",
		"Key Account Opportunity Gate",
		"Key Account Opportunity Reason",
	),
	"Key Account Wallet": ("Key Account Wallet Share",),
	"Market Estimate": ("Market Estimate Competitor",),
	"Customer Call": (
		"Customer Call Contact",
		"Customer Call Product",
		"Customer Call Remark",
		"Customer Call Follow Up",
	),
	"Call Cycle": ("Call Cycle Absence",),
	"Key Account Plan Template": (
		"Key Account Plan Block",
		"Key Account Plan Question",
		"Key Account Agenda Item",
	),
}


def row_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Rows of the tables above."""
	user = user or frappe.session.user
	if _unrestricted(user):
		return ""
	places = []
	for parent, tables in TABLES.items():
		if doctype in tables:
			visible = _visible_query(parent, user)
			among = f" and `tab{doctype}`.parent in ({_literal(visible)})" if visible else ""
			places.append(f"(`tab{doctype}`.parenttype = '{parent}'{among})")
	return f"({' or '.join(places)})"


def _visible_query(doctype: str, user: str):
	"""Names of the documents a user may see; None when the doctype is not fenced."""
	if doctype == "Key Account":
		return visible_accounts_query(user)
	if doctype not in SUBJECT_CONDITIONS:
		return None
	table = frappe.qb.DocType(doctype).as_("kam_subject")
	return frappe.qb.from_(table).select(table.name).where(SUBJECT_CONDITIONS[doctype](table, user))


def plan_query(user: str | None = None) -> str:
	return _subject_query("Key Account Plan", user)


def action_query(user: str | None = None) -> str:
	return _subject_query("Key Account Action", user)


def review_query(user: str | None = None) -> str:
	return _subject_query("Key Account Business Review", user)


def account_document_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Power maps and what belongs to them: those of the accounts a user may see."""
	return _subject_query(doctype, user)


def nomination_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	if _unrestricted(user):
		return ""
	nomination = frappe.qb.DocType("Key Account Nomination").as_("kam_nomination")
	visible = (
		frappe.qb.from_(nomination).select(nomination.name).where(_nomination_condition(nomination, user))
	)
	return f"(`tabKey Account Nomination`.name in ({_literal(visible)}))"


def key_account_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	account = frappe.qb.DocType("Key Account")
	return _allowed(doc, account, lambda: account_condition(account, user or frappe.session.user), user)


def assessment_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	table = frappe.qb.DocType("Key Account Assessment")
	if doc.is_new():
		return _may_see_subject(doc, user)
	return _allowed(doc, table, lambda: _subject_condition(table, user or frappe.session.user), user)


def selection_line_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	table = frappe.qb.DocType("Key Account Selection Line")
	return _allowed(doc, table, lambda: _subject_condition(table, user or frappe.session.user), user)


def account_document_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Plans, actions, reviews and power maps: those of the accounts a user may see; actions also when they are his own."""
	user = user or frappe.session.user
	if doc.is_new():
		return not doc.get("key_account") or may_see_account(doc.key_account, user)
	table = frappe.qb.DocType(doc.doctype)
	return _allowed(doc, table, lambda: SUBJECT_CONDITIONS[doc.doctype](table, user), user)


def nomination_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	table = frappe.qb.DocType("Key Account Nomination")
	return _allowed(doc, table, lambda: _nomination_condition(table, user or frappe.session.user), user)


def may_see_customer(customer: str, user: str | None = None) -> bool:
	table = frappe.qb.DocType("Customer")
	return bool(
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.name == customer, customer_condition(table, user)]))
		.run()
	)


def may_see_account(account: str, user: str | None = None) -> bool:
	table = frappe.qb.DocType("Key Account")
	return bool(
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.name == account, account_condition(table, user)]))
		.run()
	)


def _may_see_subject(doc, user) -> bool:
	if doc.get("key_account"):
		return may_see_account(doc.key_account, user)
	return not doc.get("customer") or may_see_customer(doc.customer, user)


def _subject_condition(table: Table, user: str) -> Criterion:
	"""Records about a key account (if they name one) or else about a customer."""
	no_account = table.key_account.isnull() | (table.key_account == "")
	by_account = table.key_account.isin(visible_accounts_query(user))
	by_customer = no_account & table.customer.isin(visible_customers_query(user))
	return by_account | by_customer


def _account_condition_of(table: Table, user: str) -> Criterion:
	return table.key_account.isin(visible_accounts_query(user))


def _action_condition(table: Table, user: str) -> Criterion:
	helper = frappe.qb.DocType("Key Account Action Helper").as_("kam_helper")
	helps = (
		frappe.qb.from_(helper)
		.select(helper.parent)
		.where((helper.parenttype == "Key Account Action") & (helper.user == user))
	)
	return _account_condition_of(table, user) | (table.responsible == user) | table.name.isin(helps)


# ---------------------------------------------------------------- market intelligence

EVERYBODY, PROGRAMME, ACCOUNT_TEAM = "Everybody", "Programme", "Account Team"
# trees a note names a part of; the field of the note is left out of Frappe's own User Permissions
NOTE_TREES = {"territory": "Territory", "item_group": "Item Group"}


def reads_confidential_notes(user: str | None = None) -> bool:
	"""Administrators and directors of the programme read market notes of every confidentiality."""
	user = user or frappe.session.user
	return user == "Administrator" or bool(set(frappe.get_roles(user)) & {ADMINISTRATOR, DIRECTOR})


def intelligence_condition(table: Table, user: str | None = None) -> Criterion:
	"""Market notes `user` may see.

	A note about an account is seen by those who see the account. For the programme: administrators, directors and its
	author. For the account team: these and whoever has a part on the account or on one above it. User Permissions on
	territories and item groups leave notes that name one of these, one below or one above them.
	"""
	user = user or frappe.session.user
	conditions = [fences("Market Intelligence", table, user)]
	for fieldname, doctype in NOTE_TREES.items():
		conditions.append(_touches_allowed(table[fieldname], doctype, user))
	no_account = table.key_account.isnull() | (table.key_account == "")
	conditions.append(no_account | table.key_account.isin(visible_accounts_query(user)))
	if not reads_confidential_notes(user):
		conditions.append(
			(table.confidentiality == EVERYBODY)
			| (table.owner == user)
			| ((table.confidentiality == ACCOUNT_TEAM) & table.key_account.isin(team_accounts(user)))
		)
	return every(conditions)


def _touches_allowed(column, doctype: str, user: str) -> Criterion:
	"""A place in a tree that holds one of the user's allowed places, or lies in one; empty holds everything."""
	permissions = frappe.permissions.get_user_permissions(user).get(doctype, [])
	allowed = get_allowed_docs_for_doctype(permissions, "Market Intelligence")
	if not allowed:
		return EmptyCriterion()
	above = frappe.qb.DocType(doctype).as_("kam_above_allowed")
	below = frappe.qb.DocType(doctype).as_("kam_allowed")
	touching = (
		frappe.qb.from_(above)
		.inner_join(below)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.select(above.name)
		.where(below.name.isin(allowed))
	)
	condition = column.isin(touching)
	if frappe.get_system_settings("apply_strict_user_permissions"):
		return condition
	return condition | column.isnull() | (column == "")


def intelligence_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	if reads_confidential_notes(user) and _unrestricted(user):
		return ""
	return f"(`tabMarket Intelligence`.name in ({_literal(_visible_query('Market Intelligence', user))}))"


def intelligence_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	user = user or frappe.session.user
	if doc.is_new():
		return not doc.get("key_account") or may_see_account(doc.key_account, user)
	if reads_confidential_notes(user) and _unrestricted(user):
		return True
	table = frappe.qb.DocType("Market Intelligence")
	return bool(
		frappe.qb.from_(table)
		.select(table.name)
		.where(every([table.name == doc.name, intelligence_condition(table, user)]))
		.run()
	)


def own_accounts(user: str | None = None) -> list[str]:
	"""Accounts a person looks after; for somebody who has a part on none and sees all, those he may see.

	Accounts that have left the programme are not among them.
	"""
	user = user or frappe.session.user
	account = frappe.qb.DocType("Key Account")
	living = (
		frappe.qb.from_(account)
		.select(account.name)
		.where(every([account.status != "Retired", account_condition(account, user)]))
		.orderby(account.lft)
	)
	own = living.where(account.name.isin(team_accounts(user))).run(pluck=True)
	return own or (living.run(pluck=True) if sees_all_accounts(user) else [])


def _estimate_condition(table: Table, user: str) -> Criterion:
	return fences("Market Estimate", table, user)


# ---------------------------------------------------------------- calls


def _call_condition(table: Table, user: str) -> Criterion:
	"""Own calls and those to the accounts of one's teams; who sees all accounts also sees calls to other customers."""
	condition = (table.user == user) | (table.accompanied_by == user) | _account_condition_of(table, user)
	if not sees_all_accounts(user):
		return condition
	no_account = table.key_account.isnull() | (table.key_account == "")
	return condition | (no_account & table.customer.isin(visible_customers_query(user)))


def _cycle_condition(table: Table, user: str) -> Criterion:
	"""One's own cycles and those one has prepared for somebody; who sees all accounts sees all of them."""
	return EmptyCriterion() if sees_all_accounts(user) else (table.user == user) | (table.owner == user)


def _cycle_line_condition(table: Table, user: str) -> Criterion:
	cycle = frappe.qb.DocType("Call Cycle").as_("kam_cycle")
	visible = (
		frappe.qb.from_(cycle)
		.select(cycle.name)
		.where(every([_cycle_condition(cycle, user), fences("Call Cycle", cycle, user)]))
	)
	return every([table.cycle.isin(visible), table.customer.isin(visible_customers_query(user))])


def call_query(user: str | None = None, doctype: str | None = None) -> str:
	"""Calls, call cycles and their lines."""
	return _subject_query(doctype, user)


def call_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	user = user or frappe.session.user
	if doc.is_new():
		return not doc.get("customer") or may_see_customer(doc.customer, user)
	table = frappe.qb.DocType(doc.doctype)
	return _allowed(doc, table, lambda: SUBJECT_CONDITIONS[doc.doctype](table, user), user)


# whoever looks after the site may see who has a calendar of calls, end its address and delete it
CALENDAR_KEEPERS = (ADMINISTRATOR, "System Manager")
KEEPING = ("read", "select", "delete", "report", "print")


def calendar_query(user: str | None = None) -> str:
	"""Everybody's own calendar of calls."""
	user = user or frappe.session.user
	if _keeps_calendars(user):
		return ""
	return f"(`tabCall Calendar`.`user` = {quoted(user)})"


def calendar_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Only the person changes what the calendar holds: whoever knows its address reads it."""
	user = user or frappe.session.user
	if doc.is_new() or doc.user == user:
		return True
	return ptype in KEEPING and _keeps_calendars(user)


def _keeps_calendars(user: str) -> bool:
	return user == "Administrator" or bool(set(frappe.get_roles(user)) & set(CALENDAR_KEEPERS))


# ---------------------------------------------------------------- figures of whole accounts: snapshots and alarms


def _whole_account_condition(table: Table, user: str) -> Criterion:
	"""Stored figures hold an account with everything below it: whoever sees the account and all these customers sees them.

	They cannot be taken apart afterwards, and a figure never holds what its reader may not see. So somebody who is fenced
	in by more than customers and companies, such as a project or a cost centre, sees none.
	"""
	if _sees_part_of_documents(user):
		return table.name.isnull()
	return every([_account_condition_of(table, user), _no_hidden_customer(table, user)])


# fences that are looked at by the customers of an account, and by the company of a figure
FENCED_BY_CUSTOMER = frozenset(
	("Key Account", "Customer", "Customer Group", "Territory", "Market Segment", "Company")
)
BEHIND_FIGURES = ("Sales Invoice", "Sales Order", "Delivery Note", "Issue", "Contract")


def _sees_part_of_documents(user: str) -> bool:
	"""Whether User Permissions hide documents of customers the user may see."""
	permissions = frappe.permissions.get_user_permissions(user)
	others = set(permissions) - FENCED_BY_CUSTOMER
	if not others:
		return False
	return any(
		df.options in others
		and not df.ignore_user_permissions
		and get_allowed_docs_for_doctype(permissions[df.options], doctype)
		for doctype in BEHIND_FIGURES
		for df in frappe.get_meta(doctype).get_link_fields()
	)


def _no_hidden_customer(table: Table, user: str) -> Criterion:
	if isinstance(customer_condition(frappe.qb.DocType("Customer"), user), EmptyCriterion):
		return EmptyCriterion()
	above = frappe.qb.DocType("Key Account").as_("kam_whole")
	below = frappe.qb.DocType("Key Account").as_("kam_whole_below")
	member = frappe.qb.DocType("Key Account Customer").as_("kam_whole_member")
	with_hidden = (
		frappe.qb.from_(member)
		.inner_join(below)
		.on((member.parent == below.name) & (member.parenttype == "Key Account"))
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.select(above.name)
		.where(member.customer.notin(visible_customers_query(user)))
	)
	return table.key_account.notin(with_hidden)


def _alarm_condition(table: Table, user: str) -> Criterion:
	"""Alarms about documents a reader may not read, and about who is in contact with whom, are not for him."""
	condition = _whole_account_condition(table, user)
	hidden = _hidden_alarms(user)
	return condition & table.kind.notin(hidden) if hidden else condition


def _hidden_alarms(user: str) -> list[str]:
	from kam_erpnext import alarms, extending
	from kam_erpnext.power_map.overview import may_judge

	hidden = [
		kind
		for kind, doctype in {**alarms.READS, **extending.alarm_doctypes()}.items()
		if not frappe.permissions.get_role_permissions(doctype, user=user).get("read")
	]
	return hidden if may_judge(user) else [*hidden, alarms.SINGLE_THREAD]


def alarm_query(user: str | None = None) -> str:
	user = user or frappe.session.user
	if _unrestricted(user) and not _hidden_alarms(user):
		return ""
	return f"(`tabKey Account Alarm`.name in ({_literal(_visible_query('Key Account Alarm', user))}))"


def alarm_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Read as the account is; muted and closed by its team and by administrators of the programme."""
	user = user or frappe.session.user
	if doc.is_new():
		return user == "Administrator"
	if not visible_alarms([doc.name], user):
		return False
	if ptype not in ("write", "delete", "create", "submit", "cancel", "import", "share"):
		return True
	return (
		user == "Administrator"
		or ADMINISTRATOR in frappe.get_roles(user)
		or in_account_team(doc.key_account, user)
	)


def visible_alarms(names: list[str], user: str | None = None) -> set[str]:
	"""Those of the alarms that a person may see."""
	user = user or frappe.session.user
	if not names or not frappe.permissions.get_role_permissions("Key Account Alarm", user=user).get("read"):
		return set()
	table = frappe.qb.DocType("Key Account Alarm")
	query = frappe.qb.from_(table).select(table.name)
	conditions = [table.name.isin(names), fences("Key Account Alarm", table, user)]
	return set(query.where(every([*conditions, _alarm_condition(table, user)])).run(pluck=True))


SUBJECT_CONDITIONS = {
	"Key Account Assessment": _subject_condition,
	"Key Account Selection Line": _subject_condition,
	"Key Account Plan": _account_condition_of,
	"Key Account Action": _action_condition,
	"Key Account Business Review": _account_condition_of,
	"Power Map": _account_condition_of,
	"Power Map Snapshot": _account_condition_of,
	"Power Map Reading": _account_condition_of,
	"Key Account Opportunity": _account_condition_of,
	"Key Account Wallet": _account_condition_of,
	"Market Estimate": _estimate_condition,
	"Market Intelligence": intelligence_condition,
	"Customer Call": _call_condition,
	"Call Cycle": _cycle_condition,
	"Call Cycle Line": _cycle_line_condition,
	"Key Account Alarm": _alarm_condition,
	"Key Account Snapshot": _whole_account_condition,
}


def _nomination_condition(table: Table, user: str) -> Criterion:
	return (
		(table.owner == user)
		| (table.key_account_manager == user)
		| ((table.party_type == "Customer") & table.party.isin(visible_customers_query(user)))
		| (
			table.party_type != "Customer"
			if sees_all_accounts(user)
			else table.key_account.isin(visible_accounts_query(user))
		)
	)


def _subject_query(doctype: str, user: str | None) -> str:
	user = user or frappe.session.user
	if _unrestricted(user):
		return ""
	return f"(`tab{doctype}`.name in ({_literal(_visible_query(doctype, user))}))"


def _unrestricted(user: str) -> bool:
	return sees_all_accounts(user) and not frappe.permissions.get_user_permissions(user)


def _allowed(doc, table: Table, condition, user: str | None) -> bool:
	if _unrestricted(user or frappe.session.user) or doc.is_new():
		return True
	return bool(
		frappe.qb.from_(table).select(table.name).where(every([table.name == doc.name, condition()])).run()
	)


def _literal(query) -> str:
	"""SQL of a query with its values escaped, for hooks that must return a string."""
	sql, parameters = query.walk()
	values = {key: quoted(value) for key, value in parameters.items()}
	return sql % values if values else sql
