"""What changes while a cycle runs: a customer added, lines paused, taken up again, handed over or removed, other numbers.

In a draft the lines change and nothing else. In an approved cycle the calls follow at once: they are planned anew with as few
changes as possible (`scheduling`), in the same transaction, under the lock on the cycle. Calls with an agreed time are never
cancelled here; the answer says how many there are, for somebody has to talk to the customer.
"""

from datetime import date

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import cint, cstr, escape_html, formatdate, get_fullname, getdate

from kam_erpnext.data import call_customers, call_time
from kam_erpnext.data.calls import CALL, METHODS, OPEN
from kam_erpnext.data.locks import lock
from kam_erpnext.data.permissions import may_see_customer
from kam_erpnext.engine.call_frequency import calls_of_cycle
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.call_cycle import lines as cycle_lines
from kam_erpnext.kam_erpnext.doctype.call_cycle import proposal, scheduling, workload
from kam_erpnext.kam_erpnext.doctype.call_cycle.approval import APPROVED
from kam_erpnext.kam_erpnext.doctype.call_cycle.approval import OPEN as DRAFTS

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
ACTIVE, PAUSED = cycle_lines.ACTIVE, cycle_lines.PAUSED
HANDED_OVER, REMOVED = cycle_lines.HANDED_OVER, cycle_lines.REMOVED
REASON = 140
SHOWN = 10


# ---------------------------------------------------------------- what all of them need


def changeable(cycle: str):
	"""The cycle, locked until the transaction ends, if its lines may change: in a draft, or while it runs."""
	lock("User", frappe.db.get_value(CYCLE, cycle, "user"))
	doc = frappe.get_doc(CYCLE, cycle, for_update=True)
	running = doc.docstatus == 1 and doc.status == APPROVED
	if not running and not (doc.docstatus == 0 and doc.status in DRAFTS):
		frappe.throw(
			_("{0} is {1}. Its lines can be changed in a draft and while the cycle is approved.").format(
				escape_html(doc.title or doc.name), _(doc.status, context=doc.doctype)
			)
		)
	return doc


def cycle_of(lines: list[str]) -> str:
	"""The one cycle all lines belong to."""
	names = list(dict.fromkeys(cstr(name) for name in lines))
	if not names:
		frappe.throw(_("Please choose at least one line."))
	cycles = frappe.get_all(LINE, {"name": ("in", names)}, ["name", "cycle"], order_by="name")
	missing = set(names) - {row.name for row in cycles}
	if missing:
		frappe.throw(
			_("These lines are not there any more: {0}. Please load the page again.").format(
				escape_html(", ".join(sorted(missing)))
			)
		)
	found = {row.cycle for row in cycles}
	if len(found) > 1:
		frappe.throw(_("Please choose lines of one call cycle only."))
	return found.pop()


def _lines(cycle, names: list[str], allowed: tuple[str, ...]) -> list:
	result = []
	for name in dict.fromkeys(names):
		line = frappe.get_doc(LINE, name, for_update=True)
		line._cycle = cycle
		if line.status not in allowed:
			frappe.throw(
				_("{0} ({1}) is {2}; this can be done with lines that are {3}.").format(
					escape_html(line.customer_name or line.customer),
					_(line.method),
					_(line.status),
					", ".join(_(status) for status in allowed),
				)
			)
		result.append(line)
	return result


def _reason(reason: str | None) -> str:
	text = (reason or "").strip()
	if not text:
		frappe.throw(_("Reason: please say why."), title=_("Reason Missing"))
	return text


def _day(value, label: str) -> date:
	try:
		return getdate(value)
	except (ValueError, TypeError, frappe.ValidationError):
		frappe.throw(_("{0}: {1} is not a day.").format(label, escape_html(cstr(value))))


def _note(cycle, text: str, lines: list, reason: str | None):
	names = [f"{line.customer_name or line.customer} ({_(line.method)})" for line in lines[:SHOWN]]
	if len(lines) > SHOWN:
		names.append(_("and {0} more").format(len(lines) - SHOWN))
	parts = [text, ", ".join(names), reason]
	cycle.add_comment("Comment", ": ".join(escape_html(part) for part in parts if part))


