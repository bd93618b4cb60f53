"""Profit and loss of key accounts and customers down to the margin after key account work, with return and lifetime value."""

from dataclasses import replace

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt, fmt_money

from kam_erpnext.data import accounts, cost_rates, profit_comparison
from kam_erpnext.data.profit_comparison import OTHERS, PRIOR_YEAR, Comparison
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine.customer_value import (
	forecast_years,
	lifetime_value,
	return_on_account_work,
	rolled_up,
	whale_curve,
)
from kam_erpnext.kam_erpnext.report import common, plans
from kam_erpnext.kam_erpnext.report.common import Scope

BY_ACCOUNT, BY_CUSTOMER, BY_SEGMENT = "Key Account", "Customer", "Market Segment"
TREES = {"Territory": "territory", "Customer Group": "customer_group"}
WATERFALL, MARGINS, WHALE, LIFETIME = "Waterfall", "Waterfall from CM1", "Whale Curve", "Lifetime Value"
# assumptions of the lifetime value when the filters say nothing
YEARS, RETENTION, DISCOUNT, GROWTH = 3, 90.0, 10.0, 0.0
AMOUNTS = ("gross_sales", "discounts", "returned", "net_sales", "cost", "serving", "work")
COMPARED = ("cm2_before", "net_sales_before", "baseline")
DRAWN_POINTS = 400
NO_ACCOUNT, NOT_ASSIGNED = "\x00none", "\x00not assigned"


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	scope = common.read_scope(filters)
	if not scope:
		return common.nothing(common.company_hint())
	assumptions = assumptions_of(filters, scope)
	tree = plans.subtree_of(accounts.accounts(), filters.key_account)
	asked = customers_asked(scope, filters)
	baseline = OTHERS if filters.baseline == OTHERS else PRIOR_YEAR
	found = profit_comparison.compare(asked, scope.period, baseline, tree)
	if found.frame.empty and found.work.frame.empty:
		return common.nothing(common.no_sales_hint(scope, scope.period), get_columns(filters, found))
	data = get_data(found, tree, filters, scope, assumptions)
	return (
		get_columns(filters, found),
		data,
		get_message(found, scope, filters, assumptions),
		get_chart(found, scope, filters, assumptions),
		get_summary(found, scope, assumptions),
	)


def customers_asked(scope: Scope, filters: frappe._dict):
	"""The sales of the scope, restricted to the customers of the account of the filter."""
	if not filters.key_account:
		return scope.sales
	names = tuple(accounts.visible_customers(filters.key_account))
	return replace(scope.sales, customers=names or ("",))


# ---------------------------------------------------------------- lifetime value


def assumptions_of(filters: frappe._dict, scope: Scope) -> frappe._dict:
	"""Years, retention, discount and growth of the filters, and what a margin of 1 of the period is worth."""
	found = frappe._dict(
		years=cint(filters.years) or YEARS,
		retention=number(filters.retention, RETENTION, _("Retention %")),
		discount=number(filters.discount, DISCOUNT, _("Discount Rate %")),
		growth=number(filters.growth, GROWTH, _("Margin Growth %")),
		annual=365.0 / scope.period.days,
	)
	try:
		years = forecast_years(found.annual, found.years, found.growth, found.retention)
		found.factor = lifetime_value(years, found.discount)
		found.by_year = [lifetime_value(years[: place + 1], found.discount) for place in range(len(years))]
	except ValueError:
		frappe.throw(
			_(
				"Lifetime value: please choose 1 to 20 Years, a Retention from 0 to 100 % and a Discount Rate above -100 %."
			)
		)
	return found


def number(value, default: float, label: str) -> float:
	"""A percentage of a filter, with a point or a comma; the default when it is empty."""
	if value in (None, ""):
		return default
	try:
		return float(str(value).replace("%", "").replace(",", ".").strip())
	except ValueError:
		frappe.throw(_("{0}: {1} is not a number.").format(label, value))


# ---------------------------------------------------------------- rows


