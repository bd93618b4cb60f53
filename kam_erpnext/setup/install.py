"""Install, migrate and uninstall."""

import frappe
from frappe import _
from semantic_version import Version

from kam_erpnext.integration import call_events
from kam_erpnext.notifications import call_digest
from kam_erpnext.setup import (
	alarm_rules,
	call_rules,
	cost_rates,
	custom_fields,
	dashboard_blocks,
	desktop,
	extensions,
	kanban,
	masters,
	onboarding,
	opportunities,
	plan_templates,
	power_map_rules,
	roles,
	scorecard_measures,
	settings,
	workflows,
)
from kam_erpnext.snapshots import nightly

SUPPORTED_MAJOR = (15, 16)


class UnsupportedVersionError(frappe.ValidationError):
	pass


def check_versions(frappe_version: str, erpnext_version: str) -> None:
	"""Raise UnsupportedVersionError unless both versions are supported."""
	for app, version in (("Frappe", frappe_version), ("ERPNext", erpnext_version)):
		if Version.coerce(version).major not in SUPPORTED_MAJOR:
			raise UnsupportedVersionError(
				_(
					"KAM for ERPNext needs {0} version {1}; this bench has {2}. "
					"Install a matching branch of {0}, or a release of KAM for ERPNext made for it."
				).format(app, f" {_('or')} ".join(str(major) for major in SUPPORTED_MAJOR), version)
			)


def _check_bench():
	import erpnext

	check_versions(frappe.__version__, erpnext.__version__)


def before_install():
	_check_bench()
	roles.apply()


def after_install():
	custom_fields.apply()
	workflows.apply()
	masters.apply()
	plan_templates.apply()
	power_map_rules.apply()
	cost_rates.apply()
	scorecard_measures.apply()
	call_rules.apply()
	alarm_rules.apply()
	kanban.apply()
	dashboard_blocks.apply()
	opportunities.apply()
	extensions.apply()


def before_migrate():
	_check_bench()


def after_migrate():
	roles.apply()
	settings.apply()
	custom_fields.apply()
	workflows.apply()
	masters.sync_measures()
	plan_templates.apply()
	power_map_rules.apply()
	cost_rates.apply()
	scorecard_measures.apply()
	call_rules.apply()
	alarm_rules.apply()
	kanban.apply()
	dashboard_blocks.apply()
	opportunities.apply()
	extensions.apply()


def before_uninstall():
	desktop.remove()
	onboarding.remove()
	opportunities.remove()
	dashboard_blocks.remove()
	kanban.remove()
	cost_rates.remove()
	scorecard_measures.remove()
	call_rules.remove()
	alarm_rules.remove()
	power_map_rules.remove()
	plan_templates.remove()
	workflows.remove()
	call_events.remove_all()
	custom_fields.remove()
	roles.remove()
	call_digest.forget()
	nightly.forget()
	# Frappe leaves these two behind
	frappe.db.delete("Singles", {"doctype": "KAM Settings"})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "kam_erpnext.%")})
