import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, date_diff, flt, formatdate, get_fullname, getdate, now_datetime

from kam_erpnext.compat import add_index
from kam_erpnext.data.locks import lock
from kam_erpnext.engine.call_capacity import minutes_for_calls
from kam_erpnext.kam_erpnext.doctype.call_cycle import approval, lines, workload
from kam_erpnext.kam_erpnext.doctype.call_cycle.approval import APPROVED, CLOSED, IN_REVIEW, OPEN
from kam_erpnext.kam_erpnext.doctype.call_frequency_rule.call_frequency_rule import WEEKDAYS
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import validate_state_fits

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
# written by code, never by a client
WRITTEN_HERE = (
	"sent_by", "sent_on", "approved_by", "approved_on", "scheduled_on", *workload.FIGURES,
)  # fmt: skip
# what the calls of a cycle depend on; nobody changes it while the cycle is read by the approver
CONTENT = (
	"title", "user", "sales_person", "territory", "from_date", "to_date", "unit", "company", "holiday_list",
	"calls_per_day", "hours_per_day", "travel_share", "office_share", "overload_reason",
	*(f"works_{day}" for day in WEEKDAYS),
)  # fmt: skip
# field of the cycle -> setting it starts with
DEFAULTS = {
	"calls_per_day": "calls_per_day",
	"hours_per_day": "call_hours",
	"travel_share": "call_travel_share",
	"office_share": "call_office_share",
}
MOST_DAYS = 731
MOST_CALLS_A_DAY = 100