def is_narrowed(filters: frappe._dict) -> bool:
	"""Whether the filters show only some customers of an account, so that its work must be shared out."""
	return any(filters.get(field) for field in common.RESTRICTIONS)


def get_data(
	found: Comparison, tree: pd.DataFrame, filters: frappe._dict, scope: Scope, assumptions: frappe._dict
) -> list[dict]:
	frame = found.frame.copy()
	names = drivers_shown(filters, found)
	fields = [*AMOUNTS, *COMPARED, "documents", *(f"cost_{name}" for name in names)]
	if found.now.partial:
		frame["work"] = float("nan")
	if filters.by == BY_CUSTOMER:
		rows = flat_rows(frame, fields)
	elif filters.by == BY_SEGMENT:
		rows = tree_rows(frame, fields, "market_segment", {}, unshared=found.unshared)
	elif filters.by in TREES:
		rows = tree_rows(frame, fields, TREES[filters.by], nodes(filters.by)[1], unshared=found.unshared)
	else:
		rows = account_rows(frame, fields, tree, found, filters)
	titles = tree.set_index("key_account")["account_name"].to_dict()
	for row in rows:
		row["account_name"] = titles.get(row.get("of_account"))
	return [finish(row, names, found, filters, scope, assumptions) for row in rows]


def flat_rows(frame: pd.DataFrame, fields: list[str]) -> list[dict]:
	frame = frame.sort_values("net_sales", ascending=False, kind="stable")
	return [
		customer_row(name, row, fields, 0, None)
		for name, row in zip(frame.index, frame.to_dict("records"), strict=True)
	]


def customer_row(name: str, row: dict, fields: list[str], indent: int, parent: str | None) -> dict:
	return {
		**{field: row[field] for field in fields},
		"node": f"customer:{name}",
		"parent_node": parent,
		"indent": indent,
		"label": row["customer_name"] or name,
		"customer": name,
		"of_account": row["key_account"],
	}


def tree_rows(
	frame: pd.DataFrame, fields: list[str], field: str, parents: dict, unshared: float = 0.0
) -> list[dict]:
	"""Nodes of a tree of customers; work of accounts without customers stands where nothing is assigned."""
	leaf = frame[field].astype(object).where(frame[field].fillna("") != "", NOT_ASSIGNED)
	values = frame[fields].set_axis(leaf.tolist(), axis=0)
	if unshared:
		extra = dict.fromkeys(fields, 0.0) | {"work": unshared}
		values = pd.concat([values, pd.DataFrame([extra], index=[NOT_ASSIGNED])])
	sums = rolled_up(values, parents)
	rows = []
	for node, depth, parent in in_tree_order(sums, parents):
		rows.append(
			{
				**sums.loc[node].to_dict(),
				"node": node,
				"parent_node": parent,
				"indent": depth,
				"label": _("Not Assigned") if node == NOT_ASSIGNED else node,
				field: None if node == NOT_ASSIGNED else node,
				"is_group": 1,
			}
		)
	return rows


def in_tree_order(sums: pd.DataFrame, parents: dict):
	"""(node, depth, parent), the nodes of one parent by falling net sales."""
	children: dict = {}
	for node in sums.index:
		parent = parents.get(node)
		children.setdefault(parent if parent in sums.index else None, []).append(node)

	def walk(parent, depth):
		for node in sorted(children.get(parent, []), key=lambda name: (-sums.at[name, "net_sales"], name)):
			yield node, depth, parent
			yield from walk(node, depth + 1)

	yield from walk(None, 0)


