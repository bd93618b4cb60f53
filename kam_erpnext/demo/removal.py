"""Takes the demonstration away: the company with everything posted in it, its masters, its users and the programme.

All in one transaction. What belongs to the demonstration: records in the register, records whose field `company` names
the demonstration company, records of this app that refer to one of those, and what Frappe keeps beside a record
(comments, versions, files, assignments …). Nothing else is deleted: if a record outside refers to one inside, the
removal stops before it has changed anything and names it.
"""

from collections.abc import Iterable, Iterator

import frappe
from frappe import _
from frappe.model.rename_doc import get_link_fields
from frappe.sessions import clear_sessions

from kam_erpnext.demo import world
from kam_erpnext.demo.register import Register
from kam_erpnext.engine.intelligence import SCOPE

MODULE = "KAM ERPNext"
NOTE, SHARED = "Market Intelligence", "Key Account Segment"
# records of this app belong to the demonstration when they refer to one of these
OWNERS = ("Customer", "Prospect", "Lead")
CHUNK = 500
SHOWN = 12

# kept by Frappe beside a record: (doctype, field with the doctype, field with the name)
BESIDE = (
	("Activity Log", "reference_doctype", "reference_name"),
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Dynamic Link", "link_doctype", "link_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("Notification Log", "document_type", "document_name"),
	("Reminder", "reminder_doctype", "reminder_docname"),
	("Tag Link", "document_type", "document_name"),
	("ToDo", "reference_type", "reference_name"),
	("User Permission", "allow", "for_value"),
	("Version", "ref_doctype", "docname"),
	("View Log", "reference_doctype", "reference_name"),
	("Workflow Action", "reference_doctype", "reference_name"),
	("__Auth", "doctype", "name"),
	("__global_search", "doctype", "name"),
)
# kept for a user besides what the deletion of a user removes itself
OF_USER = (
	("Access Log", "user"),
	("Activity Log", "user"),
	("Contact", "user"),
	("Dashboard Settings", "user"),
	("Notification Settings", "name"),
	("Notification Log", "for_user"),
	("Notification Log", "from_user"),
	("Route History", "user"),
	("Workspace", "for_user"),
	("__UserSettings", "user"),
)
# these keep a tree, or much beside themselves, and are taken out by their controllers
TREES = (
	"Key Account",
	"Territory",
	"Customer Group",
	"Item Group",
	"Sales Person",
	"Supplier Group",
	"Employee",
)
# belong to the company by a field of another name
BY_CUSTOMER = (("Quality Feedback", "document_name"), ("Contract", "party_name"))
BY_COMPANY = (("KAM Cost Rate", "for_company"), ("Shipment", "pickup_company"))


class DemonstrationInUseError(frappe.ValidationError):
	pass


