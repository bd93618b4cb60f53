"""Relationship coverage of all accounts: scores of their power maps, warnings, and accounts without a map.

Readers without the right to see judgements about people get the structure only. Nobody on a map is named here.
"""

import frappe
from frappe import _
from frappe.utils import getdate

from kam_erpnext.data import accounts
from kam_erpnext.data.permissions import every, fences
from kam_erpnext.engine.selection import COUNTED_STATUSES
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.power_map import POWER_MAP
from kam_erpnext.power_map.evaluation import options
from kam_erpnext.power_map.overview import (
	NO_CHAMPION,
	NO_MAP,
	OVERDUE,
	SINGLE_THREADED,
	Overview,
	may_judge,
	overviews,
)

ACCOUNT = "Key Account"
ALL_STATUSES, ANY_WARNING = "All", "Any Warning"
# accounts the heat map draws; the table has them all
DRAWN = 40


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	judges = may_judge()
	tree = chosen_accounts(filters)
	found = overviews(tree["key_account"])
	rows = [
		(account, found[account.key_account])
		for account in tree.itertuples()
		if fits(found[account.key_account], filters.warning)
	]
	if not rows:
		return common.nothing(nothing_hint(filters, tree), get_columns(judges, []))
	rows.sort(key=by_urgency)
	data = get_data(rows, judges)
	return (
		get_columns(judges, data),
		data,
		get_message(filters, rows, judges),
		get_chart(data) if judges else None,
		get_summary(rows, judges),
	)


# ---------------------------------------------------------------- accounts


def chosen_accounts(filters: frappe._dict):
	"""Accounts the reader may see, within the filters; `manager` is added."""
	tree = accounts.accounts()
	if filters.key_account:
		tree = plans.subtree_of(tree, filters.key_account)
	if filters.status != ALL_STATUSES:
		tree = tree[tree["status"].isin(COUNTED_STATUSES)]
	if filters.level:
		tree = tree[tree["level"] == filters.level]
	if filters.segment:
		rows = frappe.get_all(
			"Key Account Segment Entry",
			{"parenttype": ACCOUNT, "segment": filters.segment},
			pluck="parent",
		)
		tree = tree[tree["key_account"].isin(rows)]
	if filters.territory:
		tree = tree[tree["key_account"].isin(accounts_in(filters.territory))]
	people = frappe.get_all(
		ACCOUNT, {"name": ["in", [*tree["key_account"]] or [""]]}, ["name", "key_account_manager"]
	)
	managers = {row.name: row.key_account_manager for row in people}
	tree = tree.assign(manager=tree["key_account"].map(managers))
	if filters.manager:
		tree = tree[tree["manager"] == filters.manager]
	return tree


def accounts_in(territory: str) -> list[str]:
	"""Accounts with a customer in a territory or below it."""
	area, above = frappe.qb.DocType("Territory"), frappe.qb.DocType("Territory").as_("kam_above")
	customer, member = frappe.qb.DocType("Customer"), frappe.qb.DocType("Key Account Customer")
	return (
		frappe.qb.from_(member)
		.inner_join(customer)
		.on(customer.name == member.customer)
		.inner_join(area)
		.on(area.name == customer.territory)
		.inner_join(above)
		.on((area.lft >= above.lft) & (area.rgt <= above.rgt))
		.select(member.parent)
		.distinct()
		.where(every([above.name == territory, member.parenttype == ACCOUNT, fences("Customer", customer)]))
		.run(pluck=True)
	)


def fits(overview: Overview, warning: str | None) -> bool:
	if not warning:
		return True
	if warning == ANY_WARNING:
		return bool(overview.warnings)
	return warning in overview.warnings


def by_urgency(row) -> tuple:
	"""Most warnings first, then the lowest rule score; accounts without a map stand last."""
	account, overview = row
	score = overview.scores.rules.score if overview.scores else None
	return (
		overview.doc is None,
		-len(overview.warnings),
		score is None,
		score or 0,
		account.account_name or account.key_account,
	)


# ---------------------------------------------------------------- figures


def get_data(rows: list[tuple], judges: bool) -> list[dict]:
	names = full_names({account.manager for account, _overview in rows if account.manager})
	data = []
	for account, overview in rows:
		row = {
			"key_account": account.key_account,
			"account_name": account.account_name,
			"level": account.level and _(account.level),
			"manager": names.get(account.manager) or account.manager,
			"power_map": overview.doc.name if overview.doc else None,
			**structure_of(overview),
			"warnings": warning_text(overview),
		}
		if judges:
			row.update(scores_of(overview))
		data.append(row)
	return data


