#!/usr/bin/env python3
"""Site and browser tests of KAM for ERPNext on a private bench, and the demonstration on a real one.

  site.py test [--fresh] [--only site|browser] [--one-bench] [pytest arguments]   run the tests, then clean up
  site.py up [--empty]       bring the test bench up and leave it running, with an environment file for the shell
  site.py down               stop what `up` started and delete its data
  site.py demo               the demonstration company on the user's own bench

The site is on MariaDB, with KAM_DB=postgres on PostgreSQL, in both cases on a private server where its programs are
installed. `test`, `up` and `down` only read the user's bench. They work in the folder .kam of this clone (KAM_WORK_DIR names another)
and keep dumps of the prepared sites in ~/.cache/kam-erpnext, which is safe to delete.
"""

import argparse
import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# this file is called site.py: its folder must not stand on the path, where it would hide Python's own `site`
sys.path = [str(_HERE.parents[1])] + [entry for entry in sys.path if Path(entry or ".").resolve() != _HERE]

from tests.harness import demo, lanes, machine, postgres, services  # noqa: E402
from tests.harness.machine import APP, REPO, WORK, Failed, NotPossible  # noqa: E402
from tests.harness.private_bench import (  # noqa: E402
	BUILD_ARGUMENTS,
	Environment,
	PrivateBench,
	Site,
)

MAIN_SITE, EMPTY_SITE = "kam-test.localhost", "kam-empty.localhost"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
KEPT_DUMPS = 12  # two versions, two databases, with and without data, and some to spare
DATABASES = {"mariadb": "MariaDB", "postgres": "PostgreSQL"}


class Interrupted(BaseException):
	"""Ctrl-C or a request to end."""


class Report:
	"""What ran, what did not and why, with times."""

	def __init__(self):
		self.begin, self.parts = time.monotonic(), []

	def say(self, text):
		"""One line of progress."""
		print(f"[{time.monotonic() - self.begin:6.1f} s] {text}", flush=True)

	@contextlib.contextmanager
	def step(self, text):
		"""Times a step; the yielded list takes remarks."""
		remarks, start = [], time.monotonic()
		yield remarks
		more = f" ({', '.join(remarks)})" if remarks else ""
		self.say(f"{text}{more}: {time.monotonic() - start:.1f} s")

	def add(self, part, state, text):
		"""State is "passed", "FAILED" or "did not run"."""
		self.parts.append((part, state, text))

	def close(self):
		"""Prints the summary, returns the exit code."""
		print(f"\nSite and browser tests, {time.monotonic() - self.begin:.0f} s in all:")
		for part, state, text in self.parts:
			head, *rest = str(text).splitlines() or [""]
			print(f"  {part}: {state}" + (f": {head}" if head else ""))
			for line in rest:
				print(f"    {line}")
		sys.stdout.flush()
		return 1 if any(state == "FAILED" for _, state, _ in self.parts) else 0


# ---- preparing the site ----------------------------------------------------------------------------------------


def adventureworks_folder():
	"""Folder with the AdventureWorks CSV files, or None."""
	folder = Path(os.environ.get("KAM_ADVENTUREWORKS") or REPO.parent / "shared" / "data" / "adventureworks")
	return folder if (folder / "reseller_sales.csv").exists() else None


def dump_files(bench):
	"""Where the prepared site and the loaded one are kept: (base, loaded or None). The names carry the cache keys."""
	base_key = machine.digest(bench.key, machine.code_digest(_HERE / "inside.py", "set_up_for_tests"))
	folder = machine.cache_dir()
	version = f"{bench.frappe}-{bench.erpnext}"
	if machine.DATABASE != "mariadb":
		version += f"-{machine.DATABASE}"
	base = folder / f"base-{version}-{base_key}.sql.gz"
	data = adventureworks_folder()
	if not data:
		return base, None
	loader, builders = (REPO / "tests" / "site" / name for name in ("adventureworks.py", "builders.py"))
	used = machine.attributes_used(loader, "builders")
	code = [machine.code_digest(loader), machine.code_digest(builders, *used)]
	loaded_key = machine.digest(base_key, *code, *sorted(data.glob("*.csv")))
	return base, folder / f"loaded-{version}-{loaded_key}.sql.gz"


