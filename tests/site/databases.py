"""What is different on PostgreSQL (docs/databases.md): what ERPNext cannot do there, and what people have to do twice."""

import frappe
import psycopg2
from psycopg2.errors import SerializationFailure, UniqueViolation

# ValueError: what ERPNext makes of rows that Frappe gives one more column there
REFUSED = psycopg2.ProgrammingError | psycopg2.DataError | psycopg2.NotSupportedError | ValueError


def failing_function(error) -> str | None:
	"""The function of ERPNext whose statement PostgreSQL refused, with what PostgreSQL said. None when ERPNext did not
	send the statement, so that a statement of this app never counts as a fault of ERPNext."""
	if not isinstance(error, REFUSED) or frappe.db.db_type != "postgres":
		return None
	sender, traceback = "", error.__traceback__
	while traceback:
		code, module = traceback.tb_frame.f_code, traceback.tb_frame.f_globals.get("__name__", "")
		if module.split(".")[0] in ("erpnext", "kam_erpnext", "tests"):
			sender = f"{module}.{getattr(code, 'co_qualname', code.co_name)}"
		traceback = traceback.tb_next
	if not sender.startswith("erpnext."):
		return None
	return f"on PostgreSQL ERPNext's {sender} fails: {str(error).strip().splitlines()[0]}"


def repeated_if_refused(function):
	"""What `function` returns. On PostgreSQL who waited for somebody else does not see what that one has written, and is
	refused by the database: it is done again then, as a person would press the button again."""
	try:
		return function()
	except (SerializationFailure, UniqueViolation, frappe.UniqueValidationError, frappe.DuplicateEntryError):
		if frappe.db.db_type != "postgres":
			raise
		frappe.db.rollback()
		return function()
