"""A call on a customer: one document for life, from its planning to its report.

What may follow what is TRANSITIONS. "Moved" is no state but a count; `due_on` stays where the schedule or the first
planning put it. Code that schedules sets `flags.by_schedule`: its moves are not counted and it may set `due_on`.
"""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, formatdate, get_datetime, getdate, now_datetime

from kam_erpnext.compat import add_index
from kam_erpnext.data import call_time
from kam_erpnext.data.calls import OPEN
from kam_erpnext.data.permissions import may_see_customer
from kam_erpnext.engine.call_figures import CANCELLED, MADE, MISSED, PLANNED, PREPARED
from kam_erpnext.kam_erpnext.doctype.customer_call import effects
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of

TRANSITIONS = {
	PLANNED: (PREPARED, MADE, MISSED, CANCELLED),
	PREPARED: (PLANNED, MADE, MISSED, CANCELLED),
	MISSED: (PLANNED, MADE),
	CANCELLED: (PLANNED,),
	MADE: (PLANNED,),
}
# fields that say which call it is; they do not change any more once it was made, missed or cancelled
FROZEN = ("customer", "user", "planned_on", "starts_at")
# written by code only; what a client sends for them is ignored
KEPT = ("cycle", "cycle_line", "abc_class", "interval_days", "moves", "moved_from", "made_on", "dropped")
# clocks of telephones run ahead a little
AHEAD = timedelta(minutes=5)
LONGEST = 24 * 60


class CustomerCall(Document):
	def validate(self):
		before = self.get_doc_before_save()
		self.keep_fields(before)
		self.validate_cycle()
		self.set_customer(before)
		self.validate_people(before)
		self.set_day(before)
		self.validate_status(before)
		self.set_moves(before)
		self.set_made(before)
		self.validate_contacts(before)
		self.validate_products()
		effects.keep_links(self, before)
		self.title = title_of(self.customer_name or self.customer, self.method)

	def on_update(self):
		if self.status == MADE:
			effects.carry_out(self)

	def on_trash(self):
		effects.forget_call(self)

	# ------------------------------------------------------------ what it is about

	def keep_fields(self, before):
		if not before or self.flags.by_schedule:
			return
		for field in KEPT:
			self.set(field, before.get(field))
		if self.status in OPEN:
			self.dropped = 0  # a person took it up again

	def validate_cycle(self):
		"""Nobody adds calls to a cycle he does not see."""
		if self.is_new() and self.cycle and not (self.flags.by_schedule or self.flags.ignore_permissions):
			frappe.get_doc("Call Cycle", self.cycle).check_permission("read")

	def set_customer(self, before):
		"""Name, account and territory follow the customer."""
		if not self.customer:
			return  # Frappe asks for it
		changed = not before or before.customer != self.customer
		if changed and before and self.cycle:
			frappe.throw(
				_(
					"Customer: this call belongs to the call cycle {0}. Please cancel it and plan another one."
				).format(self.cycle)
			)
		if changed and not self.flags.ignore_permissions and not may_see_customer(self.customer):
			frappe.throw(
				_("You may not see the customer {0}. Please choose another one.").format(
					escape_html(self.customer)
				),
				frappe.PermissionError,
			)
		if changed or self.status in OPEN:
			customer = frappe.get_cached_value(
				"Customer", self.customer, ["customer_name", "territory"], as_dict=True
			)
			if customer:
				self.customer_name, self.territory = customer.customer_name, customer.territory
		self.key_account = account_of(self.customer)
		if not self.company:
			from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

			self.company = default_company()
		if not 0 <= cint(self.duration) <= LONGEST:
			frappe.throw(_("Duration must lie between 0 and {0} minutes.").format(LONGEST))

	def validate_people(self, before):
		if not self.user:
			if self.status in OPEN or not before:
				frappe.throw(_("Please say in the field Person who makes the call."))
			return  # a user who was deleted; the name is kept
		if not before or before.user != self.user or not self.user_name:
			self.user_name = self.check_person(before)
		if self.accompanied_by == self.user:
			self.accompanied_by = None

	def check_person(self, before) -> str | None:
		"""Refuses who cannot make a call. Returns the name."""
		person = frappe.get_cached_value(
			"User", self.user, ["full_name", "enabled", "user_type"], as_dict=True
		)
		if not person:
			return None  # Frappe refuses a link to nobody
		name = person.full_name or self.user
		if self.status in OPEN:
			if not person.enabled or person.user_type != "System User":
				frappe.throw(
					_(
						"Person: {0} is disabled or has no access to the desk. Please choose somebody else."
					).format(escape_html(name))
				)
			if not may_make_calls(self.user):
				frappe.throw(
					_(
						"Person: {0} may not report calls. Please choose somebody else, or give the person a role of key account management such as Key Account Manager."
					).format(escape_html(name))
				)
		return name

	# ------------------------------------------------------------ day and state

	def set_day(self, before):
		"""The day is that of the appointment in the time zone of the person. An appointment keeps its time of day when
		the day alone is changed."""
		if not self.planned_on and not self.starts_at:
			return  # Frappe asks for it
		self.planned_on = getdate(self.planned_on) if self.planned_on else None
		if self.starts_at:
			self.starts_at = get_datetime(self.starts_at).replace(microsecond=0)
			same_time = before and before.starts_at and get_datetime(before.starts_at) == self.starts_at
			other_day = before and self.planned_on and getdate(before.planned_on) != self.planned_on
			if same_time and other_day and self.status in OPEN:
				clock = call_time.to_user_time(self.starts_at, self.user).time()
				self.starts_at = call_time.to_site_time(datetime.combine(self.planned_on, clock), self.user)
			if not before or self.status in OPEN:
				self.planned_on = call_time.day_of(self.starts_at, self.user)
		moved = before and getdate(before.planned_on) != self.planned_on
		if moved and self.status in OPEN and not self.flags.by_schedule:
			if self.planned_on < call_time.today_of(self.user):
				frappe.throw(
					_("Day: {0} is over. Please move the call to today or later.").format(
						formatdate(self.planned_on)
					)
				)
		if not self.due_on and not before:
			self.due_on = self.planned_on
		elif before and not self.flags.by_schedule:
			self.due_on = before.due_on

	def validate_status(self, before):
		if before and before.status != self.status:
			if self.status not in TRANSITIONS.get(before.status, ()):
				frappe.throw(
					_("A call that is {0} cannot become {1}. {2}").format(
						_(before.status), _(self.status), _remedy(before.status)
					)
				)
			if self.status == MISSED and self.planned_on > call_time.today_of(self.user):
				frappe.throw(
					_("The day of the call, {0}, has not come yet. Please move or cancel it instead.").format(
						formatdate(self.planned_on)
					)
				)
			if self.status in (MISSED, CANCELLED) and not (self.reason or "").strip():
				frappe.throw(
					_("Reason: please say why the call was missed.")
					if self.status == MISSED
					else _("Reason: please say why the call is cancelled.")
				)
		if before and self.status not in OPEN:
			changed = [field for field in FROZEN if _differs(before, self, field)]
			if changed:
				frappe.throw(
					_("{0} cannot be changed: the call is {1}. {2}").format(
						", ".join(_(self.meta.get_label(field)) for field in changed),
						_(self.status),
						_remedy(self.status),
					)
				)

	def set_moves(self, before):
		if not before or self.flags.by_schedule or getdate(before.planned_on) == self.planned_on:
			return
		self.moves = cint(before.moves) + 1
		self.moved_from = before.planned_on
		if self.reason == before.reason and not self.flags.same_reason:
			self.reason = None  # it stood for something that happened before

	def set_made(self, before):
		if self.status != MADE:
			self.made_at = self.made_on = None
			return
		if not self.made_at:
			self.made_at = (before and before.status == MADE and before.made_at) or now_datetime()
		self.made_at = get_datetime(self.made_at).replace(microsecond=0)
		if self.made_at > now_datetime() + AHEAD:
			frappe.throw(
				_("Made ({0}) lies in the future. Please report the call once it has been made.").format(
					frappe.utils.format_datetime(self.made_at)
				)
			)
		if self.user or not self.made_on:
			self.made_on = call_time.day_of(self.made_at, self.user)

	# ------------------------------------------------------------ tables

	def validate_contacts(self, before):
		"""The same person twice means once. New ones belong to the customer, or are contacts the user may read."""
		known = {row.contact for row in before.contacts} if before else set()
		rows = {}
		for row in self.contacts:
			first = rows.setdefault(row.contact, row)
			first.met = int(cint(first.met) or cint(row.met))
		if len(rows) != len(self.contacts):
			self.set("contacts", list(rows.values()))
		fresh = [name for name in rows if name and name not in known]
		ours = contacts_of_customer(self.customer, fresh)
		for row in self.contacts:
			if row.contact in fresh and row.contact not in ours and not self.flags.ignore_permissions:
				if not frappe.has_permission("Contact", "read", row.contact):
					frappe.throw(
						_(
							"People, line {0}: {1} is not a contact of this customer. Please choose one of its contacts."
						).format(row.idx, escape_html(row.contact))
					)
			if row.contact and (row.contact in fresh or not row.contact_name):
				row.contact_name = name_of_contact(row.contact)

	def validate_products(self):
		for row in self.products:
			if row.item and not row.item_group:
				row.item_group = frappe.get_cached_value("Item", row.item, "item_group")
			if not (row.item_group or row.item or (row.note or "").strip()):
				frappe.throw(
					_("Products Discussed, line {0}: please choose an item group or an item.").format(row.idx)
				)