def account_rows(
	frame: pd.DataFrame, fields: list[str], tree: pd.DataFrame, found: Comparison, filters: frappe._dict
) -> list[dict]:
	"""The tree of accounts, each with everything below it, and one row for customers without an account."""
	names = tree.set_index("key_account")
	parents = {
		name: parent if parent in names.index else None
		for name, parent in names["parent_key_account"].items()
	}
	frame = frame.copy()
	leaf = frame["key_account"].where(frame["key_account"].notna(), NO_ACCOUNT)
	direct = not is_narrowed(filters) and not found.now.partial
	if direct:
		# the account itself carries its work: nothing needs to be shared out
		frame["work"] = 0.0
	values = frame[fields].set_axis(leaf.tolist(), axis=0)
	if direct and len(found.work.frame):
		spent = pd.DataFrame(0.0, index=found.work.frame.index, columns=fields)
		spent["work"] = found.work.frame["spent"]
		values = pd.concat([values, spent])
	sums = rolled_up(values, parents)
	budget = (
		rolled_up(found.work.frame[["planned"]].dropna(), parents)["planned"]
		if len(found.work.frame)
		else pd.Series(dtype=float)
	)
	rows = []
	listed = frame.assign(leaf=leaf).sort_values("net_sales", ascending=False, kind="stable")
	if direct:
		listed["work"] = float("nan")
	shown = cint(filters.show_customers)
	for node, depth, parent in in_tree_order(sums, parents):
		known = node != NO_ACCOUNT
		if not known and filters.key_account:
			continue
		rows.append(
			{
				**sums.loc[node].to_dict(),
				"node": f"account:{node}" if known else NO_ACCOUNT,
				"parent_node": f"account:{parent}" if parent else None,
				"indent": depth,
				"label": names.at[node, "account_name"] if known else _("Without Key Account"),
				"key_account": node if known else None,
				"level": names.at[node, "level"] if known else None,
				"planned": budget.get(node),
				"is_group": 1,
			}
		)
		if shown:
			own = listed[listed["leaf"] == node]
			rows += [
				customer_row(name, row, fields, depth + 1, rows[-1]["node"])
				for name, row in zip(own.index, own.to_dict("records"), strict=True)
			]
	# customers without an account last
	return sorted(rows, key=lambda row: NO_ACCOUNT in (row["node"], row["parent_node"]))


def finish(
	row: dict,
	names: list[str],
	found: Comparison,
	filters: frappe._dict,
	scope: Scope,
	assumptions: frappe._dict,
) -> dict:
	"""A row with its margins, shares, return and lifetime value; what is not known is None."""
	row = common.plain(with_margins(row))
	back = return_on_account_work(
		row["cm2"],
		row["baseline"],
		flt(row["work"]),
		months=scope.period.days * 12 / 365.0,
	)
	in_programme = bool(row.get("key_account") or row.get("of_account")) or flt(row["work"]) > 0
	result = {name: common.known(row[name], 2) for name in (*AMOUNTS, "cm1", "cm2", "cm3")}
	result.update({f"cost_{name}": common.known(row[f"cost_{name}"]) for name in names})
	result.update(
		{
			name: row.get(name)
			for name in (
				"node",
				"parent_node",
				"indent",
				"label",
				"customer",
				"key_account",
				"of_account",
				"account_name",
				"territory",
				"customer_group",
				"market_segment",
				"is_group",
			)
		}
	)
	for name in ("cm1", "cm2", "cm3", "serving"):
		value = row[name]
		result[f"{name}_percent"] = common.known(
			None if value is None else common.ratio(value, row["net_sales"]), 1
		)
	planned = row.get("planned")
	result.update(
		level=_(row.get("level") or ""),
		planned=common.known(planned),
		budget_percent=common.known(
			common.ratio(row["work"], planned) if planned and row["work"] is not None else None, 1
		),
		gained=common.known(row["cm2"] - row["baseline"])
		if in_programme and row["cm2"] is not None and row["baseline"] is not None
		else None,
		roi=common.known(back.percent, 1),
		payback=common.known(back.payback_months, 1),
		lifetime=common.known(None if row["cm2"] is None else row["cm2"] * assumptions.factor),
		documents=cint(row["documents"]),
		currency=scope.currency,
	)
	return result


