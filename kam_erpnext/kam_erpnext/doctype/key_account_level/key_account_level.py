import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class KeyAccountLevel(Document):
	def validate(self):
		if cint(self.rank) < 1:
			frappe.throw(_("Rank must be 1 or more; 1 is the highest level."))
		twin = frappe.db.get_value("Key Account Level", {"rank": self.rank, "name": ("!=", self.name)})
		if twin:
			frappe.throw(
				_("Level {0} already has rank {1}. Please give each level its own rank.").format(
					twin, self.rank
				)
			)
