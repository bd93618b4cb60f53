"""What one person wants of his calls in calendars: the secret address for calendar programs, and events in the desk.

The address holds a token of two parts. The first finds the calendar, of the second only a hash is kept, so that nobody can
read the address from the database; it is shown once, when it is made.
"""

import hashlib
import hmac
import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

CALENDAR = "Call Calendar"
LONGEST_TOKEN = 200
MOST_DAYS = 730


class CallCalendar(Document):
	@property
	def time_zone(self):
		from kam_erpnext.data.call_time import zone_of

		return str(zone_of(self.user)) if self.user else None

	def before_insert(self):
		self.user = self.user or frappe.session.user
		self.selector = self.secret_hash = self.address_from = self.last_read = None
		self.feed_active = 0

	def validate(self):
		self.validate_person()
		self.validate_numbers()

	def validate_person(self):
		if self.is_new() and self.user != frappe.session.user:
			frappe.throw(_("Everybody makes his calendar of calls himself."), frappe.PermissionError)

	def validate_numbers(self):
		for fieldname in ("days_back", "days_ahead"):
			if cint(self.get(fieldname)) > MOST_DAYS:
				frappe.throw(
					_("{0} can be at most {1}.").format(_(self.meta.get_label(fieldname)), MOST_DAYS),
					title=_("Too Many Days"),
				)

	def on_update(self):
		from kam_erpnext.integration import call_events

		before = self.get_doc_before_save()
		watched = ("sync_events", "accompanied", "show_customer", "show_address", "show_details")
		if any(cint(self.get(field)) != cint(before and before.get(field)) for field in watched):
			call_events.calendar_changed(self.user, was_on=bool(before and cint(before.sync_events)))

	def on_trash(self):
		from kam_erpnext.integration import call_events

		call_events.take_out(self.user)

	def new_token(self) -> str:
		"""Makes a new token, which ends the one before. It can be read here and never again."""
		selector, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
		self.db_set(
			{
				"selector": selector,
				"secret_hash": hashed(secret),
				"feed_active": 1,
				"address_from": now_datetime(),
				"last_read": None,
			}
		)
		return f"{selector}.{secret}"

	def revoke(self):
		"""Ends the address."""
		self.db_set({"selector": None, "secret_hash": None, "feed_active": 0, "address_from": None})


def hashed(secret: str) -> str:
	return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def calendar_of_token(token: str) -> str | None:
	"""The calendar a token opens; None for every token that opens none."""
	selector, _dot, secret = (token or "")[:LONGEST_TOKEN].partition(".")
	if not (selector.isascii() and selector.isalnum()):
		selector = "-"  # found nowhere
	row = frappe.db.get_value(
		CALENDAR, {"selector": selector, "feed_active": 1}, ["name", "secret_hash"], as_dict=True
	)
	# compared also when there is no such calendar, so that an answer takes equally long
	right = hmac.compare_digest(hashed(secret), (row and row.secret_hash) or hashed(""))
	return row.name if row and row.secret_hash and right else None


def calendar_of(user: str) -> frappe._dict | None:
	"""What a person wants; None for somebody without a calendar of his own."""
	fields = (
		"name", "user", "sync_events", "accompanied", "include_made", "include_cancelled", "days_back", "days_ahead",
		"show_customer", "show_address", "show_details", "reminder",
	)  # fmt: skip
	return frappe.db.get_value(CALENDAR, {"user": user}, fields, as_dict=True)


def forget_user(user, method=None):
	"""A user that is deleted takes his calendar along."""
	for name in frappe.get_all(CALENDAR, {"user": user.name}, pluck="name"):
		# whoever may delete the user need not see his calendar
		frappe.delete_doc(CALENDAR, name, ignore_permissions=True, force=True)


def before_user_rename(user, method=None, old=None, new=None, merge=False):
	"""Of two users who become one, the calendar of the one who stays is kept, if there is one."""
	if merge and frappe.db.exists(CALENDAR, {"user": new}):
		forget_user(frappe._dict(name=old))
