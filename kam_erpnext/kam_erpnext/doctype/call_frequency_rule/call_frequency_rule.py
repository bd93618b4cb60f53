import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt
from frappe.utils.nestedset import get_descendants_of

from kam_erpnext.engine.call_frequency import Rule

RULE = "Call Frequency Rule"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_CALLS = 1000
MINUTES_OF_DAY = 24 * 60


class CallFrequencyRule(Document):
	def validate(self):
		self.rule_name = (self.rule_name or "").strip()
		self.validate_numbers()
		self.validate_potential()

	def validate_numbers(self):
		if not 0 <= cint(self.calls) <= MOST_CALLS:
			frappe.throw(
				_("Calls must lie between 0 and {0}. 0: these customers are not called on this way.").format(
					MOST_CALLS
				)
			)
		if cint(self.calls) and not 0 < cint(self.duration) <= MINUTES_OF_DAY:
			frappe.throw(_("Duration: please enter the minutes with the customer, for example 60."))

	def validate_potential(self):
		low, high = flt(self.potential_from), flt(self.potential_to)
		if low < 0 or high < 0:
			frappe.throw(_("Potential From and Potential Below cannot be negative. 0: no limit."))
		if low and high and high <= low:
			frappe.throw(
				_("Potential Below ({0}) must be above Potential From ({1}), or 0 for no limit.").format(
					frappe.format_value(high, "Currency"), frappe.format_value(low, "Currency")
				)
			)

	def as_engine(self) -> Rule:
		"""The rule as the engine reads it, trees with everything below the node."""
		return Rule(
			name=self.name,
			method=self.method,
			calls=cint(self.calls),
			per=self.per,
			duration=cint(self.duration),
			order=cint(self.rule_order),
			abc_class=self.abc_class or None,
			level=self.level or None,
			segment=self.segment or None,
			territories=_below("Territory", self.territory),
			customer_groups=_below("Customer Group", self.customer_group),
			potential_from=flt(self.potential_from) or None,
			potential_below=flt(self.potential_to) or None,
			only_key_accounts=bool(self.only_key_accounts),
			weekdays=frozenset(number for number, day in enumerate(WEEKDAYS) if self.get(day)),
		)


def _below(doctype: str, name: str | None) -> frozenset[str] | None:
	if not name:
		return None
	# a rule holds for its whole territory, however much of it the planner may see
	return frozenset((name, *get_descendants_of(doctype, name, ignore_permissions=True)))


def enabled_rules() -> list[Rule]:
	"""Rules that count, in their order. They are masters that every role of the programme reads."""
	names = frappe.get_all(RULE, {"enabled": 1}, pluck="name", order_by="rule_order, name")
	return [frappe.get_doc(RULE, name).as_engine() for name in names]