def with_margins(row: dict) -> dict:
	"""A row with its margins; NaN makes those after it NaN."""
	cm1 = row["net_sales"] - row["cost"]
	cm2 = cm1 - row["serving"]
	return {**row, "cm1": cm1, "cm2": cm2, "cm3": cm2 - row["work"]}


def drivers_shown(filters: frappe._dict, found: Comparison) -> list[str]:
	return found.now.used if cint(filters.all_steps) else []


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict, found: Comparison) -> list[dict]:
	by = filters.by or BY_ACCOUNT
	percent = plans.percent_column
	money = common.money_column
	columns = [
		common.text_column("label", _(by), 250),
		*(
			(
				money("gross_sales", _("Gross Sales")),
				money("discounts", _("Discounts"), 120),
				money("returned", _("Returns"), 120),
			)
			if cint(filters.all_steps)
			else ()
		),
		money("net_sales", _("Net Sales")),
		money("cost", _("Cost of Goods")),
		money("cm1", _("CM1")),
		percent("cm1_percent", _("CM1 %"), 85),
		money("serving", _("Cost to Serve"), 130),
		percent("serving_percent", _("Cost to Serve %"), 130),
		*(money(f"cost_{name}", cost_rates.label_of(name), 130) for name in drivers_shown(filters, found)),
		money("cm2", _("CM2")),
		percent("cm2_percent", _("CM2 %"), 85),
		money("work", _("Key Account Work"), 145),
		money("cm3", _("CM3")),
		percent("cm3_percent", _("CM3 %"), 85),
	]
	if by == BY_CUSTOMER:
		columns.insert(1, common.text_column("account_name", _("Key Account"), 170))
	if by == BY_ACCOUNT:
		columns += [money("planned", _("Budget"), 120), percent("budget_percent", _("Budget Spent %"), 125)]
	return [
		*columns,
		money("gained", _("CM2 Gained"), 130),
		percent("roi", _("Return on Work %"), 140),
		common.number_column("payback", _("Payback (Months)"), 135),
		money("lifetime", _("Lifetime Value"), 140),
		{"fieldname": "documents", "label": _("Documents", context="KAM"), "fieldtype": "Int", "width": 110},
		common.currency_column(),
	]


def get_message(found: Comparison, scope: Scope, filters: frappe._dict, assumptions: frappe._dict) -> str:
	now = found.now
	message = common.explain(
		scope,
		int(found.frame["documents"].sum()),
		filters,
		_(
			"CM1 is net sales less cost of goods, as in the report Gross Profit; CM2 is CM1 less the cost to serve; CM3 is CM2 less key account work: what documents that name a plan cost in these days."
		),
		_("Cost to serve counts {0}, with the rates of {1}.").format(
			", ".join(cost_rates.label_of(name) for name in now.used) or _("nothing"),
			common.list_link(cost_rates.RATE),
		),
	)
	for heading, text in (
		(_("Key account work"), work_text(filters, found)),
		(_("Return on work"), baseline_text(found)),
		(_("Lifetime value"), lifetime_text(assumptions, scope)),
	):
		message += f'<div class="kam-explained">{common.bold(heading)}: {text}</div>'
	if now.partial:
		message += common.warning(
			_(
				"By item group or sales person, margins end with CM1: serving a customer and working on an account cannot be divided by items."
			)
		)
	for remark in now.remarks:
		message += common.warning(remark)
	if not now.partial and not now.used:
		message += common.warning(
			_(
				"No cost driver has a rate, so CM2 equals CM1. Enter what an order, a delivery or a call costs under {0}."
			).format(common.list_link(cost_rates.RATE))
		)
	return message


def work_text(filters: frappe._dict, found: Comparison) -> str:
	if (filters.by or BY_ACCOUNT) == BY_ACCOUNT and not is_narrowed(filters):
		text = _(
			"It stands at the account whose plan it names and at those above; it is not divided among customers."
		)
		return (
			text + " " + _("Budget: that of the plans in force, in proportion to their days in the period.")
		)
	text = _("It is shared out to the customers of the account by their net sales.")
	if found.unshared:
		text += " " + _("Work of accounts without customers stands under Not Assigned.")
	return text


