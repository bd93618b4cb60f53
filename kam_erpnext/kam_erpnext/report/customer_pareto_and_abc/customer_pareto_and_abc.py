"""Which customers make the sales: ranking, Pareto curve, ABC classes by sales and by margin, concentration."""

import frappe
import numpy as np
import pandas as pd
from frappe import _
from frappe.utils import flt

from kam_erpnext.data import sales
from kam_erpnext.data.facts import customers
from kam_erpnext.engine.pareto import CLASSES, concentration, curve, pareto, two_way_abc
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.report import common
from kam_erpnext.kam_erpnext.report.common import PER_ACCOUNT, Scope

NET_SALES, GROSS_PROFIT = "Net Sales", "Gross Profit"
BASIS_FIELDS = {NET_SALES: "net_sales", GROSS_PROFIT: "gross_profit"}
TOPS = (1, 5, 10)
# points of the curve that a dashboard shows, and how many the report draws at most
DASHBOARD_STEPS = range(0, 101, 5)
DRAWN_POINTS = 400


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	filters.basis = filters.basis if filters.basis in BASIS_FIELDS else NET_SALES
	scope = common.read_scope(filters)
	if not scope:
		return common.nothing(common.company_hint(), get_columns(filters, []))
	frame = read_units(scope, filters)
	if not frame["documents"].sum():
		return common.nothing(common.no_sales_hint(scope, scope.period), get_columns(filters, []))
	ranked = rank(frame, filters)
	data = get_data(ranked, scope, filters)
	facts = concentration(frame[BASIS_FIELDS[filters.basis]], TOPS)
	return (
		get_columns(filters, data),
		data,
		get_message(scope, filters, ranked, facts),
		get_chart(ranked, scope, filters),
		get_summary(ranked, scope, filters, facts),
	)


# ---------------------------------------------------------------- figures


def read_units(scope: Scope, filters: frappe._dict) -> pd.DataFrame:
	"""One row per customer or key account: `net_sales, gross_profit, documents` and what describes it."""
	known = customers(scope.sales)
	sold = sales.net_sales(scope.sales, scope.period, with_cost=True).set_index("customer")
	sold["gross_profit"] = sold["net_sales"] - sold["cost"]
	documents = sales.documents(scope.sales, scope.period).set_index("customer")["documents"]
	active = (known["disabled"].fillna(0) == 0) & (known["is_internal_customer"].fillna(0) == 0)
	known = known[active | known["customer"].isin(sold.index)]
	units = common.describe_units(
		known[["customer", "customer_name", "territory", "customer_group"]], filters.per
	)
	figures = units[["unit"]].assign(
		net_sales=sold["net_sales"], gross_profit=sold["gross_profit"], documents=documents
	)
	figures["documents"] = figures["documents"].astype(float).fillna(0)
	# who has no document in the period has sold nothing, and earned nothing
	figures.loc[figures["documents"] == 0, ["net_sales", "gross_profit"]] = 0.0
	return common.unit_columns(units).join(figures.groupby("unit").sum(min_count=1))


def rank(frame: pd.DataFrame, filters: frappe._dict) -> pd.DataFrame:
	"""The units in the order of the basis with rank, shares and both classes; those without a positive value last."""
	settings = get_settings()
	cuts = (settings.abc_cut_a, settings.abc_cut_b)
	order = pareto(frame[BASIS_FIELDS[filters.basis]], *cuts).drop(columns="value")
	classes = two_way_abc(frame["net_sales"], frame["gross_profit"], *cuts)
	return order.join(frame).join(classes)


