import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kam_erpnext.data.permissions import may_see_customer
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import RETIRED, account_of

# written by the decision and by nothing else
DECISION_FIELDS = ("decided_by", "decided_on", "key_account")
NAME_FIELDS = {"Customer": "customer_name", "Prospect": "company_name", "Lead": "title"}
OPEN = "Nominated"


class KeyAccountNomination(Document):
	def validate(self):
		self.keep_author_and_decision()
		if self.is_new():
			self.validate_party_readable()
		self.party_name = (
			frappe.db.get_value(self.party_type, self.party, NAME_FIELDS[self.party_type]) or self.party
		)
		if self.is_new():
			self.validate_no_account()
			self.validate_no_twin()
		elif self.has_value_changed("workflow_state") and self.workflow_state in ("Confirmed", "Rejected"):
			self.validate_decision()

	def keep_author_and_decision(self):
		"""What a client sends for these is ignored; otherwise an author could decide under another name."""
		before = self.get_doc_before_save()
		self.owner = before.owner if before else frappe.session.user
		for field in DECISION_FIELDS:
			self.set(field, before.get(field) if before else None)

	def validate_party_readable(self):
		if self.party_type not in NAME_FIELDS:
			frappe.throw(_("Please nominate a Customer, a Prospect or a Lead."))
		if self.party_type == "Customer":
			readable = may_see_customer(self.party)
		else:
			readable = frappe.has_permission(self.party_type, "read", doc=self.party)
		if not readable:
			frappe.throw(
				_("You may not see {0} {1}.").format(_(self.party_type), self.party), frappe.PermissionError
			)

	def validate_no_account(self):
		account = self.existing_account()
		if account:
			frappe.throw(_("{0} already is a key account: {1}.").format(self.party_name, account))

	def validate_no_twin(self):
		twin = frappe.db.get_value(
			"Key Account Nomination",
			{
				"party_type": self.party_type,
				"party": self.party,
				"workflow_state": OPEN,
				"name": ("!=", self.name or ""),
			},
		)
		if twin:
			frappe.throw(_("{0} is already nominated in {1}.").format(self.party_name, twin))

	def account_of_party(self) -> str | None:
		if self.party_type == "Customer":
			return account_of(self.party)
		return frappe.db.get_value("Key Account", {"party_type": self.party_type, "party": self.party})

	def existing_account(self) -> str | None:
		"""Account of the party; a retired one may be nominated again."""
		account = self.account_of_party()
		retired = account and frappe.db.get_value("Key Account", account, "status") == RETIRED
		return None if retired else account

	def validate_decision(self):
		if frappe.session.user == self.owner:
			frappe.throw(
				_("A nomination is decided by someone other than the person who made it."),
				frappe.PermissionError,
			)
		if self.workflow_state == "Rejected" and not self.rejection_reason:
			frappe.throw(_("Please enter the Reason for Rejection."))
		self.decided_by = frappe.session.user
		self.decided_on = now_datetime()
		if self.workflow_state == "Confirmed":
			self.validate_no_account()  # a selection may have made it one meanwhile
			self.key_account = self.make_key_account().name

	def make_key_account(self):
		"""A candidate: the next selection confirms it, or does not."""
		account_name = self.account_of_party()
		account = (
			frappe.get_doc("Key Account", account_name) if account_name else frappe.new_doc("Key Account")
		)
		account.status = "Candidate"
		account.level = self.proposed_level or account.level or get_settings().default_level
		if not account.level:
			frappe.throw(
				_("Please enter the Proposed Level, or a Level of New Key Accounts in KAM Settings.")
			)
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
