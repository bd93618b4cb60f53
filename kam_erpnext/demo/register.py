"""What the demonstration has put on a site, kept with it so that it can be taken away again."""

import json

import frappe
from frappe.defaults import clear_default

KEY = "kam_demonstration"
STORED_AS = {"parent": "__global", "defkey": KEY}
INCOMPLETE, COMPLETE = "incomplete", "complete"


class Register:
	"""Records made by the demonstration that cannot be found by its company, and values to put back.

	Stored as JSON in a global default: about 15 kB. Documents of the company itself (invoices, ledgers …) are found by it.
	"""

	def __init__(self, content: dict | None = None):
		content = content or {}
		self.state: str = content.get("state", INCOMPLETE)
		self.created_on: str = content.get("created_on") or frappe.utils.now()
		self.documents: dict[str, list[str]] = content.get("documents", {})
		self.restore: list[list] = content.get("restore", [])
		self.summary: dict = content.get("summary", {})

	@classmethod
	def load(cls) -> "Register | None":
		"""The register of this site, None when there is no demonstration."""
		# from the table: see `save`
		stored = frappe.db.get_value("DefaultValue", STORED_AS, "defvalue")
		return cls(json.loads(stored)) if stored else None

	def save(self) -> None:
		"""Stored with the transaction of the documents it names."""
		content = json.dumps(
			{
				"state": self.state,
				"created_on": self.created_on,
				"documents": self.documents,
				"restore": self.restore,
				"summary": self.summary,
			},
			separators=(",", ":"),
		)
		if frappe.db.exists("DefaultValue", STORED_AS):
			# not as a default, which would throw away every cache of the site hundreds of times
			frappe.db.set_value("DefaultValue", STORED_AS, "defvalue", content, update_modified=False)
		else:
			frappe.db.set_global(KEY, content)

	@property
	def is_complete(self) -> bool:
		return self.state == COMPLETE

	def drop(self) -> None:
		clear_default(key=KEY, parent="__global")

	def add(self, doc) -> None:
		self.documents.setdefault(doc.doctype, []).append(doc.name)

	def make(self, doctype: str, **values):
		"""Insert a document and remember it."""
		doc = frappe.get_doc({"doctype": doctype, **values}).insert()
		self.add(doc)
		return doc

	def names(self, doctype: str) -> list[str]:
		return self.documents.get(doctype, [])

	def set_single(self, doctype: str, field: str, value) -> None:
		"""Change a setting and remember what it was."""
		before = frappe.db.get_single_value(doctype, field)
		self.restore.append([doctype, field, before, value])
		settings = frappe.get_single(doctype)
		settings.set(field, value)
		settings.save()

	def put_back(self) -> None:
		"""Settings get their former value, unless somebody has changed them meanwhile."""
		for doctype, field, before, value in self.restore:
			if frappe.db.get_single_value(doctype, field) == value:
				frappe.db.set_single_value(doctype, field, before)
				frappe.clear_document_cache(doctype, doctype)


def free_name(doctype: str, name: str) -> str:
	"""The name itself, or one marked as ours when the site has such a record already."""
	from kam_erpnext.demo.world import ABBR

	return f"{name} ({ABBR})" if frappe.db.exists(doctype, name) else name
