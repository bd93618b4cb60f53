"""Prints of a Key Account Plan: one page, in full, and the customer's version.

The internal prints show what their reader may see: permission levels, the customers and the actions he may read. A plan
that is closed, superseded or cancelled is printed with the figures it holds; before that they are read as of now.

The customer's version shows what is named in this module and nothing else.
"""

import copy
from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate, nowdate

from kam_erpnext.data import budget, objectives, plan_figures
from kam_erpnext.printing import charts, fit, power_map, show

ENDED = ("Closed", "Superseded", "Cancelled")
NOT_APPROVED = ("Draft", "In Review", "Rejected")
STATUS_COLOURS = {
	"Draft": charts.GREY,
	"In Review": charts.AMBER,
	"Rejected": charts.RED,
	"Approved": charts.TEAL,
	"In Execution": charts.BLUE,
	"Closed": charts.INK,
	"Superseded": charts.GREY,
	"Cancelled": charts.RED,
}
DONE, DROPPED = "Done", "Dropped"
SWOT_KINDS = ("Strength", "Weakness", "Opportunity", "Threat")
SWOT_TITLES = {
	"Strength": "Strengths",
	"Weakness": "Weaknesses",
	"Opportunity": "Opportunities",
	"Threat": "Threats",
}
# columns of the table of months
GROUPS_ABREAST = 6
RANK = {"High": 0, "Medium": 1, "Low": 2}

# rows and characters at most on one page
ONE_PAGE = frappe._dict(
	objectives=10,
	actions=12,
	groups=8,
	swot=4,
	risks=5,
	budget=6,
	text=230,
	objective=105,
	subject=68,
	cell=72,
	chart=(460, 195),
)
IN_FULL = frappe._dict(
	objectives=None,
	actions=None,
	groups=None,
	swot=None,
	risks=None,
	budget=None,
	text=4000,
	objective=2000,
	subject=300,
	cell=2000,
	chart=(560, 190),
)

# measures a customer never reads of, and those whose figures he may know
PRIVATE_MEASURES = frozenset(
	{"gross_profit", "gross_margin", "share_of_wallet", "market_share_value", "market_share_units"}
)
SHAREABLE_MEASURES = frozenset(
	{
		"net_sales",
		"sales_growth",
		"orders",
		"order_frequency",
		"item_groups",
		"payment_delay",
		"open_issues",
		"calls_made",
		"survey_score",
	}
)


# ---------------------------------------------------------------- jinja methods


def kam_plan_one_page(doc, letter_head: str | None = None) -> dict:
	"""The plan on one page, long tables and texts cut, a little smaller when there is much to say."""
	data = _internal(doc, ONE_PAGE)
	fit.trim(data, bool(letter_head))
	data["page"]["density"] = fit.density(data, bool(letter_head))
	return show.escaped(data)


def kam_plan_in_full(doc) -> dict:
	"""The whole plan."""
	plan = visible(doc)
	data = _internal(doc, IN_FULL)
	data.update(
		currency=plan.currency,
		texts=_texts(plan),
		factors=[
			{"factor": row.factor, "evidence": row.evidence, "status": _(row.status or "Unknown")}
			for row in plan.get("success_factors") or []
		],
		competition=[
			{
				"competitor": row.competitor_name or row.competitor,
				"offer": row.offer,
				"share": show.percent(row.share_of_wallet) if flt(row.share_of_wallet) else show.UNKNOWN,
				"strengths": row.strengths,
				"weaknesses": row.weaknesses,
				"response": row.response,
			}
			for row in plan.get("competition") or []
		],
		team=_team(plan),
		resources=[
			{
				"resource": row.resource,
				"purpose": row.purpose,
				"days": show.number(row.days) if flt(row.days) else show.UNKNOWN,
				"agreed": _(row.agreed or "No"),
				"remark": row.remark,
			}
			for row in plan.get("resources") or []
		],
		questions=_questions(plan),
		months=_months_table(plan),
		blocks=[
			{
				"block": _(row.block),
				"required": cint(row.required),
				"filled": show.percent(row.filled),
				"bar": charts.progress_bar(row.filled, rtl=data["page"]["rtl"]),
				"missing": row.missing,
			}
			for row in plan.get("blocks") or []
		],
		versions=_versions(plan),
		power_map=power_map.map_of_plan(plan),
		at_approval=_at_approval(plan),
	)
	return show.escaped(data)


