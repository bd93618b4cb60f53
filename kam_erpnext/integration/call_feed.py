"""Calls of one person as an iCalendar file (RFC 5545), which calendar programs read under a secret address.

Moments are written in UTC and calls without a time as whole days, so that every program shows them rightly wherever it is
used. A call keeps its identity for life; what changed is told by SEQUENCE and LAST-MODIFIED.
"""

import hashlib
import re
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta, timezone
from urllib.parse import quote

import frappe
import vobject
from dateutil.tz import UTC
from frappe import _
from frappe.utils import cint, get_datetime, get_fullname, get_url
from frappe.utils.data import strip_html

from kam_erpnext.compat import desk_route
from kam_erpnext.data.call_time import as_utc, today_of
from kam_erpnext.data.calls import CALL, OPEN, visible
from kam_erpnext.data.language import in_language_of
from kam_erpnext.data.permissions import customer_condition, every, fences
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED

USUAL_MINUTES = 60
AT_THE_CUSTOMER = ("Visit", "Joint Visit")
FIELDS = (
	"name", "customer", "customer_name", "user", "accompanied_by", "method", "status", "objective", "planned_on",
	"starts_at", "duration", "creation", "modified",
)  # fmt: skip
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Entry:
	"""A call as calendars show it. `starts` is a moment in UTC; without it the call takes the whole `day`."""

	uid: str
	changed: datetime
	created: datetime
	day: date
	starts: datetime | None
	minutes: int
	summary: str
	location: str
	description: str
	address: str
	state: str
	open: bool

	@property
	def sequence(self) -> int:
		"""Rises with every change: seconds from the first to the last one."""
		return max(0, int((self.changed - self.created).total_seconds()))


@dataclass(frozen=True)
class Feed:
	title: str
	reminder: int
	entries: tuple[Entry, ...]

	@property
	def fingerprint(self) -> str:
		"""Equal as long as the file is equal, without making it."""
		parts = (self.title, self.reminder, *(astuple(entry) for entry in self.entries))
		return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()


# ---------------------------------------------------------------- what the calendar holds


def feed_of(calendar) -> Feed:
	"""The calls a person wants to see and may see, in his language, by day."""
	with in_language_of(calendar.user):
		rows = calls_of(calendar)
		texts = Texts(calendar, rows)
		return Feed(
			title=_("Calls of {0}").format(get_fullname(calendar.user)),
			reminder=cint(calendar.reminder),
			entries=tuple(entry(row, texts) for row in rows),
		)


def calls_of(calendar) -> list[dict]:
	reader, today = calendar.user, today_of(calendar.user)
	call = frappe.qb.DocType(CALL)
	whose = call.user == reader
	if cint(calendar.accompanied):
		whose = whose | (call.accompanied_by == reader)
	states = [*OPEN]
	if cint(calendar.include_made):
		states += [MADE, MISSED]
	if cint(calendar.include_cancelled):
		states.append(CANCELLED)
	return (
		frappe.qb.from_(call)
		.select(*(call[field] for field in FIELDS))
		.where(every([whose, visible(call, reader)]))
		.where(call.status.isin(states))
		.where(call.planned_on >= today - timedelta(days=cint(calendar.days_back)))
		.where(call.planned_on <= today + timedelta(days=cint(calendar.days_ahead)))
		.orderby(call.planned_on)
		.orderby(call.starts_at)
		.orderby(call.name)
		.run(as_dict=True)
	)


class Texts:
	"""Title, place and description of calls in the words a person has chosen for his calendars.

	With `everything` also what he has not chosen is read, to tell his own notes from what was written for him.
	"""

	def __init__(self, calendar, rows, everything: bool = False):
		self.reader, self.calendar = calendar.user, calendar
		places = everything or cint(calendar.show_address)
		details = everything or cint(calendar.show_details)
		self.places = addresses(
			{row.customer for row in rows if row.method in AT_THE_CUSTOMER} if places else (), self.reader
		)
		self.people = people([row.name for row in rows] if details else ())

	def title(self, row) -> str:
		text = _(row.method)
		if cint(self.calendar.show_customer):
			text = _("{0}: {1}").format(text, row.customer_name or row.customer)
		return clean(text).replace("\n", " ")

	def summary(self, row) -> str:
		told = {MADE: _("Made: {0}"), MISSED: _("Missed: {0}"), CANCELLED: _("Cancelled: {0}")}.get(
			row.status
		)
		return told.format(self.title(row)) if told else self.title(row)

	def location(self, row) -> str:
		return clean(self.places.get(row.customer, "")) if row.method in AT_THE_CUSTOMER else ""

	def lines(self, row, details: bool) -> list[str]:
		lines = []
		if row.user != self.reader:
			lines.append(_("Call of {0}, whom you accompany").format(get_fullname(row.user)))
		elif row.accompanied_by:
			lines.append(_("Accompanied by {0}").format(get_fullname(row.accompanied_by)))
		if details:
			if row.objective:
				lines.append(_("Objective: {0}").format(row.objective))
			if self.people.get(row.name):
				lines.append(_("People: {0}").format(", ".join(self.people[row.name])))
		return [clean(line) for line in lines]

	def description(self, row) -> str:
		return "\n".join([*self.lines(row, bool(cint(self.calendar.show_details))), self.address(row)])

	def address(self, row) -> str:
		return get_url(desk_route("customer-call", quote(row.name)))


