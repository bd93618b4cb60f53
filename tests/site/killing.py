"""A background worker that dies like a machine that loses power, and what the app's tables hold before and after.

A job is a name, a function that makes its data, what the worker does and what is done after its death. The worker is a process
with a connection of its own; it dies by SIGKILL before the n-th statement it sends to the database, for a spread of n.
"""

import datetime
import functools
import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe.database.database import Database

from tests.harness import frappe_session

# tables of Frappe that the app's jobs write
FRAPPE_TABLES = (
	"Comment",
	"DefaultValue",
	"DocShare",
	"Event",
	"Notification Log",
	"ToDo",
)
# what jobs note about themselves, such as how often they were tried
NOTES = ("DefaultValue",)
# what differs between two runs that did the same: moments, tokens, random names
VOLATILE = ("creation", "modified", "run_token", "search_fields")
MOMENTS = int(os.environ.get("KAM_KILL_MOMENTS") or 12)


@dataclass(frozen=True)
class Job:
	"""`work` is what the worker does; `again` what is done after its death, the same unless told otherwise. With `whole` it
	is one transaction: all of it is there, or nothing."""

	prepare: Callable[[], dict]
	work: Callable[..., object]
	again: Callable[..., object] | None = None
	whole: bool = False


class Queue:
	"""Stands for the queue of background jobs: they wait here until `run`, in the order in which they came."""

	def __init__(self):
		self.jobs = []

	def add(self, method, *args, enqueue_after_commit=False, **values):
		for option in (
			"queue",
			"timeout",
			"job_id",
			"job_name",
			"deduplicate",
			"is_async",
			"now",
			"at_front",
		):
			values.pop(option, None)
		call = functools.partial(
			frappe.get_attr(method) if isinstance(method, str) else method, *args, **values
		)
		if enqueue_after_commit:
			frappe.db.after_commit.add(lambda: self.jobs.append(call))
		else:
			self.jobs.append(call)

	def run(self):
		"""A worker commits after each job."""
		frappe.db.commit()
		while self.jobs:
			self.jobs.pop(0)()
			frappe.db.commit()


# ---------------------------------------------------------------- the worker


def worker(work, die_at=None):
	"""Runs `work` in a process of its own. Returns the statements it sent, or None when it died before number `die_at`."""
	reading, writing = os.pipe()
	child = os.fork()
	if not child:
		os.close(reading)
		_be_the_worker(work, die_at, writing)
	os.close(writing)
	with os.fdopen(reading, encoding="utf-8") as pipe:
		said = pipe.read()
	_pid, status = os.waitpid(child, 0)
	if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
		return None
	result = json.loads(said)
	assert isinstance(result, list), result
	return result


def _be_the_worker(work, die_at, writing):
	said = "the worker ended without a word"
	try:
		# the parent's connection is not ours to close
		kept = frappe.local.db
		frappe.local.db = None
		frappe_session.connect()
		sent = []
		send = Database.sql

		def sql(db, query, *args, **values):
			if len(sent) == die_at:
				os.kill(os.getpid(), signal.SIGKILL)
			sent.append(str(query).split(None, 1)[0].lower())
			return send(db, query, *args, **values)

		Database.sql = sql
		work()
		frappe.db.commit()
		said = sent
		assert kept is not frappe.local.db
	except BaseException:
		said = traceback.format_exc()
	finally:
		try:
			with os.fdopen(writing, "w", encoding="utf-8") as pipe:
				json.dump(said, pipe)
			sys.stdout.flush()
		finally:
			os._exit(0)


def moments(statements, number=MOMENTS):
	"""Numbers of statements before which to die: around commits, and spread over what is written and read."""
	commits = [place for place, word in enumerate(statements) if word == "commit"]
	writes = [
		place
		for place, word in enumerate(statements)
		if word in ("insert", "update", "delete", "replace", "savepoint")
	]
	around = sorted({moment for place in commits for moment in (place, place + 1)})
	chosen = {*_spread(around, number // 2), *_spread(range(len(statements)), number // 6)}
	chosen |= {*_spread([place for place in writes if place not in chosen], max(0, number - len(chosen)))}
	return sorted(moment for moment in chosen if moment < len(statements))


def _spread(places, number):
	places = [*places]
	if len(places) <= number:
		return places
	return [places[round(step * (len(places) - 1) / max(1, number - 1))] for step in range(number)]


# ---------------------------------------------------------------- what is there


def tables():
	"""Doctypes whose rows a job of the app may write."""
	own = frappe.get_all(
		"DocType", {"module": "KAM ERPNext", "issingle": 0, "is_virtual": 0}, pluck="name", order_by="name"
	)
	return [*own, *FRAPPE_TABLES]


class State:
	"""All rows of the app, to compare them and to put them back."""

	def __init__(self, names):
		frappe.db.rollback()
		self.names = names
		self.rows = {name: frappe.db.sql(f"select * from `tab{name}`", as_dict=True) for name in names}
		self.series = frappe.db.sql("select name, current from `tabSeries` order by name", as_dict=True)

	def put_back(self):
		"""The tables as they were."""
		now = State(self.names)
		for name, rows in self.rows.items():
			if rows != now.rows[name]:
				frappe.db.sql(f"delete from `tab{name}`")
				self._insert(f"tab{name}", rows)
		if self.series != now.series:
			frappe.db.sql("delete from `tabSeries`")
			self._insert("tabSeries", self.series)
		frappe.db.commit()
		frappe_session.forget_request()
		frappe_session.forget_cached()

	@staticmethod
	def _insert(table, rows):
		if rows:
			columns = ", ".join(f"`{column}`" for column in rows[0])
			places = ", ".join(["%s"] * len(rows[0]))
			for row in rows:
				frappe.db.sql(f"insert into `{table}` ({columns}) values ({places})", tuple(row.values()))

	@functools.cached_property
	def facts(self):
		"""What a reader would find, as a count of lines per table, without what no two runs have in common."""
		random = self._random_names()
		found = {
			name: Counter(self._line(row, random) for row in rows)
			for name, rows in self.rows.items()
			if rows and name not in NOTES
		}
		found["Series"] = Counter(self._line(row, {}) for row in self.series)
		return found

	def _random_names(self):
		"""Random names say nothing."""
		names = set()
		for doctype, rows in self.rows.items():
			meta = frappe.get_meta(doctype)
			if meta.istable or (meta.autoname or "hash").lower() in ("hash", "random", "autoincrement"):
				names.update(row.name for row in rows)
		return names

	def _line(self, row, random):
		return json.dumps(
			{
				column: "random" if value in random else value
				for column, value in row.items()
				if column not in VOLATILE and not isinstance(value, datetime.datetime)
			},
			default=str,
			sort_keys=True,
		)


def difference(first, second):
	"""What differs between the facts of two states, in words."""
	said = []
	for name in sorted({*first, *second}):
		less, more = first.get(name, Counter()), second.get(name, Counter())
		said += [f"{name}: only the first has {line}" for line in (less - more).elements()]
		said += [f"{name}: only the second has {line}" for line in (more - less).elements()]
	return "\n".join(said[:8])