def _finish(cycle, text: str, agreed: int = 0) -> dict:
	"""Totals, schedule if the cycle runs, and the answer for the person."""
	workload.store_totals(cycle)
	answer = {"message": text, "messages": []}
	if cycle.docstatus == 1:
		result = scheduling.start(cycle.name)
		told = scheduling.result_text(result)
		changed = any(result[name] for name in ("new", "moved", "back", "dropped", "unplaced"))
		answer = {**result, "message": f"{text} {told}" if changed else text}
	if agreed:
		note = _(
			"{0} calls with an agreed time stay in the calendar. Please cancel or move them with the customer."
		).format(agreed)
		answer["message"] = f"{answer['message']} {note}"
		answer["messages"] = [*answer["messages"], {"text": note, "level": "warning"}]
	answer["agreed"] = agreed
	return answer


def _agreed(lines: list, first: date, last: date | None = None) -> int:
	call = frappe.qb.DocType(CALL)
	query = (
		frappe.qb.from_(call)
		.select(frappe.query_builder.functions.Count(call.name))
		.where(call.cycle_line.isin([line.name for line in lines]))
		.where(call.status.isin(OPEN) & call.starts_at.isnotnull() & (call.planned_on >= first))
	)
	if last:
		query = query.where(call.planned_on <= last)
	return cint(query.run()[0][0])


def _today(cycle) -> date:
	return max(call_time.today_of(cycle.user), getdate(cycle.from_date))


def _not_over(cycle):
	if getdate(cycle.to_date) < call_time.today_of(cycle.user):
		frappe.throw(
			_("{0} ended on {1}. Please change the next call cycle.").format(
				escape_html(cycle.title or cycle.name), formatdate(cycle.to_date)
			)
		)


# ---------------------------------------------------------------- customers and numbers


def add_customer(cycle: str, customer: str, method: str, calls: int, reason: str | None) -> dict:
	"""Another customer, called on from today (or from the first day of the cycle). `calls` are those until it ends."""
	doc = changeable(cycle)
	_not_over(doc)
	if method not in METHODS:
		frappe.throw(
			_("Contact Method: please choose one of {0}.").format(", ".join(_(one) for one in METHODS))
		)
	if cint(calls) <= 0:
		frappe.throw(_("Calls: please enter how many calls are planned, at least 1."))
	if not frappe.db.exists("Customer", customer) or not may_see_customer(customer):
		frappe.throw(
			_("There is no customer {0} that you may see. Please choose another one.").format(
				escape_html(customer)
			),
			frappe.PermissionError,
		)
	reason = _reason(reason)
	first = _today(doc)
	removed = frappe.db.get_value(
		LINE, {"cycle": doc.name, "customer": customer, "method": method, "status": REMOVED}
	)
	if removed:
		line = frappe.get_doc(LINE, removed, for_update=True)
		line.update({"status": ACTIVE, "paused_from": None, "paused_to": None})
	else:
		line = frappe.new_doc(LINE)
		line.update({"cycle": doc.name, "customer": customer, "method": method})
		line.update(_proposed(doc, customer, method, first))
	line._cycle = doc
	line.calls = cint(calls) + (_settled(line.name) if removed else 0)
	line.from_date = first if doc.docstatus == 1 else None
	line.override_reason = reason[:REASON]
	line.save() if removed else line.insert()
	cycle_lines.validate_no_overlap(doc, lock=doc.docstatus == 1)
	text = _("{0}: {1} calls by {2} were added.").format(
		line.customer_name or line.customer, cint(calls), _(method)
	)
	if doc.docstatus == 1:
		_note(doc, _("Added"), [line], reason)
	return {**_finish(doc, text), "line": line.name}


def _proposed(cycle, customer: str, method: str, first: date) -> dict:
	"""What the rules say about a customer for the days that are left."""
	found = call_customers.customers_of(cycle, [customer])
	values = proposal.proposal_for(cycle, found[0]).get(method) if found else None
	if not values:
		return {"proposed_calls": 0}
	if first > getdate(cycle.from_date):
		rule = next(rule for rule in proposal.enabled_rules() if rule.name == values["rule"])
		left = Period(first, proposal.period_of(cycle).end)
		last = values.get("last_call")
		values["proposed_calls"] = calls_of_cycle(rule, left, getdate(last) if last else None)
	return values


