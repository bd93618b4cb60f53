"""Workload of a call cycle against the time there is for it, in total and week by week, before anybody accepts it."""

from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import cint, flt, fmt_money, formatdate, get_fullname, getdate

from kam_erpnext.data import call_calendar
from kam_erpnext.engine.call_capacity import Load, load_by, month_of, week_of
from kam_erpnext.kam_erpnext.doctype.call_cycle import lines as cycle_lines

CYCLE, CALL = "Call Cycle", "Customer Call"
# totals that are stored on the cycle, for lists and reports
FIGURES = (
	"customers", "calls", "working_days", "required_hours", "capacity_hours", "capacity_calls", "load", "load_known",
)  # fmt: skip
# a week with less of its capacity used, in percent, is marked as one with time left
UNDER = 60.0
OVER = 100.0
SPANS = {"Day": lambda day: day, "Week": week_of, "Month": month_of}


@dataclass(frozen=True)
class Totals:
	"""What a cycle asks for and what there is time for."""

	customers: int
	days: int
	load: Load

	@property
	def fits(self) -> bool:
		return self.load.fits


# ---------------------------------------------------------------- totals


def totals(cycle, calendar=None) -> Totals:
	"""Calls and minutes of the active lines against the working days of the cycle; `calendar` if it was read already."""
	asked = cycle_lines.sums(cycle.name) if cycle.name and not cycle.is_new() else frappe._dict()
	days = (calendar or call_calendar.calendar_of(cycle)).capacity
	return Totals(
		customers=cint(asked.customers),
		days=len(days),
		load=Load(
			calls=cint(asked.calls),
			minutes=flt(asked.minutes),
			possible_calls=sum(calls for calls, _minutes in days.values()),
			possible_minutes=sum(minutes for _calls, minutes in days.values()),
		),
	)


def figures_of(found: Totals) -> dict:
	percent = found.load.percent
	return {
		"customers": found.customers,
		"calls": found.load.calls,
		"working_days": found.days,
		"required_hours": flt(found.load.minutes / 60, 2),
		"capacity_hours": flt(found.load.possible_minutes / 60, 2),
		"capacity_calls": found.load.possible_calls,
		"load": flt(percent, 2),
		"load_known": int(percent is not None),
	}


def set_totals(cycle):
	"""Write the totals on a cycle in memory."""
	cycle.update(figures_of(totals(cycle)))


def store_totals(cycle):
	"""Write the totals of a cycle whose lines have changed; that is no change somebody made to the cycle itself."""
	values = figures_of(totals(cycle))
	cycle.update(values)
	frappe.db.set_value(CYCLE, cycle.name, values, update_modified=False)


# ---------------------------------------------------------------- week by week


def workload(cycle) -> dict:
	"""`totals, fits, unit, weeks, messages, working_days`, as the form, reports and messages show them.

	Each of `weeks` is a week (a day or month if the cycle is shown so) with `first, last, required, possible, percent,
	required_hours, possible_hours` and `state`: over, under, fits, or free where nobody works. Calls of a cycle that runs
	are those of the calendar; before that they are spread as the schedule would do it, and those that find no day evenly.
	"""
	calendar = call_calendar.calendar_of(cycle)
	found = totals(cycle, calendar)
	planned, unplaced, notes = planned_days(cycle)
	spans = load_by(planned, calendar.capacity, SPANS.get(cycle.unit, week_of))
	weeks = [week_row(cycle, first, row) for first, row in _with_free_spans(cycle, spans)]
	messages = [*calendar.messages, *shortfall(cycle, found)]
	if found.fits:
		messages += [*week_messages(weeks), *notes]
	return {
		"totals": {**figures_of(found), "load": found.load.percent},
		"fits": found.fits,
		"unit": cycle.unit or "Week",
		"weeks": weeks,
		"working_days": found.days,
		"unplaced": unplaced,
		"messages": messages,
	}


def week_row(cycle, first: date, row: Load) -> dict:
	percent = row.percent
	if not row.possible_calls:
		state = "over" if row.calls else "free"
	elif not row.fits:
		state = "over"
	else:
		state = "under" if percent < UNDER else "fits"
	return {
		"first": max(first, getdate(cycle.from_date)),
		"last": min(last_of(first, cycle.unit), getdate(cycle.to_date)),
		"required": row.calls,
		"possible": row.possible_calls,
		"required_hours": flt(row.minutes / 60, 1),
		"possible_hours": flt(row.possible_minutes / 60, 1),
		"percent": percent,
		"state": state,
	}


