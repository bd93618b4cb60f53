"""Install, uninstall and install again, the version gate, and `bench get-app`. On sites and benches of their own."""

import getpass
import importlib
import json
import shutil
import subprocess
from pathlib import Path

import frappe
import pytest

from kam_erpnext import hooks
from kam_erpnext.setup import install
from tests.harness import machine
from tests.site.example_app import example_app

ROLES = {
	"KAM Administrator",
	"Key Account Director",
	"Key Account Manager",
	"Key Account Coordinator",
	"Executive Sponsor",
	"KAM Reader",
}
WORKFLOWS = {"Key Account Selection", "Key Account Nomination", "Key Account Plan", "Call Cycle"}

# written by Frappe about every install and uninstall, of any app; defaults are compared by key, see Records
LOGS = {
	"tabActivity Log",
	"tabDefaultValue",
	"tabDeleted Document",
	"tabError Log",
	"tabInstalled Application",
	"tabPatch Log",
	"tabPermission Log",
	"tabScheduled Job Log",
	"tabVersion",
	"tabRoute History",
}


# ---- install, uninstall, install again -------------------------------------------------------------------------


class Records:
	"""All records of a site, read from the database without Frappe."""

	def __init__(self, site):
		def query(statement):
			return site.bench.database.sql(statement, site.db_name)

		postgres = site.bench.database.kind == "postgres"
		here = "table_schema = 'public'" if postgres else "table_schema = database()"
		quote = '"' if postgres else "`"
		with_name = query(
			"select table_name from information_schema.columns"
			f" where {here} and column_name = 'name' and table_name like 'tab%'"
		)
		tables = [table for (table,) in with_name]
		every = " ".join(f"select '{table}', name from {quote}{table}{quote};" for table in tables)
		self.tables = {
			row[0] for row in query(f"select table_name from information_schema.tables where {here}")
		}
		self.rows = {tuple(row) for row in query(every) if row[0] not in LOGS}
		# Frappe writes a default anew, under a new name, when its value changes
		self.rows |= {
			("tabDefaultValue", *row)
			for row in query(f"select parent, defkey from {quote}tabDefaultValue{quote}")
		}
		# named by chance since version 16
		self.jobs = {method for (method,) in query(f"select method from {quote}tabScheduled Job Type{quote}")}
		self.singles = {
			tuple(row) for row in query(f"select doctype, field, value from {quote}tabSingles{quote}")
		}
		self.indexed = {tuple(row) for row in query("select doctype, name from __global_search")}
		self.installed = query(
			f"select defvalue from {quote}tabDefaultValue{quote} where defkey = 'installed_apps'"
		)[0][0]

	def of(self, doctype):
		"""Names of one doctype."""
		return {row[1] for row in self.rows if row[0] == f"tab{doctype}"}


@pytest.fixture(scope="module")
def life(empty_site):
	"""Records of one site before, installed, uninstalled and installed again."""
	site, found = empty_site, {}

	def run(*command):
		site.bench.frappe(*command, site=site.name, what=" ".join(command))

	found["before"] = Records(site)
	run("install-app", "kam_erpnext")
	found["installed"] = Records(site)
	run("uninstall-app", "kam_erpnext", "--yes", "--no-backup")
	found["uninstalled"] = Records(site)
	run("install-app", "kam_erpnext")
	found["again"] = Records(site)
	return found


def test_install_leaves_roles_workflows_and_fields(life):
	made = life["installed"]
	assert "kam_erpnext" in made.installed
	assert ROLES <= made.of("Role")
	assert WORKFLOWS <= made.of("Workflow")
	assert "KAM ERPNext" in made.of("Module Def")
	assert {"KAM Settings", "Key Account", "Key Account Selection"} <= made.of("DocType")
	assert any(name.startswith("Customer-kam_") for name in made.of("Custom Field"))


def test_uninstall_leaves_no_record_behind(life):
	left = life["uninstalled"].rows - life["before"].rows
	assert not left, f"{len(left)} records are left: {sorted(left)[:40]}"


def test_uninstall_takes_nothing_along(life):
	# child rows of records that uninstall saves again, such as Portal Settings, get new names
	gone = {row for row in life["before"].rows - life["uninstalled"].rows if row[0] != "tabPortal Menu Item"}
	assert not gone, f"{len(gone)} records of the site are gone: {sorted(gone)[:40]}"


def test_uninstall_leaves_no_table_setting_or_search_entry_behind(life):
	before, after = life["before"], life["uninstalled"]
	assert after.tables - before.tables == set()
	left = {(doctype, field) for doctype, field, _ in after.singles} - {
		(doctype, field) for doctype, field, _ in before.singles
	}
	assert not [row for row in left if row[0].startswith(("KAM", "Key Account"))]
	assert after.indexed - before.indexed == set()
	assert "kam_erpnext" not in after.installed


