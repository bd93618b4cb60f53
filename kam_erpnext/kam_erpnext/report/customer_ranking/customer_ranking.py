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
	rows = []
	for row in map(common.plain, frame.to_dict("records")):
		rows.append(
			{
				"rank": row["rank_now"],
				"rank_before": row["rank_before"],
				"places": row["movement"],
				"movement": movement_text(row),
				"status": row["status"],
				"customer": row["customer"],
				"customer_name": row["label"],
				"territory": row["territory"],
				"customer_group": row["customer_group"],
				"account_name": row["account_name"],
				"key_account": row["key_account"],
				"net_sales": flt(row["now"], 6),
				"net_sales_before": flt(row["before"], 6),
				"change": flt(row["change"], 6),
				"change_percent": common.known(change_percent(row)),
				"share": common.known(common.ratio(row["now"], total), 6) if row["rank_now"] else None,
				"currency": scope.currency,
			}
		)
	return rows


def change_percent(row: dict) -> float | None:
	return 100.0 * (row["now"] - row["before"]) / row["before"] if row["before"] > 0 else None


def movement_text(row: dict) -> str:
	"""Movement in words, so that it reads the same in an export as on the screen."""
	if row["status"] == "Up":
		return _("Up {0}").format(row["movement"])
	if row["status"] == "Down":
		return _("Down {0}").format(-row["movement"])
	return {"Same": _("Same"), "New": _("New"), "Lost": _("Lost")}.get(row["status"]) or _("Not ranked")


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict, data: list[dict]) -> list[dict]:
	columns = [
		common.number_column("rank", _("Rank"), 65),
		common.number_column("rank_before", _("Before"), 85),
		common.text_column("movement", _("Movement"), 110),
		common.link_column("customer", _("Customer"), "Customer", 190),
		common.text_column("customer_name", _("Name"), 190),
		common.link_column("territory", _("Territory"), "Territory", 120),
		common.link_column("customer_group", _("Customer Group"), "Customer Group", 145),
		common.text_column("account_name", _("Key Account"), 150),
		common.money_column("net_sales", _("Net Sales")),
		common.money_column("net_sales_before", _("Net Sales Before"), 150),
		common.money_column("change", _("Change")),
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
		common.percent_item(_("Change"), change, "Green" if (change or 0) >= 0 else "Red"),
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
	rows = [common.plain(row) for row in top.to_dict("records")]
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
					"movement": movement_text(row),
				}
				for row in rows
			],
		},
	}
