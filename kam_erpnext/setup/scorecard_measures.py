"""Shipped lines of the scorecard, one for each measure of the catalogue. They are made once: a site may change or delete them."""

import frappe

from kam_erpnext.engine.score_measures import CATALOGUE
from kam_erpnext.setup import once

MEASURE = "KAM Scorecard Measure"

# remembers which lines were made
CREATED = "kam_created_scorecard_measures"


def apply():
	"""Make the shipped lines that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for order, measure in enumerate(CATALOGUE.values(), start=1):
		if measure.key in done:
			continue
		if not frappe.db.exists(MEASURE, {"measure_key": measure.key}):
			values = {
				"measure_name": measure.label,
				"measure": measure.label,
				"perspective": measure.perspective,
				"weight": measure.weight,
				"worst": measure.worst,
				"best": measure.best,
				"in_health": int(measure.documents),
				"line_order": 10 * order,
			}
			document = frappe.get_doc({"doctype": MEASURE, **values})
			document.insert(ignore_permissions=True)  # runs during install
		done.append(measure.key)
	once.remember(CREATED, done)


def remove():
	once.forget(CREATED)
