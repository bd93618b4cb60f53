"""The private bench: an environment and a folder that see the user's Frappe and ERPNext but write nothing there."""

import base64
import json
import os
import secrets
import shutil
from pathlib import Path

from tests.harness import machine
from tests.harness.machine import APP, REPO, WORK, Failed, NotPossible

EXTRA_PACKAGES = ("playwright>=1.40,<2", "openpyxl>=3.1,<4", "axe-playwright-python>=0.1.4,<0.2")
ADMIN_PASSWORD = "admin"
# of node, within the folder of Frappe
BUILD_ARGUMENTS = (
	"--require",
	REPO / "tests" / "harness" / "one_build_at_a_time.cjs",
	"esbuild",
	"--apps",
	APP,
	"--production",
)


class Environment:
	"""A virtual environment on top of the bench's own: its packages are visible, ours go on top."""

	def __init__(self, bench):
		self.bench = bench
		self.path = WORK / "env"
		self.python = self.path / "bin" / "python"
		self.log = WORK / "logs" / "env.log"

	@property
	def stamp(self):
		"""Changes when the environment has to be made again."""
		return machine.digest(
			str(REPO),
			str(self.bench.path),
			str(self.bench.site_packages),
			self.bench.frappe,
			self.bench.erpnext,
			Path(REPO / "pyproject.toml"),
			*EXTRA_PACKAGES,
		)

	def ensure(self):
		"""Makes or updates the environment. Returns "made" or "unchanged"."""
		stamp_file = self.path / "kam-stamp"
		if self.python.exists() and stamp_file.exists() and stamp_file.read_text() == self.stamp:
			return "unchanged"
		shutil.rmtree(self.path, ignore_errors=True)
		env = machine.child_environment()
		has_pip = (self.bench.site_packages / "pip").is_dir()
		machine.run(
			[self.bench.python, "-m", "venv", *(["--without-pip"] if has_pip else []), self.path],
			what="making the private Python environment",
			log=self.log,
			env=env,
		)
		packages = next(self.path.glob("lib/python*/site-packages"))
		# the clone first, so that a kam_erpnext installed in the user's bench can never be the one under test
		(packages / "aa_kam_clone.pth").write_text(f"{REPO}\n", encoding="utf-8")
		(packages / "zz_kam_bench.pth").write_text(
			f"import site; site.addsitedir({str(self.bench.site_packages)!r})\n", encoding="utf-8"
		)
		machine.run(
			[
				self.python,
				*"-m pip install --disable-pip-version-check -e".split(),
				f"{REPO}[test]",
				*EXTRA_PACKAGES,
			],
			what="installing the app and the test tools into the private environment",
			log=self.log,
			cwd=REPO,
			env=env,
		)
		said = machine.run(
			[self.python, "-c", f"import {APP}, frappe, erpnext; print({APP}.__file__)"],
			what="importing the app, Frappe and ERPNext in the private environment",
			log=self.log,
			cwd=self.path,
			env=env,
		).split()[-1]
		if not Path(said).is_relative_to(REPO):
			raise Failed(f"the private environment would test {said} instead of this clone")
		stamp_file.write_text(self.stamp)
		return "made"


