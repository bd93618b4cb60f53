"""A private PostgreSQL server, for a run with KAM_DB=postgres (see docs/databases.md)."""

import csv
import gzip
import io
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.harness import machine, services
from tests.harness.machine import Failed, NotPossible

# Durability is worth nothing for a database that is thrown away, and costs minutes.
POSTGRES_OPTIONS = {
	"listen_addresses": "127.0.0.1",
	"fsync": "off",
	"synchronous_commit": "off",
	"full_page_writes": "off",
	"shared_buffers": "384MB",
	"max_wal_size": "2GB",
	"max_locks_per_transaction": "256",
	"jit": "off",
}


def _programs():
	"""Folders with PostgreSQL's programs, the newest version first (Debian keeps the server's outside PATH)."""
	folders = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
	return sorted(folders, key=lambda folder: -int(folder.parent.name.split(".")[0]))


def _program(name):
	for folder in _programs():
		if (folder / name).exists():
			return str(folder / name)
	return machine.program(name)


class PostgreSQL:
	"""A PostgreSQL server with an account that may create databases. All calls go through the client programs."""

	kind = "postgres"

	def __init__(self, host, port, user, password):
		self.host, self.port, self.user, self.password = host, int(port), user, password
		self.client, self.dumper = _program("psql"), _program("pg_dump")
		if not self.client or not self.dumper:
			raise NotPossible("the PostgreSQL client programs (psql, pg_dump) are not installed")

	def as_dict(self):
		"""Everything another process needs to reach this server."""
		return {
			"kind": self.kind,
			"host": self.host,
			"port": self.port,
			"user": self.user,
			"password": self.password,
		}

	def _command(self, binary, database, *arguments):
		where = [f"--host={self.host}", f"--port={self.port}", f"--username={self.user}", "--no-password"]
		return [binary, *where, f"--dbname={database or 'postgres'}", *arguments]

	def _psql(self, database, *arguments):
		return self._command(
			self.client, database, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *arguments
		)

	def _env(self):
		return machine.child_environment(PGPASSWORD=self.password)

	def sql(self, statement, database=None):
		"""Runs one or more statements, returns the rows as lists of strings."""
		done = subprocess.run(
			self._psql(database, "--tuples-only", "--csv"),
			input=statement,
			capture_output=True,
			text=True,
			env=self._env(),
		)
		if done.returncode:
			raise Failed(f"PostgreSQL refused a statement: {done.stderr.strip()}")
		return list(csv.reader(io.StringIO(done.stdout)))

	def create(self, name, password):
		"""A new empty database with a user of the same name."""
		self.drop(name)
		self.sql(
			f'CREATE USER "{name}" WITH PASSWORD \'{password}\'; CREATE DATABASE "{name}" OWNER "{name}";'
		)

	def drop(self, name):
		"""Removes a database and its user, if there."""
		self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE); DROP USER IF EXISTS "{name}";')

	def empty(self, name):
		"""The database without anything in it; its user stays."""
		self.sql(f'DROP DATABASE "{name}" WITH (FORCE); CREATE DATABASE "{name}" OWNER "{name}";')

	def dump(self, name, target):
		"""Writes a database to a compressed file, whole or not at all."""
		command = self._command(self.dumper, name, "--no-owner", "--no-privileges")
		services.write_compressed(command, target, self._env())

	def restore(self, name, source):
		"""Fills an empty database from a file that `dump` wrote; its own user owns everything in it."""
		command = self._psql(name, "--single-transaction", "--output=/dev/null")
		with gzip.open(source, "rb") as dumped:
			services.feed(command, [f'SET ROLE "{name}";\n'.encode(), dumped], self._env(), source)
		self.sql("ANALYZE;", name)


class PrivatePostgreSQL:
	"""A PostgreSQL server of our own with a throw-away data folder."""

	def __init__(self, log):
		self.log, self.process, self.run_dir = log, None, None

	@staticmethod
	def server():
		"""Path of the server program, None when there is none."""
		return _program("postgres")

	def start(self, detached=False):
		"""Initialises the data folder and starts the server. Returns a PostgreSQL."""
		binary, installer = self.server(), _program("initdb")
		if not binary or not installer:
			raise NotPossible("no PostgreSQL server program is installed")
		identity = _identity()
		# the server refuses to run as root, and the account it runs as may not see the clone's folder
		self.run_dir = Path(tempfile.mkdtemp(prefix="kam-db-"))
		data, secret, password = self.run_dir / "data", self.run_dir / "password", secrets.token_hex(12)
		secret.touch(mode=0o600)
		secret.write_text(password)
		for path in (self.run_dir, secret):
			os.chown(path, identity.get("user", -1), identity.get("group", -1))
		machine.run(
			[
				installer,
				f"--pgdata={data}",
				"--username=postgres",
				f"--pwfile={secret}",
				"--auth=scram-sha-256",
				"--encoding=UTF8",
				# sorts names as people do, like MariaDB's collation, whatever the locales of this machine
				"--locale=C.UTF-8",
				"--locale-provider=icu",
				"--icu-locale=und",
				"--no-sync",
			],
			what="creating the private database folder",
			log=self.log,
			cwd=self.run_dir,
			env=machine.child_environment(),
			**identity,
		)
		secret.unlink()
		port = machine.free_port()
		options = {**POSTGRES_OPTIONS, "port": port, "unix_socket_directories": self.run_dir}
		self.process = machine.spawn(
			[binary, "-D", data, *(f"--{name}={value}" for name, value in options.items())],
			log=self.log,
			detached=detached,
			cwd=self.run_dir,
			env=machine.child_environment(),
			**identity,
		)
		database = PostgreSQL("127.0.0.1", port, "postgres", password)
		services.wait_for(
			lambda: self._ready(database), self.process, "the private PostgreSQL server", self.log
		)
		return database

	@staticmethod
	def _ready(database):
		try:
			return database.sql("SELECT 1") == [["1"]]
		except Failed:
			return False

	def stop(self):
		"""Stops the server and deletes its data."""
		if self.process:
			# SIGINT is PostgreSQL's request to end without waiting for its clients
			machine.stop(self.process, seconds=30, first=signal.SIGINT)
		if self.run_dir:
			shutil.rmtree(self.run_dir, ignore_errors=True)


def _identity():
	"""The account of the server as arguments of a new process: our own, or an unprivileged one for root."""
	if os.geteuid() != 0:
		return {}
	for name in ("postgres", "nobody"):
		try:
			account = pwd.getpwnam(name)
		except KeyError:
			continue
		return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
	raise NotPossible(
		"PostgreSQL does not run as root, and there is no account postgres or nobody to run it as"
	)
