import frappe
from frappe.model.document import Document

from kam_erpnext.power_map import personal_data


class PowerMapEntry(Document):
	"""What the maps hold about a person, for Frappe's Personal Data Download Request and for nothing else.

	Frappe asks the lists of virtual doctypes without checking a permission. So this one answers only while such a request
	is being made, and only about its user; see `personal_data.entries`.
	"""

	@staticmethod
	def get_list(args=None, **kwargs) -> list[dict]:
		args = frappe._dict(args or kwargs)
		return [frappe._dict(entry) for entry in personal_data.entries(asked_for(args))]

	@staticmethod
	def get_count(args=None, **kwargs) -> int:
		return 0

	@staticmethod
	def get_stats(args=None, **kwargs) -> dict:
		return {}

	def load_from_db(self):
		raise frappe.DoesNotExistError

	def db_insert(self, *args, **kwargs):
		frappe.throw(frappe._("This is read from power maps and cannot be made."))

	def db_update(self, *args, **kwargs):
		frappe.throw(frappe._("This is read from power maps and cannot be changed."))

	def delete(self, *args, **kwargs):
		frappe.throw(frappe._("This is read from power maps and cannot be deleted."))


def asked_for(args) -> str | None:
	"""The address of a request for everything about it; Frappe's deletion asks for other fields and finds nothing here."""
	if args.fields not in (["*"], ("*",), "*"):
		return None
	filters = args.filters
	if isinstance(filters, dict):
		filters = [("Power Map Entry", field, "=", value) for field, value in filters.items()]
	for condition in filters or []:
		field, operator, value = list(condition)[-3:]
		if field == "email_id" and operator == "=" and isinstance(value, str):
			return value
	return None
