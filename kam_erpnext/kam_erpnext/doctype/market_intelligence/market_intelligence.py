import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.permissions import (
	ACCOUNT_TEAM,
	EVERYBODY,
	PROGRAMME,
	may_see_account,
	reads_confidential_notes,
)

# from the most open to the most closed
CONFIDENTIALITY = (EVERYBODY, ACCOUNT_TEAM, PROGRAMME)


class MarketIntelligence(Document):
	def validate(self):
		self.validate_account()
		self.validate_dates()
		self.validate_confidentiality()
		self.validate_origin()

	def validate_account(self):
		"""Nobody notes something about an account he does not see."""
		changed = self.is_new() or self.has_value_changed("key_account")
		if self.key_account and changed and not self.flags.ignore_permissions:
			if not may_see_account(self.key_account):
				frappe.throw(
					_("You may not see the key account {0}. Please choose another one.").format(
						self.key_account
					),
					frappe.PermissionError,
				)

	def validate_dates(self):
		if self.noted_on and self.valid_until and getdate(self.valid_until) < getdate(self.noted_on):
			frappe.throw(
				_("Valid Until ({0}) lies before Noted On ({1}). Please correct one of the dates.").format(
					formatdate(self.valid_until), formatdate(self.noted_on)
				)
			)

	def validate_confidentiality(self):
		if self.confidentiality == ACCOUNT_TEAM and not self.key_account:
			frappe.throw(
				_(
					"A note for the account team needs an account. Please choose a Key Account, or another Confidentiality."
				)
			)
		before = self.get_doc_before_save()
		if not before or before.confidentiality not in CONFIDENTIALITY:
			return
		opened = CONFIDENTIALITY.index(self.confidentiality) < CONFIDENTIALITY.index(before.confidentiality)
		# another account is another team
		moved = self.confidentiality == ACCOUNT_TEAM and self.key_account != before.key_account
		if (
			(opened or moved)
			and frappe.session.user != self.owner
			and not self.flags.ignore_permissions
			and not reads_confidential_notes()
		):
			frappe.throw(
				_("Only its author, a director or an administrator may open this note to more people."),
				frappe.PermissionError,
			)

	def validate_origin(self):
		"""The document a note was captured from is set once, and is one its author may read."""
		if not self.origin_name:
			self.origin_doctype = None
			return
		if self.is_new() and not self.flags.ignore_permissions:
			frappe.get_doc(self.origin_doctype, self.origin_name).check_permission("read")


def forget_origin(doc, method=None):
	"""Before a document is deleted from which notes were captured: the notes stay, without it."""
	captured = {"origin_doctype": doc.doctype, "origin_name": doc.name}
	frappe.db.set_value(
		"Market Intelligence",
		captured,
		{"origin_doctype": None, "origin_name": None},
		update_modified=False,
	)


def on_doctype_update():
	add_index("Market Intelligence", ["noted_on", "valid_until"])
