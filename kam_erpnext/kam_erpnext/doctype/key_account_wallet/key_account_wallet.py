import hashlib
import json
from datetime import date

import frappe
from frappe import _
from frappe.exceptions import DuplicateEntryError, UniqueValidationError
from frappe.model.document import Document
from frappe.utils import cint, flt, formatdate, getdate

from kam_erpnext.compat import add_index
from kam_erpnext.data import accounts
from kam_erpnext.data.locks import lock
from kam_erpnext.data.permissions import may_see_account
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

WALLET = "Key Account Wallet"
COMPETITOR, OWN_MAKE = "Competitor", "Made by the Customer"
UNKNOWN, POTENTIAL, INTERNAL, BLOCKED = "Unknown", "Potential", "Internal", "Blocked"
IDENTITY = ("key_account", "customer", "item_group", "year", "company")
# what may be written into one cell; everything else of a wallet follows from these
CELL_FIELDS = (
	"state", "wallet", "wallet_known", "target_share", "our_rank", "suppliers", "blocked_reason", "source",
	"reliability", "note", "as_of", "shares",
)  # fmt: skip
SHARE_FIELDS = ("supplier_kind", "competitor", "amount", "amount_known", "rank", "contract_end")
FIRST_YEAR, YEARS_AHEAD = 1990, 10


class KeyAccountWallet(Document):
	def validate(self):
		self.set_currency()
		self.validate_year()
		self.validate_account()
		self.validate_customer()
		self.set_known()
		self.validate_shares()
		self.validate_amounts()
		self.validate_ranks()
		self.set_state()
		self.validate_dates()
		self.set_key()

	def set_currency(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in self.shares:
			row.currency = self.currency

	def validate_year(self):
		last = getdate().year + YEARS_AHEAD
		if not FIRST_YEAR <= cint(self.year) <= last:
			frappe.throw(_("Year must lie between {0} and {1}.").format(FIRST_YEAR, last))

	def validate_account(self):
		"""A wallet is not moved to an account its writer cannot see."""
		if self.has_value_changed("key_account") and not may_see_account(self.key_account):
			frappe.throw(
				_("Key Account: you may not see the account {0}.").format(self.key_account),
				frappe.PermissionError,
			)

	def validate_customer(self):
		if not self.customer or not (
			self.has_value_changed("customer") or self.has_value_changed("key_account")
		):
			return
		if self.customer not in accounts.visible_customers(self.key_account):
			frappe.throw(
				_(
					"Buying Centre: {0} is no customer of the account {1} or of an account below it that you may see."
				).format(frappe.bold(self.customer), frappe.bold(self.account_name or self.key_account))
			)

	def set_known(self):
		"""An amount above 0 is known; a 0 only where somebody says so."""
		if flt(self.wallet):
			self.wallet_known = 1
		for row in self.shares:
			if flt(row.amount):
				row.amount_known = 1

	def validate_shares(self):
		seen = set()
		for row in self.shares:
			if row.supplier_kind == OWN_MAKE:
				row.competitor = None
			elif not row.competitor:
				frappe.throw(_("Other Suppliers, line {0}: please choose the Competitor.").format(row.idx))
			if row.competitor in seen:
				frappe.throw(
					_("Other Suppliers, line {0}: {1} is listed twice.").format(
						row.idx, row.competitor or _(OWN_MAKE)
					)
				)
			seen.add(row.competitor)
			if flt(row.amount) < 0:
				frappe.throw(
					_("Other Suppliers, line {0}: Amount a Year cannot be negative.").format(row.idx)
				)

	def validate_amounts(self):
		if flt(self.wallet) < 0:
			frappe.throw(_("Wallet cannot be negative."))
		if not 0 <= flt(self.target_share) <= 100:
			frappe.throw(_("Share Aimed At must lie between 0 and 100 percent."))
		others = flt(sum(flt(row.amount) for row in self.shares), 2)
		if self.wallet_known and others > flt(self.wallet, 2):
			money = {"fieldtype": "Currency", "options": "currency"}
			frappe.throw(
				_(
					"Wallet: the other suppliers have {0} together, more than the wallet of {1}. Please correct one of the amounts."
				).format(
					frappe.format(others, money, self, currency=self.currency),
					frappe.format(flt(self.wallet), money, self, currency=self.currency),
				)
			)

	def validate_ranks(self):
		suppliers = cint(self.suppliers)
		if cint(self.our_rank) and suppliers and cint(self.our_rank) > suppliers:
			frappe.throw(
				_("Our Rank ({0}) cannot be above Suppliers Used ({1}).").format(self.our_rank, suppliers)
			)
		for row in self.shares:
			if suppliers and cint(row.rank) > suppliers:
				frappe.throw(
					_("Other Suppliers, line {0}: Rank ({1}) cannot be above Suppliers Used ({2}).").format(
						row.idx, row.rank, suppliers
					)
				)

	def set_state(self):
		"""Who enters an amount or a supplier need not choose the state as well."""
		if self.state in (None, "", UNKNOWN):
			kinds = {row.supplier_kind for row in self.shares}
			if COMPETITOR in kinds:
				self.state = COMPETITOR
			elif kinds:
				self.state = INTERNAL
			else:
				self.state = POTENTIAL if flt(self.wallet) else UNKNOWN
		if self.state != BLOCKED:
			self.blocked_reason = None
		elif not (self.blocked_reason or "").strip():
			frappe.throw(_("Why Blocked: please say why the customer cannot or must not buy."))

	def validate_dates(self):
		if self.as_of and getdate(self.as_of) > getdate():
			frappe.throw(_("As Of ({0}) lies in the future.").format(formatdate(self.as_of)))

	def set_key(self):
		"""One wallet per cell: the unique key decides between two people who save at the same moment."""
		self.cell_key = key_of(self)
		twin = frappe.db.get_value(WALLET, {"cell_key": self.cell_key, "name": ("!=", self.name or "")})
		if twin:
			frappe.throw(_already_there(self, twin), DuplicateEntryError)


def on_doctype_update():
	add_index(WALLET, ["company", "year", "key_account"])


def _already_there(doc, twin: str) -> str:
	return _(
		"Item Group: wallet {0} already holds {1} of {2} in {3} for {4}. Please change that one; an import does so with the type Update Existing Records."
	).format(
		twin,
		frappe.bold(doc.item_group),
		frappe.bold(doc.customer or doc.account_name or doc.key_account),
		doc.year,
		doc.company,
	)


def key_of(cell) -> str:
	"""Key of a cell: what makes a wallet one of its kind, short enough for a unique column."""
	parts = [
		cell.key_account,
		cell.customer or "",
		cell.item_group,
		cint(cell.year),
		cell.company,
	]
	return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:40]