def entry(row, texts: Texts) -> Entry:
	return Entry(
		uid=f"{row.name}@{frappe.local.site}",
		changed=in_utc(row.modified),
		created=in_utc(row.creation),
		day=row.planned_on,
		starts=in_utc(row.starts_at) if row.starts_at else None,
		minutes=minutes_of(row),
		summary=texts.summary(row),
		location=texts.location(row),
		description=texts.description(row),
		address=texts.address(row),
		state=row.status,
		open=row.status in OPEN,
	)


def minutes_of(call) -> int:
	return cint(call.duration) or USUAL_MINUTES


def in_utc(moment) -> datetime:
	return as_utc(get_datetime(moment)).astimezone(timezone.utc).replace(microsecond=0)


def clean(text: str) -> str:
	"""Without what no calendar file may hold."""
	return CONTROL.sub(" ", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


def addresses(customers, reader: str) -> dict[str, str]:
	"""Customer -> its address on one line: the main one, else the one for deliveries, as the reader may see them."""
	names = sorted(set(customers))
	if not names or not frappe.has_permission("Address", "read", user=reader):
		return {}
	customer, address, link = (
		frappe.qb.DocType("Customer"),
		frappe.qb.DocType("Address"),
		frappe.qb.DocType("Dynamic Link"),
	)
	lines = (address.address_line1, address.address_line2, address.pincode, address.city, address.country)
	rows = (
		frappe.qb.from_(link)
		.inner_join(address)
		.on((address.name == link.parent) & (link.parenttype == "Address"))
		.inner_join(customer)
		.on((customer.name == link.link_name) & (link.link_doctype == "Customer"))
		.select(customer.name.as_("customer"), address.name, customer.customer_primary_address, *lines)
		.select(address.is_shipping_address)
		.where(every([customer_condition(customer, reader), fences("Address", address, reader)]))
		.where(customer.name.isin(names) & (address.disabled == 0))
		.orderby(address.name)
		.run(as_dict=True)
	)
	# the main address last, so that it stays
	rows.sort(key=lambda row: (row.name == row.customer_primary_address, cint(row.is_shipping_address)))
	return {
		row.customer: ", ".join(
			part
			for part in (
				row.address_line1,
				row.address_line2,
				" ".join(filter(None, (row.pincode, row.city))),
				row.country,
			)
			if part
		)
		for row in rows
	}


def people(calls) -> dict[str, list[str]]:
	"""Call -> names of the people at the customer."""
	found: dict[str, list[str]] = {}
	names = list(calls)
	if not names:
		return found
	for row in frappe.get_all(
		"Customer Call Contact",
		{"parenttype": CALL, "parent": ("in", names)},
		["parent", "contact", "contact_name"],
		order_by="parent, idx",
		limit_page_length=0,
	):
		found.setdefault(row.parent, []).append(strip_html(row.contact_name or row.contact))
	return found


# ---------------------------------------------------------------- the file


def as_icalendar(feed: Feed) -> str:
	calendar = vobject.iCalendar()
	calendar.add("prodid").value = "-//KAM for ERPNext//Calls//EN"
	calendar.add("method").value = "PUBLISH"
	# names that most programs understand; they are no texts of the standard, so nobody escapes them for us
	calendar.add("x-wr-calname").value = escaped(feed.title)
	calendar.add("x-published-ttl").value = "PT1H"
	refresh = calendar.add("refresh-interval")
	refresh.value_param, refresh.value = "DURATION", "PT1H"
	for one in feed.entries:
		add(calendar, one, feed.reminder)
	return calendar.serialize()


def add(calendar, one: Entry, reminder: int):
	event = calendar.add("vevent")
	event.add("uid").value = one.uid
	event.add("dtstamp").value = one.changed.replace(tzinfo=UTC)
	event.add("created").value = one.created.replace(tzinfo=UTC)
	event.add("last-modified").value = one.changed.replace(tzinfo=UTC)
	event.add("sequence").value = str(one.sequence)
	if one.starts:
		event.add("dtstart").value = one.starts.replace(tzinfo=UTC)
		event.add("dtend").value = (one.starts + timedelta(minutes=one.minutes)).replace(tzinfo=UTC)
	else:
		event.add("dtstart").value = one.day
		event.add("dtend").value = one.day + timedelta(days=1)
	event.add("summary").value = one.summary
	if one.location:
		event.add("location").value = one.location
	event.add("description").value = one.description
	event.add("url").value = one.address
	event.add("status").value = status(one)
	# a call without a time leaves the day free for appointments
	event.add("transp").value = "OPAQUE" if one.starts and one.state != CANCELLED else "TRANSPARENT"
	event.add("class").value = "PRIVATE"
	if one.starts and one.open and reminder:
		alarm = event.add("valarm")
		alarm.add("action").value = "DISPLAY"
		alarm.add("trigger").value = -timedelta(minutes=reminder)
		alarm.add("description").value = one.summary


def status(one: Entry) -> str:
	if one.state == CANCELLED:
		return "CANCELLED"
	return "CONFIRMED" if one.starts or not one.open else "TENTATIVE"


def escaped(text: str) -> str:
	text = clean(text).replace("\n", " ")
	for sign in ("\\", ";", ","):
		text = text.replace(sign, f"\\{sign}")
	return text
