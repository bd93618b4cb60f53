import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate


class MarketEstimate(Document):
	def validate(self):
		if not (self.from_date and self.to_date):
			return  # Frappe asks for them
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("To must not lie before From."))
		if not self.market_value and not self.market_units:
			frappe.throw(_("Please enter the Market Value, the Market Units or both."))
		self.validate_overlap()

	def validate_overlap(self):
		filters = {
			"territory": self.territory,
			"item_group": self.item_group or ("is", "not set"),
			"company": self.company,
			"from_date": ("<=", self.to_date),
			"to_date": (">=", self.from_date),
			"name": ("!=", self.name),
		}
		twin = frappe.db.get_value("Market Estimate", filters)
		if twin:
			frappe.throw(
				_(
					"Market Estimate {0} already covers a part of this period for the same territory and item group."
				).format(twin)
			)