class PrivateBench:
	"""Folder with apps, sites, configuration and logs; `name` allows several side by side."""

	def __init__(self, bench, environment, name=""):
		self.bench, self.environment = bench, environment
		self.path = WORK / (f"bench-{name}" if name else "bench")
		self.sites, self.logs = self.path / "sites", self.path / "logs"
		self.steps_log = self.logs / "steps.log"
		self.database = None
		self.config = {}

	def lay_out(self, apps=("frappe", "erpnext", APP)):
		"""Makes the folder anew."""
		shutil.rmtree(self.path, ignore_errors=True)
		for folder in ("apps", "sites/assets", "config/pids", "logs"):
			(self.path / folder).mkdir(parents=True)
		for app in apps:
			source = REPO if app == APP else (self.bench.path / "apps" / app).resolve()
			(self.path / "apps" / app).symlink_to(source, target_is_directory=True)
		(self.path / "env").symlink_to(self.environment.path, target_is_directory=True)
		(self.sites / "apps.txt").write_text("\n".join(apps) + "\n", encoding="utf-8")

	def configure(self, database, cache, queue, default_site):
		"""Writes common_site_config.json."""
		self.database = database
		self.config = {
			"bench_id": f"kam-{self.path.name}",
			"db_host": database.host,
			"db_port": database.port,
			"root_login": database.user,
			"root_password": database.password,
			"redis_cache": cache,
			"redis_queue": queue,
			"redis_socketio": queue,
			"default_site": default_site,
			"webserver_port": machine.free_port(),
			"socketio_port": machine.free_port(),
			"developer_mode": 0,
			"allow_tests": True,
			"mute_emails": 1,
			"pause_scheduler": 1,
			"live_reload": False,
		}
		machine.write_json(self.sites / "common_site_config.json", self.config)

	def env(self, **more):
		"""Environment of every process of this bench."""
		return machine.child_environment(
			FRAPPE_BENCH_ROOT=self.path,
			PATH=f"{self.environment.path / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
			**more,
		)

	def frappe(self, *arguments, what, site=None):
		"""Runs a Frappe command as `bench` would."""
		return machine.run(
			[self.environment.python, "-m", "frappe.utils.bench_helper", "frappe"]
			+ (["--site", site] if site else [])
			+ list(arguments),
			what=what,
			log=self.steps_log,
			cwd=self.sites,
			env=self.env(),
		)

	def inside(self, task, site, *arguments, what):
		"""Runs a task of `inside.py` in the bench's Python. Returns what it wrote as its last line, from JSON."""
		said = machine.run(
			[self.environment.python, "-m", "tests.harness.inside", task, site, *arguments],
			what=what,
			log=self.steps_log,
			cwd=self.sites,
			env=self.env(PYTHONPATH=REPO),
		)
		last = said.strip().splitlines()[-1] if said.strip() else "null"
		return json.loads(last) if last.startswith(("{", "[")) else None

	# ---- assets

	def link_assets(self):
		"""Shows the bench's built assets to the private one: small files copied, app folders linked."""
		source, target = self.bench.path / "sites" / "assets", self.sites / "assets"
		if not (source / "assets.json").exists():
			raise NotPossible(
				f"the bench has no built assets ({source}/assets.json is missing: run `bench build`)"
			)
		for entry in source.iterdir():
			if entry.name == APP:
				continue
			if entry.is_symlink():
				(target / entry.name).symlink_to(entry.resolve())
			elif entry.is_dir():
				shutil.copytree(entry, target / entry.name, symlinks=True)
			elif entry.name in ("assets.json", "assets-rtl.json"):
				ours = {
					key: path
					for key, path in machine.read_json(entry).items()
					if f"/assets/{APP}/" not in path
				}
				(target / entry.name).write_text(json.dumps(ours, indent=4), encoding="utf-8")
			else:
				shutil.copy2(entry, target / entry.name)
		# ours is a folder, not a link, so that what is built stays here and benches side by side do not disturb each other
		ours = target / APP
		ours.mkdir()
		for entry in (REPO / APP / "public").glob("*"):
			if entry.name not in ("dist", "node_modules"):
				(ours / entry.name).symlink_to(entry)

	def build_assets(self):
		"""Installs the app's npm packages and bundles its files with Frappe's own builder. Returns what it did."""
		public = REPO / APP / "public"
		if not any(public.rglob("*.bundle.*")):
			return "the app has no bundles"
		node = machine.program("node")
		if not node:
			raise NotPossible("node is not installed, so the app's bundles cannot be built")
		did = self._node_packages()
		machine.run(
			[node, *BUILD_ARGUMENTS],
			what="building the app's bundles",
			log=self.logs / "assets.log",
			cwd=self.bench.path / "apps" / "frappe",
			env=self.env(CI="true"),
		)
		machine.run(
			[self.environment.python, "-m", "tests.harness.compile_texts"],
			what="compiling translations",
			log=self.logs / "assets.log",
			cwd=self.sites,
			env=self.env(PYTHONPATH=REPO),
		)
		return did

	def _node_packages(self):
		package = REPO / "package.json"
		wanted = machine.read_json(package)
		if not (wanted.get("dependencies") or wanted.get("devDependencies")):
			return "no npm packages needed"
		locks = [REPO / name for name in ("yarn.lock", "package-lock.json") if (REPO / name).exists()]
		stamp = REPO / "node_modules" / ".kam-stamp"
		now = machine.digest(package, *locks)
		if stamp.exists() and stamp.read_text() == now:
			return "npm packages unchanged"
		if (REPO / "yarn.lock").exists() and machine.program("yarn"):
			command = [machine.program("yarn"), "install", "--frozen-lockfile", "--non-interactive"]
		elif not machine.program("npm"):
			raise NotPossible(
				"neither yarn nor npm is installed, so the app's npm packages cannot be installed"
			)
		else:
			lock = (REPO / "package-lock.json").exists()
			command = [machine.program("npm"), *(["ci"] if lock else ["install", "--no-package-lock"])]
			command += ["--no-audit", "--no-fund"]
		machine.run(
			command,
			what="installing the app's npm packages",
			log=self.logs / "assets.log",
			cwd=REPO,
			env=machine.child_environment(),
		)
		stamp.parent.mkdir(exist_ok=True)
		stamp.write_text(now)
		return "npm packages installed"


