"""One line of the profit and loss with everything behind it: quantities, rates, and the lists of documents."""

from collections.abc import Sequence

import frappe
import pandas as pd
from frappe import _

from kam_erpnext.data import cost_drivers, cost_rates
from kam_erpnext.data.budget import SPENT, available
from kam_erpnext.data.cost_drivers import Asked
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.profitability import PLAN, read_profit
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.customer_value import EACH, INTEREST
from kam_erpnext.engine.periods import Period

# with more customers a list of their documents would be too long to ask for
LISTED_CUSTOMERS = 200
LISTED_DOCUMENTS = 100


def explained(filters: SalesFilters, period: Period, accounts: Sequence[str] = ()) -> dict:
	"""Figures of the customers of the filters together, and key account work of `accounts`.

	`steps` (label, amount), `drivers` (label, quantity, rate as text, cost, lists), `work` (documents that name a plan),
	`customers`, `unused` (labels of drivers without a rate).
	"""
	profit = read_profit(filters, period)
	frame = profit.frame
	names = frame.index.tolist()
	listed = len(names) <= LISTED_CUSTOMERS
	asked = Asked(filters, period)
	return {
		"customers": len(names),
		"listed": listed,
		"steps": _steps(frame, filters, period, names if listed else []),
		"drivers": [
			{
				"label": cost_rates.label_of(driver),
				"quantity": _quantity(driver, float(frame[f"quantity_{driver}"].sum())),
				"rate": _rate(driver, frame),
				"cost": float(frame[f"cost_{driver}"].sum()),
				"lists": cost_drivers.documents_of(driver, asked, names) if listed else [],
			}
			for driver in profit.used
		],
		"unused": [cost_rates.label_of(driver) for driver in profit.unused],
		"partial": profit.partial,
		"work": work_documents(filters.company, period, accounts),
	}


def _steps(frame: pd.DataFrame, filters: SalesFilters, period: Period, names: list[str]) -> list[dict]:
	labels = {
		"gross_sales": _("Gross Sales"),
		"discounts": _("Discounts"),
		"returned": _("Returns"),
		"net_sales": _("Net Sales"),
		"cost": _("Cost of Goods"),
		"cm1": _("CM1"),
		"serving": _("Cost to Serve"),
		"cm2": _("CM2"),
	}
	steps = []
	for field, label in labels.items():
		amount = frame[field].sum(skipna=False)
		step = {"field": field, "label": label, "amount": float(amount) if amount == amount else None}
		if names and field in ("gross_sales", "returned", "net_sales"):
			step["lists"] = [_sales_list(field, filters, period, names)]
		steps.append(step)
	return steps


def _sales_list(field: str, filters: SalesFilters, period: Period, names: list[str]) -> dict:
	"""The list of the documents of sales behind a step."""
	day = "transaction_date" if filters.source == "Sales Order" else "posting_date"
	found = {
		"docstatus": 1,
		"company": filters.company,
		"customer": ["in", names],
		day: ["between", [str(period.start), str(period.last_day)]],
	}
	if field != "net_sales" and filters.source != "Sales Order":
		found["is_return"] = int(field == "returned")
	if filters.source == "Sales Invoice":
		found["is_opening"] = "No"
	return {"doctype": filters.source, "filters": found}


def _quantity(driver: str, quantity: float) -> float:
	"""What is shown as quantity: pieces, money booked, or money-days brought to a year."""
	return quantity / 365.0 if cost_rates.kinds()[driver] == INTEREST else quantity


def _rate(driver: str, frame: pd.DataFrame) -> str:
	"""The rate as it comes out of cost and quantity, in words of its kind."""
	quantity, cost = float(frame[f"quantity_{driver}"].sum()), float(frame[f"cost_{driver}"].sum())
	kind = cost_rates.kinds()[driver]
	if not quantity:
		return "–"
	if kind == EACH:
		return frappe.utils.fmt_money(cost / quantity, precision=2)
	percent = 100.0 * cost / (quantity / 365.0 if kind == INTEREST else quantity)
	shown = _("{0} %").format(frappe.utils.fmt_money(percent, precision=2))
	return _("{0} a year").format(shown) if kind == INTEREST else shown


def work_documents(company: str, period: Period, accounts: Sequence[str]) -> list[dict]:
	"""Documents behind the work of accounts, newest first: `doctype, name, date, amount, plan`; of types the reader may read."""
	plan = frappe.qb.DocType(PLAN)
	found: list[dict] = []
	for source in available() if accounts else ():
		if source.kind != SPENT or not frappe.has_permission(source.doctype, "read"):
			continue
		table = frappe.qb.DocType(source.doctype)
		day = table[source.date_field]
		found += [
			{**row, "doctype": source.doctype, "amount": float(row.amount or 0), "date": str(row.date)}
			for row in frappe.qb.from_(table)
			.inner_join(plan)
			.on(plan.name == table.kam_plan)
			.select(
				table.name, day.as_("date"), source.value(table).as_("amount"), table.kam_plan.as_("plan")
			)
			.where(
				every(
					[
						source.counts(table),
						table.company == company,
						(day >= period.start) & (day < period.end),
						plan.key_account.isin(list(accounts)),
						fences(source.doctype, table),
						SUBJECT_CONDITIONS[PLAN](plan, frappe.session.user),
						fences(PLAN, plan),
					]
				)
			)
			.limit(LISTED_DOCUMENTS)
			.run(as_dict=True)
		]
	return sorted(found, key=lambda row: (row["date"], row["name"]), reverse=True)[:LISTED_DOCUMENTS]
