"""Messages about new alarms: one for each person and batch, only about accounts this person may see."""

from collections import defaultdict
from collections.abc import Iterable
from html import unescape
from urllib.parse import quote

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import escape_html, get_url

from kam_erpnext.alarms import ALARM, OPEN, SEVERITIES
from kam_erpnext.alarms.rules import Rule
from kam_erpnext.alarms.texts import explained
from kam_erpnext.compat import desk_route, message_type
from kam_erpnext.data.language import in_language_of
from kam_erpnext.data.permissions import visible_alarms


def tell(names: Iterable[str], rules: Iterable[Rule]) -> None:
	"""Writes what sounds to the notifications of the people the rules name; these are mailed to whoever wishes that."""
	names = [*names]
	if not names:
		return
	by_person = defaultdict(list)
	for user, alarm in _addressed(names, rules):
		by_person[user].append(alarm)
	for user, found in sorted(by_person.items()):
		seen = visible_alarms([alarm.name for alarm in found], user)
		found = [alarm for alarm in found if alarm.name in seen]
		if found:
			_send(user, found)


def _addressed(names: list[str], rules: Iterable[Rule]):
	people = {rule.name: rule.tell for rule in rules}
	alarm, account = frappe.qb.DocType(ALARM), frappe.qb.DocType("Key Account")
	rows = (
		frappe.qb.from_(alarm)
		.inner_join(account)
		.on(account.name == alarm.key_account)
		.select(alarm.name, alarm.key_account, alarm.account_name, alarm.rule, alarm.kind)
		.select(alarm.severity, alarm.text, alarm.facts, alarm.company)
		.select(account.key_account_manager, account.key_account_coordinator, account.key_account_director)
		.where(alarm.name.isin(names))
		.orderby(alarm.account_name)
		.orderby(alarm.name)
		.run(as_dict=True)
	)
	rows.sort(key=lambda row: -SEVERITIES.index(row.severity))
	for row in rows:
		for user in dict.fromkeys(filter(None, (row[field] for field in people.get(row.rule, ())))):
			yield user, row


def _send(user: str, found: list[frappe._dict]) -> None:
	person = frappe.db.get_value("User", user, ["email", "enabled"], as_dict=True)
	if not person or not person.enabled:
		return
	with in_language_of(user):
		notification = message(found)
	make_notification_logs(notification, [person.email])


def message(found: list[frappe._dict]) -> frappe._dict:
	"""The notification: one alarm as a sentence, several as a number with a list."""
	first = found[0]
	if len(found) == 1:
		subject = _("{0}: {1}").format(
			f"<b>{escape_html(unescape(first.account_name))}</b>", escape_html(explained(first))
		)
		link = address(first)
	else:
		accounts = len({alarm.key_account for alarm in found})
		subject = (
			_("{0} new alarms of {1}").format(
				f"<b>{len(found)}</b>", f"<b>{escape_html(unescape(first.account_name))}</b>"
			)
			if accounts == 1
			else _("{0} new alarms of {1} key accounts").format(f"<b>{len(found)}</b>", f"<b>{accounts}</b>")
		)
		link = f"{get_url(desk_route('key-account-alarm'))}?status={OPEN}"
	return frappe._dict(
		type=message_type(),
		subject=subject,
		email_content=f"<ul>{''.join(map(line, found))}</ul>",
		document_type=ALARM,
		document_name=first.name,
		link=link,
		from_user="Administrator",
	)


def line(alarm: frappe._dict) -> str:
	name = f'<a href="{escape_html(address(alarm))}">{escape_html(unescape(alarm.account_name))}</a>'
	return f"<li>{name} ({escape_html(_(alarm.severity))}): {escape_html(explained(alarm))}</li>"


def address(alarm: frappe._dict) -> str:
	return get_url(desk_route("key-account-alarm", quote(alarm.name)))