class CallCycle(Document):
	def save(self, *args, **kwargs):
		"""Two cycles of a person that are approved at once wait for each other: see `lines.validate_no_overlap`."""
		if self.docstatus == 1:
			lock("User", self.user)
		return super().save(*args, **kwargs)

	def before_insert(self):
		self.company = self.company or default_company()
		settings = get_settings()
		for field, setting in DEFAULTS.items():
			if self.get(field) is None:
				self.set(field, settings.get(setting))

	def validate(self):
		self.keep_author_and_results()
		self.status = approval.status_of(self)
		if self.stored_status() == IN_REVIEW:
			self.validate_unchanged()
		else:
			self.validate_person()
			self.validate_days()
			self.validate_time()
			self.set_title()
			workload.set_totals(self)
		approval.validate_step(self)

	def stored_status(self) -> str | None:
		before = self.get_doc_before_save()
		return before.status if before else None

	def keep_author_and_results(self):
		"""What a client sends for these is ignored; otherwise an author could approve under another name."""
		before = self.get_doc_before_save()
		self.owner = before.owner if before else frappe.session.user
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)
		if self.stored_status() != IN_REVIEW or frappe.session.user in approval.authors_of(before):
			self.rejection_reason = before.rejection_reason if before else None

	def validate_unchanged(self):
		"""What the approver reads is what was sent to him."""
		before = self.get_doc_before_save()
		changed = [field for field in CONTENT if self.meta.get_field(field) and self.has_value_changed(field)]
		rows = [
			[(str(row.from_date), str(row.to_date), row.reason or "") for row in doc.absences]
			for doc in (self, before)
		]
		if rows[0] != rows[1]:
			changed.append("absences")
		if changed:
			frappe.throw(
				_("This call cycle is in review and cannot be changed now ({0}). Recall it first.").format(
					", ".join(_(self.meta.get_label(field)) for field in changed)
				)
			)

	def validate_person(self):
		user = frappe.db.get_value("User", self.user, ["enabled", "user_type"], as_dict=True)
		if user and not (user.enabled and user.user_type == "System User"):
			frappe.throw(
				_("Person: {0} is no enabled user of the desk. Please choose who makes the calls.").format(
					self.user
				)
			)
		before = self.get_doc_before_save()
		if before and before.user != self.user and lines.sums(self.name).calls:
			frappe.throw(
				_(
					"Person cannot be changed while the cycle holds calls. Please make another cycle, or hand the lines over."
				)
			)

	def validate_days(self):
		start, end = getdate(self.from_date), getdate(self.to_date)
		if end < start:
			frappe.throw(
				_("To ({0}) lies before From ({1}). Please correct one of the days.").format(
					formatdate(end), formatdate(start)
				)
			)
		if date_diff(end, start) >= MOST_DAYS:
			frappe.throw(
				_("A call cycle has at most two years. Please choose another last day than {0}.").format(
					formatdate(end)
				)
			)
		for row in self.absences:
			if not row.from_date or not row.to_date or getdate(row.to_date) < getdate(row.from_date):
				frappe.throw(
					_(
						"Absences, line {0}: To must not lie before From. Please correct one of the days."
					).format(row.idx)
				)

	def validate_time(self):
		if not 1 <= cint(self.calls_per_day) <= MOST_CALLS_A_DAY:
			frappe.throw(
				_("Calls per Day, at Most: please enter a number from 1 to {0}.").format(MOST_CALLS_A_DAY)
			)
		if not 0 < flt(self.hours_per_day) <= 24:
			frappe.throw(_("Hours per Day: please enter a number above 0 and at most 24."))
		if flt(self.travel_share) < 0 or flt(self.office_share) < 0:
			frappe.throw(_("Travel and Office: a share cannot be negative."))
		try:
			minutes_for_calls(flt(self.hours_per_day), flt(self.travel_share), flt(self.office_share))
		except ValueError:
			frappe.throw(
				_(
					"Travel ({0} %) and Office ({1} %) leave no time for calls. Together they must stay below 100 %."
				).format(f"{flt(self.travel_share):g}", f"{flt(self.office_share):g}")
			)
		if not any(self.get(f"works_{day}") for day in WEEKDAYS):
			frappe.throw(_("Days Worked: please tick at least one day of the week."))

	def set_title(self):
		"""Person and days, unless somebody entered another title."""
		before = self.get_doc_before_save()
		if not (self.title or "").strip() or (before and self.title == before.title == _title_of(before)):
			self.title = _title_of(self)

	# ------------------------------------------------------------ approval and what follows

	def after_insert(self):
		if self.amended_from:
			copy_lines(self)

	def on_update(self):
		approval.follow_step(self)

	def before_submit(self):
		approval.validate_approval(self)
		self.approved_by, self.approved_on = frappe.session.user, now_datetime()
		self.rejection_reason = None

	def on_submit(self):
		from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling

		scheduling.tell(scheduling.start(self.name))

	def before_update_after_submit(self):
		self.keep_author_and_results()
		self.status = approval.status_of(self)
		self.validate_days()
		self.validate_time()
		workload.set_totals(self)
		if self.stored_status() == CLOSED != self.status:
			lines.validate_no_overlap(self, lock=True)

	def on_update_after_submit(self):
		approval.follow_step(self)
		before = self.stored_status()
		if before == self.status:
			return
		from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling

		if self.status == CLOSED:
			scheduling.stop(self.name, _("The call cycle {0} was closed.").format(self.title))
		elif before == CLOSED and self.status == APPROVED:
			scheduling.tell(scheduling.start(self.name))

	def before_cancel(self):
		self.keep_author_and_results()
		approval.set_cancelled_state(self)
		# lines and calls stay as the history of the person
		self.ignore_linked_doctypes = (LINE, "Customer Call")

	def on_cancel(self):
		from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling

		approval.close_assignments(self)
		scheduling.stop(self.name, _("The call cycle {0} was cancelled.").format(self.title))

	def on_discard(self):
		self.db_set("status", approval.CANCELLED)
		approval.close_assignments(self)

	def on_trash(self):
		if self.docstatus != 0 or self.status == IN_REVIEW:
			frappe.throw(
				_("{0} is {1} and stays as history. Only drafts can be deleted.").format(
					self.title or self.name, _(self.status)
				)
			)
		frappe.db.delete(LINE, {"cycle": self.name})

	# ------------------------------------------------------------ Frappe's own checks

	def validate_workflow(self):
		validate_state_fits(self)
		super().validate_workflow()
		if self.docstatus != 2:
			self.status = approval.status_of(self)

	# ------------------------------------------------------------ for others

	def weekdays(self) -> frozenset[int]:
		"""Days of the week that are worked, Monday = 0."""
		return frozenset(number for number, day in enumerate(WEEKDAYS) if self.get(f"works_{day}"))

	def minutes_a_day(self) -> float:
		"""Minutes of a full day that are left for customers."""
		return minutes_for_calls(flt(self.hours_per_day), flt(self.travel_share), flt(self.office_share))

	def validate_open(self):
		"""Lines are proposed and changed by hand in a draft, afterwards by what is done in a running cycle."""
		if self.docstatus != 0 or self.status not in OPEN:
			frappe.throw(
				_("{0} is {1}. Lines are proposed and overridden in a draft only.").format(
					self.title or self.name, _(self.status)
				)
			)


def _title_of(cycle) -> str:
	return _("{0}, {1} to {2}").format(
		get_fullname(cycle.user), formatdate(cycle.from_date), formatdate(cycle.to_date)
	)[:140]


def copy_lines(cycle):
	"""A cycle that replaces a cancelled one starts with its lines."""
	fields = [
		field
		for field in frappe.get_meta(LINE).get_valid_columns()
		if field not in frappe.model.default_fields
	]
	for row in frappe.get_all(LINE, {"cycle": cycle.amended_from}, ["*"]):
		line = frappe.new_doc(LINE)
		line.update({field: row.get(field) for field in fields})
		line.update({"cycle": cycle.name, "unplaced_calls": 0, "unplaced_reason": None})
		line.db_insert()


def on_doctype_update():
	add_index(CYCLE, ["user", "from_date"])
