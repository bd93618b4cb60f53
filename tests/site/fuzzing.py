"""Fuzzing of what a site answers: requests as a browser sends them, wrong values of every kind, and what must hold.

`KAM_FUZZ_INPUTS` multiplies the number of inputs: `KAM_FUZZ_INPUTS=5 python -m pytest tests/site/test_fuzz_files.py`.
"""

import collections
import contextlib
import json
import os
import traceback
import zlib

import frappe
import frappe.handler
import frappe.utils.response
import rq
from frappe.database.database import Database
from frappe.utils import cstr, strip_html
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from kam_erpnext.compat import FRAPPE_MAJOR
from tests.harness import frappe_session

TIMES = float(os.environ.get("KAM_FUZZ_INPUTS", 1))
START = "kam_fuzz"


def inputs(number, name):
	"""Settings of hypothesis for a number of inputs, by a name the same ones in every run unless more are asked for."""
	chosen = settings(
		max_examples=max(1, int(number * TIMES)),
		deadline=None,
		database=None,
		phases=[
			Phase.explicit,
			Phase.generate,
		],  # each failure is told with its input; a smaller one would cost minutes
		suppress_health_check=list(HealthCheck),
	)
	return chosen if TIMES > 1 else lambda test: seed(zlib.crc32(name.encode()))(chosen(test))


# ---- values ------------------------------------------------------------------------------------------------------

NUMBERS = (
	"0", "-1", "1", "3", "007", "1.5", "-0.0", "2147483647", "2147483648", "-99999999999999999999", "9" * 400, "1e3",
	"1e308", "1e400", "NaN", "Infinity", "-inf", "0x10", "1_000", "1,5", "١٢", "½",
)  # fmt: skip
DAYS = (
	"0000-00-00", "0001-01-01", "0001-01-01 00:00:00", "1900-01-01", "2019-06-30", "2026-02-31", "31 Feb 2026",
	"2026-13-01", "9999-12-31", "9999-12-31 23:59:59", "10000-01-01", "2026-11-22T25:00", "tomorrow", "2024-02-29", "12",
	"2026-03-31 14:30", "2026-03-31T14:30:00+09:00", "2026-03-31T14:30:00+99:00", "99999999999999999999", "-1", "1-1-1",
)  # fmt: skip
TEXTS = (
	"", " ", "\0", "a\0b", "\ud800", "😀", "Ünï 漢字", "\u202egnp.exe", "x" * 200, "x" * 20_000, "😀" * 17_000, "\r\n\t",
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "' or 1=1 -- ", "'; drop table tabUser; --", "\\", "%", "%s",
	"{0}", "{}", "${x}", "{{ frappe.db }}", "`name`", "null", "None", "undefined", "true", "../../etc/passwd", "*", "[", "{", '"',
	"Administrator", "Guest", "User", "DocType", "kam_erpnext", "/api/method/ping",
)  # fmt: skip
JSONS = (
	"[]", "{}", "[[]]", "[{}]", "null", "1", '"text"', "true", "[1]", "[null]", "[true, 1.5]", '[["name", "=", "x"]]',
	'{"name": ["like", "%"]}', '{"": ""}', '{"a": {"b": {"c": []}}}', '{"doctype": "User"}', '{"name": null}', "[NaN]",
	'{"a": Infinity}', '{"a": 1e999}', '["\\ud800"]', '{"\\u0000": "\\u0000"}', "[" * 30 + "]" * 30, "[" * 100_000, '{"a":' * 5_000,
	"[1,]", "{'a': 1}", '[["name","like"]]', '[["a"],["b"]]', '[["name","nonsense","x"]]', '{"name": {"a": 1}}', '[["DocType","nofield","=",1]]',
)  # fmt: skip

wrong_text = st.one_of(
	st.sampled_from(TEXTS),
	st.sampled_from(NUMBERS),
	st.sampled_from(DAYS),
	st.sampled_from(JSONS),
	st.text(max_size=12),
)
wrong_json = st.recursive(
	st.one_of(
		st.none(),
		st.booleans(),
		st.integers(-(10**20), 10**20),
		st.sampled_from([0, 1, -1, 10**18, 1e308, float("nan"), float("inf"), 0.5]),
		st.sampled_from([text for text in TEXTS if len(text) < 300]),
		st.sampled_from(DAYS),
	),
	lambda inner: st.one_of(
		st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
	),
	max_leaves=4,
)


