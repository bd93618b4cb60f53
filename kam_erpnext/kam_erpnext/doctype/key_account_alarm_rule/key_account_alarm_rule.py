import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext import alarms
from kam_erpnext.alarms import silence
from kam_erpnext.alarms.rules import refuse_bad_numbers


class KeyAccountAlarmRule(Document):
	def validate(self):
		self.rule_name = (self.rule_name or "").strip()
		refuse_bad_numbers(self)
		self.keep_the_kind()

	def keep_the_kind(self):
		"""Alarms of the past say what the rule watched then."""
		if self.is_new() or not self.has_value_changed("kind"):
			return
		if frappe.db.exists(alarms.ALARM, {"rule": self.name}):
			frappe.throw(
				_(
					"{0} has raised alarms, so What Happens cannot be changed any more. Please switch this rule off and make a new one."
				).format(frappe.bold(self.rule_name))
			)

	def on_trash(self):
		if frappe.db.exists(alarms.ALARM, {"rule": self.name}):
			frappe.throw(
				_(
					"{0} has raised alarms, whose history would be lost. Please clear Enabled instead: its alarms end with the next night."
				).format(frappe.bold(self.rule_name)),
				frappe.LinkExistsError,
			)

	def after_rename(self, old: str, new: str, merge: bool = False):
		silence.renew_keys("rule", new)