def structure_of(overview: Overview) -> dict:
	if not overview.doc:
		return dict.fromkeys(("people", "placeholders", "without_owner", "without_contact", "last_contact"))
	people = overview.stakeholders
	return {
		"people": len(people),
		"placeholders": overview.placeholders,
		"without_owner": sum(not row.relationship_owner for row in people),
		"without_contact": sum(not row.contact for row in people),
		"last_contact": getdate(overview.last_contact) if overview.last_contact else None,
	}


def scores_of(overview: Overview) -> dict:
	"""What judges people, added up; None is not known."""
	found = overview.scores
	if not found:
		return {}
	threads = found.threads
	known = threads.count + len(threads.not_in_contact)
	dated = [fresh for fresh in found.freshness if fresh.overdue is not None]
	return {
		"coverage": common.known(found.coverage.value, 1),
		"answered": common.known(100 * found.coverage.answered, 0),
		"support": common.known(found.support.value, 2),
		"roles": common.known(found.roles.value, 0),
		"missing_roles": ", ".join(_(role) for role in found.roles.missing),
		"rule_score": common.known(found.rules.score, 1),
		"status": found.status.value,
		"in_contact": threads.count if known else None,
		"in_contact_share": common.ratio(threads.count, known),
		"in_contact_known": known,
		"in_time_share": common.ratio(sum(not fresh.overdue for fresh in dated), len(dated)),
		"overdue": overview.overdue,
		"dated": len(dated),
		"our_people": found.our_people.bus_factor,
	}


def warning_text(overview: Overview) -> str:
	if overview.doc and may_judge() and not overview.scores:
		return _("Judgements cannot be read")
	texts = {
		SINGLE_THREADED: _("Single-threaded"),
		NO_CHAMPION: _("No champion"),
		OVERDUE: _("Key people overdue: {0}").format(
			len(overview.scores.key_people_overdue) if overview.scores else 0
		),
		NO_MAP: _("No map yet"),
	}
	return ", ".join(texts[warning] for warning in overview.warnings)


def full_names(users: set[str]) -> dict[str, str]:
	if not users:
		return {}
	return dict(frappe.get_all("User", {"name": ["in", [*users]]}, ["name", "full_name"], as_list=True))


# ---------------------------------------------------------------- presentation


def get_columns(judges: bool, data: list[dict]) -> list[dict]:
	warnings = common.text_column("warnings", _("Warnings"), 250)
	if not judges and not any(row["warnings"] for row in data):
		warnings["hidden"] = 1
	head = [
		common.text_column("account_name", _("Key Account"), 210),
		common.text_column("level", _("Level"), 90),
		common.text_column("manager", _("Manager", context="KAM"), 140),
		warnings,
		common.number_column("people", _("People"), 80),
		common.number_column("placeholders", _("Placeholders"), 110),
	]
	last = {"fieldname": "last_contact", "label": _("Last Contact"), "fieldtype": "Date", "width": 115}
	power_map = common.link_column("power_map", _("Power Map"), POWER_MAP, 115)
	if not judges:
		return [
			*head,
			common.number_column("without_owner", _("Without Owner"), 125),
			common.number_column("without_contact", _("Without Contact Record"), 190),
			last,
			power_map,
		]
	return [
		*head,
		common.number_column("coverage", _("Coverage %"), 110),
		common.number_column("answered", _("Known %"), 95),
		common.number_column("support", _("Support", context="KAM"), 90),
		common.number_column("roles", _("Roles Filled %"), 120),
		common.text_column("missing_roles", _("Missing Roles"), 170),
		common.number_column("rule_score", _("Rule Score"), 100),
		common.number_column("status", _("Status"), 80),
		common.number_column("in_contact", _("In Contact"), 100),
		common.number_column("our_people", _("Our People"), 105),
		common.number_column("overdue", _("Overdue"), 90),
		last,
		common.number_column("without_owner", _("Without Owner"), 125),
		power_map,
	]


