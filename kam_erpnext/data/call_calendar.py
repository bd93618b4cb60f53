"""Days on which a person can make calls, and how much of each day is left for them.

Working days are the days of the week that are ticked on the cycle, without the holidays of its Holiday List (else that of the
employee, else that of the company), without the absences of the cycle and the approved leave of HRMS where that is
installed. What stands in the calendar of the person already takes its time off the day: events that are no calls, and calls
that do not belong to the cycle.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, formatdate, get_fullname, getdate

from kam_erpnext import compat
from kam_erpnext.data import call_time
from kam_erpnext.data.calls import CALL, OPEN
from kam_erpnext.engine.call_capacity import working_days
from kam_erpnext.engine.call_figures import MADE
from kam_erpnext.engine.periods import Period

EMPLOYEE, LEAVE, EVENT = "Employee", "Leave Application", "Event"
# an event without an end
EVENT_MINUTES = 60
DAY_MINUTES = 24 * 60


@dataclass
class Calendar:
	"""`capacity`: (calls, minutes) that are possible on each working day. `messages` are `text` and `level`."""

	user: str
	capacity: dict[date, tuple[int, float]] = field(default_factory=dict)
	holiday_list: str | None = None
	absences: list[tuple[date, date]] = field(default_factory=list)
	messages: list[dict] = field(default_factory=list)

	@property
	def days(self) -> list[date]:
		"""Working days in order."""
		return sorted(self.capacity)


def calendar_of(cycle, without_other_calls: bool = False) -> Calendar:
	"""Calendar of the person of a cycle (document) from its first to its last day.

	`without_other_calls` leaves the time of calls outside the cycle in the days, for comparing all calls of the person
	with all the time there is.
	"""
	result = Calendar(cycle.user)
	if not (cycle.user and cycle.from_date and cycle.to_date):
		return result
	period = Period(getdate(cycle.from_date), getdate(add_days(cycle.to_date, 1)))
	employee = employee_of(cycle.user)
	result.holiday_list = holiday_list_of(cycle, employee)
	holidays = holidays_of(cycle, period, result)
	away, half_days = leave_of(employee, period)
	result.absences = [*absences_of(cycle), *away]
	days = working_days(period, cycle.weekdays(), holidays, result.absences)
	full, minutes, calls = flt(cycle.hours_per_day) * 60, cycle.minutes_a_day(), cint(cycle.calls_per_day)
	busy = busy_minutes(cycle.user, period, full)
	taken = {} if without_other_calls else calls_outside(cycle, period)
	for day in days:
		left = 1 - busy.get(day, 0.0) / full if full else 0.0
		if day in half_days:
			left = min(left, 0.5)
		if left <= 0:
			continue
		number, used = taken.get(day, (0, 0))
		result.capacity[day] = (
			max(0, math.ceil(calls * left - 1e-9) - number),
			max(0.0, minutes * left - used),
		)
	if not days:
		result.messages.append(
			message(
				_(
					"{0} has no working day from {1} to {2}. Please check the days worked, the holiday list and the absences."
				).format(get_fullname(cycle.user), formatdate(cycle.from_date), formatdate(cycle.to_date))
			)
		)
	return result


def message(text: str, level: str = "warning") -> dict:
	return {"text": text, "level": level}


# ---------------------------------------------------------------- days off


def employee_of(user: str) -> frappe._dict | None:
	"""The employee record of a user, an active one first."""
	rows = frappe.get_all(
		EMPLOYEE, {"user_id": user}, ["name", "company", "status"], order_by="creation desc, name"
	)
	return min(rows, key=lambda row: row.status != "Active", default=None)


def holiday_list_of(cycle, employee: frappe._dict | None = None) -> str | None:
	"""That of the cycle, else of the employee (or the employee's company), else of the company of the cycle."""
	if cycle.holiday_list:
		return cycle.holiday_list
	if employee:
		from erpnext.setup.doctype.employee.employee import get_holiday_list_for_employee

		found = get_holiday_list_for_employee(employee.name, raise_exception=False)
		if found:
			return found
	return (
		frappe.get_cached_value("Company", cycle.company, "default_holiday_list") if cycle.company else None
	)


def holidays_of(cycle, period: Period, result: Calendar) -> set[date]:
	"""Days of the holiday list; says what is missing of it."""
	if not result.holiday_list:
		result.messages.append(
			message(
				_(
					"No Holiday List was found for {0}: neither this cycle nor the employee nor the company {1} has one. All ticked weekdays are taken for working days. Please enter one in this cycle or in the company."
				).format(get_fullname(cycle.user), cycle.company or "–")
			)
		)
		return set()
	bounds = (
		frappe.db.get_value("Holiday List", result.holiday_list, ["from_date", "to_date"], as_dict=True)
		or frappe._dict()
	)
	start, end = getdate(cycle.from_date), getdate(cycle.to_date)
	if not bounds.from_date or getdate(bounds.from_date) > start or getdate(bounds.to_date) < end:
		result.messages.append(
			message(
				_(
					"The Holiday List {0} covers {1} to {2}, the cycle {3} to {4}: outside it all ticked weekdays are taken for working days. Please add the missing holidays to the list, or choose another one."
				).format(
					result.holiday_list,
					formatdate(bounds.from_date),
					formatdate(bounds.to_date),
					formatdate(start),
					formatdate(end),
				)
			)
		)
	rows = frappe.get_all(
		"Holiday",
		{"parent": result.holiday_list, "holiday_date": ("between", (period.start, period.last_day))},
		["holiday_date", "weekly_off"],
		order_by="holiday_date",
	)
	weekly = {getdate(row.holiday_date).weekday() for row in rows if row.weekly_off} & cycle.weekdays()
	if weekly:
		result.messages.append(
			message(
				_(
					"{0}: worked according to this cycle, but weekly days off in the Holiday List {1}, which decides. To work on them, choose a list without these days."
				).format(", ".join(names_of_days(weekly)), result.holiday_list)
			)
		)
	return {getdate(row.holiday_date) for row in rows}


def names_of_days(numbers: Iterable[int]) -> list[str]:
	names = (
		_("Monday"),
		_("Tuesday"),
		_("Wednesday"),
		_("Thursday"),
		_("Friday"),
		_("Saturday"),
		_("Sunday"),
	)
	return [names[number] for number in sorted(numbers)]


def absences_of(cycle) -> list[tuple[date, date]]:
	return [
		(getdate(row.from_date), getdate(row.to_date))
		for row in cycle.get("absences") or ()
		if row.from_date and row.to_date
	]


def leave_of(employee: frappe._dict | None, period: Period) -> tuple[list[tuple[date, date]], set[date]]:
	"""Approved leave (first and last days) and half days off; nothing without HRMS."""
	spans, halves = [], set()
	if not employee or not frappe.db.exists("DocType", LEAVE):
		return spans, halves
	for row in leave_rows(employee.name, period):
		first, last = getdate(row.from_date), getdate(row.to_date)
		half = getdate(row.half_day_date or row.from_date) if row.half_day else None
		if not half:
			spans.append((first, last))
			continue
		halves.add(half)
		# the days before and after the half one
		for span in ((first, add_days(half, -1)), (add_days(half, 1), last)):
			if span[0] <= span[1]:
				spans.append((getdate(span[0]), getdate(span[1])))
	return spans, halves


def leave_rows(employee: str, period: Period) -> list[frappe._dict]:
	return frappe.get_all(
		LEAVE,
		{
			"employee": employee,
			"docstatus": 1,
			"status": "Approved",
			"from_date": ("<=", period.last_day),
			"to_date": (">=", period.start),
		},
		["from_date", "to_date", "half_day", "half_day_date"],
		order_by="from_date, name",
	)


# ---------------------------------------------------------------- what stands in the calendar


def busy_minutes(user: str, period: Period, most: float) -> dict[date, float]:
	"""Minutes of each day that events take which are no calls, at most `most`; an event of a whole day takes all of it."""
	spans: dict[date, list[tuple[int, int]]] = defaultdict(list)
	for event in events_of(user, period):
		begins = call_time.to_user_time(event.starts_on, user)
		ends = (
			call_time.to_user_time(event.ends_on, user)
			if event.ends_on
			else begins + timedelta(minutes=EVENT_MINUTES)
		)
		day = begins.date()
		while day <= ends.date() and day <= period.last_day:
			if cint(event.all_day):
				spans[day].append((0, DAY_MINUTES))
			else:
				midnight = datetime.combine(day, time())
				first, last = ((moment - midnight).total_seconds() / 60 for moment in (begins, ends))
				spans[day].append((max(0, int(first)), min(DAY_MINUTES, math.ceil(last))))
			day += timedelta(days=1)
	return {day: min(most, _covered(parts)) for day, parts in spans.items()}


def _covered(spans: list[tuple[int, int]]) -> float:
	"""Minutes that at least one of the spans covers."""
	total, reached = 0, 0
	for first, last in sorted(spans):
		total += max(0, last - max(first, reached))
		reached = max(reached, last)
	return total


def events_of(user: str, period: Period) -> list[frappe._dict]:
	"""Open events of a person's own, shared or as participant, repeated ones each time; none that stand for calls."""
	# a day more on both sides: days differ between the time zones of site and person
	found = compat.events_between(add_days(period.start, -1), add_days(period.last_day, 1), user)
	names = {row.name for row in found}
	if not names:
		return []
	calls = set(
		frappe.get_all(
			EVENT, {"name": ("in", names), "kam_customer_call": ("is", "set")}, pluck="name", order_by="name"
		)
	)
	shared = set(
		frappe.get_all(
			"DocShare",
			{"share_doctype": EVENT, "share_name": ("in", names), "user": user},
			pluck="share_name",
			order_by="name",
		)
	)
	takes_part = set(
		frappe.get_all(
			"Event Participants",
			{"parent": ("in", names), "reference_doctype": "User", "reference_docname": user},
			pluck="parent",
			order_by="name",
		)
	)
	return [
		row
		for row in found
		if row.name not in calls and (row.owner == user or row.name in shared or row.name in takes_part)
	]


def calls_outside(cycle, period: Period) -> dict[date, tuple[int, int]]:
	"""(calls, minutes) a day of calls the person makes or goes along to, besides those of the cycle."""
	call = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(call)
		.select(call.planned_on, call.made_on, call.starts_at, call.duration)
		.where((call.user == cycle.user) | (call.accompanied_by == cycle.user))
		.where(call.status.isin((*OPEN, MADE)))
		.where(call.cycle.isnull() | (call.cycle != (cycle.name or "")) | (call.user != cycle.user))
		.where(call.planned_on[period.start : period.last_day] | call.made_on[period.start : period.last_day])
		.run(as_dict=True)
	)
	result: dict[date, tuple[int, int]] = {}
	for row in rows:
		day = getdate(row.made_on or row.planned_on)
		number, minutes = result.get(day, (0, 0))
		result[day] = (number + 1, minutes + cint(row.duration))
	return result
