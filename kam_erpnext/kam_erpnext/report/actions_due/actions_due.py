"""Open actions by the day they are due, overdue ones first."""

from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, flt, getdate

from kam_erpnext.data import accounts
from kam_erpnext.data.budget import versions
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.kam_erpnext.report import common, plans

ACTION = "Key Account Action"
OPEN = ("Planned", "In Progress")
ALL, OVERDUE = "All Open", "Overdue"
# range of due days -> days ahead it reaches
AHEAD = {"Next 7 Days": 7, "Next 30 Days": 30, "Next 90 Days": 90}
GROUPS = {"Person": "responsible", "Key Account": "key_account", "Plan": "plan"}
PRIORITIES = {"High": 0, "Medium": 1, "Low": 2}
FIELDS = (
	"subject",
	"key_account",
	"account_name",
	"status",
	"priority",
	"responsible",
	"responsible_name",
	"start_date",
	"end_date",
	"is_milestone",
	"progress",
	"plan",
	"objective_code",
	"objective",
)


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	today = getdate()
	rows = read(filters, today)
	if not rows:
		return common.nothing(nothing_hint(filters), get_columns())
	data = get_data(rows, filters, today)
	return get_columns(), data, get_message(filters, rows), get_chart(rows, today), get_summary(rows, today)


# ---------------------------------------------------------------- figures


def read(filters: frappe._dict, today: date) -> list[dict]:
	"""Open actions the reader may see, within the filters; overdue first, then by due day and priority."""
	action = frappe.qb.DocType(ACTION)
	conditions = [
		action.status.isin(OPEN),
		SUBJECT_CONDITIONS[ACTION](action, frappe.session.user),
		fences(ACTION, action),
	]
	if filters.due == OVERDUE:
		conditions.append(action.end_date < today)
	elif filters.due in AHEAD:
		conditions.append(action.end_date <= add_days(today, AHEAD[filters.due]))
	if cint(filters.mine):
		conditions.append(has_part(action, frappe.session.user))
	if filters.person:
		conditions.append(has_part(action, filters.person))
	if filters.key_account:
		shown = plans.subtree_of(accounts.accounts(), filters.key_account)
		conditions.append(action.key_account.isin([*shown["key_account"]]))
	if filters.plan:
		plan = frappe.get_doc(plans.PLAN, filters.plan)
		plan.check_permission("read")
		conditions.append(action.plan.isin(versions(plan)))
	if filters.priority:
		conditions.append(action.priority == filters.priority)
	rows = (
		frappe.qb.from_(action)
		.select(action.name, *[action[name] for name in FIELDS])
		.where(every(conditions))
		.run(as_dict=True)
	)
	names = dict(
		frappe.get_all(
			"Key Account",
			{"name": ("in", {row.key_account for row in rows} or [""])},
			["name", "account_name"],
			as_list=True,
		)
	)
	for row in rows:
		row.days = (row.end_date - today).days
		row.account_name = names.get(row.key_account) or row.account_name or row.key_account
	return sorted(rows, key=lambda row: (row.end_date, PRIORITIES.get(row.priority, 1), row.name))


def has_part(action, user: str):
	"""Actions of which a user is responsible or a helper."""
	helper = frappe.qb.DocType("Key Account Action Helper").as_("kam_part")
	helps = (
		frappe.qb.from_(helper)
		.select(helper.parent)
		.where((helper.parenttype == ACTION) & (Coalesce(helper.user, "") == user))
	)
	return (action.responsible == user) | action.name.isin(helps)


def get_data(rows: list[dict], filters: frappe._dict, today: date) -> list[dict]:
	field = GROUPS.get(filters.group_by)
	if not field:
		return [row_of(row, 0) for row in rows]
	groups: dict[str, list[dict]] = {}
	for row in rows:
		groups.setdefault(row.get(field) or "", []).append(row)
	order = sorted(
		groups, key=lambda name: (-sum(row.days < 0 for row in groups[name]), groups[name][0].end_date, name)
	)
	data = []
	for name in order:
		data.append(group_row(name, groups[name], filters.group_by))
		data += [row_of(row, 1) for row in groups[name]]
	return data


def group_row(name: str, rows: list[dict], group_by: str) -> dict:
	first = rows[0]
	labels = {
		"Person": first.responsible_name or first.responsible,
		"Key Account": first.account_name,
		"Plan": name or _("Without a plan"),
	}
	overdue = sum(row.days < 0 for row in rows)
	return {
		"subject": labels[group_by],
		"indent": 0,
		"is_group": 1,
		"due_text": _("{0} open, {1} overdue").format(len(rows), overdue)
		if overdue
		else _("{0} open").format(len(rows)),
		"overdue": overdue,
	}


