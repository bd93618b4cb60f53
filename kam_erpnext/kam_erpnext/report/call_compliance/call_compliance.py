"""Call compliance: calls planned to date, made, on time, missed and moved, and customers overdue by their frequency."""

from dataclasses import replace

import frappe
from frappe import _
from frappe.utils import formatdate

from kam_erpnext.data import calls as data
from kam_erpnext.engine import call_figures as engine
from kam_erpnext.kam_erpnext.report import calls, common
from kam_erpnext.kam_erpnext.report.calls import CUSTOMER, GROUPS, TREES, Group, Question

FIELDS = (
	"customer", "customer_name", "key_account", "user", "method", "territory", "abc_class", "status", "due_on",
	"planned_on", "made_on", "moves",
)  # fmt: skip
# bars of the chart; the table has them all
CHARTED = 12


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = calls.question_of(filters)
	by = filters.group_by if filters.group_by in GROUPS else CUSTOMER
	found = data.calls(question.by("due_on"), fields=FIELDS)
	frequencies = data.frequencies(question.filters, question.today)
	columns = get_columns(by)
	if not found and not frequencies:
		return common.nothing(
			calls.nothing_hint(
				_("There are no calls due in {0} that you may see.").format(common.dates(question.period)),
			),
			columns,
		)
	add_last_calls(frequencies)
	upcoming = next_planned(question, by)
	rows = [row_of(group, question, upcoming) for group in calls.grouped(found, frequencies, by)]
	if by not in TREES:
		rows.sort(key=by_urgency)
	total = row_of(Group(None, "", calls=found, frequencies=frequencies), question, {})
	return (
		columns,
		rows,
		get_message(question, found, frequencies, total),
		get_chart(rows, question, by),
		get_summary(total, question),
	)


# ---------------------------------------------------------------- figures


def add_last_calls(frequencies: list[dict]) -> None:
	"""Adds `last_call`, the day of the last call made the same way."""
	last = data.last_made(row["customer"] for row in frequencies)
	for row in frequencies:
		row["last_call"] = last.get((row["customer"], row["method"]))


def next_planned(question: Question, by: str) -> dict:
	"""Key of a group -> the next day from today on for which a call is planned."""
	wanted = replace(question.filters, from_date=question.today, states=data.OPEN)
	rows = data.calls(
		wanted, fields=(*dict.fromkeys((GROUPS[by], "customer", "customer_name", "planned_on")),)
	)
	return {group.key: min(row["planned_on"] for row in group.calls) for group in calls.grouped(rows, (), by)}


def row_of(group: Group, question: Question, upcoming: dict) -> dict:
	found = engine.compliance(
		((call["status"], calls.due_of(call), call["made_on"]) for call in group.calls),
		question.today,
		question.grace,
	)
	state = engine.overdue(
		((row["last_call"], row["interval_days"]) for row in group.frequencies), question.today
	)
	return {
		"key": group.key,
		"parent": group.parent,
		"indent": group.indent,
		"label": group.label,
		"planned": found.planned,
		"made": found.made,
		"on_time": found.on_time,
		"late": found.made - found.on_time,
		"missed": found.missed,
		"open": found.open,
		"moved": sum(
			bool(call["moves"])
			for call in group.calls
			if engine.is_planned(call["status"], calls.due_of(call), question.today)
		),
		"rate": common.known(found.rate, 1),
		"on_time_rate": common.known(found.on_time_rate, 1),
		"frequencies": state.frequencies,
		"never": state.never,
		"overdue": state.overdue,
		"overdue_index": common.known(state.index, 2),
		"last_call": max((row["last_call"] for row in group.frequencies if row["last_call"]), default=None),
		"next_due": state.next_due,
		"late_due": bool(state.next_due and state.next_due < question.today),
		"next_planned": upcoming.get(group.key),
		"later": sum(
			call["status"] in data.OPEN and calls.due_of(call) > question.today for call in group.calls
		),
		"cancelled": sum(call["status"] == engine.CANCELLED for call in group.calls),
	}


def by_urgency(row: dict) -> tuple:
	"""Most calls not made first, then the one overdue for longest."""
	return (-(row["missed"] + row["open"]), -(row["overdue_index"] or 0), row["key"] is None, row["label"])


# ---------------------------------------------------------------- presentation


