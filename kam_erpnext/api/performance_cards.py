"""Number cards of the roll-up: the running fiscal year with key accounts, as the report Key Account Performance counts it."""

import frappe

from kam_erpnext.api.cards import METHODS, UNKNOWN, Card, Filters, may_read, money
from kam_erpnext.data import performance
from kam_erpnext.data.performance_rows import total_of
from kam_erpnext.kam_erpnext.report.key_account_performance.key_account_performance import question_of


@frappe.whitelist(methods=METHODS)
@frappe.read_only()
def forecast_of_the_year(filters: Filters = None) -> Card:
	"""Forecast of the fiscal year: invoiced, ordered, weighted pipeline and baseline, in company currency."""
	may_read("Key Account")
	found = _figures()
	if not found:
		return UNKNOWN
	return {**money(found["forecast"], found["currency"]), **_route()}


@frappe.whitelist(methods=METHODS)
@frappe.read_only()
def forecast_against_target(filters: Filters = None) -> Card:
	"""The forecast of the fiscal year in percent of its target."""
	may_read("Key Account")
	return _percent("forecast_attainment")


@frappe.whitelist(methods=METHODS)
@frappe.read_only()
def pace_against_target(filters: Filters = None) -> Card:
	"""Actual sales in percent of the target due by today: 100 is on schedule."""
	may_read("Key Account")
	return _percent("pace")


def _percent(figure: str) -> Card:
	found = _figures()
	if not found or found[figure] is None:
		return UNKNOWN
	return {
		"value": round(found[figure], 1),
		"fieldtype": "Percent",
		**_route({"chart": "Target Bullets"}),
	}


def _figures() -> dict | None:
	"""Figures of all key accounts the reader may see; None when there is neither a company nor anything to add up."""
	question = question_of(frappe._dict(baseline=1))
	if not question:
		return None
	found = total_of(performance.read(question))
	return found and {**found, "currency": question.currency}


def _route(options: dict | None = None) -> dict:
	return {
		"route": ["query-report", "Key Account Performance"],
		"route_options": {"baseline": 1, **(options or {})},
	}