def baseline_text(found: Comparison) -> str:
	days = common.dates(found.before)
	if found.baseline == PRIOR_YEAR:
		return _(
			"(CM2 gained less work) in percent of work; gained against the CM2 of {0}. Payback: months until what is gained has paid for the work."
		).format(days)
	known = {growth for growth in found.growth.values() if growth.percent is not None}
	if not known:
		return _(
			"It is not known: customers outside the programme that you may see made no CM2 above 0 in {0}."
		).format(days)
	peers = max(growth.peers for growth in known)
	percents = sorted(growth.percent for growth in known)
	grown = common.percent_text(percents[0])
	if percents[0] != percents[-1]:
		grown = _("{0} to {1}").format(grown, common.percent_text(percents[-1]))
	return _(
		"(CM2 gained less work) in percent of work; gained against the CM2 of {0}, grown as comparable customers without key account did: {1}, by customer group where at least {2} had business in both periods, else all of them (up to {3})."
	).format(days, grown, profit_comparison.MINIMUM, peers)


def lifetime_text(assumptions: frappe._dict, scope: Scope) -> str:
	text = _(
		"An estimate: CM2 of the period{0}, for {1} years, growth of {2} a year, retention of {3} a year, discounted at {4}; nothing is added after the last year. It is {5} times the CM2 of a year."
	)
	scaled = "" if scope.period.days in (365, 366) else " " + _("brought to 365 days")
	return text.format(
		scaled,
		assumptions.years,
		common.percent_text(assumptions.growth),
		common.percent_text(assumptions.retention),
		common.percent_text(assumptions.discount),
		fmt_money(assumptions.factor / assumptions.annual, precision=2),
	)


def totals_of(found: Comparison) -> frappe._dict:
	"""Sums of everything shown; what is not known is None."""
	frame = found.frame
	total = frappe._dict({name: frame[name].sum(skipna=False) for name in AMOUNTS})
	total.work = float("nan") if found.now.partial else total.work + found.unshared
	return frappe._dict(common.plain(with_margins(total)))


def get_summary(found: Comparison, scope: Scope, assumptions: frappe._dict) -> list[dict]:
	total = totals_of(found)
	money = lambda label, value: (  # noqa: E731
		common.money_item(label, value, scope.currency)
		if value is not None
		else {"label": label, "value": "–", "datatype": "Data"}
	)
	inside = found.frame[found.frame["key_account"].notna()]
	back = return_on_account_work(
		common.known(inside["cm2"].sum(skipna=False), 6),
		common.known(inside["baseline"].sum(skipna=False), 6),
		flt(total.work),
	)
	return [
		money(_("Net Sales"), total.net_sales),
		money(_("CM1"), total.cm1),
		money(_("Cost to Serve"), total.serving),
		money(_("CM2"), total.cm2),
		money(_("Key Account Work"), total.work),
		money(_("CM3"), total.cm3),
		common.percent_item(
			_("Return on Work"),
			back.percent,
			None if back.percent is None else ("Green" if back.percent >= 0 else "Red"),
		),
		money(_("Lifetime Value"), None if total.cm2 is None else total.cm2 * assumptions.factor),
	]


# ---------------------------------------------------------------- charts


def get_chart(
	found: Comparison, scope: Scope, filters: frappe._dict, assumptions: frappe._dict
) -> dict | None:
	if found.frame.empty:
		return None
	total = totals_of(found)
	draw = {MARGINS: margin_chart, WHALE: whale_chart, LIFETIME: lifetime_chart}.get(
		filters.chart, waterfall_chart
	)
	chart = draw(found, total, assumptions) or waterfall_chart(found, total, assumptions)
	steps = [
		(_("Net Sales"), total.net_sales),
		(_("CM1"), total.cm1),
		(_("CM2"), total.cm2),
		(_("CM3"), total.cm3),
	]
	known = [(label, flt(value, 2)) for label, value in steps if value is not None]
	return {
		"type": "bar",
		"data": {
			"labels": [label for label, _value in known],
			"datasets": [{"name": _("Amount"), "values": [value for _label, value in known]}],
		},
		"fieldtype": "Currency",
		"options": "currency",
		"currency": scope.currency,
		"kam": {**chart, **common.drill_down(scope, found.before)},
	}