# ---------------------------------------------------------------- one cell


def read_cell(
	key_account: str,
	item_group: str,
	year: int,
	customer: str | None = None,
	company: str | None = None,
) -> KeyAccountWallet | None:
	"""The wallet of a cell the reader may see; None when nobody entered one. `customer` empty: the whole account."""
	name = _name_of(_cell(key_account, item_group, year, customer, company))
	if not name:
		return None
	doc = frappe.get_doc(WALLET, name)
	doc.check_permission("read")
	return doc


def set_cell(
	key_account: str,
	item_group: str,
	year: int,
	values: dict,
	customer: str | None = None,
	company: str | None = None,
	modified: str | None = None,
) -> KeyAccountWallet:
	"""Writes `values` (CELL_FIELDS) into a cell, whether its wallet exists or not; what is not named stays.

	`wallet` None or "" means not known, 0 means that nothing is spent. `shares` replaces the table of the other
	suppliers. With `modified`, the time stamp the page has read, a change made by somebody else in the meantime is not
	overwritten (TimestampMismatchError); an empty one means that the page has read an empty cell. Without it, of two
	people who fill an empty cell at the same moment one inserts, the other changes what was inserted.
	"""
	unknown = set(values) - set(CELL_FIELDS)
	if unknown:
		frappe.throw(_("A cell has no field {0}.").format(", ".join(sorted(unknown))))
	cell = _cell(key_account, item_group, year, customer, company)
	# what is not there cannot be locked: people who fill the same empty cell wait for the account
	lock("Key Account", cell.key_account)
	name = _name_of(cell, for_update=True)
	if name:
		return _change(name, values, modified)
	doc = frappe.get_doc({"doctype": WALLET, **cell})
	_fill(doc, values)
	frappe.db.savepoint("kam_wallet_cell")
	try:
		return doc.insert()
	except (UniqueValidationError, DuplicateEntryError):
		frappe.db.rollback(save_point="kam_wallet_cell")
		frappe.clear_last_message()
		name = _name_of(cell, for_update=True)  # a locking read sees what others have committed meanwhile
		if not name:
			raise
		return _change(name, values, modified)


