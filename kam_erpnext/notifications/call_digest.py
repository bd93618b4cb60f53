"""Weekly digest of calls: one message for each person on Monday, with the calls of the week, those overdue and those missed;
directors also read how far the calls of the team were made.

The week a person was last told of is remembered, so that running again sends once, a Monday on which the scheduler stood
still is made up, and what was missed in weeks without a digest is told in the next one. Monday is that of the person.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import quote

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import cint, escape_html, format_time, formatdate, get_datetime, get_url, now_datetime

from kam_erpnext.compat import desk_route, message_type
from kam_erpnext.data import calls as data
from kam_erpnext.data.call_time import to_user_time
from kam_erpnext.data.calls import CALL, MADE, MISSED, OPEN, CallFilters
from kam_erpnext.data.permissions import every
from kam_erpnext.engine.call_figures import Compliance, compliance
from kam_erpnext.integration.call_feed import in_language_of
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.notifications.digest import readers
from kam_erpnext.setup.roles import DIRECTOR

# default value of a user that says of which week he was told
TOLD = "kam_call_digest"
HOUR = 5
WEEK = timedelta(days=7)
# what happened longer ago is not told any more
LONGEST_GAP = 4 * WEEK
SHOWN = 25
SHOWN_PEOPLE = 15
FIELDS = ("name", "customer", "customer_name", "user", "method", "status", "planned_on", "starts_at", "made_on")  # fmt: skip


@dataclass
class Digest:
	"""What a person is told. Days are his own; `since` is the Monday after the last digest."""

	user: str
	monday: date
	since: date
	week: list[dict] = field(default_factory=list)
	overdue: list[dict] = field(default_factory=list)
	missed: list[dict] = field(default_factory=list)
	made: int = 0
	team: list[tuple[str, Compliance]] = field(default_factory=list)
	total: Compliance | None = None

	@property
	def empty(self) -> bool:
		return not (self.week or self.overdue or self.missed or self.team)


def send_weekly_call_digest(now: datetime | str | None = None):
	"""Scheduled every hour, because Monday does not begin everywhere at once. `now` is a moment of the site."""
	if not cint(get_settings().call_digest):
		return
	now = get_datetime(now) if now else now_datetime()
	told = last_told()
	for user in readers():
		local = to_user_time(now, user)
		monday = monday_of(local)
		before = told.get(user)
		if monday is None or (before and before >= monday):
			continue
		try:
			send(user, local.date(), monday, before)
			frappe.defaults.set_user_default(TOLD, str(monday), user)
			frappe.db.commit()  # what was sent stays sent, whatever happens with the next person
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=_("Digest of calls to {0} failed").format(user))
			frappe.db.commit()  # the entry in the log


def monday_of(local: datetime) -> date | None:
	"""Monday of the week of which a digest is due by the clock of the person; None early on a Monday."""
	if local.weekday() == 0 and local.hour < HOUR:
		return None
	return local.date() - timedelta(days=local.weekday())


def last_told() -> dict[str, date]:
	rows = frappe.get_all(
		"DefaultValue", {"defkey": TOLD}, ["parent", "defvalue"], order_by="creation", limit_page_length=0
	)
	return {row.parent: frappe.utils.getdate(row.defvalue) for row in rows}


def forget():
	"""When the app is removed."""
	frappe.db.delete("DefaultValue", {"defkey": TOLD})


def send(user: str, today: date, monday: date, before: date | None):
	"""Writes the digest to the user's notifications, which mail it if he wishes."""
	since = max(before or monday - WEEK, monday - LONGEST_GAP)
	found = gather(user, today, monday, since)
	if found.empty:
		return
	with in_language_of(user):
		notification = message(found)
	make_notification_logs(notification, [frappe.db.get_value("User", user, "email")])


# ---------------------------------------------------------------- what there is to tell


def gather(user: str, today: date, monday: date, since: date) -> Digest:
	found = Digest(user, monday, since)
	if not frappe.has_permission(CALL, "read", user=user):
		return found
	for row in own_calls(user, monday, since):
		mine = row.user == user
		if row.status in OPEN and row.planned_on >= today:
			found.week.append(row)
		elif row.status in OPEN and mine:
			found.overdue.append(row)
		elif row.status == MISSED and mine:
			found.missed.append(row)
		elif row.status == MADE and mine:
			found.made += 1
	if DIRECTOR in frappe.get_roles(user):
		add_team(found)
	return found


def own_calls(user: str, monday: date, since: date) -> list[dict]:
	"""Calls of a person and those he comes along on, as he may see them: open ones up to Sunday, missed and made ones since."""
	call = frappe.qb.DocType(CALL)
	wanted = (
		(call.status.isin(OPEN) & (call.planned_on < monday + WEEK))
		| ((call.status == MISSED) & (call.planned_on >= since) & (call.planned_on < monday))
		| ((call.status == MADE) & (call.made_on >= since) & (call.made_on < monday))
	)
	return (
		frappe.qb.from_(call)
		.select(*(call[name] for name in FIELDS))
		.where(every([(call.user == user) | (call.accompanied_by == user), wanted, data.visible(call, user)]))
		.orderby(call.planned_on)
		.orderby(call.starts_at)
		.orderby(call.name)
		.run(as_dict=True)
	)


