"""Daily reminders of key account actions, business reviews and calls: one summary for each person.

What was sent is remembered on the action, on the plan and on the call, so that running twice sends once, a day on which the
scheduler stood still is made up, and a run that breaks off goes on where it stopped.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import cint, escape_html, format_time, formatdate, get_url, getdate

from kam_erpnext.compat import desk_route, message_type
from kam_erpnext.data.call_time import to_user_time, today_of
from kam_erpnext.data.calls import CALL, visible
from kam_erpnext.data.calls import OPEN as OPEN_CALLS
from kam_erpnext.data.language import in_language_of
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN

ACTION, PLAN = "Key Account Action", "Key Account Plan"
# the field that remembers who was reminded of which day
MARKS = {ACTION: "reminded", PLAN: "review_reminded", CALL: "reminded"}
IN_FORCE = ("Approved", "In Execution")
RETIRED = "Retired"
SOON, TODAY, OVERDUE = "soon", "today", "overdue"


@dataclass(frozen=True)
class Line:
	"""What one person is reminded of."""

	doctype: str
	name: str
	title: str
	account_name: str
	due: date
	stage: str
	# of calls: how the customer is called on, and at what time by the clock of the person
	method: str = ""
	time: datetime | None = None

	@property
	def kind(self) -> str:
		return self.stage.split()[0]

	@property
	def mark(self) -> str:
		return f"{self.due} {self.stage}"


def stage_of(due: date, today: date, days_before: int) -> str | None:
	"""The reminder that is due: some days before, on the day, and after it once a week."""
	if today > due:
		return f"{OVERDUE} {((today - due).days - 1) // 7}"
	if today == due:
		return TODAY
	return SOON if today >= due - timedelta(days=days_before) else None


def send_due_reminders(today: date | str | None = None):
	"""Scheduled every day. A day of a call is one of the person, whose calendar may be a day ahead or behind the site."""
	given, today = today, getdate(today)
	by_person = defaultdict(list)
	for user, line in [*actions(today), *reviews(today), *calls(given and today)]:
		by_person[user].append(line)
	for user, lines in sorted(by_person.items()):
		try:
			remind(user, lines)
			frappe.db.commit()  # what was sent stays sent, whatever happens with the next person
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=_("Reminders to {0} failed").format(user))
			frappe.db.commit()  # the entry in the log


# ---------------------------------------------------------------- what is due


def actions(today: date):
	"""Open actions of living accounts that belong to no plan or to one in force, for the person responsible."""
	days = cint(get_settings().action_reminder)
	action, account, plan = (frappe.qb.DocType(name) for name in (ACTION, "Key Account", PLAN))
	rows = (
		frappe.qb.from_(action)
		.inner_join(account)
		.on(account.name == action.key_account)
		.left_join(plan)
		.on(plan.name == action.plan)
		.select(action.name, action.subject, action.end_date, action.responsible, action.reminded)
		.select(account.account_name)
		.where(action.status.isin(OPEN))
		.where(action.end_date <= today + timedelta(days=days))
		.where(account.status != RETIRED)
		.where(action.plan.isnull() | (action.plan == "") | plan.status.isin(IN_FORCE))
		.orderby(action.end_date)
		.orderby(action.name)
		.run(as_dict=True)
	)
	for row in rows:
		line = Line(
			ACTION,
			row.name,
			row.subject,
			row.account_name,
			row.end_date,
			stage_of(row.end_date, today, days),
		)
		if not was_sent(row.reminded, row.responsible, line):
			yield row.responsible, line


def reviews(today: date):
	"""Reviews of plans in force, for their author and the people who look after the account."""
	days = cint(get_settings().review_reminder)
	plan, account = frappe.qb.DocType(PLAN), frappe.qb.DocType("Key Account")
	rows = (
		frappe.qb.from_(plan)
		.inner_join(account)
		.on(account.name == plan.key_account)
		.select(plan.name, plan.title, plan.next_review, plan.prepared_by, plan.review_reminded)
		.select(account.account_name, account.key_account_manager, account.key_account_coordinator)
		.where(plan.docstatus == 1)
		.where(plan.status.isin(IN_FORCE))
		.where(account.status != RETIRED)
		.where(plan.next_review <= today + timedelta(days=days))
		.orderby(plan.next_review)
		.orderby(plan.name)
		.run(as_dict=True)
	)
	for row in rows:
		people = (row.prepared_by, row.key_account_manager, row.key_account_coordinator)
		for user in dict.fromkeys(filter(None, people)):
			line = Line(
				PLAN,
				row.name,
				row.title or row.name,
				row.account_name,
				row.next_review,
				stage_of(row.next_review, today, days),
			)
			if not was_sent(row.review_reminded, user, line) and may_read(row.name, user):
				yield user, line


def calls(today: date | None = None):
	"""Open calls for who makes them and, up to the day itself, for who comes along; `today` is that of the person."""
	days = cint(get_settings().call_reminder)
	if not days:
		return
	call = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(call)
		.select(call.name, call.customer, call.customer_name, call.method, call.planned_on, call.starts_at)
		.select(call.user, call.accompanied_by, call.reminded)
		.where(call.status.isin(OPEN_CALLS))
		# a day more, for those who are ahead of the site
		.where(call.planned_on <= (today or getdate()) + timedelta(days=days + 1))
		.orderby(call.planned_on)
		.orderby(call.starts_at)
		.orderby(call.name)
		.run(as_dict=True)
	)
	by_person = defaultdict(list)
	for row in rows:
		for user in filter(None, (row.user, row.accompanied_by)):
			by_person[user].append(row)
	for user, own in by_person.items():
		now, seen = today or today_of(user), seen_calls([row.name for row in own], user)
		for row in own:
			stage = stage_of(row.planned_on, now, days) if row.name in seen else None
			if not stage or (user != row.user and stage.startswith(OVERDUE)):
				continue
			line = Line(
				CALL,
				row.name,
				row.customer_name or row.customer,
				"",
				row.planned_on,
				stage,
				method=row.method,
				time=to_user_time(row.starts_at, user) if row.starts_at else None,
			)
			if not was_sent(row.reminded, user, line):
				yield user, line


def seen_calls(names: list[str], user: str) -> set[str]:
	"""Those of the calls that a person may see."""
	if not frappe.has_permission(CALL, "read", user=user):
		return set()
	call = frappe.qb.DocType(CALL)
	query = frappe.qb.from_(call).select(call.name).where(call.name.isin(names) & visible(call, user))
	return set(query.run(pluck=True))


def may_read(plan: str, user: str) -> bool:
	return bool(frappe.has_permission(PLAN, "read", doc=frappe.get_doc(PLAN, plan), user=user))


def was_sent(marks: str | None, user: str, line: Line) -> bool:
	return json.loads(marks or "{}").get(user) == line.mark


# ---------------------------------------------------------------- telling it


def remind(user: str, lines: list[Line]):
	"""Writes the summary to the user's notifications, which mail it if he wishes, and remembers that."""
	person = frappe.db.get_value("User", user, ["email", "enabled"], as_dict=True)
	if not person or not person.enabled:
		return
	with in_language_of(user):
		notification = summary(user, lines)
	make_notification_logs(notification, [person.email])
	for line in lines:
		remember(user, line)


