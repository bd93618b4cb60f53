import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.locks import lock
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.doctype.key_account_plan import (
	approval,
	completeness,
	frozen,
	lines,
	links,
	period,
	status,
	team,
	template,
	versions,
)
from kam_erpnext.kam_erpnext.doctype.key_account_plan.completeness import refresh_completeness
from kam_erpnext.kam_erpnext.doctype.key_account_plan.status import CLOSED, IN_FORCE, IN_REVIEW
from kam_erpnext.power_map import versions as map_versions

# written by code, never by a client
WRITTEN_HERE = (
	"currency", "prepared_by", "sent_by", "sent_on", "approved_by", "approved_by_name", "approved_on",
	"approver_role", "version", "first_version", "last_objective", "last_budget_line", "frozen", "completeness",
	"total_target", "total_budget", "total_spent", "progress", "account_name",
)  # fmt: skip
# documents that may name a plan that ends
LINKED = (
	"Key Account Plan", "Key Account Action", "Key Account Business Review", "Purchase Order", "Purchase Invoice",
	"Timesheet", "Expense Claim",
)  # fmt: skip


class KeyAccountPlan(Document):
	def onload(self):
		"""The form shows what documents say now; what is stored is a day old at most."""
		if self.docstatus == 1 and self.status in IN_FORCE:
			frozen.read_live(self)

	def save(self, *args, **kwargs):
		"""Two plans of an account that are approved at once: see `approval.validate_one_in_force`."""
		if self.docstatus == 1:
			lock("Key Account", self.key_account)
		return super().save(*args, **kwargs)

	def before_insert(self):
		self.company = self.company or default_company()
		if self.amended_from:
			versions.validate_amended(self)
		elif self.template:
			template.start_from_template(self)

	def validate(self):
		self.keep_author_and_results()
		self.status = status.status_of(self)
		if self.stored_status() == IN_REVIEW:
			frozen.validate_unchanged_in_review(self)
		else:
			self.validate_account()
			self.set_derived()
			lines.validate_lines(self)
			frozen.set_target_figures(self)
			period.validate_next_review(self)
			completeness.set_completeness(self)
			self.approver_role = approval.approver_role_of(self)
		approval.validate_step(self)

	def stored_status(self):
		before = self.get_doc_before_save()
		return before.status if before else None

	def keep_author_and_results(self):
		"""What a client sends for these is ignored; otherwise an author could approve under another name."""
		before = self.get_doc_before_save()
		self.owner = before.owner if before else frappe.session.user
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)
		if not before:
			self.prepared_by = frappe.session.user
			versions.set_version(self)
		if not (self.stored_status() == IN_REVIEW and self.may_reject()):
			self.rejection_reason = before.rejection_reason if before else None
		if before and before.amended_from != self.amended_from:
			self.amended_from = before.amended_from

	def may_reject(self) -> bool:
		return (
			frappe.session.user not in approval.authors_of(self) and self.approver_role in frappe.get_roles()
		)

	def validate_account(self):
		before = self.get_doc_before_save()
		for field in ("key_account", "template"):
			if before and before.get(field) != self.get(field):
				frappe.throw(
					_("{0} cannot be changed. Please make another plan.").format(
						_(self.meta.get_label(field))
					)
				)
		if not before and frappe.db.get_value("Key Account", self.key_account, "status") == "Retired":
			frappe.throw(_("This key account is retired. Please make it active before you plan for it."))

	def set_derived(self):
		if name := frappe.db.get_value("Key Account", self.key_account, "account_name"):
			self.account_name = name
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		if not self.from_date:
			self.from_date = nowdate()
		period.set_period(self)
		period.set_title(self)
		period.set_next_review(self)
		team.set_team(self)
		team.set_roll_up_fields(self)
		versions.set_codes(self)
		links.validate_people(self)
		links.set_names(self)
		self.set_units()
		self.set_totals()
		frozen.keep_measured(self)
		if self.is_new() and not self.amended_from:
			template.fill_baselines(self, template.changes_of(self))

	def set_units(self):
		for row in self.objectives:
			if row.measure:
				row.unit = frappe.db.get_value("KAM Measure", row.measure, "unit") or row.unit

	def set_totals(self):
		for table in ("targets", "budget"):
			for row in self.get(table):
				row.currency = self.currency
		self.total_target = flt(sum(flt(row.amount) for row in self.targets), 2)
		self.total_budget = flt(sum(flt(row.planned) for row in self.budget), 2)

	def after_insert(self):
		if not self.amended_from:
			template.create_actions(self)
			refresh_completeness(self.name)

	def on_update(self):
		approval.follow_step(self)

	# ------------------------------------------------------------ approval and what follows

	def before_submit(self):
		approval.validate_approval(self)
		approval.set_approved(self)
		links.set_names(self)
		frozen.freeze(self)

	def on_submit(self):
		versions.supersede_earlier(self)
		map_versions.keep_for_plan(self)

	def before_update_after_submit(self):
		self.keep_author_and_results()
		self.status = status.status_of(self)
		frozen.validate_after_submit(self)
		if self.status == CLOSED != self.stored_status():
			frozen.close(self)
		if self.stored_status() == CLOSED != self.status:
			approval.validate_one_in_force(self)

	def on_update_after_submit(self):
		frozen.set_end_of_perpetual(self)
		approval.follow_step(self)

	def before_cancel(self):
		self.keep_author_and_results()
		versions.set_end_status(self)
		# reviews, actions and documents keep naming the version they were made with
		self.ignore_linked_doctypes = LINKED

	def on_cancel(self):
		approval.close_assignments(self)

	def on_discard(self):
		self.db_set("status", status.CANCELLED)
		approval.close_assignments(self)

	def on_trash(self):
		if self.docstatus != 0 or self.status == IN_REVIEW:
			frappe.throw(
				_("{0} is {1} and stays as the history of the account. Only drafts can be deleted.").format(
					self.title or self.name, _(self.status)
				)
			)
		frozen.let_go_of_actions(self)

	# ------------------------------------------------------------ Frappe's own checks

	def validate_workflow(self):
		status.validate_state_fits(self)
		super().validate_workflow()
		if self.docstatus != 2:
			self.status = status.status_of(self)

	def validate_amended_from(self):
		"""A new version is drafted while the old one stays in force; see versions.validate_amended."""

	def _validate_links(self):
		gone = links.vanished(self)
		for doc, field, _value in gone:
			doc.set(field, None)
		super()._validate_links()
		for doc, field, value in gone:
			doc.set(field, value)


def on_doctype_update():
	add_index("Key Account Plan", ["key_account", "docstatus"])


def plan_in_force(key_account: str, on=None) -> str | None:
	"""Name of the approved plan of an account that covers a day (today)."""
	day = getdate(on)
	for plan in frappe.get_all(
		"Key Account Plan",
		{
			"key_account": key_account,
			"docstatus": 1,
			"status": ("in", IN_FORCE),
			"from_date": ("<=", day),
		},
		["name", "to_date"],
		order_by="from_date desc",
	):
		if not plan.to_date or getdate(plan.to_date) >= day:
			return plan.name
	return None
