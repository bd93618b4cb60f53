"""Everything that differs between supported versions and databases stands here."""

import json
from datetime import date

import frappe
import frappe.client
from frappe import _
from pypika.functions import Cast
from pypika.terms import CustomFunction

FRAPPE_MAJOR = int(frappe.__version__.split(".")[0])


def month_start(date_field):
	"""First day of the month of a date column, as the database computes it."""
	if frappe.db.db_type == "postgres":
		return Cast(CustomFunction("DATE_TRUNC", ["unit", "date"])("month", date_field), "date")
	day = CustomFunction("DAYOFMONTH", ["date"])(date_field)
	return CustomFunction("SUBDATE", ["date", "days"])(date_field, day - 1)


def days_between(later, earlier):
	"""Days from one date column to another, as the database computes it."""
	if frappe.db.db_type == "postgres":
		return later - earlier
	return CustomFunction("DATEDIFF", ["later", "earlier"])(later, earlier)


def json_text(value):
	"""Content of a JSON field as text; PostgreSQL hands out what it stands for."""
	return value if value is None or isinstance(value, str) else json.dumps(value)


def contains(field, text):
	"""A text column holds `text` somewhere, in capital or small letters."""
	pattern = f"%{text}%"
	return field.ilike(pattern) if frappe.db.db_type == "postgres" else field.like(pattern)


def message_type() -> str:
	"""Type of a notification that follows the user's main switches for notifications and e-mail. On PostgreSQL it follows the
	one for assignments as well: Frappe asks for the switch of each type, and PostgreSQL refuses to be asked for a missing one."""
	return "Assignment" if frappe.db.db_type == "postgres" else ""


def quoted(value) -> str:
	"""A value as SQL, for hooks that must return a string. Frappe runs such a string with parameters or without (version 16
	does both), and only in the former case a percent sign would have to be doubled: it is named by its number instead."""
	parts = [frappe.db.escape(part) for part in str(value).split("%")]
	if len(parts) == 1:
		return parts[0]
	sign = "CHR(37)" if frappe.db.db_type == "postgres" else "CHAR(37 USING utf8mb4)"
	return f"CONCAT({f', {sign}, '.join(parts)})"


def add_index(doctype: str, fields: list[str]) -> None:
	"""An index over several columns, if not there yet. On PostgreSQL its name has to be unique among all tables."""
	name = None
	if frappe.db.db_type == "postgres":
		name = "_".join([frappe.scrub(doctype), *fields])[:63]  # longer names are cut
	frappe.db.add_index(doctype, fields, name)


def issue_resolved_on(issue):
	"""When an Issue was resolved, as a column of its table; version 16 renamed it."""
	return issue.resolution_date if FRAPPE_MAJOR < 16 else issue.sla_resolution_date


def events_between(first_day: date, last_day: date, user: str) -> list:
	"""Events in the calendar of a person, repeated ones each time; version 15 takes days as texts, version 16 as dates."""
	from frappe.desk.doctype.event.event import get_events

	days = (first_day, last_day) if FRAPPE_MAJOR >= 16 else (str(first_day), str(last_day))
	return get_events(*days, user=user)


def imports_cells_of_any_kind_as_names() -> bool:
	"""Whether Data Import looks for a record by whatever a cell holds. The reader of version 16 ends with an error of its
	query builder where that is neither a text nor a whole number."""
	return FRAPPE_MAJOR < 16


def cached_by_any_process(key: str):
	"""A value of the cache as it stands now, whichever process wrote it. Version 16 keeps what this process wrote itself even
	if it expires."""
	if FRAPPE_MAJOR < 16:
		return frappe.cache.get_value(key, expires=True)
	return frappe.cache.get_value(key, expires=True, use_local_cache=False)


def link_validator():
	"""What the link fields of version 16 ask, and the older one that version 15 has in its place."""
	return frappe.client.validate_link if FRAPPE_MAJOR < 16 else frappe.client.validate_link_and_fetch


def older_link_validator():
	"""What the link fields of version 15 ask; version 16 has it no more, and says so."""
	if FRAPPE_MAJOR >= 16:
		frappe.throw(_("This version of Frappe validates links with validate_link_and_fetch."))
	return frappe.client.validate_link


def desk_route(*parts: str) -> str:
	"""Address of a desk page; version 16 moved the desk from /app to /desk."""
	prefix = "/app" if FRAPPE_MAJOR < 16 else "/desk"
	return "/".join([prefix, *parts])


def has_desktop() -> bool:
	"""Whether the desk opens with icons that lead to sidebars (`desktop_icon/`, `workspace_sidebar/`): since version 16."""
	return FRAPPE_MAJOR >= 16


def from_json(value):
	"""What a JSON field stands for, in plain dicts and lists: Frappe's own dicts answer to every attribute, which misleads
	pandas. PostgreSQL hands it out parsed."""
	return json.loads(value) if isinstance(value, str) else value
