import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, formatdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.cost_rates import keys, unit_of


class KAMCostRate(Document):
	def validate(self):
		if self.driver not in keys():
			frappe.throw(_("Driver: please choose one of the list."))
		if flt(self.rate) < 0:
			frappe.throw(_("Rate must not be below 0. Enter 0 for a driver that is not used."))
		self.unit = unit_of(self.driver, self.for_company)
		self.validate_twin()

	def validate_twin(self):
		filters = {
			"driver": self.driver,
			"from_date": self.from_date,
			"for_company": self.for_company or ("is", "not set"),
			"customer_group": self.customer_group or ("is", "not set"),
			"name": ("!=", self.name),
		}
		twin = frappe.db.get_value("KAM Cost Rate", filters, for_update=True)
		if twin:
			frappe.throw(
				_(
					"From: rate {0} already holds from {1} for the same driver, company and customer group. Change that one, or choose another day."
				).format(twin, formatdate(self.from_date))
			)


def on_doctype_update():
	add_index("KAM Cost Rate", ["driver", "from_date"])