def title_of(customer_name: str | None, method: str) -> str:
	return f"{(customer_name or '')[:110]} · {_(method, lang=frappe.db.get_default('lang') or 'en')}"


def _differs(before, now, field: str) -> bool:
	old, new = before.get(field), now.get(field)
	if field == "starts_at":
		return (get_datetime(old) if old else None) != (get_datetime(new) if new else None)
	if field == "planned_on":
		return (getdate(old) if old else None) != (getdate(new) if new else None)
	return (old or None) != (new or None)


def _remedy(status: str) -> str:
	return {
		MADE: _("Please reopen the call first if it was reported by mistake."),
		MISSED: _("Please move it to another day, or report it if it was made after all."),
		CANCELLED: _("Please reopen it first."),
	}.get(status, "")


def may_make_calls(user: str) -> bool:
	"""Whether a role of the user lets him change calls, which reporting is."""
	return user == "Administrator" or bool(
		frappe.permissions.get_role_permissions("Customer Call", user=user).get("write")
	)


def contacts_of_customer(customer: str, names: list[str]) -> set[str]:
	"""Those of the contacts that are linked to the customer."""
	if not names:
		return set()
	return set(
		frappe.get_all(
			"Dynamic Link",
			{
				"parenttype": "Contact",
				"parent": ("in", names),
				"link_doctype": "Customer",
				"link_name": customer,
			},
			pluck="parent",
		)
	)


def name_of_contact(contact: str) -> str:
	first, last = frappe.db.get_value("Contact", contact, ["first_name", "last_name"]) or (None, None)
	return " ".join(filter(None, (first, last))) or contact


def on_doctype_update():
	add_index("Customer Call", ["user", "status", "planned_on"])
	add_index("Customer Call", ["customer", "status", "made_on"])
	add_index("Customer Call", ["cycle", "cycle_line"])