def get_message(filters: frappe._dict, rows: list[tuple], judges: bool) -> str:
	maps = sum(overview.doc is not None for _account, overview in rows)
	sentences = [
		_("Current power maps of {0} accounts, {1} of them with a map, as of {2}.").format(
			common.bold(len(rows)), common.bold(maps), common.now_text()
		)
	]
	if judges:
		sentences += [
			_(
				"Coverage 0 to 100, support -2 to +2, rule score 0 to 5, status 0 to 3. What is not known is left out and shown as a dash; Known tells of how much of the weight the coverage is known."
			),
			_(
				"In contact: a message, call or meeting within {0} days, or a coverage of Multiple or more. Single-threaded: in contact with at most one of two or more people. No champion: buying roles are entered, and nobody is known to be a champion. Key people: people with high power, deciders and champions."
			).format(options().active_days),
			_("The map explains every score."),
		]
		if maps > DRAWN:
			sentences.append(_("The heat map draws the first {0} accounts of the table.").format(DRAWN))
	else:
		sentences.append(
			_("Scores judge people. Your roles include the structure of the maps, not the judgements.")
		)
	sentences.append(_("Private events of others do not count as contact."))
	if filters.status != ALL_STATUSES:
		sentences.append(_("Accounts that are active or on watch."))
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def nothing_hint(filters: frappe._dict, tree) -> str:
	if len(tree) and filters.warning:
		if filters.warning != NO_MAP and not may_judge():
			return common.hint(
				_(
					"This warning judges people. Your roles include the structure of the maps, not the judgements."
				)
			)
		return common.hint(_("No account has this warning."), _("Clear the filter to see all accounts."))
	return common.hint(
		_("There are no accounts for these filters that you may see."),
		_("Maps are started from the page of a {0}.").format(common.list_link(ACCOUNT)),
	)


def get_summary(rows: list[tuple], judges: bool) -> list[dict]:
	found = [overview for _account, overview in rows]
	without = sum(overview.doc is None for overview in found)
	summary = [
		common.count_item(_("Accounts", context="KAM"), len(found)),
		common.count_item(_("Without a Map"), without, "Orange" if without else "Green"),
	]
	if not judges:
		people = sum(len(overview.stakeholders) for overview in found)
		return [*summary, common.count_item(_("People on Maps"), people)]
	for warning, label in (
		(SINGLE_THREADED, _("Single-Threaded")),
		(NO_CHAMPION, _("No Champion")),
		(OVERDUE, _("With Overdue Contacts")),
	):
		number = sum(warning in overview.warnings for overview in found)
		summary.append(common.count_item(label, number, "Red" if number else "Green"))
	return summary


# field, heading, lowest and highest value of the scale
def heat_columns() -> list[tuple[str, str, float, float]]:
	return [
		("coverage", _("Coverage"), 0, 100),
		("roles", _("Roles"), 0, 100),
		("rule_score", _("Rules"), 0, 5),
		("support", _("Support", context="KAM"), -2, 2),
		("in_contact_share", _("In Contact"), 0, 100),
		("in_time_share", _("In Time"), 0, 100),
	]


def get_chart(data: list[dict]) -> dict | None:
	"""Counts by status for a dashboard, the heat map (`kam`) for the chart above the report."""
	rows = [row for row in data if "coverage" in row]
	if not rows:
		return None
	columns = heat_columns()
	labels = ["0", "1", "2", "3", _("not known")]
	counts = [sum(row["status"] == value for row in rows) for value in (0, 1, 2, 3, None)]
	return {
		"type": "bar",
		"data": {"labels": labels, "datasets": [{"name": _("Accounts by status"), "values": counts}]},
		"fieldtype": "Int",
		"kam": {
			"kind": "heat",
			"columns": [label for _field, label, _low, _high in columns],
			"rows": [
				{
					"label": row["account_name"],
					"power_map": row["power_map"],
					"warnings": row["warnings"],
					"cells": [cell_of(row, field, low, high) for field, _label, low, high in columns],
				}
				for row in rows[:DRAWN]
			],
		},
	}


def cell_of(row: dict, field: str, low: float, high: float) -> dict:
	"""A cell: `share` of the scale from 0 to 1 for its colour, and its figure or words; None when not known."""
	value = row[field]
	if value is None:
		return {"share": None}
	cell = {"share": round((value - low) / (high - low), 3), "value": value}
	if field == "in_contact_share":
		cell["text"] = _("{0} of {1}").format(row["in_contact"], row["in_contact_known"])
	elif field == "in_time_share":
		cell["text"] = _("{0} of {1}").format(row["dated"] - row["overdue"], row["dated"])
	elif field in ("rule_score", "support"):
		cell["digits"] = 1
	else:
		cell["unit"] = "%"
	return cell
