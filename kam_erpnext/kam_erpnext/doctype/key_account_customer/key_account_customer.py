import frappe
from frappe import _
from frappe.model.document import Document


class CustomerTakenError(frappe.ValidationError):
	pass


class KeyAccountCustomer(Document):
	"""The database keeps `customer` unique, so that two people saving at once cannot both win."""

	def db_insert(self, *args, **kwargs):
		with self.clear_message():
			super().db_insert(*args, **kwargs)

	def db_update(self):
		with self.clear_message():
			super().db_update()

	def clear_message(self):
		return _CustomerTaken(self.customer)


class _CustomerTaken:
	"""Turns the database's answer to a second membership into a message a person understands."""

	def __init__(self, customer):
		self.customer = customer

	def __enter__(self):
		return self

	def __exit__(self, kind, error, traceback):
		if kind and issubclass(kind, frappe.UniqueValidationError):
			frappe.clear_last_message()
			throw_customer_taken(self.customer)
		return False


def throw_customer_taken(customer: str, account: str | None = None):
	where = _("key account {0}").format(account) if account else _("another key account")
	frappe.throw(
		_(
			"Customer {0} already belongs to {1}. A customer can belong to one key account only: remove it there first."
		).format(frappe.bold(customer), where),
		CustomerTakenError,
		title=_("Customer Already Has a Key Account"),
	)
