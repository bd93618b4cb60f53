"""Call performance: what people have done, one by one for management and week by week for one of them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import frappe
from frappe import _
from frappe.utils import flt, formatdate

from kam_erpnext.data import calls as data
from kam_erpnext.engine import call_capacity, call_figures
from kam_erpnext.kam_erpnext.report import calls, common
from kam_erpnext.kam_erpnext.report.calls import Question

PERSON, WEEK, MONTH = "Person", "Week", "Month"
SPANS = {WEEK: call_capacity.week_of, MONTH: call_capacity.month_of}
DUE_FIELDS = ("user", "status", "due_on", "planned_on", "made_on", "moves")
MADE_FIELDS = ("name", "user", "accompanied_by", "customer", "method", "outcome", "duration", "made_on")
REACHED, PROGRESS, NO_PROGRESS, NOT_MET = OUTCOMES = (
	"Objective Reached",
	"Progress",
	"No Progress",
	"Not Met",
)
JOINT = "Joint Visit"
CHARTED = 12


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = calls.question_of(filters)
	by = filters.by if filters.by in (PERSON, *SPANS) else PERSON
	due = data.calls(question.by("due_on"), fields=DUE_FIELDS)
	made = data.calls(replace(question.by("made_on"), states=(call_figures.MADE,)), fields=MADE_FIELDS)
	if not due and not made:
		return common.nothing(
			calls.nothing_hint(
				_("No calls were due or made in {0} that you may see.").format(common.dates(question.period)),
			),
			get_columns(by),
		)
	promised = data.follow_ups(replace(question.by("made_on"), states=(call_figures.MADE,)))
	# calls of colleagues the person came along to; those with the filter of the person are calls he made
	joined = data.calls(
		replace(question.by("made_on"), states=(call_figures.MADE,), users=()), fields=MADE_FIELDS
	)
	joined = [call for call in joined if call["accompanied_by"] and call["accompanied_by"] != call["user"]]
	if question.filters.users:
		joined = [call for call in joined if call["accompanied_by"] in question.filters.users]
	rows = person_rows if by == PERSON else span_rows
	found = rows(question, by, due, made, promised, joined)
	total = row_of(question, due, made, promised, joined)
	return (
		get_columns(by),
		found,
		get_message(question, by, total),
		get_chart(found, question, by),
		get_summary(total),
	)


# ---------------------------------------------------------------- figures


def person_rows(question: Question, by: str, *tables: list[dict]) -> list[dict]:
	"""One row for everybody who had calls due, made some, or came along to those of a colleague."""
	due, made, promised, joined = (
		by_key(rows, lambda call, name=name: call[name] or None)
		for rows, name in zip(tables, ("user", "user", "user", "accompanied_by"), strict=True)
	)
	people = {*due, *made, *joined}
	names = calls.names_of(people)
	rows = [
		{
			"key": user,
			"label": names.get(user) or user or _("Nobody"),
			**row_of(question, due[user], made[user], promised[user], joined[user]),
			"list": {"user": user or ["is", "not set"]},
		}
		for user in people
	]
	return sorted(rows, key=lambda row: (row["key"] is None, row["label"]))


def span_rows(question: Question, by: str, *tables: list[dict]) -> list[dict]:
	"""One row for each week or month up to today, or up to the last call due."""
	span = SPANS[by]
	days = (calls.due_of, *[lambda row: row["made_on"]] * 3)
	due, made, promised, joined = (
		by_key(rows, lambda row, day=day: span(day(row))) for rows, day in zip(tables, days, strict=True)
	)
	last = max([span(question.today), *due])
	rows = []
	for first, inside in calls.spans(question.period, span):
		if first > last:
			break
		between = [str(inside.start), str(inside.last_day)]
		rows.append(
			{
				"key": str(first),
				"label": calls.week_text(first) if by == WEEK else formatdate(first, "MMMM yyyy"),
				"short": f"{first.isocalendar()[1]}" if by == WEEK else formatdate(first, "MMM yy"),
				**row_of(question, due[first], made[first], promised[first], joined[first]),
				"list": {"made_on": ["between", between]},
				"due": between,
			}
		)
	return rows


def by_key(rows: list[dict], key: Callable) -> defaultdict:
	result = defaultdict(list)
	for row in rows:
		result[key(row)].append(row)
	return result


def row_of(question: Question, due, made, promised, joined) -> dict:
	found = call_figures.compliance(
		((call["status"], calls.due_of(call), call["made_on"]) for call in due),
		question.today,
		question.grace,
	)
	kept = call_figures.follow_ups(
		(
			(bool(row["is_done"]), row["due"], row["done_on"])
			for row in promised
			if row["is_done"] is not None
		),
		question.today,
	)
	outcomes = [call["outcome"] for call in made if call["outcome"]]
	joint = [call for call in made if call["method"] == JOINT or call["accompanied_by"]]
	return {
		"planned": found.planned,
		"made_of_planned": found.made,
		"on_time": found.on_time,
		"late": found.made - found.on_time,
		"missed": found.missed,
		"open": found.open,
		"rate": common.known(found.rate, 1),
		"on_time_rate": common.known(found.on_time_rate, 1),
		"made": len(made),
		"customers": len({call["customer"] for call in made}),
		"hours": flt(sum(flt(call["duration"]) for call in made) / 60, 1),
		"without_duration": sum(not call["duration"] for call in made),
		"joint": len(joint),
		"joined": len(joined),
		"outcomes": len(outcomes),
		"reached": outcomes.count(REACHED),
		"progress": outcomes.count(PROGRESS),
		"no_progress": outcomes.count(NO_PROGRESS),
		"not_met": outcomes.count(NOT_MET),
		"reached_rate": common.known(common.ratio(outcomes.count(REACHED), len(outcomes)), 1),
		"follow_ups": len(promised),
		"follow_ups_known": kept.agreed,
		"done": kept.done if kept.agreed or not promised else None,
		"in_time_rate": common.known(kept.rate, 1),
		"judged": kept.judged,
	}


# ---------------------------------------------------------------- presentation


def get_columns(by: str) -> list[dict]:
	headings = {PERSON: _("Person"), WEEK: _("Week"), MONTH: _("Month")}
	return [
		common.text_column("label", headings[by], 210),
		calls.number("planned", _("Planned"), 85),
		common.number_column("rate", _("Made %"), 90),
		common.number_column("on_time_rate", _("On Time %"), 100),
		calls.number("missed", _("Missed"), 80),
		calls.number("made", _("Calls Made"), 100),
		calls.number("customers", _("Customers"), 100),
		common.number_column("hours", _("Hours", context="KAM"), 80),
		calls.number("joint", _("Joint"), 70),
		calls.number("joined", _("Came Along"), 120),
		calls.number("reached", _("Reached"), 85),
		common.number_column("reached_rate", _("Reached %"), 100),
		calls.number("progress", _("Progress"), 90),
		calls.number("no_progress", _("No Progress"), 110),
		calls.number("not_met", _("Not Met"), 85),
		calls.number("follow_ups", _("Follow-ups"), 100),
		common.number_column("done", _("Done", context="KAM"), 70),
		common.number_column("in_time_rate", _("In Time %"), 100),
	]


def get_message(question: Question, by: str, total: dict) -> str:
	sentences = [
		_("Days: {0}, as they stand on {1}.").format(
			common.dates(question.period), formatdate(question.today)
		),
		_(
			"Planned, Made %, On Time % and Missed: calls due in these days, wherever they were moved to. All other columns: calls made in these days, whenever they were due."
		),
		_(
			"Hours: durations of calls made. Joint: a joint visit, or a colleague came along; Came Along: calls of colleagues. Reached %: of the calls with an outcome."
		),
		_(
			"In Time %: follow-ups done by their day, of those with a day that were done or whose day is over."
		),
	]
	if total["without_duration"]:
		sentences.append(
			_("Calls made without a duration, so in no hours: {0}.").format(
				common.bold(total["without_duration"])
			)
		)
	if total["made"] and total["outcomes"] < total["made"]:
		sentences.append(
			_("Without an outcome: {0} of {1} calls made.").format(
				common.bold(total["made"] - total["outcomes"]), total["made"]
			)
		)
	if total["follow_ups_known"] < total["follow_ups"]:
		sentences.append(
			_("What became of {0} follow-ups you may not see.").format(
				common.bold(total["follow_ups"] - total["follow_ups_known"])
			)
		)
	return calls.explain(question, *sentences)


def get_summary(total: dict) -> list[dict]:
	return [
		common.count_item(_("Calls Made"), total["made"]),
		common.count_item(_("Customers"), total["customers"]),
		common.number_item(_("Hours with Customers"), total["hours"], 1),
		common.percent_item(_("Made %"), total["rate"]),
		common.percent_item(_("On Time %"), total["on_time_rate"]),
		common.percent_item(_("Objective Reached"), total["reached_rate"]),
		common.count_item(_("Follow-ups"), total["follow_ups"]),
		common.percent_item(_("Follow-ups in Time"), total["in_time_rate"]),
	]


def get_chart(rows: list[dict], question: Question, by: str) -> dict:
	parts = (
		("on_time", _("On Time")),
		("late", _("Late")),
		("missed", _("Missed")),
		("open", _("Open")),
	)
	drawn = [row for row in rows if row["planned"]] if by == PERSON else rows
	shown = drawn[:CHARTED] if by == PERSON else rows
	chart = {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["label"]) for row in shown],
			"datasets": [{"name": label, "values": [row[name] for row in shown]} for name, label in parts],
		},
		"barOptions": {"stacked": 1},
		"fieldtype": "Int",
	}
	kam = {
		"kind": ("compliance" if by == PERSON else "call_weeks") if shown else None,
		"parts": [label for _name, label in parts],
		"rows": [
			{
				"name": row["label"],
				"short": row.get("short"),
				"key": row["key"],
				"values": [row[name] for name, _label in parts],
				"planned": row["planned"],
				"rate": row["rate"],
				"hours": row["hours"],
			}
			for row in shown
		],
		"not_drawn": len(drawn) - len(shown) if by == PERSON else 0,
		"list": calls.list_filters(question, "made_on"),
		"by": by,
	}
	return {**chart, "kam": kam}
