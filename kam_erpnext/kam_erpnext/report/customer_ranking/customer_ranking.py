"""Customers ranked by sales in one period and in an earlier one: who climbed, fell, is new or lost."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt, getdate

from kam_erpnext.data import sales
from kam_erpnext.data.facts import customers
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.ranking import rank_movement
from kam_erpnext.kam_erpnext.report import common
from kam_erpnext.kam_erpnext.report.common import PER_ACCOUNT, Scope

SAME_DAYS, FISCAL_YEARS = "Same Days One Year Earlier", "Two Fiscal Years"
# bars of the chart above the report, and of a dashboard, where names need room
CHARTED, CHARTED_SMALL = 15, 6


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	if filters.compare == FISCAL_YEARS and not (filters.fiscal_year and filters.against_year):
		return common.nothing(common.hint(_("Please choose both fiscal years.")), get_columns(filters, []))
	if filters.compare == FISCAL_YEARS:
		filters.update(fiscal_year_filters(filters.fiscal_year))
	scope = common.read_scope(filters)
	if not scope:
		return common.nothing(common.company_hint(), get_columns(filters, []))
	before = earlier_period(scope, filters)
	documents = [sales.document_count(scope.sales, period) for period in (scope.period, before)]
	if not sum(documents):
		return common.nothing(common.no_sales_hint(scope, scope.period), get_columns(filters, []))
	frame = compare(scope, before, filters)
	shown = largest(frame, cint(filters.top))
	data = get_data(shown, scope, frame.loc[frame["now"] > 0, "now"].sum())
	return (
		get_columns(filters, data),
		data,
		get_message(scope, before, filters, documents, frame, shown),
		get_chart(frame, scope, before),
		get_summary(frame, scope),
	)


# ---------------------------------------------------------------- figures


def fiscal_year_filters(name: str) -> dict:
	"""Filters that stand for one fiscal year."""
	start, end = year_dates(name)
	return {"period": "Custom", "from_date": start, "to_date": end}


def year_dates(name: str) -> tuple:
	dates = frappe.db.get_value("Fiscal Year", name, ["year_start_date", "year_end_date"])
	if not dates:
		frappe.throw(_("There is no Fiscal Year {0}. Please choose another one.").format(name))
	return getdate(dates[0]), getdate(dates[1])


def earlier_period(scope: Scope, filters: frappe._dict) -> Period:
	"""The period compared with: a chosen fiscal year, or the same number of days one year earlier."""
	if filters.compare == FISCAL_YEARS:
		return custom_period(*year_dates(filters.against_year))
	return scope.period.previous_year()


def compare(scope: Scope, before: Period, filters: frappe._dict) -> pd.DataFrame:
	"""One row per customer or key account with documents in either period, in the order of the new ranking."""
	known = customers(scope.sales)
	units = common.describe_units(
		known[["customer", "customer_name", "territory", "customer_group"]], filters.per
	)
	now, earlier = (by_unit(scope, period, units["unit"]) for period in (scope.period, before))
	units = units[units["unit"].isin(now.index.union(earlier.index))]
	frame = rank_movement(now, earlier)
	frame[["now", "before"]] = frame[["now", "before"]].fillna(0.0)  # no document: nothing was sold
	frame["change"] = frame["now"] - frame["before"]
	return frame.join(common.unit_columns(units))


def by_unit(scope: Scope, period: Period, unit: pd.Series) -> pd.Series:
	sold = sales.net_sales(scope.sales, period).set_index("customer")["net_sales"]
	return sold.groupby(unit.reindex(sold.index)).sum()


def largest(frame: pd.DataFrame, top: int) -> pd.DataFrame:
	"""The `top` largest of either period; 0 for all."""
	if top <= 0:
		return frame
	return frame[(frame["rank_now"] <= top).fillna(False) | (frame["rank_before"] <= top).fillna(False)]


def get_data(frame: pd.DataFrame, scope: Scope, total: float) -> list[dict]:
	nothing_before = frame["before"] <= 0
	return common.records(
		{
			"rank": frame["rank_now"],
			"rank_before": frame["rank_before"],
			"places": frame["movement"],
			"movement": movement_texts(frame),
			**{
				name: frame[name]
				for name in (
					"status",
					"customer",
					"territory",
					"customer_group",
					"account_name",
					"key_account",
				)
			},
			"customer_name": frame["label"],
			"net_sales": frame["now"].round(6),
			"net_sales_before": frame["before"].round(6),
			"change": frame["change"].round(6),
			"change_percent": (100.0 * frame["change"] / frame["before"].mask(nothing_before)).round(2),
			"share": (100.0 * frame["now"] / (total or 1)).where(frame["rank_now"].notna()).round(6),
			"currency": scope.currency,
		}
	)


def movement_texts(frame: pd.DataFrame) -> pd.Series:
	"""Movements in words, so that they read the same in an export as on the screen."""
	moved = {"Up": _("Up {0}"), "Down": _("Down {0}")}
	texts = {"Same": _("Same"), "New": _("New"), "Lost": _("Lost")}
	others = _("Not ranked")
	return pd.Series(
		[
			moved[status].format(abs(places)) if status in moved else texts.get(status, others)
			for status, places in zip(frame["status"], frame["movement"], strict=True)
		],
		index=frame.index,
		dtype=object,
	)


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict, data: list[dict]) -> list[dict]:
	columns = [
		common.number_column("rank", _("Rank", context="KAM"), 65),
		common.number_column("rank_before", _("Before", context="KAM"), 85),
		common.text_column("movement", _("Movement"), 110),
		common.link_column("customer", _("Customer"), "Customer", 190),
		common.text_column("customer_name", _("Name"), 190),
		common.link_column("territory", _("Territory"), "Territory", 120),
		common.link_column("customer_group", _("Customer Group"), "Customer Group", 145),
		common.text_column("account_name", _("Key Account"), 150),
		common.money_column("net_sales", _("Net Sales")),
		common.money_column("net_sales_before", _("Net Sales Before"), 150),
		common.money_column("change", _("Change", context="KAM")),
		common.number_column("change_percent", _("Change %"), 100),
		{"fieldname": "share", "label": _("Share %"), "fieldtype": "Float", "precision": 2, "width": 90},
		common.currency_column(),
	]
	hide = "customer" if filters.per == PER_ACCOUNT else "customer_name"
	return common.without_twin_name(columns, data, hide)


def get_message(
	scope: Scope,
	before: Period,
	filters: frappe._dict,
	documents: list[int],
	frame: pd.DataFrame,
	shown: pd.DataFrame,
) -> str:
	more = [
		_("Compared with {0}.").format(common.dates(before)),
		_("Documents in the period: {0}, before: {1}.").format(*map(common.bold, documents)),
		_(
			"New: nothing sold before. Lost: nothing sold in the period. A change in percent is shown when there were sales before."
		),
	]
	if len(shown) < len(frame):
		more.append(
			_(
				"Shown are {0} of {1}: the {2} largest of either period; the figures above the table cover all."
			).format(len(shown), len(frame), cint(filters.top))
		)
	if scope.period.days != before.days:
		more.append(
			_("The two periods differ by {0} days.").format(common.bold(abs(scope.period.days - before.days)))
		)
	return common.explain(scope, sum(documents), filters, *more)


def get_summary(frame: pd.DataFrame, scope: Scope) -> list[dict]:
	now, before = frame["now"].sum(), frame["before"].sum()
	status = frame["status"].value_counts()
	change = 100.0 * (now - before) / before if before > 0 else None
	return [
		common.money_item(_("Net Sales"), now, scope.currency),
		common.money_item(_("Net Sales Before"), before, scope.currency),
		common.percent_item(_("Change", context="KAM"), change, "Green" if (change or 0) >= 0 else "Red"),
		*(
			common.count_item(label, int(status.get(name, 0)))
			for name, label in (
				("Up", _("Climbed")),
				("Down", _("Fell")),
				("Same", _("Same Rank")),
				("New", _("New")),
				("Lost", _("Lost")),
			)
		),
	]


def get_chart(frame: pd.DataFrame, scope: Scope, before: Period) -> dict | None:
	"""The largest of the period with their sales before."""
	top = frame[frame["rank_now"].notna()].head(CHARTED)
	if top.empty:
		return None
	rows = [common.plain(row) for row in top.assign(text=movement_texts(top)).to_dict("records")]
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["label"]) for row in rows[:CHARTED_SMALL]],
			"datasets": [
				{
					"name": _("Net Sales Before"),
					"values": [flt(row["before"], 2) for row in rows[:CHARTED_SMALL]],
				},
				{"name": _("Net Sales"), "values": [flt(row["now"], 2) for row in rows[:CHARTED_SMALL]]},
			],
		},
		"fieldtype": "Currency",
		"kam": {
			"kind": "ranking",
			**common.drill_down(scope, before),
			"periods": [common.dates(scope.period), common.dates(before)],
			"rows": [
				{
					"name": row["label"],
					"customer": row["customer"],
					"key_account": row["key_account"],
					"now": flt(row["now"], 2),
					"before": flt(row["before"], 2),
					"rank": row["rank_now"],
					"rank_before": row["rank_before"],
					"status": row["status"],
					"movement": row["text"],
				}
				for row in rows
			],
		},
	}
