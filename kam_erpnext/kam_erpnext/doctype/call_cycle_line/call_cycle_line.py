import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, date_diff, formatdate, getdate

from kam_erpnext.compat import add_index
from kam_erpnext.data import call_customers
from kam_erpnext.kam_erpnext.doctype.call_cycle import workload

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
ACTIVE, PAUSED, HANDED_OVER, REMOVED = "Active", "Paused", "Handed Over", "Removed"
DURATION = 60
MOST_CALLS = 1000
MINUTES_OF_DAY = 24 * 60
# what is known of the customer, written when the line is made and by each proposal
BASIS = (
	"customer_name", "key_account", "territory", "area", "abc_class", "level", "segment", "potential",
	"potential_known", "last_call",
)  # fmt: skip


class CallCycleLine(Document):
	def before_insert(self):
		self.status = self.status or ACTIVE
		self.duration = cint(self.duration) or DURATION

	def validate(self):
		cycle = self.get_cycle()
		self.validate_may_change(cycle)
		self.validate_fixed()
		self.validate_customer(cycle)
		self.validate_numbers()
		self.validate_days(cycle)
		self.validate_status()
		self.validate_contact()
		if self.is_new():
			self.set_basis(cycle)
		self.set_interval(cycle)

	def on_update(self):
		self.refresh_cycle()

	def on_trash(self):
		cycle = self.get_cycle()
		if cycle.docstatus != 0:
			frappe.throw(
				_("{0}: lines of a cycle that was approved stay. Choose Remove instead.").format(
					self.customer_name or self.customer
				)
			)
		self.validate_may_change(cycle)

	def after_delete(self):
		self.refresh_cycle()

	def refresh_cycle(self):
		"""Whoever changes many lines sets the flag and calls `workload.store_totals` once."""
		if not self.flags.kam_totals_later:
			workload.store_totals(self.get_cycle())

	def get_cycle(self):
		if not getattr(self, "_cycle", None) or self._cycle.name != self.cycle:
			self._cycle = frappe.get_doc(CYCLE, self.cycle)
		return self._cycle

	def validate_may_change(self, cycle):
		"""Whoever may write the cycle; nobody while it is in review, closed or cancelled."""
		if self.flags.ignore_permissions:
			return
		cycle.check_permission("write")
		if cycle.status in ("In Review", "Closed", "Cancelled"):
			frappe.throw(
				_("{0} is {1}. Its lines cannot be changed now.").format(
					cycle.title or cycle.name, _(cycle.status)
				)
			)

	def validate_fixed(self):
		"""A line stays with its cycle, customer and method: what was proposed would belong to something else."""
		for field in ("cycle", "customer", "method"):
			if not self.is_new() and self.has_value_changed(field):
				frappe.throw(
					_("{0} of a line cannot be changed. Please remove the line and add another one.").format(
						_(self.meta.get_label(field))
					)
				)

	def validate_customer(self, cycle):
		if not self.is_new():
			return
		if not call_customers.may_call_on(cycle, self.customer):
			frappe.throw(
				_(
					"Customer {0} cannot be called on by {1}: it is disabled, a company of our own, or not among the customers this person may see."
				).format(self.customer, cycle.user)
			)
		double = frappe.db.exists(
			LINE, {"cycle": self.cycle, "customer": self.customer, "method": self.method}
		)
		if double:
			frappe.throw(
				_(
					"{0} stands in this cycle with the method {1} already. Please change the number of calls of that line."
				).format(self.customer, _(self.method)),
				frappe.DuplicateEntryError,
			)

	def validate_numbers(self):
		name = self.customer_name or self.customer
		if not 0 <= cint(self.calls) <= MOST_CALLS:
			frappe.throw(
				_("{0}: Calls must lie between 0 and {1}.").format(name, MOST_CALLS), title=_("Calls")
			)
		if not 0 < cint(self.duration) <= MINUTES_OF_DAY:
			frappe.throw(_("{0}: Duration must be the minutes of one call, for example 60.").format(name))
		if cint(self.calls) == cint(self.proposed_calls):
			return
		if not (self.override_reason or "").strip():
			frappe.throw(
				_("{0}: {1} calls instead of the {2} proposed need a reason. Please enter why.").format(
					name, cint(self.calls), cint(self.proposed_calls)
				),
				title=_("Reason Missing"),
			)

	def validate_days(self, cycle):
		if self.from_date and not getdate(cycle.from_date) <= getdate(self.from_date) <= getdate(
			cycle.to_date
		):
			frappe.throw(
				_("{0}: Calls From ({1}) must be a day of the cycle, {2} to {3}.").format(
					self.customer_name or self.customer,
					formatdate(self.from_date),
					formatdate(cycle.from_date),
					formatdate(cycle.to_date),
				)
			)
		if self.paused_from and self.paused_to and getdate(self.paused_to) < getdate(self.paused_from):
			frappe.throw(
				_("{0}: Paused To ({1}) lies before Paused From ({2}).").format(
					self.customer_name or self.customer,
					formatdate(self.paused_to),
					formatdate(self.paused_from),
				)
			)

	def validate_status(self):
		if self.status == HANDED_OVER and not self.handed_to:
			frappe.throw(
				_("{0}: please choose the colleague the calls are handed to.").format(
					self.customer_name or self.customer
				)
			)

	def validate_contact(self):
		if not self.contact or not (self.is_new() or self.has_value_changed("contact")):
			return
		linked = {"parenttype": "Contact", "parent": self.contact, "link_doctype": "Customer"}
		if not frappe.db.exists("Dynamic Link", {**linked, "link_name": self.customer}):
			frappe.throw(
				_("{0} is no contact of {1}. Please choose one of its contacts.").format(
					self.contact, self.customer_name or self.customer
				)
			)

	def set_basis(self, cycle):
		"""What is known of the customer now; a client does not tell it."""
		found = call_customers.customers_of(cycle, [self.customer])
		if found:
			self.update(basis_of(found[0], self.method))

	def set_interval(self, cycle):
		"""By the rule, or by the calls that were entered instead: days of the cycle divided by calls."""
		calls = cint(self.calls)
		if (calls and calls != cint(self.proposed_calls)) or not self.interval_days:
			days = date_diff(cycle.to_date, self.from_date or cycle.from_date) + 1
			self.interval_days = days / calls if calls else 0


def basis_of(customer: dict, method: str) -> dict:
	"""Values of BASIS for a row of `call_customers.customers_of`."""
	return {
		"customer_name": customer["customer_name"],
		"key_account": customer["key_account"],
		"territory": customer["territory"],
		"area": customer["area"],
		"abc_class": customer["abc_class"],
		"level": customer["level"],
		"segment": ", ".join(customer["segments"])[:140] or None,
		"potential": customer["potential"] or 0,
		"potential_known": int(customer["potential"] is not None),
		"last_call": customer["last_calls"].get(method),
	}


def on_doctype_update():
	add_index(LINE, ["cycle", "customer"])
	add_index(LINE, ["cycle", "status"])
