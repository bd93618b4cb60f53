import frappe
from frappe import _
from frappe.utils import getdate, now_datetime, nowdate
from frappe.utils.nestedset import NestedSet

from kam_erpnext.data.permissions import OWNER_FIELDS, may_see_customer
from kam_erpnext.kam_erpnext.doctype.key_account import profile
from kam_erpnext.kam_erpnext.doctype.key_account_customer.key_account_customer import throw_customer_taken

RETIRED = "Retired"


class KeyAccount(NestedSet):
	nsm_parent_field = "parent_key_account"

	def validate(self):
		self.validate_customers()
		self.validate_levels()
		self.validate_team()
		self.validate_segments()
		profile.validate(self)
		self.set_since()
		self.record_change()
		profile.record_stage(self)

	def validate_customers(self):
		before = self.get_doc_before_save()
		seen, present = set(), {row.customer for row in (before.customers if before else [])}
		for row in self.customers:
			if row.customer in seen:
				frappe.throw(_("Customers, line {0}: {1} is listed twice.").format(row.idx, row.customer))
			seen.add(row.customer)
			if (
				row.customer not in present
				and not self.flags.ignore_permissions
				and not may_see_customer(row.customer)
			):
				frappe.throw(
					_("Customers, line {0}: you may not see customer {1}.").format(row.idx, row.customer),
					frappe.PermissionError,
				)
			account = account_of(row.customer)
			if account and account != self.name:
				throw_customer_taken(row.customer, account)

	def validate_levels(self):
		"""An account rolls up to one of the same or a higher level."""
		if not self.level:
			return  # Frappe asks for it
		if (self.flags.kam_change or {}).get("selection"):
			return  # a selection has checked the tree as it will be when all its lines are applied
		if self.parent_key_account:
			self.validate_level_order(
				self,
				frappe.db.get_value(
					"Key Account", self.parent_key_account, ["account_name", "level"], as_dict=True
				),
			)
		if not self.is_new() and self.has_value_changed("level"):
			for child in frappe.get_all(
				"Key Account", {"parent_key_account": self.name}, ["account_name", "level"], order_by="lft"
			):
				self.validate_level_order(child, self)

	def validate_level_order(self, below, above):
		lower, higher = (
			frappe.get_cached_value("Key Account Level", row.level, "rank") for row in (below, above)
		)
		if lower < higher:
			frappe.throw(
				_(
					"{0} is a {1} account and cannot roll up to {2}, which is only {3}. Please choose a parent of the same or a higher level."
				).format(below.account_name, _(below.level), above.account_name, _(above.level))
			)

	def validate_team(self):
		seen = set()
		for row in self.team:
			if row.user in seen:
				frappe.throw(_("Account Team, line {0}: {1} is listed twice.").format(row.idx, row.user))
			seen.add(row.user)
			if not 0 <= (row.share_of_time or 0) <= 100:
				frappe.throw(
					_("Account Team, line {0}: Share of Time must be between 0 and 100 %.").format(row.idx)
				)

	def validate_segments(self):
		before = self.get_doc_before_save()
		by_rule = {row.segment for row in (before.segments if before else []) if row.source == "Rule"}
		seen = set()
		for row in self.segments:
			if row.segment not in by_rule and not self.flags.kam_change:
				row.source = "Person"
			if row.segment in seen:
				frappe.throw(_("Segments, line {0}: {1} is listed twice.").format(row.idx, row.segment))
			seen.add(row.segment)
			if row.source == "Person" and not row.reason:
				frappe.throw(
					_("Segments, line {0}: please give a reason for {1}, as it is set by hand.").format(
						row.idx, row.segment
					)
				)

	def set_since(self):
		if self.status != "Candidate" and not self.since:
			self.since = nowdate()

	# ------------------------------------------------------------ history

	def record_change(self):
		"""Keeps the history complete: one entry for every change of status, level, parent or customers."""
		before = self.get_doc_before_save()
		self.restore_history(before)
		changes = self.describe_changes(before)
		if not changes:
			self.change_reason = None
			return
		origin = self.flags.kam_change or {}
		reason = origin.get("reason") or self.change_reason
		needs_reason = before and (before.status != self.status or before.level != self.level)
		if needs_reason and not reason:
			frappe.throw(
				_(
					"Please enter the Reason for Change (tab History): status or level of {0} was changed by hand."
				).format(self.account_name)
			)
		self.append(
			"membership_history",
			{
				"changed_on": now_datetime(),
				"action": "; ".join(changes)[:140],
				"status": self.status,
				"level": self.level,
				"reason": reason,
				"selection": origin.get("selection"),
				"changed_by": frappe.session.user,
				"customers": ", ".join(row.customer for row in self.customers),
			},
		)
		self.change_reason = None

	def restore_history(self, before):
		"""The history is written here only; what a client sends for it is ignored."""
		rows = before.membership_history if before else []
		self.set("membership_history", [])
		for row in rows:
			self.append("membership_history", row)

	def describe_changes(self, before) -> list[str]:
		if not before:
			return [_("Created")]
		changes = []
		if before.status != self.status:
			changes.append(_("{0} → {1}").format(_(before.status), _(self.status)))
		if before.level != self.level:
			changes.append(_("Level {0} → {1}").format(_(before.level), _(self.level)))
		if (before.parent_key_account or None) != (self.parent_key_account or None):
			changes.append(_("Parent {0}").format(self.parent_key_account or _("none")))
		old, new = ({row.customer for row in doc.customers} for doc in (before, self))
		if new - old:
			changes.append(_("Added {0}").format(", ".join(sorted(new - old))))
		if old - new:
			changes.append(_("Removed {0}").format(", ".join(sorted(old - new))))
		return changes

	# ------------------------------------------------------------ tree and customers

	def on_update(self):
		super().on_update()
		self.mark_customers()

	def mark_customers(self):
		"""Writes the account on its customers: the only place that does."""
		customer = frappe.qb.DocType("Customer")
		mine = [row.customer for row in self.customers]
		left = (
			frappe.qb.update(customer)
			.set(customer.kam_key_account, None)
			.where(customer.kam_key_account == self.name)
		)
		(left.where(customer.name.notin(mine)) if mine else left).run()
		if mine:
			frappe.qb.update(customer).set(customer.kam_key_account, self.name).where(
				customer.name.isin(mine)
			).run()
		before = self.get_doc_before_save()
		for name in {*mine, *(row.customer for row in (before.customers if before else []))}:
			frappe.clear_document_cache("Customer", name)

	def on_trash(self):
		if frappe.db.exists("Key Account", {"parent_key_account": self.name}):
			frappe.throw(
				_("{0} has accounts below it. Please move or delete them first.").format(self.account_name)
			)
		self.set("customers", [])
		self.mark_customers()
		super().on_trash(allow_root_deletion=True)

	def people(self) -> set[str]:
		"""Users with a role on this account itself."""
		members = {row.user for row in self.team if not row.until or getdate(row.until) >= getdate()}
		return members | {self.get(field) for field in OWNER_FIELDS if self.get(field)}


def account_of(customer: str) -> str | None:
	return frappe.db.get_value(
		"Key Account Customer", {"customer": customer, "parenttype": "Key Account"}, "parent"
	)