def prune_dumps():
	"""Keeps the newest dumps only."""
	dumps = sorted(machine.cache_dir().glob("*.sql.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
	for old in dumps[KEPT_DUMPS:]:
		old.unlink(missing_ok=True)


def prepare_site(private, report, fresh, empty=False):
	"""The main site: from the best cached dump, or made step by step, then our app installed for real.
	Returns (site, base dump, loaded dump or None, why there is no loaded data)."""
	site = Site(private, MAIN_SITE)
	base, loaded = dump_files(private.bench)
	missing = ""
	if not loaded:
		missing = (
			"no AdventureWorks files (KAM_ADVENTUREWORKS, or ../shared/data/adventureworks beside the clone)"
		)
	elif empty:
		loaded, missing = None, "left out on request"
	if fresh:
		for dump in (base, loaded):
			if dump:
				dump.unlink(missing_ok=True)
	if loaded and base.exists() and loaded.exists():
		with report.step(f"restored the site with AdventureWorks from the cache, {loaded.name}"):
			site.restore(loaded)
	else:
		if base.exists():
			with report.step(f"restored the site with ERPNext from the cache, {base.name}"):
				site.restore(base)
		else:
			with report.step("created a site with Frappe and ERPNext and ran ERPNext's setup wizard"):
				site.create()
			with report.step(f"kept it for later runs, {base.name}"):
				site.dump(base)
		if loaded:
			with report.step("loaded AdventureWorks through ERPNext's documents") as remarks:
				counts = private.inside("load_adventureworks", site.name, what="loading AdventureWorks") or {}
				missing = counts.pop("not_possible", "")
				remarks += [f"{number} {what}" for what, number in counts.items()] or ["not possible"]
			if missing:
				loaded = None
				site.restore(base)
			else:
				with report.step(f"kept it for later runs, {loaded.name}"):
					site.dump(loaded)
	for used in (base, loaded):
		if used and used.exists():
			os.utime(used)
	prune_dumps()
	with report.step(f"installed {APP} on it"):
		site.install()
	return site, base, loaded, missing


# ---- the private bench and its servers -------------------------------------------------------------------------


class Stack:
	"""Everything one run needs. Whatever was started is stopped by `close`."""

	def __init__(self, report, name="", detached=False):
		self.report, self.detached, self.started = report, detached, []
		self.bench = machine.find_bench()
		report.say(f"bench {self.bench.path}: Frappe {self.bench.frappe}, ERPNext {self.bench.erpnext}")
		self.environment = Environment(self.bench)
		self.private = PrivateBench(self.bench, self.environment, name)

	def start(self, service):
		"""Starts a server and remembers it."""
		self.started.append(service)
		return service.start(self.detached)

	def open(self):
		"""Environment, folder, database and Redis."""
		with self.report.step("private Python environment") as remarks:
			with exclusive(
				WORK / "env.lock", "another run is making the environment, waiting for it", wait=True
			):
				remarks.append(self.environment.ensure())
		self.private.lay_out()
		if machine.DATABASE not in DATABASES:
			raise Failed(f"KAM_DB is {machine.DATABASE}; it may be {' or '.join(DATABASES)}")
		with self.report.step(f"started {DATABASES[machine.DATABASE]} and Redis") as remarks:
			database = self.start_database(remarks)
			queues = [
				self.start(
					services.Redis(
						kind, self.private.path / f"redis-{kind}", self.private.logs / f"redis-{kind}.log"
					)
				)
				for kind in ("cache", "queue")
			]
		self.private.configure(database, *queues, default_site=MAIN_SITE)

	def start_database(self, remarks):
		"""A private server, for MariaDB else the bench's. Returns it, says in `remarks` which it is."""
		if machine.DATABASE == "postgres":
			own = postgres.PrivatePostgreSQL(self.private.logs / "postgres.log")
		else:
			own = services.PrivateMariaDB(self.private.path / "mariadb", self.private.logs / "mariadb.log")
			if not own.server():
				names = [Site(self.private, name).db_name for name in (MAIN_SITE, EMPTY_SITE)]
				database = self.start(services.BenchMariaDB(self.bench, names))
				remarks.append(
					f"no MariaDB server program here, so databases of our own on {database.host}:{database.port}"
				)
				return database
		database = self.start(own)
		remarks.append(f"private, port {database.port}")
		return database

	def assets(self):
		"""Built files of Frappe, ERPNext and ours."""
		with self.report.step("assets") as remarks:
			self.private.link_assets()
			remarks.append(self.private.build_assets())

	def serve(self, site):
		"""Web server, background worker and socketio. Returns the address."""
		private = self.private
		url = f"http://127.0.0.1:{private.config['webserver_port']}"
		python = private.environment.python
		env = private.env(PYTHONPATH=REPO, DEV_SERVER="1", CI="1", FRAPPE_SITE=site.name)
		with self.report.step(f"started the web server at {url}, a worker and socketio"):
			self.start(
				services.Program(
					"the web server",
					[python, "-m", "tests.harness.serve", site.name, private.config["webserver_port"]],
					cwd=private.sites,
					env=env,
					log=private.logs / "web.log",
					ready=lambda: services.page_answers(f"{url}/api/method/ping"),
				)
			)
			self.start(
				services.Program(
					"the background worker",
					[
						python,
						"-m",
						"frappe.utils.bench_helper",
						"frappe",
						"worker",
						"--queue",
						"short,default,long",
					],
					cwd=private.sites,
					env=private.env(),
					log=private.logs / "worker.log",
				)
			)
			self.start(
				services.Program(
					"socketio",
					[machine.program("node"), private.path / "apps" / "frappe" / "socketio.js"],
					cwd=private.path,
					env=private.env(FRAPPE_SITE=site.name),
					log=private.logs / "socketio.log",
					ready=lambda: machine.answers("127.0.0.1", private.config["socketio_port"]),
				)
			)
		return url

	def close(self):
		"""Stops everything, newest first, whatever goes wrong with one of them."""
		for service in reversed(self.started):
			try:
				service.stop()
			except Exception as error:
				self.report.say(f"stopping {service} did not work: {error}")
		self.started.clear()


def harness_facts(stack, site, base, loaded, missing, url=None):
	"""What conftest needs to know, written to a file that KAM_HARNESS names."""
	facts = {
		"repo": str(REPO),
		"bench": str(stack.private.path),
		"sites": str(stack.private.sites),
		"python": str(stack.environment.python),
		"site": site.name,
		"empty_site": EMPTY_SITE,
		"database": stack.private.database.as_dict(),
		"base_dump": str(base),
		"loaded": bool(loaded),
		"not_loaded_because": missing,
		"adventureworks": str(adventureworks_folder() or ""),
		"user_bench": str(stack.bench.path),
		"user_site_packages": str(stack.bench.site_packages),
		"url": url,
		"chromium": machine.program(*CHROMIUM),
	}
	path = stack.private.path / "harness.json"
	machine.write_json(path, facts)
	return path


# ---- commands --------------------------------------------------------------------------------------------------


def test_files(folder):
	"""Test modules of a folder."""
	return sorted((REPO / "tests" / folder).rglob("test_*.py"))


def split_arguments(arguments):
	"""Paths among the pytest arguments decide which folders run. Returns {folder: its arguments}."""
	chosen, common = {"site": [], "browser": []}, []
	for argument in arguments:
		path = (Path.cwd() / argument.split("::")[0]).resolve()
		for folder, paths in chosen.items():
			inside = REPO / "tests" / folder
			if not argument.startswith("-") and path.exists() and (path == inside or inside in path.parents):
				paths.append(str(path) + argument[len(argument.split("::")[0]) :])
				break
		else:
			common.append(argument)
	if not any(chosen.values()):
		chosen = {folder: [str(REPO / "tests" / folder)] for folder in chosen}
	return {folder: common + paths for folder, paths in chosen.items() if paths}


def start_pytest(stack, facts, folder, arguments, log=None):
	"""Starts pytest on a bench; its output goes to the terminal, or to the file `log`."""
	results = stack.private.path / f"{folder}.xml"
	return machine.spawn(
		[
			stack.environment.python,
			"-m",
			"pytest",
			"-o",
			f"cache_dir={stack.private.path / 'pytest-cache'}",
			f"--junitxml={results}",
			*arguments,
		],
		cwd=REPO,
		env=stack.private.env(KAM_HARNESS=facts),
		log=log,
	)


def wait_for(process):
	"""Exit code of a pytest process; nothing it started is left running."""
	try:
		code = process.wait()
	except BaseException:
		machine.stop(process, first=signal.SIGINT)
		raise
	machine.signal_group(process.pid, signal.SIGKILL)
	return code


def record(report, part, code, seconds, narrowed):
	"""Notes how a pytest run ended."""
	if code == 0:
		report.add(part, "passed", f"{seconds:.0f} s")
	elif code == 5 and narrowed:
		report.add(part, "did not run", "no test matched the arguments")
	elif code == 5:
		report.add(part, "FAILED", "pytest found no test in its files")
	else:
		report.add(part, "FAILED", f"pytest ended with {code} after {seconds:.0f} s")


def run_pytest(stack, facts, folder, arguments, report, narrowed):
	"""Runs one folder's tests and records the result."""
	if not test_files(folder):
		report.add(f"{folder} tests", "did not run", f"tests/{folder} has no test file yet")
		return
	start = time.monotonic()
	code = wait_for(start_pytest(stack, facts, folder, arguments))
	if not narrowed:
		lanes.remember(stack, folder)
	record(report, f"{folder} tests", code, time.monotonic() - start, narrowed)


@contextlib.contextmanager
def second_lane(second, files, report):
	"""Runs some site tests on a second bench while the block goes on; their output follows at its end."""
	second.open()
	site, base, loaded, missing = prepare_site(second.private, second.report, fresh=False)
	with contextlib.suppress(NotPossible):
		second.assets()
	facts = harness_facts(second, site, base, loaded, missing)
	start, log = time.monotonic(), second.private.logs / "pytest.log"
	process = start_pytest(second, facts, "site", files, log)
	try:
		yield
		code = wait_for(process)
		seconds = time.monotonic() - start
	finally:
		machine.stop(process, first=signal.SIGINT)
		print(log.read_text(encoding="utf-8", errors="replace"), flush=True)
	lanes.remember(second, "site")
	record(report, f"site tests, the other {len(files)} files", code, seconds, narrowed=False)


def run_in_two_lanes(stack, facts, second, report, afterwards):
	"""All site tests, about half of them on a second bench at the same time. `afterwards` runs on the first bench as soon
	as its half is done."""
	own, others = lanes.split(test_files("site"), already=lanes.expected("browser"))
	start = time.monotonic()
	first_run = start_pytest(stack, facts, "site", own)
	try:
		with second_lane(second, others, report):
			code = wait_for(first_run)
			lanes.remember(stack, "site")
			record(report, f"site tests, {len(own)} files", code, time.monotonic() - start, narrowed=False)
			afterwards()
	finally:
		machine.stop(first_run, first=signal.SIGINT)


def test(options, pytest_arguments):
	"""Runs the tests on a private bench."""
	report = Report()
	folders = split_arguments(pytest_arguments)
	if options.only:
		folders = {folder: rest for folder, rest in folders.items() if folder == options.only}
	stack = None
	try:
		stack = Stack(report, options.name)
		with exclusive(stack.private.path.with_suffix(".lock"), "another test run is going on in this clone"):
			second = None
			try:
				if not (pytest_arguments or options.name or options.one_bench) and lanes.two_fit():
					second = Stack(report, "second")
				test_on(stack, folders, options, bool(pytest_arguments), second)
			finally:
				with ignored_signals():
					if second:
						second.close()
					stack.close()
					left = machine.stop_descendants()
					if left:
						report.say(f"ended {left} processes that the tests left behind")
	except NotPossible as reason:
		done = {part for part, _, _ in report.parts}
		for part in (f"{folder} tests" for folder in folders):
			if part not in done:
				report.add(part, "did not run", reason)
	except Failed as error:
		report.add("preparation", "FAILED", error)
	except Interrupted:
		report.add("run", "FAILED", "interrupted; everything it started has been stopped")
		report.close()
		return 130
	if (
		folders
		and len(report.parts) >= len(folders)
		and all("no test matched" in str(p[2]) for p in report.parts)
	):
		report.add("selection", "FAILED", "no test at all matched the arguments")
	return report.close()


def test_on(stack, folders, options, narrowed, second=None):
	"""The test run itself, with a second bench for half of the site tests if there is one; the caller stops both."""
	report = stack.report
	stack.open()
	site, base, loaded, missing = prepare_site(stack.private, report, options.fresh)
	if missing:
		report.add("AdventureWorks", "did not run", missing)
	no_browser = None
	try:
		stack.assets()
	except NotPossible as reason:
		report.add("bundles", "did not run", reason)
		no_browser = str(reason)

	def browser_tests():
		if "browser" in folders:
			run_browser_tests(stack, (site, base, loaded, missing), folders["browser"], narrowed, no_browser)

	if "site" in folders:
		facts = harness_facts(stack, site, base, loaded, missing)
		if second:
			run_in_two_lanes(stack, facts, second, report, afterwards=browser_tests)
			return
		run_pytest(stack, facts, "site", folders["site"], report, narrowed)
	browser_tests()


def run_browser_tests(stack, prepared, arguments, narrowed, reason):
	"""Runs the browser tests against the prepared site, or records the `reason` why they cannot run."""
	report = stack.report
	if not test_files("browser"):
		reason = "tests/browser has no test file yet"
	elif not reason and not machine.program(*CHROMIUM):
		reason = "Chromium is not installed"
	elif not reason and not machine.program("node"):
		reason = "node is not installed, so there is no realtime server"
	if reason:
		report.add("browser tests", "did not run", reason)
		return
	url = stack.serve(prepared[0])
	run_pytest(stack, harness_facts(stack, *prepared, url), "browser", arguments, report, narrowed)


SHELL_FILE = """\
# Source this file: a shell on the running test bench of this clone.
export FRAPPE_BENCH_ROOT={bench}
export KAM_HARNESS={facts}
export KAM_SITE={site}
export KAM_URL={url}
export PYTHONPYCACHEPREFIX={pycache}
export PATH={bin}:$PATH
unset PYTHONDONTWRITEBYTECODE
# fr COMMAND …: a Frappe command on the site, for example: fr migrate, fr console, fr execute METHOD
fr() {{ (cd {sites} && {python} -m frappe.utils.bench_helper frappe --site "$KAM_SITE" "$@"); }}
# kam_sql [STATEMENT]: the site's database
kam_sql() {{ {sql}; }}
# kam_bundles: build the app's bundles again and forget the names of the old ones
kam_bundles() {{ (cd {frappe} && node {build}) && fr clear-cache; }}
# pytest: python -m pytest tests/site -k NAME, from the clone
"""


def up(options):
	"""Brings the test bench up and leaves it running."""
	report = Report()
	with contextlib.suppress(NotPossible):
		if running(PrivateBench(None, None, options.name).path):
			print(
				f"The bench {options.name} is already up: . {shell_file(options.name)}\nStop it with: site.py down"
			)
			return 0
	try:
		stack = Stack(report, options.name, detached=True)
		with exclusive(stack.private.path.with_suffix(".lock"), f"the bench {options.name} is in use"):
			try:
				stack.open()
				site, base, loaded, missing = prepare_site(
					stack.private, report, options.fresh, options.empty
				)
				if missing:
					report.say(f"no AdventureWorks on the site: {missing}")
				url = None
				try:
					stack.assets()
					if not machine.program("node"):
						raise NotPossible("node is not installed, so there is no realtime server")
					url = stack.serve(site)
				except NotPossible as reason:
					report.say(f"no web server: {reason}")
				facts = harness_facts(stack, site, base, loaded, missing, url)
				write_shell_file(stack, site, facts, url)
				remember(stack)
			except BaseException:
				with ignored_signals():
					stack.close()
				raise
	except NotPossible as reason:
		print(f"The test bench cannot run here: {reason}")
		return 1
	except Failed as error:
		print(error)
		return 1
	except Interrupted:
		print("Interrupted; everything it started has been stopped.")
		return 130
	report.say("the test bench is up")
	print(f"  shell:   . {shell_file(options.name)}")
	print(f"  browser: {url or 'not served'}   log in as Administrator, password admin")
	print("  stop:    site.py down" + ("" if options.name == "up" else f" --name {options.name}"))
	return 0


def shell_file(name):
	"""The file a shell sources to work on the bench `name`."""
	return WORK / f"bench-{name}" / "shell.sh"


def write_shell_file(stack, site, facts, url):
	"""Writes it."""
	private = stack.private
	values = {
		"bench": private.path,
		"facts": facts,
		"site": site.name,
		"url": url or "",
		"pycache": WORK / "pycache",
		"bin": private.environment.path / "bin",
		"sites": private.sites,
		"python": private.environment.python,
		"frappe": stack.bench.path / "apps" / "frappe",
	}
	values = {key: shlex.quote(str(value)) for key, value in values.items()}
	values["build"] = shlex.join(map(str, BUILD_ARGUMENTS))
	statement = {"mariadb": 'fr mariadb ${1:+-e "$1"}', "postgres": 'fr postgres ${1:+-c "$1"}'}
	text = SHELL_FILE.format(**values, sql=statement[private.database.kind])
	(private.path / "shell.sh").write_text(text, encoding="utf-8")


def remember(stack):
	"""Notes the processes `down` has to end, with their start times, so that a reused id is never hit."""
	kept = []
	for service in stack.started:
		process = getattr(service, "process", None)
		if process:
			state = machine.process_stat(process.pid)
			kept.append(
				{
					"pid": process.pid,
					"started": state[2] if state else None,
					"run_dir": str(getattr(service, "run_dir", "") or ""),
				}
			)
	database = (
		stack.private.database.as_dict()
		if any(isinstance(s, services.BenchMariaDB) for s in stack.started)
		else None
	)
	machine.write_json(stack.private.path / "running.json", {"processes": kept, "foreign_database": database})


def running(folder):
	"""Processes of a bench folder that `up` started and that still run."""
	found = []
	for entry in machine.read_json(Path(folder) / "running.json").get("processes", []):
		state = machine.process_stat(entry["pid"])
		if state and state[2] == entry["started"]:
			found.append(entry)
	return found


def down(options):
	"""Stops what `up` started and deletes its data."""
	folder = WORK / f"bench-{options.name}"
	noted = machine.read_json(folder / "running.json")
	left = running(folder)
	for entry in reversed(left):
		machine.signal_group(entry["pid"], signal.SIGTERM)
	end = time.monotonic() + 30
	while running(folder) and time.monotonic() < end:
		time.sleep(0.1)
	for entry in running(folder):
		machine.signal_group(entry["pid"], signal.SIGKILL)
	if noted.get("foreign_database"):
		database = services.database(**noted["foreign_database"])
		private = PrivateBench(None, None, options.name)
		for name in (MAIN_SITE, EMPTY_SITE):
			database.drop(Site(private, name).db_name)
	for entry in noted.get("processes", []):
		if entry["run_dir"]:
			shutil.rmtree(entry["run_dir"], ignore_errors=True)
	shutil.rmtree(folder, ignore_errors=True)
	print(f"Stopped {len(left)} processes and deleted the bench {options.name}.")
	return 0


# ---- small things ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def exclusive(path, message, wait=False):
	"""Holds a lock file; a second holder is refused with `message`, or waits."""
	path.parent.mkdir(parents=True, exist_ok=True)
	with open(path, "w") as lock:
		try:
			fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			if not wait:
				raise Failed(f"{message} (lock file {path}). Wait for it, or use another --name.") from None
			print(message, flush=True)
			fcntl.flock(lock, fcntl.LOCK_EX)
		yield


def _interrupt(number, frame):
	raise Interrupted(signal.Signals(number).name)


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def ignored_signals():
	"""Lets cleaning up finish, however often Ctrl-C is pressed."""
	before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
	yield
	for number, handler in before.items():
		signal.signal(number, handler)


def main(arguments=None):
	"""Entry point; returns the exit code."""
	parser = argparse.ArgumentParser(
		prog="site.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	commands = parser.add_subparsers(dest="command", required=True)
	for name, text in (
		("test", "run the site and browser tests"),
		("up", "bring the test bench up"),
		("down", "stop it"),
		("demo", "demonstration on the user's bench"),
	):
		command = commands.add_parser(name, help=text)
		if name != "demo":
			command.add_argument(
				"--name", default="" if name == "test" else "up", help="a second bench beside the usual one"
			)
		if name in ("test", "up"):
			command.add_argument("--fresh", action="store_true", help="ignore cached dumps")
		if name == "test":
			command.add_argument("--only", choices=("site", "browser"), help="one of the two folders")
			command.add_argument(
				"--one-bench", action="store_true", help="all site tests one after the other, on one bench"
			)
		if name == "up":
			command.add_argument("--empty", action="store_true", help="without AdventureWorks")
	options, rest = parser.parse_known_args(arguments)
	if rest and options.command != "test":
		parser.error(f"unknown arguments: {' '.join(rest)}")
	for number in ENDING:
		signal.signal(number, _interrupt)
	if options.command == "test":
		machine.adopt_orphans()
		return test(options, rest[1:] if rest[:1] == ["--"] else rest)
	try:
		return {"up": up, "down": down, "demo": demo.run}[options.command](options)
	except Interrupted:
		print("\nInterrupted.")
		return 130


if __name__ == "__main__":
	sys.exit(main())
