"""Scores of the current maps, kept night by night so that a trend can be drawn."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, cint, getdate

from kam_erpnext.engine.relationships import Scores
from kam_erpnext.power_map import POWER_MAP, judgements
from kam_erpnext.power_map.evaluation import evaluate_maps, read_maps
from kam_erpnext.power_map.scores import rounded

SNAPSHOT = "Power Map Snapshot"
# without a change a snapshot is taken after this many days
AT_LEAST_EVERY = 7
# maps read at a time
BATCH = 100
# figures that may be unknown -> digits kept
FIGURES = {"coverage": 1, "role_completeness": 1, "support_index": 2, "rule_score": 2, "status_ladder": 0}
COUNTS = ("people", "threads", "our_people")


def take_snapshots():
	"""Nightly: one snapshot of each current map whose scores changed, or whose last one is a week old.

	Running it again on the same day changes nothing.
	"""
	today = getdate()
	names = frappe.get_all(POWER_MAP, {"is_current": 1}, pluck="name", order_by="name asc")
	for start in range(0, len(names), BATCH):
		_take(names[start : start + BATCH], today)


def _take(names: list[str], today: date):
	maps = {doc.name: doc for doc in read_maps(names)}
	before = _last(names)
	for name, found in evaluate_maps([*maps.values()]).items():
		last = before.get(name)
		values = values_of(found)
		if last and (getdate(last.taken_on) >= today or _is_fresh(last, values, today)):
			continue
		keep(name, maps[name].key_account, today, values)


def values_of(found: Scores) -> dict:
	"""Figures of a snapshot; None is not known."""
	known = {
		"coverage": found.coverage.value,
		"role_completeness": found.roles.value,
		"support_index": found.support.value,
		"rule_score": found.rules.score,
		"status_ladder": found.status.value,
	}
	return {
		"people": len(found.stakeholders),
		"threads": found.threads.count,
		"our_people": found.our_people.bus_factor,
		**{field: rounded(value, FIGURES[field]) for field, value in known.items()},
	}


def keep(power_map: str, key_account: str, on: date, values: dict):
	"""One snapshot of a map and day; a second one is not made."""
	savepoint = "kam_snapshot"
	frappe.db.savepoint(savepoint)
	try:
		frappe.get_doc(
			{
				"doctype": SNAPSHOT,
				"power_map": power_map,
				"key_account": key_account,
				"taken_on": on,
				"unknown": ", ".join(field for field, value in values.items() if value is None),
				"snapshot_key": f"{power_map}:{on}",
				**{field: value or 0 for field, value in values.items()},
			}
		).insert(ignore_permissions=True)  # nobody may write them by hand
	except frappe.UniqueValidationError:
		# another run was faster
		frappe.db.rollback(save_point=savepoint)
		frappe.clear_last_message()
	except frappe.ValidationError:
		# one map that cannot be kept does not keep the others from it
		frappe.db.rollback(save_point=savepoint)
		frappe.log_error(title=_("Snapshot of power map {0}").format(power_map))


def _last(names: list[str]) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		SNAPSHOT,
		filters={"power_map": ["in", names]},
		fields=["power_map", "taken_on", "unknown", *COUNTS, *FIGURES],
		order_by="taken_on asc",
	)
	return {row.power_map: row for row in rows}


def _is_fresh(last: frappe._dict, values: dict, today: date) -> bool:
	"""Whether the last snapshot still says what is true, and is younger than a week."""
	return figures_of(last) == values and add_days(last.taken_on, AT_LEAST_EVERY) > today


def figures_of(row: frappe._dict) -> dict:
	"""Figures of a stored snapshot, None where they were not known."""
	unknown = {field.strip() for field in (row.unknown or "").split(",")}
	values = {}
	for field in (*COUNTS, *FIGURES):
		value = rounded(row[field], FIGURES[field]) if FIGURES.get(field) else cint(row[field])
		values[field] = None if field in unknown else value
	return values


def trend(doc) -> list[dict]:
	"""Snapshots of a map in the order of time; none for a reader who may not see its judgements."""
	if not judgements.may_read(doc):
		return []
	rows = frappe.get_all(
		SNAPSHOT,
		filters={"power_map": doc.version_of or doc.name},
		fields=["taken_on", "unknown", *COUNTS, *FIGURES],
		order_by="taken_on asc",
	)
	return [{"taken_on": str(row.taken_on), **figures_of(row)} for row in rows]
