"""Private servers: MariaDB, Redis, web, worker and socketio, each on a port of its own, stopped by whoever started them."""

import gzip
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.harness import machine
from tests.harness.machine import Failed, NotPossible

# Durability is worth nothing for a database that is thrown away, and costs minutes.
MARIADB_OPTIONS = (
	"--bind-address=127.0.0.1",
	"--skip-name-resolve",
	"--character-set-server=utf8mb4",
	"--collation-server=utf8mb4_unicode_ci",
	"--innodb-flush-log-at-trx-commit=0",
	"--loose-innodb-flush-method=nosync",
	"--innodb-doublewrite=0",
	"--innodb-buffer-pool-size=384M",
	"--innodb-log-file-size=96M",
	"--max-allowed-packet=256M",
	"--skip-log-bin",
	"--loose-performance-schema=0",
	"--table-open-cache=2000",
)


REDIS_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no")


class Database:
	"""A MariaDB server with an account that may create databases. All calls go through the client program."""

	kind = "mariadb"

	def __init__(self, host, port, user, password, socket=None):
		self.host, self.port, self.user, self.password, self.socket = host, int(port), user, password, socket
		self.client = machine.program("mariadb", "mysql")
		self.dumper = machine.program("mariadb-dump", "mysqldump")
		if not self.client or not self.dumper:
			raise NotPossible("the MariaDB client programs (mariadb, mariadb-dump) are not installed")

	def as_dict(self):
		"""Everything another process needs to reach this server."""
		return {
			"kind": self.kind,
			"host": self.host,
			"port": self.port,
			"user": self.user,
			"password": self.password,
			"socket": self.socket,
		}

	def _command(self, binary, *arguments):
		where = (
			[f"--socket={self.socket}"]
			if self.socket
			else [f"--host={self.host}", f"--port={self.port}", "--protocol=tcp"]
		)
		return [binary, "--no-defaults", *where, f"--user={self.user}", *arguments]

	def _env(self):
		return machine.child_environment(MYSQL_PWD=self.password)

	def sql(self, statement, database=None):
		"""Runs one or more statements, returns the rows as lists of strings."""
		done = subprocess.run(
			self._command(self.client, "--batch", "--skip-column-names", *([database] if database else [])),
			input=statement,
			capture_output=True,
			text=True,
			env=self._env(),
		)
		if done.returncode:
			raise Failed(f"MariaDB refused a statement: {done.stderr.strip()}")
		return [line.split("\t") for line in done.stdout.splitlines()]

	def create(self, name, password):
		"""A new empty database with a user of the same name."""
		self.drop(name)
		self.sql(
			f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
			f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password}';"
			f"CREATE USER '{name}'@'localhost' IDENTIFIED BY '{password}';"
			f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'%';"
			f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'localhost';"
		)

	def drop(self, name):
		"""Removes a database and its user, if there."""
		self.sql(
			f"DROP DATABASE IF EXISTS `{name}`;"
			f"DROP USER IF EXISTS '{name}'@'%'; DROP USER IF EXISTS '{name}'@'localhost';"
		)

	def empty(self, name):
		"""The database without anything in it; its user stays."""
		self.sql(
			f"DROP DATABASE `{name}`; CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
		)

	def dump(self, name, target):
		"""Writes a database to a compressed file, whole or not at all."""
		command = self._command(self.dumper, "--single-transaction", "--quick", "--skip-comments", name)
		# newer dumps open with a sandbox-mode line that older clients stumble over
		write_compressed(command, target, self._env(), leave_out=b"/*M!999999")

	def restore(self, name, source):
		"""Fills an empty database from a file that `dump` wrote."""
		begin = (
			b"SET SESSION unique_checks=0, foreign_key_checks=0, sql_mode='NO_AUTO_VALUE_ON_ZERO';\n"
			b"SET autocommit=0;\n"
		)
		with gzip.open(source, "rb") as dumped:
			command = self._command(self.client, "--max-allowed-packet=256M", name)
			feed(command, [begin, dumped, b"\nCOMMIT;\n"], self._env(), source)


def database(kind="mariadb", **values):
	"""The server that `as_dict` of a database described."""
	from tests.harness import postgres

	return {"mariadb": Database, "postgres": postgres.PostgreSQL}[kind](**values)


