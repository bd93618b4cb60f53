"""Opportunity matrix: strategic value of opportunities against effort or risk, as bubbles that can be moved."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import cint, flt

from kam_erpnext.data import opportunity_details
from kam_erpnext.data.pipeline import OWN
from kam_erpnext.engine import pipeline as engine
from kam_erpnext.kam_erpnext.report import common, pipeline
from kam_erpnext.kam_erpnext.report.pipeline import Question

VALUES = {"For Us": "strategic_us", "For the Customer": "strategic_customer"}
COSTS = {"Effort": "effort", "Risk": "risk"}
MIDDLE = 3


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = pipeline.question_of(filters)
	if not question:
		return common.nothing(common.company_hint())
	deals = read(question, filters)
	if deals.empty:
		return common.nothing(pipeline.no_deals_hint(filters), get_columns(filters))
	rows = get_data(deals, filters, question)
	return (
		get_columns(filters),
		rows,
		get_message(question, deals, rows, filters),
		get_chart(rows, filters, question),
		get_summary(rows),
	)


def axes(filters: frappe._dict) -> tuple[str, str]:
	"""Fields upwards and to the right."""
	return VALUES.get(filters.value, "strategic_us"), COSTS.get(filters.cost, "effort")


# ---------------------------------------------------------------- figures


def read(question: Question, filters: frappe._dict) -> pd.DataFrame:
	"""Key Account Opportunities that are neither won nor lost, within the filters."""
	frame = pipeline.read(question, filters)
	frame = frame[(frame["source"] == OWN) & frame["status"].isin(engine.LIVE)]
	if not cint(filters.on_hold):
		frame = frame[frame["status"] != engine.ON_HOLD]
	return frame


def get_data(deals: pd.DataFrame, filters: frappe._dict, question: Question) -> list[dict]:
	"""Rated opportunities first, by priority; those without a place last."""
	details = opportunity_details.details(deals["deal"], question.company)
	people = pipeline.people()
	value, cost = axes(filters)
	rows = []
	for row in deals.to_dict("records"):
		more = details.get(row["deal"]) or frappe._dict()
		rows.append(
			{
				"deal": row["deal"],
				"title": row["title"],
				"account_name": row["account_name"],
				"key_account": row["key_account"],
				"strategic_us": more.strategic_us,
				"strategic_customer": more.strategic_customer,
				"effort": more.effort,
				"risk": more.risk,
				"placed": more.get(value) is not None and more.get(cost) is not None,
				"amount": common.known(row["estimate"] if row["estimate"] == row["estimate"] else None)
				or flt(row["amount"], 2)
				or None,
				"profit": common.known(more.profit_potential),
				"probability": common.known(row["probability"], 0),
				"priority": common.known(more.priority_score, 1),
				"priority_known": common.known(more.priority_known, 0),
				"quick_win": cint(more.quick_win),
				"decision": _(more.decision, context="Key Account Opportunity") if more.decision else "",
				"decision_key": more.decision or "",
				"status": _(row["status"], context="Key Account Opportunity"),
				"status_key": row["status"],
				"gate": _(row["gate"]) if row["gate"] else "",
				"person": people.get(row["responsible"]) or row["responsible"] or "",
				"currency": question.currency,
			}
		)
	return sorted(
		rows, key=lambda row: (not row["placed"], -(row["priority"] or 0), -(row["amount"] or 0), row["deal"])
	)


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict) -> list[dict]:
	return [
		common.text_column("title", _("Opportunity"), 270),
		common.text_column("account_name", _("Key Account"), 170),
		common.number_column("strategic_us", _("Value for Us"), 105),
		common.number_column("strategic_customer", _("Value for the Customer"), 185),
		common.number_column("effort", _("Effort"), 75),
		common.number_column("risk", _("Risk"), 70),
		common.money_column("amount", _("Potential")),
		common.money_column("profit", _("Profit Potential")),
		common.number_column("probability", _("Probability %"), 110),
		common.number_column("priority", _("Priority"), 85),
		common.text_column("quick", _("Quick Win"), 95),
		common.text_column("decision", _("Decision"), 95),
		common.text_column("gate", _("Gate"), 135),
		common.text_column("person", _("Responsible", context="KAM"), 150),
		common.currency_column(),
	]


def get_message(question: Question, deals: pd.DataFrame, rows: list[dict], filters: frappe._dict) -> str:
	value, cost = (_(frappe.get_meta(OWN).get_label(field)) for field in axes(filters))
	more = [
		_(
			"Upwards: {0}, to the right: {1}, both 1 to 5. The area of a bubble is the order value expected."
		).format(common.bold(value), common.bold(cost)),
	]
	may_rate = frappe.has_permission(OWN, "write")
	if may_rate:
		more.append(
			_("Drag a bubble to rate an opportunity anew, or click it; nothing changes before you confirm.")
		)
	missing = sum(not row["placed"] for row in rows)
	if missing:
		more.append(
			_("Not rated on these axes: {0}. They stand last in the table.").format(common.bold(missing))
		)
		if may_rate:
			more.append(_("Click Rate there."))
	without_value = sum(row["placed"] and not row["amount"] for row in rows)
	if without_value:
		more.append(
			_("Without an order value, drawn as a small ring: {0}.").format(common.bold(without_value))
		)
	return pipeline.explain(question, deals, filters, *more)


def get_summary(rows: list[dict]) -> list[dict]:
	undecided = sum(not row["decision_key"] for row in rows)
	return [
		common.count_item(_("Opportunities"), len(rows)),
		common.count_item(_("Quick Wins"), sum(row["quick_win"] for row in rows), "Green"),
		common.count_item(_("Pursue"), sum(row["decision_key"] == "Pursue" for row in rows)),
		common.count_item(_("Not Decided"), undecided, "Orange" if undecided else None),
		common.count_item(_("Not Rated"), sum(not row["placed"] for row in rows)),
	]


def get_chart(rows: list[dict], filters: frappe._dict, question: Question) -> dict | None:
	"""Counts by corner for a dashboard, the bubbles (`kam`) for the chart above the report."""
	value, cost = axes(filters)
	placed = [row for row in rows if row["placed"]]
	if not placed:
		return None
	meta = frappe.get_meta(OWN)
	corners = {
		(True, False): _("Do first"),
		(True, True): _("Plan", context="KAM"),
		(False, False): _("Do on the side"),
		(False, True): _("Drop", context="KAM"),
	}
	counts = {
		corner: sum((row[value] >= MIDDLE, row[cost] > MIDDLE) == corner for row in placed)
		for corner in corners
	}
	return {
		"type": "bar",
		"data": {
			"labels": [*corners.values()],
			"datasets": [{"name": _("Opportunities"), "values": [*counts.values()]}],
		},
		"fieldtype": "Int",
		"kam": {
			"kind": "opportunities",
			"currency": question.currency,
			"axes": {
				"value": {"field": value, "label": _(meta.get_label(value))},
				"cost": {"field": cost, "label": _(meta.get_label(cost))},
			},
			"editable": frappe.has_permission(OWN, "write"),
			"corners": {
				"first": corners[(True, False)],
				"plan": corners[(True, True)],
				"side": corners[(False, False)],
				"drop": corners[(False, True)],
			},
			"deals": [
				{
					name: row[name]
					for name in (
						*(
							"deal",
							"title",
							"account_name",
							"strategic_us",
							"strategic_customer",
							"effort",
							"risk",
						),
						*(
							"amount",
							"profit",
							"probability",
							"priority",
							"quick_win",
							"decision",
							"status_key",
						),
					)
				}
				for row in placed
			],
		},
	}