class Removal:
	def __init__(self, register: Register):
		self.register = register
		self.names: dict[str, set[str]] = {
			doctype: set(names) for doctype, names in register.documents.items()
		}

	def run(self) -> None:
		self.collect()
		self.check_use()
		self.delete_beside()
		self.delete_trees()
		self.delete_users()
		self.delete_flat()
		self.delete_company()
		frappe.db.delete("Series", {"name": ("like", f"{world.SERIES}%")})
		self.register.put_back()
		self.register.drop()

	# ------------------------------------------------------------ what belongs to it

	def collect(self) -> None:
		for doctype in doctypes_with_company():
			self.add(doctype, frappe.get_all(doctype, {"company": world.COMPANY}, pluck="name"))
		for doctype, field in BY_COMPANY:
			self.add(doctype, frappe.get_all(doctype, {field: world.COMPANY}, pluck="name"))
		self.names["Key Account"] = set(key_accounts(self.register))
		self.collect_programme()
		self.collect_notes()
		items = self.names.get("Item")
		self.add("Item Price", self.referring("Item Price", "item_code", items))
		self.add("Bin", self.referring("Bin", "item_code", items))
		for doctype in ("Contact", "Address"):
			self.add(doctype, self.linked_only_here(doctype))
		for doctype, field in BY_CUSTOMER:
			self.add(doctype, self.referring(doctype, field, self.names.get("Customer")))
		self.add("Call Calendar", self.referring("Call Calendar", "user", self.names.get("User")))
		self.names["User"] = {name for name in self.names.get("User", ()) if frappe.db.exists("User", name)}

	def add(self, doctype: str, names: Iterable[str]) -> bool:
		known = self.names.setdefault(doctype, set())
		before = len(known)
		known.update(names)
		return len(known) > before

	def collect_programme(self) -> None:
		"""Records of this app that refer to what is collected already, and so on."""
		doctypes = frappe.get_all(
			"DocType",
			{"module": MODULE, "istable": 0, "issingle": 0, "name": ("!=", "Key Account")},
			pluck="name",
		)
		found = True
		while found:
			found = False
			for doctype in doctypes:
				for df in frappe.get_meta(doctype).get_link_fields():
					if (
						df.options in OWNERS
						or (df.options in doctypes and df.options != doctype)
						or df.options == "Key Account"
					):
						found |= self.add(
							doctype, self.referring(doctype, df.fieldname, self.names.get(df.options))
						)

	def collect_notes(self) -> None:
		"""Market notes that name records of the demonstration and none besides, and those of its users about nothing."""
		scope = [df for df in frappe.get_meta(NOTE).get_link_fields() if df.fieldname in SCOPE]
		fields = [df.fieldname for df in scope]
		for note in frappe.get_all(NOTE, fields=["name", "owner", *fields], order_by="name"):
			# segments of key accounts are shared by all companies
			named = [(df.options, note[df.fieldname]) for df in scope if note[df.fieldname]]
			own = [name in self.names.get(doctype, ()) for doctype, name in named if doctype != SHARED]
			if all(own) and (own or note.owner in self.names.get("User", ())):
				self.add(NOTE, [note.name])

	def referring(self, doctype: str, field: str, names: Iterable[str] | None) -> set[str]:
		found = set()
		for chunk in chunks(names or ()):
			found.update(frappe.get_all(doctype, {field: ("in", chunk)}, pluck="name"))
		return found

	def linked_only_here(self, doctype: str) -> set[str]:
		"""Contacts and addresses all of whose links lead to the demonstration."""
		link = frappe.qb.DocType("Dynamic Link")
		inside, outside = set(), set()
		candidates = set()
		for target, names in self.names.items():
			for chunk in chunks(names if target in (*OWNERS, "Supplier", "Company") else ()):
				rows = (
					frappe.qb.from_(link)
					.select(link.parent)
					.where((link.parenttype == doctype) & (link.link_doctype == target))
					.where(link.link_name.isin(chunk))
					.run()
				)
				candidates.update(name for (name,) in rows)
		for chunk in chunks(candidates):
			rows = (
				frappe.qb.from_(link)
				.select(link.parent, link.link_doctype, link.link_name)
				.where((link.parenttype == doctype) & link.parent.isin(chunk))
				.run()
			)
			for parent, target, name in rows:
				(inside if name in self.names.get(target, ()) else outside).add(parent)
		return inside - outside

	# ------------------------------------------------------------ is it used from outside

	def check_use(self) -> None:
		"""Raise DemonstrationInUseError when records that stay refer to records that go."""
		users = []
		for doctype in self.register.documents:
			names = self.names.get(doctype)
			for link in get_link_fields(doctype) if names else ():
				users += self.outside_users(link, names)
		if users:
			users = sorted(set(users))
			more = " " + _("and {0} more").format(len(users) - SHOWN) if len(users) > SHOWN else ""
			frappe.throw(
				_(
					"Records of the demonstration are used by others: {0}{1}. Please change or delete these first."
				).format(", ".join(users[:SHOWN]), more),
				DemonstrationInUseError,
				title=_("Demonstration in Use"),
			)

	def outside_users(self, link: dict, names: set[str]) -> list[str]:
		doctype, field = link["parent"], link["fieldname"]
		if not stored(doctype) or is_framework(doctype):
			return []
		if link["issingle"]:
			restored = any((doctype, field) == (row[0], row[1]) for row in self.register.restore)
			used = not restored and frappe.db.get_single_value(doctype, field) in names
			return [_(doctype)] if used else []
		meta = frappe.get_meta(doctype)
		if meta.istable and field == "company":
			return []  # these lines go with the company
		columns = ["parenttype", "parent"] if meta.istable else ["name"]
		users = []
		for chunk in chunks(names):
			for row in frappe.get_all(doctype, {field: ("in", chunk)}, columns, distinct=True):
				owner = (row.parenttype, row.parent) if meta.istable else (doctype, row.name)
				if owner[1] and owner[1] not in self.names.get(owner[0], ()):
					users.append(f"{_(owner[0])} {owner[1]}")
		return users

	# ------------------------------------------------------------ delete

	def delete_beside(self) -> None:
		for doctype, names in self.names.items():
			for chunk in chunks(names):
				for table, type_field, name_field in BESIDE:
					if stored(table):
						self.delete_rows(table, {type_field: doctype, name_field: ("in", chunk)})
				for file in frappe.get_all(
					"File", {"attached_to_doctype": doctype, "attached_to_name": ("in", chunk)}, pluck="name"
				):
					frappe.delete_doc("File", file, force=True, delete_permanently=True)

	def delete_rows(self, doctype: str, filters: dict) -> None:
		"""Rows with their child rows."""
		if doctype.startswith("__"):
			table = frappe.qb.Table(doctype)
			query = frappe.qb.from_(table).delete()
			for field, value in filters.items():
				query = query.where(
					table[field].isin(value[1]) if isinstance(value, tuple) else table[field] == value
				)
			query.run()
			return
		children = [df.options for df in frappe.get_meta(doctype).get_table_fields() if stored(df.options)]
		if children:
			for chunk in chunks(frappe.get_all(doctype, filters, pluck="name")):
				for child in children:
					frappe.db.delete(child, {"parenttype": doctype, "parent": ("in", chunk)})
		frappe.db.delete(doctype, filters)

	def delete_trees(self) -> None:
		"""Leaves first, each through its controller, which closes the gap in the tree."""
		for doctype in TREES:
			names = list(self.names.pop(doctype, ()))
			for name in frappe.get_all(doctype, {"name": ("in", names)}, pluck="name", order_by="lft desc"):
				frappe.get_doc(doctype, name).run_method("on_trash")
				self.delete_rows(doctype, {"name": name})

	def delete_users(self) -> None:
		for name in self.names.pop("User", ()):
			clear_sessions(name, force=True)
			for table, field in OF_USER:
				if stored(table):
					self.delete_rows(table, {field: ("in", [name])})
			frappe.get_doc("User", name).run_method("on_trash")
			frappe.db.delete("DefaultValue", {"parent": name})
			self.delete_rows("User", {"name": name})

	def delete_flat(self) -> None:
		company = self.names.pop("Company", ())
		for doctype, names in self.names.items():
			for chunk in chunks(names):
				self.delete_rows(doctype, {"name": ("in", chunk)})
		for doctype in doctypes_with_company(child=True):
			frappe.db.delete(doctype, {"company": world.COMPANY})
		self.names = {"Company": set(company)}

	def delete_company(self) -> None:
		for name in self.names["Company"]:
			if frappe.db.exists("Company", name):
				frappe.get_doc("Company", name).run_method("on_trash")
				self.delete_rows("Company", {"name": name})


