"""Monthly facts of sales beside the documents they were made of: what is kept, how fresh it is, and where the two differ."""

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, format_datetime, getdate, now_datetime

from kam_erpnext.data import sales_facts_upkeep as upkeep
from kam_erpnext.data.performance import currency_of
from kam_erpnext.data.permissions import every, fenced_fields, fences, reads_all_customers
from kam_erpnext.data.sales_facts import CHANGE, MONTH, TRUSTED, enabled
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.report import common

EQUAL, WAITING, DIFFERENT, OLD, ABSENT = "Equal", "Changes Waiting", "Different", "Not Compared", "Not Made"


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	source = get_settings().sales_source
	if not enabled():
		return common.nothing(
			common.hint(_("This site keeps no monthly facts: every figure is read from the documents.")),
			get_columns(),
		)
	if set(fenced_fields(source)) - {"company"} or not reads_all_customers():
		return common.nothing(
			common.hint(_("Totals of a company are for readers of all its sales documents.")), get_columns()
		)
	rows = [row for company in companies(filters.company) for row in months(company, source)]
	if cint(filters.only_problems):
		rows = [row for row in rows if row["state"] != EQUAL]
	if not rows:
		return common.nothing(
			common.hint(
				_("There is nothing to show: no documents have been submitted, or all months are equal.")
			),
			get_columns(),
		)
	return get_columns(), rows, get_message(source), None, get_summary(rows)


def companies(chosen: str | None) -> list[str]:
	table = frappe.qb.DocType("Company")
	conditions = [table.is_group == 0, fences("Company", table)]
	if chosen:
		conditions.append(table.name == chosen)
	return (
		frappe.qb.from_(table).select(table.name).where(every(conditions)).orderby(table.name).run(pluck=True)
	)


def months(company: str, source: str) -> list[dict]:
	"""Months of a company in which something was sold, or is said to have been, the newest first."""
	totals = upkeep.totals(company, source)
	mine = {"company": company, "source": source}
	fields = [
		"month",
		"documents",
		"net_sales",
		"built_on",
		"checked_on",
		"difference",
		"difference_on",
		"version",
	]
	kept = {getdate(row.month): row for row in frappe.get_all(MONTH, mine, fields) if row.version}
	changes = frappe.get_all(CHANGE, mine, ["month", "customer"])
	waiting: dict = {}
	for change in changes:
		waiting.setdefault(getdate(change.month), set()).add(change.customer)
	believed = add_days(now_datetime(), -TRUSTED)
	rows = []
	for month in sorted({*totals, *kept}, reverse=True):
		documents, net_sales = totals.get(month, (0, 0.0))
		facts = kept.get(month)
		if (
			not documents
			and not (facts and (facts.documents or facts.difference_on))
			and not waiting.get(month)
		):
			continue
		row = {
			"company": company,
			"month": month,
			"documents": documents,
			"net_sales": net_sales,
			"currency": currency_of(company),
			"waiting": len(waiting.get(month, ())),
		}
		if facts:
			row |= {
				"facts_documents": facts.documents,
				"facts": facts.net_sales,
				"apart": flt(facts.net_sales - net_sales, 2),
				"built_on": facts.built_on,
				"checked_on": facts.checked_on,
				"difference": facts.difference if facts.difference_on else None,
				"difference_on": facts.difference_on,
			}
		row["state"] = state_of(row, facts, believed)
		row["state_text"] = _(row["state"])
		rows.append(row)
	return rows


def state_of(row: dict, facts, believed) -> str:
	if not facts:
		return ABSENT
	if row["waiting"]:
		return WAITING
	if abs(row["apart"]) >= 0.005 or facts.documents != row["documents"]:
		return DIFFERENT
	return EQUAL if facts.checked_on and facts.checked_on >= believed else OLD


def get_columns() -> list[dict]:
	def moment(fieldname, label):
		return {"fieldname": fieldname, "label": label, "fieldtype": "Datetime", "width": 190}

	return [
		common.link_column("company", _("Company"), "Company", 190),
		{"fieldname": "month", "label": _("Month"), "fieldtype": "Date", "width": 95},
		common.text_column("state_text", _("State", context="KAM"), 145),
		common.number_column("documents", _("Documents", context="KAM"), 100),
		common.money_column("net_sales", _("Net Sales")),
		common.money_column("facts", _("Same in Facts")),
		common.money_column("apart", _("Difference"), 110),
		common.number_column("waiting", _("Customers Changed"), 180),
		moment("built_on", _("Brought Up to Date")),
		moment("checked_on", _("Compared")),
		common.money_column("difference", _("Last Difference Found"), 140),
		moment("difference_on", _("Found On")),
		common.currency_column(),
	]


def get_message(source: str) -> str:
	return common.hint(
		_(
			"Reports read sales from these facts, and what has changed since from the documents ({0}). Months not made, or not compared for {1} days, are read from the documents. Months that are different were changed without ERPNext noticing: reports show the facts until the next night, or until you press Compare All. Equal means the documents and net sales of the whole month: Compare All looks at every row. As of {2}."
		).format(_(source), TRUSTED, format_datetime(now_datetime()))
	)


def get_summary(rows: list[dict]) -> list[dict]:
	count = {
		state: sum(row["state"] == state for row in rows)
		for state in (EQUAL, WAITING, DIFFERENT, OLD, ABSENT)
	}
	return [
		common.count_item(_("Equal"), count[EQUAL], "Green"),
		common.count_item(_("Changes Waiting"), count[WAITING], "Blue" if count[WAITING] else None),
		common.count_item(_("Different"), count[DIFFERENT], "Red" if count[DIFFERENT] else None),
		common.count_item(
			_("Not Compared or Not Made"),
			count[OLD] + count[ABSENT],
			"Orange" if count[OLD] + count[ABSENT] else None,
		),
	]
