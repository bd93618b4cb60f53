"""Calls as events in the calendar of the desk, for those who want it (Call Calendar).

Each person has at most one event for a call, a private one of his own, whose name follows from the call and the person. The
call decides: its day, time and state are carried to the events. The other way round a person who moves his event moves the
call, if he may change it; whoever deletes his event has no event any more until the call is moved, and the call stays.
"""

import hashlib
import json
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import cint, escape_html, get_datetime, getdate, strip_html

from kam_erpnext.data.call_time import as_utc, day_of, from_user_time, to_site_time, today_of
from kam_erpnext.data.calls import CALL, OPEN
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED, PLANNED, PREPARED
from kam_erpnext.integration.call_feed import Texts, in_language_of, minutes_of
from kam_erpnext.kam_erpnext.doctype.call_calendar.call_calendar import CALENDAR, calendar_of

EVENT = "Event"
STATUS = {PLANNED: "Open", PREPARED: "Open", MADE: "Completed", MISSED: "Closed", CANCELLED: "Cancelled"}
CATEGORY = {"Phone": "Call", "E-mail": "Sent/Received Email"}
FROM_CALL = {"kam_from_call": True}
# more calls than this are taken over by a worker
AT_ONCE = 30


# ---------------------------------------------------------------- from the call to its events


def call_changed(call, method=None):
	"""After a call was made or saved."""
	sync(call, call.get_doc_before_save())


def call_deleted(call, method=None):
	for event in events_of(call.name):
		remove(event.name)


def sync(call, before=None):
	"""Makes, changes and removes events until each person who wants one has one that says what the call says."""
	people = list(dict.fromkeys(filter(None, (call.user, call.accompanied_by))))
	calendars = {user: calendar for user in people if (calendar := wanted_by(user, call))}
	events = {}
	for event in events_of(call.name):
		if event.owner in events or (event.owner not in calendars and call.status in OPEN):
			remove(event.name)
		else:
			events[event.owner] = event.name
	for user, calendar in calendars.items():
		if user in events:
			change(frappe.get_doc(EVENT, events[user], for_update=True), call, calendar, before)
		elif (
			call.status in OPEN and getdate(call.planned_on) >= today_of(user) and user not in declined(call)
		):
			events[user] = make(call, calendar)
	if call.get("event") != events.get(call.user):
		call.db_set("event", events.get(call.user), update_modified=False)


def wanted_by(user: str, call) -> frappe._dict | None:
	"""The calendar of a person who wants an event for the call."""
	calendar = calendar_of(user)
	if not calendar or not cint(calendar.sync_events):
		return None
	return calendar if user == call.user or cint(calendar.accompanied) else None


def events_of(call: str) -> list[frappe._dict]:
	return frappe.get_all(
		EVENT, {"kam_customer_call": call}, ["name", "owner"], order_by="creation, name", limit_page_length=0
	)


def declined(call) -> list[str]:
	"""People who have deleted their event while the call stood where it stands."""
	return [user for user, place in declined_places(call).items() if place == place_in_words(call)]


def declined_places(call) -> dict[str, str]:
	return frappe.parse_json(call.get("event_declined") or "{}")


def place_in_words(call) -> str:
	return str(place_of_call(call)[0])


def name_of(call: str, user: str) -> str:
	"""Two who make the event at once cannot both do so."""
	return f"{call}-{hashlib.sha256(user.encode()).hexdigest()[:8]}"


def make(call, calendar) -> str:
	name = name_of(call.name, calendar.user)
	event = frappe.new_doc(EVENT)
	event.update(
		{
			"event_type": "Private",
			"event_category": CATEGORY.get(call.method, "Meeting"),
			"send_reminder": 0,  # calls are named in the daily reminder
			"kam_customer_call": call.name,
			"status": STATUS[call.status],
			**times(call, calendar.user),
		}
	)
	with in_language_of(calendar.user):
		texts = Texts(calendar, [call])
		event.subject = texts.title(call)
		event.description = as_html(texts, call)
	event.flags.update(FROM_CALL)
	frappe.db.savepoint("kam_call_event")
	try:
		# whoever plans the call makes the event for the person, in whose calendar it stands
		event.insert(ignore_permissions=True, set_name=name)
	except frappe.DuplicateEntryError:
		frappe.db.rollback(save_point="kam_call_event")
		frappe.clear_last_message()
		change(frappe.get_doc(EVENT, name, for_update=True), call, calendar)
		return name
	event.db_set("owner", calendar.user, update_modified=False)
	return name