def kam_plan_for_customer(doc) -> dict:
	"""What a customer may read of a plan. Fields, rows and measures are named here one by one."""
	page = show.page_setup()
	# the browser and the PDF show the title of the document in their own title
	period = show.days(doc.from_date, doc.to_date)
	doc.title = f"{doc.account_name}: {period}"
	return show.escaped(
		{
			"page": page,
			"account": doc.account_name,
			"company": doc.company,
			"period": period,
			"draft": doc.status in NOT_APPROVED,
			"value_promise": show.lines(doc.get("value_promise")),
			"objectives": [
				_objective_for_customer(row, doc.currency, page["rtl"])
				for row in doc.get("objectives") or []
				if shown_to_customer(row) and row.state != "Dropped"
			],
			"goals": _confirmed_goals(doc.key_account),
			"actions": _actions_for_customer(doc.name),
			"team": [
				{"name": row.full_name, "function": _(row.function or "")}
				for row in doc.get("team") or []
				if row.full_name
			],
			"next_review": show.day(doc.get("next_review")),
			"review_every": _(doc.get("review_every") or "") or show.UNKNOWN,
			"reviews": _review_dates(doc.name),
		}
	)


# ---------------------------------------------------------------- internal prints


def visible(doc):
	"""A copy of the document without what its reader may not see."""
	mailed = frappe.flags.ignore_print_permissions  # Frappe attaches prints to mails as Administrator
	if not mailed and not doc.has_permission("read"):
		frappe.throw(_("This print is internal. Use the customer's version instead."), frappe.PermissionError)
	seen = copy.deepcopy(doc)
	seen.apply_fieldlevel_read_permissions()
	if mailed:
		for df in seen.meta.fields:
			if df.permlevel:
				seen.set(df.fieldname, None)
	return seen


def _internal(doc, limits) -> dict:
	plan = visible(doc)
	page = show.page_setup()
	rtl = page["rtl"]
	figures = figures_of(plan)
	if plan.status not in ENDED:
		objectives.refresh(plan)
	rows, more_objectives = show.top(plan.get("objectives") or [], limits.objectives)
	return {
		"page": page,
		"head": _head(plan),
		"situation": show.cut(plan.get("situation"), limits.text),
		"strategy": show.cut(plan.get("strategy"), limits.text),
		"value_promise": show.cut(plan.get("value_promise"), limits.text),
		"tiles": _tiles(figures),
		"chart": charts.months_chart(figures.months, figures.currency, *limits.chart),
		"groups": _groups(figures, limits, rtl),
		"objectives": {
			"rows": [_objective(row, figures.currency, limits, rtl) for row in rows],
			"more": more_objectives,
		},
		"actions": _actions(plan, limits),
		"swot": _swot(plan, limits),
		"risks": _risks(plan, limits),
		"budget": _budget(plan, figures.currency, limits),
		"note": _figures_note(plan, figures),
	}


def figures_of(plan):
	"""Targets and sales: as kept by a plan that has ended, else as of now."""
	kept = kept_by(plan)
	figures = frappe._dict(kept["figures"] if kept else plan_figures.target_figures(plan))
	figures.currency = figures.currency or plan.currency
	day = getdate(figures.as_of or nowdate())
	figures.months = [
		{**row, "actual": row.get("actual") if getdate(row["month"]) <= day else None}
		for row in figures.get("months") or []
	]
	figures.item_groups = figures.get("item_groups") or []
	return figures


def kept_by(plan) -> dict | None:
	"""The figures a plan that has ended was closed with, or else approved with."""
	if plan.status not in ENDED:
		return None
	frozen = frappe.parse_json(plan.get("frozen") or "{}") or {}
	return frozen.get("closed") or frozen.get("approved")


