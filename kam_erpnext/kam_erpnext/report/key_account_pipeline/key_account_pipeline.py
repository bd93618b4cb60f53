"""The pipeline of key accounts: deals with their weighted value, what they cover of the targets, their age, and gates."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext.data import opportunity_details
from kam_erpnext.data.pipeline import OWN
from kam_erpnext.engine import pipeline as engine
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.rollup import WHOLE_ACCOUNT, contributions
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.report import common, pipeline, plans
from kam_erpnext.kam_erpnext.report.pipeline import Question

DEALS, COVERAGE, AGEING, GATES = "Deals", "Coverage of Targets", "Ageing", "Gate Conversion"
RUNNING, OPEN_ONLY, ON_HOLD, EVERYTHING = "Open and Ordered", "Open", "On Hold", "All"
GROUPS = ("Key Account", "Stage", "Person")
STAGES = (engine.IDEA, engine.OPPORTUNITY, engine.QUOTATION, engine.ORDER, engine.INVOICE)
DEFAULT_DAYS = 90


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = pipeline.question_of(filters)
	if not question:
		return common.nothing(common.company_hint())
	view = {COVERAGE: coverage_view, AGEING: ageing_view, GATES: gates_view}.get(filters.view, deals_view)
	return view(question, filters)


def shown_deals(question: Question, filters: frappe._dict) -> pd.DataFrame:
	frame = pipeline.read(question, filters)
	live = frame["status"].isin(engine.LIVE)
	worth = frame["open"] != 0
	if filters.show == EVERYTHING:
		return frame
	if filters.show == ON_HOLD:
		return frame[frame["status"] == engine.ON_HOLD]
	if filters.show == OPEN_ONLY:
		return frame[live | worth]
	return frame[live | worth | (frame["ordered"] != 0)]


# ---------------------------------------------------------------- deals


def deals_view(question: Question, filters: frappe._dict) -> common.Report:
	frame = shown_deals(question, filters)
	columns = deal_columns(filters)
	if frame.empty:
		return common.nothing(pipeline.no_deals_hint(filters), columns)
	sums = engine.totals(frame)
	more = [
		pipeline.each_euro_once(),
		_(
			"Open is idea and quoted; weighted is open times the probability. Deals on hold are listed, but in no total of what is open."
		),
	]
	if sums.weighed_share is not None and sums.weighed_share < 99.95:
		more.append(
			_(
				"The probability of {0} % of the open value is known; the rest is in no weighted total."
			).format(common.bold(round(sums.weighed_share)))
		)
	if sums.without_value:
		more.append(_("Deals whose value nobody has entered: {0}.").format(common.bold(sums.without_value)))
	return (
		columns,
		deal_rows(frame, question, filters),
		pipeline.explain(question, frame, filters, *more),
		stage_chart(frame, question),
		deal_summary(frame, sums, question),
	)


def deal_columns(filters: frappe._dict) -> list[dict]:
	account = common.text_column("account_name", _("Key Account"), 165)
	if filters.group_by == "Key Account":
		account["hidden"] = 1
	return [
		common.text_column("title", _("Deal"), 270),
		account,
		common.text_column("stage", _("Stage", context="KAM"), 95),
		common.text_column("status", _("Status"), 85),
		common.money_column("open", _("Open"), 125),
		common.number_column("probability", _("Probability %"), 120),
		common.money_column("weighted", _("Weighted"), 125),
		common.money_column("ordered", _("Ordered"), 115),
		common.money_column("invoiced", _("Invoiced"), 115),
		{"fieldname": "expected_close", "label": _("Expected Close"), "fieldtype": "Date", "width": 130},
		common.text_column("gate", _("Gate"), 135),
		common.number_column("stands", _("Days at Gate"), 115),
		common.text_column("person", _("Responsible", context="KAM"), 150),
		common.money_column("idea", _("Idea"), 115),
		common.money_column("quoted", _("Quoted"), 115),
		common.number_column("age", _("Age in Days"), 110),
		common.text_column("source_text", _("Counted From"), 180),
		common.currency_column(),
	]


def deal_rows(frame: pd.DataFrame, question: Question, filters: frappe._dict) -> list[dict]:
	names = pipeline.people()
	frame = frame.assign(_value=frame["open"] + frame["ordered"]).sort_values(
		["_value", "deal"], ascending=[False, True]
	)
	rows = [deal_row(row, names, question) for row in frame.to_dict("records")]
	field = {"Key Account": "account_name", "Stage": "stage", "Person": "person"}.get(filters.group_by)
	if not field:
		return rows
	groups: dict[str, list[dict]] = {}
	for row in rows:
		groups.setdefault(row[field] or _("Nobody"), []).append(row)
	result = []
	order = [pipeline.stage_text(stage) for stage in STAGES] if field == "stage" else [*groups]
	for label in (name for name in order if name in groups):
		result.append(group_row(label, groups[label], question))
		result += [{**row, "indent": 1} for row in groups[label]]
	return result


def deal_row(row: dict, names: dict[str, str], question: Question) -> dict:
	live = row["status"] in engine.LIVE
	valued = row["estimate"] == row["estimate"] and row["estimate"] is not None
	no_value = live and not valued and not row["open"] and not row["ordered"] and not row["invoiced"]
	return {
		"deal": row["deal"],
		"source": row["source"],
		"source_text": pipeline.source_text(row["source"]),
		"title": row["title"],
		"account_name": row["account_name"],
		"key_account": row["key_account"],
		"stage": pipeline.stage_text(row["stage"]),
		"gate": _(row["gate"]) if row["gate"] else "",
		"status": _(row["status"], context="Key Account Opportunity"),
		"status_key": row["status"],
		"idea": None if no_value else flt(row["idea"], 2),
		"quoted": flt(row["quoted"], 2),
		"open": None if no_value else flt(row["open"], 2),
		"probability": common.known(row["probability"], 0),
		"weighted": None if no_value else common.known(row["weighted"]),
		"ordered": flt(row["ordered"], 2),
		"invoiced": flt(row["invoiced"], 2),
		"expected_close": row["expected_close"],
		"late": bool(live and row["expected_close"] and row["expected_close"] < question.as_of),
		"age": row["age"],
		"stands": row["stands"],
		"old": bool(live and row["stands"] is not None and row["stands"] > ageing_days()),
		"person": names.get(row["responsible"]) or row["responsible"] or "",
		"indent": 0,
		"currency": question.currency,
	}


def group_row(label: str, rows: list[dict], question: Question) -> dict:
	counted = [row for row in rows if row["status_key"] != engine.ON_HOLD]
	weighed = [row["weighted"] for row in counted if row["weighted"] is not None]
	return {
		"title": label,
		"is_group": 1,
		"indent": 0,
		"status": _("{0} deals").format(len(rows)),
		**{name: sum(row[name] or 0 for row in counted) for name in ("idea", "quoted", "open")},
		**{name: sum(row[name] or 0 for row in rows) for name in ("ordered", "invoiced")},
		"weighted": sum(weighed) if weighed else None,
		"currency": question.currency,
	}


def deal_summary(frame: pd.DataFrame, sums: engine.Totals, question: Question) -> list[dict]:
	old = int((frame["status"].isin(engine.LIVE) & (frame["stands"].astype(float) > ageing_days())).sum())
	items = [
		common.count_item(_("Open Deals"), sums.deals),
		common.money_item(_("Open"), sums.open, question.currency),
		common.money_item(_("Weighted"), sums.weighted, question.currency)
		if sums.weighed_share
		else {"label": _("Weighted"), "value": "–", "datatype": "Data"},
		common.money_item(_("Ordered, Not Invoiced"), sums.ordered, question.currency),
		common.count_item(
			_("At a Gate over {0} Days").format(ageing_days()), old, "Orange" if old else "Green"
		),
	]
	if sums.on_hold:
		items.append(common.money_item(_("On Hold", context="KAM"), sums.on_hold, question.currency))
	return items


def stage_chart(frame: pd.DataFrame, question: Question) -> dict:
	"""What is idea, quoted and ordered, and its weighted value."""
	counted = frame[frame["status"] != engine.ON_HOLD]
	chance = counted["probability"].astype(float).fillna(0.0) / 100.0
	return {
		"type": "bar",
		"data": {
			"labels": [_("Idea"), _("Quoted"), _("Ordered")],
			"datasets": [
				{
					"name": _("Value"),
					"values": [flt(counted[name].sum(), 2) for name in ("idea", "quoted")]
					+ [flt(frame["ordered"].sum(), 2)],
				},
				{
					"name": _("Weighted"),
					"values": [flt((counted[name] * chance).sum(), 2) for name in ("idea", "quoted")]
					+ [flt(frame["ordered"].sum(), 2)],
				},
			],
		},
		"colors": ["#d1d8dd", "#2490ef"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": question.currency,
	}


def ageing_days() -> int:
	return cint(get_settings().ageing_days) or DEFAULT_DAYS


# ---------------------------------------------------------------- coverage of the targets


def coverage_view(question: Question, filters: frappe._dict) -> common.Report:
	asked = plans.Question(
		Period(question.as_of, question.as_of + pd.Timedelta(days=1).to_pytimedelta()),
		question.company,
		question.currency,
	)
	found = plans.read_plans(
		[row.name for row in plans.plans_in(asked, question.shown["key_account"])], asked
	)
	frame = pipeline.read(question, filters)
	columns = coverage_columns()
	if not found:
		return common.nothing(plans.no_plans_hint(asked), columns)
	rows = [coverage_row(plan, frame, question) for plan in found]
	rows.sort(key=lambda row: (row["coverage_value"] is None, row["coverage_value"] or 0))
	total = coverage_total(found, rows, frame, question)
	more = [
		_(
			"Remaining is the target of the plan in force less what is sold. Open and ordered amounts count when they are expected by the end of the plan, or when no day is entered."
		),
		_(
			"Coverage is open and ordered amounts divided by what remains; 1 × means that everything would have to be won. Planning rule: about {0}."
		).format(pipeline.times_text(2.5)),
		_("In the chart, expected is weighted and ordered."),
	]
	if counts_orders():
		more.append(_("Orders count as sold in KAM Settings, so they are not counted again here."))
	summary = [
		common.count_item(_("Plans"), len(found)),
		common.money_item(_("Remaining Target"), total["remaining"], question.currency),
		common.money_item(_("Open"), total["open"], question.currency),
		common.money_item(_("Weighted"), total["weighted"], question.currency),
		pipeline.times_item(_("Coverage"), total["coverage_value"]),
		pipeline.times_item(_("Weighted Coverage"), total["weighted_value"]),
	]
	return columns, rows, pipeline.explain(question, frame, filters, *more), coverage_chart(rows), summary


def counts_orders() -> bool:
	return get_settings().sales_source == "Sales Order"


def coverage_columns() -> list[dict]:
	return [
		common.text_column("account_name", _("Key Account"), 220),
		common.link_column("plan", _("Plan", context="KAM"), plans.PLAN, 160),
		common.money_column("remaining", _("Remaining"), 130),
		common.number_column("coverage", _("Coverage"), 100),
		common.number_column("weighted_coverage", _("Weighted Coverage"), 160),
		common.money_column("open", _("Open"), 130),
		common.money_column("weighted", _("Weighted"), 130),
		common.money_column("ordered", _("Ordered"), 130),
		common.money_column("target", _("Target", context="KAM"), 130),
		common.money_column("actual", _("Actual", context="KAM"), 130),
		{"fieldname": "until", "label": _("Until"), "fieldtype": "Date", "width": 125},
		common.currency_column(),
	]


def accounts_of_plan(plan, question: Question) -> list[str]:
	"""Accounts whose deals count for a plan: its own, and those below for a plan of the whole account."""
	account = plan.doc.key_account
	if plan.doc.scope != WHOLE_ACCOUNT:
		return [account]
	own = question.shown.set_index("key_account").loc[account]
	inside = (question.shown["lft"] >= own["lft"]) & (question.shown["rgt"] <= own["rgt"])
	return [*question.shown.loc[inside, "key_account"]]


def deals_of_plan(plan, frame: pd.DataFrame, question: Question) -> pd.DataFrame:
	last = plan.figures["to_date"]
	in_time = [not day or day <= last for day in frame["expected_close"]]
	counted = frame["key_account"].isin(accounts_of_plan(plan, question)) & (
		frame["status"] != engine.ON_HOLD
	)
	return frame[counted & pd.Series(in_time, index=frame.index, dtype=bool)]


def coverage_row(plan, frame: pd.DataFrame, question: Question) -> dict:
	target, actual = (plan.money(plan.figures[name]) for name in ("target", "actual"))
	remaining = None if target is None else flt(target - (actual or 0), 2)
	deals = deals_of_plan(plan, frame, question)
	ordered = 0.0 if counts_orders() else float(deals["ordered"].sum())
	opened, weighted = float(deals["open"].sum()), float(deals["weighted"].sum())
	names = question.shown.set_index("key_account")["account_name"]
	values = {
		"coverage_value": engine.coverage(opened + ordered, remaining),
		"weighted_value": engine.coverage(weighted + ordered, remaining),
	}
	return {
		"key_account": plan.doc.key_account,
		"account_name": names[plan.doc.key_account],
		"plan": plan.doc.name,
		"until": plan.figures["to_date"],
		"target": target,
		"actual": actual,
		"remaining": remaining,
		"reached": remaining is not None and remaining <= 0,
		"open": flt(opened, 2),
		"weighted": flt(weighted, 2),
		"ordered": flt(ordered, 2),
		**values,
		"coverage": common.known(values["coverage_value"], 2),
		"weighted_coverage": common.known(values["weighted_value"], 2),
		"currency": question.currency,
	}


def coverage_total(found: list, rows: list[dict], frame: pd.DataFrame, question: Question) -> dict:
	"""Plans and deals each once: a plan below a plan for the whole account is its breakdown."""
	nodes = pd.DataFrame(
		{"node": question.shown["key_account"], "parent": question.shown["parent_key_account"]}, dtype=object
	)
	by_plan = {row["plan"]: row for row in rows}
	with_target = [plan for plan in found if by_plan[plan.doc.name]["remaining"] is not None]
	table = pd.DataFrame(
		[
			(plan.doc.name, plan.doc.key_account, plan.doc.scope, by_plan[plan.doc.name]["remaining"])
			for plan in with_target
		],
		columns=["plan", "node", "scope", "remaining"],
	).astype({"remaining": float})
	remaining = float(contributions(nodes, table, ["remaining"])["remaining"].sum()) if with_target else 0.0
	indexes = sorted({index for plan in with_target for index in deals_of_plan(plan, frame, question).index})
	deals = frame.loc[indexes]
	ordered = 0.0 if counts_orders() else float(deals["ordered"].sum())
	opened, weighted = float(deals["open"].sum()), float(deals["weighted"].sum())
	return {
		"remaining": flt(remaining, 2),
		"open": opened,
		"weighted": weighted,
		"coverage_value": engine.coverage(opened + ordered, remaining),
		"weighted_value": engine.coverage(weighted + ordered, remaining),
	}


def coverage_chart(rows: list[dict]) -> dict | None:
	"""What remains against what may come, of the accounts with the largest rest."""
	level = sorted((row for row in rows if (row["remaining"] or 0) > 0), key=lambda row: -row["remaining"])[
		:8
	]
	if not level:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(plans.first_words(row["account_name"], 22)) for row in level],
			"datasets": [
				{"name": _("Remaining"), "values": [row["remaining"] for row in level]},
				{
					"name": _("Expected"),
					"values": [row["weighted"] + row["ordered"] for row in level],
				},
				{"name": _("If All Is Won"), "values": [row["open"] + row["ordered"] for row in level]},
			],
		},
		"colors": ["#d1d8dd", "#2490ef", "#7b9acc"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": level[0]["currency"],
	}


# ---------------------------------------------------------------- age


def ageing_view(question: Question, filters: frappe._dict) -> common.Report:
	frame = shown_deals(question, filters)
	frame = frame[frame["status"].isin(engine.LIVE)]
	columns = [
		common.text_column("band", _("At the Same Gate"), 200),
		{"fieldname": "deals", "label": _("Deals"), "fieldtype": "Int", "width": 90},
		common.money_column("open", _("Open")),
		common.number_column("share", _("Share of Open %"), 140),
		common.currency_column(),
	]
	if frame.empty:
		return common.nothing(pipeline.no_deals_hint(filters), columns)
	bands = engine.ageing(frame.assign(age=frame["stands"]), engine.age_bands(ageing_days()))
	whole = float(bands["open"].sum())
	rows = [
		{
			"band": band_text(row["from_days"], row["to_days"], first=not index),
			"deals": row["deals"],
			"open": flt(row["open"], 2),
			"share": common.known(common.ratio(row["open"], whole), 1),
			"currency": question.currency,
		}
		for index, row in enumerate(common.plain(row) for row in bands.to_dict("records"))
	]
	message = pipeline.explain(
		question,
		frame,
		filters,
		_(
			"Days since the last gate was passed, or since the deal began, of deals that are neither won nor lost; those on hold are included."
		),
		_("A deal older than {0} days counts as old (KAM Settings).").format(common.bold(ageing_days())),
	)
	chart = {
		"type": "bar",
		"data": {
			"labels": [row["band"] for row in rows],
			"datasets": [{"name": _("Open"), "values": [row["open"] for row in rows]}],
		},
		"colors": ["#7b9acc"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": question.currency,
	}
	ages = frame["stands"].dropna().astype(float)
	old = int((ages > ageing_days()).sum())
	summary = [
		common.count_item(_("Deals"), len(frame)),
		common.number_item(_("Median Days at a Gate"), float(ages.median()) if len(ages) else None),
		common.count_item(
			_("At a Gate over {0} Days").format(ageing_days()), old, "Orange" if old else "Green"
		),
	]
	return columns, rows, message, chart, summary


def band_text(low: int, high: int | None, first: bool) -> str:
	if high is None or high != high:
		return _("over {0} days").format(int(low))
	return _("{0} to {1} days").format(int(low) if first else int(low) + 1, int(high))


# ---------------------------------------------------------------- gates


def gates_view(question: Question, filters: frappe._dict) -> common.Report:
	frame = pipeline.read(question, filters)
	own = frame[frame["source"] == OWN]
	table = engine.gate_conversion(opportunity_details.gates(question.company, own["deal"]))
	columns = [
		common.text_column("gate", _("Gate"), 230),
		common.text_column("template", _("Series of Gates"), 200),
		*(
			{"fieldname": name, "label": label, "fieldtype": "Int", "width": 100}
			for name, label in (
				("reached", _("Reached")),
				("passed", _("Passed", context="KAM")),
				("stopped", _("Stopped", context="KAM")),
				("waiting", _("Waiting")),
			)
		),
		common.number_column("conversion", _("Conversion %"), 120),
		common.number_column("days", _("Days to Pass"), 110),
		{"fieldname": "reworks", "label": _("Sent Back"), "fieldtype": "Int", "width": 100},
	]
	rows = [
		{
			**row,
			"gate": _(row["gate"]),
			"template": row["template"],
			"conversion": common.known(row["conversion"], 1),
			"days": common.known(row["days"], 0),
		}
		for row in table.to_dict("records")
	]
	if not rows:
		return common.nothing(
			common.hint(_("No opportunity has gates yet. Choose a series of gates in a key project.")),
			columns,
		)
	rates = engine.win_rate(own)
	reached = [row for row in rows if row["reached"]]
	message = pipeline.explain(
		question,
		own,
		filters,
		_(
			"Conversion: of those decided on at a gate, how many passed. Waiting stand at the gate now; stopped ended there, were lost or dropped. Days run from the gate before, or from the start."
		),
	)
	chart = {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(plans.first_words(row["gate"], 24)) for row in reached],
			"datasets": [
				{"name": _("Passed", context="KAM"), "values": [row["passed"] for row in reached]},
				{"name": _("Waiting"), "values": [row["waiting"] for row in reached]},
				{"name": _("Stopped", context="KAM"), "values": [row["stopped"] for row in reached]},
			],
		},
		"colors": ["#28a745", "#7b9acc", "#d55e00"],
		"barOptions": {"stacked": 1},
		"fieldtype": "Int",
	}
	summary = [
		common.count_item(_("Opportunities"), len(own)),
		common.percent_item(_("Win Rate"), rates.rate),
		common.percent_item(_("Win Rate by Value"), rates.rate_by_value),
		common.number_item(_("Average Days to Win"), rates.days_to_win),
	]
	return columns, rows, message, chart if reached else None, summary