def change(event, call, calendar, before=None):
	"""Day, time and title follow the call; its description unless the person has written something of his own."""
	values = {}
	moved = call.status in OPEN and place_of_event(event) != place_of_call(call)
	if moved:
		values.update(times(call, event.owner))
	if call.status in OPEN:
		if moved or (before and before.status not in OPEN):
			values["status"] = "Open"
	elif event.status == "Open" or (before and before.status != call.status):
		values["status"] = STATUS[call.status]
	with in_language_of(event.owner):
		texts = Texts(calendar, [call], everything=True)
		values["subject"] = texts.title(call)
		own = {
			bare(as_html(texts, one, details, place))
			for one in (call, before)
			if one
			for details in (False, True)
			for place in (False, True)
		}
		written = as_html(texts, call)
		if bare(event.description) in own and bare(event.description) != bare(written):
			values["description"] = written
	values = {field: value for field, value in values.items() if event.get(field) != value}
	if values:
		event.update(values)
		event.flags.update(FROM_CALL)
		# whoever changes the call need not see the private event of the person
		event.save(ignore_permissions=True)


def remove(name: str):
	# whoever changes the call need not see the private event of the person
	frappe.delete_doc(EVENT, name, ignore_permissions=True, flags=dict(FROM_CALL), ignore_missing=True)


def as_html(texts: Texts, call, details: bool | None = None, place: bool | None = None) -> str:
	calendar = texts.calendar
	lines = texts.lines(call, bool(cint(calendar.show_details)) if details is None else details)
	if (cint(calendar.show_address) if place is None else place) and texts.location(call):
		lines.append(texts.location(call))
	link = f'<a href="{escape_html(texts.address(call))}">{escape_html(_("Open the call"))}</a>'
	return "".join(f"<p>{escape_html(line)}</p>" for line in lines) + f"<p>{link}</p>"


def bare(html: str | None) -> str:
	return " ".join(strip_html(html or "").split())


# ---------------------------------------------------------------- day and time


def times(call, user: str) -> dict:
	"""Fields of the event of a person. A call without a time takes a whole day, and the event lies on that day both for
	the person and for the site, as far as their time zones allow."""
	if call.starts_at:
		start = get_datetime(call.starts_at)
		return {"all_day": 0, "starts_on": start, "ends_on": later(start, minutes_of(call))}
	day = datetime.combine(getdate(call.planned_on), time())
	begins, ends = (to_site_time(moment, user) for moment in (day, day + timedelta(days=1)))
	if max(begins, day) < min(ends, day + timedelta(days=1)):
		begins, ends = max(begins, day), min(ends, day + timedelta(days=1))
	# to the minute, which is what forms show
	return {"all_day": 1, "starts_on": begins, "ends_on": ends - timedelta(minutes=1)}


def later(moment: datetime, minutes: int) -> datetime:
	"""So many minutes later by every clock, also when the clocks change in between."""
	return from_user_time((as_utc(moment) + timedelta(minutes=minutes)).isoformat(), None)


def place_of_call(call) -> tuple:
	if call.starts_at:
		return (get_datetime(call.starts_at).replace(microsecond=0), minutes_of(call))
	return (getdate(call.planned_on),)