def _figures_note(plan, figures) -> str:
	kept = kept_by(plan)
	if kept:
		return _("Figures as the plan kept them on {0}.").format(show.day(kept["taken_on"]))
	return _("Figures read from the books, as of {0}.").format(show.day(figures.as_of or nowdate()))


def _at_approval(plan) -> dict | None:
	"""What the plan was approved with."""
	approved = (frappe.parse_json(plan.get("frozen") or "{}") or {}).get("approved")
	if not approved:
		return None
	figures = frappe._dict(approved["figures"])
	return {
		"on": show.day(approved["taken_on"]),
		"target": show.money(figures.target, figures.currency),
		"actual": show.money(figures.actual, figures.currency),
		"before": show.money(figures.before, figures.currency),
	}


def _head(plan) -> dict:
	approved = plan.get("approved_by_name") or (plan.get("approved_by") and show.person(plan.approved_by))
	return {
		"name": plan.name,
		"account": plan.account_name or plan.key_account,
		"title": plan.title,
		"company": plan.company,
		"period": show.days(plan.from_date, plan.to_date),
		"period_type": _(plan.period_type or ""),
		"scope": _(plan.scope or ""),
		"status": _(plan.status or ""),
		"status_colour": STATUS_COLOURS.get(plan.status, charts.GREY),
		"version": cint(plan.version) or 1,
		"prepared_by": show.person(plan.get("prepared_by")),
		"approved_by": approved or show.UNKNOWN,
		"approved_on": show.day(plan.approved_on) if plan.get("approved_on") else None,
		"next_review": show.day(plan.get("next_review")),
		"review_every": _(plan.get("review_every") or ""),
		"completeness": show.percent(plan.get("completeness")),
		"rejection_reason": plan.get("rejection_reason") if plan.status == "Rejected" else None,
	}


def _tiles(figures) -> list[dict]:
	currency = figures.currency
	growth = show.change(figures.actual, figures.before)
	pace = figures.get("pace")
	return [
		{
			"label": _("Target", context="KAM"),
			"value": show.money(figures.target, currency),
			"note": _("whole period"),
		},
		{
			"label": _("Target to date"),
			"value": show.money(figures.target_to_date, currency),
			"note": _("until {0}").format(show.day(figures.as_of or nowdate())),
		},
		{
			"label": _("Actual to date"),
			"value": show.money(figures.actual, currency),
			"note": _("net sales"),
			"strong": True,
		},
		{
			"label": _("Of the target to date"),
			"value": show.percent(pace, 1),
			"note": _("{0} of the whole").format(show.percent(figures.get("attainment")))
			if show.known(figures.get("attainment"))
			else "",
			"colour": _attainment_colour(pace),
		},
		{
			"label": _("Year before"),
			"value": show.money(figures.before, currency),
			"note": _("{0} against it").format(growth) if growth else _("same days"),
		},
	]


def _attainment_colour(value) -> str | None:
	if not show.known(value):
		return None
	return charts.TEAL if value >= 97 else charts.AMBER if value >= 85 else charts.RED


def _groups(figures, limits, rtl: bool) -> dict:
	rows, more = show.top(figures.item_groups, limits.groups)
	currency = figures.currency
	return {
		"rows": [
			{
				"label": show.cut(
					row.get("label") or row.get("item_group") or _("Everything else"),
					26 if limits.groups else 140,
				),
				"target": show.money(row.get("target"), currency),
				"to_date": show.money(row.get("target_to_date"), currency),
				"actual": show.money(row.get("actual"), currency),
				"before": show.money(row.get("before"), currency),
				"pace": show.percent(row.get("pace")),
				"bar": charts.attainment_bar(row.get("pace"), rtl),
				"qty_target": show.number(row["qty_target"]) if flt(row.get("qty_target")) else "",
				"qty_actual": show.number(row["qty_actual"]) if flt(row.get("qty_target")) else "",
			}
			for row in rows
		],
		"more": more,
		"with_quantity": any(flt(row.get("qty_target")) for row in rows),
	}


