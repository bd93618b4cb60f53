"""Weekly digest of market notes: one message for each person, with the new notes that matter for his accounts.

Who has had a note is remembered on the note, so that running twice sends once, a week in which the scheduler stood still
is made up, and a run that breaks off goes on where it stopped.
"""

import json
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import cint, escape_html, formatdate, get_url, getdate, strip_html

from kam_erpnext.compat import desk_route, message_type
from kam_erpnext.data import intelligence
from kam_erpnext.data.intelligence import NOTE, Found
from kam_erpnext.data.language import in_language_of
from kam_erpnext.data.permissions import own_accounts
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.setup.roles import ROLES

# a note entered longer ago is no news, also to somebody who has just joined
NEWS_DAYS = 30
SHOWN_NOTES = 20
SHOWN_ACCOUNTS = 3
SHOWN_TEXT = 280


def send_weekly_digest(today: date | str | None = None):
	"""Scheduled every week."""
	if not cint(get_settings().intelligence_digest):
		return
	today = getdate(today)
	forget_old(today)
	for user in readers():
		try:
			send(user, today)
			frappe.db.commit()  # what was sent stays sent, whatever happens with the next person
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=_("Digest of market notes to {0} failed").format(user))
			frappe.db.commit()  # the entry in the log


def readers() -> list[str]:
	"""People with one of the roles of the programme who can log in."""
	user, role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	return (
		frappe.qb.from_(user)
		.inner_join(role)
		.on((role.parent == user.name) & (role.parenttype == "User"))
		.select(user.name)
		.distinct()
		.where((user.enabled == 1) & role.role.isin(ROLES))
		.where(user.name.notin(["Administrator", "Guest"]))
		.orderby(user.name)
		.run(pluck=True)
	)


def send(user: str, today: date):
	"""Writes the digest to the user's notifications, which mail it if he wishes, and remembers that."""
	found = news(user, today)
	if not found:
		return
	person = frappe.db.get_value("User", user, ["email"], as_dict=True)
	with in_language_of(user):
		notification = digest(found)
	make_notification_logs(notification, [person.email])
	for one in found:
		remember(user, one.note["name"])


def news(user: str, today: date) -> list[Found]:
	"""Notes a person has not been told of, may see, and that matter for one of his accounts."""
	since = today - timedelta(days=NEWS_DAYS)
	notes = intelligence.current_notes(user=user, today=today, entered_since=since, more=("what", "told"))
	unread = [note for note in notes if user not in told(note["told"])]
	return intelligence.found_for(unread, own_accounts(user), user) if unread else []


def told(stored: str | None) -> list[str]:
	return json.loads(stored or "[]")


def remember(user: str, name: str):
	people = told(frappe.db.get_value(NOTE, name, "told", for_update=True))
	frappe.db.set_value(NOTE, name, "told", json.dumps([*people, user]), update_modified=False)


def forget_old(today: date):
	"""Nobody is told of notes entered so long ago, so that who was told need not be kept."""
	note = frappe.qb.DocType(NOTE)
	frappe.qb.update(note).set(note.told, None).where(
		note.told.isnotnull() & (note.creation < today - timedelta(days=2 * NEWS_DAYS))
	).run()


# ---------------------------------------------------------------- telling it


def digest(found: list[Found]) -> frappe._dict:
	"""The notification: a sentence with the number, and the notes with links."""
	first = found[0].note
	return frappe._dict(
		type=message_type(),
		subject=subject(found),
		email_content=content(found),
		document_type=NOTE,
		document_name=first["name"],
		link=address(NOTE, first["name"]) if len(found) == 1 else get_url(desk_route("market-intelligence")),
		from_user="Administrator",
	)


def subject(found: list[Found]) -> str:
	if len(found) == 1:
		title = found[0].note["title"]
		return _("New market note for your accounts: {0}").format(f"<b>{escape_html(title)}</b>")
	return _("{0} new market notes for your accounts").format(f"<b>{len(found)}</b>")


def content(found: list[Found]) -> str:
	names = account_names(found)
	shown = "".join(entry(one, names) for one in found[:SHOWN_NOTES])
	more = len(found) - SHOWN_NOTES
	rest = f"<p>{_('and {0} more').format(more)}</p>" if more > 0 else ""
	return f'<ul style="padding-left: 18px; margin: 0">{shown}</ul>{rest}'


def account_names(found: list[Found]) -> dict[str, str]:
	wanted = {match.account for one in found for match in one.matches[:SHOWN_ACCOUNTS]}
	return dict(
		frappe.get_all(
			"Key Account",
			{"name": ("in", sorted(wanted))},
			["name", "account_name"],
			as_list=True,
			order_by="name",
		)
	)


def entry(one: Found, names: dict[str, str]) -> str:
	note = one.note
	facts = [_(note["kind"]), formatdate(note["noted_on"])]
	if note["impact"]:
		facts.insert(1, _("impact: {0}").format(_(note["impact"])))
	if note["direction"]:
		facts.insert(1, _(note["direction"]))
	lines = [muted(", ".join(facts)), muted(accounts_in_words(one, names))]
	text = strip_html(note["what"] or "").strip()
	if text:
		lines.append(escape_html(text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT].rstrip() + " …"))
	if note["response"]:
		lines.append(f"<i>{escape_html(_('Response: {0}').format(note['response']))}</i>")
	link = f'<a href="{escape_html(address(NOTE, note["name"]))}">{escape_html(note["title"])}</a>'
	return f'<li style="margin-bottom: 14px"><b>{link}</b><br>{"<br>".join(lines)}</li>'


def muted(text: str) -> str:
	return f'<span style="color: #6b7280">{escape_html(text)}</span>'


def accounts_in_words(one: Found, names: dict[str, str]) -> str:
	"""The accounts a note matters for; those of a note for everybody are not listed."""
	if not one.matches[0].reasons:
		return _("For all accounts")
	shown = [names.get(match.account, match.account) for match in one.matches[:SHOWN_ACCOUNTS]]
	more = len(one.matches) - len(shown)
	text = ", ".join(shown)
	if more > 0:
		text = _("{0} and {1} more").format(text, more)
	return _("Matters for {0}").format(text)


def address(doctype: str, name: str) -> str:
	return get_url(desk_route(frappe.scrub(doctype).replace("_", "-"), name))
