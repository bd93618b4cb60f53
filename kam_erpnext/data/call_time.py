"""Days and moments of calls in the time zones of the people who make them.

Frappe stores a Datetime in the time zone of the site, without naming it. A day of a call is the day of the person: the
same instant is Tuesday in Tokyo and still Monday in Los Angeles.
"""

from datetime import date, datetime, time, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_datetime, get_system_timezone, getdate, now

UTC = timezone.utc
# time of day of something of which the day alone is known
NOON = time(12)


def zone_of(user: str | None = None) -> ZoneInfo:
	"""Time zone of a user, else that of the site; an unknown one counts as none."""
	name = frappe.get_cached_value("User", user, "time_zone") if user else None
	for key in filter(None, (name, get_system_timezone())):
		try:
			return ZoneInfo(key)
		except (KeyError, ValueError, OSError):
			continue
	return ZoneInfo("UTC")


def as_utc(moment: datetime | str) -> datetime:
	"""A stored Datetime as an aware one in UTC."""
	return get_datetime(moment).replace(tzinfo=zone_of()).astimezone(UTC)


def to_user_time(moment: datetime | str, user: str | None) -> datetime:
	"""A stored Datetime as the clock of the user shows it."""
	return as_utc(moment).astimezone(zone_of(user)).replace(tzinfo=None)


def to_site_time(moment: datetime, user: str | None) -> datetime:
	"""What the clock of the user shows, as it is stored."""
	return _to_site(moment.replace(tzinfo=zone_of(user)))


def _to_site(moment: datetime) -> datetime:
	return moment.astimezone(zone_of()).replace(tzinfo=None, microsecond=0)


def day_of(moment: datetime | str, user: str | None) -> date:
	"""Day on which a stored Datetime falls for the user."""
	return to_user_time(moment, user).date()


def today_of(user: str | None) -> date:
	"""The day it is now for the user, or the one Frappe was told to take for it (`frappe.flags.current_date`)."""
	return day_of(now(), user)


def noon_of(day: date | str, user: str | None) -> datetime:
	"""Noon of a day of the user, as it is stored."""
	return to_site_time(datetime.combine(getdate(day), NOON), user)


def from_user_time(text: str | datetime, user: str | None, label: str | None = None) -> datetime:
	"""A time as the user enters it, for storing. With an offset or Z it is that instant, without it the user's clock.

	`label` names the field in the message about what is no time.
	"""
	value = str(text).strip()
	try:
		moment = datetime.fromisoformat(f"{value[:-1]}+00:00" if value[-1:] in "Zz" else value)
		return _to_site(moment) if moment.tzinfo else to_site_time(moment, user)
	except (ValueError, OverflowError):
		frappe.throw(
			_("{0}: {1} is not a time. Please enter day and time as in 2026-03-31 14:30.").format(
				label or _("Time"), frappe.utils.escape_html(value) or "–"
			)
		)