def _objective(row, currency, limits, rtl: bool) -> dict:
	unit = unit_of(row)
	progress = clipped(row.progress) if cint(row.value_known) else None
	return {
		"code": row.code,
		"objective": show.cut(row.objective, limits.objective),
		"why": row.why,
		"remark": row.remark,
		"horizon": _(row.horizon or ""),
		"whose": _(row.belongs_to or ""),
		"customers": row.belongs_to == "Customer's",
		"measure": _(row.measure) if row.measure else "",
		"item_group": row.item_group,
		"baseline": show.quantity(row.baseline if cint(row.baseline_known) else None, unit, currency),
		"target": show.quantity(row.target, unit, currency)
		if row.measure or flt(row.target)
		else show.UNKNOWN,
		"value": show.quantity(row.value if cint(row.value_known) else None, unit, currency),
		"progress": show.percent(progress),
		"bar": charts.progress_bar(progress, row.state, rtl),
		"due": show.day(row.due),
		"owner": show.person(row.responsible, row.responsible_name),
		"weight": show.percent(row.weight),
		"state": _(row.state or "Open"),
		"colour": charts.STATE_COLOURS.get(row.state, charts.SOFT),
	}


def clipped(progress) -> float | None:
	"""Progress between 0 and 100; how far beyond does not matter on paper."""
	return min(max(flt(progress), 0.0), 100.0) if show.known(progress) else None


def unit_of(row) -> str:
	"""Unit of an objective: that of its measure, or what its author wrote."""
	unit = frappe.get_cached_value("KAM Measure", row.measure, "unit") if row.measure else None
	return unit or row.unit or ""


def _readable_actions(plan) -> list:
	if not frappe.has_permission("Key Account Action"):
		return []
	return frappe.get_list(
		"Key Account Action",
		filters={"plan": plan.name},
		fields=[
			"name",
			"subject",
			"status",
			"priority",
			"responsible",
			"responsible_name",
			"start_date",
			"end_date",
			"is_milestone",
			"progress",
			"objective_code",
			"result",
			"planned_cost",
			"spent_cost",
			"currency",
		],
		order_by="end_date asc, name asc",
		limit=0,
	)


def _actions(plan, limits) -> dict:
	today = getdate(nowdate())
	rows = _readable_actions(plan)
	open_ones = [row for row in rows if row.status not in (DONE, DROPPED)]
	overdue = [row for row in open_ones if row.end_date and getdate(row.end_date) < today]
	chosen, more = show.top(open_ones, limits.actions) if limits.actions else (rows, 0)
	return {
		"rows": [
			{
				"subject": show.cut(row.subject, limits.subject),
				"milestone": cint(row.is_milestone),
				"code": row.objective_code,
				"start": show.day(row.start_date),
				"due": show.day(row.end_date),
				"overdue": row in overdue,
				"owner": show.person(row.responsible, row.responsible_name),
				"status": _(row.status),
				"done": row.status == DONE,
				"priority": _(row.priority or ""),
				"progress": show.percent(row.progress),
				"result": row.result,
				"planned": show.money(row.planned_cost, row.currency) if flt(row.planned_cost) else "",
				"spent": show.money(row.spent_cost, row.currency) if flt(row.spent_cost) else "",
			}
			for row in chosen
		],
		"more": more,
		"open": len(open_ones),
		"overdue": len(overdue),
		"done": sum(row.status == DONE for row in rows),
		"all": sum(row.status != DROPPED for row in rows),
	}


def _swot(plan, limits) -> list[dict]:
	by_kind = defaultdict(list)
	for row in sorted(plan.get("swot") or [], key=lambda row: RANK.get(row.importance, 1)):
		by_kind[row.kind].append(row)
	result = []
	for kind in SWOT_KINDS:
		rows, more = show.top(by_kind[kind], limits.swot)
		result.append(
			{
				"kind": kind,
				"title": _(SWOT_TITLES[kind]),
				"rows": [
					{
						"statement": show.cut(row.statement, limits.cell),
						"importance": _(row.importance or ""),
						"consequence": row.consequence,
					}
					for row in rows
				],
				"more": more,
			}
		)
	return result if any(box["rows"] for box in result) else []