def get_data(ranked: pd.DataFrame, scope: Scope, filters: frappe._dict) -> list[dict]:
	if filters.get("hide_without_sales"):
		ranked = ranked[ranked["documents"] > 0]
	sold, earned = ranked["net_sales"], ranked["gross_profit"]
	described = ("rank", "customer", "territory", "customer_group", "account_name", "key_account")
	return common.records(
		{
			**{name: ranked[name] for name in described},
			"customer_name": ranked["label"],
			"net_sales": sold.round(6),
			"share": ranked["share"].round(6),
			"cumulative_share": ranked["cum_share"].round(2),
			"sales_class": ranked["sales_class"],
			"gross_profit": earned.round(6),
			"gross_margin": (100.0 * earned / sold.where(sold > 0)).round(2),
			"margin_class": ranked["margin_class"],
			"documents": ranked["documents"].astype(int),
			"remark": remarks(ranked, filters),
			"currency": scope.currency,
		}
	)


def remarks(ranked: pd.DataFrame, filters: frappe._dict) -> pd.Series:
	"""Why a unit has no rank."""
	cases = [
		(ranked["documents"] == 0, _("No sales in the period")),
		(ranked["net_sales"] < 0, _("Returns exceed sales")),
	]
	if filters.basis == GROSS_PROFIT:
		cases.append((ranked["net_sales"] > 0, _("No gross profit")))
	result = pd.Series(_("Sales and returns cancel out"), index=ranked.index, dtype=object)
	for holds, text in reversed(cases):  # the first one that holds
		result = result.mask(holds.astype(bool), text)
	return result.where(ranked["rank"].isna(), None)


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict, data: list[dict]) -> list[dict]:
	columns = [
		common.number_column("rank", _("Rank", context="KAM"), 65),
		common.link_column("customer", _("Customer"), "Customer", 190),
		common.text_column("customer_name", _("Name"), 190),
		common.link_column("territory", _("Territory"), "Territory", 120),
		common.link_column("customer_group", _("Customer Group"), "Customer Group", 145),
		common.text_column("account_name", _("Key Account"), 150),
		common.money_column("net_sales", _("Net Sales")),
		{"fieldname": "share", "label": _("Share %"), "fieldtype": "Float", "precision": 2, "width": 90},
		common.number_column("cumulative_share", _("Cumulative %"), 130),
		common.text_column("sales_class", _("Sales Class"), 115),
		common.money_column("gross_profit", _("Gross Profit")),
		common.number_column("gross_margin", _("Margin %"), 100),
		common.text_column("margin_class", _("Margin Class"), 120),
		{"fieldname": "documents", "label": _("Documents", context="KAM"), "fieldtype": "Int", "width": 115},
		common.text_column("remark", _("Remark"), 170),
		common.currency_column(),
	]
	# rows of key accounts have no customer id
	hide = "customer" if filters.per == PER_ACCOUNT else "customer_name"
	return common.without_twin_name(columns, data, hide)


def get_message(scope: Scope, filters: frappe._dict, ranked: pd.DataFrame, facts: dict) -> str:
	settings = get_settings()
	more = [
		_(
			"Classes: A up to {0} %, B up to {1} % of the total, C the rest; who crosses a line belongs to the higher class."
		).format(f"{settings.abc_cut_a:g}", f"{settings.abc_cut_b:g}"),
		_("Gross profit is net sales less cost of goods, as in the report Gross Profit."),
	]
	if filters.per == PER_ACCOUNT:
		more.append(
			_(
				"A key account counts with all its customers and the accounts below it; customers without one stand alone."
			)
		)
	if facts["excluded"]:
		more.append(
			_("Listed last and not part of the shares, because their total is not positive: {0}.").format(
				facts["excluded"]
			)
		)
	message = common.explain(scope, int(ranked["documents"].sum()), filters, *more)
	largest, limit = facts["cr"][1], settings.concentration_warning
	if largest and limit and largest > limit:
		message += common.warning(
			_(
				"{0} makes {1} % of {2}, more than the warning line of {3} %. Losing this customer would hurt."
			).format(common.bold(ranked["label"].iloc[0]), flt(largest, 1), basis_text(filters), f"{limit:g}")
		)
	return message