def get_columns(by: str) -> list[dict]:
	headings = {
		CUSTOMER: _("Customer"),
		calls.ACCOUNT: _("Key Account"),
		calls.CLASS: _("Class"),
		calls.PERSON: _("Person"),
		calls.TERRITORY: _("Territory"),
		calls.METHOD: _("Method"),
	}
	days = [
		calls.day_column("next_due", _("Next Due")),
		calls.day_column("next_planned", _("Next Planned"), 120),
	]
	if by == CUSTOMER:
		days.insert(0, calls.day_column("last_call", _("Last Call")))
	return [
		common.text_column("label", headings[by], 220),
		calls.number("planned", _("Planned"), 85),
		calls.number("made", _("Made"), 75),
		common.number_column("rate", _("Made %"), 90),
		calls.number("on_time", _("On Time"), 85),
		common.number_column("on_time_rate", _("On Time %"), 100),
		calls.number("missed", _("Missed"), 80),
		calls.number("open", _("Open"), 70),
		calls.number("moved", _("Moved"), 80),
		calls.number("overdue", _("Overdue"), 85),
		common.number_column("overdue_index", _("Overdue Index"), 130),
		*days,
	]


def get_message(question: Question, found: list[dict], frequencies: list[dict], total: dict) -> str:
	sentences = [
		_("Calls due in {0}, as they stand on {1}: {2} planned to date.").format(
			common.dates(question.period), formatdate(question.today), common.bold(total["planned"])
		),
		_(
			"A call is due on the day it was planned for first: moving it changes nothing here. Made % and On Time % are shares of what was planned to date."
		),
		_("On time is a call made at most {0} days after it was due.").format(question.grace)
		if question.grace
		else _("On time is a call made on the day it was due or before."),
		_(
			"Overdue index: days since the last call, divided by the days from one call to the next; above 1 the customer is overdue. The mean of all customers and ways of calling."
		),
	]
	if total["later"]:
		sentences.append(_("Due later in these days: {0}.").format(common.bold(total["later"])))
	if total["cancelled"]:
		sentences.append(_("Cancelled and left out: {0}.").format(common.bold(total["cancelled"])))
	if total["never"]:
		sentences.append(
			_("Never called so far, so without an index: {0} of {1}.").format(
				common.bold(total["never"]), len(frequencies)
			)
		)
	return calls.explain(question, *sentences)


def get_summary(total: dict, question: Question) -> list[dict]:
	return [
		common.count_item(_("Planned to Date"), total["planned"]),
		common.count_item(_("Made"), total["made"]),
		common.percent_item(_("Made %"), total["rate"]),
		common.percent_item(_("On Time %"), total["on_time_rate"]),
		common.count_item(_("Missed"), total["missed"], "Red" if total["missed"] else "Green"),
		common.count_item(_("Open"), total["open"], "Orange" if total["open"] else "Green"),
		common.count_item(_("Overdue"), total["overdue"], "Red" if total["overdue"] else "Green"),
		common.number_item(_("Overdue Index"), total["overdue_index"], 2),
	]


def get_chart(rows: list[dict], question: Question, by: str) -> dict:
	"""How the calls of the first lines divide; of a tree the highest level with more than one line."""
	level = 0
	if by in TREES:
		depths = [row["indent"] for row in rows]
		level = next((depth for depth in sorted({*depths}) if depths.count(depth) > 1), 0)
	drawn = [row for row in rows if row["planned"] and (by not in TREES or row["indent"] == level)]
	shown = drawn[:CHARTED]
	parts = (
		("on_time", _("On Time")),
		("late", _("Late")),
		("missed", _("Missed")),
		("open", _("Open")),
	)
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["label"]) for row in shown],
			"datasets": [{"name": label, "values": [row[name] for row in shown]} for name, label in parts],
		},
		"barOptions": {"stacked": 1},
		"fieldtype": "Int",
		"kam": {
			"kind": "compliance",
			"parts": [label for _name, label in parts],
			"rows": [
				{
					"name": row["label"],
					"key": row["key"],
					"values": [row[name] for name, _label in parts],
					"planned": row["planned"],
					"rate": row["rate"],
				}
				for row in shown
			],
			"not_drawn": len(drawn) - len(shown),
			"field": GROUPS[by],
			"tree": by in TREES,
			"list": calls.list_filters(question, "due_on"),
			"today": str(question.today),
		}
		if shown
		else {
			"kind": None,
			"field": GROUPS[by],
			"tree": by in TREES,
			"list": calls.list_filters(question, "due_on"),
			"today": str(question.today),
		},
	}
