import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kam_erpnext.data.windows import CUSTOM, period_of
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_criteria.key_account_criteria import MadeWithCriteria
from kam_erpnext.kam_erpnext.doctype.key_account_selection import apply, run

DRAFT, RUNNING, TO_VALIDATE, APPROVED, REJECTED = "Draft", "Running", "To Validate", "Approved", "Rejected"

# what the run is made with; changing it later would make the results lie
INPUTS = (
	"criteria",
	"company",
	"period_window",
	"as_of",
	"from_date",
	"to_date",
	"customer_group",
	"territory",
	"market_segment",
)


# written by the run and by the approval, never by a client
WRITTEN_HERE = (
	"customers_measured", "documents_measured", "net_sales_measured", "currency", "sales_source", "settings_used",
	"run_by", "run_started", "run_finished", "run_token", "run_error", "warnings", "approved_by", "approved_on",
)  # fmt: skip


class KeyAccountSelection(MadeWithCriteria, Document):
	def before_insert(self):
		self.company = self.company or default_company()
		self.period_window = self.period_window or get_settings().sales_window

	def validate(self):
		self.keep_author_and_results()
		self.set_period()
		self.validate_criteria()
		self.validate_inputs_unchanged()
		self.validate_transition()

	def keep_author_and_results(self):
		"""What a client sends for these is ignored; otherwise an author could approve under another name."""
		before = self.get_doc_before_save()
		self.owner = before.owner if before else frappe.session.user
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)

	def set_period(self):
		period = period_of(self.period_window, self.company, self.as_of, self.from_date, self.to_date)
		self.from_date, self.to_date = period.start, period.last_day
		if self.period_window == CUSTOM:
			self.as_of = self.to_date

	def validate_criteria(self):
		"""A selection that has run keeps its version of the criteria; to run again it needs a valid one."""
		before = self.get_doc_before_save()
		state = before.workflow_state if before else None
		if state in (None, "", DRAFT) or (self.workflow_state == RUNNING != state):
			frappe.get_doc("Key Account Criteria", self.criteria).validate_usable(self.company, self.as_of)

	def validate_inputs_unchanged(self):
		before = self.get_doc_before_save()
		if not before or before.workflow_state in (None, "", DRAFT):
			return
		for field in INPUTS:
			if str(before.get(field) or "") != str(self.get(field) or ""):
				frappe.throw(
					_("{0} cannot be changed after the run. Reject the selection and revise it.").format(
						_(self.meta.get_label(field))
					)
				)

	def validate_transition(self):
		if not self.has_value_changed("workflow_state"):
			return
		if self.workflow_state == REJECTED and not self.rejection_reason:
			frappe.throw(_("Please enter the Reason for Rejection."))
		if self.workflow_state == RUNNING:
			run.prepare(self)

	def on_update(self):
		if self.has_value_changed("workflow_state") and self.workflow_state == RUNNING:
			run.start(self)

	def before_submit(self):
		if frappe.session.user == self.owner:
			frappe.throw(
				_(
					"A selection is approved by someone other than its author. Please ask a colleague with the role Key Account Director or KAM Administrator."
				),
				frappe.PermissionError,
			)
		before = self.get_doc_before_save()
		if not before or before.workflow_state != TO_VALIDATE:
			frappe.throw(_("Only a selection that is To Validate can be approved. Please run it first."))
		self.approved_by = frappe.session.user
		self.approved_on = now_datetime()

	def on_submit(self):
		apply.apply_selection(self)

	def before_cancel(self):
		frappe.throw(
			_(
				"An approved selection has changed key accounts and stays as their history. To change an account, run another selection or edit the account."
			)
		)

	def on_trash(self):
		if self.docstatus == 1:
			frappe.throw(_("An approved selection cannot be deleted."))
		run.discard_results(self.name)