def row_of(row: dict, indent: int) -> dict:
	return {
		"action": row.name,
		"subject": row.subject,
		"indent": indent,
		"days": row.days,
		"days_overdue": -row.days if row.days < 0 else None,
		"due_text": due_text(row.days),
		"end_date": row.end_date,
		"account_name": row.account_name,
		"key_account": row.key_account,
		"responsible_name": row.responsible_name or row.responsible,
		"priority": _(row.priority or "Medium"),
		"priority_key": row.priority or "Medium",
		"status": _(row.status, context="Key Account Action"),
		"progress": flt(row.progress),
		"milestone": _("Milestone", context="KAM") if row.is_milestone else "",
		"plan": row.plan,
		"objective": f"{row.objective_code}: {plans.first_words(row.objective)}"
		if row.objective_code
		else "",
	}


def due_text(days: int) -> str:
	if days < -1:
		return _("{0} days overdue").format(-days)
	return {-1: _("1 day overdue"), 0: _("Today"), 1: _("Tomorrow")}.get(days) or _("in {0} days").format(
		days
	)


# ---------------------------------------------------------------- presentation


def get_columns() -> list[dict]:
	return [
		common.text_column("subject", _("Action"), 330),
		common.text_column("due_text", _("When"), 170),
		{"fieldname": "end_date", "label": _("Due"), "fieldtype": "Date", "width": 105},
		common.number_column("days_overdue", _("Days Overdue"), 130),
		common.text_column("account_name", _("Key Account"), 180),
		common.text_column("responsible_name", _("Responsible", context="KAM"), 150),
		common.text_column("priority", _("Priority"), 85),
		common.text_column("status", _("Status"), 100),
		common.number_column("progress", _("Progress %"), 100),
		common.text_column("milestone", _("Milestone", context="KAM"), 95),
		common.link_column("plan", _("Plan", context="KAM"), plans.PLAN, 135),
		common.text_column("objective", _("Objective", context="KAM"), 240),
	]


def get_message(filters: frappe._dict, rows: list[dict]) -> str:
	sentences = [
		_("Actions that are planned or in progress: {0}, as of {1}.").format(
			common.bold(len(rows)), common.now_text()
		),
		_("Overdue means that the due day is over; an action due today is not overdue yet."),
	]
	if cint(filters.mine):
		sentences.append(_("Only those in which you have a part, as the person responsible or as a helper."))
	if filters.key_account:
		sentences.append(
			_("Only those of {0} and of the accounts below it.").format(common.bold(filters.key_account))
		)
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def nothing_hint(filters: frappe._dict) -> str:
	if cint(filters.mine):
		return common.hint(
			_("Nothing is waiting for you here."), _("Clear Mine to see the actions of others.")
		)
	return common.hint(
		_("There are no open actions for these filters."),
		_("Actions are made in a plan, in a business review, or under {0}.").format(common.list_link(ACTION)),
	)


def get_summary(rows: list[dict], today: date) -> list[dict]:
	overdue = sum(row.days < 0 for row in rows)
	return [
		common.count_item(_("Open"), len(rows)),
		common.count_item(_("Overdue"), overdue, "Red" if overdue else "Green"),
		common.count_item(_("Due Today"), sum(row.days == 0 for row in rows)),
		common.count_item(_("Due Within 7 Days"), sum(0 <= row.days <= 7 for row in rows)),
		common.count_item(_("Milestones"), sum(cint(row.is_milestone) for row in rows)),
		common.count_item(_("People"), len({row.responsible for row in rows})),
	]


def get_chart(rows: list[dict], today: date) -> dict:
	"""How many are due when."""
	ranges = (
		(_("Over 30 days late"), None, -31),
		(_("8-30 days late"), -30, -8),
		(_("1-7 days late"), -7, -1),
		(_("Next 7 days"), 0, 7),
		(_("8-30 days"), 8, 30),
		(_("Later"), 31, None),
	)
	return {
		"type": "bar",
		"data": {
			"labels": [label for label, _from, _to in ranges],
			"datasets": [
				{
					"name": _("Actions", context="KAM"),
					"values": [
						sum(
							(low is None or row.days >= low) and (high is None or row.days <= high)
							for row in rows
						)
						for _label, low, high in ranges
					],
				}
			],
		},
		"colors": ["#7b9acc"],
		"fieldtype": "Int",
	}
