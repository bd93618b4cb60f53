"""A report as a telephone or form sends it, put on its call. Sending it again changes nothing, nor does it add anything."""

import frappe
from frappe import _
from frappe.utils import (
	cint,
	cstr,
	escape_html,
	format_datetime,
	get_datetime,
	getdate,
	now_datetime,
	sanitize_html,
	strip_html,
)

from kam_erpnext.data import call_time
from kam_erpnext.engine.call_figures import CANCELLED, MADE

TEXTS = ("outcome", "summary", "needs_heard", "commitment")
# fields of the tables a report may set; the text by which a row is known again when no name is sent
TABLES = {
	"contacts": (("contact", "met"), ("contact",)),
	"products": (("item_group", "item", "interest", "note"), ("item_group", "item")),
	"remarks": (("remark", "competitor", "kind"), ("remark",)),
	"follow_ups": (("subject", "due", "responsible"), ("subject",)),
}
# rows of which something was made stay, whatever a later report says
LASTING = ("remarks", "follow_ups")


def put(call, values: dict):
	"""Writes a report on the document without saving it. What `values` does not name stays as it is."""
	if call.status == CANCELLED:
		frappe.throw(_("The call is cancelled. Please reopen it first if it was made after all."))
	values = {field: value for field, value in values.items() if value is not None}
	unknown = sorted(set(values) - {*TEXTS, *TABLES, "made_at", "modified"})
	if unknown:
		frappe.throw(
			_("A report has no field {0}. It has: {1}.").format(
				escape_html(", ".join(unknown)), ", ".join((*TEXTS, "made_at", *TABLES))
			)
		)
	values.update({field: _clean(values[field]) for field in TEXTS if field in values})
	refuse_overwriting(call, values)
	for field in TEXTS:
		if field in values:
			call.set(field, values[field])
	if not call.outcome:
		frappe.throw(_("Outcome: please say what came out of the call."))
	for table, (fields, key) in TABLES.items():
		if table in values:
			put_rows(call, table, values[table], fields, key)
	if values.get("made_at"):
		call.made_at = moment_of(values["made_at"], call)
	call.status = MADE


def refuse_overwriting(call, values: dict):
	"""A report that somebody else has written meanwhile is not overwritten unread.

	`modified` says which state of the call the sender has seen. Without it, texts of another person are kept.
	"""
	if call.status != MADE:
		return
	if call.modified_by == frappe.session.user:
		return
	seen = values.get("modified")
	if seen and get_datetime(cstr(seen)) == get_datetime(call.modified):
		return
	other = [field for field in TEXTS if (call.get(field) or "") and field in values]
	if all(values[field] == call.get(field) for field in other):
		return
	person = frappe.get_cached_value("User", call.modified_by, "full_name") or call.modified_by
	frappe.throw(
		_(
			"{0} has reported this call on {1}. Nothing of your report was saved. Please look at that report and correct or complete it."
		).format(escape_html(person), format_datetime(call.modified)),
		frappe.TimestampMismatchError,
	)


def put_rows(call, table: str, sent, fields: tuple[str, ...], key: tuple[str, ...]):
	label = _(call.meta.get_label(table))
	if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
		frappe.throw(_("{0}: please send a list of rows, each with its fields and values.").format(label))
	stored = list(call.get(table))
	by_name = {row.name: row for row in stored}
	rows, seen = [], set()
	for number, raw in enumerate(sent, 1):
		values = {field: _clean(value) for field, value in raw.items()}
		if not any(values.get(field) for field in key):
			written = (raw.get(field) for field in (*key, "note", "due"))
			if any(cstr(value).strip() for value in written):
				frappe.throw(
					_("{0}, line {1}: {2} is missing.").format(
						label, number, _(frappe.get_meta(_child(call, table)).get_label(key[0]))
					)
				)
			continue  # an empty line of the form
		text = _text(values, key)
		row = by_name.get(cstr(values.get("name"))) or next(
			(row for row in stored if _text(row, key) == text and row.name not in seen), None
		)
		twin = next((other for other in rows if _text(other, key) == text), None)
		if twin is not None:
			continue  # the same line twice means once
		row = row if row is not None else frappe._dict(doctype=_child(call, table))
		row.update({field: values[field] for field in fields if field in values})
		if table == "contacts":
			row.met = cint(values.get("met", 1))
		rows.append(row)
		if row.name:
			seen.add(row.name)
	if table in LASTING:
		rows += [row for row in stored if row.taken_up and row.name not in seen]
	# people who were asked for and are not named took no part; they stay on the call
	if table == "contacts":
		for row in stored:
			if row.name not in seen:
				row.met = 0
				rows.append(row)
	call.set(table, rows)


def _child(call, table: str) -> str:
	return call.meta.get_field(table).options


def _clean(value):
	"""As Frappe will store it, so that what is sent again is known again."""
	if not isinstance(value, str):
		return value
	value = value.strip()
	if "<" in value or ">" in value:
		value = sanitize_html(value)
		value = value if strip_html(value).strip() else ""  # marks without a word
	return value or None


def _text(row, key: tuple[str, ...]) -> tuple[str, ...]:
	return tuple(" ".join(cstr(row.get(field)).split()).casefold() for field in key)


def moment_of(text: str, call):
	"""When the call was made: a time, or a day alone, which is now, the time of the appointment, or noon."""
	text = cstr(text).strip()
	if len(text) > len("2026-03-31"):
		return call_time.from_user_time(text, call.user, _("Made At"))
	day = call_time.from_user_time(text, call.user, _("Made At")) and getdate(text)
	if day == call_time.today_of(call.user):
		return now_datetime()
	if call.starts_at and call_time.day_of(call.starts_at, call.user) == day:
		return get_datetime(call.starts_at)
	return call_time.noon_of(day, call.user)