def test_install_after_uninstall_makes_the_same_records(life):
	kinds = "DocType, Role, Workflow, Workflow State, Workflow Action Master, Custom Field, Property Setter, Workspace,"
	kinds += (
		" Report, Number Card, Dashboard Chart, Module Def, Notification, Print Format, Desktop Icon,"
		" Workspace Sidebar"
	)
	for kind in kinds.split(", "):
		assert life["again"].of(kind) == life["installed"].of(kind), kind
	assert life["again"].jobs == life["installed"].jobs
	assert life["again"].tables == life["installed"].tables


# ---- another app that extends this one -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fleet(life, empty_site, harness, tmp_path_factory):
	"""Records of the site before the example app of docs/extending.md, with it, and without it again. It is installed in a
	bench folder of its own, so that no other site of this bench hears of it."""
	folder = tmp_path_factory.mktemp("fleet")
	for part in ("apps/fleet/fleet", "sites", "config/pids", "logs"):
		(folder / part).mkdir(parents=True)
	for app in Path(harness["bench"], "apps").iterdir():
		(folder / "apps" / app.name).symlink_to(app.resolve(), target_is_directory=True)
	package = folder / "apps" / "fleet" / "fleet"
	for module, text in {"__init__": '__version__ = "0.0.1"\n', **example_app()}.items():
		(package / f"{module}.py").write_text(text)
	(package / "modules.txt").write_text("Fleet\n")
	(package / "patches.txt").write_text("")
	(package / "fleet").mkdir()
	(package / "fleet" / "__init__.py").write_text("")
	(folder / "sites" / "apps.txt").write_text("frappe\nerpnext\nkam_erpnext\nfleet\n")
	(folder / "sites" / "assets").symlink_to(Path(harness["sites"], "assets"))
	shutil.copy(Path(harness["sites"], "common_site_config.json"), folder / "sites")
	(folder / "sites" / empty_site.name).symlink_to(empty_site.path, target_is_directory=True)

	def run(*command):
		done = subprocess.run(
			[
				harness["python"],
				"-m",
				"frappe.utils.bench_helper",
				"frappe",
				"--site",
				empty_site.name,
				*command,
			],
			cwd=folder / "sites",
			env=machine.child_environment(FRAPPE_BENCH_ROOT=folder, PYTHONPATH=package.parent),
			stdin=subprocess.DEVNULL,
			capture_output=True,
			text=True,
		)
		assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"

	found = {"before": Records(empty_site)}
	run("install-app", "fleet")
	found["installed"] = Records(empty_site)
	run("uninstall-app", "fleet", "--yes", "--no-backup")
	found["uninstalled"] = Records(empty_site)
	return found


def test_an_app_that_is_installed_brings_its_measures_drivers_and_alarms(fleet):
	before, installed = fleet["before"], fleet["installed"]
	assert "fleet" in installed.installed
	assert installed.of("KAM Measure") - before.of("KAM Measure") == {"Issues Waiting"}
	choices = installed.of("Property Setter") - before.of("Property Setter")
	assert choices == {
		"KAM Cost Rate-driver-options",
		"Key Account Alarm Rule-kind-options",
		"Key Account Alarm-kind-options",
	}


def test_an_app_that_is_removed_takes_them_along_and_nothing_else(fleet):
	before, after = fleet["before"], fleet["uninstalled"]
	assert "fleet" not in after.installed
	assert after.rows - before.rows == set()
	assert before.rows - after.rows == set()
	assert after.tables == before.tables


# ---- version gate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["15.0.0", "15.56.1", "16.0.0", "16.3.1", "16.0.0-dev"])
def test_supported_versions_pass(version):
	install.check_versions(version, version)


@pytest.mark.parametrize(
	("frappe_version", "erpnext_version", "named"),
	[("14.70.0", "14.60.0", "Frappe"), ("15.56.1", "14.60.0", "ERPNext"), ("17.0.0", "17.0.0", "Frappe")],
)
def test_unsupported_version_is_refused_with_what_is_there_and_what_is_needed(
	frappe_version, erpnext_version, named
):
	with pytest.raises(frappe.ValidationError) as refused:
		install.check_versions(frappe_version, erpnext_version)
	message = str(refused.value)
	found = frappe_version if named == "Frappe" else erpnext_version
	assert named in message
	assert found in message
	assert "15" in message and "16" in message


@pytest.mark.parametrize("hook", ["before_install", "before_migrate"])
def test_install_and_migrate_stop_at_an_unsupported_version(monkeypatch, hook):
	monkeypatch.setattr(frappe, "__version__", "14.70.0")
	with pytest.raises(frappe.ValidationError, match=r"14\.70\.0"):
		frappe.get_attr(getattr(hooks, hook))()


# ---- what hooks.py names exists --------------------------------------------------------------------------------


