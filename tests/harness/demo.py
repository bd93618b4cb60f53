"""The demonstration company on the user's own bench."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlparse

from tests.harness import machine
from tests.harness.machine import APP, REPO, Failed, NotPossible

SITE = "kam-demo.localhost"
# the wizard wants a company; the demonstration then brings its own
COMPANY, ABBR = "Example Company", "EX"


def run(options):
	"""Prepares the demonstration site and says how to use it. Returns the exit code."""
	try:
		bench = machine.find_bench()
		print(f"Bench {bench.path}: Frappe {bench.frappe}, ERPNext {bench.erpnext}")
		check_services(bench)
		get_app(bench)
		make_site(bench)
		tell(bench, create(bench))
	except NotPossible as reason:
		print(f"The demonstration site cannot be prepared: {reason}")
		return 1
	except Failed as error:
		print(error)
		return 1
	return 0


def check_services(bench):
	"""The bench's database and Redis must be running. Raises NotPossible saying what is not."""
	config = bench.config
	host, port = config.get("db_host") or "127.0.0.1", config.get("db_port") or 3306
	missing = []
	if config.get("db_socket"):
		if not Path(config["db_socket"]).exists():
			missing.append(f"MariaDB (socket {config['db_socket']})")
	elif not machine.answers(host, port):
		missing.append(f"MariaDB ({host}:{port})")
	for name in ("redis_cache", "redis_queue"):
		address = urlparse(config.get(name) or "")
		if address.hostname and not machine.answers(address.hostname, address.port or 6379):
			missing.append(f"Redis ({name}, {address.hostname}:{address.port or 6379})")
	if missing:
		raise NotPossible(
			f"not running: {', '.join(missing)}. Start MariaDB as your system does, and `bench start` in {bench.path}"
			" (in another terminal), then run this again."
		)


def bench_start(bench):
	"""How a `bench` command begins, and the folder it runs in; without the bench program, Frappe's own commands."""
	command = machine.program("bench")
	if command:
		return [command], bench.path
	return [str(bench.python), "-m", "frappe.utils.bench_helper", "frappe"], bench.path / "sites"


def bench_command(bench, *arguments, what, show=True, capture=False):
	"""Runs `bench …` in the user's bench, with the user's terminal when something is asked. Returns what it printed."""
	start, cwd = bench_start(bench)
	shown = [part if "password" not in part else f"{part.split('=')[0]}=…" for part in arguments]
	if show:
		print(f"$ bench {' '.join(shown)}", flush=True)
	done = subprocess.run(
		[*start, *arguments],
		cwd=cwd,
		env=machine.child_environment(FRAPPE_BENCH_ROOT=bench.path),
		stdout=subprocess.PIPE if capture else None,
		text=True,
	)
	if done.returncode:
		raise Failed(
			f"{what} did not work, see above." + (f"\n{machine.tail(done.stdout)}" if capture else "")
		)
	return done.stdout or ""


def get_app(bench):
	"""Puts the app into the bench when it is not there."""
	apps = (bench.path / "sites" / "apps.txt").read_text().split()
	folder = bench.path / "apps" / APP
	if APP in apps and folder.exists():
		ours, theirs = machine.git_commit(REPO), machine.git_commit(folder)
		if folder.resolve() != REPO and ours != theirs:
			print(
				f"The bench has {APP} already, at commit {theirs[:10] or 'unknown'}; this clone is at {ours[:10]}. The"
				f" bench's copy is used. To use this clone's: cd {folder} && git pull {REPO}, then bench migrate."
			)
		return
	if not machine.program("bench"):
		raise NotPossible(
			f"{APP} is not in the bench, and the bench command that could get it is not on PATH"
		)
	if not machine.program("git") or not machine.git_commit(REPO):
		raise NotPossible("bench takes apps from git, and this copy is not a git clone")
	with tempfile.TemporaryDirectory() as temporary:
		# bench names the app's folder after the folder it comes from
		source = Path(temporary) / APP
		machine.run(
			[machine.program("git"), "-c", "safe.directory=*", "clone", "--quiet", REPO, source],
			what="cloning the app for the bench",
			log=machine.WORK / "logs" / "demo.log",
		)
		bench_command(bench, "get-app", str(source), what="getting the app into the bench")
	# the clone it came from is gone; its updates come from here
	subprocess.run(
		["git", "-C", str(folder), "-c", "safe.directory=*", "remote", "set-url", "upstream", str(REPO)],
		capture_output=True,
	)


def make_site(bench):
	"""Creates the site with ERPNext, its setup wizard done, and our app, as far as it is not there."""
	if not (bench.path / "sites" / SITE / "site_config.json").exists():
		password = os.environ.get("KAM_DB_ROOT_PASSWORD") or bench.config.get("root_password")
		login = bench.config.get("root_login") or "root"
		known = [f"--db-root-username={login}", f"--db-root-password={password}"] if password else []
		bench_command(
			bench, "new-site", SITE, "--admin-password=admin", *known, what="creating the demonstration site"
		)
	listed = bench_command(bench, "--site", SITE, "list-apps", what="listing apps", show=False, capture=True)
	installed = {line.split()[0] for line in listed.splitlines() if line.strip()}
	if "erpnext" not in installed:
		bench_command(bench, "--site", SITE, "install-app", "erpnext", what="installing ERPNext")
	print("ERPNext's setup wizard (company, accounts, fiscal years)", flush=True)
	machine.run(
		[bench.python, "-m", "tests.harness.inside", "set_up", SITE, COMPANY, ABBR],
		what="ERPNext's setup wizard",
		log=machine.WORK / "logs" / "demo.log",
		cwd=bench.path / "sites",
		env=machine.child_environment(FRAPPE_BENCH_ROOT=bench.path, PYTHONPATH=REPO),
	)
	if APP not in installed:
		bench_command(bench, "--site", SITE, "install-app", APP, what=f"installing {APP}")


def create(bench):
	"""Calls kam_erpnext.demo.create on the site. Returns its result as a dict."""
	print("The demonstration company: this takes some minutes", flush=True)
	print(f"$ bench --site {SITE} execute kam_erpnext.demo.create", flush=True)
	start, cwd = bench_start(bench)
	process = subprocess.Popen(
		[*start, "--site", SITE, "execute", "kam_erpnext.demo.create"],
		cwd=cwd,
		env=machine.child_environment(FRAPPE_BENCH_ROOT=bench.path),
		stdin=subprocess.DEVNULL,
		stdout=subprocess.PIPE,
		text=True,
	)
	last = ""
	for line in process.stdout:
		if line.startswith("{"):
			last = line
		else:
			print(line, end="", flush=True)
	if process.wait():
		raise Failed("the demonstration company could not be created, see above.")
	try:
		return json.loads(last)
	except ValueError:
		return {}


def tell(bench, result):
	"""Prints the address, the log-ins and how to start the server."""
	port = bench.config.get("webserver_port") or 8000
	running = machine.answers("127.0.0.1", port)
	print(f"\n{result.get('message') or 'The demonstration site is ready.'}")
	print(f"  Address: http://{SITE}:{port}")
	if result.get("company"):
		print(f"  Company: {result['company']}")
	print("  Log in as:")
	for user, password, *about in result.get("logins") or []:
		print(f"    {user}  {password or '(told when it was created)'}  {': '.join(filter(None, about))}")
	print("    Administrator  admin")
	if not running:
		print(f"  Start the server: cd {bench.path} && bench start")
	print(f"  Should your browser not find {SITE}: add the line `127.0.0.1 {SITE}` to /etc/hosts.")
	print(f"  Take it away again: cd {bench.path} && bench drop-site {SITE}")