def write_compressed(command, target, env, leave_out=None):
	"""Writes the output of a dump program to a compressed file, whole or not at all. Lines that begin with `leave_out`
	are left out."""
	target = Path(target)
	part = target.with_name(f".{target.name}.{os.getpid()}")
	try:
		with gzip.open(part, "wb", compresslevel=1) as out:
			process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
			for line in process.stdout:
				if not (leave_out and line.startswith(leave_out)):
					out.write(line)
			errors = process.stderr.read().decode("utf-8", "replace")
			if process.wait():
				raise Failed(f"the dump {target} could not be written: {errors.strip()}")
		part.replace(target)
	finally:
		part.unlink(missing_ok=True)


def feed(command, parts, env, source):
	"""Runs a database client with bytes and open files as its input, to restore the dump `source`."""
	with tempfile.TemporaryFile() as errors:
		process = subprocess.Popen(
			command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=env
		)
		try:
			for part in parts:
				if isinstance(part, bytes):
					process.stdin.write(part)
				else:
					shutil.copyfileobj(part, process.stdin, 1 << 20)
			process.stdin.close()
		except BrokenPipeError:
			pass
		except BaseException:
			process.kill()
			raise
		if process.wait():
			errors.seek(0)
			message = errors.read().decode("utf-8", "replace").strip()
			raise Failed(f"the dump {source} could not be restored: {message}")


class PrivateMariaDB:
	"""A MariaDB server of our own with a throw-away data folder. `options` come after the usual ones."""

	def __init__(self, folder, log, options=()):
		self.folder, self.log, self.options, self.process = Path(folder), log, tuple(options), None
		self.run_dir = self.command = self.database = None

	@staticmethod
	def server():
		"""Path of a MariaDB server program, None when there is none (Oracle's MySQL does not serve Frappe)."""
		for name in ("mariadbd", "mysqld"):
			binary = machine.program(name)
			if binary:
				said = subprocess.run([binary, "--no-defaults", "--version"], capture_output=True, text=True)
				if "MariaDB" in said.stdout:
					return binary
		return None

	def start(self, detached=False):
		"""Initialises the data folder and starts the server. Returns a Database."""
		binary = self.server()
		installer = machine.program("mariadb-install-db", "mysql_install_db")
		if not binary or not installer:
			raise NotPossible("no MariaDB server program is installed")
		shutil.rmtree(self.folder, ignore_errors=True)
		self.folder.parent.mkdir(parents=True, exist_ok=True)
		root = ["--user=root"] if os.geteuid() == 0 else []
		machine.run(
			[
				installer,
				"--no-defaults",
				f"--datadir={self.folder}",
				"--auth-root-authentication-method=normal",
				"--skip-test-db",
				*root,
			],
			what="creating the private database folder",
			log=self.log,
			env=machine.child_environment(),
		)
		# socket paths are limited to about 100 characters, a clone may lie deeper
		self.run_dir = Path(tempfile.mkdtemp(prefix="kam-db-"))
		socket, port, password = self.run_dir / "db.sock", machine.free_port(), secrets.token_hex(12)
		init = self.run_dir / "init.sql"
		init.touch(mode=0o600)
		init.write_text(
			f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
			f"CREATE USER 'root'@'%' IDENTIFIED BY '{password}';\n"
			"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
			"DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '%');\n"
			"FLUSH PRIVILEGES;\n"
		)
		self.command = [
			binary,
			"--no-defaults",
			f"--datadir={self.folder}",
			f"--socket={socket}",
			f"--port={port}",
			f"--pid-file={self.run_dir / 'db.pid'}",
			# a server that starts removes the temporary tables it finds: those of another one in a common folder
			f"--tmpdir={self.run_dir}",
			*MARIADB_OPTIONS,
			*self.options,
			*root,
		]
		self.database = Database("127.0.0.1", port, "root", password, str(socket))
		self._spawn([*self.command, f"--init-file={init}"], detached)
		init.unlink()
		return self.database

	def _spawn(self, command, detached=False):
		self.process = machine.spawn(command, log=self.log, detached=detached)
		wait_for(lambda: self._ready(self.database), self.process, "the private MariaDB server", self.log)

	def pause(self):
		"""Stops the server and keeps its data."""
		machine.stop(self.process, seconds=30)

	def resume(self):
		"""Starts it again, as it was."""
		self._spawn(self.command)

	@staticmethod
	def _ready(database):
		if not Path(database.socket).exists():
			return False
		try:
			return database.sql("SELECT 1") == [["1"]]
		except Failed:
			return False

	def stop(self):
		"""Stops the server and deletes its data."""
		if self.process:
			machine.stop(self.process, seconds=30)
		for folder in (self.run_dir, self.folder):
			if folder:
				shutil.rmtree(folder, ignore_errors=True)


