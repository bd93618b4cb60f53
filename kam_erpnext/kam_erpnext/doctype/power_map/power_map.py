import hashlib

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, formatdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.permissions import may_see_account
from kam_erpnext.data.sales_ledger import subtree
from kam_erpnext.power_map import POWER_MAP, judgements, people, versions

# written by code, never by a client
WRITTEN_HERE = ("is_current", "version", "version_date", "version_note", "version_of")
RETIRED = "Retired"
# what a map can be about besides its account
KEY_ACCOUNT_OPPORTUNITY, OPPORTUNITY = "Key Account Opportunity", "Opportunity"


class PowerMap(Document):
	def onload(self):
		"""The form gets the judgements beside the document, if its reader may see them."""
		self.set("__onload", frappe._dict())  # a form sends back what it was given
		if not judgements.may_read(self):
			return
		if judgements.is_unreadable(self):
			self.set_onload("judgements_unreadable", judgements.unreadable_message())
			return
		self.set_onload("judgements", judgements.reveal(self, "Form"))

	def validate(self):
		self.keep_version_fields()
		self.validate_read_only()
		self.validate_account()
		people.validate(self)
		judgements.take_over(self)
		self.set_derived()

	def keep_version_fields(self):
		"""What a client sends for these is ignored; earlier versions are made by `power_map.versions` only."""
		if self.flags.kam_version:
			return
		before = self.get_doc_before_save()
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)
		if not before:
			self.is_current = self.version = 1

	def validate_read_only(self):
		before = self.get_doc_before_save()
		if before and not before.is_current and not self.flags.kam_version:
			frappe.throw(
				_(
					"This is the map as it was on {0} and cannot be changed. Please change the current map, or restore this version there."
				).format(formatdate(before.version_date)),
				title=_("Earlier Version"),
			)

	def validate_account(self):
		before = self.get_doc_before_save()
		for field in ("key_account", "opportunity_type", "opportunity"):
			if before and (before.get(field) or None) != (self.get(field) or None):
				frappe.throw(
					_("{0} cannot be changed. Please start another map.").format(
						_(self.meta.get_label(field))
					)
				)
		if before or not self.key_account or self.flags.kam_version:
			return
		account = frappe.db.get_value(
			"Key Account", self.key_account, ["account_name", "status"], as_dict=True
		)
		if not account:
			return  # Frappe refuses a link to nothing
		if not self.flags.ignore_permissions and not may_see_account(self.key_account):
			frappe.throw(
				_("You may not see the key account {0}. Please choose another one.").format(self.key_account),
				frappe.PermissionError,
			)
		if account.status == RETIRED:
			frappe.throw(
				_("{0} is retired. Please make the account active before you start a map for it.").format(
					escape_html(account.account_name)
				)
			)
		if self.opportunity:
			self.validate_opportunity(account.account_name)
		if existing := current_map(self.key_account, self.opportunity):
			throw_map_exists(existing)

	def validate_opportunity(self, account_name: str):
		opportunity = frappe.get_doc(self.opportunity_type, self.opportunity)
		if not self.flags.ignore_permissions:
			opportunity.check_permission("read")
		if self.opportunity_type == KEY_ACCOUNT_OPPORTUNITY:
			fits = opportunity.key_account in subtree("Key Account", self.key_account).run(pluck=True)
			whose = opportunity.account_name
		else:
			customers = people.customers_of(self.key_account)
			fits = opportunity.opportunity_from == "Customer" and opportunity.party_name in customers
			whose = opportunity.customer_name or opportunity.party_name
		if not fits:
			frappe.throw(
				_(
					"Opportunity {0} is one of {1}, which does not belong to {2}. Please choose an opportunity of this account or of one of its customers."
				).format(opportunity.name, escape_html(whose or _("nobody")), escape_html(account_name))
			)

	def set_derived(self):
		if name := frappe.db.get_value("Key Account", self.key_account, "account_name"):
			self.account_name = name
		subject = " · ".join(filter(None, [self.account_name, opportunity_label(self)]))
		self.title = (subject if self.is_current else f"{subject} ({formatdate(self.version_date)})")[:140]
		self.people_count = len(self.people)
		self.current_key = key_of(self.key_account, self.opportunity) if self.is_current else None

	def _validate_links(self):
		"""A contact that vanished without a word does not hold up the map; see `people.forget_contact`."""
		people.drop_vanished_contacts(self)
		if self.opportunity and not self.opportunity_type:
			own = frappe.db.exists(KEY_ACCOUNT_OPPORTUNITY, self.opportunity)
			self.opportunity_type = KEY_ACCOUNT_OPPORTUNITY if own else OPPORTUNITY
		if not self.opportunity:
			self.opportunity_type = None
		elif self.opportunity_type not in (KEY_ACCOUNT_OPPORTUNITY, OPPORTUNITY):
			frappe.throw(
				_("Opportunity Type: {0} is no kind of opportunity. Please choose {1} or {2}.").format(
					escape_html(self.opportunity_type), _(KEY_ACCOUNT_OPPORTUNITY), _(OPPORTUNITY)
				)
			)
		super()._validate_links()

	def on_trash(self):
		versions.remove_what_belongs_to(self)


def opportunity_label(doc) -> str | None:
	"""The opportunity of a map as people know it: by its title, an ERPNext Opportunity by its number."""
	if doc.opportunity_type == KEY_ACCOUNT_OPPORTUNITY:
		return frappe.db.get_value(KEY_ACCOUNT_OPPORTUNITY, doc.opportunity, "title") or doc.opportunity
	return doc.opportunity


# ---------------------------------------------------------------- the current map of an account or opportunity


def key_of(key_account: str, opportunity: str | None) -> str:
	"""Key that is unique among current maps, so that two people at once cannot make two."""
	return hashlib.sha1(f"{key_account}\n{opportunity or ''}".encode()).hexdigest()


def current_map(key_account: str, opportunity: str | None = None, for_update: bool = False) -> str | None:
	"""Name of the current map; `for_update` also sees one that somebody else has just made."""
	return frappe.db.get_value(
		POWER_MAP, {"current_key": key_of(key_account, opportunity)}, "name", for_update=for_update
	)


def throw_map_exists(name: str):
	frappe.throw(
		_("There is a map already: {0}. Please open that one.").format(
			frappe.utils.get_link_to_form(POWER_MAP, name)
		),
		frappe.DuplicateEntryError,
		title=_("Map Exists"),
	)


def start_map(key_account: str, opportunity: str | None = None, opportunity_type: str | None = None) -> str:
	"""Name of the current map, which is made if there is none; two people who start at once get the same one."""
	if existing := current_map(key_account, opportunity):
		return existing
	frappe.db.savepoint("kam_start_map")
	try:
		doc = frappe.get_doc(
			{
				"doctype": POWER_MAP,
				"key_account": key_account,
				"opportunity_type": opportunity_type,
				"opportunity": opportunity,
			}
		)
		return doc.insert().name
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
		frappe.db.rollback(save_point="kam_start_map")
		frappe.clear_last_message()
		existing = current_map(key_account, opportunity, for_update=True)
		if not existing:
			raise
		return existing


def on_doctype_update():
	add_index(POWER_MAP, ["version_of", "version"])
