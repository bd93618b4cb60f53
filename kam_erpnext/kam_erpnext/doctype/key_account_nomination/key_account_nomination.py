import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kam_erpnext.data.permissions import may_see_customer
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import RETIRED, account_of

NAME_FIELDS = {"Customer": "customer_name", "Prospect": "company_name", "Lead": "title"}
OPEN = "Nominated"


class KeyAccountNomination(Document):
	def validate(self):
		self.party_name = frappe.db.get_value(self.party_type, self.party, NAME_FIELDS[self.party_type]) or self.party
		if self.is_new():
			self.validate_party()
		if self.has_value_changed("workflow_state") and self.workflow_state in ("Confirmed", "Rejected"):
			self.validate_decision()

	def validate_party(self):
		if self.party_type == "Customer" and not may_see_customer(self.party):
			frappe.throw(_("You may not see customer {0}.").format(self.party), frappe.PermissionError)
		account = self.existing_account()
		if account:
			frappe.throw(_("{0} already is a key account: {1}.").format(self.party_name, account))
		twin = frappe.db.get_value(
			"Key Account Nomination",
			{"party_type": self.party_type, "party": self.party, "workflow_state": OPEN, "name": ("!=", self.name or "")},
		)
		if twin:
			frappe.throw(_("{0} is already nominated in {1}.").format(self.party_name, twin))

	def existing_account(self) -> str | None:
		if self.party_type == "Customer":
			account = account_of(self.party)
			retired = account and frappe.db.get_value("Key Account", account, "status") == RETIRED
			return None if retired else account
		return frappe.db.get_value(
			"Key Account", {"party_type": self.party_type, "party": self.party, "status": ("!=", RETIRED)}
		)

	def validate_decision(self):
		if frappe.session.user == self.owner:
			frappe.throw(_("A nomination is decided by someone other than the person who made it."), frappe.PermissionError)
		if self.workflow_state == "Rejected" and not self.rejection_reason:
			frappe.throw(_("Please enter the Reason for Rejection."))
		self.decided_by = frappe.session.user
		self.decided_on = now_datetime()
		if self.workflow_state == "Confirmed":
			self.key_account = self.make_key_account().name

	def make_key_account(self):
		"""A candidate: the next selection confirms it, or does not."""
		account_name = account_of(self.party) if self.party_type == "Customer" else None
		account = frappe.get_doc("Key Account", account_name) if account_name else frappe.new_doc("Key Account")
		account.status = "Candidate"
		account.level = self.proposed_level or account.level or get_settings().default_level
		account.key_account_manager = account.key_account_manager or self.key_account_manager
		if account.is_new():
			account.account_name = self.party_name
			account.parent_key_account = self.parent_key_account
			if self.party_type == "Customer":
				account.append("customers", {"customer": self.party})
			else:
				account.party_type, account.party = self.party_type, self.party
		account.flags.kam_change = {"reason": _("Nomination {0}: {1}").format(self.name, self.reasons)}
		# the right to confirm is the workflow's; Key Account itself may be closed to the approver's role
		account.flags.ignore_permissions = True
		return account.save()
