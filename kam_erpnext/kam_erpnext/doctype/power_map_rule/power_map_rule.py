import string

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kam_erpnext.engine import relationships as engine

WITH_ROLE = (engine.ROLE_FILLED, engine.ROLE_SUPPORTS)
WITH_MINIMUM = (
	engine.ROLE_FILLED,
	engine.ROLE_SUPPORTS,
	engine.PEOPLE_IN_CONTACT,
	engine.OUR_PEOPLE,
)
WITH_POWER = (
	engine.POWERFUL_COVERED,
	engine.NO_POOR,
	engine.NO_OPPONENT,
	engine.IN_TIME,
	engine.OWNER_NAMED,
)
HIGHEST_SUPPORT = 2


class PowerMapRule(Document):
	def validate(self):
		self.validate_weight()
		self.validate_role()
		self.validate_minimum()
		self.validate_next_step()
		self.clear_what_the_condition_does_not_use()

	def validate_weight(self):
		if flt(self.weight) <= 0 and cint(self.enabled):
			frappe.throw(
				_("Weight of rule {0} must be above 0. To leave the rule out, clear Enabled.").format(
					frappe.bold(self.rule_name)
				)
			)

	def validate_role(self):
		if self.condition in WITH_ROLE and not self.role:
			frappe.throw(
				_("Please choose the Buying Role that condition {0} speaks about.").format(
					frappe.bold(_(self.condition))
				)
			)

	def validate_minimum(self):
		if self.condition not in WITH_MINIMUM:
			return
		if cint(self.minimum) < 1:
			frappe.throw(_("At Least must be 1 or more for condition {0}.").format(_(self.condition)))
		if self.condition == engine.ROLE_SUPPORTS and cint(self.minimum) > HIGHEST_SUPPORT:
			frappe.throw(
				_(
					"At Least stands for the support of the person here, which goes up to +{0}; found {1}."
				).format(HIGHEST_SUPPORT, self.minimum)
			)

	def validate_next_step(self):
		"""{0} stands for the people concerned; nothing else can be filled in."""
		try:
			fields = [
				field for _text, field, _spec, _conversion in string.Formatter().parse(self.next_step or "")
			]
		except ValueError:
			fields = ["?"]
		if any(field not in (None, "0") for field in fields):
			frappe.throw(
				_(
					"Suggested Next Step: in braces only {0} can be used, it stands for the person concerned."
				).format("{0}")
			)

	def clear_what_the_condition_does_not_use(self):
		if self.condition not in WITH_ROLE:
			self.role = None
		if self.condition not in WITH_POWER:
			self.power = None
		if self.condition != engine.POWERFUL_COVERED:
			self.coverage = None
		if self.condition not in WITH_MINIMUM:
			self.minimum = 1
