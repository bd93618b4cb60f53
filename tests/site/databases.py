"""What ERPNext itself cannot do on PostgreSQL: a test that meets it is left out there with the reason (docs/databases.md)."""

import psycopg2

REFUSED = psycopg2.ProgrammingError | psycopg2.DataError | psycopg2.NotSupportedError


def failing_function(error) -> str | None:
	"""The function of ERPNext whose statement PostgreSQL refused, with what PostgreSQL said. None when ERPNext did not
	send the statement, so that a statement of this app never counts as a fault of ERPNext."""
	if not isinstance(error, REFUSED):
		return None
	sender, traceback = "", error.__traceback__
	while traceback:
		code, module = traceback.tb_frame.f_code, traceback.tb_frame.f_globals.get("__name__", "")
		if module.split(".")[0] in ("erpnext", "kam_erpnext", "tests"):
			sender = f"{module}.{getattr(code, 'co_qualname', code.co_name)}"
		traceback = traceback.tb_next
	if not sender.startswith("erpnext."):
		return None
	return f"PostgreSQL refused a statement of ERPNext's {sender}: {str(error).strip().splitlines()[0]}"