def remember(user: str, line: Line):
	field = MARKS[line.doctype]
	marks = json.loads(frappe.db.get_value(line.doctype, line.name, field, for_update=True) or "{}")
	# days of the past need not be remembered
	marks = {person: mark for person, mark in marks.items() if mark.startswith(str(line.due))}
	marks[user] = line.mark
	frappe.db.set_value(line.doctype, line.name, field, json.dumps(marks), update_modified=False)


def summary(user: str, lines: list[Line]) -> frappe._dict:
	"""The notification: a sentence with the numbers, and a list with links."""
	first = lines[0]
	return frappe._dict(
		type=message_type(),
		subject=subject(lines),
		email_content="".join(section(title, part) for title, part in sections(lines) if part),
		document_type=first.doctype,
		document_name=first.name,
		link=address(first) if len(lines) == 1 else overview(user, lines),
		from_user="Administrator",
	)


def sections(lines: list[Line]) -> list[tuple[str, list[Line]]]:
	own = [line for line in lines if line.doctype == ACTION]
	calls_on = [line for line in lines if line.doctype == CALL]
	return [
		(_("Calls today"), [line for line in calls_on if line.kind == TODAY]),
		(_("Calls due soon"), [line for line in calls_on if line.kind == SOON]),
		(_("Overdue calls"), [line for line in calls_on if line.kind == OVERDUE]),
		(_("Overdue actions"), [line for line in own if line.kind == OVERDUE]),
		(_("Actions due today"), [line for line in own if line.kind == TODAY]),
		(_("Actions due soon"), [line for line in own if line.kind == SOON]),
		(_("Business reviews"), [line for line in lines if line.doctype == PLAN]),
	]


def subject(lines: list[Line]) -> str:
	if len(lines) == 1:
		(line,) = lines
		text = {
			(ACTION, OVERDUE): _("Overdue since {1}: {0}"),
			(ACTION, TODAY): _("Due today: {0}"),
			(ACTION, SOON): _("Due on {1}: {0}"),
			(PLAN, OVERDUE): _("Business review of {0} was due on {1}"),
			(PLAN, TODAY): _("Business review of {0} is due today"),
			(PLAN, SOON): _("Business review of {0} is due on {1}"),
			(CALL, OVERDUE): _("Call on {0} is overdue since {1}"),
			(CALL, TODAY): _("Call on {0} today"),
			(CALL, SOON): _("Call on {0} on {1}"),
		}[line.doctype, line.kind]
		what = line.account_name if line.doctype == PLAN else line.title
		return text.format(f"<b>{escape_html(what)}</b>", formatdate(line.due))
	parts = [_("{0}: {1}").format(title, f"<b>{len(part)}</b>") for title, part in sections(lines) if part]
	return ", ".join(parts)


def section(title: str, lines: list[Line]) -> str:
	items = []
	for line in lines:
		link = f'<a href="{escape_html(address(line))}">{escape_html(line.title)}</a>'
		facts = [
			link,
			escape_html(_(line.method) if line.method else line.account_name),
			formatdate(line.due),
		]
		if line.time:
			facts.append(format_time(line.time, "HH:mm"))
		items.append(f"<li>{', '.join(facts)}</li>")
	return f"<p><b>{escape_html(title)}</b></p><ul>{''.join(items)}</ul>"


def address(line: Line) -> str:
	return get_url(desk_route(frappe.scrub(line.doctype).replace("_", "-"), quote(line.name)))


def overview(user: str, lines: list[Line]) -> str:
	"""The list that holds most of it."""
	if all(line.doctype == CALL for line in lines):
		return get_url(desk_route("my-calls"))
	if any(line.doctype == ACTION for line in lines):
		return f"{get_url(desk_route('key-account-action'))}?responsible={quote(user)}"
	return get_url(desk_route("key-account-plan"))