def clear_cell(
	key_account: str, item_group: str, year: int, customer: str | None = None, company: str | None = None
) -> None:
	"""Takes a wallet entered by mistake out of its cell. Needs the right to delete."""
	name = _name_of(_cell(key_account, item_group, year, customer, company), for_update=True)
	if name:
		frappe.delete_doc(WALLET, name)


def _cell(key_account, item_group, year, customer, company) -> frappe._dict:
	company = company or default_company()
	if not company:
		frappe.throw(_("Please enter a default company in KAM Settings."))
	return frappe._dict(
		key_account=key_account,
		customer=customer or None,
		item_group=item_group,
		year=cint(year),
		company=company,
	)


def _name_of(cell: frappe._dict, for_update: bool = False) -> str | None:
	return frappe.db.get_value(WALLET, {"cell_key": key_of(cell)}, for_update=for_update)


def _change(name: str, values: dict, modified: str | None) -> KeyAccountWallet:
	doc = frappe.get_doc(WALLET, name, for_update=True)
	if modified is not None and str(doc.modified) != str(modified):
		frappe.throw(
			_("{0} has changed this cell in the meantime. Please load it again.").format(
				frappe.utils.get_fullname(doc.modified_by)
			),
			frappe.TimestampMismatchError,
		)
	_fill(doc, values)
	return doc.save()


def _fill(doc: KeyAccountWallet, values: dict) -> None:
	values = dict(values)
	if "wallet" in values:
		known = values["wallet"] not in (None, "")
		values["wallet"] = flt(values["wallet"])
		values["wallet_known"] = int(known and values.get("wallet_known", 1) not in (0, "0", False))
		if not values["wallet_known"]:
			values["wallet"] = 0
	elif values.get("wallet_known") in (0, "0", False):
		values["wallet"] = 0
	shares = values.pop("shares", None)
	doc.update(values)
	if shares is not None:
		doc.set("shares", [_share(row) for row in shares])
	if "as_of" not in values:
		doc.as_of = getdate()


def _share(row: dict) -> dict:
	values = {field: row.get(field) for field in SHARE_FIELDS if row.get(field) is not None}
	if "amount_known" not in values:
		values["amount_known"] = int(row.get("amount") not in (None, ""))
	values["amount"] = flt(values.get("amount"))
	return values


# ---------------------------------------------------------------- renamed records


def renew_keys(doc, method=None, old=None, new=None, merge=False):
	"""The key of a cell contains names. Where two records became one, both wallets stay and are added up."""
	field = {"Key Account": "key_account", "Customer": "customer"}.get(doc.doctype, frappe.scrub(doc.doctype))
	rows = frappe.get_all(WALLET, {field: new}, ["name", "cell_key", *IDENTITY], order_by="creation")
	taken = {}
	for row in sorted(rows, key=lambda row: key_of(row) != row.cell_key):  # those that keep their key first
		key = key_of(row)
		if key in taken:
			key = f"{key} {row.name}"
		taken[key] = row.name
		if key != row.cell_key:
			frappe.db.set_value(WALLET, row.name, "cell_key", key, update_modified=False)


def contract_is_running(contract_end, day: date | None = None) -> bool:
	"""Whether a contract with another supplier still binds the customer on a day."""
	return bool(contract_end) and getdate(contract_end) >= (day or getdate())
