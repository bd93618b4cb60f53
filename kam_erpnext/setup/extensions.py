"""What other apps add becomes choosable: records of measures, and the choices of cost drivers and kinds of alarms."""

import click
import frappe

from kam_erpnext import extending
from kam_erpnext.alarms import ALARM, RULE
from kam_erpnext.data.cost_rates import RATE
from kam_erpnext.engine.plan_measures import FOR_CRITERIA
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import CRITERIA_DOCTYPES, uses

MEASURE, OTHER_APP = "KAM Measure", "Other app"


def apply() -> None:
	"""Measures and choices as the installed apps declare them; what is wrong in their hooks is told."""
	extending.forget()
	_measures()
	_choices(RATE, "driver", [driver.label for driver in extending.cost_drivers().values()])
	for doctype in (RULE, ALARM):
		# rules of an app that is gone can still be switched off, and alarms of the past closed
		kept = frappe.get_all(doctype, pluck="kind", distinct=True, order_by="kind")
		_choices(doctype, "kind", [*extending.alarm_rules(), *kept])
	for fault in extending.faults():
		click.secho(fault, fg="red")


def apps_changed(app: str) -> None:
	"""After another app was installed."""
	if app != "kam_erpnext" and "kam_erpnext" in frappe.get_installed_apps():
		apply()


def app_removed(app: str) -> None:
	"""After another app was removed. Frappe has committed that before it calls, and does not commit again."""
	apps_changed(app)
	frappe.db.commit()


def extend_boot(bootinfo) -> None:
	sources = extending.pipeline_sources()
	if sources:
		bootinfo.kam_pipeline_sources = [*sources]


def _measures() -> None:
	"""Records follow what apps declare. One that is offered no more goes, unless something uses it: then it stays and says
	that it is not known."""
	declared = extending.measures()
	there = dict(
		frappe.get_all(MEASURE, {"source": OTHER_APP}, ["measure_key", "name"], as_list=True, order_by="name")
	)
	for key, measure in declared.items():
		values = {
			"source": OTHER_APP,
			"unit": measure.unit,
			"higher_is_better": int(measure.higher_is_better),
			"description": measure.description,
			"used_for": FOR_CRITERIA[-1],
			"is_standard": 1,
		}
		if key in there:
			frappe.db.set_value(MEASURE, there[key], values, update_modified=False)
			frappe.clear_document_cache(MEASURE, there[key])
			continue
		label = measure.label
		if frappe.db.exists(MEASURE, label):
			label = f"{label} ({extending.app_of(key)})"
		doc = frappe.get_doc({"doctype": MEASURE, "measure_name": label, "measure_key": key, **values})
		doc.flags.kam_setup = True
		doc.insert(ignore_permissions=True)  # runs during migrate
	for key, name in there.items():
		if key in declared or next(uses(name, CRITERIA_DOCTYPES), None):
			continue
		frappe.db.delete(MEASURE, {"name": name})
		frappe.clear_document_cache(MEASURE, name)


def _choices(doctype: str, fieldname: str, more: list[str]) -> None:
	"""The choices of a field: the shipped ones, then those of other apps. A Property Setter, as Customize Form makes it: it
	belongs to the site, and the next version of this app finds its own choices unchanged."""
	field = {"doc_type": doctype, "field_name": fieldname, "property": "options"}
	place = {**field, "is_system_generated": 1}
	shipped = frappe.db.get_value("DocField", {"parent": doctype, "fieldname": fieldname}, "options") or ""
	more = [word for word in dict.fromkeys(more) if word and word not in shipped.split("\n")]
	wanted = "\n".join([shipped, *more])
	by_hand = frappe.db.get_value("Property Setter", {**field, "is_system_generated": 0}, "value")
	if by_hand is not None:
		missing = [word for word in more if word not in by_hand.split("\n")]
		if missing:
			click.secho(
				f"{doctype}: add to the customized choices of {fieldname}: {', '.join(missing)}", fg="yellow"
			)
		return
	if frappe.db.get_value("Property Setter", place, "value") == (wanted if more else None):
		return
	frappe.db.delete("Property Setter", place)
	if more:
		frappe.make_property_setter(
			{
				"doctype": doctype,
				"fieldname": fieldname,
				"property": "options",
				"value": wanted,
				"property_type": "Text",
			},
			validate_fields_for_doctype=False,
		)
	frappe.clear_cache(doctype=doctype)