def add_team(found: Digest):
	"""Calls due since the last digest, by person, as the director may see them."""
	filters = CallFilters(from_date=found.since, to_date=found.monday - timedelta(days=1), day="due_on")
	by_person: dict[str, list] = {}
	for row in data.calls(filters, found.user, ("user", "status", "due_on", "planned_on", "made_on")):
		if row.user and row.user != found.user:
			by_person.setdefault(row.user, []).append((row.status, row.due_on or row.planned_on, row.made_on))
	grace = cint(get_settings().call_missed_after)
	last = found.monday - timedelta(days=1)
	people = [(user, compliance(calls, last, grace)) for user, calls in by_person.items()]
	found.team = sorted(
		((frappe.utils.get_fullname(user), figures) for user, figures in people if figures.planned),
		key=lambda entry: (entry[1].rate, entry[0]),
	)
	if found.team:
		found.total = compliance([one for calls in by_person.values() for one in calls], last, grace)


# ---------------------------------------------------------------- telling it


def message(found: Digest) -> frappe._dict:
	"""The notification: a sentence with the numbers, and the calls with links."""
	first = next(iter([*found.week, *found.overdue, *found.missed]), None)
	return frappe._dict(
		type=message_type(),
		subject=subject(found),
		email_content=content(found),
		document_type=CALL,
		document_name=first["name"] if first else None,
		link=get_url(desk_route("my-calls")) if first else compliance_report(),
		from_user="Administrator",
	)


def subject(found: Digest) -> str:
	parts = [
		(_("Calls this week"), len(found.week)),
		(_("Overdue calls"), len(found.overdue)),
		(_("Calls missed"), len(found.missed)),
	]
	texts = [_("{0}: {1}").format(title, f"<b>{number}</b>") for title, number in parts if number]
	if texts:
		return ", ".join(texts)
	return _("Calls of the team: {0} of {1} made").format(
		f"<b>{found.total.made}</b>", f"<b>{found.total.planned}</b>"
	)


def content(found: Digest) -> str:
	sections = [
		section(_("Calls this week"), found.week, found.user),
		section(_("Overdue calls"), found.overdue, found.user),
		section(_("Calls missed since {0}").format(formatdate(found.since)), found.missed, found.user),
	]
	if found.made:
		text = _("Calls made since {0}: {1}").format(formatdate(found.since), found.made)
		sections.append(f"<p>{escape_html(text)}</p>")
	if found.team:
		sections.append(team(found))
	return "".join(sections)


def section(title: str, rows: list[dict], user: str) -> str:
	if not rows:
		return ""
	items = "".join(f"<li>{entry(row, user)}</li>" for row in rows[:SHOWN])
	more = len(rows) - SHOWN
	rest = f"<p>{escape_html(_('and {0} more').format(more))}</p>" if more > 0 else ""
	return f"<p><b>{escape_html(title)}</b></p><ul>{items}</ul>{rest}"


def entry(row: dict, user: str) -> str:
	"""A call in one line; its time is that of the person who is told."""
	when = day_in_words(row["planned_on"])
	if row["starts_at"]:
		when = f"{when} {format_time(to_user_time(row['starts_at'], user), 'HH:mm')}"
	name = row["customer_name"] or row["customer"]
	link = f'<a href="{escape_html(address(row["name"]))}">{escape_html(name)}</a>'
	return f"{escape_html(when)}: {link}, {escape_html(_(row['method']))}"


def day_in_words(day: date) -> str:
	"""Day of the week and date, as in "Tue 31-03-2026"."""
	return f"{formatdate(day, 'EEE')} {formatdate(day)}"


def team(found: Digest) -> str:
	head = _("Calls of the team from {0} to {1}").format(
		formatdate(found.since), formatdate(found.monday - timedelta(days=1))
	)
	rows = [_row(_("Total"), found.total, "b"), *(_row(name, one) for name, one in found.team[:SHOWN_PEOPLE])]
	titles = [_("Person"), _("Due"), _("Made"), _("On Time"), _("Open"), _("Missed"), _("Compliance")]
	cells = "".join(f'<th style="{CELL}">{escape_html(title)}</th>' for title in titles)
	more = len(found.team) - SHOWN_PEOPLE
	rest = f"<p>{escape_html(_('and {0} more').format(more))}</p>" if more > 0 else ""
	link = f'<a href="{escape_html(compliance_report())}">{escape_html(_("Call Compliance"))}</a>'
	return (
		f"<p><b>{escape_html(head)}</b></p>"
		f'<table style="border-collapse: collapse"><tr>{cells}</tr>{"".join(rows)}</table>{rest}<p>{link}</p>'
	)


CELL = "padding: 2px 10px 2px 0; text-align: left"


def _row(name: str, one: Compliance, tag: str = "span") -> str:
	rate = "–" if one.rate is None else _("{0} %").format(round(one.rate))
	values = [name, one.planned, one.made, one.on_time, one.open, one.missed, rate]
	cells = "".join(f'<td style="{CELL}"><{tag}>{escape_html(str(value))}</{tag}></td>' for value in values)
	return f"<tr>{cells}</tr>"


def address(call: str) -> str:
	return get_url(desk_route("customer-call", quote(call)))


def compliance_report() -> str:
	return get_url(desk_route("query-report", quote("Call Compliance")))
