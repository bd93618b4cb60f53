"""Calls and results: calls made beside the development of sales per account, which says nothing about cause."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext.data import calls as data
from kam_erpnext.data import facts, sales
from kam_erpnext.data.currency import exchange_rate
from kam_erpnext.data.permissions import sees_all_accounts
from kam_erpnext.engine import call_figures as engine
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.report import common
from kam_erpnext.kam_erpnext.report.common import PER_ACCOUNT, PER_CUSTOMER, Scope

PERCENT, AMOUNT = "Percent", "Amount"
VISITS = ("Visit", "Joint Visit")
# what calls may cost in percent of sales, unless another figure is entered
SALES_COST = 10.0
# bubbles beyond are drawn at the edge: a few accounts that started from little would press all others to a line
HIGHEST, LEAST = 200.0, 20.0
DRAWN = 300
# filters that leave customers out
BY_CUSTOMER = ("customer_group", "territory", "market_segment")


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	filters.per = filters.per if filters.per == PER_CUSTOMER else PER_ACCOUNT
	scope = common.read_scope(filters)
	if not scope:
		return common.nothing(common.company_hint())
	before = scope.period.previous_year()
	frame, left_out = compare(scope, before, filters)
	if not len(frame):
		return common.nothing(common.no_sales_hint(scope, scope.period), get_columns(filters, None))
	cost = cost_of_visit(scope, filters)
	rows = get_data(frame, scope, cost, filters)
	pairs = [(row["calls"], row["measured"]) for row in rows if row["measured"] is not None]
	found = engine.correlation(pairs)
	return (
		get_columns(filters, cost),
		rows,
		get_message(scope, before, filters, rows, found, len(pairs), left_out),
		get_chart(rows, scope, before, filters),
		get_summary(rows, scope, cost, found),
	)


# ---------------------------------------------------------------- figures


def compare(scope: Scope, before: Period, filters: frappe._dict) -> tuple[pd.DataFrame, int]:
	"""One row per account or customer with sales or calls, and the calls on customers that are in none of them."""
	known = facts.customers(scope.sales)
	known = known[known["is_internal_customer"].fillna(0).astype(int) == 0]
	units = common.describe_units(
		known[["customer", "customer_name", "territory", "customer_group"]], filters.per
	)
	made, made_before = (calls_made(period, filters) for period in (scope.period, before))
	inside = made["customer"].isin(units.index)
	left_out = 0 if any(filters.get(name) for name in BY_CUSTOMER) else int((~inside).sum())
	columns = {
		"calls": count_by(made, units),
		"visits": count_by(made[made["method"].isin(VISITS)], units),
		"minutes": count_by(made, units, "duration"),
		"calls_before": count_by(made_before, units),
		"net_sales": sold(scope, scope.period, units),
		"before": sold(scope, before, units),
	}
	frame = pd.DataFrame(columns).astype(float).fillna(0.0)
	described = common.unit_columns(units[units["unit"].isin(frame.index)])
	frame = frame.join(described, how="inner")
	if not sees_all_accounts():
		# calls of colleagues on customers without an account are not visible: theirs would look like none
		frame = frame[frame["key_account"].notna() | (frame["calls"] > 0)]
	if cint(filters.only_called):
		frame = frame[frame["calls"] > 0]
	return frame.sort_values(["calls", "net_sales", "label"], ascending=[False, False, True]), left_out


def calls_made(period: Period, filters: frappe._dict) -> pd.DataFrame:
	fields = ("customer", "method", "duration")
	rows = data.calls(
		data.CallFilters(
			from_date=period.start,
			to_date=period.last_day,
			users=tuple(filter(None, [filters.user])),
			methods=tuple(filter(None, [filters.method])),
			states=(engine.MADE,),
			day="made_on",
		),
		fields=fields,
	)
	return pd.DataFrame.from_records(rows, columns=[*fields])


def count_by(made: pd.DataFrame, units: pd.DataFrame, field: str | None = None) -> pd.Series:
	"""Calls of every unit, or the sum of a field of them."""
	made = made[made["customer"].isin(units.index)]
	unit = units["unit"].reindex(made["customer"]).to_numpy()
	values = made[field].fillna(0) if field else made["customer"]
	grouped = values.groupby(unit)
	return grouped.sum() if field else grouped.count()


def sold(scope: Scope, period: Period, units: pd.DataFrame) -> pd.Series:
	found = sales.net_sales(scope.sales, period).set_index("customer")["net_sales"]
	return found.groupby(units["unit"].reindex(found.index)).sum()


def cost_of_visit(scope: Scope, filters: frappe._dict) -> float | None:
	"""What a visit costs, in the currency of the report; None when it is not entered or cannot be converted."""
	cost, company = flt(get_settings().call_cost), default_company()
	if cost <= 0 or share_of_cost(filters) <= 0:
		return None
	currency = frappe.get_cached_value("Company", company, "default_currency") if company else scope.currency
	rate = exchange_rate(currency, scope.currency, scope.period.last_day)
	return cost * rate if rate else None


def share_of_cost(filters: frappe._dict) -> float:
	"""What visits may cost in percent of sales."""
	return SALES_COST if filters.sales_cost in (None, "") else flt(filters.sales_cost)


def get_data(frame: pd.DataFrame, scope: Scope, cost: float | None, filters: frappe._dict) -> list[dict]:
	rows = []
	for row in map(common.plain, frame.to_dict("records")):
		change = row["net_sales"] - row["before"]
		percent = 100.0 * change / row["before"] if row["before"] > 0 else None
		visits = int(row["visits"])
		needed = engine.break_even_sales(cost, visits, share_of_cost(filters)) if cost and visits else None
		rows.append(
			{
				"label": row["label"],
				"customer": row["customer"],
				"key_account": row["key_account"],
				"customer_name": row["label"],
				"calls": int(row["calls"]),
				"visits": visits,
				"calls_before": int(row["calls_before"]),
				"hours": flt(row["minutes"] / 60, 1),
				"net_sales": flt(row["net_sales"], 2),
				"net_sales_before": flt(row["before"], 2),
				"change": flt(change, 2),
				"change_percent": common.known(percent, 1),
				"measured": flt(change, 2) if filters.measure == AMOUNT else common.known(percent, 1),
				"cost": flt(cost * visits, 2) if cost else None,
				"break_even": common.known(needed),
				"covered": None
				if needed is None
				else _("reached")
				if row["net_sales"] >= needed
				else _("not reached"),
				"is_covered": None if needed is None else int(row["net_sales"] >= needed),
				"currency": scope.currency,
				"list": {"key_account": ["descendants of (inclusive)", row["key_account"]]}
				if not row["customer"]
				else {"customer": row["customer"]},
			}
		)
	return rows


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict, cost: float | None) -> list[dict]:
	heading = _("Customer") if filters.per == PER_CUSTOMER else _("Key Account")
	columns = [
		common.text_column("customer_name", heading, 230),
		calls_column("calls", _("Calls"), 75),
		calls_column("visits", _("Visits"), 75),
		calls_column("calls_before", _("Calls Before"), 115),
		common.number_column("hours", _("Hours", context="KAM"), 80),
		common.money_column("net_sales", _("Net Sales")),
		common.money_column("net_sales_before", _("Year Before")),
		common.money_column("change", _("Change", context="KAM"), 130),
		common.number_column("change_percent", _("Change %"), 100),
	]
	if cost:
		columns += [
			common.money_column("cost", _("Cost of Visits"), 130),
			common.money_column("break_even", _("Break-Even Sales"), 145),
			common.text_column("covered", _("Break-Even"), 130),
		]
	return [*columns, common.currency_column()]


def calls_column(fieldname: str, label: str, width: int) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "width": width}


def caution() -> str:
	return _("Correlation is not cause.")


def get_message(
	scope: Scope,
	before: Period,
	filters: frappe._dict,
	rows: list[dict],
	found: float | None,
	pairs: int,
	left_out: int,
) -> str:
	what = _("change in amount") if filters.measure == AMOUNT else _("change in percent")
	if found is None and pairs >= engine.FEWEST_ACCOUNTS:
		told = _(
			"No correlation is told: all {0} accounts had the same number of calls, or the same change."
		).format(pairs)
	elif found is None:
		told = _(
			"No correlation is told: it needs at least {0} accounts with sales a year before; here there are {1}."
		).format(engine.FEWEST_ACCOUNTS, pairs)
	else:
		told = _("Correlation of calls and {0} over {1} accounts: {2} ({3}).").format(
			what, pairs, common.bold(f"{found:+.2f}"), strength_text(found)
		)
	head = common.warning(
		" ".join(
			(
				told,
				common.bold(caution()),
				_(
					"Accounts with good prospects are called on more often, large ones more than small ones, and sales change for many other reasons. The report cannot tell whether calls made the difference."
				),
			)
		)
	)
	more = [
		_("Compared with {0}.").format(common.dates(before)),
		_("Calls: those made in the same days. Visits include joint visits."),
	]
	if filters.method or filters.user:
		more.append(_("Only calls within the filters; sales are those of the whole account."))
	visit = cost_of_visit(scope, filters)
	if visit:
		more.append(
			_(
				"Break-even: visits times {0} each, divided by {1} % of sales that selling may cost; the net sales from which the visits pay."
			).format(
				frappe.utils.fmt_money(visit, currency=scope.currency),
				common.bold(f"{share_of_cost(filters):g}"),
			)
		)
	elif not flt(get_settings().call_cost):
		more.append(
			_("Enter Cost of a Call in {0} to see the sales from which visits pay.").format(
				common.list_link("KAM Settings")
			)
		)
	if left_out:
		more.append(
			_("Calls on customers whose sales you may not see, left out: {0}.").format(common.bold(left_out))
		)
	documents = sales.document_count(scope.sales, scope.period) + sales.document_count(scope.sales, before)
	return head + common.explain(scope, documents, filters, *more)


def strength_text(found: float) -> str:
	words = {
		engine.NO_LINK: _("hardly any"),
		engine.WEAK: _("weak"),
		engine.MODERATE: _("moderate"),
		engine.STRONG: _("strong"),
	}
	return words[engine.link(found)]


def get_summary(rows: list[dict], scope: Scope, cost: float | None, found: float | None) -> list[dict]:
	now, before = (sum(row[name] for row in rows) for name in ("net_sales", "net_sales_before"))
	change = 100.0 * (now - before) / before if before > 0 else None
	items = [
		common.count_item(_("Calls"), sum(row["calls"] for row in rows)),
		common.count_item(_("Calls Before"), sum(row["calls_before"] for row in rows)),
		common.count_item(_("Without a Call"), sum(not row["calls"] for row in rows)),
		common.money_item(_("Net Sales"), now, scope.currency),
		common.percent_item(_("Change", context="KAM"), change, "Green" if (change or 0) >= 0 else "Red"),
		common.number_item(_("Correlation, Not Cause"), found, 2),
	]
	if cost:
		items += [
			common.money_item(_("Cost of Visits"), sum(row["cost"] for row in rows), scope.currency),
			common.count_item(
				_("Break-Even Not Reached"),
				sum(row["is_covered"] == 0 for row in rows),
				"Orange" if any(row["is_covered"] == 0 for row in rows) else "Green",
			),
		]
	return items


def get_chart(rows: list[dict], scope: Scope, before: Period, filters: frappe._dict) -> dict | None:
	drawn = [row for row in rows if row["measured"] is not None][:DRAWN]
	in_percent = filters.measure != AMOUNT
	values = [row["measured"] for row in drawn] or [0]
	low, high = min(0, *values, 0), max(0, *values, 0)
	if in_percent:
		low, high = min(-LEAST, max(low, -100.0) - 5), max(LEAST, min(high, HIGHEST) + 5)
	else:
		room = 0.08 * ((high - low) or 1)
		low, high = low - room, high + room
	caution_text = _("Correlation is not cause: this picture shows no effect of calls.")
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["label"]) for row in rows[:8]],
			"datasets": [{"name": _("Calls"), "values": [row["calls"] for row in rows[:8]]}],
		},
		"fieldtype": "Int",
		"kam": {
			"kind": "calls_and_results" if drawn else None,
			**common.drill_down(scope, before),
			"measure": "percent" if in_percent else "amount",
			"range": {"low": round(low), "high": round(high)},
			"caution": caution_text,
			"labels": {
				"x": _("Calls made"),
				"y": _("Change of net sales in %")
				if in_percent
				else _("Change of net sales in {0}").format(scope.currency),
			},
			"list": {
				"status": engine.MADE,
				"made_on": ["between", [str(scope.period.start), str(scope.period.last_day)]],
				**({"user": filters.user} if filters.user else {}),
				**({"method": filters.method} if filters.method else {}),
			},
			"before": [str(before.start), str(before.last_day)],
			"rows": [
				{
					"name": row["label"],
					"customer": row["customer"],
					"key_account": row["key_account"],
					"calls": row["calls"],
					"net_sales": row["net_sales"],
					"before": row["net_sales_before"],
					"change": row["measured"],
				}
				for row in drawn
			],
		},
	}
