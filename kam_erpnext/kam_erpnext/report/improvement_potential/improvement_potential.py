"""Improvement potential of key accounts, ranked, beside the resources each of them takes, so that resources can be moved."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, formatdate

from kam_erpnext.data import accounts, improvement
from kam_erpnext.engine import improvement as engine
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.kam_erpnext.report.common import Scope

BY_ACCOUNT, BY_CRITERION = "Key Account", "Criterion"
SPENT, HOURS, CALLS = "Spent on Plans", "Hours", "Calls"
FIELDS = {SPENT: "spent", HOURS: "hours", CALLS: "calls"}
LEFT = "Retired"


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	# the territory chooses accounts here, not the sales of some of their customers
	scope = common.read_scope(frappe._dict(filters, territory=None))
	if not scope:
		return common.nothing(common.company_hint())
	filters.resource = filters.resource if filters.resource in FIELDS else SPENT
	tree = plans.subtree_of(accounts.accounts(), filters.key_account)
	tree = tree[tree["status"] != LEFT]
	if filters.level:
		tree = tree[tree["level"] == filters.level]
	for value, chosen in (
		(filters.territory, accounts.in_territory),
		(filters.segment, accounts.in_segment),
		(filters.manager, accounts.of_manager),
	):
		if value:
			tree = tree[tree["key_account"].isin(chosen(value))]
	assessments = improvement.latest_assessments(tree)
	lines = engine.lines(improvement.scores_of(assessments))
	if lines.empty:
		return common.nothing(no_scores_hint())
	found = read(scope, tree, assessments, lines, filters)
	data = (criterion_rows if filters.by == BY_CRITERION else account_rows)(found, lines, scope)
	return (
		get_columns(filters),
		data,
		get_message(found, tree, scope, filters),
		get_chart(found, scope, filters),
		get_summary(found, lines),
	)


# ---------------------------------------------------------------- figures


def read(
	scope: Scope, tree: pd.DataFrame, assessments: pd.DataFrame, lines: pd.DataFrame, filters: frappe._dict
) -> pd.DataFrame:
	"""One row per assessed account by falling index: index, main criterion, resources, share among them, what to do."""
	names = tree.set_index("key_account")
	taken = improvement.resources(scope.sales, scope.period, accounts.accounts())
	found = engine.units(lines).join(assessments).join(taken).join(names[["account_name", "level"]])
	field = FIELDS[filters.resource]
	# accounts hold what is below them: each resource counts once, and shares are of the accounts compared
	total = found.loc[topmost(names.loc[found.index]), field].sum()
	found["share"] = 100.0 * found[field] / total if total > 0 else float("nan")
	found.attrs["total"] = total
	found = found.sort_values(["index", "account_name"], ascending=[False, True], na_position="last")
	found["rank"] = found["index"].rank(ascending=False, method="min")
	found.attrs["average"] = found["index"].mean()
	found.attrs["fair"] = 100.0 / len(found) if total > 0 else float("nan")
	found["advice"] = [
		advice(row["index"], row["share"], found.attrs["average"], found.attrs["fair"])
		for row in found.to_dict("records")
	]
	return found


def topmost(tree: pd.DataFrame) -> list[str]:
	"""Accounts with none of the others above them."""
	found, end = [], -1
	for name, row in tree.sort_values("lft").iterrows():
		if row["lft"] > end:
			found.append(name)
			end = row["rgt"]
	return found


def advice(index: float, share: float, average: float, fair: float) -> str | None:
	"""Where resources could come from or go; None where they fit or something is not known."""
	if share != share or index != index:
		return None
	if index > average and share < fair:
		return "More"
	if index < average and share > fair:
		return "Less"
	return None


def account_rows(found: pd.DataFrame, lines: pd.DataFrame, scope: Scope) -> list[dict]:
	rows = []
	for name, account in zip(found.index, found.to_dict("records"), strict=True):
		rows.append({**figures(name, account, scope), "node": name, "parent_node": None, "indent": 0})
		own = lines[lines["unit"] == name].sort_values("gain", ascending=False, na_position="last")
		for place, line in enumerate(own.to_dict("records")):
			rows.append(
				{
					**line_figures(line),
					"node": f"{name}:{place}",
					"parent_node": name,
					"indent": 1,
					"label": line["criterion"],
					"currency": scope.currency,
				}
			)
	return rows


def criterion_rows(found: pd.DataFrame, lines: pd.DataFrame, scope: Scope) -> list[dict]:
	rows = []
	accounts_of = found.to_dict("index")
	for name, row in engine.criteria(lines).iterrows():
		rows.append(
			{
				"node": f"criterion:{name}",
				"parent_node": None,
				"indent": 0,
				"label": name,
				"gap": common.known(row["gap"], 1),
				"gain": common.known(row["gain"], 1),
				"accounts": int(row["units"]),
				"is_group": 1,
				"currency": scope.currency,
			}
		)
		own = lines[(lines["criterion"] == name) & lines["gap"].notna()]
		for line in own.sort_values(["gap", "unit"], ascending=[False, True]).to_dict("records"):
			account = line["unit"]
			rows.append(
				{
					**figures(account, accounts_of[account], scope),
					**line_figures(line),
					"node": f"criterion:{name}:{account}",
					"parent_node": f"criterion:{name}",
					"indent": 1,
					"rank": None,
				}
			)
	return rows


def line_figures(line: dict) -> dict:
	return {
		"gap": common.known(line["gap"], 1),
		"gain": common.known(line["gain"], 1),
		"points": common.known(line["points"], 1),
		"weight": common.known(line["weight"], 1),
	}


def figures(name: str, row: dict, scope: Scope) -> dict:
	return {
		"rank": int(row["rank"]) if row["rank"] == row["rank"] else None,
		"label": row["account_name"],
		"key_account": name,
		"level": _(row["level"] or ""),
		"improvement": common.known(row["index"], 1),
		"answered": common.known(row["answered"], 1),
		"main": row["main"],
		"spent": common.known(row["spent"]),
		"hours": common.known(row["hours"], 1),
		"calls": common.known(row["calls"], 1),
		"time": common.known(row["time"], 1),
		"share": common.known(row["share"], 1),
		"advice": advice_text(row["advice"]),
		"advice_key": row["advice"],
		"net_sales": common.known(row["net_sales"]),
		"assessment": row["assessment"],
		"assessed": formatdate(row["to_date"]) + ("" if row["docstatus"] else f" ({_('Draft')})"),
		"currency": scope.currency,
	}


def advice_text(key: str | None) -> str:
	return {"More": _("Could use more"), "Less": _("Could give some")}.get(key, "")


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict) -> list[dict]:
	number = common.number_column
	by_criterion = filters.by == BY_CRITERION
	columns = [common.text_column("label", _("Criterion") if by_criterion else _("Key Account"), 240)]
	resources = [
		common.money_column("spent", _("Spent on Plans"), 135),
		number("hours", _("Hours", context="KAM"), 80),
		number("calls", _("Calls"), 80),
		number("time", _("Team Time %"), 115),
		number("share", _("Share of {0} %").format(_(filters.resource)), 180),
		common.text_column("advice", _("Resources"), 150),
		common.money_column("net_sales", _("Net Sales")),
	]
	line = [number("points", _("Points"), 80), number("gap", _("Potential of the Criterion"), 190)]
	if by_criterion:
		columns += [
			number("accounts", _("Accounts", context="KAM"), 95),
			line[1],
			line[0],
			number("improvement", _("Improvement Potential"), 190),
			*resources,
		]
	else:
		columns += [
			number("rank", _("Rank", context="KAM"), 65),
			number("improvement", _("Improvement Potential"), 190),
			common.text_column("main", _("Most of It in"), 200),
			*resources,
			number("weight", _("Weight %"), 90),
			*line,
			number("gain", _("Part of the Index"), 135),
		]
	return [
		*columns,
		number("answered", _("Answered %"), 105),
		common.link_column("assessment", _("Assessment"), improvement.ASSESSMENT, 150),
		common.text_column("assessed", _("Assessed up to"), 130),
		common.currency_column(),
	]


def get_message(found: pd.DataFrame, tree: pd.DataFrame, scope: Scope, filters: frappe._dict) -> str:
	sentences = [
		_(
			"Improvement potential: 100 less the score of the latest assessment, over the criteria that are answered; 0 means nothing to improve, 100 everything. The parts of the criteria add up to the index."
		),
		_(
			"Resources of {0} in {1}, {2}: what documents that name a plan cost, the hours of timesheets among them, and calls made, each with the accounts below. Team time is what the team of the account itself has entered."
		).format(common.bold(scope.sales.company), scope.currency, common.dates(scope.period)),
		_(
			"Could use more: potential above the average of {0} and less than an equal share of {1}. Could give some: the other way round."
		).format(common.bold(flt(found.attrs["average"], 1)), common.bold(_(filters.resource))),
	]
	missing = len(tree) - len(found)
	if missing:
		sentences.append(
			_("Accounts without an assessment you may see: {0}. Make one under {1}.").format(
				common.bold(missing), common.list_link(improvement.ASSESSMENT)
			)
		)
	sentences.append(_("Assessments: {0}, read on {1}.").format(common.bold(len(found)), common.now_text()))
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	message = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	if not found.attrs["total"] > 0:
		message += common.warning(
			_(
				"No {0} are known in these days, so resources cannot be compared. Choose another period or resource."
			).format(common.bold(_(filters.resource)))
		)
	return message


def get_summary(found: pd.DataFrame, lines: pd.DataFrame) -> list[dict]:
	by_criterion = engine.criteria(lines)
	best = by_criterion.iloc[:1]
	return [
		common.count_item(_("Accounts Assessed"), len(found)),
		common.number_item(_("Average Potential"), common.known(found["index"].mean()), 1),
		{
			"label": _("Largest Potential in"),
			"value": common.chart_label(best.index[0]) if len(best) else "–",
			"datatype": "Data",
		},
		common.count_item(_("Could Use More"), int((found["advice"] == "More").sum()), "Blue"),
		common.count_item(_("Could Give Some"), int((found["advice"] == "Less").sum()), "Orange"),
	]


def get_chart(found: pd.DataFrame, scope: Scope, filters: frappe._dict) -> dict | None:
	"""Bars of the index for a dashboard, index against resources (`kam`) above the report."""
	drawn = found[found["index"].notna()]
	if drawn.empty:
		return None
	field = FIELDS[filters.resource]
	return {
		"type": "bar",
		"data": {
			"labels": [
				common.chart_label(plans.first_words(name, 24)) for name in drawn["account_name"][:12]
			],
			"datasets": [
				{
					"name": _("Improvement Potential"),
					"values": [flt(value, 1) for value in drawn["index"][:12]],
				}
			],
		},
		"fieldtype": "Float",
		"kam": {
			"kind": "potential",
			**common.drill_down(scope),
			"resource": _(filters.resource),
			"is_money": filters.resource == SPENT,
			"average": common.known(found.attrs["average"], 1),
			"fair": common.known(found.attrs["fair"], 2),
			"rows": [
				{
					"key_account": name,
					"name": row["account_name"],
					"index": flt(row["index"], 1),
					"main": row["main"],
					"resource": common.known(row[field]),
					"share": common.known(row["share"], 1),
					"net_sales": common.known(row["net_sales"]),
				}
				for name, row in zip(drawn.index, drawn.to_dict("records"), strict=True)
			],
		},
	}


def no_scores_hint() -> str:
	return common.hint(
		_("No key account you may see has an assessment with scores."),
		_("Make one under {0}, or run a {1} with scoring criteria.").format(
			common.list_link(improvement.ASSESSMENT), common.list_link("Key Account Selection")
		),
	)


def listed_texts() -> list[str]:
	"""Listed so that they can be translated."""
	return [_("Spent on Plans"), _("Hours", context="KAM"), _("Calls"), _("Criterion")]