def _with_free_spans(cycle, spans: dict[date, Load]) -> list[tuple[date, Load]]:
	"""Weeks and months without a working day are shown as well; single days off are not."""
	if cycle.unit != "Day":
		first = SPANS.get(cycle.unit, week_of)(getdate(cycle.from_date))
		while first <= getdate(cycle.to_date):
			spans.setdefault(first, Load(0, 0.0, 0, 0.0))
			first = last_of(first, cycle.unit) + timedelta(days=1)
	return sorted(spans.items())


def last_of(first: date, unit: str | None) -> date:
	if unit == "Day":
		return first
	if unit == "Month":
		return month_of(first + timedelta(days=31)) - timedelta(days=1)
	return first + timedelta(days=6)


def planned_days(cycle) -> tuple[list[tuple[date, int]], int, list[dict]]:
	"""(day, minutes) of every call, how many found no day, and what is to be said about those."""
	if cycle.docstatus == 0:
		from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling

		plan = scheduling.plan(cycle)
		notes = [row for row in plan.messages if row not in plan.calendar.messages]
		return [*plan.minutes_by_day, *_without_day(plan)], plan.unplaced_calls, notes
	call = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(call)
		.select(Coalesce(call.made_on, call.planned_on), call.duration)
		.where((call.cycle == cycle.name) & (call.user == cycle.user))
		.where(call.status != "Cancelled")
		.run()
	)
	line = frappe.qb.DocType(cycle_lines.LINE)
	missing = (
		frappe.qb.from_(line)
		.select(Sum(line.unplaced_calls))
		.where((line.cycle == cycle.name) & (line.status == cycle_lines.ACTIVE))
		.run()
	)
	unplaced = cint(missing[0][0])
	notes = []
	if unplaced:
		notes.append(
			_message(
				_("{0} calls found no day. Filter the lines for Not planned to see whose they are.").format(
					unplaced
				)
			)
		)
	return [(getdate(day), cint(minutes)) for day, minutes in rows], unplaced, notes


def _without_day(plan) -> list[tuple[date, int]]:
	"""Calls that found no day, spread evenly over the working days: the weeks show how much is too much."""
	days = [day for day in plan.calendar.days if day >= plan.from_day]
	minutes = [line.minutes for line in plan.lines.values() for _call in range(line.unplaced)]
	if not days:
		return []
	return [
		(days[int((number + 0.5) * len(days) / len(minutes))], length)
		for number, length in enumerate(minutes)
	]


# ---------------------------------------------------------------- in words


def shortfall(cycle, found: Totals) -> list[dict]:
	"""What does not fit, by how much, and what can be done; empty when everything fits."""
	load, person = found.load, get_fullname(cycle.user)
	if found.fits:
		return []
	if not load.possible_calls:
		return [
			_message(
				_(
					"None of the {0} calls of {1} can be made: no time is left from {2} to {3}. Please check days worked, holiday list, absences and what stands in the calendar already, or choose other days."
				).format(load.calls, person, formatdate(cycle.from_date), formatdate(cycle.to_date))
			)
		]
	result = []
	if load.missing_calls:
		text = _(
			"{0}: {1} calls are {2} more than the {3} possible on {4} working days with at most {5} a day."
		)
		if load.possible_calls < found.days * cint(cycle.calls_per_day):
			text = _(
				"{0}: {1} calls are {2} more than the {3} possible on {4} working days with at most {5} a day, less what stands in the calendar already."
			)
		result.append(
			_message(
				text.format(
					person,
					load.calls,
					load.missing_calls,
					load.possible_calls,
					found.days,
					cint(cycle.calls_per_day),
				)
			)
		)
	if load.missing_minutes >= 0.5:
		result.append(
			_message(
				_(
					"{0}: the calls take {1} hours, {2} more than the {3} there are without travel ({4} %) and office ({5} %)."
				).format(
					person,
					_number(load.minutes / 60),
					_number(load.missing_minutes / 60),
					_number(load.possible_minutes / 60),
					f"{flt(cycle.travel_share):g}",
					f"{flt(cycle.office_share):g}",
				)
			)
		)
	result.append(
		_message(
			_(
				"What helps: fewer or shorter calls to customers of a lower class, phone instead of visits, a longer cycle, or a colleague who takes over customers."
			),
			"info",
		)
	)
	return result


def week_messages(weeks: list[dict]) -> list[dict]:
	"""Single weeks that do not fit although the whole does."""
	over = [row for row in weeks if row["state"] == "over"]
	if not over:
		return []
	return [
		_message(
			_("Over-load in {0} of {1}, first from {2}: {3} calls, {4} possible.").format(
				len(over), len(weeks), formatdate(over[0]["first"]), over[0]["required"], over[0]["possible"]
			)
		)
	]


def _message(text: str, level: str = "warning") -> dict:
	return {"text": text, "level": level}


def _number(value: float) -> str:
	return fmt_money(value, precision=0 if abs(value) >= 100 else 1).strip()