def basis_text(filters: frappe._dict) -> str:
	return _("gross profit") if filters.basis == GROSS_PROFIT else _("net sales")


def get_summary(ranked: pd.DataFrame, scope: Scope, filters: frappe._dict, facts: dict) -> list[dict]:
	basis = BASIS_FIELDS[filters.basis]
	by_class = ranked["sales_class" if basis == "net_sales" else "margin_class"].value_counts()
	limit = get_settings().concentration_warning
	concentrated = bool(limit and facts["cr"][1] and facts["cr"][1] > limit)
	units = _("Customers and Key Accounts") if filters.per == PER_ACCOUNT else _("Customers")
	return [
		common.money_item(_("Net Sales"), ranked["net_sales"].sum(), scope.currency),
		common.money_item(_("Gross Profit"), ranked["gross_profit"].sum(), scope.currency),
		common.count_item(units, facts["customers"]),
		{
			"label": _("Class A / B / C"),
			"value": " / ".join(str(int(by_class.get(name, 0))) for name in CLASSES),
			"datatype": "Data",
		},
		*(
			common.percent_item(
				_("Largest") if top == 1 else _("Largest {0}").format(top),
				facts["cr"][top],
				"Red" if top == 1 and concentrated else None,
			)
			for top in TOPS
		),
		common.number_item(_("Concentration (HHI)"), facts["hhi"]),
		common.number_item(_("Effective Customers"), facts["effective_customers"], 1),
	]


def get_chart(ranked: pd.DataFrame, scope: Scope, filters: frappe._dict) -> dict | None:
	"""The Pareto curve: for Frappe's charts on a dashboard, and (`kam`) for the large one above the report."""
	settings = get_settings()
	curves = [draw_curve(ranked, label, settings) for label in BASIS_FIELDS]
	if not any(line["points"] for line in curves):
		return None
	return {
		"type": "line",
		"data": {
			"labels": [f"{step} %" for step in DASHBOARD_STEPS],
			"datasets": [
				{"name": line["name"], "values": line["steps"]} for line in curves if line["points"]
			],
		},
		"fieldtype": "Percent",
		"lineOptions": {"regionFill": 0, "hideDots": 1},
		"axisOptions": {"xAxisMode": "tick", "xIsSeries": 1},
		"kam": {
			"kind": "pareto",
			**common.drill_down(scope),
			"cuts": [settings.abc_cut_a, settings.abc_cut_b],
			"basis": BASIS_FIELDS[filters.basis],
			"curves": [
				{key: line[key] for key in ("key", "name", "points", "count", "classes")}
				for line in curves
				if line["points"]
			],
		},
	}


def draw_curve(ranked: pd.DataFrame, label: str, settings) -> dict:
	"""Points `[customers %, cumulative %, name, value, rank]` of one curve and its values at the dashboard's steps."""
	order = pareto(ranked[BASIS_FIELDS[label]], settings.abc_cut_a, settings.abc_cut_b)
	order = order[order["rank"].notna()]
	line = curve(order)
	count = len(order)
	chosen = (
		sorted(
			{
				*range(min(count, DRAWN_POINTS // 2)),
				*np.linspace(0, count - 1, DRAWN_POINTS // 2, dtype=int).tolist(),
			}
		)
		if count
		else []
	)
	names = ranked["label"].reindex(order.index).tolist()
	values = order["value"].tolist()
	return {
		"key": BASIS_FIELDS[label],
		"name": _(label),
		"count": count,
		"classes": {name: int((order["abc_class"] == name).sum()) for name in CLASSES},
		"points": [
			[
				flt(line["customers_pct"].iloc[place + 1], 3),
				flt(line["cum_share"].iloc[place + 1], 3),
				names[place],
				flt(values[place], 2),
				place + 1,
			]
			for place in chosen
		],
		"steps": [
			flt(value, 1)
			for value in np.interp(list(DASHBOARD_STEPS), line["customers_pct"], line["cum_share"])
		],
	}