def _risks(plan, limits) -> dict:
	every = sorted(
		plan.get("risks") or [], key=lambda row: RANK.get(row.likelihood, 1) + RANK.get(row.impact, 1)
	)
	rows, more = show.top(every, limits.risks)
	return {
		"rows": [
			{
				"risk": show.cut(row.risk, limits.cell),
				"likelihood": _(row.likelihood or ""),
				"impact": _(row.impact or ""),
				"grave": RANK.get(row.likelihood, 1) + RANK.get(row.impact, 1) <= 1,
				"countermeasure": show.cut(row.countermeasure, limits.cell),
				"owner": show.person(row.responsible, row.responsible_name),
			}
			for row in rows
		],
		"more": more,
	}


def _budget(plan, currency, limits) -> dict:
	spent = _spent(plan)
	every = []
	for row in plan.get("budget") or []:
		committed, paid = spent.get(row.code, (row.committed, row.spent))
		every.append((row, flt(committed), flt(paid)))
	rows, more = show.top(every, limits.budget)
	planned, paid = sum(flt(row.planned) for row, _c, _s in every), sum(entry[2] for entry in every)
	return {
		"rows": [
			{
				"code": row.code,
				"purpose": show.cut(row.purpose, 34 if limits.budget else 140),
				"planned": show.money(row.planned, currency),
				"committed": show.money(committed, currency),
				"spent": show.money(paid_for, currency),
			}
			for row, committed, paid_for in rows
		],
		"more": more,
		"planned": show.money(planned, currency),
		"committed": show.money(sum(entry[1] for entry in every), currency),
		"spent": show.money(paid, currency),
		"share": show.percent(100 * paid / planned) if planned else show.UNKNOWN,
	}


def _spent(plan) -> dict:
	"""Committed and spent from documents; a plan that has ended shows what it kept."""
	if plan.status in ENDED or not plan.get("budget"):
		return {}
	return budget.spent(plan)


def _texts(plan) -> list[dict]:
	fields = ("situation", "strategy", "value_promise", "people_notes", "closing_note")
	return [
		{
			"label": _(plan.meta.get_label(field)),
			"text": show.lines(plan.get(field)),
			"confidential": plan.meta.get_field(field).permlevel > 0,
		}
		for field in fields
		if plan.get(field)
	]


def _team(plan) -> list[dict]:
	return [
		{
			"name": row.full_name or row.user,
			"function": _(row.function or ""),
			"share": show.percent(row.share_of_time) if flt(row.share_of_time) else show.UNKNOWN,
		}
		for row in plan.get("team") or []
	]


def _questions(plan) -> list[dict]:
	by_block: dict[str, list] = {}
	for row in plan.get("questions") or []:
		by_block.setdefault(row.building_block, []).append(
			{"question": row.question, "answer": show.lines(row.answer) or show.UNKNOWN}
		)
	return [{"block": _(block), "rows": rows} for block, rows in by_block.items()]


def _months_table(plan) -> list[dict]:
	"""Targets by month and item group as approved; more item groups than fit beside each other go on below."""
	amounts, groups, months = defaultdict(float), [], []
	for row in plan.get("months") or []:
		group, first = row.item_group or _("Everything else"), getdate(row.month)
		amounts[first, group] += flt(row.amount)
		if group not in groups:
			groups.append(group)
		if first not in months:
			months.append(first)
	months.sort()

	def amount(first, group) -> str:
		return show.cents(amounts[first, group]) if (first, group) in amounts else ""

	tables = []
	for start in range(0, len(groups), GROUPS_ABREAST):
		abreast = groups[start : start + GROUPS_ABREAST]
		last = start + GROUPS_ABREAST >= len(groups)
		tables.append(
			{
				"groups": abreast if len(groups) > 1 else [],
				"with_total": last,
				"rows": [
					{
						"month": show.month(first, with_year=True),
						"amounts": [amount(first, group) for group in abreast] if len(groups) > 1 else [],
						"total": show.cents(sum(amounts.get((first, group), 0) for group in groups)),
					}
					for first in months
				],
				"totals": [
					show.cents(sum(amounts.get((first, group), 0) for first in months)) for group in abreast
				]
				if len(groups) > 1
				else [],
				"total": show.cents(sum(amounts.values())),
			}
		)
	return tables