class Site:
	"""A site of the private bench."""

	def __init__(self, bench, name):
		self.bench, self.name = bench, name
		self.path = bench.sites / name
		self.db_name = "_kam" + machine.digest(str(self.path))[:12]

	def create(self):
		"""A new site with Frappe and ERPNext, set up by ERPNext's wizard, without our app."""
		self.drop()
		database = self.bench.database
		self.bench.frappe(
			"new-site",
			self.name,
			f"--db-name={self.db_name}",
			f"--db-type={database.kind}",
			f"--db-root-username={database.user}",
			f"--db-root-password={database.password}",
			*(["--mariadb-user-host-login-scope=%"] if database.kind == "mariadb" else []),
			f"--admin-password={ADMIN_PASSWORD}",
			"--install-app=erpnext",
			what="creating the site with ERPNext",
		)
		self.bench.inside("set_up_for_tests", self.name, what="ERPNext's setup wizard")

	def restore(self, dump):
		"""The site as it was when `dump` was written."""
		self.drop()
		password = secrets.token_hex(12)
		for folder in ("public/files", "private/files", "private/backups", "locks", "logs"):
			(self.path / folder).mkdir(parents=True)
		machine.write_json(
			self.path / "site_config.json",
			{
				"db_name": self.db_name,
				"db_password": password,
				"db_type": self.bench.database.kind,
				"encryption_key": _encryption_key(),
			},
		)
		self.bench.database.create(self.db_name, password)
		self.bench.database.restore(self.db_name, dump)

	def install(self):
		"""Installs our app."""
		self.bench.frappe("install-app", APP, site=self.name, what=f"installing {APP} on {self.name}")

	def dump(self, target):
		"""Writes the site's database to a file."""
		self.bench.database.dump(self.db_name, target)

	def drop(self):
		"""Removes the site."""
		self.bench.database.drop(self.db_name)
		shutil.rmtree(self.path, ignore_errors=True)


def _encryption_key():
	"""A key in the form cryptography's Fernet wants: 32 bytes, URL-safe base64."""
	return base64.urlsafe_b64encode(os.urandom(32)).decode()