def dotted_paths(value):
	"""Every dotted path into this app within a value of hooks.py."""
	if isinstance(value, str):
		if value.startswith("kam_erpnext.") and "/" not in value and not value.endswith((".js", ".css")):
			yield value
	elif isinstance(value, dict):
		for key, inner in value.items():
			yield from dotted_paths(key)
			yield from dotted_paths(inner)
	elif isinstance(value, list | tuple | set):
		for inner in value:
			yield from dotted_paths(inner)


def test_every_function_named_in_hooks_exists():
	paths = {
		path
		for name, value in vars(hooks).items()
		if not name.startswith("_")
		for path in dotted_paths(value)
	}
	assert paths
	for path in paths:
		assert callable(frappe.get_attr(path)), path


def test_every_patch_exists():
	text = Path(hooks.__file__).with_name("patches.txt").read_text(encoding="utf-8")
	for line in text.splitlines():
		patch = line.split("#")[0].strip()
		if patch and not patch.startswith("["):
			assert callable(importlib.import_module(patch.split()[0]).execute), patch


# ---- bench get-app ---------------------------------------------------------------------------------------------


@pytest.fixture
def throw_away_bench(harness, tmp_path):
	"""A bench folder of its own. Frappe and ERPNext are copied, because `bench build` also links within their folders;
	their Python packages are those of the user's bench."""
	if not shutil.which("bench") or not shutil.which("git"):
		pytest.skip("the bench command or git is not installed")
	if not machine.git_commit(harness["repo"]):
		pytest.skip("this copy of the app is not a git clone, and bench takes apps from git only")
	folder = tmp_path / "bench"
	for part in ("apps", "sites/assets", "config/pids", "logs"):
		(folder / part).mkdir(parents=True)
	for app in ("frappe", "erpnext"):
		source, copy = Path(harness["bench"], "apps", app).resolve(), folder / "apps" / app
		shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules"))
		(copy / "node_modules").symlink_to(source / "node_modules")
	(folder / "sites" / "apps.txt").write_text("frappe\nerpnext\n")
	common = json.loads(Path(harness["sites"], "common_site_config.json").read_text())
	# bench refuses to work for root unless its configuration names root as the bench's user
	common["frappe_user"] = getpass.getuser()
	(folder / "sites" / "common_site_config.json").write_text(json.dumps(common))
	python = folder / "env" / "bin" / "python"
	subprocess.run([harness["python"], "-m", "venv", folder / "env"], check=True)
	packages = next((folder / "env").glob("lib/python*/site-packages"))
	(packages / "aa_apps.pth").write_text(f"{folder / 'apps' / 'frappe'}\n{folder / 'apps' / 'erpnext'}\n")
	(packages / "zz_packages.pth").write_text(
		f"import site; site.addsitedir({harness['user_site_packages']!r})\n", encoding="utf-8"
	)
	assert module_file(python, "frappe", tmp_path).startswith(str(folder)), (
		"it would work in the user's bench"
	)
	yield folder
	shutil.rmtree(folder)


def module_file(python, module, folder):
	"""Where an interpreter, started in `folder`, finds a module."""
	return subprocess.run(
		[python, "-c", f"import {module}; print({module}.__file__)"],
		cwd=folder,
		env=machine.child_environment(),
		capture_output=True,
		text=True,
		check=True,
	).stdout.strip()


def test_bench_get_app_takes_the_app_from_a_folder(harness, throw_away_bench, tmp_path):
	clone = tmp_path / "source" / "kam_erpnext"
	subprocess.run(["git", "-c", "safe.directory=*", "clone", "--quiet", harness["repo"], clone], check=True)
	done = subprocess.run(
		["bench", "get-app", str(clone)],
		cwd=throw_away_bench,
		env=machine.child_environment(),
		stdin=subprocess.DEVNULL,
		capture_output=True,
		text=True,
		timeout=600,
	)
	said = f"{done.stdout}\n{done.stderr}"
	assert done.returncode == 0, said
	assert (throw_away_bench / "sites" / "apps.txt").read_text().split() == [
		"frappe",
		"erpnext",
		"kam_erpnext",
	]
	app = throw_away_bench / "apps" / "kam_erpnext"
	assert (app / "kam_erpnext" / "hooks.py").exists(), said
	python = throw_away_bench / "env" / "bin" / "python"
	assert module_file(python, "kam_erpnext", tmp_path) == str(app / "kam_erpnext" / "__init__.py")
	assert module_file(python, "pandas", tmp_path)
	if list((app / "kam_erpnext" / "public").rglob("*.bundle.js")) and shutil.which("node"):
		built = json.loads((throw_away_bench / "sites" / "assets" / "assets.json").read_text())
		assert any("/assets/kam_erpnext/" in path for path in built.values()), said