def _settled(line: str) -> int:
	"""Calls of a line that count and are never planned anew."""
	rows = frappe.get_all(CALL, {"cycle_line": line}, ["status", "starts_at", "moves", "dropped"])
	return sum(1 for row in rows if scheduling.is_settled(row) and not row.dropped)


def override(line: str, calls: int, reason: str | None, duration: int | None = None) -> dict:
	"""Another number of calls on a line; calls that were made count among them."""
	doc = changeable(cycle_of([line]))
	_not_over(doc)
	(row,) = _lines(doc, [line], (ACTIVE, PAUSED))
	row.calls = cint(calls)
	row.override_reason = (reason or "").strip()[:REASON] or None
	row.duration = cint(duration) or row.duration
	row.save()
	_renew_duration([row])
	text = _("{0}: {1} calls by {2}.").format(row.customer_name or row.customer, row.calls, _(row.method))
	return _finish(doc, text)


def _renew_duration(lines: list):
	"""Calls that are not agreed on yet take as long as their line says."""
	call = frappe.qb.DocType(CALL)
	for line in lines:
		(
			frappe.qb.update(call)
			.set(call.duration, line.duration)
			.where((call.cycle_line == line.name) & call.status.isin(OPEN) & call.starts_at.isnull())
			.run()
		)


# ---------------------------------------------------------------- pause, resume, remove


def pause(lines: list[str], from_date, to_date, reason: str | None) -> dict:
	"""No calls from a day to another one, or until somebody takes the lines up again."""
	doc = changeable(cycle_of(lines))
	reason = _reason(reason)
	first = _day(from_date, _("From")) if from_date else _today(doc)
	last = _day(to_date, _("To", context="KAM")) if to_date else None
	if last and last < first:
		frappe.throw(
			_("To ({0}) lies before From ({1}). Please correct one of the days.").format(
				formatdate(last), formatdate(first)
			)
		)
	if first > getdate(doc.to_date) or (last and last < getdate(doc.from_date)):
		frappe.throw(
			_("The pause lies outside the cycle, {0} to {1}. Please choose days within it.").format(
				formatdate(doc.from_date), formatdate(doc.to_date)
			)
		)
	rows = _lines(doc, lines, (ACTIVE, PAUSED))
	for row in rows:
		row.update({"status": PAUSED, "paused_from": first, "paused_to": last})
		row.save()
	text = _("{0} lines are paused from {1}.").format(len(rows), formatdate(first))
	if last:
		text = _("{0} lines are paused from {1} to {2}.").format(
			len(rows), formatdate(first), formatdate(last)
		)
	_note(doc, text, rows, reason)
	return _finish(doc, text, _agreed(rows, max(first, _today(doc)), last))


def resume(lines: list[str]) -> dict:
	"""Called on again from today; what fell into the pause until then is not made up for."""
	doc = changeable(cycle_of(lines))
	rows = _lines(doc, lines, (PAUSED, REMOVED))
	today = _today(doc)
	for row in rows:
		begun = row.paused_from and getdate(row.paused_from) < today
		if begun and doc.docstatus == 1:
			ended = getdate(row.paused_to) if row.paused_to else None
			yesterday = frappe.utils.add_days(today, -1)
			row.paused_to = min(ended, getdate(yesterday)) if ended else yesterday
		else:
			row.update({"paused_from": None, "paused_to": None})
		row.status = ACTIVE
		row.save()
	cycle_lines.validate_no_overlap(doc, lock=doc.docstatus == 1)
	text = _("{0} lines are called on again.").format(len(rows))
	_note(doc, text, rows, None)
	return _finish(doc, text)


