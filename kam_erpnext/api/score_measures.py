"""Help for the forms of scorecard lines and snapshots."""

import frappe
from frappe import _

from kam_erpnext.engine.score_measures import CATALOGUE
from kam_erpnext.kam_erpnext.doctype.kam_scorecard_measure.kam_scorecard_measure import BY_LABEL, meaning


@frappe.whitelist(methods=["GET"])
def suggested(measure: str) -> dict:
	"""What a line usually holds for a measure (its label): `perspective, weight, worst, best, in_health, about`."""
	frappe.has_permission("KAM Scorecard Measure", "read", throw=True)
	found = BY_LABEL.get(measure)
	if not found:
		frappe.throw(_("{0} is no measure of the scorecard. Please choose one of the list.").format(measure))
	return {
		"perspective": found.perspective,
		"weight": found.weight,
		"worst": found.worst,
		"best": found.best,
		"in_health": int(found.documents),
		"about": meaning(found),
	}


@frappe.whitelist(methods=["GET"])
def units() -> dict:
	"""Key of a measure -> its `label` and `unit`, for the points of a snapshot."""
	frappe.has_permission("Key Account Snapshot", "read", throw=True)
	return {key: {"label": _(measure.label), "unit": measure.unit} for key, measure in CATALOGUE.items()}