# ---------------------------------------------------------------- helpers


def key_accounts(register: Register) -> list[str]:
	"""Key accounts of the demonstration.

	Those in the register, those whose customers all belong to it, those of its prospects and leads, and everything
	below these. An account that also holds other customers is not one of them.
	"""
	customers = set(register.names("Customer"))
	members: dict[str, set[str]] = {}
	for row in frappe.get_all("Key Account Customer", {"parenttype": "Key Account"}, ["parent", "customer"]):
		members.setdefault(row.parent, set()).add(row.customer)
	parties = {("Prospect", name) for name in register.names("Prospect")}
	parties |= {("Lead", name) for name in register.names("Lead")}
	registered = set(register.names("Key Account"))
	found = set()
	for account in frappe.get_all(
		"Key Account", fields=["name", "parent_key_account", "party_type", "party"], order_by="lft"
	):
		own = members.get(account.name, set())
		if own - customers:
			continue
		if (
			own
			or account.name in registered
			or account.parent_key_account in found
			or (account.party_type, account.party) in parties
		):
			found.add(account.name)
	return sorted(found)


def doctypes_with_company(child: bool = False) -> list[str]:
	"""Stored doctypes with a link `company`: documents, or (child) lines of documents."""
	found = frappe.get_all(
		"DocField", {"fieldtype": "Link", "options": "Company", "fieldname": "company"}, pluck="parent"
	)
	found += frappe.get_all(
		"Custom Field", {"fieldtype": "Link", "options": "Company", "fieldname": "company"}, pluck="dt"
	)
	wanted = frappe.get_all(
		"DocType",
		{"name": ("in", found), "istable": int(child), "issingle": 0, "is_virtual": 0},
		pluck="name",
		order_by="name",
	)
	return [doctype for doctype in wanted if stored(doctype)]


def stored(doctype: str) -> bool:
	return (
		frappe.db.table_exists(doctype) if not doctype.startswith("__") else doctype in frappe.db.get_tables()
	)


def is_framework(doctype: str) -> bool:
	"""Records of Frappe itself, such as logs and settings of a user, do not keep a record alive."""
	module = frappe.get_meta(doctype).module
	return frappe.local.module_app.get(frappe.scrub(module)) == "frappe"


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
	names = sorted(names)
	for start in range(0, len(names), CHUNK):
		yield names[start : start + CHUNK]
