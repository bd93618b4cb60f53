"""A starting point for new criteria."""

import frappe

from kam_erpnext.engine.measures import MEASURES

# classic criteria of key account programmes; thresholds are examples to be replaced
CLASSIFICATION = (
	("cumulative_share", "<", 80, "The customers that together make 80 % of sales"),
	("net_sales", ">=", 1_500_000, "Large by sales"),
	("potential", ">=", 1_500_000, "Large by potential within the horizon of KAM Settings"),
	("gross_profit", ">=", 800_000, "Large by profit"),
	("market_share_value", ">=", 2, "A relevant part of the market in value"),
	("market_share_units", ">=", 2, "A relevant part of the market in units"),
	("contribution", ">=", 5, "Contributes much to the company's gross profit"),
	("influence_reach", ">=", 20, "Opinion leader"),
)
SCREENING = (
	("Has been profitable for two years?", "profitable_years", ">=", 2, ""),
	("Values our products and services as distinct from competition?", None, None, None, "Orders won against a cheaper offer, statements in meetings."),
	("Has strategic value: serving it creates an advantage elsewhere?", None, None, None, "Access to a market, a reference, know-how."),
	("Can we build a barrier to entry by serving it?", None, None, None, "Integration, long contracts, joint development."),
	("Is the relationship based on more than price negotiation?", None, None, None, "Other subjects in the last three meetings."),
	("Could it grow beyond our major customers of today?", None, None, None, "Plans and investments of the customer."),
)  # fmt: skip
# criterion, weight, scale, measure, value for 0, value for 100, axis, help
SCORING = (
	("Actual Revenue", 20, "Linear", "net_sales", 0, 1_500_000, "Strength", ""),
	("Reserve Potential", 30, "Linear", "potential", 0, 1_500_000, "Attractiveness", ""),
	("Yield Strength", 30, "Linear", "gross_margin", 0, 50, "Attractiveness", ""),
	("Customer Growth", 5, "Linear", "sales_growth", -20, 50, "Attractiveness", ""),
	("Learning Partnership", 10, "Judged", None, 0, 0, "Attractiveness", "What we learn from this customer for the future."),
	("Relationship Quality", 5, "Judged", None, 0, 0, "Strength", "Access to decision makers, trust, openness."),
)  # fmt: skip


@frappe.whitelist(methods=["GET"])
def standard_lines() -> dict:
	"""Rows of the three tables of Key Account Criteria with the classic criteria: `classification, screening, scoring`."""
	frappe.has_permission("Key Account Criteria", "create", throw=True)
	names = dict(frappe.get_all("KAM Measure", fields=["measure_key", "name"], as_list=True))

	def measure(key):
		return names.get(key, MEASURES[key].label) if key else None

	return {
		"classification": [
			{"measure": measure(key), "operator": operator, "threshold": threshold, "remark": remark}
			for key, operator, threshold, remark in CLASSIFICATION
		],
		"screening": [
			{
				"question": question,
				"kind": "Measured" if key else "Judged",
				"measure": measure(key),
				"operator": operator,
				"threshold": threshold,
				"help_text": help_text,
			}
			for question, key, operator, threshold, help_text in SCREENING
		],
		"scoring": [
			{
				"criterion": criterion,
				"weight": weight,
				"kind": kind,
				"measure": measure(key),
				"low_anchor": low,
				"high_anchor": high,
				"dimension": dimension,
				"help_text": help_text,
			}
			for criterion, weight, kind, key, low, high, dimension, help_text in SCORING
		],
	}
