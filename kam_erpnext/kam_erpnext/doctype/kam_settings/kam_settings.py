import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kam_erpnext.engine.scoring import DEFAULT_BANDS, Band

# bands of the health, the worst first
AT_RISK, WATCH, HEALTHY = "At Risk", "Watch", "Healthy"
PERCENTAGES = ("portfolio_cut_attractiveness", "portfolio_cut_strength", "concentration_warning")


class KAMSettings(Document):
	def validate(self):
		self.validate_abc_cuts()
		self.validate_percentages()
		self.validate_bands()
		self.validate_health_bands()

	def validate_abc_cuts(self):
		cut_a, cut_b = flt(self.abc_cut_a), flt(self.abc_cut_b)
		if not 0 < cut_a < cut_b <= 100:
			frappe.throw(
				_(
					"Class A Up To ({0} %) must be above 0 and below Class B Up To ({1} %), which must not exceed 100."
				).format(cut_a, cut_b)
			)

	def validate_percentages(self):
		for field in PERCENTAGES:
			if not 0 <= flt(self.get(field)) <= 100:
				frappe.throw(_("{0} must lie between 0 and 100.").format(_(self.meta.get_label(field))))

	def validate_bands(self):
		seen, previous = set(), 0
		for row in self.bands:
			upper = flt(row.upper)
			if not 0 < upper <= 100:
				frappe.throw(
					_("Score Bands, line {0}: Up To must be above 0 and at most 100.").format(row.idx)
				)
			if upper <= previous:
				frappe.throw(_("Score Bands, line {0}: Up To must rise from line to line.").format(row.idx))
			if row.label in seen:
				frappe.throw(_("Score Bands, line {0}: {1} is listed twice.").format(row.idx, row.label))
			seen.add(row.label)
			previous = upper
		if self.bands and previous < 100:
			frappe.throw(_("Score Bands: the last line must reach 100."))

	def validate_health_bands(self):
		at_risk, watch = flt(self.health_at_risk), flt(self.health_watch)
		if not 0 < at_risk < watch < 100:
			frappe.throw(
				_(
					"At Risk Up To ({0}) must be above 0 and below Watch Up To ({1}), which must be below 100."
				).format(at_risk, watch)
			)

	def health_bands(self) -> list[tuple[str, float]]:
		"""Bands of the health with their upper bounds, rising."""
		return [(AT_RISK, flt(self.health_at_risk)), (WATCH, flt(self.health_watch)), (HEALTHY, 100.0)]

	def engine_bands(self) -> list[Band]:
		"""Bands of the settings, or the shipped ones when the table was emptied."""
		return [Band(row.label, row.upper) for row in self.bands] or list(DEFAULT_BANDS)


def get_settings() -> KAMSettings:
	return frappe.get_cached_doc("KAM Settings")


def default_company() -> str | None:
	"""Company of the settings, else the user's default company."""
	return get_settings().company or frappe.defaults.get_user_default("Company")