class BenchMariaDB:
	"""The server the user's bench is configured for, used when no server program is installed here."""

	def __init__(self, bench, databases):
		self.bench, self.databases, self.server = bench, databases, None

	def start(self, detached=False):
		"""Checks that the server answers and its root account may create databases. Returns a Database."""
		config = self.bench.config
		host, port = config.get("db_host") or "127.0.0.1", config.get("db_port") or 3306
		password = os.environ.get("KAM_DB_ROOT_PASSWORD") or config.get("root_password")
		if not password:
			raise NotPossible(
				"no MariaDB server program is installed here, and the bench's common_site_config.json has no"
				" root_password for its own server (set it, or KAM_DB_ROOT_PASSWORD)"
			)
		if not machine.answers(host, port):
			raise NotPossible(
				f"no MariaDB server program is installed here, and the bench's server at {host}:{port} does not answer"
			)
		database = Database(host, port, config.get("root_login") or "root", password)
		try:
			database.sql("SELECT 1")
		except Failed as refused:
			raise NotPossible(
				f"the bench's MariaDB server did not accept its root log-in: {refused}"
			) from None
		self.server = database
		return database

	def stop(self):
		"""Drops the databases of the test sites; the server is not ours to stop."""
		if self.server:
			for name in self.databases:
				self.server.drop(name)


class Redis:
	"""A private Redis server that keeps nothing on disk."""

	def __init__(self, name, folder, log):
		self.name, self.folder, self.log, self.process, self.port = name, Path(folder), log, None, None

	def start(self, detached=False):
		"""Starts it and returns its address."""
		binary = machine.program("redis-server", "valkey-server")
		if not binary:
			raise NotPossible("no redis-server program is installed")
		self.folder.mkdir(parents=True, exist_ok=True)
		self.port = self.port or machine.free_port()
		self.process = machine.spawn(
			[binary, "--port", self.port, "--dir", self.folder, *REDIS_OPTIONS],
			log=self.log,
			detached=detached,
		)
		wait_for(
			lambda: machine.answers("127.0.0.1", self.port), self.process, f"Redis ({self.name})", self.log
		)
		return f"redis://127.0.0.1:{self.port}"

	def stop(self):
		"""Stops it."""
		if self.process:
			machine.stop(self.process, seconds=5)


class Program:
	"""Any other long-running child: web server, worker, socketio."""

	def __init__(self, name, command, *, cwd, env, log, ready=None):
		self.name, self.command, self.cwd, self.env, self.log, self.ready = (
			name,
			command,
			cwd,
			env,
			log,
			ready,
		)
		self.process = None

	def start(self, detached=False):
		"""Starts it and waits until it is ready."""
		self.process = machine.spawn(
			self.command, log=self.log, detached=detached, cwd=self.cwd, env=self.env
		)
		if self.ready:
			wait_for(self.ready, self.process, self.name, self.log)

	def stop(self):
		"""Stops it with all it started."""
		if self.process:
			machine.stop(self.process, seconds=8)


def wait_for(ready, process, what, log, seconds=60):
	"""Polls until `ready()`; Failed with the log's end when the process dies or time runs out."""
	end = time.monotonic() + seconds
	while time.monotonic() < end:
		if process.poll() is not None:
			break
		if ready():
			return
		time.sleep(0.05)
	text = Path(log).read_text(encoding="utf-8", errors="replace") if Path(log).exists() else ""
	state = "ended at once" if process.poll() is not None else f"was not ready after {seconds} seconds"
	raise Failed(f"{what} {state}. The end of {log}:\n{machine.tail(text)}")


def page_answers(url):
	"""True when the address answers with a page."""
	try:
		with urllib.request.urlopen(url, timeout=20) as response:
			return response.status == 200
	except (urllib.error.URLError, OSError):
		return False
