"""Puts the calls of a cycle on days, and keeps them there while the cycle runs.

`plan` only reads and computes, `apply` writes what differs. A cycle can be scheduled as often as one likes: what stands
already stays, so that a second run right after the first changes nothing. Never touched are calls that were made, missed or
cancelled by a person, those with an agreed time, and those somebody moved by hand; they count among the calls of their line.

Everything is written in one transaction under a lock on the cycle, and what it depends on is read after the lock, so that
two people who press Schedule at once, or a worker that dies, neither double nor lose a call.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.integrations.doctype.webhook import run_webhooks
from frappe.model.naming import set_new_name
from frappe.utils import add_to_date, cint, escape_html, formatdate, get_fullname, getdate, now, now_datetime

from kam_erpnext.compat import cached_by_any_process
from kam_erpnext.data import call_calendar, call_time
from kam_erpnext.data.call_customers import seen_by_reader
from kam_erpnext.data.calls import CALL, OPEN
from kam_erpnext.engine.call_figures import CANCELLED, MADE, PLANNED, PREPARED
from kam_erpnext.engine.call_schedule import FEW_DAYS, FULL, NO_DAY, Day, Demand, Plan, schedule

CYCLE, LINE, CONTACT = "Call Cycle", "Call Cycle Line", "Customer Call Contact"
ACTIVE, PAUSED = "Active", "Paused"
APPROVED = "Approved"
# more new calls than this are written by a worker
AT_ONCE = 200
QUEUE, TIMEOUT = "long", 1800
# a cycle whose calls have not been written after so many minutes is taken up again
SILENT_MINUTES = 15
MINUTES = 60
CLASSES, LAST_CLASS = {"A": 0, "B": 1}, 2
VISITS = ("Visit", "Joint Visit")
SHOWN = 10
CHUNK = 1000

LINE_FIELDS = (
	"name", "customer", "customer_name", "method", "calls", "duration", "status", "from_date", "paused_from", "paused_to",
	"preferred_days", "area", "territory", "last_call", "contact", "abc_class", "level", "interval_days", "unplaced_calls",
	"unplaced_reason",
)  # fmt: skip
CALL_FIELDS = (
	"name", "cycle_line", "user", "status", "planned_on", "due_on", "made_on", "starts_at", "moves", "duration", "dropped",
)  # fmt: skip


@dataclass
class LinePlan:
	"""One line: what of its calls is settled, which may move, which the schedule once cancelled, and the days wanted."""

	row: frappe._dict
	settled: list[date] = field(default_factory=list)
	movable: list[frappe._dict] = field(default_factory=list)
	dropped: list[frappe._dict] = field(default_factory=list)
	wanted: int = 0
	first: date | None = None
	days: list[date] = field(default_factory=list)
	unplaced: int = 0
	reason: str | None = None

	@property
	def minutes(self) -> int:
		return cint(self.row.duration) or MINUTES


@dataclass
class Planned:
	"""What the schedule of a cycle would be. `gone` are calls of lines that are not called on any more."""

	cycle: object
	from_day: date
	calendar: call_calendar.Calendar
	lines: dict[str, LinePlan] = field(default_factory=dict)
	gone: list[frappe._dict] = field(default_factory=list)
	settled: list[frappe._dict] = field(default_factory=list)
	plan: Plan = field(default_factory=Plan)

	@property
	def minutes_by_day(self) -> list[tuple[date, int]]:
		"""(day, minutes) of every call of the person in this cycle: made, agreed and planned ones."""
		fixed = [(_day_of(row), cint(row.duration)) for row in self.settled if _takes_time(row, self.cycle)]
		return fixed + [(day, line.minutes) for line in self.lines.values() for day in line.days]

	@property
	def unplaced_calls(self) -> int:
		return sum(line.unplaced for line in self.lines.values())

	@property
	def messages(self) -> list[dict]:
		"""What somebody has to know: about the calendar, and whose calls found no day with what helps."""
		return [*self.calendar.messages, *_unplaced_messages(self)]


# ---------------------------------------------------------------- the plan, without writing


def plan(cycle, from_day: date | None = None, lock: bool = False) -> Planned:
	"""The schedule of a cycle (document) from a day on, by default from today; nothing is written.

	A cycle that is over is planned as a whole, to show what it was like. `lock` reads lines and calls for writing.
	"""
	if from_day is None:
		from_day = call_time.today_of(cycle.user)
		if from_day > getdate(cycle.to_date):
			from_day = getdate(cycle.from_date)
	from_day = max(getdate(from_day), getdate(cycle.from_date))
	result = Planned(cycle, from_day, call_calendar.calendar_of(cycle))
	_read_lines(result, lock)
	_read_calls(result, lock)
	demands = [demand for name in result.lines if (demand := _demand(result, name))]
	result.plan = schedule(demands, _days(result))
	for line in result.lines.values():
		line.days = _without(result.plan.days.get(_key(line.row), ()), line.settled)
	for row in result.plan.unplaced:
		line = result.lines[row.key.rsplit("\n", 1)[1]]
		line.unplaced += row.calls
		line.reason = row.reason
	return result


def _read_lines(result: Planned, lock: bool):
	line = frappe.qb.DocType(LINE)
	query = (
		frappe.qb.from_(line)
		.select(*(line[name] for name in LINE_FIELDS))
		.where(line.cycle == result.cycle.name)
		.orderby(line.name)
	)
	for row in (query.for_update() if lock else query).run(as_dict=True):
		result.lines[row.name] = LinePlan(row)


def _read_calls(result: Planned, lock: bool):
	"""Calls of the cycle, by what may be done with them."""
	call = frappe.qb.DocType(CALL)
	query = (
		frappe.qb.from_(call)
		.select(*(call[name] for name in CALL_FIELDS))
		.where(call.cycle == result.cycle.name)
		.orderby(call.planned_on)
		.orderby(call.name)
	)
	for row in (query.for_update() if lock else query).run(as_dict=True):
		line = result.lines.get(row.cycle_line)
		called_on = line and line.row.status in (ACTIVE, PAUSED)
		if row.status == CANCELLED and row.dropped:
			if called_on and row.user == result.cycle.user:
				line.dropped.append(row)
		elif is_settled(row) or row.user != result.cycle.user:
			result.settled.append(row)
			if called_on:
				line.settled.append(_day_of(row))
		elif called_on:
			line.movable.append(row)
		elif line and line.row.status == "Removed" and getdate(row.planned_on) >= result.from_day:
			result.gone.append(row)
		else:
			result.settled.append(row)


def is_settled(row) -> bool:
	"""Whether the schedule leaves a call alone: it is over, has an agreed time, or a person moved it."""
	return row.status not in OPEN or bool(row.starts_at) or cint(row.moves) > 0


def _day_of(row) -> date:
	return getdate(row.made_on or row.planned_on)


def _takes_time(row, cycle) -> bool:
	return row.user == cycle.user and row.status in (*OPEN, MADE)


def _key(row) -> str:
	"""Sorts by customer, so that the plan does not depend on random names."""
	return f"{row.customer}\n{row.method}\n{row.name}"


def _without(days, settled: list[date]) -> list[date]:
	left = list(days)
	for day in settled:
		if day in left:
			left.remove(day)
	return left


def _days(result: Planned) -> list[Day]:
	"""What is left of the days from which the plan begins, without the calls that stand where they are."""
	used: dict[date, list[int]] = defaultdict(lambda: [0, 0])
	for row in result.settled:
		if _takes_time(row, result.cycle):
			used[_day_of(row)][0] += 1
			used[_day_of(row)][1] += cint(row.duration)
	return [
		Day(day, max(0, calls - used[day][0]), max(0.0, minutes - used[day][1]))
		for day, (calls, minutes) in sorted(result.calendar.capacity.items())
		if day >= result.from_day
	]


def _demand(result: Planned, name: str) -> Demand | None:
	from kam_erpnext.kam_erpnext.doctype.call_cycle.proposal import days_of_text

	line = result.lines[name]
	row, cycle = line.row, result.cycle
	if row.status not in (ACTIVE, PAUSED):
		return None
	start = max(getdate(cycle.from_date), getdate(row.from_date or cycle.from_date))
	line.first = max(result.from_day, start)
	last = getdate(cycle.to_date)
	pause = pause_of(row, start, last)
	standing = [
		day
		for call in line.movable
		if line.first <= (day := getdate(call.planned_on)) and not _within(day, pause)
	]
	total = cint(row.calls)
	if pause:
		# the calls whose part of the cycle lies in the pause fall out; those outside it stay where they are
		total -= _calls_within(result, total, start, pause)
		total = min(cint(row.calls), max(total, len(line.settled) + len(standing)))
	line.wanted = max(0, total - len(line.settled))
	if len(standing) < line.wanted:
		back = [day for call in line.dropped if (day := getdate(call.planned_on)) >= line.first]
		back = [day for day in dict.fromkeys(back) if day not in standing and not _within(day, pause)]
		standing += back[: line.wanted - len(standing)]
	return Demand(
		key=_key(row),
		calls=max(total, len(line.settled)),
		minutes=line.minutes,
		first=line.first,
		last=last,
		area=row.area or row.territory or "",
		weekdays=days_of_text(row.preferred_days),
		made=tuple(line.settled),
		standing=tuple(standing),
		party=row.customer,
		without=(pause,) if pause else (),
		before=getdate(row.last_call) if row.last_call else None,
		rank=rank_of(row),
	)


def rank_of(row) -> int:
	"""Who goes first where there is not time for all: key accounts and class A, then B, then all others; within each
	those who are visited."""
	rank = 0 if row.level else CLASSES.get(row.abc_class, LAST_CLASS)
	return 2 * rank + (row.method not in VISITS)


def pause_of(row, start: date, last: date) -> tuple[date, date] | None:
	"""Days of the cycle on which a line gets no calls; a pause that was not ended lasts until the cycle ends."""
	if not row.paused_from:
		return (start, last) if row.status == PAUSED else None
	first, end = getdate(row.paused_from), getdate(row.paused_to or last)
	return (first, end) if first <= end else None


def _within(day: date, pause: tuple[date, date] | None) -> bool:
	return bool(pause) and pause[0] <= day <= pause[1]


def _calls_within(result: Planned, calls: int, start: date, pause: tuple[date, date]) -> int:
	"""Of calls spread evenly over the working days from `start` on, those whose place lies in a pause."""
	days = [day for day in result.calendar.days if day >= start]
	if not days or calls <= 0:
		return 0
	return sum(
		1
		for number in range(calls)
		if _within(days[min(len(days) - 1, int((number + 0.5) * len(days) / calls))], pause)
	)


def _unplaced_messages(result: Planned) -> list[dict]:
	rows = [line for line in result.lines.values() if line.unplaced]
	rows.sort(key=lambda line: (-line.unplaced, line.row.customer_name or line.row.customer, line.row.method))
	seen = seen_by_reader(line.row.customer for line in rows)
	named = [line for line in rows if line.row.customer in seen][:SHOWN]
	found = [call_calendar.message(unplaced_text(result, line)) for line in named]
	if len(rows) > len(named):
		found.append(
			call_calendar.message(
				_(
					"Calls to {0} more customers found no day. Filter the lines for Not Planned to see them."
				).format(len(rows) - len(named))
			)
		)
	if len(rows) > 1:
		found.insert(
			0,
			call_calendar.message(
				_("{0}: {1} calls to {2} customers found no day.").format(
					get_fullname(result.cycle.user),
					result.unplaced_calls,
					len({line.row.customer for line in rows}),
				)
			),
		)
	return found


def unplaced_text(result: Planned, line: LinePlan) -> str:
	"""Who, how many, why, and what helps."""
	row = line.row
	text = {
		NO_DAY: _(
			"{0} ({1}): {2} of {3} calls found no day, as there is no working day from {4} to {5}. Please check absences and holidays, plan fewer calls, or hand the customer over to a colleague."
		),
		FEW_DAYS: _(
			"{0} ({1}): {2} of {3} calls found no day, as there are more calls than working days from {4} to {5}; a customer is called on once a day by one method. Please plan fewer calls."
		),
		FULL: _(
			"{0} ({1}): {2} of {3} calls found no day, as all days from {4} to {5} are full. Please plan fewer or shorter calls, allow more calls a day, or hand customers over to a colleague."
		),
	}[line.reason]
	return text.format(
		row.customer_name or row.customer,
		_(row.method),
		line.unplaced,
		cint(row.calls),
		formatdate(line.first),
		formatdate(result.cycle.to_date),
	)


# ---------------------------------------------------------------- what would be written


@dataclass
class Changes:
	"""`new`: (line, day); `moved`: (call, day); `back`: (call, day) of cancelled ones; `dropped`: (call, reason)."""

	new: list[tuple[LinePlan, date]] = field(default_factory=list)
	moved: list[tuple[frappe._dict, date]] = field(default_factory=list)
	back: list[tuple[frappe._dict, date]] = field(default_factory=list)
	dropped: list[tuple[frappe._dict, str]] = field(default_factory=list)

	def counts(self) -> dict[str, int]:
		return {name: len(getattr(self, name)) for name in ("new", "moved", "back", "dropped")}


def changes_of(planned: Planned) -> Changes:
	"""What makes the calls of a cycle those of its plan, with as few changes as possible."""
	result = Changes()
	result.dropped += [(row, _("The customer was taken out of the call cycle.")) for row in planned.gone]
	for line in planned.lines.values():
		if line.row.status in (ACTIVE, PAUSED):
			_changes_of_line(planned, line, result)
	return result


def _changes_of_line(planned: Planned, line: LinePlan, result: Changes):
	days = list(line.days)
	left = []
	for row in line.movable:
		if getdate(row.planned_on) in days and getdate(row.planned_on) >= line.first:
			days.remove(getdate(row.planned_on))
		else:
			left.append(row)
	# prepared ones rather stay
	left.sort(key=lambda row: (row.status != PREPARED, row.planned_on, row.name))
	moving = sorted(left[: len(days)], key=lambda row: (row.planned_on, row.name))
	result.moved += zip(moving, days, strict=False)
	surplus, days = left[len(moving) :], days[len(moving) :]
	wanted = line.wanted - len(line.days)
	for row in surplus:
		if getdate(row.planned_on) < planned.from_day and wanted > 0:
			wanted -= 1  # overdue, and no day is free: it stays open
			continue
		result.dropped.append((row, _why_dropped(planned, line, row)))
	for row in line.dropped:
		if getdate(row.planned_on) in days:
			days.remove(getdate(row.planned_on))
			result.back.append((row, getdate(row.planned_on)))
	used = {row.name for row, _day in result.back}
	again = [row for row in line.dropped if row.name not in used]
	result.back += zip(again, days, strict=False)
	result.new += [(line, day) for day in days[len(again) :]]


def _why_dropped(planned: Planned, line: LinePlan, row) -> str:
	pause = pause_of(line.row, getdate(planned.cycle.from_date), getdate(planned.cycle.to_date))
	if _within(getdate(row.planned_on), pause):
		return _("The customer is not called on from {0} to {1}.").format(
			formatdate(pause[0]), formatdate(pause[1])
		)
	if line.unplaced:
		return _("No day was free for the call.")
	return _("The call cycle wants fewer calls.")


# ---------------------------------------------------------------- start, stop, resume


def start(cycle: str) -> dict:
	"""Schedules an approved cycle: at once, or by a worker when many calls have to be made. Safe to call twice."""
	doc = _locked(cycle)
	if over := _nothing_left(doc):
		return over
	planned = plan(doc, lock=True)
	changes = changes_of(planned)
	if len(changes.new) <= AT_ONCE:
		return _write(planned, changes)
	report_progress(cycle, 0, _("Waiting for a worker"))
	_enqueue(cycle)
	return {
		**changes.counts(),
		"unplaced": planned.unplaced_calls,
		"messages": planned.messages,
		"queued": True,
	}


def apply(cycle: str) -> dict:
	"""Schedules an approved cycle and writes what differs: `new, moved, back, dropped, unplaced, messages, queued`."""
	doc = _locked(cycle)
	if over := _nothing_left(doc):
		return over
	planned = plan(doc, lock=True)
	return _write(planned, changes_of(planned))


def execute(cycle: str):
	"""The background job."""
	try:
		frappe.db.commit()  # begins a new snapshot
		report_progress(cycle, 10, _("Planning"))
		doc = _locked(cycle)
		if _nothing_left(doc):
			return
		planned = plan(doc, lock=True)
		changes = changes_of(planned)
		report_progress(cycle, 40, _("Writing {0} calls").format(len(changes.new)))
		result = _write(planned, changes)
		frappe.db.commit()
		report_progress(cycle, 100, result_text(result))
		frappe.get_doc(CYCLE, cycle).notify_update()
	except Exception as error:
		frappe.db.rollback()
		frappe.log_error(title=f"Call Cycle {cycle}")
		report_progress(cycle, 100, _("The calls could not be planned: {0}").format(str(error)[:300]), True)
		raise


def _locked(cycle: str):
	"""The cycle for writing; others who schedule it wait here."""
	doc = frappe.get_doc(CYCLE, cycle, for_update=True)
	if doc.docstatus != 1 or doc.status != APPROVED:
		frappe.throw(
			_("{0} is {1}. Calls are planned once the call cycle is approved.").format(
				escape_html(doc.title or doc.name), _(doc.status, context=doc.doctype)
			)
		)
	return doc


def _nothing_left(doc) -> dict | None:
	"""The result for a cycle that is over: no call is put on a day that has passed."""
	if getdate(doc.to_date) >= call_time.today_of(doc.user):
		return None
	text = _("{0} ended on {1}. Please make a new call cycle for the days to come.").format(
		doc.title or doc.name, formatdate(doc.to_date)
	)
	return {**Changes().counts(), "unplaced": 0, "messages": [call_calendar.message(text)], "queued": False}


def _enqueue(cycle: str):
	from frappe.utils.background_jobs import get_job_status

	job = f"kam-call-cycle-{cycle}"
	if not frappe.flags.in_test:
		state = str(getattr(get_job_status(job), "value", get_job_status(job)) or "")
		if state == "queued":
			return  # it will find everything that is there by then
		if state == "started":
			# running, or dead with its worker: what was changed since then needs another run, which waits for the lock
			job = f"{job}-{frappe.generate_hash(length=6)}"
	frappe.enqueue(execute, queue=QUEUE, timeout=TIMEOUT, job_id=job, enqueue_after_commit=True, cycle=cycle)


def stop(cycle: str, reason: str) -> dict:
	"""A cycle was closed or cancelled: its open calls from today on are cancelled, but for those with an agreed time."""
	doc = frappe.get_doc(CYCLE, cycle, for_update=True)
	call = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(call)
		.select(*(call[name] for name in CALL_FIELDS))
		.where((call.cycle == cycle) & (call.user == doc.user) & call.status.isin(OPEN))
		.where(call.planned_on >= call_time.today_of(doc.user))
		.orderby(call.name)
		.for_update()
		.run(as_dict=True)
	)
	agreed = [row for row in rows if row.starts_at]
	ending = [row for row in rows if not row.starts_at]
	_drop([(row, reason) for row in ending])
	renew_events([row.name for row in ending], {doc.user})
	if agreed:
		frappe.msgprint(
			_(
				"{0} calls with an agreed time stay as they are. Please cancel them with the customers, or give them to a colleague."
			).format(len(agreed)),
			alert=True,
		)
	return {"dropped": len(ending), "agreed": len(agreed)}


def resume_stopped():
	"""Hourly: schedules cycles whose calls were not written, or whose lines were changed since then."""
	limit = add_to_date(now_datetime(), minutes=-SILENT_MINUTES)
	line = frappe.qb.DocType(LINE)
	for row in frappe.get_all(
		CYCLE,
		{"docstatus": 1, "status": APPROVED, "to_date": (">=", getdate())},
		["name", "user", "approved_on", "scheduled_on", "to_date"],
		order_by="name",
	):
		if getdate(row.to_date) < call_time.today_of(row.user):
			continue
		if not frappe.get_cached_value("User", row.user, "enabled"):
			continue  # nobody is there to make them; handing over still works
		changed = (
			frappe.qb.from_(line)
			.select(frappe.query_builder.functions.Max(line.modified))
			.where(line.cycle == row.name)
			.run()[0][0]
		)
		if row.scheduled_on and (not changed or changed <= row.scheduled_on):
			continue
		if max(filter(None, (changed, row.approved_on)), default=limit) > limit:
			continue  # somebody is at it
		try:
			execute(row.name)
		except Exception:
			frappe.db.commit()  # the entry in the log


# ---------------------------------------------------------------- progress


def report_progress(cycle: str, percent: int, text: str, failed: bool = False):
	progress = {"percent": percent, "message": text, "failed": failed, "at": str(now_datetime())}
	frappe.cache.set_value(_progress_key(cycle), progress, expires_in_sec=24 * 3600)
	frappe.publish_realtime(
		"kam_call_cycle_progress", {"cycle": cycle, **progress}, doctype=CYCLE, docname=cycle
	)


def get_progress(cycle: str) -> dict:
	return cached_by_any_process(_progress_key(cycle)) or {}


def _progress_key(cycle: str) -> str:
	return f"kam_call_cycle_progress:{cycle}"


# ---------------------------------------------------------------- writing


def _write(planned: Planned, changes: Changes) -> dict:
	today = call_time.today_of(planned.cycle.user)
	names = _insert(planned, changes.new)
	for row, day in changes.moved:
		values = {"planned_on": day}
		if not row.due_on or getdate(row.due_on) >= today:
			values["due_on"] = day  # what is overdue stays overdue
		frappe.db.set_value(CALL, row.name, values)
	for row, day in changes.back:
		values = {"planned_on": day, "due_on": day, "status": PLANNED, "dropped": 0, "reason": None}
		frappe.db.set_value(CALL, row.name, values)
	_drop(changes.dropped)
	for name, line in planned.lines.items():
		if (
			cint(line.row.unplaced_calls) != line.unplaced
			or (line.row.unplaced_reason or None) != line.reason
		):
			values = {"unplaced_calls": line.unplaced, "unplaced_reason": line.reason}
			frappe.db.set_value(LINE, name, values, update_modified=False)
	frappe.db.set_value(CYCLE, planned.cycle.name, "scheduled_on", now_datetime(), update_modified=False)
	touched = [row.name for row, _what in (*changes.moved, *changes.back, *changes.dropped)]
	renew_events([*names, *touched], {planned.cycle.user})
	return {
		**changes.counts(),
		"unplaced": planned.unplaced_calls,
		"messages": planned.messages,
		"queued": False,
	}


def _drop(rows: list[tuple[frappe._dict, str]]):
	for row, reason in rows:
		frappe.db.set_value(CALL, row.name, {"status": CANCELLED, "dropped": 1, "reason": reason})


def _insert(planned: Planned, new: list[tuple[LinePlan, date]]) -> list[str]:
	"""Thousands of calls in a few statements. Every value is one the controller of a call would set as well."""
	if not new:
		return []
	cycle, stamp, writer = planned.cycle, now(), frappe.session.user
	facts = _facts_of({line.row.customer for line, _day in new})
	person = get_fullname(cycle.user)
	records, contacts = [], []
	new = sorted(new, key=lambda pair: (pair[1], _key(pair[0].row)))
	for (line, day), name in zip(new, _new_names(len(new)), strict=True):
		row, customer = line.row, facts[line.row.customer]
		record = {
			"name": name,
			"owner": writer,
			"modified_by": writer,
			"creation": stamp,
			"modified": stamp,
			"title": f"{(customer.customer_name or row.customer)[:110]} · {_(row.method)}",
			"customer": row.customer,
			"customer_name": customer.customer_name,
			"key_account": customer.key_account,
			"territory": customer.territory,
			"method": row.method,
			"status": PLANNED,
			"user": cycle.user,
			"user_name": person,
			"planned_on": day,
			"due_on": day,
			"duration": line.minutes,
			"cycle": cycle.name,
			"cycle_line": row.name,
			"abc_class": row.abc_class,
			"interval_days": row.interval_days or 0,
			"company": cycle.company,
		}
		records.append(record)
		if row.contact:
			contacts.append((name, row.contact))
	frappe.db.bulk_insert(CALL, list(records[0]), [tuple(record.values()) for record in records])
	_insert_contacts(contacts, stamp, writer)
	names = [record["name"] for record in records]
	_tell_webhooks(names)
	return names


def _tell_webhooks(names: list[str]):
	"""Other systems learn of new calls as of any new document; nothing is read where none wants to know."""
	if not frappe.db.exists(
		"Webhook", {"webhook_doctype": CALL, "webhook_docevent": "after_insert", "enabled": 1}
	):
		return
	for start_at in range(0, len(names), CHUNK):
		part = names[start_at : start_at + CHUNK]
		contacts = defaultdict(list)
		for row in frappe.get_all(
			CONTACT, {"parenttype": CALL, "parent": ("in", part)}, ["*"], order_by="parent, idx"
		):
			contacts[row.parent].append(row)
		# read one by one, 5,000 calls would take twenty seconds
		for row in frappe.get_all(CALL, {"name": ("in", part)}, ["*"], order_by="name"):
			call = frappe.get_doc({"doctype": CALL, **row, "contacts": contacts[row.name]})
			call.flags.in_insert = True
			run_webhooks(call, "after_insert")


def _new_names(number: int) -> list[str]:
	"""Names as Frappe gives them, by whatever rule the site has; numbers of a series are taken all at once."""
	model = frappe.new_doc(CALL)
	set_new_name(model)
	names = [model.name]
	# the row of the series is locked since the first name was taken
	found = re.fullmatch(r"(.*?)(\d+)", model.name)
	series = frappe.qb.Table("tabSeries")
	if found and number > 1:
		prefix, digits = found.groups()
		taken = frappe.qb.from_(series).select(series.current).where(series.name == prefix).for_update().run()
		if taken and cint(taken[0][0]) == int(digits):
			last = int(digits) + number - 1
			frappe.qb.update(series).set(series.current, last).where(series.name == prefix).run()
			return [f"{prefix}{each:0{len(digits)}d}" for each in range(int(digits), last + 1)]
	while len(names) < number:
		model.name = None
		set_new_name(model)
		names.append(model.name)
	return names


def _insert_contacts(contacts: list[tuple[str, str]], stamp: str, writer: str):
	from kam_erpnext.kam_erpnext.doctype.customer_call.customer_call import name_of_contact

	if not contacts:
		return
	names = {contact: name_of_contact(contact) for contact in {contact for _call, contact in contacts}}
	fields = [
		"name", "owner", "modified_by", "creation", "modified", "parent", "parenttype", "parentfield", "idx", "contact",
		"contact_name", "met",
	]  # fmt: skip
	frappe.db.bulk_insert(
		CONTACT,
		fields,
		[
			(
				frappe.generate_hash(length=10), writer, writer, stamp, stamp, call, CALL, "contacts", 1, contact,
				names[contact], 1,
			)
			for call, contact in contacts
		],
	)  # fmt: skip


def _facts_of(customers: set[str]) -> dict[str, frappe._dict]:
	"""Name, territory and account of customers as they are now."""
	names = sorted(customers)
	found = {}
	for start_at in range(0, len(names), CHUNK):
		part = names[start_at : start_at + CHUNK]
		for row in frappe.get_all(
			"Customer", {"name": ("in", part)}, ["name", "customer_name", "territory"], order_by="name"
		):
			found[row.name] = row
		for row in frappe.get_all(
			"Key Account Customer",
			{"customer": ("in", part), "parenttype": "Key Account"},
			["customer", "parent"],
			order_by="creation, name",
		):
			found[row.customer].setdefault("key_account", row.parent)
	return found


def renew_events(names: list[str], users: set[str]):
	"""Calls were written past their documents: the events of those who want some follow."""
	from kam_erpnext.integration import call_events

	for user in sorted(users):
		if not names or not frappe.db.exists(call_events.CALENDAR, {"user": user, "sync_events": 1}):
			continue
		if len(names) <= call_events.AT_ONCE:
			call_events.take_over(names)
			continue
		frappe.enqueue(
			"kam_erpnext.integration.call_events.bring_up_to_date",
			queue=QUEUE,
			user=user,
			job_id=f"kam_call_events_{user}",
			deduplicate=True,
			enqueue_after_commit=True,
		)


def tell(result: dict):
	"""Says after an approval what became of the calls, and whose found no day."""
	if not result:
		return
	text = result_text(result)
	short = [row["text"] for row in result["messages"] if row["level"] == "warning"]
	if short:
		frappe.msgprint(
			[escape_html(line) for line in (text, *short)],
			title=_("Calls Planned"),
			indicator="orange",
			as_list=True,
		)
	else:
		frappe.msgprint(text, alert=True, indicator="green")


def result_text(result: dict) -> str:
	"""One sentence for the person who pressed the button."""
	if result["queued"]:
		return _(
			"{0} calls are being planned. You can go on working; the form shows when they are ready."
		).format(result["new"])
	parts = []
	if result["new"] + result["back"]:
		parts.append(_("{0} calls planned").format(result["new"] + result["back"]))
	if result["moved"]:
		parts.append(_("{0} moved").format(result["moved"]))
	if result["dropped"]:
		parts.append(_("{0} cancelled").format(result["dropped"]))
	text = ", ".join(parts) if parts else _("Every call stands where it belongs; nothing was changed")
	if result["unplaced"]:
		return _("{0}. {1} calls found no day.").format(text, result["unplaced"])
	return f"{text}."
