"""What this machine has: the user's bench, the programs the harness needs, free ports, child processes."""

import ast
import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
APP = "kam_erpnext"
WORK = Path(os.environ.get("KAM_WORK_DIR") or REPO / ".kam")
DATABASE = os.environ.get("KAM_DB") or "mariadb"  # or "postgres", see docs/databases.md

# Debian and others keep servers outside an ordinary user's PATH
MORE_PROGRAMS = (
	"/usr/sbin",
	"/usr/local/sbin",
	"/sbin",
	"/usr/libexec",
	"/usr/local/bin",
	"/usr/bin",
	"/bin",
)


class NotPossible(Exception):
	"""A part cannot run on this machine; the message is the reason a person reads."""


class Failed(Exception):
	"""A step that should have worked did not; the message says which and shows the end of its output."""


@dataclass(frozen=True)
class Bench:
	"""A bench of the user, only ever read by the tests."""

	path: Path
	python: Path
	site_packages: Path
	frappe: str
	erpnext: str
	config: dict

	@property
	def key(self):
		"""Identifies the installed Frappe and ERPNext, commits included."""
		parts = [self.frappe, self.erpnext]
		parts += [git_commit(self.path / "apps" / app) for app in ("frappe", "erpnext")]
		return digest(*parts)


def program(*names):
	"""Path of the first of `names` found on PATH or in the usual system folders, or None."""
	for name in names:
		found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(MORE_PROGRAMS))
		if found:
			return found
	return None


def digest(*parts):
	"""Short stable hash over strings, bytes and file paths (their content)."""
	out = hashlib.sha256()
	for part in parts:
		if isinstance(part, Path):
			part = part.read_bytes()
		out.update(part.encode() if isinstance(part, str) else part)
		out.update(b"\0")
	return out.hexdigest()[:16]


def code_digest(path, *names):
	"""Hash of what a module does: of all of it, or of the named functions with whatever of the module they use.
	Comments, docstrings and layout do not count, so that a cached result survives them."""
	tree = ast.parse(Path(path).read_text(encoding="utf-8"))
	for node in ast.walk(tree):
		if (
			isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
			and ast.get_docstring(node) is not None
		):
			node.body[0].value = ast.Constant("")
	if not names:
		return digest(ast.dump(tree))
	defined = {}
	for node in tree.body:
		if isinstance(node, ast.FunctionDef | ast.ClassDef):
			defined[node.name] = node
		elif isinstance(node, ast.Assign):
			defined.update({name.id: node for name in ast.walk(node) if isinstance(name, ast.Name)})
	used, todo = set(), list(names)
	while todo:
		name = todo.pop()
		if name in defined and name not in used:
			used.add(name)
			todo += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
	return digest(*(ast.dump(defined[name]) for name in sorted(used)))


def attributes_used(path, module):
	"""Names taken from `module` in a file: `builders.ensure_item(…)` uses ensure_item of builders."""
	tree = ast.parse(Path(path).read_text(encoding="utf-8"))
	return sorted(
		{
			node.attr
			for node in ast.walk(tree)
			if isinstance(node, ast.Attribute)
			and isinstance(node.value, ast.Name)
			and node.value.id == module
		}
	)


def git_commit(folder):
	"""Commit of a git work tree, empty when it is none."""
	git = program("git")
	if not git:
		return ""
	found = subprocess.run(
		[git, "-C", str(folder), "-c", "safe.directory=*", "rev-parse", "HEAD"],
		capture_output=True,
		text=True,
		stdin=subprocess.DEVNULL,
	)
	return found.stdout.strip()


def app_version(folder, app):
	"""`__version__` of an app without importing it, or None."""
	init = Path(folder) / app / "__init__.py"
	if not init.exists():
		return None
	found = re.search(r"^__version__\s*=\s*[\"']([^\"']+)", init.read_text(encoding="utf-8"), re.M)
	return found.group(1) if found else None


def bench_candidates():
	"""Folders that may be a bench, best first: named by the environment, around the clone, then the usual place."""
	for name in ("KAM_BENCH", "FRAPPE_BENCH_ROOT"):
		if os.environ.get(name):
			yield Path(os.environ[name])
	for clone in (REPO, Path(os.path.abspath(__file__)).parents[2]):
		if clone.parent.name == "apps":
			yield clone.parent.parent
	yield Path(os.path.expanduser("~")) / "frappe-bench"
	yield Path("/home/frappe/frappe-bench")


