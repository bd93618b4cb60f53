"""Calendar of one's calls: the secret address, and the file that calendar programs read under it."""

from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.auth import validate_ip_address
from frappe.rate_limiter import rate_limit
from frappe.utils import add_to_date, get_datetime, get_url, now_datetime
from werkzeug.wrappers import Response

from kam_erpnext.data.calls import CALL
from kam_erpnext.integration.call_feed import as_icalendar, feed_of
from kam_erpnext.kam_erpnext.doctype.call_calendar.call_calendar import (
	CALENDAR,
	calendar_of_token,
)

# requests of one place in an hour; a company of two hundred people whose programs ask every ten minutes needs 1,200
FAIR_USE = 2400
MANAGES_OTHERS = ("KAM Administrator", "System Manager")


@frappe.whitelist(methods=["POST"])
def mine() -> str:
	"""Name of the caller's calendar of calls, which is made when there is none yet."""
	frappe.has_permission(CALENDAR, "create", throw=True)
	name = frappe.db.get_value(CALENDAR, {"user": frappe.session.user})
	return name or frappe.get_doc({"doctype": CALENDAR, "user": frappe.session.user}).insert().name


@frappe.whitelist(methods=["POST"])
def renew(calendar: str) -> dict:
	"""Makes a new secret address and ends the one before: `address, webcal, message`. It is told this once only."""
	doc = frappe.get_doc(CALENDAR, calendar, for_update=True)
	doc.check_permission("write")
	if doc.user != frappe.session.user:
		frappe.throw(
			_("Only {0} can make this address, because whoever knows it reads the calls.").format(doc.user),
			frappe.PermissionError,
		)
	address = get_url(
		f"/api/method/kam_erpnext.api.call_calendar.feed?{urlencode({'token': doc.new_token()})}"
	)
	return {
		"address": address,
		"webcal": "webcal" + address[address.index(":") :],
		"message": _("The address was made. Copy it now: it is not shown again."),
	}


@frappe.whitelist(methods=["POST"])
def revoke(calendar: str) -> dict:
	"""Ends the secret address of one's own calendar; administrators end that of others too. `{message}`."""
	doc = frappe.get_doc(CALENDAR, calendar, for_update=True)
	doc.check_permission("read")
	if doc.user != frappe.session.user:
		frappe.only_for(MANAGES_OTHERS)
	doc.revoke()
	return {"message": _("The address no longer works.")}


# calendar programs cannot log in: the token in the address stands for the person who made it
@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD"])
@rate_limit(limit=lambda: FAIR_USE, seconds=60 * 60)
def feed(token: str = "") -> Response:
	"""The calls of the person whose token is given, as he may see them, as iCalendar. 404 for every other token."""
	keep_out_of_logs()
	try:
		calendar = calendar_of_token(token)
		if not calendar or not may_read(calendar):
			return not_found()
		return answer(frappe.get_doc(CALENDAR, calendar))
	except Exception:
		# Frappe would write the request down with its address
		frappe.db.rollback()
		frappe.log_error(title="Calendar feed of calls failed")
		frappe.local.flags.commit = True
		return plain("The calendar cannot be read at the moment.", 500)


def keep_out_of_logs():
	"""The token goes into no log that is written about this request later on."""
	frappe.form_dict.pop("token", None)
	if getattr(frappe.local, "request", None):
		frappe.local.request.query_string = b""


def may_read(calendar: str) -> bool:
	"""The person can log in, from this place, and reads calls."""
	user = frappe.db.get_value(CALENDAR, calendar, "user")
	if not frappe.db.get_value("User", user, "enabled"):
		return False
	try:
		if getattr(frappe.local, "request", None):
			validate_ip_address(user)
	except frappe.AuthenticationError:
		frappe.clear_messages()
		return False
	return bool(frappe.has_permission(CALL, "read", user=user))


def answer(calendar) -> Response:
	found = feed_of(calendar)
	note_reading(calendar)
	# the same calls may be shown in another way after an update of the app
	etag = f"{found.fingerprint[:32]}-1"
	response = Response(mimetype="text/calendar")
	if etag_matches(etag):
		response.status_code = 304
	else:
		response.data = as_icalendar(found)
		response.headers["Content-Disposition"] = 'inline; filename="calls.ics"'
	response.set_etag(etag)
	response.headers["Cache-Control"] = "private, no-cache"
	response.headers["X-Robots-Tag"] = "noindex"
	response.headers["Referrer-Policy"] = "no-referrer"
	return response


def etag_matches(etag: str) -> bool:
	request = getattr(frappe.local, "request", None)
	return bool(request and request.if_none_match.contains_weak(etag))


def note_reading(calendar):
	"""When a program last read the calls, to the hour: one write for many readings."""
	before = calendar.last_read and get_datetime(calendar.last_read)
	if not before or before < add_to_date(now_datetime(), hours=-1):
		calendar.db_set(
			"last_read", now_datetime().replace(minute=0, second=0, microsecond=0), update_modified=False
		)
		frappe.local.flags.commit = True  # requests that only read are undone otherwise


def not_found() -> Response:
	return plain("Not found.", 404)


def plain(text: str, status: int) -> Response:
	response = Response(text, status=status, mimetype="text/plain")
	response.headers["Cache-Control"] = "no-store"
	return response
