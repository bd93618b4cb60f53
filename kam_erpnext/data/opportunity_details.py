"""What stands on Key Account Opportunities besides their amounts: gates, ratings, reasons and competitors."""

from collections.abc import Iterable
from datetime import date

import frappe
import pandas as pd

from kam_erpnext.data.deal_documents import OWN, visible_opportunities

GATE_COLUMNS = (
	"opportunity",
	"template",
	"gate",
	"phase",
	"outcome",
	"begun_on",
	"decided_on",
	"reworks",
	"status",
)
RATINGS = ("strategic_us", "strategic_customer", "effort", "risk")


def gates(company: str, names: Iterable[str] | None = None, user: str | None = None) -> pd.DataFrame:
	"""Gates of the visible opportunities in their order (GATE_COLUMNS), for `engine.pipeline.gate_conversion`."""
	opportunity = frappe.qb.DocType(OWN)
	gate = frappe.qb.DocType("Key Account Opportunity Gate")
	rows = (
		frappe.qb.from_(gate)
		.inner_join(opportunity)
		.on((opportunity.name == gate.parent) & (gate.parenttype == OWN))
		.select(
			opportunity.name.as_("opportunity"),
			opportunity.gate_template.as_("template"),
			opportunity.status,
			opportunity.creation,
			gate.gate,
			gate.phase,
			gate.outcome,
			gate.decided_on,
			gate.reworks,
		)
		.where(visible_opportunities(opportunity, company, user or frappe.session.user))
		.orderby(opportunity.gate_template)
		.orderby(opportunity.name)
		.orderby(gate.idx)
		.run(as_dict=True)
	)
	wanted = None if names is None else set(names)
	begun: dict[str, date] = {}
	result = []
	for row in rows:
		if wanted is not None and row.opportunity not in wanted:
			continue
		row.begun_on = begun.get(row.opportunity) or row.creation.date()
		if row.decided_on and row.outcome == "Pass":
			begun[row.opportunity] = row.decided_on
		result.append(tuple(row[name] for name in GATE_COLUMNS))
	return pd.DataFrame(result, columns=[*GATE_COLUMNS], dtype=object)


def details(names: Iterable[str], company: str, user: str | None = None) -> dict[str, frappe._dict]:
	"""Rating, priority, decision and outcome of visible opportunities by name; what is not rated is None."""
	names = [*names]
	if not names:
		return {}
	table = frappe.qb.DocType(OWN)
	fields = [*RATINGS, "profit_potential", "profit_known", "priority_score", "priority_known", "quick_win"]
	fields += [
		"decision",
		"decision_reason",
		"found_by",
		"lost_to",
		"customer_view",
		"gate_template",
		"modified",
	]
	rows = (
		frappe.qb.from_(table)
		.select(table.name, *[table[field] for field in fields])
		.where(table.name.isin(names))
		.where(visible_opportunities(table, company, user or frappe.session.user))
		.run(as_dict=True)
	)
	for row in rows:
		for field in RATINGS:
			row[field] = int(row[field]) if row[field] else None
		row.profit_potential = row.profit_potential if row.profit_known else None
		row.priority_score = row.priority_score if row.priority_known else None
	return {row.name: row for row in rows}


def reasons(names: Iterable[str]) -> dict[str, list[str]]:
	"""Reasons won and lost of opportunities the caller has read with the rights of the reader."""
	return _texts("Key Account Opportunity Reason", "reason", names)


def competitors(names: Iterable[str]) -> dict[str, list[str]]:
	"""Competitors of opportunities the caller has read with the rights of the reader."""
	return _texts("Key Account Opportunity Competitor", "competitor", names)


def _texts(doctype: str, field: str, names: Iterable[str]) -> dict[str, list[str]]:
	names = [*names]
	result: dict[str, list[str]] = {}
	if not names:
		return result
	table = frappe.qb.DocType(doctype)
	for parent, text in (
		frappe.qb.from_(table)
		.select(table.parent, table[field])
		.where((table.parenttype == OWN) & table.parent.isin(names))
		.orderby(table.parent)
		.orderby(table.idx)
		.run()
	):
		result.setdefault(parent, []).append(text)
	return result
