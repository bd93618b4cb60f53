"""Settings of power maps on a site whose KAM Settings were stored before there were any."""

import frappe

FIELDS = (
	"active_days",
	"rhythm_high",
	"rhythm_medium",
	"rhythm_low",
	"judgement_retention",
	"map_version_retention",
	"reading_retention",
)


def execute():
	stored = frappe.db.get_singles_dict("KAM Settings")
	for field in FIELDS:
		if field not in stored:
			default = frappe.get_meta("KAM Settings").get_field(field).default
			frappe.db.set_single_value("KAM Settings", field, default, update_modified=False)
