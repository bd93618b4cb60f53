"""Workload: calls and hours of every person and week against the time there is for them by the cycles in force."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import cint, flt, fmt_money, formatdate

from kam_erpnext.data import call_calendar
from kam_erpnext.data import calls as data
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences, sees_all_accounts
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.call_capacity import Load, load_by, month_of, week_of
from kam_erpnext.engine.call_figures import MADE, MISSED
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.call_cycle.workload import OVER, UNDER
from kam_erpnext.kam_erpnext.report import calls, common

CYCLE = "Call Cycle"
# cycles whose days count; those of drafts and of cycles in review are shown in the cycle itself
IN_FORCE = ("Approved", "Closed")
WEEK, MONTH = "Week", "Month"
SPANS = {WEEK: week_of, MONTH: month_of}
# weeks before and after today unless other days are chosen
WEEKS_BACK, WEEKS_AHEAD = 4, 13
OVER_LOAD, UNDER_LOAD, FITS, FREE, NOT_KNOWN = "Over", "Under", "Fits", "Free", "Not Known"
FIELDS = (
	"name",
	"user",
	"accompanied_by",
	"status",
	"planned_on",
	"made_on",
	"duration",
)
# what the heat map draws; the table has everything
DRAWN_PEOPLE, DRAWN_SPANS = 40, 27


@dataclass
class Person:
	"""Calls and capacity of one person. `capacity` is working day -> (calls, minutes) and empty without a cycle."""

	user: str
	name: str
	capacity: dict[date, tuple[int, float]] = field(default_factory=dict)
	has_cycle: bool = False
	calls: list[tuple[date, int, str]] = field(default_factory=list)


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	today = calls.today_of_reader()
	period = period_of(filters, today)
	by = filters.by if filters.by in SPANS else WEEK
	people, messages = read(period, filters.user or None)
	columns = get_columns(by)
	if not people:
		return common.nothing(
			calls.nothing_hint(
				_("Nobody you may see has calls or a call cycle in {0}.").format(common.dates(period))
			),
			columns,
		)
	spans = calls.spans(period, SPANS[by])
	found = [(person, loads_of(person, SPANS[by])) for person in people]
	found = [row for row in found if fits_filter(*row, filters.show, SPANS[by](today))]
	if not found:
		return common.nothing(
			common.hint(
				_("Nobody is over-loaded from this week on.")
				if filters.show == OVER_LOAD
				else _("Nobody is under-loaded from this week on."),
				_("Clear the filter Show to see everybody."),
			),
			columns,
		)
	rows = [row for person, loads in found for row in rows_of(person, loads, spans, by, today)]
	return (
		columns,
		rows,
		get_message(period, found, spans, messages, by),
		get_chart(found, spans, by, period),
		get_summary(found, SPANS[by](today)),
	)


# ---------------------------------------------------------------- figures


def period_of(filters: frappe._dict, today: date) -> Period:
	if filters.from_date or filters.to_date:
		return custom_period(filters.from_date, filters.to_date)
	monday = week_of(today)
	return Period(monday - timedelta(weeks=WEEKS_BACK), monday + timedelta(weeks=WEEKS_AHEAD))


def read(period: Period, user: str | None) -> tuple[list[Person], list[str]]:
	"""People with calls or a cycle in the period, by name, and what is to be said about their calendars.

	Whoever does not see all accounts sees the calls of colleagues in part only, so only people whose cycles he may see and
	himself: part of the calls against the whole time would look like room.
	"""
	people: dict[str, Person] = {}
	messages: list[str] = []
	shown = None if sees_all_accounts() else {frappe.session.user}
	for name, owner in cycles_in(period):
		if user and owner != user:
			continue
		person = people.setdefault(owner, Person(owner, owner))
		messages += add_capacity(person, name, period)
		if shown is not None:
			shown.add(owner)
	for call in calls_in(period):
		for one in {call["user"], call["accompanied_by"]} - {None, ""}:
			if (user and one != user) or (shown is not None and one not in shown):
				continue
			day = call["made_on"] if call["status"] == MADE else call["planned_on"]
			people.setdefault(one, Person(one, one)).calls.append(
				(day, cint(call["duration"]), call["status"])
			)
	for one, name in calls.names_of(people).items():
		people[one].name = name
	return sorted(people.values(), key=lambda person: person.name.lower()), [*dict.fromkeys(messages)]


def cycles_in(period: Period) -> list[tuple[str, str]]:
	"""Cycles in force with days in the period that the reader may see: name and person."""
	cycle = frappe.qb.DocType(CYCLE)
	conditions = [
		cycle.docstatus == 1,
		cycle.status.isin(IN_FORCE),
		cycle.from_date < period.end,
		cycle.to_date >= period.start,
		SUBJECT_CONDITIONS[CYCLE](cycle, frappe.session.user),
		fences(CYCLE, cycle),
	]
	return (
		frappe.qb.from_(cycle)
		.select(cycle.name, cycle.user)
		.where(every(conditions))
		.orderby(cycle.from_date)
		.orderby(cycle.name)
		.run()
	)


def add_capacity(person: Person, cycle: str, period: Period) -> list[str]:
	"""Adds the days of a cycle. On a day of two cycles, of different customers, the person still has one day."""
	calendar = call_calendar.calendar_of(frappe.get_doc(CYCLE, cycle), without_other_calls=True)
	person.has_cycle = True
	for day, (number, minutes) in calendar.capacity.items():
		if period.contains(day):
			held = person.capacity.get(day, (0, 0.0))
			person.capacity[day] = (max(held[0], number), max(held[1], minutes))
	return [row["text"] for row in calendar.messages]


def calls_in(period: Period) -> list[dict]:
	"""Calls planned, missed or made on days of the period."""
	days = {"from_date": period.start, "to_date": period.last_day}
	return [
		*data.calls(data.CallFilters(**days, states=(*data.OPEN, MISSED)), fields=FIELDS),
		*data.calls(data.CallFilters(**days, states=(MADE,), day="made_on"), fields=FIELDS),
	]


def loads_of(person: Person, span) -> dict[date, Load]:
	"""Load of every week or month; missed calls took no time."""
	return load_by(
		((day, minutes) for day, minutes, status in person.calls if status != MISSED), person.capacity, span
	)


def total_of(loads: dict[date, Load]) -> Load:
	rows = loads.values()
	return Load(
		calls=sum(row.calls for row in rows),
		minutes=sum(row.minutes for row in rows),
		possible_calls=sum(row.possible_calls for row in rows),
		possible_minutes=sum(row.possible_minutes for row in rows),
	)


def state_of(load: Load | None, has_cycle: bool) -> str:
	if load is None or (not load.calls and not load.possible_calls):
		return FREE
	if not load.possible_calls:
		return NOT_KNOWN if not has_cycle else OVER_LOAD
	if not load.fits or load.percent > OVER:
		return OVER_LOAD
	return UNDER_LOAD if load.percent < UNDER else FITS


def fits_filter(person: Person, loads: dict[date, Load], show: str | None, first: date) -> bool:
	"""Whether a person is shown: with a week over or under load from this week on, if asked for."""
	if show not in (OVER_LOAD, UNDER_LOAD):
		return True
	return any(state_of(load, person.has_cycle) == show for day, load in loads.items() if day >= first)


def rows_of(
	person: Person, loads: dict[date, Load], spans: list[tuple[date, Period]], by: str, today: date
) -> list[dict]:
	"""A line for the person and one below it for every week or month with days or calls."""
	span = SPANS[by]
	rows = [
		row_of(person, total_of(loads), person.calls, len(person.capacity))
		| {"key": person.user, "parent": None, "indent": 0, "label": person.name, "user": person.user}
	]
	for first, days in spans:
		if first not in loads and not any(span(day) == first for day, _minutes, _status in person.calls):
			continue
		inside = [call for call in person.calls if span(call[0]) == first]
		rows.append(
			row_of(
				person,
				loads.get(first) or Load(0, 0.0, 0, 0.0),
				inside,
				sum(span(day) == first for day in person.capacity),
			)
			| {
				"key": f"{person.user}/{first}",
				"parent": person.user,
				"indent": 1,
				"label": calls.week_text(first) if by == WEEK else formatdate(first, "MMMM yyyy"),
				"user": person.user,
				"days": [str(days.start), str(days.last_day)],
				"is_now": int(first == span(today)),
			}
		)
	return rows


def row_of(person: Person, load: Load, found: list[tuple], days: int) -> dict:
	state = state_of(load, person.has_cycle)
	known = person.has_cycle
	return {
		"working_days": days if known else None,
		"planned": sum(status in data.OPEN for _day, _minutes, status in found),
		"made": sum(status == MADE for _day, _minutes, status in found),
		"missed": sum(status == MISSED for _day, _minutes, status in found),
		"calls": load.calls,
		"possible": load.possible_calls if known else None,
		"hours": flt(load.minutes / 60, 1),
		"possible_hours": flt(load.possible_minutes / 60, 1) if known else None,
		"percent": common.known(load.percent, 1) if known else None,
		"state_key": state,
		"state": state_text(state, load),
	}


def state_text(state: str, load: Load) -> str:
	"""The state in words, with what is too much or free."""
	if state == NOT_KNOWN:
		return _("no cycle in force")
	if state == FREE:
		return _("no working day")
	if state == OVER_LOAD:
		if load.missing_calls == 1:
			return _("over: 1 call too many")
		if load.missing_calls:
			return _("over: {0} calls too many").format(load.missing_calls)
		return _("over: {0} hours too many").format(fmt_money(load.missing_minutes / 60, precision=1))
	if state == UNDER_LOAD:
		room = room_of(load)
		return _("under: room for 1 call") if room == 1 else _("under: room for {0} calls").format(room)
	return _("fits")


def room_of(load: Load) -> int:
	"""Calls that still fit, each as long as those planned, or as long as the day allows when none are."""
	free = load.possible_calls - load.calls
	if not load.calls:
		return free
	return max(0, min(free, int((load.possible_minutes - load.minutes) // (load.minutes / load.calls or 1))))


# ---------------------------------------------------------------- presentation


def get_columns(by: str) -> list[dict]:
	heading = _("Person and Week") if by == WEEK else _("Person and Month")
	return [
		common.text_column("label", heading, 235),
		common.number_column("working_days", _("Days"), 70),
		calls.number("planned", _("Planned"), 80),
		calls.number("made", _("Made"), 70),
		calls.number("missed", _("Missed"), 75),
		calls.number("calls", _("Calls"), 70),
		common.number_column("possible", _("Possible"), 85),
		common.number_column("hours", _("Hours", context="KAM"), 75),
		common.number_column("possible_hours", _("Possible Hours"), 125),
		common.number_column("percent", _("Load %"), 85),
		common.text_column("state", _("State", context="KAM"), 205),
	]


def get_message(period: Period, found: list[tuple], spans: list, messages: list[str], by: str) -> str:
	without = [person.name for person, _loads in found if not person.has_cycle]
	sentences = [
		_("Calls planned and made in {0} against the time there is by the call cycles in force.").format(
			common.dates(period)
		),
		_(
			"Load: calls or hours in percent of what is possible, whichever is larger. Over ▲ {0} %, under ▼ {1} %. Possible are the working days without holidays, absences and other appointments, less travel and office."
		).format(f"{OVER:g}", f"{UNDER:g}"),
		_("Missed calls took no time. A joint visit counts for both who make it."),
	]
	if len(found) > DRAWN_PEOPLE:
		sentences.append(
			_("The heat map draws the first {0} of {1} people.").format(DRAWN_PEOPLE, len(found))
		)
	if len(spans) > DRAWN_SPANS:
		sentences.append(
			_(
				"The heat map draws the first {0} of {1} columns; choose Month in Show Per to have fewer."
			).format(DRAWN_SPANS, len(spans))
		)
	sentences.append(_("Read on {0}.").format(common.now_text()))
	if common.is_restricted(to_accounts=True):
		sentences.append(
			_("Only people whose call cycles you may see, and only calls you may see, are counted.")
		)
	text = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	if without:
		text += common.warning(
			_("Without a call cycle in force, so without a load: {0}. Make one under {1}.").format(
				common.bold(", ".join(without[:10]) + (" …" if len(without) > 10 else "")),
				common.list_link(CYCLE),
			)
		)
	for message in messages[:3]:
		text += common.warning(frappe.utils.escape_html(message))
	return text


def get_summary(found: list[tuple], now: date) -> list[dict]:
	known = [(person, loads) for person, loads in found if person.has_cycle]
	total = total_of({number: total_of(loads) for number, (_person, loads) in enumerate(known)})
	states = [
		state_of(load, True) for _person, loads in known for first, load in loads.items() if first >= now
	]
	over, under = states.count(OVER_LOAD), states.count(UNDER_LOAD)
	return [
		common.count_item(_("People"), len(found)),
		common.percent_item(_("Load"), total.percent if total.possible_calls else None),
		common.count_item(_("Calls"), sum(total_of(loads).calls for _person, loads in found)),
		common.count_item(_("Possible Calls"), total.possible_calls),
		common.count_item(_("Over from Now On"), over, "Red" if over else "Green"),
		common.count_item(_("Under from Now On"), under, "Blue" if under else "Green"),
	]


def get_chart(found: list[tuple], spans: list[tuple[date, Period]], by: str, period: Period) -> dict:
	columns = spans[:DRAWN_SPANS]
	all_loads = [
		total_of(
			{
				number: loads.get(first) or Load(0, 0.0, 0, 0.0)
				for number, (person, loads) in enumerate(found)
				if person.has_cycle
			}
		)
		for first, _days in columns
	]
	return {
		"type": "bar",
		"data": {
			"labels": [short_text(first, by).replace("\n", " ") for first, _days in columns],
			"datasets": [{"name": _("Load %"), "values": [flt(load.percent, 1) for load in all_loads]}],
		},
		"fieldtype": "Percent",
		"kam": {
			"kind": "workload",
			"over": OVER,
			"under": UNDER,
			"labels": {"over": _("over"), "under": _("under")},
			"columns": [
				{
					"name": short_text(first, by),
					"long": calls.week_text(first) if by == WEEK else formatdate(first, "MMMM yyyy"),
					"days": [str(days.start), str(days.last_day)],
				}
				for first, days in columns
			],
			"rows": [
				{
					"name": person.name,
					"user": person.user,
					"cells": [cell_of(person, loads.get(first)) for first, _days in columns],
				}
				for person, loads in found[:DRAWN_PEOPLE]
			],
			"list": {"planned_on": ["between", [str(period.start), str(period.last_day)]]},
		},
	}


def short_text(first: date, by: str) -> str:
	if by == MONTH:
		return formatdate(first, "MMM yy")
	return f"{first.isocalendar()[1]}\n{formatdate(first, 'd MMM')}"


def cell_of(person: Person, load: Load | None) -> dict:
	load = load or Load(0, 0.0, 0, 0.0)
	known = person.has_cycle and load.possible_calls
	return {
		"percent": common.known(load.percent, 1) if known else None,
		"calls": load.calls,
		"possible": load.possible_calls if known else None,
		"free": person.has_cycle and not load.possible_calls,
		"hours": flt(load.minutes / 60, 1),
		"possible_hours": flt(load.possible_minutes / 60, 1) if known else None,
		"state": state_text(state_of(load, person.has_cycle), load),
	}