def as_sent(value):
	"""A value as a browser sends it: objects as their JSON, everything else as text."""
	if isinstance(value, str):
		return value
	return json.dumps(value, default=str) if not isinstance(value, bool) else str(int(value))


@st.composite
def mutated(draw, value):
	"""A wrong value in place of a right one: something else, or an object or a list with something wrong in it."""
	if isinstance(value, dict) and value and draw(st.integers(0, 3)):
		key = draw(st.sampled_from(sorted(value)))
		return {**value, key: draw(mutated(value[key]))}
	if isinstance(value, list) and value and draw(st.integers(0, 3)):
		place = draw(st.integers(0, len(value) - 1))
		other = draw(st.one_of(mutated(value[place]), st.just(value[place])))
		return [*value[:place], other, *value[place:]]
	if isinstance(value, dict | list):
		return draw(st.one_of(wrong_json, wrong_text))
	return draw(st.one_of(wrong_text, wrong_text, wrong_json))


# ---- requests ----------------------------------------------------------------------------------------------------


class Answer:
	"""What a request was answered with: `error` and `message` when it was refused, `commits` before that."""

	def __init__(self):
		self.error, self.message, self.trace, self.commits, self.data = None, "", "", 0, None

	@property
	def accepted(self):
		return self.error is None

	@property
	def status(self):
		return 200 if self.accepted else getattr(self.error, "http_status_code", 500)


class Site:
	"""Sends requests within the transaction of a test and undoes each of them."""

	def __init__(self):
		self.counts = collections.defaultdict(collections.Counter)
		rows = frappe.get_all(
			"DocType",
			{"module": "KAM ERPNext", "issingle": 0, "is_virtual": 0},
			["name", "istable"],
			order_by="name",
		)
		self.tables = [row.name for row in rows if frappe.db.table_exists(row.name)]
		self.documents = [row.name for row in rows if row.name in self.tables and not row.istable]
		self.unchanged = self.state()

	def state(self):
		"""Number of rows and the last change of every table of the app."""
		rows = _union("select '{0}', count(*), max(modified) from `tab{0}`", self.tables)
		return {name: (count, last) for name, count, last in rows}

	def changed_since(self, moment):
		"""Documents of the app that were written since a moment, as `(doctype, name)`."""
		return _union(
			"select '{0}', name from `tab{0}` where modified >= %(moment)s", self.documents, moment=moment
		)

	@contextlib.contextmanager
	def undone(self):
		"""Undoes what happens in the block, and what it leaves in memory."""
		frappe.db.sql(f"savepoint {START}")
		frappe.db.sql(f"savepoint {frappe_session.SAVEPOINT}")
		try:
			yield
		finally:
			for callbacks in (frappe.db.before_commit, frappe.db.after_commit, frappe.db.before_rollback):
				callbacks.reset()
			frappe.db.sql(f"rollback to savepoint {START}")
			frappe.db.after_rollback.run()
			forget()

	def send(self, method, values, user, http="POST", theirs=False, look=None):
		"""Calls a whitelisted method as a request does. The answer was checked for what must always hold.

		`theirs`: Frappe answers, as it would without this app, and may do so with an error. `look(answer)` is called
		before everything is undone.
		"""
		sent = {key: short(value) for key, value in values.items()}
		where = f"{method} {sent!r} by {user}\n"
		with self.undone():
			begun = frappe.utils.now_datetime()
			answer = request(method, values, user, http)
			count = self.counts[method]
			count["accepted" if answer.accepted else "refused"] += 1
			frappe.set_user("Administrator")
			if look:
				look(answer)
			if answer.accepted:
				if answer.commits:
					self._assert_whole(begun, where)
				return answer
			if theirs and answer.status == 500 and not answer.commits:
				return answer
			assert answer.status < 500, f"{where}is answered with a server error:\n{answer.trace}"
			# some doors of Frappe 16 only say 403, which the desk puts into words
			said = answer.message or (FRAPPE_MAJOR > 15 and ".open_doors." in method and answer.status == 403)
			assert said, f"{where}is refused without a word: {answer.error!r}\n{answer.trace}"
			stored = answer.commits
			if count["refused"] % 10 == 1:
				assert self.state() == self.unchanged, f"{where}is refused, and something is left of it"
		if stored:
			# Frappe stores some things of its own the first time something is asked for
			with self.undone():
				again = request(method, values, user, http)
			assert not again.commits, f"{where}is refused after something was stored:\n{again.trace}"
		return answer

	def _assert_whole(self, begun, where):
		"""Documents the request wrote can be read, have what they need and are valid as they are."""
		for doctype, name in self.changed_since(begun)[:3]:
			doc = frappe.get_doc(doctype, name)
			for row in (doc, *doc.get_all_children()):
				missing = [
					field.fieldname
					for field in row.meta.get("fields", {"reqd": 1})
					if row.get(field.fieldname) in (None, "", [])
				]
				assert not missing, f"{where}leaves {doctype} {name} without {missing}"
			if doc.docstatus == 0 and not is_frozen(doc):
				try:
					doc.load_doc_before_save()
					doc.run_method("validate")
				except frappe.ValidationError as error:
					raise AssertionError(
						f"{where}leaves {doctype} {name}, which is not valid: {told(error)}"
					) from error

	def sums(self):
		"""Inputs that were accepted and refused."""
		return sum(self.counts.values(), collections.Counter())


