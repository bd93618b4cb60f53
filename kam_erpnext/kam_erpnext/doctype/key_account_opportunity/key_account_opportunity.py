import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from kam_erpnext.compat import add_index
from kam_erpnext.data.permissions import may_see_account
from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import (
	decision,
	documents,
	gates,
	people,
	rating,
	status,
	volumes,
)

# written by code, never by a client
WRITTEN_HERE = ("status", "phase", "closed_on", "opportunity", "project", "quoted", "ordered", "invoiced")


class KeyAccountOpportunity(Document):
	def onload(self):
		"""What the form shows of the past is read with the rights of its reader and is not stored."""
		volumes.show_year_before(self)

	def before_validate(self):
		self.responsible = self.responsible or frappe.session.user
		if not self.company:
			from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

			self.company = default_company()

	def validate(self):
		self.keep_written_fields()
		self.validate_account()
		self.validate_customer()
		self.validate_plan()
		self.set_currency()
		people.validate(self)
		volumes.validate(self)
		gates.validate(self)
		decision.validate(self)
		status.validate(self)
		rating.validate(self)

	def keep_written_fields(self):
		"""What a client sends for these is ignored; buttons and documents set them."""
		if self.flags.kam_written:
			return
		before = self.get_doc_before_save()
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)
		if not before:
			self.status, self.phase = status.OPEN, gates.ACQUISITION
			self.set_amounts({})

	def validate_account(self):
		if not self.key_account or not (self.is_new() or self.has_value_changed("key_account")):
			return  # Frappe asks for it
		account = frappe.db.get_value(
			"Key Account", self.key_account, ["account_name", "status"], as_dict=True
		)
		if not account:
			return  # Frappe refuses a link to nothing
		if not self.flags.ignore_permissions and not may_see_account(self.key_account):
			frappe.throw(
				_("Key Account: you may not see {0}. Please choose another one.").format(self.key_account),
				frappe.PermissionError,
			)
		if account.status == "Retired":
			frappe.throw(
				_(
					"Key Account: {0} is retired. Please choose another account, or make this one active again first."
				).format(escape_html(account.account_name))
			)
		if not self.is_new() and documents.exist(self):
			frappe.throw(
				_(
					"Key Account: there are documents of this opportunity already, so that it cannot move to another account. Please make a new opportunity there."
				)
			)
		self.account_name = account.account_name

	def validate_customer(self):
		if not self.key_account:
			return
		customers = people.customers_of(self.key_account)
		if not self.customer:
			if self.is_new() and len(customers) == 1:
				self.customer = customers[0]
			return
		changed = self.is_new() or any(self.has_value_changed(field) for field in ("customer", "key_account"))
		if changed and self.customer not in customers:
			frappe.throw(
				_(
					"Customer: {0} does not belong to {1}. Please choose a customer of this account, or add the customer to the account first."
				).format(escape_html(self.customer), escape_html(self.account_name or self.key_account))
			)

	def validate_plan(self):
		if not self.plan or not (self.is_new() or self.has_value_changed("plan")):
			return
		plan_account = frappe.db.get_value("Key Account Plan", self.plan, "key_account")
		if plan_account and plan_account != self.key_account:
			frappe.throw(
				_("Plan: {0} belongs to another key account. Please choose a plan of {1}, or none.").format(
					self.plan, escape_html(self.account_name or self.key_account)
				)
			)

	def set_currency(self):
		if not self.company:
			return  # Frappe asks for it
		if not self.is_new() and self.has_value_changed("company") and documents.exist(self):
			frappe.throw(
				_(
					"Company: there are documents of this opportunity already, so that the company cannot change. Please make a new opportunity."
				)
			)
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in (*self.volumes, *self.competitors):
			row.currency = self.currency

	def on_update(self):
		rating.follow_reference(self)
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			# a deal that is given up has nothing quoted, one that is opened again has
			documents.read_amounts(self)

	def after_delete(self):
		rating.follow_reference(self)

	def on_trash(self):
		documents.forget(self)

	def set_amounts(self, values: dict):
		for field in documents.AMOUNTS:
			self.set(field, flt(values.get(field)))


def on_doctype_update():
	add_index("Key Account Opportunity", ["key_account", "status"])
	add_index("Key Account Opportunity", ["company", "status"])
