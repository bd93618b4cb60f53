"""A test's hold on the site: connect, isolate, log in as somebody, clean up. Used by the conftest files; needs Frappe.

The environment variable KAM_HARNESS names the file that `site.py` wrote about the running bench.
"""

import contextlib
import itertools
import os
from pathlib import Path

from tests.harness import machine, services
from tests.harness.private_bench import PrivateBench, Site

NOT_RUNNING = (
	"site and browser tests run on a private bench: `python3 tests/harness/site.py test`, or bring it up with"
	" `python3 tests/harness/site.py up` and source the shell file it names"
)
SAVEPOINT = "kam_test"
# what stays true whatever the documents of a test were; all other cached values of the site go after each test
LASTING_CACHE = (
	"doctype_meta",
	"doctype_form_meta",
	"table_columns",
	"app_hooks",
	"installed_apps",
	"all_apps",
	"app_modules",
	"installed_app_modules",
	"module_app",
	"module_installed_app",
	"doctype_modules",
	"is_table",
	"db_tables",
	"merged_translations",
	"document_cache::",  # Frappe itself clears these on rollback
)


def facts():
	"""What `site.py` says about the running bench; an empty dict when none runs."""
	path = os.environ.get("KAM_HARNESS")
	return machine.read_json(path) if path else {}


def private_bench():
	"""The running private bench, for making and dropping further sites."""
	known = facts()
	bench = PrivateBench(None, None)
	bench.path, bench.sites = Path(known["bench"]), Path(known["sites"])
	bench.logs = bench.path / "logs"
	bench.steps_log = bench.logs / "tests.log"
	bench.environment = _Python(known["python"])
	bench.database = services.database(**known["database"])
	return bench


class _Python:
	def __init__(self, python):
		self.python, self.path = Path(python), Path(python).parents[1]


# ---- the connection --------------------------------------------------------------------------------------------


def connect(site=None):
	"""Connects this process to the site as Administrator."""
	import frappe

	known = facts()
	os.chdir(known["sites"])  # Frappe's logs and assets are relative to it
	frappe.init(site=site or known["site"], sites_path=known["sites"])
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.in_test = frappe.in_test = True  # the second is how version 16 knows
	frappe.flags.mute_emails = True


def disconnect():
	"""Ends the connection."""
	import frappe

	frappe.destroy()


@contextlib.contextmanager
def as_user(email):
	"""Everything in the block happens as this user."""
	import frappe

	before = frappe.session.user
	frappe.set_user(email)
	try:
		yield email
	finally:
		frappe.set_user(before)


# ---- isolation -------------------------------------------------------------------------------------------------


class Isolation:
	"""One test in one transaction that is undone at its end.

	Inside, `frappe.db.commit()` becomes a savepoint and `frappe.db.rollback()` goes back to the last one, with all their
	callbacks, so code that commits is tested as it is. Other connections (a worker, the web server) see nothing of it.
	"""

	def __init__(self):
		self.undo = []

	def __enter__(self):
		import frappe
		from frappe.database.database import Database

		forget_request()
		frappe.db.rollback()
		self.patched = Database
		self.commit, self.rollback = Database.commit, Database.rollback
		main, real_rollback, undo = frappe.db._conn, self.rollback, self.undo

		def commit(db, *args, **kwargs):
			if db._conn is not main:
				return self.commit(db, *args, **kwargs)
			db.before_rollback.reset()
			undo.extend(db.after_rollback._functions)
			db.after_rollback.reset()
			db.before_commit.run()
			db.sql(f"savepoint {SAVEPOINT}")
			db.value_cache.clear()
			db.after_commit.run()

		def rollback(db, *, save_point=None, **kwargs):
			if save_point or db._conn is not main:
				return real_rollback(db, save_point=save_point, **kwargs)
			db.before_commit.reset()
			db.after_commit.reset()
			db.before_rollback.run()
			db.sql(f"rollback to savepoint {SAVEPOINT}")
			db.value_cache.clear()
			db.after_rollback.run()

		frappe.db.sql(f"savepoint {SAVEPOINT}")
		Database.commit, Database.rollback = commit, rollback
		return self

	def __exit__(self, *error):
		import frappe

		self.patched.commit, self.patched.rollback = self.commit, self.rollback
		frappe.db.rollback()
		for function in self.undo:
			function()
		forget_request()
		forget_cached()


def forget_request():
	"""Logs Administrator in again and forgets messages, flags and responses of the test before."""
	import frappe

	flags = {"in_test": True, "mute_emails": True, "currently_saving": []}  # a list from frappe.init
	frappe.local.flags.clear()
	frappe.local.flags.update(flags)
	frappe.local.message_log = []
	frappe.local.debug_log = []
	frappe.local.error_log = []
	frappe.local.response = frappe._dict({"docs": []})
	frappe.set_user("Administrator")


def forget_cached():
	"""Drops what the site's cache derived from documents that have just been undone."""
	import frappe
	import frappe.utils.caching

	prefix = frappe.cache.make_key("")
	lasting = tuple(prefix + key.encode() for key in LASTING_CACHE)
	gone = [key for key in frappe.cache.get_keys("") if not key.startswith(lasting)]
	if gone:
		frappe.cache.delete_value(gone, make_keys=False)
	second = getattr(frappe, "client_cache", None)  # within the process, since version 16
	if second:
		documents = prefix + b"document_cache::"
		with second.lock:
			for key in list(second.cache):
				text = key if isinstance(key, bytes) else key.encode()
				if text.startswith(documents) or not text.startswith(lasting):
					second.cache.pop(key, None)
	frappe.utils.caching._SITE_CACHE.clear()
	frappe.local.cache = {}
	for name in ("request_cache", "role_permissions"):
		if hasattr(frappe.local, name):
			getattr(frappe.local, name).clear()
	for name in ("system_settings", "website_settings"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)


# ---- tests that really commit ----------------------------------------------------------------------------------


class Cleanup:
	"""Removes committed documents again, newest first: `cleanup.later(document)` for each one made."""

	def __init__(self):
		self.documents = []

	def later(self, *documents):
		"""Remembers documents to remove at the test's end. Returns the first."""
		self.documents += [(document.doctype, document.name) for document in documents]
		return documents[0]

	def finish(self):
		"""Cancels and deletes them for good."""
		import frappe

		forget_request()
		frappe.db.rollback()
		for doctype, name in reversed(self.documents):
			if not frappe.db.exists(doctype, name):
				continue
			document = frappe.get_doc(doctype, name)
			if document.docstatus == 1:
				document.flags.ignore_links = True
				document.cancel()
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
		frappe.db.commit()
		frappe.clear_cache()


class SitePoint:
	"""The whole database as it is now, for tests that commit more than they can name. Costs some seconds."""

	numbers = itertools.count()

	def __init__(self):
		self.bench = private_bench()
		self.site = Site(self.bench, facts()["site"])
		self.file = self.bench.path / f"site-point-{next(self.numbers)}.sql.gz"
		self.site.dump(self.file)

	def return_to(self):
		"""Puts the database back; the site's folder and password stay."""
		import frappe

		disconnect()
		database, name = self.bench.database, self.site.db_name
		database.empty(name)
		database.restore(name, self.file)
		self.file.unlink()
		connect()
		frappe.clear_cache()


@contextlib.contextmanager
def without_what_erpnext_cannot():
	"""Leaves the test out when ERPNext itself fails on this database, and says in what."""
	import pytest

	from tests.site import databases

	try:
		yield
	except Exception as error:
		if reason := databases.failing_function(error):
			pytest.skip(reason)
		raise