def is_frozen(doc):
	"""Documents that are written by others alone refuse to be saved, changed or not."""
	return doc.doctype == "Key Account Incentive" or (doc.doctype == "Power Map" and not doc.is_current)


def _union(select, tables, **values):
	statement = " union all ".join(select.format(name) for name in tables)  # names the database itself told
	return frappe.db.sql(
		statement.replace("`", '"') if frappe.db.db_type == "postgres" else statement, values
	)


def request(method, values, user, http="POST"):
	"""Answers a request as Frappe does, within the transaction of the test."""
	answer = Answer()
	frappe_session.forget_request()
	frappe.set_user(user)
	environment = EnvironBuilder(path=f"/api/method/{method}", method=http).get_environ()
	frappe.local.request, frappe.local.request_ip = Request(environment), "127.0.0.1"
	frappe.local.form_dict = frappe._dict(values, cmd=method)
	commit = Database.commit

	def counted(db, *args, **kwargs):
		answer.commits += bool(db.transaction_writes)
		db.transaction_writes = 0
		return commit(db, *args, **kwargs)

	frappe.db.transaction_writes = 0
	Database.commit = counted
	try:
		for hook in frappe.get_hooks("before_request"):
			if hook.startswith("kam_erpnext."):
				frappe.call(hook)
		frappe.flags.error_message = None
		response = frappe.handler.handle()
		answer.data = frappe.response.get("message")
		if response is None:
			frappe.utils.response.build_response(frappe.response.get("type") or "json")
		if http == "POST":
			frappe.db.commit()
	except Exception as error:
		answer.error, answer.trace, answer.message = error, traceback.format_exc(), told(error)
		frappe.db.rollback()
	finally:
		Database.commit = commit
		frappe.local.form_dict = frappe._dict()
		del frappe.local.request, frappe.local.request_ip
	return answer


def short(value):
	"""A value for a message of a test."""
	text = cstr(value) if isinstance(value, str) else repr(value)
	return text if len(text) <= 300 else f"{text[:100]}… ({len(text)} characters)"


@contextlib.contextmanager
def no_jobs():
	"""Jobs are not queued: no worker sees what is not committed."""
	kept = {name: getattr(rq.Queue, name) for name in ("enqueue", "enqueue_call")}
	for name in kept:
		setattr(rq.Queue, name, lambda *args, **kwargs: None)
	try:
		yield
	finally:
		for name, function in kept.items():
			setattr(rq.Queue, name, function)


def told(error):
	"""What the caller is told, without HTML."""
	messages = [json.loads(entry) if isinstance(entry, str) else entry for entry in frappe.local.message_log]
	text = " ".join(cstr(message.get("message")) for message in messages if isinstance(message, dict))
	# where a right is missing Frappe keeps the sentence apart, and the desk shows it
	return strip_html(text or cstr(error) or cstr(frappe.flags.error_message)).strip()


def forget():
	"""What a process keeps for one request."""
	frappe.local.cache = {}
	for name in ("request_cache", "role_permissions", "document_cache", "user_perms"):
		kept = getattr(frappe.local, name, None)
		if hasattr(kept, "clear"):
			kept.clear()
	frappe_session.forget_request()