def remove(lines: list[str], reason: str | None) -> dict:
	"""No calls any more; what was made stays."""
	doc = changeable(cycle_of(lines))
	reason = _reason(reason)
	rows = _lines(doc, lines, (ACTIVE, PAUSED, HANDED_OVER))
	for row in rows:
		row.status = REMOVED
		row.save()
	text = _("{0} lines were removed.").format(len(rows))
	_note(doc, text, rows, reason)
	return _finish(doc, text, _agreed(rows, _today(doc)))


# ---------------------------------------------------------------- to a colleague


def hand_over(lines: list[str], user: str, from_date, reason: str | None) -> dict:
	"""A colleague makes the calls from a day on: within his own approved cycle, else on the days they stand on.

	Calls keep their document and, where the colleague has time, their day; an agreed time stays agreed.
	"""
	name = cycle_of(lines)
	owner = frappe.db.get_value(CYCLE, name, "user")
	validate_colleague(user, owner)
	reason = _reason(reason)
	theirs = _cycle_of_colleague(user, name, from_date)
	# two who hand over to each other lock in the same order
	for each in sorted(filter(None, (name, theirs))):
		frappe.db.get_value(CYCLE, each, "name", for_update=True)
	doc = changeable(name)
	_not_over(doc)
	first = max(_day(from_date, _("From")) if from_date else _today(doc), _today(doc))
	if first > getdate(doc.to_date):
		frappe.throw(
			_("From ({0}) lies after the end of the cycle, {1}. Please choose a day within it.").format(
				formatdate(first), formatdate(doc.to_date)
			)
		)
	rows = _lines(doc, lines, (ACTIVE, PAUSED))
	hidden = [row for row in rows if not may_see_customer(row.customer, user)]
	if hidden:
		frappe.throw(
			_(
				"{0} may not see these customers: {1}. Please give this person the permission, or choose another colleague."
			).format(
				escape_html(get_fullname(user)),
				escape_html(", ".join(row.customer_name or row.customer for row in hidden[:SHOWN])),
			)
		)
	other = changeable(theirs) if theirs else None
	handed, targets = 0, []
	for row in rows:
		number, target = _hand_over_line(doc, other, row, user, first, reason)
		handed += number
		targets += [target] if target else []
	text = _("{0} lines with {1} calls go to {2} from {3}.").format(
		len(rows), handed, get_fullname(user), formatdate(first)
	)
	_note(doc, text, rows, reason)
	answer = _finish(doc, text)
	if other:
		workload.store_totals(other)
		_note(other, _("Taken over from {0}").format(get_fullname(doc.user)), rows, reason)
		if other.docstatus == 1:
			scheduling.start(other.name)
			# about the calls handed over only: the rest of that cycle is not for everybody to see
			unplaced = _unplaced(targets)
			if unplaced:
				note = _("{0} of the calls found no day with {1}.").format(unplaced, get_fullname(user))
				answer["message"] += f" {note}"
				answer["messages"] = [*answer["messages"], {"text": note, "level": "warning"}]
	elif doc.docstatus == 1:
		note = _(
			"{0} has no approved call cycle on {1}: the calls keep their days, without a look at how much time there is."
		).format(get_fullname(user), formatdate(first))
		answer["message"] += f" {note}"
		answer["messages"] = [*answer["messages"], {"text": note, "level": "warning"}]
	_tell(doc, other, user, text, reason)
	return {**answer, "cycle": other.name if other else None}


def validate_colleague(user: str, owner: str):
	from kam_erpnext.kam_erpnext.doctype.customer_call.customer_call import may_make_calls

	if user == owner:
		frappe.throw(
			_("To: these are the calls of {0} already. Please choose a colleague.").format(get_fullname(user))
		)
	found = frappe.db.get_value("User", user, ["enabled", "user_type"], as_dict=True)
	if not found or not found.enabled or found.user_type != "System User":
		frappe.throw(
			_("To: {0} is no enabled user of the desk. Please choose a colleague.").format(escape_html(user))
		)
	if not may_make_calls(user):
		frappe.throw(
			_(
				"To: {0} may not report calls. Please choose somebody else, or give the person a role of key account management such as Key Account Manager."
			).format(escape_html(get_fullname(user)))
		)


