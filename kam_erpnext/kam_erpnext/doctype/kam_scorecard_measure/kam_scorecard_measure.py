import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kam_erpnext.engine.score_measures import CATALOGUE, ScoreMeasure

BY_LABEL = {measure.label: measure for measure in CATALOGUE.values()}


class KAMScorecardMeasure(Document):
	def validate(self):
		self.set_measure()
		self.validate_bounds()
		self.validate_health()
		self.validate_twins()

	@property
	def about(self) -> str:
		"""Meaning of the measure in words, for the form."""
		found = BY_LABEL.get(self.measure)
		return meaning(found) if found else ""

	def set_measure(self):
		found = BY_LABEL.get(self.measure)
		if not found:
			frappe.throw(
				_("{0} is no measure of the scorecard. Please choose one of the list.").format(self.measure)
			)
		self.measure_key = found.key
		self.perspective = self.perspective or found.perspective

	def validate_bounds(self):
		if flt(self.worst) == flt(self.best):
			frappe.throw(
				_(
					"Worst and Best are both {0}. Enter the value that gives 0 points and the one that gives 100."
				).format(flt(self.worst))
			)
		if cint(self.enabled) and flt(self.weight) <= 0:
			frappe.throw(_("Weight must be above 0. Untick Enabled to leave the line out."))

	def validate_health(self):
		if cint(self.in_health) and not CATALOGUE[self.measure_key].documents:
			frappe.throw(
				_(
					"{0} stands on plans, judgements or what was typed, and health reads documents only. Please untick Counts for Health."
				).format(_(self.measure))
			)

	def validate_twins(self):
		if not cint(self.enabled):
			return
		twin = frappe.db.get_value(
			self.doctype,
			{
				"measure_key": self.measure_key,
				"level": self.level or ("is", "not set"),
				"enabled": 1,
				"name": ("!=", self.name or ""),
			},
		)
		if twin:
			frappe.throw(
				_(
					"{0} measures the same for the same accounts. A measure counts once: change that line, or choose a level."
				).format(frappe.bold(twin))
			)


def unit_label(measure: ScoreMeasure) -> str:
	return {
		"percent": _("percent"),
		"money": _("amount"),
		"days": _("days"),
		"count": _("number"),
		"points": _("points"),
	}[measure.unit]


def meaning(measure: ScoreMeasure) -> str:
	"""What a measure says, in words."""
	return " ".join(
		(
			_(measure.description),
			_("Unit: {0}.").format(unit_label(measure)),
			_("It stands on documents.")
			if measure.documents
			else _("It stands on plans, judgements or what was typed, so it does not count for the health."),
			_("Usual bounds: worst {0}, best {1}.").format(f"{measure.worst:g}", f"{measure.best:g}"),
		)
	)