def place_of_event(event) -> tuple:
	if cint(event.all_day):
		return (day_of_event(event),)
	start = get_datetime(event.starts_on).replace(microsecond=0)
	if not event.ends_on:
		return (start, 0)
	return (start, int((as_utc(event.ends_on) - as_utc(start)).total_seconds() // 60))


def day_of_event(event) -> date:
	"""Day of an event without a time.

	The calendar of the desk and Google Calendar write the day they mean as midnight or one day of the site, a form as
	one day of the person; the two tell themselves apart by their ends.
	"""
	start, end = get_datetime(event.starts_on), get_datetime(event.ends_on) if event.ends_on else None
	if start.time() == time() or (end and start.date() == end.date()):
		return start.date()
	return day_of(start, event.owner)


# ---------------------------------------------------------------- from the event to its call


def validate_event(event, method=None):
	"""Which call an event stands for is said by the call alone, and such an event stays private."""
	if event.flags.kam_from_call:
		return
	before = event.get_doc_before_save()
	event.kam_customer_call = before.kam_customer_call if before else None
	if not event.kam_customer_call:
		return
	if event.event_type != "Private":
		event.event_type = "Private"
		frappe.msgprint(_("The event stands for a call on a customer and stays private."), alert=True)
	if cint(event.repeat_this_event):
		event.repeat_this_event = 0
		frappe.msgprint(_("The event stands for one call and is not repeated."), alert=True)


def event_changed(event, method=None):
	"""A person who moves his event moves the call."""
	if event.flags.kam_from_call or not event.get("kam_customer_call"):
		return
	before = event.get_doc_before_save()
	if not before or place_of_event(before) == place_of_event(event):
		return
	if not frappe.db.exists(CALL, event.kam_customer_call):
		return
	call = frappe.get_doc(CALL, event.kam_customer_call, for_update=True)
	if place_of_event(event) == place_of_call(call):
		return
	if call.status not in (*OPEN, MISSED):
		put_back(event, call, _("The call was {0} already and is not moved.").format(_(call.status)))
	# the person of the event, who is not the one at work when another calendar is read in the background
	elif not frappe.has_permission(CALL, "write", doc=call, user=event.owner):
		put_back(event, call, _("You cannot move this call. The event was put back to its day."))
	else:
		move(call, event)
		if cint(event.all_day):
			put(event, call)  # on its day for the person too, where the site is in another time zone


def move(call, event):
	place = place_of_event(event)
	if cint(event.all_day):
		day, call.starts_at = place[0], None
	else:
		day, call.starts_at = day_of(place[0], call.user), place[0]
		call.duration = place[1] or call.duration
	if day != getdate(call.planned_on):
		call.reason = _("Moved in the calendar")
		call.flags.same_reason = True
	call.planned_on = day
	if call.status == MISSED:
		call.status = PLANNED
	# checked for the person of the event
	call.save(ignore_permissions=True)


def put(event, call):
	event.update(times(call, event.owner))
	event.db_set({field: event.get(field) for field in ("starts_on", "ends_on", "all_day")})


def put_back(event, call, message: str):
	put(event, call)
	frappe.msgprint(message, indicator="orange", alert=True)


def event_deleted(event, method=None):
	"""The call stays. The person gets no event for it any more, until it is moved."""
	name = event.get("kam_customer_call")
	if not name:
		return
	fields = ["event", "event_declined", "planned_on", "starts_at", "duration"]
	call = frappe.db.get_value(CALL, name, fields, as_dict=True, for_update=True)
	if not call:
		return
	values = {"event": None} if call.event == event.name else {}
	if not event.flags.kam_from_call:
		values["event_declined"] = json.dumps({**declined_places(call), event.owner: place_in_words(call)})
	if values:
		frappe.db.set_value(CALL, name, values, update_modified=False)


# ---------------------------------------------------------------- a person switches it on or off


def calendar_changed(user: str, was_on: bool):
	"""After a person has changed what he wants."""
	calendar = calendar_of(user)
	if calendar and cint(calendar.sync_events):
		names = out_of_step(user, everything=True)
		if len(names) <= AT_ONCE:
			take_over(names)
			return
		frappe.enqueue(
			"kam_erpnext.integration.call_events.bring_up_to_date",
			queue="long",
			user=user,
			job_id=f"kam_call_events_{user}",
			deduplicate=True,
			enqueue_after_commit=True,
		)
		frappe.msgprint(
			_("The events of {0} calls are made in the background.").format(len(names)), alert=True
		)
	elif was_on:
		take_out(user)


def take_out(user: str):
	"""Removes the events of open calls; those of past calls stay."""
	for event in frappe.get_all(
		EVENT,
		{"owner": user, "kam_customer_call": ("is", "set")},
		["name", "kam_customer_call"],
		order_by="name",
	):
		if frappe.db.get_value(CALL, event.kam_customer_call, "status") in (*OPEN, None):
			remove(event.name)


def remove_all():
	"""When the app is removed: events that stand for calls go with them."""
	if frappe.db.has_column(EVENT, "kam_customer_call"):
		frappe.db.delete(EVENT, {"kam_customer_call": ("is", "set")})


def bring_up_to_date(user: str):
	take_over(out_of_step(user, everything=True), commit=True)


def catch_up():
	"""Scheduled: what was changed past the documents, or while a worker stood still."""
	for user in frappe.get_all(CALENDAR, {"sync_events": 1}, pluck="user", order_by="user"):
		try:
			take_over(out_of_step(user), commit=True)
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title=_("Events for the calls of {0} could not be brought up to date").format(user)
			)
			frappe.db.commit()  # the entry in the log


def take_over(names: list[str], commit: bool = False):
	for name in names:
		sync(frappe.get_doc(CALL, name, for_update=True))
		if commit:
			frappe.db.commit()  # one call at a time; nothing is done twice after a stop


def out_of_step(user: str, everything: bool = False) -> list[str]:
	"""Calls of a person whose event is missing or says something else; with `everything` all that have or need one."""
	calendar = calendar_of(user)
	call = frappe.qb.DocType(CALL)
	whose = call.user == user
	if cint(calendar.accompanied):
		whose = whose | (call.accompanied_by == user)
	fields = ("name", "status", "planned_on", "starts_at", "duration", "event_declined")
	calls = {
		row.name: row
		for row in frappe.qb.from_(call)
		.select(*(call[field] for field in fields))
		.where(whose & call.status.isin(OPEN) & (call.planned_on >= today_of(user)))
		.orderby(call.planned_on)
		.orderby(call.name)
		.run(as_dict=True)
	}
	events = frappe.get_all(
		EVENT,
		{"owner": user, "kam_customer_call": ("is", "set"), "status": "Open"},
		["name", "owner", "kam_customer_call", "starts_on", "ends_on", "all_day"],
		order_by="name",
		limit_page_length=0,
	)
	known = {event.kam_customer_call: event for event in events}
	closed = set(
		frappe.get_all(
			EVENT,
			{"owner": user, "kam_customer_call": ("in", list(calls) or [""])},
			pluck="kam_customer_call",
		)
	)
	found = []
	for name, row in calls.items():
		if name in known:
			if everything or place_of_event(known[name]) != place_of_call(row):
				found.append(name)
		elif name not in closed and user not in declined(row):
			found.append(name)
	return [*found, *(name for name in known if name not in calls and frappe.db.exists(CALL, name))]