def _cycle_of_colleague(user: str, name: str, from_date) -> str | None:
	"""The cycle of the colleague that holds the day; an approved one for calls of an approved cycle, else a draft."""
	doc = frappe.get_doc(CYCLE, name)
	first = max(_day(from_date, _("From")) if from_date else _today(doc), _today(doc))
	states = (
		{"docstatus": 1, "status": APPROVED}
		if doc.docstatus == 1
		else {"docstatus": 0, "status": ("in", DRAFTS)}
	)
	found = frappe.get_all(
		CYCLE,
		{"user": user, "from_date": ("<=", first), "to_date": (">=", first), **states},
		pluck="name",
		order_by="to_date desc, name",
		limit=1,
	)
	return found[0] if found else None


def _unplaced(lines: list[str]) -> int:
	rows = frappe.get_all(LINE, {"name": ("in", lines or [""])}, ["unplaced_calls"], order_by="name")
	return sum(cint(row.unplaced_calls) for row in rows)


def _hand_over_line(doc, other, line, user: str, first: date, reason: str) -> tuple[int, str | None]:
	"""Returns how many calls go over, and to which line."""
	calls = frappe.qb.DocType(CALL)
	rows = (
		frappe.qb.from_(calls)
		.select(calls.name, calls.status, calls.planned_on, calls.starts_at, calls.moves, calls.dropped)
		.where(calls.cycle_line == line.name)
		.orderby(calls.planned_on)
		.orderby(calls.name)
		.for_update()
		.run(as_dict=True)
	)
	going = [row for row in rows if row.status in OPEN and getdate(row.planned_on) >= first]
	staying = [row for row in rows if row not in going and not (row.dropped and row.status not in OPEN)]
	number = len(going)
	if not rows or other:
		# those that found no day go over as well
		number = max(len(going), cint(line.calls) - len(staying))
	target = _line_of_colleague(doc, other, line, number, first, reason) if other and number else None
	for row in going:
		values = {"user": user, "user_name": get_fullname(user)}
		day = call_time.day_of(row.starts_at, user) if row.starts_at else getdate(row.planned_on)
		if day != getdate(row.planned_on):
			values["planned_on"] = day
		if target and day <= getdate(other.to_date):
			values.update(cycle=other.name, cycle_line=target)
		frappe.db.set_value(CALL, row.name, values)
	line.update({"status": HANDED_OVER, "handed_to": user})
	line.save()
	if going:
		scheduling.renew_events([row.name for row in going], {doc.user, user})
	return number, target


def _line_of_colleague(doc, other, line, number: int, first: date, reason: str) -> str:
	text = _("Handed over by {0}: {1}").format(get_fullname(doc.user), reason)[:REASON]
	found = frappe.db.get_value(LINE, {"cycle": other.name, "customer": line.customer, "method": line.method})
	if found:
		target = frappe.get_doc(LINE, found, for_update=True)
		if target.status in (ACTIVE, PAUSED):
			target.calls = cint(target.calls) + number
		else:
			target.calls = _settled(target.name) + number
			target.update({"status": ACTIVE, "paused_from": None, "paused_to": None, "handed_to": None})
	else:
		target = frappe.new_doc(LINE)
		kept = ("customer", "method", "duration", "preferred_days", "contact", "rule", "interval_days")
		target.update({field: line.get(field) for field in kept})
		target.update({"cycle": other.name, "proposed_calls": 0, "calls": number})
		target.from_date = max(first, getdate(other.from_date)) if other.docstatus == 1 else None
	target.override_reason = text
	target._cycle = other
	# whoever may change a cycle may give its calls to a colleague, who is told
	target.flags.ignore_permissions = True
	target.save() if found else target.insert()
	return target.name


def _tell(doc, other, user: str, text: str, reason: str):
	email = frappe.db.get_value("User", user, "email")
	if not email or user == frappe.session.user:
		return
	who = frappe.bold(escape_html(get_fullname(frappe.session.user)))
	enqueue_create_notification(
		[email],
		{
			"type": "Alert",
			"document_type": CYCLE,
			"document_name": (other or doc).name,
			"subject": f"{who}: {escape_html(text)} ({escape_html(reason)})",
			"from_user": frappe.session.user,
		},
	)
