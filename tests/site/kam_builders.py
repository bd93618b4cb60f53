"""Documents of this app for tests, and sessions beside that of the test. `make_*` returns a document, `ensure_*` a name."""

import contextlib
import threading
import time

import frappe

from kam_erpnext.setup.roles import ROLES
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import databases


def ensure_role_user(role, also=(), prefix="kam"):
	"""A user with one of the six roles, for example kam.manager@example.com, and the further roles `also`."""
	assert role in ROLES
	return b.ensure_user(f"{prefix}.{role.split()[-1].lower()}@example.com", [role, *also])


@contextlib.contextmanager
def lasting_users(roles_by_email):
	"""Users who stay for the tests of a module: making one takes Frappe seconds. Use it in a fixture of that scope."""
	frappe_session.forget_request()
	for email, roles in roles_by_email.items():
		b.ensure_user(email, roles)
	frappe.db.commit()
	yield
	frappe_session.forget_request()
	frappe.db.rollback()
	for email in roles_by_email:
		frappe.delete_doc("User", email, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


@b.as_administrator
def make_account(name, customers=(), parent=None, level="National", status="Active", team=(), **fields):
	"""A key account. `parent` is the name of another one, `team` are users or rows of the team."""
	return frappe.get_doc(
		{
			"doctype": "Key Account",
			"account_name": name,
			"level": level,
			"status": status,
			"parent_key_account": parent,
			"customers": [{"customer": customer} for customer in customers],
			"team": [row if isinstance(row, dict) else {"user": row} for row in team],
			**fields,
		}
	).insert()


@b.as_administrator
def make_criteria(title="Test Criteria", submit=True, **fields):
	"""Criteria with one classification line and two scoring lines, one of them judged, unless other tables are given."""
	values = {
		"rule": "All lines hold",
		"effective_from": "2019-01-01",
		"classification": [{"measure": "Net Sales", "operator": ">=", "threshold": 1000}],
		"scoring": [
			{
				"criterion": "Revenue",
				"weight": 60,
				"kind": "Linear",
				"measure": "Net Sales",
				"low_anchor": 0,
				"high_anchor": 5000,
			},
			{"criterion": "Relationship", "weight": 20, "kind": "Judged", "dimension": "Strength"},
		],
		**fields,
	}
	criteria = frappe.get_doc(
		{"doctype": "Key Account Criteria", "title": f"{title} {frappe.generate_hash(length=6)}", **values}
	)
	criteria.insert()
	if submit:
		criteria.submit()
	return criteria


class Session(threading.Thread):
	"""A second person at work: runs `function(session)` in a connection of its own, logged in as `user`.

	What it returns or raises is in `result` and `error`. It commits when it is done without an error. With `hold` it
	waits before that until somebody calls `let_go`; `done` is set as soon as the function is.
	"""

	def __init__(self, function, user="Administrator", hold=False):
		super().__init__(daemon=True)
		self.function, self.user, self.hold = function, user, hold
		self.result = self.error = None
		self.done, self.go_on = threading.Event(), threading.Event()

	def run(self):
		frappe_session.connect()
		try:
			frappe.set_user(self.user)
			self.result = databases.repeated_if_refused(self.function)
			self.done.set()
			if self.hold:
				self.go_on.wait(60)
			frappe.db.commit()
		except Exception as error:
			self.error = error
			frappe.db.rollback()
		finally:
			self.done.set()
			frappe_session.disconnect()

	def let_go(self):
		self.go_on.set()

	def finish(self):
		"""Waits for the end. Returns the error, if there was one."""
		self.go_on.set()
		self.join(90)
		assert not self.is_alive(), "the other session hangs"
		return self.error


def wait_until_blocked(timeout=30):
	"""Waits until some connection waits for a lock of another one."""
	database = frappe_session.private_bench().database
	waiting = {
		"mariadb": "select trx_id from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
		"postgres": "select pid from pg_locks where not granted",
	}[database.kind]
	for _attempt in range(timeout * 5):
		if database.sql(waiting):
			return
		time.sleep(0.2)
	raise AssertionError("no session waits for a lock")