def waterfall_chart(found: Comparison, total: frappe._dict, assumptions: frappe._dict) -> dict:
	"""Steps from gross sales to the last margin that is known: sums stand on the ground, the others hang between them."""
	steps = [
		("total", _("Gross Sales"), total.gross_sales),
		("less", _("Discounts"), total.discounts),
		("less", _("Returns"), total.returned),
		("total", _("Net Sales"), total.net_sales),
		("less", _("Cost of Goods"), total.cost),
		("total", _("CM1"), total.cm1),
	]
	if total.cm2 is not None:
		steps += [
			("less", cost_rates.label_of(name), flt(found.frame[f"cost_{name}"].sum()))
			for name in found.now.used
		]
		steps.append(("total", _("CM2"), total.cm2))
	if total.cm3 is not None:
		steps += [("less", _("Key Account Work"), total.work), ("total", _("CM3"), total.cm3)]
	return {
		"kind": "profit",
		"net_sales": flt(total.net_sales, 2),
		"steps": [
			{"kind": kind, "label": label, "amount": flt(amount, 2)}
			for kind, label, amount in steps
			if kind == "total" or flt(amount, 2)
		],
	}


def margin_chart(found: Comparison, total: frappe._dict, assumptions: frappe._dict) -> dict:
	"""The waterfall from CM1 on, where cost of goods would dwarf the rest."""
	chart = waterfall_chart(found, total, assumptions)
	first = next(place for place, step in enumerate(chart["steps"]) if step["label"] == _("CM1"))
	return {**chart, "steps": chart["steps"][first:]}


def whale_chart(found: Comparison, total: frappe._dict, assumptions: frappe._dict) -> dict | None:
	"""Cumulative CM2 of the customers, the most profitable first (CM1 where CM2 is not known)."""
	margin = "cm1" if found.now.partial else "cm2"
	curve = whale_curve(found.frame[margin])
	if curve.empty:
		return None
	count = len(curve)
	step = max(1, count // DRAWN_POINTS)
	places = sorted({*range(0, count, step), count - 1})
	names = found.frame["customer_name"].reindex(curve.index)
	losing = curve[curve["margin"] < 0]
	return {
		"kind": "whale",
		"margin": margin.upper(),
		"count": count,
		"total": flt(total[margin], 2),
		"peak": flt(curve["cumulative"].max(), 2),
		"losing": len(losing),
		"lost": flt(losing["margin"].sum(), 2),
		"points": [
			{
				"place": place + 1,
				"customer": curve.index[place],
				"name": names.iloc[place] or curve.index[place],
				"margin": flt(curve["margin"].iloc[place], 2),
				"cumulative": flt(curve["cumulative"].iloc[place], 2),
				"share": common.known(curve["cumulative_share"].iloc[place], 2),
			}
			for place in places
		],
	}


def lifetime_chart(found: Comparison, total: frappe._dict, assumptions: frappe._dict) -> dict | None:
	"""What each forecast year adds to the lifetime value."""
	if total.cm2 is None:
		return None
	sums = [value * total.cm2 for value in assumptions.by_year]
	return {
		"kind": "lifetime",
		"years": [
			{
				"year": place + 1,
				"added": flt(value - (sums[place - 1] if place else 0.0), 2),
				"sum": flt(value, 2),
			}
			for place, value in enumerate(sums)
		],
		"margin": flt(total.cm2 * assumptions.annual, 2),
	}


def listed_texts() -> list[str]:
	"""Listed so that they can be translated."""
	return [_("Customer Group"), _("Territory"), _("Market Segment"), _("Key Account"), _("Customer")]