def _versions(plan) -> list[dict]:
	first = plan.get("first_version") or plan.name
	rows = frappe.get_list(
		"Key Account Plan",
		filters={"first_version": first},
		fields=[
			"name",
			"version",
			"status",
			"prepared_by",
			"approved_by_name",
			"approved_on",
			"total_target",
		],
		order_by="version asc, creation asc",
		limit=0,
	)
	return [
		{
			"name": row.name,
			"version": row.version,
			"status": _(row.status),
			"prepared_by": show.person(row.prepared_by),
			"approved_by": row.approved_by_name or show.UNKNOWN,
			"approved_on": show.day(row.approved_on),
			"target": show.money(row.total_target, plan.currency),
			"this": row.name == plan.name,
		}
		for row in rows
	]


# ---------------------------------------------------------------- the customer's version


def shown_to_customer(row) -> bool:
	"""Objectives of the customer, and those of ours that were marked; none of them on margin or share of wallet."""
	if not (row.belongs_to == "Customer's" or cint(row.get("for_customer"))):
		return False
	return measure_key(row.get("measure")) not in PRIVATE_MEASURES


def figures_shown_to_customer(row) -> bool:
	"""A measure of the site's own may be anything, so its figures stay inside."""
	return not row.get("measure") or measure_key(row.measure) in SHAREABLE_MEASURES


def measure_key(measure: str | None) -> str | None:
	return frappe.get_cached_value("KAM Measure", measure, "measure_key") if measure else None


def _objective_for_customer(row, currency, rtl: bool) -> dict:
	open_figures = figures_shown_to_customer(row)
	unit = unit_of(row)
	value = row.value if open_figures and cint(row.value_known) else None
	progress = clipped(row.progress) if show.known(value) else None
	return {
		"objective": row.objective,
		"customers": row.belongs_to == "Customer's",
		"due": show.day(row.due),
		"owner": row.responsible_name or show.UNKNOWN,
		"target": show.quantity(objectives.target_of(row) if open_figures else None, unit, currency),
		"value": show.quantity(value, unit, currency),
		"progress": show.percent(progress),
		"bar": charts.progress_bar(progress, "Achieved" if row.state == "Achieved" else None, rtl),
	}


def _confirmed_goals(key_account: str) -> list[dict]:
	"""What the customer itself told us it wants to reach, and what we add to it."""
	return [
		{"goal": row.goal, "due": show.day(row.due), "contribution": row.our_contribution}
		for row in frappe.get_all(
			"Key Account Customer Goal",
			filters={"parenttype": "Key Account", "parent": key_account},
			fields=["goal", "due", "our_contribution", "confirmed_on"],
			order_by="idx asc",
		)
		if row.confirmed_on
	]


def _actions_for_customer(plan: str) -> list[dict]:
	"""Actions marked for the customer. Who may read the plan may read them."""
	return [
		{
			"subject": row.subject,
			"milestone": cint(row.is_milestone),
			"due": show.day(row.end_date),
			"owner": row.responsible_name or show.UNKNOWN,
			"status": _(row.status),
			"done": row.status == DONE,
		}
		for row in frappe.get_all(
			"Key Account Action",
			filters={"plan": plan, "for_customer": 1, "status": ("!=", DROPPED)},
			fields=["subject", "is_milestone", "end_date", "responsible_name", "status"],
			order_by="end_date asc, name asc",
		)
	]


def _review_dates(plan: str) -> list[str]:
	return [
		show.day(date)
		for date in frappe.get_all(
			"Key Account Business Review",
			filters={"plan": plan, "docstatus": 1},
			pluck="review_date",
			order_by="review_date asc",
		)
	]
