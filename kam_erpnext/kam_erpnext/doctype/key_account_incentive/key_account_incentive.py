import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext.data import incentive_view


class KeyAccountIncentive(Document):
	"""Written by its scheme alone, see key_account_incentive_scheme.statements."""

	def onload(self):
		self.set_onload("statement", incentive_view.view(self))

	def validate(self):
		self.refuse_others()

	def on_trash(self):
		self.refuse_others()

	def before_rename(self, *args):
		self.refuse_others()

	def refuse_others(self):
		if not self.flags.by_scheme:
			frappe.throw(
				_(
					"A statement is written by its scheme alone: nobody enters, changes or deletes it by hand."
				),
				frappe.PermissionError,
			)
