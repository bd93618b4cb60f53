import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext.engine.scoring import Band


class KAMSettings(Document):
	def validate(self):
		self.validate_abc_cuts()
		self.validate_bands()

	def validate_abc_cuts(self):
		if not 0 < self.abc_cut_a < self.abc_cut_b <= 100:
			frappe.throw(
				_(
					"Class A Up To ({0} %) must be above 0 and below Class B Up To ({1} %), which must not exceed 100."
				).format(self.abc_cut_a, self.abc_cut_b)
			)

	def validate_bands(self):
		if not self.bands:
			return
		uppers = [row.upper for row in self.bands]
		if uppers != sorted(set(uppers)):
			frappe.throw(_("Score Bands: Up To must rise from line to line."))
		if uppers[-1] < 100:
			frappe.throw(_("Score Bands: the last line must reach 100."))

	def engine_bands(self) -> list[Band]:
		return [Band(row.label, row.upper) for row in self.bands]


def get_settings() -> KAMSettings:
	return frappe.get_cached_doc("KAM Settings")


def default_company() -> str | None:
	"""Company of the settings, else the user's default company."""
	return get_settings().company or frappe.defaults.get_user_default("Company")