def find_bench():
	"""The user's bench with Frappe and ERPNext. Raises NotPossible with the reason."""
	tried = []
	for folder in bench_candidates():
		if not (folder / "sites").is_dir() or not (folder / "apps" / "frappe").is_dir():
			tried.append(f"{folder} (no apps/frappe or no sites folder)")
			continue
		python = folder / "env" / "bin" / "python"
		if not python.exists():
			tried.append(f"{folder} (no env/bin/python)")
			continue
		versions = {app: app_version(folder / "apps" / app, app) for app in ("frappe", "erpnext")}
		if not all(versions.values()):
			tried.append(f"{folder} (ERPNext is not in apps/)")
			continue
		packages = subprocess.run(
			[str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
			capture_output=True,
			text=True,
			stdin=subprocess.DEVNULL,
		).stdout.strip()
		if not packages or not Path(packages).is_dir():
			tried.append(f"{folder} (its Python at env/bin/python does not start)")
			continue
		config = read_json(folder / "sites" / "common_site_config.json")
		return Bench(
			folder.resolve(), python, Path(packages), versions["frappe"], versions["erpnext"], config
		)
	looked = "\n".join(f"    - {line}" for line in dict.fromkeys(tried))
	raise NotPossible(
		"no Frappe bench with ERPNext was found. Set KAM_BENCH to the folder of one. Looked at:\n" + looked
	)


def read_json(path):
	"""Content of a JSON file, an empty dict when there is none."""
	try:
		return json.loads(Path(path).read_text(encoding="utf-8"))
	except FileNotFoundError:
		return {}


def write_json(path, value, private=True):
	"""Writes a JSON file that only its owner reads (it may hold a password)."""
	path = Path(path)
	path.parent.mkdir(parents=True, exist_ok=True)
	path.touch(mode=0o600 if private else 0o644, exist_ok=True)
	path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def cache_dir():
	"""Folder for dumps kept between clones, safe to delete. Falls back to the clone's own work folder."""
	base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
	for folder in (Path(base) / "kam-erpnext", WORK / "cache"):
		try:
			folder.mkdir(parents=True, exist_ok=True)
			if os.access(folder, os.W_OK):
				return folder
		except OSError:
			continue
	raise Failed(f"no folder to keep the site dumps in: neither {base} nor {WORK} can be written")


_given_ports = set()


def free_port():
	"""A port on the loopback address nobody listens on now and this process has not handed out before."""
	while True:
		with socket.socket() as probe:
			probe.bind(("127.0.0.1", 0))
			port = probe.getsockname()[1]
		if port not in _given_ports:
			_given_ports.add(port)
			return port


def answers(host, port, timeout=1.0):
	"""True when something accepts a TCP connection there."""
	try:
		with socket.create_connection((host, int(port)), timeout=timeout):
			return True
	except OSError:
		return False


def child_environment(**more):
	"""Environment of the children: the user's, without anything that would point Frappe at another bench."""
	env = {
		key: value
		for key, value in os.environ.items()
		if not key.startswith(("FRAPPE_", "PYTEST_", "MYSQL_", "PG"))
		and key
		not in (
			"SITES_PATH",
			"PYTHONPATH",
			"PYTHONHOME",
			"VIRTUAL_ENV",
			"PYTHONDONTWRITEBYTECODE",
			"DEV_SERVER",
		)
	}
	env.setdefault("HOME", os.path.expanduser("~"))
	env.setdefault("LANG", "C.UTF-8")
	env["PYTHONUNBUFFERED"] = "1"
	# byte code goes to our own folder, never into the user's bench
	env["PYTHONPYCACHEPREFIX"] = str(WORK / "pycache")
	env.update({key: str(value) for key, value in more.items()})
	return env


# ---- processes -------------------------------------------------------------------------------------------------

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def _prctl(option, value):
	"""prctl(2) where there is one (Linux); elsewhere nothing happens."""
	if sys.platform.startswith("linux"):
		try:
			ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
		except (OSError, AttributeError):
			return


def adopt_orphans():
	"""Makes this process the parent of whatever its children leave behind, so that it can be stopped."""
	_prctl(PR_SET_CHILD_SUBREAPER, 1)


def _die_with_parent():
	_prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(command, *, log=None, detached=False, **kwargs):
	"""Starts a child in a session of its own, so that Ctrl-C reaches only the harness, which then stops it.
	With `detached` it outlives the harness (`up`), otherwise it ends when the harness is killed."""
	if log:
		Path(log).parent.mkdir(parents=True, exist_ok=True)
		kwargs["stdout"] = open(log, "ab")
		kwargs["stderr"] = subprocess.STDOUT
	try:
		return subprocess.Popen(
			[str(part) for part in command],
			stdin=subprocess.DEVNULL,
			start_new_session=True,
			preexec_fn=None if detached else _die_with_parent,
			**kwargs,
		)
	finally:
		if log:
			kwargs["stdout"].close()


def stop(process, *, seconds=20, first=signal.SIGTERM):
	"""Ends a process started by `spawn` with everything in its process group."""
	for number, patience in ((first, seconds), (signal.SIGKILL, 5)):
		if process.poll() is not None:
			break
		signal_group(process.pid, number)
		try:
			process.wait(patience)
		except subprocess.TimeoutExpired:
			continue
	signal_group(process.pid, signal.SIGKILL)


def signal_group(pid, number):
	"""Sends a signal to a process group that a child of ours leads; gone is fine."""
	try:
		os.killpg(pid, number)
	except (ProcessLookupError, PermissionError):
		return


def descendants(pid=None):
	"""Ids of all processes below `pid` (Linux; elsewhere empty)."""
	found, parents = [], {}
	for entry in Path("/proc").glob("[0-9]*"):
		status = process_stat(int(entry.name))
		if status:
			parents.setdefault(status[1], []).append(int(entry.name))
	todo = [pid or os.getpid()]
	while todo:
		children = parents.get(todo.pop(), [])
		found += children
		todo += children
	return found


def process_stat(pid):
	"""(state, parent id, start time in ticks) of a process, None when it is gone or a zombie is all that is left."""
	try:
		text = Path(f"/proc/{pid}/stat").read_text()
	except OSError:
		return None
	fields = text.rpartition(")")[2].split()
	return None if fields[0] in ("Z", "X") else (fields[0], int(fields[1]), int(fields[19]))


def stop_descendants():
	"""Ends whatever is still below this process, by id. Returns how many there were."""
	left = descendants()
	for number in (signal.SIGTERM, signal.SIGKILL):
		for pid in descendants():
			try:
				os.kill(pid, number)
			except ProcessLookupError:
				continue
		for _ in range(20):
			while True:
				try:
					if os.waitpid(-1, os.WNOHANG)[0] == 0:
						break
				except ChildProcessError:
					break
			if not descendants():
				return len(left)
			time.sleep(0.1)
	return len(left)


def run(command, *, what, log, cwd=None, env=None, timeout=1800, stdin=None, **identity):
	"""Runs a command to its end with its output in `log`. Raises Failed with the end of that output.
	`stdin` is an open file, `identity` the account to run as. Ctrl-C ends the command too."""
	log = Path(log)
	log.parent.mkdir(parents=True, exist_ok=True)
	with open(log, "ab") as out:
		start = out.tell()
		process = subprocess.Popen(
			[str(part) for part in command],
			stdin=stdin or subprocess.DEVNULL,
			stdout=out,
			stderr=subprocess.STDOUT,
			cwd=cwd,
			env=env,
			start_new_session=True,
			preexec_fn=_die_with_parent,
			**identity,
		)
		try:
			code = process.wait(timeout)
		except subprocess.TimeoutExpired:
			stop(process)
			code = f"no end after {timeout} seconds"
		except BaseException:
			stop(process)
			raise
	with open(log, "rb") as written:
		written.seek(start)
		output = written.read().decode("utf-8", "replace")
	if code != 0:
		raise Failed(f"{what} did not work ({code}). The end of {log}:\n{tail(output)}")
	return output


def tail(text, lines=40):
	"""Last lines of an output, indented."""
	return "\n".join("    " + line for line in text.rstrip().splitlines()[-lines:])
